"""Direct Query API V3 as the driver speaks it; what it shares with query-sql is in `test_kept_results.py`.

Source: wire spec, query §10; faults O7.
"""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from datacloud_dbapi.errors import ConnectionLostError, DataError, InternalError, OperationalError, ProgrammingError
from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.transports.direct_v3 import DirectV3
from tests.unit.driver.kept_apis import DIRECT_V3 as API
from tests.unit.driver.scripted import json_answer

ARROW = "application/vnd.apache.arrow.stream"
DONE = API.started(API.status("FINISHED", 1), ["A-1", 1])


def arrow_answer(*numbers: int, **status: Any) -> Response:
    sink = io.BytesIO()
    table = pa.table({"n": pa.array(numbers, pa.int64())})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    headers = {"content-type": ARROW}
    return Response(200, {**headers, "x-hyperdb-status": json.dumps(status)} if status else headers, sink.getvalue())


def sent_body(sql: str, parameters: Any, **given: Any) -> dict[str, Any]:
    scene, transport = API.play([DONE], given)
    scene.run(transport.submit(sql, parameters, timeout=None, arrow=False))
    body: dict[str, Any] = json.loads(scene.requests[-1].body)
    return body


def test_it_asks_the_tenant_with_its_headers() -> None:
    scene, transport = API.play([DONE], {"dataspace": "sales", "workload": "nightly"})
    scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    request = scene.requests[-1]
    assert (request.method, request.url) == ("POST", "https://abc.c360a.salesforce.com/api/v3/query")
    assert request.headers == {
        "Authorization": "Bearer eyJ.tenant.token",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "ctx-dataspace-ds_name": "sales",
        "x-hyperdb-workload": "nightly",
    }


def test_a_statement_without_parameters_goes_as_it_is() -> None:
    assert sent_body("SELECT ':x', 'é'", None) == {
        "sql": "SELECT ':x', 'é'",
        "transferMode": "ADAPTIVE",
        "resultRange": {"rowLimit": 2_000},
    }


def test_in_arrow_the_first_answer_brings_the_bulk() -> None:
    scene, transport = API.play([arrow_answer(1, **API.status("FINISHED", 1, chunkCount=1))])
    scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=True))
    assert json.loads(scene.requests[-1].body)["resultRange"] == {"rowLimit": 50_000}


def test_with_a_timeout_the_id_must_come_in_time() -> None:
    scene, transport = API.play([API.started(API.status("RUNNING", 0)), json_answer(API.status("FINISHED", 0))])
    _, page = scene.run(transport.submit("SELECT 1", None, timeout=5.0, arrow=False))
    assert json.loads(scene.requests[2].body)["transferMode"] == "ASYNC"
    assert page.columns is not None


def test_parameters_and_settings() -> None:
    body = sent_body(
        "SELECT :a, :b, :c, :d",
        {"a": Decimal("-0.50"), "b": b"\x01", "c": None, "d": True},
        settings={"time_zone": "UTC"},
    )
    assert body == {
        "sql": "SELECT :a, :b, NULL, :d",
        "transferMode": "ADAPTIVE",
        "resultRange": {"rowLimit": 2_000},
        "paramStyle": "NAMED",
        "parameters": [
            {"name": "a", "type": "numeric", "value": "-0.50", "precision": 2, "scale": 2},
            {"name": "b", "type": "bytea", "value": "\\x01"},
            {"name": "d", "type": "boolean", "value": "true"},
        ],
        "settings": {"time_zone": "UTC"},
    }


def test_a_sequence_binds_by_name_too() -> None:
    body = sent_body("SELECT ?, ?", [1, 2])
    assert (body["sql"], body["paramStyle"]) == ("SELECT :p1, :p2", "NAMED")


@pytest.mark.parametrize("header", ["x-hyperdb-status", "status"])
@pytest.mark.parametrize("http_status", [200, 202])
def test_the_status_stands_in_a_header(header: str, http_status: int) -> None:
    headers = {header: json.dumps(API.status("FINISHED", 1))}
    _, handle, _ = API.read([Response(http_status, headers, json.dumps(API.rows(["A-1", 1])).encode())])
    assert handle.query_id == API.query_id


@pytest.mark.parametrize("headers", [{}, {"x-hyperdb-status": "soon"}, {"x-hyperdb-status": "[]"}])
def test_without_a_readable_status_nothing_is_believed(headers: dict[str, str]) -> None:
    with pytest.raises(InternalError):
        API.read([Response(200, headers, json.dumps(API.rows(["A-1", 1])).encode())])
    with pytest.raises(InternalError):
        API.read([Response(200, {"content-type": ARROW, **headers}, b"")])


