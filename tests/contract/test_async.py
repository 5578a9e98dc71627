"""Many tasks on one asyncio connection, and tasks that are cancelled. Source: public surface, §1; limits §1."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from datacloud_dbapi import aio
from datacloud_emulator import Emulator

IN_FLIGHT = 5


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(page_rows=7) as running:
        yield running


class Watched:
    """Counts how many requests are under way at the same time."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.now = 0
        self.most = 0
        self.lock = threading.Lock()

    async def handle_async_request(self, request: Any) -> Any:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            return await self.inner.handle_async_request(request)
        finally:
            with self.lock:
                self.now -= 1


def test_32_tasks_of_50_queries_on_one_connection(emulator: Emulator) -> None:
    transport = emulator.async_http_transport
    watched = Watched(transport)

    class Transport(type(transport)):  # type: ignore[misc]  # a transport that is watched is still one
        async def handle_async_request(self, request: Any) -> Any:
            return await watched.handle_async_request(request)

    async def main() -> list[list[int]]:
        door = object.__new__(Transport)
        door.__dict__.update(vars(transport))
        async with await aio.connect(**emulator.connect_params(), http_transport=door) as connection:

            async def task(number: int) -> list[int]:
                found = []
                for query in range(50):
                    cursor = connection.cursor()
                    await cursor.execute(
                        "SELECT :a + n FROM generate_series(1, 9) AS t(n)", {"a": number * 1000 + query}
                    )
                    found.append(sum([row[0] async for row in cursor]))
                return found

            return await asyncio.gather(*(task(number) for number in range(32)))

    found = asyncio.run(main())
    assert found == [[9 * (number * 1000 + query) + 45 for query in range(50)] for number in range(32)]
    assert 1 < watched.most <= IN_FLIGHT


@pytest.mark.parametrize("transport", ["query-sql", "direct-v3", "hyper"])
def test_a_cancelled_task_cancels_its_query_at_the_service(emulator: Emulator, transport: str) -> None:
    async def main() -> None:
        async with await aio.connect(**emulator.connect_params(transport=transport)) as connection:
            cursor = connection.cursor()
            task = asyncio.create_task(cursor.execute("SELECT pg_sleep(30)"))
            while cursor.query_id is None:
                assert not task.done(), task
                await asyncio.sleep(0.01)
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # The next query does not wait for the one that was given up.
            assert await (await connection.cursor().execute("SELECT 1")).fetchall() == [(1,)]
            assert time.monotonic() - began < 20

    asyncio.run(main())


def test_closing_leaves_no_warning_and_no_task(emulator: Emulator) -> None:
    async def main() -> set[str]:
        connection = await aio.connect(**emulator.connect_params())
        await connection.cursor().execute("SELECT n FROM generate_series(1, 99) AS t(n)")
        await connection.close()
        await asyncio.sleep(0)
        return {task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()}

    asyncio.run(main(), debug=True)
