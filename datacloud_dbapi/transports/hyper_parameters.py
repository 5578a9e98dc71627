"""A statement's values as Hyper's JSON parameters: text for every value, the engine's own names for the types.

Source: wire spec, hyper §2.4.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from datacloud_dbapi.binding import ServerParameter, server_parameters
from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.transports.base import Parameters

# By kind of `scalars.py`.
TYPE_NAMES = {
    "BOOLEAN": "bool",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "NUMERIC": "numeric",
    "DOUBLE": "double",
    "VARCHAR": "varchar",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "interval",
    "BINARY": "bytea",
}


class HyperStatement(NamedTuple):
    """A statement as it is sent: its text, whose placeholders are all `:name`, and their values as JSON."""

    sql: str
    values: str | None = None


def hyper_statement(sql: str, parameters: Parameters | None) -> HyperStatement:
    """The statement with its values beside it; those that the engine has no typed form for are in it.

    Raises ProgrammingError as `bind` does: which values fit does not depend on how they travel.
    """
    text, given = server_parameters(sql, parameters, TYPE_NAMES)
    # The engine refuses \u escapes in JSON parameters.
    values = json.dumps([typed(one, TYPE_NAMES) for one in given], ensure_ascii=False) if given else None
    try:
        f"{text}{values}".encode()
    except UnicodeEncodeError:
        raise ProgrammingError("A value holds half of a surrogate pair, which is no character") from None
    return HyperStatement(text, values)


def typed(one: ServerParameter, names: Mapping[str, str]) -> dict[str, Any]:
    """A parameter in JSON as Hyper reads it, straight or behind Direct V3; `names` spells the types."""
    name, value = one
    facts = {"name": name, "type": names[value.kind], "value": value.text}
    return facts if value.precision is None else facts | {"precision": value.precision, "scale": value.scale}
