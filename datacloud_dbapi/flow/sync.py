"""The runner that answers flows by blocking, and the pages it reads ahead on a thread.

One of the few places that know httpx. Every exchange is logged, bounded and redacted here, once.
Source: wire spec, faults rules 1, 3, 5 and 6.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar
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
from datacloud_dbapi.flow.effects import Acquire, Effect, Flow, Now, Request, Response, Send, Sleep
from datacloud_dbapi.page import Page
from datacloud_dbapi.params import ConnectParams

T = TypeVar("T")
log = logging.getLogger("datacloud.http")

HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "datacloud-dbapi"}


def open_http_client(params: ConnectParams) -> httpx.Client:
    """An httpx client with this connection's certificates, proxy and timeouts. It never follows a redirect."""
    if params.http_transport is not None:
        if not isinstance(params.http_transport, httpx.BaseTransport):
            raise InterfaceError("http_transport must be an httpx.BaseTransport")
        return httpx.Client(transport=params.http_transport, headers=HEADERS, follow_redirects=False)
    verify: ssl.SSLContext | bool = True
    if params.ca_bundle is not None:
        try:
            verify = ssl.create_default_context(cafile=params.ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise InterfaceError(f"ca_bundle {params.ca_bundle!r} cannot be read: {error}") from error
    return httpx.Client(verify=verify, proxy=params.proxy, headers=HEADERS, follow_redirects=False)


class Runner:
    """Runs flows to their end in the calling thread.

    Safe to share between threads. `clock` and `pause` are the flows' time.
    """

    def __init__(
        self,
        http: httpx.Client,
        params: ConnectParams,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._connect_timeout = params.connect_timeout
        self._max_response_bytes = params.max_response_bytes
        self._clock = clock
        self._pause = pause

    def run(self, flow: Flow[T]) -> T:
        """The value the flow ends in. A failure is thrown into the flow first, which may handle it."""
        try:
            effect = next(flow)
            while True:
                try:
                    answer = self._answer(effect)
                except BaseException as error:  # Ctrl-C too belongs to the flow first: it may hold a lock
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration as end:
            value: T = end.value
            return value
        finally:
            flow.close()

    def close(self) -> None:
        self._http.close()

    def _answer(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return self._send(effect.request)
        if isinstance(effect, Sleep):
            return self._pause(effect.seconds)
        if isinstance(effect, Now):
            return self._clock()
        if isinstance(effect, Acquire):
            effect.lock.mutex.acquire()
            return effect.lock.mutex.release
        raise TypeError(f"a flow asked for {effect!r}")

    def _send(self, request: Request) -> Response:
        started = time.perf_counter()
        try:
            response = self._exchange(request)
        except OperationalError as error:
            log.debug("%s failed after %.0f ms: %s", request.label, _ms(started), error)
            raise
        log.debug("%s → %d, %.0f ms, %d bytes", request.label, response.status, _ms(started), len(response.body))
        return response

    def _exchange(self, request: Request) -> Response:
        read_timeout = request.read_timeout
        if request.deadline is not None:
            read_timeout = max(0.001, min(read_timeout, request.deadline - self._clock()))
        timeout = httpx.Timeout(read_timeout, connect=min(self._connect_timeout, read_timeout))
        try:
            with self._http.stream(
                request.method, request.url, headers=dict(request.headers), content=request.body, timeout=timeout
            ) as reply:
                return Response(reply.status_code, dict(reply.headers), self._read(reply, request))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            late = request.deadline is not None and self._clock() >= request.deadline
            raise _renamed(error, request, late) from _stripped(error)

    def _read(self, reply: httpx.Response, request: Request) -> bytes:
        # A transport of the user's own may answer with a whole body, which httpx has then unpacked already.
        loaded = reply.is_stream_consumed
        encoding = "" if loaded else reply.headers.get("content-encoding", "")
        body = Body(encoding, self._max_response_bytes, request.label)
        for chunk in [reply.content] if loaded else reply.iter_raw():
            if request.deadline is not None and self._clock() > request.deadline:
                raise QueryTimeoutError("The query timeout passed while the answer arrived", request=request.label)
            body.feed(chunk)
        return body.whole()


def _ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _renamed(error: Exception, request: Request, late: bool) -> Exception:
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


def _stripped(error: Exception) -> Exception:
    """The same error without what could carry a secret: its request, and frames whose locals hold one."""
    if isinstance(error, httpx.RequestError):
        error._request = None
    link: BaseException | None = error
    while link is not None:
        link.with_traceback(None)
        link = link.__cause__ or link.__context__
    return error


class PagesAhead:
    """The further pages of one result, at most `depth` of them fetched before they are asked for.

    One request at a time, on a thread that ends when the reader is far enough behind: nothing waits on an abandoned
    cursor. With depth 0 each page is fetched when asked for.
    """

    def __init__(self, runner: Runner, next_page: Callable[[], Flow[Page]], depth: int) -> None:
        self._runner = runner
        self._next_page = next_page
        self._depth = depth
        self._ready: deque[Page] = deque()
        self._failure: BaseException | None = None
        self._ended = False
        self._filling = False
        self._changed = threading.Condition()

    def start(self) -> None:
        """Begin to fetch ahead, if there is room."""
        with self._changed:
            if self._filling or not self._wants_more():
                return
            self._filling = True
        threading.Thread(target=self._fill, name="datacloud-prefetch", daemon=True).start()

    def get(self) -> Page:
        """The next page, waiting for it; raises what fetching it raised."""
        if self._depth == 0:
            return self._runner.run(self._next_page())
        self.start()
        with self._changed:
            while not self._ready and self._failure is None and not self._ended:
                self._changed.wait()
            if self._ready:
                page = self._ready.popleft()
            elif self._failure is not None:
                raise self._failure
            else:
                raise InterfaceError("The result was closed while its next page was awaited")
        self.start()
        return page

    def close(self) -> None:
        """Fetch no further page; one under way is thrown away when it comes."""
        with self._changed:
            self._ended = True
            self._ready.clear()

    def _wants_more(self) -> bool:
        return not self._ended and self._failure is None and len(self._ready) < self._depth

    def _fill(self) -> None:
        while True:
            page, failure = None, None
            try:
                page = self._runner.run(self._next_page())
            except BaseException as error:  # handed to the reader, whose thread it belongs to
                failure = error
            with self._changed:
                if page is not None and not self._ended:
                    self._ready.append(page)
                    self._ended = page.done
                self._failure = failure
                self._filling = self._wants_more()
                self._changed.notify_all()
                if not self._filling:
                    return
