"""Statements whose answers real sockets break: they are not sent again, not followed elsewhere, and never cut short.

Over gRPC, `test_submit` has them; the door there is a socket as well.
Source: wire spec, faults rules 1-3, 6 and S1, S2, S16, S18, S19.
"""

from __future__ import annotations

import pytest

from datacloud_dbapi import OperationalError
from datacloud_dbapi.errors import ConnectionLostError
from datacloud_emulator.faults import Fault
from tests.faults.line import Line, broken, held, over_http
from tests.faults.proxy import Proxy
from tests.faults.proxy import Way as Break
from tests.faults.refusals import over_http as all_over_http
from tests.faults.ways import Way
from tests.faults.world import EXPECTED, NUMBERS

pytestmark = pytest.mark.sockets


@held("S1")
@over_http
def test_a_statement_without_an_answer_is_not_sent_again(line: Line, way: Way) -> None:
    line.proxy.script(Break("no-answer"))
    error = broken(way, line.through(way, read_timeout=0.1))
    assert isinstance(error, ConnectionLostError)
    assert (error.attempts, line.proxy.requests, line.sleeps) == (1, 1, [])
    assert line.proxy.connections == 1


@held("S2")
@over_http
@pytest.mark.parametrize("fault", [Break("reset-after-request"), Break("cut"), Break("cut", rst=True)], ids=str)
def test_a_statement_whose_connection_breaks_is_not_sent_again(line: Line, way: Way, fault: Break) -> None:
    line.proxy.script(fault)
    error = broken(way, line.through(way))
    assert isinstance(error, ConnectionLostError)
    assert (error.attempts, line.proxy.requests, line.proxy.connections, line.sleeps) == (1, 1, 1, [])
    assert line.sent == {way.statement: 1}


@held("S16")
@over_http
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(line: Line, way: Way, status: int) -> None:
    with Proxy(line.emulator.tenant_url) as elsewhere:
        headers = {"Location": f"{elsewhere.origin}/api/v2/query"}
        line.emulator.faults.add(Fault(way.statement, status=status, headers=headers))
        error = broken(way, line.through(way))
        assert isinstance(error, OperationalError)
        assert (error.http_status, line.sent, line.sleeps) == (status, {way.statement: 1}, [])
        assert elsewhere.connections == 0


@held("S16")
@pytest.mark.parametrize("operation", ["token", "exchange", "batch", "metadata"])
def test_nor_is_any_other(line: Line, operation: str) -> None:
    def talk() -> None:
        connection = line.log_in()
        connection.cursor().execute(NUMBERS).fetchall()
        connection.metadata.tables()

    with Proxy(line.emulator.tenant_url) as elsewhere:
        line.emulator.faults.add(Fault(operation, status=307, headers={"Location": f"{elsewhere.origin}/x"}))
        with pytest.raises(OperationalError):
            talk()
        assert line.sent[operation] == 1
        assert elsewhere.connections == 0


CUT: dict[str, tuple[str, Fault | Break]] = {
    # The emulator packs every answer, as the service does.
    "gzip without a length, in its head": ("S18", Fault(cut=True, keep=5)),
    "gzip without a length, in its body": ("S18", Fault(cut=True, keep=40)),
    "a length that is too great": ("S19", Fault(wrong_length=True)),
    "chunks, ended": ("S19", Break("cut", keep=300)),
    "chunks, reset": ("S19", Break("cut", keep=300, rst=True)),
    "chunks, reset by the server": ("S19", Fault(reset="within", keep=40)),
}


@all_over_http
@pytest.mark.parametrize("cut", [pytest.param(cut, id=name, marks=held(row)) for name, (row, cut) in CUT.items()])
def test_a_body_that_was_cut(line: Line, way: Way, cut: Fault | Break) -> None:
    if isinstance(cut, Break):
        line.proxy.script(cut)
    else:
        line.emulator.faults.add(cut)
    error = broken(way, line.through(way))
    assert isinstance(error, OperationalError)
    assert (error.attempts, line.sent, line.sleeps) == (1, {way.statement: 1}, [])


@held("S18")
@all_over_http
def test_a_body_that_was_cut_to_nothing(line: Line, way: Way) -> None:
    """What V3 says of the query stands in a header: its rows are asked for, and never taken for none."""
    line.emulator.faults.add(Fault(way.statement, cut=True))
    connection = line.through(way)
    if way.kept:
        assert way.execute(connection).fetchall() == EXPECTED
    else:
        assert isinstance(broken(way, connection), OperationalError)
    assert line.sent[way.statement] == 1
