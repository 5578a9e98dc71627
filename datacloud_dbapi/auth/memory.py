"""What one login leaves behind for the next process, and the lock under which it is renewed.

Times of day stand in the text, since no monotonic clock outlives its process; a token that ended meanwhile is merely
refused once. Source: wire spec, auth §4; faults T4, T5; public surface §1 (`token_cache`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from datacloud_dbapi.auth.cache import FileLock, Kept, open_cache
from datacloud_dbapi.auth.exchange import DataCloudToken
from datacloud_dbapi.auth.grants import OAuthToken
from datacloud_dbapi.auth.ways import narrowed
from datacloud_dbapi.errors import Error, OperationalError
from datacloud_dbapi.flow.effects import Flow, now, perform, sleep
from datacloud_dbapi.params import ConnectParams

log = logging.getLogger("datacloud.auth")

# choice: a login by browser takes minutes and holds the lock; whoever waits longer than that is told.
PATIENCE = 360.0
_PARAMETERS = (
    *("login_url", "auth", "client_id", "client_secret", "username", "password"),
    *("private_key", "private_key_file", "jwt_audience", "refresh_token"),
)
# What is handed in needs no keeping.
_KEPT = frozenset({"client-credentials", "password", "jwt", "refresh-token", "authorization-code"})


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant's token at rest; `ends` is the time of day to renew it at."""

    access_token: str = field(repr=False)
    tenant_url: str
    ends: float | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """Everything that is kept of one login: tenants' tokens by data space."""

    refresh_token: str | None = field(default=None, repr=False)
    org: OAuthToken | None = None
    tenants: Mapping[str, Tenant] = field(default_factory=dict)

    def to_text(self) -> str:
        return json.dumps(
            {
                "refresh_token": self.refresh_token,
                "org": None if self.org is None else [self.org.access_token, self.org.org_url],
                "tenants": {name: [one.access_token, one.tenant_url, one.ends] for name, one in self.tenants.items()},
            }
        )

    @classmethod
    def from_text(cls, text: str | None) -> Remembered:
        """What a text says; a text that says something else is taken for nothing."""
        try:
            found: Any = json.loads(text or "{}")
            org = found.get("org")
            tenants = {name: _tenant(*parts) for name, parts in found.get("tenants", {}).items()}
            return cls(
                None if found.get("refresh_token") is None else _text(found["refresh_token"]),
                None if org is None else OAuthToken(*map(_text, org)),
                tenants,
            )
        except (ValueError, TypeError, AttributeError, RecursionError):
            return cls()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _tenant(access_token: object, tenant_url: object, ends: object) -> Tenant:
    if ends is not None and (isinstance(ends, bool) or not isinstance(ends, (int, float))):
        raise TypeError
    return Tenant(_text(access_token), _text(tenant_url), ends)


class Memory:
    """The place in a cache that belongs to one login. A cache that fails costs a login, nothing else."""

    def __init__(self, kept: Kept, key: str, wall: Callable[[], float] = time.time) -> None:
        self._cache = kept.cache
        self._key = key
        self._lock = None if kept.lock_stem is None else FileLock(f"{kept.lock_stem}.{key[:16]}.lock")
        self._wall = wall

    @property
    def place(self) -> str:
        """Where the cache is, in words."""
        return str(self._cache)

    def recall(self) -> Flow[Remembered]:
        return (yield from perform(self._load))

    def keep(self, change: Callable[[Remembered], Remembered]) -> Flow[None]:
        """Change what is remembered; to be called under `lock`."""
        yield from perform(lambda: self._save(change(self._load())))

    def lock(self) -> Flow[Callable[[], None]]:
        """Wait until no other process renews this login; the answer releases."""
        if self._lock is None:
            return _nothing
        begin = yield from now()
        while (release := self._lock.attempt()) is None:
            if (yield from now()) - begin > PATIENCE:
                raise OperationalError("Another process has been logging in with these credentials for minutes")
            yield from sleep(0.1)
        return release

    def tenant_at_rest(self, token: DataCloudToken, moment: float) -> Tenant:
        """`token` in times of day; `moment` is the flow's now."""
        ends = None if token.renew_at is None else self._wall() + token.renew_at - moment
        return Tenant(token.access_token, token.tenant_url, ends)

    def tenant_in_use(self, tenant: Tenant, moment: float) -> DataCloudToken | None:
        """The same back, unless it has ended."""
        if tenant.ends is None:
            return DataCloudToken(tenant.access_token, tenant.tenant_url)
        left = tenant.ends - self._wall()
        return DataCloudToken(tenant.access_token, tenant.tenant_url, moment + left) if left > 0 else None

    def _load(self) -> Remembered:
        try:
            return Remembered.from_text(self._cache.get(self._key))
        except Error:
            raise
        except Exception as error:  # whatever a keyring or a user's object throws
            log.warning("the token cache cannot be read: %s", type(error).__name__)
            return Remembered()

    def _save(self, remembered: Remembered) -> None:
        live = {
            name: tenant
            for name, tenant in remembered.tenants.items()
            if tenant.ends is None or tenant.ends > self._wall()
        }
        try:
            self._cache.put(self._key, replace(remembered, tenants=live).to_text())
        except Error:
            raise
        except Exception as error:  # as above
            log.warning("the token cache cannot be written: %s", type(error).__name__)


def _nothing() -> None:
    """Releases a lock that is none."""


def memory_of(params: ConnectParams, environ: Mapping[str, str] = os.environ) -> Memory | None:
    """The memory that the connection's `token_cache` asks for, if any.

    The key is a hash over what is logged in with, at least one long secret or public name among it.
    """
    kept = open_cache(params.token_cache, environ) if params.auth in _KEPT else None
    if kept is None:
        return None
    named = [getattr(params, name) for name in _PARAMETERS]
    if narrowed(params):
        named.append("engagement")
    identity = json.dumps(named)
    return Memory(kept, hashlib.sha256(identity.encode()).hexdigest())
