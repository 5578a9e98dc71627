"""What a profile look-up costs beside the service: the time of the whole call, less that within the emulator's door.

The connection is warm: it has logged in and knows the object's fields. A look-up is then one request, in this process,
and every field of one record is read from the answer.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

import datacloud_dbapi
from benchmarks.comparisons import Line
from datacloud_dbapi import aio
from datacloud_emulator import Emulator

OBJECT = "UnifiedIndividual__dlm"
MOST_MS = 1.0


class Watched(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An emulator's two doors, the requests that went through them, and the seconds these spent inside."""

    def __init__(
        self,
        blocking: httpx.BaseTransport,
        awaited: httpx.AsyncBaseTransport,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._blocking, self._awaited, self._clock = blocking, awaited, clock
        self.requests = 0
        self.seconds = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        began = self._clock()
        try:
            return self._blocking.handle_request(request)
        finally:
            self._count(began)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        began = self._clock()
        try:
            return await self._awaited.handle_async_request(request)
        finally:
            self._count(began)

    def _count(self, began: float) -> None:
        self.requests += 1
        self.seconds += self._clock() - began


class Beside:
    """Takes the time of look-ups, less that within the door. Raises RuntimeError unless one is one request."""

    def __init__(self, door: Watched, clock: Callable[[], float] = time.perf_counter) -> None:
        self._door, self._clock = door, clock
        self.seconds: list[float] = []

    def __enter__(self) -> None:
        self._requests, self._inside = self._door.requests, self._door.seconds
        self._began = self._clock()

    def __exit__(self, *_: object) -> None:
        whole = self._clock() - self._began
        if self._door.requests != self._requests + 1:
            raise RuntimeError(f"a look-up took {self._door.requests - self._requests} requests")
        self.seconds.append(whole - (self._door.seconds - self._inside))


def lines(rounds: int, times: int) -> Iterator[Line]:
    """A line for each face, against the sample org."""
    with Emulator() as emulator:
        door = Watched(emulator.http_transport, emulator.async_http_transport)
        login: dict[str, Any] = {**emulator.connect_params(), "http_transport": door}
        yield judged("blocking", blocking(login, door, rounds, times))
        yield judged("asyncio", asyncio.run(awaited(login, door, rounds, times)))


def blocking(login: dict[str, Any], door: Watched, rounds: int, times: int) -> list[float]:
    """The median of each round, in seconds."""
    with datacloud_dbapi.connect(**login) as connection:
        who = _someone(connection.cursor().execute(_SOMEONE).fetchone())
        _found(connection.profile.get(OBJECT, who).first())
        medians = []
        for _ in range(rounds):
            beside = Beside(door)
            for _ in range(times):
                with beside:
                    record = connection.profile.get(OBJECT, who).first()
                _found(record)
            medians.append(statistics.median(beside.seconds))
    return medians


async def awaited(login: dict[str, Any], door: Watched, rounds: int, times: int) -> list[float]:
    """The same on an asyncio connection."""
    async with await aio.connect(**login) as connection:
        cursor = await connection.cursor().execute(_SOMEONE)
        who = _someone(await cursor.fetchone())
        _found(await (await connection.profile.get(OBJECT, who)).first())
        medians = []
        for _ in range(rounds):
            beside = Beside(door)
            for _ in range(times):
                with beside:
                    record = await (await connection.profile.get(OBJECT, who)).first()
                _found(record)
            medians.append(statistics.median(beside.seconds))
    return medians


def judged(face: str, medians: list[float]) -> Line:
    """The median of the rounds, beside the least and the most."""
    each = [seconds * 1_000 for seconds in medians]
    spread = f"{min(each):.2f}–{max(each):.2f}" if len(each) > 1 else ""
    measured = statistics.median(each)
    operation = f"profile look-up, one request, {face}"
    return Line(
        operation, "its time less the service's", f"≤ {MOST_MS:g} ms", f"{measured:.2f} ms", spread, measured <= MOST_MS
    )


_SOMEONE = f"SELECT MIN(ssot__Id__c) FROM {OBJECT}"


def _someone(row: Any) -> str:
    return str(row[0])


def _found(record: object) -> None:
    if record is None:
        raise RuntimeError("a look-up did not find who is there")
