"""The door without a socket: httpx transports, sync and async, that call the application in this process.

Both answer for the emulator's origin only; any other host is unreachable through them, as it would be for a client
whose network holds nothing else.
"""

from __future__ import annotations

import errno
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote_to_bytes

import anyio.to_thread
import httpx

from datacloud_emulator.clock import Clock
from datacloud_emulator.line import LINE, StruckBody

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class InProcessTransport(httpx.BaseTransport):
    """`httpx.Client(transport=…)`: each request is a call of the application in the caller's thread."""

    def __init__(self, app: WSGIApplication, origin: str) -> None:
        self._app = app
        self._origin = httpx.URL(origin)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return _call(self._app, self._origin, request, request.read())


class AsyncInProcessTransport(httpx.AsyncBaseTransport):
    """`httpx.AsyncClient(transport=…)`: each request is a call of the application in a worker thread."""

    def __init__(self, app: WSGIApplication, origin: str) -> None:
        self._app = app
        self._origin = httpx.URL(origin)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        return await anyio.to_thread.run_sync(_call, self._app, self._origin, request, body)


def _call(app: WSGIApplication, origin: httpx.URL, request: httpx.Request, body: bytes) -> httpx.Response:
    if (request.url.scheme, request.url.host, request.url.port) != (origin.scheme, origin.host, origin.port):
        raise httpx.ConnectError(f"nothing answers at {request.url.host} in this process", request=request)
    status = 500
    headers: list[tuple[str, str]] = []

    def start_response(
        line: str, fields: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        nonlocal status, headers
        status, headers = int(line.split(" ", 1)[0]), fields
        return _no_write

    parts: Iterable[bytes] = app(_environ(request, body), start_response)
    try:
        # What breaks does so while it is read.
        read = parts if isinstance(parts, StruckBody) else list(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    # A stream rather than content: httpx then decodes it as it does what comes from a socket, and adds no header.
    return httpx.Response(status, headers=headers, stream=_Body(read))


class _Line:
    """A connection that is not there, and breaks as a real one would: in time that the emulator's clock keeps, and
    with httpx's errors.
    """

    def __init__(self, request: httpx.Request) -> None:
        self._request = request
        self._patience: float | None = request.extensions.get("timeout", {}).get("read")

    def wait(self, seconds: float, clock: Clock) -> None:
        if self._patience is not None and seconds > self._patience:
            clock.advance(self._patience)
            raise httpx.ReadTimeout("The read operation timed out", request=self._request)
        clock.advance(seconds)

    def unframed(self) -> None:
        pass

    def begin(self) -> None:
        pass

    def reset(self) -> NoReturn:
        raise httpx.ReadError(f"[Errno {errno.ECONNRESET}] Connection reset by peer", request=self._request)

    def short(self, sent: int, stated: int) -> None:
        words = "peer closed connection without sending complete message body"
        raise httpx.RemoteProtocolError(f"{words} (received {sent} bytes, expected {stated})", request=self._request)


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An answer's body that is let go as it is read: httpx ties response and stream into a circle."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        parts, self._parts = self._parts, []
        yield from parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def _no_write(_: bytes) -> None:
    raise NotImplementedError("the application returns its body")


def _environ(request: httpx.Request, body: bytes) -> WSGIEnvironment:
    path, _, query = request.url.raw_path.partition(b"?")
    environ: WSGIEnvironment = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "REQUEST_URI": request.url.raw_path.decode("latin-1"),
        "SERVER_NAME": request.url.host,
        "SERVER_PORT": str(request.url.port or {"http": 80, "https": 443}[request.url.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        LINE: _Line(request),
    }
    for name, value in request.headers.raw:
        key = name.decode("latin-1").upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value.decode("latin-1")
    environ["CONTENT_LENGTH"] = str(len(body))  # a chunked request has arrived whole
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return environ
