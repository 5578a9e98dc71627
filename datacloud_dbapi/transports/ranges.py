"""Reads a range of a finished result in steps, over any transport that can go to any row.

Source: wire spec, query §9–11 (random access by row offset).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datacloud_dbapi.errors import ProtocolError
from datacloud_dbapi.flow.effects import Flow, now
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.transports.base import Transport

# A step is a request or a few: long enough to pay for the way, short enough to be held in memory.
STEP_ROWS = 20_000


@dataclass(slots=True)
class RangeHandle(QueryHandle):
    """A range that is being read: the next row to ask for, and the row after its last."""

    next_row: int = 0
    end: int = 0


def steps(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The range in steps of (first row, count); an empty one is a step of no rows, for its columns."""
    if first == end:
        yield first, 0
    while first < end:
        count = min(STEP_ROWS, end - first)
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
    first, count = next(steps(handle.next_row, handle.end))
    page = yield from transport.read_range(handle.query_id, first, count, timeout=timeout, arrow=arrow)
    given = len(page.rows) if page.arrow is None else page.stated_rows
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
    for start, count in steps(first, end):
        step = RangeHandle(handle.query_id, handle.started_at, next_row=start, end=start + count)
        yield _one_step(transport, step, last=start + count == end, timeout=timeout, arrow=arrow)


def _one_step(transport: Transport, step: RangeHandle, *, last: bool, timeout: float | None, arrow: bool) -> Flow[Page]:
    page = yield from next_step(transport, step, timeout=timeout, arrow=arrow)
    return Page(page.columns, page.rows, last, None, page.arrow, page.stated_rows)
