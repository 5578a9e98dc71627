"""An asyncio loop whose time is an org's clock: when nobody can run, the clock moves on to whoever sleeps least."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from datacloud_emulator import Clock


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
        self._clock.advance(max(0.0, timeout))
        return super().select(0)


class ClockworkLoop(asyncio.SelectorEventLoop):
    """Runs tasks in the order in which they become ready, and never waits."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(_Selector(clock))
        self._clock = clock

    def time(self) -> float:
        return self._clock.monotonic()
