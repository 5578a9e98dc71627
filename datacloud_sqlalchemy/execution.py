"""How a statement is run: what its execution options say to the driver, and why one that writes is refused.

| execution option | for the driver |
|---|---|
| `datacloud_settings={"time_zone": "Europe/Berlin"}` | query settings, where the transport takes them |
| `workload="nightly report"` | the name shown in the service's own monitoring, where the transport has a place for it |

As with SQLAlchemy's own, what `execute(…, execution_options=…)` says beats the connection, that and its engine beat the
statement; settings stand over those of `create_engine` name by name.
Source: public surface, §1; wire spec, query §9-10; hyper §1.6, §2.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import default

from datacloud_dbapi.errors import DatabaseError

EXECUTION_OPTIONS = {"datacloud_settings": "settings", "workload": "workload"}

# Not allowed, a read-only connection, not supported.
_REFUSED = frozenset({"42501", "25006", "0A000"})

READ_ONLY = "Data Cloud is read by SQL, not written: its data comes by data streams and the Ingestion API"


class HyperExecution(default.DefaultExecutionContext):
    """One statement being run."""

    def post_exec(self) -> None:
        """A table is there: add the keys to itself that CREATE TABLE had to leave out."""
        for statement in getattr(self.compiled, "keys_to_itself", ()):
            self.root_connection._cursor_execute(self.cursor, statement, {}, self)


class StatementExecution:
    """The part of the dialect that hands statements to the driver's cursor."""

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        with _explained(context):
            cursor.execute(statement, parameters, **_keywords(context))

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        with _explained(context):
            cursor.executemany(statement, parameters, **_keywords(context))

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        with _explained(context):
            cursor.execute(statement, **_keywords(context))


def _keywords(context: Any) -> dict[str, Any]:
    given = {} if context is None else context.execution_options
    return {keyword: given[name] for name, keyword in EXECUTION_OPTIONS.items() if given.get(name) is not None}


@contextmanager
def _explained(context: Any) -> Iterator[None]:
    """Say of a refused INSERT, UPDATE, DELETE or DDL how data gets into Data Cloud; the service's words stay."""
    try:
        yield
    except DatabaseError as error:
        writes = context is not None and (context.isddl or context.isinsert or context.isupdate or context.isdelete)
        if writes and error.sqlstate in _REFUSED:
            error.hint = READ_ONLY
        raise
