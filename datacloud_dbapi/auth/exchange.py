"""From the org's token to the tenant's: the second step of every login. Source: wire spec, auth §3."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from datacloud_dbapi.auth.grants import OAuthToken, form_post, token_answer
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.errors import AuthenticationError
from datacloud_dbapi.flow.effects import Flow, now
from datacloud_dbapi.flow.retry import READ, RetryPolicy, send_patiently


@dataclass(frozen=True, slots=True)
class DataCloudToken:
    """The tenant's token. `renew_at` is on the flow's clock; None means until the server refuses it."""

    access_token: str = field(repr=False)
    tenant_url: str
    renew_at: float | None = None


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A tenant's token obtained elsewhere, good until the end it states. `wall` is the time of day."""

    access_token: str = field(repr=False)
    tenant_url: str
    wall: Callable[[], float] = time.time

    def checked(self) -> DataCloudToken:
        """The token. Raises AuthenticationError when it says itself that it has ended."""
        ends = token_claims(self.access_token).get("exp")
        if isinstance(ends, (int, float)) and self.wall() >= ends:
            raise AuthenticationError("The given datacloud_token has expired", hint="obtain a new one")
        return DataCloudToken(self.access_token, self.tenant_url)


def token_claims(access_token: str) -> dict[str, Any]:
    """What a tenant's token says of itself, unverified; empty for a text that is no JSON Web Token.

    Source: wire spec, auth §3 (`exp`, `audienceTenantId`).
    """
    _, _, rest = access_token.partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def exchange(
    oauth_token: OAuthToken, dataspace: str | None, policy: RetryPolicy, hosts: TrustedHosts
) -> Flow[DataCloudToken]:
    """Exchange the org's token for the tenant's, bound to a data space (None: the org's default).

    Raises AuthenticationError; a page of HTML means that the org's token is used up or has no access to Data Cloud.
    """
    form = {
        "grant_type": "urn:salesforce:grant-type:external:cdp",
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": oauth_token.access_token,
    }
    if dataspace:
        form["dataspace"] = dataspace
    request = form_post(f"{oauth_token.org_url}/services/a360/token", form)
    # Measured before the call, so that a slow answer never makes the token look younger than it is.
    issued = yield from now()
    reply = yield from send_patiently(request, READ, policy)
    response = reply.response
    if 300 <= response.status < 400:
        raise AuthenticationError(
            "The exchange answered with a redirect: the org's token was not accepted",
            request=request.label,
            http_status=response.status,
            hint="check that the app has the scopes api and cdp_query_api and the org has Data Cloud",
        )
    if response.status != 200:
        raise reply.refusal(request.label, "auth")
    answer = token_answer(response, request.label)
    insecure = oauth_token.org_url.startswith("http://")
    tenant_url = hosts.origin(answer["instance_url"], insecure_default=insecure)
    return DataCloudToken(answer["access_token"], tenant_url, _renew_at(issued, answer.get("expires_in")))


def _renew_at(issued: float, expires_in: str | None) -> float | None:
    """A minute before the end, or a tenth of the life when that is shorter; no invented lifetime (faults T6)."""
    try:
        life = float(expires_in or "")
    except ValueError:
        return None
    return issued + life - min(60.0, life / 10)
