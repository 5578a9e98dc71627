"""The virtual table that SQLite sees over an object: its plan, its rows, its changes.

Shillelagh has a virtual table of its own. This one stands in its place, as that one gives SQLite the integers as text
(so that their greatest is 9, not 10), mixes up conditions in a join, and cannot leave a condition to SQLite by its
value. Every other part of Shillelagh is used as it is.

How rows come: page by page, as SQLite asks for them. A join asks for the same rows again, or for those of one key after
another. The same ones are kept from the second time on. Of single keys, as many are looked up as pages may then be read
to have all of them; whether that is enough is tried after 8 look-ups, 16, 32 and so on. So a join never costs more than
about three times the calls of the better way.
Source: wire spec, account-engagement §21; https://www.sqlite.org/vtab.html.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import apsw

from datacloud_dbapi.engagement.catalogue import ObjectType
from datacloud_dbapi.engagement.sql.columns import MARK, UNREAD, Column, given, stored
from datacloud_dbapi.engagement.sql.plan import PAGE, Asked, Plan, Wish, ask, choose, fits, load
from datacloud_dbapi.errors import Error, InterfaceError, NotSupportedError, OperationalError, ProgrammingError

if TYPE_CHECKING:
    from typing import Literal

_logger = logging.getLogger("datacloud_dbapi.engagement.sql")

FIRST_TRY = 8
# Creating one of these sends a message at once. Source: wire spec, account-engagement §19.
SENDING = frozenset({"emails", "list_emails"})

_OPS = {
    apsw.SQLITE_INDEX_CONSTRAINT_EQ: "eq",
    apsw.SQLITE_INDEX_CONSTRAINT_GT: "gt",
    apsw.SQLITE_INDEX_CONSTRAINT_GE: "ge",
    apsw.SQLITE_INDEX_CONSTRAINT_LT: "lt",
    apsw.SQLITE_INDEX_CONSTRAINT_LE: "le",
    apsw.SQLITE_INDEX_CONSTRAINT_ISNULL: "is_null",
    apsw.SQLITE_INDEX_CONSTRAINT_ISNOTNULL: "is_not_null",
    apsw.SQLITE_INDEX_CONSTRAINT_LIMIT: "limit",
    apsw.SQLITE_INDEX_CONSTRAINT_OFFSET: "offset",
    # What only SQLite checks, by the names that `explain` shows.
    apsw.SQLITE_INDEX_CONSTRAINT_NE: "ne",
    apsw.SQLITE_INDEX_CONSTRAINT_IS: "is",
    apsw.SQLITE_INDEX_CONSTRAINT_ISNOT: "is_not",
    apsw.SQLITE_INDEX_CONSTRAINT_LIKE: "like",
    apsw.SQLITE_INDEX_CONSTRAINT_GLOB: "glob",
    apsw.SQLITE_INDEX_CONSTRAINT_REGEXP: "regexp",
    apsw.SQLITE_INDEX_CONSTRAINT_MATCH: "match",
}


class Source(Protocol):
    """What a table reads and writes through: one object of one client, and what its user has allowed."""

    @property
    def described(self) -> ObjectType: ...
    @property
    def columns(self) -> Mapping[str, Column]: ...
    @property
    def writable(self) -> bool: ...
    @property
    def allow_sending(self) -> bool: ...
    @property
    def include_deleted(self) -> bool: ...
    @property
    def max_row_reads(self) -> int: ...
    @property
    def service(self) -> Any: ...


class EngagementTable:
    """An object as SQLite sees it: the methods that apsw calls, by its names."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._names = (MARK, *source.columns)
        # The rows that an UPDATE is about, until it says what they are to be.
        self._before: dict[int, Mapping[str, Any]] = {}
        self._changed = False
        self._done = 0

    def BestIndexObject(self, index: apsw.IndexInfo) -> bool:  # noqa: N802 - apsw's name
        wishes = [self._wish(index, at) for at in range(index.nConstraint)]
        order = [
            (self._name(index.get_aOrderBy_iColumn(at)), index.get_aOrderBy_desc(at)) for at in range(index.nOrderBy)
        ]
        used = {name for at in index.colUsed for name in (self._names[at : at + 1] if at < 63 else self._names[63:])}
        choice = choose(self.source.described, self.source.columns, wishes, order, used)
        if choice.plan.changing:
            self._need("update")
        for at, place in enumerate(choice.places):
            if place is not None:
                index.set_aConstraintUsage_argvIndex(at, place[0] + 1)
                index.set_aConstraintUsage_omit(at, place[1])
        index.idxStr = choice.plan.dump()
        index.orderByConsumed = choice.ordered
        index.estimatedCost = float(choice.cost)
        index.estimatedRows = choice.rows
        return True

    def _wish(self, index: apsw.IndexInfo, at: int) -> Wish:
        op = _OPS.get(index.get_aConstraint_op(at), "other")
        if op in ("limit", "offset"):
            return Wish("", op, index.get_aConstraint_usable(at))
        name = self._name(index.get_aConstraint_iColumn(at))
        return Wish(name, op, index.get_aConstraint_usable(at), index.get_aConstraint_collation(at) == "BINARY")

    def _name(self, at: int) -> str:
        # The row id is the id.
        return "id" if at < 0 else self._names[at]

    def Open(self) -> EngagementCursor:  # noqa: N802 - apsw's name
        return EngagementCursor(self)

    def Begin(self) -> None:  # noqa: N802 - apsw's name
        """A statement is about to change the table: refuse, before anything is asked for, what can never be done."""
        self._done = 0
        described = self.source.described
        self._allowed("this statement")
        if not described.operations & {"create", "update", "delete"}:
            raise NotSupportedError(f"{described.name} has no create, update or delete")

    def UpdateInsertRow(self, rowid: int | None, values: Sequence[Any]) -> int:  # noqa: N802 - apsw's name
        self._need("create")
        source = self.source
        if source.described.table in SENDING and not source.allow_sending:
            raise ProgrammingError(
                f"An INSERT into {source.described.table} sends messages", hint="allow it with allow_sending=True"
            )
        if rowid is not None:
            raise ProgrammingError("The service gives the id of a new record", hint="leave rowid out of the INSERT")
        new = {
            name: given(source.columns[name], value)
            for name, value in zip(self._names, values, strict=True)
            if value is not None and name != MARK
        }
        made = self._write(lambda: source.service.create(new, fields=("id",)))
        # One that this user may not see has no id here.
        return int(made.get("id") or 0)

    def UpdateDeleteRow(self, rowid: int) -> None:  # noqa: N802 - apsw's name
        self._need("delete")
        self._write(lambda: self.source.service.delete(rowid))

    def UpdateChangeRow(self, rowid: int, new_rowid: int, values: Sequence[Any]) -> None:  # noqa: N802 - apsw's name
        self._need("update")
        self._changed = True
        before = self._before.pop(rowid, {})
        changed = {}
        for name, value in zip(self._names, values, strict=True):
            if name == MARK:
                continue
            column = self.source.columns[name]
            if column.source != "query" and isinstance(value, str) and UNREAD in value:
                if value != UNREAD:
                    raise NotSupportedError(f"{name} is not read for an UPDATE, so that nothing can be made of it")
            elif column.source != "query" or stored(before.get(name)) != value:
                changed[name] = given(column, value)
        if new_rowid != rowid or "id" in changed:
            raise ProgrammingError("The id of a record cannot be changed")
        if changed:
            self._write(lambda: self.source.service.update(rowid, changed))

    def Disconnect(self) -> None:  # noqa: N802 - apsw's name
        """The client is shared, and closed at the end of the process."""

    Destroy = Disconnect

    def remember(self, record: Mapping[str, Any]) -> None:
        """Keep a row as it was, for the UPDATE that it is read for."""
        if self._changed:
            # All rows of an UPDATE are read before the first is changed: these are a new one's.
            self._before.clear()
            self._changed = False
        self._before[record["id"]] = record

    def _write(self, call: Callable[[], Any]) -> Any:
        """Make a change. An error says of how many rows it was not the first, as nothing takes those back."""
        try:
            made = call()
        except Error as error:
            if self._done:
                told = f"rows changed before this one, which stay so: {self._done}"
                error.hint = told if error.hint is None else f"{error.hint}; {told}"
            raise
        self._done += 1
        return made

    def _need(self, operation: Literal["create", "update", "delete"]) -> None:
        self._allowed(operation)
        self.source.described.need(operation)

    def _allowed(self, what: str) -> None:
        if not self.source.writable:
            raise NotSupportedError(
                f"{self.source.described.table} is read-only here: {what} is refused",
                hint="allow changes with writable=True",
            )


