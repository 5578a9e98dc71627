"""What Core or the postgresql dialect can say and Hyper has not: the expression and a word of the reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Integer,
    Numeric,
    Sequence,
    String,
    Time,
    bindparam,
    cast,
    column,
    distinct,
    extract,
    func,
    insert,
    literal,
    or_,
    select,
    tablesample,
    tuple_,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import aggregate_order_by, array

from tests.unit.sqlalchemy.cases import SALES, SQLALCHEMY_2, SQLALCHEMY_2_1

s: Any = SALES.c
note: Any = cast(s.note, JSON)
rows: Any = bindparam("rows", expanding=True)
new: Any = insert(SALES).values(id=5).returning(s.id).cte("new")

REFUSED: dict[str, tuple[Any, str]] = {
    "MATERIALIZED": (select(select(s.id).cte("c").prefix_with("MATERIALIZED")), "MATERIALIZED"),
    "a statement that changes in WITH": (select(new.c.id), "CTE"),
    "LIMIT of an expression": (select(s.id).limit(literal(1) + 1), "LIMIT"),
    "OFFSET of a query": (select(s.id).limit(1).offset(select(s.id).scalar_subquery()), "LIMIT"),
    "FETCH of an expression": (select(s.id).fetch(literal(1) + 1), "FETCH"),
    "FETCH PERCENT": (select(s.id).fetch(5, percent=True), "PERCENT"),
    "FOR UPDATE": (select(s.id).with_for_update(), "FOR UPDATE"),
    "table hint": (select(s.id).with_hint(SALES, "x"), "hints"),
    "statement hint": (select(s.id).with_statement_hint("x"), "hints"),
    "TABLESAMPLE of a function": (
        select(func.count()).select_from(tablesample(func.generate_series(1, 3).alias("g"), 50)),
        "stored tables",
    ),
    "TABLESAMPLE of an expression": (
        select(func.count()).select_from(tablesample(SALES, func.system(func.abs(5)))),
        "numbers",
    ),
    "a row as a value": (select(s.id).where(func.coalesce(tuple_(s.id, s.region)).is_(None)), "rows"),
    "a row in a subquery": (
        select(s.id).where(tuple_(s.id, s.region).in_(select(s.id, s.region))),
        "exists",
    ),
    "rows of different lengths": (
        select(s.id).where(tuple_(s.id, s.region) == tuple_(s.id, s.region, s.day)),
        "same number",
    ),
    "one list for two rows": (
        select(s.id).where(or_(tuple_(s.id, s.region).in_(rows), tuple_(s.amount, s.region).in_(rows))),
        "of its own",
    ),
    "a list in a row of a list": (
        select(s.id).where(tuple_(s.id.in_(bindparam("ids", expanding=True)), s.region).in_(rows)),
        "list of its own",
    ),
    "count of a row": (select(func.count(distinct(tuple_(s.id, s.region)))), "rows"),
    "count(DISTINCT) OVER": (select(func.count(s.id.distinct()).over(partition_by=s.region)), "DISTINCT"),
    "median OVER": (select(func.median(s.id).over()), "OVER"),
    "WITHIN GROUP … OVER": (
        select(func.percentile_cont(0.5).within_group(s.id).over(partition_by=s.region)),
        "OVER",
    ),
    "array_agg FILTER": (select(func.array_agg(s.id).filter(s.id > 1)), "FILTER"),
    "median FILTER": (select(func.median(s.id).filter(s.id > 1)), "FILTER"),
    "sum, ordered": (select(func.sum(aggregate_order_by(s.id, s.day))), "ORDER BY inside sum"),
    "array contains array": (select(s.id).where(cast(s.tags, postgresql.ARRAY(String)).contains(["a"])), "@>"),
    "array overlaps": (select(s.id).where(cast(s.tags, postgresql.ARRAY(String)).overlap(["a"])), "&&"),
    "array of arrays": (select(array([array([1]), array([2])])), "one dimension"),
    "array type of two dimensions": (select(cast(s.tags, ARRAY(Integer, dimensions=2))), "one dimension"),
    "array of an unknown type": (select(literal([1], ARRAY(column("x").type))), "unknown elements"),
    "open slice": (select(s.tags[1:]), "both ends"),
    "slice with a step": (select(s.tags[1:4:2]), "step"),
    "jsonb": (select(cast(s.note, postgresql.JSONB)), "JSONB"),
    "has_key": (select(s.id).where(column("j", postgresql.JSONB).has_key("a")), r"\?"),
    "an operator written out": (select(s.id.op("**")(2)), "power"),
    "full text": (select(s.id).where(s.note.match("x")), "full-text"),
    "regular expression flags": (select(s.id).where(s.note.regexp_match("x", flags="m")), "flags"),
    "regular expression flags, replacing": (select(s.note.regexp_replace("x", "y", flags="gm")), "flags"),
    "regular expression flags that are a parameter": (
        select(s.id).where(s.note.regexp_match("x", flags=bindparam("flags", "i"))),
        "flags",
    ),
    "extract of an unknown field": (select(extract("julian", s.day)), "julian"),
    "current_user": (select(func.current_user()), "current_user"),
    "session_user": (select(func.session_user()), "session_user"),
    "sequence": (select(Sequence("s").next_value()), "sequences"),
    "ON CONFLICT": (postgresql.insert(SALES).values(id=1).on_conflict_do_nothing(), "ON CONFLICT"),
    "NUMERIC too wide": (select(cast(s.id, Numeric(39, 2))), "38 digits"),
    "TIME WITH TIME ZONE": (select(cast(s.note, Time(timezone=True))), "TIME WITH TIME ZONE"),
    "TIMESTAMP(3)": (select(cast(s.note, postgresql.TIMESTAMP(precision=3))), "microseconds"),
    "INTERVAL fields": (select(cast(s.note, postgresql.INTERVAL(fields="DAY TO SECOND"))), "INTERVAL"),
    "range type": (select(cast(s.note, postgresql.INT4RANGE)), "INT4RANGE"),
    "inet": (select(cast(s.note, postgresql.INET)), "INET"),
}

if SQLALCHEMY_2:
    REFUSED["WITHIN GROUP … FILTER"] = (
        select(func.percentile_cont(0.5).within_group(s.id).filter(s.id > 1)),
        "FILTER",
    )
    full_text: Any = postgresql
    REFUSED["full text functions"] = (select(full_text.to_tsquery("x")), "full-text")
if SQLALCHEMY_2_1:
    over: Any = func.sum(s.id).over
    REFUSED["GROUPS frame"] = (select(over(order_by=s.id, groups=(0, 0))), "GROUPS")
    ordered: Any = func.sum(s.id)
    REFUSED["sum, ordered by a method"] = (select(ordered.aggregate_order_by(s.day)), "ORDER BY inside sum")
