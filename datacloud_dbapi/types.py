"""The one table of Data Cloud's types, and PEP 249's type objects and constructors.

Everything that asks "what type is this column?" asks `DataType.from_wire`. Assumes nothing of ours.
Source: wire spec, query §5 (spellings and codes); public surface, §1 (the kinds).

| kind | spellings, case, spaces and underscores aside | java.sql.Types | PEP 249 |
|---|---|---|---|
| BOOLEAN | BOOLEAN BOOL BIT | 16 -7 | NUMBER |
| SMALLINT | SMALLINT INT2 TINYINT | 5 -6 | NUMBER |
| INTEGER | INTEGER INT INT4 | 4 | NUMBER |
| BIGINT | BIGINT INT8 OID | -5 | NUMBER |
| NUMERIC | NUMERIC DECIMAL | 2 3 | NUMBER |
| REAL | REAL FLOAT4 | 7 | NUMBER |
| DOUBLE | DOUBLE DOUBLE PRECISION FLOAT FLOAT8 | 8 6 | NUMBER |
| CHAR | CHAR CHARACTER BPCHAR NCHAR | 1 -15 | STRING |
| VARCHAR | VARCHAR CHARACTER VARYING NVARCHAR LONGVARCHAR STRING | 12 -9 -1 -16 | STRING |
| TEXT | TEXT CLOB | 2005 | STRING |
| JSON | JSON | | STRING |
| DATE | DATE | 91 | DATETIME |
| TIME | TIME, with or without TIME ZONE | 92 2013 | DATETIME |
| TIMESTAMP | TIMESTAMP DATETIME | 93 | DATETIME |
| TIMESTAMP WITH TIME ZONE | that, TIMESTAMPTZ, TimestampWithTimezone | 2014 | DATETIME |
| BINARY | BINARY VARBINARY LONGVARBINARY BYTEA BYTES BLOB | -2 -3 -4 2004 | BINARY |
| ARRAY | ARRAY, ARRAY(t), ARRAY<t>, ARRAY OF t, ArrayOfT, t[] | 2003 | |
| UNKNOWN | everything else; its values are passed on as sent | 0 1111 | |
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class DataType:
    """A Data Cloud type; `str()` writes it as SQL does: `NUMERIC(18,2)`, `ARRAY(VARCHAR)`, `TIMESTAMP WITH TIME ZONE`.

    `kind` is one of the module's table. `precision` and `scale` belong to NUMERIC, `length` to CHAR and VARCHAR (in
    characters), `inner` to ARRAY, `text` (the service's own spelling) to UNKNOWN; each is None where it was not said.
    """

    kind: str
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    inner: DataType | None = None
    text: str | None = None

    def __str__(self) -> str:
        if self.inner is not None:
            return f"{self.kind}({self.inner})"
        if self.precision is not None:
            return f"{self.kind}({self.precision},{self.scale or 0})"
        if self.length is not None:
            return f"{self.kind}({self.length})"
        return self.text or self.kind

    @classmethod
    def from_wire(cls, type_text: str | None, type_code: int | None = None) -> DataType:
        """The type a column's metadata names.

        The text decides; the `java.sql.Types` code is asked only when the text is missing or strange, because the
        code of TIMESTAMP WITH TIME ZONE is 93 on older servers. Never fails: an unknown type is kind UNKNOWN.
        Source: wire spec, query §5.
        """
        found = _from_text(type_text) if type_text is not None else None
        if found is not None:
            return found
        kind = _KIND_OF_CODE.get(type_code) if type_code is not None else None
        return cls(kind) if kind is not None else cls("UNKNOWN", text=type_text or None)


# Every answer names its columns' types anew, and there are few: to read them was a fifth of reading a small answer.
@lru_cache(maxsize=256)
def _from_text(text: str) -> DataType | None:
    element = _array_element(text)
    if element is not None:
        return DataType("ARRAY", inner=DataType.from_wire(element) if element else None)
    match = _WITH_ARGUMENTS.fullmatch(text.strip())
    name, arguments, tail = match.groups() if match else (text, "", "")
    kind = _KIND_OF_SPELLING.get(_SEPARATORS.sub("", f"{name}{tail}").upper())
    if kind is None:
        return None
    numbers = [int(digits) for digits in re.findall(r"\d+", arguments)]
    if kind == "NUMERIC" and numbers:
        return DataType(kind, precision=numbers[0], scale=numbers[1] if len(numbers) > 1 else 0)
    if kind in ("CHAR", "VARCHAR") and numbers:
        return DataType(kind, length=numbers[0])
    return DataType(kind)


def _array_element(text: str) -> str | None:
    """The element type's text of an array type, "" when it is not said, None when `text` is no array type."""
    match = _ARRAY.fullmatch(text.strip())
    return None if match is None else next((part for part in match.groups() if part is not None), "").strip()


_SEPARATORS = re.compile(r"[\s_]+")
# `TIMESTAMP(6) WITH TIME ZONE` holds its argument in the middle.
_WITH_ARGUMENTS = re.compile(r"([^()]*)\(([\d\s,]*)\)([^()]*)")
_ARRAY = re.compile(r"(.+)\[\s*\]|ARRAY\s*[(<](.*)[)>]|ARRAY[\s_]*OF[\s_]*(.+)|ARRAY", re.IGNORECASE | re.DOTALL)

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "BOOLEAN": ("BOOLEAN", "BOOL", "BIT"),
    "SMALLINT": ("SMALLINT", "INT2", "TINYINT"),
    "INTEGER": ("INTEGER", "INT", "INT4"),
    "BIGINT": ("BIGINT", "INT8", "OID"),
    "NUMERIC": ("NUMERIC", "DECIMAL"),
    "REAL": ("REAL", "FLOAT4"),
    # JDBC's FLOAT, and PostgreSQL's, is a double.
    "DOUBLE": ("DOUBLE", "DOUBLEPRECISION", "FLOAT", "FLOAT8"),
    "CHAR": ("CHAR", "CHARACTER", "BPCHAR", "NCHAR"),
    "VARCHAR": ("VARCHAR", "CHARACTERVARYING", "NVARCHAR", "LONGVARCHAR", "STRING"),
    "TEXT": ("TEXT", "CLOB"),
    "JSON": ("JSON",),
    "DATE": ("DATE",),
    "TIME": ("TIME", "TIMEWITHOUTTIMEZONE", "TIMEWITHTIMEZONE", "TIMETZ"),
    "TIMESTAMP": ("TIMESTAMP", "TIMESTAMPWITHOUTTIMEZONE", "DATETIME"),
    "TIMESTAMP WITH TIME ZONE": ("TIMESTAMPWITHTIMEZONE", "TIMESTAMPTZ"),
    "BINARY": ("BINARY", "VARBINARY", "LONGVARBINARY", "BYTEA", "BYTES", "BLOB"),
}
_KIND_OF_SPELLING = {spelling: kind for kind, spellings in _SPELLINGS.items() for spelling in spellings}

