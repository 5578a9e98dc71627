"""An engine whose answers are recorded: the first time the real one is asked, from then on its answer is given again.

A simulation asks for a few hundred results some hundred thousand times. Recorded, they take no time, and how far a
query is no longer depends on how fast the engine was: a result is complete when it is first looked at. What the org
makes of them (pages, ids, states) is done anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from datacloud_emulator.engine.wire import PLAIN, EngineQuery, Execution, QueryProgress
from datacloud_emulator.store import Dataspace, Store


class RecordedStore:
    """A store whose data spaces run each statement once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._spaces: dict[str, RecordedSpace] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def dataspace(self, name: str) -> RecordedSpace | None:
        found = self._store.dataspace(name)
        if found is None:
            return None
        return self._spaces.setdefault(name, RecordedSpace(found))


class RecordedSpace:
    """A data space that runs each statement once."""

    def __init__(self, space: Dataspace) -> None:
        self._space = space
        self._queries: dict[tuple[object, ...], RecordedQuery] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._space, name)

    def submit(self, sql: str, execution: Execution = PLAIN, *, writable: bool = False) -> RecordedQuery:
        key = (sql, execution.parameters, execution.param_style, execution.row_limit)
        if key not in self._queries:
            self._queries[key] = RecordedQuery(self._space.submit(sql, execution, writable=writable))
        return self._queries[key]


class RecordedQuery:
    """A query of the engine that has ended, and everything it was asked."""

    def __init__(self, query: EngineQuery) -> None:
        self._query = query
        self._progress = query.wait_finished()
        self._answers: dict[tuple[object, ...], list[Any]] = {}
        self._schema = query.schema_arrow() if query.columns else b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)

    def wait(self, rows: int, timeout: float | None = None) -> QueryProgress:
        return self._progress

    def look(self, wait: float) -> QueryProgress:
        return self._progress

    def wait_finished(self) -> QueryProgress:
        return self._progress

    def rows_json(self, offset: int, row_limit: int, byte_limit: int) -> Iterator[Any]:
        return self._parts(self._query.rows_json, offset, row_limit, byte_limit)

    def chunk_json(self, chunk: int) -> Iterator[Any]:
        return self._parts(self._query.chunk_json, chunk)

    def rows_arrow(self, offset: int, row_limit: int, byte_limit: int) -> Iterator[Any]:
        return self._parts(self._query.rows_arrow, offset, row_limit, byte_limit)

    def chunk_arrow(self, chunk: int) -> Iterator[Any]:
        return self._parts(self._query.chunk_arrow, chunk)

    def schema_arrow(self) -> bytes:
        return self._schema

    def cancel(self) -> None:
        """It has ended; its rows are wanted again."""

    def _parts(self, ask: Callable[..., Iterator[Any]], *what: int) -> Iterator[Any]:
        key = (ask.__name__, *what)
        if key not in self._answers:
            self._answers[key] = list(ask(*what))
        return iter(self._answers[key])
