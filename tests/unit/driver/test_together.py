"""Flows run at once, by both runners: never more than asked for, none lost, none begun after a failure."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datacloud_dbapi.errors import OperationalError
from datacloud_dbapi.flow.aio import AsyncRunner
from datacloud_dbapi.flow.effects import Flow, perform, sleep, together
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams


def run(face: str, flow: Flow[Any], pause: Callable[[float], object] = lambda seconds: None) -> Any:
    """What the flow ends in, in a time where pauses take none."""
    params = ConnectParams.resolve(
        None, {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}, {}
    )
    if face == "blocking":

        def turn(seconds: float) -> None:
            pause(seconds)
            time.sleep(0)

        runner = Runner(params, pause=turn)
        try:
            return runner.run(flow)
        finally:
            runner.close()

    async def apause(seconds: float) -> None:
        pause(seconds)
        await asyncio.sleep(0)

    async def main() -> Any:
        awaiting = AsyncRunner(params, pause=apause)
        try:
            return await awaiting.run(flow)
        finally:
            await awaiting.close()

    return asyncio.run(main())


faces = pytest.mark.parametrize("face", ["blocking", "awaited"])


class Crowd:
    """Flows that count themselves while they run; `numbers` are those that ended."""

    def __init__(self, *, steps: int = 3) -> None:
        self.steps = steps
        self.begun: list[int] = []
        self.numbers: list[int] = []
        self.inside = 0
        self.most = 0
        self.told = 0
        self.fails: dict[int, BaseException] = {}
        self._lock = threading.Lock()

    def flows(self, count: int) -> Iterator[Flow[None]]:
        return (self.one(number) for number in range(count))

    def one(self, number: int) -> Flow[None]:
        with self._lock:
            self.begun.append(number)
            self.inside += 1
            self.most = max(self.most, self.inside)
        try:
            for _ in range(self.steps):
                yield from sleep(1.0)
            if number in self.fails:
                raise self.fails[number]
        finally:
            with self._lock:
                self.inside -= 1
        self.numbers.append(number)

    def tell(self) -> None:
        self.told += 1


@faces
@pytest.mark.parametrize(("count", "most"), [(0, 3), (1, 3), (3, 3), (40, 3), (7, 1), (5, 50)])
def test_every_flow_runs_and_never_too_many(face: str, count: int, most: int) -> None:
    crowd = Crowd()
    run(face, together(crowd.flows(count), most, crowd.tell))
    assert sorted(crowd.numbers) == list(range(count))
    assert crowd.begun == sorted(crowd.begun) or face == "blocking"
    assert crowd.most <= min(most, count)
    assert crowd.told == count


@faces
def test_they_do_run_at_once(face: str) -> None:
    """Each waits for the others: one after another, none would end."""
    gate = threading.Barrier(3, timeout=10)
    ended: list[int] = []

    def one(number: int) -> Flow[None]:
        yield from perform(gate.wait)
        ended.append(number)

    run(face, together(iter([one(1), one(2), one(3)]), 3, lambda: None))
    assert sorted(ended) == [1, 2, 3]


@faces
def test_a_failure_ends_the_rest_and_is_told_to_the_flow_that_asked(face: str) -> None:
    crowd = Crowd()
    crowd.fails = {5: OperationalError("five")}

    def asking() -> Flow[str]:
        try:
            yield from together(crowd.flows(1000), 3, crowd.tell)
        except OperationalError as error:
            return error.message
        raise AssertionError("it must fail")

    assert run(face, asking()) == "five"
    assert crowd.inside == 0
    assert 5 not in crowd.numbers
    # Those that had begun have ended, and hardly any began afterwards.
    assert sorted([*crowd.numbers, 5]) == sorted(crowd.begun)
    assert len(crowd.begun) < 20


@faces
@pytest.mark.parametrize("where", ["flows", "ended"])
def test_a_failure_of_the_caller_ends_it_too(face: str, where: str) -> None:
    crowd = Crowd()

    def flows() -> Iterator[Flow[None]]:
        for number in range(1000):
            if where == "flows" and number == 7:
                raise ValueError("rows")
            yield crowd.one(number)

    def ended() -> None:
        crowd.tell()
        if where == "ended" and crowd.told == 4:
            raise ValueError("rows")

    with pytest.raises(ValueError, match="rows"):
        run(face, together(flows(), 3, ended))
    assert (crowd.inside, sorted(crowd.numbers)) == (0, sorted(crowd.begun))
    assert len(crowd.begun) < 20


@faces
def test_the_caller_is_asked_for_flows_and_told_of_them_where_it_is(face: str) -> None:
    where: set[int] = set()

    def flows() -> Iterator[Flow[None]]:
        for _ in range(20):
            where.add(threading.get_ident())
            yield sleep(0)

    run(face, together(flows(), 4, lambda: where.add(threading.get_ident())))
    assert where == {threading.get_ident()}


def test_an_interrupt_cuts_no_flow_off() -> None:
    """It comes to the calling thread; the flows under way end first, and no further one begins."""
    crowd = Crowd(steps=1)
    begun = threading.Event()

    def pause(seconds: float) -> None:
        if not begun.is_set():
            begun.set()
            signal.raise_signal(signal.SIGINT)
        time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt):
        run("blocking", together(crowd.flows(10_000), 2, crowd.tell), pause)
    assert (crowd.inside, sorted(crowd.numbers)) == (0, sorted(crowd.begun))
    assert len(crowd.begun) < 10_000


@pytest.mark.parametrize("times", [1, 2])
def test_a_cancelled_task_waits_for_them_and_cancelled_again_does_not(times: int) -> None:
    crowd = Crowd()
    gate = asyncio.Event()
    params = ConnectParams.resolve(
        None, {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}, {}
    )

    async def held(seconds: float) -> None:
        await gate.wait()

    async def main() -> None:
        runner = AsyncRunner(params, pause=held)
        task = asyncio.create_task(runner.run(together(crowd.flows(100), 3, crowd.tell)))
        while len(crowd.begun) < 3:
            await asyncio.sleep(0)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        if times == 1:
            assert not task.done()
            gate.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        await runner.close()

    asyncio.run(main())
    assert (crowd.inside, len(crowd.begun)) == (0, 3)
    assert sorted(crowd.numbers) == ([0, 1, 2] if times == 1 else [])


def test_threads_end_with_the_call() -> None:
    crowd = Crowd()
    run("blocking", together(crowd.flows(10), 4, crowd.tell))
    assert not [thread for thread in threading.enumerate() if thread.name == "datacloud-together"]
