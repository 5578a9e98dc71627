"""From connection parameters to the grant they ask for. Source: wire spec, auth §2.1.

The ways that need more than a form load where they are taken: most logins need none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from datacloud_dbapi.auth.grants import AccessToken, ClientCredentials, Grant, Password, RefreshToken
from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.params import ConnectParams

if TYPE_CHECKING:
    from datacloud_dbapi.auth.authorization_code import Ask


def grant_for(params: ConnectParams, ask: Ask | None = None) -> Grant | None:
    """The grant that the connection's parameters ask for; None when they hold the tenant's token, or no login at all.

    `ask` sends the user to a login page; left out, this machine's browser does. Reads and checks a private key, so that
    a bad one is an InterfaceError before anything is sent.
    """
    if params.auth in ("datacloud-token", "none"):
        return None
    if params.auth == "authorization-code":
        return _authorization_code(params, ask)
    if params.auth not in _WAYS:
        raise InterfaceError(f"auth={params.auth!r} is no grant of this driver")
    return _WAYS[params.auth](params)


def _authorization_code(params: ConnectParams, ask: Ask | None) -> Grant:
    from datacloud_dbapi.auth.authorization_code import ENGAGEMENT_SCOPES, SCOPES, AuthorizationCode
    from datacloud_dbapi.auth.browser import ask_in_browser

    return AuthorizationCode(
        params.login_url,
        _given(params, "client_id"),
        params.redirect_uri,
        ask or ask_in_browser,
        params.client_secret,
        params.username,
        ENGAGEMENT_SCOPES if narrowed(params) else SCOPES,
    )


def narrowed(params: ConnectParams) -> bool:
    """Whether the login's token is good for Account Engagement alone; other ways give all that the app may do."""
    return params.auth == "authorization-code" and params.business_unit_id is not None


def _client_credentials(params: ConnectParams) -> Grant:
    return ClientCredentials(params.login_url, _given(params, "client_id"), _given(params, "client_secret"))


def _password(params: ConnectParams) -> Grant:
    return Password(
        params.login_url,
        _given(params, "client_id"),
        _given(params, "client_secret"),
        _given(params, "username"),
        _given(params, "password"),
    )


def _jwt(params: ConnectParams) -> Grant:
    from datacloud_dbapi.auth.jwt_bearer import JwtBearer, read_private_key

    if params.private_key is not None and params.private_key_file is not None:
        raise InterfaceError("private_key and private_key_file exclude each other")
    key = read_private_key(params.private_key, params.private_key_file, params.private_key_passphrase)
    # The login URL is an origin already: scheme and host, and a port where it is not the scheme's own.
    audience = params.jwt_audience or params.login_url
    return JwtBearer(params.login_url, _given(params, "client_id"), _given(params, "username"), key, audience)


def _refresh_token(params: ConnectParams) -> Grant:
    return RefreshToken(
        params.login_url, _given(params, "client_id"), _given(params, "refresh_token"), params.client_secret
    )


def _access_token(params: ConnectParams) -> Grant:
    if params.access_token is None:
        raise InterfaceError("auth='access-token' needs access_token")
    return AccessToken(params.access_token, _given(params, "instance_url"))


def _sf_org(params: ConnectParams) -> Grant:
    from datacloud_dbapi.auth.sf_cli import SalesforceCli

    return SalesforceCli(_given(params, "sf_org"))


_WAYS: dict[str, Callable[[ConnectParams], Grant]] = {
    "client-credentials": _client_credentials,
    "password": _password,
    "jwt": _jwt,
    "refresh-token": _refresh_token,
    "access-token": _access_token,
    "sf-org": _sf_org,
}


def _given(params: ConnectParams, name: str) -> str:
    value = getattr(params, name)
    if not isinstance(value, str) or not value:
        raise InterfaceError(f"auth={params.auth!r} needs {name}")
    return value
