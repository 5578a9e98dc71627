"""Arrow streams walked message by message; pyarrow makes them and reads the joined ones. Source: faults O7."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pytest

from datacloud_dbapi.arrow_stream import END, check_parts, joined, messages, rows_in
from datacloud_dbapi.errors import ConnectionLostError, ProtocolError


def stream(*sizes: int, **columns: Any) -> bytes:
    """A stream with a batch of each size; the last bytes before the end marker are zeros."""
    sink = io.BytesIO()
    empty: dict[str, Any] = {"n": pa.array([], pa.int64()), "s": pa.array([], pa.string())}
    batches = [pa.table({"n": pa.array([0] * size), "s": ["é"] * size, **columns} if size else empty) for size in sizes]
    with pa.ipc.new_stream(sink, batches[0].schema if batches else pa.table(empty).schema) as writer:
        for batch in batches:
            for part in batch.to_batches() or [pa.record_batch(empty)]:
                writer.write_batch(part)
    return sink.getvalue()


@pytest.mark.parametrize("sizes", [(), (0,), (1,), (3, 0, 5)])
def test_rows_are_counted(sizes: tuple[int, ...]) -> None:
    assert rows_in(stream(*sizes)) == sum(sizes)


def test_dictionaries_are_no_rows() -> None:
    assert rows_in(stream(2, d=pa.array(["a", "b"]).dictionary_encode())) == 2


@pytest.mark.fault("O7")
def test_a_stream_cut_at_any_byte_is_an_error() -> None:
    whole = stream(3, 5)
    for length in range(len(whole)):
        with pytest.raises(ConnectionLostError):
            rows_in(whole[:length])
    with pytest.raises(ConnectionLostError):
        rows_in(whole + b"\0")


def test_several_are_one() -> None:
    whole = joined([stream(3), stream(), stream(2, 4)])
    assert rows_in(whole) == 9
    assert pa.ipc.open_stream(whole).read_all().num_rows == 9


def test_of_two_schemas_they_are_not() -> None:
    with pytest.raises(ProtocolError):
        joined([stream(1), stream(1, more=pa.array([1]))])


def parts(whole: bytes) -> list[bytes]:
    """A part for each message, and no end marker: as Hyper sends a result."""
    return [whole[message.start : message.end] for message in messages(whole)]


@pytest.mark.fault("O7")
def test_a_stream_in_parts_has_whole_messages_and_one_schema_first() -> None:
    schema, first, second = parts(stream(3, 5))
    check_parts([schema, first, second])
    check_parts([schema + first, memoryview(second)])
    check_parts([schema])
    for length in range(len(first)):
        with pytest.raises(ConnectionLostError):
            check_parts([schema, first[:length], second])
    for wrong in ([], [first], [schema, schema], [schema, first + END], [schema, first + b"\0"]):
        with pytest.raises(ConnectionLostError):
            check_parts(wrong)
