"""Direct V3: `/api/v3/query` on the tenant's host.

Speaks for the wire spec, query §10; limits §2, §4; status-codes §2 (E4). The engine's own protocol over HTTP: a
statement is submitted once and read by row range or by chunk, as JSON or as an Arrow IPC stream, for as long as its
result is kept. Ids are the engine's, so that `result_scan('<queryId>')` works.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any

import msgspec
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.bindings import BindingError, decoded, engine_parameters
from datacloud_emulator.api.bodies import json_response, v3_error
from datacloud_emulator.api.numbers import MOST, NumberError, field, parameter
from datacloud_emulator.api.statuses import V3_STATES, snapshot, status_fields
from datacloud_emulator.arrow_rows import ArrowRows, arrow_chunk, arrow_range, arrow_schema
from datacloud_emulator.cells import CellSpelling, Rows, fill
from datacloud_emulator.engine.sql_types import ResultColumn
from datacloud_emulator.engine.wire import MAX_RANGE_BYTES, Execution, ParamStyle, QueryProgress
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org
from datacloud_emulator.results import KeptResult, ResultGoneError
from datacloud_emulator.sql.settings import checked

ARROW = "application/vnd.apache.arrow.stream"
MAX_WAIT_MS = 10_000
DEFAULT_BYTES = 20_000_000

_STYLES: dict[str, ParamStyle] = {
    "QUESTION_MARK": "QUESTION_MARK",
    "NAMED": "NAMED",
    "DOLLARED": "DOLLAR_NUMBERED",
    "DOLLAR_NUMBERED": "DOLLAR_NUMBERED",
}

_AS_THE_ENGINE = CellSpelling(())
_Answer = Callable[..., Response]


class V3RefusedError(Exception):
    """A call that is wrong before any SQL is looked at."""

    def __init__(self, message: str, status: int = 400, code: str = "INVALID_ARGUMENT") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


def _in_v3_words(answer: _Answer) -> _Answer:
    """An endpoint whose refusals become E4."""

    @wraps(answer)
    def worded(org: Org, request: Request, token: TenantToken, **path: Any) -> Response:
        status, message, code = 404, "The query was not found or its result has expired", "NOT_FOUND"
        details: dict[str, object] = {}
        try:
            asked_for = request.headers.get("ctx-dataspace-ds_name", token.dataspace)
            if asked_for != token.dataspace:  # choice: a token opens one data space, whatever a header says
                raise V3RefusedError(f"The token is not for the data space {asked_for}", 403, "PERMISSION_DENIED")
            return answer(org, request, token, **path)
        except V3RefusedError as refused:
            status, message, code = refused.status, refused.message, refused.code
        except NumberError as error:
            status, message, code = 400, str(error), "INVALID_ARGUMENT"
        except SqlError as error:
            status, message, code = error.http_status, error.message, error.sqlstate
            details = {
                "sqlState": error.sqlstate,
                "errorSource": error.source,
                "position": error.position,
                "hint": error.hint,
            }
        except ResultGoneError:
            pass
        now = org.clock.now()
        return v3_error(now, status, message, code, path=request.path, tenant=token.tenant, details=details)

    return worded


@dataclass(frozen=True)
class _Submission:
    """What a POST asks for."""

    sql: str
    execution: Execution
    at_once: bool  # ASYNC: an id, and no data
    rows: int | None
    size: int


@_in_v3_words
def submit(org: Org, request: Request, token: TenantToken) -> Response:
    """Start a statement: the first range asked for or its first chunk, or no rows when it takes longer."""
    given = _submission(request.get_data())
    engine = org.dataspace(token).submit(given.sql, given.execution, writable=org.writable)
    result = org.results.keep(engine.query_id, engine, _owner(token), _AS_THE_ENGINE)
    # One row is enough to know of a chunk; of a range its last one.
    progress = snapshot(engine, given.rows or 1, 0 if given.at_once else org.quirks.adaptive_wait, org.quirks)
    read: Rows | ArrowRows | None = None
    if not engine.columns:
        read = Rows()
    elif progress.row_count and given.rows is not None:
        read = _range(request, result, 0, min(given.rows, progress.row_count), given.size)
    elif progress.chunk_count:
        read = _chunk(request, result, 0)
    elif progress.finished:
        read = _no_rows(request, result)
    response = _body(request, result, read)
    if not org.quirks.no_status_header:
        response.headers["x-hyperdb-status"] = json.dumps(_status(result, progress), separators=(",", ":"))
    return response


@_in_v3_words
def status(org: Org, request: Request, token: TenantToken, query_id: str) -> Response:
    """How far a statement is, once it is finished or `waitTimeMs` is over; JSON whatever is accepted."""
    wait = parameter(request, "waitTimeMs", MAX_WAIT_MS, most=MAX_WAIT_MS)
    result = org.results.find(query_id, _owner(token))
    return json_response(_status(result, result.engine.look(wait / 1000)))


@_in_v3_words
def rows(org: Org, request: Request, token: TenantToken, query_id: str) -> Response:
    """A range of rows: no more than are there, `limit`, or `byteLimit`, but at least one."""
    offset = parameter(request, "offset", None)
    limit = parameter(request, "limit", MOST, least=1)
    size = parameter(request, "byteLimit", DEFAULT_BYTES, least=1, most=MAX_RANGE_BYTES)
    result = org.results.find(query_id, _owner(token))
    progress = result.engine.look(0)
    if offset < progress.row_count and result.engine.columns:
        return _body(request, result, _range(request, result, offset, min(limit, progress.row_count - offset), size))
    if _takes_arrow(request) and not progress.finished:
        return _body(request, result, None)
    if offset == 0 and progress.finished:
        return _body(request, result, _no_rows(request, result))
    words = f"request out of range: the offset is {offset}, the result has {progress.row_count} rows"
    raise SqlError(words, sqlstate="22023")


@_in_v3_words
def chunk(org: Org, request: Request, token: TenantToken, query_id: str, number: int) -> Response:
    """One of the chunks the status counts; the engine refuses others."""
    result = org.results.find(query_id, _owner(token))
    if _takes_arrow(request):
        progress = result.engine.look(0)
        if number >= progress.chunk_count and not progress.finished:
            return _body(request, result, None)
    return _body(request, result, _chunk(request, result, number))


@_in_v3_words
def metadata(org: Org, request: Request, token: TenantToken, query_id: str) -> Response:
    """The columns alone."""
    result = org.results.find(query_id, _owner(token))
    if _takes_arrow(request):
        return _body(request, result, _no_rows(request, result))
    return json_response({"metadata": _metadata(result.engine.columns)})


def cancel(org: Org, request: Request, token: TenantToken, query_id: str) -> Response:
    """Stop a statement. 204 always, for ids that lead nowhere as well; what has run stays readable."""
    with suppress(ResultGoneError, SqlError):
        org.results.find(query_id, _owner(token)).engine.cancel()
    return Response(status=204)


def _owner(token: TenantToken) -> tuple[str, TenantToken]:
    return ("v3", token)


def _takes_arrow(request: Request) -> bool:
    return request.accept_mimetypes.best_match(["application/json", ARROW], "application/json") == ARROW


def _submission(body: bytes) -> _Submission:
    try:
        given = decoded(body)
    except (ValueError, RecursionError):
        raise V3RefusedError("The request body is not valid JSON") from None
    if not isinstance(given, dict):
        raise V3RefusedError("The request body must be a JSON object")
    sql, mode = given.get("sql"), given.get("transferMode", "ADAPTIVE")
    style = _STYLES.get(str(given.get("paramStyle", "QUESTION_MARK")))
    if not isinstance(sql, str) or not sql.strip():
        raise V3RefusedError("The request body must have sql, a statement")
    if mode not in {"ADAPTIVE", "ASYNC"}:
        raise V3RefusedError("transferMode must be ADAPTIVE or ASYNC")
    if style is None:
        raise V3RefusedError(f"paramStyle must be one of {', '.join(_STYLES)}")
    try:
        parameters = engine_parameters(given.get("parameters"), named=style == "NAMED")
    except BindingError as error:
        raise V3RefusedError(f"parameters: {error}") from None
    limit = field(given, "queryRowLimit")
    first = given.get("resultRange", {})
    if not isinstance(first, dict) or (first and mode == "ASYNC"):
        raise V3RefusedError("resultRange is an object, and for ADAPTIVE only")
    return _Submission(
        sql,
        Execution(parameters, style, checked(given.get("settings")), limit),
        at_once=mode == "ASYNC",
        rows=field(first, "rowLimit", least=1) or (MOST if first else None),
        size=field(first, "byteLimit", least=1, most=MAX_RANGE_BYTES) or DEFAULT_BYTES,
    )


def _range(request: Request, result: KeptResult, offset: int, count: int, size: int) -> Rows | ArrowRows:
    if _takes_arrow(request):
        return arrow_range(result.engine, offset, count, size)
    return fill(result.engine.rows_json(offset, count, size), result.spelling, size)


def _chunk(request: Request, result: KeptResult, number: int) -> Rows | ArrowRows:
    if _takes_arrow(request):
        return arrow_chunk(result.engine, number)
    parts = list(result.engine.chunk_json(number))
    return fill(parts, result.spelling, sum(len(part.rows) + 1 for part in parts))


def _no_rows(request: Request, result: KeptResult) -> Rows | ArrowRows:
    return arrow_schema(result.engine) if _takes_arrow(request) and result.engine.columns else Rows()


def _status(result: KeptResult, progress: QueryProgress) -> dict[str, object]:
    """choice: without `executionStats`, which say how a server far away did."""
    expires = result.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**status_fields(result.query_id, progress, V3_STATES), "expirationTime": expires}


def _metadata(columns: Sequence[ResultColumn]) -> dict[str, object]:
    return {"columns": [{"name": column.name, **_type(column), "nullable": column.nullable} for column in columns]}


def _type(column: ResultColumn) -> dict[str, object]:
    """The engine's own description of a type."""
    sizes = {"precision": column.precision, "scale": column.scale, "length": column.length}
    known: dict[str, object] = {key: value for key, value in sizes.items() if value is not None}
    if column.type_name == "array":
        return {"type": "array", "inner": {"type": column.inner, **known}}
    return {"type": column.type_name, **known}


def _body(request: Request, result: KeptResult, read: Rows | ArrowRows | None) -> Response:
    """An answer with rows, or with none yet: then Arrow has no body at all, and JSON no `data`."""
    if isinstance(read, ArrowRows):
        return Response(read.stream, content_type=ARROW)
    if read is None and _takes_arrow(request):
        return Response(b"", content_type=ARROW)
    pieces: list[bytes] = [b"{"]
    if request.args.get("omitSchema", "").lower() != "true":
        pieces.append(b'"metadata":' + msgspec.json.encode(_metadata(result.engine.columns)) + b",")
    if read is not None:
        pieces += [b'"data":[', *read.pieces, b"],"]
    pieces.append(b'"returnedRows":' + str(read.count if read else 0).encode() + b"}")
    return Response(pieces, content_type="application/json")
