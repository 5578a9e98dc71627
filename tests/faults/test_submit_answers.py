"""A statement answered by what cannot be its result, and one that ends in failure or never: an error each time.

Source: wire spec, faults rule 4 and S12-S15, S20-S22; query §9-10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from datacloud_dbapi import DatabaseError, DataError, InternalError, OperationalError, ProgrammingError
from datacloud_dbapi.errors import QueryTimeoutError
from datacloud_emulator.faults import Fault
from tests.faults.refusals import refused, rows_over_http, sent
from tests.faults.ways import WAYS, Way
from tests.faults.world import EXPECTED, NUMBERS, World

Change = Callable[[dict[str, Any]], dict[str, Any]]

NO_RESULTS = {
    "web page": ("S12", "<!DOCTYPE html><html><body>Log in</body></html>", OperationalError),
    "web page after a blank": ("S12", "\n <html></html>", OperationalError),
    "error": ("S13", {"error": "out of order"}, DatabaseError),
    "error of the tenant": ("S13", {"message": "out of order", "internalErrorCode": "E42"}, DatabaseError),
    "error of the engine": ("S13", {"error": "out of order", "details": {"sqlState": "42601"}}, ProgrammingError),
    "error of the org": ("S13", [{"errorCode": "E42", "message": "out of order"}], DatabaseError),
    "nothing": ("S14", "", None),
    "null": ("S14", "null", None),
    "list": ("S14", "[]", None),
    "text": ("S14", '""', None),
    "number": ("S14", "0", None),
    "true": ("S14", "true", None),
    "object": ("S15", "{}", InternalError),
    "half of JSON": ("S14", '{"data":[[1],', OperationalError),
    "no UTF-8": ("S20", b'{"data":[["\xff"]],"metadata":{},"rowCount":1,"done":true}', OperationalError),
    "half a character": ("S20", '{"data":[["é"]],"done":true}'.encode()[:12] + b'"]],"done":true}', OperationalError),
    "UTF-16": ("S20", '{"data":[],"done":true}'.encode("utf-16"), OperationalError),
}


@rows_over_http
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(body, kind or (OperationalError, InternalError), id=name, marks=pytest.mark.fault(row))
        for name, (row, body, kind) in NO_RESULTS.items()
    ],
)
def test_a_success_that_is_none(world: World, way: Way, body: Any, kind: Any) -> None:
    error = refused(world, way, Fault(way.statement, status=200, body=body))
    assert isinstance(error, kind)
    assert (sent(world, way), world.sleeps) == (1, [])
    if isinstance(body, dict) and body:
        assert "out of order" in error.message


def without(*names: str) -> Change:
    return lambda body: {name: value for name, value in body.items() if name not in names}


LACKING: dict[str, tuple[str, ...]] = {
    "rest-v2": ("data", "metadata", "done"),
    "rest-v2-arrow": ("arrowStream", "done"),
    # `done` came late to V1: there it may be missing. Source: wire spec, query §3.
    "rest-v1": ("data", "metadata"),
    "query-sql": ("metadata", "status"),
    "direct-v3": ("metadata",),
}


def lacking() -> list[Any]:
    ways = {way.transport + ("-arrow" if way.arrow else ""): way for way in WAYS}
    return [
        pytest.param(ways[name], field, id=f"{name}-{field}") for name, fields in LACKING.items() for field in fields
    ]


@pytest.mark.fault("S15")
@pytest.mark.parametrize(("way", "field"), lacking())
def test_an_answer_that_lacks_a_part(world: World, way: Way, field: str) -> None:
    error = refused(world, way, Fault(way.statement, change=without(field)), sql=NUMBERS)
    assert isinstance(error, InternalError)
    assert (sent(world, way), world.sleeps) == (1, [])


@pytest.mark.fault("S15")
@pytest.mark.parametrize("transport", ["query-sql", "direct-v3"])
def test_kept_rows_that_do_not_come_with_the_answer_are_asked_for(world: World, transport: str) -> None:
    """The service says that the rows are there: they are read, and never taken for none."""
    way = next(way for way in WAYS if way.transport == transport)
    connection = world.connect(transport)
    world.emulator.faults.add(Fault(way.statement, change=without("data", "returnedRows")))
    assert way.execute(connection).fetchall() == EXPECTED


@pytest.mark.fault("S15")
@pytest.mark.parametrize("transport", ["query-sql", "direct-v3"])
def test_kept_rows_that_never_come_are_an_error(world: World, transport: str) -> None:
    way = next(way for way in WAYS if way.transport == transport)
    lost = [Fault(name, times=None, change=without("data", "returnedRows")) for name in (way.statement, way.page)]
    error = refused(world, way, *lost, sql=NUMBERS)
    assert isinstance(error, (OperationalError, InternalError))
    assert world.sent[way.statement] == 1


def told(body: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with other facts in its status, flat or nested as it comes; without the rows, if it had any."""
    if "status" not in body:
        return {**body, **status}
    return {**body, "data": [], "returnedRows": 0, "status": {**body["status"], **status}}


