"""The sample org explored as a person would: automapped, walked, added up, paged; blocking, and the same async.

Expected values are read from the org's own files. Source: public surface, §3.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Session, configure_mappers, selectinload

from datacloud_emulator import Emulator
from tests.unit.emulator.sample_org_rows import by_key, grouped, rows

Basket = dict[str, list[tuple[str, str, Decimal]]]


def best_customer() -> str:
    """The Individual with the most orders."""
    orders = grouped("ssot__SalesOrder__dlm", "ssot__SoldToCustomerId__c")
    return str(max(orders, key=lambda customer: (len(orders[customer]), customer)))


def basket_in_files(customer: str) -> Basket:
    lines = grouped("ssot__SalesOrderProduct__dlm", "ssot__SalesOrderId__c")
    products = by_key("ssot__GoodsProduct__dlm", "ssot__Id__c")
    return {
        order["ssot__Id__c"]: sorted(
            (
                line["ssot__Id__c"],
                products[line["ssot__ProductId__c"]]["ssot__Name__c"],
                line["ssot__TotalLineAmount__c"],
            )
            for line in lines[order["ssot__Id__c"]]
        )
        for order in grouped("ssot__SalesOrder__dlm", "ssot__SoldToCustomerId__c")[customer]
    }


def basket_of(individual: Any) -> Basket:
    return {
        order.ssot__Id__c: sorted(
            (line.ssot__Id__c, line.ssot__goodsproduct__dlm.ssot__Name__c, line.ssot__TotalLineAmount__c)
            for line in order.ssot__salesorderproduct__dlm_collection
        )
        for order in individual.ssot__salesorder__dlm_collection
    }


def revenue_in_files() -> dict[str | None, tuple[int, Decimal]]:
    """Number of orders and what they came to, by sales channel."""
    found: dict[str | None, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for order in rows("ssot__SalesOrder__dlm"):
        count, total = found[order["ssot__SalesChannelId__c"]]
        found[order["ssot__SalesChannelId__c"]] = count + 1, total + order["ssot__GrandTotalAmount__c"]
    return dict(found)


def revenue(orders: Any) -> Any:
    """The same as a statement."""
    channel = orders.c.ssot__SalesChannelId__c
    return sa.select(channel, sa.func.count(), sa.func.sum(orders.c.ssot__GrandTotalAmount__c)).group_by(channel)


def test_walking_from_a_person_to_what_they_bought(engine: sa.engine.Engine, base: Any) -> None:
    customer = best_customer()
    expected = basket_in_files(customer)
    assert len(expected) > 3
    with Session(engine) as session:
        individual: Any = session.get(base.classes.ssot__Individual__dlm, customer)
        assert basket_of(individual) == expected
        # And back again.
        [order, *_] = individual.ssot__salesorder__dlm_collection
        assert order.ssot__individual__dlm is individual


def test_adding_up_with_core(engine: sa.engine.Engine, base: Any) -> None:
    with engine.connect() as connection:
        found = connection.execute(revenue(base.metadata.tables["ssot__SalesOrder__dlm"])).all()
    assert {channel: (count, total) for channel, count, total in found} == revenue_in_files()


def test_paging_with_the_orm(engine: sa.engine.Engine, base: Any) -> None:
    order = base.classes.ssot__SalesOrder__dlm
    expected = sorted(row["ssot__Id__c"] for row in rows("ssot__SalesOrder__dlm"))
    statement = sa.select(order).order_by(order.ssot__Id__c)
    size = 1000
    with Session(engine) as session:
        pages = [
            [each.ssot__Id__c for each in session.execute(statement.limit(size).offset(start)).scalars()]
            for start in range(0, len(expected), size)
        ]
        assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
        assert [key for page in pages for key in page] == expected
        streamed = session.execute(statement.execution_options(yield_per=size)).scalars().partitions()
        assert [each.ssot__Id__c for part in streamed for each in part] == expected


def test_the_same_async(emulator: Emulator) -> None:
    async def main() -> None:
        url = make_url(emulator.url).set(drivername="datacloud+async")
        engine = create_async_engine(url, connect_args={"http_transport": emulator.async_http_transport})
        base: Any = automap_base()
        async with engine.connect() as connection:
            await connection.run_sync(lambda plain: base.prepare(autoload_with=plain))
            found = (await connection.execute(revenue(base.metadata.tables["ssot__SalesOrder__dlm"]))).all()
            assert {channel: (count, total) for channel, count, total in found} == revenue_in_files()
        # The collections come with the first use of a mapping; the options below name them before that.
        configure_mappers()
        classes = base.classes
        individual, order, line = (
            classes.ssot__Individual__dlm,
            classes.ssot__SalesOrder__dlm,
            classes.ssot__SalesOrderProduct__dlm,
        )
        customer = best_customer()
        down = (
            selectinload(individual.ssot__salesorder__dlm_collection)
            .selectinload(order.ssot__salesorderproduct__dlm_collection)
            .selectinload(line.ssot__goodsproduct__dlm)
        )
        async with AsyncSession(engine) as session:
            statement = sa.select(individual).where(individual.ssot__Id__c == customer).options(down)
            assert basket_of((await session.execute(statement)).scalars().one()) == basket_in_files(customer)
            expected = sorted(row["ssot__Id__c"] for row in rows("ssot__SalesOrder__dlm"))
            ordered = sa.select(order).order_by(order.ssot__Id__c).execution_options(yield_per=1000)
            streamed = await session.stream(ordered)
            assert [each.ssot__Id__c async for each in streamed.scalars()] == expected
        await engine.dispose()

    asyncio.run(main())
