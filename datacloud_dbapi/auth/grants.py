"""The OAuth ways in. Each grant is a frozen record with one flow, `login`, that ends in an `OAuthToken`.

Parameters travel in the form body, never in the URL, where they would be logged. The grants that need more than a form
have a room each: `jwt_bearer`, `authorization_code`, `sf_cli`. Source: wire spec, auth §2 and §5.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from urllib.parse import urlencode

from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.credentials import Secret
from datacloud_dbapi.errors import AuthenticationError, Error
from datacloud_dbapi.flow.effects import Flow, Request, Response, perform
from datacloud_dbapi.flow.retry import READ, Repeatable, RetryPolicy, send_patiently

# A refresh token or an authorization code may be spent by an answer that never arrived.
# Source: wire spec, faults rule 2.
ONE_SHOT = Repeatable(after_503=False, after_unclear=False)


@dataclass(frozen=True, slots=True)
class OAuthToken:
    """The org's token, good for the exchange and for Connect REST at `org_url`.

    `refresh_token` is there when the login gave a (new) one, `scope` (blank-separated) when it said so.
    """

    access_token: str = field(repr=False)
    org_url: str
    refresh_token: str | None = field(default=None, repr=False)
    scope: str | None = None


class Grant(Protocol):
    """One way to the org's token.

    `renewable`: logging in again may help when the token was refused. A token that was merely handed in is what it is.
    """

    @property
    def renewable(self) -> bool: ...

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]: ...


@runtime_checkable
class Refreshing(Protocol):
    """A grant whose later logins use the refresh token that an earlier one gave."""

    def refresh(self, refresh_token: str, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]: ...


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The app's own identity; goes to the org's My Domain host."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)
    renewable = True

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
    renewable = True

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        form = {
            "grant_type": "password",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "username": self.username,
            "password": self.password,
        }
        return (yield from request_token(self.login_url, form, READ, policy, hosts))


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token obtained earlier. The answer may hold its successor, after which it may be worth nothing."""

    login_url: str
    client_id: str
    refresh_token: str = field(repr=False)
    client_secret: str | None = field(default=None, repr=False)
    renewable = True

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        return (yield from self.refresh(self.refresh_token, policy, hosts))

    def refresh(self, refresh_token: str, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        form = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": refresh_token}
        if self.client_secret is not None:
            form["client_secret"] = self.client_secret
        return (yield from request_token(self.login_url, form, ONE_SHOT, policy, hosts))


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An org token obtained elsewhere, or a callable that gives one and is asked again when it was refused."""

    access_token: str | Callable[[], str] = field(repr=False)
    org_url: str

    @property
    def renewable(self) -> bool:
        return callable(self.access_token)

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        if not callable(self.access_token):
            return OAuthToken(self.access_token, self.org_url)
        try:
            token = yield from perform(self.access_token)
        except Error:
            raise
        except Exception as error:  # whatever a user's callable throws
            raise AuthenticationError(f"The callable given as access_token failed: {type(error).__name__}") from error
        if not isinstance(token, str) or not token:
            raise AuthenticationError("The callable given as access_token did not give a text")
        return OAuthToken(token, self.org_url)


def request_token(
    login_url: str,
    form: Mapping[str, str],
    repeatable: Repeatable,
    policy: RetryPolicy,
    hosts: TrustedHosts,
    *,
    again: Callable[[], Mapping[str, str]] | None = None,
) -> Flow[OAuthToken]:
    """Post one grant to the org's token endpoint; `again` makes the form of each further try.

    Raises AuthenticationError with the server's `error` as its code. Source: wire spec, auth §2.3, §5.
    """
    url = f"{login_url}/services/oauth2/token"
    request = form_post(url, form)
    renew = None if again is None else lambda: form_post(url, again())
    reply = yield from send_patiently(request, repeatable, policy, again=renew)
    if reply.response.status != 200:
        raise reply.refusal(request.label, "auth")
    answer = token_answer(reply.response, request.label)
    insecure = login_url.startswith("http://")
    org_url = hosts.origin(answer["instance_url"], insecure_default=insecure)
    return OAuthToken(
        answer["access_token"], org_url, answer.get("refresh_token") or None, str(answer.get("scope", "")) or None
    )


def form_post(url: str, form: Mapping[str, str]) -> Request:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", url, headers, urlencode(form).encode("ascii"))


def token_answer(response: Response, label: str) -> dict[str, Secret]:
    """The text fields of a token answer, `access_token` and `instance_url` among them for certain.

    Nothing of the body is shown in an error: it may hold a token. Source: wire spec, faults T7; auth §3 trap.
    """
    fields = _text_fields(response)
    if fields is None:
        raise AuthenticationError(
            "The login answered with a page instead of a token",
            request=label,
            hint="check login_url; a login that was already used or revoked is answered so, too",
        )
    if not fields.get("access_token") and (fields.get("error") or fields.get("error_description")):
        raise AuthenticationError(
            str(fields.get("error_description") or fields["error"]),
            code=str(fields.get("error", "")) or None,
            request=label,
        )
    for name in ("access_token", "instance_url"):
        if not fields.get(name):
            raise AuthenticationError(f"The login's answer has no {name}", request=label)
    return fields


def _text_fields(response: Response) -> dict[str, Secret] | None:
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return None
    return {name: Secret(value) for name, value in answer.items() if isinstance(value, (str, int))}
