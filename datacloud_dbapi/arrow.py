"""All of pyarrow: the Arrow type of every column, streams unpacked, tables made. Loaded only when Arrow is used.

The same query has the same Arrow schema whichever transport carried it: what engines and services spell differently
(the zone `Utc`, date64, child names, text for timestamps) is ironed out here, exactly or not at all.
Source: public surface, §1 (the type table); wire spec, hyper §3, query §6.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal, localcontext
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datacloud_dbapi.arrow_stream import check_parts, messages
from datacloud_dbapi.decode import decode_rows
from datacloud_dbapi.errors import ConnectionLostError, DataError, ProtocolError
from datacloud_dbapi.page import Column
from datacloud_dbapi.types import DataType

# choice: where a transport does not tell the precision of a NUMERIC, it is that of Data Cloud's own numbers.
UNTOLD_PRECISION, UNTOLD_SCALE = 38, 18

_TYPES: dict[str, pa.DataType] = {
    "BOOLEAN": pa.bool_(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "REAL": pa.float32(),
    "DOUBLE": pa.float64(),
    "CHAR": pa.string(),
    "VARCHAR": pa.string(),
    "TEXT": pa.string(),
    "JSON": pa.string(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
    "BINARY": pa.binary(),
    "UNKNOWN": pa.string(),
}


def arrow_type(data_type: DataType) -> pa.DataType:
    """The Arrow type that values of a Data Cloud type have on every transport."""
    if data_type.kind == "NUMERIC":
        precision, scale = data_type.precision or UNTOLD_PRECISION, data_type.scale
        if data_type.precision is None:
            scale = UNTOLD_SCALE
        return pa.decimal128(precision, scale or 0) if precision <= 38 else pa.decimal256(precision, scale or 0)
    if data_type.kind == "ARRAY":
        return pa.list_(pa.string() if data_type.inner is None else arrow_type(data_type.inner))
    return _TYPES[data_type.kind]


def schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of a result."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])


def table_of_rows(columns: Sequence[Column], rows: Sequence[Sequence[Any]], target: pa.Schema) -> pa.Table:
    """Decoded rows as a table of schema `target`. Raises DataError for a value that does not fit its column."""
    arrays = []
    for place, (column, field) in enumerate(zip(columns, target, strict=True)):
        values = [row[place] for row in rows]
        try:
            arrays.append(pa.array(values, type=field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
            raise DataError(
                f"Column {column.name!r} holds a value that is no Arrow {field.type}: {error}",
                hint="execute(..., arrow=True) asks the service for the exact Arrow types",
            ) from None
    return pa.Table.from_arrays(arrays, schema=target)


class ArrowBatch:
    """The rows of one Arrow page: a table in our schema, and the same as Python rows when they are asked for."""

    def __init__(self, columns: tuple[Column, ...], table: pa.Table) -> None:
        self.columns = columns
        self.table = table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows with the Python types every transport gives."""
        values = [_values(column) for column in self.table.columns]
        return list(zip(*values, strict=True)) if values else [()] * len(self)


def open_stream(
    data: bytes | tuple[bytes | memoryview, ...], told: Sequence[Column] | None, stated_rows: int | None = None
) -> ArrowBatch:
    """Unpack a whole Arrow IPC stream, or one in parts; `told` are the columns as the answer's metadata has them.

    What needs no conversion is not copied: the table keeps the stream.
    Raises ConnectionLostError for a stream that was cut, ProtocolError when it contradicts what was stated.
    """
    source: Any = data
    if isinstance(data, bytes):
        messages(data)  # pyarrow takes a stream without its end for a whole one
    else:
        check_parts(data)
        source = pa.PythonFile(_Parts(data), mode="r")  # type: ignore[arg-type]  # it has all that is called
    try:
        with pa.ipc.open_stream(source) as reader:
            raw = reader.read_all()
    except (pa.ArrowInvalid, pa.ArrowException, OSError, EOFError) as error:
        raise ConnectionLostError(f"The Arrow stream is not whole: {error}") from None
    if stated_rows is not None and stated_rows != raw.num_rows:
        raise ProtocolError(f"The service states {stated_rows} rows and its Arrow stream has {raw.num_rows}")
    columns = columns_of(raw.schema, told)
    target = schema(columns)
    arrays = [
        _conformed(raw.column(place), column, field.type)
        for place, (column, field) in enumerate(zip(columns, target, strict=True))
    ]
    return ArrowBatch(columns, pa.Table.from_arrays(arrays, schema=target))


