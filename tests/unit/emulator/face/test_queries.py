"""The life of a query and of its batch ids, without HTTP or an engine. Source: wire spec, query §4.1."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from datacloud_emulator.cells import RowSpelling
from datacloud_emulator.clock import Clock
from datacloud_emulator.engine.wire import EngineQuery
from datacloud_emulator.queries import LIFE, BatchGoneError, Event, Queries, ServedQuery, State

from .client import START


class EngineSide:
    """Counts the cancels."""

    def __init__(self) -> None:
        self.cancelled = 0

    def cancel(self) -> None:
        self.cancelled += 1


class Followed:
    """A query table on a clock that stands still."""

    def __init__(self) -> None:
        self.clock = Clock(at=START)
        self.queries = Queries(self.clock, batch_gap=180, result_life=3600)
        self.engine = EngineSide()

    def open(self, owner: str = "me") -> ServedQuery:
        spelling = RowSpelling([], set(), quirks=None)  # type: ignore[arg-type]  # without columns nobody looks
        return self.queries.open(cast(EngineQuery, self.engine), owner, spelling, self.clock.now())

    def waiting(self) -> tuple[ServedQuery, str]:
        query = self.open()
        batch_id = self.queries.answered(query, 10, last=False)
        assert batch_id is not None
        return query, batch_id


@pytest.fixture
def followed() -> Followed:
    return Followed()


def test_a_query_ends_after_its_last_batch(followed: Followed) -> None:
    states = []
    query = followed.open()
    states.append(query.state)
    batch_id = followed.queries.answered(query, 10, last=False)
    assert batch_id is not None
    states.append(query.state)
    assert followed.queries.take(batch_id, "me") is query
    states.append(query.state)
    assert followed.queries.answered(query, 5, last=True) is None
    states.append(query.state)
    assert states == [State.SUBMITTED, State.WAITING, State.READING, State.FINISHED]
    assert (query.rows_sent, query.batches_sent, len(followed.queries)) == (15, 2, 0)


@pytest.mark.parametrize("batch_id", ["", "x", "MTAuMC4wLjE6NzQ4NA_6f1d2c3b_1"])
def test_an_id_never_given_out(followed: Followed, batch_id: str) -> None:
    followed.waiting()
    with pytest.raises(BatchGoneError):
        followed.queries.take(batch_id, "me")


def test_an_id_works_once(followed: Followed) -> None:
    _, batch_id = followed.waiting()
    followed.queries.take(batch_id, "me")
    with pytest.raises(BatchGoneError):
        followed.queries.take(batch_id, "me")


def test_somebody_elses_attempt_is_refused_and_spends_nothing(followed: Followed) -> None:
    query, batch_id = followed.waiting()
    with pytest.raises(BatchGoneError):
        followed.queries.take(batch_id, "somebody else")
    assert followed.queries.take(batch_id, "me") is query


def test_each_id_is_new_opaque_and_long(followed: Followed) -> None:
    ids = [followed.waiting()[1] for _ in range(50)]
    assert len(set(ids)) == 50
    assert all("_" in batch_id and "=" in batch_id and len(batch_id) > 60 for batch_id in ids)


@pytest.mark.parametrize(("pause", "served"), [(179, True), (180, True), (180.001, False), (3600, False)])
def test_three_minutes_between_batches(followed: Followed, pause: float, served: bool) -> None:
    query, batch_id = followed.waiting()
    followed.clock.advance(pause)
    if served:
        assert followed.queries.take(batch_id, "me") is query
        return
    with pytest.raises(BatchGoneError):
        followed.queries.take(batch_id, "me")
    assert (query.state, len(followed.queries), followed.engine.cancelled) == (State.EXPIRED, 0, 1)


@pytest.mark.parametrize(("last_pause", "served"), [(0, True), (1, False)])
def test_an_hour_for_the_whole_result(followed: Followed, last_pause: float, served: bool) -> None:
    query, batch_id = followed.waiting()
    for _ in range(20):  # 20 batches, three minutes apart
        followed.clock.advance(180)
        followed.queries.take(batch_id, "me")
        following = followed.queries.answered(query, 1, last=False)
        assert following is not None
        batch_id = following
    followed.clock.advance(last_pause)
    if served:
        assert followed.queries.take(batch_id, "me") is query
    else:
        with pytest.raises(BatchGoneError):
            followed.queries.take(batch_id, "me")


def test_abandoned_queries_do_not_pile_up(followed: Followed) -> None:
    for _ in range(10):
        followed.waiting()
    followed.clock.advance(181)
    followed.open()
    assert (len(followed.queries), followed.engine.cancelled) == (1, 10)


def test_one_of_many_takers_gets_the_batch(followed: Followed) -> None:
    _, batch_id = followed.waiting()
    barrier, served, refused = threading.Barrier(8), [], []

    def taker() -> None:
        barrier.wait()
        try:
            served.append(followed.queries.take(batch_id, "me"))
        except BatchGoneError as error:
            refused.append(error)

    threads = [threading.Thread(target=taker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(served), len(refused)) == (1, 7)


def test_closing_cancels_what_is_alive(followed: Followed) -> None:
    busy, (waiting, _) = followed.open(), followed.waiting()
    ended = followed.open()
    followed.queries.failed(ended)
    followed.queries.close()
    assert [query.state for query in (busy, waiting, ended)] == [State.CANCELLED, State.CANCELLED, State.FAILED]
    assert followed.engine.cancelled == 2
    followed.queries.failed(busy)  # its request notices later; nothing more happens
    assert busy.state is State.CANCELLED


def test_the_table_of_life_is_closed_and_every_state_can_be_reached() -> None:
    assert set(LIFE) == set(State)
    reached = {following for events in LIFE.values() for following in events.values()}
    assert reached == set(State) - {State.SUBMITTED}
    assert {event for events in LIFE.values() for event in events} == set(Event)


def test_what_the_table_does_not_list_cannot_happen(followed: Followed) -> None:
    query = followed.open()
    for state, events in LIFE.items():
        for event in set(Event) - set(events):
            query.state = state
            with pytest.raises(RuntimeError, match=state.value):
                query.happens(event)