def numbers_in(stream: Any) -> list[Any]:
    numbers: list[Any] = pa.ipc.open_stream(stream).read_all()["n"].to_pylist()
    return numbers


def read_arrow(answers: list[Any]) -> tuple[list[str], list[bytes | None], list[int]]:
    scene, transport = API.play(answers)
    handle, page = scene.run(transport.submit("SELECT n", None, timeout=None, arrow=True))
    pages = [page]
    while not page.done:
        page = scene.run(transport.next_page(handle, timeout=None, arrow=True))
        pages.append(page)
    numbers: list[int] = []
    for page in pages:
        if page.arrow is not None:
            assert page.rows == []
            numbers += numbers_in(page.arrow)
    return [request.headers["Accept"] for request in scene.requests[2:]], [page.arrow for page in pages], numbers


def test_arrow_comes_as_it_is_and_is_counted() -> None:
    accepted, _, numbers = read_arrow(
        [arrow_answer(1, 2, **API.status("FINISHED", 5)), arrow_answer(3), arrow_answer(4, 5)]
    )
    assert numbers == [1, 2, 3, 4, 5]
    assert accepted == [ARROW] * 3


def test_no_bytes_of_arrow_are_a_query_that_still_runs() -> None:
    running = {"content-type": ARROW, "x-hyperdb-status": json.dumps(API.status("RUNNING", 0))}
    accepted, _, numbers = read_arrow(
        [Response(200, running), json_answer(API.status("FINISHED", 2)), arrow_answer(1, 2)]
    )
    assert numbers == [1, 2]
    assert accepted == [ARROW, "application/json", ARROW]


def test_an_empty_arrow_result_keeps_its_columns() -> None:
    running = {"content-type": ARROW, "x-hyperdb-status": json.dumps(API.status("RUNNING", 0))}
    scene, transport = API.play(
        [
            Response(200, running),
            json_answer(API.status("FINISHED", 0)),
            json_answer({"metadata": {"columns": API.columns}}),
        ]
    )
    _, page = scene.run(transport.submit("SELECT n", None, timeout=None, arrow=True))
    assert (page.done, page.rows, [column.name for column in page.columns]) == (True, [], ["Id__c", "Miles__c"])
    assert API.sent(scene)[-1][0] == f"GET /{API.query_id}/metadata"
    _, [stream], numbers = read_arrow([arrow_answer(**API.status("FINISHED", 0))])
    assert numbers == []
    assert stream is not None


def test_a_cut_stream_is_an_error() -> None:  # O7
    whole = arrow_answer(1, 2, **API.status("FINISHED", 2))
    for length in (len(whole.body) - 8, 20):
        with pytest.raises(ConnectionLostError):
            read_arrow([Response(200, whole.headers, whole.body[:length])])


def test_an_arrow_range_of_several_answers_is_one_stream() -> None:
    answers: list[Any] = [arrow_answer(1, 2), json_answer(API.status("FINISHED", 9)), arrow_answer(3)]
    scene, transport = API.play(answers)
    page = scene.run(transport.read_range(API.query_id, 0, 3, timeout=None, arrow=True))
    assert numbers_in(page.arrow) == [1, 2, 3]


FIRST_CHUNK = f"GET /{API.query_id}/chunks/0"


@pytest.mark.parametrize(
    ("answers", "asked", "pages"),
    [
        # All rows came with the answer.
        ([arrow_answer(1, 2, **API.status("FINISHED", 2, chunkCount=1))], [], [1, 2]),
        # They may turn out to be all.
        ([arrow_answer(1, **API.status("RUNNING", 1, chunkCount=1))], [], [1]),
        # It has the first rows: whether it ends inside the first chunk, behind it, or with it, nobody knows.
        ([arrow_answer(1, **API.status("FINISHED", 3, chunkCount=2))], [], [1]),
        # It has none yet.
        ([arrow_answer(**API.status("FINISHED", 3, chunkCount=2)), arrow_answer(1, 2)], [FIRST_CHUNK], [1, 2]),
        # The chunk is not there, or not whole, the first time.
        ([arrow_answer(**API.status("FINISHED", 3, chunkCount=2)), arrow_answer(), arrow_answer(1, 2)],
         [FIRST_CHUNK] * 2, [1, 2]),
        ([arrow_answer(**API.status("FINISHED", 3, chunkCount=2)), ConnectionLostError("reset"), arrow_answer(1, 2)],
         [FIRST_CHUNK] * 2, [1, 2]),
    ],
)  # fmt: skip
def test_arrow_is_read_from_the_first_chunk_unless_some_came_before(
    answers: list[Any], asked: list[str], pages: list[int]
) -> None:
    scene, transport = API.play(answers)
    handle, page = scene.run(transport.submit("SELECT n", None, timeout=None, arrow=True))
    assert [path for path, _ in API.sent(scene)[1:]] == asked
    assert (numbers_in(page.arrow), handle.rows_seen) == (pages, len(pages))
    assert handle.chunks_seen == int(FIRST_CHUNK in asked)


