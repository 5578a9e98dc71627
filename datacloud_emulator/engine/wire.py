"""The engine over gRPC: start a statement, watch it, read rows of its result, cancel it.

A statement runs ASYNC: it is answered as soon as it is analysed, its rows are fetched by range or by chunk as they
appear, as JSON or as Arrow, and nothing of a result stays here. Two requests for one range give the same rows, whatever
the order among them.

Source: wire spec, hyper §2, §5-7.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import grpc

from datacloud_emulator.engine import hyper_service_pb2 as pb
from datacloud_emulator.engine.sql_types import ResultColumn
from datacloud_emulator.errors import EngineUnavailableError, SqlError

_SERVICE = "/salesforce.hyperdb.grpc.v1.HyperService/"

# One range's `byte_limit` must lie within this. Source: wire spec, hyper §2.1.
MAX_RANGE_BYTES = 20_971_520

_CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_metadata_size", 1024 * 1024),
    ("grpc.enable_http_proxy", 0),
    # A pool of our own: a port that did not answer once is kept in back-off by the shared one.
    ("grpc.use_local_subchannel_pool", 1),
]

# `result_scan` of a result whose rows can all be read is refused for some milliseconds more, until they are stored.
_UNDEFINED_OBJECT = "42704"
_NOT_SCANNED = re.compile(r"result of the query '(?P<id>[^']+)' cannot be scanned")
_STORING_SECONDS = 10.0

_MORE_ROWS_THAN_THERE_ARE = 2**63 - 1

# The service's name matching, and a fixed zone for reading and casting times. Source: wire spec, hyper §1.5, §2.5.
_NAMES = {"identifier_resolution": "case_insensitive", "identifier_normalization": "verbatim"}
_ZONE = {"time_zone": "UTC"}
SETTINGS = {**_NAMES, **_ZONE}


ParamStyle = Literal["QUESTION_MARK", "NAMED", "DOLLAR_NUMBERED"]


@dataclass(frozen=True)
class Execution:
    """How a statement is run, beside its text.

    `parameters` is a JSON array in the engine's own form (wire spec, hyper §2.4); `row_limit` an implicit LIMIT, of
    which 0 leaves the columns only. `settings` stand over the emulator's own, but for how names are matched.
    """

    parameters: str | None = field(default=None, repr=False)
    param_style: ParamStyle = "QUESTION_MARK"
    settings: Mapping[str, str] = field(default_factory=dict)
    row_limit: int | None = None


PLAIN = Execution()


@dataclass(frozen=True)
class QueryProgress:
    """Rows and chunks that can be read so far, and whether that is all of them. `stored`: and they are kept on disk."""

    row_count: int
    finished: bool
    chunk_count: int = field(default=0, compare=False)
    progress: float = field(default=0.0, compare=False)
    stored: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class ArrowPart:
    """Whole Arrow IPC messages: the schema, which has no rows, or record batches; never an end mark."""

    messages: bytes
    count: int


@dataclass(frozen=True)
class JsonPart:
    """Some rows as the engine wrote them: `[..],[..]` without the outer brackets."""

    rows: bytes
    count: int


_Part = TypeVar("_Part", JsonPart, ArrowPart)


class EngineQuery:
    """A statement that runs or has run. Safe to use from several threads.

    `columns` is empty for a statement that returns no rows; `wait` then counts the rows it changed.
    """

    def __init__(self, wire: EngineWire, query_id: str, columns: tuple[ResultColumn, ...]) -> None:
        self._wire = wire
        self.query_id = query_id
        self.columns = columns
        self.base64_columns: frozenset[int] = frozenset()  # bytea that leaves the engine as text (sql.json_outputs)

    def wait(self, rows: int, timeout: float | None = None) -> QueryProgress:
        """Blocks until `rows` rows can be read, the statement is finished, or `timeout` seconds are over.

        Raises SqlError when the statement failed while running (division by zero, cancelled …).
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        progress = QueryProgress(0, finished=False)
        while True:
            remaining = None if deadline is None else max(deadline - time.monotonic(), 0.001)
            for progress in self._wire.watch(self.query_id, remaining):
                if progress.finished or progress.row_count >= rows:
                    return progress
            if deadline is not None and time.monotonic() >= deadline:
                return progress

    def look(self, wait: float) -> QueryProgress:
        """How far the statement is, as soon as it is finished or `wait` seconds are over. Raises as `wait` does."""
        return self.wait(_MORE_ROWS_THAN_THERE_ARE, wait) if wait else self.wait(0)

    def wait_finished(self) -> QueryProgress:
        """Blocks until the statement has run to its end. Raises as `wait` does."""
        return self.wait(_MORE_ROWS_THAN_THERE_ARE)

    def rows_json(self, offset: int, row_limit: int, byte_limit: int) -> Iterator[JsonPart]:
        """Rows from `offset` on, at most `row_limit` of them and about `byte_limit` bytes, but at least one.

        Numeric cells are numbers with all their digits. Only rows that `wait` has reported may be asked for; asking
        past them raises SqlError 22023.
        """
        return self._read(self._wire.rows_json(self.query_id, offset, row_limit, min(byte_limit, MAX_RANGE_BYTES)))

    def chunk_json(self, chunk: int) -> Iterator[JsonPart]:
        """The rows of one of the engine's chunks, as `rows_json`; SqlError 22023 for one that is not there (yet)."""
        return self._read(self._wire.chunk_json(self.query_id, chunk))

    def rows_arrow(self, offset: int, row_limit: int, byte_limit: int) -> Iterator[ArrowPart]:
        """As `rows_json`, in Arrow: the schema part comes first."""
        return self._read(self._wire.rows_arrow(self.query_id, offset, row_limit, min(byte_limit, MAX_RANGE_BYTES)))

    def chunk_arrow(self, chunk: int) -> Iterator[ArrowPart]:
        """As `chunk_json`, in Arrow: the schema part comes first."""
        return self._read(self._wire.chunk_arrow(self.query_id, chunk))

    def schema_arrow(self) -> bytes:
        """The Arrow schema message of the result."""
        return self._wire.schema_arrow(self.query_id)

    def _read(self, parts: Iterator[_Part]) -> Iterator[_Part]:
        try:
            yield from parts
        except SqlError as error:
            if error.sqlstate == "55000":  # "query execution has failed": why is known to the status only
                self.wait_finished()
            raise

    def cancel(self) -> None:
        """Stops the statement if it runs; a finished result stays readable."""
        self._wire.cancel(self.query_id)

    def __repr__(self) -> str:
        return f"<EngineQuery {self.query_id} {[column.name for column in self.columns]}>"


