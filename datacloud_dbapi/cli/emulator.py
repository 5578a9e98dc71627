"""`datacloud emulator`: serve a local Data Cloud, and the short-lived one behind `--emulator [DIR]`.

`datacloud_emulator` is loaded only here and only when used. Source: public surface, §2 and §5.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def emulator(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Serve a local Data Cloud until interrupted; see `datacloud emulator --help`."""
    from datacloud_emulator.__main__ import main

    context.exit(main(list(arguments), prog="datacloud emulator"))


@contextmanager
def running_emulator(folder: str, *, sql: bool = True) -> Iterator[dict[str, object]]:
    """The connect parameters of a fresh local Data Cloud that lives as long as the block; no folder is the sample org.

    Without `sql` they are those of its Account Engagement, which has sample data only.

    Raises ClickException, in one line, where the engine cannot run or the folder does not load.
    """
    try:
        from datacloud_emulator import Emulator
        from datacloud_emulator.errors import DataLoadError, EngineUnavailableError
    except ImportError as error:
        if (error.name or "").startswith("datacloud_emulator"):
            raise
        raise click.ClickException(
            f"the emulator needs {error.name}, which is not installed; pip install 'datacloud-dbapi[emulator]'"
        ) from error
    if folder and not sql:
        raise click.UsageError("Account Engagement has its own sample data here: leave the folder out of --emulator")
    local = Emulator(folder or None, sql=sql)
    try:
        local.start()
    except (DataLoadError, EngineUnavailableError) as error:
        raise click.ClickException(str(error)) from error
    try:
        # The grant is named so that credentials of another one in the environment are left alone.
        params = {"auth": "client-credentials", **local.connect_params()}
        if sql:
            yield {**params, "hyper_address": local.hyper_address}
        else:
            yield {**params, "business_unit_id": local.business_unit_id, "engagement_url": local.login_url}
    finally:
        local.close()
