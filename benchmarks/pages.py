"""What the canned server serves: rows that follow from their number alone, in every spelling the services have.

A row is the same in each spelling, so that whatever reads it can be checked against `row`. Ten mixed columns, as
tables of customers have them: names nobody else has, states that repeat or are NULL, amounts with their full scale.
Source: wire spec, query §3-6, §9-10; limits §2; hyper §2 (spelling and sizes of Arrow).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

Row = tuple[int, Decimal, float, str, "str | None", bool, date, datetime, Decimal, int]

# Name; type in V1 and V2 with its code in JDBC; in query-sql; in V3; precision and scale.
COLUMNS: list[tuple[str, str, int, str, str, tuple[int, int] | None]] = [
    ("id", "BIGINT", -5, "BigInt", "bigint", None),
    ("amount", "DECIMAL", 3, "Numeric", "numeric", (38, 18)),
    ("share", "DOUBLE", 8, "Double", "double", None),
    ("name", "VARCHAR", 12, "Varchar", "varchar", None),
    ("state", "VARCHAR", 12, "Varchar", "varchar", None),
    ("active", "BOOLEAN", 16, "Bool", "bool", None),
    ("day", "DATE", 91, "Date", "date", None),
    ("moment", "TIMESTAMP WITH TIME ZONE", 2014, "TimestampTZ", "timestamptz", None),
    ("total", "DECIMAL", 3, "Numeric", "numeric", (38, 2)),
    ("quantity", "INTEGER", 4, "Integer", "integer", None),
]
NAMES = [column[0] for column in COLUMNS]
FIRST_ID = 10_000_000_000

_FIRST = ["Ada", "Bruno", "Chiara", "Elif", "Gudrun", "Inés", "João", "Noor"]
_LAST = ["Abbott", "Çelik", "Dubois", "Eriksen", "García", "Haddad", "Kowalski", "Müller"]
_STATES = [f"State of {name}" for name in (*_LAST, *_FIRST)]
_DAY, _MOMENT = date(2015, 1, 1), datetime(2020, 1, 1, tzinfo=timezone.utc)


def statement(rows: int) -> str:
    """The SQL that gives the first so many rows; the canned server reads nothing of it but the last number."""
    return f"SELECT {', '.join(NAMES)} FROM customers WHERE id < {FIRST_ID + rows} LIMIT {rows}"


def _draw(number: int) -> int:
    """64 bits that look random; the constants are those of SplitMix64."""
    bits = (number * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return bits ^ (bits >> 27)


def row(number: int) -> Row:
    """The row of this number, counted from 0, as Python should have it."""
    bits = _draw(number + 1)
    cents = bits % 10_000_019 + 1
    return (
        FIRST_ID + number,
        Decimal(cents).scaleb(-2).quantize(Decimal("1e-18")),
        (bits >> 11) / 2**53 * 100,
        f"{_FIRST[bits >> 8 & 7]} {_LAST[bits >> 12 & 7]} {bits >> 40:x}",
        _STATES[bits >> 20 & 15] if bits >> 32 & 3 else None,
        bool(bits >> 34 & 1),
        _DAY + timedelta(bits >> 16 & 4095),
        _MOMENT + timedelta(milliseconds=bits >> 28 & 0xFFFFFFFFF),
        Decimal(cents * 3).scaleb(-2),
        bits >> 36 & 1023,
    )


def checksum(rows: int) -> tuple[int, int, int]:
    """How many rows there are, and what their ids and quantities add up to."""
    ids = rows * FIRST_ID + rows * (rows - 1) // 2
    return rows, ids, sum(_draw(number + 1) >> 36 & 1023 for number in range(rows))


# --- a row in JSON ---


def _v2_row(number: int) -> str:
    """As V2 has it: a plain amount is text, one that was added up is a number."""
    id_, amount, share, name, state, active, day, moment, total, quantity = row(number)
    return (
        f'[{id_},"{amount}",{share!r},"{name}",{_text(state)},{_flag(active)},"{day}",'
        f'"{_utc(moment)}",{total},{quantity}]'
    )


def _v1_row(number: int) -> str:
    """As V1 has it: an object without what is NULL."""
    id_, amount, share, name, state, active, day, moment, total, quantity = row(number)
    state_field = "" if state is None else f'"state":"{state}",'
    return (
        f'{{"id":{id_},"amount":"{amount}","share":{share!r},"name":"{name}",{state_field}"active":{_flag(active)},'
        f'"day":"{day}","moment":"{_utc(moment)}","total":{total},"quantity":{quantity}}}'
    )


def _kept_row(number: int) -> str:
    """As query-sql and V3 have it: amounts are numbers, timestamps are ISO 8601."""
    id_, amount, share, name, state, active, day, moment, total, quantity = row(number)
    return (
        f'[{id_},{amount},{share!r},"{name}",{_text(state)},{_flag(active)},"{day}",'
        f'"{moment.isoformat(timespec="milliseconds")}",{total},{quantity}]'
    )


def _text(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _utc(moment: datetime) -> str:
    return f"{moment.isoformat(' ', 'milliseconds')[:-6]} UTC"


# --- rows in Arrow ---

# The engine writes record batches of so many rows.
BATCH_ROWS = 10_240


def schema() -> pa.Schema:
    """As the engine writes it: dates as date64, and a zone that is spelled `Utc`."""
    import pyarrow as pa

    types = [
        pa.int64(),
        pa.decimal128(38, 18),
        pa.float64(),
        pa.string(),
        pa.string(),
        pa.bool_(),
        pa.date64(),
        pa.timestamp("us", "Utc"),
        pa.decimal128(38, 2),
        pa.int32(),
    ]
    return pa.schema([pa.field(name, kind) for name, kind in zip(NAMES, types, strict=True)])


def table(first: int, count: int) -> pa.Table:
    import pyarrow as pa

    cells = zip(*(row(number) for number in range(first, first + count)), strict=True) if count else ([] for _ in NAMES)
    arrays = [pa.array(list(column), kind) for column, kind in zip(cells, schema().types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema())


def stream(first: int, count: int) -> bytes:
    """These rows as an Arrow IPC stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema()) as writer:
        writer.write_table(table(first, count), max_chunksize=BATCH_ROWS)
    return sink.getvalue().to_pybytes()


