"""One record by its id: what is asked for, what comes beside it, and a record that is not there yet.

Source: wire spec, account-engagement §3-4, §7-9.
"""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from datacloud_dbapi.engagement.errors import NotFoundError, RecycledRecordError, Remark
from datacloud_dbapi.engagement.records import Record
from datacloud_dbapi.errors import DataError, ProgrammingError, ProtocolError
from datacloud_dbapi.flow.effects import Response
from tests.unit.driver.engagement.script import on_stage, refusal
from tests.unit.driver.scripted import json_answer
from tests.unit.driver.services_script import awaited, sent

MARCH = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
WEST = dt.timezone(dt.timedelta(hours=-5))
BINNED = "201;Record In Recycle Bin"


def test_a_record_and_what_the_answer_says_beside_it() -> None:
    headers = {
        "last-modified": "Wed, 04 Mar 2026 10:06:07 GMT",
        "pardot-warning": "900;Something",
    }
    body = b'{"id": 5, "score": "7", "campaign": {"name": "Spring"}, "createdAt": "2026-03-04T05:06:07-05:00"}'
    scene, prospects = on_stage("prospects", Response(200, headers, body))
    found = prospects.read("5", "id,score,campaign.name,createdAt,email")
    assert found == {"id": 5, "score": 7, "campaign": {"name": "Spring"}, "createdAt": MARCH, "email": None}
    assert (found.last_modified, found.location, found.remarks) == (MARCH, None, (Remark(900, "Something"),))
    assert sent(scene) == ("/api/v5/objects/prospects/5", {"fields": "id,score,campaign.name,createdAt,email"})
    for other in (copy.copy(found), pickle.loads(pickle.dumps(found))):
        assert (other, other.last_modified) == (found, MARCH)


@pytest.mark.parametrize(
    ("name", "call", "path", "query", "since"),
    [
        ("account", lambda it: it.read(fields="id"), "/api/v5/objects/account", {"fields": "id"}, None),
        ("tags", lambda it: it.read(3, "id"), "/api/v5/objects/tags/3", {"fields": "id"}, None),
        (
            "prospects",
            lambda it: it.read(3, ["id", "Level__c"], deleted=True, if_modified_since=MARCH),
            "/api/v5/objects/prospects/3",
            {"fields": "id,Level__c", "deleted": "true"},
            "Wed, 04 Mar 2026 10:06:07 GMT",
        ),
        ("exports", lambda it: it.get_or_none(3, "resultRefs"), "/api/v5/exports/3", {"fields": "resultRefs"}, None),
        (
            "tagged_objects",
            lambda it: it.read(3),
            "/api/v5/objects/tagged-objects/3",
            {"fields": "id,tagId,objectType,objectId,objectName,createdAt,createdById"},
            None,
        ),
    ],
)
def test_what_is_asked_for(name: str, call: Any, path: str, query: dict[str, str], since: str | None) -> None:
    scene, service = on_stage(name, json_answer({"id": 3}))
    assert call(service).get("id") == 3
    assert sent(scene) == (path, query)
    assert scene.requests[0].headers.get("If-Modified-Since") == since


def test_nothing_new() -> None:
    _, prospects = on_stage("prospects", Response(304))
    assert prospects.read(3, "id", if_modified_since=MARCH) is None


def test_awaited() -> None:
    _, prospects = on_stage("prospects", json_answer({"id": 3}), refusal(109, 404), awaits=True)
    assert awaited(prospects.read(3, "id")) == {"id": 3}
    assert awaited(prospects.get_or_none(3, "id")) is None


@pytest.mark.parametrize("warning", [None, BINNED])
def test_a_record_that_is_not_there(warning: str | None) -> None:
    scene, prospects = on_stage("prospects", *[refusal(109, 404, warning)] * 2)
    with pytest.raises(NotFoundError) as failure:
        prospects.read(3, "id")
    assert isinstance(failure.value, RecycledRecordError) == (warning is not None)
    assert prospects.get_or_none(3, "id") is None
    assert len(scene.requests) == 2


@pytest.mark.parametrize(
    "answer", [refusal(198, 404), refusal(192, 404), Response(404, {"content-type": "text/html"}, b"<html>gone</html>")]
)
def test_a_path_that_is_not_there_says_nothing_of_the_record(answer: Response) -> None:
    scene, prospects = on_stage("prospects", answer, answer)
    with pytest.raises(NotFoundError):
        prospects.get_or_none(3, "id")
    with pytest.raises(NotFoundError):
        prospects.read(3, "id", wait_for=60)
    assert (len(scene.requests), scene.sleeps) == (2, [])


