"""Reflection by SQL, where no Metadata API tells what is there: Hyper's own `pg_catalog`.

It knows what that API does not (schemas, widths, collations, NOT NULL, defaults, unique keys) and changes with each
CREATE and DROP, so nothing is kept but by an inspector, as SQLAlchemy's own do: each question is one statement, for one
table or for all of a schema. A writable emulator and a bare hyperd are reflected so. Keys take no names in Hyper; those
its catalog shows are its own, and no statement takes them, so here a key has none.
Source: wire spec, hyper §4.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from itertools import groupby
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import types as sqltypes
from sqlalchemy.engine import reflection

from datacloud_sqlalchemy.identifiers import HyperIdentifierPreparer
from datacloud_sqlalchemy.reflection import driver_connection, no_such_table

# Of the engine's own schemas, `public` alone is for users.
_SCHEMAS = """
SELECT nspname AS "name" FROM pg_catalog.pg_namespace
WHERE nspname NOT IN ('pg_catalog', 'pg_temp', 'tableau', 'information_schema') ORDER BY nspname
"""

_TABLES = """
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
"""

_WHERE = """
WHERE n.nspname = :schema AND c.relkind = 'r'
"""

_NAMES = f'SELECT c.relname AS "table" {_TABLES} {_WHERE}'

# A table without columns has one row, without a name in it.
_COLUMNS = f"""
SELECT c.relname AS "table", a.attname AS "name", format_type(a.atttypid, a.atttypmod) AS "type",
    a.attnotnull AS "not_null", pg_get_expr(d.adbin, d.adrelid) AS "default", l.collname AS "collation"
{_TABLES}
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation AND l.collname <> 'default'
{_WHERE}
"""

# A table without such keys has one row, without a column in it.
_KEYS = f"""
SELECT c.relname AS "table", k.oid AS "key", a.attname AS "column",
    g.nspname AS "referred_schema", f.relname AS "referred_table", b.attname AS "referred_column"
{_TABLES}
    LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = :kind
    LEFT JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(here, there, place) ON TRUE
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.here
    LEFT JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.there
    LEFT JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid
    LEFT JOIN pg_catalog.pg_namespace AS g ON g.oid = f.relnamespace
{_WHERE}
"""

_Method = TypeVar("_Method", bound=Callable[..., Any])

# choice: beyond this many names a whole schema is asked for, and chosen from here.
_MOST_NAMES = 500


def _kept_by_the_inspector(method: _Method) -> _Method:
    """`reflection.cache`, which on SQLAlchemy 1.4 stumbles over annotations."""
    annotations, method.__annotations__ = method.__annotations__, {}
    kept = reflection.cache(method)
    kept.__annotations__ = annotations
    return kept


class CatalogIdentifierPreparer(HyperIdentifierPreparer):
    """Here a schema is Hyper's own; the data space may still be named as one, and is `public`."""

    def schema_for_object(self, obj: Any) -> str | None:  # type: ignore[override]  # 2.x declares a plain callable
        schema: str | None = obj.schema
        return None if schema == self.dialect.dataspace else schema


