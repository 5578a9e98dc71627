"""The async engine on the emulator: rows, streams, reflection, tasks at once. Source: public surface, §3."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import registry

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_emulator import Emulator
from datacloud_sqlalchemy.aio import DataCloudAsyncDialect

ROWS = 100
SERIES = sa.text(f"SELECT n FROM generate_series(1, {ROWS}) AS t(n) ORDER BY n")


@asynccontextmanager
async def engine_on(emulator: Emulator, **params: Any) -> AsyncIterator[AsyncEngine]:
    url = make_url(emulator.url).set(drivername="datacloud+async")
    engine = create_async_engine(url, connect_args={"http_transport": emulator.async_http_transport, **params})
    emulator.requests.clear()
    yield engine
    await engine.dispose()


def counts(emulator: Emulator) -> dict[str, int]:
    said = [str(request.operation) for request in emulator.requests]
    return {operation: said.count(operation) for operation in said}


def run(emulator: Emulator, use: Callable[[AsyncEngine], Coroutine[Any, Any, None]], **params: Any) -> None:
    async def main() -> None:
        async with engine_on(emulator, **params) as engine:
            await use(engine)

    asyncio.run(main())


def test_rows_and_errors(pages: Emulator) -> None:
    async def use(engine: AsyncEngine) -> None:
        async with engine.connect() as connection:
            result = await connection.execute(SERIES)
            assert [row.n for row in result] == list(range(1, ROWS + 1))
            assert (await connection.execute(sa.select(sa.bindparam("a", "é'🙂")))).scalar() == "é'🙂"
            assert await connection.run_sync(lambda plain: plain.get_isolation_level()) == "AUTOCOMMIT"
            with pytest.raises(sa.exc.ProgrammingError) as caught:
                await connection.execute(sa.text("SELECT nothing"))
            assert isinstance(caught.value.orig, datacloud_dbapi.ProgrammingError)
            assert not caught.value.connection_invalidated
            raw = await connection.get_raw_connection()
            assert isinstance(raw.driver_connection, aio.AsyncConnection)

    run(pages, use)


def test_a_stream_is_fetched_page_by_page(pages: Emulator) -> None:
    async def use(engine: AsyncEngine) -> None:
        async with engine.connect() as connection:
            result = await connection.stream(SERIES.execution_options(yield_per=10))
            first = [row.n async for row in _some(result, 10)]
            assert first == list(range(1, 11))
            before = len(pages.requests)
            assert [row.n async for row in result] == list(range(11, ROWS + 1))
            # Nine pages were still to come.
            assert len(pages.requests) - before >= 8

    run(pages, use, prefetch=0)


async def _some(result: Any, count: int) -> AsyncIterator[Any]:
    for row in await result.fetchmany(count):
        yield row


def test_a_session_reads_and_streams(pages: Emulator) -> None:
    async def use(engine: AsyncEngine) -> None:
        async with AsyncSession(engine) as session:
            assert len((await session.execute(SERIES)).scalars().all()) == ROWS
            streamed = await session.stream(SERIES)
            assert [row.n async for row in streamed] == list(range(1, ROWS + 1))
            await session.commit()

    run(pages, use)


def test_reflection_costs_one_request_however_many_ask_at_once(pages: Emulator) -> None:
    def reflect(connection: sa.engine.Connection) -> int:
        metadata = sa.MetaData()
        metadata.reflect(connection, views=True)
        return len(metadata.tables)

    async def use(engine: AsyncEngine) -> None:
        async def task() -> int:
            async with engine.connect() as connection:
                return await connection.run_sync(reflect)

        found: list[int] = await asyncio.wait_for(asyncio.gather(*(task() for _ in range(5))), timeout=60)
        assert len(set(found)) == 1
        assert found[0] > 20
        said = counts(pages)
        assert said["metadata"] == 1
        assert "query" not in said
        # Used again after it was disposed of, it asks again.
        await engine.dispose()
        assert await task() == found[0]
        assert counts(pages)["metadata"] == 2

    run(pages, use)


def test_tasks_run_side_by_side(pages: Emulator) -> None:
    async def use(engine: AsyncEngine) -> None:
        async def task(number: int) -> int:
            async with engine.connect() as connection:
                found: Any = await connection.execute(sa.select(sa.bindparam("n", number)))
                return int(found.scalar() or 0)

        assert await asyncio.gather(*(task(number) for number in range(1, 13))) == list(range(1, 13))

    run(pages, use)


def test_a_cancelled_task_leaves_the_engine_good(pages: Emulator) -> None:
    async def use(engine: AsyncEngine) -> None:
        async def endless() -> None:
            async with engine.connect() as connection:
                while True:
                    await connection.execute(SERIES)

        task = asyncio.create_task(endless())
        while not any(str(request.operation) == "query" for request in list(pages.requests)):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with engine.connect() as connection:
            assert (await connection.execute(sa.text("SELECT 1"))).scalar() == 1

    run(pages, use)


def test_a_closed_connection_is_replaced_before_it_is_used(pages: Emulator) -> None:
    async def main() -> None:
        engine = create_async_engine(
            make_url(pages.url).set(drivername="datacloud+async"),
            pool_pre_ping=True,
            connect_args={"http_transport": pages.async_http_transport},
        )
        async with engine.connect() as connection:
            raw: Any = await connection.get_raw_connection()
            await raw.driver_connection.close()
        async with engine.connect() as connection:
            assert (await connection.execute(sa.text("SELECT 1"))).scalar() == 1
        await engine.dispose()

    asyncio.run(main())


@pytest.mark.parametrize("transport", ["query-sql", "direct-v3", "hyper"])
def test_settings_of_one_statement(pages: Emulator, transport: str) -> None:
    noon = sa.select(sa.cast(sa.literal_column("TIMESTAMPTZ '2024-07-01 12:00:00+00'"), sa.Text))
    berlin = noon.execution_options(datacloud_settings={"time_zone": "Europe/Berlin"}, workload="nightly")

    async def use(engine: AsyncEngine) -> None:
        async with engine.connect() as connection:
            assert (await connection.execute(berlin)).scalar() == "2024-07-01 14:00:00+02"
            streamed = await connection.stream(berlin)
            assert [row[0] async for row in streamed] == ["2024-07-01 14:00:00+02"]
            assert (await connection.execute(noon)).scalar() == "2024-07-01 12:00:00+00"

    run(pages, use, transport=transport, **({"hyper_address": pages.hyper_address} if transport == "hyper" else {}))


def test_a_stream_closed_early_stops_its_query(pages: Emulator) -> None:
    endless: Any = sa.select(sa.column("n")).select_from(sa.text("generate_series(1, 100000000000) AS t(n)"))

    async def use(engine: AsyncEngine) -> None:
        async with engine.connect() as connection:
            result = await connection.stream(endless.execution_options(yield_per=10))
            async for part in result.partitions():
                assert len({row.n for row in part}) == 10
                break
            assert "CancelQuery" not in counts(pages)
            await result.close()
            assert counts(pages)["CancelQuery"] == 1
            assert (await connection.execute(sa.text("SELECT 1"))).scalar() == 1

    run(pages, use, transport="hyper", hyper_address=pages.hyper_address)


def test_what_a_session_flushes_is_refused_with_the_reason(pages: Emulator) -> None:
    mapped = registry()

    class Person:
        """Mapped the way every SQLAlchemy knows."""

    async def use(engine: AsyncEngine) -> None:
        async with engine.connect() as connection:
            table = await connection.run_sync(
                lambda plain: sa.Table("ssot__Individual__dlm", mapped.metadata, autoload_with=plain)
            )
        person: Any = mapped.map_imperatively(Person, table).class_
        async with AsyncSession(engine) as session:
            session.add(person(ssot__Id__c="new"))
            with pytest.raises(sa.exc.ProgrammingError, match="read by SQL, not written"):
                await session.flush()
            await session.rollback()
            assert await session.get(person, "new") is None

    run(pages, use)


@pytest.mark.skipif(sa.__version__ < "2", reason="SQLAlchemy 1.4 wants the driver named in the URL")
def test_the_plain_url_is_enough() -> None:
    assert isinstance(create_async_engine("datacloud://").dialect, DataCloudAsyncDialect)


@pytest.mark.fault("K5")
def test_an_async_engine_shows_no_secret() -> None:
    engine = create_async_engine("datacloud+async://ID:hunter2@acme.my.salesforce.com/?password=hunter2")
    assert not [text for text in (repr(engine), str(engine.url), repr(engine.sync_engine)) if "hunter2" in text]
