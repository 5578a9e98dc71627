"""The whole emulator as one WSGI application: tokens, quotas, headers, faults, and the record of what arrived.

Every door (`doors.http`, `doors.inprocess`) leads here and adds nothing of its own, so a test in process meets the same
service as a stranger's client on a socket. Which endpoint a path leads to is in `routes`, what it says in `api`.

Order of refusals, as a proxy before the service would have them: unknown path 404, wrong method 405, token 401, quota
429 (wire spec, status-codes §6). A fault that a test asked for comes before all of them.
"""

from __future__ import annotations

import logging
import secrets
import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import OrgTokenOnTenantError, TenantToken, TokenRefusedError
from datacloud_emulator.api import connect, struck
from datacloud_emulator.api.bodies import connect_error, long_error, short_error
from datacloud_emulator.api.hyper import SERVICE
from datacloud_emulator.errors import EngineUnavailableError
from datacloud_emulator.faults import Faults
from datacloud_emulator.line import send_struck
from datacloud_emulator.org import Org
from datacloud_emulator.routes import Endpoint, found

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


class App:
    """The WSGI callable; one per emulator, called from many threads."""

    def __init__(self, org: Org, faults: Faults | None = None) -> None:
        self._org = org
        self._faults = faults or Faults()
        self.requests: deque[RequestRecord] = deque(maxlen=_RECORDS_KEPT)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        arrived, began = self._org.clock.now(), time.perf_counter()
        request = Request(environ, populate_request=False)  # else each would hold the other until a collection
        endpoint, path = found(request)
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

    def _answer(self, request: Request, endpoint: Endpoint, path: Mapping[str, Any]) -> tuple[str | None, Response]:
        """Data space and answer of a request; no exception leaves here."""
        org = self._org
        token: TenantToken | None = None
        try:
            if endpoint.unless and getattr(org.quirks, endpoint.unless):
                raise NotFound
            if endpoint.given and not getattr(org.quirks, endpoint.given):
                raise NotFound
            if endpoint.on_org:
                org.accounts.verify_org_token(_bearer(request))
                dataspace = connect.dataspace_name(org, request)
                return dataspace, endpoint.answer(org, request, **path)
            if not endpoint.on_tenant:
                return None, endpoint.answer(org, request, **path)
            token = org.accounts.verify(_bearer(request))
            response = self._metered(endpoint, request, token, path)
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

    def _metered(self, endpoint: Endpoint, request: Request, token: TenantToken, path: Mapping[str, Any]) -> Response:
        org = self._org
        began = time.perf_counter()
        capped = not endpoint.uncapped or org.quirks.profile_capped
        welcome, headers = org.quota.enter(capped=capped)
        try:
            if welcome:
                response = endpoint.answer(org, request, token, **path)
            else:
                response = short_error(org.clock.now(), 429, "Too many requests")
        finally:
            org.quota.leave(capped=capped)
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
