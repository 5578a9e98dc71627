"""A Parquet or Arrow file as a table: the file's own types, or those `catalog.toml` names, value by value exact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from datacloud_emulator.engine.sql_types import SqlType
from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading import from_text
from datacloud_emulator.loading.catalog_file import nearest
from datacloud_emulator.loading.columns import (
    UnstorableTypeError,
    UnstorableValueError,
    exact_cast,
    is_text,
    plain,
    sql_type,
    staged_type,
)
from datacloud_emulator.loading.folder import PARQUET_SUFFIXES, SourceFile
from datacloud_emulator.loading.table import StoredColumn

BATCH_ROWS = 64 * 1024


class ArrowFile:
    """An `OpenTable` over Parquet, an Arrow file (Feather V2) or an Arrow stream; which one is told by the bytes."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        with self._open() as (schema, _):
            self._check_names(schema.names)
            self.columns = tuple(self._column(field) for field in schema)

    def _check_names(self, names: list[str]) -> None:
        path = self._source.path
        if not names:
            raise DataLoadError(f"{path}: the file has no columns")
        seen: dict[str, str] = {}
        for number, name in enumerate(names, 1):
            if not name.strip() or "\0" in name:
                raise DataLoadError(f"{path}: column {number} has no usable name ({name!r}); rename it")
            if name.casefold() in seen:
                other = seen[name.casefold()]
                raise DataLoadError(f"{path}: columns {other!r} and {name!r} have one name in any case; rename one")
            seen[name.casefold()] = name
        for name in self._source.columns:
            if name not in names:
                raise DataLoadError(
                    f"{self._source.catalog_path}: objects.{self._source.name}.columns.{name}: {path.name} has no such"
                    f" column{nearest(name, names)}"
                )

    def _column(self, field: Any) -> StoredColumn:
        entry = self._source.columns.get(field.name)
        if entry is not None and entry.type is not None:
            return StoredColumn(field.name, entry.type)
        try:
            return StoredColumn(field.name, sql_type(field.type))
        except UnstorableTypeError as error:
            raise self._refused(field.name, str(error)) from None

    def batches(self) -> Iterator[Any]:
        seen = 0
        names = [column.name for column in self.columns]
        with self._open() as (_, batches):
            for batch in batches:
                arrays = []
                for column, array in zip(self.columns, batch.columns, strict=True):
                    try:
                        arrays.append(_staged(array, column.type))
                    except UnstorableValueError as error:
                        raise self._refused(
                            column.name,
                            f"row {seen + error.index + 1}: {error.value!r} cannot be stored exactly as"
                            f" {column.type.sql}; mend the value, or name another type in catalog.toml",
                        ) from None
                    except UnstorableTypeError as error:
                        raise self._refused(column.name, str(error)) from None
                seen += batch.num_rows
                yield pa.RecordBatch.from_arrays(arrays, names=names)

    def _refused(self, column: str, why: str) -> DataLoadError:
        return DataLoadError(f"{self._source.path}, column {column!r}: {why}")

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, Iterator[Any]]]:
        path = self._source.path
        try:
            with pa.OSFile(str(path), "rb") as file:
                if path.suffix.lower() in PARQUET_SUFFIXES:
                    with pyarrow.parquet.ParquetFile(file) as parquet:
                        yield parquet.schema_arrow, parquet.iter_batches(BATCH_ROWS)
                    return
                magic = file.read(6)
                file.seek(0)
                if magic[:4] == b"FEA1":
                    raise DataLoadError(f"{path}: Feather V1 is not read; write it again as Feather V2 or Parquet")
                if magic == b"ARROW1":
                    with pa.ipc.open_file(file) as reader:
                        yield reader.schema, (reader.get_batch(n) for n in range(reader.num_record_batches))
                else:
                    with pa.ipc.open_stream(file) as reader:
                        yield reader.schema, iter(reader)
        except (pa.ArrowException, OSError, EOFError) as error:
            kind = "Parquet" if path.suffix.lower() in PARQUET_SUFFIXES else "Arrow"
            raise DataLoadError(f"{path}: not a readable {kind} file: {error}; write it anew") from error


def _staged(array: Any, stored: SqlType) -> Any:
    """The column's values for the engine. Text becomes other types by `from_text`, everything else by exact cast."""
    array = plain(array)
    array.validate(full=True)
    target = staged_type(stored)
    if is_text(array.type):
        return from_text.convert(array.cast(pa.string()), stored)
    staged = exact_cast(array, target)
    return from_text.convert(staged, stored) if target == pa.string() else staged
