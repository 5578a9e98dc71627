"""The authorization-code grant with PKCE: the user logs in with a browser, the driver redeems the code.

How the user is asked is a function from an `Authorization` to the address the browser was sent back to: `browser.py`
has one with a listener on this machine, the command line one that lets the user paste.
Source: wire spec, auth §2.4; RFC 7636; faults T14.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from datacloud_dbapi.auth.grants import ONE_SHOT, OAuthToken, RefreshToken, request_token
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.credentials import Secret
from datacloud_dbapi.error_bodies import server_text
from datacloud_dbapi.errors import AuthenticationError
from datacloud_dbapi.flow.effects import Flow, perform
from datacloud_dbapi.flow.retry import RetryPolicy

SCOPES = "api refresh_token cdp_query_api cdp_profile_api"
# An app is asked for what its user needs: one of the two worlds may be closed to it (account-engagement §2).
ENGAGEMENT_SCOPES = "api refresh_token pardot_api"


@dataclass(frozen=True, slots=True)
class Authorization:
    """One question to the user: where to send the browser, and the secrets that prove the answer belongs to it."""

    url: str = field(repr=False)
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def begin(
        cls, login_url: str, client_id: str, redirect_uri: str, username: str | None = None, scopes: str = SCOPES
    ) -> Authorization:
        state, verifier = Secret(secrets.token_urlsafe(24)), Secret(secrets.token_urlsafe(48))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": scopes,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if username is not None:
            query["login_hint"] = username
        return cls(f"{login_url}/services/oauth2/authorize?{urlencode(query)}", redirect_uri, state, verifier)

    def code(self, redirected: str) -> Secret:
        """The code in the address the browser was sent back to.

        Raises AuthenticationError when it holds another state, no code, or the user's refusal; no token may then be
        asked for.
        """
        found = parse_qs(urlsplit(redirected.strip()).query)
        state = found.get("state", [])
        if len(state) != 1 or not secrets.compare_digest(state[0].encode(), self.state.encode()):
            raise AuthenticationError(
                "The address the browser came back with does not belong to this login",
                hint="log in again, and use the whole address of that login's last page",
            )
        if "error" in found:
            description = found.get("error_description", ["the login was refused"])[0]
            raise AuthenticationError(server_text(description), code=server_text(found["error"][0], 100))
        code = found.get("code", [])
        if len(code) != 1:
            raise AuthenticationError("The address the browser came back with holds no code")
        return Secret(code[0])


Ask = Callable[[Authorization], str]
"""Sends the user to `Authorization.url` and returns the address the browser ends at."""


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A user who is asked once; later logins use the refresh token of the first, while it is accepted."""

    login_url: str
    client_id: str
    redirect_uri: str
    ask: Ask = field(repr=False)
    client_secret: str | None = field(default=None, repr=False)
    username: str | None = None
    scopes: str = SCOPES
    renewable = True

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        authorization = Authorization.begin(
            self.login_url, self.client_id, self.redirect_uri, self.username, self.scopes
        )
        redirected = Secret((yield from perform(lambda: self.ask(authorization))))
        form = {
            "grant_type": "authorization_code",
            "code": authorization.code(redirected),
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_verifier": authorization.verifier,
        }
        if self.client_secret is not None:
            form["client_secret"] = self.client_secret
        return (yield from request_token(self.login_url, form, ONE_SHOT, policy, hosts))

    def refresh(self, refresh_token: str, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        known = RefreshToken(self.login_url, self.client_id, refresh_token, self.client_secret)
        try:
            return (yield from known.login(policy, hosts))
        except AuthenticationError as error:
            if error.code != "invalid_grant":
                raise
        # The refresh token was revoked or is too old: only the user can help.
        return (yield from self.login(policy, hosts))
