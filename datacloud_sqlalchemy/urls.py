"""URLs: what a SQLAlchemy URL says to the driver, and how it looks when it is printed.

The driver's own URL carries every part over, so both agree on what a URL means.
Source: public surface, §3; wire spec, faults K5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sqlalchemy import exc
from sqlalchemy.engine import URL

from datacloud_dbapi.dsn import Dsn, render_dsn
from datacloud_dbapi.params import FIELDS

SECRETS = frozenset(name for name, field in FIELDS.items() if field.metadata["secret"])


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
        return plain.set(query=shown).render_as_string(hide_password=True)

    def __repr__(self) -> str:
        return self.render_as_string()

    def __str__(self) -> str:
        return self.render_as_string()


def mask_url(engine: Any) -> None:
    """Give `engine` a URL that also masks the secrets of its query."""
    engine.url = MaskedURL._make(engine.url)
