"""The benchmarks tell the truth: what they serve is what it says, who reads something else is found out.

Expected rows are those that follow from their numbers, expected ratios are arithmetic.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import datacloud_dbapi
from benchmarks import canned, lookups, pages, report
from benchmarks.comparisons import Comparison, Line, judged
from benchmarks.contestants.turns import Turn, summed
from benchmarks.measure import Entry, Field, Reading, Readings
from datacloud_emulator import Emulator

ROWS = 250


class Canned(httpx.BaseTransport):
    """The canned answers without a server."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = request.headers
        arrow = "enable-arrow-stream" in headers or canned.ARROW in headers.get("accept", "")
        asked = canned.Asked(request.method, request.url.raw_path.decode(), request.read(), arrow, True)
        head, _, body = canned.answer(asked, "canned.example").partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        status = re.match(r"HTTP/1\.1 (\d+) ", first)
        assert status
        # In parts, so that it is read as an answer from the network is.
        named = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        return httpx.Response(int(status[1]), headers=named, stream=httpx.ByteStream(body))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    canned.answer.cache_clear()
    for name, size in (("V2_ROWS", 100), ("CHUNK_ROWS", 100), ("QUERY_SQL_BYTES", 5_000), ("V3_BYTES", 9_000)):
        monkeypatch.setattr(pages, name, size)
    yield
    canned.answer.cache_clear()


@pytest.mark.parametrize(
    ("transport", "arrow"),
    [
        ("rest-v2", False),
        ("rest-v2", True),
        ("rest-v1", False),
        ("query-sql", False),
        ("direct-v3", False),
        ("direct-v3", True),
    ],
)
def test_every_transport_reads_the_rows_that_are_served(small_pages: None, transport: str, arrow: bool) -> None:
    login: dict[str, Any] = {"login_url": "https://canned.example", "client_id": "a", "client_secret": "b"}
    with datacloud_dbapi.connect(
        **login, allowed_hosts=["canned.example"], transport=transport, http_transport=Canned()
    ) as connection:
        cursor = connection.cursor().execute(pages.statement(ROWS), arrow=arrow)
        rows = cursor.fetchall()
    assert [column[0] for column in cursor.description or ()] == pages.NAMES
    assert rows == [pages.row(number) for number in range(ROWS)]
    assert [repr(value) for value in rows[-1]] == [repr(value) for value in pages.row(ROWS - 1)]
    found = summed(rows)
    assert (found.rows, found.ids, found.quantities) == pages.checksum(ROWS)


@pytest.mark.sockets
def test_the_server_speaks_tls_packs_and_stays_connected() -> None:
    with canned.CannedServer() as server:
        login = {"login_url": server.urls["fast"], "ca_bundle": server.ca_file, "client_id": "a", "client_secret": "b"}
        with datacloud_dbapi.connect(**login, allowed_hosts=["127.0.0.1"]) as connection:
            rows = [connection.cursor().execute(pages.statement(20)).fetchall() for _ in range(2)]
    assert rows == [[pages.row(number) for number in range(20)]] * 2


def ratio_of(other: list[float], own: list[float], target: float, faster: bool) -> Line:
    readings: Readings = {
        Entry(who, Turn("fetchall", 1)): [Reading(seconds, seconds) for seconds in each]
        for who, each in (("v1", other), ("ours", own))
    }
    entries = Entry("ours", Turn("fetchall", 1)), Entry("v1", Turn("fetchall", 1))
    return judged(Comparison("fetchall", "v1", target, *entries, faster=faster), readings)


@pytest.mark.parametrize(
    ("other", "own", "target", "faster", "measured", "spread", "met"),
    [
        ([20.0, 30.0, 50.0], [1.0, 1.0, 1.0], 30, True, "30.0×", "20.0–50.0", True),
        ([20.0, 30.0, 50.0], [1.0, 1.0, 2.0], 30, True, "25.0×", "20.0–30.0", False),
        # A round in which only one of them took part is no ratio.
        ([1.0], [1.25, 9.0], 1.25, False, "1.25×", "", True),
        ([1.0, 2.0], [1.3, 2.6], 1.25, False, "1.30×", "1.30–1.30", False),
    ],
)
def test_a_line_is_the_median_of_the_rounds_ratios(
    other: list[float], own: list[float], target: float, faster: bool, measured: str, spread: str, met: bool
) -> None:
    line = ratio_of(other, own, target, faster)
    assert (line.measured, line.spread, line.met) == (measured, spread, met)


