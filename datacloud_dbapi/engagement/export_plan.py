"""What to ask of an export: its procedure, arguments and columns, checked before anything is sent, and its ranges.

How a long range is cut: a year each, oldest first, one export after another. Where two ranges meet, the later begins a
second before the earlier ends. Times are whole seconds, so nothing is lost whether or not the service counts the bounds
themselves, and what is in both is given out once, by its id.

Oldest first, because a record that is changed meanwhile moves to a later range: it may be in two, never in none. Read
newest first, so that the first of two is the newest.
Source: wire spec, account-engagement §15.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from datacloud_dbapi.engagement.catalogue import ObjectType, catalogue
from datacloud_dbapi.engagement.checks import Deleted, check_fields
from datacloud_dbapi.engagement.sent_values import sent_moment
from datacloud_dbapi.errors import NotSupportedError, ProgrammingError
from datacloud_dbapi.params import nearest

# Source: wire spec, account-engagement §15.
MOST_COLUMNS = 150
# choice: v3 and v4 had the bound of a year, and of v5 nothing is said.
LONGEST_RANGE = timedelta(days=365)
_SECOND = timedelta(seconds=1)
_LAST = datetime.max.replace(microsecond=0, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Span:
    """A range of time. `after` and `before` are aware; None is open."""

    after: datetime | None
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One wish for an export. `types` are its columns by the catalogue's types; `start` and `end` name its bounds."""

    described: ObjectType
    procedure: str
    start: str
    end: str
    arguments: Mapping[str, Any]
    types: Mapping[str, str]
    max_file_size: int | None

    def body(self, span: Span, *, hidden_id: bool) -> dict[str, Any]:
        """What creates the export of one range; with `hidden_id`, `id` is a column that nobody asked for."""
        bounds = {
            name: moment.astimezone(timezone.utc).isoformat(timespec="seconds")
            for name, moment in ((self.start, span.after), (self.end, span.before))
            if moment is not None
        }
        body: dict[str, Any] = {
            "procedure": {"name": self.procedure, "arguments": {**bounds, **self.arguments}},
            "fields": [*self.types, *(["id"] if hidden_id else [])],
            "includeByteOrderMark": False,
            "legacyDateFormat": False,
        }
        if self.max_file_size is not None:
            body["maxFileSizeBytes"] = self.max_file_size
        return body


def plan(
    object_name: str,
    fields: str | Iterable[str] | None,
    *,
    by: str | None,
    deleted: Deleted,
    arguments: Mapping[str, Any] | None,
    max_file_size: int | None,
) -> Plan:
    """Everything checked against the catalogue.

    Raises NotSupportedError for an object or a procedure that cannot be exported, ProgrammingError for the rest.
    """
    described = catalogue().find(object_name)
    procedure, known = _procedure(described, by)
    # One argument ends in After and one in Before: the bounds.
    start = next(name for name in known if name.endswith("After"))
    end = next(name for name in known if name.endswith("Before"))
    given = {} if arguments is None else _arguments(procedure, known, arguments, (start, end))
    if "deleted" not in given:
        given |= _deleted(described, known, deleted)
    if max_file_size is not None and (type(max_file_size) is not int or max_file_size < 1):
        raise ProgrammingError(f"max_file_size is a whole number of bytes, not {max_file_size!r}")
    return Plan(described, procedure, start, end, given, columns(described, fields), max_file_size)


def columns(described: ObjectType, fields: str | Iterable[str] | None) -> dict[str, str]:
    """The columns of an export and their types; None is every field of the object's own that has one value.

    Raises as `check_fields`, and ProgrammingError for what is more than one value.
    """
    found: dict[str, str] = {}
    for asked in check_fields(described, fields, "read"):
        # choice: how the values of custom fields are written is not told, so they stay text.
        kind = "String" if asked.field is None else asked.field.type
        if asked.listed or kind in ("Array", "Object"):
            raise ProgrammingError(f"{described.name}.{asked.name} has no one value to export", hint="read the records")
        found[asked.name] = kind
    if len(found) > MOST_COLUMNS:
        raise ProgrammingError(f"An export has {MOST_COLUMNS} columns at most, not {len(found)}")
    return found


