"""`datacloud insights`: the calculated insights of a data space, and their rows.

Source: public surface, §4-5; wire spec, calculated-insights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from datacloud_dbapi import Connection
from datacloud_dbapi.cli.asking import PART, ask_options, asked, in_types
from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connected, connection_options
from datacloud_dbapi.cli.describe import format_option, show_object
from datacloud_dbapi.cli.formats import write_facts, write_texts
from datacloud_dbapi.cli.output import destination
from datacloud_dbapi.cli.rows import row_options, show_records
from datacloud_dbapi.flow.method import RunsFlows
from datacloud_dbapi.services.metadata import Table
from datacloud_dbapi.services.records import Records

_HEADINGS = ("name", "label", "dimensions", "measures")


@click.group(no_args_is_help=False)
def insights() -> None:
    """Calculated insights: what they are made of, and their rows."""


@insights.command("list", cls=EmulatorAwareCommand)
@format_option
@connection_options
def list_insights(format_name: str, **options: Any) -> None:
    """List the calculated insights with their dimensions and measures."""
    with connected(options) as connection:
        found = connection.insights.list()
    with destination(None) as out:
        if format_name == "json":
            listed = [dict(zip(_HEADINGS, (table.name, table.label, *_sorts(table)), strict=True)) for table in found]
            write_facts(out, listed)
            return
        rows = [(table.name, table.label, *map(", ".join, _sorts(table))) for table in found]
        write_texts(out, _HEADINGS, rows)


def _sorts(table: Table) -> Sequence[list[str]]:
    """The names of an insight's dimensions, and of its measures."""
    return [[field.name for field in table.fields if field.role == role] for role in ("dimension", "measure")]


@insights.command("describe", cls=EmulatorAwareCommand)
@click.argument("name")
@format_option
@connection_options
def describe_insight(name: str, format_name: str, **options: Any) -> None:
    """Show the dimensions, measures and relationships of the calculated insight NAME."""
    with connected(options) as connection:
        show_object(connection.insights.describe(name), format_name)


@insights.command("query", cls=EmulatorAwareCommand)
@click.argument("name")
@ask_options("dimensions", "measures", "time_granularity", "filters", *PART)
@row_options
@connection_options
def query_insight(name: str, format_name: str, output: str | None, **options: Any) -> None:
    """Show the rows of the calculated insight NAME: all of its dimensions and measures, or those named."""
    keywords = asked(options)

    def ask(connection: Connection) -> Records[RunsFlows]:
        return connection.insights.query(name, **in_types(keywords, lambda: connection.insights.describe(name)))

    show_records(options, format_name, output, ask)
