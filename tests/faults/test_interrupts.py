"""A query that somebody stops: Ctrl-C, which a child process really gets, and `cancel()` from elsewhere.

Both over real sockets and in real time. Source: wire spec, faults L6, L7; public surface, §1 (`cancel`).
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import datacloud_dbapi
from datacloud_dbapi import Error, NotSupportedError, OperationalError, aio
from datacloud_emulator import Emulator, Fault, Quirks
from tests.faults.interrupted import KEPT, SCENES
from tests.faults.world import EXPECTED, FACES
from tests.small_chunks import emulator_of_small_chunks

pytestmark = pytest.mark.sockets

TRANSPORTS = ("rest-v2", "rest-v1", *KEPT)
CANCELS = {"query-sql-cancel", "v3-cancel", "CancelQuery"}
# A page that is not answered while the test lasts, after so many of its kind.
LATE = 20.0
LATE_PAGE = {
    "rest-v2": Fault("batch", delay=LATE),
    "rest-v1": Fault("query-v1", after=2, delay=LATE),
    "query-sql": Fault("query-sql-rows", delay=LATE),
    "direct-v3": Fault("v3-rows", delay=LATE),
    "hyper": Fault("GetQueryResult", after=1, delay=LATE),
}


def cut_org(*, single_thread: bool = False) -> Iterator[Emulator]:
    # A query that takes longer than this has an id, and can be stopped.
    quirks = Quirks(adaptive_wait=0.3)
    with emulator_of_small_chunks(page_rows=10, quirks=quirks, single_thread=single_thread) as running:
        yield running


@pytest.fixture(scope="module")
def org() -> Iterator[Emulator]:
    """An org whose engine cuts a chunk every four rows, and whose clock runs."""
    yield from cut_org()


@pytest.fixture(scope="module")
def slow_org() -> Iterator[Emulator]:
    """The same, which computes one chunk after the other."""
    yield from cut_org(single_thread=True)


def given_for(org: Emulator, transport: str) -> dict[str, Any]:
    """What to connect with. Over gRPC the id of a statement is there at once when it has a timeout, else late."""
    given = org.connect_params(transport=transport)
    return {**given, "query_timeout": 300} if transport == "hyper" else given


def cancels(org: Emulator) -> int:
    return sum(record.operation in CANCELS for record in org.requests)


@pytest.mark.fault("L6", sockets=True)
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_ctrl_c_ends_the_call_and_leaves_the_connection(org: Emulator, face: str, transport: str) -> None:
    code = f"from tests.faults.interrupted import run; run({face!r}, {transport!r})"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        hung = threading.Timer(60, child.kill)
        hung.start()
        child.stdin.write(json.dumps(given_for(org, transport)) + "\n")
        child.stdin.flush()
        stopped: list[int] = []
        told: list[dict[str, Any]] = []
        for line in child.stdout:
            said = line.strip()
            if said == "signal":
                child.send_signal(signal.SIGINT)
                continue
            stopped.append(cancels(org))
            if said not in SCENES:
                told = json.loads(said)
                continue
            org.faults.clear()
            org.requests.clear()
            if said != "execute":
                org.faults.add(LATE_PAGE[transport])
            child.stdin.write("\n")
            child.stdin.flush()
        hung.cancel()
        assert child.wait() == 0, child.stderr.read()
    assert [scene["scene"] for scene in told] == list(SCENES)
    for scene, cancelled in zip(told, stopped[1:], strict=True):
        assert scene["ended"] == ("KeyboardInterrupt" if face == "blocking" else "CancelledError"), scene
        assert scene["seconds"] < 5, scene
        assert scene["usable"] == [[1]], scene
        rows = [tuple(row) for row in scene["rows"]]
        if scene["scene"] == "execute":
            assert (rows, scene["errors"]) == ([], ["ProgrammingError"] * 2), scene
            assert cancelled == (transport in KEPT)
        else:
            assert 0 < len(rows) < len(EXPECTED), scene
            assert (rows, scene["errors"]) == (EXPECTED[: len(rows)], ["OperationalError"] * 2), scene
            assert cancelled <= 1


# Two chunks of four rows are there at once; what comes after them never does.
EIGHT_ROWS_AND_NO_END = "SELECT n, pg_sleep(CASE WHEN n > 8 THEN 600 ELSE 0 END) FROM generate_series(1, 12) AS t(n)"
NEVER = "SELECT pg_sleep(600)"


def stopped_blocking(given: dict[str, Any], call: str) -> tuple[Any, float, Any]:
    """How the call ended, how long after `cancel()`, and what the connection does then."""
    ended: list[Any] = []
    with datacloud_dbapi.connect(**given) as connection:
        cursor = connection.cursor()

        def work() -> None:
            try:
                ended.append(cursor.fetchall() if call == "fetch" else cursor.execute(NEVER))
            except Error as error:
                ended.append(error)

        if call == "fetch":
            assert cursor.execute(EIGHT_ROWS_AND_NO_END).fetchone()[0] == 1
        thread = threading.Thread(target=work)
        thread.start()
        while cursor.query_id is None and thread.is_alive():
            time.sleep(0.01)
        thread.join(0.2)
        begun = time.monotonic()
        cursor.cancel()
        thread.join()
        return ended[0], time.monotonic() - begun, connection.cursor().execute("SELECT 1").fetchall()


def stopped_awaiting(given: dict[str, Any], call: str) -> tuple[Any, float, Any]:
    async def main() -> tuple[Any, float, Any]:
        async with await aio.connect(**given) as connection:
            cursor = connection.cursor()
            if call == "fetch":
                await cursor.execute(EIGHT_ROWS_AND_NO_END)
                assert (await cursor.fetchone())[0] == 1
            task: asyncio.Task[Any] = asyncio.create_task(
                cursor.fetchall() if call == "fetch" else cursor.execute(NEVER)
            )
            while cursor.query_id is None and not task.done():
                await asyncio.sleep(0.01)
            await asyncio.wait([task], timeout=0.2)
            begun = time.monotonic()
            await cursor.cancel()
            ended: Any = (await asyncio.gather(task, return_exceptions=True))[0]
            took = time.monotonic() - begun
            return ended, took, await (await connection.cursor().execute("SELECT 1")).fetchall()

    return asyncio.run(main())


STOPPED: dict[str, Callable[[dict[str, Any], str], tuple[Any, float, Any]]] = {
    "blocking": stopped_blocking,
    "asyncio": stopped_awaiting,
}


@pytest.mark.fault("L7", sockets=True)
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("transport", KEPT)
@pytest.mark.parametrize(("call", "prefetch"), [("execute", 0), ("fetch", 0), ("fetch", 1)])
def test_cancel_from_elsewhere_ends_the_call(
    slow_org: Emulator, face: str, transport: str, call: str, prefetch: int
) -> None:
    slow_org.faults.clear()
    slow_org.requests.clear()
    given = {**given_for(slow_org, transport), "prefetch": prefetch}
    ended, seconds, then = STOPPED[face](given, call)
    assert isinstance(ended, OperationalError), ended
    assert seconds < 1
    assert cancels(slow_org) == 1
    assert then == [(1,)]


class Impatient(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Calls `cancel` while the statement is on its way, when nobody knows yet what the service will call it."""

    def __init__(self, org: Emulator) -> None:
        self._blocking, self._awaited = org.http_transport, org.async_http_transport
        self.cancel: Callable[[], Any] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        cancel, self.cancel = self.cancel, None
        if cancel is not None:
            cancel()
        return self._blocking.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        cancel, self.cancel = self.cancel, None
        if cancel is not None:
            await cancel()
        return await self._awaited.handle_async_request(request)


