"""Values from the wire, and to it, by the catalogue's types.

Source: wire spec, account-engagement §5, §12.
"""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from datacloud_dbapi.engagement.catalogue import Field, catalogue
from datacloud_dbapi.engagement.sent_values import body_value, filter_text
from datacloud_dbapi.engagement.values import below, decode
from datacloud_dbapi.errors import DataError, ProgrammingError

UTC = dt.timezone.utc
NEW_YORK = dt.timezone(dt.timedelta(hours=-5))
MORNING = dt.datetime(2026, 3, 4, 10, 6, 7, tzinfo=UTC)
OBJECTS = catalogue().objects


@pytest.mark.parametrize(
    ("name", "field", "sent", "read"),
    [
        ("Prospect", "email", "pat@example.test", "pat@example.test"),
        ("Prospect", "annualRevenue", "12", "12"),
        ("Prospect", "email", None, None),
        ("Prospect", "score", 7, 7),
        ("Prospect", "score", "7", 7),
        ("Prospect", "score", Decimal("7.0"), 7),
        ("Prospect", "optedOut", True, True),
        ("Prospect", "optedOut", "False", False),
        ("Campaign", "cost", Decimal("12.3400"), Decimal("12.3400")),
        ("Campaign", "cost", 12, Decimal(12)),
        ("Campaign", "cost", "0.10", Decimal("0.10")),
        # The example of §12, in the user's zone.
        ("Prospect", "createdAt", "2026-03-04T05:06:07-05:00", MORNING),
        ("Prospect", "createdAt", "2026-03-04T10:06:07+00:00", MORNING),
        ("Prospect", "createdAt", "2026-03-04T10:06:07Z", MORNING),
        ("Prospect", "createdAt", "2026-03-04T15:36:07+0530", MORNING),
        ("Prospect", "createdAt", "0000-01-01T00:00:00+00:00", "0000-01-01T00:00:00+00:00"),
        ("Prospect", "Level__c", ["a", "b"], ["a", "b"]),
        ("Prospect", "Level__c", 5, 5),
        ("Prospect", "unheardOf", {"a": 1}, {"a": 1}),
        ("Prospect", "campaign", None, None),
        ("Prospect", "campaign", {"id": "3", "cost": 1}, {"id": 3, "cost": Decimal(1)}),
        (
            "Prospect",
            "campaign",
            {"createdBy": {"createdAt": "2026-03-04T05:06:07-05:00"}},
            {"createdBy": {"createdAt": MORNING}},
        ),
        ("ListEmail", "recipientLists", [{"id": "3"}, None], [{"id": 3}, None]),
        ("EngagementStudioProgram", "recipientListIds", [1, "2"], [1, 2]),
        ("EngagementStudioProgram", "schedule", {"any": "thing"}, {"any": "thing"}),
        ("ListEmail", "senderOptions", [{"type": "x", "userId": 5}], [{"type": "x", "userId": 5}]),
        ("CustomField", "type", "checkbox", "checkbox"),
    ],
)
def test_what_is_read(name: str, field: str, sent: object, read: object) -> None:
    found = decode(OBJECTS[name], {"id": 1, field: sent})
    assert found == {"id": 1, field: read}
    assert type(found[field]) is type(read)
    if isinstance(read, dt.datetime):
        assert found[field].utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize(
    ("name", "record", "message"),
    [
        ("Prospect", {"id": 5, "score": "x"}, "Prospect 5: score is 'x', which is no Integer"),
        ("Prospect", {"id": 5, "score": Decimal("1.5")}, "Prospect 5: score is .*1.5.*, which is no Integer"),
        ("Prospect", {"id": 5, "score": True}, "Prospect 5: score is True, which is no Integer"),
        ("Prospect", {"id": "?"}, "Prospect: id is '\\?', which is no Integer"),
        ("Prospect", {"id": 5, "email": 1}, "email is 1, which is no String"),
        ("Prospect", {"id": 5, "optedOut": 1}, "optedOut is 1, which is no Boolean"),
        ("Prospect", {"id": 5, "createdAt": "2026-03-04 05:06:07"}, "createdAt is .* no DateTime with an offset"),
        ("Prospect", {"id": 5, "createdAt": "2026-02-30T05:06:07+00:00"}, "createdAt is .* no DateTime$"),
        ("Prospect", {"id": 5, "createdAt": 17}, "createdAt is 17, which is no DateTime"),
        ("Prospect", {"id": 5, "campaign": "x"}, "campaign is 'x', which is no related record"),
        ("Prospect", {"id": 5, "campaign": {"cost": "x"}}, "Prospect 5: campaign.cost is 'x', which is no Float"),
        ("Prospect", {"campaign": {"createdBy": {"id": "x"}}}, "Prospect: campaign.createdBy.id is 'x'"),
        ("ListEmail", {"id": 5, "recipientLists": {}}, "recipientLists is {}, which is no Array"),
        ("ListEmail", {"id": 5, "recipientLists": [{"id": "x"}]}, r"recipientLists\.id is 'x'"),
        ("Export", {"id": 5, "procedure": "x"}, "procedure is 'x', which is no Object"),
    ],
)
def test_what_is_none_of_its_type(name: str, record: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        decode(OBJECTS[name], record)


def test_what_stands_below() -> None:
    record = {"campaign": {"name": "Spring"}, "list": None, "recipientLists": [{"id": 1}, {"id": 2}, None]}
    ways = ["campaign.name", "campaign.other.more", "list.name", "gone.name", "recipientLists.id"]
    assert [below(record, way.split(".")) for way in ways] == ["Spring", None, None, None, [1, 2, None]]


class Grade(enum.Enum):
    BEST = 7


FRACTION = dt.datetime(2026, 3, 4, 10, 6, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("filter_name", "value", "text"),
    [
        ("id", 5, "5"),
        ("id", "5", "5"),
        ("id", 5.0, "5"),
        ("id", np.int64(5), "5"),
        ("id", Grade.BEST, "7"),
        ("email", "a+b@example.test", "a+b@example.test"),
        ("updatedAtAfter", MORNING, "2026-03-04T10:06:07+00:00"),
        ("updatedAtAfter", MORNING.astimezone(NEW_YORK), "2026-03-04T10:06:07+00:00"),
        ("updatedAtAfter", "2026-03-04T05:06:07-05:00", "2026-03-04T10:06:07+00:00"),
        ("updatedAtAfter", "2026-03-04T10:06:07Z", "2026-03-04T10:06:07+00:00"),
        ("updatedAtAfter", pd.Timestamp(MORNING), "2026-03-04T10:06:07+00:00"),
        ("updatedAtAfter", dt.datetime(900, 1, 1, tzinfo=UTC), "0900-01-01T00:00:00+00:00"),
        # Every record has whole seconds: those after 7.000001 are those after 7, those from it on begin at 8.
        ("updatedAtAfter", FRACTION, "2026-03-04T10:06:07+00:00"),
        ("updatedAtAfterOrEqualTo", FRACTION, "2026-03-04T10:06:08+00:00"),
        ("updatedAtBefore", FRACTION, "2026-03-04T10:06:08+00:00"),
        ("updatedAtBeforeOrEqualTo", FRACTION, "2026-03-04T10:06:07+00:00"),
        ("updatedAtAfterOrEqualTo", pd.Timestamp(MORNING) + pd.Timedelta(1, "ns"), "2026-03-04T10:06:08+00:00"),
        ("userIdIsNull", True, "true"),
        ("userIdIsNull", np.bool_(True), "true"),
    ],
)
def test_what_a_filter_says(filter_name: str, value: object, text: str) -> None:
    assert filter_text(OBJECTS["Prospect"].filters[filter_name], value) == text


@pytest.mark.parametrize(
    ("filter_name", "value", "message"),
    [
        ("id", None, "is None"),
        ("id", True, "whole number"),
        ("id", 5.5, "whole number"),
        ("id", float("inf"), "whole number"),
        ("id", Decimal("sNaN"), "whole number"),
        ("id", [1, 2], "whole number, not a list"),
        ("email", 5, "is text, not a int"),
        ("email", "\ud800", "surrogate"),
        ("updatedAtAfter", dt.datetime(2026, 1, 1), "has no offset"),
        ("updatedAtAfter", "2026-01-01T00:00:00", "no moment with an offset"),
        ("updatedAtAfter", "yesterday", "no moment with an offset"),
        ("updatedAtAfter", dt.date(2026, 1, 1), "is a moment, not a date"),
        ("updatedAtAfter", pd.NaT, "NaT|is a moment"),
        ("updatedAtAfter", dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))), "years 1 to 9999"),
        ("updatedAtAfter", np.datetime64("2026-01-01", "ns"), "is a moment, not a datetime64"),
        ("id", np.array([1, 2]), "whole number, not a ndarray"),
        ("updatedAt", FRACTION, "fraction of a second"),
        ("userIdIsNull", False, "True or left out"),
    ],
)
def test_what_a_filter_cannot_say(filter_name: str, value: object, message: str) -> None:
    with pytest.raises(ProgrammingError, match=message):
        filter_text(OBJECTS["Prospect"].filters[filter_name], value)


