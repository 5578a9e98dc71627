"""CSV of the jobs: result files into typed rows, a piece at a time, and rows into batches of an import.

A file is typed by the catalogue, never by what its cells look like:

| type | cell | Python |
|---|---|---|
| Integer | `12`, `-3` | int |
| Float | `12.50` | Decimal, every digit |
| Boolean | `true`, `false`, `1`, `0`, in any case | bool |
| DateTime | `2026-03-04T05:06:07-05:00` | aware datetime, UTC |
| DateTime, legacy | `2026-03-04 05:06:07`, of a zone that the file does not say | the same, where the zone is given |
| any other | text | str, as it is |

An empty cell is None. A file is one block of bytes, read through; only the rows of a piece are held beside it.
Source: wire spec, account-engagement §12, §15-17.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from datacloud_dbapi.error_bodies import server_text
from datacloud_dbapi.errors import DataError, ProtocolError
from datacloud_dbapi.timestamps import read_timestamp, read_timestamp_with_zone

Row = tuple[Any, ...]

_NOT_OF_TYPE = (ValueError, InvalidOperation, OverflowError)
# Longer than any file may be, so that no text of an e-mail is too long for one cell.
_LONGEST_CELL = 2**31 - 1
_one_at_a_time = threading.Lock()


class CsvRows:
    """The rows of one file, in order, each given out once. `types` are the columns wanted, by the catalogue's types.

    The file's columns may come in another order, and others beside them are left out.
    Raises ProtocolError for a file that has not all of the columns, or cells without one.
    """

    def __init__(self, content: bytes, types: Mapping[str, str], *, label: str, zone: tzinfo | None = None) -> None:
        self._types = types
        self._label = label
        self._given = 0
        self._failure: DataError | ProtocolError | None = None
        # A `BytesIO` of bytes shares them. The mark that may stand first is no part of the text.
        text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
        self._cells: Iterator[list[str]] = csv.reader(text, strict=True)
        self._decoders = [_decoder(kind, zone) for kind in types.values()]
        self.header: list[str] = []
        self.header = next(iter(self._next(1)), [])
        self._places = self._find(self.header)

    def take(self, most: int) -> list[Row]:
        """The next rows, `most` at most; none at the end.

        Raises DataError for a value that is none of its type, once the rows before it are given out. A file that has
        failed stays failed.
        """
        if self._failure is None:
            try:
                rows = self._decoded(self._next(most))
            except ProtocolError as error:
                self._failure = error
            else:
                if rows or self._failure is None:
                    self._given += len(rows)
                    return rows
        raise self._failure.with_traceback(None)

    def _decoded(self, rows: Sequence[list[str]]) -> list[Row]:
        """The values of rows of cells, up to the first that has one that is none of its type."""
        odd = next((cells for cells in rows if len(cells) != len(self.header)), None)
        if odd is not None:
            raise ProtocolError(
                f"A row has {len(odd)} cells where there are {len(self.header)} columns", request=self._label
            )
        if not rows:
            return []
        by_place = list(zip(*rows, strict=True))
        try:
            columns = [
                _values(decode, by_place[self._places[name]])
                for name, decode in zip(self._types, self._decoders, strict=True)
            ]
        except _NOT_OF_TYPE:
            good, self._failure = self._first_failure(rows)
            return self._decoded(rows[:good])
        return list(zip(*columns, strict=True))

    def _next(self, most: int) -> list[list[str]]:
        """The next lines of cells. A blank one is no row, but where there is one column it is an empty cell."""
        alone = len(self.header) == 1
        found: list[list[str]] = []
        try:
            with _long_cells():
                while len(found) < most:
                    some = list(islice(self._cells, most - len(found)))
                    if not some:
                        break
                    found += [cells or [""] for cells in some if cells or alone]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ProtocolError(f"The file is no CSV: {server_text(str(error))}", request=self._label) from None
        return found

    def _find(self, header: Sequence[str]) -> dict[str, int]:
        spelled = {name.strip().casefold(): place for place, name in enumerate(header)}
        missing = [name for name in self._types if name.casefold() not in spelled]
        if missing:
            raise ProtocolError(
                f"The file has no column {', '.join(missing[:5])}; it has {server_text(', '.join(header)[:300])}",
                request=self._label,
            )
        if len(spelled) < len(header):
            raise ProtocolError("The file has two columns of one name", request=self._label)
        return {name: spelled[name.casefold()] for name in self._types}

    def _first_failure(self, rows: Sequence[list[str]]) -> tuple[int, DataError]:
        for number, cells in enumerate(rows):
            for name, decode in zip(self._types, self._decoders, strict=True):
                cell = cells[self._places[name]]
                try:
                    _values(decode, [cell])
                except _NOT_OF_TYPE as error:
                    naive = isinstance(error, _NoOffsetError)
                    what = "does not say its zone" if naive else f"is no {self._types[name]}"
                    return number, DataError(
                        f"Column {name!r}, row {self._given + number + 1}: {server_text(repr(cell[:60]), 80)} {what}",
                        hint="the file has the legacy date format: give time_zone, that of the export's creator"
                        if naive
                        else None,
                        request=self._label,
                    )
        raise AssertionError("a column that failed has a cell that fails")


def text_rows(content: bytes, *, label: str) -> list[dict[str, str | None]]:
    """Every row of a file whose columns are not known, such as one of errors, as text by the names in its header."""
    if not content.strip():
        return []
    header = CsvRows(content, {}, label=label).header
    if len(set(header)) < len(header):
        raise ProtocolError("The file has two columns of one name", request=label)
    rows = CsvRows(content, dict.fromkeys(header, "String"), label=label)
    found: list[dict[str, str | None]] = []
    while some := rows.take(10_000):
        found += [dict(zip(header, row, strict=True)) for row in some]
    return found


def batches(names: Sequence[str], rows: Iterable[Sequence[str]], most_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Rows as files of at most `most_bytes` each, every one with the header; the file and its number of rows.

    Raises DataError for a row that alone is longer.
    """
    head = _line(names)
    lines: list[bytes] = []
    size = len(head)
    for number, row in enumerate(rows, 1):
        line = _line(row)
        if len(head) + len(line) > most_bytes:
            raise DataError(f"Row {number} is longer than a batch of {most_bytes} bytes")
        if size + len(line) > most_bytes:
            yield head + b"".join(lines), len(lines)
            lines, size = [], len(head)
        lines.append(line)
        size += len(line)
    if lines:
        yield head + b"".join(lines), len(lines)


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


