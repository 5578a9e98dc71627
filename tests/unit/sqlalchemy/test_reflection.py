"""Reflection from the metadata of a data space. Source: wire spec, metadata §2-3; faults V13."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.automap import automap_base

from datacloud_dbapi.errors import AuthenticationError, Error, ProgrammingError, ProtocolError, RateLimitError
from datacloud_dbapi.services.metadata import Relationship
from datacloud_sqlalchemy import DataCloudDialect
from tests.unit.sqlalchemy.fakes import TABLES, FakeClock, FakeConnection

new_in_2 = pytest.mark.skipif(sa.__version__ < "2", reason="SQLAlchemy 1.4 asks table by table")

# An insight as tools find it. Source: wire spec, calculated-insights §8.
SPEND_COLUMNS = {
    "PersonId__c": {"role": "dimension", "rollupable": None, "display_name": "Person"},
    "Total__c": {"role": "measure", "rollupable": True, "display_name": "Total"},
}
SPEND = {"kind": "CalculatedInsight", "relationships": [{"from_table": "Order__dlm", "to_table": "Spend__cio"}]}


@pytest.fixture
def dialect() -> DataCloudDialect:
    return DataCloudDialect()


@pytest.fixture
def connection() -> Any:
    return FakeConnection().through_sqlalchemy()


def test_names(dialect: DataCloudDialect, connection: Any) -> None:
    assert dialect.get_table_names(connection) == [
        "Order__dlm",
        "Person__dlm",
        "Raw__dll",
        "Odd_'\"%__dlm",
        "twin__dlm",
        "TWIN__dlm",
    ]
    assert dialect.get_view_names(connection) == ["Spend__cio"]
    assert dialect.get_schema_names(connection) == ["default"]


def test_the_schema_is_the_data_space(dialect: DataCloudDialect, connection: Any) -> None:
    assert dialect.has_schema(connection, "default")
    assert dialect.has_table(connection, "Order__dlm", schema="default")
    assert dialect.get_view_names(connection, schema="default") == ["Spend__cio"]
    # Where Hyper keeps every object, as the compiler takes it, too.
    assert dialect.has_table(connection, "Order__dlm", schema="public")


def test_another_data_space_is_refused_with_a_reason(dialect: DataCloudDialect) -> None:
    driver = FakeConnection()
    connection = driver.through_sqlalchemy()
    assert not dialect.has_schema(connection, "other")
    assert not dialect.has_table(connection, "Order__dlm", schema="other")
    reason = r"other\..*: this connection sees the data space 'default' only; make an engine whose URL names 'other'"
    with pytest.raises(sa.exc.NoSuchTableError, match=reason):
        dialect.get_table_names(connection, schema="other")
    with pytest.raises(sa.exc.NoSuchTableError, match=reason):
        dialect.get_view_names(connection, schema="other")
    with pytest.raises(sa.exc.NoSuchTableError, match=reason):
        dialect.get_columns(connection, "Order__dlm", schema="other")
    with pytest.raises(sa.exc.NoSuchTableError, match=reason):
        sa.MetaData().reflect(driver.engine(), schema="other")
    with pytest.raises(sa.exc.NoSuchTableError, match=reason):
        sa.Table("Order__dlm", sa.MetaData(), schema="other", autoload_with=driver.engine())
    assert driver.requests == 0


@pytest.mark.fault("V13")
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Order__dlm", True),
        ("ORDER__DLM", True),  # any case, where it leaves no doubt
        ("twin__dlm", True),
        ("Twin__dlm", False),  # two objects differ in case alone, and this is neither
        ("Odd_'\"%__dlm", True),
        ("Order__dl%", False),
        ("Order_%", False),
        ("Order__dlm'--", False),
        ("", False),
    ],
)
def test_a_name_is_matched_as_it_stands(dialect: DataCloudDialect, connection: Any, name: str, found: bool) -> None:
    assert dialect.has_table(connection, name) is found


def test_an_exact_name_beats_another_case(dialect: DataCloudDialect, connection: Any) -> None:
    categories = {table.name: table.category for table in TABLES}
    snapshot = dialect._snapshot(connection)
    for name in ("twin__dlm", "TWIN__dlm"):
        found = snapshot.find(name)
        assert found is not None
        assert (found.name, found.category) == (name, categories[name])


def test_columns(dialect: DataCloudDialect, connection: Any) -> None:
    columns = dialect.get_columns(connection, "Order__dlm")
    shown = [(column["name"], column["type"].compile(dialect=dialect), column["comment"]) for column in columns[:4]]
    assert shown == [
        ("Amount__c", "NUMERIC(38, 18)", "Amount"),
        ("CreatedAt__c", "TIMESTAMP WITH TIME ZONE", "Created at"),
        ("Id__c", "VARCHAR", "Id"),
        ("PersonId__c", "VARCHAR", "Person"),
    ]
    assert columns[4]["name"] == "Tags__c"
    assert isinstance(columns[4]["type"], sa.ARRAY)
    assert [(column["nullable"], column["default"]) for column in columns] == [(True, None)] * 5


def test_an_insight_has_its_dimensions_before_its_measures(dialect: DataCloudDialect, connection: Any) -> None:
    assert [column["name"] for column in dialect.get_columns(connection, "Spend__cio")] == ["PersonId__c", "Total__c"]


def test_keys_and_indexes(dialect: DataCloudDialect, connection: Any) -> None:
    assert dialect.get_pk_constraint(connection, "Order__dlm") == {
        "constrained_columns": ["Id__c", "PersonId__c"],
        "name": None,
    }
    assert dialect.get_pk_constraint(connection, "Spend__cio") == {"constrained_columns": [], "name": None}
    assert dialect.get_foreign_keys(connection, "Order__dlm") == [
        {
            "name": None,
            "constrained_columns": ["PersonId__c"],
            "referred_schema": None,
            "referred_table": "Person__dlm",
            "referred_columns": ["Id__c"],
            "options": {"info": {"enforced": False, "cardinality": "NTOONE"}},
        }
    ]
    assert dialect.get_foreign_keys(connection, "Spend__cio") == []
    # Listed at its other end alone, in other letters.
    assert dialect.get_foreign_keys(connection, "Raw__dll", schema="default") == [
        {
            "name": None,
            "constrained_columns": ["Flag__c"],
            "referred_schema": "default",
            "referred_table": "Person__dlm",
            "referred_columns": ["Id__c"],
            "options": {"info": {"enforced": False, "cardinality": "ONETOONE"}},
        }
    ]
    assert dialect.get_foreign_keys(connection, "Person__dlm") == []
    assert dialect.get_indexes(connection, "Order__dlm") == [
        {"name": None, "column_names": ["CreatedAt__c", "Id__c"], "unique": False}
    ]


def test_labels(dialect: DataCloudDialect, connection: Any) -> None:
    assert dialect.get_table_comment(connection, "order__dlm") == {"text": "Sales Order"}


def test_what_sqlalchemy_has_no_word_for_stands_in_info(dialect: DataCloudDialect, connection: Any) -> None:
    def info(table: str) -> dict[str, Any]:
        return {column["name"]: column["info"] for column in dialect.get_columns(connection, table) if column["info"]}

    assert info("Order__dlm") == {"Id__c": {"key_qualifier": "KQ_Id__c"}}
    assert info("Person__dlm") == {"Id__c": {"business_type": "TEXT"}}
    assert info("Spend__cio") == SPEND_COLUMNS
    assert dialect.get_table_info(connection, "Person__dlm") == {
        "kind": "DataModelObject",
        "category": "Profile",
        "reference_model": "Individual",
    }
    assert dialect.get_table_info(connection, "Raw__dll") == {"kind": "DataLakeObject"}
    assert dialect.get_table_info(connection, "spend__CIO") == SPEND


def by_inspector(engine: Any) -> Any:
    inspector: Any = sa.inspect(engine)
    columns = inspector.get_columns("Spend__cio")
    return {column["name"]: column["info"] for column in columns}, inspector.get_table_info("Spend__cio")


def by_inspector_of_many(engine: Any) -> Any:
    inspector: Any = sa.inspect(engine)
    [columns] = inspector.get_multi_columns(kind=sa.engine.reflection.ObjectKind.VIEW).values()
    return {column["name"]: column["info"] for column in columns}, inspector.get_table_info("Spend__cio")


def shown(table: Any) -> Any:
    return {column.name: column.info for column in table.columns}, table.info


def by_table(engine: Any) -> Any:
    return shown(sa.Table("Spend__cio", sa.MetaData(), autoload_with=engine))


def by_metadata(engine: Any) -> Any:
    metadata = sa.MetaData()
    metadata.reflect(engine, views=True)
    return shown(metadata.tables["Spend__cio"])


def by_automap(engine: Any) -> Any:
    metadata = sa.MetaData()
    metadata.reflect(engine, views=True)
    base: Any = automap_base(metadata=metadata)
    spend = metadata.tables["Spend__cio"]

    class Spend(base):  # type: ignore[misc]  # a class made at run time
        __table__ = spend
        # The ORM wants a key, and an insight has none.
        __mapper_args__: ClassVar[Any] = {"primary_key": [c for c in spend.columns if c.info["role"] == "dimension"]}

    base.prepare()
    columns = {column.key: column.info for column in sa.inspect(Spend).columns}
    return columns, Spend.__table__.info


@pytest.mark.parametrize(
    "way", [by_inspector, pytest.param(by_inspector_of_many, marks=new_in_2), by_table, by_metadata, by_automap]
)
def test_an_insight_tells_its_dimensions_and_measures(way: Any) -> None:
    columns, info = way(FakeConnection().engine())
    assert list(columns) == ["PersonId__c", "Total__c"]
    assert (columns, info) == (SPEND_COLUMNS, SPEND)


def test_an_insight_whose_objects_are_spelled_in_another_way(dialect: DataCloudDialect) -> None:
    driver = FakeConnection()
    links = (
        Relationship("ORDER__DLM", "SPEND__cio", cardinality="ONETON"),
        Relationship("Hidden__dlm", "Spend__cio", "Id__c", "HiddenId__c"),
    )
    driver.tables = [
        replace(table, relationships=links * 2) if table.name == "Spend__cio" else table for table in TABLES
    ]
    assert dialect.get_table_info(driver.through_sqlalchemy(), "Spend__cio")["relationships"] == [
        {"from_table": "Order__dlm", "to_table": "Spend__cio", "cardinality": "ONETON"},
        {"from_table": "Hidden__dlm", "to_table": "Spend__cio", "from_column": "Id__c", "to_column": "HiddenId__c"},
    ]


def test_an_inspector_stays_with_the_catalogue_it_began_with(dialect: DataCloudDialect) -> None:
    driver = FakeConnection()
    info_cache: dict[Any, Any] = {}
    connection = driver.through_sqlalchemy()
    names = dialect.get_table_names(connection, info_cache=info_cache)
    driver.tables = []
    dialect.metadata_cache.clear()
    for name in names:
        dialect.get_columns(connection, name, info_cache=info_cache)
        dialect.get_foreign_keys(connection, name, info_cache=info_cache)
    assert driver.requests == 1
    info_cache.clear()
    assert dialect.get_table_names(connection, info_cache=info_cache) == []


# What SQLAlchemy 2 asks of many tables at once, by the question for one.
MANY = {
    "get_columns": "get_multi_columns",
    "get_pk_constraint": "get_multi_pk_constraint",
    "get_foreign_keys": "get_multi_foreign_keys",
    "get_indexes": "get_multi_indexes",
    "get_table_comment": "get_multi_table_comment",
    "get_unique_constraints": "get_multi_unique_constraints",
    "get_check_constraints": "get_multi_check_constraints",
    "get_table_options": "get_multi_table_options",
}
TABLE_NAMES = [table.name for table in TABLES if table.kind != "CalculatedInsight"]


def comparable(answer: Any) -> str:
    """The answer as text: types of SQLAlchemy are never equal."""
    return repr(answer)


@new_in_2
@pytest.mark.parametrize(("one", "many"), MANY.items())
def test_many_are_told_what_each_is_told(one: str, many: str) -> None:
    inspector = sa.inspect(FakeConnection().engine())
    for kind, names in (("TABLE", TABLE_NAMES), ("VIEW", ["Spend__cio"]), ("ANY", [table.name for table in TABLES])):
        answers = getattr(inspector, many)(kind=getattr(sa.engine.reflection.ObjectKind, kind))
        assert list(answers) == [(None, name) for name in names]
        for (_, name), answer in answers.items():
            assert comparable(answer) == comparable(getattr(inspector, one)(name))


@new_in_2
@pytest.mark.parametrize("many", MANY.values())
def test_some_of_many(many: str) -> None:
    kinds, scopes = sa.engine.reflection.ObjectKind, sa.engine.reflection.ObjectScope
    ask = getattr(sa.inspect(FakeConnection().engine()), many)
    names = ["ORDER__dlm", "Missing__dlm", "Spend__cio", "Twin__dlm"]
    assert list(ask(filter_names=names)) == [(None, "ORDER__dlm")]
    assert list(ask(filter_names=names, kind=kinds.ANY)) == [(None, "ORDER__dlm"), (None, "Spend__cio")]
    assert list(ask(schema="default", filter_names=["Raw__dll"])) == [("default", "Raw__dll")]
    assert ask(kind=kinds.MATERIALIZED_VIEW) == {}
    assert ask(scope=scopes.TEMPORARY) == {}
    assert len(ask(scope=scopes.ANY)) == len(TABLE_NAMES)


def test_tables_carry_all_that_is_known() -> None:
    metadata = sa.MetaData()
    driver = FakeConnection()
    metadata.reflect(driver.engine(), views=True)
    assert driver.requests == 1
    assert set(metadata.tables) == {table.name for table in TABLES}
    order = metadata.tables["Order__dlm"]
    assert (order.comment, order.info) == ("Sales Order", {"kind": "DataModelObject", "category": "Engagement"})
    assert (order.c.Id__c.comment, order.c.Id__c.info) == ("Id", {"key_qualifier": "KQ_Id__c"})
    assert [column.name for column in order.primary_key] == ["Id__c", "PersonId__c"]
    assert [[column.name for column in index.columns] for index in order.indexes] == [["CreatedAt__c", "Id__c"]]
    [key] = order.foreign_key_constraints
    assert key.info == {"enforced": False, "cardinality": "NTOONE"}
    assert key.referred_table is metadata.tables["Person__dlm"]
    # Facts of one table are its own.
    order.c.Id__c.info["mine"] = True
    again = sa.MetaData()
    again.reflect(driver.engine())
    assert "mine" not in again.tables["Order__dlm"].c.Id__c.info


@pytest.mark.parametrize(
    ("failure", "shown"),
    [
        (AuthenticationError("No such session", hint="log in again"), "OperationalError"),
        (ProgrammingError("Not allowed", http_status=403), "ProgrammingError"),
        (RateLimitError("Too many requests", http_status=429), "OperationalError"),
        (ProtocolError("Not JSON"), "InternalError"),
    ],
)
def test_a_refusal_is_told_as_for_a_statement(failure: Error, shown: str) -> None:
    driver = FakeConnection()
    inspector = sa.inspect(driver.engine())
    driver.refusal = failure
    with pytest.raises(sa.exc.DBAPIError) as caught:
        inspector.get_table_names()
    assert type(caught.value).__name__ == shown
    assert caught.value.orig is failure
    assert str(failure) in str(caught.value)
    # The next question asks again.
    driver.refusal = None
    assert len(inspector.get_table_names()) == len(TABLE_NAMES)


@pytest.mark.parametrize(
    "ask",
    [
        "get_table_info",
        "get_columns",
        "get_pk_constraint",
        "get_foreign_keys",
        "get_indexes",
        "get_table_comment",
        "get_table_options",
        "get_unique_constraints",
        "get_check_constraints",
        "get_view_definition",
    ],
)
def test_an_unknown_table(dialect: DataCloudDialect, connection: Any, ask: str) -> None:
    with pytest.raises(sa.exc.NoSuchTableError, match="Missing__dlm"):
        getattr(dialect, ask)(connection, "Missing__dlm")


def test_an_insights_sql_is_not_told(dialect: DataCloudDialect, connection: Any) -> None:
    with pytest.raises(NotImplementedError, match="does not tell"):
        dialect.get_view_definition(connection, "Spend__cio")


def test_one_request_answers_everything_until_its_time_is_up() -> None:
    clock, driver = FakeClock(), FakeConnection()
    dialect = DataCloudDialect(metadata_ttl=300.0, clock=clock)
    connection = driver.through_sqlalchemy()

    def ask() -> int:
        dialect.get_table_names(connection)
        dialect.get_columns(connection, "Order__dlm")
        dialect.get_foreign_keys(connection, "Order__dlm")
        return driver.requests

    assert ask() == 1
    clock.now += 299.9
    assert ask() == 1
    clock.now += 0.1
    assert ask() == 2
    driver.tables = driver.tables[:1]
    assert len(dialect.get_table_names(connection)) == 6  # still the kept answer
    dialect.metadata_cache.clear()
    assert dialect.get_table_names(connection) == ["Order__dlm"]
    assert driver.requests == 3


def test_threads_that_ask_at_once_share_one_request() -> None:
    dialect, driver = DataCloudDialect(), FakeConnection()
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        dialect.get_columns(driver.through_sqlalchemy(), "Order__dlm")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert driver.requests == 1


def test_a_failed_request_is_not_kept() -> None:
    dialect, driver = DataCloudDialect(), FakeConnection()
    answers = iter([OSError("lost"), driver.tables])

    def load() -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(OSError, match="lost"):
        dialect.metadata_cache.snapshot(load)
    assert dialect.metadata_cache.snapshot(load).find("Order__dlm") is driver.tables[0]
