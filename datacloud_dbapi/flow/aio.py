"""The runner that answers flows by awaiting, and the pages it reads ahead in a task. Its twin is `sync`."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import httpx

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.flow.effects import (
    Acquire,
    Effect,
    Flow,
    Lock,
    Now,
    Perform,
    Request,
    Response,
    Rpc,
    Send,
    Sleep,
    Slots,
    Started,
)
from datacloud_dbapi.flow.grpc_channel import AsyncGrpcCaller
from datacloud_dbapi.flow.http import Exchange, client_options
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.params import ConnectParams

T = TypeVar("T")

# Another thread or task holds the lock for about as long as a login takes.
LOCK_POLL_SECONDS = 0.005


class AsyncRunner:
    """Runs flows to their end in the calling task. Tasks of one event loop may share it."""

    def __init__(self, params: ConnectParams, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = httpx.AsyncClient(**client_options(params, httpx.AsyncBaseTransport))
        self._grpc = AsyncGrpcCaller(params, clock=clock)
        self._params = params
        self._clock = clock

    async def run(self, flow: Flow[T], on_started: Callable[[QueryHandle], None] | None = None) -> T:
        """The value the flow ends in. A failure is thrown into the flow first, which may handle it.

        `on_started` hears of a query that the service has taken, while the flow still waits for its first rows.
        """
        try:
            effect = next(flow)
            while True:
                try:
                    answer = None
                    if not isinstance(effect, Started):
                        answer = await self._answer(effect)
                    elif on_started is not None:
                        on_started(effect.handle)
                except BaseException as error:  # cancellation too belongs to the flow first: it may hold a lock
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration as end:
            value: T = end.value
            return value
        finally:
            flow.close()

    async def close(self) -> None:
        """Close the sockets."""
        await self._http.aclose()
        await self._grpc.close()

    async def _answer(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return await self._send(effect.request)
        if isinstance(effect, Sleep):
            return await asyncio.sleep(effect.seconds, None)
        if isinstance(effect, Now):
            return self._clock()
        if isinstance(effect, Rpc):
            return await self._grpc.call(effect.request)
        if isinstance(effect, Perform):
            return await asyncio.to_thread(effect.work)
        if isinstance(effect, Acquire):
            return await self._acquire(effect.lock)
        raise TypeError(f"a flow asked for {effect!r}")

    async def _acquire(self, lock: Lock | Slots) -> Callable[[], None]:
        # Not on a thread: a cancelled task could then get the lock and never learn of it.
        while not lock.mutex.acquire(blocking=False):
            await asyncio.sleep(LOCK_POLL_SECONDS)
        return lock.mutex.release

    async def _send(self, request: Request) -> Response:
        exchange = Exchange(request, self._params, self._clock)
        with exchange.watched():
            async with self._http.stream(**exchange.arguments()) as reply:
                if not exchange.loaded(reply):
                    async for chunk in reply.aiter_raw():
                        exchange.feed(chunk)
                return exchange.response(reply)


class AsyncPagesAhead:
    """The further pages of one result in order, at most `depth` of them fetched before they are asked for.

    `next_page` makes the flow for the next page in order, or None when there is none; `width` of them may run at the
    same time (1 where a page says what the next one is). With depth 0 each page is fetched when asked for.
    """

    def __init__(
        self, runner: AsyncRunner, next_page: Callable[[], Flow[Page] | None], depth: int, *, width: int = 1
    ) -> None:
        self._runner = runner
        self._next_page = next_page
        self._depth = depth
        self._width = width
        self._tasks: deque[asyncio.Task[Page]] = deque()
        self._ended = False

    def start(self) -> None:
        """Begin to fetch ahead, if there is room."""
        running = sum(not task.done() for task in self._tasks)
        while not self._ended and running < self._width and len(self._tasks) < self._depth:
            flow = self._next_page()
            if flow is None:
                self._ended = True
                return
            task = asyncio.create_task(self._runner.run(flow), name="datacloud-prefetch")
            task.add_done_callback(self._finished)
            self._tasks.append(task)
            running += 1

    async def get(self) -> Page:
        """The next page, waiting for it; raises what fetching it raised, from then on every time."""
        if self._depth == 0:
            flow = self._next_page()
            if flow is None:
                raise InterfaceError("The result has no further page")
            return await self._runner.run(flow)
        self.start()
        if not self._tasks:
            raise InterfaceError("The result was closed while its next page was awaited")
        # Shielded: a reader that is cancelled does not lose the page for the next one.
        page = await asyncio.shield(self._tasks[0])
        self._tasks.popleft()
        self.start()
        return page

    def close(self) -> None:
        """Fetch no further page; those under way are given up."""
        self._ended = True
        while self._tasks:
            self._tasks.popleft().cancel()

    def _finished(self, task: asyncio.Task[Page]) -> None:
        if task.cancelled() or task.exception() is not None or task.result().done:
            self._ended = True
        else:
            self.start()
