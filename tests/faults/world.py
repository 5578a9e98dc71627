"""A small world for the fault tests: one emulator in process, its clock for everybody, each test body for both faces.

The driver's time is the emulator's clock: a pause moves it, so nothing here sleeps. Chance is `jitter`: 1, which is the
longest pause there can be, unless a test sets it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from datacloud_dbapi import Connection, profiles
from datacloud_dbapi.aio import AsyncConnection
from datacloud_dbapi.flow.aio import AsyncRunner
from datacloud_dbapi.flow.method import Service
from datacloud_dbapi.flow.sync import Runner
from datacloud_emulator import Emulator

FACES = ("blocking", "asyncio")
ROWS = 25
NUMBERS = f"SELECT n FROM generate_series(1, {ROWS}) AS t(n) ORDER BY n"
"""A result of several pages where the emulator gives ten rows a page."""
EXPECTED = [(n,) for n in range(1, ROWS + 1)]


class Blocking:
    """An asyncio connection or cursor used in blocking words: every awaitable is run to its end on one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, inner: Any) -> None:
        self.__dict__.update(_loop=loop, _inner=inner)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if isinstance(value, Service):
            return Blocking(self._loop, value)
        return self._blocking(value) if callable(value) else value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._inner, name, value)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return self._wait(self._inner.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def _blocking(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **keywords: Any) -> Any:
            answer = method(*args, **keywords)
            answer = self._wait(answer) if hasattr(answer, "__await__") else answer
            if answer is self._inner:
                return self
            awaited = isinstance(answer, Service) or type(answer).__name__.startswith("Async")
            return Blocking(self._loop, answer) if awaited else answer

        return call

    def _wait(self, awaitable: Any) -> Any:
        async def waited() -> Any:
            return await awaitable

        return self._loop.run_until_complete(waited())


@dataclass
class World:
    """Connections of one face to one emulator, and what was sent and slept since they were opened."""

    emulator: Emulator
    face: str
    sleeps: list[float] = field(default_factory=list)
    jitter: float = 1.0
    _opened: list[Any] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def connect(self, transport: str = "rest-v2", **more: Any) -> Any:
        """A connection in virtual time, without reading ahead unless `prefetch` says so."""
        door = self.emulator.http_transport if self.face == "blocking" else self.emulator.async_http_transport
        given = {**self.emulator.connect_params(transport=transport), "http_transport": door, "prefetch": 0, **more}
        return self.open(given)

    def open(self, given: Mapping[str, Any]) -> Any:
        """A connection by these parameters alone, in the world's time."""
        params = profiles.resolve(None, given, {})
        if self.face == "blocking":
            connection: Any = Connection(
                params, runner=Runner(params, clock=self.time, pause=self._pause, jitter=self._draw)
            )
        else:
            runner = AsyncRunner(params, clock=self.time, pause=self._pause_awaited, jitter=self._draw)
            connection = Blocking(self._loop, AsyncConnection(params, runner=runner))
        self._opened.append(connection)
        if self.face == "asyncio":
            connection.ping()  # a blocking one has logged in by now
        return connection

    def time(self) -> float:
        """The driver's clock, in seconds."""
        return self.emulator.clock.monotonic()

    @property
    def sent(self) -> Counter[str]:
        """How many requests of each operation the service has seen since `forget`."""
        return Counter(record.operation for record in self.emulator.requests)

    def forget(self) -> None:
        """Count from here on."""
        self.emulator.requests.clear()
        self.sleeps.clear()

    def close(self) -> None:
        """Close what was opened; the emulator's faults are over."""
        self.emulator.faults.clear()
        self.settle()
        for connection in self._opened:
            connection.close()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def settle(self) -> None:
        """Wait for what is fetched ahead, else the test after this one would count it."""
        for thread in threading.enumerate():
            if thread.name == "datacloud-prefetch":
                thread.join(5)
        if tasks := asyncio.all_tasks(self._loop):
            self._loop.run_until_complete(asyncio.wait(tasks, timeout=5))

    def _pause(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.emulator.clock.advance(seconds)

    async def _pause_awaited(self, seconds: float) -> None:
        self._pause(seconds)
        await asyncio.sleep(0)

    def _draw(self) -> float:
        return self.jitter
