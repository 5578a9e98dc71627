"""The clock a test can move."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

from datacloud_emulator.clock import Clock, SkewedClock

MOMENT = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)


def test_it_follows_the_machine() -> None:
    clock = Clock()
    before = time.time(), time.monotonic()
    seen = clock.time(), clock.monotonic()
    after = time.time(), time.monotonic()
    for earlier, between, later in zip(before, seen, after, strict=True):
        assert earlier <= between <= later


def test_advancing_moves_wall_and_monotonic_time_alike() -> None:
    clock = Clock(at=MOMENT)
    clock.advance(180)
    clock.advance(0.5)
    assert clock.now() == MOMENT + timedelta(seconds=180.5)
    assert clock.monotonic() == 180.5


def test_a_running_clock_keeps_what_it_was_advanced_by() -> None:
    clock = Clock()
    clock.advance(3600)
    assert 3600 <= clock.time() - time.time() + 1 <= 3602


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(-1)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock(at=datetime(2026, 1, 5))


@pytest.mark.parametrize("ahead", [90.0, -90.0])
def test_a_clock_that_is_wrong_stays_as_wrong_as_it_was(ahead: float) -> None:
    right = Clock(at=MOMENT)
    wrong = SkewedClock(right, ahead)
    began = wrong.monotonic()
    assert wrong.time() - right.time() == ahead
    assert wrong.now() - right.now() == timedelta(seconds=ahead)
    right.advance(5)
    wrong.advance(7)
    assert wrong.time() - right.time() == ahead
    assert wrong.monotonic() - began == 12
