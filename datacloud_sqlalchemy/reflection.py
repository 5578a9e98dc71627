"""Reflection: the Metadata API's answer, kept for a while and served as SQLAlchemy asks for it.

One request answers for the whole data space, so every question is served from the same answer.
Source: wire spec, metadata §2-3.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc

from datacloud_sqlalchemy.types import reflected_type

if TYPE_CHECKING:
    from datacloud_dbapi.services.metadata import Relationship, Table

VIEW_KIND = "CalculatedInsight"


class Snapshot:
    """The objects of a data space at one moment, found by name: as spelled first, then in any case."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._exact = {table.name: table for table in tables}
        self._folded: dict[str, list[Table]] = {}
        for table in self._exact.values():
            self._folded.setdefault(table.name.lower(), []).append(table)

    def find(self, name: str) -> Table | None:
        """The object of that name; None when there is none, or several that only case tells apart."""
        candidates = self._folded.get(name.lower(), [])
        return self._exact.get(name) or (candidates[0] if len(candidates) == 1 else None)

    def names(self, *, views: bool) -> list[str]:
        """Names in the API's order: of the calculated insights, or of everything else."""
        return [table.name for table in self._exact.values() if (table.kind == VIEW_KIND) == views]


class MetadataCache:
    """The snapshot of one engine's data space, asked for once and again when `ttl` seconds have passed.

    `clock` answers monotonic seconds. Threads that ask at once wait for one request.
    """

    def __init__(self, ttl: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl = ttl
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[float, Snapshot] | None = None

    def snapshot(self, load: Callable[[], Iterable[Table]]) -> Snapshot:
        """The kept snapshot if it is young enough, else a new one from `load`."""
        with self._lock:
            now = self._clock()
            if self._kept is None or now - self._kept[0] >= self._ttl:
                self._kept = now, Snapshot(load())
            return self._kept[1]

    def clear(self) -> None:
        """Forget: the next question asks the service."""
        with self._lock:
            self._kept = None


def driver_connection(connection: Any) -> Any:
    """The driver's connection below SQLAlchemy's, which hands it out bare to 1.4's first look at the database."""
    pooled = connection.connection
    return getattr(pooled, "dbapi_connection", pooled)


class MetadataReflection:
    """The reflection methods of the dialect; `self` is the dialect.

    A `schema` is the data space: None and its name mean the same, and another one has no objects here.
    """

    dataspace: str
    metadata_cache: MetadataCache

    def _snapshot(self, connection: Any) -> Snapshot:
        return self.metadata_cache.snapshot(driver_connection(connection).metadata.tables)

    def _is_here(self, schema: str | None) -> bool:
        return schema is None or schema == self.dataspace

    def _find(self, connection: Any, name: str, schema: str | None) -> Table | None:
        return self._snapshot(connection).find(name) if self._is_here(schema) else None

    def _table(self, connection: Any, name: str, schema: str | None) -> Table:
        table = self._find(connection, name, schema)
        if table is None:
            raise exc.NoSuchTableError(name if schema is None else f"{schema}.{name}")
        return table

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        return self._find(connection, table_name, schema) is not None

    def has_schema(self, connection: Any, schema_name: str, **kw: Any) -> bool:
        return schema_name == self.dataspace

    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        return [self.dataspace]

    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Data model objects and data lake objects."""
        return self._snapshot(connection).names(views=False) if self._is_here(schema) else []

    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Calculated insights: what a query computes, as a view's is."""
        return self._snapshot(connection).names(views=True) if self._is_here(schema) else []

    def get_materialized_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return []

    def get_temp_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return []

    def get_temp_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return []

    def get_sequence_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return []

    def has_sequence(self, connection: Any, sequence_name: str, schema: str | None = None, **kw: Any) -> bool:
        return False

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        """The fields in the API's order; of an insight its dimensions, then its measures."""
        # choice: every column is nullable, as the API does not say.
        return [
            {
                "name": field.name,
                "type": reflected_type(field.type),
                "nullable": True,
                "default": None,
                "autoincrement": False,
                "comment": field.label,
            }
            for field in self._table(connection, table_name, schema).fields
        ]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        table = self._table(connection, table_name, schema)
        return {"constrained_columns": [key.name for key in table.primary_key], "name": None}

    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        """The relationships that leave the table towards one row of another.

        An object lists those it is either side of, so each counts once and only on the side it starts from.
        """
        table = self._table(connection, table_name, schema)
        snapshot = self._snapshot(connection)
        links = dict.fromkeys(link for link in table.relationships if _leaves(table, link) and _lands(snapshot, link))
        return [
            {
                "name": None,
                "constrained_columns": [link.from_column],
                "referred_schema": schema,
                "referred_table": link.to_table,
                "referred_columns": [link.to_column],
                "options": {},
            }
            for link in links
        ]

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        # The API's indexes have no names.
        return [
            {"name": None, "column_names": list(index.columns), "unique": False}
            for index in self._table(connection, table_name, schema).indexes
        ]

    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return {"text": self._table(connection, table_name, schema).label}

    def get_table_options(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        self._table(connection, table_name, schema)
        return {}

    def get_unique_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        self._table(connection, table_name, schema)
        return []

    def get_check_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        self._table(connection, table_name, schema)
        return []

    def get_view_definition(self, connection: Any, view_name: str, schema: str | None = None, **kw: Any) -> str:
        """Raises NotImplementedError: the Metadata API keeps an insight's SQL to itself."""
        self._table(connection, view_name, schema)
        raise NotImplementedError("the Metadata API does not tell the SQL of a calculated insight")


def _leaves(table: Table, link: Relationship) -> bool:
    # A link without columns, as insights have them, joins nothing; one towards many is no foreign key.
    towards_one = link.cardinality is None or link.cardinality.upper().endswith("TOONE")
    names = {field.name for field in table.fields}
    return link.from_table == table.name and link.from_column in names and towards_one


def _lands(snapshot: Snapshot, link: Relationship) -> bool:
    # A key into an object this user cannot see would make reflection of this one fail.
    target = snapshot.find(link.to_table)
    return target is not None and target.name == link.to_table and link.to_column in {f.name for f in target.fields}