BOTTOMLESS: list[object] = []
BOTTOMLESS.append(BOTTOMLESS)


def field(name: str, which: str) -> Field:
    return OBJECTS[name].fields[which]


@pytest.mark.parametrize(
    ("which", "value", "written"),
    [
        (field("Prospect", "firstName"), "Pat", "Pat"),
        (field("Prospect", "firstName"), None, None),
        (field("Prospect", "score"), "12", 12),
        (field("Prospect", "score"), np.float64(12), 12),
        (field("Prospect", "score"), Decimal("12.0"), 12),
        (field("Prospect", "optedOut"), np.bool_(False), False),
        (field("Campaign", "cost"), Decimal("12.34"), 12.34),
        (field("Campaign", "cost"), "12.34", 12.34),
        (field("Campaign", "cost"), 3, 3),
        (field("Campaign", "cost"), 10**400, 10**400),
        (field("Email", "scheduledTime"), MORNING.astimezone(NEW_YORK), "2026-03-04T10:06:07+00:00"),
        (field("CustomField", "type"), "multi-select", "Multi-Select"),
        (field("Import", "status"), "ready", "Ready"),
        (field("Import", "status"), "Unheard", "Unheard"),
        (field("ListEmail", "recipientListIds"), (1, np.int64(2)), [1, 2]),
        (field("Import", "fields"), {"a": {"at": MORNING}}, {"a": {"at": "2026-03-04T10:06:07+00:00"}}),
        (None, "text", "text"),
        (None, dt.date(2026, 1, 2), "2026-01-02"),
        (None, ["a", None, True], ["a", None, True]),
    ],
)
def test_what_is_written(which: Field | None, value: object, written: object) -> None:
    found = body_value(which, value)
    assert found == written
    assert type(found) is type(written)


