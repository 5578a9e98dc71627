"""The blocking runner over real sockets, and reading ahead. Source: wire spec, faults C1–C7, S1, S2, S16–S19; L10."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import trustme

from datacloud_dbapi.errors import (
    ConnectionLostError,
    Error,
    InterfaceError,
    OperationalError,
    QueryTimeoutError,
    ServerUnreachableError,
    UntrustedServerError,
)
from datacloud_dbapi.flow.body import Body
from datacloud_dbapi.flow.effects import Acquire, Flow, Request, Response, lock, now, send, sleep
from datacloud_dbapi.flow.http import Sockets
from datacloud_dbapi.flow.slots import Slots
from datacloud_dbapi.flow.sync import PagesAhead, Runner
from datacloud_dbapi.page import Page
from datacloud_dbapi.params import ConnectParams

Behave = Callable[[socket.socket], None]


def params(**given: object) -> ConnectParams:
    return ConnectParams.resolve(
        None, {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b", **given}, {}
    )


def run(request: Request, **given: object) -> Response:
    chosen = params(**given)
    runner = Runner(chosen)
    try:
        return runner.run(send(request))
    finally:
        runner.close()


@contextmanager
def server(behave: Behave, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """Serves connections one after another; gives its port and what each client sent first."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def loop() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                with plain:
                    try:
                        client = context.wrap_socket(plain, server_side=True) if context else plain
                        with client:
                            seen.append(client.recv(65536))
                            behave(client)
                    except OSError:
                        continue

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield listening.getsockname()[1], seen
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def answer(head: str, body: bytes = b"") -> Behave:
    raw = head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body
    return lambda client: client.sendall(raw)


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def silence(client: socket.socket) -> None:
    client.recv(1)


def drip(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        client.sendall(b"x")
        time.sleep(0.02)


CUT_GZIP = gzip.compress(b"x" * 10_000)[:20]
BOMB = gzip.compress(b"\0" * 5_000_000)


@pytest.mark.fault("S1", "S2", "S17", "S18", "S19", sockets=True)
@pytest.mark.sockets
@pytest.mark.parametrize(
    ("behave", "given", "read_timeout", "error"),
    [
        (reset, {}, 5.0, ConnectionLostError),
        (lambda client: None, {}, 5.0, ConnectionLostError),
        (silence, {}, 0.2, ConnectionLostError),
        (answer("HTTP/1.1 200 OK\nContent-Length: 10", b"short"), {}, 5.0, ConnectionLostError),
        (answer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"5\r\nhel"), {}, 5.0, ConnectionLostError),
        (answer("not http at all"), {}, 5.0, ConnectionLostError),
        (
            answer("HTTP/1.1 200 OK\nContent-Encoding: gzip\nConnection: close", b"no gzip"),
            {},
            5.0,
            ConnectionLostError,
        ),
        (answer("HTTP/1.1 200 OK\nContent-Encoding: gzip\nConnection: close", CUT_GZIP), {}, 5.0, OperationalError),
        (
            answer(f"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {len(BOMB)}", BOMB),
            {"max_response_bytes": 1_000_000},
            5.0,
            OperationalError,
        ),
    ],
)
def test_an_answer_that_does_not_come_whole(
    behave: Behave, given: dict[str, object], read_timeout: float, error: type[Error]
) -> None:
    with server(behave) as (port, seen):
        request = Request(
            "POST", f"http://127.0.0.1:{port}/x?secret=1", {"Authorization": "Bearer hush"}, b"", read_timeout
        )
        with pytest.raises(error) as caught:
            run(request, **given)
        assert len(seen) == 1
    link: BaseException | None = caught.value
    while link is not None:  # K3: nothing that hangs from the error knows the token
        assert "hush" not in repr(vars(link))
        assert "secret" not in str(link)
        link = link.__cause__ or link.__context__


@pytest.mark.sockets
def test_a_deadline_ends_an_answer_that_keeps_dripping() -> None:
    with server(drip) as (port, _), pytest.raises(QueryTimeoutError):
        run(Request("GET", f"http://127.0.0.1:{port}/", deadline=time.monotonic() + 0.3))


