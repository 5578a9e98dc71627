"""The state of one cursor and every rule about it, whichever door it is used through. Performs no I/O.

Source: public surface, §1; wire spec, faults rule 4 and rows L1–L8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from datacloud_dbapi import frames
from datacloud_dbapi.binding import bind
from datacloud_dbapi.errors import InterfaceError, OperationalError, ProgrammingError
from datacloud_dbapi.events import Event, Tell
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.limits import RateLimit
from datacloud_dbapi.page import Column, Page, QueryHandle
from datacloud_dbapi.params import ConnectParams, read_param
from datacloud_dbapi.partition import Partition, split
from datacloud_dbapi.result import Result
from datacloud_dbapi.rows import RowFactory, tuple_row
from datacloud_dbapi.tracing import execute_span
from datacloud_dbapi.transports.base import Parameters, Transport
from datacloud_dbapi.transports.ranges import RangeHandle, next_step, open_range, parallel_chunks, parallel_steps
from datacloud_dbapi.types import TypeCode

Description = tuple[str, TypeCode, None, int | None, int | None, int | None, bool | None]


@dataclass(frozen=True, slots=True)
class QueryStatus:
    """How far a query is: `state` is idle, running, finished or failed; `progress` goes from 0 to 1.

    `rows` counts what has arrived so far. `progress` is None where the transport does not tell. `rate_limit` is what
    the service last said of its limit to anyone with this login.
    """

    state: str
    progress: float | None
    rows: int
    rate_limit: RateLimit | None = None


class Owner(Protocol):
    """The connection, as far as a cursor needs it."""

    @property
    def rate_limit(self) -> RateLimit | None: ...

    def check_usable(self) -> None: ...


class BaseCursor:
    """The state of one cursor and every rule about it. Performs no I/O."""

    arraysize: int = 1

    def __init__(self, owner: Owner, transport: Transport, params: ConnectParams, tell: Tell) -> None:
        self._owner = owner
        self._tell = tell
        # The connection's, and the one of the result at hand, which may be tuned for its statement.
        self._plain = self._transport = transport
        self._params = params
        self._closed = False
        self._handle: QueryHandle | None = None
        self._result: Result | None = None
        # How many rows the statement changed, with all its sets of parameters; -1 where that is unknown.
        self._changed = -1
        self._make_row: Callable[[tuple[Any, ...]], Any] | None = None
        self._row_factory: RowFactory = tuple_row
        self._timeout: float | None = None
        # Whether a query is being started, and whether `cancel()` has come meanwhile.
        self._opening = self._unwanted = False
        # What was wanted of the last result is likely wanted of the next one.
        self._arrow = False

    @property
    def connection(self) -> Owner:
        """The connection this cursor came from."""
        return self._owner

    @property
    def description(self) -> list[Description] | None:
        """Name, type code, None, length, precision, scale and nullability of each column; None without a result."""
        result = self._result
        return None if result is None or (result.done and not result.columns) else describe_columns(result.columns)

    @property
    def rowcount(self) -> int:
        """The result's number of rows once all have arrived, or of rows a statement changed; -1 where it is unknown."""
        result = self._result
        if result is None or not result.done:
            return -1
        # Without columns V1 and V2 do not tell a query that found nothing from a statement that changed something.
        return result.received if result.columns else self._changed

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
        handle, result, limit = self._handle, self._result, self._owner.rate_limit
        progress = None if handle is None else handle.progress
        if result is None:
            return QueryStatus("idle" if handle is None else "running", progress, 0, limit)
        if result.failure is not None:
            return QueryStatus("failed", None, result.received, limit)
        if result.done:
            return QueryStatus("finished", 1.0, result.received, limit)
        return QueryStatus("running", progress, result.received, limit)

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
        if self._result.rowless:
            raise ProgrammingError("There is no result to fetch from: the statement returns no rows")
        return self._result

    def _tune(self, settings: Mapping[str, str] | None, workload: str | None) -> None:
        """Take the transport for the statement that follows. Raises as `execute` says of the two."""
        given: Any = {} if settings is None else read_param("settings", settings)
        name: Any = None if workload is None else read_param("workload", workload)
        self._transport = self._plain.tuned(given, name) if given or name else self._plain

    def _begin(
        self, sql: str, parameters: Parameters | None, timeout: float | None, arrow: bool | None
    ) -> Flow[tuple[QueryHandle, Page]]:
        """The flow that runs a statement; whatever is wrong with its text or values is raised before it."""
        if arrow is not None:
            self._arrow = arrow
        if self._arrow:
            frames.need_pyarrow()
        self._timeout = self._params.query_timeout if timeout is None else timeout
        statement, left = self._statement(sql, parameters)
        return self._transport.submit(statement, left, timeout=self._timeout, arrow=self._wants_arrow())

    def _statement(self, sql: str, parameters: Parameters | None) -> tuple[str, Parameters | None]:
        """The text to send, and the values to send beside it where the transport takes them."""
        if not isinstance(sql, str):
            raise ProgrammingError(f"A statement is text, not {type(sql).__name__}")
        if not self._transport.capabilities.server_parameters:
            sql, parameters = bind(sql, parameters), None
        try:
            sql.encode()
        except UnicodeEncodeError:
            raise ProgrammingError("The statement holds half of a surrogate pair, which is no character") from None
        return sql, parameters

    def _check_current(self, result: Result) -> None:
        """Raise unless `result` is still the cursor's: pages that come now belong to the one that is."""
        self._check_usable()
        if self._result is not result:
            raise ProgrammingError("The result is gone: its cursor has begun another one")

    def _arrow_result(self) -> Result:
        """The open result, to be fetched as Arrow."""
        result = self._open_result()
        frames.need_pyarrow()
        self._arrow = True
        return result

    def _started(self, handle: QueryHandle, page: Page) -> None:
        """Take in the first page; when it does not fit its own columns, there is no result."""
        # Arrow knows its columns better than the metadata beside it: precision and scale, for one.
        result = Result(page.columns or () if page.arrow is None else ())
        self._feed(result, page, handle.query_id)
        self._handle, self._result = handle, result
        self._count_changed([handle.total if result.rowless and handle.total is not None else -1])

    def _count_changed(self, counts: Sequence[int]) -> None:
        self._changed = -1 if -1 in counts else sum(counts)

    def _further_pages(self, handle: QueryHandle) -> tuple[Callable[[], Flow[Page] | None], int, int]:
        """Where the pages after the first come from, how many may be fetched ahead, and how many at the same time.

        A result whose chunks are known is read by chunk, and a finished one that can be entered at any row in ranges,
        both at the same time; else page after page.
        """
        depth, transport = self._params.prefetch, self._transport
        if self._wants_arrow() and handle.chunks_seen:
            chunks = parallel_chunks(transport, handle, timeout=self._timeout, arrow=True)
            width = self._params.fetch_parallelism if depth else 1
            return lambda: next(chunks), max(depth, width) if depth else 0, width
        if depth and transport.capabilities.random_access and handle.query_id and handle.total is not None:
            steps = parallel_steps(transport, handle, timeout=self._timeout, arrow=self._wants_arrow())
            width = self._params.fetch_parallelism
            return lambda: next(steps, None), max(depth, width), width
        if isinstance(handle, RangeHandle):
            return lambda: next_step(transport, handle, timeout=self._timeout, arrow=self._wants_arrow()), depth, 1
        # Asked anew for each page: once rows are fetched as Arrow, the rest may come as Arrow.
        return lambda: transport.next_page(handle, timeout=self._timeout, arrow=self._wants_arrow()), depth, 1

    def _describe(self, sql: str, parameters: Parameters | None) -> Flow[tuple[Column, ...]]:
        self._check_usable()
        statement, left = self._statement(sql, parameters)
        return self._plain.describe(statement, left, timeout=self._params.query_timeout)

    def _attach(self, query_id: str) -> Flow[tuple[QueryHandle, Page]]:
        self._timeout, self._transport = self._params.query_timeout, self._plain
        return self._transport.attach(query_id, timeout=self._timeout, arrow=self._wants_arrow())

    def _split(self, pieces: int | None) -> Flow[list[Partition]]:
        self._open_result()
        if not self._transport.capabilities.random_access:
            raise self._transport.missing("random_access")
        handle = self._handle
        if handle is None or handle.query_id is None:
            raise ProgrammingError("The result is gone; run the query again")
        total = yield from self._transport.row_count(handle, timeout=self._timeout)
        return split(self._transport.name, handle.query_id, total, pieces or self._params.fetch_parallelism)

    def _partition(self, partition: Partition) -> Flow[tuple[QueryHandle, Page]]:
        if partition.transport != self._transport.name:
            raise ProgrammingError(
                f"The partition is of transport {partition.transport}, the connection of {self._transport.name}"
            )
        self._timeout, self._transport = self._params.query_timeout, self._plain
        first, count, arrow = partition.first, partition.count, self._wants_arrow()
        return open_range(self._transport, partition.query_id, first, count, timeout=self._timeout, arrow=arrow)

    def _cancel(self) -> Flow[None]:
        self._check_usable()
        if not self._transport.capabilities.cancel:
            raise self._transport.missing("cancel")
        if self._handle is None and self._opening:
            # The service has not said yet what it calls the query: it is stopped as soon as it does.
            self._unwanted = True
            return _nothing()
        if self._handle is None:
            raise ProgrammingError("There is no query to cancel", hint="call execute() first")
        self._handle.unwanted = True
        return self._transport.cancel(self._handle)

    def _wants_arrow(self) -> bool:
        return self._arrow and self._transport.capabilities.arrow

    def _took(self, handle: QueryHandle) -> None:
        """The service has taken the query: `cancel()` from elsewhere can reach it from now on, or came before."""
        self._handle = handle
        if self._unwanted:
            handle.unwanted = True
            handle.check_wanted()

    def _left_running(self) -> Flow[None] | None:
        """What stops the query of a cursor that is closed, where it still runs. A complete result stays as it is."""
        handle = self._handle
        if handle is None or handle.total is not None or self._result is None or self._result.failure is not None:
            return None
        try:
            self._owner.check_usable()
        except InterfaceError:
            return None
        return self._abandoned()

    def _abandoned(self) -> Flow[None] | None:
        handle, self._handle = self._handle, None
        if handle is None or handle.finished or not self._transport.capabilities.cancel:
            return None
        return self._transport.cancel(handle)

    def _feed(self, result: Result, page: Page, query_id: str | None = None) -> None:
        """Put a page behind the others, whatever form it came in."""
        before = result.received
        if page.arrow is None:
            result.feed(page)
        else:
            batch = frames.arrow().open_stream(page.arrow, page.columns or result.columns, page.stated_rows)
            result.feed_batch(batch.columns, batch, done=page.done)
        self._tell(Event("page", query_id=query_id or self.query_id, rows=result.received - before))

    def _traced(self, sql: str, parameters: Parameters | None) -> AbstractContextManager[None]:
        """Around running a statement until its first page: a span, where the application traces."""
        return execute_span(sql, self._params, parameters=bool(parameters), rows=lambda: self.rowcount)

    def _ready_row(self) -> Any:
        """The next row if it is here already, else None: spares most rows of a long result the longer way."""
        if self._result is None or self._row_factory is not tuple_row:
            return None
        self._check_usable()
        return self._result.take_ready()

    def _shaped(self, rows: list[tuple[Any, ...]]) -> list[Any]:
        if self._row_factory is tuple_row or not rows:
            return rows
        if self._make_row is None:
            assert self._result is not None  # noqa: S101 - rows come from a result
            self._make_row = self._row_factory(tuple(column.name for column in self._result.columns))
        return [self._make_row(row) for row in rows]

    def __reduce__(self) -> NoReturn:
        raise InterfaceError(
            "A cursor cannot be copied or pickled",
            hint="open a new one where it is needed; partitions() gives pieces of a result that can travel",
        )

    def __repr__(self) -> str:
        state = "closed" if self._closed else self.status.state
        return f"<{type(self).__name__} {state} query_id={self.query_id!r}>"


def interrupted(error: BaseException) -> OperationalError:
    """What every later fetch raises of a result whose fetching was broken off."""
    return OperationalError(f"The fetch was interrupted by {type(error).__name__}; run the query again")


def _nothing() -> Flow[None]:
    yield from ()


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
