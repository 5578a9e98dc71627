"""What travels between a transport and a result: the columns, and the rows of one answer.

Plain values, nothing decides here. A cell is what JSON decoding gave (text, int, Decimal, bool, list, dict or None):
`decode.py` makes the Python value of it. Source: wire spec, query §4.
"""

from __future__ import annotations

from dataclasses import dataclass

from datacloud_dbapi.errors import OperationalError
from datacloud_dbapi.types import DataType


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result, as the service names and types it; `nullable` is None where the service does not say."""

    name: str
    type: DataType
    nullable: bool | None = None


@dataclass(frozen=True, slots=True)
class RowText:
    """Rows as the text they came in: `count` rows, in parts that are arrays between commas; see `typed_json.py`."""

    parts: tuple[bytes | memoryview, ...]
    count: int

    def __len__(self) -> int:
        return self.count


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer, as JSON cells or, when `arrow` is set, as an Arrow IPC stream: whole, or in parts.

    `columns` is None when the answer carried no metadata; then the first page's columns hold. Only `done` says that
    the result has ended: `next_id` may be set on the last page, and `rows` may be empty before it. `stated_rows` is the
    answer's own count, against which an Arrow stream is held when it is unpacked. Parts have whole messages each.
    """

    columns: tuple[Column, ...] | None
    rows: list[list[object]] | RowText
    done: bool
    next_id: str | None = None
    arrow: bytes | tuple[bytes | memoryview, ...] | None = None
    stated_rows: int | None = None


@dataclass(slots=True)
class QueryHandle:
    """Where a running result stands with the service; the transport that made it advances it page by page.

    `rows_seen` counts the rows in the pages so far, `finished` says that they were all. `progress` goes from 0 to 1,
    `total` is the number of rows; each is None where the service does not say. Times are on the flow's clock.

    A chunk is a part of a result as the service itself has cut it. `chunks` is their number once the result is
    complete; the pages so far are exactly the first `chunks_seen` of them, 0 when they were cut in another way.

    `unwanted` is set by who cancels the query: nobody goes on waiting for its rows, whatever the service makes of it.
    """

    query_id: str | None
    started_at: float
    rows_seen: int = 0
    finished: bool = False
    progress: float | None = None
    total: int | None = None
    chunks: int | None = None
    chunks_seen: int = 0
    unwanted: bool = False

    def check_wanted(self) -> None:
        """Raise OperationalError when the query was cancelled."""
        if self.unwanted:
            raise OperationalError("The query was cancelled", query_id=self.query_id)
