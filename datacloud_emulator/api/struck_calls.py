"""gRPC calls that a fault strikes: what reaches the service, and how much of its answer reaches the caller.

Source: wire spec, status-codes §2 (E10), §6; faults (rows O6, O7).
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from itertools import chain, islice
from typing import Any

import grpc

from datacloud_emulator.api.hyper import CallRefusedError
from datacloud_emulator.faults import Fault, Faults
from datacloud_emulator.org import Org

Messages = Generator[bytes, None, None]


class CallFaults:
    """The faults of an emulator, done to calls; used from many threads."""

    def __init__(self, org: Org, faults: Faults) -> None:
        self._org = org
        self._faults = faults

    def around(self, method: str, context: Any, answers: Messages) -> Iterator[bytes]:
        """The messages that reach the caller of `method`. The service acts once `answers` is asked for its first one.

        Raises CallRefusedError where the fault says so.
        """
        fault = self._faults.strike(method)
        if fault is None:
            yield from answers
            return
        try:
            if fault.expire_token:
                self._expire_token(context)
            head = list(islice(answers, 1)) if fault.carries_out else []
            if fault.delay:
                self._wait(fault.delay, context)
            failure = _failure(fault)
            if failure is None:
                yield from chain(head, answers)
            elif fault.carries_out and fault.reset != "after":
                yield from islice(chain(head, answers), fault.keep)
        finally:
            answers.close()
        if failure is not None:
            raise failure

    def _expire_token(self, context: Any) -> None:
        authorization = str(dict(context.invocation_metadata()).get("authorization", ""))
        self._org.accounts.revoke(authorization.partition(" ")[2].strip())

    def _wait(self, seconds: float, context: Any) -> None:
        """Let that much time pass, or less when the caller goes away."""
        if self._org.clock.stands:
            self._org.clock.advance(seconds)
        over = threading.Event()
        if context.add_callback(over.set):
            over.wait(seconds)


def _failure(fault: Fault) -> CallRefusedError | None:
    if fault.grpc is not None:
        return CallRefusedError(grpc.StatusCode[fault.grpc], "a fault on purpose")
    if fault.reset is not None:  # as the client libraries tell of it
        return CallRefusedError(grpc.StatusCode.UNAVAILABLE, "Connection reset by peer")
    return None
