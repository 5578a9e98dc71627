"""The command tree, and how it ends: exit status and one line for every error.

| status | when |
|---|---|
| 0 | it worked; also when the reader of a pipe has read enough |
| 1 | the query failed, or something it needs is missing |
| 2 | usage: options, arguments, connect parameters |
| 130 | interrupted |

Source: public surface, §5.
"""

from __future__ import annotations

import traceback
import warnings

import click

from datacloud_dbapi import Error, InterfaceError
from datacloud_dbapi.cli.describe import describe
from datacloud_dbapi.cli.doctor import doctor
from datacloud_dbapi.cli.emulator import emulator
from datacloud_dbapi.cli.engagement import engagement
from datacloud_dbapi.cli.graph import graph
from datacloud_dbapi.cli.insights import insights
from datacloud_dbapi.cli.login import login
from datacloud_dbapi.cli.lookup import lookup
from datacloud_dbapi.cli.profile import profile
from datacloud_dbapi.cli.query import query
from datacloud_dbapi.cli.tables import tables

_OK, _FAILED, _USAGE, _INTERRUPTED = 0, 1, 2, 130


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    # Else its whole help would be the error's one line.
    no_args_is_help=False,
    epilog="Connection parameters come from options, from the environment as DATACLOUD_<NAME>, and from a section of "
    "connections.toml; secrets never from options.",
)
@click.version_option(package_name="datacloud-dbapi")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def datacloud() -> None:
    """SQL and the other APIs of Salesforce Data Cloud, or of a local one."""


for command in (query, tables, describe, profile, insights, lookup, graph, engagement, login, doctor, emulator):
    datacloud.add_command(command)


def run(argv: list[str]) -> int:
    """Run one command line and return the exit status; whatever goes wrong becomes one line on standard error."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            # A command that exits early comes back with its status, any other with nothing.
            status = datacloud.main(args=argv, prog_name="datacloud", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except Exception as error:
        # The last line of defence of a command line: what is not known to be the user's or the service's is shown too.
        return _report(error, debug="--debug" in argv)
    return status if isinstance(status, int) else _OK


def _report(error: Exception, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    if isinstance(error, click.UsageError):
        context = error.ctx
        where = context.command_path if context is not None else "datacloud"
        return _say(f"{where}: {error.format_message()} (see {where} --help)", _USAGE)
    if isinstance(error, click.ClickException):
        return _say(f"datacloud: {error.format_message()}", error.exit_code)
    if isinstance(error, (Error, OSError)):
        return _say(f"datacloud: {error}", _USAGE if isinstance(error, InterfaceError) else _FAILED)
    return _say(f"datacloud: {type(error).__name__}: {error}", _FAILED)


def _warn(message: Warning | str, *place: object, **more: object) -> None:
    """One line, as for an error: where in the code a warning comes from is of no use here."""
    click.echo(" ".join(f"datacloud: warning: {message}".split()), err=True)


def _say(text: str, status: int) -> int:
    click.echo(" ".join(text.split()), err=True)
    return status
