"""Direct V3 over the real engine. Source: wire spec, query §10; status-codes §2 (E4); limits §2, §4; hyper §2.2."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from datacloud_emulator.api.query_v3 import ARROW

from .client import Face
from .slow import EIGHT_ROWS_AND_NO_END, small_chunks

OpenFace = Callable[..., Face]


def numbers(count: int) -> str:
    return f"SELECT n FROM generate_series(1, {count}) AS t(n) ORDER BY n"


def submitted(face: Face, sql: str, *, accept: str = "application/json", **fields: object) -> httpx.Response:
    answer = face.v3(json={"sql": sql, **fields}, accept=accept)
    assert answer.status_code == 200, answer.text
    return answer


def status(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.headers["x-hyperdb-status"])
    return found


def data(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    assert answer.json()["returnedRows"] == len(answer.json()["data"])
    return [row[0] for row in answer.json()["data"]]


def table(answer: httpx.Response) -> pa.Table:
    assert answer.headers["content-type"] == ARROW
    return pa.ipc.open_stream(answer.content).read_all()


def fault(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"timestamp", "error", "message", "path", "tenantId", "internalErrorCode", "details"}
    assert body["path"] == answer.request.url.path
    return answer.status_code, body["internalErrorCode"]


@pytest.fixture(scope="module")
def chunks(data_folder: Path) -> Iterator[Face]:
    with small_chunks(data_folder) as face:
        yield face


def test_an_answer_is_the_services(face: Face) -> None:
    sql = "SELECT ssot__Id__c, ssot__GrandTotalAmount__c AS a FROM ssot__SalesOrder__dlm ORDER BY 1"
    answer = submitted(face, sql, resultRange={"rowLimit": 10})
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["metadata", "data", "returnedRows"]
    assert answer.json() == {
        "metadata": {
            "columns": [
                {"name": "ssot__Id__c", "type": "varchar", "nullable": False},
                {"name": "a", "type": "numeric", "precision": 4, "scale": 2, "nullable": False},
            ]
        },
        "data": [["O-1", 12.5], ["O-2", 3.0], ["O-3", 1.25]],
        "returnedRows": 3,
    }
    found = status(answer)
    assert found.pop("completionStatus") in {"RESULTS_PRODUCED", "FINISHED"}
    host, _, uuid = found.pop("queryId").partition("_")
    assert (host, len(uuid)) == ("OjA", 36)
    assert found == {"chunkCount": 1, "rowCount": 3, "progress": 1.0, "expirationTime": "2026-01-06T09:00:00Z"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"offset": 0}, [1, 2, 3, 4, 5]),
        ({"offset": 3}, [4, 5]),
        ({"offset": 1, "limit": 2}, [2, 3]),
        ({"offset": 2, "byteLimit": 1}, [3]),
        ({"offset": 4, "limit": 100, "byteLimit": 20_971_520}, [5]),
    ],
)
def test_ranges(face: Face, parameters: dict[str, int], expected: list[int]) -> None:
    path = f"/{status(submitted(face, numbers(5)))['queryId']}/rows"
    for _ in range(2):
        assert data(face.v3("GET", path, params=parameters)) == expected
        assert table(face.v3("GET", path, params=parameters, accept=ARROW))["n"].to_pylist() == expected
    bare = face.v3("GET", path, params={**parameters, "omitSchema": "true"})
    assert list(bare.json()) == ["data", "returnedRows"]


def test_chunks_add_up_to_the_result(chunks: Face) -> None:
    answer = submitted(chunks, numbers(10))
    of, found = status(answer)["queryId"], status(chunks_finished(chunks, answer))
    assert (data(answer), found["chunkCount"], found["rowCount"]) == ([1, 2, 3, 4], 3, 10)
    read = [chunks.v3("GET", f"/{of}/chunks/{number}") for number in range(3)]
    assert [data(one) for one in read] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    arrow = [chunks.v3("GET", f"/{of}/chunks/{number}", accept=ARROW) for number in range(3)]
    assert [table(one)["n"].to_pylist() for one in arrow] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    for accept in ("application/json", ARROW):
        assert fault(chunks.v3("GET", f"/{of}/chunks/3", accept=accept)) == (400, "22023")


def chunks_finished(face: Face, answer: httpx.Response) -> httpx.Response:
    """An answer whose status header is that of the finished statement."""
    body = face.v3("GET", f"/{status(answer)['queryId']}").json()
    return httpx.Response(200, headers={"x-hyperdb-status": json.dumps(body)})


def test_the_first_range_is_what_was_asked_for(chunks: Face) -> None:
    assert data(submitted(chunks, numbers(10), resultRange={"rowLimit": 6})) == [1, 2, 3, 4, 5, 6]
    assert data(submitted(chunks, numbers(10), resultRange={"rowLimit": 6, "byteLimit": 1})) == [1]
    assert table(submitted(chunks, numbers(10), accept=ARROW, resultRange={"rowLimit": 6}))["n"].to_pylist()[-1] == 6


def test_async_has_an_id_and_no_data(face: Face, open_face: OpenFace) -> None:
    asked = submitted(face, numbers(2), transferMode="ASYNC")
    for answer in (asked, submitted(open_face(running_first=True), numbers(2))):
        assert ("data" in answer.json(), answer.json()["returnedRows"]) == (False, 0)
        assert answer.json()["metadata"]["columns"][0]["name"] == "n"
        assert (status(answer)["completionStatus"], status(answer)["rowCount"]) == ("RUNNING", 0)
    # waitTimeMs is ten seconds when it is not given, so this is the finished statement.
    body = face.v3("GET", f"/{status(asked)['queryId']}", accept=ARROW).json()
    assert (body["rowCount"], body["queryId"]) == (2, status(asked)["queryId"])
    assert "x-hyperdb-status" not in face.v3("GET", f"/{status(asked)['queryId']}").headers


def test_arrow_has_no_body_while_there_are_no_rows(chunks: Face) -> None:
    answer = submitted(chunks, "SELECT pg_sleep(600)", accept=ARROW, transferMode="ASYNC")
    of = status(answer)["queryId"]
    assert (answer.headers["content-type"], answer.content) == (ARROW, b"")
    for path in (f"/{of}/rows?offset=0", f"/{of}/chunks/0"):
        waiting = chunks.v3("GET", path, accept=ARROW)
        assert (waiting.status_code, waiting.content) == (200, b"")
        assert fault(chunks.v3("GET", path)) == (400, "22023")
    assert chunks.v3("DELETE", f"/{of}").status_code == 204
    assert fault(chunks.v3("GET", f"/{of}")) == (400, "57014")
    assert fault(chunks.v3("GET", f"/{of}/rows?offset=0")) == (400, "57014")


def test_while_it_runs_its_first_rows_can_be_read(chunks: Face) -> None:
    answer = submitted(chunks, EIGHT_ROWS_AND_NO_END)
    of = status(answer)["queryId"]
    assert (data(answer), status(answer)["completionStatus"]) == ([1, 2, 3, 4], "RUNNING")
    assert data(chunks.v3("GET", f"/{of}/rows?offset=1&limit=2")) == [2, 3]
    assert table(chunks.v3("GET", f"/{of}/chunks/0", accept=ARROW)).num_rows == 4
    assert chunks.v3("GET", f"/{of}?waitTimeMs=0").json()["completionStatus"] == "RUNNING"
    assert chunks.v3("DELETE", f"/{of}").status_code == 204


def test_the_columns_alone(face: Face) -> None:
    columns = {"columns": [{"name": "n", "type": "integer", "nullable": False}]}
    answer = submitted(face, numbers(5), queryRowLimit=0)
    assert answer.json() == {"metadata": columns, "data": [], "returnedRows": 0}
    assert status(answer)["rowCount"] == 0
    path = f"/{status(answer)['queryId']}/metadata"
    assert face.v3("GET", path).json() == {"metadata": columns}
    for empty in (
        face.v3("GET", path, accept=ARROW),
        submitted(face, numbers(5), accept=ARROW, queryRowLimit=0),
        face.v3("GET", path.replace("metadata", "rows?offset=0"), accept=ARROW),
    ):
        assert (table(empty).num_rows, table(empty).column_names) == (0, ["n"])


def test_a_limit_of_the_query(face: Face) -> None:
    answer = submitted(face, numbers(5), queryRowLimit=2)
    assert (data(answer), status(answer)["rowCount"]) == ([1, 2], 2)


@pytest.mark.parametrize(
    ("style", "sql", "parameters"),
    [
        (None, "SELECT ?, ?", [{"type": "bigint", "value": "7"}, {"type": "varchar", "value": "é?"}]),
        ("QUESTION_MARK", "SELECT ?, ?", [{"type": "int", "value": 7}, {"type": "text", "value": "é?"}]),
        ("DOLLARED", "SELECT $2, $1", [{"type": "varchar", "value": "é?"}, {"type": "smallint", "value": "7"}]),
        ("DOLLAR_NUMBERED", "SELECT $1, $2", [{"type": "bigint", "value": "7"}, {"type": "varchar", "value": "é?"}]),
        (
            "NAMED",
            "SELECT :a, :b",
            [{"name": "b", "type": "varchar", "value": "é?"}, {"name": "a", "type": "bigint", "value": "7"}],
        ),
    ],
)
def test_parameter_styles(face: Face, style: str | None, sql: str, parameters: list[dict[str, object]]) -> None:
    fields = {"paramStyle": style} if style else {}
    assert submitted(face, sql, parameters=parameters, **fields).json()["data"] == [[7, "é?"]]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ({"type": "numeric", "value": "1.5", "precision": 38, "scale": 18}, Decimal("1.500000000000000000")),
        ({"type": "numeric", "value": "1.50"}, Decimal("1.50")),
        ({"type": "boolean", "value": "false"}, False),
        ({"type": "float8", "value": "-Infinity"}, "-Infinity"),
        ({"type": "timestamptz", "value": "2024-01-01 00:00:00+01"}, "2023-12-31T23:00:00+00:00"),
        ({"type": "bytea", "value": "\\x00ff"}, "AP8="),
        ({"type": "char", "value": "ab", "length": 3}, "ab "),
        ({"type": "array", "inner": {"type": "bigint"}, "value": "[1,2]"}, [1, 2]),
        ({"type": "varchar", "value": None}, None),
        ({"type": "numeric", "value": None}, None),
    ],
)
def test_parameter_types(face: Face, parameter: dict[str, object], expected: object) -> None:
    answer = submitted(face, "SELECT ?", parameters=[parameter])
    assert json.loads(answer.content, parse_float=Decimal)["data"] == [[expected]]


def test_named_parameters_need_their_style(face: Face) -> None:
    answer = face.v3(json={"sql": "SELECT :a", "parameters": [{"type": "bigint", "value": "1", "name": "a"}]})
    assert fault(answer) == (400, "42601")
    assert "conflicting parameter style" in answer.json()["message"]


def test_settings(face: Face) -> None:
    sql = "SELECT timestamptz '2024-01-01 00:00:00+00'::text"
    for name in ("timezone", "time_zone"):
        assert data(submitted(face, sql, settings={name: "Asia/Tokyo"})) == ["2024-01-01 09:00:00+09"]
    assert fault(face.v3(json={"sql": sql, "settings": {"identifier_resolution": "x"}})) == (400, "42601")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"sql": " "},
        {"sql": "SELECT 1", "transferMode": "SYNC"},
        {"sql": "SELECT 1", "paramStyle": "named"},
        {"sql": "SELECT 1", "parameters": "x"},
        {"sql": "SELECT 1", "parameters": [1]},
        {"sql": "SELECT 1", "paramStyle": "NAMED", "parameters": [{"type": "bigint", "value": "1"}]},
        {"sql": "SELECT 1", "queryRowLimit": -1},
        {"sql": "SELECT 1", "resultRange": {"rowLimit": 0}},
        {"sql": "SELECT 1", "resultRange": {"byteLimit": 20_971_521}},
        {"sql": "SELECT 1", "resultRange": {"rowLimit": 1}, "transferMode": "ASYNC"},
    ],
)
def test_bodies_refused(face: Face, body: object) -> None:
    assert fault(face.v3(json=body)) == (400, "INVALID_ARGUMENT")


def test_an_error_is_the_services(face: Face) -> None:
    answer = face.v3(json={"sql": "SELECT a FROM nosuch"})
    assert fault(answer) == (400, "42P01")
    assert answer.json() == {
        "timestamp": "2026-01-05T09:00:00.120Z",
        "error": "Bad Request",
        "message": 'table "nosuch" does not exist',
        "path": "/api/v3/query",
        "tenantId": face.org.accounts.tenant,
        "internalErrorCode": "42P01",
        "details": {"sqlState": "42P01", "errorSource": "User", "position": 15},
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/{id}/rows", (400, "INVALID_ARGUMENT")),
        ("/{id}/rows?offset=2", (400, "22023")),
        ("/{id}/rows?offset=0&limit=0", (400, "INVALID_ARGUMENT")),
        ("/{id}/rows?offset=0&byteLimit=20971521", (400, "INVALID_ARGUMENT")),
        ("/{id}?waitTimeMs=10001", (400, "INVALID_ARGUMENT")),
        ("/nosuch", (404, "NOT_FOUND")),
        ("/nosuch/rows?offset=0", (404, "NOT_FOUND")),
        ("/nosuch/chunks/0", (404, "NOT_FOUND")),
        ("/nosuch/metadata", (404, "NOT_FOUND")),
    ],
)
def test_calls_refused(face: Face, path: str, expected: tuple[int, str]) -> None:
    of = status(submitted(face, numbers(2)))["queryId"]
    assert fault(face.v3("GET", path.replace("{id}", of))) == expected


def test_deleting_is_always_good_and_leaves_what_has_run(face: Face) -> None:
    of = status(submitted(face, numbers(1)))["queryId"]
    for path in (f"/{of}", f"/{of}", "/nosuch"):
        answer = face.v3("DELETE", path)
        assert (answer.status_code, answer.content) == (204, b"")
    assert data(face.v3("GET", f"/{of}/rows?offset=0")) == [1]


def test_a_result_belongs_to_a_data_space_and_a_day(face: Face) -> None:
    of = status(submitted(face, numbers(1)))["queryId"]
    assert face.get(f"/api/v3/query/{of}", dataspace="emea").status_code == 404
    headers = {"ctx-dataspace-ds_name": "emea"}
    assert fault(face.v3(json={"sql": "SELECT 1"}, headers=headers)) == (403, "PERMISSION_DENIED")
    assert face.v3(json={"sql": "SELECT 1"}, headers={"ctx-dataspace-ds_name": "default"}).status_code == 200
    face.clock.advance(86_400)
    face._tokens.clear()
    assert fault(face.v3("GET", f"/{of}")) == (404, "NOT_FOUND")


def test_a_result_is_queried_again(face: Face) -> None:
    for _ in range(100):  # at once as well, when the engine has its rows but has not stored them
        of = status(submitted(face, numbers(4)))["queryId"]
        assert data(submitted(face, f"SELECT SUM(n) FROM result_scan('{of}')")) == [10]
    never = "00000000-0000-0000-0000-000000000000"
    assert face.v3(json={"sql": f"SELECT 1 FROM result_scan('{never}')"}).json()["internalErrorCode"] == "42704"


def test_a_server_without_the_status_header(open_face: OpenFace) -> None:
    assert "x-hyperdb-status" not in submitted(open_face(no_status_header=True), numbers(1)).headers


def test_tokens(face: Face) -> None:
    assert face.http.post("/api/v3/query", json={"sql": "SELECT 1"}).status_code == 401
    headers = {"Authorization": f"Bearer {face.core_token()}"}
    assert face.http.post("/api/v3/query", json={"sql": "SELECT 1"}, headers=headers).status_code == 400


def test_a_large_result_is_bounded_by_bytes(face: Face) -> None:
    of = status(submitted(face, numbers(200_000), transferMode="ASYNC"))["queryId"]
    face.v3("GET", f"/{of}")
    for accept in ("application/json", ARROW):
        answer = face.v3("GET", f"/{of}/rows?offset=100000&byteLimit=50000", accept=accept)
        assert 25_000 < len(answer.content) < 50_200
