"""Connect query-sql over the real engine.

Source: wire spec, query §9, §15 row 9; status-codes §2 (E5); limits §2, §4.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from datacloud_emulator.doors.http import HttpDoor

from .client import Face
from .slow import EIGHT_ROWS_AND_NO_END, small_chunks

OpenFace = Callable[..., Face]
PATH = "/ssot/query-sql"
ORDERS = "SELECT ssot__Id__c, ssot__GrandTotalAmount__c FROM ssot__SalesOrder__dlm ORDER BY 1"


def numbers(count: int) -> str:
    return f"SELECT n FROM generate_series(1, {count}) AS t(n) ORDER BY n"


def submitted(face: Face, sql: str, **fields: object) -> dict[str, Any]:
    answer = face.connect(json={"sql": sql, **fields})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def query_id(body: dict[str, Any]) -> str:
    return str(body["status"]["queryId"])


def rows(face: Face, of: str, **parameters: object) -> httpx.Response:
    return face.connect("GET", f"{PATH}/{of}/rows", params=parameters)


def fault(answer: httpx.Response) -> tuple[int, str, str]:
    (entry,) = answer.json()
    return answer.status_code, entry["errorCode"], entry["message"]


def test_an_answer_is_the_services(face: Face) -> None:
    body = submitted(face, ORDERS, rowLimit=3)
    assert list(body) == ["metadata", "data", "returnedRows", "status"]
    assert body["metadata"] == [
        {"name": "ssot__Id__c", "type": "Varchar", "nullable": False},
        {"name": "ssot__GrandTotalAmount__c", "type": "Numeric", "nullable": False, "precision": 4, "scale": 2},
    ]
    assert (body["data"], body["returnedRows"]) == ([["O-1", 12.5], ["O-2", 3.0], ["O-3", 1.25]], 3)
    status = body["status"]
    assert status["completionStatus"] in {"ResultsProduced", "Finished"}
    assert (status["rowCount"], status["chunkCount"], status["progress"], status["expirationTime"]) == (3, 1, 1.0, "")
    host, slash, uuid = status["queryId"].partition("%2F")
    assert (host, slash, len(uuid)) == ("MTAuMC4wLjE6NzQ4NA", "%2F", 36)


def test_a_row_limit_is_for_one_answer_and_not_for_the_statement(face: Face) -> None:
    body = submitted(face, ORDERS, rowLimit=2)
    assert (body["data"], body["returnedRows"]) == ([["O-1", 12.5], ["O-2", 3.0]], 2)
    path = f"{PATH}/{query_id(body)}"
    assert face.connect("GET", path, params={"waitTimeMs": 10_000}).json()["rowCount"] == 3


def test_a_status_is_flat_and_nested(face: Face, open_face: OpenFace) -> None:
    of = query_id(submitted(face, ORDERS))
    answer = face.connect("GET", f"{PATH}/{of}", params={"waitTimeMs": 10_000}).json()
    nested = answer.pop("status")
    assert nested == answer
    assert (answer["queryId"], answer["rowCount"]) == (of, 3)
    # 24 hours after 2026-01-05T09:00:00Z, as protobuf writes a moment
    assert answer["expirationTime"] == "seconds: 1767690000\n"
    flat = open_face(query_sql_flat_status=True)
    assert "status" not in flat.connect("GET", f"{PATH}/{query_id(submitted(flat, ORDERS))}").json()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"offset": 0}, [1, 2, 3, 4, 5]),
        ({"offset": 3}, [4, 5]),
        ({"offset": 1, "rowLimit": 2}, [2, 3]),
        ({"offset": 4, "rowLimit": 1_000_000}, [5]),
    ],
)
def test_rows_are_read_at_any_offset_and_again(face: Face, parameters: dict[str, int], expected: list[int]) -> None:
    of = query_id(submitted(face, numbers(5)))
    for _ in range(2):
        body = rows(face, of, **parameters).json()
        assert list(body) == ["metadata", "data", "returnedRows"]
        assert (body["data"], body["returnedRows"]) == ([[n] for n in expected], len(expected))
    assert list(rows(face, of, **parameters, omitSchema="true").json()) == ["data", "returnedRows"]


def test_an_answer_ends_at_the_servers_chunk(open_face: OpenFace) -> None:
    face = open_face(query_sql_chunk_bytes=2_000)
    body = submitted(face, numbers(1000))
    read = [n for (n,) in body["data"]]
    pages = 1
    while len(read) < 1000:
        answer = rows(face, query_id(body), offset=len(read), rowLimit=1000)
        assert len(answer.content) < 2_200
        assert answer.json()["returnedRows"] > 0
        read += [n for (n,) in answer.json()["data"]]
        pages += 1
    assert (read, pages > 2) == (list(range(1, 1001)), True)


def test_a_row_larger_than_the_chunk_goes_alone(open_face: OpenFace) -> None:
    face = open_face(query_sql_chunk_bytes=10)
    assert submitted(face, "SELECT repeat('x', 100) FROM generate_series(1, 2)")["data"] == [["x" * 100]]


@pytest.mark.parametrize(("count", "offset"), [(5, 5), (5, 6), (0, 0)])
def test_offsets_past_the_end(face: Face, count: int, offset: int) -> None:
    status, code, message = fault(rows(face, query_id(submitted(face, numbers(count))), offset=offset))
    assert (status, code, "out of range" in message) == (400, "INVALID_INPUT", True)


def test_no_rows(face: Face) -> None:
    body = submitted(face, numbers(0))
    assert (body["data"], body["returnedRows"], body["status"]["rowCount"]) == ([], 0, 0)
    assert body["metadata"][0]["type"] == "Integer"


def test_an_answer_before_the_rows(face: Face, open_face: OpenFace) -> None:
    asked, forced = submitted(face, numbers(3), adaptiveTimeout=0), submitted(open_face(running_first=True), numbers(3))
    for body in (asked, forced):
        assert (body["data"], body["returnedRows"]) == ([], 0)
        assert body["status"]["completionStatus"] == "Running"
    of = query_id(asked)
    assert face.connect("GET", f"{PATH}/{of}", params={"waitTimeMs": 10_000}).json()["rowCount"] == 3
    assert rows(face, of, offset=0).json()["data"] == [[1], [2], [3]]


@pytest.fixture(scope="module")
def slow(data_folder: Path) -> Iterator[Face]:
    with small_chunks(data_folder) as face:
        yield face


def test_while_it_runs_its_first_rows_can_be_read(slow: Face) -> None:
    body = submitted(slow, EIGHT_ROWS_AND_NO_END, rowLimit=2)
    of = query_id(body)
    assert ([row[0] for row in body["data"]], body["status"]["completionStatus"]) == ([1, 2], "Running")
    assert (body["status"]["rowCount"] in {4, 8}, body["status"]["expirationTime"]) == (True, "")
    status = slow.connect("GET", f"{PATH}/{of}").json()
    assert (status["completionStatus"], status["progress"]) == ("Running", 0.0)
    assert [row[0] for row in rows(slow, of, offset=1, rowLimit=3).json()["data"]] == [2, 3, 4]
    assert fault(rows(slow, of, offset=8))[0] == 400


def test_a_cancelled_statement_has_failed(slow: Face) -> None:
    of = query_id(submitted(slow, "SELECT pg_sleep(600)", adaptiveTimeout=0))
    assert (slow.connect("DELETE", f"{PATH}/{of}").status_code) == 200
    answer = slow.connect("GET", f"{PATH}/{of}", params={"waitTimeMs": 10_000})
    assert fault(answer)[:2] == (400, "BAD_REQUEST")
    assert answer.json()[0]["details"]["sqlState"] == "57014"


def test_a_statement_out_of_time(face: Face) -> None:
    answer = face.connect(json={"sql": "SELECT pg_sleep(600)", "querySettings": {"query_timeout": "10ms"}})
    assert (answer.status_code, answer.json()[0]["details"]["sqlState"]) == (408, "53S01")


def test_cancelling_what_has_run_leaves_it(face: Face, open_face: OpenFace) -> None:
    of = query_id(submitted(face, numbers(1)))
    answer = face.connect("DELETE", f"{PATH}/{of}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert rows(face, of, offset=0).json()["data"] == [[1]]
    other = open_face(query_sql_delete_204=True)
    assert other.connect("DELETE", f"{PATH}/{query_id(submitted(other, numbers(1)))}").status_code == 204


def test_results_are_kept_for_a_day(face: Face) -> None:
    of = query_id(submitted(face, numbers(1)))
    face.clock.advance(86_399)
    face._core_token = ""  # the session is over long before
    assert rows(face, of, offset=0).status_code == 200
    face.clock.advance(1)
    assert fault(rows(face, of, offset=0))[:2] == (404, "NOT_FOUND")
    assert len(face.org.results) == 0


def test_an_id_goes_into_the_path_as_it_is(face: Face, open_face: OpenFace) -> None:
    of = query_id(submitted(face, numbers(1)))
    for changed in (of.replace("%2F", "/"), of.replace("%2F", "%252F"), of.replace("%2F", "_"), "..%2Fx", "x"):
        answer = face.connect("GET", f"{PATH}/{changed}")
        assert fault(answer)[:2] == (404, "NOT_FOUND"), changed
    newer = open_face(query_sql_underscore_ids=True)
    of = query_id(submitted(newer, numbers(2)))
    assert "%" not in of
    assert "_" in of
    assert newer.connect("GET", f"{PATH}/{of}").json()["rowCount"] == 2
    assert rows(newer, of, offset=1).json()["data"] == [[2]]


@pytest.mark.sockets
def test_an_id_comes_through_a_socket(face: Face) -> None:
    # In process the slash of an id is decoded before it is looked at, by the web server it is not.
    door = HttpDoor(0)
    try:
        door.open(face.app)
        headers = {"Authorization": f"Bearer {face.core_token()}"}
        of = query_id(submitted(face, numbers(1)))
        with httpx.Client(base_url=f"{door.origin}/services/data/v64.0{PATH}/", headers=headers) as http:
            assert http.get(of, params={"waitTimeMs": 10_000}).json()["rowCount"] == 1
            assert http.get(f"{of}/rows", params={"offset": 0}).json()["data"] == [[1]]
            assert http.get(of.replace("%2F", "/")).status_code == 404
            assert http.delete(of).status_code == 200
    finally:
        door.close()


PARAMETERS: list[tuple[str, object, Any]] = [
    ("Varchar", "it's é 😀 :x \\ \u0001", "it's é 😀 :x \\ \u0001"),
    ("varchar", None, None),
    ("BigInt", "9223372036854775807", 2**63 - 1),
    ("BIGINT", -(2**63), -(2**63)),
    ("Bool", "true", True),
    ("Boolean", False, False),
    ("Text", "", ""),
    ("Numeric", "12345678901234567890.123456789012345678", Decimal("12345678901234567890.123456789012345678")),
    ("Numeric", "0.1000", Decimal("0.1000")),
    ("Numeric", "-1E+3", Decimal(-1000)),
    ("Double", "1e-320", Decimal("1e-320")),
    ("Foat", "1.5", Decimal("1.5")),
    ("Date", "2024-02-29", "2024-02-29"),
    ("Time", "23:59:59.999999", "23:59:59.999999"),
    ("Timestamp", "2024-02-29 01:02:03.000001", "2024-02-29T01:02:03.000001"),
    ("TimestampTZ", "2024-02-29 01:02:03+01:00", "2024-02-29T00:02:03+00:00"),
    ("SmallInt", "7", 7),
    ("ArrayOfInteger", "[1,null,3]", [1, None, 3]),
    ("ArrayOfVarchar", ["a", None, 'é"'], ["a", None, 'é"']),
    ("ArrayOfNumeric", "[1.25,10]", [Decimal("1.25"), Decimal("10.00")]),
]


@pytest.mark.parametrize(("kind", "value", "expected"), PARAMETERS)
def test_parameters(face: Face, kind: str, value: object, expected: Any) -> None:
    given = [{"name": "other", "type": "Integer", "value": "1"}, {"name": "p", "type": kind, "value": value}]
    answer = face.connect(json={"sql": "SELECT :p AS p, :other::text || ':p'", "sqlParameters": given})
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.content, parse_float=Decimal)["data"] == [[expected, "1:p"]]


def test_raw_numbers_lose_no_digit(face: Face) -> None:
    digits = "12345678901234567890.123456789012345678"
    given = '{"sql": "SELECT :p", "sqlParameters": [{"name": "p", "type": "Numeric", "value": ' + digits + "}]}"
    assert f'"data":[[{digits}]]' in face.connect(content=given).text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sql": ""}, "INVALID_INPUT"),
        ({"sql": 1}, "INVALID_INPUT"),
        ({}, "INVALID_INPUT"),
        ([], "JSON_PARSER_ERROR"),
        ("not an object", "JSON_PARSER_ERROR"),
        ({"sql": "SELECT 1", "rowLimit": 0}, "INVALID_INPUT"),
        ({"sql": "SELECT 1", "rowLimit": "2"}, "INVALID_INPUT"),
        ({"sql": "SELECT 1", "adaptiveTimeout": 16}, "INVALID_INPUT"),
        ({"sql": "SELECT 1", "sqlParameters": {}}, "INVALID_INPUT"),
        ({"sql": "SELECT 1", "sqlParameters": [{"type": "Bool", "value": "1"}]}, "INVALID_INPUT"),
        ({"sql": "SELECT 1", "sqlParameters": [{"name": "a", "type": "Nope", "value": "1"}]}, "INVALID_INPUT"),
        ({"sql": "SELECT 1", "sqlParameters": [{"name": "a", "type": "Numeric", "value": "x"}]}, "INVALID_INPUT"),
        ({"sql": "SELECT 1", "sqlParameters": [{"name": "a", "type": "Numeric", "value": "9" * 39}]}, "INVALID_INPUT"),
        ({"sql": "SELECT 1", "querySettings": {"restrict_statement_types": "false"}}, "BAD_REQUEST"),
        ({"sql": "SELECT 1", "querySettings": {"lc_time": 1}}, "BAD_REQUEST"),
    ],
)
def test_bodies_refused(face: Face, body: object, code: str) -> None:
    assert fault(face.connect(json=body))[:2] == (400, code)


@pytest.mark.parametrize(
    ("sql", "sqlstate", "position"),
    [
        ("SELECT a FROM nosuch", "42P01", 15),
        ("SELECT :missing", "42601", None),
        ("SELECT 1/0", "22012", None),
        ("DELETE FROM ssot__Individual__dlm", "42501", 1),
    ],
)
def test_sql_refused(face: Face, sql: str, sqlstate: str, position: int | None) -> None:
    answer = face.connect(json={"sql": sql})
    details = answer.json()[0]["details"]
    assert (fault(answer)[:2], details["sqlState"]) == ((400, "BAD_REQUEST"), sqlstate)
    assert position in {None, details.get("position")}


def test_settings(face: Face) -> None:
    sql = "SELECT timestamptz '2024-01-01 00:00:00+00'::text, '02.03.2024'::date"
    settings = {"timezone": "Asia/Tokyo", "date_style": "DMY", "external_client_context": "{}"}
    assert submitted(face, sql, querySettings=settings)["data"] == [["2024-01-01 09:00:00+09", "2024-03-02"]]


@pytest.mark.parametrize("path", ["/x?waitTimeMs=10001", "/x?waitTimeMs=-1", "/x/rows", "/x/rows?offset=0&rowLimit=0"])
def test_parameters_of_the_url_refused(face: Face, path: str) -> None:
    assert fault(face.connect("GET", PATH + path))[:2] == (400, "INVALID_INPUT")


def test_data_spaces(face: Face) -> None:
    sql = {"sql": "SELECT Id__c FROM Only_Emea__dlm"}
    assert fault(face.connect(json=sql))[1] == "BAD_REQUEST"
    body = face.connect(json=sql, params={"dataspace": "emea"}).json()
    assert body["data"] == [["E-1"]]
    assert face.connect(json=sql, headers={"dataspace": "emea"}).json()["data"] == [["E-1"]]
    assert fault(face.connect(json=sql, params={"dataspace": "nowhere"}))[:2] == (400, "INVALID_INPUT")
    of = query_id(body)
    assert fault(rows(face, of, offset=0))[0] == 404
    assert rows(face, of, offset=0, dataspace="emea").json()["data"] == [["E-1"]]


def test_only_the_org_token_opens_it(face: Face) -> None:
    for header in ({}, {"Authorization": f"Bearer {face.token()}"}, {"Authorization": "Bearer x"}):
        answer = face.http.post(f"/services/data/v64.0{PATH}", json={"sql": "SELECT 1"}, headers=header)
        assert fault(answer) == (401, "INVALID_SESSION_ID", "Session expired or invalid")
    face.core_token()
    face.clock.advance(7200)
    assert fault(face.connect(json={"sql": "SELECT 1"}))[0] == 401


def test_a_result_is_queried_again(face: Face) -> None:
    of = query_id(submitted(face, numbers(4)))
    assert submitted(face, f"SELECT SUM(n) FROM result_scan('{of}')")["data"] == [[10]]
    answer = face.connect(json={"sql": f"SELECT a FROM result_scan('{of}'), nosuch"})
    assert answer.json()[0]["details"]["position"] == len(f"SELECT a FROM result_scan('{of}'), ") + 1
    assert face.connect(json={"sql": f"SELECT 1 FROM result_scan('{of}')"}, params={"dataspace": "emea"}).is_error


def test_row_objects(open_face: OpenFace) -> None:
    body = submitted(open_face(query_sql_row_objects=True), numbers(2))
    assert body["data"] == [{"row": [1]}, {"row": [2]}]


def test_versions_before_63_have_none(face: Face) -> None:
    headers = {"Authorization": f"Bearer {face.core_token()}"}
    for version, status in (("v62.0", 404), ("v63.0", 200), ("v67.0", 200), ("v64", 404)):
        answer = face.http.post(f"/services/data/{version}{PATH}", json={"sql": "SELECT 1"}, headers=headers)
        assert answer.status_code == status


def test_requests_are_recorded_with_their_data_space(face: Face) -> None:
    of = query_id(submitted(face, numbers(1)))
    face.connect("GET", f"{PATH}/{of}", params={"dataspace": "emea"})
    found = [(record.operation, record.dataspace, record.status) for record in face.app.requests][-2:]
    assert found == [("query-sql", "default", 200), ("query-sql-status", "emea", 404)]
