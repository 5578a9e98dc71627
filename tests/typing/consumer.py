"""Code as a user writes it, type-checked with the rest by `make check`; nothing here is run."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

import datacloud_dbapi
from datacloud_dbapi.services.metadata import Table
from datacloud_emulator import Emulator


def read(connection: datacloud_dbapi.Connection) -> list[Any]:
    with connection, connection.cursor() as cursor:
        assert_type(cursor, datacloud_dbapi.Cursor)
        chained = cursor.execute("SELECT :a", {"a": 1}).execute("SELECT ?", [1], timeout=2.5)
        assert_type(chained, datacloud_dbapi.Cursor)
        assert_type(cursor.rowcount, int)
        assert_type(cursor.query_id, str | None)
        cursor.row_factory = datacloud_dbapi.dict_row
        return cursor.fetchall()


def names(connection: datacloud_dbapi.Connection) -> list[str]:
    tables = connection.metadata.tables(category="Profile")
    assert_type(tables, list[Table])
    connection.metadata.tables(colour="red")  # type: ignore[call-arg]  # there is no such filter
    return [table.name for table in tables]


def connect(emulator: Emulator) -> datacloud_dbapi.Connection:
    return datacloud_dbapi.connect(**emulator.connect_params(), http_transport=emulator.http_transport)


def fails(connection: datacloud_dbapi.Connection) -> int | None:
    try:
        connection.ping()
    except connection.ProgrammingError as error:
        assert_type(error, datacloud_dbapi.ProgrammingError)
        return error.position
    return None
