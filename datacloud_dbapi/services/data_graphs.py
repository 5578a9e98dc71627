"""The Data Graph API: a pre-joined document about one record, children and children's children included.

A graph comes as nested Python: objects are dicts, children lists under their object's name, numbers int or Decimal with
every digit, times the text they were sent as. Source: wire spec, data-graphs.
"""

from __future__ import annotations

import builtins
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datacloud_dbapi.errors import DataError, ProgrammingError, ProtocolError
from datacloud_dbapi.exact_json import RepeatedKeys
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import R, Service, flow_method
from datacloud_dbapi.services.gateway import Gateway, segment
from datacloud_dbapi.services.records import read_rows
from datacloud_dbapi.services.selection import lookup_list
from datacloud_dbapi.transports.bodies import read_json

PATH = "/api/v1/dataGraph"

Graph = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GraphField:
    """A field of an object in a graph; `length` is None where it is not told."""

    name: str
    type: str
    is_key: bool = False
    is_lookup: bool = False
    length: int | None = None


@dataclass(frozen=True, slots=True)
class GraphPath:
    """A step from an object to the one above it."""

    field: str
    parent_field: str
    cardinality: str | None = None


@dataclass(frozen=True, slots=True)
class GraphObject:
    """An object in a graph, and those below it. `paths` lead from the root; the last of them to the object above."""

    name: str
    type: str | None = None
    member: str | None = None
    fields: tuple[GraphField, ...] = ()
    paths: tuple[GraphPath, ...] = ()
    children: tuple[GraphObject, ...] = ()


@dataclass(frozen=True, slots=True)
class DataGraph:
    """The definition of a graph. `values_table` and `id_table` name the tables its documents and ids are kept in."""

    name: str
    root: GraphObject
    description: str | None = None
    dataspace: str | None = None
    version: str | None = None
    status: str | None = None
    primary_object: str | None = None
    primary_object_type: str | None = None
    values_table: str | None = None
    id_table: str | None = None


class DataGraphs(Service[R]):
    """`conn.data_graphs`: the graphs of the connection's data space, and their documents."""

    def __init__(self, runner: R, gateway: Gateway) -> None:
        Service.__init__(self, runner)
        self._gateway = gateway

    @flow_method
    def list(self) -> Flow[builtins.list[DataGraph]]:
        """The definitions of all graphs."""
        path = f"{PATH}/metadata"
        reply = yield from self._gateway.answer(path)
        return read_graphs(reply.response.body, f"GET {path}")

    @flow_method
    def describe(self, name: str) -> Flow[DataGraph]:
        """The definition of one graph. Raises ProgrammingError when there is none of this name."""
        segment(name, "The name of the data graph")
        path = f"{PATH}/metadata"
        reply = yield from self._gateway.answer(path, [("entityName", name)])
        graphs = read_graphs(reply.response.body, f"GET {path}")
        for graph in graphs:
            if graph.name.casefold() == name.casefold():
                return graph
        raise ProgrammingError(f"There is no data graph {name!r} here, or the user may not see it")

    @flow_method
    def get(self, name: str, id: str, *, live: bool | None = None) -> Flow[Graph | None]:
        """The document of one record of the graph's primary object, by its primary key; None where there is none.

        `live` True asks for the latest data, which is slower and dearer, rather than for what was computed before.
        Raises DataError when there are several.
        """
        path = _path(name)
        query = [] if live is None else [("live", _boolean(live))]
        shown = f"{path}/…"
        graphs = yield from self._graphs(f"{path}/{segment(id, 'The id')}", query, shown)
        if len(graphs) > 1:
            raise DataError(f"{name} has {len(graphs)} documents of this id", hint="lookup() gives all of them")
        return graphs[0] if graphs else None

    @flow_method
    def lookup(
        self,
        name: str,
        keys: Mapping[str, object],
        *,
        live: bool | None = None,
        fields: str | None = None,
        filters: str | None = None,
    ) -> Flow[builtins.list[Graph]]:
        """The documents that all of the keys lead to, such as `{"ssot__ContactPointEmail__dlm.ssot__Id__c": "e-1"}`.

        The object may be left out for the key of the primary one. One key may lead to several documents, or to none.
        `fields` and `filters` are sent as they are: their form is not documented. `live` as in `get`.
        """
        path = _path(name)
        query = [("lookupKeys", lookup_list(keys))]
        if live is not None:
            query.append(("live", _boolean(live)))
        for word, text in (("fields", fields), ("filters", filters)):
            if text is not None:
                query.append((word, _as_sent(text, word)))
        return (yield from self._graphs(path, query, path))

    def _graphs(self, path: str, query: builtins.list[tuple[str, str]], shown: str) -> Flow[builtins.list[Graph]]:
        reply = yield from self._gateway.ask(path, query, shown=shown)
        if reply.response.status == 404:
            # choice: the service may say so where there is no document; it does not tell that from an unknown graph.
            return []
        label = f"GET {shown}"
        if reply.response.status != 200:
            raise reply.refusal(label, "metadata")
        # `done` is left aside: this API has no way to ask for more.
        rows, _ = read_rows(reply, label)
        return [_graph(row, label) for row in rows]


