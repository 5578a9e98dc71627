"""One emulator for all fault tests, whose clock stands still until a test or a pause moves it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from datacloud_emulator import Clock, Emulator
from tests.faults.line import Line
from tests.faults.proxy import Proxy
from tests.faults.world import FACES, World
from tests.small_chunks import emulator_of_small_chunks


@pytest.fixture(scope="session")
def org() -> Iterator[Emulator]:
    """Ten rows a page, a clock that stands."""
    with Emulator(page_rows=10, clock=Clock(dt.datetime(2026, 1, 5, 9, tzinfo=dt.timezone.utc))) as running:
        yield running


@pytest.fixture(params=FACES)
def world(request: pytest.FixtureRequest, org: Emulator) -> Iterator[World]:
    """The emulator as one face of the driver meets it, with nothing left of the test before."""
    org.faults.clear()
    made = World(org, request.param)
    made.forget()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def few_rows_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a page of these emulators comes with the answer to a statement."""
    monkeypatch.setattr("datacloud_dbapi.transports.ranges.FIRST_ROWS", 10)


@pytest.fixture(scope="session")
def cut_org() -> Iterator[Emulator]:
    """The same, whose engine cuts a chunk every four rows."""
    clock = Clock(dt.datetime(2026, 1, 5, 9, tzinfo=dt.timezone.utc))
    with emulator_of_small_chunks(page_rows=10, clock=clock) as running:
        yield running


@pytest.fixture(params=FACES)
def cut_world(request: pytest.FixtureRequest, cut_org: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world in which every transport asks for several pages, however small the result."""
    for name in ("rest_v1.PAGE_ROWS", "kept.PAGE_ROWS", "ranges.STEP_ROWS"):
        monkeypatch.setattr(f"datacloud_dbapi.transports.{name}", 10)
    for name in ("JSON_PAGE_BYTES", "ARROW_PAGE_BYTES"):
        monkeypatch.setattr(f"datacloud_dbapi.transports.hyper.{name}", 30)
    cut_org.faults.clear()
    made = World(cut_org, request.param)
    yield made
    made.close()


@pytest.fixture(scope="session")
def served() -> Iterator[Emulator]:
    """Ten rows a page and the time of day, as is told by a token when it ends: for what runs over sockets."""
    with Emulator(page_rows=10) as running:
        yield running


@pytest.fixture(params=FACES)
def line(request: pytest.FixtureRequest, served: Emulator) -> Iterator[Line]:
    """The emulator through a proxy, as one face of the driver meets it, with nothing left of the test before."""
    served.faults.clear()
    with Proxy(served.tenant_url) as proxy:
        made = Line(served, request.param, proxy=proxy)
        made.forget()
        yield made
        made.close()
