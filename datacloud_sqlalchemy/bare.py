"""`datacloud:///?hyper_address=127.0.0.1:PORT&transport=hyper&…`: a bare hyperd of one's own, without a login.

No Metadata API is there, so it is reflected by SQL; its tables can be made and changed.
Source: wire spec, hyper §1.7, §4.3, §5.
"""

from __future__ import annotations

import os

from sqlalchemy.engine import URL

from datacloud_dbapi.errors import Error
from datacloud_dbapi.params import ConnectParams
from datacloud_sqlalchemy.aio import DataCloudAsyncDialect
from datacloud_sqlalchemy.base import DataCloudDialect
from datacloud_sqlalchemy.pg_catalog import CatalogReflection
from datacloud_sqlalchemy.urls import driver_dsn, single_values


class BareHyperDialect(CatalogReflection, DataCloudDialect):
    """`create_engine` on a bare hyperd."""

    # As in the base class; SQLAlchemy wants each class to say it.
    supports_statement_cache = True
    # The transport `hyper`, the only one here, tells how many rows a statement changed.
    supports_sane_rowcount = supports_sane_multi_rowcount = True


class BareHyperAsyncDialect(CatalogReflection, DataCloudAsyncDialect):
    """`create_async_engine` on a bare hyperd."""

    # As in the base class; SQLAlchemy wants each class to say it.
    supports_statement_cache = True
    # The transport `hyper`, the only one here, tells how many rows a statement changed.
    supports_sane_rowcount = supports_sane_multi_rowcount = True


def is_bare(url: URL) -> bool:
    """Whether what connects by `url` logs in nowhere. A URL that is wrong is not: connecting says what is wrong."""
    try:
        return ConnectParams.resolve(driver_dsn(url, single_values(url)), {}, os.environ).auth == "none"
    except Error:
        return False
