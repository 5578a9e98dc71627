"""Reads the answers of the query APIs: exact numbers, duplicate keys noticed, nothing taken on trust.

Pure functions from bytes to `Page`. Source: wire spec, query §4–5; faults S12–S15, S20, P20–P22.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from datacloud_dbapi.arrow_stream import rows_in
from datacloud_dbapi.errors import (
    ConnectionLostError,
    DataError,
    Error,
    NotSupportedError,
    OperationalError,
    ProtocolError,
    error_from_response,
)
from datacloud_dbapi.exact_json import RepeatedKeys, read_exactly
from datacloud_dbapi.page import Column, Page, RowText
from datacloud_dbapi.typed_json import open_usual, read_base64
from datacloud_dbapi.types import DataType


def read_json(body: bytes, request: str) -> Any:
    """The JSON value of a body, as `read_exactly` reads it.

    Raises OperationalError for what is not readable JSON, DataError for a number beyond what Python reads.
    """
    try:
        return read_exactly(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise OperationalError(f"The answer is not UTF-8: byte {error.start}", request=request) from None
    except json.JSONDecodeError as error:
        start = body[:9].lstrip().lower()
        what = "a web page" if start.startswith(b"<") else f"no JSON ({error.msg} at character {error.pos})"
        raise ConnectionLostError(f"The answer is {what}", request=request) from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise DataError(f"The answer holds what Python does not read: {error}", request=request) from None


def open_answer(body: bytes, request: str) -> Any:
    """Read an answer; its rows may be a `RowText` then, its Arrow stream bytes. Raises as `read_json`."""
    fields = open_usual(body)
    return read_json(body, request) if fields is None else fields


def _stream(found: object, request: str) -> bytes | None:
    """The Arrow stream of an answer; null stands for no rows. Source: wire spec, query §6."""
    stream = found if isinstance(found, bytes) or found is None else read_base64(json.dumps(found).encode())
    if stream is None and found is not None:
        raise ConnectionLostError("The answer's Arrow stream is not whole base64", request=request)
    return stream or None


@dataclass(frozen=True, slots=True)
class V2Answer:
    """One answer of Query API V2: its page, the query it belongs to, and the row count it states."""

    page: Page
    query_id: str | None
    row_count: int | None


def tells_error(fields: Mapping[str, Any]) -> bool:
    """Whether an answer's fields are those of an error, whatever its status; `error_from_response` reads them."""
    return not fields.keys().isdisjoint(("error", "errorCode", "internalErrorCode"))


def _checked_answer(
    answer: Any, status: int, headers: Any, body: bytes, request: str
) -> tuple[dict[str, Any], str | None]:
    """The fields of a V1 or V2 answer and the query's id; an error that came as a success is raised."""
    if not isinstance(answer, dict):
        raise ProtocolError(f"The answer is no object but {_kind(answer)}", request=request)
    query_id = answer.get("queryId") if isinstance(answer.get("queryId"), str) else None
    if "data" not in answer and tells_error(answer):
        raise error_from_response(status, headers, body, request=request, area="query", query_id=query_id)
    if isinstance(answer, RepeatedKeys):
        raise _contradiction("states a field twice", request, query_id)
    return answer, query_id


def read_v2(status: int, headers: Any, body: bytes, request: str, *, in_arrow: bool = False) -> V2Answer:
    """An answer of `POST /api/v2/query` or of one of its further pages, asked for in Arrow or not.

    Source: wire spec, query §4 and §6.
    """
    answer, query_id = _checked_answer(open_answer(body, request), status, headers, body, request)
    arrow = _stream(answer.get("arrowStream"), request)
    if "arrowStream" in answer or (in_arrow and _is_zero(answer.get("rowCount"))):
        # In Arrow there is no data, and of no rows there need be no stream either.
        answer.setdefault("data", [])
    for name, kind in (("data", (list, RowText)), ("done", bool)):
        if not isinstance(answer.get(name), kind):
            raise _contradiction(f"has no {name}" if name not in answer else f"has odd {name}", request, query_id)
    rows: list[list[object]] | RowText = answer["data"]
    if not isinstance(rows, RowText) and not all(isinstance(row, list) for row in rows):
        raise _contradiction("has a row that is no array", request, query_id)
    if arrow is not None and rows:
        raise _contradiction("has rows both in Arrow and beside it", request, query_id)
    metadata = answer.get("metadata")
    columns = read_columns(metadata, request, query_id) if metadata else None
    next_id = answer.get("nextBatchId")
    if next_id is not None and not isinstance(next_id, str):
        raise _contradiction("has a nextBatchId that is no text", request, query_id)
    row_count = answer.get("rowCount")
    if isinstance(row_count, bool) or not isinstance(row_count, int):
        row_count = None
    # The answer's own count may be that of the whole result: what is in the stream says the stream.
    page = Page(columns, rows, answer["done"], next_id or None, arrow, None if arrow is None else rows_in(arrow))
    return V2Answer(page, query_id, row_count)


