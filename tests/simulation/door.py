"""The way to the org in a simulation: it writes down what the driver sends, and judges how often.

The door is the driver's httpx transport for both faces, so what it sees is what would go over a line. Over asyncio it
lets others run before and after each request, as often as the schedule's chance says: that is all the concurrency there
is, so a seed decides the order of everything.

Source: wire spec, faults rules 1-3; limits §1 (requests in flight).
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx

IN_FLIGHT = 5
# 0 is none at all, or none that is whole.
NO_ANSWER = frozenset({0, 429, 500, 502, 503, 504})


class ViolationError(AssertionError):
    """The driver did what it must not."""


@dataclass
class Sends:
    """How often one request was sent, and what came of it: statuses, or 0 for no whole answer."""

    number: int
    kind: str  # submit, page, read, login
    outcomes: list[int] = field(default_factory=list)
    ended: float = 0.0


@dataclass
class Journal:
    """What was sent in one play, judged as it is sent. `lines` are the same for the same seed."""

    max_attempts: int
    page_replay: bool
    statements: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    in_flight: int = 0
    _sends: dict[tuple[str, str, bytes], Sends] = field(default_factory=dict)

    def sending(self, request: httpx.Request) -> Sends:
        """Note a request that goes out now."""
        key = (request.method, str(request.url), request.content)
        if key not in self._sends:
            self._sends[key] = Sends(len(self._sends), self._kind(request))
        sends = self._sends[key]
        objection = self._objection(sends)
        self.lines.append(f"send {sends.number} {sends.kind} {request.method}")
        if objection:
            self.violations.append(f"{sends.kind} {sends.number} was sent again after {sends.outcomes}: {objection}")
        if sends.kind != "login":
            self.in_flight += 1
            if self.in_flight > IN_FLIGHT:
                self.violations.append(f"{self.in_flight} requests are in flight")
        return sends

    def ended(self, sends: Sends, status: int) -> None:
        """What came of it; 0 is no whole answer."""
        sends.outcomes.append(status)
        self.lines.append(f"     {sends.number} gave {status}")
        if sends.kind != "login":
            self.in_flight -= 1

    def forget_reads(self) -> None:
        """Begin to count the tries of reads anew."""
        for sends in self._sends.values():
            if sends.kind == "read":
                sends.outcomes.clear()

    def _kind(self, request: httpx.Request) -> str:
        path = urlsplit(str(request.url)).path
        if path.startswith("/services/") and not path.startswith("/services/data/"):
            return "login"
        if request.method == "POST":
            # Over rest-v1 only the statement as it was given is a submit; what pages run is repeatable.
            repeated = path == "/api/v1/query" and (
                json.loads(request.content)["sql"] not in self.statements
                or parse_qs(urlsplit(str(request.url)).query).get("orderby")
            )
            return "read" if repeated else "submit"
        return "page" if path.startswith("/api/v2/query/") else "read"

    def _objection(self, sends: Sends) -> str | None:
        """Why it must not be sent again, if it must not. Source: wire spec, faults rule 2."""
        if not sends.outcomes or sends.kind == "login":
            return None
        last = sends.outcomes[-1]
        replayed = sends.kind == "page" and self.page_replay
        if sends.kind != "read" and sends.outcomes.count(401) > 1 + replayed:
            return "re-authentication helps once"
        # After a 401 the tries begin anew, and so they do once the request had its answer, whatever that was.
        tries = 0
        for outcome in reversed(sends.outcomes):
            if outcome not in NO_ANSWER:
                break
            tries += 1
        # A replay of a page is one more.
        allowed = self.max_attempts + replayed
        if tries >= allowed:
            return f"{allowed} tries are allowed"
        if sends.kind == "read":
            return None
        if last in (401, 429, 503):
            return None
        unclear = sum(outcome not in (401, 429, 503) for outcome in sends.outcomes)
        if replayed and unclear <= 1:
            return None
        return "it may have been carried out"


class Door(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Both kinds of httpx transport, over an org in this process."""

    def __init__(self, inner: httpx.BaseTransport, journal: Journal, *, packed: bool, chance: random.Random) -> None:
        self._inner = inner
        self._journal = journal
        self._packed = packed
        self._chance = chance

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self._packed:
            request.headers["Accept-Encoding"] = "identity"
        request.read()
        sends = self._journal.sending(request)
        try:
            response = self._inner.handle_request(request)
        except BaseException:
            self._journal.ended(sends, 0)
            raise
        return httpx.Response(
            response.status_code, headers=response.headers, stream=_Watched(response, self._journal, sends)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        await self._let_others_run()
        response = self.handle_request(request)
        try:
            await self._let_others_run()
        except BaseException:
            # Given up by its reader.
            assert isinstance(response.stream, _Watched)
            response.stream.close()
            raise
        return response

    async def _let_others_run(self) -> None:
        for _ in range(self._chance.choice((0, 0, 1, 2, 5))):
            await asyncio.sleep(0)


class _Watched(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body on its way: only when it is over is it known what came of the request."""

    def __init__(self, response: httpx.Response, journal: Journal, sends: Sends) -> None:
        self._response = response
        self._journal = journal
        self._sends = sends
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._response.stream, httpx.SyncByteStream)
        yield from self._response.stream
        self._end(self._response.status_code)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        self._end(0)

    async def aclose(self) -> None:
        self._end(0)

    def _end(self, status: int) -> None:
        if not self._over:
            self._over = True
            self._journal.ended(self._sends, status)
