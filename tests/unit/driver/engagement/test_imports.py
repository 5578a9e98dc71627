"""Imports on a stage: rows as batches, the calls in their order, and what is told of a call that got no answer.

Source: wire spec, account-engagement §16.
"""

from __future__ import annotations

import copy
import csv
import datetime as dt
import email
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from datacloud_dbapi.engagement.errors import JobStateError
from datacloud_dbapi.engagement.imports import Imported
from datacloud_dbapi.errors import ConnectionLostError, Error, ProgrammingError, QueryTimeoutError
from datacloud_dbapi.flow.effects import Request, Response
from tests.unit.driver.engagement.script import csv_answer, on_stage, sent_json
from tests.unit.driver.scripted import Answer, Stage, json_answer

OPEN = json_answer({"id": 3001, "status": "Open"}, 201)
DONE = Response(204)


def told(status: str = "Complete", **counts: int) -> Response:
    return json_answer({"id": 3001, "status": status, "createdCount": 0, "updatedCount": 0, "errorCount": 0, **counts})


def table(request: Request) -> list[list[str]]:
    """The rows of the CSV file in a request, read by the libraries for e-mail and CSV."""
    message = email.message_from_bytes(
        b"Content-Type: " + request.headers["Content-Type"].encode() + b"\r\n\r\n" + request.body
    )
    _, part = message.walk()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def imported(rows: Any, *further: Answer, **given: Any) -> tuple[Stage, Imported]:
    scene, imports = on_stage("imports", OPEN, DONE, DONE, *(further or [told()]))
    return scene, imports.upsert(rows, **given)


def test_an_import_is_made_filled_begun_waited_for_and_read() -> None:
    rows = [{"email": "a@example.test", "score": 1}, {"email": "bad", "score": None}]
    failures = csv_answer("matchEmail,email,score,errorCode\nbad,bad,,4\n")
    scene, done = imported(rows, told("Waiting"), told("Processing"), told(createdCount=1, errorCount=1), failures)
    assert scene.asked == [
        "POST /api/v5/imports",
        "POST /api/v5/imports/3001/batches",
        "PATCH /api/v5/imports/3001",
        *["GET /api/v5/imports/3001"] * 3,
        "GET /api/v5/imports/3001/errors",
    ]
    assert sent_json(scene.requests[0]) == {
        "operation": "Upsert",
        "object": "Prospect",
        "createOnNoMatch": True,
        "restoreDeleted": False,
    }
    assert sent_json(scene.requests[2]) == {"status": "Ready"}
    assert scene.sleeps == [30.0, 45.0, 67.5]
    assert (done.id, done.status, done.created, done.updated, done.error_count) == (3001, "Complete", 1, 0, 1)
    assert done.errors == ({"matchEmail": "bad", "email": "bad", "score": None, "errorCode": "4"},)


BERLIN = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("rows", "match", "lines"),
    [
        (
            [{"email": "a@example.test", "firstName": 'A "x",\n', "score": 3, "optedOut": True}],
            "matchEmail",
            [
                ["matchEmail", "email", "firstName", "score", "optedOut"],
                ["a@example.test", "a@example.test", 'A "x",\n', "3", "true"],
            ],
        ),
        (
            [{"id": 7, "lastName": None, "Level__c": "Gold"}],
            "matchId",
            [["matchId", "lastName", "Level__c"], ["7", "", "Gold"]],
        ),
        ([{"matchId": "7", "zip": "00123"}], "matchId", [["matchId", "zip"], ["7", "00123"]]),
        (
            [{"salesforceId": "003xx0000012345", "isStarred": False}],
            "matchSalesforceId",
            [["matchSalesforceId", "salesforceId", "isStarred"], ["003xx0000012345", "003xx0000012345", "false"]],
        ),
        (
            [{"matchEmail": "a@example.test", "addToList": 12}, {"matchEmail": "b@example.test", "addToList": None}],
            "matchEmail",
            [["matchEmail", "addToList"], ["a@example.test", "12"], ["b@example.test", ""]],
        ),
        (
            [{"matchId": 1, "When__c": dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=BERLIN), "Much__c": Decimal("1.5")}],
            "matchId",
            [["matchId", "When__c", "Much__c"], ["1", "2026-03-04T04:06:07+00:00", "1.5"]],
        ),
        (
            pd.DataFrame({"matchId": [1, 2], "score": [5, None], "city": ["Ulm", None]}),
            "matchId",
            [["matchId", "score", "city"], ["1", "5", "Ulm"], ["2", "", ""]],
        ),
        (
            pl.DataFrame({"matchId": [1, 2], "score": [5, None]}),
            "matchId",
            [["matchId", "score"], ["1", "5"], ["2", ""]],
        ),
        (
            pa.table({"matchId": [1, 2], "score": pa.array([5, None], pa.int32())}),
            "matchId",
            [["matchId", "score"], ["1", "5"], ["2", ""]],
        ),
    ],
    ids=["email", "id", "matchId", "salesforce", "lists", "custom", "pandas", "polars", "arrow"],
)
def test_rows_are_a_file_with_what_they_are_matched_by(rows: Any, match: str, lines: list[list[str]]) -> None:
    scene, _ = imported(rows, match=match)
    assert table(scene.requests[1]) == lines


