"""`datacloud+emulator:///?data=DIR`: a local Data Cloud in this process, one for each engine.

It starts with the engine's first connection and stops when the engine is disposed and its last connection is closed,
when the engine is collected, or at exit, whichever comes first; an engine used again starts a new one. The package
`datacloud_emulator` is loaded only then. Connections go over loopback like any other.
Source: public surface, §2-3.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc
from sqlalchemy.engine import URL

from datacloud_dbapi.errors import InterfaceError
from datacloud_sqlalchemy.base import DataCloudDialect
from datacloud_sqlalchemy.pg_catalog import CatalogReflection
from datacloud_sqlalchemy.urls import driver_dsn, single_values

if TYPE_CHECKING:
    from datacloud_emulator import Emulator


class DataCloudEmulatorDialect(DataCloudDialect):
    """`datacloud+emulator:///[DATASPACE]?data=DIR&page_rows=…`: no `data` is the bundled sample org.

    `data` may be given several times; `page_rows`, `page_bytes` and `writable` are passed to `Emulator`, everything
    else in the query is a connect parameter.
    """

    driver = "emulator"
    # As in the base class; SQLAlchemy wants each class to say it.
    supports_statement_cache = True

    @staticmethod
    def make_host() -> EmulatorHost:
        """Where this engine's emulator runs; the dialect suite, with an engine for many a test, shares one."""
        return EmulatorHost()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._host = self.make_host()
        self._transport: str | None = None
        self._leaving: weakref.WeakKeyDictionary[Any, weakref.finalize[Any, Any]] = weakref.WeakKeyDictionary()

    @classmethod
    def get_dialect_cls(cls, url: URL) -> Any:
        """A writable emulator has a dialect of its own: its tables change under the Metadata API's eyes."""
        return WritableEmulatorDialect if str(url.query.get("writable", "")).lower() == "true" else cls

    def create_connect_args(self, url: URL) -> Any:
        """Raises ArgumentError when the URL names a host, or gives an option a value it cannot have."""
        if url.host or url.username or url.password:
            raise exc.ArgumentError("datacloud+emulator:///?data=DIR takes no host and no credentials: it has its own")
        data = url.query.get("data")
        options: dict[str, Any] = {"data": list(data) if isinstance(data, tuple) else data}
        keywords: dict[str, Any] = {}
        if url.database:
            options["dataspaces"] = (url.database,)
            keywords["dataspace"] = url.database
        query = single_values(url.difference_update_query(["data"]))
        options |= {name: _option(name, query.pop(name)) for name in _OPTIONS if name in query}
        self._host.options = options
        self._transport = query.get("transport")
        return [driver_dsn(url, query)], keywords

    def connect(self, *cargs: Any, **cparams: Any) -> Any:
        """A connection to this engine's emulator, which is started first if need be."""
        emulator = self._host.enter()
        # The grant is named so that credentials of another one in the environment are left alone.
        transport = cparams.get("transport", self._transport)
        login = {"auth": "client-credentials", **emulator.connect_params(transport=transport)}
        try:
            connection = super().connect(*cargs, **{**login, **cparams})
        except BaseException:
            self._host.leave()
            raise
        # Whichever comes first: a disposed pool drops the connections that were checked out without closing them.
        self._leaving[connection] = leaving = weakref.finalize(connection, self._host.leave)
        leaving.atexit = False
        return connection

    def do_close(self, dbapi_connection: Any) -> None:
        try:
            dbapi_connection.close()
        finally:
            # A connection that the user's own `creator` made is none of ours.
            leaving = self._leaving.get(dbapi_connection)
            if leaving is not None:
                leaving()

    def engine_disposed(self) -> None:
        super().engine_disposed()
        self._host.stop_when_idle()


class WritableEmulatorDialect(CatalogReflection, DataCloudEmulatorDialect):
    """`datacloud+emulator:///?writable=true`: reflects the tables there are now, also those made since the start."""

    # As in the base class; SQLAlchemy wants each class to say it.
    supports_statement_cache = True

    def create_connect_args(self, url: URL) -> Any:
        """As of any emulator."""
        made = super().create_connect_args(url)
        # The others do not tell how many rows a statement changed, or not all of them.
        self.supports_sane_rowcount = self.supports_sane_multi_rowcount = self._transport == "hyper"
        return made


class EmulatorHost:
    """Starts and stops one engine's emulator by the connections that are open on it. Thread-safe."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        # Entered again when a connection is collected while it is held.
        self._lock = threading.RLock()
        self._running: tuple[Emulator, weakref.finalize[Any, Any]] | None = None
        self._open = 0
        self._stop_when_idle = False

    def enter(self) -> Emulator:
        """The running emulator, for one more connection.

        Raises InterfaceError when it cannot run here, or its data does not load.
        """
        with self._lock:
            # First, so that a connection collected from here on stops nothing.
            self._stop_when_idle = False
            if self._running is None:
                emulator = _start(self.options)
                # Also runs at exit. A forked child inherits it, and must leave the parent's emulator alone.
                self._running = emulator, weakref.finalize(self, _close_in_process, os.getpid(), emulator)
            self._open += 1
            return self._running[0]

    def leave(self) -> None:
        """One connection less."""
        with self._lock:
            self._open -= 1
            self._stop_if_done()

    def stop_when_idle(self) -> None:
        """Stop now, or when the last connection is closed; a connection opened before that keeps it running."""
        with self._lock:
            self._stop_when_idle = True
            self._stop_if_done()

    def _stop_if_done(self) -> None:
        if self._running is not None and self._stop_when_idle and self._open <= 0:
            _, close = self._running
            self._running = None
            close()


def _start(options: dict[str, Any]) -> Emulator:
    try:
        from datacloud_emulator import Emulator
        from datacloud_emulator.errors import DataLoadError, EngineUnavailableError
    except ImportError as error:
        if (error.name or "").startswith("datacloud_emulator"):
            raise
        raise InterfaceError(
            f"the emulator needs {error.name}, which is not installed",
            hint="pip install 'datacloud-dbapi[emulator]'",
        ) from error
    emulator = Emulator(**options)
    try:
        emulator.start()
    except (EngineUnavailableError, DataLoadError) as error:
        raise InterfaceError(str(error)) from error
    return emulator


def _close_in_process(owner: int, emulator: Emulator) -> None:
    if os.getpid() == owner:
        emulator.close()


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


_OPTIONS: dict[str, Callable[[str], object]] = {"page_rows": _number, "page_bytes": _number, "writable": _flag}


def _option(name: str, text: str) -> object:
    try:
        return _OPTIONS[name](text)
    except (ValueError, KeyError):
        expected = "true or false" if _OPTIONS[name] is _flag else "a whole number from 1"
    raise exc.ArgumentError(f"datacloud+emulator: {name} must be {expected}")
