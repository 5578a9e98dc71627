"""What a data space holds, as values: objects, their columns, keys, relationships, insights.

Built once when a data folder is loaded (`build`) from what the files hold and what `catalog.toml` adds; read by the
metadata API and by name matching. Names are matched in any case, as the service does.

Source: wire spec, metadata §2-3.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datacloud_emulator.engine.sql_types import ResultColumn, SqlType
from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading.catalog_file import CatalogFile, InsightEntry, ObjectEntry, RelationshipEntry, nearest
from datacloud_emulator.sql import guard


class ObjectKind(str, enum.Enum):
    """What an object is, in the metadata API's words; read off the name's suffix."""

    DATA_MODEL_OBJECT = "DataModelObject"
    DATA_LAKE_OBJECT = "DataLakeObject"
    CALCULATED_INSIGHT = "CalculatedInsight"

    @classmethod
    def of_name(cls, name: str) -> ObjectKind:
        """choice: a name without suffix counts as a data lake object, the service's home of raw data."""
        if name.lower().endswith("__dlm"):
            return cls.DATA_MODEL_OBJECT
        if re.search(r"__cio(_(day|month|quarter|year))?$", name, re.IGNORECASE):
            return cls.CALCULATED_INSIGHT
        return cls.DATA_LAKE_OBJECT


@dataclass(frozen=True)
class CatalogColumn:
    """One column. `key_qualifier` names its companion `KQ_…` column."""

    name: str
    label: str
    type: SqlType
    key_qualifier: str | None = None
    business_type: str | None = None

    @property
    def hyper_type(self) -> str:
        return self.type.sql


@dataclass(frozen=True)
class Relationship:
    """An edge between two objects; an insight's edge, from an object it reads, has neither columns nor cardinality."""

    from_object: str
    to_object: str
    from_column: str | None = None
    to_column: str | None = None
    cardinality: str | None = None


@dataclass(frozen=True)
class Measure:
    """`roll_up` is the aggregate function that makes one value of several: SUM, MIN or MAX."""

    name: str
    rollupable: bool = True
    roll_up: str = "SUM"


@dataclass(frozen=True)
class Insight:
    """What makes an object a calculated insight; every column is a dimension or a measure."""

    dimensions: tuple[str, ...]
    measures: tuple[Measure, ...]
    partition_by: str | None = None


@dataclass(frozen=True)
class CatalogObject:
    """One object: `columns` in the file's order, `relationships` those it is either side of."""

    name: str
    label: str
    kind: ObjectKind
    category: str | None
    columns: tuple[CatalogColumn, ...]
    row_count: int = 0
    primary_key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    relationships: tuple[Relationship, ...] = ()
    reference_model: str | None = None
    insight: Insight | None = None

    def column(self, name: str) -> CatalogColumn | None:
        """The column of that name, in any case."""
        wanted = name.casefold()
        return next((column for column in self.columns if column.name.casefold() == wanted), None)


class Catalog:
    """The objects of one data space."""

    def __init__(self, objects: Iterable[CatalogObject] = ()) -> None:
        self.objects = tuple(objects)
        self._by_name = {item.name.casefold(): item for item in self.objects}

    def get(self, name: str) -> CatalogObject | None:
        """The object of that name, in any case."""
        return self._by_name.get(name.casefold())


@dataclass(frozen=True)
class LoadedTable:
    """A table as the engine now holds it."""

    name: str
    columns: tuple[ResultColumn, ...]
    row_count: int


def label_of(name: str) -> str:
    """`ssot__SalesOrder__dlm` → `Sales Order`, `KQ_Id__c` → `Key Qualifier Id`. choice: only the label is a guess."""
    bare = re.sub(r"__(dlm|dll|c|cio(_(day|month|quarter|year))?)$", "", name, flags=re.IGNORECASE)
    bare = re.sub(r"^ssot__", "", bare, flags=re.IGNORECASE)
    prefix = "Key Qualifier " if bare.startswith("KQ_") else ""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare.removeprefix("KQ_"))
    return prefix + (spaced or name)


def build(
    tables: Sequence[LoadedTable], files: Sequence[CatalogFile], insight_sources: Mapping[str, Sequence[str]]
) -> Catalog:
    """The catalog of one data space.

    `insight_sources` names the objects each insight reads. Raises DataLoadError, naming catalog.toml and the key, for
    an entry that names what is not there.
    """
    columns = {table.name: [column.name for column in table.columns] for table in tables}
    object_entries: dict[str, ObjectEntry] = {}
    insight_entries: dict[str, InsightEntry] = {}
    edges: list[Relationship] = []
    for file in files:
        for name, entry in file.objects.items():
            _check_name(file.path, f"objects.{name}", name, columns, "object")
            _check_object(file.path, name, entry, columns[name])
            object_entries[name] = entry
        for name, insight in file.insights.items():
            _check_insight(file.path, name, insight, columns[name])
            insight_entries[name] = insight
        for number, relationship in enumerate(file.relationships, 1):
            edges.append(_edge(file.path, number, relationship, columns))
    for name, sources in insight_sources.items():
        edges += [Relationship(source, name) for source in sources]
    return Catalog(
        _object(table, object_entries.get(table.name), insight_entries.get(table.name), edges) for table in tables
    )