class EngagementCursor:
    """One pass over the table, or many in a join: the methods that apsw calls, by its names."""

    def __init__(self, table: EngagementTable) -> None:
        self._table = table
        self._source = table.source
        self._names = table._names
        self._rows: Iterator[Mapping[str, Any]] = iter(())
        self._row: Mapping[str, Any] | None = None
        self._plan = Plan("", ())
        self._read: Mapping[str, Any] | None = None
        self._reads = 0
        self._joins: dict[str, _Join] = {}

    def Filter(self, number: int, text: str, values: Sequence[Any] | None) -> None:  # noqa: N802 - apsw's name
        self._plan = load(text)
        join = self._joins.get(text)
        if join is None:
            join = self._joins[text] = _Join(self._source, self._plan)
        self._rows = join.rows(tuple(values or ()))
        self.Next()

    def Next(self) -> None:  # noqa: N802 - apsw's name
        self._row = next(self._rows, None)
        self._read = None
        if self._row is not None and self._plan.changing:
            self._table.remember(self._row)

    def Eof(self) -> bool:  # noqa: N802 - apsw's name
        return self._row is None

    def Rowid(self) -> int:  # noqa: N802 - apsw's name
        return int(self._current()["id"])

    def Column(self, at: int) -> Any:  # noqa: N802 - apsw's name
        if at < 0:
            return self.Rowid()
        name = self._names[at]
        if name == MARK:
            return None
        column = self._source.columns[name]
        if column.source == "query":
            return stored(self._current().get(name))
        if self._plan.changing:
            return UNREAD
        return stored(self._whole().get(name)) if column.source == "read" else None

    def Close(self) -> None:  # noqa: N802 - apsw's name
        self._rows = iter(())
        self._joins.clear()

    def _current(self) -> Mapping[str, Any]:
        if self._row is None:
            raise InterfaceError("There is no row")
        return self._row

    def _whole(self) -> Mapping[str, Any]:
        """The row as a read gives it, asked for when the first of these columns is."""
        if self._read is None:
            if self._reads >= self._source.max_row_reads:
                raise OperationalError(
                    f"{', '.join(self._plan.reads)}: each row of these takes a call, and the statement has more than "
                    f"{self._source.max_row_reads} rows",
                    hint="select fewer rows, export the object, or raise max_row_reads",
                )
            self._reads += 1
            deleted = self._source.described.deleted_parameter
            self._read = self._source.service.read(self.Rowid(), self._plan.reads, deleted=deleted) or {}
        return self._read


