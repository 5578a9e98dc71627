"""What may reach the engine. Source: wire spec, hyper §1.6, §7; the statements are run on the engine as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.errors import SqlError
from datacloud_emulator.sql.guard import check, without_semicolon
from datacloud_emulator.store import Dataspace

from .conftest import Serve, rows

READS = [
    "select 1",
    "SELECT 1;",
    "  -- why\n/* not */ select 1 ; ; ",
    "((select 1))",
    "(select 1) union all (select 2) order by 1",
    "with x as (select 1 as a) select a from x",
    "with recursive x(a) as (select 1 union all select a + 1 from x where a < 3) select a from x",
    "with insert as (select 1 as a) select a as update from insert",
    "with x as (select ')' as a), y(b) as (select a from x) (select b from y)",
    "with x as (select 1 as a) values (1)",
    "values (1), (2)",
    'table "kept"',
    "show time_zone",
    "explain select 1",
    "explain (select 1)",
    "explain (format json) select 1",
    "explain (format json) with x as (select 1 as a) select a from x",
    "select 'insert into kept values (2)'",
    "select $$; drop table kept$$",
    'select 1 as "delete", 2 as external',
    "\ufeff select 1 \u00a0",
]

CHANGES = [
    'insert into "kept" values (2)',
    'InSeRt/**/into "kept" values (2)',
    '-- x\n/* y */insert into "kept" values (2)',
    'with x as (select 2 as a) insert into "kept" select a from x',
    'with recursive x(a) as (select 2) insert into "kept" select a from x',
    "with x as (select ') select 1 --' as b, 2 as a) insert into \"kept\" select a from x",
    'with x as (select 2 as a), y as (select a from x) delete from "kept"',
    'with x as (select 1 as a) update "kept" set "a" = 2',
    'explain insert into "kept" values (2)',
    'update "kept" set "a" = 2',
    'delete from "kept"',
    'truncate "kept"',
    'drop table "kept"',
    'alter table "kept" rename to "gone"',
    'create table "new" ("a" int)',
    'create table "new" as select 1 as a',
    'create schema "new"',
    'create schema if not exists "new"',
    'alter schema "public" rename to "gone"',
    'drop schema "public" cascade',
    '\ufeffinsert into "kept" values (2)',
]

NEVER = [
    'explain (analyze) insert into "kept" values (2)',
    "explain (format json, analyze) select 1",
    "explain analyze select 1",
    "copy (select 1) to '{file}'",
    "copy \"kept\" from '{file}' with (format csv)",
    "select * from external('{file}', format => 'csv')",
    "select * from EXTERNAL /* x */ ('{file}')",
    "select * from \"external\"('{file}')",
    "select * from U&\"\\0065xternal\"('{file}')",
    "with x as (select * from external('{file}')) select 1",
    "explain select * from external('{file}')",
    'create database "{file}.hyper"',
    "create external table x for '{file}'",
    "create temporary external table x for '{file}'",
    'create temporary table "new" ("a" int)',
    "create view v as select 1",
    'drop database "{database}"',
    "alter database x rename to y",
    'attach database "{database}" as x',
    'detach database "default"',
    "set time_zone = 'UTC'",
    "begin",
    'grant select on "kept" to public',
    "(((copy (select 1) to '{file}')))",
]


@pytest.fixture
def kept(serve: Serve) -> Dataspace:
    return serve({"kept.csv": "a\n1\n"})


@pytest.mark.parametrize("sql", READS)
def test_reading_is_admitted_and_runs(kept: Dataspace, sql: str) -> None:
    check(sql)
    assert rows(kept, sql)


@pytest.mark.fault("M3")
@pytest.mark.parametrize("sql", CHANGES)
def test_a_change_needs_writable(kept: Dataspace, sql: str) -> None:
    with pytest.raises(SqlError, match="disabled") as caught:
        kept.submit(sql)
    assert caught.value.sqlstate == "42501"
    assert rows(kept, 'select "a" from "kept"') == [[1]]
    kept.submit(sql, writable=True).wait_finished()


@pytest.mark.fault("M3")
@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize("sql", NEVER)
def test_files_databases_and_sessions_are_never_touched(
    kept: Dataspace, tmp_path: Path, sql: str, writable: bool
) -> None:
    file = tmp_path / "outside.csv"
    file.write_text("5\n")
    text = sql.replace("{file}", str(file)).replace("{database}", str(tmp_path / "x.hyper"))
    with pytest.raises(SqlError) as caught:
        kept.submit(text, writable=writable)
    assert caught.value.sqlstate == "42501"
    assert caught.value.position is not None
    assert file.read_text() == "5\n"
    assert rows(kept, 'select "a" from "kept"') == [[1]]


@pytest.mark.fault("M3")
@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("copy (select 1) to '{file}'", "42501"),
        ("select * from external('{file}', format => 'csv')", "42501"),
        ("select * from external('/etc/passwd', format => 'text')", "42501"),
        ("select * from external('http://127.0.0.1:9/x.csv')", "0A000"),
        ('create database "{file}.hyper"', "58S01"),
    ],
)
def test_the_engine_itself_refuses_files_elsewhere(engine: Engine, tmp_path: Path, sql: str, state: str) -> None:
    """Should a statement get past the check, both whitelists still stand."""
    file = tmp_path / "outside.csv"
    file.write_text("5\n")
    with pytest.raises(SqlError) as caught:
        engine.wire.execute(sql.replace("{file}", str(file)), None).wait_finished()
    assert caught.value.sqlstate == state
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside.csv"]


@pytest.mark.parametrize(
    ("sql", "position"),
    [("selec 1", 1), ("  (foo", 4), ("\n-- x\n123", 7), ("'x'", 1), ("\u00a0vakuum", 2), ("; select 1", 1)],
)
def test_what_is_no_statement_is_a_syntax_error(sql: str, position: int) -> None:
    with pytest.raises(SqlError, match="syntax error") as caught:
        check(sql)
    assert (caught.value.sqlstate, caught.value.position) == ("42601", position)


@pytest.mark.parametrize(
    "sql", ["", "   ", "-- only words", "with x as select 1", "with x", "(", "explain", "select 1 1"]
)
def test_broken_reads_are_the_engines_to_explain(kept: Dataspace, sql: str) -> None:
    check(sql)
    with pytest.raises(SqlError) as caught:
        kept.submit(sql)
    assert caught.value.sqlstate == "42601"


def test_a_broken_with_cannot_hide_a_change() -> None:
    with pytest.raises(SqlError, match="disabled"):
        check("with x as not materialized select 1 insert into kept select 1")


def test_positions_count_characters_of_the_statement_as_sent() -> None:
    with pytest.raises(SqlError) as caught:
        check("/* 🎉 */ drop table x")
    assert (caught.value.position, caught.value.position_end) == (9, 13)


@pytest.mark.parametrize(
    ("sql", "bare"),
    [("select 1;", "select 1"), ("select 1 ; ;-- x", "select 1"), ("select ';'", "select ';'"), (" ;", ""), ("", "")],
)
def test_without_semicolon(sql: str, bare: str) -> None:
    assert without_semicolon(sql) == bare
