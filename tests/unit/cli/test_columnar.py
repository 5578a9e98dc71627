"""Results as Parquet and Arrow: the public types, exact or refused. Source: public surface, §1."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datacloud_dbapi.cli.columnar import write_arrow, write_parquet
from datacloud_dbapi.cli.formats import Writer

UTC = dt.timezone.utc
# type text of the description → Arrow type, values
COLUMNS: dict[str, tuple[Any, list[object]]] = {
    "BOOLEAN": (pa.bool_(), [True, None]),
    "SMALLINT": (pa.int16(), [-(2**15), None]),
    "INTEGER": (pa.int32(), [2**31 - 1, None]),
    "BIGINT": (pa.int64(), [-(2**63), None]),
    "NUMERIC": (pa.decimal128(38, 18), [Decimal("-12345678901234567890.123456789012345678"), None]),
    "NUMERIC(18,2)": (pa.decimal128(18, 2), [Decimal("1.50"), None]),
    "NUMERIC(40,2)": (pa.decimal256(40, 2), [Decimal("1.50"), None]),
    "REAL": (pa.float32(), [0.5, None]),
    "DOUBLE": (pa.float64(), [0.1, float("-inf")]),
    "VARCHAR": (pa.string(), ["Ü", ""]),
    "JSON": (pa.string(), ["{}", None]),
    "DATE": (pa.date32(), [dt.date(9999, 12, 31), None]),
    "TIME": (pa.time64("us"), [dt.time(23, 59, 59, 999999), None]),
    "TIMESTAMP": (pa.timestamp("us"), [dt.datetime(2026, 1, 31, 8, 30, 0, 1), None]),
    "TIMESTAMP WITH TIME ZONE": (pa.timestamp("us", "UTC"), [dt.datetime(2026, 1, 31, 8, 30, 0, 1, UTC), None]),
    "BINARY": (pa.binary(), [b"\x00", b""]),
    "ARRAY(INTEGER)": (pa.list_(pa.int32()), [[1, None], []]),
    "SOMETHING NEW": (pa.string(), ["as sent", None]),
}


def read(write: Writer, columns: Any, *batches: Any) -> pa.Table:
    out = io.BytesIO()
    write(out, columns, batches)
    data = pa.BufferReader(out.getvalue())
    return pq.read_table(data) if write is write_parquet else pa.ipc.open_file(data).read_all()


@pytest.mark.parametrize("write", [write_parquet, write_arrow])
def test_every_type(write: Writer) -> None:
    columns = [(name, name) for name in COLUMNS]
    rows = list(zip(*(values for _, values in COLUMNS.values()), strict=True))
    table = read(write, columns, rows[:1], rows[1:])
    for name, (arrow_type, values) in COLUMNS.items():
        # Parquet calls the child of a list "element".
        assert table.schema.field(name).type.equals(arrow_type) or pa.types.is_list(arrow_type), name
        assert table.column(name).to_pylist() == values, name


@pytest.mark.parametrize("write", [write_parquet, write_arrow])
def test_no_rows(write: Writer) -> None:
    table = read(write, [("a", "DATE"), ("b", "BIGINT")])
    assert table.num_rows == 0
    assert table.schema.names == ["a", "b"]
    assert table.schema.types == [pa.date32(), pa.int64()]


def test_two_columns_of_one_name() -> None:
    columns = [("a", "BIGINT"), ("a", "BIGINT")]
    assert read(write_arrow, columns, [(1, 2)]).columns[1].to_pylist() == [2]
    with pytest.raises(click.UsageError, match="two columns are named 'a'"):
        read(write_parquet, columns, [(1, 2)])


@pytest.mark.parametrize(
    ("type_text", "value"),
    [
        ("NUMERIC", Decimal("0.1234567890123456789")),  # a 19th decimal would be rounded away
        ("NUMERIC(4,2)", Decimal("100.00")),
        ("SMALLINT", 2**15),
        ("DATE", "10000-01-01"),  # beyond Python's years it comes as text
        ("INTEGER", "1"),
    ],
)
@pytest.mark.parametrize("write", [write_parquet, write_arrow])
def test_a_value_that_does_not_fit_is_refused(write: Writer, type_text: str, value: object) -> None:
    with pytest.raises(click.ClickException, match="column 'a' holds a value that is no"):
        read(write, [("a", type_text)], [(value,)])
