"""Query API V1 over the real engine. Source: wire spec, query §3, §15 row 7; limits §2."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from .client import Face

OpenFace = Callable[..., Face]
NUMBERS = "SELECT n FROM generate_series(1, 10) AS t(n)"


def column(body: dict[str, Any], name: str = "n") -> list[Any]:
    return [row[name] for row in body["data"]]


def test_an_answer_is_the_services(face: Face) -> None:
    answer = face.v1("SELECT * FROM ssot__Individual__dlm ORDER BY 1")
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert list(body) == ["data", "startTime", "endTime", "rowCount", "queryId", "done", "metadata"]
    # KQ_Id__c is NULL in both rows, and so is the second birthday: such keys are left out.
    assert body["data"] == [
        {"ssot__Id__c": "P-1", "ssot__LastName__c": "Ana", "ssot__BirthDate__c": "1990-02-03"},
        {"ssot__Id__c": "P-2", "ssot__LastName__c": "Bo"},
    ]
    assert body["startTime"] == body["endTime"] == "2026-01-05T09:00:00.12001Z"
    assert (body["rowCount"], body["done"]) == (2, True)
    assert body["metadata"]["KQ_Id__c"] == {"type": "VARCHAR", "placeInOrder": 1, "typeCode": 12}
    assert len(body["metadata"]) == 4


@pytest.mark.parametrize(
    ("parameters", "rows", "done"),
    [
        ({"limit": 4}, [1, 2, 3, 4], False),
        ({"limit": 4, "offset": 4}, [5, 6, 7, 8], False),
        ({"limit": 4, "offset": 8}, [9, 10], True),
        ({"limit": 10}, list(range(1, 11)), True),
        ({"limit": 5, "offset": 5}, [6, 7, 8, 9, 10], True),
        ({"offset": 10}, [], True),
        ({"offset": 10_000_000_000}, [], True),
        ({}, list(range(1, 11)), True),
    ],
)
def test_limit_and_offset(face: Face, parameters: dict[str, int], rows: list[int], done: bool) -> None:
    for order in ({}, {"orderby": "n"}):
        body = face.v1(f"{NUMBERS} ORDER BY n", **parameters, **order).json()
        assert (column(body), body["rowCount"], body["done"]) == (rows, len(rows), done)


def test_the_default_limit_is_49_999(face: Face) -> None:
    sql = "SELECT n FROM generate_series(1, 50001) AS t(n) ORDER BY n"
    first = face.v1(sql).json()
    assert (first["rowCount"], first["done"], column(first)[-1]) == (49_999, False, 49_999)
    second = face.v1(sql, offset=49_999).json()
    assert (column(second), second["done"]) == ([50_000, 50_001], True)


@pytest.mark.parametrize(
    ("orderby", "expected"),
    [
        ("a, 2", [(1, "x"), (1, "y"), (2, "x"), (None, "z")]),
        ("A DESC NULLS LAST,2 DESC", [(2, "x"), (1, "y"), (1, "x"), (None, "z")]),
        ("2 ASC, 1 asc", [(1, "x"), (2, "x"), (1, "y"), (None, "z")]),
        ('"b, c" desc,a', [(None, "z"), (1, "y"), (1, "x"), (2, "x")]),
    ],
)
def test_orderby(face: Face, orderby: str, expected: list[tuple[int | None, str]]) -> None:
    sql = """SELECT * FROM (VALUES (1,'y'),(2,'x'),(NULL,'z'),(1,'x')) AS t(a, "b, c");"""
    body = face.v1(sql, orderby=orderby).json()
    assert [(row.get("a"), row["b, c"]) for row in body["data"]] == expected


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": 0},
        {"limit": 50_000},
        {"limit": "x"},
        {"offset": -1},
        {"orderby": "n); DROP TABLE x"},
        {"orderby": "n,,n"},
        {"orderby": "n DOWN"},
    ],
)
def test_parameters_out_of_bounds(face: Face, parameters: dict[str, object]) -> None:
    answer = face.v1(NUMBERS, **parameters)
    assert (answer.status_code, answer.json()["details"]) == (400, {"status": "INVALID_ARGUMENT", "statusCode": 400})
    assert next(iter(parameters)) in answer.json()["message"]


@pytest.mark.parametrize("order", [{}, {"orderby": "1"}])
@pytest.mark.parametrize(
    ("sql", "sqlstate", "position"),
    [
        ("SELECT a FROM nosuch", "42P01", 15),
        ("SELECT nosuch FROM ssot__Individual__dlm", "42703", 8),
        ("SELECT 1/0", "22012", None),
        ("INSERT INTO ssot__Individual__dlm SELECT 1", "42501", 1),
        ("-- nothing", "42601", None),
    ],
)
def test_sql_refused(face: Face, sql: str, sqlstate: str, position: int | None, order: dict[str, str]) -> None:
    answer = face.v1(sql, **order)
    details = answer.json()["details"]
    assert (answer.status_code, details["sqlState"], details.get("position")) == (400, sqlstate, position)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"sql": 1}', b'{"sql": " "}', b"\xff"])
def test_bodies_refused(face: Face, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {face.token()}"}
    assert face.http.post("/api/v1/query", content=body, headers=headers).status_code == 400


def test_columns_that_share_a_name_are_one(face: Face) -> None:
    body = face.v1("SELECT 1 AS a, 2 AS a").json()
    assert (body["data"], list(body["metadata"])) == ([{"a": 2}], ["a"])


def test_arrow_pages(face: Face) -> None:
    body = face.v1_arrow(f"{NUMBERS} ORDER BY n", limit=4, offset=4).json()
    assert "data" not in body
    assert pa.ipc.open_stream(base64.b64decode(body["arrowStream"])).read_all()["n"].to_pylist() == [5, 6, 7, 8]
    assert (body["rowCount"], body["done"]) == (4, False)


def test_a_page_larger_than_one_range_of_the_engine(face: Face) -> None:
    sql = "SELECT n, repeat(md5(n::text), 40) AS t FROM generate_series(1, 20000) AS t(n) ORDER BY n"
    assert column(face.v1(sql).json()) == list(range(1, 20_001))
    stream = base64.b64decode(face.v1_arrow(sql).json()["arrowStream"])
    assert len(stream) > 20_971_520
    assert pa.ipc.open_stream(stream).read_all()["n"].to_pylist() == list(range(1, 20_001))


@pytest.mark.parametrize(
    ("quirks", "absent"),
    [({"omit_done_when_finished": True}, "done"), ({"omit_metadata_when_empty": True}, "metadata")],
)
def test_what_older_servers_leave_out(open_face: OpenFace, quirks: dict[str, bool], absent: str) -> None:
    assert absent not in open_face(**quirks).v1(f"{NUMBERS} WHERE n > 10").json()


def test_changes_when_they_are_let_through(open_face: OpenFace) -> None:
    face = open_face(writable=True)
    assert face.v1("CREATE TABLE v1_made(a int)").json()["done"] is True
    assert face.v1("INSERT INTO v1_made VALUES (1),(2)").json()["data"] == []
    assert column(face.v1("SELECT a FROM v1_made", orderby="a").json(), "a") == [1, 2]
    face.v1("DROP TABLE v1_made").raise_for_status()
