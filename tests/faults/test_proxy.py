"""The fault proxy does what it says, seen with plain sockets and httpx. The server behind it is a few lines of its own,
so that what arrives there and what comes back is known to the byte."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from datacloud_emulator import Emulator
from tests.faults.proxy import Proxy, Way

pytestmark = pytest.mark.sockets

BODY = b"0123456789" * 10


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(self.path)  # type: ignore[attr-defined]  # set below
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
        self.wfile.write(head + BODY)

    do_POST = do_GET  # noqa: N815 (its name is the base class's)

    def log_message(self, format: str, *args: object) -> None:
        pass


HEAD = len(f"HTTP/1.1 200 OK\r\nContent-Length: {len(BODY)}\r\n\r\n")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[str] = []


@pytest.fixture(scope="module")
def listening() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server(listening: Server) -> Server:
    listening.seen.clear()
    return listening


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with Proxy(f"http://127.0.0.1:{server.server_port}") as running:
        yield running


def test_bytes_pass_and_are_counted(proxy: Proxy, server: Server) -> None:
    with httpx.Client(base_url=proxy.origin) as http:
        assert [http.get(path).content for path in ("/a", "/b")] == [BODY, BODY]
    assert (proxy.connections, proxy.requests, server.seen) == (1, 2, ["/a", "/b"])
    with socket.create_connection(("127.0.0.1", proxy.port)) as raw:
        before, request = proxy.received, b"GET /c HTTP/1.1\r\nHost: x\r\n\r\n"
        raw.sendall(request)
        raw.recv(HEAD)
        assert proxy.received - before == len(request)


@pytest.mark.parametrize(
    ("way", "error", "arrived"),
    [
        # It depends on how far the client had come.
        (Way("reset"), (httpx.NetworkError, httpx.RemoteProtocolError), []),
        (Way("reset-in-handshake"), httpx.ReadError, []),
        (Way("reset-after-request"), httpx.ReadError, ["/x"]),
        (Way("no-answer"), httpx.ReadTimeout, ["/x"]),
        (Way("cut", keep=0), httpx.RemoteProtocolError, ["/x"]),
        (Way("cut", keep=HEAD + 50), httpx.RemoteProtocolError, ["/x"]),
        (Way("cut", keep=HEAD + 50, rst=True), httpx.ReadError, ["/x"]),
        (Way(rate=1.0), httpx.ReadTimeout, ["/x"]),
    ],
    ids=str,
)
def test_what_a_client_meets(proxy: Proxy, server: Server, way: Way, error: Any, arrived: list[str]) -> None:
    proxy.script(way)
    with httpx.Client(base_url=proxy.origin, timeout=httpx.Timeout(5.0, read=1.0)) as http:
        with pytest.raises(error):
            http.get("/x")
        assert server.seen == arrived
        assert http.get("/y").content == BODY  # the next connection passes
    assert proxy.connections == 2


@pytest.mark.parametrize("rst", [False, True])
@pytest.mark.parametrize("keep", [0, 1, HEAD, HEAD + 50])
def test_so_many_bytes_come_through(proxy: Proxy, keep: int, rst: bool) -> None:
    proxy.script(Way("cut", keep=keep, rst=rst))
    with socket.create_connection(("127.0.0.1", proxy.port)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        got, reset = b"", False
        try:
            while piece := raw.recv(65536):
                got += piece
        except ConnectionResetError:
            reset = True
    assert (len(got), reset) == (keep, rst)


def test_a_way_may_begin_with_a_later_request(proxy: Proxy, server: Server) -> None:
    proxy.script(Way("reset-after-request", request=3))
    with httpx.Client(base_url=proxy.origin) as http:
        assert [http.post(path, content=b"x" * 200_000).content for path in ("/1", "/2")] == [BODY, BODY]
        with pytest.raises(httpx.ReadError):
            http.post("/3", content=b"x" * 200_000)
    assert (server.seen, proxy.connections, proxy.requests) == (["/1", "/2", "/3"], 1, 3)


def test_bytes_drip(proxy: Proxy) -> None:
    proxy.script(Way(rate=2000.0))
    with socket.create_connection(("127.0.0.1", proxy.port)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        pieces: list[bytes] = []
        while len(b"".join(pieces)) < HEAD + len(BODY):
            pieces.append(raw.recv(65536))
    assert b"".join(pieces).endswith(BODY)
    assert len(pieces) > 1


def test_a_connection_kept_alive_is_closed_while_it_is_idle(proxy: Proxy) -> None:
    proxy.script(Way("close-after-answer", request=2))
    with socket.create_connection(("127.0.0.1", proxy.port)) as raw:
        for _ in range(2):
            raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            got = b""
            while len(got) < HEAD + len(BODY):
                got += raw.recv(65536)
        assert raw.recv(1) == b""


def test_refused_until_it_listens(proxy: Proxy) -> None:
    proxy.refuse()
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port))
    proxy.listen()
    assert httpx.get(f"{proxy.origin}/up").content == BODY
    proxy.refuse()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{proxy.origin}/down")
    assert proxy.connections == 1


def test_a_full_backlog_hangs_until_it_listens(proxy: Proxy) -> None:
    proxy.hang()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", proxy.port), timeout=0.2)
    with pytest.raises(httpx.ConnectTimeout):
        httpx.get(proxy.origin, timeout=httpx.Timeout(5.0, connect=0.2))
    assert proxy.connections == 0
    proxy.listen()
    assert httpx.get(proxy.origin).content == BODY


def test_it_closes_with_connections_open(server: Server) -> None:
    proxy = Proxy(f"127.0.0.1:{server.server_port}", Way("no-answer"), Way(rate=0.001))
    raws = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(2)]
    for raw in raws:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    while proxy.requests < 2:
        time.sleep(0.001)
    proxy.close()
    for raw in raws:
        assert raw.recv(1) == b""
        raw.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port))


@pytest.fixture(scope="module")
def secure() -> Iterator[Emulator]:
    with Emulator(tls=True) as running:
        yield running


def test_below_tls(secure: Emulator) -> None:
    trust = ssl.create_default_context(cafile=secure.ca_file)
    with Proxy(secure.login_url) as proxy, httpx.Client(base_url=proxy.origin, verify=trust) as http:
        proxy.script(Way("reset-in-handshake"))
        with pytest.raises((httpx.ConnectError, httpx.ReadError)):
            http.get("/nowhere")
        assert proxy.received > 0  # the client's half of the handshake
        assert not secure.requests
        proxy.script(Way("cut", keep=500, rst=True))
        with pytest.raises((httpx.ConnectError, httpx.ReadError)):
            http.get("/nowhere")
        assert not secure.requests
        assert http.get("/nowhere").status_code == 404
        assert proxy.origin.startswith("https://")
        assert len(secure.requests) == 1
