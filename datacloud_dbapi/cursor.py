"""PEP 249 cursors: `BaseCursor` keeps the state of one result, `Cursor` is the blocking door to it.

Source: public surface, §1; wire spec, faults rule 4 and rows L1–L8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from datacloud_dbapi.binding import bind
from datacloud_dbapi.errors import Error, InterfaceError, OperationalError, ProgrammingError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.sync import PagesAhead, Runner
from datacloud_dbapi.page import Column, Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.result import Result
from datacloud_dbapi.rows import RowFactory, tuple_row
from datacloud_dbapi.transports.base import Transport
from datacloud_dbapi.types import TypeCode

if TYPE_CHECKING:
    from typing_extensions import Self

Parameters = Mapping[str, object] | Sequence[object]
Description = tuple[str, TypeCode, None, int | None, int | None, int | None, bool | None]


@dataclass(frozen=True, slots=True)
class QueryStatus:
    """How far a query is: `state` is idle, running, finished or failed; `progress` goes from 0 to 1.

    `rows` counts what has arrived so far. `progress` is None where the transport does not tell.
    """

    state: str
    progress: float | None
    rows: int


class Owner(Protocol):
    """The connection, as far as a cursor needs it."""

    def check_usable(self) -> None: ...


class BaseCursor:
    """The state of one cursor and every rule about it. Performs no I/O."""

    arraysize: int = 1

    def __init__(self, owner: Owner, transport: Transport, params: ConnectParams) -> None:
        self._owner = owner
        self._transport = transport
        self._params = params
        self._closed = False
        self._handle: QueryHandle | None = None
        self._result: Result | None = None
        self._pages: PagesAhead | None = None
        self._make_row: Callable[[tuple[Any, ...]], Any] | None = None
        self._row_factory: RowFactory = tuple_row

    @property
    def connection(self) -> Owner:
        """The connection this cursor came from."""
        return self._owner

    @property
    def description(self) -> list[Description] | None:
        """Name, type code, None, length, precision, scale and nullability of each column; None without a result."""
        return None if self._result is None else describe_columns(self._result.columns)

    @property
    def rowcount(self) -> int:
        """The result's number of rows once all have arrived, else -1."""
        return self._handle.rows_seen if self._handle is not None and self._handle.next_id is None else -1

    @property
    def rownumber(self) -> int | None:
        """How many rows have been given out; None without a result."""
        return None if self._result is None else self._result.rownumber

    @property
    def query_id(self) -> str | None:
        """The service's id of the running or last query."""
        return None if self._handle is None else self._handle.query_id

    @property
    def status(self) -> QueryStatus:
        """How far the query is, from what has arrived; asks nothing of the service."""
        if self._result is None or self._handle is None:
            return QueryStatus("idle", None, 0)
        if self._result.failure is not None:
            return QueryStatus("failed", None, self._handle.rows_seen)
        done = self._handle.next_id is None
        return QueryStatus("finished" if done else "running", 1.0 if done else None, self._handle.rows_seen)

    @property
    def row_factory(self) -> RowFactory:
        """Makes each row that is given out: `tuple_row` (the default), `dict_row`, `namedtuple_row`, or your own."""
        return self._row_factory

    @row_factory.setter
    def row_factory(self, factory: RowFactory) -> None:
        self._row_factory = factory
        self._make_row = None

    def setinputsizes(self, sizes: Sequence[object]) -> None:
        """Does nothing, as PEP 249 allows."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Does nothing, as PEP 249 allows."""

    def _check_usable(self) -> None:
        if self._closed:
            raise InterfaceError("The cursor is closed")
        self._owner.check_usable()

    def _open_result(self) -> Result:
        self._check_usable()
        if self._result is None:
            raise ProgrammingError("There is no result to fetch from", hint="call execute() first")
        return self._result

    def _forget_result(self) -> None:
        if self._pages is not None:
            self._pages.close()
        self._handle = self._result = self._pages = self._make_row = None

    def _statement(self, sql: str, parameters: Parameters | None) -> str:
        if not isinstance(sql, str):
            raise ProgrammingError(f"A statement is text, not {type(sql).__name__}")
        statement = bind(sql, parameters)
        if not _encodable(statement):
            raise ProgrammingError("The statement holds half of a surrogate pair, which is no character")
        return statement

    def _begin(self, handle: QueryHandle, page: Page) -> None:
        """Take in the first page; when it does not fit its own columns, there is no result."""
        result = Result(page.columns or ())
        result.feed(page)
        self._handle, self._result = handle, result

    def _shaped(self, rows: list[tuple[Any, ...]]) -> list[Any]:
        if self._row_factory is tuple_row or not rows:
            return rows
        if self._make_row is None:
            assert self._result is not None  # noqa: S101 - rows come from a result
            self._make_row = self._row_factory(tuple(column.name for column in self._result.columns))
        return [self._make_row(row) for row in rows]

    def __repr__(self) -> str:
        state = "closed" if self._closed else self.status.state
        return f"<{type(self).__name__} {state} query_id={self.query_id!r}>"


