"""Which endpoint a path leads to: every API's paths, and how their parts are read.

Paths are matched as they were sent, so that a slash within an id (`%2F`) is none between two parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule, UnicodeConverter
from werkzeug.wrappers import Request, Response

from datacloud_emulator.api import (
    authorize,
    data_graphs,
    dataspaces,
    exchange,
    identity,
    insights,
    metadata,
    oauth,
    profile,
    query_sql,
    query_v1,
    query_v2,
    query_v3,
    universal_id,
)
from datacloud_emulator.engagement import service as engagement
from datacloud_emulator.org import Org


@dataclass(frozen=True)
class Endpoint:
    operation: str
    # (org, request, **path); on the tenant, (org, request, token, **path)
    answer: Callable[..., Response]
    on_tenant: bool = False
    on_org: bool = False  # one of the org's own REST APIs, for which the org token is good
    unless: str = ""  # the quirk of an org that does not have it
    given: str = ""  # the quirk of the only orgs that have it
    uncapped: bool = False  # its calls do not count among those at once


def _route(
    path: str,
    method: str,
    operation: str,
    answer: Callable[..., Response],
    *,
    on_tenant: bool = False,
    on_org: bool = False,
    unless: str = "",
    given: str = "",
    uncapped: bool = False,
) -> Rule:
    endpoint = Endpoint(operation, answer, on_tenant, on_org, unless, given, uncapped)
    return Rule(path, methods=[method], endpoint=endpoint)


def _v3(path: str, method: str, operation: str, answer: Callable[..., Response]) -> Rule:
    return _route(f"/api/v3/query{path}", method, operation, answer, on_tenant=True, unless="no_v3")


def _query_sql(path: str, method: str, operation: str, answer: Callable[..., Response]) -> Rule:
    path = f"/services/data/v<int(min=63):version>.0/ssot/query-sql{path}"
    return _route(path, method, operation, answer, on_org=True, unless="no_query_sql")


def _read(path: str, operation: str, answer: Callable[..., Response], given: str = "") -> Rule:
    """One of the tenant's APIs that read and have no statement.

    Only queries and insights share the cap (wire spec, profile §7). choice: universal ids and graphs are as profiles.
    """
    uncapped = not operation.startswith("insight")
    return _route(path, "GET", operation, answer, on_tenant=True, given=given, uncapped=uncapped)


def _engagement(path: str, method: str, operation: str) -> Rule:
    """One of Account Engagement, whose objects stand in its own catalogue (account-engagement §1)."""
    answer = partial(engagement.answer, operation=operation)
    return _route(f"/api/v5/{path}", method, f"engagement-{operation}", answer)


def _engagement_rules() -> list[Rule]:
    rules = [_engagement("objects/<any(account):collection>", "GET", "read")]
    outside = '<any("exports", "imports", "bulk-actions", "external-activities"):collection>'
    for collection in ("objects/<collection>", outside):
        record = f"{collection}/<record>"
        rules += [
            _engagement(collection, "GET", "query"),
            _engagement(collection, "POST", "create"),
            _engagement(record, "GET", "read"),
            _engagement(record, "PATCH", "update"),
            _engagement(record, "DELETE", "delete"),
            _engagement(f"{collection}/do/<action>", "POST", "action"),
            _engagement(f"{record}/do/<action>", "POST", "action"),
            _engagement(f"{record}/<part>", "POST", "action"),
            _engagement(f"{record}/<part>", "GET", "download"),
            _engagement(f"{record}/<any(results):part>/<file>", "GET", "download"),
        ]
    return rules


class _Segment(UnicodeConverter):
    """A part of a path, in which `_segments` has left slashes and percent signs encoded."""

    def to_python(self, value: str) -> str:
        return value.replace("%2F", "/").replace("%25", "%")


class _QuerySqlId(_Segment):
    """An id of query-sql, in which a door may have made a slash of `%2F`."""

    part_isolating = False
    regex = "[^/]+(?:/[0-9a-f-]{36})?"

    def __init__(self, map: Map) -> None:
        BaseConverter.__init__(self, map)  # a text's own would make a regular expression of the lengths allowed


_UNIVERSAL_ID = "/universalIdLookup/<name>/<source>/<source_object>/<record>"

ROUTES = Map(
    [
        _route("/services/oauth2/token", "POST", "token", oauth.token, on_tenant=False),
        _route("/services/oauth2/revoke", "POST", "revoke", oauth.revoke, on_tenant=False),
        _route("/services/oauth2/authorize", "GET", "authorize", authorize.authorize, on_tenant=False),
        _route(authorize.SUCCESS_PATH, "GET", "success", authorize.success, on_tenant=False),
        _route("/services/oauth2/userinfo", "GET", "userinfo", identity.userinfo, on_tenant=False),
        _route("/id/<org_id>/<user_id>", "GET", "identity", identity.identity, on_tenant=False),
        _route("/services/a360/token", "POST", "exchange", exchange.exchange, on_tenant=False),
        _route("/api/v1/query", "POST", "query-v1", query_v1.submit, on_tenant=True, unless="no_v1"),
        _route("/api/v2/query", "POST", "query", query_v2.submit, on_tenant=True, unless="no_v2"),
        _route("/api/v2/query/<batch_id>", "GET", "batch", query_v2.fetch, on_tenant=True, unless="no_v2"),
        _v3("", "POST", "v3-query", query_v3.submit),
        _v3("/<query_id>", "GET", "v3-status", query_v3.status),
        _v3("/<query_id>", "DELETE", "v3-cancel", query_v3.cancel),
        _v3("/<query_id>/rows", "GET", "v3-rows", query_v3.rows),
        _v3("/<query_id>/chunks/<int:number>", "GET", "v3-chunk", query_v3.chunk),
        _v3("/<query_id>/metadata", "GET", "v3-metadata", query_v3.metadata),
        _query_sql("", "POST", "query-sql", query_sql.submit),
        _query_sql("/<query_sql_id:query_id>", "GET", "query-sql-status", query_sql.status),
        _query_sql("/<query_sql_id:query_id>", "DELETE", "query-sql-cancel", query_sql.cancel),
        _query_sql("/<query_sql_id:query_id>/rows", "GET", "query-sql-rows", query_sql.rows),
        _route("/services/data/v<int:version>.0/query", "GET", "soql", dataspaces.soql, on_org=True),
        _route(
            "/services/data/v<int(min=62):version>.0/ssot/data-spaces",
            "GET",
            "data-spaces",
            dataspaces.listing,
            on_org=True,
        ),
        _route("/api/v1/metadata", "GET", "metadata", metadata.describe, on_tenant=True),
        _read("/api/v1/profile/metadata", "profile-metadata", profile.describe_all),
        _read("/api/v1/profile/metadata/<name>", "profile-metadata", profile.describe),
        _read("/api/v1/profile/<name>", "profile", profile.find),
        _read("/api/v1/profile/<name>/<key>", "profile", profile.get),
        _read("/api/v1/profile/<name>/<key>/<child>", "profile-children", profile.children),
        _read("/api/v1/profile/<name>/<key>/calculated-insights/<insight_name>", "profile-insight", profile.insight),
        _read("/api/v1/insight/metadata", "insight-metadata", insights.describe_all),
        _read("/api/v1/insight/metadata/<insight_name>", "insight-metadata", insights.describe),
        _read("/api/v1/insight/calculated-insights/<insight_name>", "insight", insights.query),
        _read("/api/v1/insight/calculated-insight/<insight_name>", "insight", insights.query, "insight_path_aliases"),
        _read("/api/v1/insights/calculated-insights/<insight_name>", "insight", insights.query, "insight_path_aliases"),
        _read(f"/api/v1{_UNIVERSAL_ID}", "universal-id", universal_id.lookup),
        _read(_UNIVERSAL_ID, "universal-id", universal_id.lookup, "universal_id_without_prefix"),
        _read("/api/v1/dataGraph/metadata", "data-graph-metadata", data_graphs.describe),
        _read("/api/v1/dataGraph/<name>", "data-graph-lookup", data_graphs.lookup),
        _read("/api/v1/dataGraph/<name>/<key>", "data-graph", data_graphs.get),
        *_engagement_rules(),
    ],
    converters={"default": _Segment, "query_sql_id": _QuerySqlId},
    strict_slashes=False,  # both spellings are in use, and neither redirects
    merge_slashes=False,
)


def found(request: Request) -> tuple[Endpoint, Mapping[str, Any]]:
    """What a request is for, and the variable parts of its path; for an unknown one, an endpoint that says so."""
    try:
        endpoint, path = ROUTES.bind_to_environ(request.environ).match(_segments(request))
    except HTTPException as error:
        astray = error
        if request.path.startswith(engagement.ROOT):  # whose refusals come in an order of its own
            return Endpoint("", partial(engagement.answer, astray=astray)), {}

        def answer(org: Org, request: Request) -> NoReturn:
            raise astray

        return Endpoint("", answer), {}
    return endpoint, path


def _segments(request: Request) -> str:
    """The path, decoded but for `%2F` and `%25`, so that a slash within a part of it is none between two."""
    path: str = request.environ.get("REQUEST_URI", "").partition("?")[0]
    if not path.startswith("/"):  # a proxy's form, with the host, or a server that does not say
        return request.path.replace("%", "%25")
    return unquote(re.sub("%(?=2[fF5])", "%25", path)).replace("%2f", "%2F")
