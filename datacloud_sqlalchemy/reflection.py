"""Reflection: the Metadata API's answer, served as SQLAlchemy asks for it.

One request answers for the whole data space, so every question is served from the same answer, also when SQLAlchemy
asks for many tables at once. What the API knows and SQLAlchemy has no word for stands in `info`.
Source: wire spec, metadata §2-3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc
from sqlalchemy.engine import reflection
from sqlalchemy.engine.reflection import Inspector

from datacloud_dbapi.errors import Error
from datacloud_sqlalchemy.snapshot import VIEW_KIND, MetadataCache, Snapshot
from datacloud_sqlalchemy.types import reflected_type

if TYPE_CHECKING:
    from datacloud_dbapi.services.metadata import Field, Relationship, Table

# Where an inspector keeps the snapshot it began with.
_PINNED = ("datacloud", "snapshot")


def driver_connection(connection: Any) -> Any:
    """The driver's connection below SQLAlchemy's, which hands it out bare to 1.4's first look at the database."""
    pooled = connection.connection
    return getattr(pooled, "dbapi_connection", pooled)


def no_such_table(name: str, schema: str | None) -> exc.NoSuchTableError:
    return exc.NoSuchTableError(name if schema is None else f"{schema}.{name}")


class MetadataInspector(Inspector):
    """`sqlalchemy.inspect(engine)`: also tells what the API knows of an object beyond its columns and keys."""

    def get_table_info(self, table_name: str, schema: str | None = None) -> dict[str, Any]:
        """What a reflected table has in `info`: `kind`, and where the API tells them `category`, `reference_model`,
        `partition_by` and the times of an insight's last runs; of an insight also `relationships`, a list of dicts.
        Raises NoSuchTableError.
        """
        dialect: Any = self.dialect
        with self._operation_context() as connection:
            info: dict[str, Any] = dialect.get_table_info(connection, table_name, schema, info_cache=self.info_cache)
            return info

    def reflect_table(self, table: Any, *args: Any, **kw: Any) -> None:
        super().reflect_table(table, *args, **kw)
        table.info.update(self.get_table_info(table.name, table.schema))


