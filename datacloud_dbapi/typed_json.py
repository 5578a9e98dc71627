"""Rows of a JSON answer read by their columns' types, where they are spelled as usual; else None, never a guess.

In steps, so that one page is finished while the next is on its way:

| step | by | makes |
|---|---|---|
| `cut_out` | who reads the answer | the answer without its rows, and the rows' text |
| `read_rows` | the same | `TypedRows`: a cell of a `DIRECT` kind is its value, any other the text it has, a `Raw` |
| `read_column` | `decode.py` | the values of such a column, or None: it is then read like any JSON |
| `put_column`, `tuples` | `decode.py` | the finished rows |

Why not in one go: msgspec knows no ` UTC`, rounds what is to be cut, and takes for a Decimal whatever Python does.
As one text a column is looked through and mended at once, and nothing of another column can be mistaken for it.
Why structs: their cells can be put in place; rows made anew of ten columns take longer than all the rest.
Source: wire spec, query §4-5; faults V1-V8.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Raw as Raw
from msgspec.structs import astuple

from datacloud_dbapi.exact_json import read_exactly
from datacloud_dbapi.page import Column, TypedRows

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


def read_rows(text: Raw | bytes | memoryview, columns: Sequence[Column]) -> TypedRows | None:
    """The rows of an array of arrays; None when a row is too long or short, or a cell of a `DIRECT` kind is unusual."""
    kinds = tuple(column.type.kind for column in columns)
    try:
        rows = TypedRows(_reader(kinds).decode(text))
    except _UNREADABLE:
        return None
    # `-0` has lost its sign by now.
    zeros = any(kind == "DOUBLE" and 0.0 in cells_of(rows, place) for place, kind in enumerate(kinds))
    return None if zeros and _NEGATIVE_ZERO.search(text) else rows


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


def cells_of(rows: TypedRows, place: int) -> list[Any]:
    """The cells of one column."""
    return list(map(attrgetter(_name(place)), rows))


def put_column(rows: TypedRows, place: int, values: Sequence[object]) -> None:
    """Put values in the place of a column's cells."""
    name = _name(place)
    for row, value in zip(rows, values, strict=True):
        setattr(row, name, value)


def tuples(rows: TypedRows) -> list[tuple[Any, ...]]:
    """The rows as tuples."""
    return list(map(astuple, rows))


def read_column(kind: str, cells: Sequence[Raw]) -> Sequence[Any] | None:
    """The values of a column; None when a cell is unusual, or the kind has no usual spelling."""
    read = _COLUMNS.get(kind)
    if read is None:
        return None
    try:
        values = read(_joined(cells), len(cells))
    except _UNREADABLE:
        return None
    return values if len(values) == len(cells) else None


def read_cells(cells: Sequence[Raw]) -> list[object]:
    """The cells of a column as JSON has them. Raises ValueError, ArithmeticError or RecursionError."""
    read: list[object] = read_exactly(_joined(cells).decode())
    return read


def untyped(rows: TypedRows, columns: Sequence[Column]) -> list[list[object]]:
    """The same rows with JSON cells where they have texts. Raises as `read_cells`."""
    cells = []
    for place, column in enumerate(columns):
        there = cells_of(rows, place)
        cells.append(there if column.type.kind in DIRECT else read_cells(there))
    return [list(row) for row in zip(*cells, strict=True)]


def _joined(cells: Sequence[Raw]) -> bytes:
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
