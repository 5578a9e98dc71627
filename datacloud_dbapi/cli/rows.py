"""How the rows of an answer are shown or saved: `--format`, `-o`, and on the way how far it is.

Source: public surface, §5.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import click
from rich.console import Console

from datacloud_dbapi import Connection
from datacloud_dbapi.cli.columnar import write_arrow, write_parquet
from datacloud_dbapi.cli.connecting import connected
from datacloud_dbapi.cli.formats import Batches, Columns, Writer, write_csv, write_json, write_jsonl, write_table
from datacloud_dbapi.cli.output import destination
from datacloud_dbapi.flow.method import RunsFlows
from datacloud_dbapi.services.records import Record, Records
from datacloud_dbapi.types import TypeCode

BATCH_ROWS = 1000

Tell = Callable[[str], None]
_Command = TypeVar("_Command", bound=Callable[..., Any])

_BINARY = ("parquet", "arrow")
_WRITERS: dict[str, Writer] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "arrow": write_arrow,
}


def row_options(command: _Command) -> _Command:
    """Give a command `--format` and `-o`; it is called with `format_name` and `output`."""
    command = output_option(command)
    return click.option(
        "--format", "format_name", type=click.Choice(list(_WRITERS)), default="table", show_default=True
    )(command)


def output_option(command: _Command) -> _Command:
    """Give a command `-o`; it is called with `output`, None for standard output."""
    return click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete.")(
        command
    )


def check_format(format_name: str, output: str | None) -> None:
    """Raise UsageError where bytes would go to a terminal."""
    if format_name in _BINARY and output is None and sys.stdout.isatty():
        raise click.UsageError(f"{format_name} is not for a terminal: use -o FILE")


def write_rows(format_name: str, output: str | None, columns: Columns, batches: Batches, tell: Tell) -> None:
    """Write the rows as they arrive. Raises ClickException for what the format cannot hold."""
    with destination(output) as out:
        _WRITERS[format_name](out, columns, _counted(batches, tell))


def show_records(
    options: dict[str, Any], format_name: str, output: str | None, ask: Callable[[Connection], Records[RunsFlows]]
) -> None:
    """Write what `ask` answers on a connection of these options, page by page.

    The first page tells the columns. What nobody asked for and only a later page has is left out.
    """
    check_format(format_name, output)
    with progress(output) as tell, connected(options) as connection:
        tell("asking")
        records = ask(connection)
        columns = [(column.name, TypeCode(column.type)) for column in records.columns]
        write_rows(format_name, output, columns, batches_of(records, [name for name, _ in columns]), tell)


def batches_of(records: Iterable[Record], names: Sequence[str]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The values of these names, many records at a time."""
    left = iter(records)
    while some := list(islice(left, BATCH_ROWS)):
        yield [tuple(record[name] for name in names) for record in some]


def _counted(batches: Batches, tell: Tell) -> Iterator[Sequence[tuple[Any, ...]]]:
    given = 0
    for rows in batches:
        yield rows
        given += len(rows)
        tell(f"{given:,} rows")


@contextlib.contextmanager
def progress(output: str | None) -> Iterator[Tell]:
    """A function that shows how far it is: on standard error, when that is a terminal the rows do not go to."""
    rows_on_terminal = output is None and sys.stdout.isatty()
    if not sys.stderr.isatty() or rows_on_terminal:
        yield lambda text: None
        return
    with Console(stderr=True).status("connecting") as status:
        yield status.update
