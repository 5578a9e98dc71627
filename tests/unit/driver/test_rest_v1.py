"""Query API V1 as the driver speaks it. Source: wire spec, query §3; faults O1, O2, S12-S15."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.errors import (
    ConnectionLostError,
    DatabaseError,
    Error,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from datacloud_dbapi.flow.effects import Request, Response
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.rest_v1 import RestV1
from tests.unit.driver.scripted import LOGIN, Answer, Stage, cells, json_answer, stage, tenant_login

LOGIN_PARAMS = {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}
META = {
    "b": {"type": "DECIMAL", "placeInOrder": 1, "typeCode": 3},
    "a": {"type": "VARCHAR", "placeInOrder": 0, "typeCode": 12},
}
SQL = "SELECT a, b FROM t"


def body(*keys: str, **fields: Any) -> Response:
    whole = {
        "data": [{"a": key, "b": "1.50"} for key in keys],
        "metadata": META,
        "done": True,
        "queryId": "q-1",
        "rowCount": len(keys),
        **fields,
    }
    return json_answer({name: value for name, value in whole.items() if value is not ...})


def play(answers: list[Answer], **facts: Any) -> tuple[Stage, RestV1]:
    tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), None, TrustedHosts())
    params = ConnectParams.resolve(None, LOGIN_PARAMS, {})
    return stage([LOGIN, tenant_login(), *answers], **facts), RestV1(tokens, params)


def submit(answer: Answer) -> tuple[QueryHandle, Page]:
    scene, transport = play([answer])
    return scene.run(transport.submit(SQL, None, timeout=None, arrow=False))


def read(answers: list[Answer], sql: str = SQL) -> tuple[Stage, list[Page]]:
    """All pages of a result."""
    scene, transport = play(answers)
    handle, page = scene.run(transport.submit(sql, None, timeout=None, arrow=False))
    pages = [page]
    while not page.done:
        page = scene.run(transport.next_page(handle, timeout=None, arrow=False))
        pages.append(page)
    assert handle.finished
    assert handle.rows_seen == sum(len(page.rows) for page in pages)
    return scene, pages


def asked(request: Request) -> tuple[str, dict[str, str]]:
    """The statement and the query's fields."""
    url = urlsplit(request.url)
    assert (request.method, url.path) == ("POST", "/api/v1/query")
    return json.loads(request.body)["sql"], {name: value for name, [value] in parse_qs(url.query).items()}


def keys(pages: list[Page]) -> list[list[object]]:
    return [[row[0] for row in cells(page)] for page in pages]


def test_one_answer_is_the_whole_result_and_the_statement_goes_as_it_is() -> None:
    scene, [page] = read([body("x", "y")])
    assert page.columns is not None
    assert [column.name for column in page.columns] == ["a", "b"]
    assert page.rows == [["x", "1.50"], ["y", "1.50"]]
    assert [asked(request) for request in scene.requests[2:]] == [(SQL, {"limit": "49999", "offset": "0"})]


def test_null_is_what_an_object_leaves_out() -> None:
    _, page = submit(body(data=[{"b": "1"}, {}, {"a": ""}], rowCount=3))
    assert page.rows == [[None, "1"], [None, None], ["", None]]


def test_without_done_the_result_has_ended() -> None:
    assert submit(body("x", done=...))[1].done


def test_more_than_one_answer_is_read_anew_in_a_total_order_each_page_from_the_last_row_on() -> None:
    scene, pages = read(
        [
            body("z", "x", done=False),
            body("w", "x", done=False, queryId="q-2"),
            body("x", "y", done=False),
            body("y", "z"),
        ]
    )
    assert keys(pages) == [["w", "x"], ["y"], ["z"]]
    statements, queries = zip(*map(asked, scene.requests[2:]), strict=True)
    assert set(statements) == {SQL}
    assert [query.get("orderby") for query in queries] == [None, *["1 ASC,2 ASC"] * 3]
    assert [query["offset"] for query in queries] == ["0", "0", "1", "2"]


def test_an_order_of_the_statement_itself_stands_first() -> None:
    scene, _ = read([body("x", done=False), body("x", "y")], f"{SQL} ORDER BY b DESC LIMIT 70000")
    sql, query = asked(scene.requests[-1])
    assert sql == f"{SQL} ORDER BY b DESC, 1, 2 LIMIT 70000"
    assert "orderby" not in query


@pytest.mark.parametrize("again", [body("Y", "z"), body("z", "y"), body(), body("x", "y")])
def test_a_result_that_changed_under_it_is_an_error(again: Response) -> None:
    with pytest.raises(OperationalError, match="changed while it was read"):
        read([body("x", done=False), body("x", "y", done=False), again])


@pytest.mark.parametrize("pages_before", [1, 2])
def test_other_columns_are_a_change_too(pages_before: int) -> None:
    other = {"a": META["a"], "b": {"type": "VARCHAR", "placeInOrder": 1}}
    with pytest.raises(OperationalError, match="changed while it was read"):
        read([*[body("x", done=False)] * pages_before, body("x", metadata=other)])


