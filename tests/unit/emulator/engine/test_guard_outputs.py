"""Which outputs are aggregates. Source: wire spec, query §5 and §12 (aggregates are sent as numbers)."""

from __future__ import annotations

import pytest

from datacloud_emulator.sql import guard
from datacloud_emulator.sql.guard import aggregate_outputs

CASES: list[tuple[str, int, set[int]]] = [
    ("select sum(x) from t", 1, {0}),
    ("select a, SUM(x), avg(y) AS m, max(z) n from t group by a", 4, {1, 2, 3}),
    ("select count(*), a, min(x) from t", 3, {0, 2}),
    ("select sum(distinct x) from t", 1, {0}),
    ("select sum(x) filter (where y > 1) as s from t", 1, {0}),
    ("select percentile_cont(0.5) within group (order by x) from t", 1, {0}),
    ("select percentile_disc(0.5) within group (order by x) filter (where y) as p, (sum(x)) from t", 2, {0, 1}),
    ('select "sum"(x) as "from", a as from, sum(x) from t', 3, {0, 2}),
    ("select distinct sum(x) from t", 1, {0}),
    ("select distinct on (a, b) a, sum(x) from t", 2, {1}),
    ("(select sum(x) from t) union all select 1", 1, {0}),
    ("select 1 union all select sum(x) from t", 1, set()),
    ("with c as (select sum(x) as s from t) select s, max(s) from c", 2, {1}),
    ("with a as (select 1), b as (select 2) (select sum(x) from b)", 1, {0}),
    ("select 'sum(x)', /* sum(x), */ sum(x) -- , sum(y)\n from t;", 2, {1}),
    ("select extract(year from d), sum(x) from t", 2, {1}),
    ("select case when a then 1 else 2 end, sum(x) from t", 2, {1}),
    ("select array[1, 2], sum(x) from t", 2, {1}),
    ("select t.sum, a.b.c, sum(x) from t", 3, {2}),
    ("\ufeffselect sum(x) from t", 1, {0}),
    # stars: what stands before the first and behind the last is certain
    ("select *, sum(x) from t", 5, {4}),
    ("select sum(x), t.* from t", 4, {0}),
    ("select sum(x), t.*, sum(y), u.*, max(z) from t", 9, {0, 8}),
    ('select "t".* exclude (a), sum(x) from t', 4, {3}),
    ("select * from (select sum(x) from t) q", 1, set()),
    ("select count(*) * 2, sum(x) from t", 2, {1}),
    # more than a call of an aggregate
    ("select sum(x) + 1 from t", 1, set()),
    ("select sum(x) / count(*) from t", 1, set()),
    ("select round(sum(x), 2), cast(sum(x) as int), sum(x)::int from t", 3, set()),
    ("select sum(x) over (partition by a) from t", 1, set()),
    ("select sum(x) over w from t window w as (order by a)", 1, set()),
    ("select (select sum(x) from t)", 1, set()),
    ("select row_number() over (), abs(x), mysum(x) from t", 3, set()),
    ("select my.sum(x) from t", 1, set()),
    # not certain
    ("select sum(x), a from t", 3, set()),
    ("select *, *, sum(x), a, b, c from t", 3, set()),
    ("values (1)", 1, set()),
    ("table t", 1, set()),
    ("with x select sum(x)", 1, set()),
    ("", 0, set()),
    ("select sum(x", 1, set()),
]


@pytest.mark.parametrize(("sql", "width", "found"), CASES)
def test_aggregate_outputs(sql: str, width: int, found: set[int]) -> None:
    assert aggregate_outputs(sql, width) == found


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT MAX(t.a) AS Most__c, min(b) Least__c, SUM(c) AS S FROM t", {"Most__c": "MAX", "Least__c": "MIN"}),
        ('WITH x AS (SELECT MIN(a) AS b FROM t) SELECT MAX(b) "Most of it" FROM x', {"Most of it": "MAX"}),
        ("SELECT MAX(a) FROM t", {}),
        ("SELECT MAX(a) + 1 AS b, (SELECT MIN(a) FROM t) AS c, MAX(a) OVER () AS d FROM t", {}),
        ("VALUES (1)", {}),
    ],
)
def test_outputs_that_are_extremes(sql: str, found: dict[str, str]) -> None:
    assert guard.extremes(sql) == found
