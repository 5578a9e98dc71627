"""Rows do not depend on how the pages were cut nor on how they are fetched.

Source: wire spec, faults rule 4, P1, P15-P17, V7-V8, L5.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from datacloud_dbapi.errors import DataError, OperationalError
from datacloud_dbapi.page import Column, Page
from datacloud_dbapi.result import Result
from datacloud_dbapi.types import DataType

COLUMNS = (Column("n", DataType("BIGINT")), Column("t", DataType("VARCHAR")), Column("d", DataType("NUMERIC")))
sizes = st.one_of(st.none(), st.integers(0, 7))


def wire(number: int) -> list[object]:
    return [number, str(number), f"{number}.5"]


@st.composite
def cuttings(draw: st.DrawFn) -> tuple[int, list[Page]]:
    """A number of rows, cut into pages: empty ones too, with metadata or without, columns in any order."""
    count = draw(st.integers(0, 40))
    cuts = sorted(draw(st.lists(st.integers(0, count), max_size=8)))
    pages: list[Page] = []
    for start, end in zip([0, *cuts], [*cuts, count], strict=True):
        order = draw(st.permutations(range(3))) if pages else [0, 1, 2]
        bare = bool(pages) and draw(st.booleans())
        columns = None if bare else tuple(COLUMNS[place] for place in order)
        rows = [[wire(n)[place] for place in ([0, 1, 2] if bare else order)] for n in range(start, end)]
        pages.append(Page(columns, rows, end == count and len(pages) == len(cuts), "next"))
    return count, pages


def fetch(result: Result, pages: list[Page], size: int | None) -> list[tuple[Any, ...]]:
    """What a cursor does."""
    while result.wants_page(size):
        result.feed(pages.pop(0))
    return result.take(size)


@given(cuttings(), st.lists(sizes))
def test_rows_are_the_same_however_cut_and_fetched(cutting: tuple[int, list[Page]], fetches: list[int | None]) -> None:
    count, pages = cutting
    result = Result(COLUMNS)
    got: list[tuple[Any, ...]] = []
    for size in [*fetches, None]:
        rows = fetch(result, pages, size)
        left = count - len(got)
        assert len(rows) == (left if size is None else min(size, left))
        got += rows
        assert result.rownumber == len(got)
    assert [(n, t, str(d)) for n, t, d in got] == [(n, str(n), f"{n}.5") for n in range(count)]
    assert fetch(result, pages, None) == []
    assert pages == []


@given(cuttings(), st.integers(0, 40), st.booleans(), st.lists(st.integers(1, 7)))
def test_a_failed_result_gives_what_came_before_and_then_only_its_error(
    cutting: tuple[int, list[Page]], place: int, lost: bool, fetches: list[int]
) -> None:
    """The failure is a lost page or a bad cell in row `place`; every row before it is given once, none after it."""
    count, pages = cutting
    good = 0
    if lost:
        place = min(place, len(pages) - 1)
        good = sum(len(page.rows) for page in pages[:place])
    else:
        assume(count)
        good = place % count
        for page in pages:
            names = [column.name for column in page.columns or COLUMNS]
            assert isinstance(page.rows, list)
            for row in page.rows:
                if row[names.index("n")] == good:
                    row[names.index("n")] = "bad"
    result = Result(COLUMNS)
    failure: type[Exception] = OperationalError if lost else DataError
    left = place
    got: list[Any] = []
    failures = 0
    for size in [*fetches, *[50] * (len(pages) + 2)]:
        while result.wants_page(size):
            if lost and left == 0:
                result.fail(OperationalError("lost"))
            else:
                result.feed(pages.pop(0))
                left -= 1
        try:
            got += [row[0] for row in result.take(size)]
            assert not failures
        except failure:
            failures += 1
    assert got == list(range(good))
    assert failures >= 2
    with pytest.raises(failure):
        result.take(None)
