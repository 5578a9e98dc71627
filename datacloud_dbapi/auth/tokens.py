"""The tokens in use: obtained once, shared by all connections with the same credentials, renewed by one flow at a time.

Source: wire spec, auth §1, §4; faults T3–T6, T9–T13.
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from datacloud_dbapi.auth.exchange import DataCloudToken, GivenToken, exchange
from datacloud_dbapi.auth.grants import AccessToken, Grant, OAuthToken, Refreshing
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.memory import Memory, Remembered, memory_of
from datacloud_dbapi.auth.ways import grant_for, narrowed
from datacloud_dbapi.credentials import CREDENTIALS
from datacloud_dbapi.errors import AuthenticationError, Error, InterfaceError
from datacloud_dbapi.events import Event
from datacloud_dbapi.flow.effects import Flow, Request, lock, note, now
from datacloud_dbapi.flow.limits import RequestBudget
from datacloud_dbapi.flow.retry import NEVER, Deadline, Repeatable, Reply, RetryPolicy, send_patiently
from datacloud_dbapi.flow.slots import Slots
from datacloud_dbapi.params import ConnectParams

if TYPE_CHECKING:
    from datacloud_dbapi.auth.authorization_code import Ask

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the tenant or the org before it is known where that is and which token opens it.

    `origin` is where it goes when that is neither of the two. `shown_path` and `query_id` as in `Request`.
    """

    method: str
    path: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    read_timeout: float = 120.0
    headers: Mapping[str, str] = field(default_factory=dict)
    shown_path: str | None = None
    query_id: str | None = None
    origin: str | None = None

    def request(self, token: DataCloudToken | OAuthToken) -> Request:
        origin = self.origin or (token.tenant_url if isinstance(token, DataCloudToken) else token.org_url)
        headers = {"Authorization": f"Bearer {token.access_token}", **self.headers}
        if self.method in ("POST", "PATCH"):
            headers.setdefault("Content-Type", "application/json")
        url = f"{origin}{self.path}"
        return Request(
            self.method,
            url,
            headers,
            self.body,
            self.read_timeout,
            shown_path=self.shown_path,
            query_id=self.query_id,
        )


