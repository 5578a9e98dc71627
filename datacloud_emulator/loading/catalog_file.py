"""`catalog.toml`: what a data folder says beyond its files, read and checked.

Knows the file's own grammar only: which keys there are and what their values look like. Whether the objects and
columns it names exist is `catalog.build`'s to say, once the files are loaded.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datacloud_emulator.engine.sql_types import SqlType
from datacloud_emulator.errors import DataLoadError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = "catalog.toml"


@dataclass(frozen=True)
class CsvOptions:
    """How CSV text is read: the unquoted spellings of NULL, and the delimiter."""

    null_values: tuple[str, ...] = ("",)
    delimiter: str = ","


@dataclass(frozen=True)
class ColumnEntry:
    label: str | None = None
    type: SqlType | None = None
    key_qualifier: str | None = None
    business_type: str | None = None


@dataclass(frozen=True)
class ObjectEntry:
    label: str | None = None
    category: str | None = None
    primary_key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    reference_model: str | None = None
    csv: CsvOptions | None = None
    columns: Mapping[str, ColumnEntry] = field(default_factory=dict)


@dataclass(frozen=True)
class MeasureEntry:
    label: str | None = None
    rollupable: bool = True


@dataclass(frozen=True)
class InsightEntry:
    sql: str
    label: str | None = None
    dimensions: tuple[str, ...] = ()
    partition_by: str | None = None
    measures: Mapping[str, MeasureEntry] = field(default_factory=dict)
    column_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RelationshipEntry:
    """`source` and `target` are (object, column)."""

    source: tuple[str, str]
    target: tuple[str, str]
    cardinality: str = "NTOONE"


@dataclass(frozen=True)
class GraphObjectEntry:
    """An object of a data graph; no `fields` are all of them. An edge left out is the catalog's relationship."""

    object: str
    fields: tuple[str, ...] = ()
    field: str | None = None
    parent_field: str | None = None
    cardinality: str | None = None
    related: tuple[GraphObjectEntry, ...] = ()


@dataclass(frozen=True)
class DataGraphEntry:
    root: GraphObjectEntry
    description: str = ""
    version: str = "1"


@dataclass(frozen=True)
class CatalogFile:
    path: Path
    csv: CsvOptions = CsvOptions()
    objects: Mapping[str, ObjectEntry] = field(default_factory=dict)
    insights: Mapping[str, InsightEntry] = field(default_factory=dict)
    relationships: tuple[RelationshipEntry, ...] = ()
    data_graphs: Mapping[str, DataGraphEntry] = field(default_factory=dict)

    def csv_options(self, name: str) -> CsvOptions:
        """The CSV options of one object's file."""
        entry = self.objects.get(name)
        return entry.csv if entry and entry.csv else self.csv


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or what there is, or nothing."""
    known = list(known)
    folded = {item.casefold(): item for item in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    return f"; there is {', '.join(map(repr, known))}" if 0 < len(known) <= 12 else ""


def read(path: Path) -> CatalogFile:
    """The file's content. Raises DataLoadError naming the file and the key (for broken TOML: the line)."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DataLoadError(f"{path}: not valid TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise DataLoadError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise DataLoadError(f"{path}: cannot be read: {error.strerror}") from error
    top = _Table(path, "", document, {"csv", "objects", "relationships", "insights", "data_graphs"})
    csv = _csv_options(top.table("csv", {"null_values", "delimiter"}), CsvOptions())
    return CatalogFile(
        path=path,
        csv=csv,
        objects={name: _object(top.child("objects", name), csv) for name in top.names("objects")},
        insights={name: _insight(top.child("insights", name)) for name in top.names("insights")},
        relationships=tuple(_relationship(entry) for entry in top.tables("relationships")),
        data_graphs={name: _data_graph(top.child("data_graphs", name)) for name in top.names("data_graphs")},
    )


class _Table:
    """A TOML table with its place in the file, so that every complaint can name the key."""

    def __init__(self, path: Path, place: str, values: Any, keys: set[str] | None) -> None:
        self.path, self.place = path, place
        if not isinstance(values, dict):
            raise self.error("", f"must be a table, not {_kind(values)}")
        self.values: dict[str, Any] = values
        for key in values:
            if keys is not None and key not in keys:
                raise self.error(key, f"unknown key{nearest(key, sorted(keys))}")

    def error(self, key: str, complaint: str) -> DataLoadError:
        place = ".".join(part for part in (self.place, key) if part)
        return DataLoadError(f"{self.path}: {place}: {complaint}")

    def _get(self, key: str, kind: type, wanted: str) -> Any:
        value = self.values.get(key)
        if value is not None and not isinstance(value, kind):
            raise self.error(key, f"must be {wanted}, not {_kind(value)}")
        return value

    def text(self, key: str) -> str | None:
        value: str | None = self._get(key, str, "text")
        if value == "":
            raise self.error(key, "must not be empty")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value: bool | None = self._get(key, bool, "true or false")
        return default if value is None else value

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self._get(key, list, "a list of texts")
        if value is None:
            return None
        if not all(isinstance(item, str) for item in value):
            raise self.error(key, "must be a list of texts")
        return tuple(value)

    def names(self, key: str) -> list[str]:
        return list(self._get(key, dict, "a table") or ())

    def table(self, key: str, keys: set[str]) -> _Table:
        return _Table(self.path, f"{self.place}.{key}".lstrip("."), self.values.get(key, {}), keys)

    def child(self, key: str, name: str) -> _Table:
        return _Table(self.path, f"{self.place}.{key}.{name}".lstrip("."), self.values[key][name], None)

    def tables(self, key: str) -> list[_Table]:
        entries = self._get(key, list, f"a list of tables, written [[{key}]]") or []
        place = f"{self.place}.{key}".lstrip(".")
        return [_Table(self.path, f"{place}, entry {number}", entry, None) for number, entry in enumerate(entries, 1)]

    def only(self, *keys: str) -> _Table:
        return _Table(self.path, self.place, self.values, set(keys))


