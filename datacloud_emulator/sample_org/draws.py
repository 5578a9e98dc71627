"""Chance for the sample org: every draw comes from `random.Random(text).random()` and whole-number arithmetic.

How it works: seeding by text and `random()` are promised to give the same numbers on every Python and machine;
`choice`, `shuffle`, `gauss` and the functions of `math` are not. Each part of the generator has its own stream,
so that a change in one part leaves the other parts' rows alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

SEED = "sample-org-1"

Item = TypeVar("Item")

_MILLISECOND = timedelta(milliseconds=1)


class Draws:
    """An endless stream of reproducible choices, named for what it decides."""

    def __init__(self, stream: str) -> None:
        self._random = Random(f"{SEED}/{stream}").random  # noqa: S311 - sample data, not a secret

    def share(self) -> float:
        """A number in [0, 1)."""
        return self._random()

    def chance(self, probability: float) -> bool:
        """True that often."""
        return self._random() < probability

    def below(self, bound: int) -> int:
        """A whole number in [0, bound)."""
        return int(self._random() * bound)

    def between(self, first: int, last: int) -> int:
        """A whole number in [first, last]."""
        return first + self.below(last - first + 1)

    def maybe(self, item: Item, share: float) -> Item | None:
        """The item that often, else None."""
        return item if self.chance(share) else None

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, all alike."""
        return items[self.below(len(items))]

    def weighted(self, weights: Mapping[Item, int]) -> Item:
        """One of the keys, as often as its weight says."""
        left = self.below(sum(weights.values()))
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        raise ValueError("weights must be positive")

    def moment(self, start: datetime, end: datetime) -> datetime:
        """A whole millisecond in [start, end)."""
        return start + self.below((end - start) // _MILLISECOND) * _MILLISECOND

    def hex(self, digits: int) -> str:
        """That many hexadecimal digits, the spelling of a unified record's id."""
        return "".join(f"{self.below(16**4):04x}" for _ in range(0, digits, 4))[:digits]

    def uuid(self) -> str:
        """A version-4 UUID, the spelling of an event's id."""
        digits = self.hex(32)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[self.below(4)]}{digits[17:20]}-{digits[20:]}"


_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def record_id(prefix: str, number: int) -> str:
    """The 18-character record id of a CRM row: 15 characters, then 3 that tell which of them are capitals."""
    digits = ""
    for _ in range(7):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    short = f"{prefix}Hs000{digits}"
    # The last three let systems that ignore case tell two ids apart: each says which of five characters are capitals.
    blocks = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(_CHECK[sum(char.isupper() << bit for bit, char in enumerate(block))] for block in blocks)
