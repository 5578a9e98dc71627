"""The whole life of connections leaves nothing behind: no socket, thread, task, child process, nor a warning of one.

A process of its own lives it, so that what it counts is its own. Source: wire spec, faults L3; style, §7.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from datacloud_emulator import Emulator
from tests.faults.world import FACES

pytestmark = pytest.mark.sockets

TRANSPORTS = ("rest-v2", "rest-v1", "query-sql", "direct-v3", "hyper")
OWN = """
import asyncio, gc, json, os, subprocess, sys, threading, time
from pathlib import Path


def left():
    '''What is open: sockets, threads, child processes.'''
    gc.collect()
    sockets = []
    for entry in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{entry}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:"):
            sockets.append(target)
    threads = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {"sockets": sockets, "threads": threads, "children": children}


def settled():
    '''The same once what is ending has ended.'''
    for _ in range(100):
        found = left()
        if not any(found.values()):
            break
        time.sleep(0.05)
    return found
"""
DRIVER = (
    OWN
    + """
import datacloud_dbapi
from datacloud_dbapi import aio
face, ways = json.load(sys.stdin)
NUMBERS = "SELECT n FROM generate_series(1, 99) AS t(n) ORDER BY n"


def blocking():
    for given in ways:
        for arrow in (False, True):
            with datacloud_dbapi.connect(**given, prefetch=2) as connection:
                assert len(connection.cursor().execute(NUMBERS, arrow=arrow).fetchall()) == 99
                connection.cursor().execute(NUMBERS, arrow=arrow).fetchmany(3)  # dropped
                half = connection.cursor().execute(NUMBERS, arrow=arrow)
                half.fetchone()
                next(iter(half.fetch_record_batch()))
                try:
                    half.execute("SELEC 1")
                except datacloud_dbapi.ProgrammingError:
                    pass
        dropped = datacloud_dbapi.connect(**given, prefetch=2)
        dropped.cursor().execute(NUMBERS).fetchone()
        del dropped
    try:
        datacloud_dbapi.connect(**{**ways[0], "client_secret": "wrong"})
    except datacloud_dbapi.AuthenticationError:
        pass


async def awaiting():
    tasks = asyncio.all_tasks()
    for given in ways:
        for arrow in (False, True):
            async with await aio.connect(**given, prefetch=2) as connection:
                assert len(await (await connection.cursor().execute(NUMBERS, arrow=arrow)).fetchall()) == 99
                await (await connection.cursor().execute(NUMBERS, arrow=arrow)).fetchmany(3)  # dropped
                half = await connection.cursor().execute(NUMBERS, arrow=arrow)
                await half.fetchone()
                async for _ in half.fetch_record_batches():
                    break
                try:
                    await half.execute("SELEC 1")
                except datacloud_dbapi.ProgrammingError:
                    pass
    try:
        await aio.connect(**{**ways[0], "client_secret": "wrong"})
    except datacloud_dbapi.AuthenticationError:
        pass
    gc.collect()
    for _ in range(100):
        if asyncio.all_tasks() == tasks:
            break
        await asyncio.sleep(0.05)
    return [task.get_name() for task in asyncio.all_tasks() - tasks]


before = left()
tasks = blocking() if face == "blocking" else asyncio.run(awaiting())
print(json.dumps({"before": before, "after": settled(), "tasks": tasks or []}))
"""
)
EMULATOR = (
    OWN
    + """
import socket, struct
from urllib.parse import urlsplit
import datacloud_dbapi
from datacloud_emulator import Emulator, Fault


def hang_up(emulator):
    '''Ask, and be gone before the answer is sent.'''
    emulator.faults.add(Fault("token", delay=0.3))
    url = urlsplit(emulator.login_url)
    with socket.create_connection((url.hostname, url.port)) as asking:
        asking.sendall(b"POST /services/oauth2/token HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n")
        while len(emulator.requests) < 1:
            time.sleep(0.01)
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.5)


for closes in ("with", "error", "twice"):
    emulator = Emulator(page_rows=10, tls=closes == "twice")
    try:
        with emulator:
            if closes == "with":
                hang_up(emulator)
            for transport in ("rest-v2", "hyper"):
                with datacloud_dbapi.connect(**emulator.connect_params(transport=transport)) as connection:
                    connection.cursor().execute("SELECT n FROM generate_series(1, 99) AS t(n)").fetchone()
            assert left()["children"]
            if closes == "error":
                raise KeyError(closes)
    except KeyError:
        pass
    emulator.close()
print(json.dumps({"after": settled()}))
"""
)
NOTHING: dict[str, list[str]] = {"sockets": [], "threads": [], "children": []}


def lived(program: str, *given: object) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Where a warning goes that cannot be raised. A loop in development mode also says what took it long.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    assert said == []
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has open is read from Linux' own files")
@pytest.mark.parametrize("face", FACES)
def test_a_program_that_queried_has_nothing_left(served: Emulator, face: str) -> None:
    ways = [served.connect_params(transport=transport) for transport in TRANSPORTS]
    told = lived(DRIVER, face, ways)
    assert told == {"before": NOTHING, "after": NOTHING, "tasks": []}


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has open is read from Linux' own files")
def test_a_program_that_ran_an_emulator_has_nothing_left() -> None:
    assert lived(EMULATOR) == {"after": NOTHING}
