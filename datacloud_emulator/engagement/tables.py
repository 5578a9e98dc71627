"""How each object's records are laid out in the store: a table of real columns, and what goes into it and out of it.

Source: wire spec, account-engagement §12.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from datacloud_emulator.engagement.catalogue import EngagementObject, Field, catalogue

Row = dict[str, Any]

_TYPES = {"Integer": "INTEGER", "Boolean": "INTEGER DEFAULT 0", "DateTime": "INTEGER", "Float": "REAL"}


class Table:
    """How an object's records are laid out: a column for each stored field, `_deleted`, and `_more` for the rest."""

    def __init__(self, item: EngagementObject) -> None:
        self.name = item.name
        self.has_is_deleted = "isDeleted" in item.fields
        fields = [field for field in item.fields.values() if field.is_stored and field.name != "isDeleted"]
        self.columns = [*(field.name for field in fields), "_deleted", "_more"]
        self.names = frozenset(self.columns)
        # Made once: they are long, and often needed.
        self.listed = ", ".join(f'"{name}"' for name in self.columns)
        self.one = f'SELECT {self.listed} FROM "{self.name}" WHERE "id" = ?'
        self.readers: dict[str, Callable[[Any], Any]] = {
            **{field.name: bool for field in fields if field.type == "Boolean"},
            **{field.name: json.loads for field in fields if field.is_json},
            "_deleted": bool,
        }
        self.writers = {field.name: writer for field in fields if (writer := _writer(field)) is not None}
        self.times = {field.name for field in fields if field.type == "DateTime"}
        columns = ", ".join(f'"{field.name}" {_column_type(item, field)}' for field in fields)
        self.create = f'CREATE TABLE "{item.name}" ({columns}, "_deleted" INTEGER NOT NULL DEFAULT 0, "_more" TEXT)'
        indexed = {
            *item.order_by,
            *(asked.field.name for asked in item.filters.values() if asked.field.type != "Boolean"),
        } - {"id"}
        self.indexes = {
            f"{item.name} {name}": f'CREATE INDEX "{item.name} {name}" ON "{item.name}" ("{name}")'
            for name in sorted(indexed)
        }

    def read(self, columns: Sequence[str], found: Iterable[Sequence[Any]]) -> list[Row]:
        """The rows of these columns."""
        readers = [(name, self.readers[name]) for name in columns if name in self.readers]
        rows = []
        for values in found:
            row = dict(zip(columns, values, strict=True))
            for name, reader in readers:
                value = row[name]
                if value is not None:
                    row[name] = reader(value)
            if self.has_is_deleted:
                row["isDeleted"] = row["_deleted"]
            more = row.pop("_more", None)
            if more is not None:
                row.update(json.loads(more))
            rows.append(row)
        return rows

    def split(self, values: Mapping[str, Any]) -> tuple[Row, Row]:
        """Values for the columns, as SQLite takes them, and the rest. ValueError for a name that is neither."""
        columns: Row = {}
        rest: Row = {}
        for name, value in values.items():
            if name in self.names:
                writer = self.writers.get(name)
                columns[name] = value if writer is None or value is None else writer(value)
            elif name == "isDeleted" and self.has_is_deleted:
                columns["_deleted"] = bool(value)
            elif name.endswith("__c") or name.startswith("_"):
                rest[name] = value
            else:
                raise ValueError(f"{self.name} has no field {name!r} that is stored")
        return columns, rest


def moment(value: datetime | str | int) -> int:
    """Seconds since 1970 of what may stand for a DateTime; ValueError for one without an offset."""
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if value.tzinfo is None:
        raise ValueError("a DateTime needs an offset")
    return int(value.timestamp())


@cache
def tables() -> Mapping[str, Table]:
    return {name: Table(item) for name, item in catalogue().objects.items()}


def _column_type(item: EngagementObject, field: Field) -> str:
    if field.name == "id":
        return "INTEGER PRIMARY KEY"
    if (item.name, field.name) == ("Prospect", "email"):
        return "TEXT COLLATE NOCASE"  # choice: addresses are compared without case, kept as they came
    return _TYPES.get(field.type, "TEXT")


def _writer(field: Field) -> Callable[[Any], Any] | None:
    if field.type == "DateTime":
        return moment
    return json.dumps if field.is_json else None
