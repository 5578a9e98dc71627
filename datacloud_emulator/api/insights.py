"""Calculated insights: `GET /api/v1/insight…`, and the statement that reads an insight for the profile API too.

Speaks for the wire spec, calculated-insights (I1-I4). An insight is a table, computed when the data was loaded; leaving
dimensions out or asking for a granularity computes its measures anew from that table's rows.
"""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.asked import RefusedError, filters, known, names, ordering, window
from datacloud_emulator.api.bodies import json_response
from datacloud_emulator.api.metadata import Entity, entity, plain
from datacloud_emulator.api.records import endpoint, records
from datacloud_emulator.catalog import CatalogColumn, CatalogObject, Insight
from datacloud_emulator.org import Org
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.sql.conditions import all_of
from datacloud_emulator.sql.lexer import quoted

MOST_DIMENSIONS = 10
MOST_MEASURES = 5
GRANULARITIES = ("HOUR", "DAY", "MONTH", "QUARTER", "YEAR")
_TIMES = frozenset({"date", "timestamp", "timestamptz"})


@endpoint
def describe_all(org: Org, request: Request, token: TenantToken) -> Response:
    """I1: every insight."""
    objects = org.dataspace(token).catalog.objects
    return json_response({"metadata": [_entity(item, org.quirks) for item in objects if item.insight is not None]})


@endpoint
def describe(org: Org, request: Request, token: TenantToken, insight_name: str) -> Response:
    """I2: one of them."""
    item = _entity(found(org, token, insight_name)[0], org.quirks)
    return json_response({"metadata": item if org.quirks.metadata_as_object else [item]})


@endpoint
def query(org: Org, request: Request, token: TenantToken, insight_name: str) -> Response:
    """I3: the rows of an insight; `filters` are its own. choice: any column can be filtered by, asked for or not."""
    item, roles = found(org, token, insight_name)
    rows = window(request, org.quirks.insight_limit, org.quirks.insight_limit)
    return records(org, token, statement(request, org.quirks, item, roles, filters(request, item)), rows)


def found(org: Org, token: TenantToken, name: str) -> tuple[CatalogObject, Insight]:
    """The insight of that name. choice: 404 for an unknown one."""
    item = org.dataspace(token).catalog.get(name)
    if item is None or item.insight is None:
        raise RefusedError(404, f"Unknown calculated insight {name}")
    return item, item.insight


def statement(request: Request, quirks: Quirks, item: CatalogObject, roles: Insight, where: list[str]) -> str:
    """The SELECT for the dimensions, measures, granularity and order asked for, of the rows that `where` leaves.

    choice: fewer dimensions than there are, or a granularity, group the rows by what is left; measures are then rolled
    up, and one that cannot be is refused.
    """
    caps = (MOST_DIMENSIONS, MOST_MEASURES) if quirks.insight_caps else (None, None)
    measured = {measure.name: measure for measure in roles.measures}
    dimensions = _of_role(item, names(request, "dimensions", caps[0]), roles.dimensions, "dimension")
    measures = _of_role(item, names(request, "measures", caps[1]), tuple(measured), "measure")
    granularity = _granularity(request)
    source = f"FROM {quoted(item.name)} WHERE {all_of(where)}"
    order = ordering(request, item, [column.name for column in (*dimensions, *measures)])
    if granularity is None and len(dimensions) == len(roles.dimensions):
        listed = ", ".join(quoted(column.name) for column in (*dimensions, *measures))
        return f"SELECT {listed} {source}{order}"
    if granularity is not None and not any(column.type.name in _TIMES for column in dimensions):
        raise RefusedError(400, f"timeGranularity: no date or time is among the dimensions of {item.name} asked for")
    rolled = []
    for column in measures:
        measure = measured[column.name]
        if not measure.rollupable:
            raise RefusedError(400, f"{column.name} does not roll up, which this call would need")
        rolled.append(f"{measure.roll_up}({quoted(column.name)}) AS {quoted(column.name)}")
    kept = [f"{_bucket(column, granularity)} AS {quoted(column.name)}" for column in dimensions]
    groups = ", ".join(str(place) for place in range(1, len(kept) + 1))
    # The order is of the columns that come out, so it stands outside.
    return f"SELECT * FROM (SELECT {', '.join(kept + rolled)} {source} GROUP BY {groups}) AS rolled{order}"


def _of_role(item: CatalogObject, asked: list[str], own: tuple[str, ...], role: str) -> list[CatalogColumn]:
    """The columns asked for, all of the role when none is. choice: 422 for a name that is none of them."""
    columns = [known(item, name) for name in asked or own]
    for column in columns:
        if column.name not in own:
            raise RefusedError(422, f"{column.name} is not a {role} of {item.name}")
    return columns


def _granularity(request: Request) -> str | None:
    text = request.args.get("timeGranularity", "")
    if text and text not in GRANULARITIES:
        raise RefusedError(400, f"timeGranularity must be one of {', '.join(GRANULARITIES)}")
    return text.lower() or None


def _bucket(column: CatalogColumn, granularity: str | None) -> str:
    """The column, or the beginning of the time it lies in. choice: every date and time asked for is cut, in UTC."""
    name = quoted(column.name)
    if granularity is None or column.type.name not in _TIMES:
        return name
    # The engine makes a timestamp of a date that it cuts.
    return f"CAST(DATE_TRUNC('{granularity}', {name}) AS {column.hyper_type})"


def _entity(item: CatalogObject, quirks: Quirks) -> Entity:
    """The entity of the metadata API, without the types that the insight API's own pages do not have."""
    body = entity(item, omit_rollupable=quirks.omit_rollupable)
    return body | {role: plain(body[role]) for role in ("dimensions", "measures")}
