"""`Emulator`: one local Data Cloud, from start to stop.

Owns what has a life of its own, in the order it is started and the reverse of that in which it is stopped: the HTTP
door (its port is part of the org's origin), the engine, the loaded data, the queries in flight.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from datacloud_emulator.accounts import Credentials
from datacloud_emulator.app import App, RequestRecord
from datacloud_emulator.clock import Clock
from datacloud_emulator.doors.http import HttpDoor
from datacloud_emulator.doors.inprocess import AsyncInProcessTransport, InProcessTransport
from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.org import Org
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.store import Store

DataFolder = str | os.PathLike[str]


class Emulator:
    """A local Data Cloud whose SQL runs on the real Hyper engine; a context manager.

    `data` is a folder (or a list of them) of CSV, Parquet, or Arrow files, one object per file; None loads the bundled
    sample org. `dataspaces` names the data spaces, the first being the default one unless one is called `default`.
    `writable` lets INSERT and the like through. `page_rows` and `page_bytes` bound a batch of Query API V2. `port` 0 is
    any free one. `quirks` makes this org differ from the documented service.

    Raises DataLoadError when a file cannot be loaded, EngineUnavailableError where the engine's wheel has no build, and
    OSError when the port is taken; nothing is left running then.
    Source: wire spec, public-api §2.
    """

    def __init__(
        self,
        data: DataFolder | Sequence[DataFolder] | None = None,
        *,
        dataspaces: Sequence[str] = ("default",),
        clock: Clock | None = None,
        tls: bool = False,
        writable: bool = False,
        page_rows: int = 49_999,
        page_bytes: int = 8_000_000,
        port: int = 0,
        quirks: Quirks | None = None,
    ) -> None:
        if isinstance(dataspaces, str) or not dataspaces:
            raise ValueError("dataspaces must be a list of at least one name")
        if page_rows < 1 or page_bytes < 1:
            raise ValueError("page_rows and page_bytes must be at least 1")
        self._data = data
        self._dataspaces = tuple(dataspaces)
        self._tls = tls
        self._writable = writable
        self._page_rows = page_rows
        self._page_bytes = page_bytes
        self._port = port
        self._credentials = Credentials()
        self._lock = threading.RLock()
        self._running: ExitStack | None = None
        self._closed = False
        self._app: App | None = None
        self._door: HttpDoor | None = None
        self.clock = clock or Clock()
        self.quirks = quirks or Quirks()

    def __repr__(self) -> str:
        where = self._door.origin if self._running is not None and self._door is not None else "not running"
        return f"<Emulator {where}, data spaces {', '.join(self._dataspaces)}>"

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the engine, load the data, and serve. Does nothing when running; a closed emulator stays closed."""
        with self._lock:
            if self._closed:
                raise RuntimeError("this emulator was closed; make a new one")
            if self._running is not None:
                return
            with ExitStack() as stack:
                self._start(stack)
                self._running = stack.pop_all()

    def close(self) -> None:
        """Stop serving and stop the engine; what it wrote is removed. Does nothing the second time."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, None
            if running is not None:
                running.close()

    def _start(self, stack: ExitStack) -> None:
        door = HttpDoor(self._port, tls=self._tls)
        stack.callback(door.close)
        engine = stack.enter_context(Engine())
        store = Store(engine, self._data, self._dataspaces)
        stack.callback(store.close)
        org = Org.assemble(
            door.origin,
            store,
            self._credentials,
            default_dataspace=self.dataspace,
            clock=self.clock,
            quirks=self.quirks,
            writable=self._writable,
            page_rows=self._page_rows,
            page_bytes=self._page_bytes,
        )
        stack.callback(org.queries.close)
        self._door, self._app = door, App(org)
        door.open(self._app)

    def _started(self) -> tuple[HttpDoor, App]:
        if self._door is None or self._app is None:
            raise RuntimeError("the emulator is not running: enter it as a context manager, or call start()")
        return self._door, self._app

    @property
    def login_url(self) -> str:
        """Where a client logs in: `http://127.0.0.1:PORT`, https with TLS."""
        return self._started()[0].origin

    @property
    def tenant_url(self) -> str:
        """Where the exchange sends a client; the same origin plays both hosts."""
        return self._started()[0].origin

    @property
    def client_id(self) -> str:
        """The app that may log in."""
        return self._credentials.client_id

    @property
    def client_secret(self) -> str:
        """The app's secret, made anew for each emulator."""
        return self._credentials.client_secret

    @property
    def username(self) -> str:
        """The user who may log in with a password."""
        return self._credentials.username

    @property
    def password(self) -> str:
        """That user's password, made anew for each emulator."""
        return self._credentials.password

    @property
    def ca_file(self) -> str | None:
        """The authority that signed the server's certificate (PEM file); None without TLS."""
        path = self._started()[0].ca_file
        return None if path is None else str(path)

    @property
    def dataspace(self) -> str:
        """The data space a client gets that names none."""
        return "default" if "default" in self._dataspaces else self._dataspaces[0]

    @property
    def url(self) -> str:
        """A ready SQLAlchemy URL. It holds the client secret: do not log it."""
        host = urlsplit(self.login_url).netloc
        user = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
        return f"datacloud://{user}@{host}/{quote(self.dataspace, safe='')}?{urlencode(self._trust())}"

    def connect_params(self) -> dict[str, Any]:
        """Ready keywords for `datacloud_dbapi.connect`. They hold the client secret: do not log them."""
        trust: dict[str, object] = dict(self._trust())
        if not self._tls:
            trust["allow_insecure_loopback"] = True
        return {
            "login_url": self.login_url,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "dataspace": self.dataspace,
            **trust,
        }

    def _trust(self) -> dict[str, str]:
        """What makes a careful client talk to this address, as text."""
        ca_file = self.ca_file
        if ca_file is None:
            return {"allow_insecure_loopback": "true"}
        return {"ca_bundle": ca_file, "allowed_hosts": "127.0.0.1"}

    @property
    def requests(self) -> deque[RequestRecord]:
        """The newest requests that arrived, oldest first; clear it to count afresh."""
        return self._started()[1].requests

    @property
    def http_transport(self) -> InProcessTransport:
        """An httpx transport that reaches this emulator without a socket."""
        door, app = self._started()
        return InProcessTransport(app, door.origin)

    @property
    def async_http_transport(self) -> AsyncInProcessTransport:
        """The same for `httpx.AsyncClient`."""
        door, app = self._started()
        return AsyncInProcessTransport(app, door.origin)
