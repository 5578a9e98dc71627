"""Reflection from the metadata of a data space. Source: wire spec, metadata §2-3; faults V13."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from datacloud_sqlalchemy import DataCloudDialect
from tests.unit.sqlalchemy.fakes import TABLES, FakeClock, FakeConnection


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
    assert not dialect.has_schema(connection, "other")
    assert not dialect.has_table(connection, "Order__dlm", schema="other")
    assert dialect.get_table_names(connection, schema="other") == []
    assert dialect.get_view_names(connection, schema="other") == []
    with pytest.raises(sa.exc.NoSuchTableError, match=r"other\.Order__dlm"):
        dialect.get_columns(connection, "Order__dlm", schema="other")


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
            "options": {},
        }
    ]
    assert dialect.get_foreign_keys(connection, "Spend__cio") == []
    assert dialect.get_indexes(connection, "Order__dlm") == [
        {"name": None, "column_names": ["CreatedAt__c", "Id__c"], "unique": False}
    ]


def test_labels(dialect: DataCloudDialect, connection: Any) -> None:
    assert dialect.get_table_comment(connection, "order__dlm") == {"text": "Sales Order"}


@pytest.mark.parametrize(
    "ask",
    [
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
