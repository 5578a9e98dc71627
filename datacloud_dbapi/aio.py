"""The asyncio door: `connect`, `AsyncConnection`, `AsyncCursor`. Same names as the blocking one, awaited; no logic.

Source: public surface, §1; the project's style, "Flows".
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from datacloud_dbapi import frames, profiles
from datacloud_dbapi.base_cursor import BaseCursor, Description, Owner, describe_columns, interrupted
from datacloud_dbapi.connection import BaseConnection
from datacloud_dbapi.errors import Error
from datacloud_dbapi.flow.aio import AsyncPagesAhead, AsyncRunner
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import AwaitsFlows
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.partition import Partition
from datacloud_dbapi.result import Piece, Result
from datacloud_dbapi.transports.base import Parameters, Transport

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Self

    from datacloud_dbapi.services.data_graphs import DataGraphs
    from datacloud_dbapi.services.insights import Insights
    from datacloud_dbapi.services.metadata import Metadata
    from datacloud_dbapi.services.profile import Profile
    from datacloud_dbapi.services.universal_id import UniversalId


class AsyncConnection(BaseConnection):
    """A connection to one data space, for the tasks of one event loop. Many queries may run on it at once.

    A `runner` of one's own brings its own clock, pauses and chance. It is closed with the connection. Log in with
    `ping()` when there is no `connect` to do it.
    """

    def __init__(self, params: ConnectParams, *, runner: AsyncRunner | None = None) -> None:
        super().__init__(params)
        self._runner = AsyncRunner(params) if runner is None else runner

    @property
    def metadata(self) -> Metadata[AwaitsFlows]:
        """The Metadata API of this connection's data space."""
        # Loads with the first question.
        from datacloud_dbapi.services.metadata import Metadata

        self.check_usable()
        return Metadata[AwaitsFlows](self._runner, self._tokens, self._policy, self._params.read_timeout)

    @property
    def profile(self) -> Profile[AwaitsFlows]:
        """The Profile API: customers by key or by equality, their children and their insights."""
        from datacloud_dbapi.services.profile import Profile

        return Profile[AwaitsFlows](self._runner, self._services())

    @property
    def insights(self) -> Insights[AwaitsFlows]:
        """The Calculated Insights API."""
        from datacloud_dbapi.services.insights import Insights

        return Insights[AwaitsFlows](self._runner, self._services())

    @property
    def universal_id(self) -> UniversalId[AwaitsFlows]:
        """The Universal ID Lookup API: from one source record to all of the same person."""
        from datacloud_dbapi.services.universal_id import UniversalId

        return UniversalId[AwaitsFlows](self._runner, self._services())

    @property
    def data_graphs(self) -> DataGraphs[AwaitsFlows]:
        """The Data Graph API: pre-joined documents about one record."""
        from datacloud_dbapi.services.data_graphs import DataGraphs

        return DataGraphs[AwaitsFlows](self._runner, self._services())

    def cursor(self) -> AsyncCursor:
        """A new cursor."""
        self.check_usable()
        return AsyncCursor(self, self._transport, self._runner, self._params)

    async def attach(self, query_id: str) -> AsyncCursor:
        """A cursor on a result computed earlier. Raises NotSupportedError where the transport keeps none."""
        return await self.cursor().attach(query_id)

    async def read_partition(self, partition: Partition) -> AsyncCursor:
        """A cursor on one piece of a result that was executed elsewhere with the same login."""
        return await self.cursor().read_partition(partition)

    async def ping(self) -> None:
        """Make sure of a valid login. Runs no SQL; sends nothing while the token is good."""
        self.check_usable()
        await self._runner.run(self._login())

    async def commit(self) -> None:
        """Nothing to do: queries only read."""
        self.check_usable()

    async def rollback(self) -> None:
        """Nothing to do: queries only read."""
        self.check_usable()

    async def close(self) -> None:
        """Close the connection and with it its cursors; a second call does nothing."""
        if not self.closed:
            self._life.end()
            await self._runner.close()

    async def __aenter__(self) -> Self:
        self.check_usable()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


