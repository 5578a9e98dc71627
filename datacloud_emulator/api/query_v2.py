"""Query API V2: `POST /api/v2/query` and `GET /api/v2/query/{nextBatchId}`.

Speaks for the wire spec, query §4-5 and §15. A batch is read from the engine when it is asked for and held in memory
once, whole (at most `page_bytes`); the rest of a result stays with the engine.
"""

from __future__ import annotations

from datetime import datetime

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.asked import RefusedError
from datacloud_emulator.api.batches import (
    batch,
    batch_size,
    moment,
    refused,
    sql_error,
    statement,
    wants_arrow,
)
from datacloud_emulator.api.bodies import short_error
from datacloud_emulator.arrow_rows import ArrowRows, arrow_range, arrow_schema
from datacloud_emulator.cells import Rows, RowSpelling, fill, metadata_map
from datacloud_emulator.engine.wire import MAX_RANGE_BYTES
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org
from datacloud_emulator.queries import BatchGoneError, ServedQuery, new_batch_id
from datacloud_emulator.sql.guard import aggregate_outputs

_LATEST = datetime(9999, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001 (only its length counts)


def submit(org: Org, request: Request, token: TenantToken) -> Response:
    """The first batch of a new query, or 400 E1 when the body or its SQL is refused."""
    submitted_at = org.clock.now()
    try:
        sql = statement(request.get_data())
        engine = org.dataspace(token).submit(sql, writable=org.writable)
    except RefusedError as error:
        return refused(org, str(error))
    except SqlError as error:
        return sql_error(org, error)
    spelling = RowSpelling(engine.columns, aggregate_outputs(sql, len(engine.columns)), org.quirks)
    return _answer(org, org.queries.open(engine, token, spelling, submitted_at), arrow=wants_arrow(request))


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
    return _answer(org, query, arrow=wants_arrow(request))


def _answer(org: Org, query: ServedQuery, *, arrow: bool) -> Response:
    try:
        rows, last = _read(org, query, arrow=arrow)
    except SqlError as error:
        org.queries.failed(query)
        return sql_error(org, error)
    except BaseException:
        org.queries.failed(query)
        raise
    batch_id = org.queries.answered(query, rows.count, last=last)
    return batch(rows, _fields(org, query, org.clock.now(), rows.count, batch_id, done=last), org)


def _read(org: Org, query: ServedQuery, *, arrow: bool) -> tuple[Rows | ArrowRows, bool]:
    """The next rows of a result, and whether they end it."""
    offset = query.rows_sent
    progress = query.engine.wait(offset + org.page_rows + 1)
    if not query.engine.columns:  # a statement that returns no rows
        return Rows(), True
    skipped = org.quirks.empty_intermediate_batch and query.batches_sent == 1
    if offset == progress.row_count or skipped:
        return arrow_schema(query.engine) if arrow else Rows(), offset == progress.row_count
    longest = _fields(org, query, _LATEST, org.page_rows, new_batch_id(query), done=False)
    room = max(1, org.page_bytes - batch_size(longest))
    rows: Rows | ArrowRows
    if arrow:
        count = min(org.page_rows, progress.row_count - offset)
        rows = arrow_range(query.engine, offset, count, min(room // 4 * 3, MAX_RANGE_BYTES))  # base64: 4 for 3
    else:
        rows = fill(query.engine.rows_json(offset, org.page_rows, min(room, MAX_RANGE_BYTES)), query.spelling, room)
    if not rows.count:
        raise RuntimeError(f"the engine gave no rows from {offset} on, though it has {progress.row_count}")
    return rows, progress.finished and offset + rows.count == progress.row_count


def _fields(
    org: Org, query: ServedQuery, ended: datetime, count: int, batch_id: str | None, *, done: bool
) -> dict[str, object]:
    """Everything of an answer beside its rows."""
    quirks = org.quirks
    fields: dict[str, object] = {
        "startTime": moment(query.submitted_at),
        "endTime": moment(ended),
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
    return fields
