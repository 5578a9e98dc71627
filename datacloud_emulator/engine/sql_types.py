"""The engine's types as values: read from its JSON schema or from SQL text, and spelled as SQL.

| name          | SQL                        | | name        | SQL                      |
|---------------|----------------------------|-|-------------|--------------------------|
| `bool`        | BOOLEAN                    | | `date`      | DATE                     |
| `smallint`    | SMALLINT                   | | `time`      | TIME                     |
| `integer`     | INTEGER                    | | `timestamp` | TIMESTAMP                |
| `bigint`      | BIGINT                     | | `timestamptz` | TIMESTAMP WITH TIME ZONE |
| `numeric`     | NUMERIC(precision,scale)   | | `interval`  | INTERVAL                 |
| `float4`      | REAL                       | | `json`      | JSON                     |
| `float8`      | DOUBLE PRECISION           | | `bytea`     | BYTEA                    |
| `varchar`     | TEXT, VARCHAR(length)      | | `oid`       | OID                      |
| `char`        | CHAR(length)               | | `array`     | inner[]                  |

`geography`, `uuid` and what else the engine may name are carried through by their name.

Source: wire spec, hyper §3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SQL_OF_NAME = {
    "bool": "BOOLEAN",
    "float4": "REAL",
    "float8": "DOUBLE PRECISION",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}

_NAME_OF_SQL = {
    "boolean": "bool",
    "int2": "smallint",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "dec": "numeric",
    "real": "float4",
    "double": "float8",
    "double precision": "float8",
    "text": "varchar",
    "character varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "bytes": "bytea",
    "time without time zone": "time",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}

# fmt: off
_SIMPLE_NAMES = frozenset({
    "bool", "smallint", "integer", "bigint", "numeric", "float4", "float8", "varchar", "char", "bytea", "date",
    "time", "timestamp", "timestamptz", "interval", "json",
})
# fmt: on

_SQL_TYPE = re.compile(
    r"""\s* (?P<name>[a-z][a-z0-9\ ]*?) \s*
        (?:\( \s* (?P<first>[0-9]+) \s* (?:, \s* (?P<second>[0-9]+) \s*)? \))? \s*
        (?P<array>\[ \s* \])? \s*""",
    re.IGNORECASE | re.VERBOSE,
)

MAX_PRECISION = 38


@dataclass(frozen=True)
class SqlType:
    """One type. `precision` and `scale` belong to numeric, `length` to char and bounded varchar, `inner` to array."""

    name: str
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    inner: SqlType | None = None

    @property
    def sql(self) -> str:
        """The type as SQL spells it, e.g. `NUMERIC(38,18)`, `TIMESTAMP WITH TIME ZONE`, `BIGINT[]`."""
        if self.inner is not None:
            return f"{self.inner.sql}[]"
        if self.name == "numeric":
            return f"NUMERIC({self.precision},{self.scale})"
        if self.name == "varchar":
            return "TEXT" if self.length is None else f"VARCHAR({self.length})"
        if self.name == "char":
            return f"CHAR({self.length or 1})"
        return _SQL_OF_NAME.get(self.name, self.name.upper())

    @classmethod
    def parse(cls, text: str) -> SqlType:
        """The type a piece of SQL names; any case, the usual synonyms. Raises ValueError on anything else.

        NUMERIC without precision is an error: the engine would round to whole numbers. Source: wire spec, hyper §0.10.
        """
        match = _SQL_TYPE.fullmatch(text)
        words = " ".join(match["name"].lower().split()) if match else ""
        name = _NAME_OF_SQL.get(words, words)
        if match is None or name not in _SIMPLE_NAMES:
            raise ValueError(f"{text!r} is not a type the engine stores")
        first = int(match["first"]) if match["first"] else None
        second = int(match["second"]) if match["second"] else None
        simple = cls._with_modifiers(text, name, first, second)
        return cls("array", inner=simple) if match["array"] else simple

    @classmethod
    def _with_modifiers(cls, text: str, name: str, first: int | None, second: int | None) -> SqlType:
        if name == "numeric":
            if first is None:
                raise ValueError(f"{text!r} needs a precision and a scale, e.g. NUMERIC(38,18)")
            scale = second or 0
            if not 1 <= first <= MAX_PRECISION or scale > first:
                raise ValueError(f"{text!r}: precision must be 1 to {MAX_PRECISION}, scale 0 to the precision")
            return cls(name, precision=first, scale=scale)
        if second is not None or (first is not None and name not in {"varchar", "char"}):
            raise ValueError(f"{text!r}: this type takes no such modifier")
        if first == 0:
            raise ValueError(f"{text!r}: the length must be at least 1")
        return cls(name, length=1 if name == "char" and first is None else first)


@dataclass(frozen=True)
class ResultColumn:
    """One column of a result. `inner` is an array's element type by name."""

    name: str
    type_name: str
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    inner: str | None = None
    nullable: bool = True

    @property
    def type(self) -> SqlType:
        if self.inner is not None:
            inner = SqlType(self.inner, self.precision, self.scale, self.length)
            return SqlType("array", inner=inner)
        return SqlType(self.type_name, self.precision, self.scale, self.length)

    @classmethod
    def from_json(cls, column: Mapping[str, Any]) -> ResultColumn:
        """From one entry of the `columns` list that opens a JSON_ARRAY result."""
        inner = column.get("inner")
        described = inner if isinstance(inner, Mapping) else column
        return cls(
            name=column["name"],
            type_name=column["type"],
            precision=described.get("precision"),
            scale=described.get("scale"),
            length=described.get("length"),
            inner=inner["type"] if isinstance(inner, Mapping) else inner,
            nullable=column.get("nullable", True),
        )
