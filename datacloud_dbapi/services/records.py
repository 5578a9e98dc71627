"""Records: what every row-shaped call of the services answers, page by page, blocking or awaited.

How it works: a `Listing` asks for one page at a time, by `limit` and `offset`, always in the same total order, and
makes typed records of it. `Records` is its face. As with a cursor, a record is given out once.

When a list ends, which the sources tell in two ways:

| the page | is followed by |
|---|---|
| `done` true | nothing |
| empty | nothing, whatever `done` says: no further page can have a row |
| `done` false or not there, full or short | the next page, as an answer may be cut short of its `limit` |
| the same rows again, though no two rows are alike | ProtocolError: `offset` was not heard, and there would be no end |

No two rows are alike when they have the whole key. Where the caller did not name it, pages after the first have it
too; its values are not given out.

Values have the types of the object's metadata: STRING is str, NUMBER Decimal, BOOLEAN bool, DATE date, DATE_TIME an
aware datetime in UTC, ARRAY list; NULL, in the answer or left out of it, is None. A type not known is passed on
as sent. Source: wire spec, profile §2.2, §4.2, §5; calculated-insights §6-7; metadata §2.2.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from datacloud_dbapi import frames
from datacloud_dbapi.decode import decode_rows
from datacloud_dbapi.errors import DataError, Error, ProgrammingError, ProtocolError
from datacloud_dbapi.exact_json import RepeatedKeys
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import AwaitsFlows, R, RunsFlows, Service, flow_method
from datacloud_dbapi.flow.retry import Reply
from datacloud_dbapi.page import Column
from datacloud_dbapi.services.gateway import Gateway
from datacloud_dbapi.services.metadata import Field
from datacloud_dbapi.transports.bodies import read_json, tells_error
from datacloud_dbapi.types import DataType

if TYPE_CHECKING:
    import pandas
    import pyarrow

Record = dict[str, Any]
"""One row: field names in the metadata's spelling, and their values."""

D = TypeVar("D", bound=Record)

# The most that every source allows. Source: wire spec, profile §2.2.
LONGEST_PAGE = 4_999

_TYPES = {
    "STRING": DataType("VARCHAR"),
    "NUMBER": DataType("NUMERIC"),
    "DATE": DataType("DATE"),
    "DATE_TIME": DataType("TIMESTAMP WITH TIME ZONE"),
    "BOOLEAN": DataType("BOOLEAN"),
    "ARRAY": DataType("ARRAY"),
}


def column_of(field: Field) -> Column:
    """The column that a field of the metadata makes."""
    return Column(field.name, _TYPES.get(field.type.upper()) or DataType("UNKNOWN", text=field.type))


