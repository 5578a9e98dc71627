"""Walks an Arrow IPC stream from message to message: is it whole, how many rows has it, and several made one.

pyarrow takes a stream that was cut between two messages for a whole one; only its end marker tells. The few fields that
are needed to walk are read here, so that counting rows needs no pyarrow and copies nothing. A stream may also come in
parts, each of whole messages; it then has no end marker, as who sends parts tells the end in another way.
Source: Arrow columnar format, "IPC streaming format" and `Message.fbs`; wire spec, faults O7.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from datacloud_dbapi.errors import ConnectionLostError, ProtocolError

CONTINUATION = b"\xff\xff\xff\xff"
END = CONTINUATION + b"\0\0\0\0"
# The kinds of message of `MessageHeader` in Message.fbs, and where a table keeps a field: number × 2 + 4 into it.
SCHEMA, RECORD_BATCH = 1, 3
HEADER_TYPE, HEADER, BODY_LENGTH, LENGTH = 1, 2, 3, 0


class Message(NamedTuple):
    """One message: its kind, the bytes it takes in the stream, and the rows of a record batch."""

    kind: int
    start: int
    end: int
    rows: int


def messages(stream: bytes) -> list[Message]:
    """The messages of a whole stream. Raises ConnectionLostError for one that does not end as it should."""
    found = _walked(stream)
    if not found or found[0].kind != SCHEMA or stream[found[-1].end :] != END:
        raise _cut()
    return found


def check_parts(parts: Sequence[bytes | memoryview]) -> None:
    """Raise ConnectionLostError unless each part consists of whole messages, and the first begins with the schema."""
    if not parts:
        raise _cut()
    for number, part in enumerate(parts):
        found = _walked(part)
        if not found or (number == 0) is not (found[0].kind == SCHEMA) or found[-1].end != len(part):
            raise _cut()


def rows_in(stream: bytes) -> int:
    """The number of rows in a whole stream."""
    return sum(message.rows for message in messages(stream))


def joined(streams: Sequence[bytes]) -> bytes:
    """One stream of all the rows. Raises ProtocolError when the streams are not of one schema."""
    if len(streams) == 1:
        return streams[0]
    parts: list[bytes] = []
    schema = b""
    for stream in streams:
        first, *rest = messages(stream)
        if not parts:
            schema = stream[first.start : first.end]
            parts.append(schema)
        elif stream[first.start : first.end] != schema:
            raise ProtocolError("Two parts of one result have different Arrow schemas")
        parts += [stream[message.start : message.end] for message in rest]
    return b"".join([*parts, END])


def _walked(stream: bytes | memoryview) -> list[Message]:
    """The messages up to the end marker or to the last byte; none where the bytes are no message."""
    try:
        return list(_walk(stream))
    except (struct.error, IndexError):
        return []


def _walk(stream: bytes | memoryview) -> Iterator[Message]:
    position = 0
    while position < len(stream) and stream[position : position + 8] != END:
        if stream[position : position + 4] != CONTINUATION:
            raise IndexError(position)
        (size,) = struct.unpack_from("<i", stream, position + 4)
        table = position + 8 + struct.unpack_from("<I", stream, position + 8)[0]
        body = _number(stream, table, BODY_LENGTH, "<q")
        kind = _number(stream, table, HEADER_TYPE, "<B")
        end = position + 8 + size + body
        if size <= 0 or body < 0 or end > len(stream):
            raise IndexError(position)
        rows = 0
        if kind == RECORD_BATCH:
            place = _place(stream, table, HEADER)
            batch = place + struct.unpack_from("<I", stream, place)[0]
            rows = _number(stream, batch, LENGTH, "<q")
        if rows < 0:
            raise IndexError(position)
        yield Message(kind, position, end, rows)
        position = end


def _cut() -> ConnectionLostError:
    return ConnectionLostError("The Arrow stream is not whole")


def _place(stream: bytes | memoryview, table: int, field: int) -> int:
    """Where a table's field stands; 0 when it is left out, as a default value is."""
    vtable = table - struct.unpack_from("<i", stream, table)[0]
    (size,) = struct.unpack_from("<H", stream, vtable)
    entry = 4 + 2 * field
    offset = struct.unpack_from("<H", stream, vtable + entry)[0] if entry < size else 0
    return table + offset if offset else 0


def _number(stream: bytes | memoryview, table: int, field: int, layout: str) -> int:
    place = _place(stream, table, field)
    return int(struct.unpack_from(layout, stream, place)[0]) if place else 0
