"""SQLAlchemy on the emulator: statements, reflection, pandas, and what each costs in requests.

Expected rows stand in the statements' table, or are computed by another tool from the same data.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS
from sqlalchemy.orm import Session, registry

import datacloud_dbapi
from datacloud_emulator import Emulator
from tests.unit.sqlalchemy.statements import NUMBERS, ROWS, SELECTS, N

CATALOG = """
[objects.Numbers__dlm]
label = "Numbers"
category = "Related"
primary_key = ["Id__c"]
columns.Name__c = { label = "Given name" }

[[relationships]]
from = "Numbers__dlm.Name__c"
to = "Names__dlm.Name__c"

[insights.Sum__cio]
label = "Sum by name"
sql = "SELECT Name__c, SUM(Amount__c) AS Total__c FROM Numbers__dlm GROUP BY 1"
dimensions = ["Name__c"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("numbers")
    ids, amounts, names = zip(*ROWS, strict=True)
    columns: dict[str, Any] = {
        "Id__c": pa.array(ids, pa.int32()),
        "Amount__c": pa.array(amounts, pa.decimal128(38, 18)),
        "Name__c": pa.array(names, pa.string()),
    }
    pq.write_table(pa.table(columns), path / "Numbers__dlm.parquet")
    (path / "Names__dlm.csv").write_text("Name__c\nAda\nbob\n")
    (path / "catalog.toml").write_text(CATALOG)
    return path


@pytest.fixture(scope="module")
def numbers(folder: Path) -> Iterator[Emulator]:
    with Emulator(folder) as running:
        yield running


@pytest.fixture
def engine(numbers: Emulator) -> Iterator[sa.engine.Engine]:
    """An engine on the small data space, in process."""
    made = sa.create_engine(numbers.url, connect_args={"http_transport": numbers.http_transport})
    numbers.requests.clear()
    yield made
    made.dispose()


def operations(emulator: Emulator) -> list[str]:
    return [str(request.operation) for request in emulator.requests]


@pytest.mark.parametrize(("statement", "sql", "rows"), SELECTS.values(), ids=SELECTS)
def test_statements_mean_what_they_say(engine: sa.engine.Engine, statement: Any, sql: str, rows: list[Any]) -> None:
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(statement)]
        assert found == rows
        assert [[type(value) for value in row] for row in found] == [[type(value) for value in row] for row in rows]
        # The same with every value written into the text by the compiler; text knows no uuid.
        if not isinstance(statement, sa.sql.elements.TextClause):
            assert [tuple(row) for row in connection.execute(sa.text(sql.replace(":", r"\:")))] == [
                tuple(str(value) if isinstance(value, uuid.UUID) else value for value in row) for row in rows
            ]


def test_every_word_can_be_a_name(engine: sa.engine.Engine) -> None:
    more = {"assumed", "collation", "concurrently", "lambda", "lateral", "tablesample", "year", "filter", "over", "key"}
    words = sorted(RESERVED_WORDS | more | {"a$b", "a b", 'a"b', "é", "Mixed"})
    inner = sa.select(*[sa.literal_column(str(number)).label(word) for number, word in enumerate(words)]).subquery(
        "all"
    )
    with engine.connect() as connection:
        result = connection.execute(sa.select(*[inner.c[word] for word in words]))
        assert list(result.keys()) == words
        assert tuple(result.one()) == tuple(range(len(words)))


def test_odd_parameter_names_and_values(engine: sa.engine.Engine) -> None:
    values = ["O'Neil", 'a"b', "--", "/* :x */", "?", ":Name__c_1", "$$", "\\", "é🙂", "%", "%(x)s"]
    columns: list[Any] = [sa.bindparam(f"{value}!", value).label(f"c{number}") for number, value in enumerate(values)]
    with engine.connect() as connection:
        assert tuple(connection.execute(sa.select(*columns)).one()) == tuple(values)


def test_connecting_runs_no_sql_and_metadata_is_asked_for_once(engine: sa.engine.Engine, numbers: Emulator) -> None:
    with engine.connect():
        pass
    assert "query" not in operations(numbers)
    inspector = sa.inspect(engine)
    inspector.get_table_names()
    metadata = sa.MetaData()
    metadata.reflect(engine, views=True)
    assert metadata.tables["Numbers__dlm"].info == {"kind": "DataModelObject", "category": "Related"}
    [key] = metadata.tables["Numbers__dlm"].foreign_key_constraints
    assert key.info == {"enforced": False, "cardinality": "NTOONE"}
    for name in inspector.get_table_names() + inspector.get_view_names():
        inspector.get_columns(name)
        inspector.get_foreign_keys(name)
    assert inspector.has_table("numbers__DLM")
    assert operations(numbers).count("metadata") == 1
    assert "query" not in operations(numbers)
    engine.dispose()
    sa.inspect(engine).get_table_names()
    assert operations(numbers).count("metadata") == 2


