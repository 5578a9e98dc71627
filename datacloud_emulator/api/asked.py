"""What a call of the profile, insight and data graph APIs asks for, read from its parameters.

Speaks for the wire spec, profile §1.2 and §2-4; calculated-insights §2-3; data-graphs §1. Knows the parameters'
grammar; whether a name exists is said by `known`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.wrappers import Request

from datacloud_emulator.api.numbers import MOST, parameter
from datacloud_emulator.catalog import CatalogColumn, CatalogObject
from datacloud_emulator.sql import conditions
from datacloud_emulator.sql.lexer import quoted

_PAIR = re.compile(r"\s*(?:(?P<object>\w+)\.)?(?P<field>\w+)\s*=(?P<value>.*)", re.DOTALL | re.ASCII)
# choice: how a comma in a value is told from one between two pairs; only the latter has a name and `=` behind it.
_NEXT_PAIR = re.compile(r",(?=\s*[\w.]+\s*=)", re.ASCII)
_KEY = re.compile(r"\s*(?P<minus>-?)\s*(?P<name>\w+)(?:\s+(?P<direction>ASC|DESC))?\s*", re.IGNORECASE | re.ASCII)


class RefusedError(Exception):
    """A call that is answered with an error: its status and what the answer says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Pair:
    """One `object.field=value`; `object` is "" where it is left out."""

    object: str
    field: str
    value: str


@dataclass(frozen=True)
class Window:
    """The rows one call asks for."""

    offset: int
    limit: int


def pairs(text: str, name: str) -> list[Pair]:
    """`[a=1,b=2]`, in the order given; 400 for anything else. Values are as they were sent, blanks included."""
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]") and len(inner) > 2):
        raise RefusedError(400, f"{name} must be a list in square brackets: [field=value,field2=value2]")
    found = []
    for part in _NEXT_PAIR.split(inner[1:-1]):
        match = _PAIR.fullmatch(part)
        if match is None:
            raise RefusedError(400, f"{name} takes field=value only, joined by commas")
        found.append(Pair(match["object"] or "", match["field"], match["value"]))
    return found


def filters(request: Request, item: CatalogObject, *, required: bool = False) -> list[str]:
    """The conditions of `filters`, as SQL; one left out or blank is none."""
    text = request.args.get("filters", "")
    if not text.strip():
        if required:
            raise RefusedError(400, "filters is required")
        return []
    asked = pairs(text, "filters")
    if any(pair.object for pair in asked):
        raise RefusedError(400, "filters takes field=value only, joined by commas")
    return [matching(item, pair.field, pair.value) for pair in asked]


def matching(item: CatalogObject, field: str, value: str) -> str:
    """Equality of a field and a value, as SQL: 422 for an unknown field, 400 for a value that cannot be one of it."""
    column = known(item, field)
    try:
        return conditions.equal(column, value)
    except ValueError as error:
        raise RefusedError(400, str(error)) from None


def known(item: CatalogObject, name: str) -> CatalogColumn:
    column = item.column(name)
    if column is None:
        raise RefusedError(422, f"Unknown attribute {name}")
    return column


def names(request: Request, parameter_name: str, most: int | None = None) -> list[str]:
    """A list of names with commas between them, each once; none when the parameter is left out or blank."""
    text = request.args.get(parameter_name, "")
    if not text.strip():
        return []
    found = list(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(re.fullmatch(r"\w+", name, re.ASCII) for name in found):
        raise RefusedError(400, f"{parameter_name} must be names with commas between them")
    if most is not None and len(found) > most:
        raise RefusedError(400, f"{parameter_name} takes at most {most} names")
    return found


def ordering(request: Request, item: CatalogObject, among: Iterable[str] | None = None) -> str:
    """` ORDER BY …` for `orderby`, in both spellings: `A ASC,B DESC` and `A,-B`; empty when there is none.

    `among` are the only columns that can be ordered by, where they are not all.
    """
    text = request.args.get("orderby", "")
    if not text.strip():
        return ""
    keys = []
    for part in text.split(","):
        match = _KEY.fullmatch(part)
        if match is None or (match["minus"] and match["direction"]):
            raise RefusedError(400, "orderby must be names, each with ASC or DESC behind it or - before it")
        column = known(item, match["name"])
        if among is not None and column.name not in among:
            raise RefusedError(400, f"orderby: {column.name} is not among the columns asked for")
        keys.append(f"{quoted(column.name)} {'DESC' if match['minus'] else (match['direction'] or 'ASC').upper()}")
    return " ORDER BY " + ", ".join(keys)


def window(request: Request, default: int, most: int) -> Window:
    """`limit` and `offset`. choice: a limit of 0 or above the cap is refused."""
    return Window(
        offset=parameter(request, "offset", 0, most=MOST - most - 1),
        limit=parameter(request, "limit", min(default, most), least=1, most=most),
    )
