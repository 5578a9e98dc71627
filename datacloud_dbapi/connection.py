"""PEP 249 connections: `BaseConnection` decides, `Connection` is the blocking door to it.

Source: public surface, §1.
"""

from __future__ import annotations

import os
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from datacloud_dbapi import errors, profiles
from datacloud_dbapi.cursor import Cursor
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.life import Life
from datacloud_dbapi.flow.limits import RateLimit
from datacloud_dbapi.flow.method import RunsFlows
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.partition import Partition
from datacloud_dbapi.transports.base import Transport

if TYPE_CHECKING:
    from typing_extensions import Self

    from datacloud_dbapi.flow.sync import Runner
    from datacloud_dbapi.services.data_graphs import DataGraphs
    from datacloud_dbapi.services.gateway import Gateway
    from datacloud_dbapi.services.insights import Insights
    from datacloud_dbapi.services.metadata import Metadata
    from datacloud_dbapi.services.profile import Profile
    from datacloud_dbapi.services.universal_id import UniversalId


class BaseConnection:
    """What a connection knows and checks, whichever door it is used through. Performs no I/O."""

    # PEP 249's optional extension: the exceptions as attributes.
    Warning = errors.Warning
    Error = errors.Error
    InterfaceError = errors.InterfaceError
    DatabaseError = errors.DatabaseError
    DataError = errors.DataError
    OperationalError = errors.OperationalError
    IntegrityError = errors.IntegrityError
    InternalError = errors.InternalError
    ProgrammingError = errors.ProgrammingError
    NotSupportedError = errors.NotSupportedError

    def __init__(self, params: ConnectParams) -> None:
        # With the first connection comes what only a connection needs: to import the package costs little.
        from datacloud_dbapi.auth.tokens import shared_tokens
        from datacloud_dbapi.transports.choose import transport_for

        # First of all: a traceback shows a connection that was never made, too.
        self._params = params
        self._life = Life()
        self._tokens = shared_tokens(params)
        self._policy = RetryPolicy.of(params)
        self._transport: Transport = transport_for(params, self._tokens)
        self._gateway: Gateway | None = None

    @property
    def transport(self) -> str:
        """The name of the transport that carries this connection's queries."""
        return self._transport.name

    @property
    def dataspace(self) -> str:
        """The data space every query of this connection sees."""
        return self._params.dataspace

    @property
    def closed(self) -> bool:
        """Whether `close()` was called."""
        return self._life.ended

    @property
    def rate_limit(self) -> RateLimit | None:
        """What the service last said of its limit, to any connection with this login; None before it does."""
        return self._tokens.budget.rate_limit

    def check_usable(self) -> None:
        """Raise InterfaceError when the connection is closed, or inherited by a forked process."""
        self._life.check()

    def _login(self) -> Flow[None]:
        """Make sure of a valid token for the transport; a bare Hyper endpoint needs none."""
        if not self._tokens.logs_in:
            return
        if self._transport.at_org:
            yield from self._tokens.current_org(self._policy)
        else:
            yield from self._tokens.current(self._policy)

    def _services(self) -> Gateway:
        """What the services share; made with the first of them."""
        self.check_usable()
        if self._gateway is None:
            from datacloud_dbapi.services.gateway import Gateway

            self._gateway = Gateway(self._tokens, self._policy, self._params.read_timeout)
        return self._gateway

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__name__} {self._params.login_url} dataspace={self.dataspace!r} {state}>"

    def __reduce__(self) -> NoReturn:
        raise errors.InterfaceError(
            "A connection cannot be copied or pickled", hint="open a new one, with the same parameters"
        )


class Connection(BaseConnection):
    """A connection to one data space. Threads may share it; a cursor belongs to one thread at a time.

    A `runner` of one's own brings its own clock, pauses and chance. It is closed with the connection.
    """

    def __init__(self, params: ConnectParams, *, runner: Runner | None = None) -> None:
        super().__init__(params)
        if runner is None:
            from datacloud_dbapi.flow.sync import Runner

            runner = Runner(params)
        self._runner = runner
        # A pool may drop a connection without closing it; its sockets must not outlive it.
        weakref.finalize(self, self._runner.close)
        try:
            self._runner.run(self._login())
        except BaseException:
            self._runner.close()
            raise

    @property
    def metadata(self) -> Metadata[RunsFlows]:
        """The Metadata API of this connection's data space."""
        # Loads with the first question.
        from datacloud_dbapi.services.metadata import Metadata

        self.check_usable()
        return Metadata[RunsFlows](self._runner, self._tokens, self._policy, self._params.read_timeout)

    @property
    def profile(self) -> Profile[RunsFlows]:
        """The Profile API: customers by key or by equality, their children and their insights."""
        from datacloud_dbapi.services.profile import Profile

        return Profile[RunsFlows](self._runner, self._services())

    @property
    def insights(self) -> Insights[RunsFlows]:
        """The Calculated Insights API."""
        from datacloud_dbapi.services.insights import Insights

        return Insights[RunsFlows](self._runner, self._services())

    @property
    def universal_id(self) -> UniversalId[RunsFlows]:
        """The Universal ID Lookup API: from one source record to all of the same person."""
        from datacloud_dbapi.services.universal_id import UniversalId

        return UniversalId[RunsFlows](self._runner, self._services())

    @property
    def data_graphs(self) -> DataGraphs[RunsFlows]:
        """The Data Graph API: pre-joined documents about one record."""
        from datacloud_dbapi.services.data_graphs import DataGraphs

        return DataGraphs[RunsFlows](self._runner, self._services())

    def cursor(self) -> Cursor:
        """A new cursor."""
        self.check_usable()
        return Cursor(self, self._transport, self._runner, self._params)

    def attach(self, query_id: str) -> Cursor:
        """A cursor on a result computed earlier. Raises NotSupportedError where the transport keeps none."""
        return self.cursor().attach(query_id)

    def read_partition(self, partition: Partition) -> Cursor:
        """A cursor on one piece of a result that was executed elsewhere with the same login."""
        return self.cursor().read_partition(partition)

    def ping(self) -> None:
        """Make sure of a valid login. Runs no SQL; sends nothing while the token is good."""
        self.check_usable()
        self._runner.run(self._login())

    def commit(self) -> None:
        """Nothing to do: queries only read."""
        self.check_usable()

    def rollback(self) -> None:
        """Nothing to do: queries only read."""
        self.check_usable()

    def close(self) -> None:
        """Close the connection and with it its cursors; a second call does nothing."""
        if not self.closed:
            self._life.end()
            self._runner.close()

    def __enter__(self) -> Self:
        self.check_usable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def connect(dsn: str | None = None, **params: Any) -> Connection:
    """Log in and open a connection.

    `dsn` is a `datacloud://CLIENT_ID:CLIENT_SECRET@HOST/DATASPACE` URL; `params` are the keywords of `ConnectParams`.
    A keyword beats the URL, the URL beats `DATACLOUD_<NAME>` in the environment, that beats the profile file, and that
    the default.

    Raises InterfaceError for an unknown or missing parameter (naming the nearest), AuthenticationError when the login
    is refused, ServerUnreachableError when there is no such host.
    """
    try:
        resolved = profiles.resolve(dsn, params, os.environ)
    finally:
        # A traceback shows what a frame holds, and a secret may stand in either.
        dsn, params = None, {}
    return Connection(resolved)
