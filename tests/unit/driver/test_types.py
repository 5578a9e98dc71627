"""The type table and PEP 249's type objects. Source: wire spec, query §5; public surface §1; PEP 249."""

from __future__ import annotations

import datetime as dt
import pickle
import time

import pytest

from datacloud_dbapi import types
from datacloud_dbapi.types import BINARY, DATETIME, NUMBER, ROWID, STRING, DataType, TypeCode

UNKNOWN = None


@pytest.mark.parametrize(
    ("text", "code", "shown", "group"),
    [
        # The rows of query §5, text and code as seen.
        ("VARCHAR", 12, "VARCHAR", STRING),
        ("CHAR", 1, "CHAR", STRING),
        ("DECIMAL", 3, "NUMERIC", NUMBER),
        ("NUMERIC", 2, "NUMERIC", NUMBER),
        ("BIGINT", -5, "BIGINT", NUMBER),
        ("INTEGER", 4, "INTEGER", NUMBER),
        ("SMALLINT", 5, "SMALLINT", NUMBER),
        ("TINYINT", -6, "SMALLINT", NUMBER),
        ("DOUBLE", 8, "DOUBLE", NUMBER),
        ("FLOAT", 6, "DOUBLE", NUMBER),
        ("REAL", 7, "REAL", NUMBER),
        ("BOOLEAN", 16, "BOOLEAN", NUMBER),
        ("BIT", -7, "BOOLEAN", NUMBER),
        ("DATE", 91, "DATE", DATETIME),
        ("TIME", 92, "TIME", DATETIME),
        ("TIMESTAMP", 93, "TIMESTAMP", DATETIME),
        ("TIMESTAMP WITH TIME ZONE", 93, "TIMESTAMP WITH TIME ZONE", DATETIME),
        ("TIMESTAMP WITH TIME ZONE", 2014, "TIMESTAMP WITH TIME ZONE", DATETIME),
        ("TimestampWithTimezone", 0, "TIMESTAMP WITH TIME ZONE", DATETIME),
        ("ARRAY", 2003, "ARRAY", UNKNOWN),
        ("VARBINARY", -3, "BINARY", BINARY),
        ("BINARY", -2, "BINARY", BINARY),
        ("JSON", 1111, "JSON", STRING),
        ("OTHER", 1111, "OTHER", UNKNOWN),
        ("NULL", 0, "NULL", UNKNOWN),
        # Spelling does not count, arguments do.
        ("timestamp_with time_zone", 93, "TIMESTAMP WITH TIME ZONE", DATETIME),
        ("timestamp(6) with time zone", 93, "TIMESTAMP WITH TIME ZONE", DATETIME),
        ("double precision", None, "DOUBLE", NUMBER),
        ("Decimal( 38, 18 )", 3, "NUMERIC(38,18)", NUMBER),
        ("numeric(5)", 2, "NUMERIC(5,0)", NUMBER),
        ("character varying(20)", 12, "VARCHAR(20)", STRING),
        ("char(3)", 1, "CHAR(3)", STRING),
        ("text", None, "TEXT", STRING),
        ("bytea", None, "BINARY", BINARY),
        ("timestamptz", None, "TIMESTAMP WITH TIME ZONE", DATETIME),
        ("ArrayOfVarchar", None, "ARRAY(VARCHAR)", UNKNOWN),
        ("numeric(18,2)[]", None, "ARRAY(NUMERIC(18,2))", UNKNOWN),
        ("ARRAY(TIMESTAMP WITH TIME ZONE)", 2003, "ARRAY(TIMESTAMP WITH TIME ZONE)", UNKNOWN),
        # The code is asked when the text does not help.
        (None, 91, "DATE", DATETIME),
        ("", 3, "NUMERIC", NUMBER),
        ("LOCALISED NAME", 12, "VARCHAR", STRING),
        ("GEOGRAPHY", None, "GEOGRAPHY", UNKNOWN),
        (None, None, "UNKNOWN", UNKNOWN),
        (None, 4711, "UNKNOWN", UNKNOWN),
    ],
)
def test_every_spelling_has_its_type(
    text: str | None, code: int | None, shown: str, group: types.TypeGroup | None
) -> None:
    data_type = DataType.from_wire(text, code)
    assert str(data_type) == shown
    type_code = TypeCode(data_type)
    assert type_code == shown
    groups = [STRING, BINARY, NUMBER, DATETIME, ROWID]
    assert [one for one in groups if type_code == one] == ([] if group is None else [group])
    assert [one for one in groups if one == type_code] == ([] if group is None else [group])
    assert [one for one in groups if type_code != one] == [one for one in groups if one is not group]


def test_the_table_of_the_docstring_is_the_table_of_the_code() -> None:
    for line in (types.__doc__ or "").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if len(cells) != 4 or cells[0] in ("kind", "---", "UNKNOWN", "ARRAY"):
            continue
        kind, _, codes, group = cells
        assert DataType.from_wire(kind).kind == kind
        assert TypeCode(kind) == getattr(types, group)
        assert {DataType.from_wire(None, int(code)).kind for code in codes.split()} <= {kind}


def test_groups_can_be_kept_in_sets_and_told_apart() -> None:
    assert {STRING: 1, NUMBER: 2}[NUMBER] == 2
    assert len({STRING, BINARY, NUMBER, DATETIME, ROWID}) == 5
    assert STRING != NUMBER
    assert STRING != 12
    assert repr(DATETIME) == "DATETIME"


def test_a_type_code_is_text_through_and_through() -> None:
    type_code = TypeCode(DataType("NUMERIC", precision=18, scale=2))
    assert isinstance(type_code, str)
    assert {"NUMERIC(18,2)": "found"}[type_code] == "found"
    assert pickle.loads(pickle.dumps(type_code)) == NUMBER


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
def test_ticks_are_local_time(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """1 July 2024 12:00 UTC is 09:30 in Newfoundland's summer. Source: PEP 249, type constructors."""
    monkeypatch.setenv("TZ", zone)
    if not hasattr(time, "tzset"):
        pytest.skip("this platform cannot change its time zone at run time")
    time.tzset()
    try:
        local = dt.datetime(2024, 7, 1, 12, 0) if zone == "UTC" else dt.datetime(2024, 7, 1, 9, 30)
        assert types.TimestampFromTicks(1_719_835_200) == local
        assert types.DateFromTicks(1_719_835_200) == local.date()
        assert types.TimeFromTicks(1_719_835_200) == local.time()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_constructors_are_the_standard_librarys() -> None:
    assert types.Date(2024, 2, 29) == dt.date(2024, 2, 29)
    assert types.Time(1, 2, 3) == dt.time(1, 2, 3)
    assert types.Timestamp(2024, 2, 29, 1, 2, 3) == dt.datetime(2024, 2, 29, 1, 2, 3)
    assert types.Binary(b"\x00") == b"\x00"
