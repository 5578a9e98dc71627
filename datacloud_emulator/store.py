"""The data spaces: what each serves, and statements run on it.

Each data space is a database file of its own, held open by one native connection (the "keeper"): without it the engine
would open the file anew for every request, at 10 ms a table. Loads go through the keeper, queries over gRPC.

Source: wire spec, hyper §0-1, §6.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any

from datacloud_emulator import data_graphs
from datacloud_emulator.catalog import Catalog, LoadedTable, build
from datacloud_emulator.data_graphs import DataGraph
from datacloud_emulator.engine.hyperd import INIT_USER, Engine
from datacloud_emulator.engine.sql_types import ResultColumn
from datacloud_emulator.engine.wire import PLAIN, EngineQuery, Execution
from datacloud_emulator.errors import DataLoadError, EngineUnavailableError, SqlError
from datacloud_emulator.loading import folder
from datacloud_emulator.loading.bulk import Loader
from datacloud_emulator.sql import guard, json_outputs, names
from datacloud_emulator.sql.lexer import quoted, tokens

UNSUPPORTED = "0A000"

PathText = str | PathLike[str]


class Store:
    """The data spaces of one emulator. `data` is a folder (or file), several, or None for the bundled sample org.

    Raises DataLoadError when anything of it does not load; nothing is served then.
    """

    def __init__(
        self,
        engine: Engine,
        data: PathText | Iterable[PathText] | None = None,
        dataspaces: Sequence[str] = ("default",),
    ) -> None:
        self._dataspaces: dict[str, Dataspace] = {}
        paths = _paths(data)
        try:
            for name in dataspaces:
                path = engine.database_dir / f"{uuid.uuid4().hex}.hyper"
                self._dataspaces[name] = Dataspace(name, engine, path, folder.find(paths, name))
        except BaseException:
            self.close()
            raise

    def dataspace(self, name: str) -> Dataspace | None:
        return self._dataspaces.get(name)

    @property
    def names(self) -> list[str]:
        """The data spaces' names, the default one being no different here."""
        return list(self._dataspaces)

    def close(self) -> None:
        for dataspace in self._dataspaces.values():
            dataspace.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class NoStore(Store):
    """The store of an emulator without an SQL engine: whoever asks for a data space hears that."""

    def __init__(self) -> None:
        self._dataspaces = {}

    def dataspace(self, name: str) -> Dataspace | None:
        raise EngineUnavailableError("This emulator runs without its SQL engine (sql=False).")


def _paths(data: PathText | Iterable[PathText] | None) -> list[Path]:
    if data is None:
        return [Path(__file__).with_name("sample_org")]
    if isinstance(data, (str, PathLike)):
        return [Path(data)]
    return [Path(path) for path in data]


