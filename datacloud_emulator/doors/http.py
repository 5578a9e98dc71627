"""The door for everyone: an HTTP server on loopback, with TLS when asked for.

It listens on 127.0.0.1 and nowhere else: behind it stands an engine without a password of its own.
"""

from __future__ import annotations

import logging
import shutil
import socket
import tempfile
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_THREADS = 18  # more than the service takes at once, so that the one too many hears so rather than waits
_WAKE_SECONDS = 0.1  # how often the server looks whether it is to stop


class HttpDoor:
    """Serves from `open` to `close`. `port` 0 is a free one, known once the door exists; a taken one is an OSError."""

    def __init__(self, port: int, *, tls: bool) -> None:
        self._server = _Server((HOST, port), _not_yet, numthreads=_THREADS, request_queue_size=128)
        self._server.server_name = "istio-envoy"
        self._server.expiration_interval = _WAKE_SECONDS
        self._server.timeout = 75  # seconds an idle connection is kept
        self._certificates: Path | None = None
        self.ca_file: Path | None = None
        self._opened = threading.Event()
        listening: Future[None] = Future()
        # All of the server runs below this one daemon thread, whose threads inherit that: a program that forgets to
        # close its emulator still ends.
        self._thread = threading.Thread(
            target=self._run, args=(listening,), name="datacloud-emulator-http", daemon=True
        )
        try:
            if tls:
                self._certificates = Path(tempfile.mkdtemp(prefix="datacloud-emulator-tls-"))
                self.ca_file = _certify(self._server, self._certificates)
            self._thread.start()
            listening.result()
        except OSError as error:
            self._remove_certificates()
            raise OSError(f"cannot listen on {HOST}:{port}, is it in use? ({error})") from error
        except BaseException:
            self._remove_certificates()
            raise

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`, or https."""
        scheme = "https" if self.ca_file is not None else "http"
        return f"{scheme}://{HOST}:{self._server.bind_addr[1]}"

    def open(self, app: WSGIApplication) -> None:
        """Begin to answer; connections made before have waited."""
        self._server.wsgi_app = app
        self._opened.set()

    def close(self) -> None:
        """Answer what has arrived, then stop listening."""
        self._server.stop()
        self._opened.set()
        self._thread.join()
        self._remove_certificates()

    def _run(self, listening: Future[None]) -> None:
        try:
            self._server.prepare()
        except BaseException as error:  # it is raised again where the door is made
            listening.set_exception(error)
            return
        listening.set_result(None)
        self._opened.wait()
        self._server.serve()

    def _remove_certificates(self) -> None:
        if self._certificates is not None:
            shutil.rmtree(self._certificates, ignore_errors=True)


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


def _certify(server: wsgi.Server, folder: Path) -> Path:
    """Give the server a certificate for its address; the file of the authority that signed it."""
    import trustme  # its key generation takes a moment, so only TLS pays for it

    authority = trustme.CA()
    issued = authority.issue_cert(HOST)
    ca_file, chain, key = folder / "ca.pem", folder / "chain.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(chain), append=True)
    issued.private_key_pem.write_to_path(str(key))
    server.ssl_adapter = BuiltinSSLAdapter(str(chain), str(key))
    return ca_file
