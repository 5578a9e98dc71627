"""What came of many rows that were written by one call. Source: wire spec, account-engagement §11; faults rule 2."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datacloud_dbapi import frames
from datacloud_dbapi.engagement.gateway import Usage
from datacloud_dbapi.engagement.records import Record, records_table
from datacloud_dbapi.errors import Error
from datacloud_dbapi.page import Column
from datacloud_dbapi.types import DataType

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True)
class Failure:
    """A row, counted from 0, that was not written, or of which nobody can tell."""

    row: int
    error: Error

    @property
    def maybe_applied(self) -> bool:
        """Whether the service may have acted on it nevertheless."""
        return bool(self.error.maybe_applied)


@dataclass(slots=True)
class Written:
    """What came of each row.

    | attribute | meaning |
    |---|---|
    | `total` | how many rows there were |
    | `records` | what the service answered to each row, in their order; None where that failed or was not asked |
    | `failures` | the rows that failed, in order, and why |
    | `unknown` | rows that may be written although there was no success: look before they are sent again |
    | `not_sent` | rows that certainly were not written, as something else ended the call before their turn |
    | `usage_before`, `usage_after` | the business unit's calls of the day, as far as the service told |
    """

    total: int
    records: list[Record | None] = field(repr=False)
    failures: tuple[Failure, ...] = field(default=(), repr=False)
    unknown: tuple[int, ...] = field(default=(), repr=False)
    not_sent: tuple[int, ...] = field(default=(), repr=False)
    usage_before: Usage | None = None
    usage_after: Usage | None = None
    _columns: tuple[Column, ...] = field(default=(), repr=False)

    @property
    def count(self) -> int:
        """How many rows are written for certain."""
        return sum(record is not None for record in self.records)

    def status(self, row: int) -> str:
        """What came of a row: written, failed, unknown or not sent."""
        if self.records[row] is not None:
            return "written"
        if _among(self.unknown, row):
            return "unknown"
        return "not sent" if _among(self.not_sent, row) else "failed"

    def to_df(self) -> pandas.DataFrame:
        """A DataFrame of every row: its number, its status, the error, and the fields that were answered."""
        frames.need_pyarrow()
        errors = {failure.row: str(failure.error) for failure in self.failures}
        rows = [
            {**(record or {}), "row": number, "status": self.status(number), "error": errors.get(number)}
            for number, record in enumerate(self.records)
        ]
        own = {column.name for column in _COLUMNS}  # before a field of the same name
        columns = [*_COLUMNS, *(column for column in self._columns if column.name not in own)]
        return frames.pandas_frame(records_table(columns, rows), None)

    def __repr__(self) -> str:
        parts = [f"{self.count} of {self.total} rows"]
        counts = (len(self.failures), "failed"), (len(self.unknown), "unknown"), (len(self.not_sent), "not sent")
        return f"<Written {', '.join(parts + [f'{count} {what}' for count, what in counts if count])}>"


_COLUMNS = (
    Column("row", DataType("BIGINT")),
    Column("status", DataType("VARCHAR")),
    Column("error", DataType("VARCHAR")),
)


def _among(rows: tuple[int, ...], row: int) -> bool:
    """Whether a row is in a list that is in order, and may be long."""
    place = bisect_left(rows, row)
    return place < len(rows) and rows[place] == row
