"""How many requests a tenant takes at once, in a second, and in a day.

Speaks for the wire spec, limits §1 and §3: more than 15 at once are refused; the windows are counted and shown in the
`x-ratelimit-*` headers, and enforced only by quirk.
"""

from __future__ import annotations

import math
import threading

from datacloud_emulator.clock import Clock
from datacloud_emulator.quirks import Quirks

_DAY = 86_400


class _Window:
    """Requests counted in windows of fixed length."""

    def __init__(self, limit: int, seconds: int) -> None:
        self.limit = limit
        self.seconds = seconds
        self._number = -1
        self._used = 0

    def count(self, now: float) -> None:
        if self._number != now // self.seconds:
            self._number, self._used = int(now // self.seconds), 0
        self._used += 1

    @property
    def left(self) -> int:
        return max(0, self.limit - self._used)

    @property
    def exceeded(self) -> bool:
        return self._used > self.limit

    def reset(self, now: float) -> int:
        return max(1, math.ceil(self.seconds - now % self.seconds))


class Quota:
    """The tenant's meter; `enter` and `leave` go round each request, from any thread."""

    def __init__(self, clock: Clock, quirks: Quirks) -> None:
        self._clock = clock
        self._quirks = quirks
        self._lock = threading.Lock()
        self._running = 0
        self._second = _Window(quirks.requests_per_second, 1)
        self._day = _Window(quirks.requests_per_day, _DAY)

    def enter(self, *, capped: bool = True) -> tuple[bool, dict[str, str]]:
        """Count a request in: whether it may go on, and the headers its answer carries either way.

        One that is not `capped` does not count among those at once; `leave` is told the same.
        """
        with self._lock:
            now = self._clock.monotonic()
            self._running += capped
            for window in (self._second, self._day):
                window.count(now)
            too_many = capped and self._running > self._quirks.concurrency
            too_fast = self._quirks.enforce_rate and (self._second.exceeded or self._day.exceeded)
            # The window in force is the one that runs out first. choice: a day that nobody enforces does not run out.
            enforced = (self._second, self._day) if self._quirks.enforce_rate else (self._second,)
            force = min(enforced, key=lambda window: window.left)
            policies = ", ".join(f"{window.limit};w={window.seconds}" for window in (self._second, self._day))
            headers = {
                "x-ratelimit-limit": f"{force.limit}, {policies}",
                "x-ratelimit-remaining": str(force.left),
                "x-ratelimit-reset": str(force.reset(now)),
            }
            return not (too_many or too_fast), headers

    def leave(self, *, capped: bool = True) -> None:
        with self._lock:
            self._running -= capped
