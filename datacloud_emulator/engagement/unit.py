"""One business unit: its records, its meter, and its page tokens.

Source: wire spec, account-engagement §2, §6, §11.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Condition, Store

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
    """One business unit. `like` gives the store whose records it begins with, `origin` what their URLs begin with."""

    def __init__(
        self,
        number: str,
        clock: Clock,
        settings: EngagementSettings,
        *,
        like: Callable[[], Store],
        origin: Callable[[], str],
    ) -> None:
        self.id = number
        self.active = True  # an inactive one is refused like an unknown one
        self.meter = Meter(clock, settings)
        self.tokens = PageTokens(clock, settings)
        self.user_id = 1  # the Account Engagement user behind every token
        self._clock = clock
        self._settings = settings
        self._like = like
        self._origin = origin
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._closed = False

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
                self._store = Store(self._clock, lambda: self._settings.lag, self._like())
            return self._store

    def close(self) -> None:
        with self._lock:
            store, self._store, self._closed = self._store, None, True
        if store is not None:
            store.close()
