"""Every SQL type with its edge values, through Hyper and back, against literals written here.

Source: public surface, §1 (the type table); wire spec, hyper §3 (the engine's edges).
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest

import datacloud_dbapi

UTC = dt.timezone.utc
BIG = "99999999999999999999999999999999999999"  # 38 digits

CASES: list[tuple[str, str, Any]] = [
    ("TRUE", "BOOLEAN", True),
    ("FALSE", "BOOLEAN", False),
    ("CAST(-32768 AS SMALLINT)", "SMALLINT", -32768),
    ("CAST(32767 AS SMALLINT)", "SMALLINT", 32767),
    ("CAST('-2147483648' AS INTEGER)", "INTEGER", -(2**31)),
    ("CAST(2147483647 AS INTEGER)", "INTEGER", 2**31 - 1),
    ("CAST('-9223372036854775808' AS BIGINT)", "BIGINT", -(2**63)),
    ("CAST(9223372036854775807 AS BIGINT)", "BIGINT", 2**63 - 1),
    (f"CAST('{BIG}' AS NUMERIC(38,0))", "NUMERIC", Decimal(BIG)),
    (f"CAST('-{BIG}' AS NUMERIC(38,0))", "NUMERIC", Decimal(f"-{BIG}")),
    (
        "CAST('12345678901234567890.123456789012345678' AS NUMERIC(38,18))",
        "NUMERIC",
        Decimal("12345678901234567890.123456789012345678"),
    ),
    ("CAST('0.000000000000000001' AS NUMERIC(38,18))", "NUMERIC", Decimal("0.000000000000000001")),
    ("CAST('1.50' AS NUMERIC(18,2))", "NUMERIC", Decimal("1.50")),
    ("CAST(0 AS NUMERIC(18,2))", "NUMERIC", Decimal("0.00")),
    ("CAST(1.5 AS REAL)", "REAL", 1.5),
    ("CAST('NaN' AS REAL)", "REAL", math.nan),
    ("CAST('Infinity' AS REAL)", "REAL", math.inf),
    ("CAST(0.1 AS DOUBLE PRECISION)", "DOUBLE", 0.1),
    ("CAST('1.7976931348623157e308' AS DOUBLE PRECISION)", "DOUBLE", 1.7976931348623157e308),
    ("CAST('5e-324' AS DOUBLE PRECISION)", "DOUBLE", 5e-324),
    ("CAST('-0.0' AS DOUBLE PRECISION)", "DOUBLE", -0.0),
    ("CAST('NaN' AS DOUBLE PRECISION)", "DOUBLE", math.nan),
    ("CAST('Infinity' AS DOUBLE PRECISION)", "DOUBLE", math.inf),
    ("CAST('-Infinity' AS DOUBLE PRECISION)", "DOUBLE", -math.inf),
    ("CAST('ab' AS CHAR(5))", "CHAR", "ab   "),
    ("CAST('abcdef' AS VARCHAR(3))", "VARCHAR", "abc"),
    ("''", "VARCHAR", ""),
    ("'it''s \"quoted\", a back\\slash, a { brace }'", "VARCHAR", 'it\'s "quoted", a back\\slash, a { brace }'),
    ("E'tab\\tline\\nreturn\\r'", "VARCHAR", "tab\tline\nreturn\r"),
    ("'emoji 👩‍👩‍👧 Ünïcödé 漢字 ‮rtl'", "VARCHAR", "emoji 👩‍👩‍👧 Ünïcödé 漢字 ‮rtl"),
    ("'2020-01-02 03:04:05.000 UTC'", "VARCHAR", "2020-01-02 03:04:05.000 UTC"),
    ("'null'", "VARCHAR", "null"),
    ("DATE '2024-02-29'", "DATE", dt.date(2024, 2, 29)),
    ("DATE '0001-01-01'", "DATE", dt.date(1, 1, 1)),
    ("DATE '9999-12-31'", "DATE", dt.date(9999, 12, 31)),
    ("TIME '00:00:00'", "TIME", dt.time(0, 0)),
    ("TIME '01:02:03.5'", "TIME", dt.time(1, 2, 3, 500000)),
    ("TIME '23:59:59.999999'", "TIME", dt.time(23, 59, 59, 999999)),
    ("TIMESTAMP '2020-01-02 03:04:05'", "TIMESTAMP", dt.datetime(2020, 1, 2, 3, 4, 5)),
    ("TIMESTAMP '2020-01-02 03:04:05.123456'", "TIMESTAMP", dt.datetime(2020, 1, 2, 3, 4, 5, 123456)),
    ("TIMESTAMP '0001-01-01 00:00:00'", "TIMESTAMP", dt.datetime(1, 1, 1)),
    ("TIMESTAMP '9999-12-31 23:59:59.999999'", "TIMESTAMP", dt.datetime(9999, 12, 31, 23, 59, 59, 999999)),
    (
        "TIMESTAMP WITH TIME ZONE '2020-01-02 03:04:05.000001+05:30'",
        "TIMESTAMP WITH TIME ZONE",
        dt.datetime(2020, 1, 1, 21, 34, 5, 1, UTC),
    ),
    (
        "TIMESTAMP WITH TIME ZONE '2021-03-28 02:30:00 Europe/Paris'",
        "TIMESTAMP WITH TIME ZONE",
        dt.datetime(2021, 3, 28, 1, 30, tzinfo=UTC),
    ),
    ("TIMESTAMP WITH TIME ZONE '0001-01-01 00:00:00+00'", "TIMESTAMP WITH TIME ZONE", dt.datetime(1, 1, 1, tzinfo=UTC)),
    ("CAST(E'\\\\x00ff10' AS BYTEA)", "VARBINARY", b"\x00\xff\x10"),
    ("CAST('' AS BYTEA)", "VARBINARY", b""),
    ("ARRAY[1, NULL, 3]", "ARRAY", [1, None, 3]),
    ("ARRAY['a', '', 'quote\"']", "ARRAY", ["a", "", 'quote"']),
    ("CAST(ARRAY[] AS ARRAY(INTEGER))", "ARRAY", []),
    ("CAST(ARRAY[0.1, NULL, 2.5, 1e-7] AS ARRAY(DOUBLE PRECISION))", "ARRAY", [0.1, None, 2.5, 1e-7]),
    (
        "CAST(ARRAY[0.1, NULL, 12345678901234567890.123456789012345678] AS ARRAY(NUMERIC(38,18)))",
        "ARRAY",
        [Decimal("0.100000000000000000"), None, Decimal("12345678901234567890.123456789012345678")],
    ),
    ("ARRAY[TRUE, FALSE, NULL]", "ARRAY", [True, False, None]),
]

NULLS = [
    *("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "NUMERIC(38,18)", "REAL", "DOUBLE PRECISION"),
    *("CHAR(5)", "VARCHAR(3)", "TEXT", "JSON", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
    *("BYTEA", "ARRAY(INTEGER)"),
]


def same(left: Any, right: Any) -> bool:
    """Equal in value and type; NaN equals itself, and -0.0 is not 0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        both_nan = math.isnan(left) and math.isnan(right)
        return both_nan or bool(left == right and math.copysign(1, left) == math.copysign(1, right))
    if isinstance(left, Decimal):
        return str(left) == str(right)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dt.datetime):
        return bool(left == right) and left.utcoffset() == right.utcoffset()
    return bool(left == right)


