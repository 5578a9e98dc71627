"""The door for everyone: an HTTP server on loopback, with TLS when asked for.

It listens on 127.0.0.1 and nowhere else: behind it stands an engine without a password of its own.
"""

from __future__ import annotations

import logging
import socket
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from datacloud_emulator.doors.certificates import Certificates

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_THREADS = 18  # more than the service takes at once, so that the one too many hears so rather than waits
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


class _Server(wsgi.Server):
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
