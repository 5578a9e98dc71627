"""What a flow may ask for, and the typed words that ask for it.

A flow never touches the network or the clock: it yields one of these and is sent the answer, or has the failure thrown
into it. `ServerUnreachableError` means the request was not sent, `ConnectionLostError` that nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from datacloud_dbapi.events import Event
from datacloud_dbapi.flow.slots import Slots
from datacloud_dbapi.page import QueryHandle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Its repr leaves out whatever may hold a secret.

    `read_timeout` bounds silence, `deadline` (on the flow's clock) bounds the whole exchange; both in seconds.
    `shown_path` is what errors and logs call a path that holds what they should not; `attempt` and `query_id` are for
    the log.
    """

    method: str
    url: str = field(repr=False)  # it may hold the id of a page
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    read_timeout: float = 120.0
    deadline: float | None = None
    shown_path: str | None = None
    attempt: int = 1
    query_id: str | None = None

    @property
    def path(self) -> str:
        """What errors and logs call its target: no host, no query string."""
        return self.shown_path or urlsplit(self.url).path or "/"

    @property
    def label(self) -> str:
        """What errors and logs call this request, such as `POST /api/v2/query`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Response:
    """A whole HTTP answer, body decompressed. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


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
class Draw:
    """Asks for a number from 0 to 1 by chance."""


@dataclass(frozen=True, slots=True)
class Acquire:
    """Asks for a place among `most`, until a moment on the flow's clock.

    The answer is a plain function that gives it back and may be called in `finally`; None when the moment came first.
    """

    slots: Slots
    most: int
    until: float | None = None


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
    attempt: int = 1
    query_id: str | None = None


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
class Together:
    """Asks that flows be run, at most `most` of them at once; the answer comes when the last has ended.

    Whoever runs the asking flow takes them from `flows` one by one, and calls `ended` after each: never two of these
    at the same time, and never on another thread. A failure that leaves one of the flows, of `flows` or of `ended`, an
    interrupt too, starts no further one; those under way end first, then it is thrown into the asking flow.
    """

    flows: Iterator[Flow[None]] = field(repr=False)
    most: int
    ended: Callable[[], object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Started:
    """Tells whoever runs the flow that the service has taken the query, so that it can be cancelled meanwhile."""

    handle: QueryHandle


@dataclass(frozen=True, slots=True)
class Note:
    """Tells whoever watches the connection of something that no request shows."""

    event: Event


Effect = Send | Sleep | Now | Draw | Acquire | Rpc | Perform | Together | Started | Note
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


def together(flows: Iterator[Flow[None]], most: int, ended: Callable[[], object]) -> Flow[None]:
    yield Together(flows, most, ended)


def started(handle: QueryHandle) -> Flow[None]:
    yield Started(handle)


def sleep(seconds: float) -> Flow[None]:
    yield Sleep(seconds)


def now() -> Flow[float]:
    moment: float = yield Now()
    return moment


def draw() -> Flow[float]:
    share: float = yield Draw()
    return share


def note(event: Event) -> Flow[None]:
    yield Note(event)


def lock(slots: Slots) -> Flow[Callable[[], None]]:
    """The one place there is, however long it takes; the answer gives it back."""
    release: Callable[[], None] = yield Acquire(slots, 1)
    return release


def acquire(slots: Slots, most: int, until: float | None) -> Flow[Callable[[], None] | None]:
    """A place among `most`; None when it was not free before the moment `until`."""
    release: Callable[[], None] | None = yield Acquire(slots, most, until)
    return release
