"""Query API V1: `POST /api/v1/query?limit=…&offset=…&orderby=…`.

Speaks for the wire spec, query §3. Every call runs its statement anew, as the service does: nothing is kept between two
pages, so that without an order they may overlap.
"""

from __future__ import annotations

import re
import sys
import uuid
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.asked import RefusedError
from datacloud_emulator.api.batches import (
    batch,
    moment,
    parts,
    refused,
    sql_error,
    statement,
    wants_arrow,
)
from datacloud_emulator.api.numbers import MOST, NumberError, parameter
from datacloud_emulator.arrow_rows import ArrowRows, arrow_rows
from datacloud_emulator.cells import ObjectSpelling, Rows, RowSpelling, fill, metadata_map
from datacloud_emulator.engine.wire import EngineQuery, Execution
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org
from datacloud_emulator.sql import guard
from datacloud_emulator.sql.lexer import quoted

MAX_LIMIT = 49_999

_KEY = re.compile(
    r"""\s* (?: (?P<ordinal>[0-9]+) | (?P<name>\w+) | "(?P<quoted>(?:[^"]|"")+)" )
        (?: \s+ (?P<direction>ASC|DESC) )? (?: \s+ (?P<nulls>NULLS\s+(?:FIRST|LAST)) )? \s*""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class _Window:
    """The rows one call asks for."""

    offset: int
    limit: int
    order: str = ""


def submit(org: Org, request: Request, token: TenantToken) -> Response:
    """One page of a query, or 400 E1 when a parameter, the body, or its SQL is refused."""
    submitted_at = org.clock.now()
    try:
        window = _window(request)
        sql = statement(request.get_data())
        engine = _submit(org, token, sql, window)
        progress = engine.wait(window.offset + window.limit + 1)
        count = min(max(progress.row_count - window.offset, 0), window.limit) if engine.columns else 0
        rows = _rows(org, engine, sql, window.offset, count, arrow=wants_arrow(request))
    except (RefusedError, NumberError) as error:
        return refused(org, str(error))
    except SqlError as error:
        return sql_error(org, error)
    done = not engine.columns or progress.row_count <= window.offset + count
    fields: dict[str, object] = {
        "startTime": moment(submitted_at),
        "endTime": moment(org.clock.now()),
        "rowCount": count,
        "queryId": str(uuid.uuid4()),
    }
    if not (done and org.quirks.omit_done_when_finished):
        fields["done"] = done
    if count or not org.quirks.omit_metadata_when_empty:
        fields["metadata"] = metadata_map(engine.columns, org.quirks)
    return batch(rows, fields, org)


def _window(request: Request) -> _Window:
    return _Window(
        offset=parameter(request, "offset", 0, most=MOST - MAX_LIMIT - 1),
        limit=parameter(request, "limit", MAX_LIMIT, least=1, most=MAX_LIMIT),
        order=_order(request.args.get("orderby", "")),
    )


def _order(text: str) -> str:
    """`Col__c ASC,2 DESC` as SQL; names are names and nothing else."""
    if not text.strip():
        return ""
    keys = []
    for key in re.split(r""",(?=(?:[^"]*"[^"]*")*[^"]*$)""", text):
        match = _KEY.fullmatch(key)
        if match is None:
            raise RefusedError(
                400, f"orderby must be columns or their numbers, each ASC or DESC: {key.strip()!r} is not"
            )
        name = match["name"] or (match["quoted"] or "").replace('""', '"')
        words = [match["ordinal"] or quoted(name), match["direction"] or "", match["nulls"] or ""]
        keys.append(" ".join(word for word in words if word))
    return ", ".join(keys)


def _submit(org: Org, token: TenantToken, sql: str, window: _Window) -> EngineQuery:
    guard.check(sql, writable=org.writable)
    dataspace = org.dataspace(token)
    end = window.offset + window.limit + 1
    if not window.order:
        # No more is computed than it takes to tell whether there is more; what changes rows takes no limit.
        return dataspace.submit(sql, Execution(row_limit=None if org.writable else end), writable=org.writable)
    prefix = "SELECT * FROM (\n"
    body = guard.without_semicolon(sql)
    try:
        return dataspace.submit(f"{prefix}{body}\n) AS q ORDER BY {window.order}", Execution(row_limit=end))
    except SqlError as error:
        raise _moved(error, len(prefix), len(body)) from None


def _moved(error: SqlError, prefix: int, length: int) -> SqlError:
    """The error with its place in the statement as it was sent; none when it is not in there."""
    if error.position is None or error.position_end is None:
        return error
    begin, end = error.position - prefix, error.position_end - prefix
    inside = 1 <= begin <= end <= length + 1
    return SqlError(
        error.message,
        error.sqlstate,
        error.hint,
        error.detail,
        begin if inside else None,
        end if inside else None,
        error.source,
    )


def _rows(org: Org, engine: EngineQuery, sql: str, offset: int, count: int, *, arrow: bool) -> Rows | ArrowRows:
    if arrow and engine.columns:
        return arrow_rows(engine, offset, count)
    cells = RowSpelling(engine.columns, guard.aggregate_outputs(sql, len(engine.columns)), org.quirks)
    return fill(parts(engine, offset, count), ObjectSpelling(engine.columns, cells), sys.maxsize)
