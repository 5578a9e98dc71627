"""`datacloud login`: log in with a browser once, and keep the refresh token for connections to come.

Source: public surface, §5; wire spec, auth §2.4; faults K4, K6.
"""

from __future__ import annotations

import os
from typing import Any

import click

from datacloud_dbapi import profiles
from datacloud_dbapi.auth.authorization_code import Authorization
from datacloud_dbapi.auth.browser import ask_in_browser
from datacloud_dbapi.auth.memory import memory_of
from datacloud_dbapi.auth.tokens import tokens_for
from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connect_arguments, connection_options
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.flow.sync import Runner


@click.command(cls=EmulatorAwareCommand)
@click.option("--paste", is_flag=True, help="Open the login page yourself, anywhere, and paste where it ends.")
@connection_options
def login(paste: bool, **options: Any) -> None:
    """Log in with a browser; later connections with auth=authorization-code need none.

    Needs --client-id, and the callback --redirect-uri to be registered with the app. The login is kept in
    --token-cache, by default a keyring where there is one, else a file that only you can read.
    """
    with connect_arguments(options) as (url, given):
        given = {"token_cache": True, **given, "auth": "authorization-code"}
        params = profiles.resolve(url, given, os.environ)
        memory = memory_of(params)
        if memory is None:
            raise click.ClickException("nothing is kept on a build machine (CI is set): name a file with --token-cache")
        tokens = tokens_for(params, ask_to_paste if paste else ask_in_browser)
        runner = Runner(params)
        try:
            token = runner.run(tokens.log_in(RetryPolicy.of(params)))
        finally:
            runner.close()
    click.echo(f"Logged in to {token.org_url}; kept in {memory.place}.")
    if token.refresh_token is None:
        click.echo("The app gave no refresh token, so this lasts as long as the session: add the scope refresh_token.")
    cache = "true" if params.token_cache is True else f'"{params.token_cache}"'
    click.echo(
        "To use it, in a section of connections.toml or as keywords:\n"
        f'  auth = "authorization-code"\n  login_url = "{params.login_url}"\n  client_id = "{params.client_id}"\n'
        f"  token_cache = {cache}"
    )


def ask_to_paste(authorization: Authorization) -> str:
    """Tell the user where to log in, and read the address the browser ended at."""
    click.echo(f"Open this address in any browser, and log in:\n\n{authorization.url}\n", err=True)
    click.echo(f"It ends at {authorization.redirect_uri}?…, whether or not a page is shown there.", err=True)
    pasted: str = click.prompt("Paste that whole address here", err=True)
    return pasted
