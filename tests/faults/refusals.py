"""Statements that are refused: the transports they go by, the error they end in, and how often they were sent."""

from __future__ import annotations

import time
from typing import Any

import pytest

from datacloud_dbapi import Error, ProgrammingError
from datacloud_emulator.faults import Fault
from tests.faults.ways import WAYS, Way
from tests.faults.world import World


def named(way: Way) -> str:
    return way.transport + ("-arrow" if way.arrow else "")


OVER_HTTP = [way for way in WAYS if not way.over_grpc]
over_http = pytest.mark.parametrize("way", OVER_HTTP, ids=named)
rows_over_http = pytest.mark.parametrize("way", [way for way in OVER_HTTP if not way.arrow], ids=named)


def refused(world: World, way: Way, *faults: Fault, sql: str = "SELECT 1", **more: Any) -> Error:
    """The error of a statement that faults strike; it leaves no result."""
    # Short enough to be waited for over gRPC, where time is real; in process it moves the emulator's clock only.
    connection = world.connect(way.transport, **{"read_timeout": 0.2, **more})
    world.forget()
    world.emulator.faults.add(*faults)
    cursor = connection.cursor()
    with pytest.raises(Error) as caught:
        cursor.execute(sql, arrow=way.arrow)
    assert cursor.description is None
    with pytest.raises(ProgrammingError):
        cursor.fetchall()
    return caught.value


def sent(world: World, way: Way) -> int:
    """How often the statement was sent; nothing else was."""
    # A call is written down when it is over, which may be a moment after its caller has gone.
    until = time.monotonic() + 10.0
    while not world.sent and time.monotonic() < until:
        time.sleep(0.01)
    assert set(world.sent) == {way.statement}
    return world.sent[way.statement]
