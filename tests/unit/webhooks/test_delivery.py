"""What a delivery says, in every spelling that sources have. Source: webhook-data-action §3-5."""

from __future__ import annotations

import datetime as dt
import json
import logging
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi import webhooks
from tests.unit.webhooks.vectors import SECRET, V2, V2_SIGNATURE, envelope, event, sign


def read(body: bytes) -> webhooks.Delivery:
    return webhooks.verify(body, sign(body), SECRET)


def read_event(**fields: Any) -> webhooks.Event:
    (found,) = read(envelope(fields)).events
    return found


def utc(year: int, month: int, day: int, hour: int, minute: int, second: int, micro: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, second, micro, dt.timezone.utc)


def test_v2_is_read_whole() -> None:
    delivery = webhooks.verify(V2, {"x-signature": V2_SIGNATURE}, SECRET)
    assert delivery.schemas == (webhooks.Schema("Demo_Spend_Action", "{}"),)
    (found,) = delivery.events
    assert (found.action, found.prompt, found.event_type) == ("Demo_Spend_Action", "UPDATE", "CDCEvent")
    assert (found.source_object, found.schema_version, found.offset) == ("Demo_Spend__cio", "1", "42")
    assert (found.created, found.published) == (utc(2031, 2, 3, 4, 5, 2), utc(2031, 2, 3, 4, 5, 5))
    assert found.current == {"Demo_Spend__cio_CustomerId__c": "C-1001", "Demo_Spend__cio_Total__c": Decimal("120.5")}
    assert found.row == {"CustomerId__c": "C-1001", "Total__c": Decimal("120.5")}
    assert found.previous_row == {"CustomerId__c": "C-1001", "Total__c": 80}
    assert (found.changed_columns, found.committed) == (("Total__c",), utc(2031, 2, 3, 4, 5, 1))
    assert (found.uuid, found.replay_id) == (None, None)
    assert found.key == 'offset:["Demo_Spend_Action","Demo_Spend__cio","42"]'
    assert "C-1001" not in repr(delivery)
    assert hash(delivery) == hash(webhooks.verify(V2, {"x-signature": V2_SIGNATURE}, SECRET))


PAYLOAD = {"Demo__dlm_A__c": 1, "ssot__CaseId__c": None, "Demo__dlmB": "x"}


@pytest.mark.parametrize("payload", [PAYLOAD, json.dumps(PAYLOAD)], ids=["object", "text"])
def test_a_payload_comes_as_text_or_as_an_object(payload: object) -> None:
    found = read_event(SourceObjectDeveloperName="Demo__dlm", PayloadCurrentValue=payload, PayloadPrevValue=payload)
    assert found.current == found.previous == PAYLOAD
    # Only the whole name of the object and a `_` are taken off.
    assert found.row == found.previous_row == {"A__c": 1, "ssot__CaseId__c": None, "Demo__dlmB": "x"}


@pytest.mark.parametrize("payload", [{}, *({"PayloadCurrentValue": empty} for empty in (None, "", "null"))])
def test_a_missing_payload_is_none(payload: dict[str, Any]) -> None:
    found = read_event(**payload)
    assert (found.current, found.row, found.previous_row, found.metadata) == (None, None, None, None)
    assert (found.changed_columns, found.committed) == ((), None)


def test_two_names_of_one_column_stay_apart() -> None:
    payload = {"Demo__dlm_A__c": 1, "A__c": 2}
    assert read_event(SourceObjectDeveloperName="Demo__dlm", PayloadCurrentValue=payload).row == payload


