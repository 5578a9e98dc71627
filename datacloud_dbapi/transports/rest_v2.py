"""Query API V2: one POST, then a GET for each further page. Source: wire spec, query §4; faults P1–P23.

The server honours each `nextBatchId` once, gives three minutes between pages and an hour for the whole result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from unicodedata import category
from urllib.parse import quote

from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.errors import (
    Area,
    ConnectionLostError,
    NotSupportedError,
    OperationalError,
    ProtocolError,
    ResultExpiredError,
)
from datacloud_dbapi.events import Event
from datacloud_dbapi.flow.effects import Flow, note, now, sleep
from datacloud_dbapi.flow.retry import PAGE, SUBMIT, Deadline, Reply, RetryPolicy
from datacloud_dbapi.page import Column, Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.base import SUBMIT_PATIENCE, Capabilities, Parameters, Transport, for_no_rows
from datacloud_dbapi.transports.bodies import V2Answer, read_v2

PAGE_GAP = 180.0
RESULT_LIFE = 3600.0
MARGIN = 10.0
LONGEST_ID = 4096
# What a further page is called where it is shown: its id opens the rest of the result.
PAGE_PATH = "/api/v2/query/…"


@dataclass(slots=True)
class V2Handle(QueryHandle):
    """Also keeps the id of the next page, which the server honours once, and the row count an answer stated."""

    next_id: str | None = field(default=None, repr=False)
    last_page_at: float = 0.0
    stated_total: int | None = None


class RestV2(Transport):
    """Query API V2 at the tenant; rows as JSON arrays, or as Arrow in JSON."""

    name = "rest-v2"
    capabilities = Capabilities(arrow=True)

    def __init__(self, tokens: Tokens, params: ConnectParams) -> None:
        if params.settings:
            # Left aside in silence they would change what the caller gets.
            raise NotSupportedError(f"The transport {self.name} does not take the connection parameter 'settings'")
        self._tokens = tokens
        self._page_replay = params.page_replay
        self._policy = RetryPolicy.of(params)
        self._read_timeout = params.read_timeout

    def submit(
        self, sql: str, parameters: Parameters | None, *, timeout: float | None, arrow: bool
    ) -> Flow[tuple[QueryHandle, Page]]:
        """Run a statement. It is never sent again once it may have arrived."""
        body = json.dumps({"sql": sql}, ensure_ascii=False).encode()
        call = Call("POST", "/api/v2/query", body, self._read_timeout * SUBMIT_PATIENCE, arrow_header(arrow))
        started = yield from now()
        reply = yield from self._tokens.send(call, SUBMIT, self._policy, deadline=Deadline.after(started, timeout))
        answer = _read(reply, "POST /api/v2/query", "query", None, call.headers)
        if answer.page.columns is None and answer.page.rows:
            raise ProtocolError("The first page has rows but no metadata", query_id=answer.query_id)
        handle = V2Handle(answer.query_id, started)
        yield from _advance(handle, answer, None)
        return handle, answer.page

    def next_page(self, handle: QueryHandle, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The page that the handle's next id stands for.

        Raises ResultExpiredError when the server has dropped the result, OperationalError when the page may be lost.
        With `page_replay` a page whose answer was lost is asked for once more.
        """
        assert isinstance(handle, V2Handle)  # noqa: S101 - our own, from `submit`
        used = handle.next_id
        if used is None:
            raise ProtocolError("The result has no further page", query_id=handle.query_id)
        started = yield from now()
        deadline = Deadline.after(started, timeout)
        window = Deadline(min(handle.last_page_at + PAGE_GAP, handle.started_at + RESULT_LIFE) - MARGIN)
        call = Call(
            "GET",
            f"/api/v2/query/{quote(used, safe='')}",
            b"",
            self._read_timeout,
            arrow_header(arrow),
            PAGE_PATH,
            handle.query_id,
        )
        try:
            answer = yield from self._page(call, deadline, window)
        except OperationalError as error:
            if not self._page_replay or not _is_unclear(error):
                raise
            answer = yield from self._page_again(call, deadline, window, error)
        yield from _advance(handle, answer, used)
        return answer.page

    def _page(self, call: Call, deadline: Deadline, window: Deadline) -> Flow[V2Answer]:
        reply = yield from self._tokens.send(call, PAGE, self._policy, deadline=deadline, repeat_until=window)
        return _read(reply, f"GET {PAGE_PATH}", "page", call.query_id, call.headers)

    def _page_again(
        self, call: Call, deadline: Deadline, window: Deadline, failure: OperationalError
    ) -> Flow[V2Answer]:
        """The page that the server may have handed out already, if it is as good as the caller hopes.

        The server honours an id once: what it says the second time is taken for the page only when there are rows in
        it. Source: faults P5-P7.
        """
        pause = (yield from self._policy.pause(1, 0.0, None)) or 0.0
        moment = yield from now()
        if deadline.passed(moment + pause) or window.passed(moment + pause):
            raise failure
        yield from note(
            Event(
                "retry",
                call.method,
                PAGE_PATH,
                failure.http_status,
                attempt=failure.attempts,
                query_id=call.query_id,
                wait=pause,
                error=type(failure).__name__,
            )
        )
        yield from sleep(pause)
        try:
            answer = yield from self._page(call, deadline, window)
        except ResultExpiredError as error:
            raise _lost(call, f"the service does not give it twice: {error.message}") from None
        if not answer.page.rows and not answer.page.stated_rows:
            raise _lost(call, "asked for it again, the service sends no row")
        return answer

    def describe(self, sql: str, parameters: Parameters | None, *, timeout: float | None) -> Flow[tuple[Column, ...]]:
        """Costs a query: there is no other way than to run the statement for no rows."""
        _, page = yield from self.submit(for_no_rows(sql), None, timeout=timeout, arrow=False)
        return page.columns or ()


