"""Reads JSON so that nothing of it is lost: every digit of a number, `-0`, and a name that stands twice in an object.

Source: wire spec, query §5 (numbers with all their digits); faults S12-S15.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any


class RepeatedKeys(dict[str, Any]):
    """A JSON object in which a name stands more than once; `pairs` has them all in order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    return read if len(read) == len(pairs) else RepeatedKeys(pairs)


_NEGATIVE_ZERO = re.compile(r"-0\s*[\],}]")


def _integer(digits: str) -> int | Decimal:
    return Decimal("-0") if digits == "-0" else int(digits)


def read_exactly(text: str) -> Any:
    """The value of a JSON text; numbers with a point are `Decimal`, so that no digit is lost, and so is `-0`.

    Raises json.JSONDecodeError, and ValueError, ArithmeticError or RecursionError for what Python cannot hold.
    """
    # An int has no negative zero. Only then is each integer looked at, which is slow.
    whole = _integer if _NEGATIVE_ZERO.search(text) else None
    return json.loads(text, parse_float=Decimal, parse_int=whole, object_pairs_hook=_object)
