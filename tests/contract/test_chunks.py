"""Arrow read by the service's own chunks, and statements that run ASYNC, on the real engine.

The engine is set to cut a chunk every four rows. Source: wire spec, hyper §1.4, §2.1-2.2; query §10; faults O6.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_dbapi.flow.effects import RpcError, RpcRequest
from datacloud_dbapi.flow.grpc_channel import AsyncGrpcCaller, GrpcCaller
from datacloud_dbapi.transports import hyper_service_pb2 as pb
from datacloud_emulator import Emulator
from tests.small_chunks import emulator_of_small_chunks

pytestmark = pytest.mark.sockets

ROWS = 101
SQL = f"SELECT g, 'row ' || g AS t FROM generate_series(1, {ROWS}) AS s(g) ORDER BY g DESC"
EXPECTED = [{"g": g, "t": f"row {g}"} for g in range(ROWS, 0, -1)]
TRANSPORTS = ["direct-v3", "hyper"]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with emulator_of_small_chunks(writable=True) as running:
        yield running


class Calls:
    """What was asked for of results: chunks by their numbers, and `rows`. `lose` is the chunk lost once on its way."""

    def __init__(self, emulator: Emulator, patch: pytest.MonkeyPatch) -> None:
        self.lose: int | None = None
        self._emulator = emulator
        self._hyper: list[int | str] = []
        sync, later = GrpcCaller.call, AsyncGrpcCaller.call

        def call(caller: GrpcCaller, request: RpcRequest) -> tuple[bytes, ...]:
            return self._saw(request, sync(caller, request))

        async def async_call(caller: AsyncGrpcCaller, request: RpcRequest) -> tuple[bytes, ...]:
            return self._saw(request, await later(caller, request))

        patch.setattr(GrpcCaller, "call", call)
        patch.setattr(AsyncGrpcCaller, "call", async_call)
        emulator.requests.clear()

    def _saw(self, request: RpcRequest, answer: tuple[bytes, ...]) -> tuple[bytes, ...]:
        if request.method.endswith("/GetQueryResult"):
            param = pb.QueryResultParam.FromString(request.message)
            self._hyper.append(param.chunk_id if param.HasField("chunk_id") else "rows")
            if self._hyper[-1] == self.lose:
                self.lose = None
                raise RpcError("UNAVAILABLE", "reset")
        return answer

    @property
    def asked(self) -> list[int | str]:
        asked = list(self._hyper)
        for record in self._emulator.requests:
            if record.operation == "v3-chunk":
                asked.append(int(record.path.rpartition("/")[2]))
            elif record.operation == "v3-rows":
                asked.append("rows")
        return asked


@pytest.fixture
def calls(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(emulator, monkeypatch)


def read(params: dict[str, Any], timeout: float | None) -> list[dict[str, Any]]:
    with datacloud_dbapi.connect(**params) as connection:
        cursor = connection.cursor().execute(SQL, timeout=timeout, arrow=True)
        rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        assert (cursor.rowcount, cursor.status.state) == (ROWS, "finished")
        return rows


async def read_async(params: dict[str, Any], timeout: float | None) -> list[dict[str, Any]]:
    async with await aio.connect(**params) as connection:
        cursor = await connection.cursor().execute(SQL, timeout=timeout, arrow=True)
        rows: list[dict[str, Any]] = (await cursor.fetch_arrow_table()).to_pylist()
        assert (cursor.rowcount, cursor.status.state) == (ROWS, "finished")
        return rows


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("timeout", [None, 60.0], ids=["adaptive", "async mode"])
@pytest.mark.parametrize("prefetch", [0, 1, 4])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_chunk_is_read_once_and_in_order(
    emulator: Emulator, calls: Calls, transport: str, prefetch: int, timeout: float | None, face: str
) -> None:
    params = emulator.connect_params(transport=transport) | {"prefetch": prefetch}
    rows = asyncio.run(read_async(params, timeout)) if face == "async" else read(params, timeout)
    assert rows == EXPECTED
    chunks = list(range((ROWS + 3) // 4))
    if timeout is None:
        # The answer to the statement has all rows over HTTP, and over gRPC the first chunk.
        chunks = chunks[1:] if transport == "hyper" else []
    assert Counter(calls.asked) == Counter(chunks)
    if prefetch == 0:
        assert calls.asked == chunks  # and one after the other


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_rows_and_partitions_go_by_row(emulator: Emulator, calls: Calls, transport: str) -> None:
    with datacloud_dbapi.connect(**emulator.connect_params(transport=transport)) as connection:
        cursor = connection.cursor().execute(SQL, timeout=60.0)
        assert cursor.fetchall() == [tuple(row.values()) for row in EXPECTED]
        tables = [connection.read_partition(piece).fetch_arrow_table() for piece in cursor.partitions(3)]
        assert [row for table in tables for row in table.to_pylist()] == EXPECTED
        # What is left of a result whose first page came as rows is Arrow, but no chunk.
        assert connection.cursor().execute(SQL).fetch_arrow_table().to_pylist() == EXPECTED
    assert set(calls.asked) == {"rows"}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_earlier_result_is_read_by_chunk_too(emulator: Emulator, calls: Calls, transport: str) -> None:
    with datacloud_dbapi.connect(**emulator.connect_params(transport=transport)) as connection:
        query_id = connection.cursor().execute(SQL, arrow=True).query_id
        cursor = connection.cursor().execute("SELECT 1", arrow=True)
        assert cursor.attach(query_id or "").fetch_arrow_table().to_pylist() == EXPECTED
    assert "rows" not in calls.asked


@pytest.mark.parametrize("timeout", [None, 60.0], ids=["adaptive", "async mode"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_result_that_still_grows_is_read_whole(
    emulator: Emulator, calls: Calls, transport: str, timeout: float | None
) -> None:
    sql = "SELECT g, pg_sleep(0.01)::text FROM generate_series(1, 60) AS s(g)"
    with datacloud_dbapi.connect(**emulator.connect_params(transport=transport)) as connection:
        rows = connection.cursor().execute(sql, timeout=timeout, arrow=True).fetch_arrow_table().to_pylist()
    assert sorted(row["g"] for row in rows) == list(range(1, 61))
    assert "rows" not in calls.asked


class LosesOnce(httpx.BaseTransport):
    """Loses the answer to the first request whose path ends so; the request was received."""

    def __init__(self, inner: httpx.BaseTransport, end: str) -> None:
        self._inner, self._end, self.lost = inner, end, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if request.url.path.endswith(self._end) and not self.lost:
            self.lost += 1
            raise httpx.ReadError("reset", request=request)
        return response


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_chunk_that_is_lost_is_asked_for_again(emulator: Emulator, calls: Calls, transport: str) -> None:
    params = emulator.connect_params(transport=transport)
    if transport == "hyper":
        calls.lose = 3
    else:
        params["http_transport"] = LosesOnce(emulator.http_transport, "/chunks/3")
    assert read(params, 60.0) == EXPECTED
    assert (calls.asked.count(3), calls.asked.count(4)) == (2, 1)


@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
@pytest.mark.parametrize("timeout", [None, 60.0], ids=["adaptive", "async mode"])
@pytest.mark.parametrize(
    ("sql", "sqlstate", "message"),
    [
        ("SELECT 1 / (g - 3) FROM generate_series(1, 9) AS s(g)", "22012", "division by zero"),
        ("SELECT CAST('x' || g AS integer) FROM generate_series(1, 9) AS s(g)", "22P02", "invalid"),
        ("SELECT 2147483647 + g FROM generate_series(1, 9) AS s(g)", "22003", "overflow"),
    ],
)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_error_at_run_time_is_the_same_in_both_modes(
    emulator: Emulator, transport: str, sql: str, sqlstate: str, message: str, timeout: float | None, arrow: bool
) -> None:
    with (
        datacloud_dbapi.connect(**emulator.connect_params(transport=transport)) as connection,
        pytest.raises(datacloud_dbapi.DataError, match=re.compile(message, re.IGNORECASE)) as caught,
    ):
        connection.cursor().execute(sql, timeout=timeout, arrow=arrow).fetchall()
    assert (type(caught.value), caught.value.sqlstate) == (datacloud_dbapi.DataError, sqlstate)


@pytest.mark.parametrize("arrow", [False, True], ids=["rows", "arrow"])
@pytest.mark.parametrize("sql", ["SELECT 1 WHERE 1 = 0", "SELECT '\\x00ff'::bytea AS b", SQL])
def test_both_modes_give_the_same(emulator: Emulator, sql: str, arrow: bool) -> None:
    with datacloud_dbapi.connect(**emulator.connect_params(transport="hyper")) as connection:
        cursor = connection.cursor()
        read = [
            (cursor.execute(sql, timeout=timeout, arrow=arrow).description, cursor.fetchall())
            for timeout in (None, 60.0)
        ]
    assert read[0] == read[1]


def test_a_statement_that_changes_data_may_have_a_timeout(emulator: Emulator) -> None:
    with datacloud_dbapi.connect(**emulator.connect_params(transport="hyper")) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE late (a integer)", timeout=60.0)
        cursor.execute("INSERT INTO late VALUES (1), (2)", timeout=60.0)
        assert cursor.execute("SELECT a FROM late ORDER BY a", timeout=60.0).fetchall() == [(1,), (2,)]
