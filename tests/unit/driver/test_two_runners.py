"""One script through both runners: they must ask the same, in the same order, and end the same."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import threading
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from datacloud_dbapi.aio import AsyncConnection
from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens, shared_tokens
from datacloud_dbapi.connection import Connection
from datacloud_dbapi.errors import (
    ConnectionLostError,
    Error,
    InterfaceError,
    OperationalError,
    ServerUnreachableError,
)
from datacloud_dbapi.events import Event
from datacloud_dbapi.flow.aio import AsyncPagesAhead, AsyncRunner
from datacloud_dbapi.flow.effects import Flow, Request, draw, lock, note, now, perform, send, sleep
from datacloud_dbapi.flow.slots import Slots
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.page import Page
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.rest_v2 import RestV2
from tests.unit.driver.scripted import cells

Script = list[httpx.Response | Exception]


class Scripted(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers from a script and keeps what was asked, for either kind of client."""

    def __init__(self, script: Script) -> None:
        self.script = list(script)
        self.asked: list[tuple[str, str, bytes, dict[str, str]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, str(request.url), request.read(), dict(request.headers)))
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def params(transport: Scripted, /, **given: Any) -> ConnectParams:
    whole = {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}
    return ConnectParams.resolve(None, {**whole, "http_transport": transport, **given}, {})


def play(make_flow: Callable[[], Flow[Any]], make_script: Callable[[], Script], **given: Any) -> tuple[Any, Any]:
    """What came of the script through each runner: its value or error, and everything that was asked."""

    def outcome_of(run: Callable[[], Any]) -> Any:
        try:
            return run()
        except Error as error:
            return type(error), str(error)

    def blocking() -> tuple[Any, Any]:
        transport = Scripted(make_script())
        runner = Runner(params(transport, **given))
        try:
            return outcome_of(lambda: runner.run(make_flow())), transport.asked
        finally:
            runner.close()

    async def awaiting() -> tuple[Any, Any]:
        transport = Scripted(make_script())
        runner = AsyncRunner(params(transport, **given))
        try:
            try:
                outcome = await runner.run(make_flow())
            except Error as error:
                outcome = type(error), str(error)
            return outcome, transport.asked
        finally:
            await runner.close()

    return blocking(), asyncio.run(awaiting())


def login() -> Script:
    return [
        httpx.Response(200, json={"access_token": "00D!x", "instance_url": "https://a.my.salesforce.com"}),
        httpx.Response(200, json={"access_token": "t", "instance_url": "x.c360a.salesforce.com", "expires_in": 7200}),
    ]


def query() -> Flow[Any]:
    tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), "default", TrustedHosts())
    chosen = params(Scripted([]))
    transport = RestV2(tokens, chosen)
    handle, first = yield from transport.submit("SELECT 1", None, timeout=None, arrow=False)
    pages = [cells(first)]
    while not first.done:
        first = yield from transport.next_page(handle, timeout=None, arrow=False)
        pages.append(cells(first))
    return pages


def answer(rows: list[list[object]], **more: Any) -> httpx.Response:
    metadata = {"n": {"type": "BIGINT", "placeInOrder": 0, "typeCode": -5}}
    return httpx.Response(200, json={"data": rows, "metadata": metadata, "done": True, **more})


