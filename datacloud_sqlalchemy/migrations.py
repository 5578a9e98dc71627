"""Alembic, which looks a dialect up by its name: Data Cloud's answer is that there is nothing to migrate.

Loads alembic; imported when a dialect is made where alembic is in use.
"""

from __future__ import annotations

from typing import Any, NoReturn

from alembic.ddl.impl import DefaultImpl
from alembic.util import CommandError


class NoMigrations(DefaultImpl):
    """Refuses upgrade, downgrade, autogenerate and the rest before anything is sent."""

    __dialect__ = "datacloud"

    def __init__(self, *args: Any, **kw: Any) -> NoReturn:
        raise CommandError(
            "Data Cloud has no migrations: its objects are made in Data Cloud Setup or through the Connect API, "
            "and SQL only reads them. MetaData.reflect() shows what is there"
        )
