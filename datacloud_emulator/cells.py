"""The query APIs' spellings of columns and cells, made from the engine's.

Speaks for the wire spec, query §3-5 and §9.3. Most cells leave as the bytes the engine wrote: its JSON already has the
service's form for text, numbers, booleans, dates, times, timestamps without zone, and aggregates' decimals.

| column | the engine writes | V2 says |
|---|---|---|
| TIMESTAMP WITH TIME ZONE | `"…T08:30:00.5+00:00"` | `"… 08:30:00.500 UTC"`, or by quirk `"…T08:30:00.500+00:00"` |
| DECIMAL not made by an aggregate | `12.50`, all digits | `"12.50"` |
| ARRAY | `[1,2]` | `{"array":[1,2]}` |
| JSON | `{"a":1}` | `"{\\"a\\":1}"`, the document as text |

How it works: a result with no such column is not parsed at all. Otherwise only those columns are decoded; every other
cell passes through as raw bytes. V1 takes every row apart, to make an object of it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from datacloud_emulator.quirks import Quirks

if TYPE_CHECKING:
    from datacloud_emulator.engine.sql_types import ResultColumn
    from datacloud_emulator.engine.wire import JsonPart

Respell = Callable[[Any], object]

# Engine type → `type` and `typeCode` of the metadata map; the codes are java.sql.Types. TIMESTAMP WITH TIME ZONE has
# two codes in the wild (Quirks.timestamptz_type_code).
V2_TYPES: dict[str, tuple[str, int]] = {
    "bool": ("BOOLEAN", 16),
    "smallint": ("SMALLINT", 5),
    "integer": ("INTEGER", 4),
    "bigint": ("BIGINT", -5),
    "numeric": ("DECIMAL", 3),
    "float4": ("REAL", 7),
    "float8": ("DOUBLE", 8),
    "varchar": ("VARCHAR", 12),
    "char": ("CHAR", 1),
    "bytea": ("VARBINARY", -3),
    "date": ("DATE", 91),
    "time": ("TIME", 92),
    "timestamp": ("TIMESTAMP", 93),
    "timestamptz": ("TIMESTAMP WITH TIME ZONE", 2014),
    "array": ("ARRAY", 2003),
}
_OTHER = 1111


def metadata_map(columns: Sequence[ResultColumn], quirks: Quirks) -> dict[str, dict[str, object]]:
    """The `metadata` object of an answer; its keys are in no useful order, as the service's are.

    choice: of columns that share a name the last one is kept, as a map filled in order keeps it.
    """
    entries: dict[str, dict[str, object]] = {}
    for place, column in enumerate(columns):
        type_text, code = V2_TYPES.get(column.type_name, (column.type_name.upper(), _OTHER))
        if column.type_name == "timestamptz":
            code = quirks.timestamptz_type_code
        entries[column.name] = {
            "type": type_text,
            "placeInOrder": place + quirks.place_in_order_base,
            "typeCode": code,
        }
    names = list(entries)
    random.shuffle(names)
    if len(names) > 1 and names == list(entries):
        names.reverse()
    return {name: entries[name] for name in names}


class Spelling(Protocol):
    """How the rows of one result are written in an answer."""

    def respell(self, rows: bytes) -> bytes:
        """Rows as the engine wrote them, to rows as the API has them."""


class CellSpelling:
    """Respells some columns of a result; made once per query, from what each column's cells are decoded to and what is
    made of each that is not NULL (None: left alone)."""

    def __init__(self, columns: Iterable[tuple[object, Respell | None]]) -> None:
        self._respelled: list[tuple[str, Respell]] = []
        fields: list[tuple[str, object]] = []
        for place, (decoded, respell) in enumerate(columns):
            name = f"c{place}"
            fields.append((name, decoded))
            if respell is not None:
                self._respelled.append((name, respell))
        self._decoder: msgspec.json.Decoder[list[Any]] | None = None
        if self._respelled:
            # Rows hold no references in circles, so the collector need not look at them.
            row_type = msgspec.defstruct("Row", fields, array_like=True, gc=False)
            self._decoder = msgspec.json.Decoder(list[row_type])  # type: ignore[valid-type]  # a type made at run time

    def respell(self, rows: bytes) -> bytes:
        """`[..],[..]` as the engine wrote it, to `[..],[..]` as this API does."""
        if self._decoder is None:
            return rows
        decoded = self._decoder.decode(b"[" + rows + b"]")
        for name, respell in self._respelled:
            for row in decoded:
                cell = getattr(row, name)
                if cell is not None:
                    setattr(row, name, respell(cell))
        return _ENCODER.encode(decoded)[1:-1]


class RowSpelling(CellSpelling):
    """The rows of Query API V2."""

    def __init__(self, columns: Sequence[ResultColumn], aggregates: Collection[int], quirks: Quirks) -> None:
        # choice: of the decimals only an aggregate's are numbers; a numeric literal or product is a plain column.
        super().__init__(
            _spelling(column, as_number=quirks.decimals_as_numbers or place in aggregates, style=quirks.timestamp_style)
            for place, column in enumerate(columns)
        )


class ObjectSpelling:
    """Rows as an object each: those of Query API V1, without the keys whose value is NULL unless `nulls`.

    `lower` puts the keys in lower case.
    choice: of columns that share a name the last one is there, as in the metadata map.
    """

    def __init__(
        self, columns: Sequence[ResultColumn], cells: Spelling, *, nulls: bool = False, lower: bool = False
    ) -> None:
        self._cells = cells
        self._nulls = nulls
        places = {column.name.lower() if lower else column.name: place for place, column in enumerate(columns)}
        self._keys = [(_ENCODER.encode(name) + b":", place) for name, place in places.items()]

    def respell(self, rows: bytes) -> bytes:
        """`[..],[..]` to `{..},{..}`."""
        objects = []
        for row in _CELLS.decode(b"[" + self._cells.respell(rows) + b"]"):
            cells = [(key, bytes(row[place])) for key, place in self._keys]
            kept = [key + cell for key, cell in cells if self._nulls or cell != b"null"]
            objects.append(b"{" + b",".join(kept) + b"}")
        return b",".join(objects)


def connect_spelling(columns: Sequence[ResultColumn]) -> CellSpelling:
    """The rows of Connect query-sql: the engine's, but for JSON documents, which are text; cells are scalars there."""
    return CellSpelling((msgspec.Raw, _json_text if column.type_name == "json" else None) for column in columns)