@pytest.mark.parametrize(
    ("which", "value", "message"),
    [
        (field("Prospect", "firstName"), 5, "firstName is text, not a int"),
        (field("Prospect", "score"), 1.5, "score is a whole number"),
        (field("Prospect", "score"), True, "score is a whole number"),
        (field("Prospect", "optedOut"), 1, "optedOut is True or False"),
        (field("Campaign", "cost"), "much", "cost is a number"),
        (field("Campaign", "cost"), float("nan"), "cost is a number"),
        (field("Campaign", "cost"), Decimal("sNaN"), "cost is a number"),
        (field("Campaign", "cost"), Decimal("1e400"), "cost is a number"),
        (field("Campaign", "cost"), Decimal("1.00000000000000000001"), "more digits"),
        (field("Email", "scheduledTime"), FRACTION, "fraction of a second"),
        (field("Email", "scheduledTime"), dt.datetime(2026, 1, 1), "no offset"),
        (field("CustomField", "type"), "Txt", "no such value .*'Text'"),
        (field("ListEmail", "recipientListIds"), 5, "is a list, not a int"),
        (field("Import", "fields"), [], "is a dict, not a list"),
        (None, object(), "Foo__c is a object, which JSON has no form for"),
        (None, b"x", "JSON has no form"),
        (None, {1: "x"}, "A name in Foo__c is text"),
        (None, BOTTOMLESS, "nested too deep"),
    ],
)
def test_what_cannot_be_written(which: Field | None, value: object, message: str) -> None:
    with pytest.raises(ProgrammingError, match=message):
        body_value(which, value, None if which is not None else "Foo__c")
