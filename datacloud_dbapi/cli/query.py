"""`datacloud query`: run one statement and print or save its rows as they arrive.

Source: public surface, §5.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click
from rich.console import Console

from datacloud_dbapi import Cursor
from datacloud_dbapi.cli.columnar import write_arrow, write_parquet
from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connected, connection_options
from datacloud_dbapi.cli.formats import Writer, write_csv, write_json, write_jsonl, write_table
from datacloud_dbapi.cli.output import destination
from datacloud_dbapi.cli.parameters import HELP, bind_values

_BATCH_ROWS = 1000
_BINARY = ("parquet", "arrow")
_WRITERS: dict[str, Writer] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "arrow": write_arrow,
}


@click.command(cls=EmulatorAwareCommand)
@click.argument("sql")
@click.option("-p", "--param", "values", metavar="NAME[:TYPE]=VALUE", multiple=True, callback=bind_values, help=HELP)
@click.option("--format", "format_name", type=click.Choice(list(_WRITERS)), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete.")
@connection_options
def query(sql: str, values: dict[str, object], format_name: str, output: str | None, **options: Any) -> None:
    """Run SQL; with `-` it is read from standard input.

    csv, json and jsonl hold every digit of every value: in csv NULL is an empty field and empty text is "", in json a
    decimal is a number with all its digits, NaN and Infinity are strings, bytes are base64.
    """
    if format_name in _BINARY and output is None and sys.stdout.isatty():
        raise click.UsageError(f"{format_name} is not for a terminal: use -o FILE")
    statement = sys.stdin.buffer.read().decode() if sql == "-" else sql
    with _progress(output) as tell, connected(options) as connection, connection.cursor() as cursor:
        tell("running")
        cursor.execute(statement, values)
        with destination(output) as out:
            _WRITERS[format_name](out, cursor.description or [], _batches(cursor, tell))


def _batches(cursor: Cursor, tell: Callable[[str], None]) -> Iterator[Sequence[tuple[Any, ...]]]:
    given = 0
    while rows := cursor.fetchmany(_BATCH_ROWS):
        yield rows
        given += len(rows)
        tell(f"{given:,} rows")


@contextlib.contextmanager
def _progress(output: str | None) -> Iterator[Callable[[str], None]]:
    """A function that shows how far it is: on standard error, when that is a terminal the rows do not go to."""
    rows_on_terminal = output is None and sys.stdout.isatty()
    if not sys.stderr.isatty() or rows_on_terminal:
        yield lambda text: None
        return
    with Console(stderr=True).status("connecting") as status:
        yield status.update