def record_spelling(columns: Sequence[ResultColumn], quirks: Quirks) -> CellSpelling:
    """The rows of the profile and insight APIs: numbers are numbers, and moments come in one of three forms.

    choice: TIMESTAMP without zone is DATE_TIME as well, and UTC.
    """
    return CellSpelling(_record(column, partial(_moment, quirks.record_moments)) for column in columns)


def graph_spelling(columns: Sequence[ResultColumn]) -> CellSpelling:
    """The values of a data graph: decimals have 18 fraction digits (wire spec, data-graphs §3)."""
    return CellSpelling(
        (msgspec.Raw, _eighteen_digits) if column.type_name == "numeric" else _record(column, partial(_moment, "zulu"))
        for column in columns
    )


@dataclass(frozen=True)
class Rows:
    """Rows ready for an answer: pieces of `[..],[..]`, to be joined between the outer brackets."""

    pieces: Sequence[bytes] = ()
    count: int = 0


def fill(parts: Iterable[JsonPart], spelling: Spelling, room: int) -> Rows:
    """As many whole rows of `parts` as fit into `room` bytes after respelling, in order.

    choice: a first row that is larger than the room goes out alone; a result must not stand still on it.
    """
    pieces: list[bytes] = []
    count = 0
    left = room + 1  # the first row has no comma before it
    for part in parts:
        rows, fitting = spelling.respell(part.rows), part.count
        if len(rows) + 1 > left:
            rows, fitting = _cut(rows, left, at_least=0 if count else 1)
        if fitting:
            pieces += [b",", rows] if pieces else [rows]
            count += fitting
            left -= len(rows) + 1
        if fitting < part.count:
            break
    return Rows(pieces, count)