class _NoOffsetError(ValueError):
    """A date and time of nobody knows where."""


def _moment(text: str) -> datetime:
    # The usual length of a text with an offset; `fromisoformat` of Python 3.10 reads no other.
    if len(text) == 25:
        return datetime.fromisoformat(text).astimezone(timezone.utc)
    if len(text) <= 19:
        raise _NoOffsetError
    value = read_timestamp_with_zone(text)
    if isinstance(value, str):
        raise ValueError
    return value


def _moment_in(zone: tzinfo) -> Callable[[str], datetime]:
    def read(text: str) -> datetime:
        if len(text) > 19:
            return _moment(text)
        # choice: the hour that a clock shows twice in autumn is taken for the first.
        value = read_timestamp(text)
        if isinstance(value, str):
            raise ValueError
        return value.replace(tzinfo=zone).astimezone(timezone.utc)

    return read


_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def _truth(text: str) -> bool:
    value = _TRUTHS.get(text.casefold())
    if value is None:
        raise ValueError
    return value


def _whole(text: str) -> int:
    if not text.isascii() or "_" in text:
        raise ValueError
    return int(text)


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or "_" in text:
        raise ValueError
    return value


def _values(decode: Callable[[str], object], cells: Sequence[str]) -> list[object]:
    """The values of cells; each distinct text is read once where there are few."""
    if decode is str:
        return [cell or None for cell in cells]
    distinct = set(cells)
    if len(distinct) > len(cells) // 2:
        return [decode(cell) if cell else None for cell in cells]
    known = {cell: decode(cell) if cell else None for cell in distinct}
    return [known[cell] for cell in cells]


def _decoder(kind: str, zone: tzinfo | None) -> Callable[[str], object]:
    if kind == "DateTime":
        return _moment if zone is None else _moment_in(zone)
    found: Mapping[str, Callable[[str], object]] = {"Integer": _whole, "Float": _number, "Boolean": _truth}
    return found.get(kind, str)


@contextmanager
def _long_cells() -> Iterator[None]:
    """`csv` has one bound for all of the process, at 131,072 characters; it is put back for whoever relies on it."""
    with _one_at_a_time:
        before = csv.field_size_limit(_LONGEST_CELL)
        try:
            yield
        finally:
            csv.field_size_limit(before)
