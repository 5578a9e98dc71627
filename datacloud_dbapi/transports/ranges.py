"""Reads a finished result in parts that may come at the same time, over any transport that can go to any row.

| part | cut by | used for |
|---|---|---|
| step | us, in rows | rows: of a chunk, about 16 MB of Arrow, the Python values would be too many to hold |
| chunk | the service | Arrow, where the pages so far end where a chunk does |

Source: wire spec, query §9–11 (random access by row offset; chunks); hyper §2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count as numbers

from datacloud_dbapi.errors import Error, ProtocolError
from datacloud_dbapi.flow.effects import Flow, lock, now
from datacloud_dbapi.flow.slots import Slots
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.transports.base import Transport

# choice: rows wanted with the answer to a statement, where that can be said: few enough to have the first at once, and
# enough that most results need no second request.
FIRST_ROWS = 2_000
# A step is a request or a few: long enough to pay for the way, short enough to be held in memory.
STEP_ROWS = 20_000


@dataclass(slots=True)
class RangeHandle(QueryHandle):
    """A range that is being read: the next row to ask for, the row after its last, and the rows of a step."""

    next_row: int = 0
    end: int = 0
    step: int = STEP_ROWS


def steps(first: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """The range in steps of (first row, count); an empty one is a step of no rows, for its columns."""
    if first == end:
        yield first, 0
    while first < end:
        count = min(size, end - first)
        yield first, count
        first += count


def open_range(
    transport: Transport, query_id: str, first: int, count: int, *, timeout: float | None, arrow: bool
) -> Flow[tuple[QueryHandle, Page]]:
    """Begin to read rows `first` to `first + count - 1`; the first step of them."""
    started = yield from now()
    handle = RangeHandle(query_id, started, next_row=first, end=first + count, total=count)
    return handle, (yield from next_step(transport, handle, timeout=timeout, arrow=arrow))


def next_step(transport: Transport, handle: RangeHandle, *, timeout: float | None, arrow: bool) -> Flow[Page]:
    """The next step of a range. Raises ProtocolError when the service gives fewer rows than there must be."""
    assert handle.query_id is not None  # noqa: S101 - a range is of a known query
    first, count = next(steps(handle.next_row, handle.end, handle.step))
    page = yield from transport.read_range(handle.query_id, first, count, timeout=timeout, arrow=arrow)
    given = _rows_of(page)
    if given is not None and given != count:
        raise ProtocolError(f"The service gave {given} rows of {count} from row {first} on", query_id=handle.query_id)
    handle.next_row += count
    handle.rows_seen += count
    handle.finished = handle.next_row == handle.end
    return Page(page.columns, page.rows, handle.finished, None, page.arrow, page.stated_rows)


def parallel_steps(
    transport: Transport, handle: QueryHandle, *, timeout: float | None, arrow: bool
) -> Iterator[Flow[Page]]:
    """The rows after the ones seen so far as independent flows in order, each one step; they may run side by side."""
    assert handle.query_id is not None  # noqa: S101 - who asks has looked
    end = handle.end if isinstance(handle, RangeHandle) else handle.total or 0
    first = handle.next_row if isinstance(handle, RangeHandle) else handle.rows_seen
    # Arrow takes little memory: as much at once as the service itself gave at first.
    for start, count in steps(first, end, max(STEP_ROWS, handle.rows_seen) if arrow else STEP_ROWS):
        step = RangeHandle(handle.query_id, handle.started_at, next_row=start, end=start + count, step=count)
        yield _one_step(transport, step, last=start + count == end, timeout=timeout, arrow=arrow)


def _one_step(transport: Transport, step: RangeHandle, *, last: bool, timeout: float | None, arrow: bool) -> Flow[Page]:
    page = yield from next_step(transport, step, timeout=timeout, arrow=arrow)
    return Page(page.columns, page.rows, last, None, page.arrow, page.stated_rows)


@dataclass(slots=True)
class _Chunks:
    """What the flows of one result's chunks share: the first of them to run waits until the result is complete.

    `read` has the rows of each chunk that came; `before` are the rows of those before them.
    """

    handle: QueryHandle
    before: int
    first: int
    read: dict[int, int] = field(default_factory=dict)
    waiting: Slots = field(default_factory=Slots)
    failure: Error | None = None

    def check(self) -> None:
        """Hold the rows against the total: no flow of a result that is too long, or whole and too short, succeeds.

        Where the chunks come out of order, it is the last to come that finds a row missing; as it is given out before
        the end, or is the end, the end of such a result is never told.
        """
        total, last = self.handle.total or 0, self.handle.chunks or 0
        rows = self.before + sum(self.read.copy().values())
        if rows > total or (rows < total and len(self.read) >= last - self.first):
            raise ProtocolError(
                f"The service states {total} rows and sent {rows} in its chunks", query_id=self.handle.query_id
            )


def parallel_chunks(
    transport: Transport, handle: QueryHandle, *, timeout: float | None, arrow: bool
) -> Iterator[Flow[Page]]:
    """The chunks after the ones seen so far as flows in order, which may run side by side.

    How many there are is known once the result is complete, so there is no end to the flows: those after the last
    chunk only say that the result has ended.
    """
    chunks = _Chunks(handle, handle.rows_seen, handle.chunks_seen)
    for number in numbers(handle.chunks_seen):
        yield _one_chunk(transport, chunks, number, timeout=timeout, arrow=arrow)


def _one_chunk(transport: Transport, chunks: _Chunks, number: int, *, timeout: float | None, arrow: bool) -> Flow[Page]:
    """A chunk, asked for only when it is known to be there: of one that is not, the error may not say so."""
    yield from _completed(transport, chunks, timeout)
    handle = chunks.handle
    assert handle.query_id is not None  # noqa: S101 - a result in chunks has a name
    last = handle.chunks or 0
    if number >= last:
        chunks.check()
        return Page(None, [], done=True)
    page = yield from transport.read_chunk(handle.query_id, number, timeout=timeout, arrow=arrow)
    rows = _rows_of(page)
    if rows is None:
        raise ProtocolError("A chunk does not say how many rows it has", query_id=handle.query_id)
    chunks.read[number] = rows
    chunks.check()
    return Page(page.columns, page.rows, number + 1 == last, None, page.arrow, page.stated_rows)


def _completed(transport: Transport, chunks: _Chunks, timeout: float | None) -> Flow[None]:
    release = yield from lock(chunks.waiting)
    try:
        if chunks.failure is not None:
            raise chunks.failure
        try:
            yield from transport.row_count(chunks.handle, timeout=timeout)
        except Error as error:
            # One of the flows waits, and tells the service to stop when that takes too long; not each of them.
            chunks.failure = error
            raise
    finally:
        release()


def _rows_of(page: Page) -> int | None:
    return len(page.rows) if page.arrow is None else page.stated_rows
