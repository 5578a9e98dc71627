"""`connections.toml`: sections of connection parameters, one of which stands behind keywords, URL and environment.

    [default]
    login_url = "https://acme.my.salesforce.com"
    client_id = "3MVG9…"
    private_key_file = "acme.pem"        # relative to this file
    username = "me@acme.example"
    auth = "jwt"

| file | when |
|---|---|
| `config_file`, as keyword, in the URL or as `DATACLOUD_CONFIG_FILE` | given |
| `$XDG_CONFIG_HOME/datacloud/connections.toml` or `~/.config/…` | else, on Linux and the like |
| `~/Library/Application Support/datacloud/connections.toml` | else, on macOS |
| `%APPDATA%\\datacloud\\connections.toml` | else, on Windows |

Which section and which file is decided without I/O; `resolve` reads the one file. Source: public surface §1.
"""

from __future__ import annotations

import importlib
import os
import stat
import sys
from collections.abc import Mapping
from typing import Any

from datacloud_dbapi.credentials import CREDENTIALS
from datacloud_dbapi.dsn import parse_dsn
from datacloud_dbapi.errors import InterfaceError, sealed
from datacloud_dbapi.params import FIELDS, ConnectParams, nearest

DEFAULT_SECTION = "default"
_PATHS = ("private_key_file", "ca_bundle", "token_cache")
_SECRETS = frozenset(name for name, field in FIELDS.items() if field.metadata["secret"])
# What only a program can give, and what would lead in circles.
_NOT_HERE = frozenset({"profile", "config_file", "on_event", "http_transport"})


@sealed
def resolve(dsn: str | None, given: Mapping[str, object], environ: Mapping[str, str]) -> ConnectParams:
    """The parameters of a connect call: keyword, URL, environment, profile, default, the first of them that has it.

    Raises InterfaceError as `ConnectParams.resolve` does, and for a file or section that was asked for and is not
    there, cannot be read, or holds a secret that others can read.
    """
    direct: dict[str, object] = {name: text for name, text in (parse_dsn(dsn).query if dsn else {}).items() if text}
    direct |= {name: value for name, value in given.items() if value is not None}
    named = direct.get("profile") or environ.get("DATACLOUD_PROFILE")
    path = direct.get("config_file") or environ.get("DATACLOUD_CONFIG_FILE")
    section = DEFAULT_SECTION if named is None else str(named)
    file = default_path(environ) if path is None else os.path.expanduser(os.fspath(path))  # type: ignore[call-overload]
    text = _read(file, needed=named is not None or path is not None)
    if text is None:
        return ConnectParams.resolve(dsn, given, environ)
    values = read_section(text, section, file, needed=named is not None)
    _check_private(file, values)
    if named is None and _names_a_login(dsn, direct):
        # choice: a section that nobody named adds no credentials to a call that has its own.
        values = {name: value for name, value in values.items() if name not in ("auth", *CREDENTIALS)}
    return ConnectParams.resolve(dsn, given, environ, values)


def default_path(environ: Mapping[str, str]) -> str:
    """Where the file is when nobody says otherwise."""
    if sys.platform == "win32":
        folder = environ.get("APPDATA") or os.path.expanduser("~/AppData/Roaming")
    elif sys.platform == "darwin":
        folder = os.path.expanduser("~/Library/Application Support")
    else:
        folder = environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(folder, "datacloud", "connections.toml")


def read_section(text: str, section: str, file: str, *, needed: bool) -> dict[str, object]:
    """The parameters in one section; paths in it are made relative to the file's folder.

    Raises InterfaceError for what is no TOML, for a name that is no parameter, and for a section that is `needed` and
    not there. What it says repeats no value.
    """
    sections = _parse(text, file)
    if section not in sections:
        if not needed:
            return {}
        raise InterfaceError(
            f"{file} has no section [{section}]", hint=f"it has {', '.join(f'[{name}]' for name in sections) or 'none'}"
        )
    values = sections[section]
    if not isinstance(values, dict):
        raise InterfaceError(f"{file}: {section} stands outside any section", hint=f"begin with [{DEFAULT_SECTION}]")
    for name in values:
        _check_name(name, section, file)
    return {name: _from_here(value, file) if name in _PATHS else value for name, value in values.items()}


def _check_name(name: str, section: str, file: str) -> None:
    if name in _NOT_HERE:
        raise InterfaceError(f"{file}: {name!r} cannot stand in a section, as it does in [{section}]")
    if name not in FIELDS:
        near = nearest(name.lower(), FIELDS)
        raise InterfaceError(
            f"{file}: there is no connection parameter {name!r}, which stands in [{section}]",
            hint=f"did you mean {near!r}?" if near else f"the parameters are {', '.join(FIELDS)}",
        )


def _parse(text: str, file: str) -> dict[str, Any]:
    # From 3.11 the parser is Python's own.
    name = "tomllib" if sys.version_info >= (3, 11) else "tomli"
    try:
        toml: Any = importlib.import_module(name)
    except ImportError as error:
        raise InterfaceError(f"Reading {file} on this Python needs tomli", hint="pip install tomli") from error
    try:
        sections: dict[str, Any] = toml.loads(text)
    except ValueError as error:
        problem = str(error)
    else:
        return sections
    raise InterfaceError(f"{file} is no TOML: {problem}")


def _from_here(value: object, file: str) -> object:
    if not isinstance(value, str) or value.lower() in ("true", "false"):
        return value
    return os.path.join(os.path.dirname(os.path.abspath(file)), os.path.expanduser(value))


def _names_a_login(dsn: str | None, direct: Mapping[str, object]) -> bool:
    if any(name in direct for name in ("auth", *CREDENTIALS)):
        return True
    parts = parse_dsn(dsn) if dsn else None
    return parts is not None and (parts.client_id is not None or parts.client_secret is not None)


def _read(file: str, *, needed: bool) -> str | None:
    try:
        with open(file, encoding="utf-8") as opened:
            return opened.read()
    except FileNotFoundError as error:
        if not needed:
            return None
        problem: Exception = error
    except (OSError, UnicodeDecodeError) as error:
        problem = error
    reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
    raise InterfaceError(f"The connections file {file} cannot be read: {reason}")


def _check_private(file: str, values: Mapping[str, object]) -> None:
    """choice: a file with a secret that others can read is refused, as ssh refuses a key."""
    held = sorted(_SECRETS & set(values))
    if held and sys.platform != "win32" and stat.S_IMODE(os.stat(file).st_mode) & 0o077:
        raise InterfaceError(f"{file} holds {held[0]} and can be read by others", hint=f"chmod 600 {file}")
