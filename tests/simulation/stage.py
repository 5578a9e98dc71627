"""Where plays happen: one engine for all of them, and an org for each place that a schedule may name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from datacloud_dbapi.transports import hyper, kept, ranges, rest_v1
from datacloud_emulator import Clock, Emulator
from datacloud_emulator.app import App
from datacloud_emulator.faults import Faults
from datacloud_emulator.org import Org
from tests.simulation.recorded import RecordedStore
from tests.simulation.schedule import PLACES, Place, Schedule

START = dt.datetime(2026, 1, 5, 9, tzinfo=dt.timezone.utc)
# Between two plays the clock goes on to a multiple of this, by which everything of the last one has ended.
BETWEEN = 100_000


@dataclass(frozen=True)
class Site:
    """An org with its own faults and clock, and the emulator whose credentials open it."""

    emulator: Emulator
    org: Org
    faults: Faults
    app: App

    def clear(self) -> None:
        """Forget everything of the play before."""
        self.faults.clear()
        self.app.requests.clear()
        self.org.queries.close()
        self.org.results.close()
        clock = self.org.clock
        clock.advance(BETWEEN - clock.monotonic() % BETWEEN)


class Stage:
    """A context manager that holds the sites."""

    def __enter__(self) -> Stage:
        with ExitStack() as stack:
            emulator = stack.enter_context(Emulator(page_rows=7, clock=Clock(START)))
            # Its own org has the gRPC door; the others share its engine, its data and its credentials.
            app = emulator._started().app
            self._own = Site(emulator, app._org, emulator.faults, app)
            store = RecordedStore(app._org.store)
            self._sites = [_site(emulator, app._org, store, place) for place in PLACES]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        for site in self._sites:
            site.clear()
        self._stack.close()

    def site(self, schedule: Schedule) -> Site:
        """Where a schedule is played, as if nobody had been there before."""
        site = self._own if schedule.transport == "hyper" else self._sites[schedule.place]
        site.clear()
        return site


def _site(emulator: Emulator, own: Org, store: RecordedStore, place: Place) -> Site:
    org = Org.assemble(
        own.origin,
        store,  # type: ignore[arg-type]  # it answers as a store does
        own.accounts.credentials,
        clock=Clock(START),
        quirks=place.quirks,
        page_rows=place.page_rows,
    )
    faults = Faults()
    return Site(emulator, org, faults, App(org, faults))


@contextmanager
def asking_for(rows: int) -> Iterator[None]:
    """Let the driver ask for so few rows at once, wherever it is the one that cuts pages."""
    settings = [
        *((module, name, rows) for module, name in _ROWS),
        *((hyper, name, rows * 16) for name in ("JSON_PAGE_BYTES", "ARROW_PAGE_BYTES")),
    ]
    before = [getattr(module, name) for module, name, _ in settings]
    for module, name, number in settings:
        setattr(module, name, number)
    try:
        yield
    finally:
        for (module, name, _), number in zip(settings, before, strict=True):
            setattr(module, name, number)


_ROWS = ((kept, "PAGE_ROWS"), (ranges, "STEP_ROWS"), (ranges, "FIRST_ROWS"), (rest_v1, "PAGE_ROWS"))