class AsyncCursor(BaseCursor):
    """A cursor whose calls are awaited. Belongs to one task at a time."""

    def __init__(self, owner: Owner, transport: Transport, runner: AsyncRunner, params: ConnectParams) -> None:
        super().__init__(owner, transport, params, runner.tell)
        self._runner = runner
        self._pages: AsyncPagesAhead | None = None

    async def execute(
        self,
        sql: str,
        parameters: Parameters | None = None,
        *,
        timeout: float | None = None,
        arrow: bool | None = None,
        settings: Mapping[str, str] | None = None,
        workload: str | None = None,
    ) -> Self:
        """Run a statement and return the cursor itself; as `Cursor.execute`."""
        self._check_usable()
        self._forget_result()
        self._tune(settings, workload)
        with self._traced(sql, parameters):
            await self._open(self._begin(sql, parameters, timeout, arrow))
        return self

    async def executemany(
        self,
        sql: str,
        parameters: Iterable[Parameters],
        *,
        settings: Mapping[str, str] | None = None,
        workload: str | None = None,
    ) -> Self:
        """Run a statement once for each set of parameters; as `Cursor.executemany`."""
        self._check_usable()
        self._count_changed(
            [(await self.execute(sql, each, settings=settings, workload=workload))._changed for each in parameters]
        )
        return self

    async def fetchone(self) -> Any:
        """The next row, or None after the last."""
        row = self._ready_row()
        if row is not None:
            return row
        rows = await self._take(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next `size` rows (default `arraysize`), fewer only at the end."""
        return await self._take(self.arraysize if size is None else size)

    async def fetchall(self) -> list[Any]:
        """All further rows."""
        return await self._take(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        row = self._ready_row()
        if row is not None:
            return row
        rows = await self._take(1)
        if not rows:
            raise StopAsyncIteration
        return rows[0]

    async def fetch_arrow_table(self) -> pyarrow.Table:
        """All further rows as a `pyarrow.Table`, with the same schema whichever transport carried them."""
        result = self._arrow_result()
        await self._fill(result, None)
        return frames.table(result.columns, result.take_pieces())

    def fetch_record_batches(self) -> AsyncIterator[pyarrow.RecordBatch]:
        """All further rows as record batches, page by page: `async for batch in cursor.fetch_record_batches()`."""
        result = self._arrow_result()

        async def pieces() -> list[Piece]:
            self._check_current(result)
            await self._fill(result, 1)
            return result.take_pieces()

        return AsyncBatches(result, pieces)

    async def fetch_df(self, dtype_backend: str | None = None) -> pandas.DataFrame:
        """All further rows as a pandas DataFrame; `dtype_backend` "pyarrow" keeps the Arrow types."""
        return frames.pandas_frame(await self.fetch_arrow_table(), dtype_backend)

    async def fetch_polars(self) -> polars.DataFrame:
        """All further rows as a polars DataFrame."""
        return frames.polars_frame(await self.fetch_arrow_table())

    async def describe(self, sql: str, parameters: Parameters | None = None) -> list[Description]:
        """The columns `sql` would give, in `description`'s form, without its rows. Leaves this cursor's result be."""
        return describe_columns(await self._runner.run(self._describe(sql, parameters)))

    async def attach(self, query_id: str) -> Self:
        """Read a result that was computed earlier. Raises NotSupportedError where the transport keeps none."""
        self._check_usable()
        self._forget_result()
        await self._open(self._attach(query_id))
        return self

    async def partitions(self, n: int | None = None) -> list[Partition]:
        """The executed result in `n` pieces for other processes to read; as `Cursor.partitions`."""
        return await self._runner.run(self._split(n))

    async def read_partition(self, partition: Partition) -> Self:
        """Read a piece of a result that was executed elsewhere with the same login."""
        self._check_usable()
        self._forget_result()
        await self._open(self._partition(partition))
        return self

    async def cancel(self) -> None:
        """Stop the running query at the service. Raises NotSupportedError where the transport cannot."""
        await self._runner.run(self._cancel())

    async def close(self) -> None:
        """Close the cursor, and stop a query that still runs at the service; a second call does nothing."""
        running = self._left_running()
        self._forget_result()
        self._closed = True
        if running is not None:
            with suppress(Error):
                await asyncio.shield(self._runner.run(running))

    async def __aenter__(self) -> Self:
        self._check_usable()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def _open(self, flow: Flow[tuple[QueryHandle, Page]]) -> None:
        self._opening, self._unwanted = True, False
        try:
            handle, page = await self._runner.run(flow, self._took)
            self._took(handle)
        except Exception:  # whatever it is, there is no query to speak of any more
            if self._unwanted:
                await self._abandon()
            self._handle = None
            raise
        except BaseException:
            # The task was cancelled while the query runs: the service need not finish it for nobody.
            await self._abandon()
            raise
        finally:
            self._opening = False
        self._started(handle, page)
        if not page.done:
            self._pages = self._runner.read_ahead(*self._further_pages(handle))

    def _forget_result(self) -> None:
        if self._pages is not None:
            self._pages.close()
        self._handle = self._result = self._pages = self._make_row = None

    async def _take(self, size: int | None) -> list[Any]:
        result = self._open_result()
        await self._fill(result, size)
        return self._shaped(result.take(size))

    async def _fill(self, result: Result, size: int | None) -> None:
        """Fetch until `size` rows are here (None: all); a failure waits behind the rows for its turn."""
        while result.wants_page(size):
            assert self._pages is not None  # noqa: S101 - a result that wants a page has its source
            try:
                self._feed(result, await self._pages.get())
            except Error as error:
                result.fail(error)
            except BaseException as error:
                # The page under way may be lost with the cancelled task, and with it the rest of the result.
                result.fail(interrupted(error))
                await self._abandon()
                raise

    async def _abandon(self) -> None:
        """Cancel the query at the service if it can be; nobody waits for whether that went well."""
        flow = self._abandoned()
        if flow is not None:
            with suppress(Error):
                await asyncio.shield(self._runner.run(flow))


class AsyncBatches:
    """Record batches page by page. No generator: one that has raised says at the next call that it has ended."""

    def __init__(self, result: Result, pieces: Callable[[], Awaitable[list[Piece]]]) -> None:
        self._result = result
        self._pieces = pieces
        self._ready: deque[pyarrow.RecordBatch] = deque()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> pyarrow.RecordBatch:
        while not self._ready:
            pieces = await self._pieces()
            if not pieces:
                raise StopAsyncIteration
            self._ready += frames.batches(self._result.columns, pieces)
        return self._ready.popleft()


async def connect(dsn: str | None = None, **params: Any) -> AsyncConnection:
    """Log in and open a connection; the same parameters and errors as `datacloud_dbapi.connect`."""
    try:
        resolved = profiles.resolve(dsn, params, os.environ)
    finally:
        # A traceback shows what a frame holds, and a secret may stand in either.
        dsn, params = None, {}
    connection = AsyncConnection(resolved)
    try:
        await connection.ping()
    except BaseException:
        await connection.close()
        raise
    return connection