@pytest.mark.fault("L7")
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("transport", ["query-sql", "direct-v3"])
@pytest.mark.parametrize(("sql", "cancelled"), [(NEVER, 1), ("SELECT 1", 0)], ids=["long", "over when it is known"])
def test_cancel_before_the_query_has_an_id(
    slow_org: Emulator, transport: str, sql: str, cancelled: int, face: str
) -> None:
    slow_org.requests.clear()
    door = Impatient(slow_org)
    given = {**slow_org.connect_params(transport=transport), "http_transport": door}

    async def main() -> None:
        async with await aio.connect(**given) as connection:
            cursor = connection.cursor()
            door.cancel = cursor.cancel
            with pytest.raises(OperationalError, match="cancelled"):
                await cursor.execute(sql)
            assert await (await cursor.execute("SELECT 2")).fetchall() == [(2,)]

    if face == "asyncio":
        asyncio.run(main())
    else:
        with datacloud_dbapi.connect(**given) as connection:
            cursor = connection.cursor()
            door.cancel = cursor.cancel
            with pytest.raises(OperationalError, match="cancelled"):
                cursor.execute(sql)
            assert cursor.execute("SELECT 2").fetchall() == [(2,)]
    assert cancels(slow_org) == cancelled


@pytest.mark.fault("L7")
@pytest.mark.parametrize("transport", ["rest-v2", "rest-v1"])
def test_where_the_service_cannot_stop_a_query_cancel_says_so_and_harms_nothing(org: Emulator, transport: str) -> None:
    """The query would go on at the service, whatever is done here: whoever waits for its rows is given them."""
    org.faults.clear()
    with datacloud_dbapi.connect(**org.connect_params(transport=transport)) as connection:
        cursor = connection.cursor()
        thread = threading.Thread(target=cursor.execute, args=("SELECT 7 AS n, pg_sleep(0.5)",))
        thread.start()
        with pytest.raises(NotSupportedError, match="direct-v3, hyper, query-sql"):
            cursor.cancel()
        thread.join()
        assert cursor.fetchone()[0] == 7


@pytest.mark.fault("L3", sockets=True)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_closing_a_connection_ends_the_call_that_waits_on_it(org: Emulator, transport: str) -> None:
    """To close a socket does not wake the thread that waits for it: it would stay until the read timeout."""
    org.faults.clear()
    org.requests.clear()
    statement = {"rest-v1": "query-v1", "rest-v2": "query", "direct-v3": "v3-query", "hyper": "ExecuteQuery"}
    org.faults.add(Fault(statement.get(transport, transport), delay=LATE))
    ended: list[BaseException] = []
    connection = datacloud_dbapi.connect(**org.connect_params(transport=transport))
    cursor = connection.cursor()

    def work() -> None:
        try:
            cursor.execute("SELECT 1")
        except Error as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not org.faults.struck:
        time.sleep(0.01)
    connection.close()
    thread.join(LATE / 2)
    assert not thread.is_alive()
    assert len(ended) == 1
