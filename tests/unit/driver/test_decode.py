"""Each type's JSON spellings, good and bad. Source: wire spec, query §5; faults V1-V7; public surface §1."""

from __future__ import annotations

import datetime as dt
import json
import math
import time
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.decode import decode_rows
from datacloud_dbapi.errors import DataError
from datacloud_dbapi.page import Column
from datacloud_dbapi.types import DataType

UTC = dt.timezone.utc


def column(type_text: str | None, name: str = "c") -> Column:
    return Column(name, DataType.from_wire(type_text))


def decode(type_text: str | None, cell: Any) -> Any:
    """The value of one cell, or the DataError."""
    rows, error = decode_rows([column(type_text)], [[cell]])
    if error is not None:
        assert rows == []
        return error
    ((value,),) = rows
    return value


def same(got: Any, expected: Any) -> bool:
    """Equal, of one class, with the sign of zero, every digit and the same offset."""
    if type(got) is not type(expected):
        return False
    if isinstance(expected, float):
        return repr(got) == repr(expected)
    if isinstance(expected, Decimal):
        return bool(got.as_tuple() == expected.as_tuple())
    if isinstance(expected, (dt.datetime, dt.time)):
        return bool(got == expected) and got.utcoffset() == expected.utcoffset()
    if isinstance(expected, list):
        return len(got) == len(expected) and all(map(same, got, expected))
    return bool(got == expected)


def label(part: Any) -> str:
    return part[:40] if isinstance(part, str) else type(part).__name__


DIGITS_38 = "12345678901234567890.123456789012345678"
LONG = "1" + "0" * 4999 + "7"

