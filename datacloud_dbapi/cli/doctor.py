"""`datacloud doctor`: which step of connecting works, which fails, and what to change.

Source: public surface, §5.
"""

from __future__ import annotations

import json
import os
from typing import Any

import click

from datacloud_dbapi import profiles
from datacloud_dbapi.cli.checks import Check, State, examine
from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connect_arguments, connection_options

_MARKS: dict[State, str] = {"works": "ok", "fails": "FAILS", "missing": "-", "unknown": "?"}
_WIDTH = max(map(len, _MARKS.values()))


@click.command(cls=EmulatorAwareCommand)
@click.option("--format", "format_name", type=click.Choice(["table", "json"]), default="table", show_default=True)
@connection_options
def doctor(format_name: str, **options: Any) -> None:
    """Try every step of a connection, and say what works, what fails and what to change.

    `-` marks a query API that the org does not offer and that was not asked for with --transport. Ends with status 1
    when something fails.
    """
    checks: list[Check] = []
    with connect_arguments(options) as (url, given):
        for check in examine(profiles.resolve(url, given, os.environ)):
            checks.append(check)
            if format_name == "table":
                _show(check)
    if format_name == "json":
        click.echo(json.dumps([check.as_dict() for check in checks], indent=2, ensure_ascii=False))
    if any(check.state == "fails" for check in checks):
        click.get_current_context().exit(1)


def _show(check: Check) -> None:
    click.echo(f"{_MARKS[check.state]:<{_WIDTH}}  {check.step:<10}  {' '.join(check.said.split())}")
    if check.change is not None and check.state != "works":
        click.echo(f"{'':<{_WIDTH}}  {'':<10}  → {check.change}")
