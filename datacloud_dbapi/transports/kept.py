"""Results that the service keeps: wait until they are complete, then take their rows by number, as often as one likes.

What Connect query-sql and Direct V3 have in common; each says in `_call` where and how it is asked.
Source: wire spec, query §9-10; faults rule 4, O3-O5, S21-S22.

| request | sent again after an unclear fault |
|---|---|
| the statement | no |
| status, rows, columns, cancel | yes |
"""

from __future__ import annotations

import copy
import re
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from datacloud_dbapi.arrow_stream import joined
from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.errors import (
    DatabaseError,
    Error,
    OperationalError,
    ProgrammingError,
    ProtocolError,
    QueryTimeoutError,
    ResultExpiredError,
)
from datacloud_dbapi.flow.effects import Flow, now, sleep
from datacloud_dbapi.flow.effects import started as tell_started
from datacloud_dbapi.flow.retry import READ, SUBMIT, Deadline, RetryPolicy
from datacloud_dbapi.page import Column, Page, QueryHandle, RowText
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.base import Transport
from datacloud_dbapi.transports.kept_answers import (
    NOTHING,
    Answer,
    Piece,
    Status,
    read_piece,
    read_status,
)
from datacloud_dbapi.typed_json import join_texts, read_plain
from datacloud_dbapi.types import DataType

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

# The longest the service waits before it answers a question for the status.
LONG_POLL = 10.0
# choice: a service that answers at once is not asked in a tight loop.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
# choice: rows asked for at once; the service cuts an answer at about 2 MB (query-sql) or 20 MB (V3) by itself.
PAGE_ROWS = 50_000
# What is done for a query that nobody waits for any more must not take long.
FAREWELL = 10.0


