"""URLs: what a SQLAlchemy URL says to the driver, and how it looks when it is printed.

The driver's own URL carries every part over, so both agree on what a URL means.
Source: public surface, §3; wire spec, faults K5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sqlalchemy import exc
from sqlalchemy.engine import URL

from datacloud_dbapi.dsn import Dsn, render_dsn
from datacloud_dbapi.params import FIELDS

SECRETS = frozenset(name for name, field in FIELDS.items() if field.metadata["secret"])


# What stands for itself in every part of a URL. SQLAlchemy's versions differ in how they escape anything else outside
# the query.
_PLAIN = re.compile(r"[A-Za-z0-9._-]+\Z")


def create_url(
    host: str | None = None,
    dataspace: str | None = None,
    *,
    client_id: str | None = None,
    client_secret: str | None = None,
    driver: str | None = None,
    **params: Any,
) -> URL:
    """A URL for `create_engine` or `create_async_engine`, whatever characters its values have.

    `driver` is what stands behind `datacloud+`: `async`, or none. `params` are further connect parameters; None leaves
    one out. Its text masks every secret; `render_as_string(hide_password=False)` has them, and reads back the same.

    Raises ArgumentError for a value that no URL can carry.
    """
    given = {"dataspace": dataspace, "client_id": client_id, "client_secret": client_secret, **params}
    query = {name: _text(name, value) for name, value in given.items() if value is not None}
    # In the places people look for them, unless they would need escapes there; all of the login, or nothing.
    login = [query.get("client_id", ""), query.get("client_secret", "")]
    username, password = login if host and all(map(_PLAIN.match, login)) else (None, None)
    if username:
        del query["client_id"], query["client_secret"]
    database = query.pop("dataspace") if _PLAIN.match(query.get("dataspace", "")) else None
    name, port = _host_and_port(host)
    drivername = f"datacloud+{driver}" if driver else "datacloud"
    return MaskedURL._make(URL.create(drivername, username, password, name, port, database, query))


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise exc.ArgumentError(f"{name}: a URL carries no {type(value).__name__}; give it in connect_args")
    text = str(value)
    if text == "":
        raise exc.ArgumentError(f"{name}: a URL cannot tell an empty value from none")
    return text


def _host_and_port(host: str | None) -> tuple[str | None, int | None]:
    """`host`, `host:port` or `[address]:port` in two parts."""
    found = _HOST.match(host or "")
    if host and not found:
        raise exc.ArgumentError("host: a name or an address, and a port if need be; no scheme, no path")
    return (found[1] or found[2], int(found[3]) if found[3] else None) if found else (None, None)


_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?\Z")


def driver_dsn(url: URL, query: Mapping[str, str]) -> str:
    """The driver's `datacloud://` URL: host, credentials and data space from `url`, parameters from `query`."""
    host = url.host and (f"[{url.host}]" if ":" in url.host else url.host)
    return render_dsn(
        Dsn(
            client_id=url.username or None,
            client_secret=str(url.password) if url.password else None,
            host=f"{host}:{url.port}" if host and url.port else host or None,
            # SQLAlchemy before 2.1 leaves the path as it is written; API names hold no % that could be decoded twice.
            dataspace=unquote(url.database or "") or None,
            query=query,
        )
    )


def single_values(url: URL) -> dict[str, str]:
    """The query of `url`, each name with its one value. Raises ArgumentError for a name given twice."""
    values: dict[str, str] = {}
    for name, value in url.query.items():
        if not isinstance(value, str):
            raise exc.ArgumentError(f"the URL gives {name!r} more than once")
        values[name] = value
    return values


class MaskedURL(URL):
    """A URL whose secrets in the query are masked wherever SQLAlchemy masks the password.

    SQLAlchemy itself masks the password only, and any connect parameter may stand in the query. The values stay: only
    the text that hides the password hides them too.
    """

    def render_as_string(self, hide_password: bool = True) -> str:
        plain = URL._make(self)
        if not hide_password:
            return plain.render_as_string(hide_password=False)
        shown = {name: "***" if name in SECRETS else value for name, value in self.query.items()}
        return plain.set(query=shown).render_as_string(hide_password=True).replace("=%2A%2A%2A", "=***")

    def __repr__(self) -> str:
        return self.render_as_string()

    def __str__(self) -> str:
        return self.render_as_string()


def mask_url(engine: Any) -> None:
    """Give `engine` a URL that also masks the secrets of its query."""
    engine.url = MaskedURL._make(engine.url)
