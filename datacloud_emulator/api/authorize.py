"""The browser's part of a login: `/services/oauth2/authorize`, and the page a browser may be sent back to.

Nobody is asked: the user of this org approves at once, or by quirk never does. Speaks for the wire spec, auth §2.4.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import USER_SCOPES
from datacloud_emulator.api.bodies import oauth_error
from datacloud_emulator.api.oauth import parameters
from datacloud_emulator.consents import Authorization, Challenge
from datacloud_emulator.errors import LoginRefusedError
from datacloud_emulator.org import Org

SUCCESS_PATH = "/services/oauth2/success"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1; a challenge has the same form


def authorize(org: Org, request: Request) -> Response:
    """`GET /services/oauth2/authorize`: 302 to the app's own address, with a code or with an error.

    An unknown app or an address that is not the app's is answered here (400): nothing may be sent there.
    """
    given = parameters(request)
    if not org.accounts.credentials.is_client(given.get("client_id", "")):
        return oauth_error("invalid_client_id", "client identifier invalid")
    target = given.get("redirect_uri", "")
    if not _is_registered(org, target):
        return oauth_error("redirect_uri_mismatch", "redirect_uri must match configuration")
    try:
        answer = {"code": org.accounts.codes.issue(_authorization(org, given, target))}
    except LoginRefusedError as refused:
        answer = {"error": refused.error, "error_description": refused.description}
    if "state" in given:
        answer["state"] = given["state"]
    joint = "&" if urlsplit(target).query else "?"
    return Response(status=302, headers={"Location": f"{target}{joint}{urlencode(answer)}"})


def success(org: Org, request: Request) -> Response:
    """Where a client that cannot listen sends the browser: the code stands in the page's own address."""
    page = (
        "<!DOCTYPE html>\n<html><head><title>Authorization</title></head>\n"
        "<body>You may close this page after you have copied its address.</body></html>\n"
    )
    return Response(page, content_type="text/html; charset=UTF-8")


def _authorization(org: Org, given: dict[str, str], target: str) -> Authorization:
    if given.get("response_type") != "code":
        raise LoginRefusedError("unsupported_response_type", "response type not supported")
    allowed = org.quirks.scope.split()
    # choice: who asks for nothing in particular gets all that the app and its users may have.
    scopes = given.get("scope", "").split() or [*allowed, "refresh_token"]
    if not USER_SCOPES.union(allowed).issuperset(scopes):
        raise LoginRefusedError("invalid_scope", "the requested scope is not allowed")
    challenge = _challenge(given)
    if challenge is None and org.quirks.pkce_required:
        raise LoginRefusedError("invalid_request", "missing required code challenge")
    if org.quirks.authorization_denied:
        raise LoginRefusedError("access_denied", "end-user denied authorization")
    return Authorization(target, " ".join(scopes), challenge)


def _challenge(given: dict[str, str]) -> Challenge | None:
    value = given.get("code_challenge")
    if value is None:
        return None
    method = given.get("code_challenge_method", "plain")  # RFC 7636 §4.3
    if method not in {"S256", "plain"} or not _VERIFIER.fullmatch(value):
        raise LoginRefusedError("invalid_request", "invalid code challenge")
    return Challenge(value, method)


def _is_registered(org: Org, uri: str) -> bool:
    """choice: the app has registered every address of the machine itself (RFC 8252 §7.3) and the success pages."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    if parts.fragment or not uri.isascii() or not uri.isprintable():
        return False
    if uri in {org.origin + SUCCESS_PATH, "https://login.salesforce.com" + SUCCESS_PATH}:
        return True
    return parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"} and parts.username is None
