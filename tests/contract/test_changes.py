"""Statements that change data, over every transport: no description, nothing to fetch, and how many rows they changed.

An org refuses them; a writable emulator runs them. V1 and V2 do not tell such a statement from a query that found
nothing, so there the count is unknown, and there are no rows.
Source: PEP 249 (description, rowcount, fetch*); wire spec, hyper §3 (affected rows); faults P23.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

import datacloud_dbapi
from datacloud_emulator import Emulator
from tests.faults.world import FACES, World

# How many rows each changes, one after the other.
STEPS = [
    ("CREATE TABLE {table} (n INTEGER, word VARCHAR(9))", 0),
    ("INSERT INTO {table} SELECT n, 'old' FROM generate_series(1, 50000) AS t(n)", 50_000),
    ("INSERT INTO {table} VALUES (-1, NULL)", 1),
    ("UPDATE {table} SET word = 'new' WHERE n <= 20", 21),
    ("UPDATE {table} SET word = 'new' WHERE n = 50001", 0),
    ("DELETE FROM {table} WHERE word = 'old'", 49_980),
    ("DROP TABLE {table}", 0),
]
TELLING = ("query-sql", "direct-v3", "hyper")
TABLES = (f"changed_{number}" for number in count())


@pytest.fixture(scope="module")
def writable() -> Iterator[Emulator]:
    with Emulator(writable=True) as emulator:
        yield emulator


@pytest.fixture(params=FACES)
def world(request: pytest.FixtureRequest, writable: Emulator) -> Iterator[World]:
    made = World(writable, request.param)
    yield made
    made.close()


def nothing_to_fetch(cursor: Any) -> None:
    for fetch in (cursor.fetchone, cursor.fetchmany, cursor.fetchall, cursor.fetch_arrow_table, cursor.fetch_df):
        with pytest.raises(datacloud_dbapi.ProgrammingError, match="returns no rows"):
            fetch()


# With a timeout the answer brings an id alone, and all else is asked for.
@pytest.mark.parametrize("timeout", [None, 30.0], ids=["at once", "with a timeout"])
@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
@pytest.mark.parametrize("transport", TELLING)
def test_the_rows_that_a_statement_changed_are_counted(
    world: World, transport: str, arrow: bool, timeout: float | None
) -> None:
    connection, table = world.connect(transport, prefetch=2), next(TABLES)
    for sql, changed in STEPS:
        cursor = connection.cursor().execute(sql.format(table=table), arrow=arrow, timeout=timeout)
        assert (cursor.description, cursor.rowcount, cursor.status.state) == (None, changed, "finished"), sql
        nothing_to_fetch(cursor)
        again = connection.attach(cursor.query_id)
        assert (again.description, again.rowcount) == (None, changed), sql
        nothing_to_fetch(again)
        # A query, which is none of them, afterwards: with its columns also where it finds nothing.
        cursor.execute("SELECT 1 AS one WHERE 1 = 2")
        assert ([each[0] for each in cursor.description], cursor.rowcount, cursor.fetchall()) == (["one"], 0, [])


@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
@pytest.mark.parametrize("transport", ["rest-v1", "rest-v2"])
def test_where_the_service_does_not_tell_the_count_is_unknown(world: World, transport: str, arrow: bool) -> None:
    connection, table = world.connect(transport), next(TABLES)
    for sql, _ in STEPS[:-1]:
        cursor = connection.cursor().execute(sql.format(table=table), arrow=arrow)
        assert (cursor.description, cursor.rowcount, cursor.fetchall()) == (None, -1, []), sql
    assert cursor.execute(f"SELECT count(*) AS n FROM {table}").fetchall() == [(21,)]


@pytest.mark.parametrize(("transport", "told"), [*((each, True) for each in TELLING), ("rest-v2", False)])
def test_many_sets_of_parameters_are_counted_together(world: World, transport: str, told: bool) -> None:
    connection, table = world.connect(transport), next(TABLES)
    cursor = connection.cursor().execute(f"CREATE TABLE {table} (n INTEGER)")
    cursor.executemany(f"INSERT INTO {table} VALUES (:n), (:n), (0)", [{"n": n} for n in (1, 2)])
    assert cursor.rowcount == (6 if told else -1)
    cursor.executemany(f"DELETE FROM {table} WHERE n = :n", [{"n": n} for n in (0, 1, 5)])
    assert cursor.rowcount == (4 if told else -1)
    assert cursor.execute(f"SELECT n FROM {table}").fetchall() == [(2,), (2,)]
    assert cursor.rowcount == 2
