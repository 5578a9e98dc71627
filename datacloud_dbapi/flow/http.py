"""What both runners know of httpx: the client's options, and one exchange with its bounds, errors and log line.

Performs no I/O itself. Every exchange is logged, bounded and redacted here, once.
Source: wire spec, faults rules 1, 3, 5 and 6.
"""

from __future__ import annotations

import logging
import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from datacloud_dbapi.errors import (
    ConnectionLostError,
    InterfaceError,
    OperationalError,
    QueryTimeoutError,
    ServerUnreachableError,
    UntrustedServerError,
)
from datacloud_dbapi.flow.body import Body
from datacloud_dbapi.flow.effects import Request, Response
from datacloud_dbapi.params import ConnectParams

log = logging.getLogger("datacloud.http")

HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "datacloud-dbapi"}


def client_options(params: ConnectParams, transport_class: type) -> dict[str, Any]:
    """Keywords for an httpx client with this connection's certificates and proxy. It never follows a redirect."""
    options: dict[str, Any] = {"headers": HEADERS, "follow_redirects": False}
    if params.http_transport is not None:
        if not isinstance(params.http_transport, transport_class):
            raise InterfaceError(f"http_transport must be an httpx.{transport_class.__name__}")
        return {**options, "transport": params.http_transport}
    try:
        stamp = None if params.ca_bundle is None else os.stat(params.ca_bundle).st_mtime_ns
        verify = _trust(params.ca_bundle, stamp, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except (OSError, ssl.SSLError) as error:
        raise InterfaceError(f"ca_bundle {params.ca_bundle!r} cannot be read: {error}") from error
    return {**options, "verify": verify, "proxy": params.proxy}


@lru_cache(maxsize=8)
def _trust(ca_bundle: str | None, stamp: int | None, *environment: str | None) -> ssl.SSLContext:
    """The certificate authorities to trust. Reading them takes longer than a small query, so it is done once.

    `stamp` and `environment` are what the answer depends on beside `ca_bundle`.
    """
    return httpx.create_ssl_context() if ca_bundle is None else ssl.create_default_context(cafile=ca_bundle)


class Exchange:
    """One request and its answer as they happen; the runner feeds it what arrives."""

    def __init__(self, request: Request, params: ConnectParams, clock: Callable[[], float]) -> None:
        self._request = request
        self._params = params
        self._clock = clock
        self._body: Body | None = None
        self._began = time.perf_counter()

    def arguments(self) -> dict[str, Any]:
        """Keywords for the client's `stream`."""
        request = self._request
        read_timeout = request.read_timeout
        if request.deadline is not None:
            read_timeout = max(0.001, min(read_timeout, request.deadline - self._clock()))
        return {
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "content": request.body,
            "timeout": httpx.Timeout(read_timeout, connect=min(self._params.connect_timeout, read_timeout)),
        }

    def loaded(self, reply: httpx.Response) -> bool:
        """Take in the head. True when the body came with it: a transport of the user's own, unpacked by httpx."""
        loaded = reply.is_stream_consumed
        encoding = "" if loaded else reply.headers.get("content-encoding", "")
        self._body = Body(encoding, self._params.max_response_bytes, self._request.label)
        if loaded:
            self._body.feed(reply.content)
        return loaded

    def feed(self, chunk: bytes) -> None:
        """Take in a raw piece of the body."""
        if self._request.deadline is not None and self._clock() > self._request.deadline:
            raise QueryTimeoutError("The query timeout passed while the answer arrived", request=self._request.label)
        assert self._body is not None  # noqa: S101 - the head came first
        self._body.feed(chunk)

    def response(self, reply: httpx.Response) -> Response:
        """The whole answer, logged."""
        assert self._body is not None  # noqa: S101 - the head came first
        response = Response(reply.status_code, dict(reply.headers), self._body.whole())
        size = len(response.body)
        log.debug("%s → %d, %.0f ms, %d bytes", self._request.label, response.status, _ms(self._began), size)
        return response

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Log what happens inside, and rename httpx's errors. Wraps blocking and awaiting code alike."""
        label = self._request.label
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            late = self._request.deadline is not None and self._clock() >= self._request.deadline
            failure = renamed(error, self._request, late)
            log.debug("%s failed after %.0f ms: %s", label, _ms(self._began), failure)
            raise failure from stripped(error)
        except OperationalError as error:
            log.debug("%s failed after %.0f ms: %s", label, _ms(self._began), error)
            raise


def _ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def renamed(error: Exception, request: Request, late: bool) -> Exception:
    """The PEP 249 error for a failure of httpx; `late` when the request's deadline has passed."""
    host = urlsplit(request.url).netloc
    slow = isinstance(error, httpx.TimeoutException)
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return InterfaceError(f"Not a URL that can be asked: {error}")
    if _is_certificate_fault(error):
        return UntrustedServerError(
            f"The certificate of {host} is not to be trusted: {error}",
            request=request.label,
            hint="check the host name, or name your own certificate authority with ca_bundle",
        )
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)):
        return ServerUnreachableError(
            f"{host} {'did not answer in time' if slow else f'is not reachable: {error}'}",
            request=request.label,
            hint="check the host name, the network and the proxy",
        )
    if late and slow:
        return QueryTimeoutError("The query timeout passed before the service answered", request=request.label)
    return ConnectionLostError(
        f"{host} {'gave no answer in time' if slow else f'broke off: {error}'}", request=request.label
    )


def _is_certificate_fault(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def stripped(error: Exception) -> Exception:
    """The same error without what could carry a secret: its request, and frames whose locals hold one."""
    if isinstance(error, httpx.RequestError):
        error._request = None
    link: BaseException | None = error
    while link is not None:
        link.with_traceback(None)
        link = link.__cause__ or link.__context__
    return error