# --- answers ---


@dataclass(frozen=True)
class Piece:
    """Rows of an answer as text, and how many they are."""

    text: str
    count: int


def cut(spell: Callable[[int], str], first: int, most_rows: int, most_bytes: int) -> Piece:
    """As many rows from `first` on as an answer may hold, but at least one if there is one."""
    texts: list[str] = []
    size = 0
    for number in range(first, first + most_rows):
        text = spell(number)
        size += len(text.encode()) + 1
        if texts and size > most_bytes:
            break
        texts.append(text)
    return Piece(",".join(texts), len(texts))


V2_ROWS, V2_BYTES = 49_999, 8 * 2**20
QUERY_SQL_BYTES = 2 * 2**20
V3_BYTES = 20_000_000
# About 16 MB of Arrow: the engine's chunks.
CHUNK_ROWS = 19 * BATCH_ROWS

_TIMES = '"startTime":"2026-01-05T09:00:00.120014Z","endTime":"2026-01-05T09:00:02.9Z"'
_QUERY = "6f1d2c3b-1111-2222-3333-444455556666"


@cache
def _map() -> str:
    """The metadata of V1 and V2: a map, in no order."""
    places = {
        name: {"type": v2, "placeInOrder": place, "typeCode": code}
        for place, (name, v2, code, *_) in enumerate(COLUMNS)
    }
    return json.dumps(dict(sorted(places.items())), separators=(",", ":"))


