"""Options that say what to connect to: one for each connect parameter, made from the driver's own table.

Secrets are never arguments, which other users of the machine and the shell's history can read: an option of a secret's
name exists only to say so. Source: public surface, §1 and §5; wire spec, faults K6.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import click

import datacloud_dbapi
from datacloud_dbapi.cli.emulator import running_emulator
from datacloud_dbapi.credentials import CREDENTIALS
from datacloud_dbapi.dsn import parse_dsn
from datacloud_dbapi.params import FIELDS

_Command = TypeVar("_Command", bound=Callable[..., Any])

# Parameters that only a program can give.
_OBJECTS = frozenset({"on_event", "http_transport"})
_SECRETS = frozenset(name for name, field in FIELDS.items() if field.metadata["secret"])
_LOGIN = frozenset({"url", "login_url", "auth", *CREDENTIALS})


def connection_options(command: _Command) -> _Command:
    """Give a command the options of every connect parameter, `--url`, `--emulator` and `--debug`."""
    for name, field in reversed(list(FIELDS.items())):
        if name in _SECRETS:
            command = _option(name, hidden=True, callback=_refuse_secret)(command)
        elif name not in _OBJECTS:
            command = _option(name, help=field.metadata["doc"])(command)
    command = click.option("--url", help="A datacloud:// URL without secrets.", callback=_check_url)(command)
    command = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")(command)
    return click.option(
        "--emulator",
        metavar="[DIR]",
        help="Use a fresh local Data Cloud: of the files in DIR, else the sample org.",
    )(command)


class EmulatorAwareCommand(click.Command):
    """A command whose `--emulator` may stand alone or before a folder.

    `--emulator=DIR` leaves no doubt.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _join_emulator(args))


def _join_emulator(args: list[str]) -> list[str]:
    joined: list[str] = []
    words = iter(enumerate(args))
    for index, word in words:
        if word == "--":
            return joined + args[index:]
        if word != "--emulator":
            joined.append(word)
        elif index + 1 < len(args) and _looks_like_folder(args[index + 1]):
            joined.append(f"--emulator={args[index + 1]}")
            next(words)
        else:
            joined.append("--emulator=")
    return joined


def _looks_like_folder(word: str) -> bool:
    # choice: the word after --emulator is its folder when it is one, or is written like a path and not like SQL, which
    # may well hold a slash but hardly without any blank. Any other word belongs to the command.
    return os.path.isdir(word) or (not any(c.isspace() for c in word) and ("/" in word or word[:1] in (".", "~")))


@contextmanager
def connected(options: dict[str, Any]) -> Iterator[datacloud_dbapi.Connection]:
    """A connection made from a command's options and the environment, open as long as the block."""
    with connect_arguments(options) as (url, given), datacloud_dbapi.connect(url, **given) as connection:
        yield connection


@contextmanager
def connect_arguments(options: dict[str, Any], *, sql: bool = True) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """What `connect` is to be called with; of an emulator that runs as long as the block, if there is to be one.

    Without `sql` it is one that answers no SQL, and so begins at once, and its Account Engagement is told as well.
    """
    folder, url = options.pop("emulator"), options.pop("url")
    given = {name: value for name, value in options.items() if value is not None}
    if folder is None:
        yield url, given
        return
    beside = sorted(_LOGIN & {*given, *(["url"] if url else [])})
    if beside:
        raise click.UsageError(f"--emulator has its own login: leave out {_spelled(beside[0])}")
    with running_emulator(os.path.expanduser(folder), sql=sql) as params:
        yield None, {**params, **given}


def _option(name: str, **settings: Any) -> Callable[[_Command], _Command]:
    return click.option(_spelled(name), name, metavar=name.upper().rpartition("_")[2], **settings)


def _spelled(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _refuse_secret(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value is not None:
        _secret_in_argument(_spelled(parameter.name or ""), parameter.name or "", context)


def _check_url(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    parts = parse_dsn(value)
    if parts.client_secret is not None:
        _secret_in_argument("a client secret in --url", "client_secret", context)
    for name in parts.query:
        if name in _SECRETS:
            _secret_in_argument(f"{name} in --url", name, context)
    return value


def _secret_in_argument(what: str, name: str, context: click.Context) -> NoReturn:
    raise click.UsageError(
        f"{what} would be readable by others: set the environment variable DATACLOUD_{name.upper()} instead", context
    )
