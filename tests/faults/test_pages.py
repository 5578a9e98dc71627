"""The pages of Query API V2, one of which is late, refused or lost: the exact rows, or an error for good.

Source: wire spec, faults rules 2-4 and P1-P9, P15.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from datacloud_dbapi import OperationalError, ProgrammingError
from datacloud_emulator import Emulator, Fault, Quirks
from tests.faults.reading import FETCHES, V2_PAIR, V2_WAYS, Way, batches, failed_for_good, one_by_one
from tests.faults.world import EXPECTED, FACES, NUMBERS, World

each_way = pytest.mark.parametrize("way", V2_WAYS)
each_form = pytest.mark.parametrize("way", V2_PAIR)

LOST = {
    "reset before": {"reset": "before"},
    "reset after": {"reset": "after"},
    "reset within": {"reset": "within", "keep": 20},
    "no answer": {"delay": 1000.0},
    "cut": {"cut": True, "keep": 20},
    "empty": {"cut": True},
    "wrong length": {"wrong_length": True},
    "cut JSON": {"status": 200, "body": '{"data":[[11],[12'},
    "web page": {"status": 200, "body": "<html>log in</html>"},
}
BROKEN = {str(status): {"status": status} for status in (500, 502, 504)}
UNCLEAR = [
    pytest.param(facts, id=name, marks=pytest.mark.fault(row))
    for row, table in (("P3", LOST), ("P4", BROKEN))
    for name, facts in table.items()
]


def batch_ids(world: World) -> Counter[str]:
    """How often each page id was asked for."""
    return Counter(record.path for record in world.emulator.requests if record.operation == "batch")


@pytest.mark.fault("P1")
@each_way
def test_clean_pages(world: World, way: Way) -> None:
    cursor = way.execute(world)
    assert way.fetch(cursor) == EXPECTED
    assert cursor.rowcount == 25
    assert world.sent == {"query": 1, "batch": 2}


@pytest.mark.fault("P2")
@each_way
@pytest.mark.parametrize(
    ("facts", "waits"),
    [({"status": 429, "headers": {"Retry-After": "1"}}, 1.0), ({"status": 503}, 0.5)],
    ids=["429", "503"],
)
def test_a_page_refused_for_now_is_asked_for_again(world: World, way: Way, facts: dict[str, Any], waits: float) -> None:
    world.emulator.faults.add(Fault("batch", after=1, **facts))
    assert way.fetch(way.execute(world)) == EXPECTED
    assert sorted(batch_ids(world).values()) == [1, 2]
    assert world.sleeps == [waits]


@pytest.mark.fault("P2")
@pytest.mark.parametrize("way", [Way(), Way(arrow=True)], ids=str)
def test_not_so_outside_its_window(world: World, way: Way) -> None:
    """The id lives for 180 seconds, and the margin is 10: after 165 there is no room for a wait of 8."""
    cursor = way.execute(world)
    world.emulator.faults.add(Fault("batch", status=429, headers={"Retry-After": "8"}))
    world.emulator.clock.advance(165)
    assert cursor.fetchmany(10) == EXPECTED[:10]
    failure = failed_for_good(cursor, world)
    assert isinstance(failure, OperationalError)
    assert (failure.retry_after, world.sent["batch"], world.sleeps) == (8.0, 1, [])


@each_form
@pytest.mark.parametrize("facts", UNCLEAR)
def test_a_lost_page_fails_the_result_and_leaves_the_rows_given(world: World, way: Way, facts: dict[str, Any]) -> None:
    world.emulator.faults.add(Fault("batch", after=1, **facts))
    cursor = way.execute(world)
    assert cursor.fetchmany(7) + cursor.fetchmany(13) == EXPECTED[:20]
    failure = failed_for_good(cursor, world)
    assert isinstance(failure, OperationalError)
    assert (failure.rows_given, cursor.rownumber, cursor.status.state) == (20, 20, "failed")
    assert sorted(batch_ids(world).values()) == [1, 1]
    world.emulator.faults.clear()
    assert cursor.execute(NUMBERS).fetchall() == EXPECTED


@pytest.mark.fault("P3", "P4")
@each_form
@pytest.mark.parametrize("first", ["fetchall", "table", "for"])
def test_all_rows_are_never_fewer_than_all(world: World, way: Way, first: str) -> None:
    """Who asks for all rows gets none of them, and afterwards no others either."""
    world.emulator.faults.add(Fault("batch", after=1, status=502))
    cursor = way.execute(world)
    with pytest.raises(OperationalError):
        FETCHES[first](cursor)
    failed_for_good(cursor, world)


@pytest.mark.fault("P3", "P4")
@each_way
def test_record_batches_end_in_the_error_however_often_they_are_asked(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault("batch", after=1, status=502))
    reader = batches(way.execute(world))
    assert [next(reader).num_rows, next(reader).num_rows] == [10, 10]
    for _ in range(3):
        with pytest.raises(OperationalError):
            next(reader)


@each_way
def test_record_batches_of_a_result_that_was_replaced_are_not_those_of_the_next(world: World, way: Way) -> None:
    cursor = way.execute(world)
    reader = batches(cursor)
    assert next(reader).num_rows == 10
    cursor.execute("SELECT -n AS n FROM generate_series(1, 25) AS t(n)")
    with pytest.raises(ProgrammingError):
        next(reader)
    assert len(cursor.fetchall()) == 25


REPLAYED: dict[str, Any] = {"page_replay": True}


@pytest.mark.fault("P5")
@each_way
def test_a_page_is_replayed_where_that_is_wanted(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault("batch", reset="before"), Fault("batch", after=2, status=502))
    assert way.fetch(way.execute(world, **REPLAYED)) == EXPECTED
    assert sorted(batch_ids(world).values()) == [2, 2]


@pytest.mark.fault("P5")
@each_form
def test_once_only(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault("batch", times=2, reset="before"))
    cursor = way.execute(world, **REPLAYED)
    assert cursor.fetchmany(10) == EXPECTED[:10]
    assert isinstance(failed_for_good(cursor, world), OperationalError)
    assert list(batch_ids(world).values()) == [2]


@pytest.mark.fault("P6")
@each_form
@pytest.mark.parametrize("facts", [{"reset": "after"}, {"reset": "within", "keep": 20}, {"cut": True, "keep": 20}])
def test_a_page_that_was_used_is_said_to_be_lost(world: World, way: Way, facts: dict[str, Any]) -> None:
    world.emulator.faults.add(Fault("batch", after=1, **facts))
    cursor = way.execute(world, **REPLAYED)
    assert cursor.fetchmany(20) == EXPECTED[:20]
    failure = failed_for_good(cursor, world)
    assert isinstance(failure, OperationalError)
    assert "lost" in str(failure)
    assert sorted(batch_ids(world).values()) == [1, 2]


def nothing_more(body: dict[str, Any]) -> dict[str, Any]:
    """The end of a result, without a row."""
    rows: dict[str, Any] = {"arrowStream": None} if "arrowStream" in body else {"data": []}
    return {**body, **rows, "done": True, "rowCount": 0, "nextBatchId": None}


@pytest.mark.fault("P7")
@each_form
@pytest.mark.parametrize("lost", [0, 1], ids=["in the middle", "at the end"])
def test_an_empty_end_in_place_of_a_lost_page_is_no_end(world: World, way: Way, lost: int) -> None:
    world.emulator.faults.add(
        Fault("batch", after=lost, reset="before"), Fault("batch", after=lost + 1, change=nothing_more)
    )
    cursor = way.execute(world, **REPLAYED)
    assert cursor.fetchmany(10 + 10 * lost) == EXPECTED[: 10 + 10 * lost]
    assert isinstance(failed_for_good(cursor, world), OperationalError)
    assert sorted(batch_ids(world).values())[-1] == 2


@pytest.mark.fault("P8")
@each_form
@pytest.mark.parametrize(
    "facts",
    [{"expire_id": True}, *({"status": status} for status in (400, 404, 410))],
    ids=["expired", "400", "404", "410"],
)
def test_an_expired_id_names_the_limits(world: World, way: Way, facts: dict[str, Any]) -> None:
    world.emulator.faults.add(Fault("batch", after=1, **facts))
    cursor = way.execute(world)
    assert cursor.fetchmany(20) == EXPECTED[:20]
    failure = failed_for_good(cursor, world)
    assert isinstance(failure, OperationalError)
    assert "3 minutes" in str(failure)
    assert "1 hour" in str(failure)
    assert sorted(batch_ids(world).values()) == [1, 1]


@pytest.mark.fault("P9")
@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
@pytest.mark.parametrize("prefetch", [0, 1, 5])
def test_a_reader_that_pauses_gets_every_row_or_an_error(world: World, arrow: bool, prefetch: int) -> None:
    way = Way(arrow=arrow, prefetch=prefetch)
    cursor = way.execute(world)
    assert cursor.fetchmany(5) == EXPECTED[:5]
    world.emulator.clock.advance(200)
    try:
        assert way.fetch(cursor) == EXPECTED[5:]
        assert prefetch
    except OperationalError as error:
        if "3 minutes" not in str(error):
            raise
        failed_for_good(cursor, world)


@pytest.mark.fault("P9")
def test_a_reader_that_takes_longer_than_an_hour_gets_an_error(world: World) -> None:
    """Pauses of 170 seconds keep each id alive, and the result is over after 3,600 of them all."""
    cursor = Way().execute(world, "SELECT n FROM generate_series(1, 250) AS t(n) ORDER BY n")
    read: list[Any] = []
    with pytest.raises(OperationalError, match="1 hour"):
        one_by_one(cursor, read, lambda: world.emulator.clock.advance(170), size=10)
    assert read == [(n,) for n in range(1, len(read) + 1)]
    assert 200 <= len(read) < 250
    failed_for_good(cursor, world)


@pytest.fixture(scope="module")
def skipping() -> Iterator[Emulator]:
    """An org whose second page of three or more holds no rows."""
    with Emulator(page_rows=10, quirks=Quirks(empty_intermediate_batch=True)) as running:
        yield running


def no_stream(body: dict[str, Any]) -> dict[str, Any]:
    assert body["rowCount"] == 0
    return {name: value for name, value in body.items() if name != "arrowStream"} | {"data": []}


def null_stream(body: dict[str, Any]) -> dict[str, Any]:
    assert body["rowCount"] == 0
    return {**body, "arrowStream": None}


@pytest.mark.fault("P15")
@pytest.mark.parametrize("face", FACES)
@each_form
@pytest.mark.parametrize("change", [None, no_stream, null_stream], ids=["as it comes", "no stream", "null"])
def test_an_empty_page_is_not_the_end(skipping: Emulator, face: str, way: Way, change: Any) -> None:
    if change is not None and not way.arrow:
        change = None
    world = World(skipping, face)
    try:
        if change is not None:
            skipping.faults.add(Fault("batch", change=change))
        sql = "SELECT n, n::numeric(9, 2) AS d, 'x' || n AS t FROM generate_series(1, 25) AS t(n) ORDER BY n"
        cursor = way.execute(world, sql)
        assert [(n, int(d), t) for n, d, t in way.fetch(cursor)] == [(n, n, f"x{n}") for n in range(1, 26)]
        assert world.sent["batch"] == 3
    finally:
        world.close()