class EngineWire:
    """One channel to the engine's gRPC port; thread-safe."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address, options=_CHANNEL_OPTIONS)
        self._execute = self._stream("ExecuteQuery", pb.ExecuteQueryResponse)
        self._info = self._stream("GetQueryInfo", pb.QueryInfo)
        self._result = self._stream("GetQueryResult", pb.QueryResult)
        self._cancel = self._channel.unary_unary(
            f"{_SERVICE}CancelQuery",
            request_serializer=pb.CancelQueryParam.SerializeToString,
            response_deserializer=pb.CancelQueryResponse.FromString,
        )

    def _stream(self, method: str, response: Any) -> Any:
        # Every generated message class serialises through the same method.
        return self._channel.unary_stream(
            _SERVICE + method,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=response.FromString,
        )

    def close(self) -> None:
        self._channel.close()

    def execute(self, sql: str, database: Path | None, execution: Execution = PLAIN) -> EngineQuery:
        """Starts `sql` on a database file, or on none.

        Raises SqlError for what is wrong with the statement; what fails while it runs is raised by `wait`.
        """
        query_id, schema = "", b""
        param = _query_param(sql, database, execution)
        try:
            try:
                answers = list(self._calls(self._execute, param))
            except SqlError as error:
                scanned = _NOT_SCANNED.search(error.message) if error.sqlstate == _UNDEFINED_OBJECT else None
                if scanned is None or not self._is_stored(scanned["id"]):
                    raise
                answers = list(self._calls(self._execute, param))
        except _CallEndedError:
            raise EngineUnavailableError("The emulator's SQL engine is stopping.") from None
        for answer in answers:
            kind = answer.WhichOneof("result")
            if kind == "query_info" and answer.query_info.HasField("query_status"):
                query_id = answer.query_info.query_status.query_id
            elif kind == "query_result":
                schema = answer.query_result.string_part.data
        columns = json.loads(schema)["columns"] if schema else []
        return EngineQuery(self, query_id, tuple(ResultColumn.from_json(column) for column in columns))

    def _is_stored(self, query_id: str) -> bool:
        """Waits until a result that can be read can be scanned as well, which is a moment later."""
        with suppress(SqlError):  # an id the engine does not know, or a statement that failed
            return any(progress.stored for progress in self.watch(query_id, _STORING_SECONDS))
        return False

    def watch(self, query_id: str, timeout: float | None) -> Iterator[QueryProgress]:
        """Progress as it changes, until finished, `timeout`, or the server's own limit on one call."""
        param = pb.QueryInfoParam(query_id=query_id, streaming=True)
        try:
            for info in self._calls(self._info, param, query_id=query_id, timeout=timeout):
                if info.HasField("query_status"):
                    status = info.query_status
                    yield QueryProgress(
                        status.row_count,
                        finished=status.completion_status != pb.QueryStatus.RUNNING_OR_UNSPECIFIED,
                        chunk_count=status.chunk_count,
                        progress=status.progress,
                        stored=status.completion_status == pb.QueryStatus.FINISHED,
                    )
        except _CallEndedError:
            return

    def rows_json(self, query_id: str, offset: int, row_limit: int, byte_limit: int) -> Iterator[JsonPart]:
        return self._json(query_id, result_range=_range(offset, row_limit, byte_limit))

    def chunk_json(self, query_id: str, chunk: int) -> Iterator[JsonPart]:
        return self._json(query_id, chunk_id=chunk)

    def rows_arrow(self, query_id: str, offset: int, row_limit: int, byte_limit: int) -> Iterator[ArrowPart]:
        return self._arrow(query_id, result_range=_range(offset, row_limit, byte_limit))

    def chunk_arrow(self, query_id: str, chunk: int) -> Iterator[ArrowPart]:
        return self._arrow(query_id, chunk_id=chunk)

    def _json(self, query_id: str, **piece: Any) -> Iterator[JsonPart]:
        param = pb.QueryResultParam(query_id=query_id, output_format=pb.JSON_ARRAY, omit_schema=True, **piece)
        # Without x-hyperdb-json-array-numeric-as-string: with it, a NULL in a numeric column fails with 23502.
        for part in self._calls(self._result, param, query_id=query_id):
            if part.result_part_row_count:
                text = part.string_part.data
                yield JsonPart(text[text.index(b"[") + 1 : text.rindex(b"]")], part.result_part_row_count)

    def _arrow(self, query_id: str, **piece: Any) -> Iterator[ArrowPart]:
        param = pb.QueryResultParam(query_id=query_id, output_format=pb.ARROW_IPC, **piece)
        for part in self._calls(self._result, param, query_id=query_id):
            yield ArrowPart(part.binary_part.data, part.result_part_row_count)

    def schema_arrow(self, query_id: str) -> bytes:
        param = pb.QueryInfoParam(query_id=query_id, schema_output_format=pb.ARROW_IPC)
        for info in self._calls(self._info, param, query_id=query_id):
            if info.HasField("binary_schema"):
                return bytes(info.binary_schema.data)
        return b""  # a statement that returns no rows

    def described(self, sql: str, database: Path | None, execution: Execution) -> bytes:
        """The Arrow schema message of a query's result, types included that JSON cannot carry. Raises as `execute`."""
        param = _query_param(sql, database, replace(execution, row_limit=0))
        param.output_format = pb.ARROW_IPC
        for answer in self._calls(self._execute, param):
            if answer.HasField("query_result"):
                return bytes(answer.query_result.binary_part.data)
        return b""

    def cancel(self, query_id: str) -> None:
        try:
            self._cancel(pb.CancelQueryParam(query_id=query_id), metadata=(("x-hyperdb-query-id", query_id),))
        except grpc.RpcError as error:
            raise translated(error) from None

    def _calls(
        self,
        method: Any,
        param: Any,
        *,
        query_id: str | None = None,
        timeout: float | None = None,
    ) -> Iterator[Any]:
        metadata = None if query_id is None else [("x-hyperdb-query-id", query_id)]
        call = None
        try:
            call = method(param, metadata=metadata, timeout=timeout)
            yield from call
        except grpc.RpcError as error:
            raise translated(error) from None
        except ValueError as error:  # how grpc says that the channel is closed
            raise EngineUnavailableError("The emulator's SQL engine is closed.") from error
        finally:
            if call is not None:
                call.cancel()  # releases a stream that was not read to its end


