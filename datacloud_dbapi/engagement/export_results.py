"""A finished export: its CSV files as typed records, Arrow, pandas, Parquet, or as they are.

Nothing is kept: every call downloads the files again, one at a time. What is held at once is one file, which is bounded
by `max_response_bytes`, and the rows of one piece of it; and, of an export in several ranges, the ids given out.
A record whose related object is missing has None there; one cannot tell it from one whose named fields are all empty.
Source: wire spec, account-engagement §15.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from datacloud_dbapi import frames
from datacloud_dbapi.engagement.csv_rows import CsvRows, Row
from datacloud_dbapi.engagement.errors import Remark
from datacloud_dbapi.engagement.gateway import Answer, Gateway
from datacloud_dbapi.engagement.records import Record, Records
from datacloud_dbapi.engagement.values import DATA_TYPES
from datacloud_dbapi.errors import OperationalError, ProgrammingError, ProtocolError
from datacloud_dbapi.flow.effects import Flow, perform
from datacloud_dbapi.flow.method import AwaitsFlows, R, RunsFlows, Service, flow_method
from datacloud_dbapi.page import Column
from datacloud_dbapi.services.records import table_of_rows

if TYPE_CHECKING:
    import pandas
    import pyarrow

T = TypeVar("T")

_PIECE = 10_000


@dataclass(frozen=True, slots=True)
class Finished:
    """A complete export: its id, and the paths of its files."""

    id: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What the files hold: the columns wanted, by the catalogue's types, and how to read them.

    `newest_first` are the exports, a later range before an earlier one. `merged` says that a record may be in several
    of them; then the first counts, and `id` is a column of the files also where it is not wanted.
    """

    object_name: str
    types: Mapping[str, str]
    newest_first: tuple[Finished, ...]
    merged: bool
    zone: tzinfo | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns wanted."""
        return tuple(Column(name, DATA_TYPES[kind]) for name, kind in self.types.items())


def own_path(ref: object, origin: str, request: str) -> str:
    """The path of a result file. Raises ProtocolError for one elsewhere: the token goes to the service's own host only.

    `origin` is where the client sends its requests.
    """
    if isinstance(ref, str) and ref.isascii() and ref.isprintable():
        try:
            parts, own = urlsplit(ref), urlsplit(origin)
            same = not parts.netloc or (
                (parts.scheme.lower(), parts.hostname, parts.port or _port(parts.scheme), parts.username)
                == (own.scheme.lower(), own.hostname, own.port or _port(own.scheme), None)
            )
        except ValueError:
            same = False
        if same and parts.path.startswith("/api/") and (parts.netloc or not parts.scheme):
            return parts.path + (f"?{parts.query}" if parts.query else "")
    raise ProtocolError("A file of the export is not at the service's own address", request=request)


def _port(scheme: str) -> int:
    return 443 if scheme.lower() == "https" else 80


class Download:
    """Reads the files from the first to the last. `next` is a flow."""

    def __init__(self, gateway: Gateway, contents: Contents) -> None:
        self._gateway = gateway
        self._contents = contents
        self._paths = deque(path for one in contents.newest_first for path in one.paths)
        self._file: CsvRows | None = None
        self.remarks: tuple[Remark, ...] = ()
        self._seen: set[Any] | None = set() if contents.merged else None
        types = dict(contents.types)
        self._hidden = contents.merged and "id" not in types
        if self._hidden:
            types["id"] = "Integer"
        self._types = types
        self._id_place = list(types).index("id") if contents.merged else 0

    def next(self) -> Flow[list[Row]]:
        """The rows of the next piece; none at the end."""
        while True:
            if self._file is None:
                if not self._paths:
                    return []
                # A request that failed may be tried again: the file is still the first.
                answer = yield from fetch(self._gateway, self._paths[0])
                self._paths.popleft()
                self.remarks += tuple(one for one in answer.remarks if one not in self.remarks)
                self._file = CsvRows(answer.body, self._types, label=answer.request, zone=self._contents.zone)
            rows = self._file.take(_PIECE)
            if not rows:
                self._file = None
                continue
            fresh = self._fresh(rows)
            if fresh:
                return fresh

    def _fresh(self, rows: list[Row]) -> list[Row]:
        if self._seen is None:
            return rows
        fresh = []
        for row in rows:
            number = row[self._id_place]
            if number not in self._seen:
                self._seen.add(number)
                fresh.append(row[:-1] if self._hidden else row)
        return fresh


def fetch(gateway: Gateway, path: str) -> Flow[Answer]:
    """One file, whole."""
    shown = path.partition("?")[0]
    return (yield from gateway.send("GET", path, headers={"Accept": "text/csv"}, shown=shown))


class Rows:
    """The records of an export as a listing: what `Records` asks."""

    def __init__(self, gateway: Gateway, contents: Contents) -> None:
        self._download = Download(gateway, contents)
        self._paths = [name.split(".") for name in contents.types]
        self._flat = all(len(path) == 1 for path in self._paths)
        self._names = list(contents.types)
        self._done = False
        self.columns = contents.columns
        self.ready: deque[Record] = deque()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """The service's warnings about the files so far, each once."""
        return self._download.remarks

    def fill(self, *, whole: bool = False) -> Flow[None]:
        """See to it that a record is ready, or with `whole` all that are left, unless there is none."""
        while not self._done and (whole or not self.ready):
            rows = yield from self._download.next()
            self._done = not rows
            make = self._record_of_fields if self._flat else self._record
            self.ready.extend(map(make, rows))

    def _record_of_fields(self, row: Row) -> Record:
        return Record(zip(self._names, row, strict=True))

    def _record(self, row: Row) -> Record:
        """A record as a query gives it: `campaign.name` is in `campaign`, which is None where all of it is empty."""
        record = Record()
        for path, value in zip(self._paths, row, strict=True):
            place: dict[str, Any] = record
            for step in path[:-1]:
                place = place.setdefault(step, {})
            place[path[-1]] = value
        for path in self._paths:
            if len(path) > 1:
                record[path[0]] = _or_none(record[path[0]])
        return record


