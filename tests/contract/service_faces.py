"""A connection's services as one test body sees them, whichever face and door they are used through.

The words of a test are those of the blocking face; for the other they are awaited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_emulator import Emulator

FACES = ["blocking", "awaited"]
# Each of them with each door.
WAYS = [
    *(pytest.param((face, "in-process"), id=face) for face in FACES),
    *(pytest.param((face, "sockets"), id=f"{face}-sockets", marks=pytest.mark.sockets) for face in FACES),
]


class Face:
    """One connection, blocking or awaited. `told` are the paths of the requests, as events call them."""

    def __init__(self, emulator: Emulator, face: str, door: str) -> None:
        self.awaited = face == "awaited"
        self.told: list[str] = []
        params: dict[str, Any] = {**emulator.connect_params(), "on_event": self._hear}
        if door == "in-process":
            params["http_transport"] = emulator.async_http_transport if self.awaited else emulator.http_transport
        self._loop = asyncio.new_event_loop()
        self._connection: Any = (
            self._value(aio.connect(**params)) if self.awaited else datacloud_dbapi.connect(**params)
        )

    def _hear(self, event: datacloud_dbapi.Event) -> None:
        if event.kind == "request" and event.path is not None:
            self.told.append(event.path)

    def _value(self, answer: Any) -> Any:
        return self._loop.run_until_complete(answer) if self.awaited else answer

    def ask(self, call: Callable[..., Any], *args: Any) -> Any:
        """What a call on the connection answers."""
        return self._value(call(self._connection, *args))

    def all(self, call: Callable[..., Any], *args: Any) -> list[dict[str, Any]]:
        """The records that a call on the connection answers, one by one."""
        records = self.ask(call, *args)
        if not self.awaited:
            return list(records)

        async def each() -> list[dict[str, Any]]:
            return [record async for record in records]

        return self._loop.run_until_complete(each())

    def sql(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        """The rows of a statement, on the same connection, as dicts."""
        cursor = self._connection.cursor()
        cursor.row_factory = datacloud_dbapi.dict_row
        self._value(cursor.execute(statement, parameters))
        rows: list[dict[str, Any]] = self._value(cursor.fetchall())
        return rows

    def hang_up(self) -> None:
        """Close the connection."""
        self._value(self._connection.close())

    def close(self) -> None:
        self.hang_up()
        self._loop.close()


@contextmanager
def facing(emulator: Emulator, face: str, door: str = "in-process") -> Iterator[Face]:
    """A face that is closed at the end."""
    made = Face(emulator, face, door)
    try:
        yield made
    finally:
        made.close()