def _cut(rows: bytes, left: int, at_least: int) -> tuple[bytes, int]:
    """The first of `rows` that fit into `left` bytes, each with a comma, and how many they are."""
    fitting: list[msgspec.Raw] = []
    for row in _ROWS.decode(b"[" + rows + b"]"):
        left -= len(bytes(row)) + 1
        if left < 0 and len(fitting) >= at_least:
            break
        fitting.append(row)
    return b",".join(bytes(row) for row in fitting), len(fitting)


_ENCODER = msgspec.json.Encoder()
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_CELLS = msgspec.json.Decoder(list[list[msgspec.Raw]])
_TIMESTAMP = re.compile(r"(\d+-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00:00)?( BC)?")


def _spelling(column: ResultColumn, *, as_number: bool, style: str) -> tuple[object, Respell | None]:
    """What a column's cells are decoded to, and what is made of each that is not NULL (None: left alone)."""
    timestamp = _documented_timestamp if style == "documented" else _iso_timestamp
    if column.type_name == "timestamptz":
        return str | None, lru_cache(maxsize=65_536)(timestamp)  # moments repeat: days, hours, batches of events
    if column.type_name == "numeric" and not as_number:
        return msgspec.Raw, _quoted
    if column.type_name == "json":
        # choice: text, so that the document's own digits and spaces survive. A JSON null and an SQL NULL look alike in
        # the engine's output (wire spec, hyper §3) and both leave as null.
        return msgspec.Raw, _json_text
    if column.type_name == "array":
        if column.inner == "timestamptz":
            return list[str | None] | None, lambda cells: {"array": [c if c is None else timestamp(c) for c in cells]}
        return msgspec.Raw, _boxed_array
    return msgspec.Raw, None


def _timestamp(text: str) -> tuple[str, str, str, str]:
    """Date, time with 3 to 6 fraction digits, and era of an engine's timestamp."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"the engine wrote a timestamp in a form of its own: {text!r}")
    date, time, fraction, era = match.groups(default="")
    return date, time, fraction.ljust(3, "0"), era


def _documented_timestamp(text: str) -> str:
    date, time, fraction, era = _timestamp(text)
    return f"{date} {time}.{fraction} UTC{era}"


def _iso_timestamp(text: str) -> str:
    date, time, fraction, era = _timestamp(text)
    return f"{date}T{time}.{fraction}+00:00{era}"


def _record(column: ResultColumn, moment: Callable[[str], str]) -> tuple[object, Respell | None]:
    if column.type_name in {"timestamp", "timestamptz"}:
        return str | None, moment
    return msgspec.Raw, _json_text if column.type_name == "json" else None


def _moment(style: str, text: str) -> str:
    date, time, fraction, era = _timestamp(text)
    if style == "zulu":
        return f"{date}T{time}.{fraction}Z{era}"
    digits = f".{fraction}" if fraction.strip("0") else ""
    return f"{date}{'T' if style == 'bare' else ' '}{time}{digits}{era}"


def _eighteen_digits(raw: msgspec.Raw) -> object:
    text = bytes(raw)
    if text == b"null":
        return None
    whole, _, fraction = text.partition(b".")
    return msgspec.Raw(whole + b"." + fraction.ljust(18, b"0"))


def _quoted(raw: msgspec.Raw) -> object:
    text = bytes(raw)
    return None if text == b"null" else msgspec.Raw(b'"' + text + b'"')


def _json_text(raw: msgspec.Raw) -> object:
    text = bytes(raw).decode()
    return None if text == "null" else text


def _boxed_array(raw: msgspec.Raw) -> object:
    text = bytes(raw)
    return None if text == b"null" else msgspec.Raw(b'{"array":' + text + b"}")
