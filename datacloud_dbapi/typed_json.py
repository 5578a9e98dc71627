"""Rows of a JSON answer read by their columns' types, where they are spelled as usual; else None, never a guess.

In steps, so that the text of one page can wait, small, while the rows of another are used:

| step | by | makes |
|---|---|---|
| `cut_out`, `row_text` | who reads the answer | the answer without its rows, and these as text, counted |
| `read_rows` | `decode.py` | rows: a cell of a `DIRECT` kind is its value, any other the text it has, a `Raw` |
| `read_column` | the same | the values of such a column, or None: it is then read like any JSON, by `read_cells` |
| `put_column`, `tuples` | the same | the finished rows |
| `join_texts`, `read_plain` | who has several, or cannot read them by type | one text of all rows; rows like any JSON |

Why not in one go: msgspec knows no ` UTC`, rounds what is to be cut, and takes for a Decimal whatever Python does.
As one text a column is looked through and mended at once, and nothing of another column can be mistaken for it.
Why structs: their cells can be put in place; rows made anew of ten columns take longer than all the rest.
Source: wire spec, query §4-5; faults V1-V8.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain, repeat
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Raw as Raw
from msgspec.structs import astuple

from datacloud_dbapi.errors import DataError
from datacloud_dbapi.exact_json import read_exactly
from datacloud_dbapi.page import Column, RowText

# The kinds whose cells msgspec reads as `decode.py` does, or refuses.
DIRECT: dict[str, Any] = {
    "BOOLEAN": bool | None,
    "SMALLINT": int | None,
    "INTEGER": int | None,
    "BIGINT": int | None,
    "DOUBLE": float | None,
    "CHAR": str | None,
    "VARCHAR": str | None,
    "TEXT": str | None,
    "DATE": dt.date | None,
}
_NEGATIVE_ZERO = re.compile(rb"-0\s*[,\]]")
# What comes of a text that is not what it should be.
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


class Cut(NamedTuple):
    """An answer with null in the place of its rows, the field they stand under, and their text."""

    rest: bytes
    field: str
    text: Raw


class _Answer(msgspec.Struct):
    data: Raw = Raw()
    arrowStream: Raw = Raw()  # noqa: N815 - the wire's name


_ANSWER = msgspec.json.Decoder(_Answer)
# How the text of a field begins that is cut out, and what stands before it.
_FIELDS = {
    "data": (b"[[", re.compile(rb'"data"\s*:\s*')),
    "arrowStream": (b'"', re.compile(rb'"arrowStream"\s*:\s*')),
}


def cut_out(body: bytes) -> Cut | None:
    """Take the rows out of an answer: an array of arrays under `data`, or an Arrow stream as text."""
    try:
        # msgspec does not look at what it passes over.
        if not body.isascii():
            body.decode()
        answer = _ANSWER.decode(body)
    except _UNREADABLE:
        return None
    for name, (opening, places) in _FIELDS.items():
        text: Raw = getattr(answer, name)
        if bytes(memoryview(text)[: len(opening)]) != opening:
            continue
        length = len(memoryview(text))
        for place in places.finditer(body):
            # A field of that name and text deeper down is cut out wrongly: the rows are then still in the rest.
            if body.startswith(text, place.end()):
                return Cut(body[: place.end()] + b"null" + body[place.end() + length :], name, text)
    return None


_BYTES = msgspec.json.Decoder(bytes)


def read_base64(text: Raw) -> bytes | None:
    """The bytes that a JSON text spells in base64; None when it is not whole. Ten times as fast as `base64`."""
    try:
        return _BYTES.decode(text)
    except _UNREADABLE:
        return None


class _Row(msgspec.Struct, array_like=True, gc=False):
    """Any array; nothing of it is kept."""


_ANY_ROWS = msgspec.json.Decoder(list[_Row])


def row_text(text: Raw | bytes | memoryview) -> RowText | None:
    """The text of an array of arrays with the number of its rows; None when it is something else."""
    try:
        return RowText((text,), len(_ANY_ROWS.decode(text)))
    except _UNREADABLE:
        return None


def join_texts(texts: Sequence[RowText]) -> RowText:
    """All rows of several texts."""
    return RowText(tuple(chain.from_iterable(text.parts for text in texts)), sum(text.count for text in texts))


def read_plain(rows: RowText) -> list[list[object]]:
    """The rows as JSON has them. Raises DataError for a text that Python does not read."""
    try:
        return [row for part in rows.parts for row in read_exactly(str(memoryview(part), "utf-8"))]
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise DataError(f"The answer holds what Python does not read: {error}") from None


def read_rows(rows: RowText, columns: Sequence[Column]) -> list[Any] | None:
    """The rows by type; None when one is too long or short, or a cell of a `DIRECT` kind is unusual."""
    kinds = tuple(column.type.kind for column in columns)
    reader = _reader(kinds)
    try:
        parts = [reader.decode(part) for part in rows.parts]
    except _UNREADABLE:
        return None
    read = parts[0] if len(parts) == 1 else list(chain.from_iterable(parts))
    # `-0` has lost its sign by now.
    zeros = any(kind == "DOUBLE" and 0.0 in cells_of(read, place) for place, kind in enumerate(kinds))
    return None if zeros and any(map(_NEGATIVE_ZERO.search, rows.parts)) else read


@lru_cache(maxsize=256)
def _reader(kinds: tuple[str, ...]) -> msgspec.json.Decoder[list[Any]]:
    # Free of cycles, so the garbage collector need not look at them.
    row: Any = msgspec.defstruct(
        "Row",
        [(_name(place), DIRECT.get(kind, Raw)) for place, kind in enumerate(kinds)],
        array_like=True,
        forbid_unknown_fields=True,
        gc=False,
    )
    return msgspec.json.Decoder(list[row])


def _name(place: int) -> str:
    return f"c{place}"


def cells_of(rows: list[Any], place: int) -> list[Any]:
    """The cells of one column."""
    return list(map(attrgetter(_name(place)), rows))


def put_column(rows: list[Any], place: int, values: Sequence[object]) -> None:
    """Put values in the place of a column's cells."""
    # A loop in Python would take twice as long.
    deque(map(setattr, rows, repeat(_name(place)), values), maxlen=0)