@pytest.mark.sockets
def test_redirects_are_not_followed() -> None:
    with server(lambda client: None) as (other, visited):
        head = f"HTTP/1.1 307 Moved\nLocation: http://127.0.0.1:{other}/\nContent-Length: 0"
        with server(answer(head)) as (port, _):
            assert run(Request("GET", f"http://127.0.0.1:{port}/")).status == 307
        assert visited == []


def test_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ServerUnreachableError):
            run(Request("GET", f"http://127.0.0.1:{taken.getsockname()[1]}/"))


@pytest.mark.fault("C5", sockets=True)
@pytest.mark.sockets
def test_a_certificate_that_proves_nothing_ends_it_before_any_request() -> None:
    theirs, ours = trustme.CA(), trustme.CA()
    with ours.cert_pem.tempfile() as trusted:
        for authority, name in ((theirs, "127.0.0.1"), (ours, "elsewhere.example")):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(name).configure_cert(context)
            with (
                server(answer("HTTP/1.1 200 OK\nContent-Length: 0"), context) as (port, seen),
                pytest.raises(UntrustedServerError),
            ):
                run(Request("GET", f"https://127.0.0.1:{port}/"), ca_bundle=trusted)
            assert seen == []


@pytest.mark.sockets
def test_a_request_is_logged_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with server(answer("HTTP/1.1 200 OK\nContent-Length: 2", b"ok")) as (port, seen):
        run(Request("POST", f"http://127.0.0.1:{port}/a/b", {"Authorization": "Bearer hush"}, b"client_secret=hush"))
    ours = [record.getMessage() for record in caplog.records if record.name == "datacloud.request"]
    assert len(ours) == 1
    assert b"accept-encoding: gzip\r\n" in seen[0].lower()
    assert ours[0].startswith("POST /a/b → 200, ")
    assert "hush" not in caplog.text


@pytest.mark.parametrize("pieces", [1, 7, 100_000])
def test_gzip_is_unpacked_however_it_is_cut_up_and_in_several_streams(pieces: int) -> None:
    packed = gzip.compress(b"one, ") + gzip.compress(b"two")
    body = Body("gzip", 8, "GET /")
    for start in range(0, len(packed), pieces):
        body.feed(packed[start : start + pieces])
    assert body.whole() == b"one, two"


@pytest.mark.fault("S18")
@pytest.mark.parametrize("cut", range(1, len(gzip.compress(b"hello"))))
def test_gzip_that_was_cut_is_never_whole(cut: int) -> None:
    body = Body("gzip", 100, "GET /")
    body.feed(gzip.compress(b"hello")[:cut])
    with pytest.raises(ConnectionLostError):
        body.whole()


def test_a_body_may_fill_its_limit_and_no_more() -> None:
    for encoding, packed in (("", b"12345678"), ("gzip", gzip.compress(b"12345678"))):
        exact = Body(encoding, 8, "GET /")
        exact.feed(packed)
        assert exact.whole() == b"12345678"
        with pytest.raises(OperationalError, match="max_response_bytes"):
            Body(encoding, 7, "GET /").feed(packed)


def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(OperationalError, match="br"):
        Body("br", 8, "GET /")


def test_an_unreadable_ca_bundle_is_a_wrong_argument() -> None:
    with pytest.raises(InterfaceError, match="ca_bundle"):
        Runner(params(ca_bundle="/nowhere.pem"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_transport_of_the_users_own_may_answer_with_a_whole_body(packed: bool) -> None:
    headers = {"content-encoding": "gzip"} if packed else {}
    content = gzip.compress(b"hello") if packed else b"hello"
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=content))
    assert run(Request("GET", "https://a.example/"), http_transport=transport).body == b"hello"


class Closes(httpx.BaseTransport):
    """Its connection is closed while it answers; says whether the client was left to the request under way."""

    def __init__(self) -> None:
        self.runner: Runner | None = None
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert self.runner is not None
        self.runner.close()
        assert self.closed == 0
        return httpx.Response(200, content=b"late")

    def close(self) -> None:
        self.closed += 1


def test_the_last_request_under_way_closes_the_client() -> None:
    """A socket closed under a thread that is about to wait on it could leave it waiting for the whole read timeout."""
    door = Closes()
    door.runner = Runner(params(http_transport=door))
    assert door.runner.run(send(Request("GET", "https://a.example/"))).body == b"late"
    assert door.closed == 1


