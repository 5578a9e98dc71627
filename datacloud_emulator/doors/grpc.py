"""The door for gRPC clients: the Hyper service on loopback, with TLS when asked for.

Like the HTTP door it listens on 127.0.0.1 and nowhere else. Messages pass as bytes, one at a time, so a result of any
size takes no more memory here than a message does; what they mean is `api.hyper`'s business.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

import grpc

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.hyper import MESSAGE_BYTES, METADATA_BYTES, SERVICE, CallRefusedError, HyperApi
from datacloud_emulator.api.struck_calls import CallFaults, Messages
from datacloud_emulator.doors.certificates import Certificates

HOST = "127.0.0.1"
_CALLS = 128  # choice: at once; each holds a thread for as long as it lasts, and many of them only wait
# How long calls that run may go on when the door closes. At once would make the clients' libraries complain on stderr.
_GRACE_SECONDS = 0.2

log = logging.getLogger(__name__)

Record = Callable[[str, "TenantToken | None", int, float], object]
Answer = Callable[[TenantToken, bytes, Any], Iterator[bytes]]


class GrpcDoor:
    """Serves from `open` to `close`, at a free port known once the door exists.

    `record` is told of each call when it is over: method, whose it was, the status code's number, seconds.
    `faults` stands between the calls and those who answer them.
    """

    def __init__(self, certificates: Certificates | None, record: Record, faults: CallFaults) -> None:
        self._record = record
        self._faults = faults
        self._threads = _Threads()
        self._server = grpc.server(
            self._threads,  # type: ignore[arg-type]  # the stubs want the library's own pool; any executor will do
            maximum_concurrent_rpcs=_CALLS,
            options=[
                ("grpc.max_receive_message_length", MESSAGE_BYTES),
                ("grpc.max_send_message_length", MESSAGE_BYTES),
                ("grpc.max_metadata_size", METADATA_BYTES),
                ("grpc.so_reuseport", 0),
            ],
        )
        if certificates is None:
            port = self._server.add_insecure_port(f"{HOST}:0")
        else:
            pair = (certificates.key_file.read_bytes(), certificates.chain_file.read_bytes())
            port = self._server.add_secure_port(f"{HOST}:0", grpc.ssl_server_credentials([pair]))
        self.address = f"{HOST}:{port}"

    def open(self, api: HyperApi) -> None:
        """Begin to answer."""
        answers: dict[str, Answer] = {
            "ExecuteQuery": api.execute_query,
            "GetQueryInfo": api.get_query_info,
            "GetQueryResult": api.get_query_result,
            "CancelQuery": api.cancel_query,  # a stream of one message, which is what a single one is on the wire
        }
        handlers = {
            method: grpc.unary_stream_rpc_method_handler(self._handler(api, method, answer))
            for method, answer in answers.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        self._server.start()

    def close(self) -> None:
        """Answer what is nearly done, end the other calls, and stop listening."""
        self._server.stop(_GRACE_SECONDS).wait()
        self._threads.shutdown()

    def _handler(self, api: HyperApi, method: str, answer: Answer) -> Callable[[bytes, Any], Iterator[bytes]]:
        def handle(message: bytes, context: Any) -> Iterator[bytes]:
            began = time.perf_counter()
            token = None
            code = grpc.StatusCode.CANCELLED  # unless it comes to another end

            def answers() -> Messages:
                nonlocal token
                token = api.admit(context.invocation_metadata())
                with api.metered():
                    yield from answer(token, message, context)

            try:
                yield from self._faults.around(method, context, answers())
                code = grpc.StatusCode.OK
            except CallRefusedError as refused:
                code = refused.code
                context.set_trailing_metadata(refused.trailers)
                context.abort(code, refused.message)
            except Exception:  # whatever went wrong is this call's; the server goes on
                log.exception("%s failed", method)
                code = grpc.StatusCode.INTERNAL
                context.abort(code, "Internal Server Error")
            finally:
                self._record(method, token, code.value[0], time.perf_counter() - began)

        return handle


class _Threads(Executor):
    """A daemon thread for each call. The library's own pool is waited for when a program ends, and one that forgets to
    close its emulator would wait for the calls in it."""

    def __init__(self) -> None:
        self._running: set[threading.Thread] = set()

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        thread = threading.Thread(
            target=self._run, args=(future, work, args, kwargs), name="datacloud-emulator-grpc", daemon=True
        )
        self._running.add(thread)
        thread.start()
        return future

    def _run(self, future: Future[Any], work: Callable[..., Any], args: Any, kwargs: Any) -> None:
        try:
            future.set_result(work(*args, **kwargs))
        except BaseException as error:  # the future's owner is told
            future.set_exception(error)
        finally:
            self._running.discard(threading.current_thread())

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for thread in list(self._running):
            thread.join()


class ShutDoor:
    """An address where nobody answers, and nobody else will: an org without gRPC."""

    def __init__(self) -> None:
        self._socket = socket.socket()  # bound and not listening: connections are refused
        self._socket.bind((HOST, 0))
        self.address = f"{HOST}:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()
