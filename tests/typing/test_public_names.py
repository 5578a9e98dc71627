"""The names promised to users. Source: PEP 249; public surface, §1 and §2."""

from __future__ import annotations

import inspect

import pytest

import datacloud_dbapi
from datacloud_emulator import Emulator

PEP_249 = """
apilevel threadsafety paramstyle connect Warning Error InterfaceError DatabaseError DataError OperationalError
IntegrityError InternalError ProgrammingError NotSupportedError Date Time Timestamp DateFromTicks TimeFromTicks
TimestampFromTicks Binary STRING BINARY NUMBER DATETIME ROWID
"""
CONNECTION = """
read_partition cursor close commit rollback ping transport dataspace metadata attach __enter__ __exit__
profile insights universal_id data_graphs
"""
CURSOR = """
execute executemany fetchone fetchmany fetchall __iter__ __next__ description rowcount rownumber arraysize query_id
partitions fetch_arrow_table fetch_record_batch __arrow_c_stream__ fetch_df fetch_polars
status cancel describe row_factory close setinputsizes setoutputsize connection __enter__ __exit__
"""
EMULATOR = """
login_url tenant_url client_id client_secret username password private_key refresh_token ca_file url hyper_address
connect_params engagement_params engagement_dsn engagement business_unit_id requests start close __enter__ __exit__
"""
ERROR = "code sqlstate position hint query_id http_status retry_after attempts maybe_applied"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (datacloud_dbapi, PEP_249),
        (datacloud_dbapi.Connection, CONNECTION),
        (datacloud_dbapi.Cursor, CURSOR),
        (Emulator, EMULATOR),
        (datacloud_dbapi.Error("x"), ERROR),
    ],
    ids=["module", "Connection", "Cursor", "Emulator", "Error"],
)
def test_a_promised_name_is_there(owner: object, names: str) -> None:
    for name in names.split():
        assert name in dir(owner), name


def test_the_modules_facts() -> None:
    assert (datacloud_dbapi.apilevel, datacloud_dbapi.threadsafety, datacloud_dbapi.paramstyle) == ("2.0", 2, "named")
    assert set(PEP_249.split()) <= set(datacloud_dbapi.__all__)
    for name in datacloud_dbapi.__all__:
        assert hasattr(datacloud_dbapi, name)


def test_the_errors_are_attributes_of_the_connection() -> None:
    for name in PEP_249.split():
        value = getattr(datacloud_dbapi, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert getattr(datacloud_dbapi.Connection, name) is value


def test_the_emulators_keywords() -> None:
    promised = ["data", "dataspaces", "clock", "tls", "writable", "page_rows", "page_bytes"]
    parameters = inspect.signature(Emulator).parameters
    assert list(parameters)[: len(promised)] == promised
    assert (parameters["page_rows"].default, parameters["page_bytes"].default) == (49_999, 8_000_000)


def test_every_public_function_has_a_docstring() -> None:
    for owner in (datacloud_dbapi.Connection, datacloud_dbapi.Cursor, Emulator):
        for name, member in inspect.getmembers(owner):
            if not name.startswith("_") and (callable(member) or isinstance(member, property)):
                assert inspect.getdoc(member), f"{owner.__name__}.{name}"
