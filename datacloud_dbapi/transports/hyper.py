"""Hyper's own gRPC service, at the tenant or straight at a `hyperd`: the fastest way to rows. Loads grpc when used.

How a result is read: every page is a `GetQueryResult`, in Arrow of a chunk, else of a range of rows counted from 0. A
persisted result is one fixed sequence in fixed chunks, so a page that was lost on the way is asked for again, and
chunks and partitions may be read in any order. While the query still runs, `GetQueryInfo` says how much is there.

| timeout | the statement runs | the answer to it brings |
|---|---|---|
| none | ADAPTIVE | the first page, so that a small result takes one call |
| some | ASYNC | the id at once: a late query can be stopped, and what fails later is told by `GetQueryInfo` |

Rows travel as JSON, or as Arrow when that is wanted and where JSON does not carry a column exactly.
Source: wire spec, hyper §2-3, §7; query §11.
"""

from __future__ import annotations

import copy
import importlib.util
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.errors import DatabaseError, InterfaceError, NotSupportedError, ProtocolError, QueryTimeoutError
from datacloud_dbapi.flow.effects import Flow, now, sleep, started
from datacloud_dbapi.flow.retry import Deadline
from datacloud_dbapi.page import Column, Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.base import Capabilities, Parameters, Transport
from datacloud_dbapi.transports.hyper_answers import MAX_RANGE_BYTES, MAX_RANGE_ROWS, Answer, Range
from datacloud_dbapi.transports.hyper_parameters import hyper_statement
from datacloud_dbapi.transports.hyper_rows import json_columns, json_rows, needs_arrow

if TYPE_CHECKING:
    from typing_extensions import Self

    from datacloud_dbapi.transports.hyper_calls import HyperCalls

T = TypeVar("T")

log = logging.getLogger("datacloud.hyper")

# choice: JSON rows grow about tenfold as Python values, Arrow stays as it is.
JSON_PAGE_BYTES = 2 * 2**20
ARROW_PAGE_BYTES = 16 * 2**20
# How long a look at a running query may take: from the first to the longest, in seconds.
FIRST_LOOK, LONGEST_LOOK = 0.125, 8.0
# Between two looks that both came back at once and said the same.
PAUSE = 0.25


@dataclass(slots=True)
class HyperHandle(QueryHandle):
    """`available` rows in `closed` chunks can be read so far; when `complete`, they are all.

    `arrow`: JSON does not carry the columns.
    """

    query_id: str
    available: int = 0
    closed: int = 0
    complete: bool = False
    arrow: bool = False