@dataclass(frozen=True, slots=True)
class V1Answer:
    """One answer of Query API V1; the rows are objects that leave out what is NULL."""

    columns: tuple[Column, ...] | None
    objects: list[dict[str, Any]]
    done: bool
    query_id: str | None

    def rows(self, columns: tuple[Column, ...], request: str) -> list[list[object]]:
        """The rows in the order of `columns`. Raises ProtocolError for a value that belongs to none of them."""
        names = [column.name for column in columns]
        known = frozenset(names)
        for row in self.objects:
            if not row.keys() <= known:
                stray = next(name for name in row if name not in known)
                raise _contradiction(f"has a value of {stray!r}, which is no column", request, self.query_id)
        return [[row.get(name) for name in names] for row in self.objects]


# The most rows of one answer, in the current and in older versions. Source: wire spec, limits §2.
V1_PAGE_LIMITS = (49_999, 4_999)


def read_v1(status: int, headers: Any, body: bytes, request: str) -> V1Answer:
    """An answer of `POST /api/v1/query`. Source: wire spec, query §3."""
    answer, query_id = _checked_answer(read_json(body, request), status, headers, body, request)
    objects = answer.get("data")
    if not isinstance(objects, list) or not all(isinstance(row, dict) for row in objects):
        raise _contradiction("has no data" if objects is None else "has a row that is no object", request, query_id)
    # An older service says nothing of the end; a page as long as one may be is then no sign of it.
    done = answer.get("done", len(objects) not in V1_PAGE_LIMITS)
    if not isinstance(done, bool):
        raise _contradiction("has odd done", request, query_id)
    row_count = answer.get("rowCount")
    if isinstance(row_count, int) and not isinstance(row_count, bool) and row_count != len(objects):
        raise _contradiction(f"states {row_count} rows and has {len(objects)}", request, query_id)
    metadata = answer.get("metadata")
    columns = read_columns(metadata, request, query_id) if metadata else None
    if columns is not None:
        _check_apart(metadata, columns, request, query_id)
    elif objects:
        raise _contradiction("has rows but no metadata", request, query_id)
    if any(isinstance(row, RepeatedKeys) for row in objects):
        raise _contradiction("has a row with two values of one name", request, query_id)
    return V1Answer(columns, objects, done, query_id)


def _check_apart(metadata: Any, columns: tuple[Column, ...], request: str, query_id: str | None) -> None:
    """Columns of one name fall together in an object; then the map repeats a name or leaves out a place."""
    places = [facts["placeInOrder"] for facts in metadata.values()]
    if len(places) != len(columns) or min(places) > 1 or max(places) - min(places) >= len(places):
        raise one_name(request, query_id)


def one_name(request: str, query_id: str | None) -> NotSupportedError:
    return NotSupportedError(
        "Two columns of the statement have one name, and rest-v1 carries rows as objects by name",
        hint="name the columns apart with AS, or choose another transport",
        request=request,
        query_id=query_id,
    )


def read_columns(metadata: Any, request: str, query_id: str | None) -> tuple[Column, ...]:
    """The columns of a V1 or V2 metadata map in their order.

    The map is unordered; `placeInOrder` starts at 0 or at 1, so only its rank counts. Source: wire spec, query §4.2.
    """
    if not isinstance(metadata, dict):
        raise _contradiction("has odd metadata", request, query_id)
    pairs = metadata.pairs if isinstance(metadata, RepeatedKeys) else list(metadata.items())
    placed: list[tuple[int, Column]] = []
    for name, facts in pairs:
        place = facts.get("placeInOrder") if isinstance(facts, dict) else None
        if isinstance(place, bool) or not isinstance(place, int):
            raise _contradiction(f"does not say where column {name!r} stands", request, query_id)
        text, code = facts.get("type"), facts.get("typeCode")
        placed.append(
            (place, _column(name, text if isinstance(text, str) else None, code if isinstance(code, int) else None))
        )
    placed.sort(key=lambda item: item[0])
    if len({place for place, _ in placed}) != len(placed):
        raise _contradiction("puts two columns in one place", request, query_id)
    return tuple(column for _, column in placed)


# Every answer describes its columns anew, which a small one would pay for.
@lru_cache(maxsize=1024)
def _column(name: str, type_text: str | None, type_code: int | None) -> Column:
    return Column(name, DataType.from_wire(type_text, type_code))


def _is_zero(value: object) -> bool:
    return value == 0 and isinstance(value, int) and not isinstance(value, bool)


def _contradiction(what: str, request: str, query_id: str | None) -> Error:
    return ProtocolError(f"The answer {what}", request=request, query_id=query_id)


def _kind(value: object) -> str:
    return "null" if value is None else f"a {type(value).__name__}"
