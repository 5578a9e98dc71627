"""The store by itself: transactions, threads, order, and the copy that is behind.

Source: wire spec, account-engagement §8, §22 row 3.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement.store import Condition, Store

from .service import NOW


class Lag:
    """Seconds that a test may change."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock(at=NOW)


@pytest.fixture
def lag() -> Lag:
    return Lag()


@pytest.fixture
def store(clock: Clock, lag: Lag) -> Iterator[Store]:
    store = Store(clock, lag)
    yield store
    store.close()


def names(store: Store, *, lagging: bool = False) -> list[str]:
    return [row["name"] for row in store.select("Tag", lagging=lagging)]


def test_what_fails_leaves_nothing_behind(store: Store, lag: Lag, clock: Clock) -> None:
    def failing() -> None:
        with store.writing():
            store.insert("Tag", {"name": "a"})
            with store.writing():
                store.insert("Tag", {"name": "b"})
            raise ZeroDivisionError

    lag.seconds = 10
    with pytest.raises(ZeroDivisionError):
        failing()
    assert names(store) == []
    assert store.insert("Tag", {"name": "c"}) == 1
    clock.advance(10)
    assert names(store, lagging=True) == ["c"]


def test_ids_are_not_given_twice(store: Store) -> None:
    assert [store.insert("Tag", {"name": name}) for name in "ab"] == [1, 2]
    store.remove("Tag", 2)
    assert store.insert("Tag", {"name": "c"}) == 3
    assert store.insert("Tag", {"id": 10, "name": "d"}) == 10
    assert store.reserve("Tag") == 11
    assert store.insert("List", {"name": "a"}) == 1


def test_writers_at_once(store: Store) -> None:
    def write(name: str) -> None:
        for _ in range(50):
            with store.writing():
                count = store.count("Tag")
                store.insert("Tag", {"name": name, "objectCount": count})

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(row["id"], row["objectCount"]) for row in store.select("Tag")] == [(n + 1, n) for n in range(200)]


@pytest.mark.parametrize("descending", [False, True])
def test_going_on_after_any_record_whatever_it_holds(store: Store, descending: bool) -> None:
    times = [None, 5, 3, None, 5, 1, None]
    store.load("Prospect", [{"email": f"{place}@a.test", "lastActivityAt": time} for place, time in enumerate(times)])
    keyed = [(time is not None, time or 0, number) for number, time in enumerate(times, 1)]
    expected = [key[2] for key in sorted(keyed, reverse=descending)]
    for place, number in enumerate(expected):
        rows = store.select(
            "Prospect", order="lastActivityAt", descending=descending, after=(times[number - 1], number), columns=[]
        )
        assert [row["id"] for row in rows] == expected[place + 1 :]


def test_the_copy_gets_every_kind_of_write_later(store: Store, lag: Lag, clock: Clock) -> None:
    store.load("Tag", [{"name": name} for name in "abc"])
    lag.seconds = 30
    store.update("Tag", 1, {"name": "A"})
    clock.advance(10)
    store.remove("Tag", 2)
    clock.advance(10)
    store.load("Tag", [{"name": "d"}, {"id": 9, "name": "e"}])
    assert names(store) == ["A", "c", "d", "e"]
    seen = []
    for _ in range(4):
        seen.append(names(store, lagging=True))
        clock.advance(10)
    assert seen == [["a", "b", "c"], ["A", "b", "c"], ["A", "c"], ["A", "c", "d", "e"]]
    lag.seconds = 0
    store.update("Tag", 1, {"name": "now"})
    assert names(store, lagging=True)[0] == "now"


def test_a_store_like_another_is_its_own(store: Store, clock: Clock) -> None:
    store.insert("Tag", {"name": "a"})
    other = Store(clock, like=store)
    try:
        assert (other.insert("Tag", {"name": "b"}), names(other), names(store)) == (2, ["a", "b"], ["a"])
    finally:
        other.close()


def test_what_is_kept_beside_the_columns(store: Store) -> None:
    number = store.insert("Prospect", {"email": "a@a.test", "A__c": "1", "_own": [1], "isDeleted": True})
    store.update("Prospect", number, {"A__c": None, "B__c": ["x", "y"]})
    row = store.get("Prospect", number)
    assert row is not None
    assert (row.get("A__c"), row["B__c"], row["_own"], row["isDeleted"]) == (None, ["x", "y"], [1], True)
    (narrow,) = store.select("Prospect", deleted="true", columns=["email"])
    assert narrow == {"id": number, "email": "a@a.test", "_deleted": True, "isDeleted": True}
    many = store.select("Prospect", [Condition("id", "in", list(range(5000)))], deleted="all", columns=["B__c"])
    assert many[0]["B__c"] == ["x", "y"]
    with pytest.raises(ValueError, match="nothing"):
        store.insert("Prospect", {"nothing": 1})