class _Parts:
    """The parts of a stream as a file whose reads are views of them, so that nobody puts the parts together."""

    closed = False

    def __init__(self, parts: Sequence[bytes | memoryview]) -> None:
        self._left = [pa.py_buffer(part) for part in reversed(parts)]

    def read(self, size: int) -> bytes:
        return self.read_buffer(size).to_pybytes()

    def read_buffer(self, size: int) -> pa.Buffer:
        """The next bytes. A read never goes from one part into another: each has whole messages."""
        if not self._left:
            return pa.py_buffer(b"")
        part = self._left.pop()
        if size < part.size:
            self._left.append(part.slice(size))
        return part.slice(0, size)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._left.clear()


def columns_of(arrow_schema: pa.Schema, told: Sequence[Column] | None = None) -> tuple[Column, ...]:
    """The columns of a stream, in its order. Text columns that were told to be something else are that."""
    told = told or ()
    by_name = {column.name: column for column in told}
    # Of columns of one name those that were told may be fewer, and in what order is known only when all of them were.
    names = Counter(arrow_schema.names)
    whole = [column.name for column in told] == list(arrow_schema.names)
    found = []
    for place, field in enumerate(arrow_schema):
        data_type = _data_type(field)
        meant = told[place] if whole else by_name.get(field.name) if names[field.name] == 1 else None
        if meant is not None and data_type.kind in {"VARCHAR", "TEXT"} and meant.type.kind not in {"UNKNOWN"}:
            data_type = meant.type
        found.append(Column(field.name, data_type, bool(field.nullable)))
    return tuple(found)


def _data_type(field: pa.Field[Any]) -> DataType:
    """The Data Cloud type of an Arrow field; Hyper names what Arrow cannot tell in the field's metadata."""
    arrow, facts = field.type, field.metadata or {}
    named = facts.get(b"hyper:type", b"").decode()
    length = facts.get(b"hyper:max_string_length")
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        if named in {"Char", "Char1"}:
            return DataType("CHAR", length=int(length) if length else 1)
        if named == "JSON":
            return DataType("JSON")
        return DataType("VARCHAR", length=int(length) if length else None)
    if pa.types.is_decimal(arrow):
        return DataType("NUMERIC", precision=arrow.precision, scale=arrow.scale)
    if pa.types.is_timestamp(arrow):
        return DataType("TIMESTAMP" if arrow.tz is None else "TIMESTAMP WITH TIME ZONE")
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return DataType("ARRAY", inner=_data_type(arrow.value_field))
    for is_kind, kind in _KINDS:
        if is_kind(arrow):
            return DataType(kind)
    text = "INTERVAL" if arrow == pa.month_day_nano_interval() else str(arrow).upper()
    return DataType("UNKNOWN", text=named.upper() or text)


_KINDS = (
    (pa.types.is_boolean, "BOOLEAN"),
    (lambda t: t in (pa.int8(), pa.int16(), pa.uint8()), "SMALLINT"),
    (lambda t: t in (pa.int32(), pa.uint16()), "INTEGER"),
    (lambda t: t in (pa.int64(), pa.uint32()), "BIGINT"),
    (pa.types.is_float32, "REAL"),
    (pa.types.is_float64, "DOUBLE"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_time, "TIME"),
    (pa.types.is_binary, "BINARY"),
    (pa.types.is_large_binary, "BINARY"),
    (pa.types.is_null, "VARCHAR"),
)


def _conformed(values: pa.ChunkedArray[Any], column: Column, target: pa.DataType) -> pa.ChunkedArray[Any]:
    """The same values in the type they have on every transport."""
    if values.type == target:
        return values
    source = values.type
    if pa.types.is_timestamp(source) and pa.types.is_timestamp(target) and source.tz is not None:
        # The zone is spelled `Utc` by the engine: the same instants under the name that Python knows.
        values = values.cast(pa.timestamp(source.unit, tz="UTC"))
    if pa.types.is_string(source) and not pa.types.is_string(target):
        decoded = decode_rows([column], [[cell] for cell in values.to_pylist()])
        if decoded.error is not None:
            raise decoded.error
        return table_of_rows([column], decoded.rows, pa.schema([pa.field(column.name, target)])).column(0)
    if pa.types.is_string(target) and not pa.types.is_large_string(source):
        return pa.chunked_array([pa.array([_text(cell) for cell in values.to_pylist()], type=target)])
    try:
        return values.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"Column {column.name!r} does not convert to {target}: {error}") from None