def _path(name: str) -> str:
    if name == "metadata":
        raise ProgrammingError("`metadata` is no data graph", hint="list() and describe() ask for it")
    return f"{PATH}/{segment(name, 'The name of the data graph')}"


def _as_sent(text: str, word: str) -> str:
    if not isinstance(text, str) or not text.isprintable():
        raise ProgrammingError(f"{word} must be printable text: it is sent as it is")
    return text


def _boolean(value: bool) -> str:
    if not isinstance(value, bool):
        raise ProgrammingError(f"live is True, False or None, not {value!r}")
    return "true" if value else "false"


# What an answer that went through a page may look like; the ampersands of its texts are then escaped as well.
_ESCAPED = re.compile(r"\s*[\[{]\s*&quot;")
_ENTITY = re.compile(r"&(?:quot|amp|lt|gt|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")


def _graph(row: Graph, label: str) -> Graph:
    """The document of a row: parsed from the text it stands in, or the row itself where there is no such text."""
    blob = next((value for name, value in row.items() if name.lower() == "json_blob__c"), row)
    if isinstance(blob, str):
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), blob) if _ESCAPED.match(blob) else blob
        blob = read_json(text.encode("utf-8", "surrogatepass"), label)
    if not isinstance(blob, dict):
        raise ProtocolError("The answer has a row without a data graph", request=label)
    if _has_repeated_keys(blob):
        raise ProtocolError("The data graph has two values of one name", request=label)
    return blob


def _has_repeated_keys(value: object) -> bool:
    level = [value]
    for each in level:
        if isinstance(each, RepeatedKeys):
            return True
        level += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    return False


def read_graphs(body: bytes, label: str) -> list[DataGraph]:
    """The definitions of a metadata answer; unknown keys are left aside. Raises ProtocolError for another shape.

    Read in the words of this API and in those of Connect REST, which have come through as well.
    """
    answer = read_json(body, label)
    found = answer.get("metadata", answer.get("dataGraphMetadata")) if isinstance(answer, dict) else None
    graphs = [found] if isinstance(found, dict) else found
    if not isinstance(graphs, list) or not all(isinstance(graph, dict) for graph in graphs):
        raise ProtocolError("The answer has no list of data graphs", request=label)
    try:
        return [_definition(graph) for graph in graphs]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ProtocolError(f"The metadata has an odd shape: {error!r}", request=label) from None


def _definition(raw: Mapping[str, Any]) -> DataGraph:
    root = _object(raw["object"] if "object" in raw else raw["dgObject"])
    version = raw.get("version")
    return DataGraph(
        name=raw["developerName"],
        root=root,
        description=raw.get("description") or None,
        dataspace=raw.get("dataspaceName"),
        version=None if version is None else str(version),
        status=raw.get("status"),
        primary_object=raw.get("primaryObjectName") or root.name,
        primary_object_type=raw.get("primaryObjectType"),
        values_table=raw.get("valuesDmoName") or raw.get("valuesDmo"),
        id_table=raw.get("idDmoName") or raw.get("idsDmo"),
    )


def _object(raw: Mapping[str, Any]) -> GraphObject:
    return GraphObject(
        name=raw["developerName"],
        type=raw.get("type"),
        member=raw.get("memberDmoName"),
        fields=tuple(map(_field, raw.get("fields") or ())),
        paths=tuple(
            GraphPath(step["fieldName"], step["parentFieldName"], step.get("cardinality"))
            for step in raw.get("paths") or ()
        ),
        children=tuple(map(_object, raw.get("relatedObjects") or ())),
    )


def _field(raw: Mapping[str, Any]) -> GraphField:
    # Truth and numbers are texts on the wire.
    length = raw.get("length")
    return GraphField(
        name=raw["developerName"],
        type=raw.get("dataType") or "STRING",
        is_key=str(raw.get("keyCol")).lower() == "true",
        is_lookup=str(raw.get("lookupCol")).lower() == "true",
        length=None if length in (None, "") else int(length),
    )
