"""The door for everyone: an HTTP server on loopback, with TLS when asked for.

It listens on 127.0.0.1 and nowhere else: behind it stands an engine without a password of its own.
"""

from __future__ import annotations

import errno
import logging
import socket
import struct
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from cheroot import wsgi
from cheroot.server import HTTPConnection
from cheroot.ssl.builtin import BuiltinSSLAdapter

from datacloud_emulator.clock import Clock
from datacloud_emulator.doors.certificates import Certificates
from datacloud_emulator.line import LINE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_THREADS = 18  # more than the service takes at once, so that the one too many hears so rather than waits
_PATIENCE = 200  # looks, of 5 ms each
_WAKE_SECONDS = 0.1  # how often the server looks whether it is to stop


class HttpDoor:
    """Serves from `open` to `close`, with TLS when there are certificates.

    `port` 0 is a free one, known once the door exists; a taken one is an OSError.
    """

    def __init__(self, port: int, certificates: Certificates | None = None) -> None:
        self._server = _Server((HOST, port), _not_yet, numthreads=_THREADS, request_queue_size=128)
        self._server.server_name = "istio-envoy"
        self._server.expiration_interval = _WAKE_SECONDS
        self._server.timeout = 75  # seconds an idle connection is kept
        self._scheme = "http"
        if certificates is not None:
            self._scheme = "https"
            self._server.ssl_adapter = BuiltinSSLAdapter(str(certificates.chain_file), str(certificates.key_file))
        self._opened = threading.Event()
        listening: Future[None] = Future()
        # All of the server runs below this one daemon thread, whose threads inherit that: a program that forgets to
        # close its emulator still ends.
        self._thread = threading.Thread(
            target=self._run, args=(listening,), name="datacloud-emulator-http", daemon=True
        )
        try:
            self._thread.start()
            listening.result()
        except OSError as error:
            raise OSError(f"cannot listen on {HOST}:{port}, is it in use? ({error})") from error

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`, or https."""
        return f"{self._scheme}://{HOST}:{self._server.bind_addr[1]}"

    def open(self, app: WSGIApplication) -> None:
        """Begin to answer; connections made before have waited."""
        self._server.wsgi_app = app
        self._opened.set()

    def close(self) -> None:
        """Answer what has arrived, then stop listening."""
        self._server.closing.set()
        self._server.stop()
        self._opened.set()
        self._thread.join()

    def _run(self, listening: Future[None]) -> None:
        try:
            self._server.prepare()
        except BaseException as error:  # it is raised again where the door is made
            listening.set_exception(error)
            return
        listening.set_result(None)
        self._opened.wait()
        self._server.serve()


class _Line:
    """The connection of a request, and the means to break it."""

    def __init__(self, request: Any, closing: threading.Event) -> None:
        self._request = request  # the server's own
        self._closing = closing

    def wait(self, seconds: float, clock: Clock) -> None:
        if clock.stands:
            clock.advance(seconds)
        if self._closing.wait(seconds):
            self.reset()

    def unframed(self) -> None:
        # The server must think that its client knows no chunks; what it says of itself stays HTTP/1.1.
        self._request.response_protocol = "HTTP/1.0"

    def begin(self) -> None:
        self._request.ensure_headers_sent()

    def reset(self) -> NoReturn:
        connection = self._request.conn
        self._request.sent_headers = True  # else the server would try to send them
        connection.linger = True  # else it would end in good order what is not there any more
        _wait_until_delivered(connection.socket)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST, not FIN
        connection.socket.close()
        raise ConnectionResetError(errno.ECONNRESET, "reset on purpose")

    def short(self, sent: int, stated: int) -> None:
        self._request.close_connection = True


def _wait_until_delivered(connection: socket.socket) -> None:
    """Wait, though not for long, until the peer's machine has all that was sent: a reset throws the rest away."""
    with suppress(ImportError, OSError):  # where nobody can tell, some of it may be lost
        import fcntl
        import termios

        for _ in range(_PATIENCE):
            (waiting,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))
            if not waiting:
                return
            time.sleep(0.005)


class _Gateway(wsgi.Gateway_10):
    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # the stubs say None
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]  # the base has no types
        environ[LINE] = _Line(self.req, self.req.server.closing)
        return environ


class _Connection(HTTPConnection):
    def close(self) -> None:
        # What a client that hung up will not take any more: left to the garbage collector, it is sent once more, and
        # Python 3.13 says on stderr that this failed.
        with suppress(OSError):
            self.wfile.close()
        super().close()


class _Server(wsgi.Server):
    ConnectionClass = _Connection

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.gateway = _Gateway
        self.closing = threading.Event()

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()  # the base class leaves it to the garbage collector, which complains
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """What the server has to say, quietly: a client that hung up is no news."""
        log.debug(msg, exc_info=traceback)


def _not_yet(environ: object, start_response: object) -> list[bytes]:
    raise RuntimeError("the door is not open")
