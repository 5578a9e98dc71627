"""The ways in which a result is read, and the words of a cursor that read it.

Every page that a fault strikes is read as rows and as Arrow, ahead of its reader and not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from datacloud_dbapi import Error
from tests.faults.world import NUMBERS, World


@dataclass(frozen=True)
class Way:
    """Over a transport, in JSON or in Arrow, with so many pages fetched ahead, in so many seconds at most."""

    transport: str = "rest-v2"
    arrow: bool = False
    prefetch: int = 0
    timeout: float | None = None

    def __str__(self) -> str:
        return f"{self.transport}-{'arrow' if self.arrow else 'rows'}-{self.prefetch} ahead"

    def cursor(self, world: World, **more: Any) -> Any:
        """A cursor of a new connection that has logged in; nothing that it sends from now on is for the login."""
        connection = world.connect(self.transport, prefetch=self.prefetch, **more)
        connection.ping()
        world.forget()
        return connection.cursor()

    def execute(self, world: World, sql: str = NUMBERS, **more: Any) -> Any:
        """A cursor of a new connection that has executed `sql` and has fetched no row yet."""
        return self.cursor(world, **more).execute(sql, arrow=self.arrow, timeout=self.timeout)

    def fetch(self, cursor: Any) -> list[tuple[Any, ...]]:
        """All further rows, by the words for the form they come in."""
        return table_rows(cursor.fetch_arrow_table()) if self.arrow else list(cursor.fetchall())


def ways(*transports: str, ahead: tuple[int, ...] = (0, 1)) -> list[Any]:
    """JSON and Arrow, ahead and not, of each transport; `rest-v1` and `query-sql` have no Arrow."""
    forms = itertools.product(transports, (False, True), ahead)
    kinds = [Way(*form) for form in forms if not (form[1] and form[0] in {"rest-v1", "query-sql"})]
    return [pytest.param(way, id=str(way)) for way in kinds]


V2_WAYS = ways("rest-v2")
# For what has many kinds: each form and each depth once.
V2_PAIR = [pytest.param(way, id=str(way)) for way in (Way(prefetch=1), Way(arrow=True))]

FETCHES: dict[str, Callable[[Any], Any]] = {
    "fetchone": lambda cursor: cursor.fetchone(),
    "fetchmany": lambda cursor: cursor.fetchmany(3),
    "fetchall": lambda cursor: cursor.fetchall(),
    "next": lambda cursor: next(cursor),
    "for": lambda cursor: list(cursor),
    "table": lambda cursor: cursor.fetch_arrow_table(),
    "batches": lambda cursor: next(batches(cursor)),
}


def batches(cursor: Any) -> Any:
    """An iterator over the record batches of either face."""
    blocking = getattr(cursor, "fetch_record_batch", None)
    return cursor.fetch_record_batches() if blocking is None else iter(blocking())


def one_by_one(cursor: Any, read: list[Any], between: Callable[[], object] = lambda: None, size: int = 1) -> None:
    """Put the rows into `read` as they come, until the end or an error; `between` is what the reader does meanwhile."""
    while rows := cursor.fetchmany(size):
        read += rows
        between()


def table_rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True)) if table.num_columns else []


def failed_for_good(cursor: Any, world: World) -> Error:
    """The error that every fetch raises from now on, by any word and any number of times.

    The first of them may find it out; those after it ask the service for nothing.
    """
    raised: list[Error] = []
    sent = 0
    for name, fetch in [*FETCHES.items(), *FETCHES.items()]:
        try:
            got = fetch(cursor)
        except Error as error:
            raised.append(error)
            sent = sent or sum(world.sent.values())
        else:
            pytest.fail(f"{name} gave {got!r} of a result that failed")
    assert {id(error) for error in raised} == {id(raised[0])}
    assert sum(world.sent.values()) == sent
    assert cursor.rowcount == -1
    return raised[0]