@pytest.mark.parametrize("payload", ['{"secret-row": 1', "[1]", '"text"', 7, [1], "[" * 100_000, "9" * 10_000])
def test_an_unreadable_payload_costs_its_own_event_only(payload: object) -> None:
    first, second = read(envelope({"PayloadCurrentValue": payload}, {"PayloadCurrentValue": "{}"})).events
    with pytest.raises(webhooks.MalformedError) as caught:
        _ = first.row
    assert "secret-row" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert second.row == {}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2031-02-03T04:05:06.789Z", utc(2031, 2, 3, 4, 5, 6, 789_000)),
        ("2031-02-03 04:05:06", utc(2031, 2, 3, 4, 5, 6)),
        ("2031-02-03T04:05:06+0130", utc(2031, 2, 3, 2, 35, 6)),
        ("2031-02-03T04:05:06.123456789+00:00", utc(2031, 2, 3, 4, 5, 6, 123_456)),
        ("yesterday", None),
        (5, None),
        (None, None),
    ],
)
def test_times_are_read_in_every_spelling(text: object, moment: dt.datetime | None) -> None:
    found = read_event(EventCreationDateTime=text, EventPublishDateTime=text)
    assert (found.created, found.published) == (moment, moment)


@pytest.mark.parametrize(
    ("sent", "read_as"), [("1", "1"), (1, "1"), (1.5, "1.5"), (None, None), (True, None), ([], None)]
)
def test_a_number_in_the_place_of_text_is_text(sent: object, read_as: str | None) -> None:
    found = read_event(EventSchemaVersion=sent, Offset=sent)
    assert (found.schema_version, found.offset) == (read_as, read_as)


@pytest.mark.parametrize("prompt", ["INSERT", "UPDATE", "DELETE", "ACTION", None])
def test_the_list_of_prompts_is_open(prompt: str | None) -> None:
    assert read_event(EventPrompt=prompt).prompt == prompt


@pytest.mark.parametrize(
    ("changes", "schemas"),
    [
        ({"schemas": None}, ()),
        ({"schemas": "none"}, ()),
        ({"schemas": [1, {"schemaId": "A", "schema": "s"}, {}]}, (webhooks.Schema("A", "s"), webhooks.Schema("", ""))),
    ],
)
def test_schemas_may_be_missing_or_no_list(changes: dict[str, Any], schemas: tuple[webhooks.Schema, ...]) -> None:
    assert read(envelope(event(), **changes)).schemas == schemas
    assert read(b'{"count":0,"events":[]}').schemas == ()


def test_the_list_of_events_is_believed_rather_than_their_count(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "datacloud.webhooks"):
        assert len(read(envelope(event(), event(), count=7)).events) == 2
        assert len(caplog.records) == 1
        read(envelope(event()))
        assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"{", b"{}", b'{"events":null}', b'{"events":{}}', b'{"events":[1]}', b"\xff"),
        *(b"[" * 100_000, b"9" * 10_000, "\ufeff{}".encode()),
    ],
    ids=range(12),
)
def test_a_signed_body_that_is_no_delivery_is_malformed(body: bytes) -> None:
    with pytest.raises(webhooks.MalformedError) as caught:
        read(body)
    assert caught.value.__cause__ is None


SAME = {"ActionDeveloperName": "A", "SourceObjectDeveloperName": "O"}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"EventUuid": "u", "Offset": "1"}, {"EventUuid": "u", "Offset": "2"}, True),
        ({**SAME, "EventUuid": "u", "Offset": "1"}, {**SAME, "EventUuid": "v", "Offset": "1"}, False),
        ({**SAME, "Offset": "1", "x": 1}, {**SAME, "Offset": 1, "x": 2}, True),
        ({**SAME, "Offset": "1"}, {**SAME, "Offset": "2"}, False),
        ({**SAME, "Offset": "1"}, {**SAME, "ActionDeveloperName": "B", "Offset": "1"}, False),
        ({"Offset": "1", "x": 1}, {"Offset": "1", "x": 2}, False),
        ({"x": 1, "y": 2.50}, {"y": 2.50, "x": 1}, True),
        ({"x": 1.5}, {"x": "1.5"}, False),
        ({**SAME, "EventUuid": "", "Offset": "1"}, {**SAME, "EventUuid": "", "Offset": "2"}, False),
    ],
)
def test_the_key_is_the_events_own(one: dict[str, Any], other: dict[str, Any], equal: bool) -> None:
    first, second = read(envelope(one, other)).events
    assert (first.key == second.key) is equal