def running(body: Mapping[str, Any]) -> dict[str, Any]:
    return told(body, {"completionStatus": "Running", "rowCount": 0, "chunkCount": 0, "progress": 0.5})


def failed(state: str) -> Change:
    return lambda body: {**told(body, {"completionStatus": state}), "errorMessage": "the engine ran dry"}


STATUS = {"query-sql": "query-sql-status", "direct-v3": "v3-status"}
CANCEL = {"query-sql": "query-sql-cancel", "direct-v3": "v3-cancel", "hyper": "CancelQuery"}
late = pytest.mark.parametrize("transport", STATUS)


def start_running(world: World, transport: str) -> None:
    """The next statement's first answer says that it runs; V3 says so by itself when there is a timeout."""
    if transport == "query-sql":
        world.emulator.faults.add(Fault("query-sql", change=running))


@pytest.mark.fault("S21")
@late
@pytest.mark.parametrize("state", ["Failed", "Canceled", "CANCELLED", "Error", "Nonsense"])
def test_a_query_that_fails_says_why_at_once(world: World, transport: str, state: str) -> None:
    start_running(world, transport)
    way = next(way for way in WAYS if way.transport == transport)
    error = refused(world, way, Fault(STATUS[transport], change=failed(state)), sql=NUMBERS, query_timeout=60.0)
    assert isinstance(error, (ProgrammingError, OperationalError))
    assert "the engine ran dry" in error.message
    assert world.sent == {way.statement: 1, STATUS[transport]: 1}


@pytest.mark.fault("S21")
@pytest.mark.parametrize("transport", ["query-sql", "direct-v3", "hyper"])
@pytest.mark.parametrize("timeout", [None, 60.0], ids=["at once", "later"])
def test_so_does_one_that_the_engine_gives_up(world: World, transport: str, timeout: float | None) -> None:
    """A division by zero is found while the query runs."""
    way = next(way for way in WAYS if way.transport == transport)
    sql = "SELECT 1 / (n - 3) FROM generate_series(1, 5) AS t(n)"
    error = refused(world, way, sql=sql, query_timeout=timeout, read_timeout=60.0)
    assert isinstance(error, DataError)
    assert error.sqlstate == "22012"
    assert world.sent[way.statement] == 1


@pytest.mark.fault("S22")
@late
def test_a_query_that_never_ends_is_cancelled_once(world: World, transport: str) -> None:
    start_running(world, transport)
    way = next(way for way in WAYS if way.transport == transport)
    before = world.time()
    faults = Fault(STATUS[transport], times=None, change=running)
    error = refused(world, way, faults, sql=NUMBERS, query_timeout=20.0, read_timeout=60.0)
    assert isinstance(error, QueryTimeoutError)
    assert error.query_id
    assert world.time() - before == pytest.approx(20.0, abs=1.0)
    assert (world.sent[way.statement], world.sent[CANCEL[transport]]) == (1, 1)


@pytest.mark.fault("S22")
@late
def test_the_timeout_stands_when_the_cancel_fails(world: World, transport: str) -> None:
    start_running(world, transport)
    way = next(way for way in WAYS if way.transport == transport)
    faults = [Fault(STATUS[transport], times=None, change=running), Fault(CANCEL[transport], status=404)]
    error = refused(world, way, *faults, sql=NUMBERS, query_timeout=5.0, read_timeout=60.0)
    assert isinstance(error, QueryTimeoutError)
    assert world.sent[CANCEL[transport]] == 1


@pytest.mark.fault("S22")
def test_over_grpc_too(world: World) -> None:
    """The engine really sleeps; what waits for it is real time, what passes between two looks is the clock's."""
    way = next(way for way in WAYS if way.transport == "hyper")
    error = refused(world, way, sql="SELECT pg_sleep(600)", query_timeout=0.5, read_timeout=60.0)
    assert isinstance(error, QueryTimeoutError)
    assert (world.sent["ExecuteQuery"], world.sent["CancelQuery"]) == (1, 1)


@pytest.mark.fault("S22")
@pytest.mark.parametrize("transport", ["rest-v2", "rest-v1"])
def test_without_a_status_the_answer_itself_is_late(world: World, transport: str) -> None:
    """There is no id yet and no cancel: nobody waits longer than the timeout all the same."""
    way = next(way for way in WAYS if way.transport == transport)
    before = world.time()
    error = refused(world, way, Fault(way.statement, delay=1000.0), query_timeout=5.0, read_timeout=60.0)
    assert isinstance(error, QueryTimeoutError)
    assert sent(world, way) == 1
    assert world.time() - before == pytest.approx(5.0, abs=0.01)
