"""Python values as Hyper SQL literals: exact, or refused.

What each class becomes was checked on the engine, and so was what it would get wrong:

| Python | SQL |
|---|---|
| None, bool | `NULL`, `TRUE`, `FALSE` |
| int | its digits; beyond 64 bits a NUMERIC of at most 38 digits |
| Decimal | its digits with a point, so that it stays NUMERIC; at most 38 digits |
| float | `CAST('…' AS DOUBLE PRECISION)`; NaN and the infinities too |
| str, UUID | `'…'` |
| date, time, naive datetime | `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'` |
| aware datetime | `TIMESTAMP WITH TIME ZONE '…+00:00'`, in UTC |
| timedelta | `INTERVAL '… days … seconds'` |
| bytes, bytearray, memoryview | `CAST('\\x…' AS BYTEA)` |
| list, tuple | `(…, …)` for IN; an empty one is refused, as the engine has no form of it that fits every type |
| Enum | its value |

Source: wire spec, query §13; hyper §4.1-4.2; faults V9, V12.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import numbers
import operator
import uuid
from collections.abc import Callable
from typing import cast

from datacloud_dbapi.errors import ProgrammingError


def literal(value: object, name: str) -> str:
    """The SQL literal of a value, which `name` names in the error where there is none."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, (list, tuple)):
        if not value:
            raise _refused(name, "is an empty list, and the engine has no empty IN (): leave the condition out")
        return f"({', '.join(_scalar(part, f'{name}[{place}]') for place, part in enumerate(value))})"
    return _scalar(value, name)


def _scalar(value: object, name: str) -> str:
    if value is None:
        return "NULL"
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value, name)
    # A numpy scalar is of none of these classes; its bool is no number either.
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):
        return _boolean(bool(value), name)
    raise _refused(name, f"is a {type(value).__module__}.{type(value).__qualname__}, which SQL has no literal for")


def _refused(name: str, problem: str) -> ProgrammingError:
    return ProgrammingError(f"{name} {problem}")


def _boolean(value: bool, name: str) -> str:
    return "TRUE" if value else "FALSE"


def _integer(value: object, name: str) -> str:
    number = operator.index(cast(int, value))
    if -(2**63) <= number < 2**63:
        return _signed(format(number, "d"))
    if abs(number) >= 10**38:
        raise _refused(name, "has more than the 38 digits a number can have")
    # Without the point the engine refuses a literal beyond 64 bits.
    return _signed(f"{number:d}.")


def _decimal(value: decimal.Decimal, name: str) -> str:
    if not value.is_finite():
        raise _refused(name, f"is {value}, which NUMERIC does not know")
    # Guards format() below from writing out 1E+999999.
    if abs(value.adjusted()) > 100 or -cast(int, value.as_tuple().exponent) > 38:
        raise _refused(name, "has more than the 38 digits a number can have")
    whole, _, fraction = format(value, "f").lstrip("-").partition(".")
    # The engine counts a leading zero as a digit, and reads a number of 39 digits as a DOUBLE.
    whole = whole.lstrip("0") if fraction else whole
    if len(whole) + len(fraction) > 38:
        raise _refused(name, "has more than the 38 digits a number can have")
    return _signed(f"{'-' if value < 0 else ''}{whole}.{fraction}")


def _signed(digits: str) -> str:
    # In brackets, as `a -:x` would otherwise begin a comment.
    return f"({digits})" if digits.startswith("-") else digits


def _double(value: object, name: str) -> str:
    number = float(cast(float, value))
    if not (number == value or math.isnan(number)):
        raise _refused(name, f"is a {type(value).__qualname__} that no double equals")
    text = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(number, "NaN" if math.isnan(number) else repr(number))
    return f"CAST('{text}' AS DOUBLE PRECISION)"


def _string(value: str, name: str) -> str:
    # A subclass may print as something else; the characters are what counts.
    text = str.__str__(value)
    if "\0" in text:
        raise _refused(name, "holds a NUL character, which a statement cannot")
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def _timestamp(value: datetime.datetime, name: str) -> str:
    _check_time(value, name)
    if value.tzinfo is None:
        return f"TIMESTAMP '{_clock_text(value)}'"
    try:
        moment = value.astimezone(datetime.timezone.utc)
    except OverflowError:
        moment = None
    if moment is None:
        raise _refused(name, "leaves the years 1 to 9999 when turned to UTC")
    return f"TIMESTAMP WITH TIME ZONE '{_clock_text(moment.replace(tzinfo=None))}+00:00'"


def _clock_text(value: datetime.datetime) -> str:
    return datetime.datetime.isoformat(value, " ")


def _check_time(value: datetime.datetime | datetime.timedelta, name: str) -> None:
    """pandas' own times are subclasses that know more: nanoseconds, and a not-a-time."""
    if value != value:  # only NaT differs from itself
        raise _refused(name, "is not a time (NaT); pass None for NULL")
    if getattr(value, "nanosecond", 0) or getattr(value, "nanoseconds", 0):
        raise _refused(name, "has nanoseconds, which the service does not keep")


def _date(value: datetime.date, name: str) -> str:
    return f"DATE '{datetime.date.isoformat(value)}'"


def _time(value: datetime.time, name: str) -> str:
    if value.tzinfo is not None:
        raise _refused(name, "is a time with a zone, which the service has no type for")
    return f"TIME '{datetime.time.isoformat(value)}'"


def _interval(value: datetime.timedelta, name: str) -> str:
    _check_time(value, name)
    return f"INTERVAL '{value.days} days {value.seconds}.{value.microseconds:06d} seconds'"


def _binary(value: bytes | bytearray | memoryview, name: str) -> str:
    return f"CAST('\\x{value.hex()}' AS BYTEA)"


def _text_of(value: object, name: str) -> str:
    return _string(str(value), name)


# In order: a bool is an int too, and a datetime a date.
_WRITERS: tuple[tuple[type, Callable[..., str]], ...] = (
    (bool, _boolean),
    (str, _string),
    (numbers.Integral, _integer),
    (decimal.Decimal, _decimal),
    (numbers.Real, _double),
    (datetime.datetime, _timestamp),
    (datetime.date, _date),
    (datetime.time, _time),
    (datetime.timedelta, _interval),
    (bytes, _binary),
    (bytearray, _binary),
    (memoryview, _binary),
    (uuid.UUID, _text_of),
)