class Tokens:
    """Hands out the tenant's token and the org's, and sends requests with them. Thread-safe.

    Without a `grant` there is only the token `given`, or none at all. `memory` is what outlives the process, `budget`
    what the login may ask of the service, shared by its data spaces.
    """

    def __init__(
        self,
        grant: Grant | None,
        dataspace: str | None,
        hosts: TrustedHosts,
        *,
        given: GivenToken | None = None,
        memory: Memory | None = None,
        budget: RequestBudget | None = None,
    ) -> None:
        self._grant = grant
        self._dataspace = dataspace
        self._hosts = hosts
        self._given = given
        self._memory = memory
        self.budget = budget or RequestBudget()
        self._budgets: dict[str, RequestBudget] = {}
        self._lock = Slots()
        self._token: DataCloudToken | None = None
        self._org: OAuthToken | None = None
        # A login's token is exchanged once (wire spec, auth §4): this one was not yet.
        self._unspent: OAuthToken | None = None
        self._refresh_token: str | None = None
        self._refused_tokens: set[str] = set()

    def budget_of(self, business_unit_id: str) -> RequestBudget:
        """What may be asked of a business unit, which the service counts by itself; shared as the tokens are."""
        return self._budgets.setdefault(business_unit_id, RequestBudget())

    @property
    def logs_in(self) -> bool:
        """Whether there is a token to be had at all; a bare Hyper endpoint has none."""
        return self._grant is not None or self._given is not None

    def current(self, policy: RetryPolicy) -> Flow[DataCloudToken]:
        """A tenant's token that is not about to expire, from a login if need be.

        Raises AuthenticationError, InterfaceError where the parameters hold no login.
        """
        if self._given is not None:
            return self._given.checked()
        token = self._token
        if token is not None and not (yield from _stale(token)):
            return token
        release = yield from lock(self._lock)
        try:
            token = self._token
            if token is None or (yield from _stale(token)):
                token = yield from self._alone(self._tenant_token, policy)
                self._token = token
            return token
        finally:
            release()

    def current_org(self, policy: RetryPolicy) -> Flow[OAuthToken]:
        """The org's token, for Connect REST, from a login if need be. Raises as `current` does."""
        if self._org is not None:
            return self._org
        release = yield from lock(self._lock)
        try:
            if self._org is None:
                self._org = yield from self._alone(self._org_token, policy)
            return self._org
        finally:
            release()

    def renew(self, policy: RetryPolicy) -> Flow[OAuthToken]:
        """Log in now, good as the token at hand may be; with the refresh token where there is one."""
        release = yield from lock(self._lock)
        try:
            return (yield from self._alone(lambda policy, remembered: self._log_in(policy), policy))
        finally:
            release()

    def log_in(self, policy: RetryPolicy) -> Flow[OAuthToken]:
        """Log in anew, whatever is remembered; what was remembered of the login before is dropped."""
        release = yield from lock(self._lock)
        try:
            return (yield from self._alone(self._anew, policy))
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
        org: bool = False,
        budget: RequestBudget | None = None,
    ) -> Flow[Reply]:
        """The answer to `call`, of the tenant or with `org` of the org; a refused token is renewed, once.

        The request is sent again then, which is safe even for what may not be repeated: a 401 comes before the request
        is acted on. `budget` is what the request counts against, by default the login's.
        """
        if budget is None:
            # What stops a query waits for nobody: it may be one of those under way that it is to stop.
            budget = RequestBudget() if call.method == "DELETE" else self.budget
        token = yield from self._hand_out(org, policy)
        unclear = False
        for last in (False, True):
            reply = yield from send_patiently(
                call.request(token),
                repeatable,
                policy,
                deadline=deadline,
                repeat_until=repeat_until,
                budget=budget,
                unclear=unclear,
            )
            unclear = reply.unclear
            if last or not repeatable.refuses_token(reply.response) or not self._renewable(org):
                break
            self._refused(token)
            try:
                token = yield from self._hand_out(org, policy)
            except Error as error:
                error.maybe_applied = (repeatable.writes and unclear) or None
                raise
        return reply

    def _hand_out(self, org: bool, policy: RetryPolicy) -> Flow[DataCloudToken | OAuthToken]:
        if org:
            return (yield from self.current_org(policy))
        return (yield from self.current(policy))

    def _renewable(self, org: bool) -> bool:
        # An org's token that was handed in stays what it is, but can be exchanged anew.
        return self._grant is not None and (self._grant.renewable or not org)

    def refused(self, token: DataCloudToken) -> bool:
        """Drop a token that the tenant did not accept, by another way than `send`; whether there can be another."""
        self._refused(token)
        return self._renewable(org=False)

    def _refused(self, token: DataCloudToken | OAuthToken) -> None:
        # Another flow may have renewed it meanwhile: only the refused one is dropped.
        if self._token is token:
            self._token = None
        if self._org is token:
            self._org = self._unspent = None
        if self._memory is not None:
            self._refused_tokens.add(token.access_token)

    def _alone(self, renew: Callable[[RetryPolicy, Remembered], Flow[T]], policy: RetryPolicy) -> Flow[T]:
        """Run `renew` while no other process does, told what the last one left behind."""
        if self._memory is None:
            return (yield from renew(policy, Remembered()))
        unlock = yield from self._memory.lock()
        try:
            remembered = yield from self._memory.recall()
            self._refresh_token = remembered.refresh_token or self._refresh_token
            return (yield from renew(policy, remembered))
        finally:
            unlock()

    def _tenant_token(self, policy: RetryPolicy, remembered: Remembered) -> Flow[DataCloudToken]:
        moment = yield from now()
        dataspace = self._dataspace or ""
        known = remembered.tenants.get(dataspace)
        if self._memory is not None and known is not None and known.access_token not in self._refused_tokens:
            token = self._memory.tenant_in_use(known, moment)
            if token is not None and self._hosts.trusts(token.tenant_url):
                return token
        token = yield from self._exchanged(policy)
        if self._memory is not None:
            tenant = self._memory.tenant_at_rest(token, (yield from now()))
            yield from self._memory.keep(lambda r: replace(r, tenants={**r.tenants, dataspace: tenant}))
        return token

    def _exchanged(self, policy: RetryPolicy) -> Flow[DataCloudToken]:
        org_token, self._unspent = self._unspent, None
        if org_token is not None:
            try:
                return (yield from exchange(org_token, self._dataspace, policy, self._hosts))
            except AuthenticationError:
                # It may have ended since its login.
                self._org = None
        org_token = yield from self._log_in(policy)
        self._unspent = None
        try:
            return (yield from exchange(org_token, self._dataspace, policy, self._hosts))
        except AuthenticationError:
            # A callable may have handed out a token of before, and know a newer one when asked again.
            newer = (yield from self._log_in(policy)) if isinstance(self._grant, AccessToken) else org_token
            if newer.access_token == org_token.access_token:
                raise
        self._unspent = None
        return (yield from exchange(newer, self._dataspace, policy, self._hosts))

    def _org_token(self, policy: RetryPolicy, remembered: Remembered) -> Flow[OAuthToken]:
        known = remembered.org
        if known is not None and known.access_token not in self._refused_tokens and self._hosts.trusts(known.org_url):
            return known
        return (yield from self._log_in(policy))

    def _anew(self, policy: RetryPolicy, remembered: Remembered) -> Flow[OAuthToken]:
        self._refresh_token = self._token = None
        token = yield from self._log_in(policy)
        if self._memory is not None:
            yield from self._memory.keep(lambda r: replace(r, tenants={}, refresh_token=token.refresh_token))
        return token

    def _log_in(self, policy: RetryPolicy) -> Flow[OAuthToken]:
        grant = self._grant
        if grant is None:
            raise InterfaceError(
                "The connection has no login to the org",
                hint="datacloud_token opens the tenant only, and a bare Hyper endpoint nothing else",
            )
        began = yield from now()
        if self._refresh_token is not None and isinstance(grant, Refreshing):
            token = yield from grant.refresh(self._refresh_token, policy, self._hosts)
        else:
            token = yield from grant.login(policy, self._hosts)
        yield from note(Event("refresh", seconds=(yield from now()) - began))
        self._refresh_token = token.refresh_token or self._refresh_token
        if self._memory is not None:
            # Before the token is used: the refresh token it came with may be the only one still good (faults T4).
            refresh_token = self._refresh_token
            yield from self._memory.keep(lambda r: replace(r, refresh_token=refresh_token, org=token))
        self._org = self._unspent = token
        return token


