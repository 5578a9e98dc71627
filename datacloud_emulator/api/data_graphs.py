"""Data Graph API: `GET /api/v1/dataGraph…`, one JSON document for each primary record.

Speaks for the wire spec, data-graphs (G1-G4). The documents are made from the loaded tables when they are asked for,
one statement for each object of the graph, so `live` makes no difference. The service's own tables of ids and values
(`idDmoName`, `valuesDmoName`) are named and not there.
"""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import msgspec
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.asked import Pair, RefusedError, matching, pairs
from datacloud_emulator.api.bodies import json_response
from datacloud_emulator.api.metadata import Entity, field_type
from datacloud_emulator.api.records import cells, endpoint
from datacloud_emulator.cells import graph_spelling
from datacloud_emulator.data_graphs import DataGraph, Edge, GraphObject
from datacloud_emulator.org import Org
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.sql.conditions import all_of, among
from datacloud_emulator.sql.lexer import quoted
from datacloud_emulator.store import Dataspace

MOST_ROWS = 1_000  # choice: of one look-up
_CONTACTS = frozenset({"EMAIL", "PHONE"})

Document = dict[str, object]
_Tie = str | Decimal | None


@endpoint
def describe(org: Org, request: Request, token: TenantToken) -> Response:
    """G1, G2: every graph, or the one of `entityName`. choice: 404 for an unknown one."""
    dataspace = org.dataspace(token)
    name = request.args.get("entityName")
    graphs = [_found(dataspace, name)] if name else list(dataspace.data_graphs.values())
    return json_response({"metadata": [_entity(graph, dataspace.name) for graph in graphs]})


@endpoint
def get(org: Org, request: Request, token: TenantToken, name: str, key: str) -> Response:
    """G3: the documents of an id. choice: none is 200."""
    dataspace = org.dataspace(token)
    graph = _found(dataspace, name)
    _check_live(request)
    return _answer(org, dataspace, graph, matching(graph.root.item, graph.key.name, key))


@endpoint
def lookup(org: Org, request: Request, token: TenantToken, name: str) -> Response:
    """G4: the documents in which every pair of `lookupKeys` is found, pairs of one object in one row of it.

    choice: any field of the graph's objects can be a key, whether it is shown or not.
    """
    dataspace = org.dataspace(token)
    graph = _found(dataspace, name)
    _check_live(request)
    conditions = _conditions(graph, pairs(request.args.get("lookupKeys", ""), "lookupKeys"))
    key = quoted(graph.key.name)
    where = _where(graph.root, conditions)
    sql = f"SELECT {key} FROM {quoted(graph.root.item.name)} WHERE {where} ORDER BY {key} LIMIT {MOST_ROWS}"
    keys = [_text(row[0]) for row in cells(dataspace, sql, graph_spelling)]
    return _answer(org, dataspace, graph, among(graph.key, keys))


def _found(dataspace: Dataspace, name: str) -> DataGraph:
    graph = dataspace.data_graphs.get(name.casefold())
    if graph is None:
        raise RefusedError(404, f"Unknown data graph {name}")
    return graph


def _check_live(request: Request) -> None:
    if request.args.get("live", "false").lower() not in {"true", "false"}:
        raise RefusedError(400, "live must be true or false")


def _conditions(graph: DataGraph, asked: list[Pair]) -> dict[str, list[str]]:
    """The conditions on each object of the graph. choice: 422 for an object or a field that is not there."""
    found: dict[str, list[str]] = defaultdict(list)
    objects = {node.item.name.casefold(): node.item for node in graph.root.walk()}
    contacts = 0
    for pair in asked:
        item = objects.get(pair.object.casefold()) if pair.object else graph.root.item
        if item is None:
            raise RefusedError(422, f"{pair.object} is not an object of {graph.name}")
        found[item.name].append(matching(item, pair.field, pair.value))
        column = item.column(pair.field)
        contacts += column is not None and column.business_type in _CONTACTS
    if contacts > 1:
        raise RefusedError(400, "lookupKeys takes one e-mail address or one phone number")
    return found


def _where(node: GraphObject, conditions: dict[str, list[str]]) -> str:
    """The rows of an object that fit, and have below them what fits; TRUE where nothing is asked for."""
    found = list(conditions.get(node.item.name, ()))
    for child in node.related:
        below = _where(child, conditions)
        if below != "TRUE" and child.edge is not None:
            found.append(_inside(child.edge.parent_field.name, child, child.edge.field.name, below))
    return all_of(found)


