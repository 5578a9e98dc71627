"""A result read by chunk, in whatever order its chunks come.

Source: wire spec, hyper §2.2; query §10; faults rule 4.
"""

from __future__ import annotations

from itertools import islice, permutations
from typing import ClassVar

import pytest

from datacloud_dbapi.errors import Error, OperationalError, ProtocolError, QueryTimeoutError
from datacloud_dbapi.flow.effects import Flow, now
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.transports.base import Capabilities, Parameters, Transport
from datacloud_dbapi.transports.ranges import parallel_chunks
from tests.unit.driver.scripted import cells, stage

# Four flows side by side, by the order in which they end.
ORDERS = list(permutations(range(4)))


class Chunked(Transport):
    """A service that says what it says of a result, and has these chunks."""

    capabilities: ClassVar[Capabilities] = Capabilities(random_access=True, arrow=True)

    def __init__(self, *chunks: int, rows: int, count: int, waits: Error | None = None) -> None:
        self.chunks = [[f"{number}.{row}" for row in range(size)] for number, size in enumerate(chunks)]
        self.rows, self.count, self.waits = rows, count, waits
        self.asked: list[str] = []

    def submit(
        self, sql: str, parameters: Parameters | None, *, timeout: float | None, arrow: bool
    ) -> Flow[tuple[QueryHandle, Page]]:
        raise NotImplementedError

    def next_page(self, handle: QueryHandle, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        raise NotImplementedError

    def row_count(self, handle: QueryHandle, *, timeout: float | None) -> Flow[int]:
        yield from now()
        if handle.total is None:
            self.asked.append("status")
            if self.waits is not None:
                raise self.waits
            handle.total, handle.chunks = self.rows, self.count
        return handle.total

    def read_chunk(self, query_id: str, number: int, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        yield from now()
        self.asked.append(f"chunk {number}")
        if number >= len(self.chunks):
            raise OperationalError("out of range")
        return Page(None, [[cell] for cell in self.chunks[number]], done=False)


def read(service: Chunked, order: tuple[int, ...]) -> list[object]:
    """What a reader is given whose pages come in this order: cells to the end, or the error."""
    handle = QueryHandle("q", 0.0, rows_seen=len(service.chunks[0]), chunks_seen=1)
    flows = list(islice(parallel_chunks(service, handle, timeout=None, arrow=True), len(order)))
    came: dict[int, Page | Error] = {}
    for place in order:
        try:
            came[place] = stage([]).run(flows[place])
        except Error as error:
            came[place] = error
    given: list[object] = [*service.chunks[0]]
    for place in range(len(order)):
        page = came[place]
        if isinstance(page, Error):
            return [*given, type(page)]
        given += [row[0] for row in cells(page)]
        if page.done:
            return given
    raise AssertionError("no end")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("chunks", [(2,), (2, 1), (1, 3, 2), (2, 1, 1, 4)])
def test_rows_come_exactly_and_in_order(chunks: tuple[int, ...], order: tuple[int, ...]) -> None:
    service = Chunked(*chunks, rows=sum(chunks), count=len(chunks))
    assert read(service, order) == [cell for chunk in service.chunks for cell in chunk]
    assert sorted(service.asked) == [*(f"chunk {number}" for number in range(1, len(chunks))), "status"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("rows", "count"),
    [(7, 3), (5, 3), (3, 3), (1, 3), (6, 2), (6, 1), (6, 0), (9, 2), (6, 4)],
    ids=str,
)
def test_the_end_of_a_result_that_does_not_add_up_is_never_told(rows: int, count: int, order: tuple[int, ...]) -> None:
    """The chunks have 1, 3 and 2 rows; `rows` and `count` are what the service says, one of them wrongly."""
    given = read(Chunked(1, 3, 2, rows=rows, count=count), order)
    # A chunk too many is refused by the service itself.
    assert given[-1] in (ProtocolError, OperationalError)


def test_of_a_query_that_fails_or_is_late_nobody_asks_twice() -> None:
    late = QueryTimeoutError("late")
    service = Chunked(1, 3, rows=4, count=2, waits=late)
    flows = list(islice(parallel_chunks(service, QueryHandle("q", 0.0), timeout=1.0, arrow=True), 3))
    for flow in flows:
        with pytest.raises(QueryTimeoutError) as caught:
            stage([]).run(flow)
        assert caught.value is late
    assert service.asked == ["status"]
