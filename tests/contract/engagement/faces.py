"""A client of Account Engagement as one test body sees it, whichever face and door it is used through.

The words of a test are those of the blocking face; for the other they are awaited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from datacloud_dbapi import engagement
from datacloud_dbapi.engagement import aio
from datacloud_emulator import Emulator

FACES = ["blocking", "awaited"]
# Each of them with each door.
WAYS = [
    *(pytest.param((face, "in-process"), id=face) for face in FACES),
    *(pytest.param((face, "sockets"), id=f"{face}-sockets", marks=pytest.mark.sockets) for face in FACES),
]


def unit_params(emulator: Emulator, **params: Any) -> dict[str, Any]:
    """Keywords of `engagement.connect` for the emulator's first business unit, over sockets."""
    return {
        **emulator.connect_params(),
        "business_unit_id": emulator.business_unit_id,
        "engagement_url": emulator.login_url,
        **params,
    }


class Client:
    """One client, blocking or awaited."""

    def __init__(self, emulator: Emulator, face: str, door: str, **params: Any) -> None:
        self.awaited = face == "awaited"
        params = unit_params(emulator, **params)
        if door == "in-process":
            params["http_transport"] = emulator.async_http_transport if self.awaited else emulator.http_transport
        self._loop = asyncio.new_event_loop()
        self.client: Any = self._value(aio.connect(**params)) if self.awaited else engagement.connect(**params)

    def _value(self, answer: Any) -> Any:
        return self._loop.run_until_complete(answer) if self.awaited else answer

    def ask(self, call: Callable[..., Any], *args: Any) -> Any:
        """What a call on the client answers: `ask(lambda ae: ae.prospects.read(1))`."""
        return self._value(call(self.client, *args))

    def all(self, call: Callable[..., Any], *args: Any) -> list[dict[str, Any]]:
        """The records that a query gives, one by one."""
        records = call(self.client, *args)
        if not self.awaited:
            return list(records)

        async def each() -> list[dict[str, Any]]:
            return [record async for record in records]

        return self._loop.run_until_complete(each())

    def close(self) -> None:
        self._value(self.client.close())
        self._loop.close()


@contextmanager
def client(emulator: Emulator, face: str = "blocking", door: str = "in-process", **params: Any) -> Iterator[Client]:
    """A client that is closed at the end."""
    made = Client(emulator, face, door, **params)
    try:
        yield made
    finally:
        made.close()