class _CallEndedError(Exception):
    """A call hit a time limit, the server's or the caller's; the statement runs on."""


def _range(offset: int, row_limit: int, byte_limit: int) -> Any:
    return pb.ResultRange(row_offset=offset, row_limit=row_limit, byte_limit=byte_limit)


def _query_param(sql: str, database: Path | None, execution: Execution) -> Any:
    bound = execution.parameters is not None
    return pb.QueryParam(
        sql=sql,
        databases=[] if database is None else [pb.AttachedDatabase(path=str(database), alias="default")],
        output_format=pb.JSON_ARRAY,
        transfer_mode=pb.ASYNC,
        settings={**_ZONE, **execution.settings, **_NAMES},
        param_style=execution.param_style if bound else None,
        json_parameters=pb.QueryParameterJson(data=execution.parameters) if bound else None,
        query_row_limit=execution.row_limit,
    )


def translated(error: Any) -> Exception:
    """A failed call as what it means to us. Source: wire spec, hyper §2.6."""
    code = error.code()
    info = _error_info(error)
    if info is not None:
        begin = end = None
        if info.HasField("position"):
            begin, end = info.position.character_begin + 1, info.position.character_end + 1
        return SqlError(
            info.primary_message,
            sqlstate=info.sqlstate,
            hint=info.customer_hint,
            detail=info.customer_detail,
            position=begin,
            position_end=end,
            source=info.error_source or "User",
        )
    if code in {grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED}:
        return _CallEndedError()
    if code is grpc.StatusCode.UNAVAILABLE:
        return EngineUnavailableError(f"The emulator's SQL engine does not answer: {error.details()}")
    return SqlError(error.details() or str(code), sqlstate="XX000", source="System")


def _error_info(error: Any) -> Any | None:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in pb.RpcStatus.FromString(value).details:
                if detail.type_url.endswith(".ErrorInfo"):
                    return pb.ErrorInfo.FromString(detail.value)
    return None
