"""Values of Account Engagement on their way to the wire: of filters as text, of a request's body as JSON has them.

| type | given as |
|---|---|
| String | str |
| Integer | int, a float or Decimal that is whole, digits as text |
| Float | int, Decimal, float, digits as text |
| Boolean | bool |
| DateTime | aware datetime, or text with an offset |
| Enum | str, compared with the known values without case |
| Array, Object | list, dict |

Members of an Enum and scalars of numpy stand for their values. What would be guessed or rounded is refused. Moments
have whole seconds on the wire. No error repeats a value. Source: wire spec, account-engagement §5, §12, §25.7.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
import numbers
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from datacloud_dbapi.engagement.catalogue import Field, Filter
from datacloud_dbapi.engagement.values import DIGITS, NUMBER, read_moment
from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.params import nearest

_UTC = dt.timezone.utc
_SECOND = dt.timedelta(seconds=1)


def filter_text(filter_: Filter, value: object) -> str:
    """The text of a filter's value. Raises ProgrammingError, which does not repeat the value, for what it cannot be.

    Fractions of a second make no difference where all moments have whole ones: the bound moves to the second that
    keeps the same moments. Only equality to a fraction is refused.
    """
    name = f"The filter {filter_.name}"
    value = _unwrapped(value)
    if value is None:
        raise ProgrammingError(f"{name} is None, and a filter has a value", hint="leave it out, or use a null test")
    if filter_.op in ("is_null", "is_not_null"):
        if value is not True:
            raise ProgrammingError(f"{name} is True or left out", hint="the opposite test has a filter of its own")
        return "true"
    if filter_.type == "DateTime":
        return _moment_text(_whole_seconds(sent_moment(value, name), filter_.op, name))
    plain = _WRITERS[filter_.type](value, name)
    return {True: "true", False: "false"}[plain] if isinstance(plain, bool) else str(plain)


def body_value(field: Field | None, value: object, name: str | None = None) -> Any:
    """A value as it stands in a request's body, ready for `json.dumps`; None is null.

    A `field` of None is a custom one, whose type nobody knows here: then `name` names it in errors.
    Raises ProgrammingError, which does not repeat the value, for one that is none of the field's type.
    """
    called = name or (field.name if field is not None else "The value")
    value = _unwrapped(value)
    if value is None:
        return None
    if field is None or field.type in ("Array", "Object"):
        try:
            return _of_type(field, _plain(value, called), called)
        except RecursionError:
            raise ProgrammingError(f"{called} is nested too deep") from None
    if field.type == "DateTime":
        moment = sent_moment(value, called)
        if moment.microsecond:
            raise ProgrammingError(
                f"{called} has a fraction of a second, which the service does not keep",
                hint="moment.replace(microsecond=0)",
            )
        return _moment_text(moment)
    written = _WRITERS[field.type](value, called)
    return _known_spelling(field, written) if field.enum else written


def _of_type(field: Field | None, value: Any, name: str) -> Any:
    if field is None:
        return value
    if not isinstance(value, list if field.type == "Array" else dict):
        raise ProgrammingError(f"{name} is {'a list' if field.type == 'Array' else 'a dict'}, not {_kind(value)}")
    return value


def _unwrapped(value: object) -> object:
    """The value of an Enum member, and of a numpy scalar the Python one."""
    if isinstance(value, enum.Enum):
        value = value.value
    scalar = cast(Any, value)
    # A moment of numpy's would become a number, and has no offset anyway.
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0 and scalar.dtype.kind in "biufU":
        return cast(object, scalar.item())
    return value


def _kind(value: object) -> str:
    return f"a {type(value).__qualname__}"


def _write_text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ProgrammingError(f"{name} is text, not {_kind(value)}")
    # A subclass may print as something else; the characters are what counts.
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ProgrammingError(f"{name} holds half of a surrogate pair, which is no character") from None
    return text


def _write_integer(value: object, name: str) -> int:
    if isinstance(value, str) and DIGITS.fullmatch(value.strip()):
        return int(value)
    if not isinstance(value, bool) and isinstance(value, numbers.Integral):
        return int(value)
    whole = isinstance(value, (float, Decimal)) and _is_finite(value) and value == int(value)
    if not whole:
        raise ProgrammingError(f"{name} is a whole number, not {_kind(value)} that is none")
    return int(cast(float, value))


def _write_decimal(value: object, name: str) -> int | float:
    """JSON's numbers are doubles to whoever reads them so: one that no double names is refused, not rounded."""
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, (float, Decimal)) or not _is_finite(value):
        raise ProgrammingError(f"{name} is a number, not {_kind(value)} that is none")
    number = float(value)
    if isinstance(value, Decimal) and Decimal(repr(number)) != value:
        raise ProgrammingError(f"{name} has more digits than the service keeps", hint="round it first")
    return number


