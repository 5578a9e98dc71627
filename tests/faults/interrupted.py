"""What a child process does that is interrupted by Ctrl-C, in execute and in fetch; `test_interrupts` starts it.

It says the scene that comes next and waits for a line, says "signal" when it wants one, and tells at last what became
of each: how the call ended and after how many seconds, the rows given, the errors of two more fetches, and what the
connection then still did.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_dbapi.transports import kept, ranges, rest_v1
from tests.faults.world import NUMBERS

# Longer than an interrupt may take, and short, as Query V1 and V2 know no way to stop it.
SLOW = "SELECT pg_sleep(8)"
KEPT = ("query-sql", "direct-v3", "hyper")
# Scene by scene: how many pages are fetched ahead.
SCENES = {"execute": 0, "fetch": 0, "fetch ahead": 1}


class Scene:
    """One statement that is interrupted, and what became of it."""

    def __init__(self, name: str, transport: str) -> None:
        self._waits_for_id = name == "execute" and transport in KEPT
        self.rows: list[Any] = []
        self.told: dict[str, Any] = {"scene": name, "rows": self.rows, "errors": []}
        print(name, flush=True)
        sys.stdin.readline()

    def about_to_wait(self, cursor: Any) -> None:
        """Ask for the signal soon: when the service has taken the query, which its id tells where it has one."""
        self._begun = time.monotonic()
        threading.Thread(target=self._ask, args=(cursor,), daemon=True).start()

    def _ask(self, cursor: Any) -> None:
        time.sleep(0.3)
        while self._waits_for_id and cursor.query_id is None:
            time.sleep(0.01)
        self._begun = time.monotonic()
        print("signal", flush=True)

    def ended(self, how: BaseException) -> None:
        self.told |= {"ended": type(how).__name__, "seconds": time.monotonic() - self._begun}


def blocking(transport: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    scenes = []
    for name, prefetch in SCENES.items():
        scene = Scene(name, transport)
        with datacloud_dbapi.connect(**given, prefetch=prefetch) as connection:
            cursor = connection.cursor()
            if name != "execute":
                scene.rows.append(cursor.execute(NUMBERS).fetchone())
            scene.about_to_wait(cursor)
            try:
                cursor.execute(SLOW) if name == "execute" else cursor.fetchall()
            except BaseException as error:  # the interrupt, it is to be hoped
                scene.ended(error)
            while len(scene.told["errors"]) < 2:
                try:
                    scene.rows.append(cursor.fetchone())
                except Exception as error:
                    scene.told["errors"].append(type(error).__name__)
            scene.told["usable"] = connection.cursor().execute("SELECT 1").fetchall()
        scenes.append(scene.told)
    return scenes


def awaiting(transport: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    scenes = []

    async def main(scene: Scene, name: str, prefetch: int) -> None:
        async with await aio.connect(**given, prefetch=prefetch) as connection:
            cursor = connection.cursor()
            if name != "execute":
                scene.rows.append(await (await cursor.execute(NUMBERS)).fetchone())
            scene.about_to_wait(cursor)
            try:
                await (cursor.execute(SLOW) if name == "execute" else cursor.fetchall())
            except asyncio.CancelledError as error:  # how a task hears of Ctrl-C
                scene.ended(error)
                await aftermath(scene, connection, cursor)
                raise

    async def aftermath(scene: Scene, connection: aio.AsyncConnection, cursor: aio.AsyncCursor) -> None:
        while len(scene.told["errors"]) < 2:
            try:
                scene.rows.append(await cursor.fetchone())
            except Exception as error:
                scene.told["errors"].append(type(error).__name__)
        scene.told["usable"] = await (await connection.cursor().execute("SELECT 1")).fetchall()

    for name, prefetch in SCENES.items():
        scene = Scene(name, transport)
        with suppress(KeyboardInterrupt):
            asyncio.run(main(scene, name, prefetch))
            scene.told["ended"] += ", and the program did not hear of it"
        scenes.append(scene.told)
    return scenes


def run(face: str, transport: str) -> None:
    """Play all scenes; the parameters to connect with come as the first line."""
    # A shell that runs the tests in the background leaves them deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given = json.loads(sys.stdin.readline())
    # So that a small result has further pages.
    rest_v1.PAGE_ROWS = kept.PAGE_ROWS = ranges.STEP_ROWS = ranges.FIRST_ROWS = 10
    with suppress(ImportError):
        from datacloud_dbapi.transports import hyper

        hyper.JSON_PAGE_BYTES = hyper.ARROW_PAGE_BYTES = 30
    told = (blocking if face == "blocking" else awaiting)(transport, given)
    print(json.dumps(told), flush=True)
