"""What V2 pages say of themselves: columns, places and counts that do not fit are an error, never other rows.

Source: wire spec, faults P16-P23.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from datacloud_dbapi import Error, InternalError, NotSupportedError
from datacloud_emulator import Fault
from tests.faults.reading import V2_PAIR, V2_WAYS, Way, failed_for_good, one_by_one, ways
from tests.faults.world import World

each_way = pytest.mark.parametrize("way", V2_WAYS)
each_form = pytest.mark.parametrize("way", V2_PAIR)
rows_ways = pytest.mark.parametrize("way", [Way(prefetch=1)], ids=str)
arrow_ways = pytest.mark.parametrize("way", [Way(arrow=True)], ids=str)

Body = dict[str, Any]
Change = Callable[[Body], Body]
SQL = "SELECT n, 'r' || n AS t, n::numeric(9, 2) AS d FROM generate_series(1, 25) AS s(n) ORDER BY n"
ROWS = [(n, f"r{n}", Decimal(n)) for n in range(1, 26)]


def table_changed(change: Callable[[pa.Table], pa.Table]) -> Change:
    """A change of an answer's Arrow stream."""

    def changed(body: Body) -> Body:
        with pa.ipc.open_stream(base64.b64decode(body["arrowStream"])) as reader:
            table = change(reader.read_all())
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return {**body, "arrowStream": base64.b64encode(sink.getvalue().to_pybytes()).decode()}

    return changed


def exact_or_refused(world: World, way: Way, first: int, sql: str = SQL, expected: list[Any] = ROWS) -> None:
    """The rows of the first `first` are given; those after them are exact, or the result has failed with IE."""
    cursor = way.execute(world, sql)
    assert cursor.fetchmany(first) == expected[:first]
    try:
        assert way.fetch(cursor) == expected[first:]
    except InternalError:
        failed_for_good(cursor, world)


def refused(world: World, way: Way, given: int) -> Error:
    """The first `given` rows are given, no other is, and the result has failed with IE."""
    cursor = way.execute(world, SQL)
    assert cursor.fetchmany(given) == ROWS[:given]
    failure = failed_for_good(cursor, world)
    assert isinstance(failure, InternalError)
    assert (cursor.rownumber, failure.rows_given) == (given, given)
    return failure


def without_metadata(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "metadata"}


@pytest.mark.fault("P16")
@each_form
@pytest.mark.parametrize("change", [without_metadata, lambda body: {**body, "metadata": None}], ids=["none", "null"])
def test_a_later_page_without_metadata_has_the_first_ones(world: World, way: Way, change: Change) -> None:
    world.emulator.faults.add(Fault("batch", times=None, change=change))
    assert way.fetch(way.execute(world, SQL)) == ROWS


def turned(body: Body) -> Body:
    """The columns in the opposite order, in metadata and rows alike."""
    metadata = {name: {**facts, "placeInOrder": -facts["placeInOrder"]} for name, facts in body["metadata"].items()}
    low = min(facts["placeInOrder"] for facts in metadata.values())
    metadata = {name: {**facts, "placeInOrder": facts["placeInOrder"] - low} for name, facts in metadata.items()}
    return {**body, "metadata": metadata, "data": [row[::-1] for row in body["data"]]}


@pytest.mark.fault("P17")
@rows_ways
def test_a_later_page_in_another_order_is_put_right(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault("batch", change=turned))
    assert way.fetch(way.execute(world, SQL)) == ROWS


@pytest.mark.fault("P17")
@arrow_ways
def test_in_arrow_it_is_put_right_or_refused(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault("batch", change=table_changed(lambda table: table.select(["d", "t", "n"]))))
    exact_or_refused(world, way, 10)


def metadata_changed(change: Callable[[Body], Body], cell: Callable[[list[Any]], list[Any]] = list) -> Change:
    return lambda body: {**body, "metadata": change(body["metadata"]), "data": [cell(row) for row in body["data"]]}


