"""The whole emulator as one WSGI application: routes, tokens, quotas, headers, faults, and the record of what arrived.

Every door (`doors.http`, `doors.inprocess`) leads here and adds nothing of its own, so a test in process meets the same
service as a stranger's client on a socket. What an endpoint says is in `api`.

Order of refusals, as a proxy before the service would have them: unknown path 404, wrong method 405, token 401, quota
429 (wire spec, status-codes §6). A fault that a test asked for comes before all of them.
"""

from __future__ import annotations

import logging
import secrets
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.http import http_date
from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import OrgTokenOnTenantError, TenantToken, TokenRefusedError
from datacloud_emulator.api import (
    authorize,
    connect,
    dataspaces,
    exchange,
    identity,
    metadata,
    oauth,
    query_sql,
    query_v1,
    query_v2,
    query_v3,
    struck,
)
from datacloud_emulator.api.bodies import connect_error, long_error, short_error
from datacloud_emulator.api.hyper import SERVICE
from datacloud_emulator.errors import EngineUnavailableError
from datacloud_emulator.faults import Faults
from datacloud_emulator.line import send_struck
from datacloud_emulator.org import Org

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

_CHUNK = 256 * 1024
_RECORDS_KEPT = 10_000


@dataclass(frozen=True)
class RequestRecord:
    """One request that arrived: enough to count and to find it, nothing that opens a door (no headers, no query
    string, no body)."""

    time: datetime
    method: str
    path: str
    operation: str  # what was asked for, "token" or "query" for example; "" for an unknown path
    dataspace: str | None
    # Of HTTP, 0 when the connection was reset before there was one; of a gRPC call, whose method is "gRPC", its own
    # code's number (0 is good).
    status: int
    seconds: float


@dataclass(frozen=True)
class _Endpoint:
    operation: str
    # (org, request, **path); on the tenant, (org, request, token, **path)
    answer: Callable[..., Response]
    on_tenant: bool = False
    on_org: bool = False  # one of the org's own REST APIs, for which the org token is good
    unless: str = ""  # the quirk of an org that does not have it


def _route(
    path: str,
    method: str,
    operation: str,
    answer: Callable[..., Response],
    *,
    on_tenant: bool = False,
    on_org: bool = False,
    unless: str = "",
) -> Rule:
    return Rule(path, methods=[method], endpoint=_Endpoint(operation, answer, on_tenant, on_org, unless))


def _v3(path: str, method: str, operation: str, answer: Callable[..., Response]) -> Rule:
    return _route(f"/api/v3/query{path}", method, operation, answer, on_tenant=True, unless="no_v3")


def _query_sql(path: str, method: str, operation: str, answer: Callable[..., Response]) -> Rule:
    path = f"/services/data/v<int(min=63):version>.0/ssot/query-sql{path}"
    return _route(path, method, operation, answer, on_org=True, unless="no_query_sql")


class _QuerySqlId(BaseConverter):
    """An id of query-sql, in which a door may have made a slash of `%2F`."""

    part_isolating = False
    regex = "[^/]+(?:/[0-9a-f-]{36})?"


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
    ],
    converters={"query_sql_id": _QuerySqlId},
    strict_slashes=False,  # both spellings are in use, and neither redirects
    merge_slashes=False,
)


