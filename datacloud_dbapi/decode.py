"""JSON cells into Python values, a decoder per column, chosen once.

Exact or an error: nothing is rounded, guessed or shifted by the local time zone. A column whose cells already are
what they should be is passed through untouched; in the others each distinct text is read once.

| kind | wire | Python |
|---|---|---|
| BOOLEAN | `true`, `"true"`, 0 and 1 of a BIT | bool |
| SMALLINT, INTEGER, BIGINT | number or text, of any length | int |
| NUMERIC | number or text | Decimal with every digit |
| REAL, DOUBLE | number, text, `"NaN"`, `"Infinity"` | float |
| DATE, TIME | ISO text | date, time |
| TIMESTAMP | ISO text, `T` or blank, 0 to 9 digits of fraction (beyond microseconds cut) | naive datetime |
| TIMESTAMP WITH TIME ZONE | the same with `Z`, ` UTC`, `+05:30`, `+0530`; with none it is UTC | aware datetime, UTC |
| BINARY | base64, `\\x…` | bytes |
| ARRAY | list, `{"array": [...]}` | list |
| JSON | text, or the value itself | str |
| CHAR, VARCHAR, TEXT | text | str |
| UNKNOWN | anything | as sent |

Dates and timestamps outside Python's years 1 to 9999 come back as the text sent. Empty text and "null" are NULL in
every column but text, JSON and BINARY ones. Source: wire spec, query §5; faults V1-V8; public surface §1.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from datacloud_dbapi.error_bodies import server_text
from datacloud_dbapi.errors import DataError, ProtocolError
from datacloud_dbapi.page import Column, RowText
from datacloud_dbapi.timestamps import read_date, read_time, read_timestamp, read_timestamp_with_zone
from datacloud_dbapi.typed_json import (
    DIRECT,
    cells_of,
    put_column,
    read_cells,
    read_column,
    read_plain,
    read_rows,
    tuples,
)
from datacloud_dbapi.types import DataType


class Decoded(NamedTuple):
    """The rows before the first that cannot be converted, and the error of that one."""

    rows: list[tuple[object, ...]]
    error: DataError | None


def decode_rows(columns: Sequence[Column], rows: Sequence[Sequence[object]], first_row: int = 1) -> Decoded:
    """Convert wire rows as far as they go; `first_row` is the number of the first of them in the result, from 1.

    Every row must have as many cells as there are columns. Never raises: the first row with a cell that does not
    convert ends the conversion, and the error names that cell's column, row and value.
    """
    if not rows or not columns:
        return Decoded([() for _ in rows], None)
    decoders = [_decoder(column.type) for column in columns]
    values: list[Sequence[object]] = []
    for decoder, cells in zip(decoders, zip(*rows, strict=True), strict=True):
        try:
            values.append(decoder.column(cells))
        except (ValueError, OverflowError):
            row, error = _first_failure(columns, decoders, rows, first_row)
            return Decoded(decode_rows(columns, rows[:row]).rows, error)
    return Decoded(list(zip(*values, strict=True)), None)


def decode_text(columns: Sequence[Column], text: RowText, first_row: int = 1) -> Decoded:
    """Convert rows that are text still, as `decode_rows` does; by the columns' types where they are spelled as usual.

    Raises ProtocolError for a row with too many or too few cells, DataError for a text that Python does not read.
    """
    values: list[tuple[object, ...]] = []
    for part in text.parts:
        usual = _by_type(columns, part)
        if usual is None:
            rows = read_plain((part,))
            check_width(rows, len(columns))
            read = decode_rows(columns, rows, first_row + len(values))
            values += read.rows
            if read.error is not None:
                return Decoded(values, read.error)
        else:
            values += usual
    return Decoded(values, None)


def check_width(rows: Sequence[Sequence[object]], width: int) -> None:
    """Raise ProtocolError unless every row has so many cells."""
    odd = next((len(row) for row in rows if len(row) != width), None)
    if odd is not None:
        raise ProtocolError(f"A row has {odd} values where there are {width} columns")


def _by_type(columns: Sequence[Column], part: bytes | memoryview) -> list[tuple[object, ...]] | None:
    """The rows of a part; a column that is text still is read by its type or, where that cannot be, cell by cell."""
    rows = read_rows(part, columns)
    if rows is None:
        return None
    try:
        for place, column in enumerate(columns):
            kind = column.type.kind
            if kind not in DIRECT:
                cells = cells_of(rows, place)
                usual = read_column(kind, cells)
                put_column(rows, place, _decoder(column.type).column(read_cells(cells)) if usual is None else usual)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return tuples(rows)


def _first_failure(
    columns: Sequence[Column], decoders: Sequence[_Decoder], rows: Sequence[Sequence[object]], first_row: int
) -> tuple[int, DataError]:
    for index, row in enumerate(rows):
        for column, decoder, cell in zip(columns, decoders, row, strict=True):
            try:
                decoder.column((cell,))
            except (ValueError, OverflowError):
                return index, DataError(
                    f"Column {column.name!r}, row {first_row + index}: {_shown(cell)} is no {column.type}"
                )
    raise AssertionError("a column that failed has a cell that fails")


def _shown(cell: object) -> str:
    return server_text(f"{cell!r:.200}" if isinstance(cell, str) else f"{cell!s:.200}", 60)


class _Decoder(NamedTuple):
    """`as_is` are the classes of cells that need no decoding, `decode` makes the value of any other but None."""

    as_is: frozenset[type]
    decode: Callable[[object], object]

    def column(self, cells: Sequence[object]) -> Sequence[object]:
        """The values of a whole column."""
        kinds = set(map(type, cells))
        kinds.discard(type(None))
        if kinds <= self.as_is:
            return cells
        decode = self.decode
        if kinds == {str} and len(distinct := set(cells)) <= len(cells) // 2:
            known = {cell: None if cell is None else decode(cell) for cell in distinct}
            return [known[cell] for cell in cells]
        return [None if cell is None else cell if type(cell) in self.as_is else decode(cell) for cell in cells]


def _decoder(data_type: DataType) -> _Decoder:
    if data_type.kind == "ARRAY":
        return _array_decoder(data_type.inner)
    return _DECODERS[data_type.kind]


def _array_decoder(inner: DataType | None) -> _Decoder:
    """Elements of an array whose type is not said have the one their JSON shows."""
    elements = _decoder(inner) if inner is not None else None

    def decode(cell: object) -> object:
        if isinstance(cell, dict) and set(cell) == {"array"}:
            cell = cell["array"]
        if cell is None or _is_null(cell):
            return None
        if not isinstance(cell, list):
            raise ValueError
        return _untyped(cell) if elements is None else list(elements.column(cell))

    return _Decoder(frozenset(), decode)


def _untyped(elements: list[object]) -> list[object]:
    """The values of an array that V1 and V2 only call ARRAY: floats where its numbers are written as floats are.

    choice: a decimal is sent with every digit of its scale and a float with the fewest that name it, so the digits
    tell them apart: one number that no float is written as makes all of them decimals. A whole number stays an int.
    """
    numbers = [element for element in elements if isinstance(element, (int, Decimal))]
    words = [element for element in elements if isinstance(element, str)]
    if not any(isinstance(number, Decimal) for number in numbers) and not (numbers and words):
        return elements
    if not all(map(_is_float_text, numbers)) or not _NOT_NUMBERS.issuperset(words):
        return elements
    return [float(element) if isinstance(element, (int, str, Decimal)) else element for element in elements]


_NOT_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})


def _is_float_text(number: int | Decimal) -> bool:
    """Whether a number of this text is what a float is written as: no digit more than it takes to name it."""
    exact = Decimal(number)
    _, digits, exponent = exact.as_tuple()
    padded = isinstance(exponent, int) and exponent < -1 and digits[-1] == 0
    return not padded and Decimal(repr(float(exact))) == exact


def _is_null(cell: object) -> bool:
    return cell in ("", "null")


def _boolean(cell: object) -> object:
    if isinstance(cell, str):
        return (
            {"true": True, "false": False, "": None, "null": None}[cell.lower()] if cell.lower() in _TRUTHS else _no()
        )
    return bool(cell) if type(cell) is int and cell in (0, 1) else _no()


_TRUTHS = frozenset({"true", "false", "", "null"})


def _no() -> object:
    raise ValueError


_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)


def _integer(cell: object) -> object:
    if isinstance(cell, str):
        if _is_null(cell):
            return None
        if not _INTEGER.fullmatch(cell):
            return _integer(_decimal(cell))
        # int() refuses more than 4,300 digits, Decimal's way to int has no such bound.
        return int(cell) if len(cell) < 4000 else int(Decimal(cell))
    if isinstance(cell, Decimal) and cell.is_finite() and cell.adjusted() < 10_000 and cell == cell.to_integral_value():
        return int(cell)
    return _no()


def _decimal(cell: object) -> object:
    if isinstance(cell, str):
        if _is_null(cell):
            return None
        return Decimal(cell) if _DECIMAL.fullmatch(cell) else _no()
    return Decimal(cell) if type(cell) is int else _no()


_FLOAT_WORDS = {
    "nan": math.nan,
    "infinity": math.inf,
    "+infinity": math.inf,
    "inf": math.inf,
    "-infinity": -math.inf,
    "-inf": -math.inf,
}


def _double(cell: object) -> object:
    if isinstance(cell, str):
        if _is_null(cell):
            return None
        word = _FLOAT_WORDS.get(cell.lower())
        if word is not None:
            return word
        cell = _decimal(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, Decimal)):
        return _no()
    number = float(cell)
    return number if math.isfinite(number) else _no()


def _real(cell: object) -> object:
    """The value a REAL holds, which its short text only names: 0.1 is 0.10000000149011612, as Arrow gives it."""
    number = cell if type(cell) is float else _double(cell)
    return number if number is None else struct.unpack("<f", struct.pack("<f", number))[0]


def _text(cell: object) -> object:
    return _no()


def _json(cell: object) -> object:
    if cell is True or cell is False:
        return "true" if cell else "false"
    if isinstance(cell, dict):
        return f"{{{', '.join(f'{_json_string(name)}: {_json_member(part)}' for name, part in cell.items())}}}"
    if isinstance(cell, list):
        return f"[{', '.join(map(_json_member, cell))}]"
    return str(cell) if isinstance(cell, (int, Decimal)) else _no()


def _json_member(cell: object) -> str:
    return "null" if cell is None else _json_string(cell) if isinstance(cell, str) else str(_json(cell))


def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _binary(cell: object) -> object:
    if not isinstance(cell, str):
        return _no()
    if cell.startswith("\\x"):
        return bytes.fromhex(cell[2:])
    return base64.b64decode(cell, validate=True)


def _from_text(read: Callable[[str], object]) -> _Decoder:
    def decode(cell: object) -> object:
        if not isinstance(cell, str):
            return _no()
        return None if _is_null(cell) else read(cell)

    return _Decoder(frozenset(), decode)


_PASS = _Decoder(frozenset({bool, int, float, Decimal, str, list, dict}), lambda cell: cell)
_STRING = _Decoder(frozenset({str}), _text)
_WHOLE = _Decoder(frozenset({int}), _integer)
_DECODERS = {
    "BOOLEAN": _Decoder(frozenset({bool}), _boolean),
    "SMALLINT": _WHOLE,
    "INTEGER": _WHOLE,
    "BIGINT": _WHOLE,
    "NUMERIC": _Decoder(frozenset({Decimal}), _decimal),
    # A float is here only where the JSON says NaN or Infinity without quotes.
    "REAL": _Decoder(frozenset(), _real),
    "DOUBLE": _Decoder(frozenset({float}), _double),
    "CHAR": _STRING,
    "VARCHAR": _STRING,
    "TEXT": _STRING,
    "JSON": _Decoder(frozenset({str}), _json),
    "DATE": _from_text(read_date),
    "TIME": _from_text(read_time),
    "TIMESTAMP": _from_text(read_timestamp),
    "TIMESTAMP WITH TIME ZONE": _from_text(read_timestamp_with_zone),
    "BINARY": _Decoder(frozenset(), _binary),
    "UNKNOWN": _PASS,
}
