"""Records of Account Engagement: one, with what the answer said beside it, and the list that a query gives.

`Records` is a face like that of the services' lists; `paging.py` fills it. In Arrow and pandas a column is a field as
it was asked for, `campaign.name` too:

| type | Arrow |
|---|---|
| Integer | int64 |
| Float | decimal128(38, 18) |
| Boolean | bool |
| DateTime | timestamp[us, tz=UTC] |
| String, Enum, custom fields | string |
| Array, Object, fields below a collection | string, their JSON |

Source: wire spec, account-engagement §3, §6, §9, §12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from datacloud_dbapi import frames
from datacloud_dbapi.decode import decode_rows
from datacloud_dbapi.engagement.errors import Remark
from datacloud_dbapi.engagement.gateway import Answer
from datacloud_dbapi.engagement.values import below
from datacloud_dbapi.errors import ProtocolError
from datacloud_dbapi.exact_json import RepeatedKeys
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import R
from datacloud_dbapi.page import Column
from datacloud_dbapi.services.records import Filling, Rows, table
from datacloud_dbapi.types import DataType

if TYPE_CHECKING:
    import pyarrow


class Record(dict[str, Any]):
    """One record: field names and values; a related record is a dict of its own, a collection a list of them.

    | attribute | meaning |
    |---|---|
    | `last_modified` | when it was changed last, as a read says; else None |
    | `location` | the URL of a record that was created; else None |
    | `remarks` | the service's warnings about this answer |

    A record of a list has none of the three: the warnings stand on the list.
    """

    __slots__ = ("_answer",)

    def __init__(
        self, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), answer: Answer | None = None
    ) -> None:
        dict.__init__(self, values)
        # Its body is in the values already, and records may be many.
        self._answer = answer and replace(answer, body=b"")

    @property
    def last_modified(self) -> datetime | None:
        return None if self._answer is None else self._answer.last_modified

    @property
    def location(self) -> str | None:
        return None if self._answer is None else self._answer.location

    @property
    def remarks(self) -> tuple[Remark, ...]:
        return () if self._answer is None else self._answer.remarks


class RecordFilling(Filling[Record], Protocol):
    """A list on its way, and the service's warnings about it so far."""

    @property
    def remarks(self) -> tuple[Remark, ...]: ...


class Records(Rows[R, Record]):
    """The records of a query, in order, each given out once; further pages are fetched when they are needed.

    Blocking: `for record in records`, `records.all()`. Awaited: `async for record in records`, `await records.all()`.
    For one thread or task at a time. Raises DataError for a value that is none of its field's type, once the records
    before it are given out; an error of a later page says in `rows_given` how many are given out, and stay good.
    """

    _listing: RecordFilling

    def __init__(self, runner: R, listing: RecordFilling) -> None:
        Rows.__init__(self, runner, listing)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """The service's warnings about the pages so far, each once."""
        return self._listing.remarks

    def _table(self) -> Flow[pyarrow.Table]:
        frames.need_pyarrow()
        records = yield from self._rest()
        return records_table(self._listing.columns, records)


def records_table(columns: Iterable[Column], records: Iterable[Mapping[str, Any]]) -> pyarrow.Table:
    """Records as an Arrow table; a column's name is the way to its value. Raises DataError as `table` does."""
    held = [Column(one.name, _TEXT) if one.type.kind in ("JSON", "UNKNOWN") else one for one in columns]
    texts = {one.name for one in held if one.type is _TEXT}
    paths = {one.name: one.name.split(".") for one in held}
    return table(
        held, ({name: _cell(record, name, path, name in texts) for name, path in paths.items()} for record in records)
    )


_TEXT = DataType("VARCHAR")
_JSON = (Column("", DataType("JSON")),)


def _cell(record: Mapping[str, Any], name: str, path: list[str], text: bool) -> Any:
    # A name that nobody asked for may have a point in it.
    value = record[name] if name in record else below(record, path)
    return json_text(value) if text and value is not None else value


def json_text(value: Any) -> str:
    """A value as text: a text itself, anything else as JSON with every digit of its numbers."""
    [(found,)] = decode_rows(_JSON, [[_without_moments(value)]]).rows
    return str(found)


def _without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_moments(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_moments(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value


def check_object(found: object, request: str) -> dict[str, Any]:
    """A JSON value that must be one object, each of its names once. Raises ProtocolError."""
    if not isinstance(found, dict):
        raise ProtocolError("The answer is no JSON object", request=request)
    if isinstance(found, RepeatedKeys):
        raise ProtocolError("The answer has two values of one name", request=request)
    return found