def _text(cell: Any) -> str | None:
    if isinstance(cell, tuple) and len(cell) == 3:  # MonthDayNano
        return interval_text(*cell)
    return None if cell is None else str(cell)


def interval_text(months: int, days: int, nanoseconds: int) -> str:
    """An interval as ISO 8601 text, as the JSON transports carry it."""
    years, months = int(months / 12), months - 12 * int(months / 12)
    seconds = Decimal(nanoseconds) / 10**9
    hours, rest = int(seconds / 3600), seconds - 3600 * int(seconds / 3600)
    minutes, rest = int(rest / 60), rest - 60 * int(rest / 60)
    date = "".join(f"{number}{unit}" for number, unit in ((years, "Y"), (months, "M"), (days, "D")) if number)
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    time += f"{rest:f}S" if rest else ""
    return f"P{date}{'T' if time else ''}{time}" if date or time else "PT0S"


def _values(column: pa.ChunkedArray[Any]) -> list[Any]:
    """A column's Python values; moments that Python has no date for are text, as on the JSON transports."""
    kind = column.type
    try:
        # By way of numbers and text, which pyarrow hands out several times as fast as dates and decimals.
        if pa.types.is_date32(kind):
            return _made(column.cast(pa.int32()), lambda days: dt.date.fromordinal(days + _EPOCH.toordinal()))
        if kind == pa.timestamp("us"):
            return _made(column.cast(pa.int64()), lambda count: _EPOCH + dt.timedelta(0, 0, count))
        if kind == pa.timestamp("us", tz="UTC"):
            return _made(column.cast(pa.int64()), lambda count: _UTC_EPOCH + dt.timedelta(0, 0, count))
        if pa.types.is_decimal128(kind):
            return decimals(column)
        if pa.types.is_decimal(kind):
            return _made(column.cast(pa.string()), Decimal)
    except (ValueError, OverflowError):
        return _moments(column)
    return list(column.to_pylist())


_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - of timestamps without a zone
_UTC_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


# Of more digits than any decimal128 has, so that nothing is rounded whatever the caller's own context is.
_EXACT = Context(prec=64, traps=[])


def decimals(column: pa.ChunkedArray[Any]) -> list[Decimal | None]:
    """The values of a decimal128 column, in half the time that pyarrow takes for them by way of text.

    How it works: a value lies there as a whole number of 128 bits, lowest first, in units of its last digit. A Decimal
    of one such unit times that number is the value with all its digits, zeros at the end too.
    """
    unit = Decimal((0, (1,), -column.type.scale))
    values: list[Decimal | None] = []
    with localcontext(_EXACT):
        for chunk in column.chunks:
            made = map(unit.__mul__, _wholes(chunk.drop_null() if chunk.null_count else chunk))
            if chunk.null_count:
                # Numbers of a byte lie there to be looked at; pyarrow takes its time for bits.
                present = memoryview(chunk.is_valid().cast(pa.uint8()).buffers()[1] or b"")[: len(chunk)]
                values += [next(made) if there else None for there in present]
            else:
                values += made
    return values


def _wholes(chunk: pa.Array[Any]) -> list[int]:
    """The numbers of 128 bits in an array without NULL."""
    first, end = 16 * chunk.offset, 16 * (chunk.offset + len(chunk))
    halves = memoryview(chunk.buffers()[1] or b"")[first:end]
    low: list[int] = halves.cast("Q")[::2].tolist()
    high: list[int] = halves.cast("q")[1::2].tolist()
    # Most columns have no number that needs its upper half.
    return [(upper << 64) + lower for upper, lower in zip(high, low, strict=True)] if any(high) else low


def _made(column: pa.ChunkedArray[Any], make: Callable[[Any], Any]) -> list[Any]:
    return [None if value is None else make(value) for value in column.to_pylist()]


def _moments(column: pa.ChunkedArray[Any]) -> list[Any]:
    zone = dt.timezone.utc if getattr(column.type, "tz", None) is not None else None
    plain = column.cast(pa.timestamp("us")) if zone is not None else column
    try:
        values = plain.to_pylist()
    except (ValueError, OverflowError):
        values = [_moment(value) for value in plain]
    if zone is None:
        return list(values)
    return [value.replace(tzinfo=zone) if isinstance(value, dt.datetime) else value for value in values]


def _moment(value: pa.Scalar[Any]) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return re.sub(r"\.0+$", "", str(pc.cast(value, pa.string()).as_py()))
