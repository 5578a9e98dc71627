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
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from datacloud_emulator.clock import Clock
from datacloud_emulator.consents import AuthorizationCodes, RefreshTokens
from datacloud_emulator.quirks import Quirks

ORG_ID = "00Dxx0000000001EAA"
USER_ID = "005xx0000000001AAA"
USER_SCOPES = frozenset({"refresh_token", "offline_access"})  # a user may allow these beside what the app may do
QUERY_SCOPES = frozenset({"cdp_query_api", "cdpquery"})  # today's spelling and an older one (wire spec, auth §2.5)


class TokenRefusedError(Exception):
    """A token that does not open the door; `status` is the service's word for why."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class OrgTokenOnTenantError(TokenRefusedError):
    """An org token shown to the tenant: it was never exchanged."""


class OrgTokenExpiredError(TokenRefusedError):
    """An org token whose life is over; once it is forgotten it is an unknown one."""


class ScopeMissingError(Exception):
    """The org token is good but was not given for queries."""


class KeyPair:
    """An RSA key pair, made when it is first asked for: that takes a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._private: rsa.RSAPrivateKey | None = None

    @property
    def private(self) -> rsa.RSAPrivateKey:
        with self._lock:
            if self._private is None:
                self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._private

    @property
    def public(self) -> rsa.RSAPublicKey:
        return self.private.public_key()

    @property
    def pem(self) -> str:
        """The private key as unencrypted PKCS#8 text."""
        encryption = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        return self.private.private_bytes(serialization.Encoding.PEM, form, encryption).decode("ascii")


@dataclass(frozen=True)
class Credentials:
    """What a client logs in with; random for each emulator."""

    client_id: str = field(default_factory=lambda: "3MVG9" + secrets.token_urlsafe(48).replace("-", "."))
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32).upper(), repr=False)
    username: str = "emulator@example.com"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    app_key: KeyPair = field(default_factory=KeyPair, repr=False)  # its public half is the app's certificate

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
class OrgToken:
    """What this org remembers of an org token: what it allows, and the refresh token's family it came from."""

    ends: float
    scope: str
    family: str | None = None
    exchanges: int = 0


class Accounts:
    """Issues, exchanges, verifies, and revokes tokens; safe to call from any thread."""

    def __init__(self, credentials: Credentials, clock: Clock, quirks: Quirks) -> None:
        self.credentials = credentials
        self.tenant = f"a360/prod1/{secrets.token_hex(16)}"
        self._clock = clock
        self._quirks = quirks
        self._lock = threading.Lock()
        self.codes = AuthorizationCodes(clock, quirks.authorization_code_life)
        self.refresh_tokens = RefreshTokens(f"{quirks.scope} refresh_token", rotate=quirks.refresh_token_rotation)
        self._signing_key = KeyPair()  # every tenant token of this emulator is signed with it
        self._org_tokens: dict[str, OrgToken] = {}
        self._revoked: dict[str, float] = {}  # id of a revoked tenant token → when it would have ended anyway

    def issue_org_token(self, scope: str | None = None, family: str | None = None) -> str:
        """A fresh opaque org token of the service's own look (`00D…!…`).

        `scope` is what the app may do unless given; `family` that of the refresh token it belongs to.
        """
        token = f"{ORG_ID[:15]}!AQ8AQ{secrets.token_urlsafe(60)}"
        now = self._clock.monotonic()
        scope = self._quirks.scope if scope is None else scope
        state = OrgToken(now + self._quirks.core_token_life, scope, family)
        with self._lock:
            self._org_tokens = {t: other for t, other in self._org_tokens.items() if other.ends > now}
            self._org_tokens[token] = state
        return token

    def verify_org_token(self, token: str) -> OrgToken:
        """What an org token stands for. Raises TokenRefusedError for one that is unknown, expired, or revoked."""
        with self._lock:
            state = self._org_tokens.get(token)
        if state is None:
            raise TokenRefusedError("Session expired or invalid")
        if state.ends <= self._clock.monotonic():
            raise OrgTokenExpiredError("Session expired or invalid")
        return state

    def signature(self, identity: str, issued_at: str) -> str:
        """The `signature` of a login answer: base64 HMAC over identity URL and time (wire spec, auth §2.3)."""
        digest = hmac.digest(self.credentials.client_secret.encode(), (identity + issued_at).encode(), "sha256")
        return b64encode(digest).decode()

    def exchange(self, org_token: str, dataspace: str) -> str:
        """A tenant token for `dataspace`, bought with an org token.

        Raises TokenRefusedError when the org token is unknown, expired, revoked, or (quirk) already exchanged, and
        ScopeMissingError when it was not given for queries.
        """
        with self._lock:
            state = self._org_tokens.get(org_token)
            if state is None or state.ends <= self._clock.monotonic():
                raise TokenRefusedError("the org token is unknown, expired, or revoked")
            if self._quirks.core_token_once and state.exchanges:
                raise TokenRefusedError("the org token was exchanged before")
            if QUERY_SCOPES.isdisjoint(state.scope.split()):
                raise ScopeMissingError
            state.exchanges += 1
        now = self._clock.time()
        claims = {
            "iss": "urn:salesforce:datacloud:emulator",
            "sub": USER_ID,
            "aud": "urn:salesforce:datacloud:tenant",
            "audienceTenantId": self.tenant,
            "dataspace": dataspace,  # choice: the real claim's name is not documented
            "scp": state.scope,
            "jti": secrets.token_hex(16),
            "iat": math.floor(now),
            "exp": math.ceil(now + self._quirks.tenant_token_life),
        }
        return jwt.encode(claims, self._signing_key.private, algorithm="RS256")

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
        """End an org token, or a refresh token and the org tokens it gave, now. Tenant tokens bought with them live on
        (wire spec, auth §8 row 5).

        choice: a tenant token handed in is ended as well, which the service's own clients never try.
        """
        now = self._clock.time()
        claims = self._claims(token)
        refresh = self.refresh_tokens.revoke(token)
        with self._lock:
            self._org_tokens.pop(token, None)
            if refresh is not None:
                self._org_tokens = {t: o for t, o in self._org_tokens.items() if o.family != refresh.family}
            if claims is not None:
                self._revoked = {jti: end for jti, end in self._revoked.items() if end > now}
                self._revoked[claims["jti"]] = claims["exp"]

    def _claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token signed here, its end not yet looked at (that is this clock's to judge)."""
        try:
            return jwt.decode(
                token,
                self._signing_key.public,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
            )
        except jwt.PyJWTError:
            return None


def _same(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode())
