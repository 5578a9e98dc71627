"""One executed result read in pieces by other processes. Source: public surface, §1 (`partitions`)."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

import datacloud_dbapi
from datacloud_emulator import Emulator

ROWS = 100_003
SQL = f"SELECT n, n % 7 AS k FROM generate_series(1, {ROWS}) AS t(n)"
WORKER = """
import json, pickle, sys
from base64 import b64decode
import datacloud_dbapi
params, piece = json.loads(sys.stdin.read())
with datacloud_dbapi.connect(**params) as connection:
    rows = connection.read_partition(pickle.loads(b64decode(piece))).fetchall()
print(json.dumps([len(rows), sum(n for n, _ in rows), sum(k for _, k in rows)]))
"""
RANDOM_ACCESS = ["query-sql", "direct-v3", "hyper"]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.mark.sockets
@pytest.mark.parametrize("transport", RANDOM_ACCESS)
def test_four_processes_add_up_to_the_exact_result(emulator: Emulator, transport: str) -> None:
    params = emulator.connect_params(transport=transport)
    with datacloud_dbapi.connect(**params) as connection:
        pieces = connection.cursor().execute(SQL).partitions(4)
        assert len(pieces) == 4
        assert all(params["client_secret"].encode() not in pickle.dumps(piece) for piece in pieces)
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in pieces
        ]
        sums = [0, 0, 0]
        for worker, piece in zip(workers, pieces, strict=True):
            said, complaints = worker.communicate(json.dumps([params, b64encode(pickle.dumps(piece)).decode()]))
            assert worker.returncode == 0, complaints
            sums = [a + b for a, b in zip(sums, json.loads(said), strict=True)]
    assert sums == [ROWS, ROWS * (ROWS + 1) // 2, sum(n % 7 for n in range(1, ROWS + 1))]


@pytest.mark.parametrize("transport", RANDOM_ACCESS)
def test_a_piece_is_read_as_often_as_one_likes_and_as_arrow(emulator: Emulator, transport: str) -> None:
    with datacloud_dbapi.connect(**emulator.connect_params(transport=transport)) as connection:
        cursor = connection.cursor().execute("SELECT n FROM generate_series(1, 10) AS t(n) ORDER BY n")
        first, second = cursor.partitions(2)
        for _ in range(2):
            assert connection.read_partition(second).fetchall() == [(n,) for n in range(6, 11)]
        assert connection.read_partition(first).fetch_arrow_table().column("n").to_pylist() == [1, 2, 3, 4, 5]
        assert cursor.fetchall() == [(n,) for n in range(1, 11)]


@pytest.mark.parametrize("transport", RANDOM_ACCESS)
def test_an_earlier_result_is_attached_to(emulator: Emulator, transport: str) -> None:
    params = emulator.connect_params(transport=transport)
    with datacloud_dbapi.connect(**params) as connection:
        query_id = connection.cursor().execute("SELECT n FROM generate_series(1, 3) AS t(n) ORDER BY n").query_id
    assert query_id is not None
    with datacloud_dbapi.connect(**params) as connection:
        assert connection.attach(query_id).fetchall() == [(1,), (2,), (3,)]


@pytest.mark.parametrize("transport", ["rest-v1", "rest-v2"])
def test_transports_that_only_go_forward_say_which_can_do_it(emulator: Emulator, transport: str) -> None:
    with datacloud_dbapi.connect(**emulator.connect_params(transport=transport)) as connection:
        cursor = connection.cursor().execute("SELECT 1")
        calls: list[Any] = [cursor.partitions, lambda: connection.attach("q"), cursor.cancel]
        for call in calls:
            with pytest.raises(datacloud_dbapi.NotSupportedError, match=r"direct-v3, hyper, query-sql"):
                call()
