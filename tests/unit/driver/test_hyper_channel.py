"""The two gRPC callers against a real server of this process. Source: faults rules 3 and 6; wire spec, hyper §2.1."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest
import trustme

from datacloud_dbapi.errors import Error, InterfaceError, OperationalError
from datacloud_dbapi.flow.effects import RpcError, RpcRequest
from datacloud_dbapi.flow.grpc_channel import AsyncGrpcCaller, GrpcCaller
from datacloud_dbapi.params import ConnectParams

pytestmark = pytest.mark.sockets

Call = Callable[[RpcRequest], tuple[bytes, ...]]
DETAILS = b"\x08\x03\xff"
# An HTTP/2 server's first frame, with no settings: then a channel is connected. Source: RFC 9113 §6.5.
SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


class Script(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """Answers by the name of the method."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.cancelled = threading.Event()

    def service(self, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        return grpc.unary_stream_rpc_method_handler(getattr(self, name))

    def echo(self, request: bytes, context: Any) -> Iterator[bytes]:
        yield request
        yield dict(context.invocation_metadata())["x-mark"].encode()

    def large(self, request: bytes, context: Any) -> Iterator[bytes]:
        yield bytes(int(request))

    def refuse(self, request: bytes, context: Any) -> Iterator[bytes]:
        yield b"one"
        context.set_trailing_metadata((("grpc-status-details-bin", DETAILS),))
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the details")

    def hang(self, request: bytes, context: Any) -> Iterator[bytes]:
        context.add_callback(self.cancelled.set)
        yield b"one"
        self.release.wait(30)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def script(authority: trustme.CA) -> Iterator[tuple[Script, int, int]]:
    """The script, and the ports it is served on: plain, and with TLS."""
    handler = Script()
    server = grpc.server(
        futures.ThreadPoolExecutor(8), [handler], options=[("grpc.max_send_message_length", 128 * 2**20)]
    )
    certificate = authority.issue_cert("localhost")
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    credentials = grpc.ssl_server_credentials([(certificate.private_key_pem.bytes(), chain)])
    plain, secure = server.add_insecure_port("127.0.0.1:0"), server.add_secure_port("localhost:0", credentials)
    server.start()
    yield handler, plain, secure
    handler.release.set()
    server.stop(None).wait()


@pytest.fixture(params=["blocking", "asyncio"])
def open_caller(request: pytest.FixtureRequest) -> Iterator[Callable[..., Call]]:
    """Makes the `call` of a caller; the same test body drives both."""
    with contextlib.ExitStack() as stack:
        loop = asyncio.new_event_loop()
        stack.callback(loop.close)

        def opened(**params: Any) -> Call:
            given = {"hyper_address": "127.0.0.1:1", "allow_insecure_loopback": True, "transport": "hyper", **params}
            resolved = ConnectParams.resolve(None, given, {})
            if request.param == "blocking":
                blocking = GrpcCaller(resolved)
                stack.callback(blocking.close)
                return blocking.call

            async def make() -> AsyncGrpcCaller:
                return AsyncGrpcCaller(resolved)

            caller = loop.run_until_complete(make())
            stack.callback(lambda: loop.run_until_complete(caller.close()))

            def call(asked: RpcRequest) -> tuple[bytes, ...]:
                answer: Awaitable[tuple[bytes, ...]] = caller.call(asked)
                return loop.run_until_complete(answer)

            return call

        yield opened


def request_to(address: str, method: str, message: bytes = b"", **facts: Any) -> RpcRequest:
    return RpcRequest(
        address, f"/test.Service/{method}", message, (("x-mark", "m1"),), facts.pop("secure", False), **facts
    )


def test_all_messages_and_the_metadata_go_through(
    script: tuple[Script, int, int], open_caller: Callable[..., Call]
) -> None:
    call = open_caller()
    for message in (b"", b"\x00\xff"):
        assert call(request_to(f"127.0.0.1:{script[1]}", "echo", message)) == (message, b"m1")


@pytest.mark.fault("S17", sockets=True)
def test_a_wide_row_fits_and_an_endless_answer_does_not(
    script: tuple[Script, int, int], open_caller: Callable[..., Call]
) -> None:
    address = f"127.0.0.1:{script[1]}"
    assert len(open_caller()(request_to(address, "large", b"33554432"))[0]) == 32 * 2**20
    with pytest.raises(OperationalError, match="larger than 1000 bytes"):
        open_caller(max_response_bytes=1000)(request_to(address, "large", b"1001"))


def test_a_refusal_keeps_its_details_and_what_came_before_it(
    script: tuple[Script, int, int], open_caller: Callable[..., Call]
) -> None:
    with pytest.raises(RpcError) as caught:
        open_caller()(request_to(f"127.0.0.1:{script[1]}", "refuse"))
    error = caught.value
    assert (error.code, error.message, error.status_details) == ("INVALID_ARGUMENT", "the details", DETAILS)
    assert (error.sent, error.received) == (True, (b"one",))


def test_a_call_ends_at_its_limit_and_the_server_hears_of_it(
    script: tuple[Script, int, int], open_caller: Callable[..., Call]
) -> None:
    script[0].cancelled.clear()
    with pytest.raises(RpcError) as caught:
        open_caller()(request_to(f"127.0.0.1:{script[1]}", "hang", read_timeout=0.5))
    assert (caught.value.code, caught.value.received) == ("DEADLINE_EXCEEDED", (b"one",))
    assert script[0].cancelled.wait(10)


@pytest.mark.fault("C3", sockets=True)
def test_nobody_there_means_that_nothing_was_sent(open_caller: Callable[..., Call]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    call = open_caller()
    for _ in range(2):  # a channel that failed once is not kept
        with pytest.raises(RpcError) as caught:
            call(request_to(f"127.0.0.1:{port}", "echo"))
        assert (caught.value.code, caught.value.sent) == ("UNAVAILABLE", False)


@pytest.mark.fault("C4", sockets=True)
def test_a_silent_port_is_given_up_after_the_connect_timeout(open_caller: Callable[..., Call]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        call = open_caller(connect_timeout=0.3)
        with pytest.raises(RpcError) as caught:
            call(request_to(f"127.0.0.1:{silent.getsockname()[1]}", "echo", read_timeout=5.0))
    assert not caught.value.sent


@pytest.mark.fault("C5", sockets=True)
def test_tls_trusts_the_given_authority_and_no_other(
    script: tuple[Script, int, int], open_caller: Callable[..., Call], authority: trustme.CA, tmp_path: Any
) -> None:
    address = f"localhost:{script[2]}"
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    assert open_caller(ca_bundle=bundle)(request_to(address, "echo", b"x", secure=True)) == (b"x", b"m1")
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with pytest.raises(RpcError) as caught:
        open_caller(ca_bundle=other)(request_to(address, "echo", secure=True))
    assert not caught.value.sent
    with pytest.raises(InterfaceError, match="ca_bundle"):
        open_caller(ca_bundle=tmp_path / "missing.pem")(request_to(address, "echo", secure=True))


def test_a_closed_caller_makes_no_further_call(script: tuple[Script, int, int]) -> None:
    caller = GrpcCaller(ConnectParams.resolve(None, {"client_id": "a", "client_secret": "b"}, {}))
    request = request_to(f"127.0.0.1:{script[1]}", "echo")
    caller.call(request)
    caller.close()
    with pytest.raises(Error, match="closed"):
        caller.call(request)


def test_a_caller_closed_between_connecting_and_calling_says_so(script: tuple[Script, int, int]) -> None:
    caller: GrpcCaller

    def clock() -> float:
        """Read before the channel is made, and again before it is used."""
        if caller._channels:
            caller.close()
        return 0.0

    caller = GrpcCaller(ConnectParams.resolve(None, {"client_id": "a", "client_secret": "b"}, {}), clock=clock)
    with pytest.raises(InterfaceError, match="closed"):
        caller.call(request_to(f"127.0.0.1:{script[1]}", "echo"))


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that lets itself be called and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_closing_does_not_wait_for_a_channel_that_is_still_connecting(silent: socket.socket) -> None:
    """The garbage collector may close on the thread that connects, which would wait for itself."""
    caller = GrpcCaller(ConnectParams.resolve(None, {"client_id": "a", "client_secret": "b"}, {}))
    request = request_to(f"127.0.0.1:{silent.getsockname()[1]}", "echo")
    with futures.ThreadPoolExecutor(1) as pool:
        called = pool.submit(caller.call, request)
        asked, _ = silent.accept()
        with asked:
            caller.close()
            assert not called.done()
        silent.close()
        with pytest.raises(RpcError):
            called.result()


def test_a_channel_that_is_connected_after_the_end_is_closed(silent: socket.socket) -> None:
    """Nobody else would: the caller that is closed does not know it yet."""

    async def run() -> None:
        caller = AsyncGrpcCaller(ConnectParams.resolve(None, {"client_id": "a", "client_secret": "b"}, {}))
        task = asyncio.ensure_future(caller.call(request_to(f"127.0.0.1:{silent.getsockname()[1]}", "echo")))
        asked, _ = await asyncio.to_thread(silent.accept)
        with asked:
            await caller.close()
            asked.sendall(SETTINGS)
            with pytest.raises(InterfaceError, match="closed"):
                await task
            asked.settimeout(30)
            while asked.recv(1024):
                pass

    asyncio.run(run())


def test_a_cancelled_task_cancels_its_call_at_the_server(script: tuple[Script, int, int]) -> None:
    script[0].cancelled.clear()

    async def run() -> None:
        caller = AsyncGrpcCaller(ConnectParams.resolve(None, {"client_id": "a", "client_secret": "b"}, {}))
        await caller.call(request_to(f"127.0.0.1:{script[1]}", "echo"))
        task = asyncio.ensure_future(caller.call(request_to(f"127.0.0.1:{script[1]}", "hang")))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await caller.close()

    asyncio.run(run())
    assert script[0].cancelled.wait(10)
