"""What a flow may ask for, and the typed words that ask for it.

A flow never touches the network or the clock: it yields one of these and is sent the answer, or has the failure thrown
into it. `ServerUnreachableError` means the request was not sent, `ConnectionLostError` that nobody can tell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Its repr leaves out whatever may hold a secret.

    `read_timeout` bounds silence, `deadline` (on the flow's clock) bounds the whole exchange; both in seconds.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    read_timeout: float = 120.0
    deadline: float | None = None

    @property
    def label(self) -> str:
        """What errors and logs call this request, such as `POST /api/v2/query`: no host, no query string."""
        return f"{self.method} {urlsplit(self.url).path or '/'}"


@dataclass(frozen=True, slots=True)
class Response:
    """A whole HTTP answer, body decompressed. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class Lock:
    """Something only one flow may hold at a time, across every runner of the process."""

    def __init__(self) -> None:
        self.mutex = threading.Lock()


@dataclass(frozen=True, slots=True)
class Send:
    """Asks for the `Response` to a request."""

    request: Request


@dataclass(frozen=True, slots=True)
class Sleep:
    """Asks to be continued after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Now:
    """Asks for the monotonic time in seconds."""


@dataclass(frozen=True, slots=True)
class Acquire:
    """Asks for a lock; the answer is a plain function that releases it and may be called in `finally`."""

    lock: Lock


Effect = Send | Sleep | Now | Acquire
Flow = Generator[Effect, Any, T]
"""A conversation that ends in a `T`."""


def send(request: Request) -> Flow[Response]:
    response: Response = yield Send(request)
    return response


def sleep(seconds: float) -> Flow[None]:
    yield Sleep(seconds)


def now() -> Flow[float]:
    moment: float = yield Now()
    return moment


def acquire(lock: Lock) -> Flow[Callable[[], None]]:
    release: Callable[[], None] = yield Acquire(lock)
    return release
