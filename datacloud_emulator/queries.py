"""The life of a served query, and the batch ids that lead through its result.

Knows nothing of HTTP or SQL: an engine query goes in, batches are taken in order, and an id works once, within its
windows, for the tenant and data space it was given to (wire spec, query §4.1).

How it works: a query that has more rows waits under exactly one batch id. Taking the id removes it in the same step, so
of two requests with one id only one is served; the answer to it carries the next id.
"""

from __future__ import annotations

import secrets
import threading
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from datacloud_emulator.clock import Clock

if TYPE_CHECKING:
    from datacloud_emulator.cells import Spelling
    from datacloud_emulator.engine.wire import EngineQuery


class State(Enum):
    """Where a query is in its life."""

    SUBMITTED = "submitted"  # the first batch is being computed
    WAITING = "waiting"  # a batch id is out, nobody has used it
    READING = "reading"  # its id was used, the batch is being read
    FINISHED = "finished"  # the last batch was answered
    FAILED = "failed"  # the engine gave up on it
    EXPIRED = "expired"  # its id was not used in time
    CANCELLED = "cancelled"  # the emulator stopped


class Event(Enum):
    """What moves a query on."""

    MORE = "more rows follow this batch"
    LAST = "this batch ends the result"
    TAKE = "the batch id is used"
    FAIL = "the engine reports an error"
    LAPSE = "a window closes"
    CLOSE = "the emulator stops"


_ANSWER = {
    Event.MORE: State.WAITING,
    Event.LAST: State.FINISHED,
    Event.FAIL: State.FAILED,
    Event.CLOSE: State.CANCELLED,
}

# state → event → next state; what is not listed cannot happen. The documentation prints this table.
LIFE: dict[State, dict[Event, State]] = {
    State.SUBMITTED: _ANSWER,
    State.WAITING: {
        Event.TAKE: State.READING,
        Event.LAPSE: State.EXPIRED,
        Event.CLOSE: State.CANCELLED,
    },
    State.READING: _ANSWER,
    State.FINISHED: {},
    State.FAILED: {},
    State.EXPIRED: {},
    State.CANCELLED: {},
}


class BatchGoneError(Exception):
    """A batch id that was never given out, was used before, came too late, or belongs to somebody else."""


@dataclass(eq=False)
class ServedQuery:
    """One result on its way out, batch by batch."""

    engine: EngineQuery
    owner: Hashable  # who may read on: tenant and data space
    spelling: Spelling
    submitted_at: datetime
    submitted: float  # monotonic seconds
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: State = State.SUBMITTED
    rows_sent: int = 0
    batches_sent: int = 0
    answered: float = 0.0  # monotonic seconds of the last batch

    def happens(self, event: Event) -> None:
        """Move to the state `LIFE` gives for `event`; one it does not list is a RuntimeError."""
        following = LIFE[self.state].get(event)
        if following is None:
            raise RuntimeError(f"a {self.state.value} query cannot be told that {event.value}")
        self.state = following


class Queries:
    """Every query that is alive; safe to call from any thread."""

    def __init__(self, clock: Clock, *, batch_gap: float, result_life: float) -> None:
        self._clock = clock
        self._batch_gap = batch_gap
        self._result_life = result_life
        self._lock = threading.Lock()
        self._busy: set[ServedQuery] = set()  # SUBMITTED or READING
        self._waiting: dict[str, ServedQuery] = {}  # batch id → WAITING

    def __len__(self) -> int:
        with self._lock:
            return len(self._busy) + len(self._waiting)

    def open(self, engine: EngineQuery, owner: Hashable, spelling: Spelling, submitted_at: datetime) -> ServedQuery:
        """Follow a query just submitted to the engine."""
        query = ServedQuery(engine, owner, spelling, submitted_at, submitted=self._clock.monotonic())
        with self._lock:
            self._busy.add(query)
            lapsed = self._drop_lapsed()
        _cancel(lapsed)
        return query

    def answered(self, query: ServedQuery, rows: int, *, last: bool) -> str | None:
        """A batch of `rows` goes out: the id of the next one, or None after the last."""
        with self._lock:
            query.happens(Event.LAST if last else Event.MORE)
            self._busy.discard(query)
            query.rows_sent += rows
            query.batches_sent += 1
            query.answered = self._clock.monotonic()
            if last:
                return None
            batch_id = new_batch_id(query)
            self._waiting[batch_id] = query
            return batch_id

    def take(self, batch_id: str, owner: Hashable) -> ServedQuery:
        """The query that waits under `batch_id`, which is spent by this.

        Raises BatchGoneError. Somebody else's attempt does not spend the id.
        """
        with self._lock:
            lapsed = self._drop_lapsed()
            query = self._waiting.get(batch_id)
            if query is not None and query.owner == owner:
                del self._waiting[batch_id]
                query.happens(Event.TAKE)
                self._busy.add(query)
            else:
                query = None
        _cancel(lapsed)
        if query is None:
            raise BatchGoneError(batch_id)
        return query

    def expire(self, batch_id: str) -> None:
        """Close the window of an id now; one that leads nowhere stays so."""
        with self._lock:
            query = self._waiting.pop(batch_id, None)
            if query is not None:
                query.happens(Event.LAPSE)
        _cancel([query] if query is not None else [])

    def failed(self, query: ServedQuery) -> None:
        """The engine could not go on; the result is over."""
        with self._lock:
            if query in self._busy:
                self._busy.discard(query)
                query.happens(Event.FAIL)

    def close(self) -> None:
        """Cancel everything that is still alive."""
        with self._lock:
            alive = [*self._busy, *self._waiting.values()]
            self._busy.clear()
            self._waiting.clear()
            for query in alive:
                query.happens(Event.CLOSE)
        _cancel(alive)

    def _drop_lapsed(self) -> list[ServedQuery]:
        """Forget the queries whose id came to its end; they are to be cancelled once the lock is free."""
        now = self._clock.monotonic()
        lapsed = []
        for batch_id, query in list(self._waiting.items()):
            if now - query.answered > self._batch_gap or now - query.submitted > self._result_life:
                del self._waiting[batch_id]
                query.happens(Event.LAPSE)
                lapsed.append(query)
        return lapsed


def _cancel(queries: Iterable[ServedQuery]) -> None:
    for query in queries:
        with suppress(Exception):  # nobody reads it any more; an engine that cannot be told so is not news to them
            query.engine.cancel()


def new_batch_id(query: ServedQuery) -> str:
    """Opaque text in the service's newer form: base64 of a host, the query, the batch's number, and a part nobody can
    guess (wire spec, query §4.1: never parse, validate, or bound it)."""
    host = urlsafe_b64encode(b"10.0.0.1:7484").decode()
    secret = urlsafe_b64encode(secrets.token_bytes(16)).decode()
    return f"{host}_{query.query_id}_{query.batches_sent}_{secret}"
