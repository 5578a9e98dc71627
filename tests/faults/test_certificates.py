"""A server whose certificate proves nothing is not told anything: not one byte of HTTP, and no second try.

Source: wire spec, faults rule 6 and C5.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from datacloud_dbapi import OperationalError
from datacloud_dbapi.errors import ServerUnreachableError, UntrustedServerError
from tests.faults.line import Line, broken, by_transport, held
from tests.faults.ways import Way

pytestmark = pytest.mark.sockets

NOW = dt.datetime.now(dt.timezone.utc)


class Server:
    """A TLS server that shows a certificate and writes down who comes, and what they say once they trust it."""

    def __init__(self, chain: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain)
        self._context.set_alpn_protocols(["h2", "http/1.1"])
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self.origin = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self.connections = 0
        self.heard: list[bytes] = []

    @contextmanager
    def running(self) -> Iterator[Server]:
        self._thread.start()
        try:
            yield self
        finally:
            self._socket.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):  # how a listener that was shut says so
            while True:
                client, _ = self._socket.accept()
                self.connections += 1
                client.settimeout(10)
                with client, suppress(OSError), self._context.wrap_socket(client, server_side=True) as tls:
                    self.heard.append(tls.recv(65536))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one authority that the driver is told to trust."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(params=["good", "expired", "self-signed", "another host"])
def chain(request: pytest.FixtureRequest, authority: trustme.CA, tmp_path: Path) -> Path:
    """A certificate and its key."""
    day = dt.timedelta(days=1)
    path = tmp_path / "server.pem"
    if request.param == "self-signed":
        path.write_bytes(self_signed())
        return path
    issued = {
        "good": lambda: authority.issue_cert("127.0.0.1"),
        "expired": lambda: authority.issue_cert("127.0.0.1", not_before=NOW - 2 * day, not_after=NOW - day),
        "another host": lambda: authority.issue_cert("127.0.0.2", "localhost", "org.my.salesforce.com"),
    }[request.param]()
    issued.private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


def self_signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    text = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return text + certificate.public_bytes(pem)


@held("C5")
@by_transport
def test_a_certificate_that_proves_nothing(
    line: Line, way: Way, chain: Path, bundle: Path, request: pytest.FixtureRequest
) -> None:
    given = {"ca_bundle": str(bundle), "allowed_hosts": ["127.0.0.1"], "read_timeout": 0.2, "connect_timeout": 5.0}
    with Server(chain).running() as server:
        error = broken(way, line.to(way, server.origin, **given))
    assert isinstance(error, OperationalError)
    if request.node.callspec.params["chain"] == "good":
        assert b"".join(server.heard) != b"", "else the test would prove nothing"
        return
    assert b"".join(server.heard) == b""
    assert line.token not in f"{error} {error!r}"
    if way.over_grpc:
        # gRPC does not say why a handshake failed: it looks like any connection that did not come about.
        assert isinstance(error, ServerUnreachableError)
        assert "certificate" in str(error)
    else:
        assert isinstance(error, UntrustedServerError)
        assert (server.connections, line.sleeps) == (1, [])
