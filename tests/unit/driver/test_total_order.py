"""A statement in a total order: what is added, and where. Source: wire spec, query §3; hyper §4.2."""

from __future__ import annotations

import pytest

from datacloud_dbapi.errors import NotSupportedError
from datacloud_dbapi.transports.total_order import MOST_IN_URL, Ordered, in_total_order, outputs


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a, b FROM t",
        "SELECT a, b FROM t -- order by a limit 1",
        "SELECT a, row_number() OVER (ORDER BY a) FROM t",
        "SELECT a, b FROM (SELECT * FROM t ORDER BY a LIMIT 9) q",
        "SELECT t.limit, 'order by' AS offset FROM t",
        "WITH x AS (SELECT 1 LIMIT 1) SELECT 1, 2 FROM x",
        '(SELECT 1, 2 LIMIT 1) UNION ALL (SELECT "limit", 3)',
    ],
)
def test_without_an_order_of_its_own_the_service_is_asked_for_one(sql: str) -> None:
    assert in_total_order(sql, 2) == Ordered(sql, "1 ASC,2 ASC")


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("SELECT a, b FROM t ORDER BY b DESC", "SELECT a, b FROM t ORDER BY b DESC, 1, 2"),
        ("SELECT a, b FROM t ORDER BY b DESC ; ", "SELECT a, b FROM t ORDER BY b DESC, 1, 2"),
        ("SELECT a, b FROM t order by b NULLS LAST LIMIT 5", "SELECT a, b FROM t order by b NULLS LAST, 1, 2 LIMIT 5"),
        (
            "SELECT a, b FROM t ORDER BY f(a, (b))-- c\nOFFSET 5",
            "SELECT a, b FROM t ORDER BY f(a, (b)), 1, 2 -- c\nOFFSET 5",
        ),
        ("SELECT a, b FROM t LIMIT 5", "SELECT a, b FROM t ORDER BY 1, 2 LIMIT 5"),
        ("SELECT a, b FROM t OFFSET 2 LIMIT 5", "SELECT a, b FROM t ORDER BY 1, 2 OFFSET 2 LIMIT 5"),
        ("SELECT a, b FROM t FETCH FIRST 5 ROWS ONLY", "SELECT a, b FROM t ORDER BY 1, 2 FETCH FIRST 5 ROWS ONLY"),
        ("( (SELECT a, b FROM t ORDER BY b) ) -- c", "SELECT a, b FROM t ORDER BY b, 1, 2"),
        ("SELECT a, b FROM t ORDER BY a[1]LIMIT 5", "SELECT a, b FROM t ORDER BY a[1], 1, 2 LIMIT 5"),
        ("SELECT 1, 2 UNION SELECT 3, 4 ORDER BY 1", "SELECT 1, 2 UNION SELECT 3, 4 ORDER BY 1, 1, 2"),
    ],
)
def test_the_columns_follow_the_order_that_is_there_and_stand_before_a_cut(sql: str, ordered: str) -> None:
    assert in_total_order(sql, 2) == Ordered(ordered, None)


def test_many_columns_do_not_go_into_the_url() -> None:
    columns = MOST_IN_URL + 1
    ordered = in_total_order("SELECT * FROM t", columns)
    assert ordered.orderby is None
    assert ordered.sql.endswith(f", {columns - 1}, {columns}")


def test_ties_cannot_be_broken() -> None:
    with pytest.raises(NotSupportedError, match="WITH TIES"):
        in_total_order("SELECT a FROM t ORDER BY a FETCH FIRST 5 ROWS WITH TIES", 1)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", 1),
        ("SELECT f(a, b) AS x, a * 2, 'c, d' FROM t, u", 3),
        ("(SELECT DISTINCT a, (SELECT 1, 2) FROM t)", 2),
        ("SELECT a IS NOT DISTINCT FROM b, c FROM t", 2),
        ("SELECT count(*), CASE WHEN a THEN b END x", 2),
        ("WITH x AS (SELECT 1, 2) SELECT 1, 2, 3 FROM x", 3),
        ("SELECT 1, 2 UNION SELECT 3, 4", 2),
        ("SELECT a -- , b\nLIMIT 1", 1),
        ("SELECT *", None),
        ("SELECT DISTINCT * FROM t", None),
        ("SELECT 1, t.* FROM t", None),
        ("SELECT 1, * FROM t", None),
        ("VALUES (1, 2)", None),
        ("(SELECT 1) UNION (SELECT 2)", None),
        ("TABLE t", None),
        ("", None),
    ],
)
def test_the_outputs_that_a_statement_names_are_counted(sql: str, expected: int | None) -> None:
    assert outputs(sql) == expected