@pytest.mark.parametrize(("expression", "type_name", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_value_comes_back_as_it_is(
    connection: datacloud_dbapi.Connection, expression: str, type_name: str, expected: Any
) -> None:
    cursor = connection.cursor().execute(f"SELECT {expression} AS v, 1 AS beside")
    ((value, beside),) = cursor.fetchall()
    assert same(value, expected), f"{value!r} is not {expected!r}"
    assert beside == 1
    assert cursor.description is not None
    code = cursor.description[0][1]
    assert code.partition("(")[0] == {"VARBINARY": "BINARY"}.get(type_name, type_name)


@pytest.mark.parametrize("sql_type", NULLS)
def test_null_is_none_in_every_type(connection: datacloud_dbapi.Connection, sql_type: str) -> None:
    assert connection.cursor().execute(f"SELECT CAST(NULL AS {sql_type})").fetchall() == [(None,)]


@pytest.mark.parametrize(
    ("expression", "year"),
    [
        ("DATE '10000-01-01'", "10000"),
        ("TIMESTAMP '10000-01-01 00:00:00'", "10000"),
        ("DATE '4713-01-01 BC'", "4713"),
    ],
)
def test_what_python_has_no_date_for_comes_as_text(
    connection: datacloud_dbapi.Connection, expression: str, year: str
) -> None:
    ((value, other),) = connection.cursor().execute(f"SELECT {expression}, DATE '2020-01-02'").fetchall()
    assert isinstance(value, str)
    assert year in value
    assert other == dt.date(2020, 1, 2)


def test_aggregates_are_as_exact_as_columns(connection: datacloud_dbapi.Connection) -> None:
    """The service writes aggregates as JSON numbers, columns as text; neither may lose a digit."""
    rows = "(VALUES ('0.1'), ('0.2'), ('12345678901234567890.000000000000000003')) AS t(x)"
    sql = f"SELECT SUM(CAST(x AS NUMERIC(38,18))), COUNT(*), MAX(CAST(x AS NUMERIC(38,18))) FROM {rows}"
    largest = Decimal("12345678901234567890.000000000000000003")
    total = Decimal("12345678901234567890.300000000000000003")
    assert connection.cursor().execute(sql).fetchall() == [(total, 3, largest)]


def test_description_groups(connection: datacloud_dbapi.Connection) -> None:
    cursor = connection.cursor().execute("SELECT 1 AS n, 'a' AS s, DATE '2020-01-01' AS d, CAST('a' AS BYTEA) AS b")
    assert cursor.description is not None
    assert [column[0] for column in cursor.description] == ["n", "s", "d", "b"]
    groups = [datacloud_dbapi.NUMBER, datacloud_dbapi.STRING, datacloud_dbapi.DATETIME, datacloud_dbapi.BINARY]
    assert [column[1] == group for column, group in zip(cursor.description, groups, strict=True)] == [True] * 4