def _is_unclear(error: OperationalError) -> bool:
    """Whether the server may have handed out the page although no whole answer came."""
    return isinstance(error, ConnectionLostError) or error.http_status in (500, 502, 504)


def _lost(call: Call, reason: str) -> OperationalError:
    return OperationalError(
        f"A page of the result is lost: {reason}",
        query_id=call.query_id,
        request=f"GET {PAGE_PATH}",
        hint="rows given before it stay valid; execute again",
    )


def arrow_header(arrow: bool) -> dict[str, str]:
    """What asks V1 and V2 for rows as Arrow; it must stand on every request of a result."""
    return {"enable-arrow-stream": "true"} if arrow else {}


def _read(reply: Reply, label: str, area: Area, query_id: str | None, asked: Mapping[str, str]) -> V2Answer:
    response = reply.response
    if response.status != 200:
        raise reply.refusal(label, area, query_id)
    in_arrow = bool(asked.keys() & arrow_header(True).keys())
    return read_v2(response.status, response.headers, response.body, label, in_arrow=in_arrow)


def _advance(handle: V2Handle, answer: V2Answer, used: str | None) -> Flow[None]:
    """Count the page in, and check what the answer says of the next one."""
    page = answer.page
    rows = len(page.rows) if page.arrow is None else page.stated_rows or 0
    handle.rows_seen += rows
    if answer.row_count is not None and answer.row_count != rows:
        # It may be the whole result's count; that is known at the end.
        if handle.stated_total not in (None, answer.row_count):
            raise ProtocolError(
                f"The service states {handle.stated_total} rows, and later {answer.row_count}", query_id=handle.query_id
            )
        handle.stated_total = answer.row_count
    if page.done:
        handle.next_id, handle.finished = None, True
        if handle.stated_total is not None and handle.stated_total != handle.rows_seen:
            raise ProtocolError(
                f"The service states {handle.stated_total} rows and sent {handle.rows_seen}",
                query_id=handle.query_id,
            )
        return
    objection = _objection(page.next_id, used)
    if objection is not None:
        raise ProtocolError(f"The result goes on, but its next page's id {objection}", query_id=handle.query_id)
    handle.next_id, handle.last_page_at = page.next_id, (yield from now())


def _objection(next_id: str | None, used: str | None) -> str | None:
    """Why an id cannot be asked for. It is opaque: nothing else may be read into it. Source: faults P10–P13."""
    if next_id is None or not next_id.strip():
        return "is missing"
    if next_id == used:
        return "is the one just used"
    # Control characters, and halves of surrogate pairs, which JSON can spell and no URL holds.
    if next_id in {".", ".."} or any(category(character) in {"Cc", "Cs"} for character in next_id):
        return "would not be a segment of a URL"
    if len(next_id) > LONGEST_ID:
        return f"is longer than {LONGEST_ID} characters"
    return None
