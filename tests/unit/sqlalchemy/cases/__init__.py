"""What SQLAlchemy Core can say and Hyper has, case by case: the expression, its SQL, its rows on the table below.

The SQL follows the engine's grammar (wire spec, hyper §4.1-4.2), the rows follow from the data by arithmetic. The unit
tests compile the cases, the contract tests run them, and `docs/sqlalchemy/sql.md` is made from them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa


class Case(NamedTuple):
    """A statement, its SQL with values written out and blanks made single, and its rows in order."""

    statement: Any
    sql: str
    rows: list[tuple[Any, ...]]


# What some cases need to be written at all.
SQLALCHEMY_2 = sa.__version__ >= "2"
SQLALCHEMY_2_1 = sa.__version__ >= "2.1"
UTC = dt.timezone.utc
SALES = sa.Table(
    "sales__dlm",
    sa.MetaData(),
    sa.Column("id", sa.Integer),
    sa.Column("region", sa.String),
    sa.Column("amount", sa.Numeric(18, 2)),
    sa.Column("day", sa.Date),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("tags", sa.ARRAY(sa.String)),
    sa.Column("note", sa.String),
)
ROWS: list[tuple[Any, ...]] = [
    (
        *(1, "north", Decimal("10.00"), dt.date(2026, 1, 5), dt.datetime(2026, 1, 5, 8, 30, tzinfo=UTC)),
        *(["a", "b"], '{"a": {"b": [7, "x"]}, "n": 1.5, "ok": true}'),
    ),
    (
        *(2, "north", Decimal("20.50"), dt.date(2026, 1, 6), dt.datetime(2026, 1, 6, 23, 0, tzinfo=UTC)),
        *(["b"], '{"a": {"b": []}}'),
    ),
    (3, "south", None, dt.date(2026, 2, 1), None, [], None),
    (4, None, Decimal("5.25"), dt.date(2026, 2, 28), None, None, "50%"),
]
