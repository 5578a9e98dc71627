"""Plays a schedule: the readers' steps against an org whose clock is everybody's.

Over the blocking face the steps are taken one after the other as the schedule has shuffled them. Over asyncio each
reader is a task, and the door decides who runs next; but hyper, whose library has threads of its own, is played one
step after the other over both faces.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

from datacloud_dbapi import Connection, profiles
from datacloud_dbapi.aio import AsyncConnection
from datacloud_dbapi.flow.aio import AsyncRunner
from datacloud_dbapi.flow.sync import Runner
from datacloud_emulator.doors.inprocess import InProcessTransport
from tests.faults.world import Blocking
from tests.simulation.clockwork import ClockworkLoop
from tests.simulation.door import Door, Journal, ViolationError
from tests.simulation.reader import Reader, Witness
from tests.simulation.schedule import Schedule, schedule
from tests.simulation.stage import Site, Stage, asking_for

_UNAUTHENTICATED, _EXHAUSTED = 16, 8


def play(seed: int, stage: Stage) -> list[str]:
    """What happened in the schedule of that seed, the same every time. Raises ViolationError, which tells the seed."""
    made = schedule(seed)
    try:
        with asking_for(made.asked_rows):
            return _Play(made, stage.site(made)).run()
    except ViolationError as violation:
        again = f"seed={seed} python -m tests.simulation --seed {seed}"
        raise ViolationError(f"{violation}\n{again}\n  {made}") from violation.__cause__


class _Play:
    def __init__(self, made: Schedule, site: Site) -> None:
        self._schedule = made
        self._site = site
        self._clock = site.org.clock
        self._chance = random.Random(made.seed)
        self._journal = Journal(made.parameters["max_attempts"], made.parameters.get("page_replay", False))
        self._witness = Witness(made, site, self._journal)
        site.faults.add(*made.faults)

    def run(self) -> list[str]:
        made = self._schedule
        if made.face == "blocking":
            _at_once(self._one_after_the_other(self._connect()))
        elif made.transport == "hyper":
            self._over_grpc()
        else:
            self._in_tasks()
        self._check()
        return self._journal.lines

    def _parameters(self) -> Any:
        emulator, made = self._site.emulator, self._schedule
        inner = InProcessTransport(self._site.app, self._site.org.origin)
        door = Door(inner, self._journal, packed=made.packed, chance=self._chance)
        given = {**emulator.connect_params(transport=made.transport), "http_transport": door, **made.parameters}
        return profiles.resolve(None, given, {})

    def _connect(self) -> Any:
        params = self._parameters()
        runner = Runner(params, clock=self._clock.monotonic, pause=self._clock.advance, jitter=self._chance.random)
        with self._witness.excusing("connect"):
            return Connection(params, runner=runner)

    async def _one_after_the_other(self, connection: Any) -> None:
        if connection is None:
            return
        readers: dict[int, Reader] = {}
        for step in self._schedule.steps:
            reader = readers.setdefault(step.reader, Reader(step.reader, connection, self._witness, self._pause))
            await reader.do(step)
        for reader in readers.values():
            await reader.finish()
        connection.close()

    async def _pause(self, seconds: float) -> None:
        self._clock.advance(seconds)

    def _over_grpc(self) -> None:
        params = self._parameters()
        loop = asyncio.new_event_loop()
        runner = AsyncRunner(params, clock=self._clock.monotonic, pause=self._pause, jitter=self._chance.random)
        connection = Blocking(loop, AsyncConnection(params, runner=runner))
        try:
            _at_once(self._one_after_the_other(connection))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def _in_tasks(self) -> None:
        loop = ClockworkLoop(self._clock)
        try:
            loop.run_until_complete(self._tasks())
        finally:
            loop.run_until_complete(_stopped(asyncio.all_tasks(loop)))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _tasks(self) -> None:
        params = self._parameters()
        runner = AsyncRunner(params, clock=self._clock.monotonic, jitter=self._chance.random)
        connection = AsyncConnection(params, runner=runner)
        numbers = sorted({step.reader for step in self._schedule.steps})
        await asyncio.gather(*(self._task(Reader(n, connection, self._witness, asyncio.sleep)) for n in numbers))
        await connection.close()

    async def _task(self, reader: Reader) -> None:
        for step in self._schedule.steps:
            if step.reader == reader.number:
                await reader.do(step)
        await reader.finish()

    def _check(self) -> None:
        if self._journal.violations:
            raise ViolationError("; ".join(self._journal.violations))
        calls = [record for record in self._site.app.requests if record.operation == "ExecuteQuery"]
        carried_out = sum(record.status not in (_UNAUTHENTICATED, _EXHAUSTED) for record in calls)
        if carried_out > len(self._journal.statements):
            raise ViolationError(f"{carried_out} statements were sent of {len(self._journal.statements)}")


async def _stopped(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _at_once(work: Coroutine[Any, Any, None]) -> None:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise RuntimeError("a blocking face waited")
