"""Statements become Hyper's SQL, or a reason why not. Source: wire spec, hyper §4.2 and §4.4."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from datacloud_sqlalchemy import DataCloudDialect
from tests.unit.sqlalchemy.statements import NUMBERS, REFUSED, SELECTS, N


def written_out(statement: Any) -> str:
    """The SQL with every value in its place and blanks made single."""
    compiled = statement.compile(dialect=DataCloudDialect(), compile_kwargs={"literal_binds": True})
    return " ".join(str(compiled).split())


@pytest.mark.parametrize(("statement", "expected", "rows"), SELECTS.values(), ids=SELECTS)
def test_sql(statement: Any, expected: str, rows: object) -> None:
    assert written_out(statement) == expected


@pytest.mark.parametrize(("statement", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_hyper_cannot_say_is_refused(statement: Any, reason: str) -> None:
    with pytest.raises(sa.exc.CompileError, match=reason):
        written_out(statement)


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


def test_the_cache_tells_statements_apart() -> None:
    first, second = sa.select(N.Id__c).where(N.Id__c == 1), sa.select(N.Id__c).where(N.Name__c == "a")
    assert DataCloudDialect.supports_statement_cache
    assert first._generate_cache_key() != second._generate_cache_key()
    assert sa.select(NUMBERS)._generate_cache_key() is not None


def test_a_list_cannot_be_bound_as_an_array() -> None:
    statement = sa.select(sa.column("a", postgresql.ARRAY(sa.Integer)) == [1, 2])
    with pytest.raises(sa.exc.CompileError, match=r"ARRAY\[\.\.\.\]"):
        written_out(statement)


def test_groups_frames_are_refused_where_sqlalchemy_has_them() -> None:
    over: Any = sa.func.sum(N.Id__c).over(order_by=N.Id__c)
    over.groups = (0, 0)  # SQLAlchemy 2.1's argument of this name; earlier ones have no way to write GROUPS
    with pytest.raises(sa.exc.CompileError, match="GROUPS"):
        written_out(sa.select(over))