class Reading(Scripted):
    """A transport of the user's own that takes the content for granted, as one behind httpx's client may."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.content == request.read()
        return super().handle_request(request)


@pytest.mark.parametrize(
    ("request_", "host", "length"),
    [
        (Request("POST", "https://a.example/x?y=1", {"Accept": "text/csv"}, "né".encode()), "a.example", "3"),
        (Request("POST", "https://a.example:8443/"), "a.example:8443", "0"),
        (Request("GET", "https://[::1]:8443/"), "[::1]:8443", None),
        (Request("DELETE", "https://bücher.example/"), "xn--bcher-kva.example", None),
    ],
    ids=["with a body", "a POST of nothing", "an address in brackets", "a name beyond ASCII"],
)
def test_what_a_request_is_on_the_wire(request_: Request, host: str, length: str | None) -> None:
    """Source: RFC 9110 §7.2, §8.6; RFC 5891 for the name."""
    transport = Reading([httpx.Response(200), httpx.Response(200)])
    runner = Runner(params(transport))
    runner.run(send(request_))
    runner.close()

    async def main() -> None:
        awaiting = AsyncRunner(params(transport))
        await awaiting.run(send(request_))
        await awaiting.close()

    asyncio.run(main())
    expected = {
        "host": host,
        "accept": request_.headers.get("Accept", "application/json"),
        "accept-encoding": "gzip",
        "user-agent": "datacloud-dbapi",
        **({} if length is None else {"content-length": length}),
    }
    assert [(method, body, headers) for method, _, body, headers in transport.asked] == [
        (request_.method, request_.body, expected)
    ] * 2


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (lambda: [*login(), answer([[1]], done=False, nextBatchId="b/1"), answer([[2]])], [[[1]], [[2]]]),
        (lambda: [*login(), httpx.Response(429, headers={"retry-after": "0"}), answer([[1]])], [[[1]]]),
        (lambda: [*login(), httpx.Response(401), *login(), answer([[1]])], [[[1]]]),
        (lambda: [*login(), httpx.Response(500)], OperationalError),
        (lambda: [*login(), httpx.ReadError("reset")], ConnectionLostError),
        (lambda: [httpx.ConnectError("refused")], ServerUnreachableError),
        (lambda: [*login(), httpx.Response(200, text="<html>")], ConnectionLostError),
    ],
)
def test_both_runners_ask_and_end_alike(script: Callable[[], Script], expected: Any) -> None:
    given = {"max_attempts": 1} if expected is ServerUnreachableError else {}
    blocking, awaiting = play(query if not given else query_once, script, **given)
    assert blocking == awaiting
    outcome = blocking[0]
    assert outcome[0] is expected if isinstance(expected, type) else outcome == expected


def query_once() -> Flow[Any]:
    request = Request("GET", "https://a.my.salesforce.com/x")
    return (yield from send(request))


def test_time_locks_and_work_are_answers_to_both() -> None:
    slots, seen = Slots(), []

    def flow() -> Flow[Any]:
        release = yield from lock(slots)
        held = slots.taken
        release()
        before = yield from now()
        yield from sleep(0.001)
        after = yield from now()
        thread = yield from perform(threading.current_thread)
        seen.append(thread)
        return held, after > before

    blocking, awaiting = play(flow, list)
    assert blocking == awaiting == ((1, True), [])
    # A blocking face does the work itself, an asynchronous one keeps its event loop free.
    assert seen[0] is threading.main_thread()
    assert seen[1] is not threading.main_thread()


class TestAsyncPagesAhead:
    @staticmethod
    def pages(count: int, failure: Exception | None = None) -> Callable[[], Flow[Page]]:
        asked = 0

        def next_page() -> Flow[Page]:
            nonlocal asked
            yield from now()
            asked += 1
            if failure is not None and asked > count:
                raise failure
            return Page(None, [[asked]], done=failure is None and asked == count)

        return next_page

    @pytest.mark.parametrize("depth", [0, 1, 3, 99])
    def test_pages_come_in_order(self, depth: int) -> None:
        async def main() -> list[Any]:
            runner = AsyncRunner(params(Scripted([])))
            ahead = AsyncPagesAhead(runner, self.pages(7), depth)
            got = [(await ahead.get()).rows for _ in range(7)]
            await runner.close()
            return got

        assert asyncio.run(main()) == [[[n]] for n in range(1, 8)]

    def test_a_failure_comes_after_the_pages_before_it_and_stays(self) -> None:
        async def main() -> None:
            runner = AsyncRunner(params(Scripted([])))
            ahead = AsyncPagesAhead(runner, self.pages(2, ConnectionLostError("reset")), 5)
            assert [(await ahead.get()).rows for _ in range(2)] == [[[1]], [[2]]]
            for _ in range(2):
                with pytest.raises(ConnectionLostError):
                    await ahead.get()
            await runner.close()

        asyncio.run(main())


def test_chance_and_notes_are_answers_to_both() -> None:
    """With one clock, one pause and one chance of a test's own, no real time passes in either."""
    seen: list[Event] = []

    def flow() -> Flow[Any]:
        yield from note(Event("retry", wait=1.0))
        before = yield from now()
        yield from sleep(3600.0)
        return (yield from draw()), (yield from now()) - before

    chosen = params(Scripted([]), on_event=seen.append)
    time = [0.0]

    def pause(seconds: float) -> None:
        time[0] += seconds

    async def apause(seconds: float) -> None:
        pause(seconds)

    runner = Runner(chosen, clock=lambda: time[0], pause=pause, jitter=lambda: 0.25)
    blocking = runner.run(flow())
    runner.close()

    async def main() -> Any:
        runner = AsyncRunner(chosen, clock=lambda: time[0], pause=apause, jitter=lambda: 0.25)
        try:
            return await runner.run(flow())
        finally:
            await runner.close()

    assert blocking == asyncio.run(main()) == (0.25, 3600.0)
    assert seen == [Event("retry", wait=1.0)] * 2


