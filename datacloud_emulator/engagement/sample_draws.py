"""Where the sample's values are drawn from: one seeded source, and the times between its first and its last day."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from datacloud_emulator.engagement.store import Row, moment

BEGUN = moment("2024-01-08T09:00:00-05:00")
ENDED = moment("2025-12-19T17:00:00-05:00")

Value = TypeVar("Value")


class Draws:
    """Draws from `source`; the same in the same order each time."""

    def __init__(self, source: random.Random) -> None:
        self._source = source

    def one(self, values: Sequence[Value]) -> Value:
        return values[self.number(0, len(values) - 1)]

    def several(self, values: Sequence[Value], most: int) -> list[Value]:
        """None to `most` of the values, in their order."""
        chosen = set(self._source.sample(range(len(values)), self.number(0, min(most, len(values)))))
        return [value for place, value in enumerate(values) if place in chosen]

    def number(self, least: int, most: int) -> int:
        return self._source.randint(least, most)

    def chance(self, part: float) -> bool:
        return self._source.random() < part

    def time(self, after: int = BEGUN) -> int:
        """A moment between `after` and the sample's last day."""
        return self.number(after, max(after, ENDED))

    def stamps(self, after: int = BEGUN, user: int = 1) -> Row:
        """The four stamps of a record: made, and changed later or not."""
        created = self.time(after)
        updated = self.time(created) if self.chance(0.6) else created
        return {"createdAt": created, "updatedAt": updated, "createdById": user, "updatedById": user}
