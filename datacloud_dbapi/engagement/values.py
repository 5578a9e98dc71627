"""Values of Account Engagement from the wire, by the catalogue's types; `sent_values.py` has the other direction.

| type | wire | read as |
|---|---|---|
| String, Enum | text | str, as received |
| Integer | number, or its digits as text | int |
| Float | number, or its digits as text | Decimal, every digit kept |
| Boolean | `true`, `false` | bool |
| DateTime | `2026-03-04T05:06:07-05:00` | aware datetime in UTC |
| Array | list | list; of related records by the types of their own object, of ids ints |
| Object | object | dict; a related record by the types of its own object |

A custom field of a prospect (`…__c`) has no type here, and is read as sent. A moment without an offset stands for
nobody knows when, and is refused. Source: wire spec, account-engagement §12, §25.7.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache, partial
from typing import Any

from datacloud_dbapi.engagement.catalogue import Field, ObjectType, catalogue
from datacloud_dbapi.error_bodies import server_text
from datacloud_dbapi.errors import DataError
from datacloud_dbapi.timestamps import read_timestamp_with_zone
from datacloud_dbapi.types import DataType

_UTC = dt.timezone.utc
DIGITS = re.compile(r"[+-]?\d{1,4000}", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_WITH_OFFSET = re.compile(r".*\d\s?(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d){1,2})", re.ASCII | re.IGNORECASE)

DATA_TYPES = {
    "String": DataType("VARCHAR"),
    "Integer": DataType("BIGINT"),
    "Float": DataType("NUMERIC"),
    "Boolean": DataType("BOOLEAN"),
    "DateTime": DataType("TIMESTAMP WITH TIME ZONE"),
    "Enum": DataType("VARCHAR"),
    "Array": DataType("JSON"),
    "Object": DataType("JSON"),
}
"""What the columns of each type are in Arrow, pandas and SQL."""


def decode(described: ObjectType, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as sent, with Python's values. What the catalogue does not know is kept as sent.

    Raises DataError, naming field and record, for a value that is none of its type.
    """
    readers = _readers(described.name)
    made = dict(record)
    for name, value in record.items():
        if value is not None and name in readers:
            as_is, reader = readers[name]
            if type(value) is not as_is:
                try:
                    made[name] = reader(value)
                except _NotOfTypeError as error:
                    raise _refusal(described, record, name, error) from None
    return made


class _NotOfTypeError(ValueError):
    """The value that is none of the type, and the names below the field that lead to it."""

    def __init__(self, kind: str, value: object, path: tuple[str, ...] = ()) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value
        self.path = path


def _refusal(described: ObjectType, record: Mapping[str, Any], name: str, error: _NotOfTypeError) -> DataError:
    number = record.get("id")
    which = f"{described.name} {number}" if isinstance(number, (int, str)) and name != "id" else described.name
    shown = server_text(f"{error.value!r:.200}", 60)
    return DataError(f"{which}: {'.'.join((name, *error.path))} is {shown}, which is no {error.kind}")


_Reader = Callable[[Any], Any]


@cache
def _readers(name: str) -> dict[str, tuple[type | None, _Reader]]:
    """Of each field the class that its values have on the wire already, and what makes the value of any other."""
    fields = catalogue().objects[name].fields.values()
    return {field.name: (_AS_IS.get(field.type), _reader(field)) for field in fields}


def _reader(field: Field) -> _Reader:
    if field.nested and field.reference is not None:
        one = partial(_related, field.reference)
        return partial(_each, one) if field.collection else one
    if field.type == "Array":
        # What refers to an object and is no relation are ids.
        return partial(_each, _integer if field.reference is not None else _as_sent)
    return _READERS[field.type]


def _related(reference: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _NotOfTypeError("related record", value)
    readers = _readers(reference)
    made = dict(value)
    for name, part in value.items():
        if part is not None and name in readers:
            try:
                made[name] = readers[name][1](part)
            except _NotOfTypeError as error:
                raise _NotOfTypeError(error.kind, error.value, (name, *error.path)) from None
    return made


def _each(reader: _Reader, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _NotOfTypeError("Array", value)
    return [None if element is None else reader(element) for element in value]


def _as_sent(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise _NotOfTypeError("String", value)


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, Decimal) and value.adjusted() < 4000 and value == value.to_integral_value():
        return int(value)
    raise _NotOfTypeError("Integer", value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if type(value) is int or (isinstance(value, str) and NUMBER.fullmatch(value)):
        return Decimal(value)
    raise _NotOfTypeError("Float", value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _NotOfTypeError("Boolean", value)


def read_moment(value: Any) -> dt.datetime | str:
    """A DateTime's text as an aware datetime in UTC; as the text where Python has no such year.

    Raises ValueError for what is no moment, or has no offset.
    """
    if not isinstance(value, str):
        raise _NotOfTypeError("DateTime", value)
    try:
        usual = dt.datetime.fromisoformat(value)
        if usual.tzinfo is not None:
            return usual.astimezone(_UTC)
    except (ValueError, OverflowError):
        # Another spelling, or a year that Python has not: told apart below.
        pass
    if not _WITH_OFFSET.fullmatch(value):
        raise _NotOfTypeError("DateTime with an offset", value)
    try:
        return read_timestamp_with_zone(value)
    except ValueError:
        raise _NotOfTypeError("DateTime", value) from None


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise _NotOfTypeError("Object", value)


_AS_IS: dict[str, type] = {"String": str, "Enum": str, "Integer": int, "Float": Decimal, "Boolean": bool}
_READERS: dict[str, _Reader] = {
    "String": _text,
    "Enum": _text,
    "Integer": _integer,
    "Float": _decimal,
    "Boolean": _boolean,
    "DateTime": read_moment,
    "Object": _object,
}


def below(record: Mapping[str, Any], path: Iterable[str]) -> Any:
    """What stands under a dotted field, such as `campaign.name`; a list of it under a collection."""
    value: Any = record
    for step in path:
        if isinstance(value, list):
            value = [one.get(step) if isinstance(one, dict) else None for one in value]
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value
