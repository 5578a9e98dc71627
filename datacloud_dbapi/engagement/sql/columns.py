"""The columns of a table over an object of Account Engagement, and their values in SQLite and back.

| field | column | stored in SQLite as |
|---|---|---|
| Integer | INTEGER | integer |
| String, Enum | TEXT | text |
| Boolean | BOOLEAN | 0 or 1 |
| DateTime | TIMESTAMP | text in UTC, `2026-03-04T10:06:07+00:00`, so that texts compare as moments do |
| Float | REAL | the nearest double |
| Array | TEXT, hidden | JSON |

`SELECT *` is every scalar field that a query offers. Hidden columns are to be named: what only a read gives, at one
call a row; what only a create takes, and is always null; lists. Relations are no columns: join the table.

choice: Float is no DECIMAL. SQLite has no decimals but as texts, whose order, greatest and `IN` are those of texts; the
client gives every digit.
Source: wire spec, account-engagement §4.1, §12-13, §21.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from datacloud_dbapi.engagement.catalogue import Field, ObjectType
from datacloud_dbapi.engagement.records import json_text
from datacloud_dbapi.errors import DataError
from datacloud_dbapi.timestamps import read_timestamp_with_zone

SQL_TYPES = {
    "Integer": "INTEGER",
    "String": "TEXT",
    "Enum": "TEXT",
    "Boolean": "BOOLEAN",
    "DateTime": "TIMESTAMP",
    "Float": "REAL",
    "Array": "TEXT",
}
# An UPDATE asks for all columns, a SELECT only for those that it names: nobody names this one. It stands first, as
# SQLite tells no more than 63 columns apart.
MARK = "_changing"
# What an UPDATE is given for a column that was not read for it. Coming back, it says that the column is not changed.
UNREAD = "\x00not read"
_TOO_FINE = re.compile(r"[.,]\d{7}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `source` is query, read or None, by which its values come; `hidden` from `SELECT *`."""

    name: str
    type: str
    source: str | None = "query"
    hidden: bool = False

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.type]


def columns_of(described: ObjectType, custom: Iterable[Column] = ()) -> dict[str, Column]:
    """Every column of the object's table, those of the custom fields after the others."""
    made = [_column(described, field) for field in described.fields.values() if _fits(field)]
    return {one.name: one for one in (*made, *custom)}


def custom_columns(custom_fields: Iterable[Mapping[str, Any]]) -> list[Column]:
    """A column of prospects for each of `custom-fields`; one that holds several values is JSON, and read by row."""
    made = []
    for field in custom_fields:
        many = field["isRecordMultipleResponses"] or str(field["type"]).casefold() in ("multi-select", "checkbox")
        if field["apiFieldId"]:
            made.append(
                Column(field["apiFieldId"], "Array", "read", True) if many else Column(field["apiFieldId"], "String")
            )
    return made


def _fits(field: Field) -> bool:
    if field.type == "Array":
        return not field.nested and not field.sub_fields
    return field.type in SQL_TYPES and not field.collection


def _column(described: ObjectType, field: Field) -> Column:
    # The only record of a singleton is read, not looked for.
    queried = field.query and (described.singleton or "query" in described.operations)
    source = "query" if queried else "read" if field.read else None
    return Column(field.name, field.type, source, source != "query" or field.type == "Array")


def stored(value: Any) -> Any:
    """A value of a record as SQLite holds it. Raises DataError for a decimal that a REAL would round."""
    if value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc).isoformat()
    if not isinstance(value, Decimal):
        return json_text(value)
    real = float(value)
    if Decimal(repr(real)) != value:
        raise DataError(
            "SQLite has no type for a decimal of so many digits", hint="leave the column out, or query without SQL"
        )
    return real


def given(column: Column, value: Any) -> Any:
    """A value of an INSERT or UPDATE as create and update take it. Raises DataError for one that is not the type's."""
    if value is None:
        return None
    try:
        if column.type == "DateTime":
            return moment(value)
        if column.type == "Float":
            return Decimal(str(value))
        if column.type == "Boolean" and value in (0, 1):
            return bool(value)
        if column.type == "Array":
            return json.loads(value, parse_float=Decimal)
    except (ValueError, TypeError, InvalidOperation):
        raise DataError(
            f"{column.name} is {column.type}, and the value is none",
            hint="lists are written as JSON" if column.type == "Array" else None,
        ) from None
    # A number in a column of text has no affinity to lean on here.
    return str(value) if column.type in ("String", "Enum") and isinstance(value, (int, float)) else value


def moment(value: Any) -> dt.datetime:
    """The moment that a text in SQL stands for. Raises DataError when it stands for none.

    choice: one without an offset is in UTC, as all moments of these tables are; a date is its midnight.
    """
    text = value.strip() if isinstance(value, str) else ""
    try:
        # Of more digits some would be cut.
        found = None if _TOO_FINE.search(text) else read_timestamp_with_zone(text)
    except ValueError:
        found = None
    if not isinstance(found, dt.datetime):
        raise DataError("A column of moments is compared with something else", hint="write '2026-01-31T12:00:00+00:00'")
    return found