class App:
    """The WSGI callable; one per emulator, called from many threads."""

    def __init__(self, org: Org, faults: Faults | None = None) -> None:
        self._org = org
        self._faults = faults or Faults()
        self.requests: deque[RequestRecord] = deque(maxlen=_RECORDS_KEPT)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        arrived, began = self._org.clock.now(), time.perf_counter()
        request = Request(environ, populate_request=False)  # else each would hold the other until a collection
        endpoint, path = _found(request)
        fault = self._faults.strike(endpoint.operation)
        act = partial(self._answer, request, endpoint, path)
        dataspace, response = act() if fault is None else struck.answer(self._org, request, path, fault, act)
        response.headers["Date"] = http_date(arrived)
        if fault is not None:
            response.headers.update(fault.headers)
        _pack(request, response)
        record = RequestRecord(
            arrived,
            request.method,
            request.path,
            endpoint.operation,
            dataspace,
            response.status_code,
            time.perf_counter() - began,
        )
        self.requests.append(record)
        if fault is not None:
            return send_struck(fault, response, self._org.clock, environ, start_response)
        return response(environ, start_response)

    def record_call(self, method: str, token: TenantToken | None, code: int, seconds: float) -> None:
        """Note a gRPC call that is over, beside what came over HTTP."""
        dataspace = token.dataspace if token else None
        path = f"/{SERVICE}/{method}"
        self.requests.append(RequestRecord(self._org.clock.now(), "gRPC", path, method, dataspace, code, seconds))

    def _answer(self, request: Request, endpoint: _Endpoint, path: Mapping[str, Any]) -> tuple[str | None, Response]:
        """Data space and answer of a request; no exception leaves here."""
        org = self._org
        token: TenantToken | None = None
        try:
            if endpoint.unless and getattr(org.quirks, endpoint.unless):
                raise NotFound
            if endpoint.on_org:
                org.accounts.verify_org_token(_bearer(request))
                dataspace = connect.dataspace_name(org, request)
                return dataspace, endpoint.answer(org, request, **path)
            if not endpoint.on_tenant:
                return None, endpoint.answer(org, request, **path)
            token = org.accounts.verify(_bearer(request))
            response = self._metered(endpoint.answer, request, token, path)
        except TokenRefusedError as refused:
            response = self._unauthorized(request, refused)
        except HTTPException as error:
            response = self._astray(request, error)
        except EngineUnavailableError as error:
            log.error("%s", error)
            # What the proxy before the service says then: E7, not JSON.
            response = Response("no healthy upstream", status=503, content_type="text/plain")
        except Exception:  # whatever went wrong is this request's; the server goes on
            log.exception("%s %s failed", request.method, request.path)
            response = self._broken(request)
        response.headers["x-trace-id"] = secrets.token_hex(16)
        return token.dataspace if token else None, response

    def _metered(
        self, answer: Callable[..., Response], request: Request, token: TenantToken, path: Mapping[str, Any]
    ) -> Response:
        org = self._org
        began = time.perf_counter()
        welcome, headers = org.quota.enter()
        try:
            if welcome:
                response = answer(org, request, token, **path)
            else:
                response = short_error(org.clock.now(), 429, "Too many requests")
        finally:
            org.quota.leave()
        response.headers.update(headers)
        response.headers["x-envoy-upstream-service-time"] = str(int((time.perf_counter() - began) * 1000))
        return response

    def _unauthorized(self, request: Request, refused: TokenRefusedError) -> Response:
        if _of_salesforce(request):
            return connect_error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if isinstance(refused, OrgTokenOnTenantError) and not self._org.quirks.core_token_on_tenant_401:
            return Response(status=400)
        return long_error(self._org.clock.now(), 401, "Authorization header verification failed", refused.status)

    def _astray(self, request: Request, error: HTTPException) -> Response:
        status = error.code or 400
        if _of_salesforce(request):
            code = error.name.upper().replace(" ", "_")
            response = connect_error(
                status, code, "The requested resource does not exist" if status == 404 else error.name
            )
        else:
            response = short_error(self._org.clock.now(), status, error.name)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    def _broken(self, request: Request) -> Response:
        if _of_salesforce(request):
            return connect_error(500, "UNKNOWN_EXCEPTION", "Internal Server Error")
        return long_error(self._org.clock.now(), 500, "Internal Server Error", "Internal Server Error")


def _found(request: Request) -> tuple[_Endpoint, Mapping[str, Any]]:
    """What a request is for, and the variable parts of its path; for an unknown one, an endpoint that says so."""
    try:
        endpoint, path = ROUTES.bind_to_environ(request.environ).match()
    except HTTPException as error:
        astray = error

        def answer(org: Org, request: Request) -> NoReturn:
            raise astray

        return _Endpoint("", answer), {}
    return endpoint, path


def _of_salesforce(request: Request) -> bool:
    """Whether the org's own REST APIs answer, whose errors are lists."""
    return request.path.startswith(connect.ROOT)


def _bearer(request: Request) -> str:
    """The token of `Authorization: Bearer …`; TokenRefusedError when there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefusedError("UNAUTHENTICATED: Authorization header is missing or malformed")
    return token.strip()


def _pack(request: Request, response: Response) -> None:
    """gzip when it was asked for; sent in chunks, without a length, as the service does.

    Works piece by piece: a batch is never copied whole. A body that a fault has encoded already stays as it is.
    """
    if "Content-Encoding" in response.headers:
        return
    pieces = [piece for piece in response.iter_encoded() if piece]
    if not pieces:
        return
    chunks: Iterator[bytes] = (
        piece[start : start + _CHUNK] for piece in pieces for start in range(0, len(piece), _CHUNK)
    )
    response.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings.quality("gzip") > 0:
        response.headers["Content-Encoding"] = "gzip"
        chunks = _zipped(chunks)
    del response.headers["Content-Length"]
    response.response = chunks


def _zipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    # choice: the fastest level; the way is short.
    packer = zlib.compressobj(level=1, wbits=31)  # 31: with gzip's header
    for chunk in chunks:
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()
