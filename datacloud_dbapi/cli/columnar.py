"""Columnar formats of a result: parquet and arrow, in record batches as the rows come. Loads pyarrow when used.

Types follow the public table. A value that does not fit its type is an error and never rounded.
Source: public surface, §1; wire spec, query §12.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from datacloud_dbapi.cli.formats import Batches, Columns, distinct_names
from datacloud_dbapi.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa


def write_parquet(out: BinaryIO, columns: Columns, batches: Batches) -> None:
    """A Parquet file.

    Raises ClickException when pyarrow is missing, a value does not fit its column's type, or two columns share a name.
    """
    distinct_names(columns)
    with _pyarrow():
        import pyarrow.parquet as pq

        schema = _schema(columns)
        with pq.ParquetWriter(out, schema) as writer:
            for batch in _record_batches(schema, batches):
                writer.write_batch(batch)


def write_arrow(out: BinaryIO, columns: Columns, batches: Batches) -> None:
    """An Arrow IPC file (Feather version 2). Raises as `write_parquet` does, but for names."""
    with _pyarrow():
        import pyarrow as pa

        schema = _schema(columns)
        with pa.ipc.new_file(cast(io.IOBase, out), schema) as writer:
            for batch in _record_batches(schema, batches):
                writer.write_batch(batch)


@contextmanager
def _pyarrow() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise click.ClickException(
            f"this format needs {error.name}, which is not installed; pip install 'datacloud-dbapi[arrow]'"
        ) from error


def _schema(columns: Columns) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([pa.field(name, _arrow_type(DataType.from_wire(str(code)))) for name, code, *_ in columns])


def _record_batches(schema: pa.Schema, batches: Batches) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for rows in batches:
        cells: Sequence[Sequence[object]] = list(zip(*rows, strict=True))
        arrays = [_array(field, column) for field, column in zip(schema, cells, strict=True)]
        yield pa.record_batch(arrays, schema=schema)


def _array(field: pa.Field[Any], values: Sequence[object]) -> pa.Array[Any]:
    import pyarrow as pa

    try:
        array: pa.Array[Any] = pa.array(values, field.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise click.ClickException(
            f"column {field.name!r} holds a value that is no {field.type} ({error}); "
            "CAST it in the statement, or use csv or json"
        ) from error
    return array


def _arrow_type(data_type: DataType) -> pa.DataType:
    import pyarrow as pa

    if data_type.kind == "NUMERIC":
        # choice: where the transport does not tell the precision, it is that of Data Cloud's own numbers.
        precision, scale = data_type.precision or 38, data_type.scale or 0 if data_type.precision else 18
        return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
    if data_type.kind == "ARRAY":
        return pa.list_(_arrow_type(data_type.inner or DataType("TEXT")))
    plain: dict[str, Callable[[], pa.DataType]] = {
        "BOOLEAN": pa.bool_,
        "SMALLINT": pa.int16,
        "INTEGER": pa.int32,
        "BIGINT": pa.int64,
        "REAL": pa.float32,
        "DOUBLE": pa.float64,
        "DATE": pa.date32,
        "TIME": lambda: pa.time64("us"),
        "TIMESTAMP": lambda: pa.timestamp("us"),
        "TIMESTAMP WITH TIME ZONE": lambda: pa.timestamp("us", "UTC"),
        "BINARY": pa.binary,
    }
    return plain.get(data_type.kind, pa.string)()
