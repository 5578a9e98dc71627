"""Tables into the engine: rows are staged as a Parquet file in the one directory the engine reads, and taken from there
by a single statement.

Source: wire spec, hyper §1.7.
"""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from datacloud_emulator.catalog import LoadedTable
from datacloud_emulator.engine.sql_types import ResultColumn, SqlType
from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading.folder import CSV_SUFFIXES, Source, SourceFile
from datacloud_emulator.loading.table import OpenTable, StoredColumn
from datacloud_emulator.sql.lexer import literal, quoted

# Rows staged at a time, so that the staging file stays small beside the table.
STAGED_ROWS = 2_000_000

# Types whose values are staged as another one.
_CAST = frozenset({"varchar", "char", "json"})


class Loader:
    """Loads through a data space's keeper connection. Not safe for use from several threads."""

    def __init__(self, keeper: Any, staging_dir: Path) -> None:
        self._keeper = keeper
        self._staging_dir = staging_dir

    def load(self, source: Source) -> list[LoadedTable]:
        """Every file of `source` as a table. Raises DataLoadError, after which nothing of it may be served."""
        return [self._load(file) for file in source.files]

    def _load(self, file: SourceFile) -> LoadedTable:
        from tableauhyperapi import HyperException

        try:
            table = _open(file)
            columns = ", ".join(f"{quoted(column.name)} {column.type.sql}" for column in table.columns)
            self._keeper.execute_command(f"CREATE TABLE {quoted(file.name)} ({columns})")
            count = sum(self._insert(file, path, table.columns, rows) for path, rows in self._stage(table))
        except HyperException as error:
            raise DataLoadError(f"{file.path}: the engine does not take it: {error.main_message}") from error
        except OSError as error:
            raise DataLoadError(f"{file.path}: cannot be read: {error.strerror or error}") from error
        return LoadedTable(file.name, tuple(_result_column(column) for column in table.columns), count)

    def _stage(self, table: OpenTable) -> Iterator[tuple[Path, int]]:
        """Parquet files with the table's rows, one at a time, each removed when the next is asked for."""
        import pyarrow.parquet

        batches = table.batches()
        for first in batches:
            path = self._staging_dir / f"{uuid.uuid4().hex}.parquet"
            rows = 0
            try:
                with pyarrow.parquet.ParquetWriter(path, first.schema, compression="snappy") as writer:
                    for batch in itertools.chain([first], batches):
                        writer.write_batch(batch)
                        rows += batch.num_rows
                        if rows >= STAGED_ROWS:
                            break
                if rows:
                    yield path, rows
            finally:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()

    def _insert(self, file: SourceFile, path: Path, columns: Sequence[StoredColumn], rows: int) -> int:
        outputs = ", ".join(_output(column) for column in columns)
        count = self._keeper.execute_command(
            f"INSERT INTO {quoted(file.name)} SELECT {outputs} FROM external({literal(str(path))}, format => 'parquet')"
        )
        if count != rows:
            raise DataLoadError(f"{file.path}: the engine took {count} rows of {rows}")
        return rows


def _open(file: SourceFile) -> OpenTable:
    if file.path.suffix.lower() in CSV_SUFFIXES:
        from datacloud_emulator.loading.csv_file import CsvFile

        return CsvFile(file)
    from datacloud_emulator.loading.arrow_file import ArrowFile

    return ArrowFile(file)


def _output(column: StoredColumn) -> str:
    stored = column.type
    if stored.name in _CAST and stored != SqlType("varchar"):
        return f"CAST({quoted(column.name)} AS {stored.sql})"
    return quoted(column.name)


def _result_column(column: StoredColumn) -> ResultColumn:
    stored = column.type
    described = stored.inner or stored
    return ResultColumn(
        column.name,
        stored.name,
        described.precision,
        described.scale,
        described.length,
        inner=stored.inner.name if stored.inner else None,
    )