def test_a_file_is_sent_in_batches_of_the_same_columns(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    lines = [f"a{number}@example.test,{'x' * 300}\n" for number in range(10)]
    path.write_text("\ufeffemail,comments\n" + "".join(lines), encoding="utf-8")
    scene, imports = on_stage("imports", OPEN, *[DONE] * 5, DONE, told())
    imports.upsert(path, batch_bytes=1000)
    sent = [table(request) for request in scene.requests[1:6]]
    assert {tuple(one[0]) for one in sent} == {("matchEmail", "email", "comments")}
    assert [row[1] for one in sent for row in one[1:]] == [f"a{number}@example.test" for number in range(10)]


@pytest.mark.parametrize(
    ("rows", "given", "words"),
    [
        ([], {}, "no rows"),
        ([{"score": 1}], {}, "neither matchEmail nor email"),
        ([{"email": "a", "scor": 1}], {}, "score"),
        ([{"email": "a", "createdAt": None}], {}, "cannot be written"),
        ([{"email": "a", "campaign": None}], {}, "campaignId"),
        ([{"email": "a", "id": 1}], {}, "id cannot be written"),
        ([{"email": "a", "matchId": 1}], {}, "leave one out"),
        ([{"email": "a"}, {"email": "b", "score": 1}], {}, "Row 1 has other columns than row 0: score"),
        ([{"email": "a", "score": 1}, {"email": "b", "score": "many"}], {}, "Row 1: score is a whole number"),
        ([{"email": "a", "addToList": [1, 2]}], {}, "one list"),
        ([{"email": "a", "Many__c": ["x", "y"]}], {}, "one value"),
        ([{"email": "a"}], {"match": "email"}, "matchEmail"),
        ([{"email": "a"}], {"restore_deleted": "yes"}, "restoreDeleted"),
        ([{"email": "a" * 600}, {"email": "b" * 600}], {"batch_bytes": 1500, "most_batches": 1}, "2 batches"),
        ("no/such/file.csv", {}, "cannot be read"),
        (7, {}, "Rows are"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_what_cannot_be_imported_is_refused_before_anything_is_sent(rows: Any, given: Any, words: str) -> None:
    scene, imports = on_stage("imports")
    with pytest.raises(ProgrammingError) as caught:
        imports.upsert(rows, **given)
    assert words in str(caught.value)
    assert scene.requests == []


@pytest.mark.parametrize("fault", [ConnectionLostError("cut"), Response(502), Response(503)], ids=["cut", "502", "503"])
@pytest.mark.parametrize(
    ("before", "words"),
    [([], None), ([OPEN], "has changed nothing"), ([OPEN, DONE], "status is Open")],
    ids=["create", "batch", "ready"],
)
def test_no_call_of_an_import_is_sent_twice(before: list[Answer], words: str | None, fault: Answer) -> None:
    scene, imports = on_stage("imports", *before, copy.copy(fault))
    with pytest.raises(Error) as caught:
        imports.upsert([{"email": "a@example.test"}])
    assert caught.value.maybe_applied is True
    assert words is None or words in str(caught.value)
    assert len(scene.requests) == len(before) + 1


def test_an_import_whose_errors_cannot_be_fetched_is_done_all_the_same() -> None:
    lost = [ConnectionLostError("reset")] * 3
    with pytest.raises(ConnectionLostError, match=r"is done; attach\(3001\) tells"):
        imported([{"email": "a@example.test"}], told(createdCount=1, errorCount=1), *lost)
    _, bulk = on_stage("bulk_actions", told(processedCount=3, errorCount=1, percentComplete=100), *lost)
    with pytest.raises(ConnectionLostError, match=r"is done; attach\(3001\) tells"):
        bulk.attach(3001)


def test_a_wait_may_be_left_and_taken_up_again() -> None:
    scene, imports = on_stage("imports", OPEN, DONE, DONE)
    assert imports.upsert([{"email": "a@example.test"}], wait=False) == Imported(3001, "Ready")
    assert scene.sleeps == []
    scene.answers.append(told("Processing"))
    with pytest.raises(QueryTimeoutError, match="3001"):
        imports.attach(3001, timeout=0)
    scene.answers.append(told(updatedCount=4))
    assert imports.attach(3001) == Imported(3001, "Complete", 0, 4, 0)
    scene.answers.append(told("Failed"))
    with pytest.raises(JobStateError):
        imports.attach(3001)


def test_bulk_actions_send_ids_and_change_their_state() -> None:
    made = json_answer({"id": 5001, "status": "Waiting"}, 201)
    ended = {"percentComplete": 100, "processedCount": 3, "errorCount": 1}
    done = json_answer({"id": 5001, "status": "Complete", **ended})
    scene, actions = on_stage("bulk_actions", made, done, csv_answer("id,errorCode\n9,109\n"))
    result = actions.delete_prospects([7, "8", 7, 9])
    assert b"\r\n\r\nid\r\n7\r\n8\r\n9\r\n\r\n--" in scene.requests[0].body
    assert b'{"object": "prospect", "bulkAction": "delete", "status": "ready"}' in scene.requests[0].body
    assert (result.processed, result.error_count, result.errors) == (3, 1, ({"id": "9", "errorCode": "109"},))
    scene.answers[:] = [DONE] * 3
    for change in (actions.pause, actions.resume, actions.cancel):
        change(5001)
    assert [sent_json(request)["status"] for request in scene.requests[-3:]] == ["Paused", "Ready", "Cancelled"]


@pytest.mark.parametrize("ids", [[], ["x"], range(1, 100_002), 5], ids=["none", "no id", "too many", "a number"])
def test_ids_that_cannot_be_sent_are_refused(ids: Any) -> None:
    scene, actions = on_stage("bulk_actions")
    with pytest.raises(ProgrammingError):
        actions.delete_prospects(ids)
    assert scene.requests == []
