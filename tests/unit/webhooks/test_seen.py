"""The memory of handled events: claims, bounds, threads. Source: webhook-data-action §5; faults W4."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from datacloud_dbapi import InterfaceError, webhooks
from tests.unit.webhooks.vectors import SECRET, envelope, event, sign


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def an_event() -> webhooks.Event:
    body = envelope(event())
    return webhooks.verify(body, sign(body), SECRET).events[0]


def test_a_claim_ends_in_done_or_is_released() -> None:
    seen = webhooks.SeenInMemory()
    assert [seen.claim("k"), seen.claim("k")] == ["new", "busy"]
    seen.release("k")
    assert [seen.claim("k"), seen.claim("k"), seen.claim("other")] == ["new", "busy", "new"]
    seen.done("k")
    assert [seen.claim("k"), seen.claim("k"), len(seen)] == ["done", "done", 1]


def test_the_oldest_are_forgotten_first() -> None:
    seen = webhooks.SeenInMemory(2)
    for key in "abc":
        seen.claim(key)
        seen.done(key)
    assert [seen.claim(key) for key in "abc"] == ["new", "done", "done"]


def test_an_event_is_forgotten_after_its_time() -> None:
    clock = Clock()
    seen = webhooks.SeenInMemory(max_age=10, clock=clock)
    seen.claim("a")
    seen.done("a")
    clock.now = 9.9
    assert seen.claim("a") == "done"
    clock.now = 10
    assert (seen.claim("a"), len(seen)) == ("new", 0)


def test_what_is_being_handled_is_never_forgotten() -> None:
    clock = Clock()
    seen = webhooks.SeenInMemory(1, max_age=1, clock=clock)
    seen.claim("busy")
    for key in "ab":
        seen.claim(key)
        seen.done(key)
    clock.now = 100
    assert seen.claim("busy") == "busy"


def test_of_many_threads_one_gets_the_event() -> None:
    seen = webhooks.SeenInMemory()
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: seen.claim("k"), range(200)))
    assert sorted(claims) == ["busy"] * 199 + ["new"]


def test_once() -> None:
    seen, found = webhooks.SeenInMemory(), an_event()
    with pytest.raises(ZeroDivisionError), seen.once(found) as first:
        _ = first / 0
    with seen.once(found) as first:
        assert first
        with pytest.raises(webhooks.BusyError), seen.once(found):
            pass
    with seen.once(found) as first:
        assert not first


@pytest.mark.parametrize("bounds", [{"max_events": 0}, {"max_age": 0}, {"max_age": float("nan")}])
def test_bounds_that_cannot_be_meant_are_refused(bounds: dict[str, Any]) -> None:
    with pytest.raises(InterfaceError):
        webhooks.SeenInMemory(**bounds)