GOOD: list[tuple[str | None, Any, Any]] = [
    ("BOOLEAN", True, True),
    ("BOOLEAN", "true", True),
    ("BOOLEAN", "FALSE", False),
    ("BIT", 1, True),
    ("SMALLINT", -32768, -32768),
    ("BIGINT", "9223372036854775808", 2**63),
    ("BIGINT", 2**63, 2**63),
    ("INTEGER", Decimal("5.0"), 5),
    ("BIGINT", LONG, 10**5000 + 7),
    ("DECIMAL", DIGITS_38, Decimal(DIGITS_38)),
    ("DECIMAL", Decimal(DIGITS_38), Decimal(DIGITS_38)),
    ("DECIMAL", "4.884000000000000000", Decimal("4.884000000000000000")),
    ("NUMERIC", "10", Decimal(10)),
    ("NUMERIC", 10, Decimal(10)),
    ("NUMERIC", "-1.5E-7", Decimal("-1.5E-7")),
    ("NUMERIC", "-0.00", Decimal("-0.00")),
    ("DOUBLE", Decimal("0.1"), 0.1),
    ("DOUBLE", "5e-324", 5e-324),
    ("DOUBLE", 3, 3.0),
    ("DOUBLE", Decimal("-0.0"), -0.0),
    ("DOUBLE", "-0", -0.0),
    ("DOUBLE", "NaN", math.nan),
    ("DOUBLE", math.nan, math.nan),
    ("DOUBLE", "Infinity", math.inf),
    ("DOUBLE", "-infinity", -math.inf),
    ("REAL", Decimal("1.5"), 1.5),
    # 0.1 in 24 bits of mantissa is 13421773 / 2**27.
    ("REAL", Decimal("0.1"), 13421773 / 2**27),
    ("REAL", "NaN", math.nan),
    ("VARCHAR", "", ""),
    ("VARCHAR", "null", "null"),
    ("CHAR", "ab   ", "ab   "),
    ("TEXT", "2020-01-02", "2020-01-02"),
    ("JSON", '{"a": 1.50}', '{"a": 1.50}'),
    ("JSON", {"a": [Decimal("1.50"), None, True, "é\n"]}, '{"a": [1.50, null, true, "é\\n"]}'),
    ("JSON", 7, "7"),
    ("DATE", "2026-01-31", dt.date(2026, 1, 31)),
    ("DATE", "0019-01-05", dt.date(19, 1, 5)),
    ("DATE", "2026-01-31 00:00:00.000 UTC", dt.date(2026, 1, 31)),
    ("TIME", "01:02:03", dt.time(1, 2, 3)),
    ("TIME", "01:02", dt.time(1, 2)),
    ("TIME", "01:02:03.5", dt.time(1, 2, 3, 500_000)),
    ("TIME", "01:02:03.123456789", dt.time(1, 2, 3, 123_456)),
    ("TIME", "01:02:03+05:30", dt.time(1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))),
    ("BINARY", "AP8Q", b"\x00\xff\x10"),
    ("VARBINARY", "", b""),
    ("VARBINARY", "null", b"\x9e\xe9\x65"),
    ("BYTEA", "\\x00ff", b"\x00\xff"),
    ("ARRAY", {"array": [Decimal("0.1"), None]}, [0.1, None]),
    ("ARRAY", [Decimal("1.0"), 2, Decimal("1E-7")], [1.0, 2.0, 1e-07]),
    ("ARRAY", [Decimal("1.5"), "NaN", "-Infinity"], [1.5, math.nan, -math.inf]),
    ("ARRAY", [Decimal("1.50"), Decimal("1.25"), 2], [Decimal("1.50"), Decimal("1.25"), 2]),
    ("ARRAY", [Decimal("0.1234567890123456789"), Decimal("0.5")], [Decimal("0.1234567890123456789"), Decimal("0.5")]),
    ("ARRAY", [Decimal("1E+400"), Decimal("0.5")], [Decimal("1E+400"), Decimal("0.5")]),
    ("ARRAY", [1, 2**70], [1, 2**70]),
    ("ARRAY", ["NaN"], ["NaN"]),
    ("ARRAY", [True, None], [True, None]),
    ("ARRAY", ["a", ""], ["a", ""]),
    ("ARRAY(NUMERIC(3,1))", ["1.5", None, 2], [Decimal("1.5"), None, Decimal(2)]),
    ("ARRAY(DATE)", {"array": ["2020-01-02"]}, [dt.date(2020, 1, 2)]),
    ("ARRAY(ARRAY(BIGINT))", [["1"], []], [[1], []]),
    ("INTERVAL", "P1D", "P1D"),
    (None, Decimal("1.5"), Decimal("1.5")),
    # Beyond Python's years the text comes as it was sent.
    ("DATE", "10000-01-01", "10000-01-01"),
    ("DATE", "4713-01-01 BC", "4713-01-01 BC"),
    ("DATE", "0000-12-31", "0000-12-31"),
    ("TIMESTAMP", "294276-12-31T23:59:59.999999", "294276-12-31T23:59:59.999999"),
    ("TIMESTAMP WITH TIME ZONE", "0044-03-15 12:00:00.000 UTC BC", "0044-03-15 12:00:00.000 UTC BC"),
    ("TIMESTAMP WITH TIME ZONE", "0001-01-01T00:00:00+05:30", "0001-01-01T00:00:00+05:30"),
]
# Every timestamp text of query §5 and V4, and the moment it says.
MOMENTS: list[tuple[str, dt.datetime]] = [
    ("2021-09-16T16:26:36.000+00:00", dt.datetime(2021, 9, 16, 16, 26, 36)),
    ("2021-09-16T16:26:36.000Z", dt.datetime(2021, 9, 16, 16, 26, 36)),
    ("1989-04-01 00:00:00.000 UTC", dt.datetime(1989, 4, 1)),
    ("0019-01-05 00:00:00.000 UTC", dt.datetime(19, 1, 5)),
    ("1994-01-21T00:00:00", dt.datetime(1994, 1, 21)),
    ("2024-06-10T08:00:00+00:00", dt.datetime(2024, 6, 10, 8)),
    ("2024-06-10 08:00:01", dt.datetime(2024, 6, 10, 8, 0, 1)),
    ("2024-06-10", dt.datetime(2024, 6, 10)),
    ("2024-06-10T08:00", dt.datetime(2024, 6, 10, 8)),
    ("2024-06-10T08:00:01.5", dt.datetime(2024, 6, 10, 8, 0, 1, 500_000)),
    ("2024-06-10T08:00:01.123", dt.datetime(2024, 6, 10, 8, 0, 1, 123_000)),
    ("2024-06-10T08:00:01.123456", dt.datetime(2024, 6, 10, 8, 0, 1, 123_456)),
    ("2024-06-10T08:00:01.999999999Z", dt.datetime(2024, 6, 10, 8, 0, 1, 999_999)),
    ("2024-06-10t08:00:01z", dt.datetime(2024, 6, 10, 8, 0, 1)),
    ("2024-02-29 23:59:59.999999 UTC", dt.datetime(2024, 2, 29, 23, 59, 59, 999_999)),
    ("9999-12-31T23:59:59.999999Z", dt.datetime(9999, 12, 31, 23, 59, 59, 999_999)),
    ("2024-06-10T08:00:00-0000", dt.datetime(2024, 6, 10, 8)),
]
GOOD += [("TIMESTAMP", text, moment) for text, moment in MOMENTS]
GOOD += [("TIMESTAMP WITH TIME ZONE", text, moment.replace(tzinfo=UTC)) for text, moment in MOMENTS]
GOOD += [
    (kind, text, dt.datetime(2024, 6, 10, 2, 30, tzinfo=UTC))
    for kind in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
    for text in (
        "2024-06-10T08:00:00+0530",
        "2024-06-10T08:00:00+05:30",
        "2024-06-10 02:30:00.000-00:00:00",
        "2024-06-09 21:30:00 -05",
    )
    if not (kind == "TIMESTAMP" and "-00:00" in text)
]