def test_a_connection_that_is_made_after_the_end_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asyncio's part of it: a closed client knows nothing of a connection that was still being made."""
    connect = anyio.connect_tcp
    asked: list[bytes] = []

    async def main() -> None:
        heard = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.read())
            writer.close()
            heard.set()

        async def closed_meanwhile(*place: Any, **options: Any) -> Any:
            await runner.close()
            return await connect(*place, **options)

        monkeypatch.setattr(anyio, "connect_tcp", closed_meanwhile)
        whole = {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}
        runner = AsyncRunner(ConnectParams.resolve(None, whole, {}))
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(ConnectionLostError):
                await runner.run(send(Request("GET", f"http://127.0.0.1:{port}/")))
            await heard.wait()

    asyncio.run(main())
    assert asked == [b""]


class TestVirtualTime:
    """A connection with a runner of one's own lives wholly in that runner's time."""

    @staticmethod
    def script() -> Script:
        again = login()[1:]
        return [
            *login(),
            httpx.Response(429, headers={"retry-after": "30"}),
            httpx.Response(503),
            answer([[1]], done=False, nextBatchId="b1"),
            *login()[:1],
            *again,
            answer([[2]]),
        ]

    def test_token_lives_waits_and_pages(self) -> None:
        transport, time = Scripted(self.script()), [0.0]
        slept: list[float] = []

        def pause(seconds: float) -> None:
            slept.append(seconds)
            time[0] += seconds

        chosen = params(transport, transport="rest-v2", prefetch=0)
        runner = Runner(chosen, clock=lambda: time[0], pause=pause, jitter=lambda: 1.0)
        with Connection(chosen, runner=runner) as connection:
            cursor = connection.cursor().execute("SELECT 1")
            # 30 s as asked, then the second back-off in full; then the token, of 7200 s, is about to end.
            assert (slept, cursor.fetchone()) == ([30.0, 1.0], (1,))
            time[0] = 7139.0 + 2
            assert cursor.fetchall() == [(2,)]
        assert [url.rpartition("/")[2] for _, url, _, _ in transport.asked[-3:]] == ["token", "token", "b1"]

    def test_the_same_awaited(self) -> None:
        transport, time = Scripted(self.script()), [0.0]
        slept: list[float] = []

        async def pause(seconds: float) -> None:
            slept.append(seconds)
            time[0] += seconds

        async def main() -> None:
            chosen = params(transport, transport="rest-v2", prefetch=0)
            runner = AsyncRunner(chosen, clock=lambda: time[0], pause=pause, jitter=lambda: 1.0)
            async with AsyncConnection(chosen, runner=runner) as connection:
                cursor = await connection.cursor().execute("SELECT 1")
                assert (slept, await cursor.fetchone()) == ([30.0, 1.0], (1,))
                time[0] = 7139.0 + 2
                assert await cursor.fetchall() == [(2,)]

        asyncio.run(main())
        assert [url.rpartition("/")[2] for _, url, _, _ in transport.asked[-3:]] == ["token", "token", "b1"]


class TestLife:
    """What is closed, forked or pickled says so. Source: faults L3 and L9."""

    @staticmethod
    def connection() -> Connection:
        return Connection(params(Scripted([*login(), answer([[1]])]), transport="rest-v2"))

    @pytest.mark.fault("L3")
    def test_a_service_kept_from_a_closed_connection_is_closed(self) -> None:
        connection = self.connection()
        metadata, cursor = connection.metadata, connection.cursor()
        connection.close()
        for call in (metadata.tables, lambda: cursor.execute("SELECT 1"), connection.ping, lambda: connection.metadata):
            with pytest.raises(InterfaceError, match="closed"):
                call()

    def test_the_same_awaited(self) -> None:
        async def main() -> None:
            connection = AsyncConnection(params(Scripted([])))
            metadata = connection.metadata
            await connection.close()
            with pytest.raises(InterfaceError, match="closed"):
                await metadata.tables()

        asyncio.run(main())

    @pytest.mark.fault("L9")
    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_a_forked_child_is_told_to_open_its_own(self) -> None:
        connection = self.connection()
        metadata, cursor, budget = connection.metadata, connection.cursor(), connection._tokens.budget
        place = budget._slots.join(1, print)
        child = os.fork()
        if child == 0:
            told = 0
            for call in (metadata.tables, lambda: cursor.execute("SELECT 1"), connection.ping, connection.cursor):
                try:
                    call()
                except InterfaceError as error:
                    told += "another process" in str(error)
            connection.close()
            # What a thread of the parent holds does not hold up the child: it begins anew.
            own = shared_tokens(connection._params).budget
            os._exit(0 if (told, own is not budget, own._slots.taken) == (4, True, 0) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        place.leave()
        assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]
        connection.close()

    @pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_neither_a_connection_nor_a_cursor_travels(self, copied: Callable[[Any], Any]) -> None:
        connection = self.connection()
        for one in (connection, connection.cursor()):
            with pytest.raises(InterfaceError, match="open a new one"):
                copied(one)
        connection.close()
