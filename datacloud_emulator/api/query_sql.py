"""Connect query-sql: `/services/data/vNN.0/ssot/query-sql` on the org's host.

Speaks for the wire spec, query §9 and §15 row 9; limits §2, §4. A statement is submitted once; its rows are read at any
offset while it runs and for 24 hours after. One answer holds what fits into the server's chunk, the rest stays with the
engine.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps

import msgspec
from werkzeug.wrappers import Request, Response

from datacloud_emulator.api.bindings import BindingError, decoded, engine_parameters
from datacloud_emulator.api.bodies import connect_error
from datacloud_emulator.api.connect import ConnectRefusedError, dataspace_name, sql_error
from datacloud_emulator.api.numbers import MOST, NumberError, field, parameter
from datacloud_emulator.api.statuses import CONNECT_STATES, snapshot, status_fields
from datacloud_emulator.cells import Rows, connect_spelling, fill
from datacloud_emulator.engine.sql_types import ResultColumn
from datacloud_emulator.engine.wire import MAX_RANGE_BYTES, Execution, QueryProgress
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org
from datacloud_emulator.results import KeptResult, ResultGoneError
from datacloud_emulator.sql.lexer import Kind, literal, tokens
from datacloud_emulator.sql.settings import checked

MAX_WAIT_MS = 10_000
MAX_ADAPTIVE_SECONDS = 15

# The engine's types → the API's. choice: what its list lacks (bytea, json, interval) is spelled as the rest of it is.
_TYPES = {
    "bool": "Bool",
    "smallint": "SmallInt",
    "integer": "Integer",
    "bigint": "BigInt",
    "oid": "Oid",
    "numeric": "Numeric",
    "float4": "Float",
    "float8": "Double",
    "varchar": "Varchar",
    "char": "Char",
    "bytea": "ByteA",
    "date": "Date",
    "time": "Time",
    "timestamp": "Timestamp",
    "timestamptz": "TimestampTZ",
    "interval": "Interval",
    "json": "Json",
}

_Answer = Callable[..., Response]


def _in_salesforces_words(answer: _Answer) -> _Answer:
    """An endpoint whose refusals become E5."""

    @wraps(answer)
    def worded(org: Org, request: Request, version: int, query_id: str = "") -> Response:
        # All versions answer alike, and the id of a path is read by `_found`.
        try:
            return answer(org, request)
        except ConnectRefusedError as refused:
            return refused.response()
        except NumberError as error:
            return connect_error(400, "INVALID_INPUT", str(error))
        except ResultGoneError:
            return connect_error(404, "NOT_FOUND", "The query was not found or its result has expired")
        except SqlError as error:
            return sql_error(error)

    return worded


@dataclass(frozen=True)
class _Submission:
    """What a POST asks for."""

    sql: str
    execution: Execution
    row_limit: int | None
    wait: float | None  # seconds; None: as the server likes


@_in_salesforces_words
def submit(org: Org, request: Request) -> Response:
    """Start a statement: its first rows, or no rows and where to look when it takes longer."""
    given = _submission(request.get_data())
    name = dataspace_name(org, request)
    dataspace = org.store.dataspace(name)
    if dataspace is None:
        raise ConnectRefusedError(f"The data space {name} does not exist")
    sql = _scanned(org, given.sql, _owner(name))
    engine = dataspace.submit(sql, given.execution, writable=org.writable)
    spelling = connect_spelling(engine.columns)
    result = org.results.keep(_new_id(org, engine.query_id), engine, _owner(name), spelling)
    wanted = given.row_limit or org.page_rows
    progress = snapshot(engine, wanted, org.quirks.adaptive_wait if given.wait is None else given.wait, org.quirks)
    rows = _read(org, result, 0, min(wanted, progress.row_count)) if engine.columns else Rows()
    status = _status(result, progress, "")
    return _body(org, rows, metadata=_metadata(engine.columns), status=status)


@_in_salesforces_words
def status(org: Org, request: Request) -> Response:
    """How far a statement is: flat fields as documented, and nested as an older client expects them."""
    wait = parameter(request, "waitTimeMs", 0, most=MAX_WAIT_MS)
    result = _found(org, request)
    progress = result.engine.look(wait / 1000)
    expires = f"seconds: {int(result.expires_at.timestamp())}\n"
    flat = _status(result, progress, expires)
    body = flat if org.quirks.query_sql_flat_status else {**flat, "status": flat}
    return Response(msgspec.json.encode(body), content_type="application/json")


@_in_salesforces_words
def rows(org: Org, request: Request) -> Response:
    """Rows from `offset` on, no more than are there, `rowLimit`, or a chunk of the server."""
    offset = parameter(request, "offset", None)
    limit = parameter(request, "rowLimit", MOST, least=1)
    result = _found(org, request)
    available = result.engine.look(0).row_count if result.engine.columns else 0
    if offset >= available and (offset or result.engine.columns):
        raise ConnectRefusedError(f"The offset {offset} is out of range: the query has {available} rows")
    # choice: a statement without columns, which no org runs, has no row to be out of range of: it is told as it is.
    read = _read(org, result, offset, min(limit, available - offset))
    if request.args.get("omitSchema", "").lower() == "true":
        return _body(org, read)
    return _body(org, read, metadata=_metadata(result.engine.columns))


@_in_salesforces_words
def cancel(org: Org, request: Request) -> Response:
    """Stop a statement; of one that has run, the result stays readable, as the engine has it."""
    _found(org, request).engine.cancel()
    return Response(status=204 if org.quirks.query_sql_delete_204 else 200)


def _owner(dataspace: str) -> tuple[str, str]:
    return ("query-sql", dataspace)


def _new_id(org: Org, engine_id: str) -> str:
    """An id as it stands in a path already: `base64(host:port)%2Fuuid`, by quirk `base64_uuid`."""
    host = base64.urlsafe_b64encode(b"10.0.0.1:7484").decode().rstrip("=")
    uuid = engine_id.rpartition("_")[2]
    return f"{host}_{uuid}" if org.quirks.query_sql_underscore_ids else f"{host}%2F{uuid}"


def _found(org: Org, request: Request) -> KeptResult:
    """The result a path names. The id is read from the path as it was sent, since servers do not agree on what becomes
    of its `%2F`, and since an id that was decoded, or encoded once more, leads nowhere.
    """
    path = request.environ["REQUEST_URI"].partition("?")[0]
    query_id = path.partition("/ssot/query-sql/")[2].partition("/")[0]
    return org.results.find(query_id, _owner(dataspace_name(org, request)))


def _scanned(org: Org, sql: str, owner: tuple[str, str]) -> str:
    """The statement with each `result_scan('<queryId>')` naming the result as the engine does, at unchanged length."""
    items = list(tokens(sql))
    for call, bracket, text in reversed(list(zip(items, items[1:], items[2:], strict=False))):
        if call.word == "RESULT_SCAN" and bracket.text == "(" and text.kind is Kind.STRING:
            with suppress(ResultGoneError):
                known = literal(org.results.find(text.text[1:-1], owner).engine.query_id)
                sql = sql[: text.start] + known.ljust(len(text.text)) + sql[text.end :]
    return sql


def _submission(body: bytes) -> _Submission:
    try:
        given = decoded(body)
    except (ValueError, RecursionError):
        raise ConnectRefusedError("The request body is not valid JSON", "JSON_PARSER_ERROR") from None
    if not isinstance(given, dict):
        raise ConnectRefusedError("The request body must be a JSON object", "JSON_PARSER_ERROR")
    sql = given.get("sql")
    if not isinstance(sql, str) or not sql.strip():
        raise ConnectRefusedError("The request body must have sql, a statement")
    row_limit = field(given, "rowLimit", least=1)
    wait = field(given, "adaptiveTimeout", most=MAX_ADAPTIVE_SECONDS)
    try:
        parameters = engine_parameters(given.get("sqlParameters"), named=True)
    except BindingError as error:
        raise ConnectRefusedError(f"sqlParameters: {error}") from None
    execution = Execution(parameters, "NAMED", checked(given.get("querySettings")))
    return _Submission(sql, execution, row_limit, wait)


def _read(org: Org, result: KeptResult, offset: int, count: int) -> Rows:
    if not count:
        return Rows()
    room = org.quirks.query_sql_chunk_bytes
    read = fill(result.engine.rows_json(offset, count, min(room, MAX_RANGE_BYTES)), result.spelling, room)
    if not read.count:
        raise RuntimeError(f"the engine gave no rows from {offset} on, though it has {count} more")
    return read


def _status(result: KeptResult, progress: QueryProgress, expires: str) -> dict[str, object]:
    return {**status_fields(result.query_id, progress, CONNECT_STATES), "expirationTime": expires}


def _metadata(columns: Sequence[ResultColumn]) -> list[dict[str, object]]:
    """The columns in order; precision and scale for Numeric only."""
    return [_column(column) for column in columns]


def _column(column: ResultColumn) -> dict[str, object]:
    if column.type_name == "array":
        inner = ResultColumn("", column.inner or "", column.precision, column.scale, column.length)
        element = {key: value for key, value in _column(inner).items() if key not in {"name", "nullable"}}
        kind = f"ArrayOf{element['type']}"
        return {"name": column.name, "type": kind, "nullable": column.nullable, "innerElement": element}
    found: dict[str, object] = {
        "name": column.name,
        "type": _TYPES.get(column.type_name, "Unspecified"),
        "nullable": column.nullable,
    }
    if column.type_name == "numeric":
        found |= {"precision": column.precision, "scale": column.scale}
    return found


def _body(org: Org, read: Rows, **fields: object) -> Response:
    """`metadata`, `data`, `returnedRows`, `status`, in the order of the samples."""
    pieces: list[bytes] = [b"{"]
    if "metadata" in fields:
        pieces.append(b'"metadata":' + msgspec.json.encode(fields["metadata"]) + b",")
    pieces += [b'"data":[', *(_row_objects(read) if org.quirks.query_sql_row_objects else read.pieces), b"]"]
    pieces.append(b',"returnedRows":' + str(read.count).encode())
    if "status" in fields:
        pieces.append(b',"status":' + msgspec.json.encode(fields["status"]))
    pieces.append(b"}")
    return Response(pieces, content_type="application/json")


def _row_objects(read: Rows) -> list[bytes]:
    rows = msgspec.json.decode(b"[" + b"".join(read.pieces) + b"]", type=list[msgspec.Raw])
    return [b",".join(b'{"row":' + bytes(row) + b"}" for row in rows)]
