"""What a failed call to Hyper means: the engine's `ErrorInfo`, or the gRPC status where there is none.

Of ErrorInfo's texts, `system_detail` is the operators' and never shown. Source: wire spec, hyper §2.6; status-codes
E10 and §5; faults rule 2.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError

from datacloud_dbapi.error_bodies import server_text
from datacloud_dbapi.errors import (
    AuthenticationError,
    ConnectionLostError,
    DatabaseError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    QueryTimeoutError,
    ResultExpiredError,
    ServerUnreachableError,
    sqlstate_error_class,
)
from datacloud_dbapi.flow.effects import RpcError
from datacloud_dbapi.transports import hyper_service_pb2 as pb

# Statuses that come without ErrorInfo: from the network, a proxy, the login, the message limits.
_CLASS_OF_CODE: dict[str, type[DatabaseError]] = {
    "CANCELLED": ConnectionLostError,
    "DEADLINE_EXCEEDED": ConnectionLostError,
    "INVALID_ARGUMENT": ProgrammingError,
    "PERMISSION_DENIED": OperationalError,
    "UNAUTHENTICATED": AuthenticationError,
    "UNAVAILABLE": ConnectionLostError,
    "UNIMPLEMENTED": NotSupportedError,
}
_HINT_OF_CODE = {
    "UNAUTHENTICATED": "the token is not accepted: check the credentials, or log in again",
    "PERMISSION_DENIED": "the user or the connected app lacks a permission, an OAuth scope or access to the data space",
    "UNIMPLEMENTED": "check that hyper_address names a Hyper endpoint",
}
_EXPIRED_HINT = "the service keeps a result for about a day: execute again"


def error_info(error: RpcError) -> pb.ErrorInfo | None:
    """The engine's own account of the failure, where it sent one."""
    try:
        status = pb.RpcStatus.FromString(error.status_details or b"")
        for detail in status.details:
            if detail.type_url.endswith(".ErrorInfo"):
                return pb.ErrorInfo.FromString(detail.value)
    except DecodeError:
        return None  # somebody else's details: the status itself is what we have
    return None


def is_interruption(error: RpcError) -> bool:
    """Whether the call just ended before its answer did: a lost connection, or the server's limit on one call."""
    return error.code in ("UNAVAILABLE", "CANCELLED") and error_info(error) is None


def meaning(error: RpcError, request: str, *, query_id: str | None, attempts: int, overdue: bool) -> DatabaseError:
    """The PEP 249 error of a failed call.

    `query_id` is the query that the call named; `overdue` says that the statement's deadline has passed.
    """
    info = error_info(error)
    if info is None:
        return _without_info(error, request, query_id, attempts, overdue)
    if query_id is not None and info.sqlstate == "02000":
        error_class: type[DatabaseError] = ResultExpiredError
    elif info.sqlstate in ("57014", "55000"):
        error_class = OperationalError
    else:
        error_class = sqlstate_error_class(info.sqlstate)
    hint = server_text(info.customer_hint) if info.customer_hint else None
    return error_class(
        server_text(info.primary_message) or f"The engine refused {request} without saying why",
        code=error.code,
        sqlstate=info.sqlstate or None,
        position=info.position.begin + 1 if info.HasField("position") else None,
        hint=_EXPIRED_HINT if error_class is ResultExpiredError else hint,
        query_id=query_id,
        attempts=attempts,
        request=request,
    )


def _without_info(error: RpcError, request: str, query_id: str | None, attempts: int, overdue: bool) -> DatabaseError:
    said = server_text(error.message)
    hint = _HINT_OF_CODE.get(error.code)
    error_class = _CLASS_OF_CODE.get(error.code, OperationalError)
    if not error.sent:
        # A certificate that does not prove its host looks the same from here.
        error_class, hint = ServerUnreachableError, "check the address, the network, the certificate and ca_bundle"
    elif overdue and error.code in ("DEADLINE_EXCEEDED", "CANCELLED"):
        error_class, said = QueryTimeoutError, "The query timeout passed before the service answered"
    return error_class(
        said or f"The call ended as {error.code}",
        code=error.code,
        hint=hint,
        query_id=query_id,
        attempts=attempts,
        request=request,
    )
