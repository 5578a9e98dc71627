"""The ids of V2 pages: opaque, used once and as they are, or not at all. Source: wire spec, faults P10-P14."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import httpx
import pytest

from datacloud_dbapi import InternalError
from datacloud_emulator import Emulator, Fault
from tests.faults.reading import V2_PAIR, V2_WAYS, Way, failed_for_good
from tests.faults.world import EXPECTED, World

each_way = pytest.mark.parametrize("way", V2_WAYS)
LEFT_OUT = object()
PAGES = "/api/v2/query/"


def with_id(next_id: object) -> Any:
    """A change that puts another id into an answer; with text, as JSON that may hold half a surrogate pair."""

    def change(body: dict[str, Any]) -> Any:
        assert body["done"] is False
        rest = {name: value for name, value in body.items() if name != "nextBatchId"}
        return rest if next_id is LEFT_OUT else {**rest, "nextBatchId": next_id}

    return change


UNUSABLE = [
    pytest.param(value, id=name, marks=pytest.mark.fault(row))
    for row, table in (
        ("P10", {"left out": LEFT_OUT, "null": None, "empty": "", "blank": " ", "blanks": "\t \u00a0"}),
        (
            "P13",
            {
                "dot": ".",
                "dots": "..",
                "newline": "a\r\nb",
                "null character": "a\0",
                "delete": "\x7f",
                "next line": "a\x85b",
                "too long": "x" * 4097,
            },
        ),
    )
    for name, value in table.items()
]


@pytest.mark.parametrize("way", V2_PAIR)
@pytest.mark.parametrize("value", UNUSABLE)
def test_an_id_that_cannot_be_used_is_not(world: World, way: Way, value: object) -> None:
    world.emulator.faults.add(Fault("query", change=with_id(value)))
    with pytest.raises(InternalError):
        way.execute(world)
    assert world.sent == {"query": 1}
    world.forget()
    world.emulator.faults.add(Fault("batch", change=with_id(value)))
    cursor = way.execute(world)
    assert cursor.fetchmany(10) == EXPECTED[:10]
    assert isinstance(failed_for_good(cursor, world), InternalError)
    assert world.sent["batch"] == 1


@pytest.mark.fault("P13")
@pytest.mark.parametrize("half", ["\\ud800", "a\\udfff"])
def test_half_a_surrogate_pair_is_no_character(world: World, half: str) -> None:
    """JSON can spell it, a URL cannot."""
    text = '{"data":[[1]],"done":false,"metadata":{"n":{"type":"BIGINT","placeInOrder":0}},"nextBatchId":"%s"}'
    world.emulator.faults.add(Fault("query", status=200, body=text % half))
    with pytest.raises(InternalError):
        Way().execute(world).fetchall()
    assert world.sent == {"query": 1}


@pytest.mark.fault("P11")
@each_way
def test_the_id_just_used_is_not_asked_for_again(world: World, way: Way) -> None:
    given: list[str] = []

    def keep(body: dict[str, Any]) -> dict[str, Any]:
        given.append(body["nextBatchId"])
        return body

    world.emulator.faults.add(
        Fault("query", change=keep), Fault("batch", change=lambda body: {**body, "nextBatchId": given[0]})
    )
    cursor = way.execute(world)
    assert cursor.fetchmany(10) == EXPECTED[:10]
    assert isinstance(failed_for_good(cursor, world), InternalError)
    assert world.sent["batch"] == 1


class Renamed(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The way to an emulator whose page ids are spelled otherwise: it keeps what was asked, and asks for the real id.

    `asked` are the paths as they were sent, byte for byte.
    """

    def __init__(self, emulator: Emulator, odd: str) -> None:
        self._blocking = emulator.http_transport
        self._awaited = emulator.async_http_transport
        self._odd = odd
        self._real = ""
        self.asked: list[bytes] = []

    def rename(self, body: dict[str, Any]) -> dict[str, Any]:
        """To be the `change` of an answer that says which page is next."""
        self._real = body["nextBatchId"]
        return {**body, "nextBatchId": self._odd}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._blocking.handle_request(self._translated(request, request.read()))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._awaited.handle_async_request(self._translated(request, await request.aread()))

    def _translated(self, request: httpx.Request, body: bytes) -> httpx.Request:
        if not request.url.raw_path.startswith(PAGES.encode()):
            return request
        self.asked.append(request.url.raw_path)
        url = request.url.copy_with(raw_path=(PAGES + self._real).encode())
        return httpx.Request(request.method, url, headers=request.headers, content=body, extensions=request.extensions)


ODD = {
    "slash": "a/b",
    "leads up": "../../v1/query",
    "query": "a?b=c&d",
    "fragment": "a#b",
    "encoded dots": "%2e%2E",
    "encoded slash": "a%2Fb",
    "broken escape": "100%",
    "blanks": " a b ",
    "plus and semicolon": "a+b;c=d",
    "beyond ASCII": "é中\U0001f600",
    "three dots": "...",
}
LONG = {
    "base64, uuid, number": "MTAuMC4wLjE6NzQ4NA==_6f1d2e3c-aaaa-bbbb-cccc-ddddeeeeffff_12",
    "longest": "x" * 4096,
    "longest, encoded": "/" * 4096,
}
STRANGE = [
    pytest.param(value, id=name, marks=pytest.mark.fault(row))
    for row, table in (("P12", ODD), ("P14", LONG))
    for name, value in table.items()
]


@pytest.mark.parametrize("way", V2_PAIR)
@pytest.mark.parametrize("odd", STRANGE)
def test_the_service_sees_its_id_byte_for_byte(world: World, way: Way, odd: str) -> None:
    renamed = Renamed(world.emulator, odd)
    world.emulator.faults.add(Fault("query", change=renamed.rename))
    cursor = way.execute(world, "SELECT n FROM generate_series(1, 15) AS t(n) ORDER BY n", http_transport=renamed)
    assert way.fetch(cursor) == EXPECTED[:15]
    [path] = renamed.asked
    segment = path.removeprefix(PAGES.encode())
    assert set(segment).isdisjoint(b"/?#"), "one segment"
    assert unquote_to_bytes(segment) == odd.encode()
