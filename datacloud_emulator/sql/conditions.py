"""Equality of a column with a value that came as bare text, as SQL.

A value never becomes more than one literal of its column's type: text is quoted, anything else must look like what its
column holds. Names are quoted, and are the catalog's own.

Source: wire spec, profile §3.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timezone

from datacloud_emulator.catalog import CatalogColumn
from datacloud_emulator.sql.lexer import literal, quoted

_TEXTS = frozenset({"varchar", "char"})
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "float4", "float8"})
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def equal(column: CatalogColumn, text: str) -> str:
    """`"Column" = literal`. Raises ValueError for a text that is no value of the column's type.

    choice: the form of numbers and booleans, and that moments are UTC, is not documented.
    """
    name, kind = quoted(column.name), column.type.name
    if kind in _TEXTS:
        return f"{name} = {literal(text)}"
    if kind in _NUMBERS:
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{column.name} is a number")
        return f"{name} = {text}"
    if kind == "bool":
        if text.lower() not in {"true", "false"}:
            raise ValueError(f"{column.name} is true or false")
        return f"{name} = {text.upper()}"
    if kind in {"date", "timestamp", "timestamptz"}:
        return f"{name} = {_moment(column, text)}"
    raise ValueError(f"{column.name} is of a type that cannot be compared: {column.hyper_type}")


def among(column: CatalogColumn, values: list[str]) -> str:
    """`"Column" IN (…)` for values of the column as text; of none, FALSE."""
    listed = ", ".join(f"CAST({literal(value)} AS {column.hyper_type})" for value in values)
    return f"{quoted(column.name)} IN ({listed})" if listed else "FALSE"


def all_of(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "TRUE"


def _moment(column: CatalogColumn, text: str) -> str:
    """A DATE and a DATE_TIME are written alike, so that a date has a time as well."""
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        at = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        raise ValueError(f"{column.name} takes YYYY-MM-DD HH:MM:SS") from None
    if column.type.name == "timestamptz":
        return f"CAST({literal(text + '+00:00')} AS TIMESTAMP WITH TIME ZONE)"
    if column.type.name == "date" and at.time() == time():
        return f"CAST({literal(text[:10])} AS DATE)"
    return f"CAST({literal(text)} AS TIMESTAMP)"
