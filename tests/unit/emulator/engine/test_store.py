"""Folders, data spaces and statements on them. Source: wire spec, hyper §1.5, §6."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from datacloud_emulator.catalog import Catalog, CatalogObject, ObjectKind
from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.errors import DataLoadError, SqlError
from datacloud_emulator.sql import names
from datacloud_emulator.store import Dataspace, Store

from .conftest import Serve, rows


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    return folder


def served(store: Store, name: str = "default") -> list[str]:
    dataspace = store.dataspace(name)
    assert dataspace is not None
    return [item.name for item in dataspace.catalog.objects]


def test_each_data_space_serves_its_own_folder(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, shared="a\n1\n")
    write(tmp_path / "marketing", own="a\n2\n")
    write(tmp_path / "unrelated", other="a\n3\n")
    with Store(engine, tmp_path, ["default", "marketing", "sales"]) as store:
        assert served(store) == ["shared"]
        assert served(store, "marketing") == ["own"]
        assert served(store, "sales") == ["shared"]
        assert store.dataspace("unrelated") is None
        marketing, sales, default = (store.dataspace(name) for name in ("marketing", "sales", "default"))
        assert marketing is not None
        assert sales is not None
        assert default is not None
        with pytest.raises(SqlError, match="does not exist"):
            marketing.submit("select * from shared")
        sales.submit("insert into shared values (9)", writable=True).wait_finished()
        assert rows(sales, "select sum(a) from shared") == [[10]]
        assert rows(default, "select sum(a) from shared") == [[1]]


def test_several_folders_and_files(engine: Engine, tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", a="x\n1\n"), write(tmp_path / "two", b="x\n2\n", c="x\n3\n")
    (one / "catalog.toml").write_text("[objects.a]\nlabel = 'First'\n")
    with Store(engine, [one, two / "b.csv"]) as store:
        assert served(store) == ["a", "b"]
        dataspace = store.dataspace("default")
        assert dataspace is not None
        assert dataspace.catalog.objects[0].label == "First"


def test_files_that_are_no_data_are_left_alone(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, a="x\n1\n")
    for name in ("README.md", "generator.py", ".hidden", "notes.txt"):
        (tmp_path / name).write_text("x")
    with Store(engine, str(tmp_path)) as store:
        assert served(store) == ["a"]


@pytest.mark.parametrize(
    ("files", "ask", "message"),
    [
        ([], "missing", "missing: there is no such file or folder"),
        (["flights.csv"], "../data/flihgts.csv", "did you mean 'flights.csv'?"),
        ([], ".", "no data file here"),
        (["README.md"], ".", "no data file here"),
        (["a.csv", "a.parquet"], ".", "gives the object 'a', and so does"),
        (["a.csv", "A.csv"], ".", "rename or remove one"),
        (["a.csv", "b.csv.zip"], ".", "b.csv.zip: cannot be loaded as it is; unpack it"),
        (["a.csv", "b.parquet.gz"], ".", "b.parquet.gz: cannot be loaded as it is; unpack it"),
        (["a.csv", "b.xlsx"], ".", "b.xlsx: cannot be loaded as it is; save it as CSV"),
        (["a.txt"], "a.txt", "a.txt: not a CSV, Parquet or Arrow file"),
    ],
)
def test_a_folder_that_cannot_be_served(
    engine: Engine, tmp_path: Path, files: list[str], ask: str, message: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in files:
        (folder / name).write_text("x\n1\n")
    with pytest.raises(DataLoadError) as caught:
        Store(engine, folder / ask)
    assert message in str(caught.value)
    with pytest.raises(DataLoadError):
        Store(engine, [])


def test_a_refused_folder_leaves_nothing_behind(engine: Engine, tmp_path: Path) -> None:
    """The good data space that was loaded first is closed again with the bad one."""
    write(tmp_path, a="x\n1\n")
    write(tmp_path / "bad", b="x,y\n1\n")
    before = sorted(path.name for path in engine.database_dir.iterdir())
    with pytest.raises(DataLoadError, match="line 2"):
        Store(engine, tmp_path, ["default", "bad"])
    assert sorted(path.name for path in engine.database_dir.iterdir()) == before
    assert list(engine.staging_dir.iterdir()) == []


PEOPLE = {"ssot__Individual__dlm.csv": "ssot__Id__c,N__c\nP1,1\nP2,2\n", "Straße 1.csv": "x\n7\n"}


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from ssot__Individual__dlm",
        "select count(*) from SSOT__INDIVIDUAL__DLM",
        'select count(*) from "ssot__individual__dlm"',
        "select count(*) from public.ssot__individual__dlm",
        'select count(*) from PUBLIC."SSOT__Individual__dlm" as x',
        'select count(*) from "default"."public"."SSOT__Individual__dlm"',
        "select count(*) from /* 🎉 SSOT__x */ SSOT__individual__dlm where '🎉' <> 'SSOT__individual__dlm'",
        "with c as (select * from SSOT__Individual__DLM) select count(*) from C",
        "select (select count(*) from ssot__INDIVIDUAL__dlm)",
        "select count(*) from SSOT__Individual__DLM a join ssot__individual__dlm b on a.ssot__ID__c = b.SSOT__id__c",
        "select count(*) from ssot__Individual__dlm where exists (select 1 from SSOT__individual__DLM)",
    ],
)
def test_names_match_in_any_case(serve: Serve, sql: str) -> None:
    assert rows(serve(dict(PEOPLE)), sql) == [[2]]


def test_names_that_need_quotes_match_in_any_case(serve: Serve) -> None:
    assert rows(serve(dict(PEOPLE)), 'select x from "straße 1"') == [[7]]


@pytest.mark.parametrize(
    ("sql", "begin", "state"),
    [
        ("select * from Nope__dlm", 15, "42P01"),
        ("select '🎉', n from SSOT__individual__DLM, Nope", 43, "42P01"),
        ("select '🎉', Nope from SSOT__individual__DLM", 13, "42703"),
        ("select 1 frm x", 14, "42601"),
    ],
)
def test_positions_are_those_of_the_statement_as_sent(serve: Serve, sql: str, begin: int, state: str) -> None:
    with pytest.raises(SqlError) as caught:
        serve(dict(PEOPLE)).submit(sql)
    assert (caught.value.position, caught.value.sqlstate) == (begin, state)


def test_respelling_wants_an_error_about_a_table_it_knows() -> None:
    known = CatalogObject("Thing", "Thing", ObjectKind.DATA_LAKE_OBJECT, None, ())
    catalog = Catalog([known])
    sql = "select * from public.THING"
    assert names.respelled(sql, SqlError("", "42P01", position=15, position_end=27), catalog) == (
        "select * from public.Thing"
    )
    for error in (
        SqlError("", "42703", position=15, position_end=27),
        SqlError("", "42P01"),
        SqlError("", "42P01", position=8, position_end=9),
    ):
        assert names.respelled(sql, error, catalog) is None
    assert names.respelled("select * from Thing", SqlError("", "42P01", position=15, position_end=20), catalog) is None


UNUSUAL = """
select 'abc'::bytea as a, geography 'POINT(1 2)' as g, '11111111-1111-1111-1111-111111111111'::uuid as u,
       'pg_class'::regclass as r, 1.50::numeric(5,2) as n, array[1, null] as l, '{"k": 1}'::json as j, null::bytea as z,
       'x'::bytea as "A" -- last;
