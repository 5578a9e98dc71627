"""Options that say what is asked of the APIs beside SQL, and the keywords of the driver's calls that they become.

A filter's value is read by the type that the metadata gives its field, so `--filter Zip__c=00123` stays text and
`--filter Born__c=1990-07-12` is a day. Source: public surface, §5; wire spec, profile §2-3, calculated-insights §2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from datacloud_dbapi.cli.parameters import read_value
from datacloud_dbapi.services.metadata import Field, Table
from datacloud_dbapi.services.records import LONGEST_PAGE
from datacloud_dbapi.services.selection import GRANULARITIES, field_of

_Command = TypeVar("_Command", bound=Callable[..., Any])

PART = ("orderby", "limit", "offset", "page_size")
"""What every list of records takes."""


def pairs(form: str, name: str) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], dict[str, str]]:
    """A reader of `NAME=VALUE`, given several times: texts by name, where a name is as the pattern `name` says.

    It raises BadParameter for another form, and for a name twice. No message repeats a value, which may be a person's.
    """
    pattern = re.compile(f"({name})=(.*)", re.DOTALL)

    def read(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for text in given:
            match = pattern.fullmatch(text)
            if match is None:
                raise click.BadParameter(f"one is {form}, and nothing else can be asked: `datacloud query` has SQL")
            if match[1].casefold() in map(str.casefold, texts):
                raise click.BadParameter(f"{match[1]} is given twice, and all of them must hold")
            texts[match[1]] = match[2]
        return texts

    return read


def _listed(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> str | None:
    """Several as one text, as the driver takes them; None without any."""
    return ",".join(given) or None


def _several(flag: str, name: str, metavar: str, help: str) -> Callable[[Any], Any]:
    """An option for names, that may be given several times."""
    return click.option(flag, name, metavar=metavar, multiple=True, callback=_listed, help=help)


_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "filters": click.option(
        "--filter",
        "filters",
        metavar="FIELD=VALUE",
        multiple=True,
        callback=pairs("FIELD=VALUE", r"\w+"),
        help="Only where the field equals the value; given several times, all must hold.",
    ),
    "fields": _several(
        "--field",
        "fields",
        "FIELD[,FIELD]",
        "Only these fields, up to 50; may be given several times. Left out, all there are.",
    ),
    "search_key": click.option(
        "--search-key", metavar="FIELD", help="The field that ID is a value of. Left out, the primary key."
    ),
    "dimensions": _several(
        "--dimension",
        "dimensions",
        "NAME[,NAME]",
        "Only these dimensions; may be given several times. Left out, all there are.",
    ),
    "measures": _several(
        "--measure",
        "measures",
        "NAME[,NAME]",
        "Only these measures; may be given several times. Left out, all there are.",
    ),
    "time_granularity": click.option(
        "--granularity",
        "time_granularity",
        type=click.Choice(GRANULARITIES, case_sensitive=False),
        help="Roll the measures up to this span of time.",
    ),
    "orderby": _several(
        "--order-by",
        "orderby",
        "FIELD [DESC]",
        "Order by this field, then by the next that is given; the key decides the rest.",
    ),
    "limit": click.option("--limit", type=click.IntRange(min=0), help="Records in all. Left out, every one."),
    "offset": click.option("--offset", type=click.IntRange(min=0), default=0, help="Records to pass over."),
    "page_size": click.option(
        "--page-size",
        type=click.IntRange(1, LONGEST_PAGE),
        default=LONGEST_PAGE,
        show_default=True,
        help="Records asked for at a time.",
    ),
}


def ask_options(*names: str) -> Callable[[_Command], _Command]:
    """Give a command the options of these keywords, in this order; `asked` takes them out again."""

    def give(command: _Command) -> _Command:
        for name in reversed(names):
            command = _OPTIONS[name](command)
        return command

    return give


def asked(options: dict[str, Any]) -> dict[str, Any]:
    """The driver's keywords, taken out of a command's options; what is left says what to connect to."""
    return {name: options.pop(name) for name in _OPTIONS if name in options}


def in_types(keywords: Mapping[str, Any], describe: Callable[[], Table]) -> dict[str, Any]:
    """The keywords with values in `filters`, of the types that the description gives; None where there is no filter.

    Raises ProgrammingError for a field that is not there, BadParameter for a value that is none of its field's type.
    """
    texts: Mapping[str, str] = keywords["filters"]
    if not texts:
        return {**keywords, "filters": None}
    table = describe()
    return {**keywords, "filters": {name: _value(field_of(table, name), text) for name, text in texts.items()}}


# The words of `-p` for the types of the metadata, and what a value looks like.
_READERS: dict[str, tuple[tuple[str, ...], str]] = {
    "NUMBER": (("decimal",), "9.90"),
    "BOOLEAN": (("bool",), "true"),
    "DATE": (("date",), "2026-01-31"),
    "DATE_TIME": (("timestamp", "date"), "2026-01-31T08:30:00Z, or a day"),
}


def _value(field: Field, text: str) -> object:
    readers, example = _READERS.get(field.type.upper(), (("text",), ""))
    for reader in readers:
        try:
            return read_value(reader, text)
        except ValueError:
            continue
    raise click.BadParameter(f"{field.name} is a {field.type}, written as {example}", param_hint="'--filter'")
