"""A TCP proxy over real sockets that breaks connections in ways a server's own code cannot: byte by byte, below HTTP.

It stands between a client and the emulator's plain or TLS port, and knows nothing of either but bytes. What happens to
a connection is a `Way`; `Proxy.script` gives the ways of the next ones, and a connection without one passes.

    with Proxy(emulator.tenant_url) as proxy:
        proxy.script(Way("reset-after-request"), Way("cut", keep=100))
        connect(tenant_url=proxy.origin, ...)

How requests are told apart: HTTP/1.1 takes turns, so bytes from the client after bytes from the server begin the next
request. That holds for plain HTTP; below TLS only what concerns whole connections means anything (`request=1`).

Source: wire spec, faults (rows marked °).
"""

from __future__ import annotations

import re
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal
from urllib.parse import urlsplit

HOST = "127.0.0.1"
_LOOK_SECONDS = 0.05  # how often threads look whether they are to end

How = Literal[
    "pass",  # nothing happens
    "reset",  # RST as soon as the connection is accepted
    "reset-in-handshake",  # RST at the first bytes of the client, which in TLS are its half of the handshake
    "reset-after-request",  # the request reaches the server, and RST comes instead of its answer
    "no-answer",  # the request reaches the server, and nothing comes back, ever
    "cut",  # the connection ends after `keep` bytes of the answer, its head included
    "close-after-answer",  # the connection ends in good order once the answer is complete: kept alive in vain
]


@dataclass(frozen=True)
class Way:
    """What happens to one connection, from its request number `request` on; those before pass.

    `rst` makes the end of "cut" and "close-after-answer" a reset. `rate` lets answers through at so many bytes a
    second, and goes with every way that lets bytes through.
    """

    how: How = "pass"
    request: int = 1
    keep: int = 0
    rst: bool = False
    rate: float | None = None


PASS = Way()


class Proxy:
    """Listens on a free port of 127.0.0.1 from the beginning to `close`; `target` is an origin or `host:port`."""

    def __init__(self, target: str, *ways: Way) -> None:
        split = urlsplit(target if "//" in target else f"//{target}")
        self._target = (split.hostname or HOST, split.port or 0)
        self._scheme = split.scheme or "http"
        self._ways = deque(ways)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._fillers: list[socket.socket] = []
        self._accepting: threading.Thread | None = None
        self._socket = _bound(0)
        self.port: int = self._socket.getsockname()[1]
        self.connections = 0  # accepted
        self.received = 0  # bytes from clients
        self.requests = 0  # of plain HTTP
        self.listen()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, for a gRPC client."""
        return f"{HOST}:{self.port}"

    @property
    def origin(self) -> str:
        """The same as an origin, with the target's scheme."""
        return f"{self._scheme}://{self.address}"

    def script(self, *ways: Way) -> None:
        """The ways of the next connections, behind those already told."""
        self._ways.extend(ways)

    def listen(self) -> None:
        """Take connections (again)."""
        self._rebind()
        self._socket.listen(128)
        self._accepting = self._start(self._accept, self._socket)

    def refuse(self) -> None:
        """Refuse new connections; the port stays taken, so that nobody else answers there."""
        self._rebind()

    def hang(self) -> None:
        """Let new connections neither come about nor fail: the backlog is full, and nobody takes from it."""
        self._rebind()
        self._socket.listen(0)
        while True:
            filler = socket.socket()
            filler.settimeout(0.2)
            try:
                filler.connect((HOST, self.port))
            except TimeoutError:
                filler.close()
                return
            self._fillers.append(filler)

    def settle(self) -> None:
        """Wait until every connection has ended."""
        for thread in self._threads:
            if thread is not self._accepting:
                thread.join()

    def close(self) -> None:
        """End every connection and thread, and free the port."""
        self._closing.set()
        self._shut()
        for thread in self._threads:
            thread.join()

    def _rebind(self) -> None:
        self._shut()
        self._socket = _bound(self.port)

    def _shut(self) -> None:
        """Stop listening; whoever did so has ended by then, else the port would not be free."""
        with suppress(OSError):  # it may not have listened
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._accepting is not None:
            self._accepting.join()
            self._accepting = None
        self._socket.close()
        for filler in self._fillers:
            _reset(filler)
        self._fillers.clear()

    def _start(self, work: Callable[..., None], *args: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=args, daemon=True, name="fault-proxy")
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # how a listener that was shut says so
            while not self._closing.is_set():
                if select.select([listener], [], [], _LOOK_SECONDS)[0]:
                    client, _ = listener.accept()
                    with self._lock:
                        self.connections += 1
                        way = self._ways.popleft() if self._ways else PASS
                    self._start(self._serve, client, way)

    def _serve(self, client: socket.socket, way: Way) -> None:
        if way.how == "reset":
            _reset(client)
            return
        # Either side may go at any time, or not be there at all.
        with suppress(ConnectionError), client, socket.create_connection(self._target) as server:
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Exchange(self, client, server, way).run()

    def _saw(self, size: int, *, begins: bool) -> None:
        with self._lock:
            self.received += size
            self.requests += begins

    def _pause(self, seconds: float) -> bool:
        """Wait; whether the proxy is to end."""
        return self._closing.wait(seconds)