class TestWaiting:
    """§8: reads may be a minute behind."""

    def test_until_it_is_there(self) -> None:
        scene, prospects = on_stage("prospects", *[refusal(109, 404)] * 4, json_answer({"id": 3}))
        assert prospects.read(3, "id", wait_for=60) == {"id": 3}
        assert scene.sleeps == [1, 2, 4, 8]

    @pytest.mark.parametrize(("patience", "tries"), [(0, 1), (0.5, 1), (dt.timedelta(seconds=3), 3), (60, 10)])
    def test_no_longer_than_was_said(self, patience: float | dt.timedelta, tries: int) -> None:
        scene, prospects = on_stage("prospects", *[refusal(109, 404)] * 20)
        with pytest.raises(NotFoundError):
            prospects.read(3, "id", wait_for=patience)
        assert len(scene.requests) == tries

    def test_not_for_what_is_in_the_bin(self) -> None:
        scene, prospects = on_stage("prospects", refusal(109, 404, BINNED))
        with pytest.raises(RecycledRecordError, match="deleted=True"):
            prospects.read(3, "id", wait_for=60)
        assert scene.sleeps == []


@pytest.mark.parametrize(
    ("name", "call", "message"),
    [
        ("account", lambda it: it.read(3), "There is one Account"),
        ("prospects", lambda it: it.read(), "Which Prospect"),
        ("prospects", lambda it: it.read(0), "An id is a whole number from 1"),
        ("prospects", lambda it: it.read(True), "An id is a whole number from 1"),
        ("prospects", lambda it: it.read(1.5), "An id is a whole number from 1"),
        ("prospects", lambda it: it.read("0035e00000AbCdEFGH"), "Salesforce's own ids are in salesforceId"),
        ("prospects", lambda it: it.read("../1"), "An id is a whole number from 1"),
        ("prospects", lambda it: it.read(1, deleted="all"), "deleted is False or True"),
        ("prospects", lambda it: it.read(1, "emial"), "did you mean 'email'"),
        ("prospects", lambda it: it.read(np.array([5])), "An id is a whole number from 1"),
        ("prospects", lambda it: it.read(float("nan")), "An id is a whole number from 1"),
        ("prospects", lambda it: it.read(1, 5), "a list of texts, not a int"),
        ("prospects", lambda it: it.read(1, wait_for=-1), "wait_for is a number of seconds from 0"),
        ("prospects", lambda it: it.read(1, wait_for=10**400), "wait_for is a number of seconds from 0"),
        ("prospects", lambda it: it.read(1, if_modified_since=MARCH.replace(tzinfo=None)), "has no offset"),
        ("prospects", lambda it: it.read(1, if_modified_since="today"), "with an offset"),
        ("prospects", lambda it: it.read(1, if_modified_since=pd.NaT), "NaT"),
        ("prospects", lambda it: it.read(1, if_modified_since=dt.datetime.max.replace(tzinfo=WEST)), "years 1 to 9999"),
    ],
)
def test_what_is_refused_before_anything_is_sent(name: str, call: Any, message: str) -> None:
    scene, service = on_stage(name)
    with pytest.raises(ProgrammingError, match=message):
        call(service)
    assert scene.requests == []


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (b"[]", ProtocolError, "no JSON object"),
        (b"", ProtocolError, "no JSON object"),
        (b'{"id": 1, "id": 2}', ProtocolError, "two values of one name"),
        (b'{"id": 1, "score": "x"}', DataError, "Prospect 1: score"),
    ],
)
def test_an_answer_that_is_no_record(body: bytes, error: type[Exception], message: str) -> None:
    _, prospects = on_stage("prospects", Response(200, {}, body))
    with pytest.raises(error, match=message) as failure:
        prospects.read(1, "id")
    assert failure.value.request == "GET /api/v5/objects/prospects/1"  # type: ignore[attr-defined]  # each of them has it


@pytest.mark.parametrize("call", [lambda it: it.read(1, "id"), lambda it: it.get_or_none(1, "id")])
def test_unchanged_is_no_answer_to_who_has_not_asked(call: Any) -> None:
    _, prospects = on_stage("prospects", Response(304))
    with pytest.raises(ProtocolError):
        call(prospects)


@pytest.mark.parametrize("number", ["5", " 5 ", np.int64(5), 5.0])
def test_an_id_may_be_written_in_other_ways(number: Any) -> None:
    scene, prospects = on_stage("prospects", json_answer({"id": 5}))
    assert prospects.read(number, "id") == {"id": 5}
    assert scene.asked == ["GET /api/v5/objects/prospects/5"]


def test_a_record_of_ones_own() -> None:
    record = Record({"id": 1})
    assert (record, record.last_modified, record.location, record.remarks) == ({"id": 1}, None, None, ())
