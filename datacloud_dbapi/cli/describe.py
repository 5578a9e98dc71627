"""`datacloud describe`: the columns, keys and relationships of one object. One metadata request.

Source: public surface, §5; wire spec, metadata §2.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence
from typing import Any

import click

from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connected, connection_options
from datacloud_dbapi.cli.formats import write_facts, write_texts
from datacloud_dbapi.cli.output import destination
from datacloud_dbapi.services.metadata import Field, Table

format_option = click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.command(cls=EmulatorAwareCommand)
@click.argument("table")
@format_option
@connection_options
def describe(table: str, format_name: str, **options: Any) -> None:
    """Show the columns, keys and relationships of TABLE, whose name may be in any case."""
    with connected(options) as connection:
        found = _find(connection.metadata.tables(), table)
    show_object(found, format_name)


def show_object(found: Table, format_name: str) -> None:
    """Print all that is known of an object, as `table` or `json`."""
    with destination(None) as out:
        if format_name == "json":
            write_facts(out, dataclasses.asdict(found))
            return
        facts = (found.kind, found.category, found.label)
        out.write(f"{found.name} ({', '.join(fact for fact in facts if fact)})\n".encode())
        for headings, rows in (_columns(found), _relationships(found)):
            if rows:
                write_texts(out, headings, rows)


def _find(tables: Sequence[Table], name: str) -> Table:
    exact = [table for table in tables if table.name == name]
    found = exact or [table for table in tables if table.name.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    names = [table.name for table in tables]
    near = [table.name for table in found] or difflib.get_close_matches(name, names, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise click.ClickException(f"there is no object {name!r} in this data space{hint}")


def _columns(table: Table) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
    keys = {key.name: f"primary key {key.order}" for key in table.primary_key}
    return ("column", "type", "label", "key", "key qualifier"), [
        (field.name, field.type, field.label, keys.get(field.name, _role(field)), field.key_qualifier or "")
        for field in table.fields
    ]


def _role(field: Field) -> str:
    """What a column is to an insight; a measure may say whether its values may be added up."""
    if field.rollupable is not None:
        return f"{field.role}, {'' if field.rollupable else 'not '}rollupable"
    return "" if field.role == "field" else field.role


def _relationships(table: Table) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
    return ("from", "to", "cardinality"), [
        (
            f"{link.from_table}.{link.from_column}" if link.from_column else link.from_table,
            f"{link.to_table}.{link.to_column}" if link.to_column else link.to_table,
            link.cardinality or "",
        )
        for link in table.relationships
    ]
