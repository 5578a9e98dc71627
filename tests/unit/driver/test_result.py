"""Pages in, rows out. Source: wire spec, faults rule 4, P15-P19, P23, V7-V8, L4-L5."""

from __future__ import annotations

from typing import Any

import pytest

from datacloud_dbapi.errors import DataError, Error, OperationalError, ProgrammingError, ProtocolError
from datacloud_dbapi.page import Column, Page
from datacloud_dbapi.result import Result
from datacloud_dbapi.types import DataType

ID = Column("id", DataType("BIGINT"))
NAME = Column("name", DataType("VARCHAR"))


def page(*rows: list[Any], done: bool = False, columns: tuple[Column, ...] | None = (ID, NAME)) -> Page:
    return Page(columns, list(rows), done, None if done else "next")


def fed(*pages: Page) -> Result:
    result = Result(pages[0].columns or ())
    for one in pages:
        result.feed(one)
    return result


def test_rows_come_in_order_whatever_the_sizes() -> None:
    result = fed(page([1, "a"], [2, "b"]), page([3, "c"]), page(), page([4, "d"], [5, None], done=True))
    assert result.take(1) == [(1, "a")]
    assert result.take(3) == [(2, "b"), (3, "c"), (4, "d")]
    assert result.rownumber == 4
    assert result.take(0) == []
    assert result.take(None) == [(5, None)]
    assert [result.take(1), result.take(None), result.take(7)] == [[], [], []]
    assert result.rownumber == 5


@pytest.mark.parametrize(
    ("columns", "rows", "done", "rowless"),
    [
        ((), [], True, True),  # CREATE, INSERT: the service says that there are no columns
        ((), [], False, False),  # what its columns are may still come
        ((), [[]], True, False),  # a row of no columns is a row
        (None, [], True, False),  # V1 and V2 may leave the columns of an empty result out
        ((ID, NAME), [], True, False),  # a query that finds nothing
    ],
)
def test_a_statement_without_columns_is_no_empty_result(
    columns: tuple[Column, ...] | None, rows: list[list[object]], done: bool, rowless: bool
) -> None:
    result = Result(columns or ())
    result.feed(Page(columns, rows, done))
    assert result.rowless is rowless


def test_only_done_ends_a_result() -> None:
    result = Result((ID, NAME))
    wanted = []
    for one in (page(), page([1, "a"]), page(done=True)):
        wanted.append((result.needs_page, result.wants_page(1), result.wants_page(2), result.wants_page(None)))
        assert not wanted[-1][1] or result.take(5) == []
        result.feed(one)
    assert wanted == [(True, True, True, True), (True, True, True, True), (False, False, True, True)]
    assert not result.wants_page(None)
    assert result.take(None) == [(1, "a")]
    assert not result.needs_page


def test_no_rows_with_and_without_metadata() -> None:
    for columns in ((ID, NAME), None):
        result = fed(page(done=True, columns=columns))
        assert result.columns == (columns or ())
        assert result.take(None) == []
        assert result.take(1) == []


def test_columns_may_come_with_a_later_page() -> None:
    result = fed(page(columns=None), page([1, "a"], done=True))
    assert result.columns == (ID, NAME)
    assert result.take(None) == [(1, "a")]


def test_a_later_page_without_metadata_has_the_first_ones() -> None:
    result = fed(page([1, "a"]), page([2, "b"], done=True, columns=None))
    assert result.take(None) == [(1, "a"), (2, "b")]


def test_a_later_page_in_another_order_is_put_right() -> None:
    result = fed(page([1, "a"]), page(["b", 2], done=True, columns=(NAME, ID)))
    assert result.take(None) == [(1, "a"), (2, "b")]
    assert result.columns == (ID, NAME)


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ((ID, NAME), page([2, "b"], columns=(ID, Column("surname", NAME.type)))),
        ((ID, NAME), page([2, "b"], columns=(ID, Column("name", DataType("DATE"))))),
        ((ID, NAME), page([2, "b", 1], columns=(ID, NAME, Column("more", ID.type)))),
        ((ID, NAME), page([2], columns=(ID,))),
        ((ID, NAME), page([2, "b"], columns=(ID, ID))),
        ((ID, ID), page([2, 3], columns=(ID, NAME))),
        ((ID, NAME), page([2], columns=None)),
        ((ID, NAME), page([2, "b", 3], columns=(ID, NAME))),
        ((ID, NAME), page([3, "c"], [], columns=(ID, NAME))),
    ],
)
def test_a_page_that_does_not_fit_gives_no_row(first: tuple[Column, ...], later: Page) -> None:
    result = fed(page([1, "a" if NAME in first else 1], columns=first))
    with pytest.raises(ProtocolError) as caught:
        result.feed(later)
    assert len(result.take(5)) == 1
    for _ in range(2):
        with pytest.raises(ProtocolError) as again:
            result.take(5)
        assert again.value is caught.value