class _Join:
    """The rows of one plan for one set of values after another, as a join asks for them."""

    def __init__(self, source: Source, plan: Plan) -> None:
        self._source = source
        self._plan = plan
        self._seen: set[tuple[Any, ...]] = set()
        self._kept: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
        self._first: tuple[Any, ...] | None = None
        self._varying: set[int] = set()
        self._lookups = 0
        self._next_try = FIRST_TRY
        self._by_key: dict[Any, list[Mapping[str, Any]]] | None = None

    def rows(self, values: tuple[Any, ...]) -> Iterator[Mapping[str, Any]]:
        if values in self._kept:
            return iter(self._kept[values])
        if values in self._seen:
            self._kept[values] = list(self._fetched(values))
            return iter(self._kept[values])
        self._seen.add(values)
        self._lookups += 1
        key = self._key(values)
        if key is None:
            return self._fetched(values)
        if self._by_key is None and self._lookups > self._next_try:
            self._by_key = self._all(values, key)
            self._next_try *= 2
        if self._by_key is not None:
            return iter(self._by_key.get(values[key], ()))
        self._kept[values] = list(self._fetched(values))
        return iter(self._kept[values])

    def _key(self, values: tuple[Any, ...]) -> int | None:
        """The one condition whose value differs from time to time, if it says what a column is to equal."""
        if self._first is None:
            self._first = values
        self._varying |= {at for at, (old, new) in enumerate(zip(self._first, values, strict=True)) if old != new}
        if len(self._varying) != 1:
            self._by_key = None
            return None
        [at] = self._varying
        return at if self._plan.conditions[at][1] == "eq" and at not in self._plan.here else None

    def _all(self, values: tuple[Any, ...], key: int) -> dict[Any, list[Mapping[str, Any]]] | None:
        """The rows for every value of a condition; None when there are more of them than their look-ups are worth."""
        column = self._plan.conditions[key][0]
        rows = self._fetched(values, without=key, more=column)
        found: dict[Any, list[Mapping[str, Any]]] = {}
        for record in itertools.islice(rows, self._lookups * PAGE):
            found.setdefault(stored(record.get(column)), []).append(record)
        return found if next(rows, None) is None else None

    def _fetched(
        self, values: tuple[Any, ...], *, without: int | None = None, more: str | None = None
    ) -> Iterator[Mapping[str, Any]]:
        source, plan = self._source, self._plan
        asked = ask(
            plan, source.described, source.columns, values, include_deleted=source.include_deleted, without=without
        )
        if asked is None or asked.limit == 0:
            return
        fields = tuple(
            dict.fromkeys((*plan.fields, *(name for name, _, _ in asked.checks), *((more,) if more else ())))
        )
        _logger.debug("%s", _said(plan, asked, fields))
        yield from (record for record in self._asked(asked, fields) if fits(asked, record))

    def _asked(self, asked: Asked, fields: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
        source, plan = self._source, self._plan
        if source.described.singleton:
            yield source.service.read(fields=fields)
            return
        order = "id" if plan.order is None else f"{plan.order[0]} {'DESC' if plan.order[1] else 'ASC'}"
        yield from source.service.query(
            list(fields),
            filters=dict(asked.filters),
            order_by=order,
            limit=asked.limit,
            page_size=PAGE,
            deleted=asked.deleted,
        )


def _said(plan: Plan, asked: Asked, fields: Sequence[str]) -> str:
    """What is sent, without the values of filters: they may be personal."""
    order = "id" if plan.order is None else f"{plan.order[0]} {'DESC' if plan.order[1] else 'ASC'}"
    parts = [("fields", ",".join(fields)), ("filters", ",".join(asked.filters)), ("orderBy", order)]
    parts += [("limit", str(asked.limit))] if asked.limit is not None else []
    parts += [("deleted", str(asked.deleted).lower())] if asked.deleted is not False else []
    return f"GET {plan.table} " + " ".join(f"{name}={value}" for name, value in parts if value)
