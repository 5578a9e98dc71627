"""The assertion of the JWT bearer grant: who signed it, for whom, for which host, until when.

The service checks signature, `iss`, `sub`, `aud` and `exp` (wire spec, auth §2.2); an end far ahead is accepted, `iat`,
`nbf` and `jti` are not looked at.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import jwt

from datacloud_emulator.errors import LoginRefusedError
from datacloud_emulator.org import Org

_SALESFORCE_AUDIENCES = frozenset(
    {"https://login.salesforce.com", "login.salesforce.com", "https://test.salesforce.com"}
)


def check_assertion(org: Org, assertion: str) -> None:
    """Raises LoginRefusedError unless `assertion` is the app's own, for a user who approved the app, and fresh."""
    known = org.accounts.credentials
    claims = _claims(assertion, None)
    if not known.is_client(str(claims.get("iss", ""))):
        raise LoginRefusedError("invalid_client_id", "client identifier invalid")
    claims = _claims(assertion, known.app_key.public)
    expires = claims.get("exp")
    if not isinstance(expires, (int, float)):
        raise _invalid()
    if expires <= org.clock.time():
        raise LoginRefusedError("invalid_grant", "expired authorization code")  # the service's words, for this, too
    if not _is_for(org, claims.get("aud")):
        raise LoginRefusedError("invalid_grant", "audience is invalid")
    if claims.get("sub") != known.username or org.quirks.jwt_unapproved:
        raise LoginRefusedError("invalid_grant", "user hasn't approved this consumer")


def _claims(assertion: str, key: Any) -> dict[str, Any]:
    """The claims; their signature is checked when there is a key to do so."""
    try:
        return jwt.decode(
            assertion,
            key,
            algorithms=["RS256"],
            options={
                "verify_signature": key is not None,
                "verify_exp": False,  # by this org's clock, below
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
            },
        )
    except (jwt.PyJWTError, ValueError):  # ValueError: characters that no token has
        raise _invalid() from None


def _is_for(org: Org, audience: object) -> bool:
    """Whether the assertion is meant for this org: its origin, with or without scheme, or one of the login hosts."""
    named = audience if isinstance(audience, list) else [audience]
    ours = {org.origin, urlsplit(org.origin).netloc, *_SALESFORCE_AUDIENCES}
    return any(isinstance(name, str) and name.removesuffix("/") in ours for name in named)


def _invalid() -> LoginRefusedError:
    return LoginRefusedError("invalid_grant", "invalid assertion")