def test_a_connection_that_is_made_after_the_end_ends_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sockets = Sockets()
        sockets.shut_down()
        sockets.saw("connection.connect_tcp.complete", {"return_value": stream_of(ours)})
        assert theirs.recv(1) == b""


def stream_of(held: socket.socket) -> Any:
    """What httpx's trace hook is given, as far as it is read."""

    class Stream:
        def get_extra_info(self, name: str) -> object:
            return held if name == "socket" else None

    return Stream()


class TestRunner:
    def test_time_and_locks_are_answers(self) -> None:
        clock = iter([1.0, 4.0])
        slept: list[float] = []
        slots = Slots()

        def flow() -> Flow[tuple[float, float, bool]]:
            first = yield from now()
            release = yield from lock(slots)
            held = bool(slots.taken)
            release()
            yield from sleep(2.5)
            return first, (yield from now()), held

        chosen = params()
        runner = Runner(chosen, clock=lambda: next(clock), pause=slept.append)
        assert runner.run(flow()) == (1.0, 4.0, True)
        assert (slept, bool(slots.taken)) == ([2.5], False)
        runner.close()

    def test_ctrl_c_reaches_the_flow_so_that_it_lets_go(self) -> None:
        slots = Slots()

        def flow() -> Flow[None]:
            release = yield from lock(slots)
            try:
                yield from sleep(1)
            finally:
                release()

        def interrupt(_: float) -> None:
            raise KeyboardInterrupt

        chosen = params()
        runner = Runner(chosen, pause=interrupt)
        with pytest.raises(KeyboardInterrupt):
            runner.run(flow())
        assert not slots.taken
        runner.close()

    def test_what_is_no_effect_is_refused(self) -> None:
        def flow() -> Flow[None]:
            yield Acquire  # type: ignore[misc]  # that is the mistake

        chosen = params()
        runner = Runner(chosen)
        with pytest.raises(TypeError):
            runner.run(flow())
        runner.close()


class Pages:
    """A result of `count` pages that notes when each is asked for."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self.count = count
        self.failure = failure
        self.asked = 0
        self.arrived = threading.Condition()

    def __call__(self) -> Flow[Page]:
        yield from now()
        with self.arrived:
            self.asked += 1
            self.arrived.notify_all()
        if self.asked > self.count:
            raise self.failure or AssertionError("asked beyond the end")
        return Page(None, [[self.asked]], done=self.failure is None and self.asked == self.count)

    def wait_for(self, asked: int) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: self.asked >= asked, timeout=10)


@pytest.fixture
def runner() -> Iterator[Runner]:
    chosen = params()
    made = Runner(chosen)
    yield made
    made.close()


@pytest.mark.parametrize("depth", [0, 1, 3, 99])
def test_pages_come_in_order_and_none_beyond_the_end(runner: Runner, depth: int) -> None:
    pages = Pages(7)
    ahead = PagesAhead(runner, pages, depth)
    got = [ahead.get() for _ in range(7)]
    assert [page.rows for page in got] == [[[n]] for n in range(1, 8)]
    assert (got[-1].done, pages.asked) == (True, 7)


@pytest.mark.parametrize("depth", [1, 3])
def test_no_more_than_the_depth_is_fetched_ahead(runner: Runner, depth: int) -> None:
    pages = Pages(50)
    ahead = PagesAhead(runner, pages, depth)
    ahead.start()
    pages.wait_for(depth)
    for thread in threading.enumerate():
        if thread.name == "datacloud-prefetch":
            thread.join()
    assert pages.asked == depth  # the thread has ended, nothing waits
    ahead.get()
    pages.wait_for(depth + 1)


def test_a_failure_comes_after_the_pages_before_it_and_stays(runner: Runner) -> None:
    ahead = PagesAhead(runner, Pages(2, failure=ConnectionLostError("reset")), 5)
    assert [ahead.get().rows for _ in range(2)] == [[[1]], [[2]]]
    for _ in range(2):
        with pytest.raises(ConnectionLostError):
            ahead.get()


def test_a_closed_reader_gets_nothing_more(runner: Runner) -> None:
    ahead = PagesAhead(runner, Pages(9), 2)
    ahead.close()
    with pytest.raises(InterfaceError):
        ahead.get()
