"""The tools that sit on SQLAlchemy, as they are installed: pandas, polars, sqlalchemy-utils, Alembic, sqlacodegen.

Expected values are read from the org's own files. Source: public surface, §3.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from datacloud_emulator import Emulator
from datacloud_sqlalchemy.execution import READ_ONLY
from tests.unit.emulator.sample_org_rows import CATALOG, by_key, grouped, rows

INDIVIDUAL, ORDER = "ssot__Individual__dlm", "ssot__SalesOrder__dlm"
CHANNEL, TOTAL = "ssot__SalesChannelId__c", "ssot__GrandTotalAmount__c"
BY_CHANNEL = f"SELECT {CHANNEL}, COUNT(*) AS n, SUM({TOTAL}) AS total FROM {ORDER} GROUP BY 1"

pandas_for_sqlalchemy_2 = pytest.mark.skipif(
    sa.__version__ < "2" and not pd.__version__.startswith("2.1."), reason="pandas 2.2 and later need SQLAlchemy 2"
)
needs = pytest.importorskip


def channels_in_files() -> dict[Any, tuple[int, Decimal]]:
    return {
        name: (len(each), sum((row[TOTAL] for row in each), Decimal()))
        for name, each in grouped(ORDER, CHANNEL).items()
    }


# --- pandas ---


@pandas_for_sqlalchemy_2
@pytest.mark.parametrize("dtype_backend", [None, "pyarrow"])
def test_pandas_reads_a_query(engine: sa.engine.Engine, dtype_backend: Any) -> None:
    options = {} if dtype_backend is None else {"dtype_backend": dtype_backend}
    with engine.connect() as connection:
        frames = [
            pd.read_sql(sa.text(BY_CHANNEL), connection, **options),
            pd.read_sql_query(BY_CHANNEL, connection, **options),
        ]
    for frame in frames:
        found = {row[CHANNEL]: (row["n"], round(float(row["total"]), 2)) for row in frame.to_dict("records")}
        assert found == {name: (count, float(total)) for name, (count, total) in channels_in_files().items()}
        if dtype_backend:
            assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)


@pandas_for_sqlalchemy_2
def test_pandas_reads_in_chunks(engine: sa.engine.Engine) -> None:
    table = sa.Table(ORDER, sa.MetaData(), autoload_with=engine)
    ordered = sa.select(table.c.ssot__Id__c, table.c[TOTAL]).order_by(table.c.ssot__Id__c)
    expected = sorted((row["ssot__Id__c"], row[TOTAL]) for row in rows(ORDER))
    with engine.connect().execution_options(stream_results=True) as connection:
        chunks = list(pd.read_sql(ordered, connection, chunksize=1000, coerce_float=False))
        assert {len(chunk) for chunk in chunks[:-1]} == {1000}
        assert [tuple(row) for chunk in chunks for row in chunk.itertuples(index=False)] == expected


@pandas_for_sqlalchemy_2
def test_pandas_reads_a_table_by_name(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        whole = pd.read_sql_table(ORDER, connection, index_col="ssot__Id__c")
        some = pd.read_sql_table(ORDER, connection, columns=["ssot__Id__c", CHANNEL], schema="default")
    expected = by_key(ORDER, "ssot__Id__c")
    assert set(whole.index) == set(expected)
    assert sorted(round(value, 2) for value in whole[TOTAL]) == sorted(float(row[TOTAL]) for row in expected.values())
    # Aware timestamps stay aware.
    assert str(whole["ssot__PurchaseOrderDate__c"].dt.tz) == "UTC"
    assert dict(some.itertuples(index=False, name=None)) == {key: row[CHANNEL] for key, row in expected.items()}


@pandas_for_sqlalchemy_2
def test_pandas_writes_nothing_to_a_service_that_reads(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as caught:
        pd.DataFrame({"a": [1]}).to_sql("New__dlm", connection)
    assert READ_ONLY in str(caught.value)


@pandas_for_sqlalchemy_2
@pytest.mark.sockets
@pytest.mark.parametrize("method", [None, "multi"])
def test_pandas_writes_to_a_writable_emulator(tmp_path: Path, method: Any) -> None:
    (tmp_path / "Old__dlm.csv").write_text("id\n1\n")
    engine = sa.create_engine(f"datacloud+emulator:///?data={tmp_path}&writable=true")
    written = pd.DataFrame({"id": [1, 2, 3], "name": ["a", "b'c", "é"], "score": [0.5, 1e300, -0.25]})
    with engine.begin() as connection:
        written.to_sql("New__dlm", connection, index=False, method=method)
        written.to_sql("New__dlm", connection, index=False, method=method, if_exists="append")
        read = pd.read_sql_table("New__dlm", connection)
    engine.dispose()
    assert sorted(read.itertuples(index=False, name=None)) == sorted([*written.itertuples(index=False, name=None)] * 2)


# --- polars ---


@pytest.mark.parametrize("given", ["engine", "connection", "driver"])
def test_polars_reads_a_query(engine: sa.engine.Engine, given: str) -> None:
    polars = needs("polars")
    with engine.connect() as connection:
        way: Any = {"engine": engine, "connection": connection, "driver": connection.connection.dbapi_connection}[given]
        frame = polars.read_database(BY_CHANNEL, way)
    found = {name: (count, round(float(total), 2)) for name, count, total in frame.rows()}
    assert found == {name: (count, float(total)) for name, (count, total) in channels_in_files().items()}


# --- sqlalchemy-utils ---


@pytest.mark.sockets
def test_sqlalchemy_utils_and_databases(emulator: Emulator) -> None:
    utils = needs("sqlalchemy_utils")
    assert utils.database_exists(emulator.url) is True
    wrong = sa.engine.make_url(emulator.url).set(password="wrong")
    assert utils.database_exists(wrong) is False
    for change in (utils.create_database, utils.drop_database):
        with pytest.raises(sa.exc.ProgrammingError, match="Only statements that read are accepted"):
            change(emulator.url)


def test_sqlalchemy_utils_and_what_is_reflected(engine: sa.engine.Engine) -> None:
    utils = needs("sqlalchemy_utils")
    from sqlalchemy.ext.automap import automap_base

    base: Any = automap_base()
    base.prepare(autoload_with=engine)
    person, order = base.classes[INDIVIDUAL], base.classes[ORDER]
    assert utils.get_tables(person) == [base.metadata.tables[INDIVIDUAL]]
    assert list(utils.get_primary_keys(person)) == ["ssot__Id__c"]
    assert "ssot__FirstName__c" in utils.get_columns(person)
    assert utils.get_mapper(person).class_ is person
    referring = {key.parent.table.name for key in utils.get_referencing_foreign_keys(person)}
    towards = {link.source[0] for link in CATALOG.relationships if link.target[0] == INDIVIDUAL}
    assert referring == towards
    assert utils.get_class_by_table(base, base.metadata.tables[ORDER]) is order
    one = next(iter(rows(ORDER)))
    with Session(engine) as session:
        found = session.get(order, one["ssot__Id__c"])
        assert utils.identity(found) == (one["ssot__Id__c"],)
        assert not utils.has_changes(found)
        # A statement with its values written out is what the service answers.
        counted = sa.select(sa.func.count()).select_from(order).where(order.ssot__Id__c == one["ssot__Id__c"])
        written_out = str(counted.compile(engine, compile_kwargs={"literal_binds": True}))
        assert session.execute(sa.text(written_out)).scalar() == 1


# --- Alembic ---

ENV = """
from alembic import context
from sqlalchemy import MetaData, create_engine

