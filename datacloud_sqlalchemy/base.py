"""The dialect: how SQLAlchemy talks to the driver.

Assumes a stateless service: no transactions, no session settings, nothing to set up on connect. Connecting and
reflecting run no SQL. Works on SQLAlchemy 1.4.40 to 2.1, whose differences are noted where they show.
Source: wire spec, hyper §4.4; public surface, §3.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, default

from datacloud_dbapi.errors import Error, InterfaceError
from datacloud_sqlalchemy.compiler import HyperCompiler
from datacloud_sqlalchemy.ddl import HyperDDLCompiler
from datacloud_sqlalchemy.execution import HyperExecution, StatementExecution
from datacloud_sqlalchemy.identifiers import HyperIdentifierPreparer
from datacloud_sqlalchemy.reflection import MetadataReflection, driver_connection
from datacloud_sqlalchemy.snapshot import MetadataCache
from datacloud_sqlalchemy.types import HyperTypeCompiler, check_business_types, colspecs
from datacloud_sqlalchemy.urls import driver_dsn, mask_url, single_values


class DataCloudDialect(MetadataReflection, StatementExecution, default.DefaultDialect):
    """`datacloud://CLIENT_ID:CLIENT_SECRET@HOST/DATASPACE`.

    `create_engine(url, metadata_ttl=300.0)`: seconds a reflected catalogue is kept; `engine.dialect.metadata_cache
    .clear()` forgets it at once. `json_serializer` and `json_deserializer` as for PostgreSQL. `business_types=True`
    reflects what the org calls an EMAIL, a PHONE or a URL as the types of `sqlalchemy_utils`.
    """

    name = "datacloud"
    driver = "rest"

    statement_compiler = HyperCompiler
    ddl_compiler = HyperDDLCompiler
    execution_ctx_cls: type[default.DefaultExecutionContext] = HyperExecution
    preparer = HyperIdentifierPreparer
    type_compiler_cls = HyperTypeCompiler
    # SQLAlchemy 1.4's name for the line above.
    type_compiler = HyperTypeCompiler
    colspecs = colspecs
    metadata_cache_cls: type[MetadataCache] = MetadataCache

    # Compiled text depends on the statement and on nothing that changes while the engine lives.
    supports_statement_cache = True
    # The driver takes `:name` with a mapping; a name used twice stays one parameter, which GROUP BY needs.
    default_paramstyle = "named"
    # choice: the service states no limit and the engine's is near a million.
    max_identifier_length = 255

    # The driver gives and takes bool, Decimal and bytes as they are.
    supports_native_boolean = True
    supports_native_decimal = True
    returns_native_bytes = True
    # Hyper has no enum type: an Enum is text, checked by SQLAlchemy.
    supports_native_enum = False
    # `VALUES` with many rows is plain Hyper SQL; it matters to a writable emulator only.
    supports_multivalues_insert = True
    supports_default_values = True
    supports_empty_insert = False
    # What changed comes back by RETURNING, which a writable emulator runs.
    insert_returning = update_returning = delete_returning = True
    # SQLAlchemy 1.4's name for that.
    implicit_returning = True
    # Queries only read: no generated keys, no counts of changed rows.
    supports_sane_rowcount = False
    supports_sane_multi_rowcount = False
    postfetch_lastrowid = False
    # A writable emulator runs one INSERT with many rows, and RETURNING what came of each.
    use_insertmanyvalues = True
    # Hyper has neither, and refuses ALTER on what Data Cloud owns.
    supports_sequences = False
    supports_alter = False
    # Read by PostgreSQL's compiler: in Hyper a backslash in '…' is plain, and there is no jsonb.
    _backslash_escapes = False
    _supports_jsonb_subscripting = False

    def __init__(
        self,
        metadata_ttl: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
        isolation_level: Any = None,
        json_serializer: Callable[[Any], str] | None = None,
        json_deserializer: Callable[[str], Any] | None = None,
        business_types: bool = False,
        **kwargs: Any,
    ) -> None:
        if isolation_level is not None and sqlalchemy.__version__.startswith("1."):
            # 2.x refuses another level when it connects; 1.4 would take any and never look at it again.
            self.set_isolation_level(None, isolation_level)
        super().__init__(isolation_level=isolation_level, **kwargs)
        self.dataspace = "default"
        self.metadata_cache = self.metadata_cache_cls(metadata_ttl, clock)
        self._json_serializer = json_serializer
        self._json_deserializer = json_deserializer
        if business_types:
            check_business_types()
        self.business_types = business_types
        if "alembic" in sys.modules:
            importlib.import_module("datacloud_sqlalchemy.migrations")

    @classmethod
    def import_dbapi(cls) -> Any:
        import datacloud_dbapi

        return datacloud_dbapi

    if sqlalchemy.__version__.startswith("1."):
        # 1.4's name of import_dbapi; 2.x keeps the module itself under this name.
        @classmethod
        def dbapi(cls) -> Any:  # type: ignore[override]  # 2.x, which mypy reads, declares a module
            return cls.import_dbapi()

        # It reads one row of what an UPDATE returns, and how many there are is known with the last.
        supports_sane_rowcount_returning = False

    @classmethod
    def get_dialect_cls(cls, url: URL) -> Any:
        """A bare hyperd, which the URL has to name, is reflected in another way."""
        if "hyper_address" not in url.query:
            return cls
        from datacloud_sqlalchemy.bare import BareHyperAsyncDialect, BareHyperDialect, is_bare

        if not is_bare(url):
            return cls
        return BareHyperAsyncDialect if cls.is_async else BareHyperDialect

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> Any:
        """`create_async_engine` takes `datacloud://` as it is, from SQLAlchemy 2 on."""
        from datacloud_sqlalchemy.aio import DataCloudAsyncDialect

        return DataCloudAsyncDialect.get_dialect_cls(url)

    @classmethod
    def engine_created(cls, engine: Any) -> None:
        mask_url(engine)
        event.listen(engine, "engine_disposed", lambda disposed: disposed.dialect.engine_disposed())

    def engine_disposed(self) -> None:
        """`engine.dispose()` starts afresh: the kept catalogue goes too."""
        self.metadata_cache.clear()

    # --- connections ---

    def create_connect_args(self, url: URL) -> Any:
        """The driver's URL; `connect_args` of `create_engine` are keywords, which beat it.

        Raises ArgumentError for a parameter given twice.
        """
        return [driver_dsn(url, single_values(url))], {}

    def _get_default_schema_name(self, connection: Any) -> str:
        self.dataspace = driver_connection(connection).dataspace
        return self.dataspace

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Whether the connection can be used: makes sure of the login, runs no SQL."""
        try:
            dbapi_connection.ping()
        except Error as error:
            if self.is_disconnect(error, dbapi_connection, None):
                return False
            raise
        return True

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Whether the connection is of no more use: closed, or inherited by a forked process.

        A lost answer or an expired token is not the end of one: the next request finds its own way.
        """
        if not isinstance(e, InterfaceError) or connection is None:
            return False
        try:
            connection.check_usable()
        except InterfaceError:
            return True
        return False

    # --- transactions: there are none ---

    def do_begin(self, dbapi_connection: Any) -> None:
        pass

    def do_commit(self, dbapi_connection: Any) -> None:
        pass

    def do_rollback(self, dbapi_connection: Any) -> None:
        pass

    def get_isolation_level_values(self, dbapi_conn: Any) -> list[Any]:
        return ["AUTOCOMMIT"]

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        return "AUTOCOMMIT"

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        if level != "AUTOCOMMIT":
            raise exc.ArgumentError(f"isolation level {level!r}: a stateless service has AUTOCOMMIT only")
