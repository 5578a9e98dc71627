"""An asyncio loop whose time is an org's clock: when nobody can run, the clock moves on to whoever sleeps least."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from datacloud_emulator import Clock

# The clock of a long soak shows so many seconds that a smaller step would not move it.
LEAST_STEP = 1e-3


class StandstillError(AssertionError):
    """Everybody waits, and nothing is left that could wake anybody."""


class _Selector(selectors.SelectSelector):
    """Waits for nothing but time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise StandstillError("every task waits, and nothing can wake one")
        if timeout > 0:
            self._clock.advance(max(LEAST_STEP, timeout))
        return super().select(0)


class ClockworkLoop(asyncio.SelectorEventLoop):
    """Runs tasks in the order in which they become ready, and never waits."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(_Selector(clock))
        self._clock = clock
        self._began = clock.monotonic()

    def time(self) -> float:
        # From zero, as asyncio adds a nanosecond to it, which a large number would swallow.
        return self._clock.monotonic() - self._began