@pytest.mark.fault("V7", "V8")
def test_the_good_rows_before_a_bad_one_are_given_first() -> None:
    """V7, V8: fetchmany(100) with a bad 61st row gives 60, then the error of row 61, again and again."""
    rows = [[number, "x"] for number in range(1, 101)]
    rows[60][0] = "sixty-one"
    result = fed(page(*rows, done=True))
    assert not result.wants_page(None)
    assert [row[0] for row in result.take(100)] == list(range(1, 61))
    for size in (100, 1, None):
        with pytest.raises(DataError, match="row 61") as caught:
            result.take(size)
        assert caught.value.rows_given == 60
    assert result.rownumber == 60


def test_row_numbers_count_over_pages() -> None:
    result = fed(page([1, "a"], [2, "b"]), page(["three", "c"], done=True))
    assert len(result.take(2)) == 2
    with pytest.raises(DataError, match="row 3"):
        result.take(1)


@pytest.mark.fault("P3", "L5")
def test_a_lost_page_fails_the_result_for_good() -> None:
    """P3, L5: rows given stay valid, everything later is the same error, also after more calls."""
    result = fed(page([1, "a"], [2, "b"]))
    assert result.take(1) == [(1, "a")]
    lost = OperationalError("lost")
    result.fail(lost)
    result.fail(OperationalError("a later one"))
    assert not result.wants_page(None)
    assert result.failure is lost
    assert result.take(1) == [(2, "b")]
    for _ in range(3):
        with pytest.raises(OperationalError) as caught:
            result.take(1)
        assert caught.value is lost
    assert caught.value.rows_given == 2


def test_all_rows_are_never_fewer_than_all() -> None:
    """`take(None)` promises the whole rest, so a failed result gives none of it, and stays failed."""
    result = fed(page([1, "a"]))
    result.fail(OperationalError("lost"))
    for size in (None, 1, 1):
        with pytest.raises(OperationalError):
            result.take(size)


def test_a_repeated_error_does_not_grow_its_traceback() -> None:
    result = Result((ID,))
    result.fail(OperationalError("lost"))
    depths = []
    for _ in range(3):
        try:
            result.take(1)
        except Error as error:
            traceback, depth = error.__traceback__, 0
            while traceback is not None:
                traceback, depth = traceback.tb_next, depth + 1
            depths.append(depth)
    assert depths == [2, 2, 2]


def test_a_negative_number_of_rows_is_refused() -> None:
    with pytest.raises(ProgrammingError):
        fed(page([1, "a"], done=True)).take(-1)


@pytest.mark.fault("L10")
def test_taking_row_by_row_costs_no_more_per_row_in_a_large_page() -> None:
    """Counted, not timed: each row is looked at once."""

    class Counting:
        def __init__(self, rows: list[Any]) -> None:
            self._rows, self.read = rows, 0

        def __iter__(self) -> Counting:
            return self

        def __next__(self) -> Any:
            if self.read == len(self._rows):
                raise StopIteration
            self.read += 1
            return self._rows[self.read - 1]

        def __length_hint__(self) -> int:
            return len(self._rows) - self.read

    result = fed(page(*[[number, "x"] for number in range(1000)], done=True))
    assert result.take(1) == [(0, "x")]
    rows = result._ready = Counting(list(result._ready))
    assert [result.take(1)[0][0] for _ in range(499)] == list(range(1, 500))
    assert [row[0] for _ in range(50) for row in result.take(10)] == list(range(500, 1000))
    assert rows.read == 999
    assert result.take(1) == []
