"""Query API V1: rows as objects, further pages by running the statement again from a row number on.

How it works: the statement is run as it is. When the answer holds the whole result, nothing else is needed. When there
is more, it is run anew in a total order (`total_order.py`), from the first row on, as nobody knows in which order the
first answer came. Each further page begins with the last row of the one before: were it another row now, the data has
changed under the result, which is an error, never a row lost or given twice in silence. One row cannot tell every
change: a result that must stand still is for a transport that keeps it.
Columns of one name are an error where it shows; behind a `*` over several tables it does not.
Source: wire spec, query §3; faults O1, O2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote

from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.errors import (
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ProtocolError,
)
from datacloud_dbapi.flow.effects import Flow, now
from datacloud_dbapi.flow.retry import READ, SUBMIT, Deadline, Repeatable, RetryPolicy
from datacloud_dbapi.page import Column, Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.base import SUBMIT_PATIENCE, Capabilities, Parameters, Transport, for_no_rows
from datacloud_dbapi.transports.bodies import V1Answer, one_name, read_v1
from datacloud_dbapi.transports.total_order import Ordered, in_total_order, outputs

# The service's default, and the most it gives.
PAGE_ROWS = 49_999
REQUEST = "POST /api/v1/query"
KEEPING = "the transports rest-v2, query-sql, direct-v3 and hyper keep a result as it was computed"


@dataclass(slots=True)
class V1Handle(QueryHandle):
    """Also keeps the statement in its total order, the columns, and the last row, which the next page must repeat."""

    ordered: Ordered | None = None
    columns: tuple[Column, ...] = ()
    last_row: list[object] | None = None


class RestV1(Transport):
    """Query API V1 at the tenant, for orgs without V2."""

    name = "rest-v1"
    capabilities = Capabilities()

    def __init__(self, tokens: Tokens, params: ConnectParams) -> None:
        if params.settings:
            # Left aside in silence they would change what the caller gets.
            raise NotSupportedError(f"The transport {self.name} does not take the connection parameter 'settings'")
        self._tokens = tokens
        self._policy = RetryPolicy.of(params)
        self._read_timeout = params.read_timeout * SUBMIT_PATIENCE

    def submit(
        self, sql: str, parameters: Parameters | None, *, timeout: float | None, arrow: bool
    ) -> Flow[tuple[QueryHandle, Page]]:
        """Run a statement; a second time, in a total order, when its result is longer than one answer."""
        started = yield from now()
        deadline = Deadline.after(started, timeout)
        answer = yield from self._ask(Ordered(sql, None), 0, SUBMIT, deadline)
        _check_apart(sql, answer.columns, answer.query_id)
        handle = V1Handle(answer.query_id, started, columns=answer.columns or ())
        if answer.done:
            return handle, _first_page(handle, answer)
        handle.ordered = in_total_order(sql, len(handle.columns))
        try:
            answer = yield from self._ask(handle.ordered, 0, READ, deadline)
        except ProgrammingError as error:
            raise NotSupportedError(
                f"The result is longer than one answer of rest-v1 and cannot be brought into a total order to be read "
                f"page by page: {error.message}",
                code=error.code,
                query_id=handle.query_id,
                http_status=error.http_status,
                hint=KEEPING,
            ) from error
        handle.query_id = answer.query_id
        _check_columns(handle, answer)
        return handle, _first_page(handle, answer)

    def next_page(self, handle: QueryHandle, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows after the ones seen, by running the statement again.

        Raises OperationalError when the result is no longer the one that the pages before were cut from.
        """
        assert isinstance(handle, V1Handle)  # noqa: S101 - our own, from `submit`
        if handle.ordered is None or handle.finished:
            raise ProtocolError("The result has no further page", query_id=handle.query_id)
        started = yield from now()
        deadline = Deadline.after(started, timeout)
        overlap = 0 if handle.last_row is None else 1
        answer = yield from self._ask(handle.ordered, handle.rows_seen - overlap, READ, deadline)
        rows = _rows(handle, answer)
        if overlap:
            if not rows or repr(rows[0]) != repr(handle.last_row):
                raise _changed(handle)
            del rows[0]
        if not rows and not answer.done:
            # A service that gives one row at a time is past the row that was asked for again; else, one more try.
            answer = yield from self._ask(handle.ordered, handle.rows_seen, READ, deadline)
            rows = _rows(handle, answer)
            if not rows and not answer.done:
                raise OperationalError(
                    f"The service says that rows follow the {handle.rows_seen} seen, and sends none",
                    query_id=handle.query_id,
                    request=REQUEST,
                )
        return _page(handle, None, rows, answer.done)

    def describe(self, sql: str, parameters: Parameters | None, *, timeout: float | None) -> Flow[tuple[Column, ...]]:
        """Costs a query: there is no other way than to run the statement for no rows."""
        handle, page = yield from self.submit(for_no_rows(sql), None, timeout=timeout, arrow=False)
        _check_apart(sql, page.columns, handle.query_id)
        return page.columns or ()

    def _ask(self, ordered: Ordered, offset: int, repeatable: Repeatable, deadline: Deadline) -> Flow[V1Answer]:
        query = f"limit={PAGE_ROWS}&offset={offset}"
        if ordered.orderby is not None:
            query += f"&orderby={quote(ordered.orderby, safe='')}"
        body = json.dumps({"sql": ordered.sql}, ensure_ascii=False).encode()
        call = Call("POST", f"/api/v1/query?{query}", body, self._read_timeout)
        reply = yield from self._tokens.send(call, repeatable, self._policy, deadline=deadline)
        response = reply.response
        if response.status != 200:
            raise reply.refusal(REQUEST, "query")
        return read_v1(response.status, response.headers, response.body, REQUEST)


def _first_page(handle: V1Handle, answer: V1Answer) -> Page:
    return _page(handle, answer.columns, answer.rows(handle.columns, REQUEST), answer.done)


def _page(handle: V1Handle, columns: tuple[Column, ...] | None, rows: list[list[object]], done: bool) -> Page:
    """Count the rows in, and keep the last."""
    handle.rows_seen += len(rows)
    handle.finished = done
    if rows:
        handle.last_row = rows[-1]
    return Page(columns, rows, done)


def _rows(handle: V1Handle, answer: V1Answer) -> list[list[object]]:
    _check_columns(handle, answer)
    return answer.rows(handle.columns, REQUEST)


def _check_apart(sql: str, columns: tuple[Column, ...] | None, query_id: str | None) -> None:
    """Columns of one name fall together in the service's maps: the statement itself tells how many there should be."""
    expected = outputs(sql)
    if columns is not None and expected is not None and expected != len(columns):
        raise one_name(REQUEST, query_id)


def _check_columns(handle: V1Handle, answer: V1Answer) -> None:
    if answer.columns is not None and answer.columns != handle.columns:
        raise _changed(handle)


def _changed(handle: V1Handle) -> OperationalError:
    return OperationalError(
        "The result changed while it was read: over rest-v1 each page runs the statement again, and this one is "
        "no longer the continuation of the last",
        query_id=handle.query_id,
        request=REQUEST,
        hint=KEEPING,
    )