class _Exchange:
    """The bytes of one connection, both ways, until one side or the way ends it."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket, way: Way) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._way = way
        self._turn = 0
        self._clients_turn = False
        self._answer = bytearray()  # what came since the way began to matter

    def run(self) -> None:
        while not self._proxy._closing.is_set():
            ready = select.select([self._client, self._server], [], [], _LOOK_SECONDS)[0]
            for end in ready:
                data = end.recv(65536)
                forward = self._from_client if end is self._client else self._from_server
                if not data or not forward(data):
                    return

    def _from_client(self, data: bytes) -> bool:
        self._turn += not self._clients_turn
        self._proxy._saw(len(data), begins=not self._clients_turn)
        self._clients_turn = True
        if self._way.how == "reset-in-handshake" and self._turn >= self._way.request:
            _reset(self._client)
            return False
        self._server.sendall(data)
        return True

    def _from_server(self, data: bytes) -> bool:
        self._clients_turn = False
        way = self._way
        if self._turn < way.request:
            self._client.sendall(data)
            return True
        if way.how == "no-answer":
            return True
        if way.how == "reset-after-request":
            _reset(self._client)
            return False
        if way.how == "cut":
            data = data[: way.keep - len(self._answer)]
        self._answer += data
        if not self._send(data):
            return False
        ends = way.how == "cut" and len(self._answer) >= way.keep
        if ends or (way.how == "close-after-answer" and _is_complete(bytes(self._answer))):
            if way.rst:
                _reset(self._client)
            return False
        return True

    def _send(self, data: bytes) -> bool:
        """Pass an answer on, as fast as the way lets it; False when the proxy ends meanwhile."""
        if self._way.rate is None:
            self._client.sendall(data)
            return True
        for at in range(len(data)):
            if self._proxy._pause(1 / self._way.rate):
                return False
            self._client.sendall(data[at : at + 1])
        return True


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((HOST, port))
    return made


def _reset(end: socket.socket) -> None:
    """Close with RST, after what was sent has arrived: a reset throws the rest away."""
    import fcntl  # not on Windows, where these tests do not run
    import termios

    with suppress(OSError):
        for _ in range(200):
            if not struct.unpack("i", fcntl.ioctl(end, termios.TIOCOUTQ, b"\0" * 4))[0]:
                break
            time.sleep(0.005)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def _is_complete(answer: bytes) -> bool:
    """Whether these are all bytes of one HTTP answer."""
    head, blank, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length:\s*(\d+)", head, re.IGNORECASE)
    if not blank or length is None:
        return bool(blank) and body.endswith(b"0\r\n\r\n")
    return len(body) >= int(length[1])