def tuples(rows: list[Any]) -> list[tuple[Any, ...]]:
    """The rows as tuples."""
    return list(map(astuple, rows))


def read_column(kind: str, cells: Sequence[Raw]) -> Sequence[Any] | None:
    """The values of a column; None when a cell is unusual, or the kind has no usual spelling."""
    read = _COLUMNS.get(kind)
    if read is None:
        return None
    try:
        values = read(_as_one(cells), len(cells))
    except _UNREADABLE:
        return None
    return values if len(values) == len(cells) else None


def read_cells(cells: Sequence[Raw]) -> list[object]:
    """The cells of a column as JSON has them. Raises ValueError, ArithmeticError or RecursionError."""
    read: list[object] = read_exactly(_as_one(cells).decode())
    return read


def _as_one(cells: Sequence[Raw]) -> bytes:
    return b"[%b]" % b",".join(cells)


# What is left may still be no number, which Decimal notices; it would take `1_000`, ` 1` and `NaN` for one.
_IN_NUMBERS = b'0123456789.-,"[]nul'
_DECIMALS = msgspec.json.Decoder(list[Decimal | None])


def _read_decimals(text: bytes, count: int) -> list[Any]:
    if text.translate(None, _IN_NUMBERS) or _NEGATIVE_ZERO.search(text):
        raise ValueError
    return _DECIMALS.decode(text)


_LONG_FRACTION = re.compile(rb"\.\d{7}")


def _moments(type_: Any, *, zoned: bool = False) -> Callable[[bytes, int], list[Any]]:
    reader = msgspec.json.Decoder(list[type_ | None])

    def read(text: bytes, count: int) -> list[Any]:
        if _LONG_FRACTION.search(text):
            raise ValueError
        if zoned:
            text = text.replace(b' UTC"', b'Z"').replace(b'+00:00"', b'Z"')
            # Another offset, or none at all, is for who knows what to make of it.
            if text.count(b'Z"') + text.count(b"null") != count:
                raise ValueError
        return reader.decode(text)

    return read


_COLUMNS: dict[str, Callable[[bytes, int], list[Any]]] = {
    "NUMERIC": _read_decimals,
    "TIME": _moments(Annotated[dt.time, msgspec.Meta(tz=False)]),
    "TIMESTAMP": _moments(Annotated[dt.datetime, msgspec.Meta(tz=False)]),
    "TIMESTAMP WITH TIME ZONE": _moments(Annotated[dt.datetime, msgspec.Meta(tz=True)], zoned=True),
}
