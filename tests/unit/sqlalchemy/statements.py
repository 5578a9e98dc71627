"""Selects and the SQL each must become, on every SQLAlchemy from 1.4.40.

The SQL is written by hand from the engine's grammar (wire spec, hyper §4.2, §4.4). The contract tests run the same
statements on the engine and compare their rows, so that a text that looks right but is refused is found too.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

UTC = dt.timezone.utc
METADATA = sa.MetaData()
NUMBERS = sa.Table(
    "Numbers__dlm",
    METADATA,
    sa.Column("Id__c", sa.Integer),
    sa.Column("Amount__c", sa.Numeric(38, 18)),
    sa.Column("Name__c", sa.String),
)
N = NUMBERS.c
ID, AMOUNT, NAME = '"Numbers__dlm"."Id__c"', '"Numbers__dlm"."Amount__c"', '"Numbers__dlm"."Name__c"'
FROM = 'FROM "Numbers__dlm"'

# Rows of the object above as the contract tests load it: Id__c, Amount__c, Name__c.
ROWS: list[tuple[int, Decimal | None, str | None]] = [
    (1, Decimal("1.500000000000000000"), "Ada"),
    (2, Decimal("-2.250000000000000000"), "bob"),
    (3, None, None),
]


def statement(*columns: Any, **clauses: Any) -> Any:
    """`select(...)`, for clauses named as its methods."""
    selected = sa.select(*columns)
    for method, arguments in clauses.items():
        selected = getattr(selected, method)(*(arguments if isinstance(arguments, tuple) else (arguments,)))
    return selected


OTHER = NUMBERS.alias("other")
FIRST_TWO = statement(N.Id__c, where=N.Id__c < 3).cte("first_two")

# name → statement, its SQL with values written out, and its rows in order
SELECTS: dict[str, tuple[Any, str, list[tuple[Any, ...]]]] = {
    "where": (statement(N.Name__c, where=N.Id__c == 1), f"SELECT {NAME} {FROM} WHERE {ID} = 1", [("Ada",)]),
    "order, limit, offset": (
        statement(N.Id__c, order_by=N.Id__c.desc(), limit=1, offset=1),
        f"SELECT {ID} {FROM} ORDER BY {ID} DESC LIMIT 1 OFFSET 1",
        [(2,)],
    ),
    "offset alone": (
        statement(N.Id__c, order_by=N.Id__c, offset=2),
        f"SELECT {ID} {FROM} ORDER BY {ID} LIMIT ALL OFFSET 2",
        [(3,)],
    ),
    "nulls": (
        statement(N.Id__c, order_by=N.Amount__c.desc().nulls_last()),
        f"SELECT {ID} {FROM} ORDER BY {AMOUNT} DESC NULLS LAST",
        [(1,), (2,), (3,)],
    ),
    "fetch": (
        statement(N.Id__c, order_by=N.Id__c, fetch=2),
        f"SELECT {ID} {FROM} ORDER BY {ID} FETCH FIRST (2) ROWS ONLY",
        [(1,), (2,)],
    ),
    "group by and having": (
        statement(
            N.Id__c % 2,
            sa.func.count(),
            sa.func.sum(N.Id__c).label("total"),
            group_by=N.Id__c % 2,
            having=sa.func.count() > 1,
        ),
        (
            f"SELECT {ID} % 2 AS anon_1, count(*) AS count_1, sum({ID}) AS total {FROM} GROUP BY {ID} % 2 "
            "HAVING count(*) > 1"
        ),
        [(1, 2, 4)],
    ),
    "join": (
        statement(N.Id__c, OTHER.c.Name__c, order_by=N.Id__c, select_from=NUMBERS.join(OTHER, N.Id__c > OTHER.c.Id__c)),
        f'SELECT {ID}, other."Name__c" {FROM} JOIN "Numbers__dlm" AS other ON {ID} > other."Id__c" ORDER BY {ID}',
        [(2, "Ada"), (3, "Ada"), (3, "bob")],
    ),
    "cte": (
        statement(FIRST_TWO.c.Id__c, order_by=FIRST_TWO.c.Id__c),
        (
            f'WITH first_two AS (SELECT {ID} AS "Id__c" {FROM} WHERE {ID} < 3) '
            'SELECT first_two."Id__c" FROM first_two ORDER BY first_two."Id__c"'
        ),
        [(1,), (2,)],
    ),
    "union": (
        sa.union_all(sa.select(N.Id__c), statement(N.Id__c, where=N.Id__c == 1)).order_by("Id__c"),
        f'SELECT {ID} {FROM} UNION ALL SELECT {ID} {FROM} WHERE {ID} = 1 ORDER BY "Id__c"',
        [(1,), (1,), (2,), (3,)],
    ),
    "window": (
        statement(N.Id__c, sa.func.sum(N.Id__c).over(order_by=N.Id__c, rows=(-1, 0)), order_by=N.Id__c),
        (
            f"SELECT {ID}, sum({ID}) OVER (ORDER BY {ID} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS anon_1 {FROM} "
            f"ORDER BY {ID}"
        ),
        [(1, 1), (2, 3), (3, 5)],
    ),
    "case and is null": (
        statement(sa.case((N.Amount__c.is_(None), "none"), else_="some"), order_by=N.Id__c),
        f"SELECT CASE WHEN ({AMOUNT} IS NULL) THEN 'none' ELSE 'some' END AS anon_1 {FROM} ORDER BY {ID}",
        [("some",), ("some",), ("none",)],
    ),
    "exists": (
        statement(sa.exists().where(N.Id__c == 3)),
        f"SELECT EXISTS (SELECT * {FROM} WHERE {ID} = 3) AS anon_1",
        [(True,)],
    ),
    "in": (
        statement(N.Id__c, where=N.Name__c.in_(["Ada", "O'Neil"])),
        f"SELECT {ID} {FROM} WHERE {NAME} IN ('Ada', 'O''Neil')",
        [(1,)],
    ),
    "in nothing": (
        statement(N.Id__c, where=N.Name__c.in_([])),
        f"SELECT {ID} {FROM} WHERE {NAME} IN (SELECT CAST(NULL AS VARCHAR) WHERE 1!=1)",
        [],
    ),
    "not in nothing": (
        statement(N.Id__c, where=N.Id__c.notin_([]), order_by=N.Id__c),
        f"SELECT {ID} {FROM} WHERE ({ID} NOT IN (SELECT CAST(NULL AS INTEGER) WHERE 1!=1)) ORDER BY {ID}",
        [(1,), (2,), (3,)],
    ),
    "like": (
        statement(N.Id__c, where=N.Name__c.like("%/%a", escape="/")),
        f"SELECT {ID} {FROM} WHERE {NAME} LIKE '%/%a' ESCAPE '/'",
        [],
    ),
    "ilike": (statement(N.Id__c, where=N.Name__c.ilike("a%")), f"SELECT {ID} {FROM} WHERE {NAME} ILIKE 'a%'", [(1,)]),
    "contains, escaped": (
        statement(N.Id__c, where=N.Name__c.contains("%", autoescape=True)),
        f"SELECT {ID} {FROM} WHERE ({NAME} LIKE '%' || '/%' || '%' ESCAPE '/')",
        [],
    ),
    "regular expression": (
        statement(N.Id__c, where=N.Name__c.regexp_match("^B", flags="i")),
        f"SELECT {ID} {FROM} WHERE {NAME} ~* '^B'",
        [(2,)],
    ),
    "null-safe comparison": (
        statement(N.Id__c, where=N.Name__c.is_distinct_from("Ada"), order_by=N.Id__c),
        f"SELECT {ID} {FROM} WHERE {NAME} IS DISTINCT FROM 'Ada' ORDER BY {ID}",
        [(2,), (3,)],
    ),
    "array": (
        statement(N.Id__c, where=N.Id__c == sa.any_(postgresql.array([2, 5]))),
        f"SELECT {ID} {FROM} WHERE {ID} = ANY (ARRAY[2, 5])",
        [(2,)],
    ),
    "text": (
        sa.text("SELECT '5:30' AS t, '7'::int AS n, :x AS x").bindparams(x="a:b"),
        "SELECT '5:30' AS t, '7'::int AS n, 'a:b' AS x",
        [("5:30", 7, "a:b")],
    ),
    "casts": (
        statement(
            sa.cast(sa.literal("1.5"), sa.Numeric).label("number"),
            sa.cast(sa.literal("1.25"), sa.Numeric(5, 1)).label("rounded"),
            sa.cast(sa.literal("1.5"), sa.Float).label("double"),
            sa.cast(sa.literal(True), sa.Boolean).label("flag"),
            sa.cast(sa.literal("2026-01-31 08:30:00.000001"), sa.DateTime).label("stamp"),
            sa.cast(sa.literal("2026-01-31 08:30:00+01:00"), sa.DateTime(timezone=True)).label("zoned"),
            sa.cast(sa.literal("a"), sa.LargeBinary).label("bytes"),
            sa.cast(sa.literal(7), sa.Text).label("text"),
        ),
        (
            "SELECT CAST('1.5' AS NUMERIC(38, 18)) AS number, CAST('1.25' AS NUMERIC(5, 1)) AS rounded, "
            "CAST('1.5' AS DOUBLE PRECISION) AS double, CAST(TRUE AS BOOLEAN) AS flag, "
            "CAST('2026-01-31 08:30:00.000001' AS TIMESTAMP) AS stamp, "
            "CAST('2026-01-31 08:30:00+01:00' AS TIMESTAMP WITH TIME ZONE) AS zoned, "
            "CAST('a' AS BYTEA) AS bytes, CAST(7 AS TEXT) AS text"
        ),
        [
            (
                Decimal("1.500000000000000000"),
                Decimal("1.3"),
                1.5,
                True,
                dt.datetime(2026, 1, 31, 8, 30, 0, 1),
                dt.datetime(2026, 1, 31, 7, 30, tzinfo=UTC),
                b"a",
                "7",
            )
        ],
    ),
    "literals": (
        statement(
            sa.literal(Decimal("1E+3")).label("a"),
            sa.literal(0.1).label("b"),
            sa.literal(dt.date(2026, 1, 31)).label("c"),
            sa.literal(dt.datetime(2026, 1, 31, 8, 30)).label("d"),
            sa.literal(dt.datetime(2026, 1, 31, 8, 30, tzinfo=UTC)).label("e"),
            sa.literal("a\\b'c").label("f"),
            sa.literal(b"\x00\xff").label("g"),
            sa.literal(uuid.UUID(int=1)).label("h"),
            sa.literal(dt.time(8, 30)).label("i"),
        ),
        (
            "SELECT 1000. AS a, CAST('0.1' AS DOUBLE PRECISION) AS b, DATE '2026-01-31' AS c, "
            "TIMESTAMP '2026-01-31 08:30:00' AS d, TIMESTAMP WITH TIME ZONE '2026-01-31 08:30:00+00:00' AS e, "
            "'a\\b''c' AS f, CAST('\\x00ff' AS BYTEA) AS g, '00000000-0000-0000-0000-000000000001' AS h, "
            "TIME '08:30:00' AS i"
        ),
        [
            (
                Decimal(1000),
                0.1,
                dt.date(2026, 1, 31),
                dt.datetime(2026, 1, 31, 8, 30),
                dt.datetime(2026, 1, 31, 8, 30, tzinfo=UTC),
                "a\\b'c",
                b"\x00\xff",
                # SQLAlchemy 1.4 has no type for it, so the text of the engine stays text.
                uuid.UUID(int=1) if hasattr(sa, "Uuid") else str(uuid.UUID(int=1)),
                dt.time(8, 30),
            )
        ],
    ),
    "true division": (
        statement(
            (N.Id__c / 2).label("whole"),
            (N.Amount__c / Decimal(2)).label("decimal"),
            (sa.cast(N.Id__c, sa.Float) / 4).label("double"),
            where=N.Id__c == 1,
        ),
        (
            f"SELECT {ID} / CAST(2 AS NUMERIC(38, 0)) AS whole, {AMOUNT} / 2. AS decimal, "
            f"CAST({ID} AS DOUBLE PRECISION) / 4 AS double {FROM} WHERE {ID} = 1"
        ),
        [(Decimal("0.5"), Decimal("0.75"), 0.25)],
    ),
}

# name → statement and a word of the reason; what needs a table of another kind, the rest is in `cases/refused.py`
REFUSED: dict[str, tuple[Any, str]] = {
    "another data space": (sa.select(sa.Table("T", sa.MetaData(), sa.Column("a"), schema="other")), "data space"),
    "json path of an expression": (
        sa.select(
            sa.sql.elements.BinaryExpression(
                sa.column("j", sa.JSON), sa.column("p"), sa.sql.operators.json_path_getitem_op, type_=sa.JSON()
            )
        ),
        "JSON paths that are computed",
    ),
}
