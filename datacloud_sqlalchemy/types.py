"""Types: how each is spelled in SQL, and the few whose values need a hand on the way.

Assumes the driver's values: Decimal, datetime, bool, bytes and list come back right already and need no second
conversion. Source: wire spec, hyper §3 and §4.4; metadata §2.2.
"""

# ruff: noqa: N802, N815 - SQLAlchemy finds these methods by the spelling of the type

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from sqlalchemy import exc, sql
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler

from datacloud_dbapi.decode import decode_rows
from datacloud_dbapi.page import Column
from datacloud_dbapi.scalars import scalar
from datacloud_dbapi.types import DataType

_NUMBER_PRECISION, _NUMBER_SCALE = 38, 18


def reflected_type(api_type: str, business_type: str | None = None) -> sqltypes.TypeEngine[Any]:
    """The SQLAlchemy type of a Metadata API field type; a type not in the table is text.

    With a `business_type` that has a type of its own in `sqlalchemy_utils`, text is that type: EMAIL is `EmailType`,
    PHONE `PhoneNumberType`, URL `URLType`. Source: wire spec, metadata §2.2 (unknown types, business types), query §12
    (number fields are NUMERIC(38,18)).
    """
    if business_type in _BUSINESS_TYPES and api_type == "STRING":
        return _business_type(business_type)
    make = _REFLECTED.get(api_type)
    return make() if make else sqltypes.VARCHAR()


def check_business_types() -> None:
    """Raises ArgumentError when `sqlalchemy_utils`, or a package that one of its types needs, is not installed."""
    for name in _BUSINESS_TYPES:
        _business_type(name)


def _business_type(name: str) -> sqltypes.TypeEngine[Any]:
    try:
        import sqlalchemy_utils  # type: ignore[import-untyped]  # it carries no types

        made: sqltypes.TypeEngine[Any] = getattr(sqlalchemy_utils, _BUSINESS_TYPES[name])()
    except ImportError as error:
        raise exc.ArgumentError("business_types needs: pip install sqlalchemy-utils") from error
    except sqlalchemy_utils.ImproperlyConfigured as error:
        raise exc.ArgumentError(f"business_types: {error}") from error
    return made


_BUSINESS_TYPES = {"EMAIL": "EmailType", "PHONE": "PhoneNumberType", "URL": "URLType"}

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
        if type_.item_type._isnull:
            # As reflected: the Metadata API does not say what the elements are.
            raise exc.CompileError("an ARRAY of unknown elements cannot be written: give it a type, ARRAY(Integer)")
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


class HyperJson(sqltypes.JSON):
    """JSON, said to be JSON where it is bound: to Hyper its text alone is text."""

    def bind_expression(self, bindvalue: Any) -> Any:
        return sql.cast(bindvalue, self)


class HyperArray(sqltypes.ARRAY):  # type: ignore[type-arg]  # not subscriptable on SQLAlchemy 1.4
    """An array as a list both ways; it is bound as the text that Hyper casts to an array, `[1,2]`."""

    def bind_expression(self, bindvalue: Any) -> Any:
        return sql.cast(bindvalue, self)

    def bind_processor(self, dialect: Any) -> Callable[[object], object]:
        bind = self.item_type.dialect_impl(dialect).bind_processor(dialect)

        def text(value: Any) -> str | None:
            if value is None:
                return None
            if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
                raise exc.ArgumentError(f"an ARRAY is bound as a list, not as {type(value).__name__}")
            return f"[{','.join(_element(part if bind is None else bind(part)) for part in value)}]"

        return text

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[Any], Any]:
        """Elements of the type that is declared: some transports only say that the column is an ARRAY."""
        convert = self.item_type.dialect_impl(dialect).result_processor(dialect, None)
        column = None
        if not self.item_type._isnull:
            column = Column("element", DataType.from_wire(self.item_type.compile(dialect=dialect)))

        def read(value: Any) -> Any:
            if value is None:
                return None
            elements = value if column is None else _decoded(column, value)
            return [convert(element) for element in elements] if convert else elements

        return read