def _or_none(related: dict[str, Any] | None) -> dict[str, Any] | None:
    if related is None:
        return None
    for name, value in related.items():
        if isinstance(value, dict):
            related[name] = _or_none(value)
    return related if any(value is not None for value in related.values()) else None


class Export(Service[R]):
    """The result of an export, for seven days. Blocking or awaited as its client is.

    `for record in export` and `async for record in export` give its records, from the first, every time.
    """

    def __init__(self, runner: R, gateway: Gateway, contents: Contents) -> None:
        Service.__init__(self, runner)
        self._gateway = gateway
        self._contents = contents

    @property
    def ids(self) -> tuple[int, ...]:
        """The exports that it is made of, the oldest range first; `exports.attach(*ids)` comes back to them."""
        return tuple(one.id for one in reversed(self._contents.newest_first))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, also those of related objects, as `campaign.name`."""
        return self._contents.columns

    def rows(self) -> Records[R]:
        """The records, typed as those of a query are."""
        return Records(self._runner, Rows(self._gateway, self._contents))

    def __iter__(self: Export[RunsFlows]) -> Iterator[Record]:
        return iter(self.rows())

    def __aiter__(self: Export[AwaitsFlows]) -> AsyncIterator[Record]:
        return self.rows().__aiter__()

    @flow_method
    def to_arrow(self) -> Flow[pyarrow.Table]:
        """All of it as one Arrow table; a column of a related object is named `campaign.name`."""
        return (yield from self._table())

    @flow_method
    def to_df(self, dtype_backend: str | None = None) -> Flow[pandas.DataFrame]:
        """All of it as a pandas DataFrame; `dtype_backend` "pyarrow" keeps the Arrow types."""
        return frames.pandas_frame((yield from self._table()), dtype_backend)

    @flow_method
    def to_parquet(self, path: str | os.PathLike[str], *, rows_per_group: int = 100_000) -> Flow[int]:
        """Write all of it to a Parquet file, a row group at a time; the number of rows. One that fails leaves no file.

        An existing file is replaced at the end.
        """
        if type(rows_per_group) is not int or rows_per_group < 1:
            raise ProgrammingError(f"rows_per_group is a whole number from 1, not {rows_per_group!r}")
        frames.need_pyarrow()
        columns, download = self.columns, Download(self._gateway, self._contents)
        unfinished = f"{_checked(path)}.part"
        written, held = 0, list[Any]()
        writer = yield from _on_disk(lambda: frames.parquet_writer(unfinished, columns))
        try:
            while rows := (yield from download.next()):
                held.append(_arrow_of(columns, rows))
                if sum(map(len, held)) >= rows_per_group:
                    held, more = yield from _write_groups(writer, columns, held, rows_per_group)
                    written += more
            held, more = yield from _write_groups(writer, columns, held, 1, rows_per_group)
            written += more
            yield from _on_disk(writer.close)
            yield from _on_disk(lambda: os.replace(unfinished, path))
        except BaseException:
            with suppress(Exception):  # the error that is under way says more
                writer.close()
            with suppress(OSError):
                os.unlink(unfinished)
            raise
        return written

    @flow_method
    def files(self, folder: str | os.PathLike[str]) -> Flow[list[Path]]:
        """Download the CSV files as they are, as `export-7001-1.csv` in a folder; their paths, newest range first."""
        _checked(folder)
        paths = []
        for one in self._contents.newest_first:
            for number, path in enumerate(one.paths, 1):
                answer = yield from fetch(self._gateway, path)
                target = Path(folder, f"export-{one.id}-{number}.csv")
                yield from _save(target, answer.body)
                paths.append(target)
        return paths

    def _table(self) -> Flow[pyarrow.Table]:
        frames.need_pyarrow()
        download = Download(self._gateway, self._contents)
        pieces = []
        while rows := (yield from download.next()):
            pieces.append(_arrow_of(self.columns, rows))
        return frames.table(self.columns, pieces)

    def __repr__(self) -> str:
        return f"<Export of {self._contents.object_name} {', '.join(map(str, self.ids))}>"


def _arrow_of(columns: tuple[Column, ...], rows: list[Row]) -> Any:
    """Rows as an Arrow batch of ours; Python's values can be left behind."""
    return frames.arrow().ArrowBatch(columns, table_of_rows(columns, rows))


