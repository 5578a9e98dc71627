"""Many records written by one call: a request each, some of them at once, and what came of every row.

| | |
|---|---|
| before | every row is checked, and the day's calls must suffice, before the first one is sent |
| order | results are in the order of the rows; rows of one key (address, id) are written one after another |
| at once | at most `at_once` requests, by default as many as the client has under way |
| a row fails | `on_error="raise"`: no further one is sent, those under way end, the error is raised with `written` |
| | `on_error="keep"`: it is noted, and the others go on |
| what concerns all rows | no login, no server, the day's calls used up: ends either way, as the error with `written` |

`Written` tells the rows that are done, those that failed, those that nobody can tell of, and those never sent.
Source: wire spec, account-engagement §4, §11, §13; faults rule 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from datacloud_dbapi.engagement import writes
from datacloud_dbapi.engagement.catalogue import ObjectType, catalogue
from datacloud_dbapi.engagement.checks import check_fields, check_number, split_names
from datacloud_dbapi.engagement.errors import ConfigurationError, DailyLimitError, PermissionDeniedError, advise
from datacloud_dbapi.engagement.gateway import Gateway, Usage
from datacloud_dbapi.engagement.given_rows import ids_of, rows_of
from datacloud_dbapi.engagement.records import Record, check_object
from datacloud_dbapi.engagement.writes import Fields, Write
from datacloud_dbapi.engagement.writing import Writing
from datacloud_dbapi.engagement.written import Failure, Written
from datacloud_dbapi.errors import (
    AuthenticationError,
    Error,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
    ServerUnreachableError,
)
from datacloud_dbapi.flow.effects import Flow, together
from datacloud_dbapi.flow.method import R, flow_method
from datacloud_dbapi.page import Column

T = TypeVar("T")
Progress = Callable[[int, int], object]
OnError = Literal["raise", "keep"]
# Source: wire spec, account-engagement §11.
MOST_AT_ONCE = 5
# choice: what concerns one row is the row's; these would meet every further one.
_OF_ALL = (DailyLimitError, AuthenticationError, ConfigurationError, ServerUnreachableError, InterfaceError)


@dataclass(frozen=True, slots=True)
class How:
    """How many rows are written: so many at once, who hears of it, and what a failure means."""

    at_once: int | None
    progress: Progress | None
    on_error: OnError
    check_budget: bool

    def __post_init__(self) -> None:
        if self.at_once is not None:
            check_number("at_once", self.at_once, 1, MOST_AT_ONCE)
        if self.on_error not in ("raise", "keep"):
            raise ProgrammingError(f'on_error is "raise" or "keep", not {self.on_error!r}')


class WritingMany(Writing[R]):
    """Many records at once. Every call takes rows as mappings, a DataFrame of pandas or polars, or an Arrow table.

    `progress(done, total)` is called after each row, in the thread or task of the caller. `check_budget=False` begins
    although the day's calls will not suffice, or are not known to. Where the error that is raised is one of a row,
    `error.written` tells what had been written by then; so it does on an interrupt.
    """

    @flow_method
    def create_many(
        self,
        rows: Any,
        *,
        fields: Fields = ("id",),
        at_once: int | None = None,
        progress: Progress | None = None,
        on_error: OnError = "raise",
        check_budget: bool = True,
    ) -> Flow[Written]:
        """Make a record of each row."""
        described = self._object
        described.need("create")
        how = How(at_once, progress, on_error, check_budget)
        asked = _fields(described, fields)
        return (
            yield from self._many(rows_of(rows), lambda row: writes.create(described, row, asked.names), asked, how)
        )

    @flow_method
    def update_many(
        self,
        rows: Any,
        *,
        fields: Fields = None,
        at_once: int | None = None,
        progress: Progress | None = None,
        on_error: OnError = "raise",
        check_budget: bool = True,
    ) -> Flow[Written]:
        """Change the record of each row's `id` to the row's other values."""
        described = self._object
        described.need("update")
        how = How(at_once, progress, on_error, check_budget)
        asked = _fields(described, fields)

        def make(row: dict[str, Any]) -> Write:
            values = {name: value for name, value in row.items() if name != "id"}
            return writes.update(described, row.get("id"), values, asked.names)

        return (yield from self._many(rows_of(rows), make, asked, how, lambda row, write: write.path))

    @flow_method
    def upsert_many(
        self,
        rows: Any,
        *,
        match: str = "email",
        fields: Fields = ("id",),
        restore_deleted: bool | None = None,
        at_once: int | None = None,
        progress: Progress | None = None,
        on_error: OnError = "raise",
        check_budget: bool = True,
    ) -> Flow[Written]:
        """Change or make the prospect of each row, by the address in its column `match`; see `upsert`."""
        described = self._object
        described.action(writes.UPSERT)
        how = How(at_once, progress, on_error, check_budget)
        asked = _fields(described, fields)

        def make(row: dict[str, Any]) -> Write:
            if match not in row:
                raise ProgrammingError(f"There is no {match!r} to match by", hint="match= names another column")
            values = row if match in described.fields else {name: row[name] for name in row if name != match}
            return writes.upsert(described, row[match], values, asked.names, restore_deleted)

        return (yield from self._many(rows_of(rows), make, asked, how, lambda row, write: str(row[match]).casefold()))

    @flow_method
    def delete_many(
        self,
        ids: Any,
        *,
        at_once: int | None = None,
        progress: Progress | None = None,
        on_error: OnError = "raise",
        check_budget: bool = True,
    ) -> Flow[Written]:
        """Delete the records of these ids, or of the column `id` of rows."""
        described = self._object
        described.need("delete")
        how = How(at_once, progress, on_error, check_budget)
        return (
            yield from self._many(
                ids_of(ids),
                lambda number: writes.delete(described, number),
                _fields(described, None),
                how,
                lambda number, write: write.path,
            )
        )

    def _many(
        self,
        rows: list[T],
        make: Callable[[T], Write],
        asked: _Fields,
        how: How,
        key: Callable[[T, Write], str] | None = None,
    ) -> Flow[Written]:
        ledger = _Ledger(self._gateway, self._object, how, len(rows))
        for number, row in enumerate(rows):
            ledger.prepare(number, row, make, key)
        before = self._gateway.usage
        if how.check_budget and rows:
            before = yield from _budget(self._gateway, self._object, len(rows))
        try:
            yield from together(ledger.flows(), how.at_once or self._gateway.at_once, ledger.tell)
        except BaseException as error:
            # An interrupt too: whoever catches it wants to know.
            written = ledger.written(before, asked.columns)
            error.written = written  # type: ignore[attr-defined]  # every exception takes an attribute
            if isinstance(error, Error):
                advise(error, f"{written.count} of {written.total} rows are written, error.written tells which")
            raise
        return ledger.written(before, asked.columns)


@dataclass(frozen=True, slots=True)
class _Fields:
    """What is asked of each answer, and the columns that it makes."""

    names: tuple[str, ...]
    columns: tuple[Column, ...]


class _Ledger:
    """What is to be written, and what came of it. Flows on several threads write into it, each its own rows."""

    def __init__(self, gateway: Gateway, described: ObjectType, how: How, total: int) -> None:
        self._gateway = gateway
        self._described = described
        self._how = how
        self._total = total
        self._writes: list[Write | None] = [None] * total
        self._groups: dict[str | int, list[int]] = {}
        self._records: list[Record | None] = [None] * total
        self._errors: dict[int, Error] = {}
        self._begun = bytearray(total)
        self._over: list[int] = []
        self._told = 0
        self._halted = False

    def prepare(self, number: int, row: T, make: Callable[[T], Write], key: Callable[[T, Write], str] | None) -> None:
        """Check a row. Rows of one key are written one after another, as the last of them is to stand."""
        try:
            write = make(row)
        except Error as error:
            error.message = f"Row {number}: {error.message}"
            if self._how.on_error == "raise" or isinstance(error, NotSupportedError):
                raise
            self._errors[number] = error
            self._over.append(number)
            return
        self._writes[number] = write
        self._groups.setdefault(number if key is None else key(row, write), []).append(number)

    def flows(self) -> Iterator[Flow[None]]:
        """What writes all of it."""
        for rows in self._groups.values():
            yield self._group(rows)

    def tell(self) -> None:
        """Say how far it is, where it is further than it was."""
        done = len(self._over)
        if self._how.progress is not None and done > self._told:
            self._told = done
            self._how.progress(done, self._total)

    def written(self, before: Usage | None, columns: tuple[Column, ...]) -> Written:
        """What came of it so far."""
        errors = sorted(self._errors.items())
        unknown = [number for number, error in errors if error.maybe_applied]
        for number, begun in enumerate(self._begun):
            if begun and self._records[number] is None and number not in self._errors:
                # Cut off by an interrupt: it may have arrived.
                unknown.append(number)
        return Written(
            self._total,
            self._records,
            tuple(Failure(number, error) for number, error in errors),
            tuple(sorted(unknown)),
            tuple(number for number, begun in enumerate(self._begun) if not begun and number not in self._errors),
            before,
            self._gateway.usage,
            columns,
        )

    def _group(self, rows: list[int]) -> Flow[None]:
        for number in rows:
            if not self._halted:
                yield from self._row(number)

    def _row(self, number: int) -> Flow[None]:
        write, self._writes[number] = self._writes[number], None
        assert write is not None  # noqa: S101 - each row is in one group, once
        self._begun[number] = 1
        try:
            self._records[number] = yield from writes.perform(self._gateway, self._described, write, self._how.at_once)
        except Error as error:
            self._errors[number] = error
            if self._how.on_error == "raise" or isinstance(error, _OF_ALL):
                self._halted = True
                raise
        self._over.append(number)


def _fields(described: ObjectType, fields: Fields) -> _Fields:
    named = split_names(fields, "field") if fields is not None else []
    found = check_fields(described, named, "read") if named else ()
    return _Fields(tuple(one.name for one in found), tuple(one.column for one in found))


def _budget(gateway: Gateway, described: ObjectType, rows: int) -> Flow[Usage | None]:
    """The day's calls, as last told or else as the account tells. Raises DailyLimitError when they do not suffice."""
    usage = gateway.usage
    if usage is None or usage.left < rows:
        # What was told may have been told yesterday: nothing is refused without asking.
        usage = yield from _asked_usage(gateway)
    if usage is None or usage.left >= rows:
        return usage
    bulk = "imports.upsert writes prospects in a few calls; " if described.name == "Prospect" else ""
    raise DailyLimitError(
        f"{rows} rows are {rows} calls, and the business unit has {usage.left} of {usage.maximum} left today",
        hint=f"{bulk}check_budget=False begins nevertheless",
    )


def _asked_usage(gateway: Gateway) -> Flow[Usage | None]:
    path = catalogue().objects["Account"].path or ""
    try:
        answer = yield from gateway.send("GET", path, (("fields", "maximumDailyApiCalls,apiCallsUsed"),))
    except PermissionDeniedError:
        return None
    found = check_object(answer.json(), answer.request)
    used, most = found.get("apiCallsUsed"), found.get("maximumDailyApiCalls")
    return Usage(used, most) if type(used) is int and type(most) is int else gateway.usage
