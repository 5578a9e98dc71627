"""Functions, arrays and JSON."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Date,
    Integer,
    Numeric,
    String,
    all_,
    any_,
    cast,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import aggregate_order_by, array

from datacloud_sqlalchemy.functions import (
    approx_count_distinct,
    array_append,
    array_contains,
    array_length,
    array_position,
    max_by,
    median,
    min_by,
    percentile_cont,
    percentile_disc,
)
from tests.unit.sqlalchemy.cases import SALES, Case

sales = SALES.alias("s")
s: Any = sales.c
note: Any = cast(s.note, JSON)
tag: Any = func.unnest(s.tags).table_valued("tag", with_ordinality="place").render_derived("each")
# A JSON null, the text of that name, and nothing under "c".
NULL_INSIDE = {"a": None, "b": "null", "n": [None, "null"]}
nulls: Any = literal(NULL_INSIDE, JSON)
part: Any = func.json_array_elements(note["a"]["b"]).table_valued("part").render_derived("parts")

AGGREGATES = {
    "approximate count": Case(
        select(approx_count_distinct(s.region).label("n")),
        "SELECT approx_count_distinct(s.region) AS n FROM sales__dlm AS s",
        [(2,)],
    ),
    "median and percentiles": Case(
        select(
            median(s.id).label("a"),
            percentile_cont(0.25).within_group(s.id).label("b"),
            percentile_disc(0.5).within_group(s.id.desc()).label("c"),
        ),
        (
            "SELECT median(s.id) AS a, percentile_cont(CAST('0.25' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER "
            "BY s.id) AS b, percentile_disc(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY s.id "
            "DESC) AS c FROM sales__dlm AS s"
        ),
        [(2.5, 1.75, 3)],
    ),
    "mode": Case(
        select(func.mode().within_group(s.region).label("a")),
        "SELECT mode() WITHIN GROUP (ORDER BY s.region) AS a FROM sales__dlm AS s",
        [("north",)],
    ),
    "any, of the largest": Case(
        select(max_by(s.id, s.amount).label("a"), min_by(s.id, s.amount).label("b")),
        "SELECT max_by(s.id, s.amount) AS a, min_by(s.id, s.amount) AS b FROM sales__dlm AS s",
        [(2, 4)],
    ),
    "strings, ordered": Case(
        select(func.string_agg(s.region, aggregate_order_by(literal("-"), s.id.desc())).label("a")),
        "SELECT string_agg(s.region, '-' ORDER BY s.id DESC) AS a FROM sales__dlm AS s",
        [("south-north-north",)],
    ),
    "array, ordered": Case(
        select(func.array_agg(aggregate_order_by(s.id, s.id.desc())).label("a")),
        "SELECT array_agg(s.id ORDER BY s.id DESC) AS a FROM sales__dlm AS s",
        [([4, 3, 2, 1],)],
    ),
    "array of a subquery": Case(
        select(func.array(select(s.id).order_by(s.id).scalar_subquery(), type_=ARRAY(Integer)).label("a")),
        "SELECT array((SELECT s.id FROM sales__dlm AS s ORDER BY s.id)) AS a",
        [([1, 2, 3, 4],)],
    ),
}

STRINGS = {
    "joined": Case(
        select((s.region + "-" + s.note).label("a"), func.concat(s.region, "-", s.id).label("b")).where(s.id == 4),
        ("SELECT s.region || '-' || s.note AS a, concat(s.region, '-', s.id) AS b FROM sales__dlm AS s WHERE s.id = 4"),
        [(None, "-4")],
    ),
    "parts": Case(
        select(
            func.substring(s.region, 2, 3).label("a"),
            func.left(s.region, 2).label("b"),
            func.split_part("a-b", "-", 2).label("c"),
            func.replace(s.region, "o", "0").label("d"),
        ).where(s.id == 1),
        (
            "SELECT SUBSTRING(s.region FROM 2 FOR 3) AS a, left(s.region, 2) AS b, split_part('a-b', '-', 2) "
            "AS c, replace(s.region, 'o', '0') AS d FROM sales__dlm AS s WHERE s.id = 1"
        ),
        [("ort", "no", "b", "n0rth")],
    ),
    "case and length": Case(
        select(
            func.upper(s.region).label("a"),
            func.initcap("ada bob").label("b"),
            func.char_length(literal("é🙂")).label("c"),
            func.trim("  a ").label("d"),
        ).where(s.id == 1),
        (
            "SELECT upper(s.region) AS a, initcap('ada bob') AS b, char_length('é🙂') AS c, trim(' a ') AS d "
            "FROM sales__dlm AS s WHERE s.id = 1"
        ),
        [("NORTH", "Ada Bob", 2, "a")],
    ),
}

ARRAYS = {
    "element, from 1": Case(
        select(s.tags[1].label("a"), s.tags[9].label("b")).where(s.id == 1),
        "SELECT s.tags[1] AS a, s.tags[9] AS b FROM sales__dlm AS s WHERE s.id = 1",
        [("a", None)],
    ),
    "slice": Case(
        select(s.tags[1:2].label("a")).where(s.id == 1),
        "SELECT s.tags[1 : 2] AS a FROM sales__dlm AS s WHERE s.id = 1",
        [(["a", "b"],)],
    ),
    "literal": Case(
        select(array([1, 2]).label("a"), array([], type_=Integer).label("b")),
        "SELECT ARRAY[1, 2] AS a, ARRAY[]::INTEGER[] AS b",
        [([1, 2], [])],
    ),
    "bound": Case(
        select(
            literal(["a", 'b"\\', None], ARRAY(String)).label("a"),
            literal([dt.date(2026, 1, 5)], ARRAY(Date)).label("b"),
            literal([Decimal("1.50")], ARRAY(Numeric(5, 2))).label("c"),
        ),
        (
            'SELECT CAST(\'["a","b\\"\\\\",NULL]\' AS VARCHAR[]) AS a, CAST(\'["2026-01-05"]\' AS DATE[]) AS b, '
            "CAST('[1.50]' AS NUMERIC(5, 2)[]) AS c"
        ),
        [(["a", 'b"\\', None], [dt.date(2026, 1, 5)], [Decimal("1.50")])],
    ),
    "joined": Case(
        select((s.tags + array(["c"])).label("a")).where(s.id == 1),
        "SELECT s.tags || ARRAY['c'] AS a FROM sales__dlm AS s WHERE s.id = 1",
        [(["a", "b", "c"],)],
    ),
    "compared": Case(
        select(s.id).where(s.tags == ["b"]),
        "SELECT s.id FROM sales__dlm AS s WHERE s.tags = CAST('[\"b\"]' AS VARCHAR[])",
        [(2,)],
    ),
    "any": Case(
        select(s.id).where(literal("b") == any_(s.tags)).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE 'b' = ANY (s.tags) ORDER BY s.id",
        [(1,), (2,)],
    ),
    "any of bound ones": Case(
        select(s.id).where(s.id == any_(literal([2, 5], ARRAY(Integer)))),
        "SELECT s.id FROM sales__dlm AS s WHERE s.id = ANY (CAST('[2,5]' AS INTEGER[]))",
        [(2,)],
    ),
    "all": Case(
        select(s.id).where(s.id < 4, literal("b") == all_(s.tags)).order_by(s.id),
        "SELECT s.id FROM sales__dlm AS s WHERE s.id < 4 AND 'b' = ALL (s.tags) ORDER BY s.id",
        [(2,), (3,)],
    ),
    "unnest": Case(
        select(s.id, tag.c.tag, tag.c.place).join_from(sales, tag, true()).order_by(s.id, tag.c.place),
        (
            "SELECT s.id, each.tag, each.place FROM sales__dlm AS s JOIN unnest(s.tags) WITH ORDINALITY AS "
            "each(tag, place) ON true ORDER BY s.id, each.place"
        ),
        [(1, "a", 1), (1, "b", 2), (2, "b", 1)],
    ),
    "functions": Case(
        select(
            array_length(s.tags).label("a"),
            array_contains(s.tags, "b").label("b"),
            array_position(s.tags, "b").label("c"),
            func.array_to_string(s.tags, "+").label("d"),
            array_append(s.tags, "c").label("e"),
        ).where(s.id == 1),
        (
            "SELECT array_length(s.tags) AS a, array_contains(s.tags, 'b') AS b, array_position(s.tags, 'b') "
            "AS c, array_to_string(s.tags, '+') AS d, array_append(s.tags, 'c') AS e FROM sales__dlm AS s "
            "WHERE s.id = 1"
        ),
        [(2, True, 2, "a+b", ["a", "b", "c"])],
    ),
}

DOCUMENTS = {
    "steps": Case(
        select(note["a"]["b"][0].label("x")).where(s.id == 1),
        "SELECT ((CAST(s.note AS JSON) -> 'a') -> 'b') -> 0 AS x FROM sales__dlm AS s WHERE s.id = 1",
        [(7,)],
    ),
    "path": Case(
        select(note[("a", "b", 1)].label("x")).where(s.id == 1),
        "SELECT (CAST(s.note AS JSON) -> 'a' -> 'b' -> 1) AS x FROM sales__dlm AS s WHERE s.id = 1",
        [("x",)],
    ),
    "path, as text": Case(
        select(note[("a", "b", 1)].as_string().label("x")).where(s.id == 1),
        (
            "SELECT CAST(CASE WHEN CAST((CAST(s.note AS JSON) -> 'a' -> 'b' -> 1) AS TEXT) != 'null' THEN "
            "(CAST(s.note AS JSON) -> 'a' -> 'b' ->> 1) END AS VARCHAR) AS x FROM sales__dlm AS s WHERE s.id = 1"
        ),
        [("x",)],
    ),
    "as numbers": Case(
        select(
            note["a"]["b"][0].as_integer().label("a"),
            note["n"].as_numeric(5, 2).label("b"),
            note["n"].as_float().label("c"),
            note["ok"].as_boolean().label("d"),
        ).where(s.id == 1),
        (
            "SELECT CAST(CASE WHEN CAST(((CAST(s.note AS JSON) -> 'a') -> 'b') -> 0 AS TEXT) != 'null' THEN "
            "((CAST(s.note AS JSON) -> 'a') -> 'b') ->> 0 END AS INTEGER) AS a, "
            "CAST(CASE WHEN CAST(CAST(s.note AS JSON) -> 'n' AS TEXT) != 'null' THEN CAST(s.note AS JSON) ->> 'n' END "
            "AS NUMERIC(5, 2)) AS b, "
            "CAST(CASE WHEN CAST(CAST(s.note AS JSON) -> 'n' AS TEXT) != 'null' THEN CAST(s.note AS JSON) ->> 'n' END "
            "AS DOUBLE PRECISION) AS c, "
            "CAST(CASE WHEN CAST(CAST(s.note AS JSON) -> 'ok' AS TEXT) != 'null' THEN CAST(s.note AS JSON) ->> 'ok' "
            "END AS BOOLEAN) AS d FROM sales__dlm AS s WHERE s.id = 1"
        ),
        [(7, Decimal("1.50"), 1.5, True)],
    ),
    "compared": Case(
        select(s.id).where(s.id < 3, note[("a", "b", 1)].as_string() == "x"),
        (
            "SELECT s.id FROM sales__dlm AS s WHERE s.id < 3 AND CAST(CASE WHEN CAST((CAST(s.note AS JSON) -> 'a' -> "
            "'b' -> 1) AS TEXT) != 'null' THEN (CAST(s.note AS JSON) -> 'a' -> 'b' ->> 1) END AS VARCHAR) = 'x'"
        ),
        [(1,)],
    ),
    "the path as JSON and as text": Case(
        select(note[("a", "b")].label("j"), note[("a", "b")].as_string().label("t")).where(s.id == 1),
        (
            "SELECT (CAST(s.note AS JSON) -> 'a' -> 'b') AS j, CAST(CASE WHEN CAST((CAST(s.note AS JSON) -> 'a' -> "
            "'b') AS TEXT) != 'null' THEN (CAST(s.note AS JSON) -> 'a' ->> 'b') END AS VARCHAR) AS t "
            "FROM sales__dlm AS s WHERE s.id = 1"
        ),
        [([7, "x"], '[7, "x"]')],
    ),
    "a null inside is NULL as text": Case(
        select(*[nulls[key].as_string().label(key) for key in "abc"], nulls["a"].as_integer().label("d")),
        (
            'SELECT CAST(CASE WHEN CAST(CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS '
            'JSON) -> \'a\' AS TEXT) != \'null\' THEN CAST(\'{"a": null, "b": "null", "n": [null, '
            "\"null\"]}' AS JSON) ->> 'a' END AS VARCHAR) AS a, CAST(CASE WHEN CAST(CAST('{\"a\": "
            'null, "b": "null", "n": [null, "null"]}\' AS JSON) -> \'b\' AS TEXT) != \'null\' THEN '
            'CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS JSON) ->> \'b\' END AS '
            'VARCHAR) AS b, CAST(CASE WHEN CAST(CAST(\'{"a": null, "b": "null", "n": [null, '
            '"null"]}\' AS JSON) -> \'c\' AS TEXT) != \'null\' THEN CAST(\'{"a": null, "b": "null", '
            '"n": [null, "null"]}\' AS JSON) ->> \'c\' END AS VARCHAR) AS c, CAST(CASE WHEN '
            'CAST(CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS JSON) -> \'a\' AS TEXT) '
            '!= \'null\' THEN CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS JSON) ->> '
            "'a' END AS INTEGER) AS d"
        ),
        [(None, "null", None, None)],
    ),
    "a null inside is NULL as text, in a path": Case(
        select(*[nulls[("n", place)].as_string().is_(None).label(f"n{place}") for place in range(3)]),
        (
            'SELECT CAST(CASE WHEN CAST((CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS '
            'JSON) -> \'n\' -> 0) AS TEXT) != \'null\' THEN (CAST(\'{"a": null, "b": "null", "n": '
            "[null, \"null\"]}' AS JSON) -> 'n' ->> 0) END AS VARCHAR) IS NULL AS n0, CAST(CASE "
            'WHEN CAST((CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS JSON) -> \'n\' -> '
            '1) AS TEXT) != \'null\' THEN (CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS '
            "JSON) -> 'n' ->> 1) END AS VARCHAR) IS NULL AS n1, CAST(CASE WHEN CAST((CAST('{\"a\": "
            'null, "b": "null", "n": [null, "null"]}\' AS JSON) -> \'n\' -> 2) AS TEXT) != \'null\' '
            'THEN (CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS JSON) -> \'n\' ->> 2) '
            "END AS VARCHAR) IS NULL AS n2"
        ),
        [(True, False, True)],
    ),
    "astext, as PostgreSQL has it": Case(
        select(*[literal(NULL_INSIDE, postgresql.JSON)[key].astext.label(key) for key in "ab"]),
        (
            'SELECT CASE WHEN CAST(CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' AS JSON) '
            '-> \'a\' AS TEXT) != \'null\' THEN CAST(\'{"a": null, "b": "null", "n": [null, "null"]}\' '
            'AS JSON) ->> \'a\' END AS a, CASE WHEN CAST(CAST(\'{"a": null, "b": "null", "n": '
            "[null, \"null\"]}' AS JSON) -> 'b' AS TEXT) != 'null' THEN CAST('{\"a\": null, \"b\": "
            '"null", "n": [null, "null"]}\' AS JSON) ->> \'b\' END AS b'
        ),
        [(None, "null")],
    ),
    "bound": Case(
        select(literal({"a": [1, None]}, JSON).label("x")),
        "SELECT CAST('{\"a\": [1, null]}' AS JSON) AS x",
        [({"a": [1, None]},)],
    ),
    "elements": Case(
        select(func.count()).select_from(sales).join(part, true()).where(s.id < 3),
        (
            "SELECT count(*) AS count_1 FROM sales__dlm AS s JOIN json_array_elements((CAST(s.note AS JSON) "
            "-> 'a') -> 'b') AS parts(part) ON true WHERE s.id < 3"
        ),
        [(2,)],
    ),
}
