"""What `datacloud doctor` looks at, one step after the other, each told as soon as it is known.

| step | asked of | told apart |
|---|---|---|
| host | the login host | no such host, refused, certificate |
| clock | its `Date` | a clock that is off, which spoils signed logins |
| login | its token endpoint | credentials, user, app |
| scope | the login's answer, the exchange | an app that may not query |
| data space | the exchange | a data space that is not there, an org without Data Cloud |
| a transport each | `SELECT 1` | a query API the org does not have |

Source: public surface, §5; wire spec, auth §2.3, §2.5, §3, §5.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

from datacloud_dbapi import Connection, Error
from datacloud_dbapi.auth.exchange import exchange
from datacloud_dbapi.auth.grants import OAuthToken
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import shared_tokens, tokens_for
from datacloud_dbapi.flow.effects import Request, send
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams

State = Literal["works", "fails", "missing", "unknown"]
TRANSPORTS = ("rest-v2", "rest-v1", "query-sql", "direct-v3", "hyper")
# choice: a signed login lives two minutes, and networks are slow.
CLOCK_LEEWAY = 60.0
_QUERY_SCOPES = frozenset({"cdp_query_api", "cdpquery", "full"})


@dataclass(frozen=True, slots=True)
class Check:
    """One step. `missing` is something the org does not offer and nobody asked for; `unknown` could not be told."""

    step: str
    state: State
    said: str
    change: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        return asdict(self)


def examine(params: ConnectParams) -> Iterator[Check]:
    """The steps of connecting and querying with these parameters; ends early when nothing further can be tried."""
    examination = _Examination(params)
    try:
        yield from examination.steps()
    finally:
        examination.close()


class _Examination:
    def __init__(self, params: ConnectParams) -> None:
        self._params = params
        self._policy = RetryPolicy(max_attempts=1)
        self._hosts = TrustedHosts.of(params)
        self._runner = Runner(params)

    def close(self) -> None:
        self._runner.close()

    def steps(self) -> Iterator[Check]:
        host = {
            "none": None,
            "sf-org": None,
            "access-token": self._params.instance_url,
            "datacloud-token": self._params.tenant_url,
        }.get(self._params.auth, self._params.login_url)
        if host is not None:
            for check in self._host(host):
                yield check
                if check.step == "host" and check.state == "fails":
                    return
        if self._params.auth not in ("none", "datacloud-token"):
            entered = True
            for check in self._login():
                yield check
                entered = entered and check.state != "fails"
            if not entered:
                return
        yield from self._transports()

    def _host(self, origin: str) -> Iterator[Check]:
        asked = time.time()
        try:
            # The list of API versions, which the service shows to everybody.
            request = Request("GET", f"{origin}/services/data/", read_timeout=self._params.connect_timeout)
            response = self._runner.run(send(request))
        except Error as error:
            yield _failed("host", error)
            return
        answered = time.time()
        yield Check("host", "works", f"{origin} answers")
        date = email.utils.parsedate_to_datetime(response.headers["date"]) if "date" in response.headers else None
        if date is None:
            yield Check("clock", "unknown", "the host does not tell its time")
            return
        # The service's second may have begun anywhere between the question and the answer.
        ahead = max(asked - date.timestamp() - 1, 0.0) or min(answered - date.timestamp(), 0.0)
        if abs(ahead) > CLOCK_LEEWAY:
            said = f"this machine's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the service's"
            yield Check(
                "clock", "fails", said, "set this machine's clock; a signed login (auth=jwt) is refused till then"
            )
        else:
            yield Check("clock", "works", f"within {CLOCK_LEEWAY:.0f} s of the service's")

    def _login(self) -> Iterator[Check]:
        try:
            token = self._runner.run(tokens_for(self._params).renew(self._policy))
        except Error as error:
            yield _failed("login", error)
            return
        yield Check("login", "works", f"{self._params.auth} at {token.org_url}")
        if token.scope is not None and not _QUERY_SCOPES & set(token.scope.split()):
            yield _no_scope(f"the app has the scopes {token.scope}")
            return
        yield from self._exchange(token)

    def _exchange(self, token: OAuthToken) -> Iterator[Check]:
        dataspace = self._params.dataspace
        try:
            tenant = self._runner.run(exchange(token, dataspace, self._policy, self._hosts))
        except Error as error:
            if error.code == "invalid_scope":
                yield _no_scope(error.message)
                return
            yield Check("scope", "works" if token.scope is not None else "unknown", token.scope or "not told")
            if self._opens(token, None):
                change = f"name another dataspace than {dataspace!r}, or give the user access to it"
                yield Check("data space", "fails", error.message, change)
            else:
                change = "does the org have Data Cloud, and the user a permission set for it?"
                yield Check("data space", "fails", error.message, error.hint or change)
            return
        yield Check("scope", "works", token.scope or "the exchange was allowed")
        yield Check("data space", "works", f"{dataspace} at {tenant.tenant_url}")

    def _opens(self, token: OAuthToken, dataspace: str | None) -> bool:
        try:
            self._runner.run(exchange(token, dataspace, self._policy, self._hosts))
        except Error:
            return False
        return True

    def _transports(self) -> Iterator[Check]:
        # Held, so that the connections share one login.
        tokens = shared_tokens(self._params)
        names = ("hyper",) if self._params.auth == "none" else TRANSPORTS
        found = {name: self._transport(name) for name in names}
        wanted = self._params.transport
        for name, check in found.items():
            needed = name == wanted or (
                wanted == "auto"
                and name in ("rest-v2", "rest-v1")
                and "works" not in _states(found, "rest-v2", "rest-v1")
            )
            yield replace(check, state="fails") if needed and check.state == "missing" else check
        del tokens

    def _transport(self, name: str) -> Check:
        limit = self._params.query_timeout or 30.0
        params = replace(self._params, transport=name, settings=None, query_timeout=limit)
        try:
            with Connection(params) as connection, connection.cursor() as cursor:
                rows = cursor.execute("SELECT 1").fetchall()
        except (Error, ImportError) as error:
            return replace(_failed(name, error), state="missing")
        if [tuple(row) for row in rows] != [(1,)]:
            return Check(name, "fails", f"SELECT 1 gave {rows!r}")
        return Check(name, "works", "SELECT 1 gives 1")


def _states(found: dict[str, Check], *names: str) -> set[State]:
    return {found[name].state for name in names if name in found}


def _failed(step: str, error: Error | ImportError) -> Check:
    if isinstance(error, ImportError):
        return Check(step, "fails", f"{error.name} is not installed", "pip install 'datacloud-dbapi[grpc]'")
    status = f"HTTP {error.http_status}" if error.http_status is not None else None
    notes = ", ".join(note for note in (error.code, status) if note)
    return Check(step, "fails", f"{error.message} ({notes})" if notes else error.message, error.hint)


def _no_scope(said: str) -> Check:
    return Check("scope", "fails", said, "give the app the scopes api, cdp_query_api and cdp_profile_api")
