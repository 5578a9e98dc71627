"""Finds a result's parts in the messages they came in, as views of them.

Parts are nearly all that Hyper sends. protobuf gives their bytes as a copy of a copy, so that a chunk would be held
three times for a while; so this one message is read here, and all else by protobuf.
Source: Protocol Buffers, "Encoding"; wire spec, hyper §2.1 (the fields).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

# How the value of a field is written: as a number, or as so many bytes.
VARINT, FIXED_64, LENGTH, FIXED_32 = 0, 1, 2, 5
# The fields of ExecuteQueryResponse, of QueryResult, and of the part in that.
QUERY_RESULT = 7
BINARY_PART, STRING_PART, ROW_COUNT = 1, 2, 3
DATA = 127


class Part(NamedTuple):
    """A part of a result: of `rows` rows, or the schema."""

    data: memoryview
    rows: int


def part_in_response(message: bytes) -> Part | None:
    """The part in an `ExecuteQueryResponse`, None when it brings something else. Raises ValueError for other bytes."""
    found = None
    for field, value in _fields(memoryview(message)):
        if field == QUERY_RESULT and isinstance(value, memoryview):
            found = read_part(value)
    return found


def read_part(message: bytes | memoryview) -> Part:
    """The part in a `QueryResult`. Raises ValueError for bytes that are none."""
    data, rows = memoryview(b""), 0
    for field, value in _fields(memoryview(message)):
        if field in (BINARY_PART, STRING_PART) and isinstance(value, memoryview):
            for inner, held in _fields(value):
                if inner == DATA and isinstance(held, memoryview):
                    data = held
        elif field == ROW_COUNT and isinstance(value, int):
            rows = value
    return Part(data, rows)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message in their order, the bytes of each as a view."""
    position = 0
    while position < len(message):
        tag, position = _number(message, position)
        field, kind = tag >> 3, tag & 7
        if not field:
            raise ValueError("no field has the number 0")
        if kind == VARINT:
            value, position = _number(message, position)
            yield field, value
            continue
        size = {FIXED_64: 8, FIXED_32: 4}.get(kind, 0)
        if kind == LENGTH:
            size, position = _number(message, position)
        elif not size:
            raise ValueError(f"no field is of kind {kind}")
        end = position + size
        if end > len(message):
            raise ValueError("a field does not end in its message")
        yield field, message[position:end]
        position = end


def _number(message: memoryview, position: int) -> tuple[int, int]:
    """A number in groups of seven bits, lowest first, and where it ends."""
    number = 0
    for place, byte in enumerate(message[position : position + 10]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, position + place + 1
    raise ValueError("a number does not end")
