"""The asyncio door to Account Engagement: `connect` and `AsyncEngagement`. Same names, awaited; no logic.

Source: public surface, §1 and §4.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Any

from datacloud_dbapi import profiles
from datacloud_dbapi.engagement.client import BaseEngagement
from datacloud_dbapi.flow.aio import AsyncRunner
from datacloud_dbapi.flow.method import AwaitsFlows
from datacloud_dbapi.params import ConnectParams

if TYPE_CHECKING:
    from typing_extensions import Self


class AsyncEngagement(BaseEngagement[AwaitsFlows]):
    """A client of one business unit, for the tasks of one event loop.

    A `runner` of one's own brings its own clock, pauses and chance. It is closed with the client.
    """

    def __init__(self, params: ConnectParams, *, runner: AsyncRunner | None = None) -> None:
        runner = AsyncRunner(params) if runner is None else runner
        super().__init__(params, runner)
        self._close = runner.close

    async def ping(self) -> None:
        """Make sure of a valid login. Asks the service for nothing while the token is good."""
        self.check_usable()
        await self._runner.run(self._tokens.current_org(self._policy))

    async def close(self) -> None:
        """Close the client; a second call does nothing."""
        if not self.closed:
            self._life.end()
            await self._close()

    async def __aenter__(self) -> Self:
        self.check_usable()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


async def connect(dsn: str | None = None, **params: Any) -> AsyncEngagement:
    """Log in and open a client of one business unit; parameters and errors as for `datacloud_dbapi.engagement`."""
    try:
        resolved = profiles.resolve(dsn, params, os.environ)
    finally:
        # A traceback shows what a frame holds, and a secret may stand in either.
        dsn, params = None, {}
    client = AsyncEngagement(resolved)
    try:
        await client.ping()
    except BaseException:
        await client.close()
        raise
    return client