class MetadataReflection:
    """The reflection methods of the dialect; `self` is the dialect.

    A `schema` is a data space. The token of a connection names one, and neither the Metadata API nor SQL reaches any
    other: None, its name and `public`, where Hyper keeps its objects, mean the same. Another name has no tables here,
    and asking what it holds raises NoSuchTableError, which says where to look.
    """

    inspector = MetadataInspector
    dataspace: str
    metadata_cache: MetadataCache
    # Whether a column of a business type gets a type of its own.
    business_types = False

    def _snapshot(self, connection: Any, info_cache: MutableMapping[Any, Any] | None = None, **kw: Any) -> Snapshot:
        """The engine's snapshot. An inspector keeps the first it gets, so that all it says fits together.

        Raises SQLAlchemy's twin of the driver's error, as a statement would.
        """
        kept: Snapshot | None = None if info_cache is None else info_cache.get(_PINNED)
        if kept is None:
            try:
                kept = self.metadata_cache.snapshot(driver_connection(connection).metadata.tables)
            except Error as error:
                dialect: Any = self
                raise exc.DBAPIError.instance(None, None, error, Error, dialect=dialect) from error
            if info_cache is not None:
                info_cache[_PINNED] = kept
        return kept

    def _is_here(self, schema: str | None) -> bool:
        return schema in (None, self.dataspace, "public")

    def _in_schema(self, connection: Any, schema: str | None, **kw: Any) -> Snapshot:
        if not self._is_here(schema):
            raise exc.NoSuchTableError(f"{schema}.*: {self._elsewhere(schema)}")
        return self._snapshot(connection, **kw)

    def _elsewhere(self, schema: str | None) -> str:
        return f"this connection sees the data space {self.dataspace!r} only; make an engine whose URL names {schema!r}"

    def _table(self, connection: Any, name: str, schema: str | None, **kw: Any) -> Table:
        if not self._is_here(schema):
            raise exc.NoSuchTableError(f"{schema}.{name}: {self._elsewhere(schema)}")
        table = self._snapshot(connection, **kw).find(name)
        if table is None:
            raise no_such_table(name, schema)
        return table

    # --- what there is ---

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        return self._is_here(schema) and self._snapshot(connection, **kw).find(table_name) is not None

    def has_schema(self, connection: Any, schema_name: str, **kw: Any) -> bool:
        return self._is_here(schema_name)

    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        # choice: the one whose tables can be queried here, not all that the user might open a connection to.
        return [self.dataspace]

    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Data model objects and data lake objects."""
        return self._in_schema(connection, schema, **kw).names(views=False)

    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Calculated insights: what a query computes, as a view's is."""
        return self._in_schema(connection, schema, **kw).names(views=True)

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

    # --- what is known of a table ---

    def _columns(self, snapshot: Snapshot, table: Table, schema: str | None) -> list[Any]:
        # choice: every column is nullable, as the API does not say.
        return [
            {
                "name": field.name,
                "type": reflected_type(field.type, field.business_type if self.business_types else None),
                "nullable": True,
                "default": None,
                "autoincrement": False,
                "comment": field.label,
                "info": _column_info(field),
            }
            for field in table.fields
        ]

    def _primary_key(self, snapshot: Snapshot, table: Table, schema: str | None) -> dict[str, Any]:
        return {"constrained_columns": [key.name for key in table.primary_key], "name": None}

    def _foreign_keys(self, snapshot: Snapshot, table: Table, schema: str | None) -> list[Any]:
        return [
            {
                "name": None,
                "constrained_columns": [link.from_column],
                "referred_schema": schema,
                "referred_table": link.to_table,
                "referred_columns": [link.to_column],
                "options": {"info": {"enforced": False} | _told(cardinality=link.cardinality)},
            }
            for link in snapshot.links_from(table)
        ]

    def _indexes(self, snapshot: Snapshot, table: Table, schema: str | None) -> list[Any]:
        # The API's indexes have no names.
        return [{"name": None, "column_names": list(index.columns), "unique": False} for index in table.indexes]

    def _comment(self, snapshot: Snapshot, table: Table, schema: str | None) -> dict[str, Any]:
        return {"text": table.label}

    def _no_constraints(self, snapshot: Snapshot, table: Table, schema: str | None) -> list[Any]:
        return []

    def _no_options(self, snapshot: Snapshot, table: Table, schema: str | None) -> dict[str, Any]:
        return {}

    # --- one table ---

    def _of_one(self, tell: _Tell, connection: Any, name: str, schema: str | None, **kw: Any) -> Any:
        table = self._table(connection, name, schema, **kw)
        return tell(self._snapshot(connection, **kw), table, schema)

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """The fields in the API's order; of an insight its dimensions, then its measures."""
        return self._of_one(self._columns, connection, table_name, schema, **kw)

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_one(self._primary_key, connection, table_name, schema, **kw)

    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """The relationships that leave the table towards one row of another; nothing enforces them."""
        return self._of_one(self._foreign_keys, connection, table_name, schema, **kw)

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_one(self._indexes, connection, table_name, schema, **kw)

    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_one(self._comment, connection, table_name, schema, **kw)

    def get_unique_constraints(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_one(self._no_constraints, connection, table_name, schema, **kw)

    def get_check_constraints(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_one(self._no_constraints, connection, table_name, schema, **kw)

    def get_table_options(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_one(self._no_options, connection, table_name, schema, **kw)

    def get_view_definition(self, connection: Any, view_name: str, schema: str | None = None, **kw: Any) -> str:
        """Raises NotImplementedError: the Metadata API keeps an insight's SQL to itself."""
        self._table(connection, view_name, schema, **kw)
        raise NotImplementedError("the Metadata API does not tell the SQL of a calculated insight")

    def get_table_info(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> dict[str, Any]:
        """For `MetadataInspector.get_table_info`."""
        table = self._table(connection, table_name, schema, **kw)
        info = _told(
            kind=table.kind,
            category=table.category,
            reference_model=table.reference_model,
            partition_by=table.partition_by,
            latest_process_time=table.latest_process_time,
            latest_successful_process_time=table.latest_successful_process_time,
        )
        if table.kind == VIEW_KIND:
            snapshot = self._snapshot(connection, **kw)
            info["relationships"] = [_link_info(snapshot, link) for link in dict.fromkeys(table.relationships)]
        return info

    # --- many tables, as SQLAlchemy 2 asks ---

    def _of_many(
        self,
        tell: _Tell,
        connection: Any,
        *,
        schema: str | None,
        filter_names: Collection[str] | None,
        kind: Any,
        scope: Any,
        **kw: Any,
    ) -> Iterator[tuple[tuple[str | None, str], Any]]:
        """The answer for each table asked for, under the name it was asked by; a name that is not there is left out."""
        snapshot = self._in_schema(connection, schema, **kw)
        if reflection.ObjectScope.DEFAULT not in scope:
            return
        named: Iterable[tuple[str, Table | None]] = (
            ((name, snapshot.find(name)) for name in filter_names)
            if filter_names
            else ((table.name, table) for table in snapshot.tables())
        )
        for name, table in named:
            if table is not None and _kind(table) in kind:
                yield (schema, name), tell(snapshot, table, schema)

    def get_multi_columns(self, connection: Any, **kw: Any) -> Any:
        return self._of_many(self._columns, connection, **kw)

    def get_multi_pk_constraint(self, connection: Any, **kw: Any) -> Any:
        return self._of_many(self._primary_key, connection, **kw)

    def get_multi_foreign_keys(self, connection: Any, **kw: Any) -> Any:
        return self._of_many(self._foreign_keys, connection, **kw)

    def get_multi_indexes(self, connection: Any, **kw: Any) -> Any:
        return self._of_many(self._indexes, connection, **kw)

    def get_multi_table_comment(self, connection: Any, **kw: Any) -> Any:
        return self._of_many(self._comment, connection, **kw)

    def get_multi_unique_constraints(self, connection: Any, **kw: Any) -> Any:
        return self._of_many(self._no_constraints, connection, **kw)

    def get_multi_check_constraints(self, connection: Any, **kw: Any) -> Any:
        return self._of_many(self._no_constraints, connection, **kw)

    def get_multi_table_options(self, connection: Any, **kw: Any) -> Any:
        return self._of_many(self._no_options, connection, **kw)


_Tell = Callable[[Snapshot, "Table", "str | None"], Any]


def _kind(table: Table) -> Any:
    return reflection.ObjectKind.VIEW if table.kind == VIEW_KIND else reflection.ObjectKind.TABLE


def _column_info(field: Field) -> dict[str, Any]:
    """`key_qualifier`, `business_type`: what the API says of a column, where it does.

    A column of an insight always has `role`, `rollupable` (None where it is not told) and `display_name`.
    """
    # An org has hundreds of thousands of columns: hence no call for each fact.
    info: dict[str, Any] = {}
    if field.key_qualifier is not None:
        info["key_qualifier"] = field.key_qualifier
    if field.business_type is not None:
        info["business_type"] = field.business_type
    if field.role != "field":
        info["role"] = field.role
        info["rollupable"] = field.rollupable
        info["display_name"] = field.label
    return info


def _link_info(snapshot: Snapshot, link: Relationship) -> dict[str, Any]:
    """A relationship that is no key: an insight's has no columns. Names are spelled as the objects' own."""

    def spelled(name: str) -> str:
        table = snapshot.find(name)
        return name if table is None else table.name

    return _told(
        from_table=spelled(link.from_table),
        to_table=spelled(link.to_table),
        from_column=link.from_column,
        to_column=link.to_column,
        cardinality=link.cardinality,
    )


def _told(**facts: Any) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}
