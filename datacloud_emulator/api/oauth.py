"""Login and logout of the org: `/services/oauth2/token` and `/services/oauth2/revoke`.

Speaks for the wire spec, auth §2, §4, §5. Parameters are read from query string and body together, because one official
client puts them into the URL; the body wins. Where the browser part of a login happens is `api.authorize`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import ORG_ID, USER_ID, USER_SCOPES
from datacloud_emulator.api.assertion import check_assertion
from datacloud_emulator.api.bodies import json_response, oauth_error
from datacloud_emulator.consents import ConsentGoneError
from datacloud_emulator.errors import LoginRefusedError
from datacloud_emulator.org import Org

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class Login:
    """A good login: what the org token allows, the refresh token to show, and the family the org token belongs to."""

    scope: str
    refresh_token: str | None = None
    family: str | None = None


def token(org: Org, request: Request) -> Response:
    """`POST /services/oauth2/token`: an org token, or the OAuth error that says why not."""
    given = parameters(request)
    if request.authorization is not None and request.authorization.type == "basic":
        # RFC 6749 §2.3.1: the client may name itself by HTTP Basic instead.
        basic = {"client_id": request.authorization.username, "client_secret": request.authorization.password}
        given = {**{key: value for key, value in basic.items() if value is not None}, **given}
    try:
        login = _login(org, given)
    except LoginRefusedError as refused:
        return oauth_error(refused.error, refused.description)
    issued_at = str(int(org.clock.time() * 1000))
    identity = identity_url(org)
    body = {
        "access_token": org.accounts.issue_org_token(login.scope, login.family),
        "instance_url": org.origin,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
        "signature": org.accounts.signature(identity, issued_at),
        "scope": login.scope,
    }
    if login.refresh_token is not None:
        body["refresh_token"] = login.refresh_token
    return json_response(body)


def _login(org: Org, given: Parameters) -> Login:
    _need(given, "grant_type")
    grant = GRANTS.get(given["grant_type"])
    if grant is None:
        raise LoginRefusedError("unsupported_grant_type", "grant type not supported")
    if org.quirks.login_error is not None:
        raise LoginRefusedError(*org.quirks.login_error)
    return grant(org, given)


def identity_url(org: Org) -> str:
    """The `id` of a login answer."""
    return f"{org.origin}/id/{ORG_ID}/{USER_ID}"


def revoke(org: Org, request: Request) -> Response:
    """`POST /services/oauth2/revoke`: 200 and nothing else, whether the token was known or not (RFC 7009 §2.2)."""
    given = parameters(request)
    if not given.get("token"):
        return oauth_error("invalid_request", "missing required parameter: token")
    org.accounts.revoke(given["token"])
    return Response(status=200)


def parameters(request: Request) -> dict[str, str]:
    """Form parameters of URL and body, whatever content type the body claims; blank ones count as given."""
    body = request.get_data().decode("utf-8", "replace")
    query = request.query_string.decode("utf-8", "replace")
    return dict(parse_qsl(query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True))


def _need(given: Parameters, *names: str) -> None:
    for name in names:
        if not given.get(name):
            raise LoginRefusedError("invalid_request", f"missing required parameter: {name}")


def _check_client(org: Org, given: Parameters) -> None:
    """The app is known, and a secret, if one is given, is its own."""
    known = org.accounts.credentials
    if not known.is_client(given["client_id"]):
        raise LoginRefusedError("invalid_client_id", "client identifier invalid")
    if given.get("client_secret") and not known.is_client_secret(given["client_secret"]):
        raise LoginRefusedError("invalid_client", "invalid client credentials")


def _client_credentials(org: Org, given: Parameters) -> Login:
    _need(given, "client_id", "client_secret")
    _check_client(org, given)
    return Login(org.quirks.scope)


def _password(org: Org, given: Parameters) -> Login:
    _need(given, "username", "password")
    login = _client_credentials(org, given)
    if not org.accounts.credentials.is_user(given["username"], given["password"]):
        raise LoginRefusedError("invalid_grant", "authentication failure")
    return login


def _jwt_bearer(org: Org, given: Parameters) -> Login:
    _need(given, "assertion")
    if given.get("client_id"):  # one official client sends it, though the assertion names the app
        _check_client(org, given)
    check_assertion(org, given["assertion"])
    return Login(org.quirks.scope)


def _refresh_token(org: Org, given: Parameters) -> Login:
    _need(given, "client_id", "refresh_token")
    _check_client(org, given)
    tokens = org.accounts.refresh_tokens
    try:
        refresh = tokens.look(given["refresh_token"])
        if refresh.secret_needed:
            _need(given, "client_secret")
        following = tokens.use(given["refresh_token"])
    except ConsentGoneError:
        raise LoginRefusedError("invalid_grant", "expired access/refresh token") from None
    return Login(refresh.scope, following, refresh.family)


def _authorization_code(org: Org, given: Parameters) -> Login:
    _need(given, "code", "client_id", "redirect_uri")
    _check_client(org, given)
    try:
        authorization = org.accounts.codes.take(given["code"])
    except ConsentGoneError:
        raise LoginRefusedError("invalid_grant", "expired authorization code") from None
    # choice: whatever is wrong from here on, the code is spent; who tries verifiers gets one try.
    if given["redirect_uri"] != authorization.redirect_uri:
        raise LoginRefusedError("redirect_uri_mismatch", "redirect_uri must match configuration")
    if authorization.challenge is None:
        _need(given, "client_secret")
    elif not authorization.challenge.is_met_by(given.get("code_verifier", "")):
        raise LoginRefusedError("invalid_grant", "invalid code verifier")
    if USER_SCOPES.isdisjoint(authorization.scope.split()):
        return Login(authorization.scope)
    tokens = org.accounts.refresh_tokens
    refresh_token = tokens.issue(authorization.scope, secret_needed=bool(given.get("client_secret")))
    return Login(authorization.scope, refresh_token, tokens.look(refresh_token).family)


GRANTS: dict[str, Callable[[Org, Parameters], Login]] = {
    "client_credentials": _client_credentials,
    "password": _password,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _jwt_bearer,
    "refresh_token": _refresh_token,
    "authorization_code": _authorization_code,
}
