"""Types: how each is spelled in SQL, and the few whose values need a hand on the way.

Assumes the driver's values: Decimal, datetime, bool, bytes and list come back right already and need no second
conversion. Source: wire spec, hyper §3 and §4.4; metadata §2.2.
"""

# ruff: noqa: N802, N815 - SQLAlchemy finds these methods by the spelling of the type

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from sqlalchemy import exc
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler

_NUMBER_PRECISION, _NUMBER_SCALE = 38, 18


def reflected_type(api_type: str) -> sqltypes.TypeEngine[Any]:
    """The SQLAlchemy type of a Metadata API field type; a type not in the table is text.

    Source: wire spec, metadata §2.2 (unknown types), query §12 (number fields are NUMERIC(38,18)).
    """
    make = _REFLECTED.get(api_type)
    return make() if make else sqltypes.VARCHAR()


_REFLECTED: dict[str, Callable[[], sqltypes.TypeEngine[Any]]] = {
    "STRING": sqltypes.VARCHAR,
    "NUMBER": lambda: sqltypes.NUMERIC(_NUMBER_PRECISION, _NUMBER_SCALE),
    "DATE": sqltypes.DATE,
    "DATE_TIME": lambda: sqltypes.TIMESTAMP(timezone=True),
    "BOOLEAN": sqltypes.BOOLEAN,
    # The API does not say what the elements are.
    "ARRAY": lambda: sqltypes.ARRAY(sqltypes.NullType()),
}


class HyperTypeCompiler(PGTypeCompiler):
    """PostgreSQL's spellings, less what Hyper has no type for."""

    def visit_NUMERIC(self, type_: Any, **kw: Any) -> str:
        precision, scale = type_.precision, type_.scale
        if precision is None:
            # Hyper reads a bare NUMERIC as NUMERIC(38,0): it rounds. Data Cloud's own numbers are (38,18).
            precision, scale = _NUMBER_PRECISION, _NUMBER_SCALE if scale is None else scale
        scale = scale or 0
        if not (0 < precision <= _NUMBER_PRECISION and 0 <= scale <= precision):
            raise exc.CompileError(f"Hyper has no NUMERIC({precision}, {scale}): at most 38 digits, scale within them")
        return f"NUMERIC({precision}, {scale})"

    visit_DECIMAL = visit_NUMERIC

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:
        # choice: a Python float is 64 bits wide; only a precision that asks for less gets less.
        return "REAL" if type_.precision is not None and type_.precision <= 24 else "DOUBLE PRECISION"

    def visit_DOUBLE(self, type_: Any, **kw: Any) -> str:
        return "DOUBLE PRECISION"

    visit_double = visit_DOUBLE

    def visit_DATETIME(self, type_: Any, **kw: Any) -> str:
        return self.visit_TIMESTAMP(type_, **kw)

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        self._refuse_precision(type_)
        return "TIMESTAMP WITH TIME ZONE" if type_.timezone else "TIMESTAMP"

    def visit_TIME(self, type_: Any, **kw: Any) -> str:
        self._refuse_precision(type_)
        if type_.timezone:
            raise exc.CompileError("Hyper has no TIME WITH TIME ZONE")
        return "TIME"

    def visit_INTERVAL(self, type_: Any, **kw: Any) -> str:
        self._refuse_precision(type_)
        if type_.fields is not None:
            raise exc.CompileError(f"Hyper has no INTERVAL {type_.fields}: intervals always keep every field")
        return "INTERVAL"

    def visit_CLOB(self, type_: Any, **kw: Any) -> str:
        return "TEXT"

    visit_NCLOB = visit_CLOB

    def visit_NVARCHAR(self, type_: Any, **kw: Any) -> str:
        return self.visit_VARCHAR(type_, **kw)

    def visit_BLOB(self, type_: Any, **kw: Any) -> str:
        return "BYTEA"

    visit_BINARY = visit_VARBINARY = visit_BLOB

    def visit_UUID(self, type_: Any, **kw: Any) -> str:
        # Hyper can store a uuid but not return one; Data Cloud keeps ids as text.
        return "VARCHAR(36)"

    visit_uuid = visit_UUID

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:
        if (type_.dimensions or 1) != 1:
            raise exc.CompileError("Hyper's arrays have one dimension")
        return f"{self.process(type_.item_type, **kw)}[]"

    def _refuse_precision(self, type_: Any) -> None:
        if getattr(type_, "precision", None) is not None:
            raise exc.CompileError("Hyper keeps microseconds: times take no precision")

    def _no_such_type(self, type_: Any, *args: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError(f"Hyper has no type {type(type_).__name__}")

    visit_BIT = visit_CIDR = visit_CITEXT = visit_DOMAIN = visit_ENUM = visit_HSTORE = visit_INET = _no_such_type
    visit_JSONB = visit_JSONPATH = visit_MACADDR = visit_MACADDR8 = visit_MONEY = visit_REGCONFIG = _no_such_type
    visit_TSQUERY = visit_TSVECTOR = _no_such_type
    visit_INT4RANGE = visit_INT8RANGE = visit_NUMRANGE = visit_DATERANGE = visit_TSRANGE = _no_such_type
    visit_TSTZRANGE = visit_INT4MULTIRANGE = visit_INT8MULTIRANGE = visit_NUMMULTIRANGE = _no_such_type
    visit_DATEMULTIRANGE = visit_TSMULTIRANGE = visit_TSTZMULTIRANGE = _no_such_type


class HyperArray(sqltypes.ARRAY):  # type: ignore[type-arg]  # not subscriptable on SQLAlchemy 1.4
    """An array that is read as a list but cannot be bound as one value."""

    def bind_processor(self, dialect: Any) -> Callable[[object], object]:
        def refuse(value: object) -> object:
            if value is None:
                return None
            # A bound list is the right-hand side of IN to the driver, so it must not get there.
            raise exc.CompileError(
                "a list cannot be bound as an ARRAY; write sqlalchemy.dialects.postgresql.array([...]), which renders "
                "ARRAY[...] with one parameter an element"
            )

        return refuse


colspecs: dict[type[sqltypes.TypeEngine[Any]], type[sqltypes.TypeEngine[Any]]] = {
    sqltypes.ARRAY: HyperArray,
    # Hyper has intervals: without this SQLAlchemy would keep them as dates counted from 1970.
    sqltypes.Interval: postgresql.INTERVAL,
}

if hasattr(sqltypes, "Uuid"):  # SQLAlchemy 2

    class HyperUuid(sqltypes.Uuid[Any]):
        """A UUID kept as text with its dashes, as Data Cloud's ids are."""

        def bind_processor(self, dialect: Any) -> Callable[[object], object]:
            return lambda value: None if value is None else str(value)

    colspecs[sqltypes.Uuid] = HyperUuid
