"""Connections that do not come about, prove nothing, or end: what never left is sent again, and nothing goes astray.

Source: wire spec, faults rules 1, 3, 6 and C1-C9.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datacloud_dbapi.errors import QueryTimeoutError, ServerUnreachableError
from datacloud_emulator.faults import Fault
from tests.faults.line import Line, broken, by_transport, held, over_http
from tests.faults.proxy import Proxy
from tests.faults.proxy import Way as Break
from tests.faults.ways import Way
from tests.faults.world import EXPECTED

pytestmark = pytest.mark.sockets


@pytest.fixture
def endpoint(line: Line, way: Way) -> Iterator[Proxy]:
    """The proxy before the endpoint that `way` speaks to."""
    if not way.over_grpc:
        yield line.proxy
        return
    with Proxy(line.emulator.hyper_address) as proxy:
        yield proxy


@held("C1")
@by_transport
def test_a_host_without_an_address(line: Line, way: Way) -> None:
    # The name is reserved for this. Source: RFC 6761 §6.4.
    connection = line.to(way, "https://no-such-org.invalid" + (":443" if way.over_grpc else ""))
    error = broken(way, connection)
    assert isinstance(error, ServerUnreachableError)
    assert (error.attempts, line.sleeps, line.sent) == (3, [0.5, 1.0], {})
    assert "no-such-org.invalid" in str(error)
    assert line.token not in f"{error} {error!r} {error.__cause__!r} {error.__context__!r}"


@held("C2")
@by_transport
def test_a_connection_refused_once(line: Line, way: Way, endpoint: Proxy) -> None:
    endpoint.refuse()
    line.on_pause = endpoint.listen
    connection = line.to(way, endpoint.origin)
    assert way.execute(connection).fetchone() == (1,)
    assert (line.sent[way.statement], line.sleeps) == (1, [0.5])


@held("C3")
@by_transport
def test_a_connection_refused_every_time(line: Line, way: Way, endpoint: Proxy) -> None:
    endpoint.refuse()
    error = broken(way, line.to(way, endpoint.origin))
    assert isinstance(error, ServerUnreachableError)
    assert (error.attempts, line.sleeps, line.sent) == (3, [0.5, 1.0], {})


@held("C4")
@by_transport
def test_a_connection_that_does_not_come_about(line: Line, way: Way, endpoint: Proxy) -> None:
    endpoint.hang()
    connection = line.to(way, endpoint.origin, connect_timeout=0.2)
    begun = time.monotonic()
    error = broken(way, connection)
    assert isinstance(error, ServerUnreachableError)
    assert "in time" in error.message
    assert (error.attempts, line.sleeps, line.sent) == (3, [0.5, 1.0], {})
    # The promise is about time. What else bounds it is the system, after two minutes.
    assert 3 * 0.2 <= time.monotonic() - begun < 10


@held("C6")
@by_transport
def test_a_netrc_file_is_not_read(line: Line, way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = "machine 127.0.0.1 login mallory password not-our-token\ndefault login mallory password not-our-token\n"
    for name in (".netrc", "_netrc"):
        (tmp_path / name).write_text(entry, encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    connection = line.log_in(way.transport)
    assert way.execute(connection).fetchone() == (1,)
    # One of each: nothing was refused for want of our own header.
    assert line.sent == {**way.login, way.statement: 1}


@held("C7")
@over_http
@pytest.mark.parametrize("rst", [False, True], ids=["closed", "reset"])
def test_a_kept_connection_that_was_closed_meanwhile(line: Line, way: Way, rst: bool) -> None:
    line.proxy.script(*[Break("close-after-answer", rst=rst)] * 3)
    connection = line.through(way)
    cursor = way.execute(connection)
    rows = cursor.fetchmany(10)
    line.proxy.settle()
    rows += cursor.fetchmany(10)
    line.proxy.settle()
    rows += cursor.fetchall()
    assert rows == EXPECTED
    line.proxy.settle()
    assert way.execute(connection, "SELECT 7").fetchall() == [(7,)]
    # As many connections as requests, and as many requests as there are without the fault.
    assert line.proxy.connections == line.proxy.requests == sum(line.sent.values())
    assert line.sent[way.statement] == 2
    assert line.sleeps == []


@held("C8")
def test_a_read_that_is_reset_and_then_refused(line: Line) -> None:
    line.proxy.script(Break("reset-after-request"))
    line.emulator.faults.add(Fault("metadata", after=1, status=502))
    connection = line.through(Way("rest-v2", "query", "batch"))
    tables = connection.metadata.tables()
    assert line.sent == {"metadata": 3}
    assert line.sleeps == [0.5, 1.0]
    assert tables == connection.metadata.tables() != []


@held("C9")
@by_transport
def test_an_answer_that_drips_ends_with_the_timeout(line: Line, way: Way) -> None:
    # Over gRPC nothing can come so slowly in the emulator; there it does not come at all.
    facts: dict[str, Any] = {"delay": 60.0} if way.over_grpc else {"drip": 0.2}
    line.emulator.faults.add(Fault(way.statement, **facts))
    connection = line.to(way, line.emulator.hyper_address if way.over_grpc else line.proxy.origin, query_timeout=0.3)
    begun = time.monotonic()
    error = broken(way, connection)
    assert isinstance(error, QueryTimeoutError)
    # The promise is a second more, and the body takes a minute; a busy machine is given some time.
    assert time.monotonic() - begun < 10
    assert line.proxy.requests == (0 if way.over_grpc else 1)
    assert line.sleeps == []


@held("C9")
@over_http
def test_without_a_timeout_a_drip_is_waited_for(line: Line, way: Way) -> None:
    """It is never silent for long, so it does come whole."""
    line.emulator.faults.add(Fault(way.statement, drip=0.0005))
    assert way.execute(line.through(way, read_timeout=0.5)).fetchone() == (1,)
