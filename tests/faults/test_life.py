"""The life of cursors and connections: executed again, not executed, closed, at the end, failed, shared.

Results are cut small, so that every transport has further pages. Source: PEP 249; wire spec, faults rule 4, L1-L5, L8.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import datacloud_dbapi
from datacloud_dbapi import Error, InterfaceError, OperationalError, ProgrammingError
from datacloud_dbapi.partition import Partition
from datacloud_emulator import Fault
from tests.faults.reading import FETCHES, Way, batches, ways
from tests.faults.world import EXPECTED, NUMBERS, World

TRANSPORTS = ("rest-v2", "rest-v1", "query-sql", "direct-v3", "hyper")
each_way = pytest.mark.parametrize("way", ways(*TRANSPORTS))
each_form = pytest.mark.parametrize("way", ways(*TRANSPORTS, ahead=(1,)))

STATEMENT = {
    "rest-v2": "query",
    "rest-v1": "query-v1",
    "query-sql": "query-sql",
    "direct-v3": "v3-query",
    "hyper": "ExecuteQuery",
}
# What a page after the first is asked for with, for good lost as every one of them is.
PAGE_LOST: dict[tuple[str, bool], Fault] = {
    ("rest-v2", False): Fault("batch", status=500, times=None),
    ("rest-v2", True): Fault("batch", status=500, times=None),
    ("rest-v1", False): Fault("query-v1", after=2, status=500, times=None),
    ("query-sql", False): Fault("query-sql-rows", status=500, times=None),
    ("direct-v3", False): Fault("v3-rows", status=500, times=None),
    ("direct-v3", True): Fault("v3-rows", status=500, times=None),
    ("hyper", False): Fault("GetQueryResult", grpc="UNAVAILABLE", times=None),
    ("hyper", True): Fault("GetQueryResult", grpc="UNAVAILABLE", times=None),
}
Call = Callable[[Any], Any]
CALLS: dict[str, Call] = {
    **FETCHES,
    "execute": lambda cursor: cursor.execute("SELECT 1"),
    "executemany": lambda cursor: cursor.executemany("SELECT ?", [[1]]),
    "describe": lambda cursor: cursor.describe("SELECT 1"),
    "attach": lambda cursor: cursor.attach("id"),
    "read_partition": lambda cursor: cursor.read_partition(Partition("hyper", "id", 0, 1)),
    "cancel": lambda cursor: cursor.cancel(),
    "partitions": lambda cursor: cursor.partitions(),
}
OF_CONNECTION: dict[str, Call] = {
    "cursor": lambda connection: connection.cursor(),
    "attach": lambda connection: connection.attach("id"),
    "read_partition": lambda connection: connection.read_partition(Partition("hyper", "id", 0, 1)),
    "ping": lambda connection: connection.ping(),
    "commit": lambda connection: connection.commit(),
    "rollback": lambda connection: connection.rollback(),
    "metadata": lambda connection: connection.metadata,
}


def refused(error: type[Error], calls: dict[str, Call], on: Any) -> list[str]:
    """The calls that did not raise exactly this."""
    wrong = []
    for name, call in [*calls.items(), *calls.items()]:
        try:
            got = call(on)
        except Exception as raised:
            if type(raised) is not error:
                wrong.append(f"{name} raised {raised!r}")
        else:
            wrong.append(f"{name} gave {got!r}")
    return wrong


@pytest.mark.fault("L1")
@each_form
@pytest.mark.parametrize("why", ["sql", "service", "parameters"])
def test_a_second_execute_that_fails_leaves_no_first_result(cut_world: World, way: Way, why: str) -> None:
    cursor = way.execute(cut_world)
    assert cursor.fetchone() == (1,)
    cut_world.settle()
    cut_world.forget()
    if why == "service":
        fault: dict[str, Any] = {"grpc": "INTERNAL"} if way.transport == "hyper" else {"status": 500}
        cut_world.emulator.faults.add(Fault(STATEMENT[way.transport], times=None, **fault))
    with pytest.raises(OperationalError if why == "service" else ProgrammingError):
        cursor.execute("SELEC 1" if why == "sql" else "SELECT ?", {"sql": None, "service": [1], "parameters": []}[why])
    assert (cursor.description, cursor.rowcount, cursor.rownumber) == (None, -1, None)
    sent = cut_world.sent
    assert sum(sent.values()) == (0 if why == "parameters" else 1)
    assert refused(ProgrammingError, FETCHES, cursor) == []
    assert cut_world.sent == sent
    cut_world.emulator.faults.clear()
    assert way.fetch(cursor.execute(NUMBERS)) == EXPECTED


@pytest.mark.fault("L2")
@each_form
def test_nothing_is_fetched_before_execute(cut_world: World, way: Way) -> None:
    cursor = way.cursor(cut_world)
    assert (cursor.description, cursor.rowcount, cursor.rownumber) == (None, -1, None)
    assert refused(ProgrammingError, FETCHES, cursor) == []
    assert not cut_world.sent


@pytest.mark.fault("L3")
@each_form
@pytest.mark.parametrize("closed", ["cursor", "connection"])
def test_what_is_closed_says_so(cut_world: World, way: Way, closed: str) -> None:
    connection = cut_world.connect(way.transport, prefetch=way.prefetch)
    cursor, another = (connection.cursor().execute(NUMBERS, arrow=way.arrow) for _ in range(2))
    assert cursor.fetchone() == (1,)
    reading = batches(another)
    cut_world.settle()
    cut_world.forget()
    for _ in range(2):
        cursor.close()
        if closed == "connection":
            connection.close()
    # A query that is not known to be complete is stopped, once.
    assert dict(cut_world.sent) in ({}, {"CancelQuery": 1})
    cut_world.forget()
    assert refused(InterfaceError, CALLS, cursor) == []
    if closed == "connection":
        assert refused(InterfaceError, OF_CONNECTION, connection) == []
        assert refused(InterfaceError, {"next": next}, reading) == []
    assert not cut_world.sent


@pytest.mark.fault("L4")
@each_way
@pytest.mark.parametrize("sql", [NUMBERS, NUMBERS.replace("ORDER", "WHERE n < 0 ORDER")], ids=["rows", "no rows"])
def test_after_the_end_there_is_nothing_every_time(cut_world: World, way: Way, sql: str) -> None:
    cursor = way.execute(cut_world, sql)
    rows = EXPECTED if sql == NUMBERS else []
    assert cursor.fetchmany(len(rows)) == rows
    # The last row may have come without the word that it was the last.
    assert cursor.fetchone() is None
    cut_world.settle()
    sent = cut_world.sent
    for _ in range(2):
        assert (cursor.fetchone(), cursor.fetchmany(3), cursor.fetchall(), list(cursor)) == (None, [], [], [])
        assert list(batches(cursor)) == []
        table = cursor.fetch_arrow_table()
        assert (table.column_names, table.num_rows) == (["n"], 0)
    assert cursor.rowcount == cursor.rownumber == len(rows)
    assert cut_world.sent == sent


@pytest.mark.fault("L5")
@each_way
def test_an_iteration_that_failed_never_says_that_it_has_ended(cut_world: World, way: Way) -> None:
    cut_world.emulator.faults.add(PAGE_LOST[way.transport, way.arrow])
    cursor = way.execute(cut_world)
    got, raised = [], []
    for _ in range(3):
        try:
            while True:
                got.append(next(cursor))
        except OperationalError as error:
            raised.append(error)
    assert 0 < len(got) < len(EXPECTED)
    assert got == EXPECTED[: len(got)]
    assert [error is raised[0] for error in raised] == [True] * 3
    cut_world.settle()
    sent = cut_world.sent
    for fetch in (next, next, *FETCHES.values()):
        with pytest.raises(OperationalError) as caught:
            pytest.fail(f"{fetch(cursor)!r} of a result that failed")
        assert caught.value is raised[0]
    assert cut_world.sent == sent


@pytest.mark.fault("L8")
@each_form
def test_threads_share_a_connection(cut_world: World, way: Way) -> None:
    """A cursor for each; a loop belongs to one thread, so that the tasks of one take turns instead."""
    assert datacloud_dbapi.threadsafety == 2
    connection = cut_world.connect(way.transport, prefetch=way.prefetch)
    wrong: list[object] = []

    def read(first: int) -> None:
        try:
            for number in range(3):
                begin = first * 1000 + number * 100
                cursor = connection.cursor()
                cursor.execute(f"SELECT n FROM generate_series({begin}, {begin + 24}) AS t(n)", arrow=way.arrow)
                rows = cursor.fetchmany(11) + way.fetch(cursor)
                if rows != [(n,) for n in range(begin, begin + 25)]:
                    wrong.append(rows)
        except BaseException as error:  # a thread's own failure would go unseen
            wrong.append(error)

    if cut_world.face == "asyncio":
        read(1)
    else:
        threads = [threading.Thread(target=read, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