class Hyper(Transport):
    """The transport `hyper`. `tokens` is None for a bare `hyperd`, which knows no login."""

    name = "hyper"
    capabilities = Capabilities(
        random_access=True,
        cancel=True,
        server_parameters=True,
        arrow=True,
        progress=True,
        attach=True,
        describe=True,
        settings=True,
    )

    def __init__(self, tokens: Tokens | None, params: ConnectParams) -> None:
        self._calls = _calls(tokens, params)

    def tuned(self, settings: Mapping[str, str], workload: str | None) -> Self:
        other = copy.copy(self)
        other._calls = self._calls.tuned(settings, workload)
        return other

    def submit(
        self, sql: str, parameters: Parameters | None, *, timeout: float | None, arrow: bool
    ) -> Flow[tuple[QueryHandle, Page]]:
        """Run a statement; it is never sent again once it may have arrived. Its first page has rows, or is the last.

        Raises QueryTimeoutError after `timeout` seconds; the query is then cancelled.
        """
        statement = hyper_statement(sql, parameters)
        begun = yield from now()
        deadline = Deadline.after(begun, timeout)
        only_arrow = False
        first = None if arrow else _page_range(0, arrow)
        try:
            answer = yield from self._calls.execute(statement, arrow=arrow, first=first, deadline=deadline)
        except NotSupportedError as error:
            # Bytes, for one, have no JSON here. The statement was refused before it ran.
            if arrow or error.sqlstate != "0A000":
                raise
            if not _is_installed("pyarrow"):
                error.hint = error.hint or "some types travel in Arrow only: pip install 'datacloud-dbapi[arrow]'"
                raise
            arrow = only_arrow = True
            first = _page_range(0, arrow)
            answer = yield from self._calls.execute(statement, arrow=arrow, first=first, deadline=deadline)
        handle = HyperHandle(answer.query_id, begun, arrow=only_arrow)
        _note(handle, answer)
        page = yield from self._stopped_when_late(handle, self._first_page(handle, answer, arrow, deadline))
        return handle, page

    def next_page(self, handle: QueryHandle, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows after `handle.rows_seen`. Raises ResultExpiredError when the service has dropped the result."""
        assert isinstance(handle, HyperHandle)  # noqa: S101 - a handle goes back to the transport that made it
        deadline = Deadline.after((yield from now()), timeout)
        handle.chunks_seen = 0
        return (yield from self._stopped_when_late(handle, self._further_page(handle, arrow or handle.arrow, deadline)))

    def row_count(self, handle: QueryHandle, *, timeout: float | None) -> Flow[int]:
        """How many rows the whole result has; waits until the query is finished."""
        assert isinstance(handle, HyperHandle)  # noqa: S101 - a handle goes back to the transport that made it
        waiting = self._await_rows(handle, Deadline.after((yield from now()), timeout), all_of_them=True)
        yield from self._stopped_when_late(handle, waiting)
        return handle.available

    def cancel(self, handle: QueryHandle) -> Flow[None]:
        """Stop the query; a result that is there already stays readable."""
        if handle.query_id is not None:
            yield from self._calls.cancel(handle.query_id)

    def attach(self, query_id: str, *, timeout: float | None, arrow: bool) -> Flow[tuple[QueryHandle, Page]]:
        """The first page of a result that was computed earlier, or is still being computed."""
        begun = yield from now()
        deadline = Deadline.after(begun, timeout)
        handle = HyperHandle(query_id, begun)
        page = yield from self._stopped_when_late(handle, self._first_page(handle, Answer(query_id), arrow, deadline))
        return handle, page

    def describe(self, sql: str, parameters: Parameters | None, *, timeout: float | None) -> Flow[tuple[Column, ...]]:
        """The columns a statement would give. It is analysed for no rows."""
        deadline = Deadline.after((yield from now()), timeout)
        statement = hyper_statement(sql, parameters)
        answer = yield from self._calls.analyse(statement, deadline=deadline)
        if answer.schema is None and answer.status is not None and answer.status.complete:
            return ()
        # The schema can be had as JSON even where the rows cannot.
        answer = yield from self._calls.info(answer.query_id, arrow=False, wait=0.0, deadline=deadline)
        return _columns(answer)

    def read_range(self, query_id: str, first: int, count: int, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows `first` to `first + count - 1` of a result, fewer only past its end; waits for rows to come."""
        begun = yield from now()
        deadline = Deadline.after(begun, timeout)
        handle = HyperHandle(query_id, begun, rows_seen=first)
        whole, arrow = yield from self._look(handle, arrow, deadline)
        while whole.rows < count:
            yield from self._await_rows(handle, deadline)
            left = min(handle.available - handle.rows_seen, count - whole.rows)
            if left <= 0:
                break
            answer = yield from self._read(query_id, Range(handle.rows_seen, left, MAX_RANGE_BYTES), arrow, deadline)
            handle.rows_seen += answer.rows
            whole.parts += answer.parts
            whole.rows += answer.rows
        return _page(whole, arrow, done=True)

    def read_chunk(self, query_id: str, number: int, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows of a chunk of a finished result, counted from 0."""
        deadline = Deadline.after((yield from now()), timeout)
        return _page((yield from self._read(query_id, number, arrow, deadline)), arrow, done=False)

    def _first_page(self, handle: HyperHandle, answer: Answer, arrow: bool, deadline: Deadline) -> Flow[Page]:
        """The first page, from what came with the statement where that is enough."""
        in_chunks = arrow and not handle.arrow
        if not _is_rowless(handle, answer) and (answer.schema is None or (not arrow and _only_arrow(_columns(answer)))):
            answer, handle.arrow = yield from self._look(handle, arrow, deadline)
        if _is_rowless(handle, answer):
            handle.total, handle.finished = handle.available, True
            return Page((), [], done=True)
        arrow = arrow or handle.arrow
        handle.chunks_seen = int(in_chunks and answer.whole)
        if not answer.rows:
            if not handle.complete:
                yield from started(handle)
            yield from self._await_rows(handle, deadline)
            if handle.available:
                # A chunk that is counted is full, also while the query runs.
                handle.chunks_seen = int(in_chunks and handle.closed > 0)
                wanted = 0 if handle.chunks_seen else _page_range(0, arrow)
                answer = yield from self._read(handle.query_id, wanted, arrow, deadline)
        return _advance(handle, answer, arrow)

    def _further_page(self, handle: HyperHandle, arrow: bool, deadline: Deadline) -> Flow[Page]:
        yield from self._await_rows(handle, deadline)
        if handle.rows_seen >= handle.available:
            handle.finished = True
            return Page(None, [], done=True)
        answer = yield from self._read(handle.query_id, _page_range(handle.rows_seen, arrow), arrow, deadline)
        return _advance(handle, answer, arrow)

    def _look(self, handle: HyperHandle, arrow: bool, deadline: Deadline) -> Flow[tuple[Answer, bool]]:
        """Schema and status as they are now, and whether the rows are to be read in Arrow."""
        answer = yield from self._calls.info(handle.query_id, arrow=arrow, wait=0.0, deadline=deadline)
        _note(handle, answer)
        if answer.schema is None and not handle.complete:
            # A statement that changes data has none; whether it is one is known at its end.
            yield from self._await_rows(handle, deadline, all_of_them=True)
            return (yield from self._look(handle, arrow, deadline))
        if not arrow and not _is_rowless(handle, answer) and _only_arrow(_columns(answer)):
            return (yield from self._look(handle, True, deadline))
        return answer, arrow

    def _await_rows(self, handle: HyperHandle, deadline: Deadline, *, all_of_them: bool = False) -> Flow[None]:
        """Wait until there are rows after those seen, or no more to come."""
        wait = FIRST_LOOK
        while _is_awaited(handle, all_of_them):
            before = yield from now()
            answer = yield from self._calls.info(handle.query_id, arrow=False, wait=wait, deadline=deadline)
            _note(handle, answer)
            if not handle.complete:
                handle.check_wanted()
            if _is_awaited(handle, all_of_them) and (yield from now()) - before < wait / 2:
                yield from sleep(PAUSE)
            wait = min(2 * wait, LONGEST_LOOK)

    def _stopped_when_late(self, handle: HyperHandle, flow: Flow[T]) -> Flow[T]:
        """The flow's value; when its time is up, the query is cancelled."""
        try:
            return (yield from flow)
        except QueryTimeoutError:
            try:
                yield from self._calls.cancel(handle.query_id)
            except DatabaseError as error:
                log.debug("the query %s could not be cancelled: %s", handle.query_id, error)
            raise

    def _read(self, query_id: str, wanted: Range | int, arrow: bool, deadline: Deadline) -> Flow[Answer]:
        """The rows of a range or a chunk that are known to be there."""
        try:
            answer = yield from self._calls.result(query_id, wanted, arrow=arrow, deadline=deadline)
        except DatabaseError as error:
            if error.sqlstate == "55000":
                # "query execution has failed": why, the status says, by raising it.
                yield from self._calls.info(query_id, arrow=arrow, wait=0.0, deadline=deadline)
            raise
        most = wanted.rows if isinstance(wanted, Range) else MAX_RANGE_ROWS
        if not 0 < answer.rows <= most:
            raise ProtocolError(
                f"The service sent {answer.rows} of at most {most} rows that it said were there", query_id=query_id
            )
        return answer


def _calls(tokens: Tokens | None, params: ConnectParams) -> HyperCalls:
    """The calls, which load protobuf. Raises InterfaceError where that or grpc is not installed."""
    missing = [name for name in ("grpc", "google.protobuf") if not _is_installed(name)]
    if missing:
        raise InterfaceError(
            f"The transport hyper needs {' and '.join(missing)}", hint="pip install 'datacloud-dbapi[grpc]'"
        )
    from datacloud_dbapi.transports.hyper_calls import HyperCalls

    return HyperCalls(tokens, params)


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package around it is missing
        return False


def _only_arrow(columns: Sequence[Column]) -> bool:
    return needs_arrow(columns) and _is_installed("pyarrow")


def _columns(answer: Answer) -> tuple[Column, ...]:
    if answer.schema is None:
        raise ProtocolError("The service does not say which columns the result has", query_id=answer.query_id)
    return json_columns(answer.schema, answer.query_id)


def _page_range(first: int, arrow: bool) -> Range:
    return Range(first, MAX_RANGE_ROWS, ARROW_PAGE_BYTES if arrow else JSON_PAGE_BYTES)


def _note(handle: HyperHandle, answer: Answer) -> None:
    """Take in how far the query is. The rows that came are there, whatever the status says."""
    handle.available = max(handle.available, handle.rows_seen + answer.rows)
    if answer.status is None:
        return
    handle.available = max(handle.available, answer.status.rows)
    handle.closed = answer.status.chunks
    handle.complete = answer.status.complete
    handle.progress = answer.status.progress
    if handle.complete:
        handle.total, handle.chunks = answer.status.rows, answer.status.chunks


def _is_awaited(handle: HyperHandle, all_of_them: bool) -> bool:
    """Whether more must come before rows can be read, or before all of them can."""
    return not handle.complete and (all_of_them or handle.rows_seen >= handle.available)


def _is_rowless(handle: HyperHandle, answer: Answer) -> bool:
    """Whether the statement changed data: it has no result, and the count is that of the rows it changed."""
    return handle.complete and answer.schema is None and not answer.parts and not handle.closed


def _advance(handle: HyperHandle, answer: Answer, arrow: bool) -> Page:
    """The page of an answer, counted into its handle. Raises ProtocolError when there are more rows than the total."""
    handle.rows_seen += answer.rows
    if handle.total is not None and handle.rows_seen > handle.total:
        raise ProtocolError(
            f"The service states {handle.total} rows and sent {handle.rows_seen}", query_id=handle.query_id
        )
    handle.finished = handle.complete and handle.rows_seen >= handle.available
    return _page(answer, arrow, done=handle.finished)


def _page(answer: Answer, arrow: bool, *, done: bool) -> Page:
    if arrow:
        if answer.schema is None:
            raise ProtocolError("The Arrow stream has no schema", query_id=answer.query_id)
        return Page(None, [], done, arrow=(answer.schema, *answer.parts), stated_rows=answer.rows)
    rows = json_rows(answer.parts, answer.query_id)
    if len(rows) != answer.rows:
        raise ProtocolError(f"The service states {answer.rows} rows and sent {len(rows)}", query_id=answer.query_id)
    return Page(_columns(answer), rows, done)
