"""Rows of an import as CSV batches: checked against the prospect's fields, and every one with the same columns.

| column | cell |
|---|---|
| a field of Prospect that can be written | its value by the catalogue's type; `true` or `false` of a Boolean |
| a custom field, `…__c` | text, number or truth, as given |
| `matchEmail`, `matchId`, `matchSalesforceId` | what a row is matched by: exactly one |
| `addToList`, `removeFromList` | the id of a list |

None is an empty cell, and an empty cell empties the field. What a row is matched by is taken from `email`, `id` or
`salesforceId` where it is no column of its own.
Source: wire spec, account-engagement §16.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.checks import check_id, check_number, is_custom
from datacloud_dbapi.engagement.csv_rows import CsvRows, batches
from datacloud_dbapi.engagement.given_rows import rows_of
from datacloud_dbapi.engagement.sent_values import body_value
from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.flow.effects import Flow, perform
from datacloud_dbapi.params import nearest

# The bounds of version 4; of version 5 only the codes are known (§16: 160, 204).
MOST_BATCHES, BATCH_BYTES = 10, 10_000_000
# What each kind of match is taken from, where the rows have no such column.
_SOURCES = {"matchEmail": "email", "matchId": "id", "matchSalesforceId": "salesforceId"}
_LISTS = ("addToList", "removeFromList")


@dataclass(frozen=True, slots=True)
class Batch:
    """One file of an import, and how many rows it has. Its repr leaves out the rows."""

    content: bytes = field(repr=False)
    rows: int


def read_batches(given: Any, match: str, batch_bytes: int, most_batches: int) -> Flow[list[Batch]]:
    """The batches of rows, a DataFrame, an Arrow table, or a CSV file by its path, whose cells are sent as they are.

    Raises ProgrammingError for rows that have not the same columns, an unknown or read-only one, a value of another
    type, none at all, and more than fit.
    """
    if match not in _SOURCES:
        raise ProgrammingError(f"match is one of {', '.join(_SOURCES)}, not {match!r}")
    check_number("batch_bytes", batch_bytes, 1000)
    check_number("most_batches", most_batches, 1)
    if isinstance(given, (str, os.PathLike)):
        content = yield from perform(lambda: _read(given, batch_bytes * most_batches))
        names, lines = _of_file(content, match)
    else:
        names, lines = _of_rows(rows_of(given), match)
    found = [Batch(*one) for one in batches(names, lines, batch_bytes)]
    if not found:
        raise ProgrammingError("There are no rows to import")
    if len(found) > most_batches:
        raise ProgrammingError(
            f"The rows make {len(found)} batches, and an import takes {most_batches}",
            hint="import them in several parts, or give another most_batches",
        )
    return found


def _of_rows(rows: Sequence[Mapping[str, Any]], match: str) -> tuple[list[str], Iterator[list[str]]]:
    names = list(rows[0]) if rows else []
    columns = _columns(names, match)
    writers = [(source, _writer(name)) for name, source in columns.items()] if rows else []
    known = set(names)

    def lines() -> Iterator[list[str]]:
        for number, row in enumerate(rows):
            if row.keys() != known:
                odd = sorted(map(str, row.keys() ^ known))
                raise ProgrammingError(
                    f"Row {number} has other columns than row 0: {', '.join(odd[:5])}",
                    hint="all rows of an import have the same; None would empty the field",
                )
            try:
                yield [write(row[source]) for source, write in writers]
            except ProgrammingError as error:
                error.message = f"Row {number}: {error.message}"
                error.args = (error.message,)
                raise

    return list(columns), lines()


def _of_file(content: bytes, match: str) -> tuple[list[str], Iterator[list[str]]]:
    if not content.strip():
        return [], iter(())
    header = CsvRows(content, {}, label="the file").header
    columns = _columns(header, match)
    rows = CsvRows(content, dict.fromkeys(header, "String"), label="the file")
    places = [header.index(source) for source in columns.values()]

    def lines() -> Iterator[list[str]]:
        while some := rows.take(10_000):
            for row in some:
                yield ["" if row[place] is None else row[place] for place in places]

    return list(columns), lines()


def _columns(names: Sequence[Any], match: str) -> dict[str, str]:
    """The columns of the file, and what each is taken from."""
    if not names:
        return {}
    source = _SOURCES[match]
    if match not in names and source not in names:
        raise ProgrammingError(
            f"The rows have neither {match} nor {source} to be matched by",
            hint=f"there are {', '.join(map(str, names))}",
        )
    columns = {match: match if match in names else source}
    for name in names:
        if name in _SOURCES:
            if name != match:
                raise ProgrammingError(f"The rows have {name} too, and are matched by {match}", hint="leave one out")
        elif name == "id":
            if match != "matchId" or "matchId" in names:
                raise ProgrammingError("id cannot be written", hint='leave it out, or match="matchId"')
        else:
            _check_column(name)
            columns[name] = name
    return columns


def _check_column(name: Any) -> None:
    if not isinstance(name, str):
        raise ProgrammingError(f"The name of a field is text, not {name!r}")
    prospect = catalogue().objects["Prospect"]
    if name in _LISTS or is_custom(prospect, name):
        return
    known = prospect.fields.get(name)
    if known is not None and (known.update or known.create is not None):
        return
    if known is not None:
        raise ProgrammingError(
            f"Prospect.{name} cannot be written", hint=f"give {known.via}" if known.via else "leave it out"
        )
    writable = [one.name for one in prospect.fields.values() if one.update or one.create is not None]
    near = nearest(name, [*writable, *_LISTS, *_SOURCES])
    hint = f"did you mean {near!r}?" if near else "an account's own field goes by its apiFieldId, which ends in __c"
    raise ProgrammingError(f"Prospect has no field {name!r}", hint=hint)


def _writer(name: str) -> Callable[[Any], str]:
    """What makes a cell of a column's values."""
    if name == "matchId" or name in _LISTS:

        def number(value: Any) -> str:
            if isinstance(value, (list, tuple)):
                # How several are divided in a cell is not published (§16).
                raise ProgrammingError(f"{name} is the id of one list, not several", hint="give a row to each")
            return "" if value is None or value == "" else str(check_id(value))

        return number
    described = catalogue().objects["Prospect"].fields.get(_SOURCES.get(name, name))

    def cell(value: Any) -> str:
        plain = body_value(described, value, name)
        if isinstance(plain, (list, dict)):
            raise ProgrammingError(f"{name} is one value, not several", hint="update the records for it")
        if isinstance(plain, bool):
            return "true" if plain else "false"
        return "" if plain is None else str(plain)

    return cell


def _read(path: str | os.PathLike[str], most: int) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ProgrammingError(f"The file cannot be read: {why}", hint="check its path") from error
    if len(content) > most:
        raise ProgrammingError(f"The file is larger than an import takes, {most} bytes", hint="import it in parts")
    return content
