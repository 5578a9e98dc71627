"""Type names in SQL and types from the Metadata API. Source: wire spec, hyper §4.4; metadata §2.2."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from datacloud_sqlalchemy import DataCloudDialect
from datacloud_sqlalchemy.types import reflected_type

DIALECT = DataCloudDialect()

NAMES: list[tuple[Any, str]] = [
    (sa.Numeric(), "NUMERIC(38, 18)"),
    (sa.Numeric(scale=2), "NUMERIC(38, 2)"),
    (sa.Numeric(10), "NUMERIC(10, 0)"),
    (sa.DECIMAL(18, 2), "NUMERIC(18, 2)"),
    (sa.Float(), "DOUBLE PRECISION"),
    (sa.Float(24), "REAL"),
    (sa.Float(53), "DOUBLE PRECISION"),
    (sa.REAL(), "REAL"),
    (sa.SmallInteger(), "SMALLINT"),
    (sa.Integer(), "INTEGER"),
    (sa.BigInteger(), "BIGINT"),
    (sa.Boolean(), "BOOLEAN"),
    (sa.String(), "VARCHAR"),
    (sa.String(20), "VARCHAR(20)"),
    (sa.Unicode(20), "VARCHAR(20)"),
    (sa.NVARCHAR(20), "VARCHAR(20)"),
    (sa.CHAR(3), "CHAR(3)"),
    (sa.Text(), "TEXT"),
    (sa.CLOB(), "TEXT"),
    (sa.Enum("a", "bcd"), "VARCHAR(3)"),
    (sa.LargeBinary(), "BYTEA"),
    (sa.VARBINARY(10), "BYTEA"),
    (sa.Date(), "DATE"),
    (sa.Time(), "TIME"),
    (sa.DateTime(), "TIMESTAMP"),
    (sa.DateTime(timezone=True), "TIMESTAMP WITH TIME ZONE"),
    (sa.Interval(), "INTERVAL"),
    (sa.JSON(), "JSON"),
    (sa.ARRAY(sa.Integer()), "INTEGER[]"),
    (postgresql.UUID(), "VARCHAR(36)"),
]
if hasattr(sa, "Uuid"):  # SQLAlchemy 2
    NAMES += [(sa.Uuid(), "VARCHAR(36)"), (sa.Double(), "DOUBLE PRECISION")]


@pytest.mark.parametrize(("type_", "name"), NAMES, ids=[f"{type_!r}" for type_, _ in NAMES])
def test_names(type_: Any, name: str) -> None:
    assert type_.compile(dialect=DIALECT) == name


@pytest.mark.parametrize(
    ("api_type", "name"),
    [
        ("STRING", "VARCHAR"),
        ("NUMBER", "NUMERIC(38, 18)"),
        ("DATE", "DATE"),
        ("DATE_TIME", "TIMESTAMP WITH TIME ZONE"),
        ("BOOLEAN", "BOOLEAN"),
        ("EMBEDDING", "VARCHAR"),  # unknown ⇒ text
    ],
)
def test_reflected_types(api_type: str, name: str) -> None:
    assert reflected_type(api_type).compile(dialect=DIALECT) == name


def test_a_reflected_array_has_elements_of_no_known_type() -> None:
    array = reflected_type("ARRAY")
    assert isinstance(array, sa.ARRAY)
    assert isinstance(array.item_type, sa.types.NullType)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (sa.Numeric(38, 18), Decimal("12345678901234567890.123456789012345678")),
        (sa.Boolean(), True),
        (sa.DateTime(timezone=True), dt.datetime(2026, 1, 31, tzinfo=dt.timezone.utc)),
        (sa.Date(), dt.date(2026, 1, 31)),
        (sa.Interval(), dt.timedelta(days=1)),
        (sa.Float(), 0.1),
        (sa.LargeBinary(), b"\x00"),
        (sa.ARRAY(sa.Integer()), [1, None]),
    ],
    ids=repr,
)
def test_values_of_the_driver_pass_as_they_are(type_: Any, value: object) -> None:
    convert = type_.dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert (convert(value) if convert else value) == value
    assert type(convert(value) if convert else value) is type(value)


def test_a_decimal_becomes_a_float_only_when_asked() -> None:
    convert = sa.Numeric(asdecimal=False).dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert convert is not None
    assert convert(Decimal("0.5")) == 0.5
    assert isinstance(convert(Decimal("0.5")), float)


@pytest.mark.parametrize("as_uuid", [True, False])
def test_a_uuid_is_text_with_dashes(as_uuid: bool) -> None:
    # SQLAlchemy 1.4 has PostgreSQL's type only.
    make: Any = getattr(sa, "Uuid", postgresql.UUID)
    value = uuid.UUID(int=1)
    given = value if as_uuid else str(value)
    impl = make(as_uuid=as_uuid).dialect_impl(DIALECT)
    bind, read = impl.bind_processor(DIALECT), impl.result_processor(DIALECT, None)
    assert (bind(given) if bind else given) == "00000000-0000-0000-0000-000000000001"
    assert (read(str(value)) if read else str(value)) == given