class Dataspace:
    """One data space: its catalog, and statements on it. Safe to use from several threads."""

    def __init__(self, name: str, engine: Engine, database: Path, source: folder.Source) -> None:
        self.name = name
        self.catalog = Catalog()
        self.data_graphs: Mapping[str, DataGraph] = {}  # by names in lower case
        self._engine = engine
        self._database = database
        self._keeper_lock = threading.Lock()
        self._keeper = _connect(engine, database)
        try:
            tables = Loader(self._keeper, engine.staging_dir).load(source)
            tables, sources = self._compute_insights(source, tables)
            self.catalog = build(tables, source.catalogs, sources)
            self.data_graphs = data_graphs.build(source.catalogs, self.catalog)
        except BaseException:
            self.close()
            raise

    @property
    def database(self) -> Path:
        """The file that holds it."""
        return self._database

    def submit(self, sql: str, execution: Execution = PLAIN, *, writable: bool = False) -> EngineQuery:
        """Starts a statement that reads, or with `writable` one that changes tables.

        Table names match in any case. Raises SqlError for a statement that is not admitted or not right; what fails
        while running is raised by `EngineQuery.wait`.
        """
        guard.check(sql, writable=writable)
        return self._start(sql, execution)

    def _start(self, sql: str, execution: Execution = PLAIN) -> EngineQuery:
        while True:
            try:
                return self._engine.wire.execute(sql, self._database, execution)
            except SqlError as error:
                if error.sqlstate == UNSUPPORTED:
                    return self._start_wrapped(sql, execution, error)
                # Each turn mends one name for good, so this ends.
                respelled = names.respelled(sql, error, self.catalog)
                if respelled is None:
                    raise
                sql = respelled

    def _start_wrapped(self, sql: str, execution: Execution, error: SqlError) -> EngineQuery:
        """The query with the columns that JSON cannot carry put into text; raises `error` when that cannot be."""
        outputs = self._described(sql) if execution.parameters is None else self._described_bound(sql, execution)
        wrapped = json_outputs.wrapped(sql, outputs)
        if wrapped is None:
            raise error
        query = self._engine.wire.execute(wrapped, self._database, execution)
        query.columns = json_outputs.restored(query.columns, outputs)
        query.base64_columns = json_outputs.base64_places(outputs)
        return query

    def _described(self, sql: str) -> list[json_outputs.Output]:
        """What a query puts out; nothing for a statement that is none, which in brackets is refused and not run."""
        from tableauhyperapi import HyperException

        text = f"(\n{guard.without_semicolon(sql)}\n) LIMIT 0"
        try:
            with self._keeper_lock, self._keeper.execute_query(text) as result:
                return json_outputs.outputs(result.schema.columns)
        except HyperException:
            return []

    def _described_bound(self, sql: str, execution: Execution) -> list[json_outputs.Output]:
        """The same for a query with parameters, which the native connection does not take; bytea is found, no more."""
        try:
            return json_outputs.arrow_outputs(self._engine.wire.described(sql, self._database, execution))
        except SqlError:
            return []

    def _compute_insights(
        self, source: folder.Source, tables: Sequence[LoadedTable]
    ) -> tuple[list[LoadedTable], Mapping[str, Sequence[str]]]:
        """Each insight once, as a table, in the order of the files: a later one may read an earlier one."""
        tables = list(tables)
        sources: dict[str, Sequence[str]] = {}
        for file in source.catalogs:
            for name, insight in file.insights.items():
                self.catalog = build(tables, (), {})  # what is there so far, for names in any case
                place = f"{file.path}: insights.{name}"
                if self.catalog.get(name) is not None:
                    raise DataLoadError(f"{place}: there is an object of that name already; rename one")
                tables.append(self._compute(place, name, insight.sql))
                sources[name] = _objects_read(insight.sql, self.catalog)
        return tables, sources

    def _compute(self, place: str, name: str, sql: str) -> LoadedTable:
        prefix = f"CREATE TABLE {quoted(name)} AS (\n"
        try:
            guard.check(sql)
        except SqlError as error:
            raise DataLoadError(f"{place}.sql: {error.message}{_near(error, 0, sql)}") from error
        try:
            statement = f"{prefix}{guard.without_semicolon(sql)}\n)"
            self._start(statement).wait_finished()
            return LoadedTable(name, *self._stored(name))
        except SqlError as error:
            raise DataLoadError(f"{place}.sql: {error.message}{_near(error, len(prefix), sql)}") from error

    def _stored(self, name: str) -> tuple[tuple[ResultColumn, ...], int]:
        columns = self.submit(f"SELECT * FROM {quoted(name)} LIMIT 0").columns
        count = self.submit(f"SELECT COUNT(*) FROM {quoted(name)}")
        count.wait_finished()
        return columns, int(b"".join(part.rows for part in count.rows_json(0, 1, 1000)).strip(b"[]"))

    def close(self) -> None:
        with self._keeper_lock, contextlib.suppress(Exception):  # an engine that is gone has nothing left to close
            self._keeper.close()
        with contextlib.suppress(OSError):
            self._database.unlink()


def _connect(engine: Engine, database: Path) -> Any:
    """A native connection to a new database file."""
    from tableauhyperapi import Connection, CreateMode, Endpoint

    endpoint = Endpoint(engine.native_endpoint, "datacloud-emulator")
    return Connection(endpoint, database, CreateMode.CREATE, parameters={"user": INIT_USER})


def _near(error: SqlError, prefix: int, sql: str) -> str:
    """Where in an insight's statement the engine found the fault."""
    if error.position is None or error.position_end is None:
        return ""
    begin, end = error.position - 1 - prefix, error.position_end - 1 - prefix
    return f" (line {1 + sql.count(chr(10), 0, begin)}, at {sql[begin:end]!r})" if begin >= 0 else ""


def _objects_read(sql: str, catalog: Catalog) -> list[str]:
    """The catalog's objects that a statement names, in its order."""
    found = (catalog.get(token.name) for token in tokens(sql) if token.name is not None)
    return list(dict.fromkeys(item.name for item in found if item is not None))
