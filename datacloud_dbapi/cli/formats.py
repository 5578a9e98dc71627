"""Text formats of a result: csv, json, jsonl, and the table for people.

Each writer takes the output, the cursor's description and the rows in batches, and writes as they come. No digit of a
value is lost in csv, json and jsonl; the table shows control characters as escapes.

| value | csv, table | json, jsonl |
|---|---|---|
| NULL | nothing; `NULL` in a table | `null` |
| text | as it is; in csv quoted where needed, and always when empty | string |
| whole number, decimal | its digits, no exponent | number with the same digits |
| double | shortest digits that read back; `NaN`, `Infinity` | the same, but `NaN`, `Infinity` as strings |
| boolean | `true`, `false` | boolean |
| date, time, timestamp | ISO 8601 | the same as string |
| bytes | base64 | the same as string |
| array | as in json | array |
| object | as in json | object |

Source: public surface, §1 (values) and §5.
"""

from __future__ import annotations

import base64
import datetime
import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from datacloud_dbapi import NUMBER

Columns = Sequence[tuple[Any, ...]]
Batches = Iterable[Sequence[tuple[Any, ...]]]
Writer = Callable[[BinaryIO, Columns, Batches], None]


def write_csv(out: BinaryIO, columns: Columns, batches: Batches) -> None:
    """A header and a line a row, separated by commas, ended by a line feed, in UTF-8."""
    out.write(_csv_line([column[0] for column in columns]))
    for rows in batches:
        out.write(b"".join(map(_csv_line, rows)))


def write_json(out: BinaryIO, columns: Columns, batches: Batches) -> None:
    """An array with an object a row. Raises UsageError when two columns share a name, which one object cannot hold."""
    out.write(b"[")
    separator = b"\n"
    for line in _json_objects(columns, batches):
        out.write(separator + line)
        separator = b",\n"
    out.write(b"\n]\n")


def write_jsonl(out: BinaryIO, columns: Columns, batches: Batches) -> None:
    """A line with an object a row. Raises UsageError when two columns share a name."""
    for line in _json_objects(columns, batches):
        out.write(line + b"\n")


def write_table(out: BinaryIO, columns: Columns, batches: Batches) -> None:
    """A table for people. Columns are as wide as a batch needs, so that a long result prints while it arrives."""
    batch: Sequence[tuple[Any, ...]] | None = None
    for batch in batches:
        _print_table(out, columns, batch)
    if batch is None:
        _print_table(out, columns, [])


def write_texts(out: BinaryIO, headings: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """A table of texts."""
    write_table(out, [(heading, "VARCHAR") for heading in headings], [rows])


def write_facts(out: BinaryIO, facts: object) -> None:
    """What is told of an object or a list of them, as JSON on many lines."""
    out.write(json.dumps(facts, indent=2, ensure_ascii=False).encode() + b"\n")


def _print_table(out: BinaryIO, columns: Columns, rows: Sequence[tuple[Any, ...]]) -> None:
    """One table: as wide as the terminal, long values folded; elsewhere as wide as the values need."""
    table = Table()
    for name, type_code, *_ in columns:
        table.add_column(Text(_visible(name)), justify="right" if type_code == NUMBER else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("NULL", "dim") if value is None else Text(_visible(plain_text(value))) for value in row))
    if out is sys.stdout.buffer and sys.stdout.isatty():
        Console(highlight=False).print(table)
        return
    console = Console(width=1_000_000, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(table)
    out.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()).encode())


def distinct_names(columns: Columns) -> list[str]:
    """The columns' names. Raises UsageError when two are the same: one of the two would be lost to a reader."""
    names = [column[0] for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"two columns are named {name!r}: give one another name with AS, or use csv")
    return names


def plain_text(value: object) -> str:
    """A value that is not NULL as text, every digit kept."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, datetime.date, datetime.time)):
        return str(_as_string(value))
    return json_text(value).strip('"') if isinstance(value, float) else json_text(value)


def json_text(value: object) -> str:
    """A value as JSON, every digit kept: the standard encoder knows no decimals."""
    if isinstance(value, Decimal):
        return format(value, "f")
    # choice: JSON has no number for these, and null would be another value; as text they can be told.
    if isinstance(value, float) and not math.isfinite(value):
        return '"NaN"' if math.isnan(value) else '"Infinity"' if value > 0 else '"-Infinity"'
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(json_text, value))}]"
    if isinstance(value, dict):
        members = [f"{_json_name(name)}: {json_text(each)}" for name, each in value.items()]
        return f"{{{', '.join(members)}}}"
    return json.dumps(_as_string(value), ensure_ascii=False)


def json_document(value: object, indent: str = "") -> str:
    """A value of objects and lists as JSON on many lines, two blanks a level, every digit kept."""
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        lines = [f"{_json_name(name)}: {json_document(each, inner)}" for name, each in value.items()]
        brackets = "{}"
    elif isinstance(value, list) and value:
        lines = [json_document(each, inner) for each in value]
        brackets = "[]"
    else:
        return json_text(value)
    return brackets[0] + ",".join(f"\n{inner}{line}" for line in lines) + f"\n{indent}{brackets[1]}"


def _json_name(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _as_string(value: object) -> object:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    # None, bool, int, float and str are JSON's own; whatever else a transport may bring is shown as its text.
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _csv_line(row: Sequence[object]) -> bytes:
    return (",".join(map(_csv_field, row)) + "\n").encode()


def _csv_field(value: object) -> str:
    if value is None:
        return ""
    text = plain_text(value)
    # A field that is empty, or begins or ends in a blank, would not survive every reader without quotes.
    if text and text == text.strip() and not any(character in text for character in ',"\n\r'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _json_objects(columns: Columns, batches: Batches) -> Iterable[bytes]:
    keys = [f"{_json_name(name)}: " for name in distinct_names(columns)]
    for rows in batches:
        for row in rows:
            yield ("{" + ", ".join(key + json_text(value) for key, value in zip(keys, row, strict=True)) + "}").encode()


def _visible(text: str) -> str:
    """The text with control characters as escapes: a terminal obeys them, and a line break would tear the table."""
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode("ascii") for c in text)