def _stale(token: DataCloudToken) -> Flow[bool]:
    if token.renew_at is None:
        return False
    return (yield from now()) >= token.renew_at


_shared: weakref.WeakValueDictionary[bytes, Tokens] = weakref.WeakValueDictionary()
_budgets: weakref.WeakValueDictionary[bytes, RequestBudget] = weakref.WeakValueDictionary()
_sharing = threading.Lock()


def shared_tokens(params: ConnectParams) -> Tokens:
    """The tokens of these credentials, the same for every open connection of this process that has them.

    A connection pool so logs in once, and a token's life is not cut short by the next login.
    """
    key = _identity(params, _IDENTITY)
    with _sharing:
        tokens = _shared.get(key)
        if tokens is None:
            tokens = _shared[key] = tokens_for(params, budget=_shared_budget(params))
        return tokens


def _shared_budget(params: ConnectParams) -> RequestBudget:
    """The service counts by org: the data spaces of one login have one budget."""
    key = _identity(params, [name for name in _IDENTITY if name not in ("dataspace", "token_cache")])
    budget = _budgets.get(key)
    if budget is None:
        budget = _budgets[key] = RequestBudget()
    return budget


def _identity(params: ConnectParams, names: Iterable[str]) -> bytes:
    # choice: an in-process transport is another world, even under the same address.
    named = [getattr(params, name) for name in names]
    objects = [one if one is None else str(one) if isinstance(one, str) else id(one) for one in named]
    facts = [objects, params.allowed_hosts, params.allow_insecure_loopback, narrowed(params)]
    return hashlib.sha256(repr(facts).encode()).digest()


def _share_nothing() -> None:
    """A forked child must not wait for what a thread of its parent held: it logs in itself."""
    global _sharing
    _sharing = threading.Lock()
    _shared.clear()
    _budgets.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_share_nothing)


_IDENTITY = (
    *("login_url", "auth", *CREDENTIALS, "dataspace", "token_cache"),
    *("ca_bundle", "proxy", "http_transport"),
)


def tokens_for(params: ConnectParams, ask: Ask | None = None, *, budget: RequestBudget | None = None) -> Tokens:
    """Tokens of these credentials that are nobody else's; `ask` sends the user to a login page (default: the browser).

    Raises InterfaceError for a private key or a token cache that cannot be used.
    """
    given = None
    if params.datacloud_token is not None and params.tenant_url is not None:
        given = GivenToken(params.datacloud_token, params.tenant_url)
    grant = grant_for(params, ask)
    hosts = TrustedHosts.of(params)
    return Tokens(grant, params.dataspace, hosts, given=given, memory=memory_of(params), budget=budget)
