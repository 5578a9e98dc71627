"""The business units of the org's Account Engagement: the records of each, its meter, and its page tokens.

Source: wire spec, account-engagement §2, §6, §11.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.settings import BUSINESS_UNIT, EngagementSettings
from datacloud_emulator.engagement.store import Condition, Row, Store

if TYPE_CHECKING:
    from datacloud_emulator.engagement.jobs import Jobs

_DAY = 86_400


class Meter:
    """The calls of one business unit: how many today, how many at once, and how many of each kind."""

    def __init__(self, clock: Clock, settings: EngagementSettings) -> None:
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._day = 0
        self._used = 0
        self._running = 0
        self.most_at_once = 0  # the refused ones among them
        self.served: Counter[tuple[str, str]] = Counter()  # (operation, object name), not refused by the meter

    def _today(self) -> int:
        """The calls of today. The account's midnight ends a day."""
        day = int(self._clock.time() + self._settings.account_offset_minutes * 60) // _DAY
        if day != self._day:
            self._day, self._used = day, 0
        return self._used

    @property
    def used(self) -> int:
        with self._lock:
            return self._today()

    @used.setter
    def used(self, calls: int) -> None:
        with self._lock:
            self._today()
            self._used = calls

    @contextmanager
    def running(self) -> Iterator[None]:
        """While a call is being worked on. choice: a refused one costs none of the day's."""
        with self._lock:
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
            busy = self._running > self._settings.calls_at_once
            spent = self._today() >= self._settings.daily_calls
            if not (busy or spent):
                self._used += 1
        try:
            if spent:
                raise RefusedError(122)
            if busy:
                raise RefusedError(66)
            yield
        finally:
            with self._lock:
                self._running -= 1

    def count(self, operation: str, name: str) -> None:
        with self._lock:
            self.served[operation, name] += 1


@dataclass(frozen=True)
class Sequence:
    """What a page token is bound to: the query, and how far it has come."""

    object: str
    conditions: tuple[Condition, ...]
    order: str
    descending: bool
    limit: int
    deleted: str
    after: tuple[Any, int] | None = None
    given: int = 0


class PageTokens:
    """The page tokens of one business unit. One can be used again: it gives the same page of what is there then."""

    def __init__(self, clock: Clock, settings: EngagementSettings) -> None:
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._standing: dict[str, tuple[float, Sequence]] = {}

    def issue(self, sequence: Sequence) -> str:
        token = secrets.token_urlsafe(24)
        now = self._clock.monotonic()
        with self._lock:
            # In the order of their ends, so the dead ones are the first.
            while self._standing and (first := next(iter(self._standing))) and self._standing[first][0] <= now:
                del self._standing[first]
            self._standing[token] = (now + self._settings.token_life, sequence)
        return token

    def use(self, token: str, name: str) -> Sequence:
        """The sequence of a token. RefusedError for one that is unknown, of another object, or too old."""
        with self._lock:
            ends, sequence = self._standing.get(token, (0.0, None))
        if sequence is None or ends <= self._clock.monotonic() or sequence.object != name:
            raise RefusedError(self._settings.dead_token_code, "nextPageToken. It is unknown or expired.")
        return sequence


