"""What a caller asks of an object, held against the catalogue before anything is sent.

| asked | given as | checked |
|---|---|---|
| fields | names in a list, or in one text between commas | known; this call offers them; a relation by what is below |
| filters | a mapping of filter names to values, all of which hold | known; at most three different fields |
| order | `"updatedAt"`, `"updatedAt DESC"`, `"-updatedAt"` | one field, among those that the object is sorted by |
| deleted | False, True, "all" | the object has a recycle bin to look into |

Names are those of the service, case and all; the nearest is suggested. Custom fields of a prospect end in `__c` and are
the account's own: the service judges them. No error repeats a value.
Source: wire spec, account-engagement §4.1, §5-7.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from datacloud_dbapi.engagement.catalogue import Field, Filter, ObjectType, catalogue
from datacloud_dbapi.engagement.sent_values import filter_text
from datacloud_dbapi.engagement.values import DATA_TYPES
from datacloud_dbapi.errors import NotSupportedError, ProgrammingError
from datacloud_dbapi.page import Column
from datacloud_dbapi.params import nearest
from datacloud_dbapi.types import DataType

Use = Literal["query", "read"]
Deleted = bool | Literal["all"]

MOST_STEPS = 3
MOST_FILTERED = 3
LONGEST_PAGE = 1000
_CUSTOM = re.compile(r"\w+__c", re.ASCII)
_ORDER = re.compile(r"\s*(-?)\s*(\w+)(?:\s+(ASC|DESC))?\s*", re.IGNORECASE)
# choice: what makes a query run out of time is in none that did not name it. Source: §23.15.
_COSTLY = frozenset({("VisitorActivity", "details")})


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that was asked for: `path` leads to it through its relations; `field` is None for a custom one."""

    name: str
    path: tuple[str, ...]
    field: Field | None
    listed: bool = False

    @property
    def column(self) -> Column:
        """The column it makes; that of a field below a collection holds lists."""
        if self.listed:
            return Column(self.name, DATA_TYPES["Array"])
        return Column(self.name, DataType("UNKNOWN") if self.field is None else DATA_TYPES[self.field.type])


@dataclass(frozen=True, slots=True)
class Asking:
    """A filter and the text of its value."""

    filter: Filter
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """A field to sort by, and in which direction."""

    field: str
    descending: bool = False

    def __str__(self) -> str:
        return f"{self.field} {'DESC' if self.descending else 'ASC'}"


def is_custom(described: ObjectType, name: str) -> bool:
    """Whether a name may be one of the account's own fields, which only prospects have."""
    return described.name == "Prospect" and _CUSTOM.fullmatch(name) is not None


def split_names(names: str | Iterable[str], what: str) -> list[str]:
    """Names in a list, or in one text between commas; each once. Raises ProgrammingError for what is no name."""
    if not isinstance(names, Iterable):
        raise ProgrammingError(f"The names of {what}s are a list of texts, not a {type(names).__qualname__}")
    found = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    for name in found:
        if not isinstance(name, str):
            raise ProgrammingError(f"The name of a {what} is text, not a {type(name).__qualname__}")
    return list(dict.fromkeys(found))


def check_fields(described: ObjectType, names: str | Iterable[str] | None, use: Use) -> tuple[Asked, ...]:
    """The fields that were named, each once, in that order; None for every scalar one that the call offers.

    Raises ProgrammingError, with what to do instead, for one that there is not, or that this call does not offer.
    """
    if names is None:
        return default_fields(described, use)
    found = tuple(check_field(described, name, use) for name in split_names(names, "field"))
    if not found:
        raise ProgrammingError("No field is named", hint="leave them out for every scalar field")
    return found


def default_fields(described: ObjectType, use: Use) -> tuple[Asked, ...]:
    """Every field that is one value and that the call offers; on a query without what is known to make it fail."""
    return tuple(
        Asked(field.name, (field.name,), field)
        for field in described.fields.values()
        if field.type not in ("Array", "Object")
        and offered(field, use)
        and not (use == "query" and (described.name, field.name) in _COSTLY)
    )


def offered(field: Field, use: Use) -> bool:
    """Whether a call can ask for a field."""
    return field.read if use == "read" else field.query


def check_field(described: ObjectType, name: str, use: Use) -> Asked:
    """One field by its name, or through its relations by a dotted one. Raises as `check_fields`."""
    path = tuple(name.split("."))
    if len(path) > MOST_STEPS + 1:
        raise ProgrammingError(f"{name!r} goes through {len(path) - 1} relations, and {MOST_STEPS} is the most")
    owner, listed = described, False
    for place, step in enumerate(path):
        last = place == len(path) - 1
        if last and is_custom(owner, step):
            return Asked(name, path, None, listed)
        field = _field(owner, step)
        _check_offered(owner, field, use)
        if last:
            if field.nested:
                raise ProgrammingError(
                    f"{owner.name}.{step} is a relation: only fields below it can be asked for",
                    hint=_below(name, field),
                )
            return Asked(name, path, field, listed)
        if not field.nested:
            raise ProgrammingError(f"{owner.name}.{step} is no relation, so there is no {name!r}")
        if field.collection and listed:
            raise ProgrammingError(f"{name!r} is a collection inside a collection, which no call offers")
        listed = listed or field.collection
        if field.reference is None:
            return _sub_field(name, path, owner, field)
        owner = catalogue().objects[field.reference]
    raise AssertionError("a path ends at its last step")


