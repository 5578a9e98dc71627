"""Which conditions of a statement go to the service, and as what. Source: wire spec, account-engagement §5, §21."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("shillelagh", reason="the extra engagement-sql is not installed")

from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.sql.columns import MARK, Column, columns_of, custom_columns, given, moment, stored
from datacloud_dbapi.engagement.sql.plan import Asked, Choice, Wish, ask, choose, fits, load
from datacloud_dbapi.errors import DataError

UTC = dt.timezone.utc
PROSPECT = catalogue().objects["Prospect"]
COLUMNS = columns_of(PROSPECT, [Column("Level__c", "String"), Column("Topics__c", "Array", "read", True)])
NOON = dt.datetime(2026, 3, 4, 12, tzinfo=UTC)
SECOND = dt.timedelta(seconds=1)


def chosen(wishes: Sequence[Wish], order: Sequence[tuple[str, bool]] = (), used: Sequence[str] = ("id",)) -> Choice:
    return choose(PROSPECT, COLUMNS, wishes, order, used)


def asked(*conditions: tuple[str, str, Any], **options: Any) -> Asked | None:
    """What is sent for these conditions, with a limit of 10."""
    wishes = [*(Wish(column, op) for column, op, _ in conditions), Wish("", "limit")]
    choice = chosen(wishes)
    given = [*(value for _, _, value in conditions), 10]
    values = [value for value, place in zip(given, choice.places, strict=True) if place is not None]
    return ask(choice.plan, PROSPECT, COLUMNS, values, **options)


SENT: dict[str, tuple[tuple[tuple[str, str, Any], ...], Mapping[str, Any], int | None]] = {
    "equal": ((("id", "eq", 5),), {"id": 5}, 10),
    "range": ((("id", "gt", 5), ("id", "le", 9)), {"idGreaterThan": 5, "idLessThanOrEqualTo": 9}, 10),
    "the tighter": ((("id", "gt", 5), ("id", "gt", 7)), {"idGreaterThan": 7}, 10),
    "two values": ((("id", "eq", 5), ("id", "eq", 7)), {"id": 5}, None),
    "whole float": ((("id", "eq", 5.0),), {"id": 5}, 10),
    "below a fraction": ((("id", "lt", 5.5),), {"idLessThanOrEqualTo": 5}, 10),
    "above a fraction": ((("id", "gt", -5.5),), {"idGreaterThanOrEqualTo": -5}, 10),
    "equal to a fraction": ((("id", "eq", 5.5),), {}, None),
    "infinity": ((("id", "lt", float("inf")),), {}, None),
    "text for a number": ((("id", "gt", "x"),), {}, None),
    "after": ((("updatedAt", "gt", "2026-03-04T12:00:00+00:00"),), {"updatedAtAfter": NOON}, 10),
    "another zone": ((("updatedAt", "le", "2026-03-04T07:00:00-05:00"),), {"updatedAtBeforeOrEqualTo": NOON}, 10),
    "after half a second": (
        (("updatedAt", "gt", "2026-03-04 12:00:00.5Z"),),
        {"updatedAtAfterOrEqualTo": NOON},
        None,
    ),
    "before half a second": (
        (("updatedAt", "lt", "2026-03-04T12:00:00.5Z"),),
        {"updatedAtBeforeOrEqualTo": NOON + SECOND},
        None,
    ),
    "at": (
        (("updatedAt", "eq", "2026-03-04T12:00:00Z"),),
        {"updatedAtAfterOrEqualTo": NOON, "updatedAtBeforeOrEqualTo": NOON},
        10,
    ),
    "null": ((("userId", "is_null", None),), {"userIdIsNull": True}, 10),
    "text": ((("email", "eq", "pat@example.test"),), {"email": "pat@example.test"}, None),
    "blank text": ((("email", "eq", " "),), {}, None),
    "no filter": ((("score", "gt", 5),), {}, None),
    "three fields": (
        (
            *((name, "gt", "2026-03-04") for name in ("updatedAt", "createdAt", "lastActivityAt")),
            ("id", "gt", 1),
        ),
        {
            "idGreaterThan": 1,
            "updatedAtAfter": NOON.replace(hour=0),
            "createdAtAfter": NOON.replace(hour=0),
        },
        None,
    ),
}


@pytest.mark.parametrize(("conditions", "filters", "limit"), SENT.values(), ids=SENT)
def test_what_is_sent_selects_at_least_what_sql_does(
    conditions: tuple[tuple[str, str, Any], ...], filters: Mapping[str, Any], limit: int | None
) -> None:
    """The limit goes along only where the service selects exactly the same."""
    found = asked(*conditions)
    assert found is not None
    assert (dict(found.filters), found.limit) == (filters, limit)


def test_nothing_compares_with_null() -> None:
    assert asked(("id", "gt", None)) is None
    assert asked(("updatedAt", "eq", None)) is None


@pytest.mark.parametrize(
    ("value", "include", "deleted"), [(1, False, True), (0, False, False), (1, True, True), (2, True, "all")]
)
def test_the_bin_is_chosen_by_is_deleted(value: int, include: bool, deleted: bool | str) -> None:
    found = asked(("isDeleted", "eq", value), include_deleted=include)
    assert found is not None
    assert (found.deleted, found.filters) == (deleted, {})


def test_moments_are_checked_here_so_that_their_text_does_not_matter() -> None:
    found = asked(("updatedAt", "gt", "2026-03-04T12:00:00.5+00:00"))
    assert found is not None
    records: list[dict[str, Any]] = [{"updatedAt": NOON}, {"updatedAt": NOON + SECOND}, {"updatedAt": None}]
    assert [fits(found, record) for record in records] == [False, True, False]
    # Its place, and that SQLite need not look again.
    assert chosen([Wish("updatedAt", "gt"), Wish("id", "gt")]).places == ((0, True), (1, False))


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(Wish("id", "eq", usable=False), id="a value that comes later"),
        pytest.param(Wish("email", "eq", binary=False), id="without case"),
        pytest.param(Wish("id", "ne"), id="unequal"),
        pytest.param(Wish("email", "like"), id="like"),
        pytest.param(Wish("email", "gt"), id="range of texts"),
        pytest.param(Wish("Level__c", "eq"), id="custom field"),
        pytest.param(Wish(MARK, "eq"), id="no column of ours"),
    ],
)
def test_what_cannot_be_sent_is_left_to_sqlite(wish: Wish) -> None:
    choice = chosen([wish, Wish("id", "lt")])
    assert choice.places == (None, (0, False))
    assert choice.plan.conditions == (("id", "lt"),)


@pytest.mark.parametrize(
    ("order", "wishes", "pushed"),
    [
        ([("id", True)], [], ("id", True)),
        ([("id", False), ("score", True)], [], ("id", False)),
        ([("updatedAt", False)], [], ("updatedAt", False)),
        ([("updatedAt", False), ("id", False)], [], None),
        ([("score", False)], [], None),
        # Where the service puts nulls is not known.
        ([("lastActivityAt", True)], [], None),
        ([("lastActivityAt", True)], [Wish("lastActivityAt", "gt")], ("lastActivityAt", True)),
    ],
)
def test_an_order_is_pushed_when_the_service_gives_the_same(
    order: list[tuple[str, bool]], wishes: list[Wish], pushed: tuple[str, bool] | None
) -> None:
    choice = chosen([*wishes, Wish("", "limit")], order)
    assert (choice.plan.order, choice.ordered) == (pushed, pushed is not None)
    # How many are wanted says nothing before they are in order.
    assert (choice.places[-1] is None) == (pushed is None)


def test_a_plan_survives_sqlite_and_is_shown_without_values() -> None:
    wishes = [Wish("updatedAt", "ge"), Wish("email", "like"), Wish("id", "lt"), Wish("", "limit")]
    plan = chosen(wishes, [("id", True)], ["email", "Topics__c"]).plan
    assert load(plan.dump()) == plan
    assert plan.shown() == (
        "GET prospects fields=id,email filters=updatedAt:ge,id:lt orderBy=id DESC "
        "checked here=updatedAt:ge checked by SQLite=email:like one read a row for=Topics__c"
    )


def test_an_offset_is_read_and_passed_over() -> None:
    choice = chosen([Wish("id", "gt"), Wish("", "limit"), Wish("", "offset")])
    found = ask(choice.plan, PROSPECT, COLUMNS, [5, 10, 3])
    assert found is not None
    assert found.limit == 13


def test_columns() -> None:
    landing = columns_of(catalogue().objects["LandingPage"])
    assert (landing["id"].sql_type, landing["id"].hidden) == ("INTEGER", False)
    assert (landing["content"].source, landing["content"].hidden) == ("read", True)
    activity = columns_of(catalogue().objects["ExternalActivity"])
    assert (activity["email"].source, activity["email"].hidden) == (None, True)
    assert "campaign" not in landing
    fields = [
        {"apiFieldId": "Level__c", "type": "Dropdown", "isRecordMultipleResponses": False},
        {"apiFieldId": "Topics__c", "type": "multi-select", "isRecordMultipleResponses": False},
        {"apiFieldId": "Past__c", "type": "Text", "isRecordMultipleResponses": True},
    ]
    assert custom_columns(fields) == [
        Column("Level__c", "String"),
        Column("Topics__c", "Array", "read", True),
        Column("Past__c", "Array", "read", True),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-04T12:00:00+00:00", NOON),
        ("2026-03-04T07:00:00-05:00", NOON),
        ("2026-03-04T12:00:00Z", NOON),
        ("2026-03-04 12:00:00 UTC", NOON),
        ("2026-03-04 14:00:00+02", NOON),
        ("2026-03-04 12:00:00.000000", NOON),
        ("2026-03-04", NOON.replace(hour=0)),
        ("2026-03-04T12:00:00.500000+00:00", NOON + SECOND / 2),
    ],
)
def test_a_text_is_a_moment(text: str, found: dt.datetime) -> None:
    assert moment(text) == found


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "",
        "2026-13-01",
        "2026-03-04T12:00:00.0000009",
        20260304,
        1.5,
        b"2026-03-04",
        "0001-01-01T00:00:00+05:00",
    ],
)
def test_anything_else_is_none(value: Any) -> None:
    with pytest.raises(DataError, match="moments"):
        moment(value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        (True, 1),
        (7, 7),
        ("x", "x"),
        (Decimal("11979.5"), 11979.5),
        (NOON.astimezone(dt.timezone(dt.timedelta(hours=-5))), "2026-03-04T12:00:00+00:00"),
    ],
)
def test_a_value_is_stored_as_sqlite_compares_it(value: Any, found: Any) -> None:
    assert (stored(value), type(stored(value))) == (found, type(found))


@pytest.mark.parametrize("text", ["0.1", "1234567.89", "-0.0001", "123456789012345", "1E+20"])
def test_a_decimal_is_the_same_as_a_real(text: str) -> None:
    assert stored(Decimal(text)) == float(text)


@pytest.mark.parametrize("text", ["12345678901234567.89", "0.1000000000000000055511151231257827", "1E+400"])
def test_a_decimal_that_a_real_would_round_is_an_error(text: str) -> None:
    with pytest.raises(DataError, match="so many digits"):
        stored(Decimal(text))


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("DateTime", "2026-03-04T12:00:00Z", NOON),
        ("Float", 12.1, Decimal("12.1")),
        ("Boolean", 1, True),
        ("Array", "[1, 2]", [1, 2]),
        ("String", 1234, "1234"),
        ("Integer", 5, 5),
        ("Integer", None, None),
    ],
)
def test_a_value_that_is_written_is_of_the_columns_type(kind: str, value: Any, found: Any) -> None:
    made = given(Column("x", kind), value)
    assert (made, type(made)) == (found, type(found))


@pytest.mark.parametrize(("kind", "value"), [("DateTime", "soon"), ("Float", "much"), ("Array", "[1")])
def test_a_value_of_another_type_is_refused(kind: str, value: str) -> None:
    with pytest.raises(DataError):
        given(Column("x", kind), value)
