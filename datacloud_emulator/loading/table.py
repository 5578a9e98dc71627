"""What every reader hands over: a file's columns with the types they are stored as, and its rows in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from datacloud_emulator.engine.sql_types import SqlType


@dataclass(frozen=True)
class StoredColumn:
    name: str
    type: SqlType


class OpenTable(Protocol):
    """A file being read. Batches are Arrow record batches with a staged column for each of `columns`."""

    columns: tuple[StoredColumn, ...]

    def batches(self) -> Iterator[Any]: ...
