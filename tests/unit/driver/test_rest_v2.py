"""Query API V2 as the driver speaks it. Source: wire spec, query §4; faults S9–S15, P1–P23."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.errors import (
    ConnectionLostError,
    DatabaseError,
    Error,
    InternalError,
    OperationalError,
    ProgrammingError,
    ProtocolError,
    ResultExpiredError,
)
from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.rest_v2 import RestV2
from tests.unit.driver.scripted import LOGIN, Answer, Stage, cells, json_answer, stage, tenant_login

PARAMS = ConnectParams.resolve(
    None, {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}, {}
)
META = {
    "b": {"type": "DECIMAL", "placeInOrder": 1, "typeCode": 3},
    "a": {"type": "VARCHAR", "placeInOrder": 0, "typeCode": 12},
}


def body(**fields: Any) -> dict[str, Any]:
    rows = fields.get("data", [["x", "1.50"]])
    whole = {
        "data": rows,
        "metadata": META,
        "done": True,
        "queryId": "q-1",
        "rowCount": len(rows) if isinstance(rows, list) else 0,
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def play(answers: list[Answer], **facts: Any) -> tuple[Stage, RestV2]:
    tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), None, TrustedHosts())
    return stage([LOGIN, tenant_login(), *answers], **facts), RestV2(tokens, PARAMS)


def submit(answer: Answer) -> tuple[QueryHandle, Page]:
    scene, transport = play([answer])
    return scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))


def second_page(first: dict[str, Any], second: Answer) -> Page:
    scene, transport = play([json_answer(first), second])
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    return scene.run(transport.next_page(handle, timeout=None, arrow=False))


def test_the_request() -> None:
    scene, transport = play([json_answer(body())])
    scene.run(transport.submit("SELECT 'é', \"x\"", None, timeout=None, arrow=False))
    request = scene.requests[-1]
    assert (request.method, request.url) == ("POST", "https://abc.c360a.salesforce.com/api/v2/query")
    assert json.loads(request.body) == {"sql": "SELECT 'é', \"x\""}
    assert request.headers["Authorization"] == "Bearer eyJ.tenant.token"
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("base", [0, 1, 7])
def test_columns_stand_in_the_order_of_their_places_whatever_the_first_is(base: int) -> None:
    metadata = {name: {**facts, "placeInOrder": facts["placeInOrder"] + base} for name, facts in META.items()}  # type: ignore[operator]  # an int, in a mixed dict
    _, page = submit(json_answer(body(metadata=metadata)))
    assert page.columns is not None
    assert [column.name for column in page.columns] == ["a", "b"]


def test_pages_are_asked_for_by_id_until_done() -> None:
    scene, transport = play(
        [
            json_answer(body(done=False, nextBatchId="b1", data=[["1", "1"]])),
            json_answer(body(done=False, nextBatchId="b2", data=[])),  # P15: an empty page is not the end
            json_answer(body(done=True, nextBatchId="b3", data=[["2", "2"]], metadata=...)),  # nor is an id the next
        ]
    )
    handle, first = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    second = scene.run(transport.next_page(handle, timeout=None, arrow=False))
    third = scene.run(transport.next_page(handle, timeout=None, arrow=False))
    assert [page.done for page in (first, second, third)] == [False, False, True]
    assert [label for label in scene.asked if label.startswith("GET")] == [
        "GET /api/v2/query/b1",
        "GET /api/v2/query/b2",
    ]
    assert (handle.query_id, handle.rows_seen, handle.finished) == ("q-1", 2, True)


@pytest.mark.fault("P12", "P14")
@pytest.mark.parametrize(
    ("batch_id", "segment"),
    [
        ("a/b?c#d e", "a%2Fb%3Fc%23d%20e"),
        ("%2e", "%252e"),
        ("MTAuMC4wLjE6NzQ4NA==_6f1d_1", "MTAuMC4wLjE6NzQ4NA%3D%3D_6f1d_1"),
        ("x" * 4096, "x" * 4096),
    ],
)
def test_an_id_travels_as_one_encoded_segment(batch_id: str, segment: str) -> None:
    scene, transport = play([json_answer(body(done=False, nextBatchId=batch_id)), json_answer(body())])
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    scene.run(transport.next_page(handle, timeout=None, arrow=False))
    assert scene.requests[-1].url == f"https://abc.c360a.salesforce.com/api/v2/query/{segment}"


@pytest.mark.parametrize("batch_id", [..., None, "", "  ", ".", "..", "a\nb", "a\x7f", "x" * 4097, 5])
def test_a_result_that_goes_on_without_a_usable_id_is_an_error(batch_id: object) -> None:
    with pytest.raises(InternalError):
        submit(json_answer(body(done=False, nextBatchId=batch_id)))


def test_an_id_that_repeats_itself_is_an_error() -> None:
    with pytest.raises(InternalError, match="just used"):
        second_page(body(done=False, nextBatchId="b1"), json_answer(body(done=False, nextBatchId="b1")))


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_lost_result_names_the_limits(status: int) -> None:
    with pytest.raises(ResultExpiredError, match=r"3 minutes.*1 hour") as caught:
        second_page(body(done=False, nextBatchId="b1"), json_answer({"message": "Not Found"}, status))
    assert caught.value.query_id == "q-1"


def test_a_lost_page_is_not_asked_for_again() -> None:
    with pytest.raises(ConnectionLostError):
        second_page(body(done=False, nextBatchId="b1"), ConnectionLostError("reset"))


def test_a_page_refused_for_now_is_asked_for_again() -> None:
    scene, transport = play(
        [
            json_answer(body(done=False, nextBatchId="b1")),
            Response(429, {"retry-after": "1"}),
            json_answer(body(data=[["y", "2"]])),
        ]
    )
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    assert cells(scene.run(transport.next_page(handle, timeout=None, arrow=False))) == [["y", "2"]]
    assert scene.sleeps == [1.0]


def test_a_page_is_not_asked_for_again_outside_its_window() -> None:
    scene, transport = play([json_answer(body(done=False, nextBatchId="b1")), Response(503)])
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    scene.clock += 175
    with pytest.raises(OperationalError):
        scene.run(transport.next_page(handle, timeout=None, arrow=False))
    assert scene.asked.count("GET /api/v2/query/b1") == 1


@pytest.mark.fault("S12", "S13", "S14", "S15", "S20")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer(body(data=...)), InternalError),
        (json_answer(body(done=...)), InternalError),
        (json_answer(body(metadata=...)), InternalError),
        (json_answer(body(done="yes")), InternalError),
        (json_answer(body(data=[{"a": 1}])), InternalError),
        (json_answer({"error": "Bad Request", "message": "no such table"}), DatabaseError),
        (Response(200, {}, b"<html>login</html>"), OperationalError),
        (Response(200, {}, b""), OperationalError),
        (Response(200, {}, b"null"), InternalError),
        (Response(200, {}, b"[]"), InternalError),
        (Response(200, {}, b'""'), InternalError),
        (Response(200, {}, b'{"data": "\xff"}'), OperationalError),
        (Response(200, {}, b'{"data": [], "data": [[1]], "done": true}'), InternalError),
        (Response(200, {}, b'{"data": [[' + b"9" * 5000 + b"]]}"), DatabaseError),
        (Response(200, {}, b"[" * 100_000), DatabaseError),
        (json_answer(body(metadata={"a": {"placeInOrder": 0}, "b": {"placeInOrder": 0}})), InternalError),
        (json_answer(body(metadata={"a": {"type": "VARCHAR"}})), InternalError),
        (json_answer(body(metadata=[1])), InternalError),
        (json_answer(body(rowCount=2)), InternalError),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_an_error(answer: Response, error: type[Error]) -> None:
    with pytest.raises(error):
        submit(answer)


def test_a_row_count_of_the_whole_result_is_accepted_when_it_comes_true() -> None:
    first = body(done=False, nextBatchId="b1", rowCount=2)
    assert second_page(first, json_answer(body(rowCount=2))).done
    with pytest.raises(ProtocolError, match="states 2 rows and sent 3"):
        second_page(first, json_answer(body(data=[["x", "1"], ["y", "1"]])))


def test_a_column_named_twice_is_kept_twice() -> None:
    raw = b'{"data":[[1,2]],"done":true,"metadata":{"x":{"placeInOrder":1},"x":{"placeInOrder":0}}}'
    _, page = submit(Response(200, {}, raw))
    assert page.columns is not None
    assert [column.name for column in page.columns] == ["x", "x"]


@pytest.mark.parametrize("metadata", [..., None, {}])
def test_no_rows_need_no_metadata(metadata: object) -> None:
    _, page = submit(json_answer(body(data=[], metadata=metadata)))
    assert (page.columns, page.rows, page.done) == (None, [], True)


def test_numbers_keep_every_digit() -> None:
    raw = (
        b'{"data":[["a",12345678901234567890.123456789012345678]],"done":true,"metadata":%s}'
        % json.dumps(META).encode()
    )
    _, page = submit(Response(200, {}, raw))
    assert cells(page) == [["a", Decimal("12345678901234567890.123456789012345678")]]


def test_a_refused_statement_is_a_programming_error_with_all_that_is_known() -> None:
    refusal = {
        "timestamp": "2026-01-05T09:10:11.123+0000",
        "error": "Bad Request",
        "message": 'table "nosuch__dlm" does not exist',
        "internalErrorCode": "COMMON_ERROR_GENERIC",
        "details": {"status": "INVALID_ARGUMENT", "statusCode": 400},
    }
    with pytest.raises(ProgrammingError, match="does not exist") as caught:
        submit(json_answer(refusal, 400, **{"x-trace-id": "abc"}))
    error = caught.value
    assert (error.http_status, error.code, error.trace_id) == (400, "COMMON_ERROR_GENERIC", "abc")
    assert error.request == "POST /api/v2/query"


class TestPageReplay:
    """`page_replay=True`: an unclear page is asked for once more. Source: faults rule 2, P3-P7."""

    FIRST = json_answer(body(done=False, nextBatchId="b1", data=[["1", "1"]]))
    LAST = json_answer(body(data=[["2", "2"]]))

    @staticmethod
    def second(*answers: Answer, replay: bool = True, waits: float = 0.0) -> tuple[Stage, Page]:
        """What comes of the second page, and where it was asked for; `waits` seconds after the first."""
        tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), None, TrustedHosts())
        scene = stage([LOGIN, tenant_login(), TestPageReplay.FIRST, *answers])
        transport = RestV2(tokens, replace(PARAMS, page_replay=replay))
        handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
        scene.clock += waits
        try:
            return scene, scene.run(transport.next_page(handle, timeout=None, arrow=False))
        except Error as error:
            asked = [label for label in scene.asked if label.startswith("GET")]
            error.args = (*error.args, asked)
            raise

    @pytest.mark.parametrize(
        "lost",
        [
            ConnectionLostError("reset"),
            Response(500),
            Response(502),
            Response(504),
            Response(200, {}, b'{"data": [["2", '),
            Response(200, {"content-type": "text/html"}, b"<html>"),
        ],
    )
    def test_the_same_page_comes_the_second_time(self, lost: Answer) -> None:
        scene, page = self.second(lost, self.LAST)
        assert (cells(page), page.done) == ([["2", "2"]], True)
        assert scene.asked[3:] == ["GET /api/v2/query/b1"] * 2

    @pytest.mark.parametrize("lost", [ConnectionLostError("reset"), Response(500)])
    def test_without_it_a_page_is_asked_for_once(self, lost: Answer) -> None:
        with pytest.raises(OperationalError) as caught:
            self.second(lost, replay=False)
        assert caught.value.args[-1] == ["GET /api/v2/query/b1"]

    @pytest.mark.parametrize(
        "again",
        [
            json_answer({"message": "already used"}, status=404),
            json_answer({"message": "already used"}, status=400),
            json_answer({"message": "gone"}, status=410),
            json_answer(body(data=[])),
            json_answer(body(data=[], rowCount=...)),
            json_answer(body(data=..., arrowStream=None, rowCount=0)),
        ],
    )
    def test_what_does_not_come_again_is_lost_and_never_the_end(self, again: Answer) -> None:
        with pytest.raises(OperationalError, match="A page of the result is lost") as caught:
            self.second(ConnectionLostError("reset"), again)
        assert caught.value.query_id == "q-1"
        assert not isinstance(caught.value, ResultExpiredError)
        assert caught.value.args[-1] == ["GET /api/v2/query/b1"] * 2

    def test_it_is_asked_for_twice_and_no_more(self) -> None:
        with pytest.raises(ConnectionLostError) as caught:
            self.second(ConnectionLostError("reset"), ConnectionLostError("reset again"))
        assert caught.value.args[-1] == ["GET /api/v2/query/b1"] * 2

    @pytest.mark.parametrize("refused", [Response(400), Response(403), Response(404)])
    def test_a_refusal_is_clear(self, refused: Answer) -> None:
        with pytest.raises(DatabaseError) as caught:
            self.second(refused)
        assert caught.value.args[-1] == ["GET /api/v2/query/b1"]

    def test_outside_the_window_it_is_not_asked_for_again(self) -> None:
        """Three minutes since the page before, less a margin of ten seconds."""
        with pytest.raises(ConnectionLostError) as caught:
            self.second(ConnectionLostError("reset"), waits=170.0)
        assert caught.value.args[-1] == ["GET /api/v2/query/b1"]
