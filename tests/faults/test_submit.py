"""A statement whose way goes wrong: sent again only where it cannot have arrived, and an error with all that is known.

Over gRPC a refusal for now has no form of its own: what looks like one may have carried the statement out.
Source: wire spec, faults rules 1-3, 5 and S1-S11; hyper §2.6.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from datacloud_dbapi import OperationalError, ProgrammingError
from datacloud_dbapi.errors import ConnectionLostError, RateLimitError
from datacloud_dbapi.flow.aio import AsyncRunner
from datacloud_dbapi.flow.sync import Runner
from datacloud_emulator.faults import Fault
from tests.faults.refusals import named, over_http, refused, rows_over_http, sent
from tests.faults.ways import WAYS, Way, every_way
from tests.faults.world import EXPECTED, World

UNCLEAR_HTTP: dict[str, tuple[str, dict[str, Any]]] = {
    "no answer": ("S1", {"delay": 1000.0}),
    "reset before": ("S2", {"reset": "before"}),
    "reset after": ("S2", {"reset": "after"}),
    "reset within": ("S2", {"reset": "within", "keep": 5}),
    "500": ("S3", {"status": 500}),
    "502": ("S3", {"status": 502}),
    "504": ("S3", {"status": 504}),
}
UNCLEAR_GRPC: dict[str, tuple[str, dict[str, Any]]] = {
    "no answer": ("S1", {"delay": 30.0}),
    "reset before": ("S2", {"reset": "before"}),
    "reset after": ("S2", {"reset": "after"}),
    "UNAVAILABLE": ("S3", {"grpc": "UNAVAILABLE"}),
    "CANCELLED": ("S3", {"grpc": "CANCELLED"}),
    "DEADLINE_EXCEEDED": ("S3", {"grpc": "DEADLINE_EXCEEDED"}),
    "INTERNAL": ("S3", {"grpc": "INTERNAL"}),
    "UNKNOWN": ("S3", {"grpc": "UNKNOWN"}),
}


def unclear() -> Iterator[Any]:
    for way in WAYS:
        # The emulator's gRPC door is a real socket in every test.
        marks = [pytest.mark.sockets] if way.over_grpc else []
        for name, (row, facts) in (UNCLEAR_GRPC if way.over_grpc else UNCLEAR_HTTP).items():
            held = pytest.mark.fault(row, sockets=way.over_grpc)
            yield pytest.param(way, facts, id=f"{named(way)}-{name}", marks=[*marks, held])


@pytest.mark.parametrize(("way", "facts"), list(unclear()))
def test_what_may_have_arrived_is_not_sent_again(world: World, way: Way, facts: dict[str, Any]) -> None:
    error = refused(world, way, Fault(way.statement, **facts))
    assert isinstance(error, OperationalError)
    assert (sent(world, way), error.attempts, world.sleeps) == (1, 1, [])
    if "status" in facts:
        assert error.http_status == facts["status"]
    elif facts.get("grpc") not in {"INTERNAL", "UNKNOWN"}:
        assert isinstance(error, ConnectionLostError)


@every_way
def test_the_connection_is_good_for_the_next_statement(world: World, way: Way) -> None:
    connection = world.connect(way.transport)
    world.emulator.faults.add(Fault(way.statement, reset="after"))
    cursor = connection.cursor()
    with pytest.raises(ConnectionLostError):
        cursor.execute("SELECT 1", arrow=way.arrow)
    assert way.page_due(world, connection)() == EXPECTED


def http_date(world: World, seconds: float) -> str:
    """The moment so many seconds from now, by the emulator's clock and in the form of the header."""
    return format_datetime(world.emulator.clock.now() + timedelta(seconds=seconds), usegmt=True)


@over_http
@pytest.mark.parametrize(
    ("status", "header", "waits"),
    [
        pytest.param(503, None, [0.5], marks=pytest.mark.fault("S4")),
        pytest.param(503, "3", [3.0], marks=pytest.mark.fault("S4")),
        pytest.param(429, "2", [2.0], marks=pytest.mark.fault("S5")),
        pytest.param(429, "date", [7.0], marks=pytest.mark.fault("S6")),
        pytest.param(429, "past", [0.0], marks=pytest.mark.fault("S6")),
    ],
)
def test_not_now_is_waited_for(world: World, way: Way, status: int, header: str | None, waits: list[float]) -> None:
    dates = {"date": http_date(world, 7), "past": http_date(world, -100)}
    headers = {} if header is None else {"Retry-After": dates.get(header, header)}
    connection = world.connect(way.transport)
    world.forget()
    world.emulator.faults.add(Fault(way.statement, status=status, headers=headers))
    before = world.time()
    cursor = way.execute(connection, "SELECT 41 + 1")
    assert sent(world, way) == 2
    assert world.sleeps == waits
    assert world.time() - before == pytest.approx(sum(waits))
    assert cursor.fetchall() == [(42,)]


