"""Statements become Hyper's SQL, or a reason why not. Source: wire spec, hyper §4.2 and §4.4."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from datacloud_sqlalchemy import DataCloudDialect, functions
from tests.unit.sqlalchemy.cases import SALES, SQLALCHEMY_2, Case, refused
from tests.unit.sqlalchemy.cases.sections import CASES
from tests.unit.sqlalchemy.statements import REFUSED, SELECTS, N


def written_out(statement: Any) -> str:
    """The SQL with every value in its place and blanks made single."""
    compiled = statement.compile(dialect=DataCloudDialect(), compile_kwargs={"literal_binds": True})
    return " ".join(str(compiled).split())


@pytest.mark.parametrize(("statement", "expected", "rows"), SELECTS.values(), ids=SELECTS)
def test_sql(statement: Any, expected: str, rows: object) -> None:
    assert written_out(statement) == expected


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_hyper_says(case: Case) -> None:
    assert written_out(case.statement) == case.sql


NOT_SAID = {**REFUSED, **refused.REFUSED}


@pytest.mark.parametrize(("statement", "reason"), NOT_SAID.values(), ids=NOT_SAID)
def test_what_hyper_cannot_say_is_refused(statement: Any, reason: str) -> None:
    with pytest.raises(sa.exc.CompileError, match=reason):
        statement.compile(dialect=DataCloudDialect())


@pytest.mark.parametrize(
    ("written", "sql"),
    [
        # 2^63 - 1 is the last whole constant of Hyper's; a number of more than 38 digits would be a double.
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775808."),
        ("9" * 38, "9" * 38 + "."),
        ("9" * 39, "9" * 39),
        ("9223372036854775808.5", "9223372036854775808.5"),
    ],
)
def test_a_long_whole_constant_is_the_number_it_is(written: str, sql: str) -> None:
    assert written_out(sa.select(sa.literal_column(written).label("n"))) == f"SELECT {sql} AS n"


def test_an_empty_json_path_is_refused() -> None:
    with pytest.raises(sa.exc.CompileError, match="leads nowhere"):
        written_out(sa.select(sa.column("j", sa.JSON)[()]))


def test_rows_of_a_wrong_length_are_refused() -> None:
    rows = sa.tuple_(SALES.c.id, SALES.c.region).in_(sa.bindparam("rows", [(1, "a", 2)], expanding=True))
    compiled = sa.select(SALES.c.id).where(rows).compile(dialect=DataCloudDialect())
    with pytest.raises(sa.exc.CompileError, match="must have 2 values"):
        compiled._process_parameters_for_postcompile(compiled.construct_params())


@pytest.mark.parametrize(
    ("value", "reason"),
    [("a\0b", "NUL"), (sa.Numeric().python_type("1E+40"), "38 digits")],
)
def test_a_value_without_a_literal_is_refused(value: object, reason: str) -> None:
    with pytest.raises(sa.exc.CompileError, match=reason):
        written_out(sa.select(sa.literal(value)))


def test_a_name_the_driver_cannot_take_is_escaped_and_no_two_names_meet() -> None:
    names = ["a-b", "a.b", "a b", "a_b", "a_x2d_b", "2b", "é", "select"]
    where = [sa.column("x", sa.Integer) == sa.bindparam(name, number) for number, name in enumerate(names)]
    compiled = sa.select(sa.column("x")).where(sa.and_(*where)).compile(dialect=DataCloudDialect())
    sent = dict(compiled.construct_params())
    assert sorted(sent.values()) == list(range(len(names)))
    assert all(name.isascii() and name.isidentifier() for name in sent)
    assert [f":{name}" in str(compiled) for name in sent] == [True] * len(names)


def test_an_expanded_list_keeps_its_odd_name() -> None:
    column: Any = sa.column("a-b", sa.Integer)
    compiled = (
        sa.select(column)
        .where(column.in_([5, 6]))
        .compile(dialect=DataCloudDialect(), compile_kwargs={"render_postcompile": True})
    )
    assert sorted(compiled.construct_params().values()) == [5, 6]
    assert all(f":{name}" in str(compiled) for name in compiled.construct_params())
    assert " ".join(str(compiled).split()).startswith('SELECT "a-b" WHERE "a-b" IN (:')


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("plain", "plain"),
        ("ssot__Id__c", '"ssot__Id__c"'),
        ("select", '"select"'),
        # Hyper's own reserved words, and "$", which PostgreSQL would let pass.
        *[(word, f'"{word}"') for word in ("assumed", "collation", "concurrently", "lambda", "lateral", "tablesample")],
        ("a$b", '"a$b"'),
        ("1a", '"1a"'),
        ("a\n", '"a\n"'),
        ('a"b', '"a""b"'),
        ("straße", '"straße"'),
    ],
)
def test_names_are_quoted_where_hyper_needs_it(name: str, quoted: str) -> None:
    assert DataCloudDialect().identifier_preparer.quote(name) == quoted


@pytest.mark.parametrize(("schema", "prefix"), [(None, ""), ("default", ""), ("public", "public.")])
def test_the_data_space_is_not_written_before_a_name(schema: str | None, prefix: str) -> None:
    table = sa.Table("T", sa.MetaData(), sa.Column("a", sa.Integer), schema=schema)
    assert f'FROM {prefix}"T"' in written_out(sa.select(table))


A: Any = sa.column("a", sa.Integer)
J: Any = sa.column("j", sa.JSON)
# Pairs that differ in their text by more than a value.
APART: list[tuple[Any, Any]] = [
    (sa.select(N.Id__c).where(N.Id__c == 1), sa.select(N.Id__c).where(N.Name__c == "a")),
    (functions.try_cast(A, sa.Integer), functions.try_cast(A, sa.Date)),
    (functions.try_cast(A, sa.Integer), sa.cast(A, sa.Integer)),
    (functions.try_cast(A, sa.Numeric(5, 2)), functions.try_cast(A, sa.Numeric(6, 2))),
    (functions.median(A), functions.any_value(A)),
    (functions.percentile_cont(0.5).within_group(A), functions.percentile_disc(0.5).within_group(A)),
    (functions.date_trunc("day", A), sa.func.date_part("day", A)),
    (functions.at_time_zone(A, "UTC"), A.op("AT")("UTC")),
    (functions.result_scan("q", sa.column("a")), functions.result_scan("q", sa.column("b"))),
    (J["a"], J[("a",)]),
    (J[("a", "b")], J[("a", "b")].as_string()),
    (sa.extract("year", A), sa.extract("month", A)),
    (sa.literal([1], sa.ARRAY(sa.Integer)), sa.literal([1], sa.ARRAY(sa.BigInteger))),
]
if SQLALCHEMY_2:  # 1.4 cannot compare the two keys
    APART.append((N.Name__c.regexp_replace("x", "y", flags="g"), N.Name__c.regexp_replace("x", "y")))
# Pairs that differ in a value only.
ALIKE: list[tuple[Any, Any]] = [
    (functions.percentile_cont(0.5).within_group(A), functions.percentile_cont(0.9).within_group(A)),
    (functions.date_trunc("day", A), functions.date_trunc("month", A)),
    (functions.at_time_zone(A, "UTC"), functions.at_time_zone(A, "Europe/Berlin")),
    (functions.result_scan("q", sa.column("a")), functions.result_scan("r", sa.column("a"))),
    (J[("a", "b")], J[("c", 0, "d")]),
    (sa.tuple_(A, A).in_([(1, 2)]), sa.tuple_(A, A).in_([(1, 2), (3, 4)])),
    (sa.literal([1], sa.ARRAY(sa.Integer)), sa.literal([2, 3], sa.ARRAY(sa.Integer))),
]


def cache_key(expression: Any) -> Any:
    key = expression._generate_cache_key()
    assert key is not None, "is compiled anew each time"
    return key


def same_key(first: Any, second: Any) -> bool:
    # By `==`: the `!=` of 1.4's keys is that of tuples.
    return bool(cache_key(first) == cache_key(second))


def test_the_cache_tells_statements_apart_by_all_but_their_values() -> None:
    assert DataCloudDialect.supports_statement_cache
    alike = [place for place, pair in enumerate(APART) if same_key(*pair)]
    assert alike == []
    apart = [place for place, pair in enumerate(ALIKE) if not same_key(*pair)]
    assert apart == []


# SQLAlchemy itself compiles VALUES anew each time, and 1.4 an aggregate that is ordered.
NOT_KEPT = ["Sources: values"] + ["Aggregates: strings, ordered", "Aggregates: array, ordered"] * (not SQLALCHEMY_2)
KEPT = {name: case for name, case in CASES.items() if name not in NOT_KEPT}


@pytest.mark.parametrize("case", KEPT.values(), ids=KEPT)
def test_every_case_is_compiled_once(case: Case) -> None:
    assert cache_key(case.statement) is not None


@pytest.mark.parametrize("value", ["abc", b"abc", 5])
def test_only_a_list_can_be_bound_as_an_array(value: object) -> None:
    with pytest.raises(sa.exc.ArgumentError, match="bound as a list"):
        written_out(sa.select(sa.literal(value, sa.ARRAY(sa.Integer))))


def test_groups_frames_are_refused_where_sqlalchemy_has_them() -> None:
    over: Any = sa.func.sum(N.Id__c).over(order_by=N.Id__c)
    over.groups = (0, 0)  # SQLAlchemy 2.1's argument of this name; earlier ones have no way to write GROUPS
    with pytest.raises(sa.exc.CompileError, match="GROUPS"):
        written_out(sa.select(over))
