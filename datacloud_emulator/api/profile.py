"""Profile API: `GET /api/v1/profile…`, the look-up of one DMO's rows, of their children and of their insights.

Speaks for the wire spec, profile (E1-E6). Ids and search keys are values of one column; key qualifiers are not looked
at, so two sources' records of one id are two rows.
"""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api import insights
from datacloud_emulator.api.asked import RefusedError, Window, filters, known, matching, names, ordering, window
from datacloud_emulator.api.bodies import json_response
from datacloud_emulator.api.metadata import Entity, entity, plain
from datacloud_emulator.api.records import endpoint, records
from datacloud_emulator.catalog import CatalogObject, ObjectKind
from datacloud_emulator.org import Org
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.sql.conditions import all_of
from datacloud_emulator.sql.lexer import quoted

MOST_FIELDS = 50
_FIRST_FIELDS = 10


@endpoint
def describe_all(org: Org, request: Request, token: TenantToken) -> Response:
    """E1: every profile DMO."""
    objects = org.dataspace(token).catalog.objects
    return json_response({"metadata": [_entity(item, org.quirks) for item in objects if _is_profile(item)]})


@endpoint
def describe(org: Org, request: Request, token: TenantToken, name: str) -> Response:
    """E2: one of them."""
    found = _entity(profile(org, token, name), org.quirks)
    return json_response({"metadata": found if org.quirks.metadata_as_object else [found]})


@endpoint
def find(org: Org, request: Request, token: TenantToken, name: str) -> Response:
    """E3: the rows that match `filters`."""
    item = profile(org, token, name)
    where = filters(request, item, required=not org.quirks.find_without_filters)
    return _rows(org, request, token, item, where)


@endpoint
def get(org: Org, request: Request, token: TenantToken, name: str, key: str) -> Response:
    """E4: the rows of an id, or of a value of `searchKey`; none is 200 as well."""
    item = profile(org, token, name)
    return _rows(org, request, token, item, _picked(request, item, key))


@endpoint
def children(org: Org, request: Request, token: TenantToken, name: str, key: str, child: str) -> Response:
    """E5: the rows of another DMO that refer to the parents picked.

    choice: each child once, however many parents it has among them; a DMO that does not refer to the parent is 404.
    """
    parent = profile(org, token, name)
    picked = all_of(_picked(request, parent, key))
    item = profile(org, token, child)
    edges = [
        f"{quoted(edge.from_column)} IN (SELECT {quoted(edge.to_column)} FROM {quoted(parent.name)} WHERE {picked})"
        for edge in item.relationships
        if (edge.from_object, edge.to_object) == (item.name, parent.name) and edge.from_column and edge.to_column
    ]
    if not edges:
        raise RefusedError(404, f"{item.name} is not related to {parent.name}")
    return _rows(org, request, token, item, [f"({' OR '.join(edges)})"])


@endpoint
def insight(org: Org, request: Request, token: TenantToken, name: str, key: str, insight_name: str) -> Response:
    """E6, I4: an insight's rows of the parents picked; `filters` are the parent's.

    choice: they are joined by the dimension named like the parent's primary key, else by the insight's `partitionBy`;
    an insight that does not read the parent is 404.
    """
    parent = profile(org, token, name)
    picked = all_of(_picked(request, parent, key))
    item, roles = insights.found(org, token, insight_name)
    if parent.name not in {edge.from_object for edge in item.relationships}:
        raise RefusedError(404, f"{item.name} is not related to {parent.name}")
    own = _key_of(parent)
    folded = {dimension.casefold(): dimension for dimension in roles.dimensions}
    by = folded.get(own.casefold(), roles.partition_by)
    if by is None:
        raise RefusedError(400, f"{item.name} has no dimension that names {parent.name}")
    condition = f"{quoted(by)} IN (SELECT {quoted(own)} FROM {quoted(parent.name)} WHERE {picked})"
    limits = _window(request, org.quirks)
    return records(org, token, insights.statement(request, org.quirks, item, roles, [condition]), limits)


def profile(org: Org, token: TenantToken, name: str) -> CatalogObject:
    """The DMO of that name. choice: 404 for an unknown one, 400 for one that is no profile."""
    item = org.dataspace(token).catalog.get(name)
    if item is None:
        raise RefusedError(404, f"Unknown data model object {name}")
    if not _is_profile(item):
        raise RefusedError(400, f"{item.name} is not a data model object of the category Profile")
    return item


def _is_profile(item: CatalogObject) -> bool:
    return item.kind is ObjectKind.DATA_MODEL_OBJECT and (item.category or "").casefold() == "profile"


def _entity(item: CatalogObject, quirks: Quirks) -> Entity:
    """The entity of the metadata API, without the keys that the profile API's own pages do not have."""
    body = entity(item, old_org=quirks.old_org_metadata)
    body.pop("referenceModelEntityDeveloperName", None)
    body["fields"] = plain(body["fields"])
    if quirks.upper_case_category:
        body["category"] = (item.category or "").upper()
    return body


def _picked(request: Request, item: CatalogObject, key: str) -> list[str]:
    """The conditions on the object whose id or secondary key stands in the path.

    Both spellings of the parameter are in the documentation. choice: any field of the object serves as `searchKey`.
    """
    name = request.args.get("searchKey") or request.args.get("searchkey") or _key_of(item)
    return [matching(item, name, key), *filters(request, item)]


def _key_of(item: CatalogObject) -> str:
    """choice: of a primary key of several columns, the first."""
    if not item.primary_key:
        raise RefusedError(400, f"{item.name} has no primary key; name a searchKey")
    return item.primary_key[0]


def _rows(org: Org, request: Request, token: TenantToken, item: CatalogObject, where: list[str]) -> Response:
    asked = [known(item, name).name for name in names(request, "fields", MOST_FIELDS)]
    columns = ", ".join(quoted(name) for name in asked or _fields_when_absent(item, org.quirks))
    order = ordering(request, item)
    sql = f"SELECT {columns} FROM {quoted(item.name)} WHERE {all_of(where)}{order}"
    return records(org, token, sql, _window(request, org.quirks))


def _fields_when_absent(item: CatalogObject, quirks: Quirks) -> list[str]:
    if quirks.fields_when_absent == "key":
        return [_key_of(item)]
    return sorted((column.name for column in item.columns), key=str.casefold)[:_FIRST_FIELDS]


def _window(request: Request, quirks: Quirks) -> Window:
    return window(request, quirks.record_limit, quirks.record_limit_most)
