"""What type a CSV column has, told from every value of it.

The first type in this order that every value fits, without loss, is taken; text is what is left.

| type                       | every value is                                                            |
|----------------------------|---------------------------------------------------------------------------|
| BIGINT                     | a whole number of 64 bits without leading zeros                           |
| NUMERIC(p,s), just wide enough | a plain decimal; all fit 38 digits                                    |
| DOUBLE PRECISION           | a number, some with exponent, NaN or Infinity; each one's double says the same number |
| BOOLEAN                    | true or false                                                             |
| DATE                       | an ISO date                                                               |
| TIMESTAMP                  | an ISO date and time, to the microsecond                                  |
| TIMESTAMP WITH TIME ZONE   | the same with `Z` or an offset                                            |
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datacloud_emulator.engine.sql_types import MAX_PRECISION, SqlType
from datacloud_emulator.loading.from_text import FITTING, matches

# Doubles hold every number of 15 digits and a small exponent, whatever it is.
_SURELY_DOUBLE = "-?[0-9.]{1,16}(?:[eE][+-]?[0-9]{1,2})?|[^0-9]*"


class Inference:
    """The candidates for one column, fewer with each batch seen."""

    def __init__(self) -> None:
        self._alive = list(FITTING)
        self._seen = False
        self._whole_digits = 0
        self._scale = 0

    def see(self, column: Any) -> None:
        """Takes a batch of the column's texts into account."""
        if not self._alive:
            return  # text, whatever follows
        texts = pc.drop_null(pc.unique(column))
        if not len(texts):
            return
        self._seen = True
        self._alive = [name for name in self._alive if self._fits(texts, name)]

    def type(self) -> SqlType:
        """The type of a column that held what was seen; TEXT when that was nothing but NULL."""
        if not self._seen or not self._alive:
            return SqlType("varchar")
        name = self._alive[0]
        if name == "numeric":
            precision = max(self._whole_digits + self._scale, 1)
            return SqlType("numeric", precision, self._scale)
        return SqlType(name)

    def _fits(self, texts: Any, name: str) -> bool:
        if not pc.all(matches(texts, FITTING[name])).as_py():
            return False
        if name == "numeric":
            return self._fits_numeric(texts)
        if name == "float8":
            return _fits_double(texts)
        # Right in form; Arrow knows the calendar and the range of integers.
        casts = {
            "bigint": pa.int64(),
            "bool": pa.bool_(),
            "date": pa.date32(),
            "timestamp": pa.timestamp("us"),
            "timestamptz": pa.timestamp("us", "UTC"),
        }
        try:
            texts.cast(casts[name])
        except pa.ArrowInvalid:
            return False
        return True

    def _fits_numeric(self, texts: Any) -> bool:
        if pc.any(matches(texts, r"-0(?:\.0+)?")).as_py():
            return False  # only a double tells it from zero
        whole = pc.utf8_length(pc.replace_substring_regex(texts, r"^-|\..*$", ""))
        # "0.5" has no digit before the point that counts.
        whole = pc.if_else(pc.match_substring_regex(texts, r"^-?0(?:\.|$)"), 0, whole)
        scale = pc.utf8_length(pc.replace_substring_regex(texts, r"^[^.]*\.?", ""))
        self._whole_digits = max(self._whole_digits, pc.max(whole).as_py())
        self._scale = max(self._scale, pc.max(scale).as_py())
        return self._whole_digits + self._scale <= MAX_PRECISION


def _fits_double(texts: Any) -> bool:
    doubtful = texts.filter(pc.invert(matches(texts, _SURELY_DOUBLE)))
    return all(_same_number(text) for text in doubtful.to_pylist())


def _same_number(text: str) -> bool:
    if not any(character.isdigit() for character in text):
        return True  # NaN, Infinity
    return Decimal(repr(float(text))) == Decimal(text)
