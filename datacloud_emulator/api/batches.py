"""What V1 and V2 answers share: the statement of a request, the fields around the rows, and how SQL is refused.

Speaks for the wire spec, query §3-6; status-codes §2-3.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from werkzeug.wrappers import Request, Response

from datacloud_emulator.api.asked import RefusedError
from datacloud_emulator.api.bodies import long_error
from datacloud_emulator.arrow_rows import ArrowRows
from datacloud_emulator.cells import Rows
from datacloud_emulator.engine.wire import MAX_RANGE_BYTES, EngineQuery, JsonPart
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org


def statement(body: bytes) -> str:
    """The `sql` of a request body; other keys are ignored, as the service ignores them. Raises RefusedError."""
    try:
        parsed = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RefusedError(400, "The request body is not valid JSON") from None
    sql = parsed.get("sql") if isinstance(parsed, dict) else None
    if not isinstance(sql, str) or not sql.strip():
        raise RefusedError(400, "The request body must be a JSON object whose sql is a statement")
    return sql


def wants_arrow(request: Request) -> bool:
    """Whether this answer's rows go as Arrow: asked for by each request anew."""
    return request.headers.get("enable-arrow-stream", "").strip().lower() == "true"


def batch(rows: Rows | ArrowRows, fields: Mapping[str, object], org: Org) -> Response:
    """An answer: its rows, as `data` or as `arrowStream`, and the other fields behind them."""
    tail = msgspec.json.encode(fields)[1:]
    if isinstance(rows, Rows):
        pieces = [b'{"data":[', *rows.pieces, b"],", tail]
    elif rows.count or org.quirks.arrow_when_empty == "stream":
        pieces = [b'{"arrowStream":"', b64encode(rows.stream), b'",', tail]
    elif org.quirks.arrow_when_empty == "null":
        pieces = [b'{"arrowStream":null,', tail]
    else:
        pieces = [b"{", tail]
    return Response(pieces, content_type="application/json")


def parts(engine: EngineQuery, offset: int, count: int) -> Iterator[JsonPart]:
    """Exactly `count` rows from `offset` on, in as many ranges as that takes."""
    while count:
        got = 0
        for part in engine.rows_json(offset, count, MAX_RANGE_BYTES):
            got += part.count
            yield part
        if not got:
            raise RuntimeError(f"the engine gave no rows from {offset} on, though it has {count} more")
        offset, count = offset + got, count - got


def batch_size(fields: Mapping[str, object]) -> int:
    """The bytes of an answer that are not its rows."""
    return len(b'{"arrowStream":"",') + len(msgspec.json.encode(fields)) - 1


def moment(at: datetime) -> str:
    """ISO-8601 in UTC, at most six fraction digits without trailing zeros (wire spec, query §3)."""
    fraction = f".{at.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def refused(org: Org, message: str) -> Response:
    return long_error(org.clock.now(), 400, message, "INVALID_ARGUMENT")


def sql_error(org: Org, error: SqlError) -> Response:
    """E1 with the engine's words.

    choice: SQLSTATE, position, and hint stand in `details`; where the service puts them is not documented.
    """
    status = 500 if error.http_status == 500 else 400
    return long_error(
        org.clock.now(),
        status,
        error.message,
        "INTERNAL" if status == 500 else "INVALID_ARGUMENT",
        sqlState=error.sqlstate,
        position=error.position,
        hint=error.hint,
    )
