"""CSV text as RFC 4180 has it: the header, a check of the quotes, and the line a complaint belongs to.

pyarrow reads the rows; it takes an open quote at the end of the file, or text behind a closing quote, in silence, and
counts rows where people count lines. Fields are matched over the mapped file, so nothing of it is held in memory.
A quote inside an unquoted field is a character like any other.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datacloud_emulator.errors import DataLoadError

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n?|\n")


class CsvText:
    """One CSV file's text, mapped into memory; a context manager."""

    def __init__(self, path: Path, delimiter: str) -> None:
        self.path = path
        self.delimiter = delimiter
        mark = re.escape(delimiter.encode("ascii"))
        field = rb'(?:"[^"]*(?:""[^"]*)*"|[^"\r\n' + mark + rb"][^\r\n" + mark + rb"]*)?"
        self._field = re.compile(b"(" + field + b")(" + mark + rb"|\r\n?|\n|\Z)")
        self._fields = re.compile(b"(?:" + field + b"(?:" + mark + rb"|\r\n?|\n|\Z)){1,1000}")
        if path.stat().st_size == 0:
            raise DataLoadError(f"{path}: the file is empty; the first line must name the columns")
        with path.open("rb") as file:
            self._text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._start = len(_BOM) if self._text[:3] == _BOM else 0

    def close(self) -> None:
        self._text.close()

    def __enter__(self) -> CsvText:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def header(self) -> Header:
        """The column names and where the rows begin. Raises DataLoadError for empty or repeated names."""
        position = self._start
        while empty := _LINE_END.match(self._text, position):
            position = empty.end()
        line = self._line(position)
        names = []
        while True:
            match = self._match(position)
            names.append(self._decoded(match[1], line))
            position = match.end()
            if match[2] != self.delimiter.encode("ascii"):
                break
        self._check_names(names, line)
        rest = self._text[position : position + 4096]
        # In a file of one column an empty line is a row: its value is NULL.
        has_rows = rest != b"" if len(names) == 1 else _LINE_END.sub(b"", rest) != b""
        return Header(tuple(names), position, has_rows)

    def _check_names(self, names: list[str], line: int) -> None:
        seen: dict[str, int] = {}
        for number, name in enumerate(names, 1):
            if not name.strip():
                raise DataLoadError(f"{self.path}, line {line}: column {number} has no name; name it in the header")
            if "\0" in name:
                raise DataLoadError(f"{self.path}, line {line}: the name of column {number} holds a NUL character")
            other = seen.setdefault(name.casefold(), number)
            if other != number:
                raise DataLoadError(
                    f"{self.path}, line {line}: columns {other} and {number} are both named {name!r}"
                    " (names match in any case); rename one"
                )

    def check_quotes(self) -> None:
        """Raises DataLoadError, with the line, for a quote that is never closed or has text behind its close."""
        if self._text.find(b'"') == -1:
            return
        position = self._start
        while position < len(self._text):
            match = self._fields.match(self._text, position)
            if match is None or match.end() == position:
                self._match(position)  # raises
            else:
                position = match.end()

    def _match(self, position: int) -> re.Match[bytes]:
        match = self._field.match(self._text, position)
        if match is not None:
            return match
        line = self._line(position)
        closed = re.compile(rb'"[^"]*(?:""[^"]*)*"').match(self._text, position)
        if closed is None:
            raise DataLoadError(f'{self.path}, line {line}: a quote (") opens here and is never closed')
        line += len(_LINE_END.findall(closed[0]))
        raise DataLoadError(
            f'{self.path}, line {line}: text follows a closing quote; inside quotes a quote is written ""'
        )

    def check_utf8(self) -> None:
        """Raises DataLoadError, with the line, for the first bytes that are no UTF-8."""
        position, line = 0, 1
        while position < len(self._text):
            end = self._text.find(b"\n", position) + 1 or len(self._text)
            self._decoded(self._text[position:end], line)
            line, position = line + 1, end

    def records(self, start: int, columns: int) -> Iterator[tuple[int, int]]:
        """(line, number of fields) of each row from byte `start` on, empty lines aside as pyarrow has it. Slow."""
        position, line = start, self._line(start)
        while position < len(self._text):
            begin, fields, separator = position, 0, self.delimiter.encode("ascii")
            while separator == self.delimiter.encode("ascii"):
                match = self._match(position)
                position, separator, fields = match.end(), match[2], fields + 1
            if columns == 1 or not _LINE_END.fullmatch(self._text, begin, position):
                yield line, fields
            line += len(_LINE_END.findall(self._text[begin:position]))

    def check_widths(self, start: int, columns: int) -> None:
        """Raises DataLoadError for the first row that has too few or too many fields."""
        for line, fields in self.records(start, columns):
            if fields != columns:
                raise DataLoadError(
                    f"{self.path}, line {line}: {fields} fields where the header names {columns};"
                    " mend the line (a value with a comma or a line end in it belongs in quotes)"
                )

    def line_of_row(self, start: int, columns: int, row: int) -> int:
        """The line on which the 0-based `row` begins."""
        for number, (line, _) in enumerate(self.records(start, columns)):
            if number == row:
                return line
        raise AssertionError("a row beyond the end")

    def _line(self, position: int) -> int:
        return 1 + sum(1 for _ in _LINE_END.finditer(self._text, 0, position))

    def _decoded(self, field: bytes, line: int) -> str:
        if field.startswith(b'"') and field.endswith(b'"') and len(field) > 1:
            field = field[1:-1].replace(b'""', b'"')
        try:
            return field.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataLoadError(
                f"{self.path}, line {line}: not UTF-8 text ({error.reason}); save it as UTF-8"
            ) from error


@dataclass(frozen=True)
class Header:
    """The column names, the byte behind the header, and whether rows follow."""

    names: tuple[str, ...]
    end: int
    has_rows: bool


def suggest_delimiter(header: Header) -> str:
    """A word on a header that is one name with other delimiters in it."""
    if len(header.names) == 1:
        for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in header.names[0]:
                return f"; its header has {word} in it: set csv.delimiter in catalog.toml"
    return ""
