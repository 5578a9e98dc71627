"""Whatever the conditions, order and limit of a statement: its rows are those that SQLite finds in the same table.

Source: wire spec, account-engagement §21.
"""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("shillelagh", reason="the extra engagement-sql is not installed")

from tests.contract.engagement.test_sql import Desk, desk, truth  # noqa: F401 - fixtures

NUMBERS = st.sampled_from(["1", "40", "40.5", "-0.5", "'90'", "200", "1000", "NULL"])
MOMENTS = st.sampled_from(
    [
        # The moment of a record, and what is around it; all in UTC, as SQLite compares them as texts.
        *("'2024-04-14T00:13:56+00:00'", "'2024-04-14T00:13:55.500000+00:00'", "'2024-04-14T00:13:56.500000+00:00'"),
        *("'2025-06-01T00:00:00+00:00'", "'2026-12-31T00:00:00+00:00'", "NULL"),
    ]
)
TEXTS = st.sampled_from(
    ["'prospect5@example.test'", "'PROSPECT5@EXAMPLE.TEST'", "'prospect5@example.test' COLLATE NOCASE", "''", "NULL"]
)
TRUTHS = st.sampled_from(["true", "0", "2", "NULL"])
VALUES = {
    **dict.fromkeys(("id", "score", "campaignId", "userId"), NUMBERS),
    **dict.fromkeys(("createdAt", "updatedAt", "lastActivityAt"), MOMENTS),
    **dict.fromkeys(("email", "firstName"), TEXTS),
    "optedOut": TRUTHS,
}
COLUMNS = st.sampled_from(list(VALUES))


@st.composite
def conditions(draw: st.DrawFn) -> str:
    column = draw(COLUMNS)
    values = VALUES[column]
    op = draw(
        st.sampled_from(["=", "<", "<=", ">", ">=", "<>", "IS", "IS NOT NULL", "IS NULL", "IN", "NOT IN", "BETWEEN"])
    )
    if op in ("IN", "NOT IN"):
        return f"{column} {op} ({', '.join(value.partition(' ')[0] for value in draw(st.lists(values, max_size=12)))})"
    if op == "BETWEEN":
        return f"{column} BETWEEN {draw(values)} AND {draw(values)}"
    return f"{column} {op}" if op.endswith("NULL") else f"{column} {op} {draw(values)}"


@st.composite
def statements(draw: st.DrawFn) -> str:
    found = draw(st.lists(conditions(), max_size=5))
    joints = draw(st.lists(st.sampled_from([" AND ", " AND ", " OR "]), min_size=4, max_size=4))
    where = "".join(f"{joint}{one}" for joint, one in zip(["", *joints], found, strict=False))
    order = draw(st.sampled_from(["id", "id DESC", "score, id DESC", "updatedAt DESC, id", "lastActivityAt, id"]))
    part = draw(st.sampled_from(["", " LIMIT 5", " LIMIT 3 OFFSET 4", " LIMIT 0"]))
    return f'SELECT id FROM "engagement://prospects" {"WHERE " if where else ""}{where} ORDER BY {order}{part}'


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statement=statements())
def test_conditions(desk: Desk, truth: sqlite3.Connection, statement: str) -> None:  # noqa: F811 - fixtures
    assert desk.rows(statement) == truth.execute(statement).fetchall()
