"""Pages in, rows out: one result as its reader sees it. No I/O, no clock.

How it works: `feed` checks and decodes a page and puts its rows behind the others; `take` hands them out in order.
Whoever fetches asks `wants_page` and feeds until it says no. A failure, whether a page is refused, a cell does not
convert or `fail` reports a lost page, takes its place after the good rows: `take(n)` gives those first, then raises
the same error at every call. `take(None)` promises every row, so it raises at once.
Only a page that says `done` ends a result. Source: wire spec, faults rule 4, P15-P19, P23, V7-V8, L4-L5.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import length_hint
from typing import Any, Protocol

from datacloud_dbapi.decode import Decoded, check_width, decode_rows, decode_text
from datacloud_dbapi.errors import DataError, Error, ProgrammingError, ProtocolError
from datacloud_dbapi.page import Column, Page, RowText
from datacloud_dbapi.typed_json import read_plain


class Batch(Protocol):
    """Rows that are kept in another form, such as Arrow, until somebody wants them as rows."""

    def __len__(self) -> int: ...

    def rows(self) -> list[tuple[Any, ...]]: ...


Piece = list[tuple[Any, ...]] | Batch


class Result:
    """The rows of one executed statement. Not for several threads at once."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        # As the first Arrow page has them: JSON tells less of its columns, so the two cannot be held together.
        self._arrow_columns: tuple[Column, ...] | None = None
        # What is left of the page that is being given out, and the pages after it with the number of their rows.
        self._ready: Iterator[tuple[Any, ...]] = iter(())
        self._pages: deque[Piece] = deque()
        self._waiting = 0
        # Rows that have come in, and those of them that are good.
        self._received = 0
        self._good = 0
        self._done = False
        self._rowless = False
        self._failure: Error | None = None
        self._raised = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, as the first page that had any named them."""
        return self._columns

    @property
    def rownumber(self) -> int:
        """How many rows have been handed out: the index of the next one, from 0."""
        return self._good - self._here

    @property
    def received(self) -> int:
        """How many rows have come in so far."""
        return self._received

    @property
    def done(self) -> bool:
        """Whether every row of the result has come in."""
        return self._done and self._failure is None

    @property
    def rowless(self) -> bool:
        """Whether the service said that the statement has no columns at all, as of CREATE or INSERT.

        V1 and V2 do not tell: a statement that returns no rows is a query that found none there.
        """
        return self._rowless

    @property
    def failure(self) -> Error | None:
        """What ended the result early, if anything did."""
        return self._failure

    @property
    def needs_page(self) -> bool:
        """Whether no row is left here although the result has not ended."""
        return self.wants_page(1)

    def wants_page(self, size: int | None) -> bool:
        """Whether another page is needed before `take(size)` can give all that it should."""
        if self._done or self._failure is not None:
            return False
        return size is None or self._here < size

    @property
    def _here(self) -> int:
        """How many rows have come in and are not given out yet."""
        return length_hint(self._ready) + self._waiting

    def feed(self, page: Page) -> None:
        """Put a page's rows behind the others.

        Raises ProtocolError when the page does not fit the columns, and DataError when it holds what Python does not
        read, both also kept as the result's failure; then none of its rows is given out. A cell that does not convert
        raises nothing here: its error waits for its turn.
        """
        self._rowless = page.done and page.columns == () and not page.rows and not self._received
        try:
            decoded = self._decoded(page)
        except (DataError, ProtocolError) as error:
            self.fail(error)
            raise
        self._received += len(page.rows)
        self._put(decoded.rows)
        if decoded.error is not None:
            self.fail(decoded.error)
        self._done = page.done

    def feed_batch(self, columns: tuple[Column, ...], batch: Batch, *, done: bool) -> None:
        """Put a page that is already decoded behind the others.

        Raises ProtocolError, also kept as the result's failure, when its columns are not the result's.
        """
        if not self._columns and not self._received:
            self._columns = columns
        if self._arrow_columns is None:
            self._arrow_columns = columns
        if _names(columns) != _names(self._columns) or _signature(columns) != _signature(self._arrow_columns):
            error = ProtocolError("A later page has other columns than the first")
            self.fail(error)
            raise error
        self._rowless = done and not columns and not len(batch) and not self._received
        self._received += len(batch)
        self._put(batch)
        self._done = done

    def fail(self, error: Error) -> None:
        """End the result with an error, to be raised after the rows that are here; the first failure stays."""
        if self._failure is None:
            self._failure = error

    def take(self, size: int | None) -> list[tuple[Any, ...]]:
        """The next rows that are here, at most `size`, all for None; [] after the end.

        Raises the result's failure once the rows before it are given, or at once for None.
        """
        if size is not None and size < 0:
            raise ProgrammingError(f"A number of rows cannot be {size}")
        failure = self._due(size)
        if failure is not None:
            raise failure
        rows = list(self._ready if size is None else islice(self._ready, size))
        while self._pages and (size is None or len(rows) < size):
            piece = self._pages[0]
            self._ready = iter(piece if isinstance(piece, list) else piece.rows())
            self._waiting -= len(self._pages.popleft())
            rows += self._ready if size is None else islice(self._ready, size - len(rows))
        return rows

    def take_ready(self) -> tuple[Any, ...] | None:
        """The next row if it lies here as a row: the short way of `take(1)`. None sends the caller there."""
        return None if self._raised else next(self._ready, None)

    def take_pieces(self) -> list[Piece]:
        """Everything that is here, in the form it came in; raises the result's failure instead."""
        failure = self._due(None)
        if failure is not None:
            raise failure
        begun = list(self._ready)
        pieces = [begun, *self._pages] if begun else list(self._pages)
        self._pages.clear()
        self._waiting = 0
        return pieces

    def _put(self, piece: Piece) -> None:
        if len(piece):
            self._pages.append(piece)
            self._waiting += len(piece)
            self._good += len(piece)

    def _due(self, size: int | None) -> Error | None:
        """The failure, once it is its turn."""
        if self._failure is None or not (size is None or self._raised or (size > 0 and not self._here)):
            return None
        self._raised = True
        self._failure.rows_given = self.rownumber
        return self._failure.with_traceback(None)

    def _decoded(self, page: Page) -> Decoded:
        if page.columns is not None and not self._columns and not self._received:
            self._columns = page.columns
        rows = page.rows
        if isinstance(rows, RowText):
            if self._is_usual(page.columns):
                return decode_text(self._columns, rows, self._received + 1)
            rows = read_plain(rows.parts)
        return decode_rows(self._columns, self._aligned(page.columns, rows), self._received + 1)

    def _is_usual(self, columns: tuple[Column, ...] | None) -> bool:
        """Whether a page has the result's columns in the result's order."""
        # Mostly they are the very same objects; to write their types out takes longer than to look.
        return columns is None or columns == self._columns or _signature(columns) == _signature(self._columns)

    def _aligned(self, columns: tuple[Column, ...] | None, rows: list[list[object]]) -> list[list[object]]:
        """The page's rows in the order of the result's columns."""
        width = len(self._columns) if columns is None else len(columns)
        check_width(rows, width)
        if self._is_usual(columns):
            return rows
        assert columns is not None  # noqa: S101 - a page without columns is as usual
        if not rows and self._arrow_columns is not None and _names(columns) == _names(self._columns):
            # An answer without a row may leave its Arrow stream out.
            return rows
        places = {column.name: place for place, column in enumerate(columns)}
        order = [places[column.name] for column in self._columns if column.name in places]
        reordered = [columns[place] for place in order]
        if sorted(order) != list(range(width)) or _signature(reordered) != _signature(self._columns):
            raise ProtocolError("A later page has other columns than the first")
        return [[row[place] for place in order] for row in rows]


def _signature(columns: Sequence[Column]) -> list[tuple[str, str]]:
    return [(column.name, str(column.type)) for column in columns]


def _names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns]
