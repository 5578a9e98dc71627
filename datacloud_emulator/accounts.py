"""The org's accounts: who may log in, and the tokens they hold.

Two kinds of token (wire spec, auth §1): the *org token* is an opaque text known to this org only, the *tenant token* is
a signed JWT that carries its data space and its end. Nothing here knows HTTP; `api.oauth` and `api.exchange` speak it.
"""

from __future__ import annotations

import hmac
import math
import secrets
import threading
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from datacloud_emulator.clock import Clock
from datacloud_emulator.quirks import Quirks

ORG_ID = "00Dxx0000000001EAA"
USER_ID = "005xx0000000001AAA"
SCOPE = "api cdp_query_api cdp_profile_api"


class TokenRefusedError(Exception):
    """A token that does not open the door; `status` is the service's word for why."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class OrgTokenOnTenantError(TokenRefusedError):
    """An org token shown to the tenant: it was never exchanged."""


@dataclass(frozen=True)
class Credentials:
    """What a client logs in with; random for each emulator."""

    client_id: str = field(default_factory=lambda: "3MVG9" + secrets.token_urlsafe(48).replace("-", "."))
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32).upper(), repr=False)
    username: str = "emulator@example.com"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)

    def is_client(self, client_id: str) -> bool:
        return _same(client_id, self.client_id)

    def is_client_secret(self, secret: str) -> bool:
        return _same(secret, self.client_secret)

    def is_user(self, username: str, password: str) -> bool:
        # `&`: both are compared whatever the first says.
        return _same(username, self.username) & _same(password, self.password)


@dataclass(frozen=True)
class TenantToken:
    """What a verified tenant token says: the tenant it is for and the data space it opens."""

    tenant: str
    dataspace: str


@dataclass
class _OrgToken:
    ends: float
    exchanges: int = 0


class Accounts:
    """Issues, exchanges, verifies, and revokes tokens; safe to call from any thread."""

    def __init__(self, credentials: Credentials, clock: Clock, quirks: Quirks) -> None:
        self.credentials = credentials
        self.tenant = f"a360/prod1/{secrets.token_hex(16)}"
        self._clock = clock
        self._quirks = quirks
        self._lock = threading.Lock()
        self._key: rsa.RSAPrivateKey | None = None
        self._org_tokens: dict[str, _OrgToken] = {}
        self._revoked: dict[str, float] = {}  # id of a revoked tenant token → when it would have ended anyway

    def _signing_key(self) -> rsa.RSAPrivateKey:
        """The key every tenant token of this emulator is signed with, made when the first one is asked for."""
        with self._lock:
            if self._key is None:
                self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._key

    def issue_org_token(self) -> str:
        """A fresh opaque org token of the service's own look (`00D…!…`)."""
        token = f"{ORG_ID[:15]}!AQ8AQ{secrets.token_urlsafe(60)}"
        now = self._clock.monotonic()
        with self._lock:
            self._org_tokens = {t: state for t, state in self._org_tokens.items() if state.ends > now}
            self._org_tokens[token] = _OrgToken(ends=now + self._quirks.core_token_life)
        return token

    def signature(self, identity: str, issued_at: str) -> str:
        """The `signature` of a login answer: base64 HMAC over identity URL and time (wire spec, auth §2.3)."""
        digest = hmac.digest(self.credentials.client_secret.encode(), (identity + issued_at).encode(), "sha256")
        return b64encode(digest).decode()

    def exchange(self, org_token: str, dataspace: str) -> str:
        """A tenant token for `dataspace`, bought with an org token.

        Raises TokenRefusedError when the org token is unknown, expired, revoked, or (quirk) already exchanged.
        """
        with self._lock:
            state = self._org_tokens.get(org_token)
            if state is None or state.ends <= self._clock.monotonic():
                raise TokenRefusedError("the org token is unknown, expired, or revoked")
            if self._quirks.core_token_once and state.exchanges:
                raise TokenRefusedError("the org token was exchanged before")
            state.exchanges += 1
        now = self._clock.time()
        claims = {
            "iss": "urn:salesforce:datacloud:emulator",
            "sub": USER_ID,
            "aud": "urn:salesforce:datacloud:tenant",
            "audienceTenantId": self.tenant,
            "dataspace": dataspace,  # choice: the real claim's name is not documented
            "scp": SCOPE,
            "jti": secrets.token_hex(16),
            "iat": math.floor(now),
            "exp": math.ceil(now + self._quirks.tenant_token_life),
        }
        return jwt.encode(claims, self._signing_key(), algorithm="RS256")

    def verify(self, token: str) -> TenantToken:
        """What a tenant token stands for.

        Raises OrgTokenOnTenantError for an org token, TokenRefusedError for one that is forged, foreign, expired, or
        revoked.
        """
        if token in self._org_tokens:
            raise OrgTokenOnTenantError("UNAUTHENTICATED: not a tenant token")
        claims = self._claims(token)
        if claims is None:
            raise TokenRefusedError("UNAUTHENTICATED: Invalid JWT (malformed or not signed here)")
        if claims["exp"] <= self._clock.time():
            raise TokenRefusedError("UNAUTHENTICATED: Invalid JWT (not before or expired)")
        if claims["jti"] in self._revoked:
            raise TokenRefusedError("UNAUTHENTICATED: Invalid JWT (revoked)")
        return TenantToken(claims["audienceTenantId"], claims["dataspace"])

    def revoke(self, token: str) -> None:
        """End an org token now. Tenant tokens bought with it live on (wire spec, auth §8 row 5).

        choice: a tenant token handed in is ended as well, which the service's own clients never try.
        """
        now = self._clock.time()
        claims = self._claims(token)
        with self._lock:
            self._org_tokens.pop(token, None)
            if claims is not None:
                self._revoked = {jti: end for jti, end in self._revoked.items() if end > now}
                self._revoked[claims["jti"]] = claims["exp"]

    def _claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token signed here, its end not yet looked at (that is this clock's to judge)."""
        key = self._signing_key().public_key()
        try:
            return jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
            )
        except jwt.PyJWTError:
            return None


def _same(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode())
