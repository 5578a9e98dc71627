"""The runner that answers flows by awaiting, and the pages it reads ahead in a task. Its twin is `sync`."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx

from datacloud_dbapi.errors import Error, InterfaceError, handled, without_frames
from datacloud_dbapi.events import Reporter
from datacloud_dbapi.flow.effects import (
    Acquire,
    Draw,
    Effect,
    Flow,
    Note,
    Now,
    Perform,
    Request,
    Response,
    Rpc,
    Send,
    Sleep,
    Started,
    Together,
)
from datacloud_dbapi.flow.grpc_channel import AsyncGrpcCaller
from datacloud_dbapi.flow.http import CONNECTED, Exchange
from datacloud_dbapi.flow.life import Life, seconds_until
from datacloud_dbapi.flow.routes import Routes
from datacloud_dbapi.flow.tasks import run_together
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.params import ConnectParams

T = TypeVar("T")


class AsyncRunner:
    """Runs flows to their end in the calling task.

    Tasks of one event loop may share it. `clock` and `pause` are the flows' time, `jitter` (0 to 1) is their chance.
    """

    def __init__(
        self,
        params: ConnectParams,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._reporter = Reporter(params.on_event)
        self.tell = self._reporter.tell
        self._http = Routes[httpx.AsyncBaseTransport](params, httpx.AsyncBaseTransport, httpx.AsyncHTTPTransport)
        self._grpc = AsyncGrpcCaller(params, clock=clock, tell=self.tell)
        self._params = params
        self._clock = clock
        self._pause = pause
        self._jitter = jitter
        self._life = Life()

    async def run(self, flow: Flow[T], on_started: Callable[[QueryHandle], None] | None = None) -> T:
        """The value the flow ends in. A failure is thrown into the flow first, which may handle it.

        `on_started` hears of a query that the service has taken, while the flow still waits for its first rows.
        """
        outside = handled()
        answer: object = None
        try:
            self._life.check()
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
        except (Error, KeyboardInterrupt, asyncio.CancelledError) as error:
            raise without_frames(error, outside)  # noqa: B904 - it is the same error
        finally:
            flow.close()
            # A traceback shows what a frame holds, and this may be a token.
            answer = None

    def read_ahead(self, next_page: Callable[[], Flow[Page] | None], depth: int, width: int) -> AsyncPagesAhead:
        """The further pages of one result, the first of them on their way already."""
        ahead = AsyncPagesAhead(self, next_page, depth, width=width)
        ahead.start()
        return ahead

    async def close(self) -> None:
        """Close the sockets; requests under way end with an error. A forked child leaves its parent's alone."""
        if self._life.end():
            for transport in self._http.end():
                await transport.aclose()
            await self._grpc.close()

    async def _answer(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return await self._send(effect.request)
        if isinstance(effect, Now):
            return self._clock()
        if isinstance(effect, Acquire):
            return await self._acquire(effect)
        if isinstance(effect, Sleep):
            return await self._pause(effect.seconds)
        if isinstance(effect, Draw):
            return self._jitter()
        if isinstance(effect, Rpc):
            return await self._grpc.call(effect.request)
        if isinstance(effect, Perform):
            return await asyncio.to_thread(effect.work)
        if isinstance(effect, Together):
            await run_together(self.run, effect)
            return None
        if isinstance(effect, Note):
            return self.tell(effect.event)
        raise TypeError(f"a flow asked for {effect!r}")

    async def _acquire(self, wanted: Acquire) -> Callable[[], None] | None:
        free = wanted.slots.take(wanted.most)
        if free is not None:
            return free.leave
        loop = asyncio.get_running_loop()
        granted: asyncio.Future[None] = loop.create_future()
        # Whoever gives the place back may be on another thread.
        place = wanted.slots.join(wanted.most, lambda: loop.call_soon_threadsafe(_set, granted))
        try:
            if not place.granted:
                await asyncio.wait_for(granted, seconds_until(wanted.until, self._clock))
            return place.leave
        except asyncio.TimeoutError:
            place.leave()
            return None
        except BaseException:  # cancelled: nobody must wait for who is gone
            place.leave()
            raise

    async def _send(self, request: Request) -> Response:
        exchange = Exchange(request, self._params, self._clock, self._reporter)
        with exchange.watched():
            try:
                return await asyncio.wait_for(self._exchanged(exchange), exchange.time_left())
            except asyncio.TimeoutError:
                raise exchange.too_late() from None

    async def _exchanged(self, exchange: Exchange) -> Response:
        self._life.check()
        asked = exchange.request(self._saw)
        reply = await self._http.to(asked.url).handle_async_request(asked)
        try:
            if not exchange.loaded(reply):
                assert isinstance(reply.stream, httpx.AsyncByteStream)  # noqa: S101 - what such a transport gives
                async for chunk in reply.stream:
                    exchange.feed(chunk)
            return exchange.response(reply)
        finally:
            await reply.aclose()

    async def _saw(self, event: str, info: Mapping[str, Any]) -> None:
        """httpx's trace hook. A client that is closed knows nothing of a connection that is still being made."""
        if self._life.ended and event in CONNECTED:
            await info["return_value"].aclose()


def _set(granted: asyncio.Future[None]) -> None:
    if not granted.done():
        granted.set_result(None)


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
