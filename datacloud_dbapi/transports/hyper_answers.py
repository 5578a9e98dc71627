"""What goes to Hyper's calls and comes back from them, as plain values: no protobuf here.

Source: wire spec, hyper §2.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

# One range may be asked for at most so many bytes, in the format it is asked in. Source: wire spec, hyper §2.1.
MAX_RANGE_BYTES = 20_971_520
# More rows than any range of so few bytes holds; the service refuses 2**62.
MAX_RANGE_ROWS = 1_000_000_000


class Status(NamedTuple):
    """How far a query is: `rows` in `chunks` can be read now; when `complete`, they are all."""

    rows: int
    complete: bool
    progress: float
    chunks: int


@dataclass(slots=True)
class Answer:
    """What the messages of one call said. `schema` and `parts` are in the format that was asked for.

    `whole` says that the parts were followed by a status: the service had no more of them to send.
    """

    query_id: str
    status: Status | None = None
    schema: bytes | None = None
    parts: list[memoryview] = field(default_factory=list)
    rows: int = 0
    whole: bool = False


class Range(NamedTuple):
    """Rows from `first` on, counted from 0: at most `rows` and about `bytes`, but at least one."""

    first: int
    rows: int
    bytes: int
