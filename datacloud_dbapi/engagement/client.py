"""`connect` and the blocking client of one business unit; `BaseEngagement` decides, `aio` is the other door.

Every object of the catalogue is an attribute, `engagement.prospects`; which there are is data.
Source: wire spec, account-engagement §1-2; public surface, §1 and §4.
"""

from __future__ import annotations

import os
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn

from datacloud_dbapi import profiles
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import shared_tokens
from datacloud_dbapi.engagement.catalogue import ObjectType, catalogue
from datacloud_dbapi.engagement.gateway import Gateway, Usage
from datacloud_dbapi.engagement.named import Named
from datacloud_dbapi.engagement.services import service_of
from datacloud_dbapi.engagement.writing import Writing
from datacloud_dbapi.errors import InterfaceError, NotSupportedError
from datacloud_dbapi.flow.life import Life
from datacloud_dbapi.flow.method import R, RunsFlows
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.params import ConnectParams

if TYPE_CHECKING:
    from typing_extensions import Self

    from datacloud_dbapi.flow.sync import Runner

# Source: wire spec, account-engagement §1.
HOST, DEMO_HOST = "https://pi.pardot.com", "https://pi.demo.pardot.com"
# choice: the service's own bound is 5 a business unit, and one place is left to whoever else uses it (wire spec, §11).
MOST_AT_ONCE = 4


class BaseEngagement(Named[R], Generic[R]):
    """What a client knows and checks, whichever door it is used through. Performs no I/O."""

    def __init__(self, params: ConnectParams, runner: R) -> None:
        # First of all: a traceback shows a client that was never made, too.
        self._params = params
        self._life = Life()
        self._runner: R = runner
        if params.business_unit_id is None:
            raise InterfaceError(
                "Account Engagement needs business_unit_id",
                hint="it begins with 0Uv; Setup lists it under Business Unit Setup",
            )
        self._tokens = shared_tokens(params)
        self._policy = RetryPolicy(params.max_attempts, min(params.max_in_flight, MOST_AT_ONCE))
        self._gateway = Gateway(
            self._tokens,
            self._policy,
            self._tokens.budget_of(params.business_unit_id),
            origin=_origin(params),
            business_unit_id=params.business_unit_id,
            read_timeout=params.read_timeout,
        )

    @property
    def business_unit_id(self) -> str:
        """The business unit that every call of this client is about."""
        return self._params.business_unit_id or ""

    @property
    def usage(self) -> Usage | None:
        """The business unit's calls of the day, as the last answer told them; None before the first."""
        return self._gateway.usage

    @property
    def objects(self) -> tuple[ObjectType, ...]:
        """Every object there is, with its fields, filters, operations and actions."""
        return tuple(catalogue().objects.values())

    @property
    def closed(self) -> bool:
        """Whether `close()` was called."""
        return self._life.ended

    def check_usable(self) -> None:
        """Raise InterfaceError when the client is closed, or inherited by a forked process."""
        self._life.check()

    def object(self, name: str) -> Writing[R]:
        """The calls on one object, by its name (`Prospect`) or its table (`prospects`).

        Raises ProgrammingError, naming the nearest, when there is none.
        """
        self.check_usable()
        found = catalogue().find(name)
        if found.path is None:
            raise NotSupportedError(f"{found.name} can only be exported", hint=f"exports.run({found.name!r}, …)")
        return service_of(found, self._runner, self._gateway)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__name__} {self._gateway.origin} {self.business_unit_id} {state}>"

    def __reduce__(self) -> NoReturn:
        raise InterfaceError("A client cannot be copied or pickled", hint="open a new one, with the same parameters")


class Engagement(BaseEngagement[RunsFlows]):
    """A client of one business unit. Threads may share it.

    A `runner` of one's own brings its own clock, pauses and chance. It is closed with the client.
    """

    def __init__(self, params: ConnectParams, *, runner: Runner | None = None) -> None:
        if runner is None:
            from datacloud_dbapi.flow.sync import Runner

            runner = Runner(params)
        # Its sockets must not outlive a client that was dropped without closing it.
        weakref.finalize(self, runner.close)
        super().__init__(params, runner)
        self._close = runner.close

    def ping(self) -> None:
        """Make sure of a valid login. Asks the service for nothing while the token is good."""
        self.check_usable()
        self._runner.run(self._tokens.current_org(self._policy))

    def close(self) -> None:
        """Close the client; a second call does nothing."""
        if not self.closed:
            self._life.end()
            self._close()

    def __enter__(self) -> Self:
        self.check_usable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def connect(dsn: str | None = None, **params: Any) -> Engagement:
    """Log in and open a client of one business unit.

    `business_unit_id` names it; `demo=True` is for sandboxes and developer orgs; the login and all else is as for
    `datacloud_dbapi.connect`, from keywords, URL, environment and profile. `engagement_url` is for an emulator.

    Raises InterfaceError for an unknown or missing parameter (naming the nearest), AuthenticationError when the login
    is refused, ServerUnreachableError when there is no such host.
    """
    try:
        resolved = profiles.resolve(dsn, params, os.environ)
    finally:
        # A traceback shows what a frame holds, and a secret may stand in either.
        dsn, params = None, {}
    client = Engagement(resolved)
    try:
        client.ping()
    except BaseException:
        client.close()
        raise
    return client


def _origin(params: ConnectParams) -> str:
    if params.engagement_url is None:
        return DEMO_HOST if params.demo else HOST
    # A token goes nowhere else: Salesforce's hosts, the user's own, loopback where that is allowed.
    return TrustedHosts((*params.allowed_hosts, "pardot.com"), params.allow_insecure_loopback).origin(
        params.engagement_url
    )