def _sub_field(name: str, path: tuple[str, ...], owner: ObjectType, field: Field) -> Asked:
    """A field of what is no object of its own: what senders and repliers are told as."""
    steps = path[path.index(field.name) + 1 :]
    if len(steps) != 1 or steps[0] not in field.sub_fields:
        near = nearest(steps[0], field.sub_fields)
        hint = f"did you mean {near!r}?" if near else "there are " + ", ".join(field.sub_fields)
        raise ProgrammingError(f"{owner.name}.{field.name} has no field {'.'.join(steps)!r}", hint=hint)
    # Which types they have is not published.
    return Asked(name, path, None, listed=True)


def _field(owner: ObjectType, name: str) -> Field:
    if name in owner.fields:
        return owner.fields[name]
    near = nearest(name, owner.fields) or next(
        (known for known in owner.fields if known.casefold() == name.casefold()), None
    )
    hint = f"did you mean {near!r}?" if near else None
    if near is None and owner.name == "Prospect":
        hint = "an account's own field goes by its apiFieldId, which ends in __c"
    raise ProgrammingError(f"{owner.name} has no field {name!r}", hint=hint)


def _check_offered(owner: ObjectType, field: Field, use: Use) -> None:
    if offered(field, use):
        return
    if field.read:
        raise ProgrammingError(
            f"{owner.name}.{field.name} is not available on query",
            hint="read the record for it" + (", or export it" if owner.exports else ""),
        )
    raise ProgrammingError(f"{owner.name}.{field.name} can only be written")


def _below(name: str, field: Field) -> str:
    some = field.sub_fields or list(catalogue().objects[field.reference or ""].fields)
    shown = [f"{name}.{sub}" for sub in some if sub in ("id", "name", "email", "type", "address")] or [
        f"{name}.{some[0]}"
    ]
    return "such as " + ", ".join(shown)


def check_filters(described: ObjectType, filters: Mapping[str, object] | None) -> tuple[Asking, ...]:
    """The filters and the texts of their values.

    Raises ProgrammingError for one that the object has not, a value that is none, and more than three fields.
    """
    if filters is None:
        return ()
    if not isinstance(filters, Mapping):
        raise ProgrammingError(f"Filters are a mapping of names to values, not a {type(filters).__qualname__}")
    known = [(_filter(described, name), value) for name, value in filters.items()]
    found = tuple(Asking(filter_, filter_text(filter_, value)) for filter_, value in known)
    fields = {asking.filter.field for asking in found}
    if len(fields) > MOST_FILTERED:
        raise ProgrammingError(
            f"{described.name}: {len(fields)} fields are filtered, and {MOST_FILTERED} is the most",
            hint="filter by the others when the records are here",
        )
    return found


def _filter(described: ObjectType, name: str) -> Filter:
    if not isinstance(name, str):
        raise ProgrammingError(f"The name of a filter is text, not a {type(name).__qualname__}")
    if name in described.filters:
        return described.filters[name]
    of_field = [filter_.name for filter_ in described.filters.values() if filter_.field == name]
    near = nearest(name, described.filters)
    if of_field:
        hint = "there are " + ", ".join(of_field)
    elif name in described.fields or is_custom(described, name):
        raise ProgrammingError(
            f"{described.name} cannot be filtered by {name}", hint="filter when the records are here"
        )
    else:
        hint = f"did you mean {near!r}?" if near else "there are " + ", ".join(described.filters)
    raise ProgrammingError(f"{described.name} has no filter {name!r}", hint=hint)


def check_order(described: ObjectType, order_by: str | None) -> Order:
    """The order, by default that of the ids. Raises ProgrammingError for a field that the object is not sorted by."""
    match = _ORDER.fullmatch("id" if order_by is None else order_by) if isinstance(order_by, str | None) else None
    if match is None or (match[1] and match[3]):
        raise ProgrammingError("That is no order", hint="write `updatedAt`, `updatedAt DESC` or `-updatedAt`")
    if match[2] not in described.order_by:
        near = nearest(match[2], described.order_by)
        sorted_by = "it is sorted by " + ", ".join(described.order_by)
        raise ProgrammingError(
            f"{described.name} is not sorted by {match[2]!r}", hint=f"did you mean {near!r}?" if near else sorted_by
        )
    return Order(match[2], bool(match[1]) or (match[3] or "").upper() == "DESC")


def check_deleted(described: ObjectType, deleted: Deleted) -> str:
    """What `deleted` is on the wire. Raises NotSupportedError where there is no bin to look into."""
    if not (isinstance(deleted, bool) or deleted == "all"):
        raise ProgrammingError('deleted is False, True or "all"')
    if deleted is not False and not described.deleted_parameter:
        raise NotSupportedError(f"{described.name} has no recycle bin")
    return str(deleted).lower()


def check_number(name: str, value: object, least: int, most: int | None = None) -> int:
    """A whole number in these bounds, as int. Raises ProgrammingError for what is none."""
    number = None if isinstance(value, bool) or not isinstance(value, numbers.Integral) else int(value)
    if number is None or number < least or (most is not None and number > most):
        bounds = f"from {least}" if most is None else f"from {least} to {most}"
        raise ProgrammingError(f"{name} is a whole number {bounds}, not {value!r}")
    return number


def check_id(value: object) -> int:
    """A record's id, from a number or its digits; from a float that is whole, as frames have it beside missing ones.

    Raises ProgrammingError for what is none.
    """
    if isinstance(value, str):
        whole = re.fullmatch(r"\d{1,18}", value.strip(), re.ASCII) is not None
    else:
        whole = value.is_integer() if isinstance(value, float) else isinstance(value, numbers.Integral)
    number = int(cast(Any, value)) if whole and not isinstance(value, bool) else 0
    if number < 1:
        hint = "Salesforce's own ids are in salesforceId" if isinstance(value, str) else None
        raise ProgrammingError("An id is a whole number from 1", hint=hint)
    return number
