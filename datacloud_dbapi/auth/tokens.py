"""The token in use: obtained once, shared by every connection with the same credentials, renewed by one flow at a time.

Source: wire spec, auth §4; faults T5, T6, T9–T13.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from dataclasses import dataclass

from datacloud_dbapi.auth.exchange import DataCloudToken, exchange
from datacloud_dbapi.auth.grants import Grant, grant_for
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.flow.effects import Flow, Lock, Request, acquire, now
from datacloud_dbapi.flow.retry import NEVER, Deadline, Repeatable, Reply, RetryPolicy, send_patiently
from datacloud_dbapi.params import ConnectParams


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the tenant before it is known where the tenant is and which token opens it."""

    method: str
    path: str
    body: bytes = b""
    read_timeout: float = 120.0

    def request(self, token: DataCloudToken) -> Request:
        headers = {"Authorization": f"Bearer {token.access_token}"}
        if self.method == "POST":
            headers["Content-Type"] = "application/json"
        return Request(self.method, f"{token.tenant_url}{self.path}", headers, self.body, self.read_timeout)


class Tokens:
    """Hands out the tenant's token and sends requests with it. Thread-safe."""

    def __init__(self, grant: Grant, dataspace: str | None, hosts: TrustedHosts) -> None:
        self._grant = grant
        self._dataspace = dataspace
        self._hosts = hosts
        self._lock = Lock()
        self._token: DataCloudToken | None = None

    def current(self, policy: RetryPolicy) -> Flow[DataCloudToken]:
        """A token that is not about to expire, from a login if need be."""
        token = self._token
        if token is not None and not (yield from _stale(token)):
            return token
        release = yield from acquire(self._lock)
        try:
            token = self._token
            if token is None or (yield from _stale(token)):
                oauth_token = yield from self._grant.login(policy, self._hosts)
                token = yield from exchange(oauth_token, self._dataspace, policy, self._hosts)
                self._token = token
            return token
        finally:
            release()

    def send(
        self,
        call: Call,
        repeatable: Repeatable,
        policy: RetryPolicy,
        *,
        deadline: Deadline = NEVER,
        repeat_until: Deadline = NEVER,
    ) -> Flow[Reply]:
        """The tenant's answer to `call`; a refused token is renewed and the request sent again, once.

        That is safe even for what may not be repeated: a 401 comes before the request is acted on.
        """
        token = yield from self.current(policy)
        for last in (False, True):
            reply = yield from send_patiently(
                call.request(token), repeatable, policy, deadline=deadline, repeat_until=repeat_until
            )
            if reply.response.status != 401 or last:
                break
            self._refused(token)
            token = yield from self.current(policy)
        return reply

    def _refused(self, token: DataCloudToken) -> None:
        # Another flow may have renewed it meanwhile: only the refused one is dropped.
        if self._token is token:
            self._token = None


def _stale(token: DataCloudToken) -> Flow[bool]:
    if token.renew_at is None:
        return False
    return (yield from now()) >= token.renew_at


_shared: weakref.WeakValueDictionary[bytes, Tokens] = weakref.WeakValueDictionary()
_sharing = threading.Lock()


def shared_tokens(params: ConnectParams) -> Tokens:
    """The tokens of these credentials, the same for every open connection of this process that has them.

    A connection pool so logs in once, and a token's life is not cut short by the next login.
    """
    # choice: an in-process transport is another world, even under the same address.
    identity = (
        params.login_url,
        params.auth,
        params.client_id,
        params.client_secret,
        params.username,
        params.password,
        params.dataspace,
        params.allowed_hosts,
        params.allow_insecure_loopback,
        params.ca_bundle,
        params.proxy,
        id(params.http_transport),
    )
    key = hashlib.sha256(repr(identity).encode()).digest()
    with _sharing:
        tokens = _shared.get(key)
        if tokens is None:
            tokens = Tokens(grant_for(params), params.dataspace, TrustedHosts.of(params))
            _shared[key] = tokens
        return tokens
