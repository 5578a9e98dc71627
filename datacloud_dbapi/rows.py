"""What a fetched row is: a tuple, a dict, a named tuple, or what the user's own factory makes.

Source: public surface, §1.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

RowFactory = Callable[[tuple[str, ...]], Callable[[tuple[Any, ...]], Any]]
"""Given the column names once, answers the function that makes each row."""


def tuple_row(names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Rows as plain tuples: the default."""
    return lambda row: row


def dict_row(names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], dict[str, Any]]:
    """Rows as dicts by column name; of two columns with one name the last stands."""
    return lambda row: dict(zip(names, row, strict=True))


def namedtuple_row(names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Rows as named tuples; a name that cannot be an attribute is replaced by its position, as `_0`."""
    row_type: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names come at run time
    make: Callable[[tuple[Any, ...]], tuple[Any, ...]] = row_type._make
    return make
