"""Pages that are asked for by row or by chunk, over every transport that has such: lost ones are asked for again.

The engine cuts a chunk every four rows, and pages are made as small. Source: wire spec, faults rules 2-4 and O1-O6.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from datacloud_dbapi import DatabaseError, OperationalError
from datacloud_emulator import Fault
from tests.faults.reading import Way, failed_for_good, one_by_one
from tests.faults.world import EXPECTED, World

# What a page is asked for with, and how many such requests come before the first page after the first.
PAGES = {
    "rest-v1-rows": (Way("rest-v1"), "query-v1", 2),
    "query-sql-rows": (Way("query-sql"), "query-sql-rows", 0),
    "direct-v3-rows": (Way("direct-v3"), "v3-rows", 0),
    # With a timeout the statement's answer has no rows, so that they are read from the first chunk on.
    "direct-v3-chunks": (Way("direct-v3", arrow=True, timeout=3600.0), "v3-chunk", 1),
    "hyper-rows": (Way("hyper"), "GetQueryResult", 0),
    "hyper-chunks": (Way("hyper", arrow=True), "GetQueryResult", 0),
}
OVER_HTTP = [name for name in PAGES if not name.startswith("hyper")]
KEPT = [name for name in OVER_HTTP if not name.startswith("rest-v1")]
LOST_HTTP: dict[str, dict[str, Any]] = {
    "reset before": {"reset": "before"},
    "reset after": {"reset": "after"},
    "reset within": {"reset": "within", "keep": 20},
    "no answer": {"delay": 1000.0},
    "cut": {"cut": True, "keep": 20},
    "wrong length": {"wrong_length": True},
    **{str(status): {"status": status} for status in (500, 502, 504)},
}
LOST_GRPC: dict[str, dict[str, Any]] = {
    "reset before": {"reset": "before"},
    "reset after": {"reset": "after"},
    **{
        f"{code} after {keep}": {"grpc": code, "keep": keep} for code in ("UNAVAILABLE", "CANCELLED") for keep in (0, 1)
    },
}
ROW_OF = {"rest-v1-rows": "O1", "hyper-rows": "O6", "hyper-chunks": "O6"}
LOST = [
    pytest.param(name, facts, id=f"{name}-{kind}", marks=pytest.mark.fault(ROW_OF.get(name, "O3")))
    for name in PAGES
    for kind, facts in (LOST_GRPC if name not in OVER_HTTP else LOST_HTTP).items()
]


@pytest.fixture
def world(cut_world: World) -> World:
    """An org whose results come in small pieces."""
    return cut_world


def clean(world: World, way: Way) -> Counter[str]:
    """What is sent for the result when nothing goes wrong."""
    assert way.fetch(way.execute(world)) == EXPECTED
    return world.sent


@pytest.mark.parametrize(("name", "facts"), LOST)
def test_a_lost_page_is_asked_for_again(world: World, name: str, facts: dict[str, Any]) -> None:
    """Read ahead, four pages side by side, through one face, and page after page through the other."""
    prefetch = 4 if world.face == "blocking" else 0
    kind, operation, before = PAGES[name]
    way = replace(kind, prefetch=prefetch)
    expected = clean(world, way)
    if name in OVER_HTTP:
        assert expected[operation] >= before + 2, "a result of several such pages"
    world.emulator.faults.add(Fault(operation, after=before, times=2, **facts))
    assert way.fetch(way.execute(world)) == EXPECTED
    assert len(world.emulator.faults.struck) == 2
    if name in OVER_HTTP:  # how often a query is looked at over gRPC is a matter of time
        assert world.sent == expected + Counter({operation: 2})


@pytest.mark.fault("P3", "P4")
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("facts", [{"reset": "after"}, {"status": 502}], ids=["reset", "502"])
def test_one_that_never_comes_fails_the_result(world: World, name: str, facts: dict[str, Any]) -> None:
    way, operation, before = PAGES[name]
    if name not in OVER_HTTP:
        facts = {"grpc": "UNAVAILABLE"}
    world.emulator.faults.add(Fault(operation, after=before, times=None, **facts))
    cursor = way.execute(world)
    assert cursor.fetchone() == EXPECTED[0]
    read = [EXPECTED[0]]
    with pytest.raises(OperationalError):
        one_by_one(cursor, read)
    assert read == EXPECTED[: len(read)]
    assert len(read) < len(EXPECTED)
    failure = failed_for_good(cursor, world)
    assert (failure.attempts, failure.rows_given) == (3, len(read))
    assert len(world.emulator.faults.struck) == 3


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.fault("O1", "O3")) for name in OVER_HTTP])
@pytest.mark.parametrize("body", ["", "<html>log in</html>", '{"data":[[1],[2', "null"])
def test_an_answer_that_is_not_readable_is_no_page(world: World, name: str, body: str) -> None:
    """It may be asked for again or not: the rows are exact, or there is an error."""
    prefetch = 0 if world.face == "blocking" else 4
    kind, operation, before = PAGES[name]
    way = replace(kind, prefetch=prefetch)
    world.emulator.faults.add(Fault(operation, after=before, status=200, body=body))
    with suppress(DatabaseError):
        assert way.fetch(way.execute(world)) == EXPECTED
    assert len(world.emulator.faults.struck) == 1


@pytest.mark.fault("O2")
@pytest.mark.parametrize("prefetch", [0, 1])
@pytest.mark.parametrize("size", [2, 7])
def test_a_short_v1_page_is_not_the_end(world: World, prefetch: int, size: int) -> None:
    """Each page begins with the last row of the one before: of two rows one is new."""

    def shortened(body: dict[str, Any]) -> dict[str, Any]:
        rows = body["data"][:size]
        return {**body, "data": rows, "rowCount": len(rows), "done": body["done"] and len(rows) == len(body["data"])}

    world.emulator.faults.add(Fault("query-v1", times=None, change=shortened))
    way = Way("rest-v1", prefetch=prefetch)
    assert way.fetch(way.execute(world)) == EXPECTED
    assert world.sent["query-v1"] == 1 + -(-(len(EXPECTED) - 1) // (size - 1))


def without_rows(name: str) -> dict[str, Any]:
    """An answer of 200 that has no row in it, though it is of the right form."""
    if name == "direct-v3-chunks":
        sink = pa.BufferOutputStream()
        pa.ipc.new_stream(sink, pa.schema([("n", pa.int32())])).close()
        kind = {"Content-Type": "application/vnd.apache.arrow.stream"}
        return {"status": 200, "body": sink.getvalue().to_pybytes(), "headers": kind}
    if name == "rest-v1-rows":
        return {"change": lambda body: {**body, "data": [], "rowCount": 0, "done": True}}
    return {"change": lambda body: {**body, "data": [], "returnedRows": 0}}


@pytest.mark.fault("O4")
@pytest.mark.parametrize("prefetch", [0, 4])
@pytest.mark.parametrize("name", KEPT)
def test_rows_that_are_missing_are_asked_for_once_more(world: World, name: str, prefetch: int) -> None:
    kind, operation, before = PAGES[name]
    way = replace(kind, prefetch=prefetch)
    expected = clean(world, way)
    world.emulator.faults.add(Fault(operation, after=before, **without_rows(name)))
    assert way.fetch(way.execute(world)) == EXPECTED
    assert world.sent == expected + Counter({operation: 1})


@pytest.mark.fault("O4")
@pytest.mark.parametrize("name", OVER_HTTP)
def test_rows_that_stay_missing_are_no_end(world: World, name: str) -> None:
    way, operation, before = PAGES[name]
    world.emulator.faults.add(Fault(operation, after=before, times=None, **without_rows(name)))
    cursor = way.execute(world)
    read: list[Any] = []
    with pytest.raises(OperationalError):
        one_by_one(cursor, read)
    assert read == EXPECTED[: len(read)]
    failed_for_good(cursor, world)
    # V1 has an overlap of one row, by which it knows at once.
    assert world.sent[operation] == before + (1 if name == "rest-v1-rows" else 2)


@pytest.mark.fault("O5")
@pytest.mark.parametrize(("status", "prefetch"), [(400, 0), (400, 4), (416, 0)])
@pytest.mark.parametrize("name", PAGES)
def test_out_of_range_is_an_error_like_any_other(world: World, name: str, prefetch: int, status: int) -> None:
    kind, operation, before = PAGES[name]
    way = replace(kind, prefetch=prefetch)
    words = "The offset 10 is out of range: the query has 10 rows"
    facts: dict[str, Any] = {"status": status, "body": [{"errorCode": "INVALID_INPUT", "message": words}]}
    if name not in OVER_HTTP:
        facts = {"grpc": "OUT_OF_RANGE"}
    world.emulator.faults.add(Fault(operation, after=before, **facts))
    cursor = way.execute(world)
    with pytest.raises(DatabaseError) as caught:
        way.fetch(cursor)
    assert name not in OVER_HTTP or "out of range" in str(caught.value)
    if not prefetch:
        failed_for_good(cursor, world)
        assert name not in OVER_HTTP or world.sent[operation] == before + 1
    assert cursor.rowcount == -1


@pytest.mark.fault("O6")
@pytest.mark.parametrize(("arrow", "prefetch"), [(False, 4), (True, 0)], ids=["rows", "arrow"])
@pytest.mark.parametrize("code", ["UNAVAILABLE", "CANCELLED"])
@pytest.mark.parametrize("operation", ["ExecuteQuery", "GetQueryResult"])
def test_a_stream_that_breaks_goes_on_where_it_broke(
    world: World, operation: str, code: str, arrow: bool, prefetch: int
) -> None:
    """After each number of messages that the stream can have. The engine stops a statement whose stream is gone before
    it has run to its end, which is then told; a result that is there is read to its end."""
    way = Way("hyper", arrow, prefetch)
    for keep in range(1, 7):
        world.emulator.faults.clear()
        # The second one does nothing but count.
        statements = Fault("ExecuteQuery", times=None, delay=1e-9)
        world.emulator.faults.add(Fault(operation, grpc=code, keep=keep), statements)
        try:
            assert way.fetch(way.execute(world)) == EXPECTED
        except OperationalError as error:
            if (operation, error.sqlstate) != ("ExecuteQuery", "57014"):
                raise
        struck = Counter(on for on, _ in world.emulator.faults.struck)
        assert struck["ExecuteQuery"] == 1
        assert struck[operation] == 1


@pytest.mark.fault("O6")
def test_a_statement_that_broke_before_its_first_message_is_not_sent_again(world: World) -> None:
    cursor = Way("hyper").cursor(world)
    world.emulator.faults.add(Fault("ExecuteQuery", times=None, grpc="UNAVAILABLE"))
    with pytest.raises(OperationalError):
        cursor.execute("SELECT 1")
    assert len(world.emulator.faults.struck) == 1
