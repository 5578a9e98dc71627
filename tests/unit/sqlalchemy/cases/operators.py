"""Operators: comparisons, lists, patterns, numbers, dates and times."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Float,
    Integer,
    Numeric,
    String,
    between,
    case,
    cast,
    collate,
    column,
    extract,
    func,
    literal,
    not_,
    select,
    tuple_,
)

from datacloud_sqlalchemy.functions import at_time_zone, date_trunc, try_cast
from tests.unit.sqlalchemy.cases import SALES, SQLALCHEMY_2, UTC, Case

sales = SALES.alias("s")
s: Any = sales.c
untyped: Any = column("region")

COMPARISONS = {
    "null-safe": Case(
        select(s.id).where(s.region.is_distinct_from("north")).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region IS DISTINCT FROM 'north' ORDER BY s.id",
        [(3,), (4,)],
    ),
    "between symmetric": Case(
        select(s.id).where(between(s.id, 3, 2, symmetric=True)).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE s.id BETWEEN SYMMETRIC 3 AND 2 ORDER BY s.id",
        [(2,), (3,)],
    ),
    "is null, is true": Case(
        select(s.region.is_(None).label("none"), (s.id > 3).is_(True).label("last")).order_by(s.id),
        "SELECT s.region IS NULL AS none, (s.id > 3) IS true AS last FROM sales__dlm AS s ORDER BY s.id",
        [(False, False), (False, False), (False, False), (True, True)],
    ),
    "case": Case(
        select(case((s.amount > 15, "large"), (s.amount.is_not(None), "small"), else_="none").label("size")).order_by(
            s.id
        ),
        (
            "SELECT CASE WHEN (s.amount > 15) THEN 'large' WHEN (s.amount IS NOT NULL) THEN 'small' ELSE "
            "'none' END AS size FROM sales__dlm AS s ORDER BY s.id"
        ),
        [("small",), ("large",), ("none",), ("small",)],
    ),
    "collate": Case(
        select(s.id).where(collate(s.region, "en_US_CI") == "SOUTH"),
        "SELECT s.id FROM sales__dlm AS s WHERE (s.region COLLATE \"en_US_CI\") = 'SOUTH'",
        [(3,)],
    ),
    "coalesce, nullif, greatest": Case(
        select(
            func.coalesce(s.region, "none").label("a"),
            func.nullif(s.id, 4).label("b"),
            func.greatest(s.id, 3).label("c"),
        ).order_by(s.id),
        (
            "SELECT coalesce(s.region, 'none') AS a, nullif(s.id, 4) AS b, greatest(s.id, 3) AS c FROM "
            "sales__dlm AS s ORDER BY s.id"
        ),
        [("north", 1, 3), ("north", 2, 3), ("south", 3, 3), ("none", None, 4)],
    ),
}

LISTS = {
    "in": Case(
        select(s.id).where(s.region.in_(["north", "O'Neil"])).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region IN ('north', 'O''Neil') ORDER BY s.id",
        [(1,), (2,)],
    ),
    "not in": Case(
        select(s.id).where(s.region.not_in(["north"])),
        "SELECT s.id FROM sales__dlm AS s WHERE (s.region NOT IN ('north'))",
        [(3,)],
    ),
    "in nothing": Case(
        select(s.id).where(s.region.in_([])),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region IN (SELECT CAST(NULL AS VARCHAR) WHERE 1!=1)",
        [],
    ),
    "not in nothing": Case(
        select(s.id).where(s.region.not_in([])).order_by(s.id),
        (
            "SELECT s.id FROM sales__dlm AS s WHERE (s.region NOT IN (SELECT CAST(NULL AS VARCHAR) WHERE "
            "1!=1)) ORDER BY s.id"
        ),
        [(1,), (2,), (3,), (4,)],
    ),
    "in, without a type": Case(
        select(s.id).where(untyped.in_(["south"])),
        "SELECT s.id FROM sales__dlm AS s WHERE region IN ('south')",
        [(3,)],
    ),
    "in nothing, without a type": Case(
        select(s.id).where(untyped.in_([])), "SELECT s.id FROM sales__dlm AS s WHERE (1 != 1)", []
    ),
    "not in nothing, without a type": Case(
        select(s.id).where(untyped.not_in([])).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE (NOT (1 != 1)) ORDER BY s.id",
        [(1,), (2,), (3,), (4,)],
    ),
    "rows in a list": Case(
        select(s.id).where(tuple_(s.region, s.id).in_([("north", 2), ("south", 3), ("south", 1)])).order_by(s.id),
        (
            "SELECT s.id FROM sales__dlm AS s WHERE (s.region = 'north' AND s.id = 2 OR s.region = 'south' "
            "AND s.id = 3 OR s.region = 'south' AND s.id = 1) ORDER BY s.id"
        ),
        [(2,), (3,)],
    ),
    "rows not in a list": Case(
        select(s.id).where(tuple_(s.region, s.id).not_in([("north", 2), ("south", 3)])).order_by(s.id),
        (
            "SELECT s.id FROM sales__dlm AS s WHERE (NOT (s.region = 'north' AND s.id = 2 OR s.region = "
            "'south' AND s.id = 3)) ORDER BY s.id"
        ),
        [(1,), (4,)],
    ),
    "rows not in a list, unknown": Case(
        # For id 4 the region is NULL, so whether (NULL, 4) is ("north", 4) is unknown: neither IN nor NOT IN has it.
        select(s.id).where(tuple_(s.region, s.id).not_in([("north", 4)])).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE (NOT (s.region = 'north' AND s.id = 4)) ORDER BY s.id",
        [(1,), (2,), (3,)],
    ),
    "rows in nothing": Case(
        select(s.id).where(tuple_(s.region, s.id).in_([])), "SELECT s.id FROM sales__dlm AS s WHERE (1 != 1)", []
    ),
    "rows not in nothing": Case(
        select(s.id).where(tuple_(s.region, s.id).not_in([])).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE (NOT (1 != 1)) ORDER BY s.id",
        [(1,), (2,), (3,), (4,)],
    ),
    "rows in rows of columns": Case(
        select(s.id)
        .where(tuple_(s.id, s.region).in_([tuple_(s.id, literal("south")), tuple_(1, s.region)]))
        .order_by(s.id),
        (
            "SELECT s.id FROM sales__dlm AS s WHERE (s.id = s.id AND s.region = 'south' OR s.id = 1 AND "
            "s.region = s.region) ORDER BY s.id"
        ),
        [(1,), (3,)],
    ),
    "rows after a row": Case(
        select(s.id).where(tuple_(s.region, s.id) > tuple_(literal("north"), literal(1))).order_by(s.id),
        (
            "SELECT s.id FROM sales__dlm AS s WHERE (s.region > 'north' OR s.region = 'north' AND s.id > 1) "
            "ORDER BY s.id"
        ),
        [(2,), (3,)],
    ),
    "in a subquery": Case(
        select(s.id).where(s.region.in_(select(s.region).where(s.id == 3).scalar_subquery())),
        ("SELECT s.id FROM sales__dlm AS s WHERE s.region IN (SELECT s.region FROM sales__dlm AS s WHERE s.id = 3)"),
        [(3,)],
    ),
}

PATTERNS = {
    "like": Case(
        select(s.id).where(s.region.like("n%")).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region LIKE 'n%' ORDER BY s.id",
        [(1,), (2,)],
    ),
    "like, escaped": Case(
        select(s.id).where(s.note.contains("0%", autoescape=True)),
        "SELECT s.id FROM sales__dlm AS s WHERE (s.note LIKE '%' || '0/%' || '%' ESCAPE '/')",
        [(4,)],
    ),
    "starts with": Case(
        select(s.id).where(s.region.startswith("sou")),
        "SELECT s.id FROM sales__dlm AS s WHERE (s.region LIKE 'sou' || '%')",
        [(3,)],
    ),
    "ilike": Case(
        select(s.id).where(s.region.ilike("SOU%")),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region ILIKE 'SOU%'",
        [(3,)],
    ),
    "not ilike": Case(
        select(s.id).where(s.region.not_ilike("NOR%")),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region NOT ILIKE 'NOR%'",
        [(3,)],
    ),
    "regular expression": Case(
        select(s.id).where(s.region.regexp_match("^n.*h$")).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region ~ '^n.*h$' ORDER BY s.id",
        [(1,), (2,)],
    ),
    "regular expression, any case": Case(
        select(s.id).where(s.region.regexp_match("^S", flags="i")),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region ~* '^S'",
        [(3,)],
    ),
    "not a regular expression": Case(
        select(s.id).where(not_(s.region.regexp_match("^n"))),
        "SELECT s.id FROM sales__dlm AS s WHERE s.region !~ '^n'",
        [(3,)],
    ),
    "replace the first": Case(
        select(s.note.regexp_replace("[0-9]", "x").label("a")).where(s.id == 4),
        "SELECT REGEXP_REPLACE(s.note, '[0-9]', 'x') AS a FROM sales__dlm AS s WHERE s.id = 4",
        [("x0%",)],
    ),
    "replace all": Case(
        select(s.region.regexp_replace("(O|R)", r"<\1>", flags="gi").label("a")).where(s.id == 1),
        "SELECT REGEXP_REPLACE(s.region, '(O|R)', '<\\1>', 'gi') AS a FROM sales__dlm AS s WHERE s.id = 1",
        [("n<o><r>th",)],
    ),
}

NUMBERS = {
    "true division of whole numbers": Case(
        select((s.id / 2).label("a")).order_by(s.id).limit(2),
        "SELECT s.id / CAST(2 AS NUMERIC(38, 0)) AS a FROM sales__dlm AS s ORDER BY s.id LIMIT 2",
        [(Decimal("0.5"),), (Decimal("1"),)],
    ),
    "true division of decimals": Case(
        select((s.amount / 4).label("a")).where(s.id == 1),
        "SELECT s.amount / 4 AS a FROM sales__dlm AS s WHERE s.id = 1",
        [(Decimal("2.5"),)],
    ),
    "modulo": Case(
        select((s.id % 3).label("a")).order_by(s.id),
        "SELECT s.id % 3 AS a FROM sales__dlm AS s ORDER BY s.id",
        [(1,), (2,), (0,), (1,)],
    ),
    "cast": Case(
        select(
            cast("1.5", Numeric).label("a"),
            cast("1.25", Numeric(5, 1)).label("b"),
            cast(2, Float).label("c"),
            cast(s.id, String).label("d"),
        ).where(s.id == 1),
        (
            "SELECT CAST('1.5' AS NUMERIC(38, 18)) AS a, CAST('1.25' AS NUMERIC(5, 1)) AS b, CAST(2 AS DOUBLE "
            "PRECISION) AS c, CAST(s.id AS VARCHAR) AS d FROM sales__dlm AS s WHERE s.id = 1"
        ),
        [(Decimal("1.5"), Decimal("1.3"), 2.0, "1")],
    ),
    "try_cast": Case(
        select(try_cast(s.note, Integer).label("a")).where(s.id == 4),
        "SELECT TRY_CAST(s.note AS INTEGER) AS a FROM sales__dlm AS s WHERE s.id = 4",
        [(None,)],
    ),
}

if SQLALCHEMY_2:
    NUMBERS["floor division"] = Case(
        select((s.id // 2).label("a"), (s.amount // Decimal("0.3")).label("b")).where(s.id == 1),
        "SELECT s.id / 2 AS a, FLOOR(s.amount / .3) AS b FROM sales__dlm AS s WHERE s.id = 1",
        [(0, Decimal(33))],
    )
    NUMBERS["bits"] = Case(
        select(
            s.id.bitwise_and(6).label("a"),
            s.id.bitwise_or(1).label("b"),
            s.id.bitwise_xor(5).label("c"),
            s.id.bitwise_not().label("d"),
            s.id.bitwise_lshift(2).label("e"),
            s.id.bitwise_rshift(1).label("f"),
        ).where(s.id == 3),
        (
            "SELECT s.id & 6 AS a, s.id | 1 AS b, s.id # 5 AS c, ~s.id AS d, s.id << 2 AS e, s.id >> 1 AS f "
            "FROM sales__dlm AS s WHERE s.id = 3"
        ),
        [(2, 3, 6, -4, 12, 1)],
    )
    PATTERNS["contains, any case"] = Case(
        select(s.id).where(s.region.icontains("OUT", autoescape=True)),
        "SELECT s.id FROM sales__dlm AS s WHERE (s.region ILIKE '%' || 'OUT' || '%' ESCAPE '/')",
        [(3,)],
    )

moment = dt.datetime(2026, 1, 5, 8, 30)
TIMES = {
    "a date and a number of days": Case(
        select((s.day + 1).label("a")).where(s.id == 4),
        "SELECT s.day + 1 AS a FROM sales__dlm AS s WHERE s.id = 4",
        [(dt.date(2026, 3, 1),)],
    ),
    "a date and an interval": Case(
        select((s.day - dt.timedelta(hours=1)).label("a")).where(s.id == 3),
        "SELECT s.day - INTERVAL '0 days 3600.000000 seconds' AS a FROM sales__dlm AS s WHERE s.id = 3",
        [(dt.datetime(2026, 1, 31, 23, 0),)],
    ),
    "a date less a date": Case(
        select((s.day - dt.date(2026, 1, 1)).label("a")).where(s.id == 1),
        "SELECT s.day - DATE '2026-01-01' AS a FROM sales__dlm AS s WHERE s.id = 1",
        [(4,)],
    ),
    "a moment less a moment": Case(
        select((s.at - dt.datetime(2026, 1, 5, tzinfo=UTC)).label("a")).where(s.id == 2),
        ("SELECT s.at - TIMESTAMP WITH TIME ZONE '2026-01-05 00:00:00+00:00' AS a FROM sales__dlm AS s WHERE s.id = 2"),
        [(dt.timedelta(days=1, hours=23),)],
    ),
    "a moment and an interval": Case(
        select((s.at + dt.timedelta(days=1, minutes=30)).label("a")).where(s.id == 1),
        "SELECT s.at + INTERVAL '1 days 1800.000000 seconds' AS a FROM sales__dlm AS s WHERE s.id = 1",
        [(dt.datetime(2026, 1, 6, 9, 0, tzinfo=UTC),)],
    ),
    "an aware moment on the clock of a place": Case(
        select(at_time_zone(s.at, "Europe/Berlin").label("a")).where(s.id == 1),
        "SELECT s.at AT TIME ZONE 'Europe/Berlin' AS a FROM sales__dlm AS s WHERE s.id = 1",
        [(dt.datetime(2026, 1, 5, 9, 30),)],
    ),
    "a naive moment at a place": Case(
        select(at_time_zone(literal(moment), "Asia/Kolkata").label("a")),
        "SELECT TIMESTAMP '2026-01-05 08:30:00' AT TIME ZONE 'Asia/Kolkata' AS a",
        [(dt.datetime(2026, 1, 5, 3, 0, tzinfo=UTC),)],
    ),
    "extract, of a date": Case(
        select(*[extract(field, s.day).label(field) for field in ("year", "quarter", "month", "week", "day")]).where(
            s.id == 4
        ),
        (
            "SELECT EXTRACT(year FROM s.day) AS year, EXTRACT(quarter FROM s.day) AS quarter, EXTRACT(month "
            "FROM s.day) AS month, EXTRACT(week FROM s.day) AS week, EXTRACT(day FROM s.day) AS day FROM "
            "sales__dlm AS s WHERE s.id = 4"
        ),
        [(2026, 1, 2, 9, 28)],
    ),
    "extract, of days": Case(
        select(*[extract(field, s.day).label(field) for field in ("dow", "isodow", "doy", "isoyear")]).where(s.id == 3),
        (
            "SELECT EXTRACT(dow FROM s.day) AS dow, EXTRACT(isodow FROM s.day) AS isodow, EXTRACT(doy FROM "
            "s.day) AS doy, EXTRACT(isoyear FROM s.day) AS isoyear FROM sales__dlm AS s WHERE s.id = 3"
        ),
        [(0, 7, 32, 2026)],
    ),
    "extract, of ages": Case(
        select(*[extract(field, s.day).label(field) for field in ("decade", "century", "millennium", "epoch")]).where(
            s.id == 1
        ),
        (
            "SELECT EXTRACT(decade FROM s.day) AS decade, EXTRACT(century FROM s.day) AS century, "
            "EXTRACT(millennium FROM s.day) AS millennium, EXTRACT(epoch FROM s.day) AS epoch FROM sales__dlm "
            "AS s WHERE s.id = 1"
        ),
        [(202, 21, 3, Decimal(1767571200))],
    ),
    "extract, of a time": Case(
        select(
            *[
                extract(field, literal(dt.datetime(2026, 1, 5, 8, 30, 1, 500000))).label(field)
                for field in ("hour", "minute", "second", "milliseconds", "microseconds")
            ]
        ),
        (
            "SELECT EXTRACT(hour FROM TIMESTAMP '2026-01-05 08:30:01.500000') AS hour, EXTRACT(minute FROM "
            "TIMESTAMP '2026-01-05 08:30:01.500000') AS minute, EXTRACT(second FROM TIMESTAMP '2026-01-05 "
            "08:30:01.500000') AS second, EXTRACT(milliseconds FROM TIMESTAMP '2026-01-05 08:30:01.500000') "
            "AS milliseconds, EXTRACT(microseconds FROM TIMESTAMP '2026-01-05 08:30:01.500000') AS "
            "microseconds"
        ),
        [(8, 30, Decimal("1.5"), 1500, 1500000)],
    ),
    "date_trunc": Case(
        select(date_trunc("month", s.at).label("a")).where(s.id == 1),
        "SELECT date_trunc('month', s.at) AS a FROM sales__dlm AS s WHERE s.id = 1",
        [(dt.datetime(2026, 1, 1, tzinfo=UTC),)],
    ),
}