@dataclass(frozen=True, slots=True)
class Question:
    """What a listing asks, apart from the page.

    `columns` are those every record has; `others` are fields that may come along, the likeliest first. `distinct` says
    that no two records are alike, because they have the whole key; `key` are names that would make them so.
    `in_order` says that they are in the order of all their values.
    """

    path: str
    shown: str
    object_name: str
    query: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    others: tuple[Field, ...]
    distinct: bool
    key: tuple[str, ...] = ()
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the list is wanted: `limit` records (None: all) after the first `offset`, so many a page."""

    limit: int | None = None
    offset: int = 0
    page_size: int = LONGEST_PAGE

    def __post_init__(self) -> None:
        for name, least, value in (
            ("limit", 0, self.limit),
            ("offset", 0, self.offset),
            ("page_size", 1, self.page_size),
        ):
            if value is None and name == "limit":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ProgrammingError(f"{name} is a whole number from {least}, not {value!r}")
        if self.page_size > LONGEST_PAGE:
            raise ProgrammingError(f"page_size is {LONGEST_PAGE} at most, not {self.page_size}")


class Listing:
    """Where one list stands. A bad value waits behind the good records; a request that failed may be tried again."""

    def __init__(self, gateway: Gateway, question: Question, part: Part) -> None:
        self._gateway = gateway
        self._question = question
        self._part = part
        self._columns = {column.name: column for column in question.columns}
        self._received = 0
        self._page: list[dict[str, Any]] = []
        self._failure: DataError | None = None
        self._done = part.limit == 0
        self.ready: deque[Record] = deque()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all records so far."""
        return tuple(self._columns.values())

    def fill(self, *, whole: bool = False) -> Flow[None]:
        """See to it that a record is ready, or with `whole` all that are left, unless there is none.

        Raises DataError for a value that is none of its type, once the records before it are given out.
        """
        while not self._done and self._failure is None and (whole or not self.ready):
            yield from self._ask()
        if self._failure is not None and (whole or not self.ready):
            raise self._failure.with_traceback(None)

    def _ask(self) -> Flow[None]:
        question, part = self._question, self._part
        left = part.page_size if part.limit is None else min(part.page_size, part.limit - self._received)
        query = [*self._query(), ("limit", str(left))]
        offset = part.offset + self._received
        if offset:
            query.append(("offset", str(offset)))
        reply = yield from self._gateway.answer(question.path, query, shown=question.shown)
        rows, done = read_rows(reply, f"GET {question.shown}")
        if rows and rows == self._page and not done and self._tells_apart(rows):
            raise ProtocolError("A further page is the same as the one before", request=f"GET {question.shown}")
        # The first page has not the key: it is like no other.
        self._page = rows if self._received or not question.key else []
        if part.limit is not None:
            rows = rows[: part.limit - self._received]
        self._take_in(rows)
        self._received += len(rows)
        self._done = done or not rows or self._received == part.limit

    def _tells_apart(self, rows: list[dict[str, Any]]) -> bool:
        """Whether a page that equals the one before can only be that very page.

        With the key in both it can. So it can when records are in the order of their values and not all are alike: the
        first of the one would come before the last of the other.
        """
        question = self._question
        with_key = question.distinct or bool(question.key)
        return with_key or (question.in_order and any(row != rows[0] for row in rows))

    def _query(self) -> list[tuple[str, str]]:
        added = ",".join(self._question.key) if self._received else ""
        return [
            (name, f"{text},{added}" if added and name == "fields" else text) for name, text in self._question.query
        ]

    def _take_in(self, rows: list[dict[str, Any]]) -> None:
        question = self._question
        if question.key and self._received:
            hidden = {name.casefold() for name in question.key}
            rows = [{name: value for name, value in row.items() if name.casefold() not in hidden} for row in rows]
        asked = list(self._columns)
        if all(list(row) == asked for row in rows):
            cells = [list(row.values()) for row in rows]
        else:
            cells = self._in_places(rows)
        decoded = decode_rows(self.columns, cells, self._received + 1)
        names = list(self._columns)
        self.ready.extend(dict(zip(names, values, strict=True)) for values in decoded.rows)
        if decoded.error is not None:
            self._failure = DataError(
                f"{question.object_name}: {decoded.error.message}", request=f"GET {question.shown}"
            )

    def _in_places(self, rows: list[dict[str, Any]]) -> list[list[object]]:
        """The cells of rows that have other names, or the same in another case or order, by column."""
        question = self._question
        spelled = _spelling(rows, {name.casefold(): column for name, column in self._columns.items()}, question)
        for column in spelled.values():
            self._columns.setdefault(column.name, column)
        places = {name: place for place, name in enumerate(self._columns)}
        cells: list[list[object]] = []
        for row in rows:
            line: list[object] = [None] * len(places)
            for name, value in row.items():
                line[places[spelled[name].name]] = value
            cells.append(line)
        return cells


def _spelling(rows: list[dict[str, Any]], known: Mapping[str, Column], question: Question) -> dict[str, Column]:
    """The column of each name in the rows. One that nobody asked for is kept, by its type where that is known."""
    found: dict[str, Column] = {}
    for row in rows:
        if row.keys() <= found.keys():
            continue
        for name in row:
            found[name] = known.get(name.casefold()) or _other(name, question.others)
    if len({column.name for column in found.values()}) < len(found):
        raise ProtocolError("The answer spells one field in two ways", request=f"GET {question.shown}")
    return found


def _other(name: str, others: tuple[Field, ...]) -> Column:
    folded = name.casefold()
    field = next((field for field in others if field.name.casefold() == folded), None)
    return Column(name, DataType("UNKNOWN")) if field is None else column_of(field)