"""


def test_columns_that_json_cannot_carry(serve: Serve) -> None:
    dataspace = serve(dict(PEOPLE))
    query = dataspace.submit(UNUSUAL)
    assert [(column.name, column.type_name) for column in query.columns] == [
        ("a", "bytea"),
        ("g", "varchar"),
        ("u", "varchar"),
        ("r", "varchar"),
        ("n", "numeric"),
        ("l", "array"),
        ("j", "json"),
        ("z", "bytea"),
        ("A", "bytea"),
    ]
    uuid = "11111111-1111-1111-1111-111111111111"
    assert rows(dataspace, UNUSUAL) == [
        ["YWJj", "POINT(1.0000000 2.0000000)", uuid, "pg_class", "1.50", [1, None], {"k": 1}, None, "eA=="]
    ]
    long = rows(dataspace, "select repeat('abc', 1000)::bytea;;")
    assert long == [["YWJj" * 1000]]


# Within brackets the engine drops an ORDER BY; keys may be outputs or not. Big enough to be sorted in several pieces.
NUMBERS = "from generate_series(1, 100000) as g(i)"
BY_REST = sorted(range(1, 100_001), key=lambda i: (-(i % 1000), i))
ORDERED: list[tuple[str, list[int]]] = [
    (f"select 'x'::bytea, i {NUMBERS} order by i % 1000 desc, i", BY_REST),
    (f"(select 'x'::bytea, i {NUMBERS} order by i % 1000 desc, i limit all);", BY_REST),
    (f"select 'x'::bytea, i {NUMBERS} order by i % 1000 desc, i offset 5 limit 7", BY_REST[5:12]),
    (f"select 'x'::bytea, i {NUMBERS} order by i % 1000 desc, i fetch first 3 rows only -- so", BY_REST[:3]),
    (f"with q as (select i {NUMBERS}) select 'x'::bytea, * from q order by mod(i, 1000) desc nulls last, 2", BY_REST),
    (f"select 'x'::bytea, 0 - i as i {NUMBERS} order by i", list(range(-100_000, 0))),
    (f'select distinct \'x\'::bytea, i as "order" {NUMBERS} order by "order" desc', list(range(100_000, 0, -1))),
    (f"select 'x'::bytea, i {NUMBERS} union all select 'y'::bytea, 0 order by 2 desc", list(range(100_000, -1, -1))),
    (
        "select 'x'::bytea, i % 3 as r from generate_series(1, 10) as g(i) group by r order by count(*) desc, r",
        [1, 0, 2],
    ),
    (
        "select 'x'::bytea, n from (values (1), (null), (2)) as v(n) order by n desc nulls first",
        [None, 2, 1],  # type: ignore[list-item]  # a NULL among them
    ),
    ("select 'x'::bytea as c1, n as c0 from (values (1), (3), (2)) as v(n) order by n", [1, 2, 3]),
]


@pytest.mark.parametrize(("sql", "expected"), ORDERED)
def test_order_survives_the_wrapping(serve: Serve, sql: str, expected: list[int]) -> None:
    assert [row[1] for row in rows(serve(dict(PEOPLE)), sql)] == expected


def test_an_order_that_cannot_be_said_again_is_refused_not_lost(serve: Serve) -> None:
    sql = "select distinct 'x'::bytea, i + 1 from generate_series(1, 3) as g(i) order by i + 1"
    with pytest.raises(SqlError) as caught:
        serve(dict(PEOPLE)).submit(sql)
    assert caught.value.sqlstate == "0A000"


def test_what_else_is_unsupported_stays_so(serve: Serve) -> None:
    with pytest.raises(SqlError) as caught:
        serve(dict(PEOPLE)).submit("select 1 into x")
    assert caught.value.sqlstate == "0A000"


@pytest.mark.parametrize(
    ("sql", "columns", "expected"),
    [
        ("select null::numeric(38,18), 0.5::numeric(38,18)", ["numeric", "numeric"], [[None, "0.500000000000000000"]]),
        ("select true, 1::smallint, 2, 3::bigint", ["bool", "smallint", "integer", "bigint"], [[True, 1, 2, 3]]),
        ("select date '2020-01-02', time '01:02:03.5'", ["date", "time"], [["2020-01-02", "01:02:03.5"]]),
        (
            "select timestamptz '2020-01-02 03:04:05+02', timestamptz '2020-01-02'",
            ["timestamptz", "timestamptz"],
            [["2020-01-02T01:04:05+00:00", "2020-01-02T00:00:00+00:00"]],
        ),
        ("select 'a' as x, 'b' as x where false", ["varchar", "varchar"], []),
        ("show time_zone", ["varchar"], [["UTC"]]),
    ],
)
def test_cells(serve: Serve, sql: str, columns: list[str], expected: list[list[Any]]) -> None:
    dataspace = serve(dict(PEOPLE))
    assert [column.type_name for column in dataspace.submit(sql).columns] == columns
    assert rows(dataspace, sql) == expected


def test_a_data_space_serves_many_threads(serve: Serve) -> None:
    dataspace = serve(dict(PEOPLE))
    found: list[Any] = []

    def ask(number: int) -> None:
        found.append(rows(dataspace, f"select {number}, count(*), 'x'::bytea from SSOT__individual__DLM"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [[[number, 2, "eA=="]] for number in range(8)]


def test_the_sample_org_is_served_by_default(engine: Engine) -> None:
    with Store(engine) as store:
        dataspace = store.dataspace("default")
        assert isinstance(dataspace, Dataspace)
        assert dataspace.catalog.get("ssot__Individual__dlm") is not None
        for item in dataspace.catalog.objects:
            assert rows(dataspace, f'select count(*) from "{item.name}"') == [[item.row_count]]
