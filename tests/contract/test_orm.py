"""The ORM on the emulator: classes over reflected objects, how they are loaded, and what a flush says.

Expected values are read from the org's own files. Source: public surface, §3; wire spec, hyper §1.6.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.declarative import DeferredReflection
from sqlalchemy.orm import Session, joinedload, registry, relationship, selectinload, subqueryload
from sqlalchemy.orm.interfaces import MANYTOONE

import datacloud_dbapi
from datacloud_emulator import Emulator
from datacloud_sqlalchemy.execution import READ_ONLY
from tests.unit.emulator.sample_org_rows import CATALOG, by_key, grouped, rows, unified_of

INDIVIDUAL, ORDER, LINE = "ssot__Individual__dlm", "ssot__SalesOrder__dlm", "ssot__SalesOrderProduct__dlm"


def queries(emulator: Emulator) -> int:
    return [str(request.operation) for request in emulator.requests].count("query")


def test_every_object_with_a_key_is_a_class(engine: sa.engine.Engine, base: Any) -> None:
    assert set(base.classes.keys()) == {name for name, entry in CATALOG.objects.items() if entry.primary_key}


def test_every_relationship_leads_to_the_rows_it_names(engine: sa.engine.Engine, base: Any) -> None:
    walked = 0
    with Session(engine) as session:
        for link in CATALOG.relationships:
            (source, column), (target, key) = link.source, link.target
            start, end = base.classes[source], base.metadata.tables[target].c[key]
            [towards] = [
                one
                for one in sa.inspect(start).relationships
                if (start.__table__.c[column], end) in one.local_remote_pairs and one.direction is MANYTOONE
            ]
            joined = sa.select(sa.func.count()).select_from(start).join(getattr(start, towards.key))
            there = Counter(row[key] for row in rows(target))
            assert session.execute(joined).scalar() == sum(there[row[column]] for row in rows(source)), link
            walked += 1
    assert walked > 10


def basket_in_files(customers: list[str]) -> dict[str, dict[str, Decimal]]:
    lines, orders = grouped(LINE, "ssot__SalesOrderId__c"), grouped(ORDER, "ssot__SoldToCustomerId__c")
    return {
        customer: {
            order["ssot__Id__c"]: sum(
                (line["ssot__TotalLineAmount__c"] for line in lines[order["ssot__Id__c"]]), Decimal()
            )
            for order in orders[customer]
        }
        for customer in customers
    }


@pytest.mark.parametrize(
    ("load", "cost"),
    [
        # One query for the people; then one a level, or one with all of them.
        (lambda one, two: selectinload(one).selectinload(two), 3),
        (lambda one, two: subqueryload(one).subqueryload(two), 3),
        (lambda one, two: joinedload(one).joinedload(two), 1),
        (lambda one, two: selectinload(one).joinedload(two), 2),
    ],
    ids=["selectinload", "subqueryload", "joinedload", "mixed"],
)
def test_loading_strategies(
    emulator: Emulator, engine: sa.engine.Engine, base: Any, load: Callable[[Any, Any], Any], cost: int
) -> None:
    person, order = base.classes[INDIVIDUAL], base.classes[ORDER]
    buyers = sorted(
        key for key in grouped(ORDER, "ssot__SoldToCustomerId__c") if key in by_key(INDIVIDUAL, "ssot__Id__c")
    )
    wanted = buyers[:5]
    options = load(person.ssot__salesorder__dlm_collection, order.ssot__salesorderproduct__dlm_collection)
    emulator.requests.clear()
    with Session(engine) as session:
        statement = sa.select(person).where(person.ssot__Id__c.in_(wanted)).options(options)
        found: dict[str, dict[str, Decimal]] = {
            each.ssot__Id__c: {
                one.ssot__Id__c: sum(
                    (line.ssot__TotalLineAmount__c for line in one.ssot__salesorderproduct__dlm_collection), Decimal()
                )
                for one in each.ssot__salesorder__dlm_collection
            }
            for each in session.execute(statement).unique().scalars()
        }
    assert found == basket_in_files(wanted)
    assert queries(emulator) == cost


def test_classes_that_are_reflected_later(engine: sa.engine.Engine) -> None:
    base: Any = registry().generate_base()

    class Reflected(DeferredReflection):
        __abstract__ = True

    class Person(Reflected, base):  # type: ignore[misc]  # a base made at run time
        __tablename__ = INDIVIDUAL
        orders = relationship("Order", back_populates="person")

    class Order(Reflected, base):  # type: ignore[misc]  # as above
        __tablename__ = ORDER
        person = relationship("Person", back_populates="orders")

    Reflected.prepare(engine)
    customer, expected = next(iter(sorted(grouped(ORDER, "ssot__SoldToCustomerId__c").items())))
    with Session(engine) as session:
        person: Any = session.get(Person, customer)
        assert sorted(order.ssot__Id__c for order in person.orders) == sorted(row["ssot__Id__c"] for row in expected)
        assert {order.person for order in person.orders} == {person}


def test_an_insight_has_no_key_until_it_is_given_one(engine: sa.engine.Engine) -> None:
    base: Any = registry().generate_base()

    class Unified(base):  # type: ignore[misc]  # a base made at run time
        __table__ = sa.Table("UnifiedIndividual__dlm", base.metadata, autoload_with=engine)

    class LifetimeValue(base):  # type: ignore[misc]  # as above
        __table__ = sa.Table(
            "CustomerLifetimeValue__cio",
            base.metadata,
            sa.Column(
                "UnifiedIndividualId__c",
                sa.String,
                sa.ForeignKey("UnifiedIndividual__dlm.ssot__Id__c"),
                primary_key=True,
            ),
            autoload_with=engine,
        )
        person = relationship(Unified, backref="values")

    unified = unified_of()
    spent: dict[str | None, Decimal] = defaultdict(Decimal)
    for order in rows(ORDER):
        if order["ssot__SalesOrderStatusId__c"] != "Cancelled":
            spent[unified.get(order["ssot__SoldToCustomerId__c"])] += order["ssot__GrandTotalAmount__c"]
    with Session(engine) as session:
        best = sa.select(LifetimeValue).order_by(LifetimeValue.TotalSpend__c.desc())
        found = session.execute(best.options(joinedload(LifetimeValue.person))).scalars().all()
        assert [each.TotalSpend__c for each in found] == [spent[each.UnifiedIndividualId__c] for each in found]
        assert [each.person.ssot__Id__c for each in found] == [each.UnifiedIndividualId__c for each in found]
        assert len(found) == len(spent.keys() - {None})


def test_a_long_result_comes_in_partitions(engine: sa.engine.Engine, base: Any) -> None:
    order = base.classes[ORDER]
    expected = sorted(row["ssot__Id__c"] for row in rows(ORDER))
    with Session(engine) as session:
        statement = sa.select(order).order_by(order.ssot__Id__c).execution_options(yield_per=700)
        parts = [[each.ssot__Id__c for each in part] for part in session.execute(statement).scalars().partitions()]
    assert [len(part) for part in parts[:-1]] == [700] * (len(parts) - 1)
    assert [key for part in parts for key in part] == expected


def insert(session: Session, person: Any) -> None:
    session.add(person(ssot__Id__c="new"))
    session.flush()


def update(session: Session, person: Any) -> None:
    [one] = session.execute(sa.select(person).limit(1)).scalars()
    one.ssot__FirstName__c = "changed"
    session.commit()


def autoflush(session: Session, person: Any) -> None:
    [one] = session.execute(sa.select(person).limit(1)).scalars()
    one.ssot__FirstName__c = "changed"
    session.execute(sa.select(person).limit(1))


def delete_in_bulk(session: Session, person: Any) -> None:
    session.execute(sa.delete(person.__table__))


def insert_many(session: Session, person: Any) -> None:
    session.execute(sa.insert(person.__table__), [{"ssot__Id__c": "a"}, {"ssot__Id__c": "b"}])


def create(session: Session, person: Any) -> None:
    sa.Table("New__dlm", sa.MetaData(), sa.Column("Id__c", sa.Integer)).create(session.connection())


@pytest.mark.parametrize("transport", ["rest-v2", "query-sql", "direct-v3", "hyper"])
@pytest.mark.parametrize("write", [insert, update, autoflush, delete_in_bulk, insert_many, create])
def test_what_writes_is_refused_with_the_reason(
    emulator: Emulator, base: Any, write: Callable[[Session, Any], None], transport: str
) -> None:
    params = {"http_transport": emulator.http_transport, "transport": transport}
    params |= {"hyper_address": emulator.hyper_address} if transport == "hyper" else {}
    engine = sa.create_engine(emulator.url, connect_args=params)
    person = base.classes[INDIVIDUAL]
    with Session(engine) as session:
        with pytest.raises(sa.exc.ProgrammingError) as caught:
            write(session, person)
        assert READ_ONLY in str(caught.value)
        assert isinstance(caught.value.orig, datacloud_dbapi.ProgrammingError)
        assert not caught.value.connection_invalidated
        session.rollback()
        # Nothing was changed, and the session goes on.
        assert session.execute(sa.select(sa.func.count()).select_from(person)).scalar() == len(rows(INDIVIDUAL))
    engine.dispose()


@pytest.mark.sockets
def test_a_writable_emulator_takes_what_a_session_flushes(tmp_path: Path) -> None:
    # An emulator wants at least one object.
    (tmp_path / "Old__dlm.csv").write_text("id\n1\n")
    base: Any = registry().generate_base()

    class Thing(base):  # type: ignore[misc]  # a base made at run time
        __tablename__ = "Thing__dlm"
        id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
        name = sa.Column(sa.String)

    engine = sa.create_engine(f"datacloud+emulator:///?data={tmp_path}&writable=true")
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Thing(id=1, name="one"), Thing(id=2, name="two"), Thing(id=3, name=None)])
        session.commit()
        first: Any = session.get(Thing, 1)
        first.name = "changed"
        session.delete(session.get(Thing, 2))
        session.commit()
    with Session(engine) as session:
        found = session.execute(sa.select(Thing).order_by(Thing.id)).scalars()
        assert [tuple[Any, ...]((each.id, each.name)) for each in found] == [(1, "changed"), (3, None)]
    base.metadata.drop_all(engine)
    assert sa.inspect(engine).get_table_names() == ["Old__dlm"]
    engine.dispose()