OTHER_COLUMNS: dict[str, Change] = {
    "renamed": metadata_changed(lambda old: {"m" if name == "n" else name: facts for name, facts in old.items()}),
    "other case": metadata_changed(lambda old: {name.upper(): facts for name, facts in old.items()}),
    "retyped": metadata_changed(lambda old: {**old, "n": {**old["n"], "type": "VARCHAR", "typeCode": 12}}),
    "added": metadata_changed(lambda old: {**old, "m": {**old["n"], "placeInOrder": 9}}, lambda row: [*row, 1]),
    "dropped": metadata_changed(
        lambda old: {name: facts for name, facts in old.items() if name != "d"}, lambda row: row[:2]
    ),
}
OTHER_TABLES: dict[str, Callable[[pa.Table], pa.Table]] = {
    "renamed": lambda table: table.rename_columns(["m", "t", "d"]),
    "other case": lambda table: table.rename_columns(["N", "t", "d"]),
    "to float": lambda table: table.set_column(0, "n", table.column(0).cast(pa.float64())),
    "from text": lambda table: table.set_column(1, "t", table.column(0)),
    "other scale": lambda table: table.set_column(2, "d", table.column(2).cast(pa.decimal128(12, 5))),
    "to time": lambda table: table.set_column(0, "n", table.column(0).cast(pa.int64()).cast(pa.timestamp("us"))),
    "added": lambda table: table.append_column("m", table.column(0)),
    "dropped": lambda table: table.select(["n", "t"]),
}


@pytest.mark.fault("P18")
@rows_ways
@pytest.mark.parametrize("change", OTHER_COLUMNS.values(), ids=OTHER_COLUMNS)
def test_a_later_page_with_other_columns_gives_no_row(world: World, way: Way, change: Change) -> None:
    world.emulator.faults.add(Fault("batch", after=1, change=change))
    refused(world, way, 20)


@pytest.mark.fault("P18")
@arrow_ways
def test_text_in_arrow_is_what_the_metadata_beside_it_say(world: World, way: Way) -> None:
    """Text under metadata of another type is read as that type; with metadata of its own it is another column."""
    as_text = table_changed(lambda table: table.set_column(0, "n", table.column(0).cast(pa.string())))
    world.emulator.faults.add(Fault("batch", after=1, change=as_text))
    exact_or_refused(world, way, 20)
    world.emulator.faults.add(
        Fault("batch", after=1, change=lambda body: OTHER_COLUMNS["retyped"](as_text({**body, "data": []})))
    )
    refused(world, way, 20)


@pytest.mark.fault("P18")
@arrow_ways
@pytest.mark.parametrize("change", OTHER_TABLES.values(), ids=OTHER_TABLES)
def test_nor_does_one_in_arrow(world: World, way: Way, change: Callable[[pa.Table], pa.Table]) -> None:
    world.emulator.faults.add(Fault("batch", after=1, change=table_changed(change)))
    refused(world, way, 20)


def of_row(number: int, change: Callable[[list[Any]], list[Any]]) -> Change:
    def changed(body: Body) -> Body:
        data = [change(row) if place == number else row for place, row in enumerate(body["data"])]
        return {**body, "data": data}

    return changed


ODD_ROWS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "shorter": lambda row: row[:2],
    "longer": lambda row: [*row, None],
    "empty": lambda row: [],
}


@pytest.mark.fault("P19")
@rows_ways
@pytest.mark.parametrize("place", [0, 4])
@pytest.mark.parametrize("change", ODD_ROWS.values(), ids=ODD_ROWS)
@pytest.mark.parametrize("bare", [False, True], ids=["with metadata", "without"])
def test_a_row_of_another_length(
    world: World, way: Way, change: Callable[[list[Any]], list[Any]], place: int, bare: bool
) -> None:
    odd = of_row(place, change)
    world.emulator.faults.add(
        Fault("batch", after=1, change=(lambda body: without_metadata(odd(body))) if bare else odd)
    )
    refused(world, way, 20)


@pytest.mark.fault("P19")
@rows_ways
def test_a_row_of_another_length_on_the_first_page(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault("query", change=of_row(3, ODD_ROWS["longer"])))
    with pytest.raises(InternalError):
        way.execute(world, SQL)


def counted(number: int) -> Change:
    return lambda body: {**body, "rowCount": number}


@pytest.mark.fault("P20")
@each_form
@pytest.mark.parametrize(
    "faults",
    [
        [Fault("query", change=counted(7))],
        [Fault("query", change=counted(99))],
        [Fault("batch", change=counted(9))],
        [Fault("batch", after=1, change=counted(6))],
        [Fault("batch", after=1, change=counted(24))],
        # That a later answer has the whole result's count makes up for nothing.
        [Fault("query", change=counted(99)), Fault("batch", change=counted(25))],
        [Fault("query", change=counted(99)), Fault("batch", after=1, change=counted(25))],
    ],
    ids=["first too few", "first too many", "second", "last", "whole", "two counts", "first and last"],
)
def test_a_row_count_that_fits_nothing(world: World, way: Way, faults: list[Fault]) -> None:
    """The end is not told of, so that all rows together are never had."""
    world.emulator.faults.add(*faults)
    read: list[Any] = []
    with pytest.raises(InternalError):
        one_by_one(way.execute(world, SQL), read)
    assert read == ROWS[: len(read)]