@pytest.mark.fault("V1", "V2", "V3", "V4", "V6")
@pytest.mark.parametrize(("type_text", "cell", "expected"), GOOD, ids=label)
def test_a_cell_becomes_its_value(type_text: str | None, cell: Any, expected: Any) -> None:
    got = decode(type_text, cell)
    assert same(got, expected), got


BAD: list[tuple[str, Any]] = [
    *[(kind, text) for kind in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE") for text in (
        "10", "03/04/2024", "tomorrow", "2024-13-01", "2024-02-30", "2023-02-29", "20240101", "2024-W01-1",
        "10000-02-30", "2024-1-1", " 2024-01-01", "２０２４-01-01", "Jan 1, 2024", "infinity",
    )],
    *[("TIMESTAMP", text) for text in (
        "2024-01-01T24:00:00", "2024-01-01T00:60:00", "2024-01-01T00:00:60", "2024-01-01T00",
        "2024-01-01T00:00:00+25:00", "2024-01-01T00:00:00+05:99",
        "2024-01-01 00:00:00 Europe/Paris", "20240101T000000", "2024-01-01T00:00:00.Z",
    )],
    ("DATE", "2024-01-01T00:00:01Z"),
    ("DATE", 20240101),
    ("TIMESTAMP", 1_700_000_000),
    ("TIME", "24:00:00"),
    ("TIME", "1:2:3"),
    ("TIME", "2024-01-01 00:00:00"),
    ("BOOLEAN", "yes"),
    ("BOOLEAN", 2),
    ("BOOLEAN", Decimal(1)),
    ("INTEGER", "1.5"),
    ("INTEGER", Decimal("1.5")),
    ("INTEGER", Decimal("1E+999999")),
    ("INTEGER", True),
    ("INTEGER", "1_000"),
    ("INTEGER", " 1"),
    ("INTEGER", "١"),
    ("INTEGER", "NaN"),
    ("INTEGER", math.nan),
    ("DECIMAL", "NaN"),
    ("DECIMAL", "Infinity"),
    ("DECIMAL", math.inf),
    ("DECIMAL", "1_000.0"),
    ("DECIMAL", "1,5"),
    ("DECIMAL", False),
    ("DOUBLE", "1e999"),
    ("DOUBLE", 10**400),
    ("DOUBLE", "one"),
    ("DOUBLE", True),
    ("REAL", "1e39"),
    ("VARCHAR", 5),
    ("VARCHAR", ["a"]),
    ("JSON", math.nan),
    ("BINARY", "not base64!"),
    ("BINARY", "QQ"),
    ("BINARY", "\\x0"),
    ("BINARY", 5),
    ("ARRAY", "[1,2]"),
    ("ARRAY", {"array": [1], "more": 2}),
    ("ARRAY(BIGINT)", ["1", "x"]),
]  # fmt: skip