class BusinessUnit:
    """One business unit."""

    def __init__(
        self,
        number: str,
        clock: Clock,
        settings: EngagementSettings,
        *,
        sample: bool,
        origin: Callable[[], str],
    ) -> None:
        self.id = number
        self.active = True  # an inactive one is refused like an unknown one
        self.meter = Meter(clock, settings)
        self.tokens = PageTokens(clock, settings)
        self.user_id = 1  # the Account Engagement user behind every token
        self._clock = clock
        self._settings = settings
        self._sample = sample
        self._origin = origin
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._closed = False
        self._jobs: Jobs | None = None

    def __repr__(self) -> str:
        return f"<BusinessUnit {self.id}>"

    @property
    def origin(self) -> str:
        """What the URLs in its records begin with."""
        return self._origin()

    @property
    def store(self) -> Store:
        """Its records; made when they are first asked for."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the emulator was closed, and its records are gone")
            if self._store is None:
                from datacloud_emulator.engagement import sample

                like = sample.template(everything=self._sample)
                self._store = Store(self._clock, lambda: self._settings.lag, like)
            return self._store

    @property
    def jobs(self) -> Jobs:
        """Its exports, imports and bulk actions; made when they are first asked for."""
        with self._lock:
            if self._jobs is None:
                from datacloud_emulator.engagement.jobs import Jobs
                from datacloud_emulator.engagement.workers import WORKERS

                self._jobs = Jobs(self, self._clock, self._settings, WORKERS)
            return self._jobs

    def close(self) -> None:
        with self._lock:
            store, self._store, self._closed = self._store, None, True
        if store is not None:
            store.close()


class Engagement:
    """The org's Account Engagement; `emulator.engagement`.

    `settings` may be changed at any time. Methods without a `business_unit` speak of the first one.
    """

    def __init__(self, clock: Clock, settings: EngagementSettings | None = None) -> None:
        self.settings = settings or EngagementSettings()
        self.origin = ""  # of the URLs in records; known once the emulator has a port
        self._clock = clock
        self._units: dict[str, BusinessUnit] = {}
        self.add_business_unit(BUSINESS_UNIT, sample=self.settings.sample)

    def add_business_unit(self, number: str, *, sample: bool = False) -> BusinessUnit:
        """One more business unit, with records of its own: those that an account is never without, or the sample's."""
        unit = BusinessUnit(number, self._clock, self.settings, sample=sample, origin=lambda: self.origin)
        self._units[number] = unit
        return unit

    def unit(self, business_unit: str | None = None) -> BusinessUnit:
        """A business unit by its id; KeyError for an unknown one."""
        return self._units[BUSINESS_UNIT if business_unit is None else business_unit]

    def find(self, number: str) -> BusinessUnit | None:
        return self._units.get(number)

    def load(self, name: str, rows: Iterable[Mapping[str, Any]], *, business_unit: str | None = None) -> int:
        """Put many records of an object (`Prospect`) into the store, unchecked; how many.

        A DateTime is an aware datetime, an ISO text with an offset, or seconds since 1970. Ids left out are the next
        ones, `createdAt` and `updatedAt` are now; `isDeleted` or `_deleted` puts a record into the bin.
        """
        return self.unit(business_unit).store.load(name, rows)

    def rows(
        self,
        name: str,
        *,
        deleted: str = "all",
        columns: Iterable[str] | None = None,
        business_unit: str | None = None,
    ) -> list[Row]:
        """Every record of an object, by id, as the store has them: what an answer must agree with.

        DateTimes are aware datetimes in UTC; `_deleted` says whether a record is in the bin. `deleted` is "false",
        "true" or "all". `columns` are the only ones wanted, beside the id and `_deleted`: of many records that saves
        much memory.
        """
        fields = catalogue().objects[name].fields
        rows = self.unit(business_unit).store.select(name, deleted=deleted, columns=columns)
        times = [
            field.name for field in fields.values() if field.type == "DateTime" and field.name in (rows or [{}])[0]
        ]
        for row in rows:
            for time in times:
                if row[time] is not None:
                    row[time] = datetime.fromtimestamp(row[time], timezone.utc)
        return rows

    def tick(self, times: int = 1, *, business_unit: str | None = None) -> None:
        """Move every job one state on, `times` times; of exports only the oldest, as one runs at a time."""
        self.unit(business_unit).jobs.tick(times)

    @property
    def most_at_once(self) -> int:
        """The highest number of calls at once that a business unit has seen."""
        return max(unit.meter.most_at_once for unit in self._units.values())

    @property
    def calls_used(self) -> int:
        """The calls of today that the first business unit has taken."""
        return self.unit().meter.used

    def close(self) -> None:
        for unit in self._units.values():
            unit.close()
