"""`datacloud graph`: the data graphs of a data space, and the document of one record.

A document is printed as JSON, every digit of its numbers kept. Source: public surface, §4-5; wire spec, data-graphs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import click

from datacloud_dbapi.cli.asking import pairs
from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connected, connection_options
from datacloud_dbapi.cli.describe import format_option
from datacloud_dbapi.cli.formats import json_document, json_text, write_facts, write_texts
from datacloud_dbapi.cli.output import destination
from datacloud_dbapi.cli.rows import output_option
from datacloud_dbapi.services.data_graphs import DataGraph, GraphObject

_HEADINGS = ("name", "object", "status", "version", "description")
live_option = click.option(
    "--live/--no-live",
    default=None,
    help="Ask for the latest data, which is slower and dearer, or for what was computed before.",
)


@click.group(no_args_is_help=False)
def graph() -> None:
    """Data graphs: their definitions, and the document of a record."""


@graph.command("list", cls=EmulatorAwareCommand)
@format_option
@connection_options
def list_graphs(format_name: str, **options: Any) -> None:
    """List the data graphs."""
    with connected(options) as connection:
        found = connection.data_graphs.list()
    rows = [(each.name, each.primary_object, each.status, each.version, each.description) for each in found]
    with destination(None) as out:
        if format_name == "json":
            listed = [dict(zip(_HEADINGS, row, strict=True)) for row in rows]
            write_facts(out, listed)
        else:
            texts = [tuple(fact or "" for fact in row) for row in rows]
            write_texts(out, _HEADINGS, texts)


@graph.command("describe", cls=EmulatorAwareCommand)
@click.argument("name")
@format_option
@connection_options
def describe_graph(name: str, format_name: str, **options: Any) -> None:
    """Show the objects of the data graph NAME, their fields, and what leads from each to the one above it."""
    with connected(options) as connection:
        found = connection.data_graphs.describe(name)
    with destination(None) as out:
        if format_name == "json":
            write_facts(out, dataclasses.asdict(found))
            return
        facts = (found.status, found.version and f"version {found.version}", found.description)
        out.write(f"{found.name} ({', '.join(fact for fact in facts if fact)})\n".encode())
        for headings, rows in (_fields(found), _steps(found)):
            if rows:
                write_texts(out, headings, rows)


def _objects(below: GraphObject, depth: int = 0) -> Iterator[tuple[int, GraphObject]]:
    """An object and those below it, with how far below."""
    yield depth, below
    for child in below.children:
        yield from _objects(child, depth + 1)


def _fields(found: DataGraph) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    return ("object", "field", "type", "key"), [
        (
            f"{'  ' * depth}{each.name}",
            field.name,
            field.type,
            ", ".join(word for word, holds in (("key", field.is_key), ("look-up", field.is_lookup)) if holds),
        )
        for depth, each in _objects(found.root)
        for field in each.fields
    ]


def _steps(found: DataGraph) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    # The last of an object's paths leads to the object above it.
    return ("object", "field", "field above", "cardinality"), [
        (f"{'  ' * depth}{each.name}", step.field, step.parent_field, step.cardinality or "")
        for depth, each in _objects(found.root)
        for step in each.paths[-1:]
    ]


@graph.command("get", cls=EmulatorAwareCommand)
@click.argument("name")
@click.argument("id")
@live_option
@output_option
@connection_options
def get_graph(name: str, id: str, live: bool | None, output: str | None, **options: Any) -> None:
    """Print the document of the data graph NAME of one record, by the primary key ID of its primary object."""
    with connected(options) as connection:
        found = connection.data_graphs.get(name, id, live=live)
    if found is None:
        # The id is left out: it may be a person's.
        raise click.ClickException(f"there is no document of this id in {name!r}, or no such data graph")
    with destination(output) as out:
        out.write(json_document(found).encode("utf-8", "backslashreplace") + b"\n")


@graph.command("lookup", cls=EmulatorAwareCommand)
@click.argument("name")
@click.option(
    "--key",
    "keys",
    metavar="[OBJECT.]FIELD=VALUE",
    multiple=True,
    required=True,
    callback=pairs("[OBJECT.]FIELD=VALUE", r"\w+(?:\.\w+)?"),
    help="A look-up key; given several times, all must lead there. OBJECT may be left out for the primary one.",
)
@live_option
@click.option("--fields", metavar="TEXT", help="Sent as it is: its form is not documented.")
@click.option("--filters", metavar="TEXT", help="Sent as it is: its form is not documented.")
@click.option("--format", "format_name", type=click.Choice(["json", "jsonl"]), default="json", show_default=True)
@output_option
@connection_options
def lookup_graph(
    name: str,
    keys: dict[str, str],
    live: bool | None,
    fields: str | None,
    filters: str | None,
    format_name: str,
    output: str | None,
    **options: Any,
) -> None:
    """Print the documents of the data graph NAME that all of the keys lead to: an array, or with jsonl a line each."""
    with connected(options) as connection:
        found = connection.data_graphs.lookup(name, keys, live=live, fields=fields, filters=filters)
    lines = [json_document(found)] if format_name == "json" else map(json_text, found)
    with destination(output) as out:
        for line in lines:
            out.write(line.encode("utf-8", "backslashreplace") + b"\n")
