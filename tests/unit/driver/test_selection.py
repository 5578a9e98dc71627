"""Filters, orders and fields as the wire has them, and what it has no words for.

Source: wire spec, profile §2.4, §3.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.errors import NotSupportedError, ProgrammingError
from datacloud_dbapi.services.metadata import Field, KeyField, Table
from datacloud_dbapi.services.selection import filter_list, granularity, lookup_list, order_list, value_text

TABLE = Table(
    name="Demo__dlm",
    label="Demo",
    kind="DataModelObject",
    fields=(Field("Id__c", "Id", "STRING"), Field("Born__c", "Born", "DATE"), Field("Age__c", "Age", "NUMBER")),
    primary_key=(KeyField("Id__c", "Id", 1),),
)


class Color(enum.Enum):
    RED = "red"


NEW_YORK = dt.timezone(dt.timedelta(hours=-5))
VALUES = [
    ("DON", "DON"),
    ("a=b", "a=b"),  # only the first = divides
    (" kept ", " kept "),
    ('O\'Neil "x"', 'O\'Neil "x"'),
    ("東京", "東京"),
    (7, "7"),
    (-(10**30), "-1000000000000000000000000000000"),
    (True, "true"),
    (False, "false"),
    (Decimal("12.50"), "12.50"),
    (Decimal("1E+3"), "1000"),
    (0.1, "0.1"),
    (1e-7, "0.0000001"),
    (1e21, "1000000000000000000000"),
    (dt.date(1990, 7, 12), "1990-07-12 00:00:00"),
    (dt.datetime(1990, 7, 12), "1990-07-12 00:00:00"),
    (dt.datetime(1990, 7, 12, 22, 30, 1, tzinfo=NEW_YORK), "1990-07-13 03:30:01"),
    (dt.datetime(1990, 7, 12, 22, 30, tzinfo=dt.timezone.utc), "1990-07-12 22:30:00"),
    (Color.RED, "red"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
]


@pytest.mark.parametrize(("value", "text"), VALUES, ids=repr)
def test_a_value(value: object, text: str) -> None:
    assert value_text(value, "It") == text
    assert filter_list(TABLE, {"id__c": value}) == f"[Id__c={text}]"
    assert lookup_list({"Demo__dlm.Id__c": value, "Other__c": 1}) == f"[Demo__dlm.Id__c={text},Other__c=1]"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "a,b",
        "[a",
        "a]",
        float("nan"),
        float("inf"),
        float("-inf"),
        ["a"],
        ("a",),
        {"a"},
        {"gt": 1},
        b"a",
        dt.time(1, 2),
        dt.timedelta(1),
        dt.datetime(1990, 7, 12, 0, 0, 0, 1),
        Color,
        NotImplemented,
        Decimal("NaN"),
        "nul\0",
        "\ud800",
    ],
    ids=repr,
)
def test_a_value_the_wire_cannot_carry(value: object) -> None:
    with pytest.raises((NotSupportedError, ProgrammingError)) as caught:
        filter_list(TABLE, {"Id__c": value})
    assert "Id__c" in caught.value.message
    if isinstance(value, str) and len(value) > 1:
        assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["Age__c >", "Age__c!=", "Age__c in", "", "a,b", "Age__c=1"])
def test_an_operator_is_sqls(name: str) -> None:
    with pytest.raises(NotSupportedError, match="equals a value, nothing else"):
        filter_list(TABLE, {name: 1})


@pytest.mark.parametrize("filters", [{}, [("Id__c", 1)], "[Id__c=1]", {"Nope__c": 1}, {7: 1}])
def test_filters_that_are_none(filters: Any) -> None:
    with pytest.raises(ProgrammingError):
        filter_list(TABLE, filters)


@pytest.mark.parametrize("keys", [{}, [("a", 1)], {"a.b.c": 1}, {"a b": 1}, {"": 1}, {7: 1}])
def test_look_up_keys_that_are_none(keys: Any) -> None:
    with pytest.raises(ProgrammingError):
        lookup_list(keys)


@pytest.mark.parametrize(
    ("orderby", "sent"),
    [
        (None, "Id__c ASC"),
        ("Age__c", "Age__c ASC,Id__c ASC"),
        ("age__C desc", "Age__c DESC,Id__c ASC"),
        ("-Age__c, Born__c ASC", "Age__c DESC,Born__c ASC,Id__c ASC"),
        (["Age__c DESC", "Age__c"], "Age__c DESC,Id__c ASC"),
        (["Id__c DESC"], "Id__c DESC"),
    ],
)
def test_an_order(orderby: Any, sent: str) -> None:
    assert order_list(TABLE, orderby, ["Id__c"]) == sent


@pytest.mark.parametrize(
    "orderby", ["Age__c UP", "-Age__c DESC", "lower(Age__c)", "Nope__c", "", ["Age__c,Id__c"], [7]]
)
def test_an_order_that_is_none(orderby: Any) -> None:
    with pytest.raises(ProgrammingError):
        order_list(TABLE, orderby, ["Id__c"])


def test_time_granularities() -> None:
    assert [granularity(text) for text in ("hour", "Day", "MONTH", "quarter", "YEAR")] == [
        *("HOUR", "DAY", "MONTH", "QUARTER", "YEAR")
    ]
    for text in ("WEEK", "MINUTE", "", None):
        with pytest.raises(ProgrammingError, match="no time granularity"):
            granularity(text)  # type: ignore[arg-type]  # what is tested
