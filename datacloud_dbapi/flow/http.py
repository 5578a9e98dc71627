"""What both runners know of one exchange over httpx: its bounds, errors and log line.

Performs no I/O itself. Every exchange is told of, bounded and redacted here, once.
Source: wire spec, faults rules 1, 3, 5 and 6.
"""

from __future__ import annotations

import math
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
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
    handled,
    without_frames,
)
from datacloud_dbapi.events import Event, Reporter
from datacloud_dbapi.flow.body import Body
from datacloud_dbapi.flow.effects import Request, Response
from datacloud_dbapi.flow.life import seconds_until
from datacloud_dbapi.params import ConnectParams

HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "datacloud-dbapi"}
NOTHING: AbstractContextManager[None] = nullcontext()
# What httpx's trace hook hears when there is a connection; its `return_value` is that.
CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")
# Reading is cut off this long after the deadline: what httpx itself notices then has a better name.
GRACE = 0.5


class Exchange:
    """One request and its answer as they happen; the runner feeds it what arrives."""

    def __init__(self, request: Request, params: ConnectParams, clock: Callable[[], float], reporter: Reporter) -> None:
        self._request = request
        self._params = params
        self._clock = clock
        self._reporter = reporter
        self._body: Body | None = None
        self._headers: dict[str, str] = {}
        self._began = clock()

    def request(self, trace: Callable[..., Any]) -> httpx.Request:
        """The request for one of httpx's transports, with its bounds; `trace` hears of what happens below."""
        request = self._request
        left = math.inf if request.deadline is None else max(0.001, request.deadline - self._clock())
        silence, connecting = min(request.read_timeout, left), min(self._params.connect_timeout, left)
        url, host = _place(request.url)
        headers = {"Host": host, **HEADERS, **request.headers}
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            headers["Content-Length"] = str(len(request.body))
        # Given a stream, httpx adds no headers of its own, for which it would go through all of them three times.
        asked = httpx.Request(
            request.method,
            url,
            headers=headers,
            stream=httpx.ByteStream(request.body),
            extensions={
                "timeout": {"connect": connecting, "read": silence, "write": silence, "pool": silence},
                "trace": trace,
            },
        )
        # A transport of the user's own may ask for the content.
        asked.read()
        return asked

    def loaded(self, reply: httpx.Response) -> bool:
        """Take in the head. True when the body came with it: a transport of the user's own, unpacked by httpx."""
        loaded = reply.is_stream_consumed
        self._headers = dict(reply.headers.items())
        encoding = "" if loaded else self._headers.get("content-encoding", "")
        json = "json" in self._headers.get("content-type", "")
        self._body = Body(encoding, self._params.max_response_bytes, self._request.label, json=json)
        if loaded:
            self._body.feed(reply.content)
        return loaded

    def feed(self, chunk: bytes) -> None:
        """Take in a raw piece of the body."""
        if self._request.deadline is not None and self._clock() > self._request.deadline:
            raise self.too_late()
        assert self._body is not None  # noqa: S101 - the head came first
        self._body.feed(chunk)

    def response(self, reply: httpx.Response) -> Response:
        """The whole answer, told of."""
        assert self._body is not None  # noqa: S101 - the head came first
        response = Response(reply.status_code, self._headers, self._body.whole())
        self._told(response.status, len(response.body), None)
        return response

    def time_left(self) -> float | None:
        """Seconds after which reading is to be cut off whatever still arrives; None when there is no deadline.

        httpx bounds the silence between two pieces, and an answer that drips is never silent. Source: faults C9.
        """
        left = seconds_until(self._request.deadline, self._clock)
        return None if left is None else left + GRACE

    def too_late(self) -> QueryTimeoutError:
        """The error of an answer whose rest is not waited for."""
        return QueryTimeoutError("The query timeout passed while the answer arrived", request=self._request.label)

    def cut_off(self, reply: httpx.Response) -> AbstractContextManager[None]:
        """End the blocking reading of a body when its time is up, from another thread: nothing else can."""
        left = self.time_left()
        return NOTHING if left is None else self._cut_off_after(left, reply)

    @contextmanager
    def _cut_off_after(self, left: float, reply: httpx.Response) -> Iterator[None]:
        stream = reply.extensions.get("network_stream")
        held = None if stream is None else stream.get_extra_info("socket")
        if held is None:
            yield
            return
        # The class's own method: SSLSocket's would drop its state under the thread that reads.
        timer = threading.Timer(left, _shut_down, [held])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Tell how it ended, and rename httpx's errors. Wraps blocking and awaiting code alike."""
        outside = handled()
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            late = self._request.deadline is not None and self._clock() >= self._request.deadline
            failure = self.too_late() if late and self._body is not None else renamed(error, self._request, late)
            self._told(None, None, failure)
            raise failure from stripped(error, outside)
        except OperationalError as error:
            self._told(None, None, error)
            raise

    def _told(self, status: int | None, size: int | None, failure: Exception | None) -> None:
        if not self._reporter.hears("request"):
            return
        request = self._request
        self._reporter.tell(
            Event(
                "request",
                request.method,
                request.path,
                status,
                self._clock() - self._began,
                size,
                request.attempt,
                request.query_id,
                error=None if failure is None else type(failure).__name__,
            )
        )


@lru_cache(maxsize=8)
def _place(address: str) -> tuple[httpx.URL, str]:
    """The URL, and its host as a header has it. A statement goes to the same place every time; httpx reads slowly."""
    url = httpx.URL(address)
    return url, url.netloc.decode("ascii")


class Sockets:
    """The sockets of a blocking client. To close one does not wake a thread that waits for an answer on it; this does.

    `saw` is httpx's trace hook, which hears of every connection that is made: one that is made only after the end, by a
    request that was under way, ends at once. Without locks, as the garbage collector may call `shut_down` anywhere:
    what is added before the word of the end is there to be shut down, and what is added after it hears the word.
    """

    def __init__(self) -> None:
        # A set of our own, since a WeakSet cannot be read while another thread adds to it.
        self._open: set[weakref.ref[socket.socket]] = set()
        self._ended = False

    def saw(self, event: str, info: Mapping[str, Any]) -> None:
        if event in CONNECTED:
            held = info["return_value"].get_extra_info("socket")
            if held is not None:
                self._open.add(weakref.ref(held, self._open.discard))
                if self._ended:
                    _shut_down(held)

    def shut_down(self) -> None:
        self._ended = True
        for reference in self._open.copy():
            held = reference()
            if held is not None:
                _shut_down(held)


def _shut_down(held: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(held, socket.SHUT_RDWR)


def renamed(error: Exception, request: Request, late: bool) -> Exception:
    """The PEP 249 error for a failure of httpx; `late` when the request's deadline has passed."""
    host = urlsplit(request.url).netloc
    slow = isinstance(error, httpx.TimeoutException)
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        # What httpx says of it may repeat it.
        return InterfaceError("Not a URL that can be asked", request=request.label)
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


def stripped(error: Exception, outside: BaseException | None) -> Exception:
    """The same error without what could carry a secret: its request, and frames whose locals hold one."""
    if isinstance(error, httpx.RequestError):
        error._request = None
    return without_frames(error, outside)