class Cursor(BaseCursor):
    """A blocking cursor. Belongs to one thread at a time."""

    def __init__(self, owner: Owner, transport: Transport, runner: Runner, params: ConnectParams) -> None:
        super().__init__(owner, transport, params)
        self._runner = runner

    def execute(self, sql: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Self:
        """Run a statement and return the cursor itself.

        A mapping binds `:name`, a sequence binds `?`. `timeout` (seconds; default `query_timeout`) bounds the wait for
        the first rows and for each further page.

        Raises ProgrammingError for SQL the service refuses, with its text and position.
        """
        self._check_usable()
        self._forget_result()
        statement = self._statement(sql, parameters)
        wait = self._params.query_timeout if timeout is None else timeout
        handle, page = self._runner.run(self._transport.submit(statement, wait))
        self._begin(handle, page)
        if not page.done:
            self._pages = PagesAhead(self._runner, self._next_page(handle, wait), self._params.prefetch)
            if self._params.prefetch:
                self._pages.start()
        return self

    def executemany(self, sql: str, parameters: Iterable[Parameters]) -> Self:
        """Run a statement once for each set of parameters; the last one's result can be fetched."""
        self._check_usable()
        for each in parameters:
            self.execute(sql, each)
        return self

    def fetchone(self) -> Any:
        """The next row, or None after the last."""
        rows = self._take(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next `size` rows (default `arraysize`), fewer only at the end."""
        return self._take(self.arraysize if size is None else size)

    def fetchall(self) -> list[Any]:
        """All further rows."""
        return self._take(None)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        rows = self._take(1)
        if not rows:
            raise StopIteration
        return rows[0]

    def describe(self, sql: str, parameters: Parameters | None = None) -> list[Description]:
        """The columns `sql` would give, in `description`'s form, without reading rows. Leaves this cursor alone.

        Costs a query: Query API V2 has no other way than to run it for no rows.
        """
        self._check_usable()
        statement = self._statement(sql, parameters)
        bare = statement.strip().removesuffix(";")
        # The newline ends a comment on the statement's last line.
        flow = self._transport.submit(f"SELECT * FROM ({bare}\n) AS described LIMIT 0", self._params.query_timeout)
        _, page = self._runner.run(flow)
        return describe_columns(page.columns or ())

    def cancel(self) -> None:
        """Stop the running query at the service. Raises NotSupportedError where the transport cannot."""
        self._check_usable()
        raise self._transport.capabilities.missing("cancel", self._transport.name)

    def close(self) -> None:
        """Close the cursor; a second call does nothing."""
        self._forget_result()
        self._closed = True

    def __enter__(self) -> Self:
        self._check_usable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _take(self, size: int | None) -> list[Any]:
        result = self._open_result()
        while result.wants_page(size):
            self._feed(result)
        return self._shaped(result.take(size))

    def _feed(self, result: Result) -> None:
        """Put the next page behind the others; a failure waits there for its turn."""
        assert self._pages is not None  # noqa: S101 - a result that wants a page has its source
        try:
            result.feed(self._pages.get())
        except Error as error:
            result.fail(error)
        except BaseException as error:
            # Ctrl-C: the page under way may be lost, and with it the rest of the result.
            result.fail(OperationalError(f"The fetch was interrupted by {type(error).__name__}; run the query again"))
            raise

    def _next_page(self, handle: QueryHandle, timeout: float | None) -> Callable[[], Flow[Page]]:
        return lambda: self._transport.next_page(handle, timeout)


def describe_columns(columns: Sequence[Column]) -> list[Description]:
    """The columns as PEP 249's seven-part descriptions."""
    return [
        (
            column.name,
            TypeCode(column.type),
            None,
            column.type.length,
            column.type.precision,
            column.type.scale,
            column.nullable,
        )
        for column in columns
    ]


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
