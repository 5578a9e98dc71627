"""A server that costs next to nothing: ready answers over real TLS, so that a benchmark measures the client.

It is no emulator: it keeps no state, checks no token, and reads of a statement only how many rows it asks for. An
answer is built when it is first asked for (every benchmark has a round that does not count) and from then on is one
piece of bytes, head and body, written at once.

How it works: one process, one thread per connection, several doors (host and port) to the same answers. What differs
between the doors is what a network would do: whether bodies are compressed, and how long each request takes.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from benchmarks import pages

HOST = "127.0.0.1"
# What the doors are called: (compressed, seconds added to each request).
DOORS = {"fast": (True, 0.0), "slow": (True, 0.05), "plain": (False, 0.0)}
# Any credentials will do.
CREDENTIALS = {
    "client_id": "benchmark",
    "client_secret": "benchmark",
    "username": "benchmark@example.com",
    "password": "benchmark",
}
JSON, ARROW = "application/json", "application/vnd.apache.arrow.stream"


@dataclass(frozen=True)
class Asked:
    """What of a request decides the answer; hashable, as answers are kept by it."""

    method: str
    target: str
    body: bytes
    arrow: bool  # by V2's header, or by what is accepted
    gzip: bool


@cache
def answer(asked: Asked, own_host: str) -> bytes:
    """The whole answer to a request."""
    url = urlsplit(asked.target)
    body, kind, more = _answer(
        asked, url.path, {name: found[0] for name, found in parse_qs(url.query).items()}, own_host
    )
    if body is None:
        return b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    if asked.gzip and len(body) > 1_000:
        body = gzip.compress(body, 6, mtime=0)
        more += "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _answer(asked: Asked, path: str, query: dict[str, str], own_host: str) -> tuple[bytes | None, str, str]:
    """Body, type of content, further headers. The body is None for what is not served."""
    if path == "/services/oauth2/token":
        return _login(own_host), JSON, ""
    if path == "/services/a360/token":
        return _exchange(own_host), JSON, ""
    if path == "/services/oauth2/revoke":
        return b"", JSON, ""
    if path == "/api/v1/query":
        limit, first = int(query.get("limit", pages.V2_ROWS)), int(query.get("offset", 0))
        return pages.v1_page(_rows_wanted(asked.body), first, limit), JSON, ""
    if path == "/api/v2/query":
        return pages.v2_page(_rows_wanted(asked.body), 0, asked.arrow), JSON, ""
    if found := re.fullmatch(r"/api/v2/query/[^/]*_(\d+)_(\d+)", path):
        return pages.v2_page(int(found[1]), int(found[2]), asked.arrow), JSON, ""
    if found := re.fullmatch(r"/services/data/v\d+\.\d/ssot/query-sql(?:/[^/]*-(\d+)(/rows)?)?", path):
        return _query_sql(asked, query, found[1], found[2]), JSON, ""
    if found := re.fullmatch(r"/api/v3/query(?:/[^/]*-(\d+)(/rows|/metadata|/chunks/(\d+))?)?", path):
        return _v3(asked, query, *found.groups())
    return None, JSON, ""


def _rows_wanted(body: bytes) -> int:
    """How many rows the statement in a request is limited to; one if it is not."""
    limits = re.findall(r"\bLIMIT (\d+)", json.loads(body)["sql"])
    return min(map(int, limits), default=1)


def _login(own_host: str) -> bytes:
    token = {
        "access_token": "00Dxx0000000001!AQ8AQBENCHMARK",
        "instance_url": f"https://{own_host}",
        "id": f"https://{own_host}/id/00Dxx0000000001EAA/005xx0000000001AAA",
        "token_type": "Bearer",
        "issued_at": "1767225600000",
        "scope": "api cdp_query_api",
    }
    return json.dumps(token).encode()


def _exchange(own_host: str) -> bytes:
    claims = json.dumps({"audienceTenantId": "a360/prod1/0123abcd", "exp": 4102444800}).encode()
    payload = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    token = {
        "access_token": f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln",
        "instance_url": own_host,
        "token_type": "Bearer",
        "issued_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "expires_in": 7193,
    }
    return json.dumps(token).encode()


def _query_sql(asked: Asked, query: dict[str, str], total: str | None, rows: str | None) -> bytes:
    if total is None:
        limit = json.loads(asked.body).get("rowLimit", sys.maxsize)
        return pages.query_sql_piece(_rows_wanted(asked.body), 0, limit, bare=False, status=True)
    if rows is None:
        state = pages.query_sql_status(int(total))
        return f'{state[:-1]},"status":{state}}}'.encode() if asked.method == "GET" else b""
    limit = int(query.get("rowLimit", sys.maxsize))
    bare = query.get("omitSchema") == "true"
    return pages.query_sql_piece(int(total), int(query["offset"]), limit, bare=bare, status=False)


def _v3(
    asked: Asked, query: dict[str, str], total: str | None, below: str | None, chunk: str | None
) -> tuple[bytes, str, str]:
    kind = ARROW if asked.arrow else JSON
    bare = query.get("omitSchema") == "true"
    if total is None:
        given = json.loads(asked.body)
        wanted = _rows_wanted(asked.body)
        state = f"x-hyperdb-status: {pages.v3_status(wanted)}\r\n"
        if given.get("transferMode") == "ASYNC":
            return b"" if asked.arrow else b'{"returnedRows":0}', kind, state
        # An adaptive answer brings the range that is asked for, else the first chunk.
        limits = given.get("resultRange", {})
        limit, size = limits.get("rowLimit", pages.CHUNK_ROWS), limits.get("byteLimit", pages.V3_BYTES)
        if "queryRowLimit" in given:
            wanted = min(wanted, given["queryRowLimit"])
        return pages.v3_piece(wanted, 0, limit, size, arrow=asked.arrow), kind, state
    if below is None:
        return (pages.v3_status(int(total)).encode() if asked.method == "GET" else b""), JSON, ""
    if below == "/metadata":
        return pages.v3_columns(), JSON, ""
    if chunk is not None:
        first, size = int(chunk) * pages.CHUNK_ROWS, sys.maxsize
        return pages.v3_piece(int(total), first, pages.CHUNK_ROWS, size, arrow=asked.arrow, bare=bare), kind, ""
    limit, size = int(query.get("limit", sys.maxsize)), int(query.get("byteLimit", pages.V3_BYTES))
    return pages.v3_piece(int(total), int(query["offset"]), limit, size, arrow=asked.arrow, bare=bare), kind, ""


def _serve(listening: socket.socket, context: ssl.SSLContext, compressed: bool, seconds: float) -> None:
    own_host = f"{HOST}:{listening.getsockname()[1]}"
    while True:
        accepted, _ = listening.accept()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_talk, args=(accepted, context, own_host, compressed, seconds), daemon=True).start()


def _talk(accepted: socket.socket, context: ssl.SSLContext, own_host: str, compressed: bool, seconds: float) -> None:
    """Answer one request after the other until the client leaves."""
    try:
        with context.wrap_socket(accepted, server_side=True) as connection:
            received = b""
            while True:
                while b"\r\n\r\n" not in received:
                    data = connection.recv(65_536)
                    if not data:
                        return
                    received += data
                head, _, received = received.partition(b"\r\n\r\n")
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                length = int(headers.get("content-length", 0))
                while len(received) < length:
                    received += connection.recv(65_536)
                body, received = received[:length], received[length:]
                method, target, _ = first.split(" ")
                arrow = headers.get("enable-arrow-stream") == "true" or ARROW in headers.get("accept", "")
                packed = compressed and "gzip" in headers.get("accept-encoding", "")
                ready = answer(Asked(method, target, body, arrow, packed), own_host)
                if seconds:
                    time.sleep(seconds)
                connection.sendall(ready)
    except OSError:
        # The client left in the middle, as one that has seen enough does.
        accepted.close()


def serve(*, as_child: bool = False) -> None:
    """Serve until the process is told to end, and as a child until its standard input does.

    First prints what a client needs, as one line of JSON.
    """
    import certifi
    import trustme

    signal.signal(signal.SIGTERM, lambda *_: sys.exit())

    folder = Path(tempfile.mkdtemp(prefix="benchmarks-tls-"))
    try:
        authority = trustme.CA()
        # Beside the usual authorities, all of which a client trusts in life and who connects anew has to load anew.
        (folder / "ca.pem").write_bytes(certifi.contents().encode() + authority.cert_pem.bytes())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(context)
        urls = {}
        for door, (compressed, seconds) in DOORS.items():
            listening = socket.create_server((HOST, 0), backlog=128)
            urls[door] = f"https://{HOST}:{listening.getsockname()[1]}"
            threading.Thread(target=_serve, args=(listening, context, compressed, seconds), daemon=True).start()
        print(json.dumps({"urls": urls, "ca_file": str(folder / "ca.pem"), **CREDENTIALS}), flush=True)
        if as_child:
            sys.stdin.read()
        else:
            threading.Event().wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class CannedServer:
    """The server in a process of its own, for as long as the `with` lasts."""

    urls: dict[str, str]
    ca_file: str

    def __enter__(self) -> CannedServer:
        command = [sys.executable, "-c", "from benchmarks.canned import serve; serve(as_child=True)"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self.urls, self.ca_file = said["urls"], said["ca_file"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Popen's own exit closes the pipes, which ends the server, and waits for it.
        self._process.__exit__(kind, error, trace)
