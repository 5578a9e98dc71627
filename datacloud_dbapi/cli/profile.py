"""`datacloud profile`: who is this customer, from the shell. One request a page, and one for each description.

Source: public surface, §4-5; wire spec, profile.
"""

from __future__ import annotations

from typing import Any

import click

from datacloud_dbapi import Connection
from datacloud_dbapi.cli.asking import PART, ask_options, asked, in_types
from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connected, connection_options
from datacloud_dbapi.cli.describe import format_option, show_object
from datacloud_dbapi.cli.rows import row_options, show_records
from datacloud_dbapi.cli.tables import show_objects
from datacloud_dbapi.flow.method import RunsFlows
from datacloud_dbapi.services.records import Records


@click.group(no_args_is_help=False)
def profile() -> None:
    """Profiles: their records, children and insights.

    A filter says that a field equals a value; for anything else there is `datacloud query`.
    """


@profile.command("describe", cls=EmulatorAwareCommand, short_help="The profile objects, or one of them.")
@click.argument("name", required=False)
@format_option
@connection_options
def describe_profile(name: str | None, format_name: str, **options: Any) -> None:
    """List the profile objects, or show the columns and keys of the one called NAME."""
    with connected(options) as connection:
        if name is None:
            show_objects(connection.profile.describe(), format_name)
        else:
            show_object(connection.profile.describe(name), format_name)


@profile.command(cls=EmulatorAwareCommand, short_help="Records by the values of their fields.")
@click.argument("name")
@ask_options("filters", "fields", *PART)
@row_options
@connection_options
def find(name: str, format_name: str, output: str | None, **options: Any) -> None:
    """Show the records of the object NAME whose fields equal the filters.

    Without a filter every record is asked for, which some orgs refuse.
    """
    keywords = asked(options)

    def ask(connection: Connection) -> Records[RunsFlows]:
        return connection.profile.find(name, **in_types(keywords, lambda: connection.profile.describe(name)))

    show_records(options, format_name, output, ask)


@profile.command(cls=EmulatorAwareCommand, short_help="The records with an id.")
@click.argument("name")
@click.argument("id")
@ask_options("search_key", "fields", "filters", *PART)
@row_options
@connection_options
def get(name: str, id: str, format_name: str, output: str | None, **options: Any) -> None:
    """Show the records of the object NAME with this ID: often one, none where it is not known."""
    keywords = asked(options)

    def ask(connection: Connection) -> Records[RunsFlows]:
        return connection.profile.get(name, id, **in_types(keywords, lambda: connection.profile.describe(name)))

    show_records(options, format_name, output, ask)


@profile.command(cls=EmulatorAwareCommand, short_help="The child records of one profile.")
@click.argument("name")
@click.argument("id")
@click.argument("child")
@ask_options("search_key", "fields", "filters", *PART)
@row_options
@connection_options
def children(name: str, id: str, child: str, format_name: str, output: str | None, **options: Any) -> None:
    """Show the records of the object CHILD that belong to the profile of NAME with this ID.

    Fields and order are the child's, filters and search key the profile's.
    """
    keywords = asked(options)

    def ask(connection: Connection) -> Records[RunsFlows]:
        words = in_types(keywords, lambda: connection.profile.describe(name))
        return connection.profile.children(name, id, child, **words)

    show_records(options, format_name, output, ask)


@profile.command("insights", cls=EmulatorAwareCommand, short_help="The insight rows of one profile.")
@click.argument("name")
@click.argument("id")
@click.argument("insight")
@ask_options("dimensions", "measures", "time_granularity", "search_key", "filters", *PART)
@row_options
@connection_options
def profile_insights(name: str, id: str, insight: str, format_name: str, output: str | None, **options: Any) -> None:
    """Show the rows of the calculated insight INSIGHT that belong to the profile of NAME with this ID.

    Filters and search key are the profile's.
    """
    keywords = asked(options)

    def ask(connection: Connection) -> Records[RunsFlows]:
        words = in_types(keywords, lambda: connection.profile.describe(name))
        return connection.profile.insights(name, id, insight, **words)

    show_records(options, format_name, output, ask)
