"""A span of OpenTelemetry for each statement, where the application itself has loaded OpenTelemetry; else nothing.

Imports nothing: what is not loaded already traces nothing. Names and meaning are those of the stable conventions for
database client spans. Source: OpenTelemetry semantic conventions 1.33, "Database client spans".
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from urllib.parse import urlsplit

from datacloud_dbapi.errors import Error
from datacloud_dbapi.params import ConnectParams

# choice: the conventions list no name for it, so one in the way of theirs, such as `aws.redshift`.
SYSTEM = "salesforce.data_cloud"
# Blanks, comments and brackets before the first word.
_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*([A-Za-z]+)", re.DOTALL)

_NOTHING: AbstractContextManager[None] = nullcontext()


def execute_span(
    sql: str, params: ConnectParams, *, parameters: bool, rows: Callable[[], int]
) -> AbstractContextManager[None]:
    """Around the running of a statement until its first page, blocking or awaited.

    `rows` is asked at the end for the number of rows, -1 while it is not known. The statement's text is in the span
    only when it has `parameters`: else values stand in it.
    """
    trace = sys.modules.get("opentelemetry.trace")
    return _NOTHING if trace is None else _span(trace, sql, params, parameters, rows)


@contextmanager
def _span(trace: Any, sql: str, params: ConnectParams, parameters: bool, rows: Callable[[], int]) -> Iterator[None]:
    facts = _facts(sql, params, parameters)
    name = f"{facts.get('db.operation.name', 'query')} {params.dataspace}"
    with trace.get_tracer("datacloud_dbapi").start_as_current_span(
        # A recorded exception would bring its message, and with it what the statement holds.
        name,
        kind=trace.SpanKind.CLIENT,
        attributes=facts,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            code = _code(error)
            if code is not None:
                span.set_attribute("db.response.status_code", code)
            span.set_status(trace.StatusCode.ERROR)
            raise
        count = rows()
        if count >= 0:
            span.set_attribute("db.response.returned_rows", count)


def _facts(sql: str, params: ConnectParams, parameters: bool) -> dict[str, str | int]:
    # The tenant's own host is known only after the login, and changes with it.
    server = urlsplit(f"//{params.hyper_address}" if params.hyper_address else params.tenant_url or params.login_url)
    facts: dict[str, str | int] = {"db.system.name": SYSTEM, "db.namespace": params.dataspace}
    first = _FIRST_WORD.match(sql) if isinstance(sql, str) else None
    if first is not None:
        facts["db.operation.name"] = facts["db.query.summary"] = first[1].upper()
    if parameters:
        facts["db.query.text"] = sql
    if server.hostname:
        facts["server.address"] = server.hostname
        facts["server.port"] = server.port or 443
    return facts


def _code(error: BaseException) -> str | None:
    if not isinstance(error, Error):
        return None
    return error.sqlstate or error.code or (None if error.http_status is None else str(error.http_status))
