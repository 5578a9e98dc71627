"""Which events were handled before. The service signs no time and promises no single delivery, so events may repeat.

How it works: whoever is to handle an event claims its key first. A claim ends in `done`, and the event is remembered,
or in `release`, after a failure, and the event may come again.

    nothing ── claim → "new" ──▶ busy ── done ──▶ done
       ▲                          │
       └────────── release ───────┘

Source: wire spec, webhook-data-action §1 (replay), §5; faults W4.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol, TypeAlias

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.webhooks.delivery import Event
from datacloud_dbapi.webhooks.refusals import BusyError

Claim: TypeAlias = Literal["new", "busy", "done"]


class Seen(Protocol):
    """A memory of events, such as one in Redis that several machines share. Methods may be coroutines.

    `key` is `Event.key`. A claim in a shared memory should run out by itself: its owner may have died.
    """

    def claim(self, key: str) -> Claim | Awaitable[Claim]:
        """At once and for one caller only: "new", and the caller handles it; "busy", another does; or "done"."""

    def done(self, key: str) -> Awaitable[None] | None:
        """The event was handled."""

    def release(self, key: str) -> Awaitable[None] | None:
        """The event was not handled, and may come again."""


class SeenInMemory:
    """The newest events of this process: at most `max_events`, each for `max_age` seconds. Safe with several threads.

    `clock` gives seconds that never run backwards. Raises InterfaceError for bounds that cannot be meant.
    """

    def __init__(
        self, max_events: int = 10_000, *, max_age: float = 86_400.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if max_events < 1 or not max_age > 0:
            raise InterfaceError("max_events must be at least 1, and max_age seconds above 0")
        self._max_events = max_events
        self._max_age = max_age
        self._clock = clock
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        # By the time they were done, oldest first.
        self._done: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """How many handled events are remembered."""
        with self._lock:
            self._forget()
            return len(self._done)

    def claim(self, key: str) -> Claim:
        """See `Seen.claim`."""
        with self._lock:
            self._forget()
            if key in self._done:
                return "done"
            if key in self._busy:
                return "busy"
            self._busy.add(key)
            return "new"

    def done(self, key: str) -> None:
        """See `Seen.done`."""
        with self._lock:
            self._busy.discard(key)
            self._done[key] = self._clock()
            self._done.move_to_end(key)
            self._forget()

    def release(self, key: str) -> None:
        """See `Seen.release`."""
        with self._lock:
            self._busy.discard(key)

    @contextmanager
    def once(self, event: Event) -> Iterator[bool]:
        """Inside, whether this event is to be handled now; it is remembered unless the block raises.

        Raises BusyError while another thread handles it.
        """
        claim = self.claim(event.key)
        if claim == "busy":
            raise BusyError("the same event is being handled")
        if claim == "done":
            yield False
            return
        try:
            yield True
        except BaseException:
            self.release(event.key)
            raise
        self.done(event.key)

    def _forget(self) -> None:
        oldest_kept = self._clock() - self._max_age
        while self._done:
            key, at = next(iter(self._done.items()))
            if at > oldest_kept and len(self._done) <= self._max_events:
                return
            del self._done[key]