_CODES: dict[str, tuple[int, ...]] = {
    "BOOLEAN": (16, -7),
    "SMALLINT": (5, -6),
    "INTEGER": (4,),
    "BIGINT": (-5,),
    "NUMERIC": (2, 3),
    "REAL": (7,),
    "DOUBLE": (8, 6),
    "CHAR": (1, -15),
    "VARCHAR": (12, -9, -1, -16),
    "TEXT": (2005,),
    "DATE": (91,),
    "TIME": (92, 2013),
    "TIMESTAMP": (93,),
    "TIMESTAMP WITH TIME ZONE": (2014,),
    "BINARY": (-2, -3, -4, 2004),
    "ARRAY": (2003,),
}
_KIND_OF_CODE = {code: kind for kind, codes in _CODES.items() for code in codes}


class TypeCode(str):
    """What `cursor.description` says of a column's type: its SQL text, which also equals its PEP 249 group.

    `TypeCode(column.type)` is `"NUMERIC(18,2)"`; it equals `NUMBER` because `TypeGroup` reads the text.
    """

    __slots__ = ()


class TypeGroup:
    """A PEP 249 type object: equal to the text of every type in its group, whatever the text's arguments.

    Hashes by its name, so groups can be kept in sets; a type code is found by `==`, not by looking it up in one,
    as one text cannot hash like itself and like its group.
    """

    __slots__ = ("_kinds", "name")

    def __init__(self, name: str, *kinds: str) -> None:
        self.name = name
        self._kinds = frozenset(kinds)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TypeGroup):
            return self.name == other.name
        if isinstance(other, str):
            return other.partition("(")[0] in self._kinds
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return self.name


STRING = TypeGroup("STRING", "CHAR", "VARCHAR", "TEXT", "JSON")
BINARY = TypeGroup("BINARY", "BINARY")
# choice: BOOLEAN counts as a number, as Python's bool is an int and PEP 249 has no group of its own for it.
NUMBER = TypeGroup("NUMBER", "BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "NUMERIC", "REAL", "DOUBLE")
DATETIME = TypeGroup("DATETIME", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
# Data Cloud has no row ids: nothing equals ROWID.
ROWID = TypeGroup("ROWID")

Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime
Binary = bytes


def DateFromTicks(ticks: float) -> datetime.date:  # noqa: N802 - PEP 249's name
    """The local date of `ticks` seconds since the epoch. Source: PEP 249, type constructors."""
    return datetime.date.fromtimestamp(ticks)  # noqa: DTZ012 - PEP 249 asks for local time


def TimeFromTicks(ticks: float) -> datetime.time:  # noqa: N802 - PEP 249's name
    """The local time of day of `ticks` seconds since the epoch. Source: PEP 249, type constructors."""
    return TimestampFromTicks(ticks).time()


def TimestampFromTicks(ticks: float) -> datetime.datetime:  # noqa: N802 - PEP 249's name
    """The local, naive timestamp of `ticks` seconds since the epoch. Source: PEP 249, type constructors."""
    return datetime.datetime.fromtimestamp(ticks)  # noqa: DTZ006 - PEP 249 asks for local, naive time
