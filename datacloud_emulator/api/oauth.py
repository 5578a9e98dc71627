"""Login and logout of the org: `/services/oauth2/token` and `/services/oauth2/revoke`.

Speaks for the wire spec, auth §2, §4, §5. Parameters are read from query string and body together, because one official
client puts them into the URL; the body wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import ORG_ID, SCOPE, USER_ID, Credentials
from datacloud_emulator.api.bodies import json_response, oauth_error
from datacloud_emulator.org import Org

Parameters = Mapping[str, str]


def token(org: Org, request: Request) -> Response:
    """`POST /services/oauth2/token`: an org token, or the OAuth error that says why not."""
    given = parameters(request)
    if request.authorization is not None and request.authorization.type == "basic":
        # RFC 6749 §2.3.1: the client may name itself by HTTP Basic instead.
        basic = {"client_id": request.authorization.username, "client_secret": request.authorization.password}
        given = {**{key: value for key, value in basic.items() if value is not None}, **given}
    if "grant_type" not in given:
        return _missing("grant_type")
    grant = GRANTS.get(given["grant_type"])
    if grant is None:
        return oauth_error("unsupported_grant_type", "grant type not supported")
    refusal = grant(org.accounts.credentials, given)
    if refusal is not None:
        return refusal
    issued_at = str(int(org.clock.time() * 1000))
    identity = f"{org.origin}/id/{ORG_ID}/{USER_ID}"
    return json_response(
        {
            "access_token": org.accounts.issue_org_token(),
            "instance_url": org.origin,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued_at,
            "signature": org.accounts.signature(identity, issued_at),
            "scope": SCOPE,
        }
    )


def revoke(org: Org, request: Request) -> Response:
    """`POST /services/oauth2/revoke`: 200 and nothing else, whether the token was known or not (RFC 7009 §2.2)."""
    given = parameters(request)
    if not given.get("token"):
        return _missing("token")
    org.accounts.revoke(given["token"])
    return Response(status=200)


def parameters(request: Request) -> dict[str, str]:
    """Form parameters of URL and body, whatever content type the body claims; blank ones count as given."""
    body = request.get_data().decode("utf-8", "replace")
    query = request.query_string.decode("utf-8", "replace")
    return dict(parse_qsl(query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True))


def _client_credentials(known: Credentials, given: Parameters) -> Response | None:
    for name in ("client_id", "client_secret"):
        if not given.get(name):
            return _missing(name)
    if not known.is_client(given["client_id"]):
        return oauth_error("invalid_client_id", "client identifier invalid")
    if not known.is_client_secret(given["client_secret"]):
        return oauth_error("invalid_client", "invalid client credentials")
    return None


def _password(known: Credentials, given: Parameters) -> Response | None:
    for name in ("username", "password"):
        if not given.get(name):
            return _missing(name)
    refusal = _client_credentials(known, given)
    if refusal is None and not known.is_user(given["username"], given["password"]):
        return oauth_error("invalid_grant", "authentication failure")
    return refusal


def _missing(name: str) -> Response:
    return oauth_error("invalid_request", f"missing required parameter: {name}")


# Each grant says why it refuses, or None when the login is good.
GRANTS: dict[str, Callable[[Credentials, Parameters], Response | None]] = {
    "client_credentials": _client_credentials,
    "password": _password,
}
