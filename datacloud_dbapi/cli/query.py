"""`datacloud query`: run one statement and print or save its rows as they arrive.

Source: public surface, §5.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from datacloud_dbapi import Cursor
from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connected, connection_options
from datacloud_dbapi.cli.parameters import HELP, bind_values
from datacloud_dbapi.cli.rows import BATCH_ROWS, check_format, progress, row_options, write_rows


@click.command(cls=EmulatorAwareCommand)
@click.argument("sql")
@click.option("-p", "--param", "values", metavar="NAME[:TYPE]=VALUE", multiple=True, callback=bind_values, help=HELP)
@row_options
@connection_options
def query(sql: str, values: dict[str, object], format_name: str, output: str | None, **options: Any) -> None:
    """Run SQL; with `-` it is read from standard input.

    csv, json and jsonl hold every digit of every value: in csv NULL is an empty field and empty text is "", in json a
    decimal is a number with all its digits, NaN and Infinity are strings, bytes are base64.
    """
    check_format(format_name, output)
    statement = sys.stdin.buffer.read().decode() if sql == "-" else sql
    with progress(output) as tell, connected(options) as connection, connection.cursor() as cursor:
        tell("running")
        cursor.execute(statement, values)
        write_rows(format_name, output, cursor.description or [], _batches(cursor), tell)


def _batches(cursor: Cursor) -> Iterator[Sequence[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(BATCH_ROWS):
        yield rows
