"""The records of one business unit: a table per object of the catalogue, in SQLite in memory.

A `Row` is a dict by the API's field names. What the store holds differs from what the API shows in three ways: a
DateTime is whole seconds since 1970 (an int), `_deleted` says whether the record is in the recycle bin (`isDeleted`
follows it where the object has that field), and names that are no field of the object stand in it as well: custom
fields of a prospect (`…__c`) and what the emulator itself keeps, whose names begin with an underscore. Relations are
not stored, as they are other records.

Every method may be called from any thread; `writing` makes several calls one. With a replica lag, `select` and `get`
with `lagging=True` answer from a copy that receives each write that many seconds later.

Source: wire spec, account-engagement §8, §12, §22 rows 2-3.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement.tables import Row, Table, moment, tables

__all__ = ["Condition", "Row", "Store", "moment"]

_Change = tuple[float, str, int, "tuple[Any, ...] | None"]  # when, which record, its columns now; None: removed

_OPERATORS = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_DELETED = {"false": '"_deleted" = 0', "true": '"_deleted" = 1', "all": ""}
_LOAD_ROWS = 5000
_MANY = 20_000  # from here on it is faster to make the indexes anew than to keep them up to date


@dataclass(frozen=True)
class Condition:
    """What `select` asks of a column: eq, gt, ge, lt, le with a stored value, `in` with a list of them, is_null, or
    is_not_null."""

    column: str
    operator: str
    value: Any = None


class Store:
    """The records of one business unit, at first those of `like`.

    `lag` is asked for the seconds by which the copy that is read is behind.
    """

    def __init__(self, clock: Clock, lag: Callable[[], float] = lambda: 0.0, like: Store | None = None) -> None:
        self._clock = clock
        self._lag = lag
        self._lock = threading.RLock()
        self._depth = 0
        self._tables = tables()
        self._next = dict.fromkeys(self._tables, 1)
        self._standing = self._next  # what it was when the transaction began
        self._primary = _database()
        self._replica: sqlite3.Connection | None = None
        self._journal: deque[_Change] = deque()  # what the copy has not got yet
        self._written: list[_Change] = []  # in this transaction
        if like is not None:
            with like._lock:
                like._primary.backup(self._primary)
                self._next.update(like._next)
            return
        with self.writing():
            for table in self._tables.values():
                self._primary.execute(table.create)
                for statement in table.indexes.values():
                    self._primary.execute(statement)

    def close(self) -> None:
        with self._lock:
            self._primary.close()
            if self._replica is not None:
                self._replica.close()

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, name: str, number: int, *, lagging: bool = False) -> Row | None:
        """One record, in the bin or not; None for an unknown id."""
        table = self._tables[name]
        with self._lock:
            found = self._database(lagging).execute(table.one, [number]).fetchall()
        return table.read(table.columns, found)[0] if found else None

    def select(
        self,
        name: str,
        conditions: Iterable[Condition] = (),
        *,
        deleted: str = "false",
        order: str = "id",
        descending: bool = False,
        after: tuple[Any, int] | None = None,
        limit: int | None = None,
        offset: int = 0,
        columns: Iterable[str] | None = None,
        lagging: bool = False,
    ) -> list[Row]:
        """Records that meet every condition, in order of a column, then of their ids in the same direction.

        `deleted` is "false", "true" or "all". `after` is the value of the order column and the id of the record after
        which to go on; nulls come first, and last when descending. `columns` are the only ones read (id and `_deleted`
        always are; a name that is no column reads all that is kept beside the columns).
        """
        table = self._tables[name]
        wanted = table.columns if columns is None else _wanted(table, columns)
        clauses, values = [], []
        for condition in conditions:
            clause, more = _clause(condition)
            clauses.append(clause)
            values += more
        if _DELETED[deleted]:
            clauses.append(_DELETED[deleted])
        if after is not None:
            clause, more = _beyond(order, descending, after)
            clauses.append(clause)
            values += more
        direction = "DESC" if descending else "ASC"
        keys = f'"id" {direction}' if order == "id" else f'"{order}" {direction}, "id" {direction}'
        sql = 'SELECT {} FROM "{}"{} ORDER BY {} LIMIT ? OFFSET ?'.format(
            table.listed if columns is None else ", ".join(f'"{column}"' for column in wanted),
            name,
            f" WHERE {' AND '.join(clauses)}" if clauses else "",
            keys,
        )
        with self._lock:
            found = self._database(lagging).execute(sql, [*values, -1 if limit is None else limit, offset]).fetchall()
        return table.read(wanted, found)

    def count(self, name: str, conditions: Iterable[Condition] = (), *, deleted: str = "false") -> int:
        """How many records meet every condition."""
        clauses, values = [], []
        for condition in conditions:
            clause, more = _clause(condition)
            clauses.append(clause)
            values += more
        if _DELETED[deleted]:
            clauses.append(_DELETED[deleted])
        where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
        with self._lock:
            (number,) = self._primary.execute(f'SELECT count(*) FROM "{name}"{where}', values).fetchone()
        return int(number)

    # -- writing ---------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Everything within is one transaction; nobody else reads or writes meanwhile. It may be entered again."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._follow()
                    self._written.clear()
                    self._standing = dict(self._next)
                    self._primary.execute("BEGIN")
                yield
            except BaseException:
                if self._depth == 1:
                    self._primary.execute("ROLLBACK")
                    self._next = self._standing
                raise
            else:
                if self._depth == 1:
                    self._primary.execute("COMMIT")
                    self._journal.extend(self._written)
            finally:
                self._depth -= 1

    def insert(self, name: str, values: Mapping[str, Any]) -> int:
        """A new record of stored values; its id, the next of the object's sequence unless the values have one."""
        with self.writing():
            columns, rest = self._tables[name].split(values)
            number = columns.setdefault("id", self._next[name])
            self._next[name] = max(self._next[name], number + 1)
            if rest:
                columns["_more"] = json.dumps(rest)
            self._primary.execute(_insertion(name, list(columns)), list(columns.values()))
            self._note(name, number)
        return int(number)

    def reserve(self, name: str) -> int:
        """The next id of an object's sequence, which nothing else gets from now on."""
        with self._lock:
            number = self._next[name]
            self._next[name] = number + 1
            return number

    def update(self, name: str, number: int, values: Mapping[str, Any]) -> None:
        """Change these values of a record; a custom field or a name with an underscore that is None goes away."""
        with self.writing():
            columns, rest = self._tables[name].split(values)
            if rest:
                kept = self.get(name, number) or {}
                more = {key: value for key, value in kept.items() if key not in self._tables[name].names}
                more.pop("isDeleted", None)
                more = {key: value for key, value in {**more, **rest}.items() if value is not None}
                columns["_more"] = json.dumps(more) if more else None
            if columns:
                changes = ", ".join(f'"{column}" = ?' for column in columns)
                sql = f'UPDATE "{name}" SET {changes} WHERE "id" = ?'
                self._primary.execute(sql, [*columns.values(), number])
                self._note(name, number)

    def remove(self, name: str, number: int) -> None:
        """Take a record out for good; its id is not given again. The bin is `update(…, {"_deleted": True})`."""
        with self.writing():
            self._primary.execute(f'DELETE FROM "{name}" WHERE "id" = ?', [number])
            self._note(name, number)

    def load(self, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Many records at once, as they are, unchecked; how many.

        A DateTime is an aware datetime, an ISO text with an offset, or seconds since 1970. Ids that are left out are
        the next ones; `createdAt` and `updatedAt` are now. ValueError for an unknown field, sqlite3.IntegrityError for
        an id that is taken.
        """
        table = self._tables[name]
        now = int(self._clock.time())
        rows = iter(rows)
        first = list(islice(rows, _MANY))
        loaded = 0
        with self.writing():
            many = len(first) == _MANY
            if many:
                for index in table.indexes:
                    self._primary.execute(f'DROP INDEX "{index}"')
            rows = chain(first, rows)
            while chunk := list(islice(rows, _LOAD_ROWS)):
                loaded += self._load(table, chunk, now)
            if many:
                for statement in table.indexes.values():
                    self._primary.execute(statement)
        return loaded

    def _load(self, table: Table, rows: Sequence[Mapping[str, Any]], now: int) -> int:
        keys = list(dict.fromkeys(chain.from_iterable(rows)))
        table.split(dict.fromkeys(keys))  # for its complaint
        columns = [key for key in keys if key in table.names and key not in {"id", "_deleted"}]
        stamps = [name for name in ("createdAt", "updatedAt") if name in table.names and name not in columns]
        beside = [key for key in keys if key not in table.names and key != "isDeleted"]
        flagged = "_deleted" in keys or "isDeleted" in keys
        getters = [(column, table.writers.get(column)) for column in columns]
        absent: Row = {column: 0 for column in columns if table.readers.get(column) is bool}
        absent |= {column: now for column in columns if column in {"createdAt", "updatedAt"}}

        def values() -> Iterator[list[Any]]:
            number = self._next[table.name]
            for row in rows:
                given = row.get("id")
                current = number if given is None else given
                number = max(number, current + 1)
                found: list[Any] = [current]
                for column, writer in getters:
                    value = row.get(column)
                    if value is None:
                        value = absent.get(column)
                    elif writer is not None:
                        value = writer(value)
                    found.append(value)
                found += [now] * len(stamps)
                if flagged:
                    found.append(bool(row.get("_deleted", row.get("isDeleted"))))
                if beside:
                    more = {key: row[key] for key in beside if row.get(key) is not None}
                    found.append(json.dumps(more) if more else None)
                self._next[table.name] = number
                yield found

        names = ["id", *columns, *stamps, *(["_deleted"] if flagged else []), *(["_more"] if beside else [])]
        before = self._next[table.name]
        self._primary.executemany(_insertion(table.name, names), values())
        if self._replica is not None:
            noted = [row["id"] for row in rows if row.get("id") is not None]
            for number in {*noted, *range(before, self._next[table.name])}:
                self._note(table.name, number)
        return len(rows)

    # -- the copy that is behind -----------------------------------------------------------------------------------

    def _database(self, lagging: bool) -> sqlite3.Connection:
        if not lagging:
            return self._primary
        self._follow()
        return self._primary if self._replica is None else self._replica

    def _follow(self) -> None:
        """Bring the copy to what was true `lag` seconds ago; make it when there is a lag and no copy yet."""
        lag = self._lag()
        if lag <= 0:
            if self._replica is not None:
                self._replica.close()
                self._replica = None
                self._journal.clear()
            return
        if self._replica is None:
            self._replica = _database()
            self._primary.backup(self._replica)
        until = self._clock.time() - lag
        while self._journal and self._journal[0][0] <= until:
            _, name, number, values = self._journal.popleft()
            self._replica.execute(f'DELETE FROM "{name}" WHERE "id" = ?', [number])
            if values is not None:
                self._replica.execute(_insertion(name, self._tables[name].columns), values)

    def _note(self, name: str, number: int) -> None:
        if self._replica is None:
            return
        columns = ", ".join(f'"{column}"' for column in self._tables[name].columns)
        sql = f'SELECT {columns} FROM "{name}" WHERE "id" = ?'
        self._written.append((self._clock.time(), name, number, self._primary.execute(sql, [number]).fetchone()))


def _database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _wanted(table: Table, columns: Iterable[str]) -> list[str]:
    asked = set(columns)
    wanted = [name for name in table.columns if name in asked or name in {"id", "_deleted"}]
    if asked - table.names - {"isDeleted"}:
        wanted.append("_more")
    return wanted


def _insertion(name: str, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{name}" ({names}) VALUES ({", ".join("?" * len(columns))})'


def _clause(condition: Condition) -> tuple[str, list[Any]]:
    column = f'"{condition.column}"'
    if condition.operator == "is_null":
        return f"{column} IS NULL", []
    if condition.operator == "is_not_null":
        return f"{column} IS NOT NULL", []
    if condition.operator == "in":
        # One value rather than one for each: SQLite limits how many there may be.
        return f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(list(condition.value))]
    return f"{column} {_OPERATORS[condition.operator]} ?", [condition.value]


def _beyond(order: str, descending: bool, after: tuple[Any, int]) -> tuple[str, list[Any]]:
    value, number = after
    sign = "<" if descending else ">"
    if order == "id":
        return f'"id" {sign} ?', [number]
    if value is None:
        clause = f'("{order}" IS NULL AND "id" {sign} ?)'
        return (clause if descending else f'({clause} OR "{order}" IS NOT NULL)'), [number]
    clause = f'("{order}", "id") {sign} (?, ?)'
    return (f'({clause} OR "{order}" IS NULL)' if descending else clause), [value, number]
