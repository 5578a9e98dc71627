"""How a runner reaches a host: httpx's transports, with this connection's certificates and proxy. Performs no I/O.

How it works: a bare transport connects, pools and keeps the timeouts. The client that httpx puts above it would follow
redirects, keep cookies, log whole URLs and unpack bodies: nothing of that is wanted here, and a small query would pay
for it.
Source: wire spec, faults rules 3 and 6.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.request import getproxies, proxy_bypass

import httpx

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.params import ConnectParams

# A statement must not be lost on a connection that died while it was idle. httpcore closes one that was idle for longer
# than this instead of using it, and before it uses a younger one it asks the socket whether the server has closed it;
# both when the pool assigns a request, blocking and asyncio alike. gRPC reads its connection all the time, so it knows.
# Source: wire spec, faults rule 3 and C7.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5.0)

T = TypeVar("T", httpx.BaseTransport, httpx.AsyncBaseTransport)


class Routes(Generic[T]):
    """The transports of one runner, each made by `make` when a request first goes its way. Safe to share.

    A transport of the user's own, which must be a `kind`, carries everything. The parameter `proxy` stands for every
    host; without it, the environment says which hosts are reached by one, as to Python's own `urllib`.
    """

    def __init__(self, params: ConnectParams, kind: type[T], make: Callable[..., T]) -> None:
        self._make: Callable[..., T] = make
        self._own: T | None = None
        self._proxy: httpx.Proxy | None = None
        self._by_host: dict[tuple[str, str], T] = {}
        self._by_proxy: dict[str | None, T] = {}
        self.is_closed = False
        if params.http_transport is not None:
            if not isinstance(params.http_transport, kind):
                raise InterfaceError(f"http_transport must be an httpx.{kind.__name__}")
            self._own = self._by_proxy[None] = params.http_transport
            return
        self._trust = _trusted(params.ca_bundle)
        self._proxy = None if params.proxy is None else _proxy(params.proxy, "The connection parameter 'proxy'")

    def to(self, url: httpx.URL) -> T:
        """The transport that requests for this URL's host go by."""
        if self._own is not None:
            return self._own
        host = (url.scheme, url.host)
        found = self._by_host.get(host)
        if found is None:
            proxy = self._proxy or _from_environment(*host)
            place = None if proxy is None else url.scheme
            # Of two threads that come at once the first wins; what the other made has no socket yet.
            made = self._by_proxy.get(place) or self._make(verify=self._trust, limits=LIMITS, proxy=proxy)
            found = self._by_host[host] = self._by_proxy.setdefault(place, made)
        return found

    def end(self) -> list[T]:
        """The transports to close, as no more requests are sent."""
        self.is_closed = True
        return list(self._by_proxy.values())


def _trusted(ca_bundle: str | None) -> ssl.SSLContext:
    try:
        stamp = None if ca_bundle is None else os.stat(ca_bundle).st_mtime_ns
        return _trust(ca_bundle, stamp, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except (OSError, ssl.SSLError) as error:
        raise InterfaceError(f"ca_bundle {ca_bundle!r} cannot be read: {error}") from error


@lru_cache(maxsize=8)
def _trust(ca_bundle: str | None, stamp: int | None, *environment: str | None) -> ssl.SSLContext:
    """The certificate authorities to trust. Reading them takes longer than a small query, so it is done once.

    `stamp` and `environment` are what the answer depends on beside `ca_bundle`.
    """
    return httpx.create_ssl_context() if ca_bundle is None else ssl.create_default_context(cafile=ca_bundle)


def _from_environment(scheme: str, host: str) -> httpx.Proxy | None:
    """The proxy that `HTTPS_PROXY` and its kin name for a host, unless `NO_PROXY` names the host."""
    found = getproxies()
    url = found.get(scheme) or found.get("all")
    if url is None or proxy_bypass(host):
        return None
    return _proxy(url if "://" in url else f"http://{url}", f"What the environment names as proxy for {scheme}")


def _proxy(url: str, named: str) -> httpx.Proxy:
    """What it says of a bad one never repeats the URL, which may hold a password."""
    try:
        return httpx.Proxy(url)
    except (ValueError, httpx.InvalidURL):
        problem = "is no URL such as http://proxy.example:3128"
    raise InterfaceError(f"{named} {problem}")
