"""Rows do not depend on how a result was cut into Arrow pages and batches, nor on pages changing their form midway."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from datacloud_dbapi.arrow import open_stream, schema, table_of_rows
from datacloud_dbapi.page import Column, Page
from datacloud_dbapi.result import Result
from datacloud_dbapi.types import DataType

COLUMNS = (Column("n", DataType("BIGINT")), Column("s", DataType("VARCHAR")))
ROWS = st.lists(st.tuples(st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.text()), max_size=40)


def stream(rows: list[tuple[int | None, str | None]], batch: int) -> bytes:
    table = table_of_rows(COLUMNS, rows, schema(COLUMNS))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=batch)
    return sink.getvalue().to_pybytes()


@given(
    rows=ROWS,
    cuts=st.lists(st.integers(0, 40), max_size=6),
    forms=st.lists(st.booleans(), min_size=8, max_size=8),
    batch=st.integers(1, 9),
    takes=st.lists(st.integers(0, 9), max_size=30),
)
def test_rows_are_the_same_however_they_came(
    rows: list[tuple[int | None, str | None]], cuts: list[int], forms: list[bool], batch: int, takes: list[int]
) -> None:
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    pages = [rows[start:end] for start, end in pairwise(edges)]
    result = Result(COLUMNS)
    for number, (page, as_arrow) in enumerate(zip(pages, forms, strict=False)):
        done = number == len(pages) - 1
        if as_arrow:
            opened = open_stream(stream(page, batch), COLUMNS, len(page))
            result.feed_batch(opened.columns, opened, done=done)
        else:
            result.feed(Page(None, [list(row) for row in page], done))
    taken = [row for size in takes for row in result.take(size)]
    taken += result.take(None)
    assert taken == rows
    assert result.done