def bounds(after: object, before: object) -> Span:
    """A range as it was given: aware datetimes, texts with an offset, or None. Raises ProgrammingError for others."""
    first, last = (
        None if value is None else sent_moment(value, name) for name, value in (("after", after), ("before", before))
    )
    if first is not None and last is not None and first >= last:
        raise ProgrammingError("after is not earlier than before")
    return Span(first, last)


def spans(whole: Span, today: datetime, *, split: bool) -> list[Span]:
    """A range in pieces that are short enough, oldest first. `today` is where an open range is taken to end."""
    # A bound is whole seconds on the wire; neither may leave out what it should not.
    after = None if whole.after is None else whole.after.replace(microsecond=0)
    before = whole.before
    if before is not None and before.microsecond:
        # The last second of all years has no next one; nothing is as late.
        before = before.replace(microsecond=0) + (_SECOND if before < _LAST else timedelta())
    # Nothing is made or changed later than now; the last piece goes as far as it was asked to.
    end = today if before is None else min(before, today)
    if not split or after is None or end - after <= LONGEST_RANGE:
        return [Span(after, before)]
    edges = [after]
    while end - edges[-1] > LONGEST_RANGE:
        edges.append(edges[-1] + LONGEST_RANGE)
    starts = [after, *(edge - _SECOND for edge in edges[1:])]
    return [Span(*pair) for pair in zip(starts, [*edges[1:], before], strict=True)]


def _procedure(described: ObjectType, by: str | None) -> tuple[str, Mapping[str, str]]:
    if not described.exports:
        raise NotSupportedError(f"{described.name} cannot be exported", hint="read it by query")
    offered = {_by(name): name for name in described.exports}
    if by is None:
        # choice: what was changed since, where the service can tell; that is what a copy is kept up to date by.
        by = next((one for one in ("updatedAt", "createdAt") if one in offered), next(iter(offered)))
    if not isinstance(by, str):
        raise ProgrammingError(f"by is the name of a date, not {by!r}")
    name = by if by in described.exports else offered.get(by)
    if name is None:
        raise NotSupportedError(
            f"{described.name} has no export by {by!r}",
            hint="it has: " + ", ".join(offered),
        )
    return name, described.exports[name]


def _by(procedure: str) -> str:
    """The field that a procedure goes by: `Prospect/FilterByUpdatedAt` goes by `updatedAt`."""
    date = procedure.partition("/FilterBy")[2]
    return date[:1].lower() + date[1:]


def _arguments(
    procedure: str, known: Mapping[str, str], given: Mapping[str, Any], bounds: Iterable[str]
) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ProgrammingError(f"arguments are a mapping of names to values, not a {type(given).__qualname__}")
    read = {}
    for name, value in given.items():
        if name in bounds:
            raise ProgrammingError(f"{name} is given by after and before")
        if name not in known:
            near = nearest(name, known)
            raise ProgrammingError(
                f"{procedure} has no argument {name!r}",
                hint=f"did you mean {near!r}?" if near else "it has " + ", ".join(known),
            )
        read[name] = _argument(name, known[name], value)
    return read


def _argument(name: str, kind: str, value: Any) -> Any:
    if kind == "Boolean":
        if isinstance(value, bool):
            return value
        raise ProgrammingError(f"{name} is True or False, not {value!r}")
    if kind.startswith("Enum"):
        return _which(name, value)
    numbers = [value] if isinstance(value, int) else list(value) if isinstance(value, Iterable) else []
    allowed = _numbers(kind)
    if not numbers or any(type(number) is not int or number not in allowed for number in numbers):
        raise ProgrammingError(f"{name} is a list of whole numbers ({kind}), not {value!r}")
    return numbers


def _numbers(kind: str) -> set[int]:
    """The numbers that `Array of Integer (1-4, 6-38)` allows."""
    return {number for first, last in re.findall(r"(\d+)-(\d+)", kind) for number in range(int(first), int(last) + 1)}


def _deleted(described: ObjectType, known: Mapping[str, str], deleted: Deleted) -> dict[str, str]:
    text = _which("deleted", deleted)
    if "deleted" in known:
        return {"deleted": text}
    if text != "false":
        raise NotSupportedError(f"An export of {described.name} cannot be told what of the recycle bin to include")
    return {}


def _which(name: str, value: object) -> str:
    text = str(value).lower() if isinstance(value, (bool, str)) else ""
    if text not in ("true", "false", "all"):
        raise ProgrammingError(f'{name} is True, False or "all", not {value!r}')
    return text
