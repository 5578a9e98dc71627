"""Rows to write, from whatever holds them: mappings, a DataFrame of pandas or polars, an Arrow table.

What is missing in a frame (NaN, NaT, NA) is None, and so null; a numpy scalar is Python's value. None of these
libraries is loaded here: each is known by the methods that it alone has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from datacloud_dbapi.errors import ProgrammingError

_MISSING = frozenset({"NAType", "NaTType"})


def rows_of(rows: Any) -> list[dict[str, Any]]:
    """The rows in order. Raises ProgrammingError for what holds none."""
    found = rows_of_frame(rows)
    if found is not None:
        return found
    if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Iterable):
        what = "mappings in a list or an iterator, a DataFrame or an Arrow table"
        raise ProgrammingError(f"Rows are {what}, not a {type(rows).__qualname__}")
    listed = list(rows)
    for number, row in enumerate(listed):
        if not isinstance(row, Mapping):
            raise ProgrammingError(f"Row {number} is a {type(row).__qualname__}, and a mapping is needed")
    return [{name: cell(value) for name, value in row.items()} for row in listed]


def ids_of(rows: Any) -> list[Any]:
    """Ids in order, from a list of them, or from the column `id` of rows."""
    found = rows_of_frame(rows)
    if found is None:
        if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Iterable):
            raise ProgrammingError(f"Ids are numbers in a list or an iterator, not a {type(rows).__qualname__}")
        found = list(rows)
    return [_id(row, number) if isinstance(row, Mapping) else cell(row) for number, row in enumerate(found)]


def rows_of_frame(rows: Any) -> list[dict[str, Any]] | None:
    """The rows of a DataFrame or an Arrow table; None for anything else."""
    if isinstance(rows, (list, tuple)):
        return None
    names = getattr(rows, "column_names", None) or getattr(rows, "columns", None)
    if names is not None and len(set(names)) < len(list(names)):
        raise ProgrammingError("Two columns of the frame have one name")
    if hasattr(rows, "to_pylist") and hasattr(rows, "schema"):
        read: list[dict[str, Any]] = rows.to_pylist()
    elif hasattr(rows, "read_all") and hasattr(rows, "schema"):
        read = rows.read_all().to_pylist()
    elif hasattr(rows, "to_dicts"):
        read = rows.to_dicts()
    elif hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        read = rows.to_dict("records")
    else:
        return None
    return [{name: cell(value) for name, value in row.items()} for row in read]


def cell(value: Any) -> Any:
    """A value as Python has it; None for what is missing."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind.__name__ in _MISSING:
        return None
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        value = value.tolist()
    # Only what is not a number does not equal itself, NaN of a Decimal too.
    return None if isinstance(value, float) and value != value else _decimal(value)


def _decimal(value: Any) -> Any:
    return None if getattr(value, "is_nan", None) is not None and value.is_nan() else value


def _id(row: Mapping[str, Any], number: int) -> Any:
    if "id" not in row:
        raise ProgrammingError(f"Row {number} has no id")
    return cell(row["id"])
