"""Answers the `Rpc` effect: one class that blocks, one for asyncio. grpc loads when the first call is made.

How it works: a channel for each address, kept. Before the first call on it, and after a call that lost it, the channel
is connected within `connect_timeout`; only what fails there is known not to have been sent. Messages stay bytes, here
nothing is read but a status. Near-mirror loops, like the two HTTP runners.
Source: wire spec, hyper §2.1 (message sizes), §7 row 3; faults rules 3 and 6.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datacloud_dbapi.dsn import is_loopback
from datacloud_dbapi.errors import InterfaceError, OperationalError
from datacloud_dbapi.events import Event, Reporter, Tell
from datacloud_dbapi.flow.effects import RpcError, RpcRequest
from datacloud_dbapi.params import ConnectParams

# One row may take 32 MiB; the default of 4 MiB just fits what the service usually sends.
LARGEST_MESSAGE = 64 * 2**20
LARGEST_METADATA = 2**20


class GrpcCaller:
    """Makes gRPC calls by blocking. Safe to share between threads."""

    def __init__(
        self, params: ConnectParams, *, clock: Callable[[], float] = time.monotonic, tell: Tell | None = None
    ) -> None:
        self._tell = tell or Reporter(params.on_event).tell
        self._params = params
        self._clock = clock
        self._channels: dict[tuple[str, bool], Any] = {}
        self._closed = False
        self._opening = threading.Lock()

    def call(self, request: RpcRequest) -> tuple[bytes, ...]:
        """All messages of a call. Raises RpcError; OperationalError for more than `max_response_bytes`."""
        import grpc

        timeout = _timeout(request, self._clock())
        answer = _Messages(self._params.max_response_bytes, request, self._clock, self._tell)
        try:
            channel = self._connected(request, min(self._params.connect_timeout, timeout))
        except RpcError as error:
            raise answer.unreachable(error) from None
        try:
            stream = channel.unary_stream(request.method)(
                request.message, metadata=request.metadata, timeout=_timeout(request, self._clock())
            )
        except ValueError as error:  # grpc's word for a channel that was closed meanwhile
            raise _closed() from error
        try:
            for message in stream:
                answer.add(message)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                self._drop(request)
            raise answer.failed(error) from None
        finally:
            stream.cancel()  # does nothing to a call that has ended
        return answer.whole()

    def close(self) -> None:
        """Close the sockets; calls under way end with an error.

        Without the lock, as the garbage collector may call it anywhere: a channel that is kept before the word of the
        end is there to be closed, and one that is kept after it hears the word.
        """
        self._closed = True
        for channel in self._channels.copy().values():
            channel.close()

    def _connected(self, request: RpcRequest, timeout: float) -> Any:
        import grpc

        place = (request.address, request.secure)
        with self._opening:
            if self._closed:
                raise _closed()
            channel = self._channels.get(place)
            if channel is not None:
                return channel
            channel = _open(grpc, request, self._params)
            settled = threading.Event()
            state = grpc.ChannelConnectivity.IDLE

            def saw(seen: grpc.ChannelConnectivity) -> None:
                nonlocal state
                state = seen
                if seen in _settled(grpc):
                    settled.set()

            channel.subscribe(saw, try_to_connect=True)
            settled.wait(timeout)
            channel.unsubscribe(saw)
            if state is not grpc.ChannelConnectivity.READY:
                channel.close()
                raise _unreachable(request, waited=not settled.is_set())
            self._keep(place, channel)
            return channel

    def _keep(self, place: tuple[str, bool], channel: Any) -> None:
        self._channels[place] = channel
        if self._closed:
            channel.close()

    def _drop(self, request: RpcRequest) -> None:
        # Not closed: calls of other threads may still be on it. It goes with the last of them.
        with self._opening:
            self._channels.pop((request.address, request.secure), None)


class AsyncGrpcCaller:
    """Makes gRPC calls on the running event loop. Belongs to one loop."""

    def __init__(
        self, params: ConnectParams, *, clock: Callable[[], float] = time.monotonic, tell: Tell | None = None
    ) -> None:
        import asyncio  # loads with the asyncio face: the blocking driver does without

        self._tell = tell or Reporter(params.on_event).tell
        self._params = params
        self._clock = clock
        self._channels: dict[tuple[str, bool], Any] = {}
        self._closed = False
        self._opening = asyncio.Lock()

    async def call(self, request: RpcRequest) -> tuple[bytes, ...]:
        """All messages of a call. Raises RpcError; OperationalError for more than `max_response_bytes`."""
        import grpc

        timeout = _timeout(request, self._clock())
        answer = _Messages(self._params.max_response_bytes, request, self._clock, self._tell)
        try:
            channel = await self._connected(request, min(self._params.connect_timeout, timeout))
        except RpcError as error:
            raise answer.unreachable(error) from None
        # Nothing is awaited since it was seen to be open.
        stream = channel.unary_stream(request.method)(
            request.message, metadata=request.metadata, timeout=_timeout(request, self._clock())
        )
        try:
            async for message in stream:
                answer.add(message)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                self._channels.pop((request.address, request.secure), None)
            raise answer.failed(error) from None
        finally:
            stream.cancel()
        return answer.whole()

    async def close(self) -> None:
        """Close the sockets; calls under way end with an error."""
        self._closed = True
        channels = list(self._channels.values())
        self._channels.clear()
        for channel in channels:
            await channel.close()

    async def _connected(self, request: RpcRequest, timeout: float) -> Any:
        import asyncio

        import grpc
        import grpc.aio

        place = (request.address, request.secure)
        async with self._opening:
            if self._closed:
                raise _closed()
            channel = self._channels.get(place)
            if channel is not None:
                return channel
            channel = _open(grpc.aio, request, self._params)
            try:
                state = await asyncio.wait_for(_settle(channel, _settled(grpc)), timeout)
            except asyncio.TimeoutError:
                state = None
            except BaseException:
                await channel.close()
                raise
            if state is not grpc.ChannelConnectivity.READY or self._closed:
                await channel.close()
                raise _closed() if self._closed else _unreachable(request, waited=state is None)
            self._channels[place] = channel
            return channel


class _Messages:
    """Collects one call's messages within bounds, and tells how it ended."""

    def __init__(self, limit: int, request: RpcRequest, clock: Callable[[], float], tell: Tell) -> None:
        self._limit = limit
        self._request = request
        self._clock = clock
        self._tell = tell
        self._began = clock()
        self._messages: list[bytes] = []
        self._size = 0

    def add(self, message: bytes) -> None:
        self._messages.append(message)
        self._size += len(message)
        if self._size > self._limit:
            self._told(None, "OperationalError")
            raise OperationalError(
                f"The answer is larger than {self._limit} bytes",
                request=_label(self._request),
                hint="allow more with max_response_bytes",
            )

    def whole(self) -> tuple[bytes, ...]:
        self._told("OK", None)
        return tuple(self._messages)

    def unreachable(self, error: RpcError) -> RpcError:
        self._told(None, "ServerUnreachableError")
        return error

    def failed(self, error: Any) -> RpcError:
        code: str = error.code().name
        self._told(code, None)
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        return RpcError(code, error.details() or "", details, received=tuple(self._messages))

    def _told(self, status: str | None, error: str | None) -> None:
        request = self._request
        self._tell(
            Event(
                "request",
                None,
                _label(request),
                status,
                self._clock() - self._began,
                self._size,
                request.attempt,
                request.query_id,
                error=error,
            )
        )