def read_rows(reply: Reply, label: str) -> tuple[list[dict[str, Any]], bool]:
    """The rows of an answer and whether they are the last; a `done` that is not there says no.

    Raises the error that came as a success, ProtocolError for another shape.
    """
    answer = read_json(reply.response.body, label)
    if isinstance(answer, dict) and "data" not in answer and tells_error(answer):
        raise reply.refusal(label, "metadata")
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ProtocolError("The answer has no list of rows", request=label)
    if any(isinstance(one, RepeatedKeys) for one in (answer, *rows)):
        raise ProtocolError("The answer has two values of one name", request=label)
    done = answer.get("done", False)
    if not isinstance(done, bool):
        raise ProtocolError("The answer has odd done", request=label)
    return rows, done


class Filling(Protocol[D]):
    """A list that is on its way: what is ready of it, and the flow that gets more, as in `Listing`."""

    @property
    def columns(self) -> tuple[Column, ...]: ...

    @property
    def ready(self) -> deque[D]: ...

    def fill(self, *, whole: bool = False) -> Flow[None]: ...


class Rows(Service[R], Generic[R, D]):
    """The records of one answer, in order, each given out once; further pages are fetched when they are needed.

    Blocking: `for record in records`, `records.all()`. Awaited: `async for record in records`, `await records.all()`.
    For one thread or task at a time. Raises DataError for a value that is none of its field's type.
    """

    def __init__(self, runner: R, listing: Filling[D]) -> None:
        Service.__init__(self, runner)
        self._listing = listing

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the records so far: those asked for, then any that came along."""
        return self._listing.columns

    def __iter__(self: Rows[RunsFlows, D]) -> Iterator[D]:
        return self

    def __next__(self: Rows[RunsFlows, D]) -> D:
        ready = self._listing.ready
        if not ready:
            answer: object = self._runner.run(self._listing.fill())
            if isinstance(answer, Coroutine):
                answer.close()
                raise TypeError("These records are awaited: write `async for`")
            if not ready:
                raise StopIteration
        return ready.popleft()

    def __aiter__(self: Rows[AwaitsFlows, D]) -> AsyncIterator[D]:
        return self

    async def __anext__(self: Rows[AwaitsFlows, D]) -> D:
        ready = self._listing.ready
        if not ready:
            await self._runner.run(self._listing.fill())
            if not ready:
                raise StopAsyncIteration
        return ready.popleft()

    @flow_method
    def first(self) -> Flow[D | None]:
        """The next record; None after the last."""
        yield from self._listing.fill()
        return self._listing.ready.popleft() if self._listing.ready else None

    @flow_method
    def all(self) -> Flow[list[D]]:
        """Every record that is left."""
        return (yield from self._rest())

    @flow_method
    def to_arrow(self) -> Flow[pyarrow.Table]:
        """Every record that is left, as a `pyarrow.Table`; a NUMBER is a decimal128(38, 18)."""
        return (yield from self._table())

    @flow_method
    def to_df(self, dtype_backend: str | None = None) -> Flow[pandas.DataFrame]:
        """Every record that is left, as a pandas DataFrame; `dtype_backend` "pyarrow" keeps the Arrow types."""
        return frames.pandas_frame((yield from self._table()), dtype_backend)

    def _rest(self) -> Flow[list[D]]:
        yield from self._listing.fill(whole=True)
        rest = list(self._listing.ready)
        self._listing.ready.clear()
        return rest

    def _table(self) -> Flow[pyarrow.Table]:
        frames.need_pyarrow()
        records = yield from self._rest()
        return table(self._listing.columns, records)


class Records(Rows[R, Record]):
    """The records of one answer of a service, as dicts."""


def table(columns: Iterable[Column], records: Iterable[Mapping[str, Any]]) -> pyarrow.Table:
    """Records as an Arrow table. Raises DataError for a value that does not fit its column's Arrow type."""
    held = tuple(columns)
    return table_of_rows(held, [tuple(record.get(column.name) for column in held) for record in records])


def table_of_rows(columns: Sequence[Column], rows: list[Any]) -> pyarrow.Table:
    """Rows that no statement gave as an Arrow table. Raises as `table` does."""
    try:
        return frames.table(columns, [rows])
    except Error as error:
        # Its hint speaks of statements.
        error.hint = "the records themselves hold the value" if isinstance(error, DataError) else error.hint
        raise