def _element(value: object) -> str:
    """An element in the text of an array."""
    one = scalar(value, "an element of the array")
    if one is None:
        return "NULL"
    if one.kind in _BARE_ELEMENTS:
        return one.text
    # A backslash keeps the next character as it is and has no other meaning, so this is not JSON.
    return '"{}"'.format(one.text.replace("\\", "\\\\").replace('"', '\\"'))


_TIMES = frozenset({"DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})
_BARE_ELEMENTS = frozenset({"BOOLEAN", "INTEGER", "BIGINT", "NUMERIC", "DOUBLE"})


def _decoded(column: Column, values: list[Any]) -> list[Any]:
    kind = column.type.kind
    if kind == "NUMERIC":
        # A number that looked like a float without its type: the float's shortest text is what was sent.
        values = [repr(value) if isinstance(value, float) else value for value in values]
    if kind in _TIMES and not all(isinstance(value, str) for value in values if value is not None):
        # Where the transport says the type of the elements they are right already.
        return values
    rows, error = decode_rows([column], [(value,) for value in values])
    if error is not None:
        raise error
    return [row[0] for row in rows]


class HyperDate(sqltypes.Date):
    """A date. Of a datetime that is said to be one the date alone is bound, as in SQLAlchemy's own literals."""

    def bind_processor(self, dialect: Any) -> Callable[[object], object]:
        return lambda value: value.date() if isinstance(value, dt.datetime) else value


class HyperFloat(sqltypes.Float):  # type: ignore[type-arg]  # not subscriptable on SQLAlchemy 1.4
    """A float. Of a column that has floats each value is taken as it is: one processor has every row built anew."""

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[Any], Any] | None:
        if coltype in _FLOATS and not self.asdecimal:
            return None
        convert: Callable[[Any], Any] = super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]  # theirs carries no types
        return convert


# As the driver's descriptions name them.
_FLOATS = frozenset({"REAL", "DOUBLE"})


class HyperInterval(postgresql.INTERVAL):
    """An interval of Hyper's, as a timedelta both ways."""

    @classmethod
    def adapt_emulated_to_native(cls, interval: Any, **kw: Any) -> HyperInterval:  # type: ignore[override]  # as PG's own
        # The precisions of an `Interval` are for databases that have them: Hyper keeps microseconds and any days.
        return cls()

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[Any], dt.timedelta | None]:
        return lambda text: None if text is None else timedelta_of(text)


def timedelta_of(text: str) -> dt.timedelta:
    """The time in an ISO 8601 interval. Raises ValueError for years and months, whose length no timedelta has."""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no number of days and seconds: read it as text, CAST(… AS TEXT)")
    days, hours, minutes, seconds, fraction = found.groups()
    sign = -1 if (seconds or "").startswith("-") else 1
    return dt.timedelta(
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=sign * int((fraction or "").ljust(6, "0")),
    )


_INTERVAL = re.compile(r"P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+)(?:\.(\d{1,6}))?S)?)?")


colspecs: dict[type[sqltypes.TypeEngine[Any]], type[sqltypes.TypeEngine[Any]]] = {
    sqltypes.ARRAY: HyperArray,
    sqltypes.Date: HyperDate,
    sqltypes.Float: HyperFloat,
    sqltypes.Interval: HyperInterval,
    sqltypes.JSON: HyperJson,
}

if hasattr(sqltypes, "Uuid"):  # SQLAlchemy 2

    class HyperUuid(sqltypes.Uuid[Any]):
        """A UUID kept as text with its dashes, as Data Cloud's ids are."""

        def bind_processor(self, dialect: Any) -> Callable[[object], object]:
            return lambda value: None if value is None else str(value)

    colspecs[sqltypes.Uuid] = HyperUuid
