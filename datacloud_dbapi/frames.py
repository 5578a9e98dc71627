"""Pieces of a result as tables and frames. Knows when pyarrow, pandas and polars are needed; loads each only then.

Source: public surface, §1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.page import Column
from datacloud_dbapi.result import Piece

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


def need_pyarrow() -> None:
    """Raise InterfaceError, saying what to install, unless pyarrow is there."""
    _load("pyarrow", "arrow")


def arrow() -> ModuleType:
    """Our Arrow room, and with it pyarrow."""
    need_pyarrow()
    return import_module("datacloud_dbapi.arrow")


def table(columns: Sequence[Column], pieces: Sequence[Piece]) -> pyarrow.Table:
    """The pieces as one table; without any, an empty one that has the columns."""
    target = arrow().schema(columns)
    tables = [_table(columns, piece, target) for piece in pieces]
    made: pyarrow.Table = import_module("pyarrow").concat_tables([target.empty_table(), *tables])
    return made


def batches(columns: Sequence[Column], pieces: Sequence[Piece]) -> list[pyarrow.RecordBatch]:
    """The pieces as the record batches they consist of."""
    target = arrow().schema(columns)
    return [batch for piece in pieces for batch in _table(columns, piece, target).to_batches()]


def reader(columns: Sequence[Column], pieces: Callable[[], list[Piece]]) -> pyarrow.RecordBatchReader:
    """A reader that asks `pieces` for more until it answers an empty list."""
    target = arrow().schema(columns)
    made: pyarrow.RecordBatchReader = import_module("pyarrow").RecordBatchReader.from_batches(
        target, _Batches(columns, pieces)
    )
    return made


def pandas_frame(whole: pyarrow.Table, dtype_backend: str | None) -> pandas.DataFrame:
    """The table as pandas has it: its own types, or with "pyarrow" the Arrow ones."""
    pd, pa = _load("pandas", "pandas"), import_module("pyarrow")
    frame: pandas.DataFrame
    if dtype_backend is None:
        frame = _with_decimals(whole)
    elif dtype_backend == "pyarrow":
        frame = whole.to_pandas(types_mapper=pd.ArrowDtype)
    elif dtype_backend == "numpy_nullable":
        nullable = {
            pa.bool_(): pd.BooleanDtype(),
            pa.int16(): pd.Int16Dtype(),
            pa.int32(): pd.Int32Dtype(),
            pa.int64(): pd.Int64Dtype(),
            pa.float32(): pd.Float32Dtype(),
            pa.float64(): pd.Float64Dtype(),
            pa.string(): pd.StringDtype(),
        }
        frame = _with_decimals(whole, types_mapper=nullable.get)
    else:
        raise InterfaceError(f"dtype_backend is pyarrow, numpy_nullable or left out, not {dtype_backend!r}")
    return frame


def parquet_writer(path: str, columns: Sequence[Column]) -> Any:
    """A `pyarrow.parquet.ParquetWriter` of the columns' schema, to which tables are written one by one."""
    target = arrow().schema(columns)
    return import_module("pyarrow.parquet").ParquetWriter(path, target)


def polars_frame(whole: pyarrow.Table) -> polars.DataFrame:
    """The table as polars has it."""
    frame: polars.DataFrame = _load("polars", "polars").from_arrow(whole)
    return frame


def _with_decimals(whole: pyarrow.Table, **options: Any) -> pandas.DataFrame:
    """What `to_pandas` gives, with the decimals made by ourselves: nearly all of its time went into those."""
    pd, pa, np = import_module("pandas"), import_module("pyarrow"), import_module("numpy")
    made = {}
    for place, field in enumerate(whole.schema):
        if pa.types.is_decimal128(field.type):
            made[place] = whole.column(place)
            whole = whole.set_column(place, field.name, pa.nulls(len(whole)))
    frame: pandas.DataFrame = whole.to_pandas(**options)
    for place, column in made.items():
        values = np.fromiter(arrow().decimals(column), object, len(column))
        frame.isetitem(place, pd.Series(values, dtype=object))
    return frame


class _Batches:
    """Record batches page by page. No generator: one that has raised says at the next call that it has ended."""

    def __init__(self, columns: Sequence[Column], pieces: Callable[[], list[Piece]]) -> None:
        self._columns = columns
        self._pieces = pieces
        self._ready: deque[pyarrow.RecordBatch] = deque()

    def __iter__(self) -> Iterator[pyarrow.RecordBatch]:
        return self

    def __next__(self) -> pyarrow.RecordBatch:
        while not self._ready:
            some = self._pieces()
            if not some:
                raise StopIteration
            self._ready += batches(self._columns, some)
        return self._ready.popleft()


def _table(columns: Sequence[Column], piece: Piece, target: Any) -> Any:
    if isinstance(piece, list):
        return arrow().table_of_rows(columns, piece, target)
    return piece.table.cast(target)  # type: ignore[attr-defined]  # what is no list of rows is an ArrowBatch


def _load(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise InterfaceError(
            f"This needs {error.name}, which is not installed", hint=f"pip install 'datacloud-dbapi[{extra}]'"
        ) from None