def test_rows_never_go_by_chunk() -> None:
    scene, handle, _ = API.read(
        [API.started(API.status("FINISHED", 2, chunkCount=2), ["A-1", 1]), json_answer(API.rows(["B-2", 2]))]
    )
    assert ([path for path, _ in API.sent(scene)[1:]], handle.chunks_seen) == ([f"GET /{API.query_id}/rows"], 0)


def test_a_chunk_is_a_whole_stream_and_has_rows() -> None:
    scene, transport = API.play([arrow_answer(4, 5)])
    page = scene.run(transport.read_chunk(API.query_id, 7, timeout=None, arrow=True))
    assert (numbers_in(page.arrow), page.stated_rows) == ([4, 5], 2)
    assert [path for path, _ in API.sent(scene)] == [f"GET /{API.query_id}/chunks/7"]
    scene, transport = API.play([Response(200, {"content-type": ARROW}, arrow_answer(4, 5).body[:-8])])
    with pytest.raises(ConnectionLostError):
        scene.run(transport.read_chunk(API.query_id, 7, timeout=None, arrow=True))
    scene, transport = API.play([Response(200, {"content-type": ARROW})] * 2)
    with pytest.raises(OperationalError, match="sends none"):
        scene.run(transport.read_chunk(API.query_id, 7, timeout=None, arrow=True))
    scene, transport = API.play([json_answer({"message": "the requested chunk ID '7' is out of range"}, 400)])
    with pytest.raises(ProgrammingError, match="out of range"):
        scene.run(transport.read_chunk(API.query_id, 7, timeout=None, arrow=True))


def test_describe_asks_for_no_rows() -> None:
    scene, transport = API.play([API.started(API.status("FINISHED", 0))])
    columns = scene.run(transport.describe("SELECT :x", {"x": 1}, timeout=None))
    assert [column.name for column in columns] == ["Id__c", "Miles__c"]
    body = json.loads(scene.requests[-1].body)
    assert (body["sql"], body["queryRowLimit"]) == ("SELECT :x", 0)


@pytest.mark.parametrize(
    ("sqlstate", "error"), [("42P01", ProgrammingError), ("22012", DataError), ("XX000", InternalError)]
)
def test_a_refusal_carries_its_sqlstate(sqlstate: str, error: type[Exception]) -> None:
    refusal = {
        "timestamp": "2026-01-05T09:10:11.123Z",
        "error": "Bad Request",
        "message": 'table "nosuch__dlm" does not exist',
        "path": "/api/v3/query",
        "tenantId": "a360/prod1/0123abcd",
        "internalErrorCode": sqlstate,
        "details": {"sqlState": sqlstate, "errorSource": "User"},
    }
    with pytest.raises(error, match="nosuch__dlm") as caught:
        API.read([json_answer(refusal, 400)])
    assert getattr(caught.value, "sqlstate", None) == sqlstate


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"type": "varchar"}, "VARCHAR"),
        ({"type": "varchar", "length": 9}, "VARCHAR(9)"),
        ({"type": "bool"}, "BOOLEAN"),
        ({"type": "smallint"}, "SMALLINT"),
        ({"type": "integer"}, "INTEGER"),
        ({"type": "bigint"}, "BIGINT"),
        ({"type": "numeric", "precision": 38, "scale": 18}, "NUMERIC(38,18)"),
        ({"type": "float4"}, "REAL"),
        ({"type": "float8"}, "DOUBLE"),
        ({"type": "double"}, "DOUBLE"),
        ({"type": "date"}, "DATE"),
        ({"type": "time"}, "TIME"),
        ({"type": "timestamp"}, "TIMESTAMP"),
        ({"type": "timestamptz"}, "TIMESTAMP WITH TIME ZONE"),
        ({"type": "bytea"}, "BINARY"),
        ({"type": "json"}, "JSON"),
        ({"type": "array", "inner": {"type": "integer", "nullable": False}}, "ARRAY(INTEGER)"),
    ],
)
def test_every_spelling_of_a_type_is_understood(facts: dict[str, Any], expected: str) -> None:
    metadata = {"columns": [{"name": "x", **facts}]}
    _, _, [page] = API.read([API.started(API.status("FINISHED", 0), metadata=metadata)])
    assert page.columns is not None
    assert str(page.columns[0].type) == expected


def test_capabilities() -> None:
    assert len(DirectV3.capabilities.able()) == 8