def test_reflection(engine: sa.engine.Engine) -> None:
    inspector = sa.inspect(engine)
    assert inspector.get_schema_names() == [inspector.default_schema_name] == ["default"]
    assert sorted(inspector.get_table_names()) == ["Names__dlm", "Numbers__dlm"]
    assert inspector.get_view_names() == ["Sum__cio"]
    columns = {column["name"]: column for column in inspector.get_columns("Numbers__dlm")}
    assert {name: column["type"].compile(dialect=engine.dialect) for name, column in columns.items()} == {
        "Id__c": "NUMERIC(38, 18)",
        "Amount__c": "NUMERIC(38, 18)",
        "Name__c": "VARCHAR",
    }
    assert columns["Name__c"]["comment"] == "Given name"
    assert inspector.get_pk_constraint("Numbers__dlm")["constrained_columns"] == ["Id__c"]
    assert inspector.get_table_comment("Numbers__dlm") == {"text": "Numbers"}
    assert [key["referred_table"] for key in inspector.get_foreign_keys("Numbers__dlm")] == ["Names__dlm"]
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_columns("Missing__dlm")


@pytest.mark.parametrize("schema", [None, "default"])
def test_a_reflected_table_can_be_queried(engine: sa.engine.Engine, schema: str | None) -> None:
    metadata = sa.MetaData()
    table = sa.Table("Numbers__dlm", metadata, schema=schema, autoload_with=engine)
    assert [column.name for column in table.primary_key] == ["Id__c"]
    [key] = table.foreign_keys
    assert key.column.table.name == "Names__dlm"
    with engine.connect() as connection:
        rows = connection.execute(sa.select(table.c.Id__c, table.c.Amount__c).order_by(table.c.Id__c)).all()
    assert [tuple(row) for row in rows] == [row[:2] for row in ROWS]


def test_an_insight_is_a_view(engine: sa.engine.Engine) -> None:
    view = sa.Table("Sum__cio", sa.MetaData(), autoload_with=engine)
    assert [column.name for column in view.columns] == ["Name__c", "Total__c"]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(view).where(view.c.Name__c == "bob")).all()
    assert [tuple(row) for row in rows] == [("bob", Decimal("-2.25"))]


def test_reflecting_the_sample_org_costs_one_request(emulator: Emulator) -> None:
    made = sa.create_engine(emulator.url, connect_args={"http_transport": emulator.http_transport})
    emulator.requests.clear()
    metadata = sa.MetaData()
    metadata.reflect(made, views=True)
    assert len(metadata.tables) > 20
    inspector = sa.inspect(made)
    if sa.__version__ >= "2":
        every: Any = {"kind": sa.engine.reflection.ObjectKind.ANY}
        for ask in ("columns", "pk_constraint", "foreign_keys", "indexes", "table_comment", "unique_constraints"):
            assert {name for _, name in getattr(inspector, f"get_multi_{ask}")(**every)} == set(metadata.tables)
    assert [operation for operation in operations(emulator) if operation in {"metadata", "query"}] == ["metadata"]
    made.dispose()


def test_every_object_of_the_sample_org_is_reflected_as_it_answers(emulator: Emulator) -> None:
    made = sa.create_engine(emulator.url, connect_args={"http_transport": emulator.http_transport})
    metadata = sa.MetaData()
    metadata.reflect(made, views=True)
    assert len(metadata.tables) > 20
    with made.connect() as connection:
        for table in metadata.tables.values():
            # Every column is there under its name, and its values are of the type it was reflected with.
            row = connection.execute(sa.select(table).limit(1)).mappings().one()
            assert list(row) == [column.name for column in table.columns]
            for column in table.columns:
                value = row[column.name]
                # The Metadata API says NUMBER of every number, also of a count.
                kinds = (Decimal, int, float) if isinstance(column.type, sa.Numeric) else column.type.python_type
                assert value is None or isinstance(value, kinds), (table.name, column.name)
    made.dispose()


@pytest.mark.skipif(
    sa.__version__ < "2" and not pd.__version__.startswith("2.1."), reason="pandas 2.2 and later need SQLAlchemy 2"
)
def test_pandas_reads_what_was_loaded(engine: sa.engine.Engine, folder: Path) -> None:
    expected = pq.read_table(folder / "Numbers__dlm.parquet").to_pylist()
    with engine.connect() as connection:
        by_text = pd.read_sql("SELECT * FROM Numbers__dlm ORDER BY Id__c", connection)
        by_select = pd.read_sql(sa.select(NUMBERS).order_by(N.Id__c), connection)
        by_name = pd.read_sql_table("Numbers__dlm", connection).sort_values("Id__c")
        chunks = list(pd.read_sql(sa.select(NUMBERS).order_by(N.Id__c), connection, chunksize=2))
    assert [len(chunk) for chunk in chunks] == [2, 1]
    for frames in ([by_text], [by_select], chunks):
        assert [
            {name: None if pd.isna(value) else value for name, value in row.items()}
            for frame in frames
            for row in frame.to_dict("records")
        ] == expected
    assert by_name["Id__c"].tolist() == [1, 2, 3]


