"""The tenant's Hyper service: which of its calls reach the engine, and as what; bytes come back as they are.

The engine behind it is a superuser's and knows no tokens, so whatever a caller must not do is refused here: calls
without a tenant token, statements that write, other databases than the data space's own, results of somebody else. What
the gRPC door gives is a context (deadline, cancellation, metadata); what it gets is messages or `CallRefusedError`.

Source: wire spec, hyper §1.5-1.6, §2, §6; query §11; auth §7.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from datacloud_emulator.accounts import TenantToken, TokenRefusedError
from datacloud_emulator.engine import hyper_service_pb2 as pb
from datacloud_emulator.engine.wire import SETTINGS, translated
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org
from datacloud_emulator.sql import guard, names

SERVICE = "salesforce.hyperdb.grpc.v1.HyperService"
MESSAGE_BYTES = 64 * 1024 * 1024  # one wide row is one message (wire spec, hyper §2.1)
METADATA_BYTES = 1024 * 1024
RESULT_LIFE = 86_400.0  # seconds (wire spec, hyper §2.7)

_DETAILS = "grpc-status-details-bin"
_ERROR_INFO = "type.googleapis.com/salesforce.hyperdb.grpc.v1.ErrorInfo"
_CODES = {"42501": grpc.StatusCode.PERMISSION_DENIED, "02000": grpc.StatusCode.NOT_FOUND}

Metadata = tuple[tuple[str, str | bytes], ...]


class CallRefusedError(Exception):
    """A call that fails: its status, and the trailers that say more. `cause` is what the engine has against the SQL."""

    def __init__(
        self, code: grpc.StatusCode, message: str, trailers: Metadata = (), cause: SqlError | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.trailers = trailers
        self.cause = cause


class HyperApi:
    """The four methods; safe to call from many threads. `address` is the engine's own gRPC address."""

    def __init__(self, org: Org, address: str) -> None:
        self._org = org
        self._results = _Results(org)
        self._channel: Any = grpc.insecure_channel(  # the stubs know no calls of raw bytes
            address,
            options=[
                ("grpc.max_receive_message_length", MESSAGE_BYTES),
                ("grpc.max_send_message_length", MESSAGE_BYTES),
                ("grpc.max_metadata_size", METADATA_BYTES),
                ("grpc.enable_http_proxy", 0),
                ("grpc.use_local_subchannel_pool", 1),
            ],
        )

    def close(self) -> None:
        self._channel.close()

    def admit(self, metadata: Iterable[tuple[str, str | bytes]]) -> TenantToken:
        """Whose call it is. Raises CallRefusedError: UNAUTHENTICATED."""
        given = dict(metadata)
        scheme, _, text = str(given.get("authorization", "")).partition(" ")
        try:
            if scheme.lower() != "bearer" or not text.strip():
                raise TokenRefusedError("UNAUTHENTICATED: Authorization header is missing or malformed")
            token = self._org.accounts.verify(text.strip())
            # choice: the audience may be left out, but not be another tenant's.
            if given.get("audience", token.tenant) != token.tenant:
                raise TokenRefusedError("UNAUTHENTICATED: the token is not for this audience")
            self._org.dataspace(token)
        except TokenRefusedError as refused:
            raise CallRefusedError(grpc.StatusCode.UNAUTHENTICATED, refused.status) from None
        return token

    @contextmanager
    def metered(self) -> Iterator[None]:
        """Count a call among the tenant's requests while it runs. Raises CallRefusedError when they are too many.

        choice: that calls count as requests over HTTP do, and how one too many is told, is not documented.
        """
        welcome, _ = self._org.quota.enter()
        try:
            if not welcome:
                raise CallRefusedError(grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many requests")
            yield
        finally:
            self._org.quota.leave()

    def execute_query(self, token: TenantToken, message: bytes, context: Any) -> Iterator[bytes]:
        """Run a statement on the token's data space; table names match in any case, as everywhere."""
        dataspace = self._org.dataspace(token)
        param = _parsed(pb.QueryParam, message)
        try:
            guard.check(param.sql, writable=self._org.writable)
        except SqlError as error:
            raise _refused(error) from None
        param.DiscardUnknownFields()  # what we cannot read, we cannot judge
        del param.databases[:]
        param.databases.add(path=str(dataspace.database), alias="default")
        for name, value in SETTINGS.items():
            if name != "time_zone" or not {"time_zone", "timezone"} & param.settings.keys():
                param.settings[name] = value
        while True:
            answers = self._forward("ExecuteQuery", param.SerializeToString(), context)
            head: list[bytes] = []  # the query's id, then its columns: with them the statement is known to be right
            failure = None
            try:
                head.extend(islice(answers, 2))
            except CallRefusedError as error:
                failure = error
            respelled = None
            if failure is not None and failure.cause is not None:
                # Each turn mends one name for good, so this ends; the new text is as long, so positions stay true.
                respelled = names.respelled(param.sql, failure.cause, dataspace.catalog)
            if respelled is None:
                break
            param.sql = respelled
        if head:
            status = pb.ExecuteQueryResponse.FromString(head[0]).query_info.query_status
            self._results.add(status.query_id, token)
        yield from head
        if failure is not None:
            raise failure
        yield from answers

    def get_query_info(self, token: TenantToken, message: bytes, context: Any) -> Iterator[bytes]:
        """How far a query is; a stream of it, if asked for."""
        return self._follow("GetQueryInfo", _parsed(pb.QueryInfoParam, message).query_id, token, message, context)

    def get_query_result(self, token: TenantToken, message: bytes, context: Any) -> Iterator[bytes]:
        """A chunk or a range of rows of a result."""
        return self._follow("GetQueryResult", _parsed(pb.QueryResultParam, message).query_id, token, message, context)

    def cancel_query(self, token: TenantToken, message: bytes, context: Any) -> Iterator[bytes]:
        """Stop a query. One that nobody knows, or that is somebody else's, is answered as a finished one is."""
        if not self._results.belongs(_parsed(pb.CancelQueryParam, message).query_id, token):
            return iter([pb.CancelQueryResponse().SerializeToString()])
        return self._forward("CancelQuery", message, context)

    def _follow(self, method: str, query_id: str, token: TenantToken, message: bytes, context: Any) -> Iterator[bytes]:
        metadata = dict(context.invocation_metadata())
        # A call whose header is amiss goes on: the engine says so, and serves nothing.
        if metadata.get("x-hyperdb-query-id") == query_id and not self._results.belongs(query_id, token):
            raise _refused(SqlError("the requested query ID is unknown", sqlstate="02000"))  # the engine's words
        return self._forward(method, message, context)

    def _forward(self, method: str, message: bytes, context: Any) -> Iterator[bytes]:
        """The engine's answers to a call, one at a time; it is cancelled when its caller is gone."""
        metadata = [(key, value) for key, value in context.invocation_metadata() if key.startswith("x-hyperdb-")]
        call = None
        try:
            # A single answer is a stream of one on the wire, so CancelQuery needs nothing of its own.
            call = self._channel.unary_stream(f"/{SERVICE}/{method}")(
                message, metadata=metadata, timeout=_left(context)
            )
            if not context.add_callback(call.cancel):
                call.cancel()
            yield from call
        except grpc.RpcError as error:
            raise _passed_on(error) from None
        except ValueError:  # how grpc says that the channel is closed
            raise CallRefusedError(grpc.StatusCode.UNAVAILABLE, "no healthy upstream") from None
        finally:
            if call is not None:
                call.cancel()


def _left(context: Any) -> float | None:
    """Seconds until the caller's deadline, or None: grpc tells of a call without one that centuries are left."""
    left: float | None = context.time_remaining()
    return None if left is None or left > threading.TIMEOUT_MAX / 2 else left


class _Results:
    """Whose result a query id stands for, for as long as results are kept."""

    def __init__(self, org: Org) -> None:
        self._clock = org.clock
        self._lock = threading.Lock()
        self._owners: dict[str, tuple[float, TenantToken]] = {}  # oldest first

    def add(self, query_id: str, owner: TenantToken) -> None:
        """Remember a query; one without an id has no result that could be asked for."""
        now = self._clock.monotonic()
        with self._lock:
            while self._owners:
                oldest = next(iter(self._owners))
                if self._owners[oldest][0] > now:
                    break
                del self._owners[oldest]
            if query_id:
                self._owners[query_id] = (now + RESULT_LIFE, owner)

    def belongs(self, query_id: str, owner: TenantToken) -> bool:
        with self._lock:
            ends, known = self._owners.get(query_id, (0.0, None))
        return known == owner and ends > self._clock.monotonic()


def _parsed(kind: Any, message: bytes) -> Any:
    try:
        return kind.FromString(message)
    except DecodeError:
        raise _refused(SqlError("could not parse query parameters", sqlstate="22023")) from None


def _refused(error: SqlError) -> CallRefusedError:
    """What we have against a call, told as the engine would. Source: wire spec, hyper §2.6."""
    code = _CODES.get(error.sqlstate, grpc.StatusCode.INVALID_ARGUMENT)
    info = pb.ErrorInfo(
        primary_message=error.message,
        sqlstate=error.sqlstate,
        customer_hint=error.hint,
        customer_detail=error.detail,
        error_source=error.source,
    )
    if error.position is not None:
        info.position.character_begin = error.position - 1
        info.position.character_end = (error.position_end or error.position) - 1
    detail = pb.RpcStatus.Detail(type_url=_ERROR_INFO, value=info.SerializeToString())
    status = pb.RpcStatus(code=code.value[0], message=error.message, details=[detail])
    trailers = (("x-hyperdb-error-source", error.source.lower()), (_DETAILS, status.SerializeToString()))
    return CallRefusedError(code, error.message, trailers)


def _passed_on(error: Any) -> CallRefusedError:
    """The engine's failure, as it is."""
    cause = translated(error)
    trailers = tuple(
        (key, value)
        for key, value in error.trailing_metadata() or ()
        if key == _DETAILS or key.startswith("x-hyperdb-")
    )
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return CallRefusedError(error.code(), "no healthy upstream", trailers)
    return CallRefusedError(
        error.code(), error.details() or "", trailers, cause if isinstance(cause, SqlError) else None
    )
