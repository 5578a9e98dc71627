"""Runs flows at once for the blocking runner: on threads that live as long as the call. Its twin is `tasks`."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from queue import SimpleQueue

from datacloud_dbapi.flow.effects import Flow, Together


def run_together(run: Callable[[Flow[None]], None], wanted: Together) -> None:
    """Do what `wanted` says, each flow by `run`.

    The calling thread sends nothing itself: an interrupt, which comes there, cuts none of the flows off.
    """
    crew = _Crew(run)
    failure: BaseException | None = None
    under_way = 0
    try:
        while True:
            while failure is None and under_way < wanted.most:
                flow = next(wanted.flows, None)
                if flow is None:
                    break
                under_way += 1
                crew.take(flow, hands=under_way)
            if not under_way:
                break
            ended = crew.ended.get()
            failure = failure or ended
            under_way -= 1
            wanted.ended()
    finally:
        crew.dismiss()
    if failure is not None:
        raise failure


class _Crew:
    """Threads that run flows; `ended` tells of each one that is over, with the failure it ended in."""

    def __init__(self, run: Callable[[Flow[None]], None]) -> None:
        self.ended: SimpleQueue[BaseException | None] = SimpleQueue()
        self._run = run
        self._flows: SimpleQueue[Flow[None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._dismissed = False

    def take(self, flow: Flow[None], *, hands: int) -> None:
        """Run a flow; `hands` threads are needed by now."""
        self._flows.put(flow)
        if len(self._threads) < hands:
            # What the caller traces goes on in each.
            work = contextvars.copy_context().run
            thread = threading.Thread(target=work, args=(self._work,), name="datacloud-together", daemon=True)
            self._threads.append(thread)
            thread.start()

    def dismiss(self) -> None:
        """Start no further flow, and wait for those under way."""
        self._dismissed = True
        for _ in self._threads:
            self._flows.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (flow := self._flows.get()) is not None:
            failure: BaseException | None = None
            try:
                if self._dismissed:
                    flow.close()
                else:
                    self._run(flow)
            except BaseException as error:  # handed to the thread that asked for it
                failure = error
            self.ended.put(failure)
            # A traceback shows what a frame holds.
            failure = None
