"""Arrow streams as engines and services write them, in the one schema the driver promises.

The streams are made with pyarrow as the wire spec says others write them (hyper §3, query §6).
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal, localcontext
from typing import Any

import pyarrow as pa
import pytest

from datacloud_dbapi.arrow import arrow_type, decimals, interval_text, open_stream, schema, table_of_rows
from datacloud_dbapi.arrow_stream import messages
from datacloud_dbapi.errors import DataError, Error, OperationalError, ProtocolError
from datacloud_dbapi.page import Column
from datacloud_dbapi.types import DataType

UTC = dt.timezone.utc


def stream(array: pa.Array[Any], **metadata: str) -> bytes:
    field = pa.field("v", array.type, metadata={f"hyper:{name}": text for name, text in metadata.items()} or None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([field])) as writer:
        writer.write_batch(pa.record_batch([array], schema=pa.schema([field])))
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (DataType("BOOLEAN"), pa.bool_()),
        (DataType("SMALLINT"), pa.int16()),
        (DataType("INTEGER"), pa.int32()),
        (DataType("BIGINT"), pa.int64()),
        (DataType("NUMERIC", precision=18, scale=2), pa.decimal128(18, 2)),
        (DataType("NUMERIC", precision=38, scale=0), pa.decimal128(38, 0)),
        (DataType("NUMERIC", precision=39, scale=1), pa.decimal256(39, 1)),
        (DataType("NUMERIC"), pa.decimal128(38, 18)),
        (DataType("REAL"), pa.float32()),
        (DataType("DOUBLE"), pa.float64()),
        (DataType("CHAR", length=3), pa.string()),
        (DataType("VARCHAR"), pa.string()),
        (DataType("TEXT"), pa.string()),
        (DataType("JSON"), pa.string()),
        (DataType("DATE"), pa.date32()),
        (DataType("TIME"), pa.time64("us")),
        (DataType("TIMESTAMP"), pa.timestamp("us")),
        (DataType("TIMESTAMP WITH TIME ZONE"), pa.timestamp("us", tz="UTC")),
        (DataType("BINARY"), pa.binary()),
        (DataType("ARRAY", inner=DataType("DOUBLE")), pa.list_(pa.float64())),
    ],
)
def test_the_type_table(kind: DataType, expected: pa.DataType) -> None:
    assert arrow_type(kind) == expected


@pytest.mark.parametrize(
    ("array", "facts", "arrow", "kind", "rows"),
    [
        # The engine's own spellings (hyper §3).
        (
            pa.array([dt.datetime(2020, 1, 2, 3, 4, 5, 6)], pa.timestamp("us")).cast(pa.timestamp("us", tz="Utc")),
            {},
            pa.timestamp("us", tz="UTC"),
            "TIMESTAMP WITH TIME ZONE",
            [dt.datetime(2020, 1, 2, 3, 4, 5, 6, UTC)],
        ),
        (pa.array([dt.date(1, 1, 1), None], pa.date64()), {}, pa.date32(), "DATE", [dt.date(1, 1, 1), None]),
        (pa.array(["ab "], pa.string()), {"type": "Char", "max_string_length": "3"}, pa.string(), "CHAR(3)", ["ab "]),
        (pa.array(["a"], pa.string()), {"max_string_length": "9"}, pa.string(), "VARCHAR(9)", ["a"]),
        (pa.array(['{"a":1}'], pa.string()), {"type": "JSON"}, pa.string(), "JSON", ['{"a":1}']),
        (
            pa.array([[1, None]], pa.list_(pa.field("element", pa.int32()))),
            {},
            pa.list_(pa.int32()),
            "ARRAY(INTEGER)",
            [[1, None]],
        ),
        (pa.array([5], pa.uint32()), {"type": "Oid"}, pa.int64(), "BIGINT", [5]),
        # Other writers' (query §6).
        (pa.array([1], pa.int8()), {}, pa.int16(), "SMALLINT", [1]),
        (pa.array(["x"], pa.large_string()), {}, pa.string(), "VARCHAR", ["x"]),
        (
            pa.array([dt.datetime(2020, 1, 2)], pa.timestamp("ms")),
            {},
            pa.timestamp("us"),
            "TIMESTAMP",
            [dt.datetime(2020, 1, 2)],
        ),
        (pa.array([1, 2], pa.time32("s")), {}, pa.time64("us"), "TIME", [dt.time(0, 0, 1), dt.time(0, 0, 2)]),
        (
            pa.array([Decimal("12345678901234567890.123456789012345678")], pa.decimal128(38, 18)),
            {},
            pa.decimal128(38, 18),
            "NUMERIC(38,18)",
            [Decimal("12345678901234567890.123456789012345678")],
        ),
        (pa.array([b"\x00\xff"], pa.binary()), {}, pa.binary(), "BINARY", [b"\x00\xff"]),
        (pa.array([None], pa.null()), {}, pa.string(), "VARCHAR", [None]),
        (pa.array([0.1], pa.float32()), {}, pa.float32(), "REAL", [0.10000000149011612]),
    ],
)
def test_a_stream_is_ironed_out(
    array: pa.Array[Any], facts: dict[str, str], arrow: pa.DataType, kind: str, rows: list[Any]
) -> None:
    batch = open_stream(stream(array, **facts), None, len(array))
    assert batch.table.schema.field(0).type == arrow
    assert str(batch.columns[0].type) == kind
    assert batch.rows() == [(value,) for value in rows]
    assert [type(row[0]) for row in batch.rows()] == [type(value) for value in rows]


# Where a half of the 128 bits ends, and where the type does.
WHOLE = [0, 1, -1, None, 2**63 - 1, 2**63, -(2**63), 2**64 - 1, 2**64, -(2**64), 10**38 - 1, 1 - 10**38, 500, None]


@pytest.mark.parametrize("scale", [0, 2, 18, 38])
def test_decimals_have_every_digit(scale: int) -> None:
    """Also those at the end, in any part of an array, and whatever the context of the caller rounds to."""
    digits = [None if number is None else (number < 0, tuple(map(int, str(abs(number))))) for number in WHOLE]
    expected = [None if number is None else Decimal((*number, -scale)) for number in digits]
    array = pa.array(expected, pa.decimal128(38, scale))
    column = pa.chunked_array([array, array.slice(3, 0), array.slice(2, 5), array.slice(4, 1)])
    with localcontext() as context:
        context.prec = 3
        found = decimals(column)
    # Equal decimals may have other digits.
    assert [repr(value) for value in found] == [repr(value) for value in [*expected, *expected[2:7], expected[4]]]
    assert decimals(column.slice(0, 0)) == []


def test_nan_and_infinity_stay() -> None:
    (nan,), (infinity,), (zero,) = open_stream(stream(pa.array([math.nan, math.inf, -0.0])), None).rows()
    assert math.isnan(nan)
    assert infinity == math.inf
    assert math.copysign(1, zero) == -1


def test_text_that_was_told_to_be_more_is_that() -> None:
    """Some answers carry timestamps and decimals as Arrow text; the metadata beside it says what they are."""
    told = [Column("v", DataType("TIMESTAMP WITH TIME ZONE"))]
    batch = open_stream(stream(pa.array(["2021-09-16T16:26:36.000Z", None])), told)
    assert batch.table.schema.field(0).type == pa.timestamp("us", tz="UTC")
    assert batch.rows() == [(dt.datetime(2021, 9, 16, 16, 26, 36, tzinfo=UTC),), (None,)]
    with pytest.raises(DataError):
        open_stream(stream(pa.array(["tomorrow"])), told)


@pytest.mark.parametrize(
    ("days", "text"),
    [(2_932_897, "10000-01-01"), (-719_163, "0000-12-31"), (-719_529, "-")],
)
def test_dates_beyond_python_are_text_and_their_neighbours_dates(days: int, text: str) -> None:
    batch = open_stream(stream(pa.array([days, 0], pa.int32()).cast(pa.date32())), None)
    (beyond,), (known,) = batch.rows()
    assert isinstance(beyond, str)
    assert text in beyond
    assert known == dt.date(1970, 1, 1)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((0, 1, 0), "P1D"),
        ((14, 3, 14_706_789_000_000), "P1Y2M3DT4H5M6.789S"),
        ((0, 0, 0), "PT0S"),
        ((-14, 0, 0), "P-1Y-2M"),
    ],
)
def test_intervals_are_iso_text(parts: tuple[int, int, int], text: str) -> None:
    assert interval_text(*parts) == text


def test_a_stream_that_was_cut_is_never_a_shorter_table() -> None:
    whole = stream(pa.array(list(range(1000))))
    for cut in [*range(0, len(whole), 97), len(whole) - 1]:
        with pytest.raises(OperationalError):
            open_stream(whole[:cut], None)


def test_a_row_count_that_is_not_met_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="states 2 rows"):
        open_stream(stream(pa.array([1])), None, 2)


def test_rows_become_a_table_exactly_or_not_at_all() -> None:
    columns = [Column("n", DataType("NUMERIC", precision=4, scale=2)), Column("s", DataType("VARCHAR"))]
    target = schema(columns)
    table = table_of_rows(columns, [(Decimal("1.50"), "a"), (None, None)], target)
    assert table.schema == target
    assert table.to_pylist() == [{"n": Decimal("1.50"), "s": "a"}, {"n": None, "s": None}]
    with pytest.raises(Error, match="'n'"):
        table_of_rows(columns, [(Decimal("1.505"), "a")], target)
    with pytest.raises(Error, match="'n'"):
        table_of_rows(columns, [(Decimal("123.50"), "a")], target)


def test_an_empty_result_keeps_its_schema() -> None:
    columns = [Column("n", DataType("BIGINT"))]
    assert table_of_rows(columns, [], schema(columns)).schema == schema(columns)


def test_a_stream_in_parts_is_read_where_it_lies() -> None:
    words = pa.array(["a", "b", "a"]).dictionary_encode()
    expected = pa.table({"n": [1, 2, 3], "w": words})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, expected.schema) as writer:
        writer.write_table(expected, max_chunksize=2)
    whole = sink.getvalue().to_pybytes()
    parts = tuple(memoryview(whole)[message.start : message.end] for message in messages(whole))
    before = pa.total_allocated_bytes()
    numbers = open_stream((parts[0], *parts[1:]), None, 3).table.column("n")
    assert pa.total_allocated_bytes() == before
    assert numbers.to_pylist() == [1, 2, 3]
    with pytest.raises(ProtocolError):
        open_stream(parts[:-1], None, 3)
