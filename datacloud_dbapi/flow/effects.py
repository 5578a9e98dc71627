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

from datacloud_dbapi.page import QueryHandle

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


class Slots:
    """Something that only so many flows may hold at a time, across every runner of the process."""

    def __init__(self, count: int) -> None:
        self.mutex = threading.BoundedSemaphore(count)


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

    lock: Lock | Slots


@dataclass(frozen=True, slots=True)
class RpcRequest:
    """One gRPC call that is answered by a stream of messages. Messages are raw bytes; the repr leaves secrets out.

    `method` is the full path, `/package.Service/Method`. `read_timeout` and `deadline` as in `Request`.
    """

    address: str
    method: str
    message: bytes = field(repr=False)
    metadata: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secure: bool = True
    read_timeout: float = 120.0
    deadline: float | None = None


class RpcError(Exception):
    """A gRPC call that failed, thrown into the flow that asked for it.

    `code` is the status name, such as INVALID_ARGUMENT; `status_details` the bytes of `grpc-status-details-bin`;
    `sent` is False when the call certainly never reached the server; `received` are the messages before the failure.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status_details: bytes | None = None,
        *,
        sent: bool = True,
        received: tuple[bytes, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status_details = status_details
        self.sent = sent
        self.received = received


@dataclass(frozen=True, slots=True)
class Rpc:
    """Asks for all messages of a gRPC call."""

    request: RpcRequest


@dataclass(frozen=True, slots=True)
class Perform:
    """Asks for what a function returns that waits for this machine: a file, a keyring, a command, the user's callable.

    It runs in the calling thread of a blocking face and on another thread of an asynchronous one.
    """

    work: Callable[[], Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Started:
    """Tells whoever runs the flow that the service has taken the query, so that it can be cancelled meanwhile."""

    handle: QueryHandle


Effect = Send | Sleep | Now | Acquire | Rpc | Perform | Started
Flow = Generator[Effect, Any, T]
"""A conversation that ends in a `T`."""


def send(request: Request) -> Flow[Response]:
    response: Response = yield Send(request)
    return response


def rpc(request: RpcRequest) -> Flow[tuple[bytes, ...]]:
    messages: tuple[bytes, ...] = yield Rpc(request)
    return messages


def perform(work: Callable[[], T]) -> Flow[T]:
    value: T = yield Perform(work)
    return value


def started(handle: QueryHandle) -> Flow[None]:
    yield Started(handle)


def sleep(seconds: float) -> Flow[None]:
    yield Sleep(seconds)


def now() -> Flow[float]:
    moment: float = yield Now()
    return moment


def acquire(lock: Lock | Slots) -> Flow[Callable[[], None]]:
    release: Callable[[], None] = yield Acquire(lock)
    return release
