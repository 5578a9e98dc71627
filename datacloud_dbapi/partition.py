"""A piece of one executed result, to be read by another process. Data only: no login, no secret.

Source: public surface, §1 (`partitions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datacloud_dbapi.errors import ProgrammingError


@dataclass(frozen=True, slots=True)
class Partition:
    """The rows `first` to `first + count - 1` (from 0) of the result `query_id`; `connection.read_partition` reads it.

    May be pickled, and read as often as the service keeps the result.
    """

    transport: str
    query_id: str
    first: int
    count: int


def split(transport: str, query_id: str, total: int, pieces: int | None) -> list[Partition]:
    """A result of `total` rows in `pieces` partitions of sizes as equal as can be; every row is in exactly one.

    There are never more pieces than rows, and always one, so that an empty result has its columns.
    """
    if pieces is not None and pieces < 1:
        raise ProgrammingError(f"A result cannot be split into {pieces} pieces")
    return list(_split(transport, query_id, total, min(pieces or 1, max(total, 1))))


def _split(transport: str, query_id: str, total: int, pieces: int) -> Iterator[Partition]:
    smaller, larger_ones = divmod(total, pieces)
    first = 0
    for number in range(pieces):
        count = smaller + (number < larger_ones)
        yield Partition(transport, query_id, first, count)
        first += count
