"""What a caller asks of an object, checked against its fields and written as the wire has it.

| asked | given as | sent as |
|---|---|---|
| fields, dimensions, measures | names in a list, or in one text between commas | `A__c,B__c` |
| filters | a mapping of fields to values, all of which must be equal | `[A__c=1,B__c=x]` |
| order | `"A__c"`, `"A__c DESC"`, `"-A__c"` in a list, or in one text | `A__c ASC,B__c DESC` |

Names are found without case and sent in the metadata's spelling; one that is not there is refused with the nearest.
What the wire has no words for is refused before anything is sent. No error repeats a value.
Source: wire spec, profile §1.2, §2.4, §3; calculated-insights §2-3; data-graphs §1.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from datacloud_dbapi.errors import NotSupportedError, ProgrammingError
from datacloud_dbapi.scalars import scalar
from datacloud_dbapi.services.metadata import Field, Table

MOST_FIELDS = 50

_SQL_HINT = "ask with SQL instead: the tables have the same names"
_NAME = re.compile(r"\w+")
_ORDER = re.compile(r"\s*(-?)\s*(\w+)(?:\s+(ASC|DESC))?\s*", re.IGNORECASE)
GRANULARITIES = ("HOUR", "DAY", "MONTH", "QUARTER", "YEAR")


def field_of(table: Table, name: str, role: str | None = None) -> Field:
    """The field, dimension or measure of this name. Raises ProgrammingError, with the nearest as hint, for none."""
    if not isinstance(name, str):
        raise ProgrammingError(f"The name of a {role or 'field'} is text, not {type(name).__name__}")
    folded = name.casefold()
    for field in table.fields:
        if (field.name == name or field.name.casefold() == folded) and role in (None, field.role):
            return field
    candidates = {field.name.casefold(): field for field in table.fields if role in (None, field.role)}
    near = difflib.get_close_matches(folded, candidates, n=1)
    hint = f"did you mean {candidates[near[0]].name!r}?" if near else None
    raise ProgrammingError(f"{table.name} has no {role or 'field'} {name!r}", hint=hint)


def chosen(table: Table, names: str | Iterable[str] | None, role: str = "field") -> tuple[Field, ...]:
    """The fields that were named, each once, in that order; None for all of this role.

    Raises ProgrammingError for none at all, and for more than 50 fields: one answer cannot hold them.
    """
    if names is None:
        found = tuple(field for field in table.fields if field.role == role)
        if not found:
            raise ProgrammingError(f"The description of {table.name} has no {role}")
        hint = "name those that you want"
    else:
        split = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
        found = tuple(dict.fromkeys(field_of(table, name, role) for name in split))
        if not found:
            raise ProgrammingError(f"No {role} is named", hint="leave it out for all of them")
        hint = "ask in two calls"
    if role == "field" and len(found) > MOST_FIELDS:
        problem = f"{table.name}: {len(found)} fields, and one answer has {MOST_FIELDS} at most"
        raise ProgrammingError(problem, hint=hint)
    return found


def filter_list(table: Table, filters: Mapping[str, object]) -> str:
    """The filters as `[field=value,…]`. A field of any role will do.

    Raises ProgrammingError for an unknown field, and NotSupportedError for what only SQL can say.
    """
    if not isinstance(filters, Mapping):
        raise ProgrammingError(f"Filters are a mapping of fields to values, not {type(filters).__name__}")
    if not filters:
        raise ProgrammingError("The filters are empty", hint="None stands for no filter at all")
    pairs = []
    for name, value in filters.items():
        if isinstance(name, str) and not _NAME.fullmatch(name):
            raise NotSupportedError(
                f"The filter {name!r} is no name of a field: a filter says that a field equals a value, nothing else",
                hint=_SQL_HINT,
            )
        field = field_of(table, name)
        pairs.append(f"{field.name}={value_text(value, f'The filter on {field.name}')}")
    return f"[{','.join(pairs)}]"


def lookup_list(keys: Mapping[str, object]) -> str:
    """Look-up keys of a data graph as `[Object__dlm.Field__c=value,…]`; the object may be left out for the primary one.

    The names are the service's to judge. Raises as `filter_list` does.
    """
    if not isinstance(keys, Mapping) or not keys:
        raise ProgrammingError("Look-up keys are a mapping of at least one `Object__dlm.Field__c` to a value")
    for name in keys:
        if not isinstance(name, str) or not re.fullmatch(r"\w+(\.\w+)?", name):
            raise ProgrammingError(f"{name!r} is no look-up key", hint="write `Object__dlm.Field__c`, or `Field__c`")
    pairs = [f"{name}={value_text(value, f'The key {name}')}" for name, value in keys.items()]
    return f"[{','.join(pairs)}]"


def value_text(value: object, name: str) -> str:
    """A value as it stands bare in a filter; `name` names it in errors, which do not repeat it.

    choice: a moment without a zone is UTC, as one with a zone is sent in UTC.
    """
    if value is None:
        raise NotSupportedError(f"{name} is None, and there is no test for NULL", hint=_SQL_HINT)
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        raise NotSupportedError(f"{name} is a {type(value).__name__}: a field equals one value", hint=_SQL_HINT)
    found = scalar(value, name)
    kind, text = ("", "") if found is None else (found.kind, found.text)
    if kind in ("TIME", "INTERVAL", "BINARY", ""):
        raise NotSupportedError(f"{name} is a {type(value).__name__}, which a filter has no form for", hint=_SQL_HINT)
    if kind == "DATE":
        return f"{text} 00:00:00"
    if kind.startswith("TIMESTAMP"):
        moment = text.removesuffix("+00:00")
        if "." in moment:
            raise NotSupportedError(f"{name} has a fraction of a second, and a filter says seconds", hint=_SQL_HINT)
        return moment
    if kind == "DOUBLE":
        if text.lstrip("-") in ("NaN", "Infinity"):
            raise NotSupportedError(f"{name} is {text}, which a filter has no form for", hint=_SQL_HINT)
        # No exponent: only plain digits are sure to be read.
        return format(Decimal(text), "f")
    if kind == "VARCHAR":
        _check_text(text, name)
    return text


def _check_text(text: str, name: str) -> None:
    if not text:
        raise NotSupportedError(f"{name} is empty, and an empty value has no form in a filter", hint=_SQL_HINT)
    odd = next((character for character in text if character in ",[]"), None)
    if odd is not None:
        # Unquoted and not to be escaped, it would end the value.
        raise NotSupportedError(f"{name} holds {odd!r}, which a filter cannot carry", hint=_SQL_HINT)


def order_list(table: Table, orderby: str | Sequence[str] | None, ends: Iterable[str]) -> str:
    """The order as `A__c ASC,…`: the caller's, and after it the fields of `ends` that make it total.

    Without a total order two pages may share a row, or miss one. Raises ProgrammingError for an unknown field.
    """
    steps: dict[str, str] = {}
    asked = orderby.split(",") if isinstance(orderby, str) else orderby or ()
    for each in asked:
        match = _ORDER.fullmatch(each) if isinstance(each, str) else None
        if match is None or (match[1] and match[3]):
            raise ProgrammingError(f"{each!r} is no order", hint="write `Field__c`, `Field__c DESC` or `-Field__c`")
        steps.setdefault(
            field_of(table, match[2]).name, "DESC" if match[1] or (match[3] or "").upper() == "DESC" else "ASC"
        )
    for name in ends:
        steps.setdefault(name, "ASC")
    return ",".join(f"{name} {direction}" for name, direction in steps.items())


def granularity(text: str) -> str:
    """A time granularity as the wire has it. Raises ProgrammingError for one that there is not."""
    found = text.upper() if isinstance(text, str) else ""
    if found not in GRANULARITIES:
        raise ProgrammingError(f"{text!r} is no time granularity", hint=f"one of {', '.join(GRANULARITIES)}")
    return found
