"""Whatever goes wrong with creates, each record is made at most once, and an error says so whenever that is unknown.

A model of the service, independent of the emulator, carries requests out and keeps what it made. Each fault comes in
the form in which the request was carried out, and in the other one where there is one.
Source: wire spec, faults rules 1-2 and E1-E3; account-engagement §10.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacloud_dbapi.engagement.aio import AsyncEngagement
from datacloud_dbapi.engagement.client import Engagement
from datacloud_dbapi.engagement.written import Written
from datacloud_dbapi.errors import Error
from datacloud_dbapi.flow.aio import AsyncRunner
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams

STATUSES = {"500": 500, "502": 502, "503": 503, "504": 504, "429": 429, "401": 401, "66": 400, "122": 429, "9": 400}
CODES = {"401": 184, "66": 66, "122": 122, "9": 9}
LOST = {
    "reset": httpx.ReadError("reset"),
    "silence": httpx.ReadTimeout("silence"),
    "gone": httpx.RemoteProtocolError("gone"),
}
# What is refused by a whole answer, or never arrives, was not carried out.
NEVER_DONE = ("refused", "429", "401", "66", "122", "9")
PERHAPS_DONE = ("500", "502", "503", "504", *LOST)
FAULTS = (
    *NEVER_DONE,
    *PERHAPS_DONE,
    *(f"{fault}, done" for fault in PERHAPS_DONE),
    *("cut, done", "half, done", "page, done", "204, done", "ok, done"),
)


class _Half(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body whose connection ends before it does."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id": 1'
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    async def __aiter__(self) -> Any:
        for part in self:
            yield part


class Service(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Makes prospects, and has the faults of a schedule; when that is over, all goes well."""

    def __init__(self, schedule: list[str]) -> None:
        self.made: Counter[str] = Counter()
        self._schedule = iter(schedule)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        if request.url.path == "/services/oauth2/token":
            return httpx.Response(200, json={"access_token": "00D!x", "instance_url": "https://a.my.salesforce.com"})
        fault, _, done = next(self._schedule, "ok, done").partition(", ")
        if fault == "refused":
            raise httpx.ConnectError("refused")
        if done:
            self.made[json.loads(body)["email"]] += 1
        return self._answer(fault)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return self.handle_request(request)

    def _answer(self, fault: str) -> httpx.Response:
        if fault in LOST:
            raise type(LOST[fault])(str(LOST[fault]))
        if fault == "cut":
            return httpx.Response(201, stream=_Half())
        if fault == "half":
            return httpx.Response(201, content=b'{"id": 1')
        if fault == "page":
            return httpx.Response(200, text="<html>")
        if fault == "204":
            return httpx.Response(204)
        if fault == "ok":
            return httpx.Response(201, json={"id": 1})
        code = CODES.get(fault)
        return httpx.Response(STATUSES[fault], json={} if code is None else {"code": code, "message": "as it is"})


def params(service: Service) -> ConnectParams:
    given = {
        "login_url": "https://a.my.salesforce.com",
        "client_id": "a",
        "client_secret": "b",
        "business_unit_id": "0Uv000000000001AAA",
        "http_transport": service,
    }
    return ConnectParams.resolve(None, given, {})


class Time:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds

    async def pause_awaited(self, seconds: float) -> None:
        self.pause(seconds)
        await asyncio.sleep(0)


def one_by_one(face: str, service: Service, addresses: list[str]) -> dict[str, Error | None]:
    """What came of each create: nothing wrong, or the error."""
    time, chosen = Time(), params(service)
    outcomes: dict[str, Error | None] = {}
    if face == "blocking":
        with Engagement(chosen, runner=Runner(chosen, clock=time, pause=time.pause)) as client:
            for address in addresses:
                try:
                    client.prospects.create({"email": address})
                    outcomes[address] = None
                except Error as error:
                    outcomes[address] = error
        return outcomes

    async def main() -> None:
        runner = AsyncRunner(chosen, clock=time, pause=time.pause_awaited)
        async with AsyncEngagement(chosen, runner=runner) as client:
            for address in addresses:
                try:
                    await client.prospects.create({"email": address})
                    outcomes[address] = None
                except Error as error:
                    outcomes[address] = error

    asyncio.run(main())
    return outcomes


def all_at_once(face: str, service: Service, addresses: list[str], on_error: str, at_once: int) -> Written:
    """What the one call that creates them all says of it, or its error."""
    time, chosen = Time(), params(service)
    rows = [{"email": address} for address in addresses]
    how: dict[str, Any] = {"on_error": on_error, "at_once": at_once, "check_budget": False}
    try:
        if face == "blocking":
            with Engagement(chosen, runner=Runner(chosen, clock=time, pause=time.pause)) as client:
                written: Written = client.prospects.create_many(rows, **how)
                return written

        async def main() -> Written:
            runner = AsyncRunner(chosen, clock=time, pause=time.pause_awaited)
            async with AsyncEngagement(chosen, runner=runner) as client:
                found: Written = await client.prospects.create_many(rows, **how)
                return found

        return asyncio.run(main())
    except Error as error:
        so_far: Written = error.written
        return so_far


schedules = st.lists(st.sampled_from(FAULTS), max_size=25)
ADDRESSES = [f"p{number}@example.test" for number in range(8)]
faces = pytest.mark.parametrize("face", ["blocking", "awaited"])


@faces
@pytest.mark.fault("E1", "E2", "E3")
@given(schedule=schedules)
def test_one_by_one(face: str, schedule: list[str]) -> None:
    service = Service(schedule)
    for address, error in one_by_one(face, service, ADDRESSES).items():
        made = service.made[address]
        assert made <= 1
        if error is None:
            assert made == 1
        elif not error.maybe_applied:
            assert made == 0


@faces
@pytest.mark.fault("E1", "E2", "E3")
@given(schedule=schedules, on_error=st.sampled_from(["raise", "keep"]), at_once=st.integers(1, 5))
def test_all_by_one_call(face: str, schedule: list[str], on_error: str, at_once: int) -> None:
    service = Service(schedule)
    written = all_at_once(face, service, ADDRESSES, on_error, at_once)
    for row, address in enumerate(ADDRESSES):
        made, status = service.made[address], written.status(row)
        assert made <= 1
        assert (status, made) in {("written", 1), ("failed", 0), ("not sent", 0), ("unknown", 0), ("unknown", 1)}
    assert [failure.row for failure in written.failures if failure.maybe_applied] == list(written.unknown)
    assert written.failures or not written.not_sent
