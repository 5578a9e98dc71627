"""What of a statement goes to the service, and what is left to SQLite, without running it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datacloud_dbapi.engagement.sql.plan import load


def explain(connection: Any, sql: str, parameters: Sequence[Any] = ()) -> list[str]:
    """The steps of a statement as lines of text, without any value. Asks for no row.

    `connection` is Shillelagh's, or SQLAlchemy's over it. A line that begins with `GET` is a query to the service: its
    fields, the conditions and the order that go with it, and what is checked after it. Other lines are SQLite's own.
    """
    statement = f"EXPLAIN QUERY PLAN {sql}"
    if hasattr(connection, "exec_driver_sql"):
        found = connection.exec_driver_sql(statement, tuple(parameters)).fetchall()
    else:
        found = connection.execute(statement, tuple(parameters)).fetchall()
    return [_line(str(row[-1])) for row in found]


def _line(detail: str) -> str:
    step, brace, plan = detail.partition("{")
    if " VIRTUAL TABLE INDEX " not in step or not brace:
        return f"SQLite: {detail}"
    # SQLite may remark something after the plan, as that this is the outer side of a join.
    text, _, remark = f"{{{plan}".rpartition("}")
    return f"{load(text + '}').shown()}{remark}"