@pytest.mark.fault("S7")
@over_http
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_does_not_fit_is_not_begun(world: World, way: Way, status: int) -> None:
    error = refused(world, way, Fault(way.statement, status=status, headers={"Retry-After": "86400"}))
    assert isinstance(error, OperationalError)
    assert isinstance(error, RateLimitError) == (status == 429)
    assert (error.retry_after, sent(world, way), world.sleeps) == (86400.0, 1, [])


@pytest.mark.fault("S7")
@over_http
def test_nor_one_beyond_the_query_timeout(world: World, way: Way) -> None:
    fault = Fault(way.statement, status=429, headers={"Retry-After": "10"})
    error = refused(world, way, fault, query_timeout=9.0)
    assert isinstance(error, OperationalError)
    assert (error.retry_after, sent(world, way), world.sleeps) == (10.0, 1, [])


@pytest.mark.fault("S8")
@over_http
@pytest.mark.parametrize(("jitter", "waits"), [(1.0, [0.5, 1.0]), (0.25, [0.125, 0.25]), (0.0, [0.0, 0.0])])
def test_waits_grow_and_are_jittered(world: World, way: Way, jitter: float, waits: list[float]) -> None:
    world.jitter = jitter
    error = refused(world, way, Fault(way.statement, status=429, times=None))
    assert isinstance(error, RateLimitError)
    assert (sent(world, way), error.attempts, world.sleeps) == (3, 3, waits)
    assert error.retry_after is None


@pytest.mark.fault("S8")
@pytest.mark.parametrize("runner", [Runner, AsyncRunner])
def test_the_jitter_of_every_day_is_chance(runner: type) -> None:
    assert inspect.signature(runner).parameters["jitter"].default is random.random


@pytest.mark.fault("S9")
@every_way
def test_the_engines_refusal_is_told_in_its_words(world: World, way: Way) -> None:
    error = refused(world, way, sql="SELECT no_such_column FROM generate_series(1, 2) AS t(n)", read_timeout=60.0)
    assert isinstance(error, ProgrammingError)
    assert "no_such_column" in error.message
    assert (error.sqlstate, error.position) == ("42703", 8)
    assert (sent(world, way), world.sleeps) == (1, [])


@pytest.mark.fault("S9")
@over_http
def test_the_id_of_a_refused_query_is_kept(world: World, way: Way) -> None:
    body = {"message": "syntax error", "internalErrorCode": "E42", "queryId": "20260105_090000_00042_ab1cd"}
    error = refused(world, way, Fault(way.statement, status=400, body=body))
    assert isinstance(error, ProgrammingError)
    assert (error.message, error.code, error.query_id) == ("syntax error", "E42", "20260105_090000_00042_ab1cd")


ERROR_BODIES: dict[str, tuple[Any, str | None, str | None]] = {
    "object": ({"message": "some words", "errorCode": "E42"}, "some words", "E42"),
    "with a stray comma": ('{"message": "some words", "errorCode": "E42",}', "some words", "E42"),
    "list": ([{"errorCode": "E42", "message": "some words"}], "some words", "E42"),
    "list of two": ([{"errorCode": "E42", "message": "some"}, {"message": "words"}], "some; words", "E42"),
    "nested": ({"error": {"details": {"message": "some words", "code": "E42"}}}, "some words", "E42"),
    "text in JSON": ('"some words"', "some words", None),
    "plain text": ("some words", "some words", None),
    "web page": ("<html><body><p>some words</p></body></html>", "some words", None),
    "nothing": ("", None, None),
    "null": ("null", None, None),
    "number": ("12", None, None),
    "empty list": ([], None, None),
    "empty object": ({}, None, None),
    "list of nothing": ([[], None, {}], None, None),
    "odd fields": ({"message": None, "error": [], "errorCode": {"a": 1}, "details": 7}, None, None),
    "cut": ('{"message": "some wo', None, None),
    "no UTF-8": (b"\xff\xfe\x00", None, None),
}


@pytest.mark.fault("S10")
@rows_over_http
@pytest.mark.parametrize(("body", "words", "code"), ERROR_BODIES.values(), ids=ERROR_BODIES)
def test_whatever_an_error_body_is(world: World, way: Way, body: Any, words: str | None, code: str | None) -> None:
    for status, kind in ((400, ProgrammingError), (500, OperationalError)):
        world.emulator.faults.clear()
        error = refused(world, way, Fault(way.statement, status=status, body=body))
        assert isinstance(error, kind)
        assert words is None or words in error.message
        assert code is None or error.code == code
        assert error.http_status == status
        assert str(status) in str(error)
        assert sent(world, way) == 1


@pytest.mark.fault("S11")
@rows_over_http
@pytest.mark.parametrize("status", [404, 422])
def test_a_statement_nobody_wants_is_a_programming_error(world: World, way: Way, status: int) -> None:
    error = refused(world, way, Fault(way.statement, status=status))
    assert isinstance(error, ProgrammingError)
    assert (error.http_status, sent(world, way), world.sleeps) == (status, 1, [])