def test_the_orm_reads(engine: sa.engine.Engine) -> None:
    class Number:
        """Mapped the way every SQLAlchemy knows."""

    mapped: Any = Number
    registry().map_imperatively(mapped, NUMBERS, primary_key=[N.Id__c])
    with Session(engine) as session:
        found = session.execute(sa.select(mapped).where(mapped.Name__c.ilike("B%"))).scalars().one()
        assert (found.Id__c, found.Amount__c) == (2, Decimal("-2.25"))
        assert session.get(mapped, 9) is None


def test_errors_carry_what_the_service_said(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as caught:
        connection.execute(sa.text("SELECT nothing FROM Numbers__dlm"))
    assert isinstance(caught.value.orig, datacloud_dbapi.ProgrammingError)
    assert caught.value.orig.position == 8
    assert not caught.value.connection_invalidated


@pytest.mark.fault("K5")
def test_a_wrong_secret_is_shown_nowhere(numbers: Emulator) -> None:
    url = sa.engine.make_url(numbers.url).set(password="hunter2-hunter2")
    made = sa.create_engine(url, connect_args={"http_transport": numbers.http_transport})
    with pytest.raises(sa.exc.OperationalError) as caught:
        made.connect()
    assert "hunter2" not in f"{caught.value!r} {caught.value} {made!r}"


def test_a_closed_connection_is_replaced_before_it_is_used(numbers: Emulator) -> None:
    made = sa.create_engine(numbers.url, pool_pre_ping=True, connect_args={"http_transport": numbers.http_transport})
    with made.connect() as connection:
        driver_connection: Any = connection.connection.dbapi_connection
        driver_connection.close()
    with made.connect() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1
    made.dispose()


def test_autocommit_may_be_asked_for(numbers: Emulator) -> None:
    made = sa.create_engine(
        numbers.url, isolation_level="AUTOCOMMIT", connect_args={"http_transport": numbers.http_transport}
    )
    with made.connect() as connection:
        assert connection.get_isolation_level() == "AUTOCOMMIT"
        assert connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("SELECT 1")).scalar() == 1
    with made.begin() as connection:
        assert connection.execute(sa.text("SELECT 2")).scalar() == 2
    made.dispose()


def test_a_statement_is_compiled_once(engine: sa.engine.Engine) -> None:
    def compiled() -> int:
        return len(engine._compiled_cache or ())

    with engine.connect() as connection:
        for wanted in (1, 2, 3):
            statement = sa.select(N.Name__c).where(N.Id__c.in_([wanted, wanted]))
            assert connection.execute(statement).scalar() == ROWS[wanted - 1][2]
            assert compiled() == 1


def hyperds() -> set[int]:
    """Engines that this process started."""
    children = psutil.Process(os.getpid()).children(recursive=True)
    return {child.pid for child in children if "hyperd" in child.name()}


@pytest.mark.sockets
def test_an_engine_has_an_emulator_of_its_own(folder: Path) -> None:
    before = hyperds()
    made = sa.create_engine(f"datacloud+emulator:///?data={folder}&page_rows=2")
    assert hyperds() == before  # nothing starts before it is needed
    with made.connect() as connection:
        rows = connection.execute(sa.select(N.Id__c).order_by(N.Id__c)).all()
        assert [row[0] for row in rows] == [1, 2, 3]
        assert len(hyperds() - before) == 1
        made.dispose()
        # Still checked out, and still good.
        assert connection.execute(sa.select(sa.func.count()).select_from(NUMBERS)).scalar() == 3
        # Its pool is gone: without this it would be dropped some time later, not closed.
        connection.detach()
    assert hyperds() == before
    assert sa.inspect(made).get_view_names() == ["Sum__cio"]  # used again, started again
    made.dispose()
    assert hyperds() == before


@pytest.mark.sockets
def test_an_unknown_folder_is_the_drivers_error(tmp_path: Path) -> None:
    before = hyperds()
    made = sa.create_engine(f"datacloud+emulator:///?data={tmp_path / 'missing'}")
    with pytest.raises(sa.exc.InterfaceError, match="missing"):
        made.connect()
    assert hyperds() == before