class CatalogReflection:
    """The reflection methods of a dialect, in place of the Metadata API's; `self` is the dialect."""

    dataspace: str
    preparer: Any = CatalogIdentifierPreparer

    def _get_default_schema_name(self, connection: Any) -> str:
        self.dataspace = driver_connection(connection).dataspace
        return "public"

    # --- names ---

    def _schema(self, schema: str | None) -> str:
        """Hyper's own name of a schema: the data space, which may be left out, is `public`."""
        return "public" if schema is None or schema == self.dataspace else schema

    def _rows(self, connection: Any, sql: str, **values: Any) -> list[Any]:
        statement = sa.text(sql)
        if "names" in values:
            statement = statement.bindparams(sa.bindparam("names", expanding=True))
        return connection.execute(statement, values).all()  # type: ignore[no-any-return]  # untyped in 1.4

    def _rows_by_table(
        self, connection: Any, sql: str, order: str, schema: str | None, names: Collection[str] | None, **values: str
    ) -> dict[str, list[Any]]:
        """The rows of each table there is in the schema, of those that are named or of all."""
        values["schema"] = self._schema(schema)
        if names is None or len(names) > _MOST_NAMES:
            rows = self._rows(connection, f"{sql} ORDER BY {order}", **values)
        elif names:
            rows = self._rows(connection, f"{sql} AND c.relname IN :names ORDER BY {order}", **values, names=[*names])
        else:
            rows = []
        found = {name: list(group) for name, group in groupby(rows, lambda row: str(row.table))}
        return found if names is None else {name: found[name] for name in found if name in set(names)}

    @_kept_by_the_inspector
    def has_schema(self, connection: Any, schema_name: str, **kw: Any) -> bool:
        return schema_name == self.dataspace or schema_name in self.get_schema_names(connection, **kw)

    @_kept_by_the_inspector
    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        return [row.name for row in self._rows(connection, _SCHEMAS)]

    @_kept_by_the_inspector
    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return list(self._rows_by_table(connection, _NAMES, "1", schema, None))

    @_kept_by_the_inspector
    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        return bool(self._rows_by_table(connection, _NAMES, "1", schema, [table_name]))

    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """None: Hyper keeps no views."""
        return []

    def get_view_definition(self, connection: Any, view_name: str, schema: str | None = None, **kw: Any) -> str:
        raise no_such_table(view_name, schema)

    # --- what each table has: by table, of those named or of all ---

    def _columns_by_table(
        self, connection: Any, schema: str | None, names: Collection[str] | None
    ) -> dict[str, list[Any]]:
        tables = self._rows_by_table(connection, _COLUMNS, "c.relname, a.attnum", schema, names)
        return {
            table: [
                {
                    "name": row.name,
                    "type": stored_type(row.type, row.collation),
                    "nullable": not row.not_null,
                    "default": row.default and _OWN_FUNCTION.sub(r"\1", row.default),
                }
                for row in rows
                if row.name is not None
            ]
            for table, rows in tables.items()
        }

    def _keys_by_table(
        self, connection: Any, schema: str | None, names: Collection[str] | None, kind: str
    ) -> dict[str, list[list[Any]]]:
        """The keys of that kind (`p`, `f` or `u`), each as one row for each of its columns."""
        tables = self._rows_by_table(
            connection, _KEYS, "c.relname, k.conname, k.oid, u.place", schema, names, kind=kind
        )
        return {
            table: [list(key) for _, key in groupby((row for row in rows if row.column), lambda row: row.key)]
            for table, rows in tables.items()
        }

    def _primary_keys_by_table(
        self, connection: Any, schema: str | None, names: Collection[str] | None
    ) -> dict[str, Any]:
        tables = self._keys_by_table(connection, schema, names, "p")
        return {
            table: {"constrained_columns": [row.column for key in keys for row in key], "name": None}
            for table, keys in tables.items()
        }

    def _foreign_keys_by_table(
        self, connection: Any, schema: str | None, names: Collection[str] | None
    ) -> dict[str, Any]:
        tables = self._keys_by_table(connection, schema, names, "f")
        # As SQLAlchemy has it: the schema of the question, unless the referred table is in another one.
        here = self._schema(schema)
        return {
            table: [
                {
                    "name": None,
                    "constrained_columns": [row.column for row in key],
                    "referred_schema": schema if key[0].referred_schema == here else key[0].referred_schema,
                    "referred_table": key[0].referred_table,
                    "referred_columns": [row.referred_column for row in key],
                    "options": {},
                }
                for key in keys
            ]
            for table, keys in tables.items()
        }

    def _unique_keys_by_table(
        self, connection: Any, schema: str | None, names: Collection[str] | None
    ) -> dict[str, Any]:
        tables = self._keys_by_table(connection, schema, names, "u")
        return {
            table: [{"name": None, "column_names": [row.column for row in key]} for key in keys]
            for table, keys in tables.items()
        }

    def _nothing_by_table(self, nothing: Callable[[], Any]) -> Callable[..., dict[str, Any]]:
        """What no table has, for each table there is."""

        def ask(connection: Any, schema: str | None, names: Collection[str] | None) -> dict[str, Any]:
            return {table: nothing() for table in self._rows_by_table(connection, _NAMES, "1", schema, names)}

        return ask

    # --- one table ---

    def _of_named(self, ask: Callable[..., dict[str, Any]], connection: Any, name: str, schema: str | None) -> Any:
        """Raises NoSuchTableError."""
        found = ask(connection, schema, [name])
        if name not in found:
            raise no_such_table(name, schema)
        return found[name]

    @_kept_by_the_inspector
    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_named(self._columns_by_table, connection, table_name, schema)

    @_kept_by_the_inspector
    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_named(self._primary_keys_by_table, connection, table_name, schema)

    @_kept_by_the_inspector
    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_named(self._foreign_keys_by_table, connection, table_name, schema)

    @_kept_by_the_inspector
    def get_unique_constraints(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_named(self._unique_keys_by_table, connection, table_name, schema)

    @_kept_by_the_inspector
    def get_check_constraints(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_named(self._nothing_by_table(list), connection, table_name, schema)

    @_kept_by_the_inspector
    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_named(self._nothing_by_table(list), connection, table_name, schema)

    @_kept_by_the_inspector
    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_named(self._nothing_by_table(lambda: {"text": None}), connection, table_name, schema)

    @_kept_by_the_inspector
    def get_table_options(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return self._of_named(self._nothing_by_table(dict), connection, table_name, schema)

    def get_table_info(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> dict[str, Any]:
        """Nothing: what the Metadata API knows beyond columns and keys is not here."""
        return {}

    # --- all tables of a schema, for SQLAlchemy 2 ---

    def _of_all(
        self, ask: Callable[..., dict[str, Any]], connection: Any, asked: dict[str, Any]
    ) -> Iterable[tuple[tuple[str | None, str], Any]]:
        if reflection.ObjectKind.TABLE not in asked["kind"] or reflection.ObjectScope.DEFAULT not in asked["scope"]:
            return []
        schema = asked.get("schema")
        return [((schema, name), found) for name, found in ask(connection, schema, asked.get("filter_names")).items()]

    def get_multi_columns(self, connection: Any, **kw: Any) -> Any:
        return self._of_all(self._columns_by_table, connection, kw)

    def get_multi_pk_constraint(self, connection: Any, **kw: Any) -> Any:
        return self._of_all(self._primary_keys_by_table, connection, kw)

    def get_multi_foreign_keys(self, connection: Any, **kw: Any) -> Any:
        return self._of_all(self._foreign_keys_by_table, connection, kw)

    def get_multi_unique_constraints(self, connection: Any, **kw: Any) -> Any:
        return self._of_all(self._unique_keys_by_table, connection, kw)

    def get_multi_check_constraints(self, connection: Any, **kw: Any) -> Any:
        return self._of_all(self._nothing_by_table(list), connection, kw)

    def get_multi_indexes(self, connection: Any, **kw: Any) -> Any:
        return self._of_all(self._nothing_by_table(list), connection, kw)

    def get_multi_table_comment(self, connection: Any, **kw: Any) -> Any:
        return self._of_all(self._nothing_by_table(lambda: {"text": None}), connection, kw)

    def get_multi_table_options(self, connection: Any, **kw: Any) -> Any:
        return self._of_all(self._nothing_by_table(dict), connection, kw)


# `"default"."pg_catalog"."now"()`: how the engine keeps a call of a function of its own.
_OWN_FUNCTION = re.compile(r'"[^"]*"\."pg_catalog"\."(\w+)"(?=\()')


def stored_type(text: str, collation: str | None = None) -> sqltypes.TypeEngine[Any]:
    """The SQLAlchemy type of what `format_type` says; one that is not in the table is the null type.

    `collation` is for text, and None when it is the default one.
    """
    array = re.fullmatch(r"array\((.*)\)", text)
    if array:
        return sqltypes.ARRAY(stored_type(array[1]))
    name, *sizes = re.findall(r"[a-z ]+|\d+", text)
    make = _STORED.get(name)
    return make(*map(int, sizes), **({"collation": collation} if collation else {})) if make else sqltypes.NullType()


_STORED: dict[str, Callable[..., sqltypes.TypeEngine[Any]]] = {
    "bigint": sqltypes.BIGINT,
    "boolean": sqltypes.BOOLEAN,
    "bytea": sqltypes.LargeBinary,
    "character": sqltypes.CHAR,
    "character varying": sqltypes.VARCHAR,
    "date": sqltypes.DATE,
    "double precision": lambda: sqltypes.FLOAT(53),
    "integer": sqltypes.INTEGER,
    "interval": sqltypes.Interval,
    "json": sqltypes.JSON,
    "numeric": sqltypes.NUMERIC,
    "real": sqltypes.REAL,
    "smallint": sqltypes.SMALLINT,
    "text": sqltypes.TEXT,
    "time": sqltypes.TIME,
    "timestamp": sqltypes.TIMESTAMP,
    "timestamptz": lambda: sqltypes.TIMESTAMP(timezone=True),
}
