"""An engine on a bare hyperd: its URL is enough, and reflection is by SQL.

Expected values are what the CREATE statements say. Source: wire spec, hyper §1.7, §4.3, §5.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL

import datacloud_dbapi
from datacloud_emulator.engine.hyperd import Engine
from datacloud_sqlalchemy.base import DataCloudDialect
from datacloud_sqlalchemy.pg_catalog import CatalogReflection

pytestmark = pytest.mark.sockets

TABLES = (
    "CREATE SCHEMA other",
    'CREATE TABLE other."two keys" ("B" INT NOT NULL, a TEXT NOT NULL, ASSUMED PRIMARY KEY (a, "B"))',
    """CREATE TABLE line (
        id BIGINT NOT NULL, "B" INT, a TEXT, n NUMERIC(10, 2) DEFAULT 1.5, made TIMESTAMP DEFAULT now(),
        ASSUMED PRIMARY KEY (id), ASSUMED UNIQUE ("B", a),
        ASSUMED FOREIGN KEY (a, "B") REFERENCES other."two keys" (a, "B")
    )""",
    "CREATE TABLE nothing ()",
    'CREATE TABLE other.said (a TEXT COLLATE "en_US", b VARCHAR(3))',
)


@pytest.fixture(scope="module")
def url() -> Iterator[URL]:
    with Engine() as engine:
        said = re.search(r"gRPC listening on (\S+)", (engine.work_dir / "output").read_text("utf-8"))
        assert said is not None
        query = {"hyper_address": said[1], "allow_insecure_loopback": "true", "transport": "hyper"}
        path = str(engine.database_dir / "bare.hyper")
        with datacloud_dbapi.connect(hyper_address=said[1], allow_insecure_loopback=True, transport="hyper") as outside:
            outside.cursor().execute(f'CREATE DATABASE "{path}"')
        yield URL.create("datacloud", query={**query, "hyper_database": path})


@pytest.fixture(scope="module")
def engine(url: URL) -> Iterator[sa.engine.Engine]:
    made = sa.create_engine(url)
    with made.begin() as connection:
        for sql in TABLES:
            connection.execute(sa.text(sql))
    yield made
    made.dispose()


def statements(engine: sa.engine.Engine) -> list[str]:
    """What the engine runs from now on."""
    seen: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


def test_names(engine: sa.engine.Engine) -> None:
    found = sa.inspect(engine)
    assert found.default_schema_name == "public"
    assert found.get_schema_names() == ["other", "public"]
    assert found.get_table_names() == found.get_table_names(schema="public") == ["line", "nothing"]
    assert found.get_table_names(schema="other") == ["said", "two keys"]
    assert found.get_view_names() == []
    assert found.has_table("two keys", schema="other")
    assert found.has_table("line")
    assert not found.has_table("two keys")
    with pytest.raises(sa.exc.NoSuchTableError):
        found.get_pk_constraint("no such table")


def test_columns_and_keys(engine: sa.engine.Engine) -> None:
    found = sa.inspect(engine)
    columns = found.get_columns("line")
    assert [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in columns] == [
        ("id", "BIGINT", False, None),
        ("B", "INTEGER", True, None),
        ("a", "TEXT", True, None),
        ("n", "NUMERIC(10, 2)", True, "1.5"),
        ("made", "TIMESTAMP", True, "now()"),
    ]
    assert found.get_columns("nothing") == []
    assert found.get_pk_constraint("two keys", schema="other")["constrained_columns"] == ["a", "B"]
    assert [key["column_names"] for key in found.get_unique_constraints("line")] == [["B", "a"]]
    said: list[Any] = [column["type"] for column in found.get_columns("said", schema="other")]
    assert [kind.collation for kind in said] == ["en_US", None]
    (key,) = found.get_foreign_keys("line")
    assert (key["constrained_columns"], key["referred_columns"]) == (["a", "B"], ["a", "B"])
    assert (key["referred_schema"], key["referred_table"]) == ("other", "two keys")


def test_an_inspector_keeps_what_it_was_told(engine: sa.engine.Engine) -> None:
    found = sa.inspect(engine)
    before = found.get_columns("line")
    seen = statements(engine)
    assert found.get_columns("line") == before
    assert seen == []
    found.info_cache.clear()
    assert found.has_table("line")
    assert len(seen) == 1


def test_a_table_that_refers_to_itself(engine: sa.engine.Engine) -> None:
    tree = sa.Table(
        "tree", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("up", sa.ForeignKey("tree.id"))
    )
    tree.create(engine)
    (key,) = sa.inspect(engine).get_foreign_keys("tree")
    assert (key["constrained_columns"], key["referred_table"], key["referred_columns"]) == (["up"], "tree", ["id"])
    tree.drop(engine)
    assert not sa.inspect(engine).has_table("tree")


def test_reflected_tables_are_queried(engine: sa.engine.Engine) -> None:
    tables = sa.MetaData()
    tables.reflect(engine)
    line, keys = tables.tables["line"], tables.tables["other.two keys"]
    with engine.begin() as connection:
        connection.execute(keys.insert(), {"B": 1, "a": "x"})
        connection.execute(line.insert().values(id=7, B=0, a="x"))
        assert connection.execute(line.update().values(B=1)).rowcount == 1
        joined = sa.select(line.c.id, line.c.n, keys.c.a).select_from(line.join(keys))
        assert [tuple(row) for row in connection.execute(joined)] == [(7, Decimal("1.50"), "x")]


@pytest.mark.skipif(sa.__version__.startswith("1."), reason="SQLAlchemy 1.4 asks table by table")
def test_all_tables_cost_a_few_statements(engine: sa.engine.Engine) -> None:
    seen = statements(engine)
    sa.MetaData().reflect(engine, resolve_fks=False)
    # Names, columns, primary and foreign keys, unique keys, comments, checks, indexes, options: one each at most.
    assert len(seen) <= 10


@pytest.mark.skipif(sa.__version__.startswith("1."), reason="create_async_engine takes the URL from SQLAlchemy 2 on")
def test_async(url: URL, engine: sa.engine.Engine) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    async def names() -> Any:
        made = create_async_engine(url)
        async with made.connect() as connection:
            found = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        await made.dispose()
        return found

    assert asyncio.run(names()) == ["line", "nothing"]


def test_a_login_makes_it_no_bare_one() -> None:
    """A URL with credentials reflects through the Metadata API, whatever the address."""
    url = URL.create("datacloud", "id", "secret", "my.example.com", query={"hyper_address": "127.0.0.1:1"})
    dialect = url.get_dialect()
    assert issubclass(dialect, DataCloudDialect)
    assert not issubclass(dialect, CatalogReflection)
