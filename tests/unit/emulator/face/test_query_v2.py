"""Query API V2 over the real engine. Source: wire spec, query §4-5, §15 rows 1-5; status-codes §6."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import psutil
import pytest

from datacloud_emulator.api.batches import moment as spelled
from datacloud_emulator.store import Store

from .client import Face

OpenFace = Callable[..., Face]
ORDERS = (
    "SELECT ssot__Id__c, ssot__GrandTotalAmount__c, ssot__CreatedDate__c, Paid__c FROM ssot__SalesOrder__dlm ORDER BY 1"
)


def numbers(count: int, columns: str = "n") -> str:
    return f"SELECT {columns} FROM generate_series(1, {count}) AS t(n) ORDER BY n"


def test_an_answer_is_the_services(face: Face) -> None:
    answer = face.query(ORDERS)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["data", "startTime", "endTime", "rowCount", "queryId", "done", "metadata"]
    assert body["data"] == [
        ["O-1", "12.50", "2026-01-04 08:30:00.000 UTC", True],
        ["O-2", "3.00", "2026-01-05 08:30:00.123456 UTC", False],
        ["O-3", "1.25", None, True],
    ]
    assert (body["rowCount"], body["done"]) == (3, True)
    assert body["startTime"] == body["endTime"] == "2026-01-05T09:00:00.12001Z"
    assert body["metadata"] == {
        "ssot__Id__c": {"type": "VARCHAR", "placeInOrder": 0, "typeCode": 12},
        "ssot__GrandTotalAmount__c": {"type": "DECIMAL", "placeInOrder": 1, "typeCode": 3},
        "ssot__CreatedDate__c": {"type": "TIMESTAMP WITH TIME ZONE", "placeInOrder": 2, "typeCode": 2014},
        "Paid__c": {"type": "BOOLEAN", "placeInOrder": 3, "typeCode": 16},
    }
    assert list(body["metadata"]) != ["ssot__Id__c", "ssot__GrandTotalAmount__c", "ssot__CreatedDate__c", "Paid__c"]


def test_names_match_in_any_case_and_come_back_as_written(face: Face) -> None:
    body = face.query('SELECT SSOT__ID__C, "ssot__Id__c" FROM SSOT__individual__DLM ORDER BY 1').json()
    assert body["data"] == [["P-1", "P-1"], ["P-2", "P-2"]]
    assert set(body["metadata"]) == {"SSOT__ID__C", "ssot__Id__c"}


@pytest.mark.parametrize(
    ("microsecond", "fraction"), [(0, ""), (500_000, ".5"), (120_010, ".12001"), (1, ".000001"), (999_999, ".999999")]
)
def test_moments_drop_trailing_zeros(microsecond: int, fraction: str) -> None:
    moment = datetime(2026, 1, 5, 9, 0, 1, microsecond, tzinfo=timezone.utc)
    assert spelled(moment) == f"2026-01-05T09:00:01{fraction}Z"


def test_end_time_is_this_batchs_and_start_time_the_querys(open_face: OpenFace) -> None:
    face = open_face(page_rows=2)
    first = face.query(numbers(3)).json()
    face.clock.advance(60)
    second = face.batch(first["nextBatchId"]).json()
    assert (first["startTime"], second["startTime"]) == ("2026-01-05T09:00:00.12001Z",) * 2
    assert second["endTime"] == "2026-01-05T09:01:00.12001Z"


def test_aggregates_are_numbers_and_plain_decimals_text(face: Face) -> None:
    body = face.query(
        "SELECT MAX(v) AS a, v AS b, SUM(w) AS c, COUNT(*) AS d FROM (SELECT "
        "CAST('12345678901234567890.123456789012345678' AS NUMERIC(38,18)) AS v, CAST('1.50' AS NUMERIC(18,2)) AS w) q "
        "GROUP BY 2"
    )
    (row,) = json.loads(body.text, parse_float=Decimal)["data"]
    exact = Decimal("12345678901234567890.123456789012345678")
    assert row == [exact, "12345678901234567890.123456789012345678", Decimal("1.50"), 1]
    assert "[12345678901234567890.123456789012345678," in body.text


@pytest.mark.parametrize(
    ("expression", "cell"),
    [
        ("TIMESTAMP '2026-01-04 08:30:00'", "2026-01-04T08:30:00"),
        ("TIMESTAMP '2026-01-04 08:30:00.5'", "2026-01-04T08:30:00.5"),
        ("TIMESTAMP WITH TIME ZONE '2026-01-04 08:30:00+02:00'", "2026-01-04 06:30:00.000 UTC"),
        ("CAST(NULL AS TIMESTAMP WITH TIME ZONE)", None),
        ("DATE '2026-01-31'", "2026-01-31"),
        ("ARRAY[1, NULL, 2]", {"array": [1, None, 2]}),
        ("CAST('0.10' AS NUMERIC(18,2))", "0.10"),
        ("CAST('NaN' AS DOUBLE PRECISION)", "NaN"),
        ("'2026-01-04T08:30:00+00:00'", "2026-01-04T08:30:00+00:00"),
        ("'a' || chr(9) || '\"\\ 😀'", 'a\t"\\ 😀'),
        ("CAST(E'\\\\x000102' AS BYTEA)", "AAEC"),
        ("CAST('{\"a\": 1.50}' AS JSON)", '{"a": 1.50}'),
    ],
)
def test_cells(face: Face, expression: str, cell: object) -> None:
    assert face.value(expression) == cell


def test_names_that_collide_share_an_entry(face: Face) -> None:
    body = face.query("SELECT 1 AS a, 'x' AS a, 2 AS b").json()
    assert body["data"] == [[1, "x", 2]]
    assert {name: entry["placeInOrder"] for name, entry in body["metadata"].items()} == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("rows", "page_rows", "sizes"),
    [(0, 3, [0]), (1, 3, [1]), (3, 3, [3]), (4, 3, [3, 1]), (6, 3, [3, 3]), (7, 3, [3, 3, 1]), (3, 1, [1, 1, 1])],
)
def test_batches_by_rows(open_face: OpenFace, rows: int, page_rows: int, sizes: list[int]) -> None:
    face = open_face(page_rows=page_rows)
    answers = face.batches(numbers(rows))
    assert [len(answer["data"]) for answer in answers] == sizes == [answer["rowCount"] for answer in answers]
    assert [row for answer in answers for row in answer["data"]] == [[n] for n in range(1, rows + 1)]
    assert len({answer["queryId"] for answer in answers}) == 1
    assert all(answer["metadata"] == {"n": {"type": "INTEGER", "placeInOrder": 0, "typeCode": 4}} for answer in answers)
    assert [answer["done"] for answer in answers] == [False] * (len(sizes) - 1) + [True]
    assert ["nextBatchId" in answer for answer in answers] == [not answer["done"] for answer in answers]


@pytest.mark.parametrize(("page_bytes", "count"), [(2_000, 300), (65_536, 3_000), (1_000_000, 3_000)])
def test_no_body_is_larger_than_it_may_be(open_face: OpenFace, page_bytes: int, count: int) -> None:
    """Wide rows, text that JSON has to escape, and timestamps that grow when respelled."""
    face = open_face(page_bytes=page_bytes)
    moment = "TIMESTAMP WITH TIME ZONE '2026-01-01 00:00:00Z' + n * INTERVAL '1 s'"
    sql = numbers(count, f"n, repeat('é\"', 10 + n % 200) AS t, {moment} AS z")
    answer = face.query(sql)
    seen: list[list[Any]] = []
    batches = 0
    while True:
        assert len(answer.content) <= page_bytes
        body = answer.json()
        seen += body["data"]
        batches += 1
        if body["done"]:
            break
        assert len(answer.content) > page_bytes // 2  # nor is it needlessly small
        answer = face.batch(body["nextBatchId"])
    assert [row[0] for row in seen] == list(range(1, count + 1))
    assert all(row[1] == 'é"' * (10 + row[0] % 200) for row in seen)
    assert seen[59][2] == "2026-01-01 00:01:00.000 UTC"
    assert batches > 1


def test_a_row_larger_than_a_body_goes_out_alone(open_face: OpenFace) -> None:
    face = open_face(page_bytes=2_000)
    answers = face.batches(numbers(3, "n, CASE WHEN n = 2 THEN repeat('x', 5000) ELSE 'y' END AS t"))
    assert [[row[0] for row in answer["data"]] for answer in answers] == [[1], [2], [3]]


@pytest.mark.fault("M2")
def test_a_batch_id_works_once_and_only_for_its_data_space(open_face: OpenFace) -> None:
    face = open_face(page_rows=2)
    batch_id = face.query(numbers(5)).json()["nextBatchId"]
    foreign = face.batch(batch_id, dataspace="emea")
    assert foreign.status_code == 404
    assert face.batch(batch_id).json()["data"] == [[3], [4]]
    again = face.batch(batch_id)
    assert again.status_code == 404
    assert again.json() == {"timestamp": "2026-01-05T09:00:00.120+0000", "error": "Not Found", "message": "Not Found"}


def test_a_fresh_token_reads_on(open_face: OpenFace) -> None:
    face = open_face(page_rows=2)
    batch_id = face.query(numbers(3)).json()["nextBatchId"]
    fresh = face.exchange(face.org_token()).json()["access_token"]
    answer = face.http.get(f"/api/v2/query/{batch_id}", headers={"Authorization": f"Bearer {fresh}"})
    assert answer.json()["data"] == [[3]]


@pytest.mark.fault("M2")
@pytest.mark.parametrize("seconds", [181, 3601])
def test_a_batch_id_lapses(open_face: OpenFace, seconds: float) -> None:
    face = open_face(page_rows=2)
    batch_id = face.query(numbers(3)).json()["nextBatchId"]
    face.clock.advance(seconds)
    assert face.batch(batch_id).status_code == 404


def test_a_head_request_spends_no_id(open_face: OpenFace) -> None:
    face = open_face(page_rows=2)
    batch_id = face.query(numbers(3)).json()["nextBatchId"]
    headers = {"Authorization": f"Bearer {face.token()}"}
    assert face.http.head(f"/api/v2/query/{batch_id}", headers=headers).status_code == 405
    assert face.batch(batch_id).json()["data"] == [[3]]


@pytest.mark.fault("M2")
def test_of_eight_threads_with_one_id_one_is_served(open_face: OpenFace) -> None:
    face = open_face(page_rows=100)
    sql, rows, batch_id = numbers(1000), 0, None
    answer = face.query(sql).json()
    while True:
        rows += answer["rowCount"]
        if answer["done"]:
            break
        batch_id = answer["nextBatchId"]
        barrier = threading.Barrier(8)
        answers: list[Any] = []

        def take(wanted: str = batch_id, barrier: threading.Barrier = barrier, answers: list[Any] = answers) -> None:
            barrier.wait()
            answers.append(face.batch(wanted))

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(one.status_code for one in answers) == [200] + [404] * 7
        answer = next(one for one in answers if one.status_code == 200).json()
    assert rows == 1000


@pytest.mark.parametrize(
    ("quirks", "sql", "expected"),
    [
        ({}, numbers(1), {"done": True, "nextBatchId": None, "metadata": True}),
        ({"next_batch_id_when_done": "empty"}, numbers(1), {"done": True, "nextBatchId": "", "metadata": True}),
        ({"omit_done_when_finished": True}, numbers(1), {"done": None, "nextBatchId": None, "metadata": True}),
        ({"omit_metadata_when_empty": True}, numbers(0), {"done": True, "nextBatchId": None, "metadata": False}),
        ({"omit_metadata_when_empty": True}, numbers(1), {"done": True, "nextBatchId": None, "metadata": True}),
        ({}, numbers(0), {"done": True, "nextBatchId": None, "metadata": True}),
    ],
)
def test_the_end_of_a_result_by_quirk(
    open_face: OpenFace, quirks: dict[str, Any], sql: str, expected: dict[str, Any]
) -> None:
    body = open_face(**quirks).query(sql).json()
    assert {
        "done": body.get("done"),
        "nextBatchId": body.get("nextBatchId"),
        "metadata": "metadata" in body,
    } == expected


def test_an_id_beside_done_leads_nowhere(open_face: OpenFace) -> None:
    face = open_face(next_batch_id_when_done="present")
    body = face.query(numbers(1)).json()
    assert body["done"] is True
    assert face.batch(body["nextBatchId"]).status_code == 404


def test_an_empty_batch_in_between_by_quirk(open_face: OpenFace) -> None:
    face = open_face(page_rows=2, empty_intermediate_batch=True)
    answers = face.batches(numbers(5))
    assert [answer["data"] for answer in answers] == [[[1], [2]], [], [[3], [4]], [[5]]]
    assert [answer["done"] for answer in answers] == [False, False, False, True]
    assert [len(answer["data"]) for answer in face.batches(numbers(2))] == [2]


def test_timestamps_and_codes_by_quirk(open_face: OpenFace) -> None:
    face = open_face(timestamp_style="iso", timestamptz_type_code=93, place_in_order_base=1, decimals_as_numbers=True)
    body = face.query(ORDERS).json()
    assert body["data"][1] == ["O-2", 3.00, "2026-01-05T08:30:00.123456+00:00", False]
    assert body["metadata"]["ssot__CreatedDate__c"] == {
        "type": "TIMESTAMP WITH TIME ZONE",
        "placeInOrder": 3,
        "typeCode": 93,
    }


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"sql": "SELECT 1"', "not valid JSON"),
        (b'{"sql": "\xff"}', "not valid JSON"),
        (b"null", "must be a JSON object"),
        (b'["SELECT 1"]', "must be a JSON object"),
        (b'"SELECT 1"', "must be a JSON object"),
        (b"{}", "must be a JSON object"),
        (b'{"sql": null}', "must be a JSON object"),
        (b'{"sql": 1}', "must be a JSON object"),
        (b'{"sql": "  "}', "must be a JSON object"),
    ],
)
def test_a_body_that_is_no_statement(face: Face, body: bytes, complaint: str) -> None:
    headers = {"Authorization": f"Bearer {face.token()}", "Content-Type": "application/json"}
    answer = face.http.post("/api/v2/query", content=body, headers=headers)
    assert answer.status_code == 400
    error = answer.json()
    assert complaint in error.pop("message")
    assert error == {
        "timestamp": "2026-01-05T09:00:00.120+0000",
        "error": "Bad Request",
        "internalErrorCode": "COMMON_ERROR_GENERIC",
        "details": {"status": "INVALID_ARGUMENT", "statusCode": 400},
    }


def test_other_keys_and_parameters_are_ignored(face: Face) -> None:
    headers = {"Authorization": f"Bearer {face.token()}"}
    body = {"sql": numbers(3) + ";", "limit": 1, "offset": 2}
    answer = face.http.post("/api/v2/query?offset=0&", json=body, headers=headers)
    assert answer.json()["data"] == [[1], [2], [3]]


@pytest.mark.parametrize(
    ("sql", "message", "state", "position"),
    [
        ("SELECT 1 FROM nosuch__dlm", 'table "nosuch__dlm" does not exist', "42P01", 15),
        ("SELECT nosuch__c FROM ssot__Individual__dlm", "nosuch__c", "42703", 8),
        ("SELEC 1", "syntax error", "42601", 1),
        ("SELECT 'é😀', nosuch()", "nosuch", "42883", 14),
        ("SELECT 1; SELECT 2", "syntax error", "42601", 11),
        ("SELECT 1/0", "division by zero", "22012", None),
        ("SELECT 1/(n-3) FROM generate_series(1,5) AS t(n)", "division by zero", "22012", None),
        ("INSERT INTO ssot__Individual__dlm VALUES ('x')", "statement type is disabled", "42501", 1),
        ("DROP TABLE ssot__Individual__dlm", "statement type is disabled", "42501", 1),
        ("WITH a AS (SELECT 1) INSERT INTO ssot__Individual__dlm VALUES ('x')", "is disabled", "42501", None),
        ("SELECT * FROM external('/etc/passwd', format => 'csv')", "", "42501", None),
    ],
)
def test_sql_that_is_refused(face: Face, sql: str, message: str, state: str, position: int | None) -> None:
    answer = face.query(sql)
    assert answer.status_code == 400
    error = answer.json()
    assert (error["error"], error["internalErrorCode"]) == ("Bad Request", "COMMON_ERROR_GENERIC")
    assert message in error["message"]
    assert error["details"]["status"] == "INVALID_ARGUMENT"
    assert error["details"]["statusCode"] == 400
    assert error["details"]["sqlState"] == state
    if position is not None:
        assert error["details"]["position"] == position


def test_an_error_on_a_later_batch_ends_the_result(open_face: OpenFace) -> None:
    face = open_face(page_rows=1000)
    sql = "SELECT 1/(n - 4000000) AS v FROM generate_series(1, 4500000) AS t(n)"
    answer = face.query(sql)
    while answer.status_code == 200:
        body = answer.json()
        assert body["done"] is False
        answer = face.batch(body["nextBatchId"])
    assert answer.status_code == 400
    assert answer.json()["details"]["sqlState"] == "22012"
    assert len(face.org.queries) == 0


def test_a_writable_org_takes_changes(open_face: OpenFace) -> None:
    face = open_face(writable=True)
    for statement in ("CREATE TABLE New__dlm (Id__c BIGINT)", "INSERT INTO New__dlm VALUES (7)"):
        body = face.query(statement).json()
        assert (body["data"], body["rowCount"], body["done"]) == ([], 0, True)
    assert face.query("SELECT Id__c FROM New__dlm").json()["data"] == [[7]]
    face.query("DROP TABLE New__dlm")


def test_data_spaces_are_apart(face: Face) -> None:
    assert face.query("SELECT Id__c FROM Only_Emea__dlm", dataspace="emea").json()["data"] == [["E-1"]]
    assert face.query("SELECT Id__c FROM Only_Emea__dlm").status_code == 400


def test_five_million_rows_pass_through_without_staying(store: Store) -> None:
    """The first batches of a long result, while memory stays where it is."""
    face = Face(store)
    process = psutil.Process(os.getpid())
    answer = face.query("SELECT n, repeat('x', 40) AS t FROM generate_series(1, 5000000) AS t(n)").json()
    rows = answer["rowCount"]
    assert rows == 49_999
    before = process.memory_info().rss
    for _ in range(12):
        answer = face.batch(answer["nextBatchId"]).json()
        assert answer["done"] is False
        rows += answer["rowCount"]
    grown = process.memory_info().rss - before
    assert rows == 13 * 49_999
    assert grown < 64_000_000  # the rows read meanwhile are 600,000 × 50 bytes in JSON, several times that in Python
    face.org.queries.close()
