"""Metadata API: `GET /api/v1/metadata`, with and without the trailing slash.

Speaks for the wire spec, metadata §2 and §8: which keys an entity has depends on its kind, three filters are ANDed, and
the data space comes from the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.bodies import json_response
from datacloud_emulator.catalog import CatalogColumn, CatalogObject, Insight, ObjectKind, Relationship
from datacloud_emulator.engine.sql_types import SqlType
from datacloud_emulator.org import Org

Entity = dict[str, object]

# A filter keeps an object whose value is the one asked for, to the letter; an unknown value therefore keeps none.
FILTERS: Mapping[str, Callable[[CatalogObject], str | None]] = {
    "entityType": lambda item: item.kind.value,
    "entityCategory": lambda item: item.category,
    "entityName": lambda item: item.name,
}

# Engine type → `type` of a field; what is not listed shows as text. Numbers of any width are one type here.
_FIELD_TYPES = {
    "smallint": "NUMBER",
    "integer": "NUMBER",
    "bigint": "NUMBER",
    "numeric": "NUMBER",
    "float4": "NUMBER",
    "float8": "NUMBER",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "DATE_TIME",
    "timestamptz": "DATE_TIME",
    "array": "ARRAY",
}
_BUSINESS_TYPES = {"STRING": "TEXT"}


def describe(org: Org, request: Request, token: TenantToken) -> Response:
    """Every entity of the token's data space that passes the filters; `{"metadata":[]}` when none does.

    choice: a filter given blank is one not given.
    """
    wanted = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    quirks = org.quirks
    entities = [
        entity(item, old_org=quirks.old_org_metadata, omit_rollupable=quirks.omit_rollupable)
        for item in org.dataspace(token).catalog.objects
        if all(FILTERS[name](item) == value for name, value in wanted.items())
    ]
    return json_response({"metadata": entities})


def entity(item: CatalogObject, *, old_org: bool = False, omit_rollupable: bool = False) -> Entity:
    """One entity in the keys of its kind (wire spec, metadata §2.1)."""
    if item.insight is not None:
        return _insight(item, item.insight, omit_rollupable)
    is_model = item.kind is ObjectKind.DATA_MODEL_OBJECT
    body: Entity = {
        # Alphabetical, as the service's are: not the columns' order.
        "fields": [_field(column, old_org) for column in sorted(item.columns, key=lambda c: c.name.casefold())],
    }
    if is_model:
        body["indexes"] = [{"fields": [_index_field(item, name) for name in index]} for index in item.indexes]
    body |= {"category": item.category, "name": item.name, "displayName": item.label}
    if is_model:
        body["relationships"] = [_relationship(edge) for edge in item.relationships]
    if not old_org:
        body["primaryKeys"] = [
            {"name": name, "displayName": _label(item, name), "indexOrder": str(order)}
            for order, name in enumerate(item.primary_key, 1)
        ]
    if is_model and item.reference_model is not None:
        body["referenceModelEntityDeveloperName"] = item.reference_model
    return body


def _insight(item: CatalogObject, insight: Insight, omit_rollupable: bool) -> Entity:
    columns = {column.name: column for column in item.columns}
    body: Entity = {
        "name": item.name,
        "displayName": item.label,
        "dimensions": [_output(columns[name]) for name in insight.dimensions],
        "measures": [
            _output(columns[measure.name]) | ({} if omit_rollupable else {"rollupable": measure.rollupable})
            for measure in insight.measures
        ],
        "relationships": [_relationship(edge) for edge in item.relationships],
    }
    if insight.partition_by is not None:
        body["partitionBy"] = insight.partition_by
    return body


def _field(column: CatalogColumn, old_org: bool) -> Entity:
    kind = field_type(column.type)
    body: Entity = {"name": column.name}
    if not old_org:
        body["displayName"] = column.label
    body["type"] = kind
    if column.key_qualifier is not None:
        body["keyQualifier"] = column.key_qualifier
    if not old_org:
        body["businessType"] = column.business_type or _BUSINESS_TYPES.get(kind, kind)
    return body


def _output(column: CatalogColumn) -> Entity:
    kind = field_type(column.type)
    return {
        "name": column.name,
        "displayName": column.label,
        "type": kind,
        "businessType": column.business_type or _BUSINESS_TYPES.get(kind, kind),
    }


def plain(columns: Any) -> list[Entity]:
    """Columns of an entity without their business types, which this API alone has."""
    return [{key: value for key, value in column.items() if key != "businessType"} for column in columns]


def _index_field(item: CatalogObject, name: str) -> Entity:
    column = item.column(name)
    return {"name": name, "type": field_type(column.type) if column else "STRING"}


def _label(item: CatalogObject, name: str) -> str:
    column = item.column(name)
    return column.label if column else name


def _relationship(edge: Relationship) -> Entity:
    """An insight's relationship has the two entities only (wire spec, metadata §2.3)."""
    body: Entity = {"fromEntity": edge.from_object, "toEntity": edge.to_object}
    if edge.from_column is not None:
        body["fromEntityAttribute"] = edge.from_column
        body["toEntityAttribute"] = edge.to_column
    if edge.cardinality is not None:
        body["cardinality"] = edge.cardinality
    return body


def field_type(kind: SqlType) -> str:
    """The metadata API's word for an engine type: STRING, NUMBER, DATE, DATE_TIME, BOOLEAN, ARRAY."""
    return _FIELD_TYPES.get(kind.name, "STRING")
