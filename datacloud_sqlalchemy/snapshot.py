"""What a data space holds at one moment, found by name; and how long an engine keeps it.

Assumes the driver's `Table` values and nothing of SQLAlchemy. Source: wire spec, metadata §2-3.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datacloud_dbapi.services.metadata import Relationship, Table

VIEW_KIND = "CalculatedInsight"


class Snapshot:
    """The objects of a data space at one moment, found by name: as spelled first, then in any case."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._exact = {table.name: table for table in tables}
        self._folded: dict[str, list[Table]] = {}
        for table in self._exact.values():
            self._folded.setdefault(table.name.lower(), []).append(table)
        self._links = self._resolve_links()

    def find(self, name: str) -> Table | None:
        """The object of that name; None when there is none, or several that only case tells apart."""
        found = self._exact.get(name)
        if found is None:
            candidates = self._folded.get(name.lower(), [])
            found = candidates[0] if len(candidates) == 1 else None
        return found

    def tables(self) -> Iterable[Table]:
        """Every object, in the API's order."""
        return self._exact.values()

    def names(self, *, views: bool) -> list[str]:
        """Names in the API's order: of the calculated insights, or of everything else."""
        return [table.name for table in self._exact.values() if (table.kind == VIEW_KIND) == views]

    def links_from(self, table: Table) -> list[Relationship]:
        """The relationships that leave `table` towards one row of another, each once, with names as they are spelled.

        An object lists those it is either side of, so one may be listed at either end, or at both.
        """
        return self._links.get(table.name, [])

    def _resolve_links(self) -> dict[str, list[Relationship]]:
        found: dict[str, dict[tuple[str | None, ...], Relationship]] = {}
        for link in dict.fromkeys(link for table in self._exact.values() for link in table.relationships):
            resolved = self._resolve_link(link)
            if resolved is not None:
                ends = resolved.from_column, resolved.to_table, resolved.to_column
                found.setdefault(resolved.from_table, {}).setdefault(ends, resolved)
        return {name: list(links.values()) for name, links in found.items()}

    def _resolve_link(self, link: Relationship) -> Relationship | None:
        # A link without columns, as insights have them, joins nothing; one towards many is no foreign key.
        towards_one = link.cardinality is None or link.cardinality.upper().endswith("TOONE")
        if link.from_column is None or link.to_column is None or not towards_one:
            return None
        # A key into an object or a column this user cannot see would make reflection of this one fail.
        source, target = self.find(link.from_table), self.find(link.to_table)
        if source is None or target is None:
            return None
        from_column, to_column = _column(source, link.from_column), _column(target, link.to_column)
        if from_column is None or to_column is None:
            return None
        ends = source.name, target.name, from_column, to_column
        if ends == (link.from_table, link.to_table, link.from_column, link.to_column):
            return link
        return replace(link, from_table=source.name, to_table=target.name, from_column=from_column, to_column=to_column)


def _column(table: Table, name: str) -> str | None:
    """The column of that name, as it is spelled there: as given first, then in any case."""
    names = [field.name for field in table.fields]
    if name in names:
        return name
    return next((each for each in names if each.lower() == name.lower()), None)


class MetadataCache:
    """The snapshot of one engine's data space, asked for once and again when `ttl` seconds have passed.

    `clock` answers monotonic seconds. Threads that ask at once wait for one request.
    """

    def __init__(self, ttl: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl = ttl
        self._clock = clock
        self._lock = threading.Lock()
        self._cleared = 0
        self._kept: tuple[int, float, Snapshot] | None = None

    def snapshot(self, load: Callable[[], Iterable[Table]]) -> Snapshot:
        """The kept snapshot if it is young enough, else a new one from `load`."""
        with self._turn():
            now, cleared = self._clock(), self._cleared
            if self._kept is None or self._kept[0] != cleared or now - self._kept[1] >= self._ttl:
                # An old one must not be in memory while the new one is read.
                self._kept = None
                self._kept = cleared, now, Snapshot(load())
            return self._kept[2]

    def clear(self) -> None:
        """Forget, also an answer that is on its way: the next question asks the service."""
        self._cleared += 1

    def _turn(self) -> AbstractContextManager[Any]:
        """One at a time. What happens inside may wait for the service."""
        return self._lock