def v2_page(total: int, first: int, arrow: bool) -> bytes:
    """An answer of V2; the id of the next page names the result's length and where it goes on."""
    if arrow:
        # In Arrow so many rows are well below 8 MB.
        count = min(V2_ROWS, total - first)
        rows = f'"arrowStream":"{base64.b64encode(stream(first, count)).decode()}"'
    else:
        piece = cut(_v2_row, first, min(V2_ROWS, total - first), V2_BYTES)
        count, rows = piece.count, f'"data":[{piece.text}]'
    reached = first + count
    more = f'"nextBatchId":"MTAuMC4wLjE6NzQ4NA_{_QUERY}_{total}_{reached}",' if reached < total else ""
    done = "false" if more else "true"
    return (
        f'{{{rows},{_TIMES},"rowCount":{count},"queryId":"{_QUERY}",{more}"done":{done},"metadata":{_map()}}}'
    ).encode()


def v1_page(total: int, first: int, limit: int) -> bytes:
    count = max(0, min(limit, V2_ROWS, total - first))
    piece = cut(_v1_row, first, count, V2_BYTES * 4)
    done = "true" if first + piece.count >= total else "false"
    return (
        f'{{"data":[{piece.text}],{_TIMES},"rowCount":{piece.count},"queryId":"{_QUERY}","done":{done},'
        f'"metadata":{_map()}}}'
    ).encode()


def _fields(types: Iterable[str]) -> str:
    """The metadata of query-sql and V3: a list in order."""
    found = []
    for (name, _, _, _, _, sizes), kind in zip(COLUMNS, types, strict=True):
        more = {} if sizes is None else {"precision": sizes[0], "scale": sizes[1]}
        found.append({"name": name, "type": kind, "nullable": True, **more})
    return json.dumps(found, separators=(",", ":"))


@cache
def _query_sql_fields() -> str:
    return _fields(column[3] for column in COLUMNS)


@cache
def _v3_fields() -> str:
    return f'{{"columns":{_fields(column[4] for column in COLUMNS)}}}'


def query_sql_status(total: int) -> str:
    """The status; the id comes percent-encoded and names the result's length."""
    return (
        f'{{"queryId":"MTAuMC4wLjE6NzQ4NA%2F{_QUERY}-{total}","completionStatus":"Finished",'
        f'"chunkCount":{-(-total // CHUNK_ROWS)},"rowCount":{total},"progress":1.0,"expirationTime":""}}'
    )


def query_sql_piece(total: int, first: int, limit: int, *, bare: bool, status: bool) -> bytes:
    """Rows of query-sql, with the status as the answer to a statement has it; `bare` without the columns."""
    piece = cut(_kept_row, first, max(0, min(limit, total - first)), QUERY_SQL_BYTES)
    fields = "" if bare else f'"metadata":{_query_sql_fields()},'
    state = f',"status":{query_sql_status(total)}' if status else ""
    return f'{{{fields}"data":[{piece.text}],"returnedRows":{piece.count}{state}}}'.encode()


def v3_status(total: int) -> str:
    return (
        f'{{"queryId":"OjA_{_QUERY}-{total}","completionStatus":"FINISHED","chunkCount":{-(-total // CHUNK_ROWS)},'
        f'"rowCount":{total},"progress":1.0,"expirationTime":"2036-01-05T09:00:00Z"}}'
    )


def v3_piece(total: int, first: int, limit: int, size: int, *, arrow: bool, bare: bool = False) -> bytes:
    """Rows of V3 as JSON, or as binary Arrow."""
    count = max(0, min(limit, total - first))
    if arrow:
        return stream(first, min(count, CHUNK_ROWS))
    piece = cut(_kept_row, first, count, size)
    fields = "" if bare else f'"metadata":{_v3_fields()},'
    return f'{{{fields}"data":[{piece.text}],"returnedRows":{piece.count}}}'.encode()


def v3_columns() -> bytes:
    return f'{{"metadata":{_v3_fields()}}}'.encode()
