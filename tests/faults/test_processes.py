"""Other processes: a forked child that has its parent's connection, workers of multiprocessing, the end of a process.

Each runs in a process of its own, over real sockets. Source: wire spec, faults L9; public surface, §1 (`partitions`).
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from datacloud_dbapi import InterfaceError
from datacloud_emulator import Emulator
from tests.faults.world import World

pytestmark = pytest.mark.sockets

TRANSPORTS = ("rest-v2", "rest-v1", "query-sql", "direct-v3", "hyper")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(scope="module")
def org() -> Iterator[Emulator]:
    with Emulator(page_rows=10) as running:
        yield running


def told_by(program: str, *given: Any) -> Any:
    """What a process of its own prints as JSON, which has `given` from its input."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


FORKED = """
import json, os, sys, warnings
import datacloud_dbapi

warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
(given,) = json.load(sys.stdin)
NUMBERS = "SELECT n FROM generate_series(1, 25) AS t(n) ORDER BY n"
connection = datacloud_dbapi.connect(**given, prefetch=0)
half = connection.cursor().execute(NUMBERS)
half.fetchmany(3)
fresh, metadata = connection.cursor(), connection.metadata
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    calls = {
        "execute": lambda: fresh.execute("SELECT 1"),
        "fetchone, here": half.fetchone,
        "fetchall": half.fetchall,
        "next": lambda: next(half),
        "table": half.fetch_arrow_table,
        "cursor": connection.cursor,
        "ping": connection.ping,
        "metadata": metadata.tables,
        "cancel": half.cancel,
    }
    told = {}
    for name, call in calls.items():
        try:
            told[name] = f"gave {call()!r}"
        except BaseException as error:
            told[name] = f"{type(error).__name__}: {error}"
    half.close()
    connection.close()
    with datacloud_dbapi.connect(**given) as own:
        told["own"] = len(own.cursor().execute(NUMBERS).fetchall())
    os.write(writing, json.dumps(told).encode())
    os._exit(0)
os.close(writing)
with open(reading) as answer:
    told = json.load(answer)
os.waitpid(child, 0)
rest = half.fetchall()
again = connection.cursor().execute("SELECT 1").fetchall()
connection.close()
print(json.dumps([told, len(rest), again]))
"""


@pytest.mark.fault("L9", sockets=True)
@needs_fork
@pytest.mark.parametrize("transport", [name for name in TRANSPORTS if name != "hyper"])
def test_a_forked_child_leaves_its_parents_connection_alone(org: Emulator, transport: str) -> None:
    told, rest, again = told_by(FORKED, org.connect_params(transport=transport))
    assert told.pop("own") == 25
    assert {name: words for name, words in told.items() if "InterfaceError: The connection belongs" not in words} == {}
    assert (rest, again) == (22, [[1]])


@pytest.mark.fault("L9")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_neither_a_connection_nor_a_cursor_travels(world: World, transport: str) -> None:
    connection = world.connect(transport)
    connection = getattr(connection, "_inner", connection)
    for one in (connection, connection.cursor()):
        with pytest.raises(InterfaceError, match="open a new one"):
            pickle.dumps(one)


@pytest.mark.fault("L9", sockets=True)
@pytest.mark.parametrize("method", ["spawn", pytest.param("fork", marks=needs_fork)])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_workers_open_connections_of_their_own(org: Emulator, transport: str, method: str) -> None:
    if (transport, method) == ("hyper", "fork"):
        pytest.skip("grpc is of no use in a process that was forked from one that has used it")
    program = "from tests.faults.workers import main; main()"
    found, wholes, refused, rest = told_by(program, org.connect_params(transport=transport), method)
    numbers = [[n] for n in range(1, 104)]
    assert found == (numbers if transport in ("query-sql", "direct-v3", "hyper") else [])
    assert (wholes, rest) == ([numbers, numbers], numbers)
    assert "open a new one" in refused


@pytest.mark.fault("L9", sockets=True)
@pytest.mark.parametrize("how", ["left open", "closed at exit"])
def test_a_process_ends_in_peace_whatever_is_open(org: Emulator, how: str) -> None:
    """Also with pages being fetched ahead, and when the last thing that a program does is to close."""
    program = """
import atexit, json, sys
import datacloud_dbapi
*given, how = json.load(sys.stdin)
told = []
for each in given:
    connection = datacloud_dbapi.connect(**each, prefetch=2)
    cursor = connection.cursor().execute("SELECT n FROM generate_series(1, 99) AS t(n) ORDER BY n")
    told.append(cursor.fetchone()[0])
    if how == "closed at exit":
        atexit.register(connection.close)
        atexit.register(lambda cursor=cursor: told.append(cursor.fetchone()[0]))
print(json.dumps(told))
"""
    each = [org.connect_params(transport=transport) for transport in TRANSPORTS]
    assert told_by(program, *each, how) == [1] * len(TRANSPORTS)