def _inside(name: str, node: GraphObject, field: str, where: str) -> str:
    return f"{quoted(name)} IN (SELECT {quoted(field)} FROM {quoted(node.item.name)} WHERE {where})"


def _answer(org: Org, dataspace: Dataspace, graph: DataGraph, where: str) -> Response:
    documents = [document for _, document in _documents(dataspace, graph.root, where, None)]
    if not documents and org.quirks.nothing_found_404:
        raise RefusedError(404, "No such record")
    return json_response({"data": [_row(document, graph, org.quirks) for document in documents], "done": True})


def _row(document: Document, graph: DataGraph, quirks: Quirks) -> Document:
    if quirks.graph_blob == "object":
        return document
    text = msgspec.json.encode(document).decode()
    row: Document = {"json_blob__c": html.escape(text) if quirks.graph_blob == "escaped" else text}
    if quirks.graph_version:
        row["version__c"] = graph.version
    return row


def _documents(
    dataspace: Dataspace, node: GraphObject, where: str, edge: Edge | None
) -> Iterator[tuple[_Tie, Document]]:
    """Each row that `where` leaves, with what is below it, and beside it the value that ties it to its parent."""
    ties = [child.edge.parent_field for child in node.related if child.edge is not None]
    if edge is not None:
        ties.append(edge.field)
    listed = ", ".join(quoted(column.name) for column in (*node.fields, *ties))
    order = ", ".join(quoted(name) for name in node.item.primary_key) or "1"
    sql = f"SELECT {listed} FROM {quoted(node.item.name)} WHERE {where} ORDER BY {order}"
    below = []
    for child in node.related:
        groups: dict[_Tie, list[Document]] = defaultdict(list)
        if child.edge is not None:
            inside = _inside(child.edge.field.name, node, child.edge.parent_field.name, where)
            for tie, grandchild in _documents(dataspace, child, inside, child.edge):
                groups[tie].append(grandchild)
        below.append((child.item.name, groups))
    width = len(node.fields)
    for row in cells(dataspace, sql, graph_spelling):
        # Behind the fields stand what ties the children, and last what ties the row itself to its parent.
        document: Document = {column.name: cell for column, cell in zip(node.fields, row, strict=False)}
        for (name, found), cell in zip(below, row[width:], strict=False):
            document[name] = found.get(_tie(cell), [])
        yield _tie(row[-1]), document


def _tie(cell: msgspec.Raw) -> _Tie:
    """A value to compare: numbers are equal whatever their scale."""
    text = bytes(cell)
    if text == b"null":
        return None
    return Decimal(text.decode()) if text[:1] in b"-0123456789" else text.decode()


def _text(cell: msgspec.Raw) -> str:
    text = bytes(cell)
    return str(msgspec.json.decode(text)) if text.startswith(b'"') else text.decode()


def _entity(graph: DataGraph, dataspace: str) -> Entity:
    """A graph as G1 describes it: truth and numbers are texts there."""
    return {
        "developerName": graph.name,
        "description": graph.description,
        "dataspaceName": dataspace,
        "version": graph.version,
        "status": "READY",
        "primaryObjectName": graph.root.item.name,
        "primaryObjectType": "DMO",
        "valuesDmoName": f"{graph.name}_VALUE__dlm",
        "idDmoName": f"{graph.name}_ID__dlm",
        "object": _object(graph.root, []),
    }


def _object(node: GraphObject, above: list[Entity]) -> Entity:
    """`paths` is the whole way from the root, the edge to the parent last; the root has none."""
    paths = list(above)
    if node.edge is not None:
        paths.append(
            {
                "fieldName": node.edge.field.name,
                "parentFieldName": node.edge.parent_field.name,
                "cardinality": node.edge.cardinality,
            }
        )
    indexed = {name for index in node.item.indexes for name in index}
    body: Entity = {
        "developerName": node.item.name,
        "type": "DMO",
        "memberDmoName": node.member,
        "fields": [
            {
                "developerName": column.name,
                "dataType": field_type(column.type),
                "keyCol": str(column.name in node.item.primary_key).lower(),
                "lookupCol": str(column.name in indexed).lower(),
                "length": str(column.type.length or 1),
            }
            for column in node.fields
        ],
    }
    if paths:
        body["paths"] = paths
    if node.related:
        body["relatedObjects"] = [_object(child, paths) for child in node.related]
    return body
