"""Reads the answers of the APIs that keep a result and hand out its rows by number: Connect query-sql and Direct V3.

Both spell the same facts in several ways; every one that was seen is read. Pure functions.
Source: wire spec, query §9.3, §10; faults S13-S15, S21.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from datacloud_dbapi.arrow_stream import rows_in
from datacloud_dbapi.errors import DatabaseError, Error, OperationalError, ProtocolError, error_from_response
from datacloud_dbapi.exact_json import RepeatedKeys
from datacloud_dbapi.page import Column, RowText
from datacloud_dbapi.transports.bodies import open_answer, tells_error
from datacloud_dbapi.types import DataType

ReadType = Callable[[str | None], DataType]

# Upper case, without `_`. choice: a query that waits for its turn is on its way, not failed.
RUNNING = frozenset({"RUNNING", "RUNNINGORUNSPECIFIED", "UNSPECIFIED", "QUEUED"})
COMPLETE = frozenset({"RESULTSPRODUCED", "FINISHED"})


@dataclass(frozen=True, slots=True)
class Status:
    """How far a query is; `row_count` and `chunks` count what is there so far, and all once it is complete."""

    query_id: str | None
    complete: bool
    row_count: int | None
    progress: float | None
    chunks: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one answer, as a page has them, and their number."""

    columns: tuple[Column, ...] | None
    rows: list[list[object]] | RowText
    arrow: bytes | None
    count: int


NOTHING = Piece(None, [], None, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer as it came; `request` is what errors call it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    request: str
    query_id: str | None = None

    def fields(self) -> dict[str, Any]:
        """The object in the body. Raises what `open_answer` raises, and ProtocolError when it is none."""
        fields = open_answer(self.body, self.request)
        if not isinstance(fields, dict) or isinstance(fields, RepeatedKeys):
            raise self.contradiction("states a field twice" if isinstance(fields, dict) else "is no object")
        return fields

    def is_arrow(self) -> bool:
        return "arrow" in self.headers.get("content-type", "").lower()

    def contradiction(self, what: str) -> Error:
        return ProtocolError(f"The answer {what}", request=self.request, query_id=self.query_id)

    def refusal(self) -> Error:
        """The error that the answer stands for, with the server's text."""
        error = error_from_response(
            self.status, self.headers, self.body, request=self.request, area="query", query_id=self.query_id
        )
        if type(error) is not DatabaseError:
            return error
        # A 200 without a SQLSTATE: nothing says that the statement is wrong.
        return OperationalError(
            error.message, code=error.code, query_id=error.query_id, http_status=self.status, request=self.request
        )


def read_status(answer: Answer) -> Status:
    """The status in an answer's body, flat or under `status`. Raises the query's own error when it has failed."""
    fields = answer.fields()
    nested = fields.get("status")
    return _status(answer, {**fields, **nested} if isinstance(nested, dict) else fields)


def read_status_header(answer: Answer, *names: str) -> Status:
    """The status in the first of these headers; without any, the one in the body."""
    text = next((answer.headers[name] for name in names if name in answer.headers), None)
    if text is None:
        if answer.is_arrow() or not answer.body:
            raise answer.contradiction(f"has no header {names[0]}")
        return read_status(answer)
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise answer.contradiction(f"has a header {names[0]} that is no JSON object")
    return _status(answer, value)


def _status(answer: Answer, fields: Mapping[str, Any]) -> Status:
    query_id = fields.get("queryId")
    state = fields.get("completionStatus")
    if not isinstance(state, str):
        if tells_error(fields):
            raise answer.refusal()
        raise answer.contradiction("does not say how far the query is")
    word = state.upper().replace("_", "")
    if word not in RUNNING | COMPLETE:
        # Failed, Canceled, Error, and whatever else may come: never the end of a result.
        error = answer.refusal()
        if error.message.startswith("The service answered") or error.message == state:
            error.message = f"The query did not complete; the service calls it {state!r:.60}"
        raise error
    progress = fields.get("progress")
    if isinstance(progress, bool):
        progress = None
    return Status(
        query_id if isinstance(query_id, str) and query_id else None,
        word in COMPLETE,
        _count(fields.get("rowCount")),
        None if progress is None else _fraction(progress),
        _count(fields.get("chunkCount")),
    )


def _count(value: object) -> int | None:
    """A number of rows; Protobuf's JSON writes 64-bit numbers as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _fraction(value: object) -> float | None:
    try:
        return min(1.0, max(0.0, float(str(value))))
    except ValueError:
        return None


def read_piece(answer: Answer, read_type: ReadType) -> Piece:
    """The rows of an answer. An Arrow body without a byte is a query that has none yet."""
    if answer.is_arrow():
        return Piece(None, [], answer.body, rows_in(answer.body)) if answer.body else NOTHING
    if not answer.body and answer.status in (200, 202) and "x-hyperdb-status" in answer.headers:
        return NOTHING
    fields = answer.fields()
    metadata = fields.get("metadata")
    if "data" not in fields and not metadata and "status" not in fields:
        if tells_error(fields):
            raise answer.refusal()
        raise answer.contradiction("has no data")
    data = fields.get("data")
    if data is None:
        data = []
    if not isinstance(data, (list, RowText)):
        raise answer.contradiction("has odd data")
    rows = data if isinstance(data, RowText) else [_row(answer, row) for row in data]
    stated = _count(fields.get("returnedRows"))
    if stated is not None and stated != len(rows):
        raise answer.contradiction(f"states {stated} rows and has {len(rows)}")
    # An empty list says that there are no columns, unless it stands beside rows.
    columns = read_columns(answer, metadata, read_type) if metadata or (metadata == [] and not rows) else None
    return Piece(columns, rows, None, len(rows))


def _row(answer: Answer, row: object) -> list[object]:
    """A row is an array, or an object that holds one."""
    if isinstance(row, dict) and len(row) == 1:
        row = row.get("row", row.get("rowData"))
    if not isinstance(row, list):
        raise answer.contradiction("has a row that is no array")
    return row


def read_columns(answer: Answer, metadata: object, read_type: ReadType) -> tuple[Column, ...]:
    """The columns of a metadata list, which may stand under `columns`."""
    if isinstance(metadata, dict):
        metadata = metadata.get("columns")
    if not isinstance(metadata, list):
        raise answer.contradiction("has odd metadata")
    found = []
    for facts in metadata:
        if not isinstance(facts, dict) or not isinstance(facts.get("name"), str):
            raise answer.contradiction("has a column without a name")
        nullable = facts.get("nullable")
        found.append(
            Column(facts["name"], _data_type(facts, read_type), nullable if isinstance(nullable, bool) else None)
        )
    return tuple(found)


def _data_type(facts: Mapping[str, Any], read_type: ReadType) -> DataType:
    text = facts.get("type")
    named = read_type(text if isinstance(text, str) else None)
    if named.kind == "NUMERIC" and named.precision is None and (precision := _count(facts.get("precision"))):
        return DataType("NUMERIC", precision=precision, scale=_count(facts.get("scale")) or 0)
    if named.kind in ("CHAR", "VARCHAR") and named.length is None:
        return DataType(named.kind, length=_count(facts.get("length")))
    inner = facts.get("innerElement", facts.get("inner"))
    if named.kind == "ARRAY" and inner:
        return DataType("ARRAY", inner=_data_type(inner if isinstance(inner, dict) else {"type": inner}, read_type))
    return named
