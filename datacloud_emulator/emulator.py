"""`Emulator`: one local Data Cloud, from start to stop.

Owns what has a life of its own, in the order it is started and the reverse of that in which it is stopped: the
certificates, the HTTP door (its port is part of the org's origin), the engine, the loaded data, the queries in flight,
the gRPC door.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from datacloud_emulator.accounts import Accounts, Credentials
from datacloud_emulator.api.hyper import HyperApi
from datacloud_emulator.api.struck_calls import CallFaults
from datacloud_emulator.app import App, RequestRecord
from datacloud_emulator.clock import Clock, SkewedClock
from datacloud_emulator.doors.certificates import Certificates
from datacloud_emulator.doors.grpc import GrpcDoor, ShutDoor
from datacloud_emulator.doors.http import HOST, HttpDoor
from datacloud_emulator.doors.inprocess import AsyncInProcessTransport, InProcessTransport
from datacloud_emulator.engagement.business_units import Engagement
from datacloud_emulator.engagement.settings import BUSINESS_UNIT, EngagementSettings
from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.faults import Fault, Faults
from datacloud_emulator.org import Org
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.store import NoStore, Store
from datacloud_emulator.webhooks import RowChange, WebhookSender, WebhookTarget

DataFolder = str | os.PathLike[str]


@dataclass(frozen=True)
class _Serving:
    """What an emulator that was started consists of."""

    http: HttpDoor
    grpc: GrpcDoor | ShutDoor
    app: App
    accounts: Accounts
    ca_file: str | None


class Emulator:
    """A local Data Cloud whose SQL runs on the real Hyper engine; a context manager.

    `data` is a folder (or a list of them) of CSV, Parquet, or Arrow files, one object per file; None loads the bundled
    sample org. `dataspaces` names the data spaces, the first being the default one unless one is called `default`.
    `writable` lets INSERT and the like through. `page_rows` and `page_bytes` bound a batch of Query API V2. `port` 0 is
    any free one. `quirks` makes this org differ from the documented service. `faults` are the first that
    `emulator.faults` holds. `engagement` are the settings of its Account Engagement. Without `sql` no engine is started
    and no data is loaded, which takes a few milliseconds: logins and Account Engagement answer, what needs a data space
    is unavailable.

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
        faults: Sequence[Fault] | None = None,
        engagement: EngagementSettings | None = None,
        sql: bool = True,
    ) -> None:
        if isinstance(dataspaces, str) or not dataspaces:
            raise ValueError("dataspaces must be a list of at least one name")
        if page_rows < 1 or page_bytes < 1:
            raise ValueError("page_rows and page_bytes must be at least 1")
        if data is not None and not sql:
            raise ValueError("without sql no data is loaded: leave data out")
        self._data = data
        self._dataspaces = tuple(dataspaces)
        self._tls = tls
        self._writable = writable
        self._page_rows = page_rows
        self._page_bytes = page_bytes
        self._port = port
        self._sql = sql
        self._credentials = Credentials()
        self._lock = threading.RLock()
        self._running: ExitStack | None = None
        self._closed = False
        self._serving: _Serving | None = None
        self.clock = clock or Clock()
        self.quirks = quirks or Quirks()
        self.faults = Faults(faults or ())
        self._webhooks = WebhookSender(self.clock)
        service_clock = SkewedClock(self.clock, skew) if (skew := self.quirks.clock_skew) else self.clock
        self._engagement = Engagement(service_clock, engagement)

    def __repr__(self) -> str:
        running = self._running is not None and self._serving is not None
        where = self._started().http.origin if running else "not running"
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
        certificates = None
        if self._tls:
            certificates = Certificates(HOST)
            stack.callback(certificates.close)
        door = HttpDoor(self._port, certificates)
        stack.callback(door.close)
        engine = stack.enter_context(Engine()) if self._sql else None
        store = NoStore() if engine is None else Store(engine, self._data, self._dataspaces)
        stack.callback(store.close)
        stack.callback(self._engagement.close)
        self._engagement.origin = door.origin
        org = Org.assemble(
            door.origin,
            store,
            self._credentials,
            default_dataspace=self.dataspace,
            clock=self.clock,
            quirks=self.quirks,
            engagement=self._engagement,
            writable=self._writable,
            page_rows=self._page_rows,
            page_bytes=self._page_bytes,
        )
        stack.callback(org.queries.close)
        stack.callback(org.results.close)
        app = App(org, self.faults)
        calls = CallFaults(org, self.faults)
        api = None if engine is None else HyperApi(org, engine.grpc_address)
        hyper = self._open_grpc_door(stack, api, app, calls, certificates)
        ca_file = None if certificates is None else str(certificates.ca_file)
        self._serving = _Serving(door, hyper, app, org.accounts, ca_file)
        door.open(app)

    def _open_grpc_door(
        self, stack: ExitStack, api: HyperApi | None, app: App, faults: CallFaults, certificates: Certificates | None
    ) -> GrpcDoor | ShutDoor:
        if api is not None:
            stack.callback(api.close)
        if api is None or self.quirks.no_grpc:
            shut = ShutDoor()
            stack.callback(shut.close)
            return shut
        door = GrpcDoor(certificates, app.record_call, faults)
        stack.callback(door.close)
        door.open(api)
        return door

    def _started(self) -> _Serving:
        if self._serving is None:
            raise RuntimeError("the emulator is not running: enter it as a context manager, or call start()")
        return self._serving

    @property
    def login_url(self) -> str:
        """Where a client logs in: `http://127.0.0.1:PORT`, https with TLS."""
        return self._started().http.origin

    @property
    def tenant_url(self) -> str:
        """Where the exchange sends a client; the same origin plays both hosts."""
        return self._started().http.origin

    @property
    def hyper_address(self) -> str:
        """Where the tenant's Hyper service (gRPC) listens: `127.0.0.1:PORT`; with TLS when the emulator has it."""
        return self._started().grpc.address

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
    def private_key(self) -> str:
        """The app's private key for the JWT bearer grant: PEM, PKCS#8, made anew for each emulator."""
        return self._credentials.app_key.pem

    @property
    def refresh_token(self) -> str:
        """A refresh token of that user; when they rotate, the one that works now."""
        return self._started().accounts.refresh_tokens.standing

    @property
    def ca_file(self) -> str | None:
        """The authority that signed the server's certificate (PEM file); None without TLS."""
        return self._started().ca_file

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

    @property
    def engagement_dsn(self) -> str:
        """A ready URL for `datacloud_dbapi.engagement.connect`. It holds the client secret: do not log it."""
        host, _, query = self.url.partition("?")
        where = {"business_unit_id": self.business_unit_id, "engagement_url": self.login_url}
        return f"{host}?{query}&{urlencode(where)}"

    def connect_params(self, auth: str | None = None, transport: str | None = None) -> dict[str, Any]:
        """Ready keywords for `datacloud_dbapi.connect`, for any of its grants and transports.

        They hold secrets: do not log them. `auth` is one of the driver's names for a grant, or `datacloud-token` for
        a tenant token bought here and now; None logs in with client credentials. With `access-token` the token is a
        callable, which gets a new one each time it is asked. `transport` is passed on, `hyper` with its address.

        Raises ValueError for a grant that this org has nothing for.
        """
        trust: dict[str, object] = dict(self._trust())
        if not self._tls:
            trust["allow_insecure_loopback"] = True
        params = {**self._grant(auth or "client-credentials"), "dataspace": self.dataspace, **trust}
        if auth is not None and auth != "datacloud-token":  # which the driver works out, and does not name
            params["auth"] = auth
        if transport is not None:
            params["transport"] = transport
        if transport == "hyper":
            params["hyper_address"] = self.hyper_address
        return params

    def engagement_params(self, auth: str | None = None, business_unit_id: str | None = None) -> dict[str, Any]:
        """Ready keywords for `datacloud_dbapi.engagement.connect`, for this business unit or the first one.

        As `connect_params`, whose dataspace means nothing here. Raises ValueError for `datacloud-token` as well, with
        which no token of the org comes.
        """
        if auth == "datacloud-token":
            raise ValueError("a tenant token opens Data Cloud alone: choose another auth")
        params = self.connect_params(auth)
        del params["dataspace"]
        return {
            **params,
            "engagement_url": self.login_url,
            "business_unit_id": business_unit_id or self.business_unit_id,
        }

    def _grant(self, auth: str) -> dict[str, Any]:
        accounts = self._started().accounts
        login = {"login_url": self.login_url}
        app = {**login, "client_id": self.client_id}
        secret = {**app, "client_secret": self.client_secret}
        grants: dict[str, Callable[[], dict[str, Any]]] = {
            "client-credentials": lambda: secret,
            "password": lambda: {**secret, "username": self.username, "password": self.password},
            "jwt": lambda: {**app, "username": self.username, "private_key": self.private_key},
            "refresh-token": lambda: {**secret, "refresh_token": self.refresh_token},
            "authorization-code": lambda: app,
            "access-token": lambda: {"access_token": accounts.issue_org_token, "instance_url": self.login_url},
            "datacloud-token": lambda: {
                "datacloud_token": accounts.exchange(accounts.issue_org_token(), self.dataspace),
                "tenant_url": self.tenant_url,
            },
        }
        if auth not in grants:
            raise ValueError(f"auth must be one of {', '.join(grants)}")
        return grants[auth]()

    def _trust(self) -> dict[str, str]:
        """What makes a careful client talk to this address, as text."""
        ca_file = self.ca_file
        if ca_file is None:
            return {"allow_insecure_loopback": "true"}
        return {"ca_bundle": ca_file, "allowed_hosts": "127.0.0.1"}

    def send_events(self, target: WebhookTarget, *changes: RowChange) -> list[int]:
        """Post these changes to a webhook, signed, as a data action does; the HTTP status of each delivery.

        Nothing is sent, and that is logged, for a target without a secret.

        Raises httpx.TransportError when the target cannot be reached. Source: wire spec, webhook-data-action §8.
        """
        return self._webhooks.send(target, changes)

    @property
    def requests(self) -> deque[RequestRecord]:
        """The newest requests that arrived, oldest first; clear it to count afresh."""
        return self._started().app.requests

    @property
    def engagement(self) -> Engagement:
        """Its Account Engagement: `settings`, `load` and `rows`, `add_business_unit`, and how busy it was."""
        return self._engagement

    @property
    def business_unit_id(self) -> str:
        """The business unit that it has from the start, for the header `Pardot-Business-Unit-Id`."""
        return BUSINESS_UNIT

    @property
    def http_transport(self) -> InProcessTransport:
        """An httpx transport that reaches this emulator without a socket."""
        serving = self._started()
        return InProcessTransport(serving.app, serving.http.origin)

    @property
    def async_http_transport(self) -> AsyncInProcessTransport:
        """The same for `httpx.AsyncClient`."""
        serving = self._started()
        return AsyncInProcessTransport(serving.app, serving.http.origin)
