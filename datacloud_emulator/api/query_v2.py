"""Query API V2: `POST /api/v2/query` and `GET /api/v2/query/{nextBatchId}`.

Speaks for the wire spec, query §4-5 and §15. A batch is read from the engine when it is asked for and held in memory
once, whole (at most `page_bytes`); the rest of a result stays with the engine.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.bodies import long_error, short_error
from datacloud_emulator.cells import Rows, RowSpelling, fill, metadata_map
from datacloud_emulator.engine.wire import MAX_RANGE_BYTES
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org
from datacloud_emulator.queries import BatchGoneError, ServedQuery, new_batch_id
from datacloud_emulator.sql.guard import aggregate_outputs

_HEAD = b'{"data":['
_LATEST = datetime(9999, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001 (only its length counts)


class _Refused(Exception):  # noqa: N818 (the answer is the point, not the error)
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def submit(org: Org, request: Request, token: TenantToken) -> Response:
    """The first batch of a new query, or 400 E1 when the body or its SQL is refused."""
    submitted_at = org.clock.now()
    try:
        sql = _statement(request.get_data())
    except _Refused as refused:
        return long_error(org.clock.now(), 400, refused.message, "INVALID_ARGUMENT")
    try:
        engine = org.dataspace(token).submit(sql, writable=org.writable)
    except SqlError as error:
        return _sql_error(org, error)
    spelling = RowSpelling(engine.columns, aggregate_outputs(sql, len(engine.columns)), org.quirks)
    return _answer(org, org.queries.open(engine, token, spelling, submitted_at))


def fetch(org: Org, request: Request, token: TenantToken, batch_id: str) -> Response:
    """The batch `batch_id` stands for; the id is spent by this. 404 E2 when it leads nowhere (any more).

    choice: what the service answers to a misused id is not documented.
    """
    if request.method == "HEAD":  # choice: a HEAD must not spend an id
        return short_error(org.clock.now(), 405, "Method Not Allowed")
    try:
        query = org.queries.take(batch_id, token)
    except BatchGoneError:
        return short_error(org.clock.now(), 404, "Not Found")
    return _answer(org, query)


def _statement(body: bytes) -> str:
    """The `sql` of a request body; other keys are ignored, as the service ignores them."""
    try:
        parsed = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Refused("The request body is not valid JSON") from None
    sql = parsed.get("sql") if isinstance(parsed, dict) else None
    if not isinstance(sql, str) or not sql.strip():
        raise _Refused("The request body must be a JSON object whose sql is a statement")
    return sql


def _answer(org: Org, query: ServedQuery) -> Response:
    try:
        rows, last = _read(org, query)
    except SqlError as error:
        org.queries.failed(query)
        return _sql_error(org, error)
    except BaseException:
        org.queries.failed(query)
        raise
    batch_id = org.queries.answered(query, rows.count, last=last)
    tail = _tail(org, query, org.clock.now(), rows.count, batch_id, done=last)
    return Response([_HEAD, *rows.pieces, tail], content_type="application/json")


def _read(org: Org, query: ServedQuery) -> tuple[Rows, bool]:
    """The next rows of a result, and whether they end it."""
    offset = query.rows_sent
    progress = query.engine.wait(offset + org.page_rows + 1)
    if not query.engine.columns:  # a statement that returns no rows
        return Rows(), True
    if offset == progress.row_count:
        return Rows(), True
    if org.quirks.empty_intermediate_batch and query.batches_sent == 1:
        return Rows(), False
    longest = _tail(org, query, _LATEST, org.page_rows, new_batch_id(query), done=False)
    room = max(1, org.page_bytes - len(_HEAD) - len(longest))
    rows = fill(query.engine.rows_json(offset, org.page_rows, min(room, MAX_RANGE_BYTES)), query.spelling, room)
    if not rows.count:
        raise RuntimeError(f"the engine gave no rows from {offset} on, though it has {progress.row_count}")
    return rows, progress.finished and offset + rows.count == progress.row_count


def _tail(org: Org, query: ServedQuery, ended: datetime, count: int, batch_id: str | None, *, done: bool) -> bytes:
    """Everything of an answer behind its rows."""
    quirks = org.quirks
    fields: dict[str, object] = {
        "startTime": _moment(query.submitted_at),
        "endTime": _moment(ended),
        "rowCount": count,
        "queryId": query.query_id,
    }
    if batch_id is not None:
        fields["nextBatchId"] = batch_id
    elif quirks.next_batch_id_when_done == "empty":
        fields["nextBatchId"] = ""
    elif quirks.next_batch_id_when_done == "present":
        fields["nextBatchId"] = new_batch_id(query)
    if not (done and quirks.omit_done_when_finished):
        fields["done"] = done
    if not (quirks.omit_metadata_when_empty and done and query.rows_sent == 0):
        fields["metadata"] = metadata_map(query.engine.columns, quirks)
    return b"]," + msgspec.json.encode(fields)[1:]


def _moment(moment: datetime) -> str:
    """ISO-8601 in UTC, at most six fraction digits without trailing zeros (wire spec, query §3)."""
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _sql_error(org: Org, error: SqlError) -> Response:
    """E1 with the engine's words.

    choice: SQLSTATE, position, and hint stand in `details`; where the service puts them is not documented. What is the
    engine's own failure (out of resources, stopped) is a 500, everything else the statement's.
    """
    own_failure = error.source == "System" or error.sqlstate[:2] in {"53", "58", "XX"}
    return long_error(
        org.clock.now(),
        500 if own_failure else 400,
        error.message,
        "INTERNAL" if own_failure else "INVALID_ARGUMENT",
        sqlState=error.sqlstate,
        position=error.position,
        hint=error.hint,
    )