@pytest.mark.fault("V3", "V5")
@pytest.mark.parametrize(("type_text", "cell"), BAD, ids=label)
def test_nothing_is_guessed(type_text: str, cell: Any) -> None:
    error = decode(type_text, cell)
    assert isinstance(error, DataError), error
    assert "'c', row 1" in str(error)


KINDS = [
    *("BOOLEAN", "INTEGER", "DECIMAL", "DOUBLE", "REAL", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
    *("ARRAY", "VARCHAR", "JSON", "BINARY", "INTERVAL"),
]


@pytest.mark.parametrize("type_text", KINDS)
def test_null_is_none(type_text: str) -> None:
    assert decode(type_text, None) is None


@pytest.mark.parametrize("type_text", [kind for kind in KINDS if kind not in ("VARCHAR", "JSON", "BINARY", "INTERVAL")])
@pytest.mark.parametrize("text", ["", "null"])
def test_empty_text_is_null_outside_text_columns(type_text: str, text: str) -> None:
    assert decode(type_text, text) is None


def test_mixed_cells_of_one_column() -> None:
    """Aggregates come as numbers, columns as text, and equal numbers keep their own digits."""
    cells: list[Any] = ["1.0", Decimal("1.00"), 1, None, "1.000", ""]
    rows, error = decode_rows([column("DECIMAL")], [[cell] for cell in cells])
    assert error is None
    assert [None if value is None else str(value) for (value,) in rows] == ["1.0", "1.00", "1", None, "1.000", None]


def test_true_is_no_number_even_beside_one() -> None:
    rows, error = decode_rows([column("INTEGER")], [[1], [True]])
    assert rows == [(1,)]
    assert error is not None


@pytest.mark.fault("V7", "V8")
@pytest.mark.parametrize("repeated", [False, True])
def test_the_rows_before_a_bad_one_are_kept(repeated: bool) -> None:
    """The first bad row counts, whichever column it is in, and the error names column, row and value."""
    day = "2024-01-01" if repeated else "2024-01-{:02}"
    wire: list[list[Any]] = [[day.format(n), n] for n in range(1, 11)]
    wire[7][0] = "tomorrow"
    wire[5][1] = "x" * 500
    rows, error = decode_rows([column("DATE", "day"), column("BIGINT", "n")], wire, 101)
    assert rows == [(dt.date(2024, 1, 1 if repeated else n), n) for n in range(1, 6)]
    assert error is not None
    assert "'n', row 106" in str(error)
    assert "BIGINT" in str(error)
    assert len(str(error)) < 150


def test_a_column_in_its_final_form_is_not_touched() -> None:
    text = str(b"text", "ascii")  # an object of its own
    ((got,),), _ = decode_rows([column("VARCHAR")], [[text]])
    assert got is text


def test_no_rows_and_no_columns() -> None:
    assert decode_rows([column("DATE")], []) == ([], None)
    assert decode_rows([], [[], []]) == ([(), ()], None)


@pytest.mark.fault("V6")
def test_the_local_time_zone_plays_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """02:30 on 31 March 2024 does not exist in Paris, and 27 October has it twice. Source: faults V6."""
    if not hasattr(time, "tzset"):
        pytest.skip("this platform cannot change its time zone at run time")
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        for plain in (dt.datetime(2024, 3, 31, 2, 30), dt.datetime(2024, 10, 27, 2, 30)):
            text = str(plain)
            assert same(decode("TIMESTAMP", text), plain)
            assert same(decode("TIMESTAMP WITH TIME ZONE", text), plain.replace(tzinfo=UTC))
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.fault("V1", "V3")
def test_numbers_as_json_gives_them() -> None:
    """The cells the transports pass on: floats read as Decimal. Source: wire spec, query §5, last paragraph."""
    wire = json.loads('[["1", 12345678901234567890.123456789012345678, 1e-7, -0.0]]', parse_float=Decimal)
    columns = [column("DECIMAL", "a"), column("DECIMAL", "b"), column("DOUBLE", "c"), column("DOUBLE", "d")]
    ((a, b, c, d),), error = decode_rows(columns, wire)
    assert error is None
    assert (a, b, c) == (Decimal(1), Decimal("12345678901234567890.123456789012345678"), 1e-7)
    assert same(d, -0.0)
