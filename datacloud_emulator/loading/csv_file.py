"""A CSV file as a table: types inferred over the whole file or named by `catalog.toml`, then converted batch by batch.

The file is read twice, a block at a time. An unquoted spelling of NULL (by default: nothing) is NULL, a quoted empty
field is an empty text. Empty lines are passed over, but in a file of one column an empty line is a NULL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv

from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading import from_text
from datacloud_emulator.loading.catalog_file import nearest
from datacloud_emulator.loading.columns import UnstorableTypeError, UnstorableValueError
from datacloud_emulator.loading.csv_inference import Inference
from datacloud_emulator.loading.csv_text import CsvText, suggest_delimiter
from datacloud_emulator.loading.folder import SourceFile
from datacloud_emulator.loading.table import StoredColumn

BLOCK_BYTES = 16 * 1024 * 1024  # a row must fit into one


class CsvFile:
    """An `OpenTable`. Raises DataLoadError, naming the line, for text that is no CSV."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        with self._text() as text:
            text.check_quotes()
            self._header = text.header()
        names = self._header.names
        for name in source.columns:
            if name not in names:
                raise DataLoadError(
                    f"{source.catalog_path}: objects.{source.name}.columns.{name}: {source.path.name} has no such"
                    f" column{nearest(name, names) or suggest_delimiter(self._header)}"
                )
        self.columns = tuple(self._typed(names))

    def _text(self) -> CsvText:
        return CsvText(self._source.path, self._source.csv.delimiter)

    def _typed(self, names: tuple[str, ...]) -> Iterator[StoredColumn]:
        named = {name: entry.type for name, entry in self._source.columns.items() if entry.type is not None}
        inferred = {index: Inference() for index, name in enumerate(names) if name not in named}
        for batch in self._rows():
            for index, inference in inferred.items():
                inference.see(batch.column(index))
        for index, name in enumerate(names):
            yield StoredColumn(name, inferred[index].type() if index in inferred else named[name])

    def batches(self) -> Iterator[Any]:
        seen = 0
        names = [column.name for column in self.columns]
        for batch in self._rows():
            arrays = []
            for column, array in zip(self.columns, batch.columns, strict=True):
                try:
                    arrays.append(from_text.convert(array, column.type))
                except UnstorableValueError as error:
                    raise self._refused(column, seen + error.index, error.value) from None
                except UnstorableTypeError as error:
                    raise DataLoadError(f"{self._source.path}, column {column.name!r}: {error}") from None
            seen += batch.num_rows
            yield pa.RecordBatch.from_arrays(arrays, names=names)

    def _rows(self) -> Iterator[Any]:
        """The rows as text, in order."""
        if not self._header.has_rows:
            return  # pyarrow takes nothing for a broken file
        fields = [f"{index}" for index in range(len(self._header.names))]
        csv = self._source.csv
        try:
            with self._source.path.open("rb") as file:
                file.seek(self._header.end)
                with pyarrow.csv.open_csv(
                    file,
                    read_options=pyarrow.csv.ReadOptions(
                        column_names=fields, block_size=BLOCK_BYTES, use_threads=False
                    ),
                    parse_options=pyarrow.csv.ParseOptions(
                        delimiter=csv.delimiter, newlines_in_values=True, ignore_empty_lines=len(fields) > 1
                    ),
                    convert_options=pyarrow.csv.ConvertOptions(
                        column_types=dict.fromkeys(fields, pa.string()),
                        null_values=list(csv.null_values),
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=False,
                    ),
                ) as reader:
                    yield from reader
        except pa.ArrowInvalid as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> DataLoadError:
        """The line at fault, found by looking again."""
        try:
            with self._text() as text:
                text.check_widths(self._header.end, len(self._header.names))
                text.check_utf8()
        except DataLoadError as found:
            return found
        return DataLoadError(f"{self._source.path}: not readable as CSV: {error}")

    def _refused(self, column: StoredColumn, row: int, value: object) -> DataLoadError:
        with self._text() as text:
            line = text.line_of_row(self._header.end, len(self._header.names), row)
        return DataLoadError(
            f"{self._source.path}, line {line}, column {column.name!r}: {value!r} is not {column.type.sql}, the type"
            f" {self._source.catalog_path} gives the column; mend the value or name another type"
        )