def _closed() -> InterfaceError:
    return InterfaceError("The connection is closed")


async def _settle(channel: Any, settled: tuple[object, ...]) -> object:
    state = channel.get_state(try_to_connect=True)
    while state not in settled:
        await channel.wait_for_state_change(state)
        state = channel.get_state(try_to_connect=True)
    return state


def _settled(grpc: Any) -> tuple[object, ...]:
    states = grpc.ChannelConnectivity
    return (states.READY, states.TRANSIENT_FAILURE, states.SHUTDOWN)


def _open(makers: Any, request: RpcRequest, params: ConnectParams) -> Any:
    """A new channel, of grpc or of grpc.aio; it connects later."""
    import grpc

    options: list[tuple[str, object]] = [
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_metadata_size", LARGEST_METADATA),
        # A pool of our own: an address that did not answer once is kept in back-off by the shared one.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if params.proxy is not None:
        options.append(("grpc.http_proxy", params.proxy))
    elif is_loopback(request.address.rpartition(":")[0]):
        options.append(("grpc.enable_http_proxy", 0))
    if not request.secure:
        return makers.insecure_channel(request.address, options=options)
    roots = None
    if params.ca_bundle is not None:
        try:
            roots = Path(params.ca_bundle).read_bytes()
        except OSError as error:
            raise InterfaceError(f"ca_bundle {params.ca_bundle!r} cannot be read: {error}") from error
    return makers.secure_channel(request.address, grpc.ssl_channel_credentials(roots), options=options)


def _timeout(request: RpcRequest, moment: float) -> float:
    """Seconds for the whole call.

    choice: `read_timeout` bounds it all, as each answer is of bounded size and grpc has no bound on silence.
    """
    if request.deadline is None:
        return request.read_timeout
    return max(0.001, min(request.read_timeout, request.deadline - moment))


def _unreachable(request: RpcRequest, *, waited: bool) -> RpcError:
    what = "did not answer in time" if waited else "is not reachable, or does not speak gRPC"
    return RpcError("UNAVAILABLE", f"{request.address} {what}", sent=False)


def _label(request: RpcRequest) -> str:
    return request.method.rpartition("/")[2]
