"""What travels between a transport and a result: the columns, and the rows of one answer.

Plain values, nothing decides here. A cell is what JSON decoding gave (text, int, Decimal, bool, list, dict or None):
`decode.py` makes the Python value of it. Source: wire spec, query §4.
"""

from __future__ import annotations

from dataclasses import dataclass

from datacloud_dbapi.types import DataType


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result, as the service names and types it; `nullable` is None where the service does not say."""

    name: str
    type: DataType
    nullable: bool | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer.

    `columns` is None when the answer carried no metadata; then the first page's columns hold. Only `done` says that
    the result has ended: `next_id` may be set on the last page, and `rows` may be empty before it.
    """

    columns: tuple[Column, ...] | None
    rows: list[list[object]]
    done: bool
    next_id: str | None = None


@dataclass(slots=True)
class QueryHandle:
    """Where a running result stands with the service: its id, the next page's id, and what was counted so far.

    Times are on the flow's clock. Owned by one result; the transport advances it page by page.
    """

    query_id: str | None
    next_id: str | None
    started_at: float
    last_page_at: float
    rows_seen: int = 0
    stated_total: int | None = None