def _is_finite(value: float | Decimal) -> bool:
    """Whether it is a number that a double can come near to; a Decimal's signaling NaN does not even compare."""
    return math.isfinite(value) if isinstance(value, float) else value.is_finite() and value.adjusted() < 308


def _write_boolean(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ProgrammingError(f"{name} is True or False, not {_kind(value)}")
    return value


_WRITERS: dict[str, Callable[[object, str], Any]] = {
    "String": _write_text,
    "Enum": _write_text,
    "Integer": _write_integer,
    "Float": _write_decimal,
    "Boolean": _write_boolean,
}


def sent_moment(value: object, name: str) -> dt.datetime:
    """A moment in UTC, from an aware datetime or text with an offset. Raises ProgrammingError for what is none."""
    hint = "say the offset: datetime(…, tzinfo=timezone.utc), or 2026-03-04T05:06:07+00:00"
    if isinstance(value, str):
        try:
            found = read_moment(value.strip())
        except ValueError:
            found = value
        if isinstance(found, str):
            raise ProgrammingError(f"{name} is a text that is no moment with an offset", hint=hint)
        return found
    if not isinstance(value, dt.datetime):
        raise ProgrammingError(f"{name} is a moment, not {_kind(value)}", hint=hint)
    # pandas' own moments know more: a not-a-time, and nanoseconds.
    if value != value:
        raise ProgrammingError(f"{name} is not a time (NaT)")
    if value.tzinfo is None or value.utcoffset() is None:
        raise ProgrammingError(f"{name} has no offset, so nobody knows when it is", hint=hint)
    try:
        moment = value.astimezone(_UTC)
    except OverflowError:
        raise ProgrammingError(f"{name} leaves the years 1 to 9999 when turned to UTC") from None
    # Less than a microsecond is still more than nothing: it moves a bound like any other fraction.
    rest = 1 if getattr(value, "nanosecond", 0) and not moment.microsecond else moment.microsecond
    return dt.datetime(*moment.timetuple()[:6], rest, tzinfo=_UTC)


def _whole_seconds(moment: dt.datetime, op: str, name: str) -> dt.datetime:
    if not moment.microsecond:
        return moment
    if op == "eq":
        raise ProgrammingError(f"{name} has a fraction of a second, which no record has", hint="ask for a range")
    floor = moment.replace(microsecond=0)
    return floor + _SECOND if op in ("ge", "lt") else floor


def _moment_text(moment: dt.datetime) -> str:
    # `Z` is outside the documented pattern (§5).
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00") if moment.year > 999 else moment.isoformat(timespec="seconds")


def _known_spelling(field: Field, text: str) -> str:
    """The catalogue's spelling of a value; sources differ in case.

    choice: of a String the catalogue knows some values, of an Enum all; only there another one is refused.
    """
    for known in field.enum:
        if known.casefold() == text.casefold():
            return known
    if field.type != "Enum":
        return text
    near = nearest(text, field.enum)
    hint = f"did you mean {near!r}?" if near else "one of " + ", ".join(field.enum)
    raise ProgrammingError(f"{field.name} has no such value", hint=hint)


def _plain(value: object, name: str) -> Any:
    """A value without a type of its own, and what is in it."""
    value = _unwrapped(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _write_text(value, name)
    if isinstance(value, (int, float, Decimal)):
        return _write_decimal(value, name)
    if isinstance(value, dt.datetime):
        return body_value(_MOMENT, value, name)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_write_text(key, f"A name in {name}"): _plain(part, name) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, name) for part in value]
    raise ProgrammingError(f"{name} is {_kind(value)}, which JSON has no form for")


_MOMENT = Field("DateTime", "DateTime")
