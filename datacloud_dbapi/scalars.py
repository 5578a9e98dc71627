"""Python values as the scalars of Hyper SQL: their type and their exact text, or a refusal.

What each class becomes was checked on the engine, and so was what it would get wrong:

| Python | kind | text |
|---|---|---|
| bool | BOOLEAN | `true`, `false` |
| int | INTEGER, BIGINT, beyond 64 bits NUMERIC | its digits; at most 38 |
| Decimal | NUMERIC with as many digits as it has, at most 38 | its digits, without exponent |
| float | DOUBLE | the shortest text that reads back the same; `NaN`, `Infinity`, `-Infinity` |
| str, UUID | VARCHAR | the text |
| date, time, naive datetime | DATE, TIME, TIMESTAMP | ISO text |
| aware datetime | TIMESTAMP WITH TIME ZONE | ISO text in UTC |
| timedelta | INTERVAL | `3 days 5.000000 seconds` |
| bytes, bytearray, memoryview | BINARY | `\\x` and hexadecimal digits |
| Enum | that of its value | |

Both ways to hand a value over, as a literal and beside the statement, say these. Source: wire spec, query §13;
hyper §2.4, §4.1-4.2; faults V9, V12.
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
from typing import NamedTuple, cast

from datacloud_dbapi.errors import ProgrammingError


class Scalar(NamedTuple):
    """A value as SQL has it: a kind of the module's table and the text; `precision` and `scale` of a NUMERIC."""

    kind: str
    text: str
    precision: int | None = None
    scale: int | None = None


def scalar(value: object, name: str) -> Scalar | None:
    """The scalar of a value, None for NULL; `name` names the value in the error where there is none."""
    if isinstance(value, enum.Enum):
        value = value.value
    if value is None:
        return None
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value, name)
    # A numpy scalar is of none of these classes; its bool is no number either.
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):
        return _boolean(bool(value), name)
    raise refused(name, f"is a {type(value).__module__}.{type(value).__qualname__}, which SQL has no literal for")


def refused(name: str, problem: str) -> ProgrammingError:
    return ProgrammingError(f"{name} {problem}")


def _boolean(value: bool, name: str) -> Scalar:
    return Scalar("BOOLEAN", "true" if value else "false")


def _integer(value: object, name: str) -> Scalar:
    number = operator.index(cast(int, value))
    if abs(number) >= 10**38:
        raise refused(name, "has more than the 38 digits a number can have")
    digits = format(number, "d")
    if -(2**31) <= number < 2**31:
        return Scalar("INTEGER", digits)
    if -(2**63) <= number < 2**63:
        return Scalar("BIGINT", digits)
    return Scalar("NUMERIC", digits, len(digits.lstrip("-")), 0)


def _decimal(value: decimal.Decimal, name: str) -> Scalar:
    if not value.is_finite():
        raise refused(name, f"is {value}, which NUMERIC does not know")
    # Guards format() below from writing out 1E+999999.
    if abs(value.adjusted()) > 100 or -cast(int, value.as_tuple().exponent) > 38:
        raise refused(name, "has more than the 38 digits a number can have")
    whole, _, fraction = format(value, "f").lstrip("-").partition(".")
    # The engine counts a leading zero as a digit, and reads a number of 39 digits as a DOUBLE.
    precision = len(whole.lstrip("0") if fraction else whole) + len(fraction)
    if precision > 38:
        raise refused(name, "has more than the 38 digits a number can have")
    text = f"{whole}.{fraction}" if fraction else whole
    return Scalar("NUMERIC", f"-{text}" if value < 0 else text, precision, len(fraction))


def _double(value: object, name: str) -> Scalar:
    number = float(cast(float, value))
    if not (number == value or math.isnan(number)):
        raise refused(name, f"is a {type(value).__qualname__} that no double equals")
    text = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(number, "NaN" if math.isnan(number) else repr(number))
    return Scalar("DOUBLE", text)


def _string(value: str, name: str) -> Scalar:
    # A subclass may print as something else; the characters are what counts.
    text = str.__str__(value)
    if "\0" in text:
        raise refused(name, "holds a NUL character, which a statement cannot")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused(name, "holds half of a surrogate pair, which is no character") from None
    return Scalar("VARCHAR", text)


def _timestamp(value: datetime.datetime, name: str) -> Scalar:
    _check_time(value, name)
    if value.tzinfo is None:
        return Scalar("TIMESTAMP", _clock_text(value))
    try:
        moment = value.astimezone(datetime.timezone.utc)
    except OverflowError:
        moment = None
    if moment is None:
        raise refused(name, "leaves the years 1 to 9999 when turned to UTC")
    return Scalar("TIMESTAMP WITH TIME ZONE", f"{_clock_text(moment.replace(tzinfo=None))}+00:00")


def _clock_text(value: datetime.datetime) -> str:
    return datetime.datetime.isoformat(value, " ")


def _check_time(value: datetime.datetime | datetime.timedelta, name: str) -> None:
    """pandas' own times are subclasses that know more: nanoseconds, and a not-a-time."""
    if value != value:  # only NaT differs from itself
        raise refused(name, "is not a time (NaT); pass None for NULL")
    if getattr(value, "nanosecond", 0) or getattr(value, "nanoseconds", 0):
        raise refused(name, "has nanoseconds, which the service does not keep")


def _date(value: datetime.date, name: str) -> Scalar:
    return Scalar("DATE", datetime.date.isoformat(value))


def _time(value: datetime.time, name: str) -> Scalar:
    if value.tzinfo is not None:
        raise refused(name, "is a time with a zone, which the service has no type for")
    return Scalar("TIME", datetime.time.isoformat(value))


def _interval(value: datetime.timedelta, name: str) -> Scalar:
    _check_time(value, name)
    return Scalar("INTERVAL", f"{value.days} days {value.seconds}.{value.microseconds:06d} seconds")


def _binary(value: bytes | bytearray | memoryview, name: str) -> Scalar:
    return Scalar("BINARY", f"\\x{value.hex()}")


def _text_of(value: object, name: str) -> Scalar:
    return _string(str(value), name)


# In order: a bool is an int too, and a datetime a date.
_WRITERS: tuple[tuple[type, Callable[..., Scalar]], ...] = (
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
