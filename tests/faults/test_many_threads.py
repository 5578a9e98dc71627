"""Eight threads, or tasks, on one connection whose token dies every few requests: exact rows, one login per death.

Source: wire spec, faults T5, T9, T11, L8; auth §4.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_emulator import Emulator
from datacloud_emulator.faults import Fault
from datacloud_emulator.quirks import Quirks
from tests.faults.ways import WAYS, Way
from tests.faults.world import FACES

WORKERS = 8
WIDTH = 25
LONG = 10
"""Every so many queries one has a result of three pages."""

Rows = list[tuple[int]]


@pytest.fixture(scope="module")
def busy_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Its limits are far away: what is asked here is no matter of them."""
    folder: Path = tmp_path_factory.mktemp("org")
    (folder / "Thing__dlm.csv").write_text("id\n1\n")
    quirks = Quirks(requests_per_second=1_000_000, requests_per_day=1_000_000)
    with Emulator(data=folder, page_rows=10, quirks=quirks) as running:
        yield running


def statement(worker: int, number: int) -> tuple[str, Rows]:
    """A query that no other worker asks, and its rows."""
    first = (worker * 1000 + number) * WIDTH
    last = first + (WIDTH if number % LONG == 0 else 3) - 1
    return f"SELECT n FROM generate_series({first}, {last}) AS t(n)", [(n,) for n in range(first, last + 1)]


def by_threads(org: Emulator, way: Way, queries: int) -> list[str]:
    """Run them all; the queries whose rows were not theirs, and whatever was raised."""
    wrong: list[str] = []

    def work(connection: Any, worker: int) -> None:
        try:
            for number in range(queries):
                sql, expected = statement(worker, number)
                if sorted(way.execute(connection, sql).fetchall()) != expected:
                    wrong.append(sql)
        except BaseException as error:  # a thread's own failure would go unseen
            wrong.append(repr(error))

    given = org.connect_params(transport=way.transport)
    with datacloud_dbapi.connect(**given, http_transport=org.http_transport) as connection:
        threads = [threading.Thread(target=work, args=(connection, worker)) for worker in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return wrong


def by_tasks(org: Emulator, way: Way, queries: int) -> list[str]:
    """As `by_threads`, with tasks of one event loop."""
    wrong: list[str] = []

    async def work(connection: aio.AsyncConnection, worker: int) -> None:
        for number in range(queries):
            sql, expected = statement(worker, number)
            cursor = await connection.cursor().execute(sql, arrow=way.arrow)
            if sorted(await cursor.fetchall()) != expected:
                wrong.append(sql)

    async def all_of_them() -> None:
        given = org.connect_params(transport=way.transport)
        async with await aio.connect(**given, http_transport=org.async_http_transport) as connection:
            await asyncio.gather(*(work(connection, worker) for worker in range(WORKERS)))

    asyncio.run(all_of_them())
    return wrong


@pytest.mark.fault("T5", "T9", "T11", "L8")
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("way", "queries", "every"),
    [(WAYS[0], 200, 50), (WAYS[3], 25, 40), (WAYS[4], 25, 40), (WAYS[7], 25, 40)],
    ids=["rest-v2", "query-sql", "direct-v3", "hyper-arrow"],
)
def test_a_token_that_keeps_dying_costs_one_login_each_time(
    busy_org: Emulator, face: str, way: Way, queries: int, every: int
) -> None:
    org = busy_org
    if face != "blocking":
        # Tasks take turns at points that do not change from one to the next; it is threads that need many.
        queries = min(queries, every)
    most = 2 * WORKERS * queries // every
    deaths = [Fault(way.statement, after=every * number - 1, expire_token=True) for number in range(1, most + 1)]
    org.faults.clear()
    org.faults.add(*deaths)
    org.requests.clear()
    assert (by_threads if face == "blocking" else by_tasks)(org, way, queries) == []
    records, struck = list(org.requests), len(org.faults.struck)
    org.faults.clear()
    statements = [record for record in records if record.operation == way.statement]
    refused = [record for record in statements if record.status in (401, 16)]  # HTTP's and gRPC's
    assert len(statements) == WORKERS * queries + len(refused)
    assert struck == len(statements) // every
    assert len(refused) >= struck >= WORKERS * queries // every
    for name in way.login:
        assert sum(record.operation == name for record in records) == 1 + struck
