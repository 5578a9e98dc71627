"""How a column is stored: Arrow's types put against the engine's, and values moved from one to the other exactly.

| Arrow                                     | stored as          | | Arrow                        | stored as      |
|-------------------------------------------|--------------------|-|------------------------------|----------------|
| bool                                      | BOOLEAN            | | date32, date64               | DATE           |
| int8, int16, uint8                        | SMALLINT           | | time32, time64               | TIME           |
| int32, uint16                             | INTEGER            | | timestamp, no zone           | TIMESTAMP      |
| int64, uint32                             | BIGINT             | | timestamp, any zone          | TIMESTAMPTZ    |
| uint64                                    | NUMERIC(20,0)      | | duration                     | BIGINT, in µs  |
| half, float                               | REAL               | | string, null, their variants | TEXT           |
| double                                    | DOUBLE PRECISION   | | binary, its variants         | BYTEA          |
| decimal(p,s) of any width                 | NUMERIC(p,s)       | | list of one of these         | …[]            |

A dictionary counts as its values, an extension type as its storage. Maps, structs, unions and calendar intervals are
refused. What a column's type cannot hold exactly (nanoseconds, 39 digits) is refused by value, not rounded.

Source: wire spec, hyper §1.7, §3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datacloud_emulator.engine.sql_types import MAX_PRECISION, SqlType


class UnstorableTypeError(Exception):
    """A column's type has no counterpart in the engine; the message says what to do."""


class UnstorableValueError(Exception):
    """A value does not fit the type its column is stored as. `index` counts within the array."""

    def __init__(self, index: int, value: object) -> None:
        super().__init__(index, value)
        self.index = index
        self.value = value


_SQL_TYPES: list[tuple[Callable[[Any], bool], SqlType]] = [
    (pa.types.is_boolean, SqlType("bool")),
    (lambda t: t in {pa.int8(), pa.int16(), pa.uint8()}, SqlType("smallint")),
    (lambda t: t in {pa.int32(), pa.uint16()}, SqlType("integer")),
    (lambda t: t in {pa.int64(), pa.uint32()}, SqlType("bigint")),
    (pa.types.is_uint64, SqlType("numeric", 20, 0)),
    (lambda t: t in {pa.float16(), pa.float32()}, SqlType("float4")),
    (pa.types.is_float64, SqlType("float8")),
    (pa.types.is_date, SqlType("date")),
    (pa.types.is_time, SqlType("time")),
    (pa.types.is_duration, SqlType("bigint")),
    (pa.types.is_null, SqlType("varchar")),
]