class KeptResults(Transport):
    """The flows of a transport whose results are kept at the service."""

    def __init__(self, tokens: Tokens, params: ConnectParams) -> None:
        self._tokens = tokens
        self._policy = RetryPolicy.of(params)
        self._read_timeout = params.read_timeout
        self._settings = dict(params.settings or {})
        self._workload = params.workload

    def tuned(self, settings: Mapping[str, str], workload: str | None) -> Self:
        other = copy.copy(self)
        other._settings = {**self._settings, **settings}
        other._workload = workload or self._workload
        return other

    @abstractmethod
    def _call(self, method: str, path: str, query: Mapping[str, object], *, body: bytes = b"", arrow: bool) -> Call:
        """The request for a path below the API's own, with the query's fields beside the API's own."""

    @abstractmethod
    def _rows_query(self, first: int, count: int) -> dict[str, object]:
        """The fields that ask for `count` rows from row `first` on."""

    @abstractmethod
    def _first_status(self, answer: Answer) -> Status:
        """How far the query is, as the answer to the statement says it."""

    @abstractmethod
    def _read_type(self, text: str | None) -> DataType:
        """The type that the API spells so."""

    @abstractmethod
    def _columns(self, query_id: str, deadline: Deadline) -> Flow[tuple[Column, ...] | None]:
        """The columns of a result, without its rows; None where the API has no way to tell."""

    def _start(self, body: bytes, *, timeout: float | None, arrow: bool) -> Flow[tuple[QueryHandle, Page]]:
        """Send a statement; its first rows, once there are any or it is known that there are none."""
        started = yield from now()
        deadline = Deadline.after(started, timeout)
        call = self._call("POST", "", {}, body=body, arrow=arrow)
        reply = yield from self._tokens.send(call, SUBMIT, self._policy, deadline=deadline, org=self.at_org)
        response = reply.response
        answer = Answer(response.status, response.headers, response.body, "POST " + call.path.partition("?")[0])
        if response.status not in (200, 202):
            error = answer.refusal()
            error.attempts = reply.attempts
            raise error
        status = self._first_status(answer)
        piece = read_piece(answer, self._read_type)
        if status.query_id is None:
            raise answer.contradiction("has no queryId")
        handle = QueryHandle(checked_id(status.query_id), started)
        _note(handle, status)
        if handle.total is None:
            yield from tell_started(handle)
            if not piece.columns:
                # Whether the statement has columns at all, an answer says that comes once it is complete.
                piece = replace(piece, columns=None)
        if not piece.columns and piece.arrow is None and piece.rows:
            raise answer.contradiction("has rows but no metadata")
        if not piece.count:
            piece = yield from self._cancelled_when_late(handle, self._wait_for_rows(handle, piece, deadline, arrow))
        return handle, _page(handle, piece)

    def next_page(self, handle: QueryHandle, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows after the ones seen, once the query is complete.

        Raises QueryTimeoutError after `timeout`, having told the service to stop, ResultExpiredError when the service
        no longer has the result, and the query's own error when it has failed.
        """
        if handle.finished:
            raise ProtocolError("The result has no further page", query_id=handle.query_id)
        started = yield from now()
        flow = self._wait_for_rows(handle, NOTHING, Deadline.after(started, timeout), arrow)
        piece = yield from self._cancelled_when_late(handle, flow)
        return _page(handle, piece)

    def row_count(self, handle: QueryHandle, *, timeout: float | None) -> Flow[int]:
        """How many rows the result has, once the query is complete."""
        begun = yield from now()
        flow = self._wait_until_complete(handle, Deadline.after(begun, timeout))
        yield from self._cancelled_when_late(handle, flow)
        return handle.total or 0

    def cancel(self, handle: QueryHandle) -> Flow[None]:
        """Stop the query at the service; a query it no longer has is stopped already."""
        if handle.query_id is None:
            return
        started = yield from now()
        with suppress(ResultExpiredError):
            yield from self._ask("DELETE", handle.query_id, "", {}, Deadline.after(started, self._read_timeout), False)

    def attach(self, query_id: str, *, timeout: float | None, arrow: bool) -> Flow[tuple[QueryHandle, Page]]:
        """The first rows of a result, by its id as the service wrote it. Raises ResultExpiredError when it is gone."""
        started = yield from now()
        handle = QueryHandle(checked_id(query_id), started)
        piece = yield from self._wait_for_rows(handle, NOTHING, Deadline.after(started, timeout), arrow)
        return handle, _page(handle, piece)

    def read_range(self, query_id: str, first: int, count: int, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows from `first` on, counted from 0, exactly `count`; fewer only past the result's end.

        A range of no rows has the columns where the API can tell them.
        """
        started = yield from now()
        deadline = Deadline.after(started, timeout)
        checked_id(query_id)
        if not count:
            return Page((yield from self._columns(query_id, deadline)), [], True)
        end = first + count
        pieces: list[Piece] = []
        position, known = first, False
        while position < end:
            try:
                piece = yield from self._rows(query_id, position, end - position, deadline, arrow)
            except DatabaseError as error:
                if error.http_status != 400:
                    raise
                # It may be past the end, which is told by the total and never by the words.
                status = yield from self._status(query_id, 0.0, deadline)
                if position < _total(status, query_id):
                    raise
                break
            pieces.append(piece)
            position += piece.count
            if position < end and not known:
                status = yield from self._status(query_id, 0.0, deadline)
                end, known = min(end, _total(status, query_id)), True
        return _one_page(pieces, position >= end)

    def _wait_for_rows(self, handle: QueryHandle, piece: Piece, deadline: Deadline, arrow: bool) -> Flow[Piece]:
        """Rows after the ones seen; `piece` has none that count, and perhaps the columns.

        Rows are in chunks, and Arrow is read by these when none of them has come yet: a first answer that has rows need
        not end where a chunk does. Where there is no chunk the total may be that of the rows a statement changed, which
        has no columns: source: wire spec, hyper §3.
        """
        assert handle.query_id is not None  # noqa: S101 - a handle is made with its id
        yield from self._wait_until_complete(handle, deadline)
        total = handle.total or 0
        if total and handle.chunks == 0 and not handle.rows_seen and piece.columns is None:
            piece = replace(piece, columns=(yield from self._columns(handle.query_id, deadline)))
        if piece.columns == ():
            return replace(piece, arrow=None)
        handle.chunks_seen = 0
        if handle.rows_seen < total:
            if arrow and handle.chunks and not handle.rows_seen:
                handle.chunks_seen = 1
                rows = yield from self._chunk(handle.query_id, 0, total, deadline, arrow)
            else:
                count = min(PAGE_ROWS, total - handle.rows_seen)
                rows = yield from self._rows(handle.query_id, handle.rows_seen, count, deadline, arrow)
            return rows if rows.columns is not None else replace(rows, columns=piece.columns)
        if piece.columns is None and piece.arrow is None and not handle.rows_seen:
            columns = yield from self._columns(handle.query_id, deadline)
            return Piece(columns, [], None, 0)
        return piece

    def _wait_until_complete(self, handle: QueryHandle, deadline: Deadline) -> Flow[None]:
        assert handle.query_id is not None  # noqa: S101 - a handle is made with its id
        pause = FIRST_PAUSE
        while handle.total is None:
            asked = yield from now()
            patience = LONG_POLL if deadline.at is None else min(LONG_POLL, max(0.0, deadline.at - asked))
            status = yield from self._status(handle.query_id, patience, deadline)
            _note(handle, status)
            if handle.total is None:
                handle.check_wanted()
            answered = yield from now()
            if handle.total is None and deadline.passed(answered):
                raise QueryTimeoutError("The query timeout passed before the query was complete")
            if handle.total is None and answered - asked < pause:
                yield from sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    def _status(self, query_id: str, patience: float, deadline: Deadline) -> Flow[Status]:
        query = {"waitTimeMs": int(patience * 1000)}
        answer = yield from self._ask("GET", query_id, "", query, deadline, False)
        return read_status(answer)

    def _rows(self, query_id: str, first: int, count: int, deadline: Deadline, arrow: bool) -> Flow[Piece]:
        """At most `count` rows and at least one, of rows that are known to be there."""
        return (yield from self._some(query_id, "/rows", self._rows_query(first, count), count, deadline, arrow))

    def _chunk(self, query_id: str, number: int, most: int | None, deadline: Deadline, arrow: bool) -> Flow[Piece]:
        """The rows of a chunk that is known to be there; it has `most` at most, and at least one."""
        return (yield from self._some(query_id, f"/chunks/{number}", {}, most, deadline, arrow))

    def _some(
        self,
        query_id: str,
        path: str,
        query: Mapping[str, object],
        most: int | None,
        deadline: Deadline,
        arrow: bool,
    ) -> Flow[Piece]:
        """Rows that are known to be there: an answer without any is asked for once more. Source: faults O3-O5."""
        for _ in range(2):
            answer = yield from self._ask("GET", query_id, path, query, deadline, arrow)
            piece = read_piece(answer, self._read_type)
            if most is not None and piece.count > most:
                raise answer.contradiction(f"has {piece.count} rows where there are {most} at most")
            if piece.count:
                return piece
        raise OperationalError(
            "The service says that there are rows, and sends none of them", query_id=query_id, request=answer.request
        )

    def _ask(
        self, method: str, query_id: str, path: str, query: Mapping[str, object], deadline: Deadline, arrow: bool
    ) -> Flow[Answer]:
        """The answer to a request about a query, which may be repeated."""
        # The id is part of a path already: it goes in as the service wrote it.
        call = self._call(method, f"/{query_id}{path}", query, arrow=arrow)
        call = replace(call, query_id=query_id)
        reply = yield from self._tokens.send(call, READ, self._policy, deadline=deadline, org=self.at_org)
        response = reply.response
        label = f"{method} {call.path.partition('?')[0]}"
        answer = Answer(response.status, response.headers, response.body, label, query_id)
        if 200 <= response.status < 300:
            return answer
        error = answer.refusal()
        error.attempts = reply.attempts
        if response.status in (404, 410):
            error = ResultExpiredError(
                error.message,
                code=error.code,
                query_id=query_id,
                http_status=response.status,
                request=label,
                trace_id=error.trace_id,
                hint="the service no longer has the result, or it belongs to another user or data space: execute again",
            )
        raise error

    def _cancelled_when_late(self, handle: QueryHandle, flow: Flow[T]) -> Flow[T]:
        """The flow's value; when its time is up, the service is told once to stop."""
        try:
            return (yield from flow)
        except QueryTimeoutError as error:
            error.query_id = handle.query_id
            moment = yield from now()
            assert handle.query_id is not None  # noqa: S101 - a handle is made with its id
            # Whether or not that succeeds, the timeout is what the caller must hear of.
            with suppress(Error):
                yield from self._ask("DELETE", handle.query_id, "", {}, Deadline.after(moment, FAREWELL), False)
            raise


_SAFE_ID = re.compile(r"[!$&'()*+,\-.:;=@\w~%]{1,4096}", re.ASCII)


def checked_id(query_id: str) -> str:
    """The id, if it can stand in a path as it is: it comes percent-encoded, and is never encoded again.

    Raises ProgrammingError. Source: wire spec, query §9.1.
    """
    if not _SAFE_ID.fullmatch(query_id) or ".." in re.sub("%2e", ".", query_id, flags=re.IGNORECASE) or query_id == ".":
        raise ProgrammingError(
            f"{query_id!r:.80} is no query id", hint="give it as the service wrote it, percent-encoded where it is"
        )
    return query_id


def _note(handle: QueryHandle, status: Status) -> None:
    """Keep what a status says; the total is known once the query is complete."""
    if status.progress is not None:
        handle.progress = status.progress
    if status.complete:
        handle.total = _total(status, handle.query_id)
        handle.chunks = status.chunks
        handle.progress = 1.0


def _total(status: Status, query_id: str | None) -> int:
    if status.row_count is None:
        raise ProtocolError(
            "The service calls the query complete, and does not say how many rows it has", query_id=query_id
        )
    return status.row_count


def _page(handle: QueryHandle, piece: Piece) -> Page:
    """Count rows in. Raises ProtocolError when there are more than the total."""
    handle.rows_seen += piece.count
    if handle.total is not None and piece.columns == () and not piece.count:
        # Nothing to fetch: the total is that of the rows the statement changed.
        handle.finished = True
    elif handle.total is not None:
        if handle.rows_seen > handle.total:
            raise ProtocolError(
                f"The service states {handle.total} rows and sent {handle.rows_seen}", query_id=handle.query_id
            )
        handle.finished = handle.rows_seen == handle.total
    stated = None if piece.arrow is None else piece.count
    return Page(piece.columns, piece.rows, handle.finished, None, piece.arrow, stated)


def _one_page(pieces: list[Piece], done: bool) -> Page:
    streams = [piece.arrow for piece in pieces if piece.arrow is not None]
    if streams:
        if len(streams) != len(pieces):
            raise ProtocolError("Parts of one result came as Arrow and as JSON")
        return Page(None, [], done, None, joined(streams), sum(piece.count for piece in pieces))
    columns = next((piece.columns for piece in pieces if piece.columns is not None), None)
    return Page(columns, _one_list([piece for piece in pieces if piece.count]), done)


def _one_list(pieces: list[Piece]) -> list[list[object]] | RowText:
    """The rows of all pieces: as text, when all are."""
    texts = [piece.rows for piece in pieces if isinstance(piece.rows, RowText)]
    if len(texts) == len(pieces) and texts:
        return join_texts(texts)
    rows: list[list[object]] = []
    for piece in pieces:
        rows += read_plain(piece.rows.parts) if isinstance(piece.rows, RowText) else piece.rows
    return rows
