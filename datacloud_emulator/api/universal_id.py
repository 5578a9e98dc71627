"""Universal ID Lookup: every source record of the unified record that one source record belongs to.

Speaks for the wire spec, universal-id-lookup. The entity is the link DMO of an identity resolution.
"""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.asked import RefusedError
from datacloud_emulator.api.bodies import json_response
from datacloud_emulator.api.records import cells, endpoint
from datacloud_emulator.catalog import CatalogColumn, CatalogObject
from datacloud_emulator.cells import graph_spelling
from datacloud_emulator.org import Org
from datacloud_emulator.sql.conditions import all_of, equal
from datacloud_emulator.sql.lexer import quoted

_RECORD, _UNIFIED = "SourceRecordId__c", "UnifiedRecordId__c"
_SOURCE, _OBJECT = "DataSourceId__c", "DataSourceObjectId__c"


@endpoint
def lookup(
    org: Org, request: Request, token: TenantToken, name: str, source: str, source_object: str, record: str
) -> Response:
    """The linked records, the one asked for first. choice: none is 200; what is no link DMO is 404."""
    item = org.dataspace(token).catalog.get(name)
    columns = None if item is None else _link_columns(item)
    if item is None or columns is None:
        raise RefusedError(404, f"Unknown link data model object {name}")
    try:
        values = {_RECORD: record, _SOURCE: source, _OBJECT: source_object}
        asked = all_of([equal(columns[key], value) for key, value in values.items()])
    except ValueError as error:
        raise RefusedError(400, str(error)) from None
    unified = quoted(columns[_UNIFIED].name)
    listed = {key: quoted(column.name) for key, column in columns.items()}
    found = cells(
        org.dataspace(token),
        f"SELECT {', '.join(listed.values())} FROM {quoted(item.name)} "
        f"WHERE {unified} IN (SELECT {unified} FROM {quoted(item.name)} WHERE {asked}) "
        f"ORDER BY CASE WHEN {asked} THEN 0 ELSE 1 END, {listed[_SOURCE]}, {listed[_OBJECT]}, {listed[_RECORD]}",
        graph_spelling,
    )
    if not found and org.quirks.nothing_found_404:
        raise RefusedError(404, "No such source record")
    prefix = "" if org.quirks.universal_id_bare_names else "ssot__"
    keys = [prefix + key if key in (_SOURCE, _OBJECT) else key for key in columns]
    return json_response({"data": [dict(zip(keys, row, strict=True)) for row in found]})


def _link_columns(item: CatalogObject) -> dict[str, CatalogColumn] | None:
    """The four columns of a link DMO; older links lack the prefix. None for an object that is none."""
    found = {}
    for key in (_RECORD, _UNIFIED, _SOURCE, _OBJECT):
        column = item.column(key) or item.column(f"ssot__{key}")
        if column is None:
            return None
        found[key] = column
    return found
