"""What SQLAlchemy's test plugin does to a database before the dialect suite runs; loaded by that plugin alone.

The suite wants a database without tables, and another schema in it. Some of its tables take for granted what Hyper has
not: the dialect refuses CHECK constraints and indexes, so they are taken off before a table is made, and the tests that
look for them are closed in `requirements.py`. Keys that the database would generate are counted here.
"""

from __future__ import annotations

import itertools
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.testing import provision

from datacloud_sqlalchemy.emulator import DataCloudEmulatorDialect, EmulatorHost

# The suite makes an engine for many a test and disposes of it: all are on one emulator, which a connection keeps alive.
_host = EmulatorHost()
DataCloudEmulatorDialect.make_host = staticmethod(lambda: _host)  # type: ignore[method-assign]  # for this process
_kept: list[Any] = []


def _prepare(url: Any, engine: sa.engine.Engine, follower_ident: str | None) -> None:
    """Takes the sample org away, and makes the other schema."""
    arguments, keywords = engine.dialect.create_connect_args(engine.url)
    # Not by the pool, whose connections the suite closes.
    connection = engine.dialect.connect(*arguments, **keywords)
    _kept.append(connection)
    cursor = connection.cursor()
    for name in sa.inspect(engine).get_table_names():
        cursor.execute(f"DROP TABLE {engine.dialect.identifier_preparer.quote(name)}")
    cursor.execute("CREATE SCHEMA IF NOT EXISTS test_schema")


provision.post_configure_engine.for_db("datacloud")(_prepare)
# Each process of a parallel run has an emulator of its own already.
for _hook in (provision.create_db, provision.drop_db, provision.configure_follower):
    _hook.for_db("datacloud")(lambda *args: None)
provision.follower_url_from_main.for_db("datacloud")(lambda url, ident: url)


@event.listens_for(sa.Table, "before_create")
def _suit_to_hyper(table: sa.Table, *args: Any, **kw: Any) -> None:
    table.constraints.difference_update({item for item in table.constraints if isinstance(item, sa.CheckConstraint)})
    table.indexes.clear()
    key = table._autoincrement_column
    if key is not None and key.default is None and key.server_default is None:
        numbers = itertools.count(1)
        sa.ColumnDefault(lambda: next(numbers))._set_parent_with_dispatch(key)