def test_who_is_not_installed_is_not_compared() -> None:
    entries = Entry("ours", Turn("fetchall", 1)), Entry("v1", Turn("fetchall", 1))
    line = judged(Comparison("fetchall", "v1", 18, *entries), {entries[0]: [Reading(1.0, 1.0)]})
    assert (line.measured, line.met) == ("not measured", None)


class Scripted:
    """A contestant that says it found this, and keeps what it was asked."""

    def __init__(self, found: tuple[int, int, int], log: list[str], name: str = "") -> None:
        self._found, self._log, self._name = found, log, name

    def take(self, turn: Turn) -> dict[str, Any]:
        self._log.append(self._name + ("?" if turn.check else ""))
        return {"seconds": 1.0, "cpu": 0.5, "found": list(self._found)}


@pytest.mark.parametrize("difference", [(-1, 0, 0), (0, 1, 0), (0, 0, -1)])
def test_who_reads_something_else_ends_the_run(difference: tuple[int, int, int]) -> None:
    rows, ids, quantities = (a + b for a, b in zip(pages.checksum(100), difference, strict=True))
    field = Field({"ours": Scripted((rows, ids, quantities), [])})
    with pytest.raises(RuntimeError, match="did not read what there is"):
        field.rounds({Entry("ours", Turn("fetchall", 100)): 1}, {})


def test_contestants_take_turns_and_another_one_begins_each_round() -> None:
    log: list[str] = []
    readings: Readings = {}
    everyone = {name: Scripted(pages.checksum(100), log, name) for name in ("v1", "floors", "ours")}
    entries = {Entry(name, Turn("fetchall", 100)): 2 - (name == "v1") for name in everyone}
    Field(everyone).rounds({**entries, Entry("v2", Turn("fetchall", 100)): 2}, readings)
    # All are looked at once; the official ones, who warm up with less, every time.
    assert log == ["v1?", "floors?", "ours?", "v1?", "floors", "ours", "floors", "ours"]
    assert {entry.who: len(each) for entry, each in readings.items()} == {"v1": 1, "floors": 2, "ours": 2}


def test_the_table_is_written_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", "utf-8")
    report.write(["| a |", "| b |"], page)
    assert page.read_text("utf-8") == f"before\n{report.BEGIN}\n\n| a |\n\n| b |\n\n{report.END}\nafter\n"
    page.write_text("no markers", "utf-8")
    with pytest.raises(ValueError, match="no place"):
        report.write([""], page)
    assert report.BEGIN in report.PAGE.read_text("utf-8")


class Moments:
    """A clock that stands until it is moved, and a door behind which every request takes three seconds of it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.door = lookups.Watched(httpx.MockTransport(self._answer), httpx.MockTransport(self._answer), self)

    def __call__(self) -> float:
        return self.now

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.now += 3
        return httpx.Response(200)

    def send(self, *, awaited: bool) -> None:
        request = httpx.Request("GET", "https://canned.example")
        if awaited:
            asyncio.run(self.door.handle_async_request(request))
        else:
            self.door.handle_request(request)


@pytest.mark.parametrize("awaited", [False, True])
def test_the_time_within_the_door_is_not_the_look_ups(awaited: bool) -> None:
    clock = Moments()
    beside = lookups.Beside(clock.door, clock)
    for seconds in (0.25, 0.5):
        with beside:
            clock.now += seconds
            clock.send(awaited=awaited)
            clock.now += seconds
    assert beside.seconds == [0.5, 1.0]
    with pytest.raises(RuntimeError, match="took 0 requests"), beside:
        pass
    beside.__enter__()
    clock.send(awaited=awaited)
    clock.send(awaited=awaited)
    with pytest.raises(RuntimeError, match="took 2 requests"):
        beside.__exit__()


@pytest.mark.parametrize(
    ("medians", "measured", "spread", "met"),
    [([0.0004, 0.002, 0.0006], "0.60 ms", "0.40–2.00", True), ([0.0012], "1.20 ms", "", False)],
)
def test_a_look_up_is_judged_by_the_median_of_its_rounds(
    medians: list[float], measured: str, spread: str, met: bool
) -> None:
    line = lookups.judged("blocking", medians)
    assert (line.measured, line.spread, line.met) == (measured, spread, met)


def test_look_ups_of_both_faces_are_measured(datacloud_emulator: Emulator) -> None:
    door = lookups.Watched(datacloud_emulator.http_transport, datacloud_emulator.async_http_transport)
    login: dict[str, Any] = {**datacloud_emulator.connect_params(), "http_transport": door}
    # Who is measured has looked somebody up, in one request: else there is an error.
    assert len(lookups.blocking(login, door, 2, 1)) == 2
    assert len(asyncio.run(lookups.awaited(login, door, 2, 1))) == 2