def _object(
    table: LoadedTable, entry: ObjectEntry | None, insight: InsightEntry | None, edges: Sequence[Relationship]
) -> CatalogObject:
    entry = entry or ObjectEntry()
    kind = ObjectKind.of_name(table.name)
    is_insight = kind is ObjectKind.CALCULATED_INSIGHT
    label = (insight.label if insight else None) or entry.label or label_of(table.name)
    return CatalogObject(
        name=table.name,
        label=label,
        kind=kind,
        # choice: the service always gives one; "Related" claims least. Insights have none.
        category=None if is_insight else entry.category or "Related",
        columns=tuple(_column(table, column, entry, insight) for column in table.columns),
        row_count=table.row_count,
        primary_key=entry.primary_key,
        indexes=entry.indexes,
        relationships=tuple(edge for edge in edges if table.name in {edge.from_object, edge.to_object}),
        reference_model=entry.reference_model,
        insight=_insight(table, insight) if is_insight else None,
    )


def _column(
    table: LoadedTable, column: ResultColumn, entry: ObjectEntry, insight: InsightEntry | None
) -> CatalogColumn:
    own = entry.columns.get(column.name)
    label = own.label if own else None
    if insight is not None:
        measure = insight.measures.get(column.name)
        label = insight.column_labels.get(column.name) or (measure.label if measure else None) or label
    qualifier = own.key_qualifier if own else None
    if qualifier is None:
        # The service's own naming rule for the companion column. Source: wire spec, metadata §3.
        companion = "KQ_" + column.name.removeprefix("ssot__")
        if any(other.name == companion for other in table.columns):
            qualifier = companion
    return CatalogColumn(
        name=column.name,
        label=label or label_of(column.name),
        type=column.type,
        key_qualifier=qualifier,
        business_type=own.business_type if own else None,
    )


def _insight(table: LoadedTable, entry: InsightEntry | None) -> Insight:
    if entry is None:
        # choice: an insight loaded from a file, which says nothing of roles: numbers measure, the rest are dimensions.
        numeric = {"smallint", "integer", "bigint", "numeric", "float4", "float8"}
        dimensions = tuple(column.name for column in table.columns if column.type_name not in numeric)
        return Insight(dimensions, tuple(Measure(c.name) for c in table.columns if c.name not in dimensions))
    measures = []
    roll_ups = guard.extremes(entry.sql)
    for column in table.columns:
        if column.name not in entry.dimensions:
            own = entry.measures.get(column.name)
            roll_up = roll_ups.get(column.name, "SUM")
            measures.append(Measure(column.name, own.rollupable if own else True, roll_up))
    return Insight(entry.dimensions, tuple(measures), entry.partition_by)


def _check_object(path: Path, name: str, entry: ObjectEntry, columns: Sequence[str]) -> None:
    place = f"objects.{name}"
    for column in entry.columns:
        _check_name(path, f"{place}.columns.{column}", column, columns, "column")
    for column in entry.primary_key:
        _check_name(path, f"{place}.primary_key", column, columns, "column")
    for index in entry.indexes:
        for column in index:
            _check_name(path, f"{place}.indexes", column, columns, "column")
    for column, own in entry.columns.items():
        if own.key_qualifier is not None:
            _check_name(path, f"{place}.columns.{column}.key_qualifier", own.key_qualifier, columns, "column")


def _check_insight(path: Path, name: str, entry: InsightEntry, columns: Sequence[str]) -> None:
    place = f"insights.{name}"
    for key, named in (
        ("dimensions", entry.dimensions),
        ("measures", entry.measures),
        ("columns", entry.column_labels),
    ):
        for column in named:
            _check_name(path, f"{place}.{key}", column, columns, "output column")
    for column in entry.measures:
        if column in entry.dimensions:
            raise DataLoadError(f"{path}: {place}.measures: {column!r} is already a dimension; name it once")
    if entry.partition_by is not None:
        _check_name(path, f"{place}.partition_by", entry.partition_by, entry.dimensions, "dimension")


def _edge(path: Path, number: int, entry: RelationshipEntry, columns: Mapping[str, Sequence[str]]) -> Relationship:
    for key, (name, column) in {"from": entry.source, "to": entry.target}.items():
        place = f"relationships, entry {number}, {key}"
        _check_name(path, place, name, columns, "object")
        _check_name(path, place, column, columns[name], f"column of {name}")
    return Relationship(entry.source[0], entry.target[0], entry.source[1], entry.target[1], entry.cardinality)


def _check_name(path: Path, place: str, name: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if name not in known:
        raise DataLoadError(f"{path}: {place}: there is no {what} {name!r}{nearest(name, known)}")