@pytest.mark.fault("O2")
def test_a_page_shorter_than_the_limit_is_not_the_end() -> None:
    _, pages = read([body("a", done=False), body("a", done=False), body("a", "b", done=False), body("b")])
    assert keys(pages) == [["a"], ["b"], []]


def test_a_service_that_gives_one_row_at_a_time() -> None:
    scene, pages = read(
        [body("a", done=False), body("a", done=False), body("a", done=False), body("b", done=False), body("b", "c")]
    )
    assert keys(pages) == [["a"], ["b"], ["c"]]
    assert [asked(request)[1]["offset"] for request in scene.requests[2:]] == ["0", "0", "0", "1", "1"]


def test_rows_that_are_promised_and_never_come_are_an_error() -> None:
    with pytest.raises(OperationalError, match="sends none"):
        read([body("a", done=False), body("a", done=False), body("a", done=False), body(done=False)])


@pytest.mark.fault("O1")
def test_a_lost_page_is_asked_for_again() -> None:
    scene, pages = read([body("a", done=False), body("a", done=False), ConnectionLostError("reset"), body("a", "b")])
    assert keys(pages) == [["a"], ["b"]]
    assert asked(scene.requests[-1]) == asked(scene.requests[-2])


def test_a_lost_statement_is_not_sent_again() -> None:
    scene, transport = play([ConnectionLostError("reset")])
    with pytest.raises(ConnectionLostError):
        scene.run(transport.submit(SQL, None, timeout=None, arrow=False))
    assert scene.asked.count("POST /api/v1/query") == 1


def test_an_order_that_the_service_refuses_is_said_to_be_the_trouble() -> None:
    refusal = json_answer({"message": "could not identify an ordering operator", "error": "Bad Request"}, 400)
    with pytest.raises(NotSupportedError, match=r"total order.*ordering operator") as caught:
        read([body("a", done=False), refusal])
    assert isinstance(caught.value.__cause__, ProgrammingError)
    assert "rest-v2" in str(caught.value.hint)


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, {}, b'{"data":[{"x":1}],"done":true,"metadata":{"x":{"placeInOrder":1},"x":{"placeInOrder":0}}}'),
        body(data=[{"a": 1, "b": 2}], rowCount=1, metadata={**META, "b": {"placeInOrder": 2}}),
        body(data=[{"a": 1}], rowCount=1, metadata={"a": {"placeInOrder": 0}}),
        body(data=[{"a": 1}], rowCount=1, metadata={"a": {"placeInOrder": 2}}),
    ],
)
def test_columns_of_one_name_cannot_be_told_apart(answer: Response) -> None:
    with pytest.raises(NotSupportedError, match="one name"):
        submit(answer)


@pytest.mark.fault("S12", "S13", "S14", "S15")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (body("x", data=...), InternalError),
        (body("x", metadata=...), InternalError),
        (body("x", done="yes"), InternalError),
        (body("x", rowCount=2), InternalError),
        (body(data=[["x", "1"]], rowCount=1), InternalError),
        (body(data=[{"c": "x"}], rowCount=1), InternalError),
        (Response(200, {}, b'{"data":[{"a":1,"a":2}],"done":true,"metadata":{"a":{"placeInOrder":0}}}'), InternalError),
        (Response(200, {}, b'{"data":[],"data":[],"done":true}'), InternalError),
        (json_answer({"error": "Bad Request", "message": "no such table"}), DatabaseError),
        (json_answer({"error": "Bad Request", "message": "no such table"}, 400), ProgrammingError),
        (Response(200, {}, b"<html>login</html>"), OperationalError),
        (Response(200, {}, b""), OperationalError),
        (Response(200, {}, b"null"), InternalError),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_an_error(answer: Response, error: type[Error]) -> None:
    with pytest.raises(error):
        submit(answer)


def test_no_rows_need_no_metadata() -> None:
    handle, page = submit(body(metadata=...))
    assert (page.columns, page.rows, page.done, handle.finished) == (None, [], True, True)


def test_describe_runs_the_statement_for_no_rows() -> None:
    scene, transport = play([body()])
    columns = scene.run(transport.describe(f"{SQL}; ", None, timeout=None))
    assert [str(column.type) for column in columns] == ["VARCHAR", "NUMERIC"]
    assert asked(scene.requests[-1])[0] == f"SELECT * FROM ({SQL}\n) AS described LIMIT 0"


def test_settings_are_refused_rather_than_left_aside() -> None:
    tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), None, TrustedHosts())
    with pytest.raises(NotSupportedError, match="settings"):
        RestV1(tokens, ConnectParams.resolve(None, {**LOGIN_PARAMS, "settings": {"lc_time": "en_US"}}, {}))