if context.is_offline_mode():
    context.configure(url="{url}", target_metadata=MetaData())
    context.run_migrations()
else:
    with create_engine("{url}").connect() as connection:
        context.configure(connection=connection, target_metadata=MetaData())
        context.run_migrations()
"""


@pytest.mark.sockets
@pytest.mark.parametrize("command", ["upgrade head", "current", "revision --autogenerate", "upgrade head --sql"])
def test_alembic_refuses_in_one_line(emulator: Emulator, tmp_path: Path, command: str) -> None:
    needs("alembic")
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text(ENV.format(url=emulator.url))
    (tmp_path / "migrations" / "script.py.mako").write_text("")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    emulator.requests.clear()
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *command.split()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and not line.startswith("INFO")]
    assert len(said) == 1, done.stderr
    assert "FAILED: Data Cloud has no migrations" in said[0]
    assert "query" not in [str(request.operation) for request in emulator.requests]
    assert not list((tmp_path / "migrations" / "versions").iterdir())


# --- sqlacodegen ---


def generated(emulator: Emulator, generator: str, folder: Path) -> ModuleType:
    """The module that sqlacodegen writes for the whole org, imported."""
    needs("sqlacodegen")
    file = folder / f"org_{generator}.py"
    # An object whose key leads to another's is no kind of the other one.
    options = ["--generator", generator, "--outfile", str(file)]
    options += ["--options", "nojoined"] if generator == "declarative" else []
    command = [sys.executable, "-m", "sqlacodegen", *options, emulator.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def everything() -> set[str]:
    return {*CATALOG.objects, *CATALOG.insights}


@pytest.mark.sockets
def test_a_generated_model_file_is_queried(emulator: Emulator, engine: sa.engine.Engine, tmp_path: Path) -> None:
    module: Any = generated(emulator, "declarative", tmp_path)
    assert set(module.Base.metadata.tables) == everything()
    classes = {mapper.local_table.name: mapper.class_ for mapper in module.Base.registry.mappers}
    order = classes[ORDER]
    [towards] = [one for one in sa.inspect(order).relationships if one.mapper.class_ is classes[INDIVIDUAL]]
    people = by_key(INDIVIDUAL, "ssot__Id__c")
    sold = next(row for row in rows(ORDER) if row["ssot__SoldToCustomerId__c"] in people)
    with Session(engine) as session:
        found: Any = session.get(order, sold["ssot__Id__c"])
        assert found.ssot__GrandTotalAmount__c == sold[TOTAL]
        person = getattr(found, towards.key)
        assert person.ssot__PersonName__c == people[sold["ssot__SoldToCustomerId__c"]]["ssot__PersonName__c"]


@pytest.mark.sockets
def test_generated_tables_are_queried(emulator: Emulator, engine: sa.engine.Engine, tmp_path: Path) -> None:
    module: Any = generated(emulator, "tables", tmp_path)
    assert set(module.metadata.tables) == everything()
    table = module.metadata.tables[ORDER]
    counted = sa.select(table.c[CHANNEL], sa.func.count(), sa.func.sum(table.c[TOTAL])).group_by(table.c[CHANNEL])
    with engine.connect() as connection:
        found = {name: (count, total) for name, count, total in connection.execute(counted)}
    assert found == channels_in_files()
