"""Results that stay readable, at any row and as often as one likes, until their time is up.

Connect query-sql and Direct V3 keep theirs for 24 hours (wire spec, query §9.4, limits §2). Knows nothing of HTTP or
SQL; a result is found by its id alone, and only by the one it was made for. Its rows stay with the engine.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from datacloud_emulator.clock import Clock

if TYPE_CHECKING:
    from datacloud_emulator.cells import Spelling
    from datacloud_emulator.engine.wire import EngineQuery


class ResultGoneError(Exception):
    """A query id that was never given out, came too late, or belongs to somebody else."""


@dataclass(frozen=True, eq=False)
class KeptResult:
    """A statement that runs or has run, and how its rows are written."""

    query_id: str
    engine: EngineQuery
    owner: Hashable  # who may read it: API, tenant, and data space
    spelling: Spelling
    expires_at: datetime
    ends: float  # the same, in monotonic seconds


class Results:
    """Every result that is kept; safe to call from any thread."""

    def __init__(self, clock: Clock, life: float) -> None:
        self._clock = clock
        self._life = life
        self._lock = threading.Lock()
        self._kept: dict[str, KeptResult] = {}

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def keep(self, query_id: str, engine: EngineQuery, owner: Hashable, spelling: Spelling) -> KeptResult:
        """Follow a statement just submitted to the engine, under an id nobody can guess."""
        expires_at = self._clock.now() + timedelta(seconds=self._life)
        result = KeptResult(query_id, engine, owner, spelling, expires_at, self._clock.monotonic() + self._life)
        with self._lock:
            lapsed = self._drop_lapsed()
            self._kept[query_id] = result
        _cancel(lapsed)
        return result

    def find(self, query_id: str, owner: Hashable) -> KeptResult:
        """The result of that id; raises ResultGoneError."""
        with self._lock:
            lapsed = self._drop_lapsed()
            result = self._kept.get(query_id)
        _cancel(lapsed)
        if result is None or result.owner != owner:
            raise ResultGoneError(query_id)
        return result

    def expire(self, query_id: str) -> None:
        """End the time of a result now; an id that leads nowhere stays so."""
        with self._lock:
            result = self._kept.pop(query_id, None)
        _cancel([result] if result is not None else [])

    def close(self) -> None:
        """Cancel what still runs, and forget everything."""
        with self._lock:
            kept = list(self._kept.values())
            self._kept.clear()
        _cancel(kept)

    def _drop_lapsed(self) -> list[KeptResult]:
        """Forget what came to its end; it is to be cancelled once the lock is free."""
        now = self._clock.monotonic()
        lapsed = [result for result in self._kept.values() if result.ends <= now]
        for result in lapsed:
            del self._kept[result.query_id]
        return lapsed


def _cancel(results: list[KeptResult]) -> None:
    for result in results:
        with suppress(Exception):  # nobody reads it any more; an engine that cannot be told so is not news to them
            result.engine.cancel()
