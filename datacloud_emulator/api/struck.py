"""Requests that a fault strikes: what the service answers to them, and what it makes of its own answer.

A status that a test asks for comes with the body documented for it, in the words of the API that was asked.
Speaks for the wire spec, status-codes §2-3, §6 (E1, E2, E4, E5, E7); auth §5.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import msgspec
from werkzeug.wrappers import Request, Response

from datacloud_emulator.api import connect, oauth
from datacloud_emulator.api.bodies import connect_error, long_error, oauth_error, short_error, v3_error
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.faults import Fault
from datacloud_emulator.org import Org

log = logging.getLogger(__name__)

_JSON = msgspec.json.Decoder(float_hook=Decimal)  # numbers keep their digits
_JSON_TEXT = msgspec.json.Encoder(decimal_format="number")
_KNOWN = frozenset(HTTPStatus)
_HTML = "text/html; charset=UTF-8"
_LOGIN = ("/services/oauth2/", "/services/a360/")
_PROXY = {
    502: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
    503: "no healthy upstream",
}
_CONNECT = {
    400: ("BAD_REQUEST", "Bad Request"),
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("INSUFFICIENT_ACCESS", "You do not have access to this resource"),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    # choice: which status and code a core API gives when it is asked too often under 429 is not documented.
    429: ("REQUEST_LIMIT_EXCEEDED", "Too many requests"),
    500: ("UNKNOWN_EXCEPTION", "Internal Server Error"),
    503: ("SERVER_UNAVAILABLE", "The server is temporarily unavailable"),
}
_ENGAGEMENT = {400: 5, 401: 184, 403: 76, 404: 109, 405: 60, 429: 66, 500: 183}  # the code that goes with a status
_OAUTH = {
    400: ("invalid_grant", "authentication failure"),
    401: ("invalid_client", "invalid client credentials"),
    429: ("rate_limit_exceeded", "rate limit exceeded"),
}
_TENANT = {401: ("Authorization header verification failed", "UNAUTHENTICATED: Invalid JWT (not before or expired)")}


_Answer = tuple[str | None, Response]  # and the data space it came from


def answer(org: Org, request: Request, path: Mapping[str, Any], fault: Fault, act: Callable[[], _Answer]) -> _Answer:
    """What a struck request is answered. `path` holds the variable parts of its path; `act` has the service carry it
    out. Of a connection that is reset before that, there is no answer: its status is 0.
    """
    if fault.reset == "before":
        request.get_data()  # it has arrived whole: a client never meets the reset while it still writes
        return None, Response(status=0)
    if fault.status is not None:
        return None, _forced(org, request, fault.status, fault)
    if fault.expire_token:
        _expire_tokens(org, request)
    if fault.expire_id:
        _expire_id(org, path)
    dataspace, response = act()
    if fault.change is not None:
        response = _changed(org, response, fault.change)
    return dataspace, response


def _expire_tokens(org: Org, request: Request) -> None:
    """End the tokens a request shows, wherever it shows them."""
    given = oauth.parameters(request)
    bearer = request.headers.get("Authorization", "").partition(" ")[2].strip()
    for token in (bearer, given.get("subject_token"), given.get("refresh_token")):
        if token:
            org.accounts.revoke(token)


def _expire_id(org: Org, path: Mapping[str, Any]) -> None:
    """End the page or the result a path names."""
    if "batch_id" in path:
        org.queries.expire(path["batch_id"])
    else:
        org.results.expire(path["query_id"].replace("/", "%2F"))  # query-sql: a door may have made a slash of it


def _changed(org: Org, response: Response, change: Callable[[Any], Any]) -> Response:
    """The answer with other JSON; a change that fails is logged, and answered as the server's own failure."""
    try:
        changed = change(_JSON.decode(response.get_data()))
    except Exception:  # a test's own code
        log.exception("the change of a fault failed")
        return long_error(org.clock.now(), 500, "Internal Server Error", "Internal Server Error")
    text = changed.encode() if isinstance(changed, str) else changed
    response.set_data(text if isinstance(text, bytes) else _JSON_TEXT.encode(text))
    return response


def _forced(org: Org, request: Request, status: int, fault: Fault) -> Response:
    """The answer a fault asks for; its body is the documented one unless it says another."""
    if isinstance(fault.body, (dict, list)):
        return Response(msgspec.json.encode(fault.body), status=status, content_type="application/json")
    if fault.body is not None:
        body = fault.body.encode() if isinstance(fault.body, str) else fault.body
        kind = _HTML if body.lstrip().startswith(b"<") else "application/json"
        return Response(body, status=status, content_type=kind)
    if status < 400:
        return Response(status=status)
    return _documented(org, request, status)


def _documented(org: Org, request: Request, status: int) -> Response:
    if status not in _KNOWN:
        return Response(f"error {status}", status=status, content_type="text/plain")
    phrase = _phrase(status)
    if request.path.startswith(connect.ROOT) and status not in {502, 504}:
        code, words = _CONNECT.get(status, (phrase.upper().replace(" ", "_"), phrase))
        return connect_error(status, code, words)
    if request.path.startswith("/api/v5/") and status in _ENGAGEMENT:
        return RefusedError(_ENGAGEMENT[status], status=status).response()
    if status in _PROXY:
        return Response(_PROXY[status], status=status, content_type="text/plain")
    if status == 504:
        page = f"<html>\n<head><title>504 {phrase}</title></head>\n<body><h1>504 {phrase}</h1></body>\n</html>\n"
        return Response(page, status=status, content_type=_HTML)
    if request.path.startswith(_LOGIN):
        error, words = _OAUTH.get(status, ("server_error" if status >= 500 else "invalid_request", phrase))
        return oauth_error(error, words, status)
    now = org.clock.now()
    words, detail = _TENANT.get(status, (phrase, phrase))
    if status in {404, 429}:
        return short_error(now, status, words)
    if request.path.startswith("/api/v3/"):
        tenant = org.accounts.tenant
        return v3_error(now, status, words, "COMMON_ERROR_GENERIC", path=request.path, tenant=tenant, details={})
    return long_error(now, status, words, detail)


def _phrase(status: int) -> str:
    return "Too many requests" if status == 429 else HTTPStatus(status).phrase
