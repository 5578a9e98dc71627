"""The parameters of a REST request, as the engine takes them: a JSON array of texts with its own type names.

Speaks for the wire spec, query §9.2 and §10 (what clients send), hyper §2.4 (what the engine takes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

MAX_PRECISION = 38

# Names as query-sql and V3 have them, in lower case, and some synonyms → the engine's.
_TYPES = {
    "bool": "bool",
    "boolean": "bool",
    "smallint": "smallint",
    "int2": "smallint",
    "int": "integer",
    "int4": "integer",
    "integer": "integer",
    "bigint": "bigint",
    "int8": "bigint",
    "oid": "oid",
    "float": "float8",  # in SQL a DOUBLE PRECISION
    "foat": "float8",  # so it stands in one documented list
    "double": "float8",
    "double precision": "float8",
    "float8": "float8",
    "real": "float4",
    "float4": "float4",
    "numeric": "numeric",
    "decimal": "numeric",
    "varchar": "varchar",
    "text": "varchar",
    "string": "varchar",
    "unspecified": "varchar",
    "char": "char",
    "bytea": "bytea",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "interval": "interval",
    "json": "json",
}
_ARRAY = re.compile(r"array\s*of\s*(?P<inner>.+)|(?P<before>.+)\[\]", re.IGNORECASE)


class Digits(str):
    """A JSON number with a fraction or an exponent, in the digits it was written with."""

    __slots__ = ()


class BindingError(Exception):
    """Parameters that cannot be handed to the engine; the message says which and why."""


def decoded(body: bytes) -> object:
    """A request body in which no number has lost a digit. Raises ValueError for what is not JSON."""
    return json.loads(body, parse_float=Digits)


def engine_parameters(parameters: object, *, named: bool) -> str | None:
    """The engine's JSON array for a request's list of `{type, value, name?, length?, precision?, scale?}`.

    None when there are none. Values are texts, as documented, or the raw JSON values of some clients.
    """
    if parameters is None or parameters == []:
        return None
    if not isinstance(parameters, list):
        raise BindingError("parameters must be a list")
    entries = [_entry(number, parameter, named) for number, parameter in enumerate(parameters, 1)]
    # The engine reads UTF-8 but no \u escape beyond ASCII.
    return json.dumps(entries, ensure_ascii=False)


def _entry(number: int, parameter: object, named: bool) -> dict[str, object]:
    if not isinstance(parameter, dict) or "value" not in parameter:
        raise BindingError(f"parameter {number} must be an object with a type and a value")
    kind, name = parameter.get("type", "varchar"), parameter.get("name")
    if not isinstance(kind, str):
        raise BindingError(f"the type of parameter {number} must be text")
    if named and (not isinstance(name, str) or not name):
        raise BindingError(f"parameter {number} must have a name")
    value = _text(parameter["value"])
    try:
        entry = _type(kind.strip().lower(), value, parameter)
    except (ValueError, InvalidOperation):
        raise BindingError(f"parameter {number} has a value that its type {kind} does not take") from None
    entry["value"] = value
    if named:
        entry["name"] = name
    return entry


def _type(kind: str, value: str | None, given: dict[str, object]) -> dict[str, object]:
    array = _ARRAY.fullmatch(kind)
    if array is not None:
        inner = (array["inner"] or array["before"]).strip()
        cells = None if value is None else json.loads(value, parse_float=Digits)
        if cells is not None and not isinstance(cells, list):
            raise ValueError(value)
        return {"type": "array", "inner": _scalar(inner, [_text(cell) for cell in cells or ()], given)}
    if kind == "array":
        described = given.get("inner", given.get("innerElement"))
        if not isinstance(described, dict) or not isinstance(described.get("type"), str):
            raise BindingError("an array must say the type of what it holds")
        return _type(f"arrayof{described['type'].lower()}", value, described)
    return _scalar(kind, [value], given)


def _scalar(kind: str, values: Iterable[str | None], given: dict[str, object]) -> dict[str, object]:
    if kind not in _TYPES:
        raise BindingError(f"{kind} is not a type a parameter can have")
    entry: dict[str, object] = {"type": _TYPES[kind]}
    if entry["type"] == "numeric":
        precision, scale = given.get("precision"), given.get("scale")
        if not isinstance(precision, int) or not isinstance(scale, int):
            precision, scale = _digits(value for value in values if value is not None)
        entry |= {"precision": precision, "scale": scale}
    if entry["type"] in {"char", "varchar"} and isinstance(given.get("length"), int):
        entry["length"] = given["length"]
    return entry


def _digits(values: Iterable[str]) -> tuple[int, int]:
    """Precision and scale that hold these numbers to their last digit; the engine would round to fewer."""
    whole, scale = 1, 0
    for value in values:
        number = Decimal(value)
        _, digits, exponent = number.as_tuple()
        if not isinstance(exponent, int):
            raise ValueError(value)  # NaN or an infinity
        whole = max(whole, len(digits) + exponent)
        scale = max(scale, -exponent)
    if whole + scale > MAX_PRECISION:
        raise ValueError("more than 38 digits")
    return whole + scale, scale


def _text(value: object) -> str | None:
    """A value as the text the engine reads."""
    if value is None or isinstance(value, str):
        return value if value is None else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(_cell(cell) for cell in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _cell(cell: object) -> str:
    return str(cell) if isinstance(cell, Digits) else json.dumps(cell, ensure_ascii=False)
