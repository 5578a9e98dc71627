"""`-p NAME[:TYPE]=VALUE`: values for the placeholders of a statement.

Source: public surface, §5. Types are named, never guessed: `-p zip=00123` stays text.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal

import click

HELP = (
    "Bind :NAME to a value; may be given several times. The value is text unless NAME is followed by a type: "
    "NAME:int=5, NAME:decimal=9.90, NAME:float=1e-3, NAME:bool=true, NAME:date=2026-01-31, NAME:time=08:30:00, "
    "NAME:timestamp=2026-01-31T08:30:00 (with Z or +01:00: with time zone), NAME:null="
)


def bind_values(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, object]:
    """The values by name. Raises BadParameter for a form, a type or a value that is not known, and for a name twice."""
    values: dict[str, object] = {}
    for text in given:
        match = _FORM.fullmatch(text)
        if match is None:
            raise click.BadParameter("a parameter is NAME=VALUE or NAME:TYPE=VALUE")
        name, type_name, value = match.groups()
        if name in values:
            raise click.BadParameter(f"{name} is given twice")
        if type_name is not None and type_name not in _READERS:
            raise click.BadParameter(f"{name}: there is no type {type_name!r}; there are {', '.join(_READERS)}")
        try:
            values[name] = read_value(type_name or "text", value)
        except ValueError:
            raise click.BadParameter(f"{name}: {value!r} is no {type_name}") from None
    return values


def read_value(type_name: str, text: str) -> object:
    """The value that a text is of one of the named types. Raises ValueError for a text that is none."""
    return _READERS[type_name](text)


_FORM = re.compile(r"([A-Za-z_]\w*)(?::(\w+))?=(.*)", re.DOTALL)


def _matching(pattern: str, read: Callable[[str], object]) -> Callable[[str], object]:
    """A reader of exactly one spelling: Python's own accept more, and different ones from version to version."""

    def read_exactly(text: str) -> object:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError
        return read(text)

    return read_exactly


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError
    return text.lower() == "true"


def _null(text: str) -> None:
    if text:
        raise ValueError


def _timestamp(text: str) -> datetime.datetime:
    # Python 3.10 knows neither Z nor fewer than 3 or 6 digits of a second.
    return datetime.datetime.fromisoformat(_six_digits(re.sub(r"Z\Z", "+00:00", text)))


def _six_digits(text: str) -> str:
    return re.sub(r"\.(\d+)", lambda digits: f".{digits.group(1):0<6}", text)


_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_READERS: dict[str, Callable[[str], object]] = {
    "text": str,
    "int": _matching(r"[+-]?\d+", int),
    "decimal": _matching(r"[+-]?(\d+\.?\d*|\.\d+)", Decimal),
    "float": float,
    "bool": _flag,
    "date": _matching(_DATE, datetime.date.fromisoformat),
    "time": _matching(_TIME, lambda text: datetime.time.fromisoformat(_six_digits(text))),
    "timestamp": _matching(rf"{_DATE}[T ]{_TIME}(Z|[+-]\d\d:\d\d)?", _timestamp),
    "null": _null,
}
