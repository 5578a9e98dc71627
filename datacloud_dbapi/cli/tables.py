"""`datacloud tables`: what a data space holds. One metadata request, and one query when rows are counted.

Source: public surface, §5; wire spec, metadata §2.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from datacloud_dbapi import Connection
from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connected, connection_options
from datacloud_dbapi.cli.describe import format_option
from datacloud_dbapi.cli.formats import write_table
from datacloud_dbapi.cli.output import destination
from datacloud_dbapi.services.metadata import Table

_HEADINGS = ("name", "kind", "category", "label")


@click.command(cls=EmulatorAwareCommand)
@click.argument("pattern", default="*")
@click.option("--counts", is_flag=True, help="Count the rows of each object, in one query.")
@format_option
@connection_options
def tables(pattern: str, counts: bool, format_name: str, **options: Any) -> None:
    """List the objects whose name matches PATTERN, in any case: `*`, `?` and `[…]` as in the shell."""
    with connected(options) as connection:
        found = [table for table in connection.metadata.tables() if _matches(table.name, pattern)]
        if not found and pattern != "*":
            raise click.ClickException(f"no object matches {pattern!r}")
        rows_of = _count(connection, found) if counts else None
    show_objects(found, format_name, rows_of)


def show_objects(found: Sequence[Table], format_name: str, rows_of: Mapping[str, int] | None = None) -> None:
    """Print a list of objects as `table` or `json`; with their numbers of rows, by name, where these are given."""
    rows: list[tuple[Any, ...]] = [(table.name, table.kind, table.category, table.label) for table in found]
    headings: tuple[str, ...] = _HEADINGS
    if rows_of is not None:
        headings = (*headings, "rows")
        rows = [(*row, rows_of[row[0]]) for row in rows]
    with destination(None) as out:
        if format_name == "json":
            out.write(json.dumps([dict(zip(headings, row, strict=True)) for row in rows], indent=2).encode() + b"\n")
        else:
            columns = [(name, "BIGINT" if name == "rows" else "VARCHAR") for name in headings]
            write_table(out, columns, [rows])


def _matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name.lower(), pattern.lower())


def _count(connection: Connection, found: Sequence[Table]) -> dict[str, int]:
    if not found:
        return {}
    # Branches come back in any order, so each says which object it counts.
    counting = " UNION ALL ".join(
        f"SELECT {position} AS object, count(*) AS rows FROM {_quoted(table.name)}"
        for position, table in enumerate(found)
    )
    with connection.cursor() as cursor:
        return {found[int(position)].name: int(rows) for position, rows in cursor.execute(counting).fetchall()}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
