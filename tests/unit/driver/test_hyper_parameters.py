"""Values beside a statement, as Hyper takes them. Source: wire spec, hyper §2.4."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.transports.hyper_parameters import hyper_statement

UTC = dt.timezone.utc


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, {"type": "bool", "value": "true"}),
        (-1, {"type": "integer", "value": "-1"}),
        (2**31, {"type": "bigint", "value": "2147483648"}),
        (-(2**63) - 1, {"type": "numeric", "value": "-9223372036854775809", "precision": 19, "scale": 0}),
        (Decimal("1.50"), {"type": "numeric", "value": "1.50", "precision": 3, "scale": 2}),
        (Decimal("-0.05"), {"type": "numeric", "value": "-0.05", "precision": 2, "scale": 2}),
        (0.1, {"type": "double", "value": "0.1"}),
        (float("-inf"), {"type": "double", "value": "-Infinity"}),
        ("", {"type": "varchar", "value": ""}),
        ("é😀'\\\n", {"type": "varchar", "value": "é😀'\\\n"}),
        (dt.date(1, 1, 1), {"type": "date", "value": "0001-01-01"}),
        (dt.time(1, 2, 3), {"type": "time", "value": "01:02:03"}),
        (dt.datetime(2020, 1, 2, 3, 4, 5, 6), {"type": "timestamp", "value": "2020-01-02 03:04:05.000006"}),
        (dt.datetime(2020, 1, 2, tzinfo=UTC), {"type": "timestamptz", "value": "2020-01-02 00:00:00+00:00"}),
        (dt.timedelta(days=3, seconds=5), {"type": "interval", "value": "3 days 5.000000 seconds"}),
        (b"\x00\xff", {"type": "bytea", "value": "\\x00ff"}),
    ],
    ids=repr,
)
def test_each_value_travels_as_text_with_its_type(value: object, expected: dict[str, Any]) -> None:
    statement = hyper_statement("SELECT :v", {"v": value})
    assert statement.sql == "SELECT :v"
    assert json.loads(statement.values or "") == [{"name": "v", **expected}]


def test_letters_beyond_ascii_are_not_escaped() -> None:
    values = hyper_statement("SELECT :v", {"v": "é😀"}).values or ""
    assert "é😀" in values


def test_what_has_no_typed_form_stands_in_the_statement() -> None:
    assert hyper_statement("SELECT :v", {"v": None}) == ("SELECT NULL", None)
    assert hyper_statement("SELECT 1", None) == ("SELECT 1", None)


def test_more_values_than_the_engine_takes_are_written_into_the_statement() -> None:
    many = list(range(10_001))
    statement = hyper_statement("SELECT 1 IN ?", [many])
    assert statement.values is None
    assert statement.sql == f"SELECT 1 IN ({', '.join(map(str, many))})"
    assert len(json.loads(hyper_statement("SELECT 1 IN ?", [many[:10_000]]).values or "")) == 10_000


def test_half_a_surrogate_pair_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ProgrammingError, match="surrogate"):
        hyper_statement("SELECT :v", {"v": "\ud800"})
