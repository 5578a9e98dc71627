"""Faults on purpose, over HTTP in process and on a socket, and over gRPC; none of our driver is involved.

Source: wire spec, status-codes §2-3 and §6; faults, rule 2 (what a service has acted on, and what not); query §4.1.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from datacloud_emulator import Clock, Emulator, Fault
from datacloud_emulator.app import App
from datacloud_emulator.doors.certificates import Certificates
from datacloud_emulator.doors.http import HttpDoor
from datacloud_emulator.doors.inprocess import AsyncInProcessTransport
from datacloud_emulator.engine import hyper_service_pb2 as pb
from datacloud_emulator.faults import CALLS, REQUESTS, REQUESTS_WITH_ID, Faults
from datacloud_emulator.routes import ROUTES
from datacloud_emulator.store import Store

from .client import ORIGIN, START, Face
from .test_grpc_door import Hyper, failure, token

OpenFace = Callable[..., Face]
THREE = "SELECT ssot__Id__c FROM ssot__SalesOrder__dlm ORDER BY 1"
PLAIN = {"Accept-Encoding": "identity"}
SOCKET = pytest.param("socket", marks=pytest.mark.sockets)


@pytest.fixture
def socket_door() -> Iterator[HttpDoor]:
    door = HttpDoor(0)
    yield door
    door.close()


@pytest.fixture(scope="module", params=["in process", SOCKET])
def opened(request: pytest.FixtureRequest, store: Store) -> Iterator[Face]:
    """An org that answers one row at a time, behind either door."""
    face = Face(store, page_rows=1)
    if request.param == "in process":
        yield face
        return
    door = HttpDoor(0)
    door.open(face.app)
    with httpx.Client(base_url=door.origin) as face.http:
        yield face
    door.close()


@pytest.fixture
def face(opened: Face) -> Face:
    """The same for one test: its client has its tokens, and nothing was asked yet."""
    opened.forget()
    opened.token()
    opened.core_token()
    opened.app.requests.clear()
    return opened


def timeless(answer: httpx.Response) -> Any:
    body = answer.json()
    if isinstance(body, dict):
        body.pop("timestamp", None)
    return body


def test_every_operation_can_be_struck() -> None:
    operations = {rule.endpoint.operation: rule.rule for rule in ROUTES.iter_rules()}
    assert set(operations) == REQUESTS
    assert {name for name, path in operations.items() if "_id>" in path} - {"identity"} == REQUESTS_WITH_ID


TENANT_401 = {
    "error": "Unauthorized",
    "message": "Authorization header verification failed",
    "internalErrorCode": "COMMON_ERROR_GENERIC",
    "details": {"status": "UNAUTHENTICATED: Invalid JWT (not before or expired)", "statusCode": 401},
}
TENANT_500 = {
    "error": "Internal Server Error",
    "message": "Internal Server Error",
    "internalErrorCode": "COMMON_ERROR_GENERIC",
    "details": {"status": "Internal Server Error", "statusCode": 500},
}


@pytest.mark.parametrize(
    ("operation", "status", "body"),
    [
        ("query", 401, TENANT_401),
        ("query", 500, TENANT_500),
        ("query", 429, {"error": "Too many requests", "message": "Too many requests"}),
        ("query", 404, {"error": "Not Found", "message": "Not Found"}),
        ("query-sql", 401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]),
        ("token", 400, {"error": "invalid_grant", "error_description": "authentication failure"}),
    ],
)
def test_a_status_comes_with_the_documented_body(face: Face, operation: str, status: int, body: object) -> None:
    face.faults.add(Fault(operation, status=status))
    ask = {"query": lambda: face.query(THREE), "token": face.login}
    answer = ask.get(operation, lambda: face.connect(json={"sql": THREE}))()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert timeless(answer) == body


def test_a_status_of_v3_has_its_own_body(face: Face) -> None:
    face.faults.add(Fault("v3-query", status=400))
    body = timeless(face.v3(json={"sql": THREE}))
    assert list(body) == ["error", "message", "path", "tenantId", "internalErrorCode", "details"]
    assert (body["error"], body["path"]) == ("Bad Request", "/api/v3/query")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (502, "text/plain", "upstream connect error or disconnect/reset before headers"),
        (503, "text/plain", "no healthy upstream"),
        (504, "text/html; charset=UTF-8", "<h1>504 Gateway Timeout</h1>"),
        (520, "text/plain", "error 520"),
        (307, "text/plain; charset=utf-8", ""),
    ],
)
def test_a_proxy_answers_in_text(face: Face, status: int, kind: str, words: str) -> None:
    face.faults.add(Fault("query", status=status))
    answer = face.query(THREE)
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    assert words in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "sent"),
    [
        ("<html>", "text/html; charset=UTF-8", b"<html>"),
        ("null", "application/json", b"null"),
        ("", "application/json", b""),
        ('{"data":[[1', "application/json", b'{"data":[[1'),
        (b'{"a":"\xff"}', "application/json", b'{"a":"\xff"}'),
        ({"error": "odd"}, "application/json", b'{"error":"odd"}'),
        ([], "application/json", b"[]"),
    ],
)
def test_a_status_comes_with_the_body_asked_for(face: Face, body: Any, kind: str, sent: bytes) -> None:
    face.faults.add(Fault("query", status=200, body=body, headers={"Retry-After": "2"}))
    answer = face.query(THREE)
    assert (answer.content, answer.headers["content-type"], answer.headers["retry-after"]) == (sent, kind, "2")


def test_an_encoded_body_stays_as_it_is(face: Face) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(b" " * 1_000_000) + packer.flush()
    face.faults.add(Fault("query", status=200, body=packed, headers={"Content-Encoding": "gzip"}))
    assert face.query(THREE).content == b" " * 1_000_000


RESET, SHORT = httpx.ReadError, httpx.RemoteProtocolError
EXPIRED_ID, DEAD_TOKEN = Fault("batch", expire_id=True), Fault("batch", expire_token=True)


@pytest.mark.parametrize(
    ("fault", "seen", "recorded", "next_time"),
    [
        # The id is honoured once: a request that the service acted on has used it.
        (Fault("batch", status=503), 503, 503, 200),
        (Fault("batch", status=200, body="null"), 200, 200, 200),
        (Fault("batch", reset="before"), RESET, 0, 200),
        (Fault("batch", reset="after"), RESET, 200, 404),
        (Fault("batch", reset="within"), RESET, 200, 404),
        (Fault("batch", reset="within", keep=9), RESET, 200, 404),
        (Fault("batch", reset="within", keep=10**6), RESET, 200, 404),
        (Fault("batch", wrong_length=True), SHORT, 200, 404),
        (Fault("batch", cut=True, keep=9), 200, 200, 404),
        (Fault("batch", change=lambda body: body), 200, 200, 404),
        (Fault("batch", headers={"x-ratelimit-remaining": "0"}), 200, 200, 404),
        (Fault("batch", drip=0.0), 200, 200, 404),
        (Fault("batch", delay=0.01), 200, 200, 404),
        (Fault("batch", delay=0.01, status=429), 429, 429, 200),
        (Fault("batch", delay=0.01, reset="before"), RESET, 0, 200),
        (EXPIRED_ID, 404, 404, 404),
        (DEAD_TOKEN, 401, 401, 401),
    ],
    ids=str,
)
def test_what_is_seen_and_whether_it_was_carried_out(
    face: Face, fault: Fault, seen: int | type[Exception], recorded: int, next_time: int
) -> None:
    page = face.query(THREE).json()["nextBatchId"]
    face.faults.add(fault)
    if isinstance(seen, int):
        assert face.batch(page).status_code == seen
    else:
        with pytest.raises(seen):
            face.batch(page)
    assert face.faults.struck == (("batch", fault),)
    assert face.faults.pending == ()
    record = face.app.requests[-1]
    assert (record.operation, record.status) == ("batch", recorded)
    assert face.batch(page).status_code == next_time
    assert [record.operation for record in face.app.requests] == ["query", "batch", "batch"]


def test_a_page_outlives_a_token_that_died(face: Face) -> None:
    page = face.query(THREE).json()["nextBatchId"]
    face.faults.add(DEAD_TOKEN)
    assert face.batch(page).status_code == 401
    headers = {"Authorization": f"Bearer {face.exchange(face.org_token()).json()['access_token']}"}
    assert face.http.get(f"/api/v2/query/{page}", headers=headers).json()["data"] == [["O-2"]]


def test_an_expired_org_token_and_refresh_token_are_refused_where_they_are_shown(face: Face) -> None:
    for operation in ("exchange", "query-sql", "token"):
        face.faults.add(Fault(operation, expire_token=True))
    spent = face.org_token()  # which shows no token, and so is struck in vain
    assert face.exchange(spent).headers["content-type"] == "text/html; charset=UTF-8"
    assert face.connect(json={"sql": THREE}).status_code == 401
    assert len(face.faults.struck) == 3


@pytest.mark.parametrize("api", ["v3", "query-sql"])
def test_an_expired_result_is_gone(face: Face, api: str) -> None:
    if api == "v3":
        query_id = json.loads(face.v3(json={"sql": THREE}).headers["x-hyperdb-status"])["queryId"]

        def rows() -> httpx.Response:
            return face.v3("GET", f"/{query_id}/rows", params={"offset": 0})
    else:
        query_id = face.connect(json={"sql": THREE}).json()["status"]["queryId"]

        def rows() -> httpx.Response:
            return face.connect("GET", f"/ssot/query-sql/{query_id}/rows", params={"offset": 0})

    assert rows().status_code == 200
    face.faults.add(Fault(f"{api}-rows", expire_id=True))
    assert [rows().status_code, rows().status_code] == [404, 404]


@pytest.mark.parametrize("accepts", ["identity", "gzip"])
@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (Fault("query", reset="within", keep=20), RESET),
        (Fault("query", cut=True, keep=20), None),
        (Fault("query", status=200, body=b" " * 99, reset="within", keep=20), RESET),
        (Fault("query", drip=0.0, reset="within", keep=20), RESET),
    ],
    ids=str,
)
def test_so_much_of_the_body_arrives(face: Face, fault: Fault, end: type[Exception] | None, accepts: str) -> None:
    face.faults.add(fault)
    got, ended = b"", None
    headers = {"Authorization": f"Bearer {face.token()}", "Accept-Encoding": accepts}
    with face.http.stream("POST", "/api/v2/query", json={"sql": THREE}, headers=headers) as answer:
        assert answer.status_code == 200
        try:
            for piece in answer.iter_raw():
                got += piece
        except httpx.HTTPError as error:
            ended = type(error)
    assert (len(got), ended) == (20, end)
    if end is None:  # nothing but the connection's end told of it
        assert not {"content-length", "transfer-encoding"} & set(answer.headers)
    if accepts == "gzip":
        unpacker = zlib.decompressobj(wbits=31)
        unpacker.decompress(got)
        assert not unpacker.eof


def test_a_wrong_length_states_more_than_is_sent(face: Face) -> None:
    face.faults.add(Fault("query", status=200, body="[]", wrong_length=True))
    headers = {"Authorization": f"Bearer {face.token()}", **PLAIN}
    with face.http.stream("POST", "/api/v2/query", json={"sql": THREE}, headers=headers) as answer:
        assert int(answer.headers["content-length"]) > 2
        with pytest.raises(SHORT, match="received 2 bytes"):
            answer.read()


def test_a_change_gets_the_answer_with_all_its_digits(face: Face) -> None:
    seen: list[Any] = []

    def without_done(body: dict[str, Any]) -> dict[str, Any]:
        seen.append(body)
        return {
            **{key: value for key, value in body.items() if key != "done"},
            "sum": Decimal("0.10000000000000000001"),
        }

    face.faults.add(
        Fault("query", change=without_done),
        Fault("query", change=lambda body: '{"a":1,"a":2}'),
        Fault("query", change=lambda body: b"\xff"),
    )
    answer = face.query("SELECT SUM(ssot__GrandTotalAmount__c) AS s FROM ssot__SalesOrder__dlm")
    assert seen[0]["data"] == [[Decimal("16.75")]]
    assert isinstance(seen[0]["data"][0][0], Decimal)
    assert '"sum":0.10000000000000000001' in answer.text
    assert "done" not in answer.json()
    assert [face.query(THREE).content for _ in range(2)] == [b'{"a":1,"a":2}', b"\xff"]


def test_a_change_that_fails_is_logged(face: Face, caplog: pytest.LogCaptureFixture) -> None:
    face.faults.add(Fault("query", change=lambda body: body["no such key"]))
    with caplog.at_level(logging.CRITICAL, logger="datacloud_emulator.api.struck"):
        assert face.query(THREE).status_code == 500
    face.faults.add(Fault("query", status=503))
    assert face.query(THREE).status_code == 503


def test_which_requests_are_struck(face: Face) -> None:
    face.faults.add(Fault("query", after=1, times=2, status=503), Fault("query", after=2, status=429))
    assert [face.query(THREE).status_code for _ in range(5)] == [200, 503, 503, 429, 200]
    always = Fault(status=500, times=None)
    face.faults.add(Fault("batch", status=504), always)
    assert [face.query(THREE).status_code, face.batch("x").status_code, face.batch("x").status_code] == [500, 504, 500]
    assert face.http.get("/nowhere").status_code == 500
    assert face.faults.pending == (always,)
    assert [operation for operation, _ in face.faults.struck][-4:] == ["query", "batch", "batch", ""]
    face.faults.clear()
    left: list[object] = [*face.faults.pending, *face.faults.struck]
    assert left == []
    assert face.query(THREE).status_code == 200


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ("there is no operation 'quarry'; do you mean 'query'", {"on": "quarry", "status": 503}),
        ("there is no operation 'ExecuteQuerry'; do you mean 'ExecuteQuery'", {"on": "ExecuteQuerry", "delay": 1}),
        ("must say what is to go wrong", {"on": "query"}),
        ("after must not be negative", {"status": 503, "after": -1}),
        ("times must be at least 1", {"status": 503, "times": 0}),
        ("must not be negative", {"delay": -1.0}),
        ("before, after or within", {"reset": "between"}),
        ("from 200 to 599", {"status": 101}),
        ("body needs a status", {"body": "x"}),
        ("exclude each other", {"status": 503, "expire_token": True}),
        ("ends early in one way", {"cut": True, "wrong_length": True}),
        ("leaves no answer", {"reset": "after", "headers": {"a": "b"}}),
        ("leaves no answer", {"reset": "before", "status": 503}),
        ("keep what", {"delay": 1, "keep": 5}),
        ("no status of a failed gRPC call", {"grpc": "GONE"}),
        ("no status of a failed gRPC call", {"grpc": "OK"}),
        ("goes with delay and keep", {"grpc": "UNAVAILABLE", "reset": "before"}),
        ("ExecuteQuery is a gRPC call", {"on": "ExecuteQuery", "status": 503}),
        ("query is not a gRPC call", {"on": "query", "grpc": "UNAVAILABLE"}),
        ("has no id in its path", {"on": "query", "expire_id": True}),
    ],
)
def test_a_fault_that_cannot_be_is_refused(words: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=words):
        Fault(**settings)


def test_in_process_time_passes_on_the_clock(open_face: OpenFace) -> None:
    face = open_face()
    bearer = face.token()
    began = face.clock.monotonic()
    face.faults.add(
        Fault("query", delay=90.0),
        Fault("query", status=200, body="[1, 2]", drip=2.0),
        Fault("query", delay=3600.0),
        Fault("query", status=200, body="[]", drip=3600.0),
    )
    face.http.timeout = httpx.Timeout(120.0)
    headers = {"Authorization": f"Bearer {bearer}", **PLAIN}
    assert face.http.post("/api/v2/query", json={"sql": THREE}, headers=headers).status_code == 200
    assert face.clock.monotonic() - began == 90.0
    assert face.http.post("/api/v2/query", json={"sql": THREE}, headers=headers).json() == [1, 2]
    assert face.clock.monotonic() - began == 102.0
    for waited in (222.0, 342.0):  # no longer than the client has patience
        with pytest.raises(httpx.ReadTimeout):
            face.http.post("/api/v2/query", json={"sql": THREE}, headers=headers)
        assert face.clock.monotonic() - began == waited
    assert face.app.requests[-2].status == 200  # it was carried out all the same


def test_in_process_faults_reach_an_async_client(open_face: OpenFace) -> None:
    face = open_face()
    headers = {"Authorization": f"Bearer {face.token()}", **PLAIN}
    face.faults.add(
        Fault("query", reset="after"),
        Fault("query", reset="within", keep=3),
        Fault("query", status=200, body="[]", drip=1.0),
    )

    async def ask() -> None:
        transport = AsyncInProcessTransport(face.app, ORIGIN)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            for _ in range(2):
                with pytest.raises(RESET):
                    await http.post("/api/v2/query", json={"sql": THREE}, headers=headers)
            assert (await http.post("/api/v2/query", json={"sql": THREE}, headers=headers)).json() == []

    before = face.clock.monotonic()
    asyncio.run(ask())
    assert face.clock.monotonic() - before == 2.0


@pytest.mark.sockets
def test_on_a_socket_an_answer_is_late_in_truth(open_face: OpenFace, socket_door: HttpDoor) -> None:
    face = open_face()
    headers = {"Authorization": f"Bearer {face.token()}"}
    socket_door.open(face.app)
    face.faults.add(Fault("query", delay=3600.0), Fault("query", drip=3600.0))
    began = face.clock.monotonic()
    with httpx.Client(base_url=socket_door.origin, timeout=httpx.Timeout(5.0, read=1.0)) as http:
        with pytest.raises(httpx.ReadTimeout):
            http.post("/api/v2/query", json={"sql": THREE}, headers=headers)
        assert face.clock.monotonic() - began == 3600.0  # a clock that stands goes with it
        with http.stream("POST", "/api/v2/query", json={"sql": THREE}, headers=headers) as answer:
            assert answer.status_code == 200
            with pytest.raises(httpx.ReadTimeout):
                answer.read()


@pytest.mark.sockets
def test_a_door_that_closes_lets_nobody_wait(open_face: OpenFace, socket_door: HttpDoor) -> None:
    face = open_face()
    arrived = threading.Event()
    faults = Faults([Fault("token", delay=3600.0)])
    app = App(face.org, faults)
    clock = face.org.clock
    clock.advance = lambda seconds: arrived.set()  # type: ignore[method-assign]  # tells when the wait begins
    socket_door.open(app)
    ended: list[Exception] = []

    def ask() -> None:
        try:
            httpx.post(f"{socket_door.origin}/services/oauth2/token", data=face.login_form(), timeout=60)
        except httpx.HTTPError as error:
            ended.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert arrived.wait(30)
    socket_door.close()
    asking.join()
    assert isinstance(ended[0], RESET)


@pytest.mark.sockets
@pytest.mark.parametrize(
    "fault",
    [
        Fault("token", reset="before"),
        Fault("token", reset="after"),
        Fault("token", reset="within", keep=5),
        Fault("token", wrong_length=True),
    ],
    ids=str,
)
def test_lines_break_below_tls_as_well(open_face: OpenFace, fault: Fault) -> None:
    face = open_face()
    certificates = Certificates("127.0.0.1")
    door = HttpDoor(0, certificates)
    try:
        door.open(face.app)
        trust = ssl.create_default_context(cafile=str(certificates.ca_file))
        with httpx.Client(base_url=door.origin, verify=trust) as http:
            face.faults.add(fault)
            with pytest.raises((RESET, SHORT)):  # ssl may take a reset for an end
                http.post("/services/oauth2/token", data=face.login_form())
            assert http.post("/services/oauth2/token", data=face.login_form()).status_code == 200
    finally:
        door.close()
        certificates.close()


@pytest.fixture(scope="module")
def emulator(data_folder: Path) -> Iterator[Emulator]:
    with Emulator(data_folder, clock=Clock(at=START), faults=[Fault("token", status=503)]) as running:
        with httpx.Client(transport=running.http_transport, base_url=running.login_url) as http:
            assert http.post("/services/oauth2/token").status_code == 503
        yield running


@pytest.fixture
def hyper(emulator: Emulator) -> Iterator[Hyper]:
    emulator.faults.clear()
    with Hyper(emulator.hyper_address, token(emulator)) as opened:
        yield opened


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("fault", "messages", "code"),
    [
        (Fault("ExecuteQuery", grpc="UNAVAILABLE"), 0, grpc.StatusCode.UNAVAILABLE),
        (Fault("ExecuteQuery", grpc="CANCELLED", keep=2), 2, grpc.StatusCode.CANCELLED),
        (Fault(grpc="RESOURCE_EXHAUSTED", keep=99), None, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (Fault("ExecuteQuery", reset="before"), 0, grpc.StatusCode.UNAVAILABLE),
        (Fault("ExecuteQuery", reset="after"), 0, grpc.StatusCode.UNAVAILABLE),
        (Fault("ExecuteQuery", reset="within", keep=1), 1, grpc.StatusCode.UNAVAILABLE),
        (Fault("ExecuteQuery", delay=0.001), None, grpc.StatusCode.OK),
        (Fault("ExecuteQuery", expire_token=True), 0, grpc.StatusCode.UNAUTHENTICATED),
    ],
    ids=str,
)
def test_so_many_messages_arrive(
    emulator: Emulator, hyper: Hyper, fault: Fault, messages: int | None, code: grpc.StatusCode
) -> None:
    param = pb.QueryParam(sql="SELECT 1", transfer_mode=pb.SYNC, output_format=pb.JSON_ARRAY)
    whole = len(list(hyper.call("ExecuteQuery", param)))
    emulator.faults.add(fault)
    got: list[bytes] = []
    call = hyper.call("ExecuteQuery", param)
    with suppress(grpc.RpcError):
        got.extend(call)  # what came before a failure stays
    assert (len(got), call.code()) == (whole if messages is None else messages, code)
    assert emulator.faults.struck == (("ExecuteQuery", fault),)


@pytest.mark.sockets
@pytest.mark.parametrize(("reset", "acted"), [("before", False), ("after", True)])
def test_whether_a_lost_call_was_carried_out(emulator: Emulator, hyper: Hyper, reset: Any, acted: bool) -> None:
    running = hyper.submit("SELECT pg_sleep(60)")
    emulator.faults.add(Fault("CancelQuery", reset=reset))
    param = pb.CancelQueryParam(query_id=running)
    assert failure(lambda: list(hyper.follow("CancelQuery", param, running)))[0] is grpc.StatusCode.UNAVAILABLE
    info = pb.QueryInfoParam(query_id=running, streaming=acted)
    if acted:
        assert failure(lambda: list(hyper.follow("GetQueryInfo", info, running)))[1].sqlstate == "57014"  # cancelled
    else:
        (answer,) = hyper.follow("GetQueryInfo", info, running)
        status = pb.QueryInfo.FromString(answer).query_status
        assert status.completion_status == pb.QueryStatus.RUNNING_OR_UNSPECIFIED
        list(hyper.follow("CancelQuery", param, running))


@pytest.mark.sockets
@pytest.mark.parametrize("method", sorted(CALLS))
def test_every_call_can_be_struck(emulator: Emulator, hyper: Hyper, method: str) -> None:
    emulator.faults.add(Fault(method, grpc="ABORTED"))
    assert failure(lambda: list(hyper.call(method, b"")))[0] is grpc.StatusCode.ABORTED
    assert emulator.requests[-1].operation == method


@pytest.mark.sockets
def test_the_token_is_dead_for_good(emulator: Emulator, hyper: Hyper) -> None:
    emulator.faults.add(Fault("ExecuteQuery", expire_token=True))
    for _ in range(2):
        assert hyper.fails("SELECT 1")[0] is grpc.StatusCode.UNAUTHENTICATED
    hyper.token = token(emulator)
    assert hyper.rows("SELECT 1") == [[1]]


@pytest.mark.sockets
def test_a_late_call_ends_with_its_caller(emulator: Emulator, hyper: Hyper) -> None:
    emulator.faults.add(Fault("ExecuteQuery", delay=3600.0))
    before = emulator.clock.monotonic()
    call = hyper.call("ExecuteQuery", pb.QueryParam(sql="SELECT 1"), timeout=0.2)
    assert failure(lambda: list(call))[0] is grpc.StatusCode.DEADLINE_EXCEEDED
    assert emulator.clock.monotonic() - before == 3600.0


@pytest.mark.sockets
def test_what_is_of_http_strikes_no_call(emulator: Emulator, hyper: Hyper) -> None:
    fault = Fault(status=503)
    emulator.faults.add(fault)
    assert hyper.rows("SELECT 1") == [[1]]
    assert emulator.faults.pending == (fault,)
