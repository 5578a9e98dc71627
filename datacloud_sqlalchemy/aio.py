"""`datacloud+async://`: the dialect over `datacloud_dbapi.aio`, for `create_async_engine` and `AsyncSession`.

SQLAlchemy runs its own code in a greenlet and hands what must be awaited to the event loop around it: the classes here
stand where it expects a blocking driver, and await. Outside of that greenlet only what needs no waiting may be called.
Source: public surface, §3.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL, AdaptedConnection
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import await_only

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_sqlalchemy.base import DataCloudDialect
from datacloud_sqlalchemy.execution import HyperExecution
from datacloud_sqlalchemy.snapshot import MetadataCache

if TYPE_CHECKING:
    from datacloud_dbapi.services.metadata import Table


class AwaitedMetadataCache(MetadataCache):
    """The catalogue of an engine that is used by tasks: those that ask at once wait for one request."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # A lock belongs to the loop it was first waited for in, and an engine may see one loop after the other.
        self._locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        lock = self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        await_only(lock.acquire())
        try:
            yield
        finally:
            lock.release()


class AwaitingMetadata:
    """`connection.metadata` as reflection calls it."""

    def __init__(self, metadata: Any) -> None:
        self._metadata = metadata

    def tables(self) -> list[Table]:
        """As `Metadata.tables`."""
        found: list[Table] = await_only(self._metadata.tables())
        return found


class AwaitingCursor:
    """A cursor whose result is here whole once `execute` returns, as it will be read without awaiting."""

    def __init__(self, connection: aio.AsyncConnection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.arraysize = 1

    def execute(self, sql: str, parameters: Any = None, **options: Any) -> None:
        """As `Cursor.execute`."""
        await_only(self._run(lambda cursor: cursor.execute(sql, parameters, **options)))

    def executemany(self, sql: str, parameters: Any, **options: Any) -> None:
        """As `Cursor.executemany`."""
        await_only(self._run(lambda cursor: cursor.executemany(sql, parameters, **options)))

    async def _run(self, send: Callable[[aio.AsyncCursor], Awaitable[Any]]) -> None:
        self._rows.clear()
        async with self._connection.cursor() as cursor:
            await send(cursor)
            self.description = cursor.description
            if self.description is not None:
                self._rows.extend(await cursor.fetchall())
            self.rowcount = cursor.rowcount

    def fetchone(self) -> Any:
        """The next row, or None after the last."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next `size` rows, fewer only at the end."""
        return [self._rows.popleft() for _ in range(min(self.arraysize if size is None else size, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        """All further rows."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def setinputsizes(self, *sizes: Any) -> None:
        """Does nothing, as PEP 249 allows."""

    def close(self) -> None:
        """Forget the rows. Nothing is open at the driver, so there is nothing to await."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """SQLAlchemy asks for this before it reads the rows; nothing is open by then."""


class StreamingCursor(AwaitingCursor):
    """A cursor that fetches page by page, for `stream_results`, `yield_per` and `connection.stream()`."""

    def __init__(self, connection: aio.AsyncConnection) -> None:
        super().__init__(connection)
        self._cursor = connection.cursor()

    async def _run(self, send: Callable[[aio.AsyncCursor], Awaitable[Any]]) -> None:
        await send(self._cursor)
        self.description = self._cursor.description

    def fetchone(self) -> Any:
        return await_only(self._cursor.fetchone())

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return await_only(self._cursor.fetchmany(self.arraysize if size is None else size))

    def fetchall(self) -> list[Any]:
        return await_only(self._cursor.fetchall())

    def close(self) -> None:
        await_only(self._cursor.close())


class AwaitingConnection(AdaptedConnection):
    """An `AsyncConnection` as the dialect uses one; SQLAlchemy's `driver_connection` is the one below."""

    __slots__ = ("__weakref__",)

    _connection: Any

    def __init__(self, connection: aio.AsyncConnection) -> None:
        self._connection = connection

    @property
    def dataspace(self) -> str:
        return str(self._connection.dataspace)

    @property
    def metadata(self) -> AwaitingMetadata:
        return AwaitingMetadata(self._connection.metadata)

    def cursor(self, server_side: bool = False) -> AwaitingCursor:
        return (StreamingCursor if server_side else AwaitingCursor)(self._connection)

    def check_usable(self) -> None:
        self._connection.check_usable()

    def ping(self) -> None:
        await_only(self._connection.ping())

    def commit(self) -> None:
        self.check_usable()

    def rollback(self) -> None:
        self.check_usable()

    def close(self) -> None:
        await_only(self._connection.close())


class AwaitingDriver:
    """The driver's module with an awaited `connect`."""

    def __getattr__(self, name: str) -> Any:
        return getattr(datacloud_dbapi, name)

    def connect(self, *args: Any, async_creator_fn: Any = aio.connect, **params: Any) -> AwaitingConnection:
        return AwaitingConnection(await_only(async_creator_fn(*args, **params)))


class AwaitingExecution(HyperExecution):
    """Gives a statement with `stream_results` the cursor that fetches page by page."""

    def create_server_side_cursor(self) -> Any:
        return self._dbapi_connection.cursor(server_side=True)


class DataCloudAsyncDialect(DataCloudDialect):
    """`create_async_engine("datacloud+async://CLIENT_ID:CLIENT_SECRET@HOST/DATASPACE")`."""

    driver = "async"
    is_async = True
    # As in the base class; SQLAlchemy wants each class to say it.
    supports_statement_cache = True
    supports_server_side_cursors = True
    execution_ctx_cls = AwaitingExecution
    metadata_cache_cls = AwaitedMetadataCache

    @classmethod
    def import_dbapi(cls) -> Any:
        return AwaitingDriver()

    @classmethod
    def get_pool_class(cls, url: URL) -> Any:
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:
        return connection.driver_connection
