"""Clauses: joins, WITH, set operations, grouping, windows, VALUES, and how many rows in which order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Integer,
    String,
    column,
    exists,
    func,
    lateral,
    literal,
    literal_column,
    select,
    tablesample,
    true,
    tuple_,
    union,
    union_all,
    values,
)

from tests.unit.sqlalchemy.cases import SALES, SQLALCHEMY_2_1, Case

sales = SALES.alias("s")
s: Any = sales.c
other = SALES.alias("other")
o: Any = other.c
per_region = select(s.region, func.sum(s.amount).label("total")).group_by(s.region).cte("per_region")
one_to_three: Any = select(literal(1).label("n")).cte("numbers", recursive=True)
numbers = one_to_three.union_all(select(one_to_three.c.n + 1).where(one_to_three.c.n < 3))
from_one: Any = select(literal(1).label("n")).cte("powers", recursive=True)
powers = from_one.union(select(from_one.c.n * 2).where(from_one.c.n < 8))
inner_cte = select(s.id).where(s.id > 1).cte("inner_cte", nesting=True)
outer_cte = select(inner_cte.c.id).where(inner_cte.c.id < 4).cte("outer_cte")
pairs: Any = values(column("k", String), column("v", Integer), name="pairs").data([("a", 1), ("b", 2)])
newest: Any = lateral(select(o.id.label("id")).where(o.region == s.region).order_by(o.id.desc()).limit(1), "newest")

JOINS = {
    "inner join": Case(
        select(s.id, o.id.label("same")).join_from(sales, other, s.region == o.region).order_by(s.id, o.id),
        (
            "SELECT s.id, other.id AS same FROM sales__dlm AS s JOIN sales__dlm AS other ON s.region = "
            "other.region ORDER BY s.id, other.id"
        ),
        [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3)],
    ),
    "left join": Case(
        select(s.id, o.id.label("next")).join_from(sales, other, o.id == s.id + 1, isouter=True).order_by(s.id),
        (
            "SELECT s.id, other.id AS next FROM sales__dlm AS s LEFT OUTER JOIN sales__dlm AS other ON "
            "other.id = s.id + 1 ORDER BY s.id"
        ),
        [(1, 2), (2, 3), (3, 4), (4, None)],
    ),
    "full join, not on equality": Case(
        select(s.id, o.id.label("next")).join_from(sales, other, s.id > o.id + 2, full=True).order_by(s.id, o.id),
        (
            "SELECT s.id, other.id AS next FROM sales__dlm AS s FULL OUTER JOIN sales__dlm AS other ON s.id > "
            "other.id + 2 ORDER BY s.id, other.id"
        ),
        [(1, None), (2, None), (3, None), (4, 1), (None, 2), (None, 3), (None, 4)],
    ),
    "lateral": Case(
        select(s.id, newest.c.id.label("newest")).join_from(sales, newest, true()).order_by(s.id),
        (
            "SELECT s.id, newest.id AS newest FROM sales__dlm AS s JOIN LATERAL (SELECT other.id AS id FROM "
            "sales__dlm AS other WHERE other.region = s.region ORDER BY other.id DESC LIMIT 1) AS newest ON "
            "true ORDER BY s.id"
        ),
        [(1, 2), (2, 2), (3, 3)],
    ),
    "exists, correlated": Case(
        select(s.id).where(exists().where(o.region == s.region, o.id != s.id)).order_by(s.id),
        (
            "SELECT s.id FROM sales__dlm AS s WHERE EXISTS (SELECT * FROM sales__dlm AS other WHERE "
            "other.region = s.region AND other.id != s.id) ORDER BY s.id"
        ),
        [(1,), (2,)],
    ),
}

WITH = {
    "with": Case(
        select(per_region.c.total).where(per_region.c.region == "north"),
        (
            "WITH per_region AS (SELECT s.region AS region, sum(s.amount) AS total FROM sales__dlm AS s GROUP "
            "BY s.region) SELECT per_region.total FROM per_region WHERE per_region.region = 'north'"
        ),
        [(Decimal("30.50"),)],
    ),
    "nested with": Case(
        select(outer_cte.c.id).order_by(outer_cte.c.id),
        (
            "WITH outer_cte AS (WITH inner_cte AS (SELECT s.id AS id FROM sales__dlm AS s WHERE s.id > 1) "
            "SELECT inner_cte.id AS id FROM inner_cte WHERE inner_cte.id < 4) SELECT outer_cte.id FROM "
            "outer_cte ORDER BY outer_cte.id"
        ),
        [(2,), (3,)],
    ),
    "recursive, union all": Case(
        select(numbers.c.n).order_by(numbers.c.n),
        (
            "WITH RECURSIVE numbers(n) AS (SELECT 1 AS n UNION ALL SELECT numbers.n + 1 AS anon_1 FROM "
            "numbers WHERE numbers.n < 3) SELECT numbers.n FROM numbers ORDER BY numbers.n"
        ),
        [(1,), (2,), (3,)],
    ),
    "recursive, union": Case(
        select(powers.c.n).order_by(powers.c.n),
        (
            "WITH RECURSIVE powers(n) AS (SELECT 1 AS n UNION SELECT powers.n * 2 AS anon_1 FROM powers WHERE "
            "powers.n < 8) SELECT powers.n FROM powers ORDER BY powers.n"
        ),
        [(1,), (2,), (4,), (8,)],
    ),
}

SETS = {
    "union": Case(
        union(select(s.region), select(literal("east"))).order_by(literal_column("1").nulls_first()),
        "SELECT s.region FROM sales__dlm AS s UNION SELECT 'east' AS anon_1 ORDER BY 1 NULLS FIRST",
        [(None,), ("east",), ("north",), ("south",)],
    ),
    "branches with an order and a limit": Case(
        union_all(
            select(s.id).order_by(s.id).limit(1).subquery("first").select(),
            select(s.id).order_by(s.id.desc()).limit(1).subquery("last").select(),
        ).order_by("id"),
        (
            "SELECT first.id FROM (SELECT s.id AS id FROM sales__dlm AS s ORDER BY s.id LIMIT 1) AS first "
            "UNION ALL SELECT last.id FROM (SELECT s.id AS id FROM sales__dlm AS s ORDER BY s.id DESC LIMIT "
            "1) AS last ORDER BY id"
        ),
        [(1,), (4,)],
    ),
    "branches in brackets": Case(
        union_all(select(s.id).order_by(s.id).limit(1), select(s.id).order_by(s.id.desc()).limit(1)).order_by("id"),
        (
            "(SELECT s.id FROM sales__dlm AS s ORDER BY s.id LIMIT 1) UNION ALL (SELECT s.id FROM sales__dlm "
            "AS s ORDER BY s.id DESC LIMIT 1) ORDER BY id"
        ),
        [(1,), (4,)],
    ),
    "intersect": Case(
        select(s.id).where(s.id > 1).intersect(select(s.id).where(s.id < 3)),
        ("SELECT s.id FROM sales__dlm AS s WHERE s.id > 1 INTERSECT SELECT s.id FROM sales__dlm AS s WHERE s.id < 3"),
        [(2,)],
    ),
    "except all": Case(
        select(s.region).except_all(select(s.region).where(s.id == 1)).order_by("region"),
        (
            "SELECT s.region FROM sales__dlm AS s EXCEPT ALL SELECT s.region FROM sales__dlm AS s WHERE s.id "
            "= 1 ORDER BY region"
        ),
        [("north",), ("south",), (None,)],
    ),
}

GROUPS = {
    "group by and having": Case(
        select(s.region, func.count().label("n")).group_by(s.region).having(func.count() > 1),
        "SELECT s.region, count(*) AS n FROM sales__dlm AS s GROUP BY s.region HAVING count(*) > 1",
        [("north", 2)],
    ),
    "rollup": Case(
        select(s.region, func.count().label("n")).where(s.id < 4).group_by(func.rollup(s.region)).order_by(s.region),
        (
            "SELECT s.region, count(*) AS n FROM sales__dlm AS s WHERE s.id < 4 GROUP BY ROLLUP(s.region) "
            "ORDER BY s.region"
        ),
        [("north", 2), ("south", 1), (None, 3)],
    ),
    "cube": Case(
        select(s.region, func.count().label("n")).where(s.id < 4).group_by(func.cube(s.region)).order_by(s.region),
        (
            "SELECT s.region, count(*) AS n FROM sales__dlm AS s WHERE s.id < 4 GROUP BY CUBE(s.region) ORDER "
            "BY s.region"
        ),
        [("north", 2), ("south", 1), (None, 3)],
    ),
    "grouping sets": Case(
        select(s.region, s.id, func.grouping(s.id).label("all_ids"), func.count().label("n"))
        .where(s.id > 2)
        .group_by(func.grouping_sets(tuple_(s.region, s.id), tuple_(s.region)))
        .order_by(s.region, s.id),
        (
            "SELECT s.region, s.id, grouping(s.id) AS all_ids, count(*) AS n FROM sales__dlm AS s WHERE s.id "
            "> 2 GROUP BY GROUPING SETS((s.region, s.id), (s.region)) ORDER BY s.region, s.id"
        ),
        [("south", 3, 0, 1), ("south", None, 1, 1), (None, 4, 0, 1), (None, None, 1, 1)],
    ),
    "filter": Case(
        select(func.count().filter(s.amount > 6).label("n"), func.sum(s.amount).filter(s.id == 4).label("last")),
        (
            "SELECT count(*) FILTER (WHERE s.amount > 6) AS n, sum(s.amount) FILTER (WHERE s.id = 4) AS last "
            "FROM sales__dlm AS s"
        ),
        [(2, Decimal("5.25"))],
    ),
    "distinct": Case(
        select(func.count(s.region.distinct()).label("n")),
        "SELECT count(DISTINCT s.region) AS n FROM sales__dlm AS s",
        [(2,)],
    ),
}

window = {"partition_by": s.region, "order_by": s.id}
WINDOWS = {
    "ranks and neighbours": Case(
        select(
            s.id,
            func.row_number().over(**window).label("number"),
            func.lag(s.id).over(order_by=s.id).label("before"),
            func.lead(s.id, 1, 0).over(order_by=s.id).label("after"),
            func.ntile(2).over(order_by=s.id).label("half"),
        ).order_by(s.id),
        (
            "SELECT s.id, row_number() OVER (PARTITION BY s.region ORDER BY s.id) AS number, lag(s.id) OVER "
            "(ORDER BY s.id) AS before, lead(s.id, 1, 0) OVER (ORDER BY s.id) AS after, ntile(2) OVER (ORDER "
            "BY s.id) AS half FROM sales__dlm AS s ORDER BY s.id"
        ),
        [(1, 1, None, 2, 1), (2, 2, 1, 3, 1), (3, 1, 2, 4, 2), (4, 1, 3, 0, 2)],
    ),
    "rows": Case(
        select(s.id, func.sum(s.id).over(order_by=s.id, rows=(-1, 1)).label("around")).order_by(s.id),
        (
            "SELECT s.id, sum(s.id) OVER (ORDER BY s.id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS around "
            "FROM sales__dlm AS s ORDER BY s.id"
        ),
        [(1, 3), (2, 6), (3, 9), (4, 7)],
    ),
    "range of numbers": Case(
        select(s.id, func.sum(s.id).over(order_by=s.id, range_=(-1, 0)).label("near")).order_by(s.id),
        (
            "SELECT s.id, sum(s.id) OVER (ORDER BY s.id RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS near "
            "FROM sales__dlm AS s ORDER BY s.id"
        ),
        [(1, 1), (2, 3), (3, 5), (4, 7)],
    ),
    "range to the end": Case(
        select(s.id, func.count().over(order_by=s.id, range_=(0, None)).label("left")).order_by(s.id),
        (
            "SELECT s.id, count(*) OVER (ORDER BY s.id RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS "
            '"left" FROM sales__dlm AS s ORDER BY s.id'
        ),
        [(1, 4), (2, 3), (3, 2), (4, 1)],
    ),
    "filter": Case(
        select(s.id, func.count().filter(s.id > 2).over(order_by=s.id).label("n")).order_by(s.id),
        ("SELECT s.id, count(*) FILTER (WHERE s.id > 2) OVER (ORDER BY s.id) AS n FROM sales__dlm AS s ORDER BY s.id"),
        [(1, 0), (2, 0), (3, 1), (4, 2)],
    ),
}

if SQLALCHEMY_2_1:
    from sqlalchemy import FrameClause, FrameClauseType

    total: Any = func.sum(s.id)
    week = FrameClause(dt.timedelta(days=7), None, FrameClauseType.PRECEDING, FrameClauseType.CURRENT)
    WINDOWS["range of days"] = Case(
        select(s.id, total.over(order_by=s.day, range_=week).label("of_a_week")).order_by(s.id),
        (
            "SELECT s.id, sum(s.id) OVER (ORDER BY s.day RANGE BETWEEN INTERVAL '7 days 0.000000 seconds' "
            "PRECEDING AND CURRENT ROW) AS of_a_week FROM sales__dlm AS s ORDER BY s.id"
        ),
        [(1, 1), (2, 3), (3, 3), (4, 4)],
    )
    WINDOWS["without the row itself"] = Case(
        select(s.id, total.over(order_by=s.id, rows=(-1, 1), exclude="CURRENT ROW").label("beside")).order_by(s.id),
        (
            "SELECT s.id, sum(s.id) OVER (ORDER BY s.id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE "
            "CURRENT ROW) AS beside FROM sales__dlm AS s ORDER BY s.id"
        ),
        [(1, 2), (2, 4), (3, 6), (4, 3)],
    )

ORDER = {
    "nulls first": Case(
        select(s.id).order_by(s.amount.nulls_first(), s.id),
        "SELECT s.id FROM sales__dlm AS s ORDER BY s.amount NULLS FIRST, s.id",
        [(3,), (4,), (1,), (2,)],
    ),
    "descending, nulls last": Case(
        select(s.id).order_by(s.amount.desc().nulls_last()),
        "SELECT s.id FROM sales__dlm AS s ORDER BY s.amount DESC NULLS LAST",
        [(2,), (1,), (4,), (3,)],
    ),
    "limit and offset": Case(
        select(s.id).order_by(s.id).limit(2).offset(1),
        "SELECT s.id FROM sales__dlm AS s ORDER BY s.id LIMIT 2 OFFSET 1",
        [(2,), (3,)],
    ),
    "offset alone": Case(
        select(s.id).order_by(s.id).offset(3),
        "SELECT s.id FROM sales__dlm AS s ORDER BY s.id LIMIT ALL OFFSET 3",
        [(4,)],
    ),
    "fetch": Case(
        select(s.id).order_by(s.id).offset(1).fetch(2),
        "SELECT s.id FROM sales__dlm AS s ORDER BY s.id OFFSET (1) ROWS FETCH FIRST (2) ROWS ONLY",
        [(2,), (3,)],
    ),
    "fetch with ties": Case(
        select(s.region).order_by(s.region).fetch(1, with_ties=True),
        "SELECT s.region FROM sales__dlm AS s ORDER BY s.region FETCH FIRST (1) ROWS WITH TIES",
        [("north",), ("north",)],
    ),
    "a limit of nothing": Case(
        select(s.id).limit(0),
        "SELECT s.id FROM sales__dlm AS s LIMIT 0",
        [],
    ),
}

SOURCES = {
    "values": Case(
        select(pairs.c.k, pairs.c.v).where(pairs.c.v > 1),
        "SELECT pairs.k, pairs.v FROM (VALUES ('a', 1), ('b', 2)) AS pairs (k, v) WHERE pairs.v > 1",
        [("b", 2)],
    ),
    "subquery": Case(
        select(func.max(select(s.id).where(s.id < 3).subquery("few").c.id)),
        "SELECT max(few.id) AS max_1 FROM (SELECT s.id AS id FROM sales__dlm AS s WHERE s.id < 3) AS few",
        [(2,)],
    ),
    "a sample of a table": Case(
        select(func.count()).select_from(tablesample(SALES, func.bernoulli(100.0), name="sampled", seed=literal(7))),
        "SELECT count(*) AS count_1 FROM sales__dlm AS sampled TABLESAMPLE bernoulli(100.0) REPEATABLE (7)",
        [(4,)],
    ),
    "a series": Case(
        select(func.generate_series(1, 3).table_valued("n").render_derived("series").c.n),
        "SELECT series.n FROM generate_series(1, 3) AS series(n)",
        [(1,), (2,), (3,)],
    ),
}
