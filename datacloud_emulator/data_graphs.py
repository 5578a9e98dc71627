"""Data graphs as values: a tree of objects, each with the fields it shows and the edge to its parent.

Built once when a data folder is loaded, from what `catalog.toml` says and the catalog knows; the documents themselves
are made when they are asked for (`api.data_graphs`).

Source: wire spec, data-graphs §2, §5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from datacloud_emulator.catalog import Catalog, CatalogColumn, CatalogObject
from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading.catalog_file import CatalogFile, DataGraphEntry, GraphObjectEntry, nearest


@dataclass(frozen=True)
class Edge:
    """A child is there where its `field` equals its parent's `parent_field`."""

    field: CatalogColumn
    parent_field: CatalogColumn
    cardinality: str


@dataclass(frozen=True)
class GraphObject:
    """One object of a graph; `edge` is None for the root. `member` is the name of its part in the service's store."""

    item: CatalogObject
    fields: tuple[CatalogColumn, ...]
    member: str
    edge: Edge | None = None
    related: tuple[GraphObject, ...] = ()

    def walk(self) -> Iterator[GraphObject]:
        """This object and all below it, parents first."""
        yield self
        for child in self.related:
            yield from child.walk()


@dataclass(frozen=True)
class DataGraph:
    name: str
    description: str
    version: str
    root: GraphObject
    key: CatalogColumn  # of the root, of which an id of the graph is a value


def build(files: Sequence[CatalogFile], catalog: Catalog) -> Mapping[str, DataGraph]:
    """The graphs of one data space by their names in lower case.

    Raises DataLoadError, naming catalog.toml and the key, for an entry that names what is not there.
    """
    graphs = (_graph(file.path, name, entry, catalog) for file in files for name, entry in file.data_graphs.items())
    return {graph.name.casefold(): graph for graph in graphs}


def _graph(path: Path, name: str, entry: DataGraphEntry, catalog: Catalog) -> DataGraph:
    builder = _Builder(path, catalog)
    place = f"data_graphs.{name}"
    if name.casefold() == "metadata" or not name.isidentifier():
        raise builder.error(place, "a data graph's name is a word, and not 'metadata'")
    root = builder.object(entry.root, place, None)
    if not root.item.primary_key:
        raise builder.error(place, f"{root.item.name} needs a primary_key, of which the graph's ids are values")
    # choice: of a primary key of several columns, the first.
    key = builder.column(root.item, root.item.primary_key[0], place)
    return DataGraph(name, entry.description, entry.version, root, key)


class _Builder:
    """Puts one graph together, and numbers its objects."""

    def __init__(self, path: Path, catalog: Catalog) -> None:
        self._path = path
        self._catalog = catalog
        self._numbers = count(1)

    def error(self, place: str, complaint: str) -> DataLoadError:
        return DataLoadError(f"{self._path}: {place}: {complaint}")

    def object(self, entry: GraphObjectEntry, place: str, parent: CatalogObject | None) -> GraphObject:
        item = self._catalog.get(entry.object)
        if item is None:
            names = [known.name for known in self._catalog.objects]
            raise self.error(f"{place}.object", f"there is no object {entry.object!r}{nearest(entry.object, names)}")
        fields = tuple(self.column(item, name, f"{place}.fields") for name in entry.fields) or item.columns
        edge = None if parent is None else self._edge(entry, place, item, parent)
        member = f"{item.name.removesuffix('__dlm')}_FRAGMENT{next(self._numbers)}__dlm"
        children = []
        for number, child in enumerate(entry.related, 1):
            children.append(self.object(child, f"{place}.related, entry {number}", item))
        names = [child.item.name for child in children]
        if len(set(names)) < len(names):
            raise self.error(f"{place}.related", f"an object can stand once below {item.name}")
        return GraphObject(item, fields, member, edge, tuple(children))

    def _edge(self, entry: GraphObjectEntry, place: str, item: CatalogObject, parent: CatalogObject) -> Edge:
        if entry.field is not None and entry.parent_field is not None:
            return Edge(
                self.column(item, entry.field, f"{place}.field"),
                self.column(parent, entry.parent_field, f"{place}.parent_field"),
                entry.cardinality or "NTOONE",
            )
        found = []
        for edge in item.relationships:
            if edge.from_column is None or edge.to_column is None:
                continue
            if (edge.from_object, edge.to_object) == (item.name, parent.name):
                found.append((edge.from_column, edge.to_column, edge.cardinality))
            elif (edge.from_object, edge.to_object) == (parent.name, item.name):
                # Seen from the child, which the parent refers to, there is one of it.
                found.append((edge.to_column, edge.from_column, "ONETOONE"))
        if len(found) != 1:
            words = "no relationship" if not found else "more than one relationship"
            raise self.error(place, f"{words} joins {item.name} and {parent.name}; name field and parent_field")
        field, parent_field, cardinality = found[0]
        return Edge(self.column(item, field, place), self.column(parent, parent_field, place), cardinality or "NTOONE")

    def column(self, item: CatalogObject, name: str, place: str) -> CatalogColumn:
        column = item.column(name)
        if column is None:
            names = [known.name for known in item.columns]
            raise self.error(place, f"there is no column of {item.name} {name!r}{nearest(name, names)}")
        return column
