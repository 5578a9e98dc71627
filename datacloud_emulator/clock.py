"""The emulator's time: the machine's own, which a test may move forward.

Token lives, batch windows, quotas and the timestamps of answers read this clock. The engine does not: SQL's `now()` and
`current_date` follow the machine whatever is done here (wire spec, hyper §6).
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone


class Clock:
    """Wall time and monotonic time in seconds, both moved by `advance`.

    `Clock(at=…)` stands still at that moment (an aware datetime) until it is advanced, so that a test knows every
    timestamp; without it the clock runs with the machine.
    """

    def __init__(self, at: datetime | None = None) -> None:
        if at is not None and at.tzinfo is None:
            raise ValueError("the moment a clock stands at must have a time zone")
        self._at = at
        self._ahead = 0.0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Clock {self.now().isoformat()}>"

    def time(self) -> float:
        """Seconds since 1970, for timestamps and JWT claims."""
        return (time.time() if self._at is None else self._at.timestamp()) + self._ahead

    def monotonic(self) -> float:
        """Seconds that never run backwards, for windows and lives; the zero means nothing."""
        return (time.monotonic() if self._at is None else 0.0) + self._ahead

    def now(self) -> datetime:
        """The wall time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), timezone.utc)

    @property
    def stands(self) -> bool:
        """Whether it moves by `advance` alone."""
        return self._at is not None

    def advance(self, seconds: float) -> None:
        """Move the clock forward; time does not run backwards, so a negative number is a ValueError."""
        if seconds < 0:
            raise ValueError("a clock only moves forward")
        with self._lock:
            self._ahead += seconds


class SkewedClock(Clock):
    """A service's clock that goes wrong: it follows another one, `ahead` seconds before it (negative: behind)."""

    def __init__(self, right: Clock, ahead: float) -> None:
        super().__init__()
        self._right = right
        self._skew = ahead

    def time(self) -> float:
        return self._right.time() + self._skew

    def monotonic(self) -> float:
        return self._right.monotonic()

    @property
    def stands(self) -> bool:
        return self._right.stands

    def advance(self, seconds: float) -> None:
        self._right.advance(seconds)
