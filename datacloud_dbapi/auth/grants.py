"""The OAuth ways in. Each grant is a frozen record with one flow, `login`, that ends in an `OAuthToken`.

Parameters travel in the form body, never in the URL, where they would be logged. Source: wire spec, auth §2 and §5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.errors import AuthenticationError, InterfaceError, error_from_response
from datacloud_dbapi.flow.effects import Flow, Request
from datacloud_dbapi.flow.retry import READ, Repeatable, RetryPolicy, send_patiently
from datacloud_dbapi.params import ConnectParams


@dataclass(frozen=True, slots=True)
class OAuthToken:
    """The org's token, good for the exchange and for Connect REST at `org_url`."""

    access_token: str = field(repr=False)
    org_url: str


class Grant(Protocol):
    """One OAuth way in."""

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]: ...


def grant_for(params: ConnectParams) -> Grant:
    """The grant that the connection's parameters ask for."""
    if params.auth == "client-credentials":
        return ClientCredentials(params.login_url, _given(params, "client_id"), _given(params, "client_secret"))
    if params.auth == "password":
        return Password(
            params.login_url,
            _given(params, "client_id"),
            _given(params, "client_secret"),
            _given(params, "username"),
            _given(params, "password"),
        )
    raise InterfaceError(f"auth={params.auth!r} is no grant of this driver")


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The app's own identity; goes to the org's My Domain host."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        return (yield from request_token(self.login_url, form, READ, policy, hosts))


@dataclass(frozen=True, slots=True)
class Password:
    """A user's name and password, which may need the user's security token appended."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)
    username: str
    password: str = field(repr=False)

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        form = {
            "grant_type": "password",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "username": self.username,
            "password": self.password,
        }
        return (yield from request_token(self.login_url, form, READ, policy, hosts))


def request_token(
    login_url: str, form: Mapping[str, str], repeatable: Repeatable, policy: RetryPolicy, hosts: TrustedHosts
) -> Flow[OAuthToken]:
    """Post one grant to the org's token endpoint.

    Raises AuthenticationError with the server's `error` as its code. Source: wire spec, auth §2.3, §5.
    """
    request = form_post(f"{login_url}/services/oauth2/token", form)
    reply = yield from send_patiently(request, repeatable, policy)
    if reply.response.status != 200:
        raise error_from_response(
            reply.response.status,
            reply.response.headers,
            reply.response.body,
            request=request.label,
            area="auth",
            attempts=reply.attempts,
        )
    answer = token_answer(reply.response.body, request.label)
    insecure = login_url.startswith("http://")
    return OAuthToken(answer["access_token"], hosts.origin(answer["instance_url"], insecure_default=insecure))


def form_post(url: str, form: Mapping[str, str]) -> Request:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", url, headers, urlencode(form).encode("ascii"))


def token_answer(body: bytes, label: str) -> dict[str, str]:
    """The text fields of a token answer, `access_token` and `instance_url` among them for certain.

    Nothing of the body is shown in an error: it may hold a token. Source: wire spec, faults T7; auth §3 trap.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise AuthenticationError(
            "The login answered with a page instead of a token",
            request=label,
            hint="check login_url; a login that was already used or revoked is answered so, too",
        )
    fields = {name: str(value) for name, value in answer.items() if isinstance(value, (str, int))}
    if not fields.get("access_token") and (fields.get("error") or fields.get("error_description")):
        raise AuthenticationError(
            fields.get("error_description") or fields["error"], code=fields.get("error"), request=label
        )
    for name in ("access_token", "instance_url"):
        if not fields.get(name):
            raise AuthenticationError(f"The login's answer has no {name}", request=label)
    return fields


def _given(params: ConnectParams, name: str) -> str:
    value = getattr(params, name)
    if not isinstance(value, str) or not value:
        raise InterfaceError(f"auth={params.auth!r} needs {name}")
    return value