def _write_groups(
    writer: Any, columns: tuple[Column, ...], held: list[Any], least: int, most: int | None = None
) -> Flow[tuple[list[Any], int]]:
    """Write whole groups of what is held, of `least` rows or up to `most`; what is left of it, and the rows written."""
    table = frames.table(columns, held)
    written, most = 0, most or least
    while table.num_rows - written >= least:
        group = table.slice(written, most)
        yield from _on_disk(partial(writer.write_table, group, row_group_size=most))
        written += group.num_rows
    rest = table.slice(written)
    return ([frames.arrow().ArrowBatch(columns, rest)] if rest.num_rows else []), written


def _checked(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)) or "\0" in str(path):
        raise ProgrammingError("A path is text or a Path")
    return Path(path)


def _save(target: Path, content: bytes) -> Flow[None]:
    def write() -> None:
        # Half a file must not look like one.
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(target.name + ".part")
        unfinished.write_bytes(content)
        unfinished.replace(target)

    yield from _on_disk(write)


def _on_disk(work: Callable[[], T]) -> Flow[T]:
    """Have something done that waits for the disk. Raises OperationalError where that does not take it."""

    def carried_out() -> T:
        try:
            return work()
        except OSError as error:
            raise OperationalError(f"The file cannot be written: {error.strerror or error}") from error

    return (yield from perform(carried_out))
