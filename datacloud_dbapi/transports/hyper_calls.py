"""The four calls of Hyper's gRPC service as flows: what is sent with each, what is sent again, what comes back.

Which call may be repeated (a lost connection, or the server's own limit on one call, counts as a fault):

| call | kind | never left | fault before any message | fault after some |
|---|---|---|---|---|
| `execute` | statement | repeated | error: the statement may run | what came is used, and read on from there |
| `result`, `cancel` | read | repeated | repeated | repeated from the range's start: its rows are settled |
| `info` | watch | repeated | repeated | repeated; at a limit on the call, what came is the answer |

A refused token is renewed once. Source: wire spec, hyper §2; query §11; auth §7; faults rule 2 and O6.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError

from datacloud_dbapi.auth.exchange import DataCloudToken
from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.dsn import is_loopback
from datacloud_dbapi.errors import ConnectionLostError, InterfaceError, ProtocolError, QueryTimeoutError
from datacloud_dbapi.events import Event
from datacloud_dbapi.flow.effects import Flow, RpcError, RpcRequest, note, now, rpc, sleep
from datacloud_dbapi.flow.limits import RequestBudget
from datacloud_dbapi.flow.retry import NEVER, Deadline, RetryPolicy, enter
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports import hyper_service_pb2 as pb
from datacloud_dbapi.transports.base import SUBMIT_PATIENCE
from datacloud_dbapi.transports.hyper_answers import MAX_RANGE_BYTES, MAX_RANGE_ROWS, Answer, Range, Status
from datacloud_dbapi.transports.hyper_errors import is_interruption, meaning
from datacloud_dbapi.transports.hyper_parameters import HyperStatement
from datacloud_dbapi.transports.hyper_parts import Part, part_in_response, read_part

if TYPE_CHECKING:
    from typing_extensions import Self

SERVICE = "/salesforce.hyperdb.grpc.v1.HyperService/"

# choice: after so long the service answers with what it has, and the query can be cancelled by its id.
ADAPTIVE_TIMEOUT = "1s"

Kind = Literal["statement", "read", "watch"]


class HyperCalls:
    """Makes the calls for one connection; `tokens` is None for a bare hyperd, which knows no login."""

    def __init__(self, tokens: Tokens | None, params: ConnectParams) -> None:
        self._tokens = tokens
        self._budget = RequestBudget() if tokens is None else tokens.budget
        self._policy = RetryPolicy.of(params)
        self._read_timeout = params.read_timeout
        self._settings = dict(params.settings or {})
        self._workload = params.workload or "datacloud-dbapi"
        self._databases = (
            [pb.AttachedDatabase(path=params.hyper_database, alias="default")] if params.hyper_database else []
        )
        self._address: tuple[str, bool] | None = None
        if params.hyper_address is not None:
            self._address = _checked_address(params.hyper_address, params)
        elif tokens is None:
            raise InterfaceError("A connection without a login needs hyper_address")

    def tuned(self, settings: Mapping[str, str], workload: str | None) -> Self:
        """The same for one statement, as `Transport.tuned` says."""
        other = copy.copy(self)
        other._settings = {**self._settings, **settings}
        other._workload = workload or self._workload
        return other

    def execute(
        self, statement: HyperStatement, *, arrow: bool, first: Range | None, deadline: Deadline
    ) -> Flow[Answer]:
        """Run a statement and wait for the rows of its `first` range, or of its first chunk when that is None.

        The service may answer before the rows are there; the status says so. With a deadline it always does.
        """
        param = self._param(statement, arrow)
        # choice: with a timeout the answer must not wait for rows, as without its id a late query could not be stopped.
        if deadline.at is not None:
            param.transfer_mode = pb.ASYNC
        elif first is not None:
            param.result_range.CopyFrom(_range(first))
        return (yield from self._execute(param, deadline))

    def analyse(self, statement: HyperStatement, *, deadline: Deadline) -> Flow[Answer]:
        """Run a statement for no rows; its schema comes in Arrow, which has every type."""
        param = self._param(statement, True)
        param.query_row_limit = 0
        return (yield from self._execute(param, deadline))

    def _param(self, statement: HyperStatement, arrow: bool) -> pb.QueryParam:
        param = pb.QueryParam(
            sql=statement.sql,
            databases=self._databases,
            output_format=_format(arrow),
            settings=self._settings,
            transfer_mode=pb.ADAPTIVE,
            param_style=pb.NAMED,
        )
        if statement.values is not None:
            param.json_parameters.data = statement.values
        return param

    def _execute(self, param: pb.QueryParam, deadline: Deadline) -> Flow[Answer]:
        messages = yield from self._call(
            "ExecuteQuery",
            param.SerializeToString(),
            "statement",
            deadline=deadline,
            patience=self._read_timeout * SUBMIT_PATIENCE,
            metadata=(("x-hyperdb-adaptive-timeout", ADAPTIVE_TIMEOUT),),
        )
        answer = Answer("")
        for message in messages:
            with _readable("ExecuteQuery"):
                part = part_in_response(message)
                response = pb.ExecuteQueryResponse.FromString(b"" if part else message)
            if part is not None:
                _take_part(answer, part)
                answer.whole = False
            elif response.HasField("query_info"):
                _take_info(answer, response.query_info)
                answer.whole = answer.rows > 0
        if not answer.query_id:
            raise ProtocolError("The service gave the statement no query id", request="ExecuteQuery")
        return answer

    def info(self, query_id: str, *, arrow: bool, wait: float, deadline: Deadline) -> Flow[Answer]:
        """A query's schema and status once it is finished, or as they are after `wait` seconds.

        Raises what the query itself failed with.
        """
        param = pb.QueryInfoParam(query_id=query_id, streaming=wait > 0, schema_output_format=_format(arrow))
        messages = yield from self._call(
            "GetQueryInfo",
            param.SerializeToString(),
            "watch" if wait else "read",
            query_id=query_id,
            deadline=deadline,
            patience=wait or None,
        )
        answer = Answer(query_id)
        for message in messages:
            with _readable("GetQueryInfo", query_id):
                info = pb.QueryInfo.FromString(message)
            _take_info(answer, info)
        return answer

    def result(self, query_id: str, wanted: Range | int, *, arrow: bool, deadline: Deadline) -> Flow[Answer]:
        """The rows of a range, as far as they are there, or of a chunk by its number."""
        param = pb.QueryResultParam(query_id=query_id, output_format=_format(arrow))
        if isinstance(wanted, Range):
            param.result_range.CopyFrom(_range(wanted))
        else:
            param.chunk_id = wanted
        messages = yield from self._call(
            "GetQueryResult", param.SerializeToString(), "read", query_id=query_id, deadline=deadline
        )
        answer = Answer(query_id)
        for message in messages:
            with _readable("GetQueryResult", query_id):
                part = read_part(message)
            _take_part(answer, part)
        return answer

    def cancel(self, query_id: str) -> Flow[None]:
        """Stop a query. Fine for one that is finished or unknown, too."""
        param = pb.CancelQueryParam(query_id=query_id)
        yield from self._call("CancelQuery", param.SerializeToString(), "read", query_id=query_id)

    def _call(
        self,
        name: str,
        message: bytes,
        kind: Kind,
        *,
        query_id: str | None = None,
        deadline: Deadline = NEVER,
        patience: float | None = None,
        metadata: tuple[tuple[str, str], ...] = (),
    ) -> Flow[Iterable[bytes]]:
        """The call's messages, after the repetitions that the module's table allows its kind."""
        waited, attempt, refused = 0.0, 0, False
        while True:
            attempt += 1
            if deadline.passed((yield from now())):
                raise QueryTimeoutError(
                    "The query timeout passed before the service answered", request=name, query_id=query_id
                )
            token = None if self._tokens is None else (yield from self._tokens.current(self._policy))
            address, secure = self._address or _tenant_address(token)
            # What stops a query waits for nobody: it may be one of those under way that it is to stop.
            budget = RequestBudget() if name == "CancelQuery" else self._budget
            leave, waited = yield from enter(budget, name, self._policy, waited, deadline)
            try:
                return (
                    yield from rpc(
                        RpcRequest(
                            address,
                            SERVICE + name,
                            message,
                            (*metadata, *self._metadata(token, query_id)),
                            secure,
                            patience or self._read_timeout,
                            deadline.at,
                            attempt,
                            query_id,
                        )
                    )
                )
            except RpcError as error:
                failure = error
            finally:
                leave()
            moment = yield from now()
            overdue = deadline.passed(moment)
            if _is_answered(failure, kind) and not overdue:
                return failure.received
            if failure.code == "UNAUTHENTICATED" and self._tokens is not None and token is not None and not refused:
                # It comes before the call is acted on: safe even for a statement.
                refused = True
                if self._tokens.refused(token):
                    continue
            pause = None
            if not failure.sent or (kind != "statement" and is_interruption(failure)):
                pause = yield from self._policy.pause(attempt, waited, None)
            if pause is None or deadline.passed(moment + pause):
                raise meaning(failure, name, query_id=query_id, attempts=attempt, overdue=overdue) from None
            waited += pause
            yield from note(Event("retry", None, name, failure.code, attempt=attempt, query_id=query_id, wait=pause))
            yield from sleep(pause)

    def _metadata(self, token: DataCloudToken | None, query_id: str | None) -> tuple[tuple[str, str], ...]:
        pairs = [("x-hyperdb-workload", self._workload)]
        if query_id is not None:
            pairs.append(("x-hyperdb-query-id", query_id))
        if token is not None:
            pairs.append(("authorization", f"Bearer {token.access_token}"))
            audience = _audience(token.access_token)
            if audience is not None:
                pairs.append(("audience", audience))
        return tuple(pairs)


def _is_answered(failure: RpcError, kind: Kind) -> bool:
    """Whether what came before the failure is enough to go on with."""
    if kind == "statement":
        return bool(failure.received) and is_interruption(failure)
    if kind == "watch":
        # Our own limit, or the server's 100 s: it is asked again anyway.
        return failure.code == "DEADLINE_EXCEEDED" or (failure.code == "CANCELLED" and is_interruption(failure))
    return False


@contextmanager
def _readable(request: str, query_id: str | None = None) -> Iterator[None]:
    try:
        yield
    except (DecodeError, ValueError):
        raise ConnectionLostError(
            "A message of the answer is not readable", request=request, query_id=query_id
        ) from None


def _take_info(answer: Answer, info: pb.QueryInfo) -> None:
    if info.HasField("query_status"):
        status = info.query_status
        answer.query_id = status.query_id or answer.query_id
        complete = status.completion_status != pb.QueryStatus.RUNNING_OR_UNSPECIFIED
        answer.status = Status(status.row_count, complete, status.progress, status.chunk_count)
    elif info.HasField("binary_schema"):
        answer.schema = info.binary_schema.data
    elif info.HasField("string_schema"):
        answer.schema = info.string_schema.data


def _take_part(answer: Answer, part: Part) -> None:
    if part.rows:
        answer.parts.append(part.data)
        answer.rows += part.rows
    elif part.data:
        answer.schema = bytes(part.data)


def _range(wanted: Range) -> pb.ResultRange:
    return pb.ResultRange(
        row_offset=wanted.first,
        row_limit=min(wanted.rows, MAX_RANGE_ROWS),
        byte_limit=min(wanted.bytes, MAX_RANGE_BYTES),
    )


def _format(arrow: bool) -> pb.Format:
    return pb.ARROW_IPC if arrow else pb.JSON_ARRAY


def _checked_address(address: str, params: ConnectParams) -> tuple[str, bool]:
    """`host:port`, and whether it is spoken to through TLS: always, but for this machine's own where that is allowed.

    choice: with a ca_bundle a local endpoint is one with TLS too, as nothing else has a use for it.
    """
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536) or "/" in host:
        raise InterfaceError("The connection parameter 'hyper_address' must be host:port")
    plain = is_loopback(host) and params.allow_insecure_loopback and params.ca_bundle is None
    return address, not plain


def _tenant_address(token: DataCloudToken | None) -> tuple[str, bool]:
    """The tenant's own endpoint. Source: wire spec, auth §7."""
    assert token is not None  # noqa: S101 - without a login there is an address, or no connection
    parts = urlsplit(token.tenant_url)
    if parts.scheme != "https":
        raise InterfaceError(
            "A tenant that speaks plain http has no gRPC beside it",
            hint="name its endpoint in hyper_address",
        )
    return f"{parts.netloc if parts.port else f'{parts.netloc}:443'}", True


def _audience(access_token: str) -> str | None:
    """The claim `audienceTenantId` of the token, unverified: the service checks it against the token itself."""
    payload = access_token.split(".")[1] if access_token.count(".") == 2 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        return None  # a token of another kind
    audience = claims.get("audienceTenantId") if isinstance(claims, dict) else None
    return audience if isinstance(audience, str) and audience.isascii() and audience.isprintable() else None
