"""One script through both runners: they must ask the same, in the same order, and end the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.errors import ConnectionLostError, Error, OperationalError, ServerUnreachableError
from datacloud_dbapi.flow.aio import AsyncPagesAhead, AsyncRunner
from datacloud_dbapi.flow.effects import Flow, Lock, Request, acquire, now, perform, send, sleep
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.page import Page
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.rest_v2 import RestV2

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


def params(transport: Scripted, **given: Any) -> ConnectParams:
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
    pages = [first.rows]
    while not first.done:
        first = yield from transport.next_page(handle, timeout=None, arrow=False)
        pages.append(first.rows)
    return pages


def answer(rows: list[list[object]], **more: Any) -> httpx.Response:
    metadata = {"n": {"type": "BIGINT", "placeInOrder": 0, "typeCode": -5}}
    return httpx.Response(200, json={"data": rows, "metadata": metadata, "done": True, **more})


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
    lock, seen = Lock(), []

    def flow() -> Flow[Any]:
        release = yield from acquire(lock)
        held = lock.mutex.locked()
        release()
        before = yield from now()
        yield from sleep(0.001)
        after = yield from now()
        thread = yield from perform(threading.current_thread)
        seen.append(thread)
        return held, after > before

    blocking, awaiting = play(flow, list)
    assert blocking == awaiting == ((True, True), [])
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
