"""What a user allowed an app to do: authorization codes, on their way to a login, and the refresh tokens that follow.

Both are secrets the service hands out and takes back. A code works once and for a short time; a refresh token works
until it is revoked or, by quirk, until its next use. Safe to call from any thread.

Source: wire spec, auth §2.1, §2.4, §4.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from datacloud_emulator.clock import Clock


class ConsentGoneError(Exception):
    """A code or refresh token that was never given out, was used before, was revoked, or came too late."""


@dataclass(frozen=True)
class Challenge:
    """The proof a client announced (RFC 7636): only who knows the verifier may use the code."""

    value: str
    method: str  # "S256" or "plain"

    def is_met_by(self, verifier: str) -> bool:
        answer = verifier.encode("utf-8", "surrogatepass")
        if self.method == "S256":
            answer = urlsafe_b64encode(sha256(answer).digest()).rstrip(b"=")
        return hmac.compare_digest(answer, self.value.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Authorization:
    """What a code stands for: where the browser was sent back to, what was allowed, and the proof that is due."""

    redirect_uri: str
    scope: str
    challenge: Challenge | None


class AuthorizationCodes:
    """The codes that are out."""

    def __init__(self, clock: Clock, life: float) -> None:
        self._clock = clock
        self._life = life
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[float, Authorization]] = {}

    def issue(self, authorization: Authorization) -> str:
        """A code of the service's own look, whose tail has to be escaped in a URL."""
        code = f"aPrx{secrets.token_urlsafe(48)}=="
        now = self._clock.monotonic()
        with self._lock:
            self._codes = {known: held for known, held in self._codes.items() if held[0] > now}
            self._codes[code] = (now + self._life, authorization)
        return code

    def take(self, code: str) -> Authorization:
        """What `code` stands for; it is spent by this. Raises ConsentGoneError."""
        with self._lock:
            ends, authorization = self._codes.pop(code, (0.0, None))
        if authorization is None or ends <= self._clock.monotonic():
            raise ConsentGoneError
        return authorization


@dataclass(frozen=True)
class Refresh:
    """What a refresh token stands for. `family` is kept from one token to the next when they rotate.

    choice: a client that logged in without a secret, by PKCE alone, needs none here either.
    """

    family: str
    scope: str
    secret_needed: bool


class RefreshTokens:
    """The refresh tokens that are out. The first one, of a consent given long ago, is there from the beginning."""

    def __init__(self, scope: str, *, rotate: bool) -> None:
        self._rotate = rotate
        self._lock = threading.Lock()
        self._tokens: dict[str, Refresh] = {}
        self._standing = self.issue(scope, secret_needed=True)

    @property
    def standing(self) -> str:
        """The token of the first consent, after its latest rotation."""
        return self._standing

    def issue(self, scope: str, *, secret_needed: bool) -> str:
        token = _refresh_token()
        with self._lock:
            self._tokens[token] = Refresh(secrets.token_hex(8), scope, secret_needed)
        return token

    def look(self, token: str) -> Refresh:
        """What `token` stands for, and nothing happens to it. Raises ConsentGoneError."""
        with self._lock:
            refresh = self._tokens.get(token)
        if refresh is None:
            raise ConsentGoneError
        return refresh

    def use(self, token: str) -> str | None:
        """The token to use from now on, or None for the same one. Of two uses at once of one that rotates, one wins.

        Raises ConsentGoneError.
        """
        with self._lock:
            if token not in self._tokens:
                raise ConsentGoneError
            if not self._rotate:
                return None
            following = _refresh_token()
            self._tokens[following] = self._tokens.pop(token)
            if token == self._standing:
                self._standing = following
            return following

    def revoke(self, token: str) -> Refresh | None:
        """End a token: what it stood for, or None for one that nobody knows."""
        with self._lock:
            return self._tokens.pop(token, None)


def _refresh_token() -> str:
    return f"5Aep861{secrets.token_urlsafe(60)}"
