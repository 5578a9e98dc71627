"""`datacloud lookup`: from one source record to all of the same person. One request.

Source: public surface, §4-5; wire spec, universal-id-lookup.
"""

from __future__ import annotations

from typing import Any

import click

from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connected, connection_options
from datacloud_dbapi.cli.rows import batches_of, check_format, progress, row_options, write_rows
from datacloud_dbapi.services.universal_id import NAMES


@click.command(cls=EmulatorAwareCommand)
@click.argument("entity")
@click.argument("data_source")
@click.argument("data_source_object")
@click.argument("source_record_id")
@row_options
@connection_options
def lookup(
    entity: str,
    data_source: str,
    data_source_object: str,
    source_record_id: str,
    format_name: str,
    output: str | None,
    **options: Any,
) -> None:
    """Show every source record of the person that one source record belongs to, itself among them.

    ENTITY is the link object of an identity resolution ruleset, such as IndividualIdentityLink__dlm. Of a record that
    is not known there is none, and the service does not tell that from an unknown ENTITY.
    """
    check_format(format_name, output)
    with progress(output) as tell, connected(options) as connection:
        tell("asking")
        found = connection.universal_id.lookup(entity, data_source, data_source_object, source_record_id)
        write_rows(format_name, output, [(name, "VARCHAR") for name in NAMES], batches_of(found, NAMES), tell)