@pytest.mark.fault("P20")
@each_way
def test_a_row_count_of_the_whole_result_fits(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault("query", change=counted(25)), Fault("batch", times=None, change=counted(25)))
    assert way.fetch(way.execute(world, SQL)) == ROWS


def placed(n: int, t: int, d: int) -> Change:
    places = {"n": n, "t": t, "d": d}
    return lambda body: {
        **body,
        "metadata": {name: {**facts, "placeInOrder": places[name]} for name, facts in body["metadata"].items()},
    }


@pytest.mark.fault("P21")
@each_form
@pytest.mark.parametrize("places", [(0, 2, 3), (0, 0, 1), (-1, 0, 5)], ids=str)
@pytest.mark.parametrize("operation", ["query", "batch"])
def test_places_with_a_gap_or_twice(world: World, way: Way, places: tuple[int, int, int], operation: str) -> None:
    world.emulator.faults.add(Fault(operation, change=placed(*places)))
    if operation == "batch":
        exact_or_refused(world, way, 10)
        return
    try:
        assert way.fetch(way.execute(world, SQL)) == ROWS
    except InternalError:
        assert len(set(places)) < 3, "a gap leaves no doubt of the order"


def one_name(body: Body) -> str:
    """The answer as a service would write it that keeps both of two columns of one name."""
    columns = '"x":{"type":"INTEGER","placeInOrder":1},"x":{"type":"VARCHAR","placeInOrder":0}'
    rows = ",".join(f'["{n}",{n}]' for n in range(1, 4))
    return f'{{"data":[{rows}],"done":true,"rowCount":3,"metadata":{{{columns}}}}}'


@pytest.mark.fault("P22")
@rows_ways
def test_one_name_twice_in_the_metadata(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault("query", change=one_name))
    cursor = way.execute(world, SQL)
    assert [column[0] for column in cursor.description] == ["x", "x"]
    assert cursor.fetchall() == [("1", 1), ("2", 2), ("3", 3)]


@pytest.mark.fault("P22")
@pytest.mark.parametrize("way", ways("rest-v1", "rest-v2", "query-sql", "direct-v3", "hyper", ahead=(0,)))
def test_columns_of_one_name(world: World, way: Way) -> None:
    """A service that keeps one of the two in its metadata leaves rows that are longer than the columns."""
    try:
        cursor = way.execute(world, "SELECT 1 AS x, 'one' AS x, 2 AS x")
    except (InternalError, NotSupportedError):
        assert way.transport == "rest-v1" or (way.transport == "rest-v2" and not way.arrow)
        return
    assert [column[0] for column in cursor.description] == ["x", "x", "x"]
    assert way.fetch(cursor) == [(1, "one", 2)]


NO_ROWS = "SELECT n FROM generate_series(1, 3) AS t(n) WHERE n > 5"


@pytest.mark.fault("P23")
@pytest.mark.parametrize("way", ways("rest-v1", "rest-v2", "query-sql", "direct-v3", "hyper", ahead=(0,)))
def test_zero_rows(world: World, way: Way) -> None:
    cursor = way.execute(world, NO_ROWS)
    assert [column[0] for column in cursor.description] == ["n"]
    assert cursor.rowcount == 0
    assert (cursor.fetchone(), cursor.fetchmany(5), cursor.fetchall()) == (None, [], [])
    assert way.fetch(cursor) == []
    assert cursor.fetchone() is None


@pytest.mark.fault("P23")
@pytest.mark.parametrize("operation", ["query", "query-v1"])
@pytest.mark.parametrize("metadata", [None, {}, without_metadata], ids=["null", "empty", "left out"])
@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
def test_zero_rows_without_metadata(world: World, operation: str, metadata: Any, arrow: bool) -> None:
    way = Way("rest-v2" if operation == "query" else "rest-v1", arrow and operation == "query")
    change = metadata if callable(metadata) else lambda body: {**body, "metadata": metadata}
    world.emulator.faults.add(Fault(operation, change=change))
    cursor = way.execute(world, NO_ROWS)
    assert (cursor.fetchall(), cursor.fetchone()) == ([], None)
    if way.arrow:  # which has its columns itself
        assert ([column[0] for column in cursor.description], cursor.rowcount) == (["n"], 0)
    else:  # it may as well have been an INSERT: how many rows that changed, nobody said
        assert (cursor.description, cursor.rowcount) == (None, -1)
    assert way.fetch(cursor) == []
