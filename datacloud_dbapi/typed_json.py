"""Rows of a JSON answer read by their columns' types, where they are spelled as usual; else None, never a guess.

In steps, so that the text of one page can wait, small, while the rows of another are used:

| step | by | makes |
|---|---|---|
| `open_usual`, `row_text` | who reads the answer | its fields, and in the place of its rows their text, counted |
| `read_rows` | `decode.py` | the rows of a part: a cell of a `DIRECT` kind is its value, any other its text, a `Raw` |
| `read_column` | the same | the values of such a column, or None: it is then read like any JSON, by `read_cells` |
| `put_column`, `tuples` | the same | the finished rows |
| `join_texts`, `read_plain` | who has several, or cannot read them by type | one text of all rows; rows like any JSON |

Why in parts: rows that are finished before the next are begun are still in the processor's cache. It halves the time.
Why not in one go: msgspec knows no ` UTC`, rounds what is to be cut, and takes for a Decimal whatever Python does.
As one text a column is looked through and mended at once, and nothing of another column can be mistaken for it.
Why structs: their cells can be put in place; rows made anew of ten columns take longer than all the rest.
Source: wire spec, query §4-5; faults V1-V8.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain, repeat
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from msgspec import Raw
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

# Where the field begins that an answer is large for: rows, which are an array of arrays, or an Arrow stream, a text.
_LARGE = re.compile(rb'"(data)"\s*:\s*(?=\[\[)|"(arrowStream)"\s*:\s*(?=")')
# What stands there while the rest is read. By chance no answer has it, so the field is known again by it.
_HOLE = os.urandom(16).hex()


def open_usual(body: bytes) -> dict[str, Any] | None:
    """The fields of an answer, `data` as text or `arrowStream` as bytes; None when it is not spelled in the usual way.

    The rows end where the last array in an array does. When that is wrong they are no array, or the rest is no object.
    """
    found = _LARGE.search(body)
    if found is None:
        return None
    start = found.end()
    stop = body.rfind(b"]]") + 2 if found[1] else body.find(b'"', start + 1) + 1
    text, field = memoryview(body)[start:stop], "data" if found[1] else "arrowStream"
    value = row_text(text) if found[1] else read_base64(text)
    if value is None:
        return None
    rest = b'%b"%b"%b' % (body[:start], _HOLE.encode(), body[stop:])
    try:
        if not body.isascii():
            # msgspec does not look at what it passes over.
            body.decode()
        fields = read_exactly(rest.decode())
    except (ValueError, ArithmeticError, RecursionError):
        return None
    # A field of that name deeper down is none of the answer's.
    if not isinstance(fields, dict) or fields.get(field) != _HOLE:
        return None
    fields[field] = value
    return fields


_BYTES = msgspec.json.Decoder(bytes)


def read_base64(text: bytes | memoryview) -> bytes | None:
    """The bytes that a JSON text spells in base64; None when it is not whole. Ten times as fast as `base64`."""
    try:
        return _BYTES.decode(text)
    except _UNREADABLE:
        return None


class _Row(msgspec.Struct, array_like=True, gc=False):
    """Any array; nothing of it is kept."""


_ANY_ROWS = msgspec.json.Decoder(list[_Row])
# Bytes of a part: some hundred rows. Half of it or twice as much makes little difference.
PART = 50_000
_BETWEEN_ROWS = re.compile(rb"\]\s*,\s*\[")


def row_text(text: bytes | memoryview) -> RowText | None:
    """The text of an array of arrays, in parts and counted; None when it is something else.

    It is cut where a row seems to end. In a text or a deeper array that is no end: such a part does not read as rows,
    and is then made longer.
    """
    if bytes(text[:1]) != b"[" or bytes(text[-1:]) != b"]":
        return None
    parts: list[bytes | memoryview] = []
    count, start, size = 0, 1, PART
    while True:
        end = _BETWEEN_ROWS.search(text, start + size)
        part = text[start : len(text) - 1 if end is None else end.start() + 1]
        try:
            count += len(_ANY_ROWS.decode(_array(part)))
        except _UNREADABLE:
            if end is None:
                return None
            size *= 2
            continue
        parts.append(part)
        if end is None:
            return RowText(tuple(parts), count)
        start, size = end.end() - 1, PART


def _array(part: bytes | memoryview) -> bytes:
    return b"".join((b"[", part, b"]"))


def join_texts(texts: Sequence[RowText]) -> RowText:
    """All rows of several texts."""
    return RowText(tuple(chain.from_iterable(text.parts for text in texts)), sum(text.count for text in texts))


def read_plain(parts: Sequence[bytes | memoryview]) -> list[list[object]]:
    """The rows of a text's parts as JSON has them. Raises DataError for a text that Python does not read."""
    try:
        return [row for part in parts for row in read_exactly(_array(part).decode())]
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise DataError(f"The answer holds what Python does not read: {error}") from None


def read_rows(part: bytes | memoryview, columns: Sequence[Column]) -> list[Any] | None:
    """The rows by type; None when one is too long or short, or a cell of a `DIRECT` kind is unusual."""
    kinds = tuple(column.type.kind for column in columns)
    text = _array(part)
    try:
        rows = _reader(kinds).decode(text)
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
    return _array(b",".join(cells))


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
