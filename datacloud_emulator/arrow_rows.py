"""Rows of a result as one Arrow IPC stream: schema, record batches, end mark.

The engine's messages go through as they are. Only bytea that left a wrapped query as text (`sql.json_outputs`) is made
binary again, for which the batches are read.

Source: wire spec, query §6 and §10; hyper §2.1.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datacloud_emulator.engine.wire import MAX_RANGE_BYTES

if TYPE_CHECKING:
    import pyarrow as pa

    from datacloud_emulator.engine.wire import ArrowPart, EngineQuery

_END = b"\xff\xff\xff\xff\0\0\0\0"


@dataclass(frozen=True)
class ArrowRows:
    """A whole stream, and how many rows it holds."""

    stream: bytes
    count: int


def arrow_schema(query: EngineQuery) -> ArrowRows:
    """The stream without rows."""
    return _finished(query, [query.schema_arrow()], 0)


def arrow_range(query: EngineQuery, offset: int, row_limit: int, byte_limit: int) -> ArrowRows:
    """Rows from `offset` on, at most `row_limit` and `byte_limit` bytes of stream, but at least one row.

    Only rows that are there may be asked for.
    """
    while True:
        # The engine's limit is for the batches alone, and nearly kept.
        rows = _read(query, query.rows_arrow(offset, row_limit, max(1, byte_limit - len(_END) - 1024)))
        if len(rows.stream) <= byte_limit or rows.count <= 1:
            return rows
        row_limit = max(1, rows.count * byte_limit // len(rows.stream))


def arrow_chunk(query: EngineQuery, chunk: int) -> ArrowRows:
    """One of the engine's chunks."""
    return _read(query, query.chunk_arrow(chunk))


def arrow_rows(query: EngineQuery, offset: int, count: int) -> ArrowRows:
    """Exactly `count` rows from `offset` on, all of which are there."""
    if not count:
        return arrow_schema(query)
    messages: list[bytes] = []
    done = 0
    while done < count:
        parts = list(query.rows_arrow(offset + done, count - done, MAX_RANGE_BYTES))
        messages += [part.messages for part in parts if part.count or not messages]
        got = sum(part.count for part in parts)
        if not got:
            raise RuntimeError(f"the engine gave no rows from {offset + done} on")
        done += got
    return _finished(query, messages, done)


def _read(query: EngineQuery, parts: Iterable[ArrowPart]) -> ArrowRows:
    found = list(parts)
    return _finished(query, [part.messages for part in found], sum(part.count for part in found))


def _finished(query: EngineQuery, messages: Iterable[bytes], count: int) -> ArrowRows:
    stream = b"".join([*messages, _END])
    return ArrowRows(_with_binary(stream, query.base64_columns) if query.base64_columns else stream, count)


def _with_binary(stream: bytes, places: Iterable[int]) -> bytes:
    """The stream with those columns decoded from base64."""
    import pyarrow as pa

    out = io.BytesIO()
    with pa.ipc.open_stream(stream) as reader:
        schema = reader.schema
        for place in places:
            schema = schema.set(place, schema.field(place).with_type(pa.binary()))
        with pa.ipc.new_stream(out, schema) as writer:
            for batch in reader:
                columns = list(batch.columns)
                for place in places:
                    columns[place] = _decoded(columns[place])
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    return out.getvalue()


def _decoded(column: pa.Array[Any]) -> pa.Array[Any]:
    import pyarrow as pa

    cells = column.to_pylist()
    return pa.array([None if cell is None else base64.b64decode(cell) for cell in cells], type=pa.binary())