_STAGED: dict[str, Any] = {
    "bool": pa.bool_(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "varchar": pa.string(),
    "char": pa.string(),
    "json": pa.string(),
    "bytea": pa.binary(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}


def is_text(arrow_type: Any) -> bool:
    """Whether values of that Arrow type are text, in whatever layout."""
    layouts = ("is_string", "is_large_string", "is_string_view")
    return any(getattr(pa.types, layout)(arrow_type) for layout in layouts if hasattr(pa.types, layout))


def is_bytes(arrow_type: Any) -> bool:
    layouts = ("is_binary", "is_large_binary", "is_binary_view", "is_fixed_size_binary")
    return any(getattr(pa.types, layout)(arrow_type) for layout in layouts if hasattr(pa.types, layout))


def is_list(arrow_type: Any) -> bool:
    layouts = ("is_list", "is_large_list", "is_fixed_size_list", "is_list_view", "is_large_list_view")
    return any(getattr(pa.types, layout)(arrow_type) for layout in layouts if hasattr(pa.types, layout))


def sql_type(arrow_type: Any) -> SqlType:
    """The type a column of that Arrow type is stored as. Raises UnstorableTypeError."""
    arrow_type = _plain(arrow_type)
    for fits, stored in _SQL_TYPES:
        if fits(arrow_type):
            return stored
    if pa.types.is_timestamp(arrow_type):
        return SqlType("timestamp" if arrow_type.tz is None else "timestamptz")
    if is_text(arrow_type):
        return SqlType("varchar")
    if is_bytes(arrow_type):
        return SqlType("bytea")
    if pa.types.is_decimal(arrow_type):
        # A negative scale means zeros behind the digits; a scale beyond the precision, zeros before them.
        scale = max(arrow_type.scale, 0)
        whole = max(arrow_type.precision - arrow_type.scale, 0)
        # Of a wider column the values may still fit; each is looked at.
        return SqlType("numeric", max(min(whole + scale, MAX_PRECISION), scale), scale)
    if is_list(arrow_type):
        inner = sql_type(arrow_type.value_type)
        if inner.name == "array":
            raise UnstorableTypeError("a list of lists; the engine's arrays have one dimension, so flatten it")
        return SqlType("array", inner=inner)
    raise UnstorableTypeError(
        f"type {arrow_type} cannot be stored; turn it into several columns, or into text (JSON, say)"
    )


def staged_type(stored: SqlType) -> Any:
    """The Arrow type in which values for a column of type `stored` are handed to the engine."""
    if stored.inner is not None:
        return pa.list_(staged_type(stored.inner))
    if stored.name == "numeric":
        return pa.decimal128(stored.precision, stored.scale)
    return _STAGED[stored.name]


def _plain(arrow_type: Any) -> Any:
    """Without what is only an encoding: dictionaries, run ends, extension types."""
    while True:
        if pa.types.is_dictionary(arrow_type) or pa.types.is_run_end_encoded(arrow_type):
            arrow_type = arrow_type.value_type
        elif isinstance(arrow_type, pa.BaseExtensionType):
            arrow_type = arrow_type.storage_type
        else:
            return arrow_type


def plain(array: Any) -> Any:
    """The array without what is only an encoding."""
    while True:
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        elif pa.types.is_run_end_encoded(array.type):
            array = pc.run_end_decode(array)  # type: ignore[attr-defined]  # the stubs miss it
        elif isinstance(array.type, pa.BaseExtensionType):
            array = array.storage
        else:
            return array


def exact_cast(array: Any, target: Any) -> Any:
    """`array` as Arrow type `target`, every value unchanged. Raises UnstorableValueError for the first that is not.

    Arrow's own checks are not enough (some casts to decimal wrap around), so what went in must come back.
    """
    array = plain(array)
    if array.type == target:
        return array
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), target)
    try:
        cast = _cast(array, target)
        wrong = _first_difference(array, _cast(cast, array.type))
    except pa.ArrowInvalid as error:
        wrong = _first_failing(array, target)
        if wrong is None:
            raise UnstorableTypeError(f"type {array.type} cannot be stored as {target}: {error}") from error
    except (pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise UnstorableTypeError(f"type {array.type} cannot be stored as {target}") from error
    if wrong is not None:
        raise UnstorableValueError(wrong, _shown(array[wrong]))
    return cast


def _cast(array: Any, target: Any) -> Any:
    if pa.types.is_duration(array.type) and target == pa.int64():
        array = array.cast(pa.duration("us"))
    elif pa.types.is_duration(target) and array.type == pa.int64():
        return array.cast(pa.duration("us")).cast(target)
    return array.cast(target)


def _first_difference(before: Any, after: Any) -> int | None:
    if before.equals(after):
        return None
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        if not one.equals(other) and not _both_nan(one, other):
            return index
    return None


def _both_nan(one: Any, other: Any) -> bool:
    return pa.types.is_floating(one.type) and one.as_py() != one.as_py() and other.as_py() != other.as_py()


def _first_failing(array: Any, target: Any) -> int | None:
    """The first value whose cast fails; found by halving. None when each alone succeeds."""
    low, high = 0, len(array)
    if not _fails(array, target):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _fails(array.slice(low, middle - low), target):
            high = middle
        else:
            low = middle
    return low


def _fails(array: Any, target: Any) -> bool:
    try:
        _cast(array, target)
    except pa.ArrowInvalid:
        return True
    return False


def _shown(scalar: Any) -> object:
    """The value for an error message; Python's own types hold fewer digits than Arrow's."""
    try:
        return scalar.cast(pa.string()).as_py()
    except pa.ArrowException:
        return str(scalar)
