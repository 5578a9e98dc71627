"""The runner that answers flows by blocking, and the pages it reads ahead on a thread. Its twin is `aio`."""

from __future__ import annotations

import copy
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

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
from datacloud_dbapi.flow.grpc_channel import GrpcCaller
from datacloud_dbapi.flow.http import Exchange, Sockets
from datacloud_dbapi.flow.life import Life, seconds_until
from datacloud_dbapi.flow.routes import Routes
from datacloud_dbapi.flow.threads import run_together
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.params import ConnectParams

T = TypeVar("T")


class Runner:
    """Runs flows to their end in the calling thread.

    Safe to share between threads. `clock` and `pause` are the flows' time, `jitter` (0 to 1) is their chance.
    """

    def __init__(
        self,
        params: ConnectParams,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._reporter = Reporter(params.on_event)
        self.tell = self._reporter.tell
        self._http = Routes[httpx.BaseTransport](params, httpx.BaseTransport, httpx.HTTPTransport)
        self._sockets = Sockets()
        self._grpc = GrpcCaller(params, clock=clock, tell=self.tell)
        self._params = params
        self._clock = clock
        self._pause = pause
        self._jitter = jitter
        self._life = Life()
        # When set, it is a good time to read a body.
        self._free: threading.Event | None = None
        # One mark for each request under way. No lock: the garbage collector may call `close` anywhere.
        self._under_way: set[object] = set()

    def run(self, flow: Flow[T], on_started: Callable[[QueryHandle], None] | None = None) -> T:
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
                        answer = self._answer(effect)
                    elif on_started is not None:
                        on_started(effect.handle)
                except BaseException as error:  # Ctrl-C too belongs to the flow first: it may hold a lock
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration as end:
            value: T = end.value
            return value
        except (Error, KeyboardInterrupt) as error:
            raise without_frames(error, outside)  # noqa: B904 - it is the same error
        finally:
            flow.close()
            # A traceback shows what a frame holds, and this may be a token.
            answer = None

    def reading_when(self, free: threading.Event) -> Runner:
        """The same runner for another thread, which begins to read the body of an answer only when `free` is set."""
        other = copy.copy(self)
        other._free = free
        return other

    def read_ahead(self, next_page: Callable[[], Flow[Page] | None], depth: int, width: int) -> PagesAhead:
        """The further pages of one result, the first of them on their way already."""
        ahead = PagesAhead(self, next_page, depth, width=width)
        ahead.start()
        return ahead

    def close(self) -> None:
        """Close the sockets; requests under way end with an error. A forked child leaves its parent's alone.

        Those are shut down, and closed by the last request: a socket that is closed while another thread is about to
        wait on it may leave that thread waiting, on a number that by then is another socket's.
        """
        if self._life.end():
            self._sockets.shut_down()
            if not self._under_way:
                self._close_http()
            self._grpc.close()

    def _answer(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return self._send(effect.request)
        if isinstance(effect, Now):
            return self._clock()
        if isinstance(effect, Acquire):
            return self._acquire(effect)
        if isinstance(effect, Sleep):
            return self._pause(effect.seconds)
        if isinstance(effect, Draw):
            return self._jitter()
        if isinstance(effect, Rpc):
            return self._grpc.call(effect.request)
        if isinstance(effect, Perform):
            return effect.work()
        if isinstance(effect, Together):
            run_together(self.run, effect)
            return None
        if isinstance(effect, Note):
            return self.tell(effect.event)
        raise TypeError(f"a flow asked for {effect!r}")

    def _acquire(self, wanted: Acquire) -> Callable[[], None] | None:
        free = wanted.slots.take(wanted.most)
        if free is not None:
            return free.leave
        granted = threading.Event()
        place = wanted.slots.join(wanted.most, granted.set)
        try:
            if place.granted or granted.wait(seconds_until(wanted.until, self._clock)):
                return place.leave
        except BaseException:  # Ctrl-C: nobody must wait for who is gone
            place.leave()
            raise
        place.leave()
        return None

    def _send(self, request: Request) -> Response:
        mark = object()
        self._under_way.add(mark)
        try:
            self._life.check()
            return self._exchanged(request)
        finally:
            self._under_way.discard(mark)
            # Once more the question of `end`: a forked child leaves its parent's sockets alone here too.
            if self._life.ended and not self._under_way and self._life.end():
                self._close_http()

    def _exchanged(self, request: Request) -> Response:
        exchange = Exchange(request, self._params, self._clock, self._reporter)
        with exchange.watched():
            asked = exchange.request(self._sockets.saw)
            with closing(self._http.to(asked.url).handle_request(asked)) as reply, exchange.cut_off(reply):
                if not exchange.loaded(reply):
                    if self._free is not None:
                        self._free.wait()
                    # Straight from the stream: `iter_raw` would do the same, by way of two generators.
                    assert isinstance(reply.stream, httpx.SyncByteStream)  # noqa: S101 - what such a transport gives
                    for chunk in reply.stream:
                        exchange.feed(chunk)
                return exchange.response(reply)

    def _close_http(self) -> None:
        for transport in self._http.end():
            transport.close()


class _Slot:
    """The place of one page in the order of a result, filled when the page or its failure comes."""

    def __init__(self) -> None:
        self.page: Page | None = None
        self.failure: BaseException | None = None


class PagesAhead:
    """The further pages of one result in order, at most `depth` of them fetched before they are asked for.

    `next_page` makes the flow for the next page in order, or None when there is none; `width` of them may run at the
    same time (1 where a page says what the next one is). Each runs on a thread that ends when the reader is far enough
    behind: nothing waits on an abandoned cursor. With depth 0 each page is fetched when asked for.

    While a page is decoded, the next one is asked for and may arrive, but is not read from its socket: thousands of
    short reads would take turns with the decoder for the interpreter, and cost a fifth of the whole.
    """

    def __init__(
        self, runner: Runner, next_page: Callable[[], Flow[Page] | None], depth: int, *, width: int = 1
    ) -> None:
        self._free = threading.Event()
        self._free.set()
        self._runner = runner.reading_when(self._free)
        self._next_page = next_page
        self._depth = depth
        self._width = width
        self._slots: deque[_Slot] = deque()
        self._ended = False
        self._threads = 0
        self._changed = threading.Condition()

    def start(self) -> None:
        """Begin to fetch ahead, if there is room."""
        with self._changed:
            while self._threads < self._width and self._wants_more(self._threads):
                self._threads += 1
                threading.Thread(target=self._fill, name="datacloud-prefetch", daemon=True).start()

    def get(self) -> Page:
        """The next page, waiting for it; raises what fetching it raised, from then on every time."""
        if self._depth == 0:
            flow = self._next_page()
            if flow is None:
                raise InterfaceError("The result has no further page")
            return self._runner.run(flow)
        self.start()
        with self._changed:
            while not (self._slots and (self._slots[0].page or self._slots[0].failure)):
                if self._ended and not self._slots:
                    raise InterfaceError("The result was closed while its next page was awaited")
                self._changed.wait()
            page, failure = self._slots[0].page, self._slots[0].failure
            if page is None:
                assert failure is not None  # noqa: S101 - one of the two came
                raise failure
            self._slots.popleft()
        self.start()
        return page

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Around decoding a page."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def close(self) -> None:
        """Fetch no further page; those under way are thrown away when they come."""
        with self._changed:
            self._ended = True
            self._slots.clear()
            self._changed.notify_all()

    def _wants_more(self, starting: int = 0) -> bool:
        return not self._ended and len(self._slots) + starting < self._depth

    def _fill(self) -> None:
        while True:
            with self._changed:
                flow = self._next_page() if self._wants_more() else None
                if flow is None:
                    self._threads -= 1
                    return
                slot = _Slot()
                self._slots.append(slot)
            try:
                page, failure = self._runner.run(flow), None
            except BaseException as error:  # handed to the reader, whose thread it belongs to
                page, failure = None, error
            with self._changed:
                slot.page, slot.failure = page, failure
                if page is None or page.done:
                    self._ended = True
                self._changed.notify_all()
