"""The fault tests' world over real sockets: an emulator, a proxy before it that breaks connections, and real time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from datacloud_dbapi import Error
from tests.faults.proxy import Proxy
from tests.faults.ways import WAYS, Way
from tests.faults.world import World

ROWS_WAYS = tuple(way for way in WAYS if not way.arrow)
by_transport = pytest.mark.parametrize("way", ROWS_WAYS, ids=lambda way: way.transport)
over_http = pytest.mark.parametrize(
    "way", [way for way in ROWS_WAYS if not way.over_grpc], ids=lambda way: way.transport
)


_NUMBERS = itertools.count()


def held(*rows: str) -> pytest.MarkDecorator:
    """The rows that a test holds over sockets."""
    return pytest.mark.fault(*rows, sockets=True)


@dataclass
class Line(World):
    """Connections of one face through `proxy`, in real time. A pause pushes the clock on, and nobody waits for it;
    `on_pause` hears of each. `token` is the last one that a connection was given.
    """

    proxy: Proxy = None  # type: ignore[assignment]  # always given; the fields before it have defaults
    on_pause: Callable[[], None] | None = None
    token: str = ""
    _ahead: float = 0.0

    def through(self, way: Way, **more: Any) -> Any:
        """A connection that speaks to the proxy only."""
        return self.to(way, self.proxy.origin, **more)

    def to(self, way: Way, origin: str, **more: Any) -> Any:
        """A connection that speaks to `origin` only. It has a token that is good at the emulator, so that its first
        request is its first statement.
        """
        given = self.emulator.connect_params("access-token" if way.at_org else "datacloud-token", way.transport)
        place = "instance_url" if way.at_org else "tenant_url"
        if way.at_org:
            given["access_token"] = given["access_token"]()
        if way.over_grpc:
            place, origin = "hyper_address", origin.rpartition("/")[2]
        self.token = given["access_token" if way.at_org else "datacloud_token"]
        connection = self.open({**given, place: origin, "prefetch": 0, **more})
        self.forget()
        return connection

    def log_in(self, transport: str = "rest-v2", **more: Any) -> Any:
        """A connection straight to the emulator, with a login that it shares with no other."""
        apart = (f"{next(_NUMBERS)}.example",)
        given = self.emulator.connect_params(transport=transport)
        return self.open({**given, "prefetch": 0, "allowed_hosts": apart, **more})

    def time(self) -> float:
        return time.monotonic() + self._ahead

    def _pause(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self._ahead += seconds
        if self.on_pause is not None:
            self.on_pause()


def broken(way: Way, connection: Any) -> Error:
    """The error of the next statement."""
    with pytest.raises(Error) as caught:
        way.execute(connection)
    return caught.value
