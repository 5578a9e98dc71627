"""The transport `hyper` straight at a bare `hyperd`, without a login: real rows, real errors.

Expected values are what the SQL says, or Python's own arithmetic. Source: wire spec, hyper §1.3, §2, §3; public
surface, §1.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_emulator.engine.hyperd import Engine

pytestmark = pytest.mark.sockets

UTC = dt.timezone.utc


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def bare(engine: Engine) -> dict[str, Any]:
    """What `connect` needs; the engine tells its address as any `hyperd` does, on its output."""
    said = re.search(r"gRPC listening on (\S+)", (engine.work_dir / "output").read_text("utf-8"))
    assert said is not None
    return {"hyper_address": said[1], "allow_insecure_loopback": True, "transport": "hyper"}


@pytest.fixture(scope="module")
def connection(bare: dict[str, Any]) -> Iterator[datacloud_dbapi.Connection]:
    """One for all tests, none of which ends it: to close one takes longer than most of them."""
    with datacloud_dbapi.connect(**bare) as opened:
        yield opened


# SQL, the Python value, the Arrow type.
MATRIX: list[tuple[str, object, pa.DataType]] = [
    ("true", True, pa.bool_()),
    ("(-32768)::smallint", -32768, pa.int16()),
    ("2147483647::int", 2**31 - 1, pa.int32()),
    ("(-9223372036854775807 - 1)::bigint", -(2**63), pa.int64()),
    (f"{'9' * 38}.::numeric(38,0)", Decimal("9" * 38), pa.decimal128(38, 0)),
    ("1.50::numeric(10,2)", Decimal("1.50"), pa.decimal128(10, 2)),
    ("0.1::numeric(2,1) + 0.2::numeric(2,1)", Decimal("0.3"), pa.decimal128(3, 1)),
    ("null::numeric(5,1)", None, pa.decimal128(5, 1)),
    ("0.1::double precision", 0.1, pa.float64()),
    ("'Infinity'::double precision", float("inf"), pa.float64()),
    ("0.5::real", 0.5, pa.float32()),
    ("''", "", pa.string()),
    ("null::text", None, pa.string()),
    ("U&'\\+01F600 é'", "😀 é", pa.string()),
    ("'a'::char(3)", "a  ", pa.string()),
    ('\'{"a": 1.50, "a": 2}\'::json', '{"a": 1.50, "a": 2}', pa.string()),
    ("'\\x00ff'::bytea", b"\x00\xff", pa.binary()),
    ("date '0001-01-01'", dt.date(1, 1, 1), pa.date32()),
    ("date '9999-12-31'", dt.date(9999, 12, 31), pa.date32()),
    ("time '23:59:59.999999'", dt.time(23, 59, 59, 999999), pa.time64("us")),
    ("timestamp '2020-01-02 03:04:05.000006'", dt.datetime(2020, 1, 2, 3, 4, 5, 6), pa.timestamp("us")),
    (
        "timestamptz '2020-01-02 03:04:05+05:30'",
        dt.datetime(2020, 1, 1, 21, 34, 5, tzinfo=UTC),
        pa.timestamp("us", tz="UTC"),
    ),
    ("array[1, null, 3]", [1, None, 3], pa.list_(pa.int32())),
]


@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
@pytest.mark.parametrize(("sql", "value", "arrow_type"), MATRIX, ids=[sql for sql, _, _ in MATRIX])
def test_each_type_is_exact(
    connection: datacloud_dbapi.Connection, sql: str, value: object, arrow_type: pa.DataType, arrow: bool
) -> None:
    cursor = connection.cursor().execute(f"SELECT {sql} AS v", arrow=arrow)
    rows = cursor.fetchall()
    assert rows == [(value,)]
    assert type(rows[0][0]) is type(value)
    table = cursor.execute(f"SELECT {sql} AS v", arrow=arrow).fetch_arrow_table()
    assert table.schema.field("v").type.equals(arrow_type)


PARAMETERS: list[object] = [
    True,
    -(2**63),
    2**70,
    Decimal("-0.05"),
    Decimal("9" * 38),
    5e-324,
    float("inf"),
    "é😀'\\\"\n",
    "",
    dt.date(1, 1, 1),
    dt.time(23, 59, 59, 999999),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999999),
    dt.datetime(2020, 1, 1, tzinfo=UTC),
    b"\x00\xff",
    None,
]


def test_values_of_every_type_come_back_as_they_went(connection: datacloud_dbapi.Connection) -> None:
    marks = ", ".join("?" * len(PARAMETERS))
    row = connection.cursor().execute(f"SELECT {marks}", PARAMETERS).fetchone()
    assert list(row) == [Decimal(2**70) if value == 2**70 else value for value in PARAMETERS]
    named = connection.cursor().execute("SELECT :Day + :span, :ID IN :ids", {
        "Day": dt.datetime(2020, 1, 1), "span": dt.timedelta(days=-1, seconds=5), "ID": 3, "ids": [1, 2, 3],
    })  # fmt: skip
    assert named.fetchone() == (dt.datetime(2019, 12, 31, 0, 0, 5), True)


@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
def test_a_long_result_comes_whole_and_in_order(connection: datacloud_dbapi.Connection, arrow: bool) -> None:
    sql = "SELECT g, g::text || '-padding-padding-padding' FROM generate_series(1, 300000) g ORDER BY g"
    cursor = connection.cursor().execute(sql, arrow=arrow)
    seen = [row[0] for row in cursor]
    assert seen == list(range(1, 300_001))
    assert cursor.rowcount == 300_000
    assert connection.attach(cursor.query_id or "").fetchmany(2)[1][0] == 2


@pytest.mark.parametrize(
    ("sql", "error_class", "sqlstate", "position"),
    [
        ("SELECT 1, nope", datacloud_dbapi.ProgrammingError, "42703", 11),
        ("SELECT '😀' FROM nope", datacloud_dbapi.ProgrammingError, "42P01", 17),
        ("SELECT 1 +", datacloud_dbapi.ProgrammingError, "42601", None),
        ("SELECT 1 / 0", datacloud_dbapi.DataError, "22012", None),
        ("SELECT 'x'::int", datacloud_dbapi.DataError, "22P02", None),
    ],
)
def test_errors_say_where_and_what(
    connection: datacloud_dbapi.Connection,
    sql: str,
    error_class: type[datacloud_dbapi.Error],
    sqlstate: str,
    position: int | None,
) -> None:
    with pytest.raises(error_class) as caught:
        connection.cursor().execute(sql).fetchall()
    assert (caught.value.sqlstate, caught.value.position) == (sqlstate, position)


def test_describe_runs_nothing_and_knows_every_type(connection: datacloud_dbapi.Connection) -> None:
    described = connection.cursor().describe("SELECT 1 / 0 AS a, 'x'::varchar(4) AS b, '\\x00'::bytea AS c")
    assert [(one[0], str(one[1])) for one in described] == [("a", "INTEGER"), ("b", "VARCHAR(4)"), ("c", "BINARY")]


def test_a_query_that_takes_too_long_is_stopped(bare: dict[str, Any]) -> None:
    with datacloud_dbapi.connect(**bare) as connection:
        cursor = connection.cursor()
        with pytest.raises(datacloud_dbapi.QueryTimeoutError):
            cursor.execute("SELECT pg_sleep(60)", timeout=0.3)
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]


def test_settings_and_a_database_file(bare: dict[str, Any], engine: Engine) -> None:
    path = engine.database_dir / "mine.hyper"
    with datacloud_dbapi.connect(**bare) as connection:
        connection.cursor().execute(f'CREATE DATABASE "{path}"')
    with datacloud_dbapi.connect(**bare, hyper_database=path, settings={"time_zone": "Asia/Kolkata"}) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE t (a int, b text)")
        cursor.execute("INSERT INTO t VALUES (:a, :b), (2, 'two')", {"a": 1, "b": "één"})
        assert cursor.execute("SELECT * FROM t ORDER BY a").fetchall() == [(1, "één"), (2, "two")]
        assert cursor.execute("SELECT timestamptz '2020-01-01 05:30:00'").fetchone() == (
            dt.datetime(2020, 1, 1, tzinfo=UTC),
        )


@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
def test_partitions_hold_every_row_once(connection: datacloud_dbapi.Connection, arrow: bool) -> None:
    cursor = connection.cursor().execute("SELECT g, '\\x00ff'::bytea FROM generate_series(1, 10007) g", arrow=arrow)
    pieces = cursor.partitions(4)
    assert len(pieces) == 4
    read = [row[0] for piece in pieces for row in connection.read_partition(piece)]
    assert read == [row[0] for row in cursor]
    assert sorted(read) == list(range(1, 10_008))


def test_threads_share_one_connection(connection: datacloud_dbapi.Connection) -> None:
    sums: dict[int, int] = {}

    def add_up(number: int) -> None:
        cursor = connection.cursor().execute("SELECT g FROM generate_series(1, ?) g", [1000 * number])
        sums[number] = sum(row[0] for row in cursor)

    threads = [threading.Thread(target=add_up, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == {number: 1000 * number * (1000 * number + 1) // 2 for number in range(1, 5)}


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    with (
        datacloud_dbapi.connect(
            hyper_address=address, allow_insecure_loopback=True, transport="hyper", max_attempts=1
        ) as connection,
        pytest.raises(datacloud_dbapi.OperationalError, match="not reachable"),
    ):
        connection.cursor().execute("SELECT 1")


def test_tasks_share_one_connection(bare: dict[str, Any]) -> None:
    async def add_up(connection: aio.AsyncConnection, number: int) -> int:
        cursor = await connection.cursor().execute("SELECT g FROM generate_series(1, ?) g", [1000 * number])
        return sum(row[0] for row in await cursor.fetchall())

    async def run() -> list[int]:
        async with await aio.connect(**bare) as connection:
            return await asyncio.gather(*(add_up(connection, number) for number in range(1, 5)))

    assert asyncio.run(run()) == [1000 * number * (1000 * number + 1) // 2 for number in range(1, 5)]