def _kind(value: Any) -> str:
    names = {str: "text", bool: "true/false", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(value), type(value).__name__)


def _csv_options(table: _Table, default: CsvOptions) -> CsvOptions:
    nulls = table.texts("null_values")
    delimiter = table.text("delimiter") or default.delimiter
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        raise table.error("delimiter", "must be one ASCII character, and neither a quote nor a line end")
    return CsvOptions(default.null_values if nulls is None else nulls, delimiter)


def _object(table: _Table, csv: CsvOptions) -> ObjectEntry:
    table.only("label", "category", "primary_key", "reference_model", "indexes", "csv", "columns")
    indexes = table.values.get("indexes", [])
    if not isinstance(indexes, list) or not all(
        isinstance(index, list) and index and all(isinstance(name, str) for name in index) for index in indexes
    ):
        raise table.error("indexes", "must be a list of lists of column names")
    return ObjectEntry(
        label=table.text("label"),
        category=table.text("category"),
        primary_key=table.texts("primary_key") or (),
        indexes=tuple(tuple(index) for index in indexes),
        reference_model=table.text("reference_model"),
        csv=_csv_options(table.table("csv", {"null_values", "delimiter"}), csv) if "csv" in table.values else None,
        columns={name: _column(table.child("columns", name)) for name in table.names("columns")},
    )


def _column(table: _Table) -> ColumnEntry:
    table.only("label", "type", "key_qualifier", "business_type")
    spelled = table.text("type")
    try:
        sql_type = None if spelled is None else SqlType.parse(spelled)
    except ValueError as error:
        raise table.error("type", str(error)) from error
    return ColumnEntry(table.text("label"), sql_type, table.text("key_qualifier"), table.text("business_type"))


def _insight(table: _Table) -> InsightEntry:
    table.only("label", "sql", "dimensions", "partition_by", "measures", "columns")
    sql = table.text("sql")
    if sql is None:
        raise table.error("sql", "is missing; an insight is computed from its SELECT statement")
    measures = {}
    for name in table.names("measures"):
        measure = table.child("measures", name).only("label", "rollupable")
        measures[name] = MeasureEntry(measure.text("label"), measure.flag("rollupable", True))
    labels = {}
    for name in table.names("columns"):
        label = table.child("columns", name).only("label").text("label")
        if label is not None:
            labels[name] = label
    return InsightEntry(
        sql=sql,
        label=table.text("label"),
        dimensions=table.texts("dimensions") or (),
        partition_by=table.text("partition_by"),
        measures=measures,
        column_labels=labels,
    )


def _relationship(table: _Table) -> RelationshipEntry:
    table.only("from", "to", "cardinality")
    return RelationshipEntry(_endpoint(table, "from"), _endpoint(table, "to"), table.text("cardinality") or "NTOONE")


def _data_graph(table: _Table) -> DataGraphEntry:
    table.only("description", "version", "object", "fields", "related")
    return DataGraphEntry(_graph_object(table), table.text("description") or "", table.text("version") or "1")


def _graph_object(table: _Table) -> GraphObjectEntry:
    name = table.text("object")
    if name is None:
        raise table.error("object", "is missing; it names what stands here in the graph")
    edge = table.text("field"), table.text("parent_field")
    if (edge[0] is None) != (edge[1] is None):
        raise table.error("field", "and parent_field go together")
    children = [
        child.only("object", "fields", "field", "parent_field", "cardinality", "related")
        for child in table.tables("related")
    ]
    return GraphObjectEntry(
        object=name,
        fields=table.texts("fields") or (),
        field=edge[0],
        parent_field=edge[1],
        cardinality=table.text("cardinality"),
        related=tuple(_graph_object(child) for child in children),
    )


def _endpoint(table: _Table, key: str) -> tuple[str, str]:
    name, dot, column = (table.text(key) or "").rpartition(".")
    if not dot or not name or not column:
        raise table.error(key, "must be an object and a column, written 'Object.Column'")
    return name, column
