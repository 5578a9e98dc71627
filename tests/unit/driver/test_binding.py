"""What is a placeholder and what is not, what a value becomes, what is refused.

Source: wire spec, query §13; faults V9-V12.
That the literals mean what they should is shown on the engine, in `tests/property/test_literals.py`.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import uuid
from collections import UserList, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from datacloud_dbapi.binding import bind
from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.lexer import tokens
from datacloud_dbapi.literals import literal


class Colour(str, enum.Enum):
    RED = "it's red"


class Loud(str):
    def __str__(self) -> str:
        return "LOUD"

    __repr__ = __format__ = __str__  # type: ignore[assignment]  # a liar on purpose


class Size(enum.IntEnum):
    BIG = 7


Pair = namedtuple("Pair", "a b")


@pytest.mark.fault("V12")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (np.bool_(False), "FALSE"),
        (0, "0"),
        (-5, "(-5)"),
        (np.int64(-5), "(-5)"),
        (Size.BIG, "7"),
        (2**63 - 1, "9223372036854775807"),
        (2**63, "9223372036854775808."),
        (Decimal("1.50"), "1.50"),
        (Decimal("0.50"), ".50"),
        (Decimal("-0.5"), "(-.5)"),
        (Decimal("1E+3"), "1000."),
        (Decimal("0"), "0."),
        (0.1, "CAST('0.1' AS DOUBLE PRECISION)"),
        (1e22, "CAST('1e+22' AS DOUBLE PRECISION)"),
        (float("nan"), "CAST('NaN' AS DOUBLE PRECISION)"),
        (float("-inf"), "CAST('-Infinity' AS DOUBLE PRECISION)"),
        (np.float32(0.1), "CAST('0.10000000149011612' AS DOUBLE PRECISION)"),
        (Fraction(1, 4), "CAST('0.25' AS DOUBLE PRECISION)"),
        ("it's", "'it''s'"),
        ("", "''"),
        (Colour.RED, "'it''s red'"),
        (Loud("quiet"), "'quiet'"),
        (np.str_("a"), "'a'"),
        (uuid.UUID(int=1), "'00000000-0000-0000-0000-000000000001'"),
        (dt.date(2024, 2, 29), "DATE '2024-02-29'"),
        (dt.time(1, 2, 3, 4), "TIME '01:02:03.000004'"),
        (dt.datetime(19, 1, 5, 1), "TIMESTAMP '0019-01-05 01:00:00'"),
        (pd.Timestamp("2024-02-29 01:02:03.5"), "TIMESTAMP '2024-02-29 01:02:03.500000'"),
        (
            dt.datetime(2024, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
            "TIMESTAMP WITH TIME ZONE '2023-12-31 19:30:00+00:00'",
        ),
        (dt.timedelta(microseconds=-1), "INTERVAL '-1 days 86399.999999 seconds'"),
        (b"\x00\xff", "CAST('\\x00ff' AS BYTEA)"),
        (memoryview(b"a"), "CAST('\\x61' AS BYTEA)"),
        ([1, "a", None], "(1, 'a', NULL)"),
        (Pair(1, 2), "(1, 2)"),
    ],
)
def test_a_value_becomes_its_literal(value: Any, expected: str) -> None:
    assert literal(value, ":x") == expected


@pytest.mark.fault("V12")
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (object(), "builtins.object"),
        ({1, 2}, "builtins.set"),
        ({}, "builtins.dict"),
        (1j, "builtins.complex"),
        (np.datetime64("2024-01-01"), "numpy.datetime64"),
        (np.array([1]), "numpy.ndarray"),
        (Fraction(1, 3), "no double equals"),
        (10**38, "38 digits"),
        (Decimal("1E+1000000"), "38 digits"),
        (Decimal("1E-1000000"), "38 digits"),
        (Decimal("1.00000000000000000000000000000000000000"), "38 digits"),
        (Decimal("sNaN"), "NUMERIC does not know"),
        ("a\0b", "NUL"),
        (dt.time(1, tzinfo=dt.timezone.utc), "zone"),
        (dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))), "9999"),
        (pd.NaT, "NaT"),
        (pd.Timestamp(1), "nanoseconds"),
        (pd.Timedelta(1), "nanoseconds"),
        ([], "empty"),
        ([[1]], r"\[0\]"),
        ([1, object()], r"\[1\]"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_cannot_be_said_exactly_is_refused_by_name(value: Any, words: str) -> None:
    with pytest.raises(ProgrammingError, match=f"^:who.*{words}"):
        bind("SELECT :who", {"who": value})
    with pytest.raises(ProgrammingError, match=f"^parameter 2.*{words}"):
        bind("SELECT ?, ?", [1, value])


UNTOUCHED = [
    "SELECT ':a', '?', 'it''s :a'",
    "SELECT E'\\':a', e'\\\\', E'a''b:a\\\\\\'?'",
    "SELECT E'x' -- '\n  '\\':a?'",
    "SELECT U&'\\0061:a', N':a?'",
    "SELECT $$:a ? '$$, $tag$ $$ :a $tag$",
    'SELECT ":a", "?""?", U&":a?"',
    "SELECT 1 -- :a ? '\r, 2 /* :a ? ' */ --?",
    "SELECT 1::int, a::text[], x[1:n], (y)[i :n], z[1:2], w[f(1):n]",
    "SELECT $1",
    "SELECT 'unclosed :a ?",
    "SELECT E'unclosed \\' :a ?",
    'SELECT "unclosed :a ?',
    "SELECT $$unclosed :a ?",
    "SELECT /* unclosed :a ?",
    "SELECT E'ends \\",
]


@pytest.mark.fault("V10")
@pytest.mark.parametrize("sql", UNTOUCHED)
def test_no_placeholder_here(sql: str) -> None:
    assert bind(sql, {}) == sql
    assert bind(sql, []) == sql
    assert bind(sql, None) == sql


@pytest.mark.fault("V9", "V10")
@pytest.mark.parametrize(
    ("sql", "parameters", "expected"),
    [
        ("SELECT :a, :b, :a", {"a": 1, "b": "x"}, "SELECT 1, 'x', 1"),
        ("SELECT ?, ?", (1, "?"), "SELECT 1, '?'"),
        ("SELECT ?", UserList([1]), "SELECT 1"),
        ("SELECT :a::int", {"a": 1}, "SELECT 1 ::int"),
        ("SELECT x[:a], x[1: :a], x[(:a)], x[CASE WHEN :a THEN :a END]", {"a": 1},
         "SELECT x[ 1 ], x[1: 1 ], x[(1)], x[CASE WHEN 1 THEN 1 END]"),
        ("SELECT (a)[1:n], :n", {"n": 2}, "SELECT (a)[1:n], 2"),
        # What a literal would grow together with is kept apart.
        ("SELECT 1-:a", {"a": -1}, "SELECT 1- (-1)"),
        ("LIMIT:a", {"a": 1}, "LIMIT 1"),
        ("SELECT E:a", {"a": "\\"}, "SELECT E '\\'"),
        ("SELECT ?x", [1], "SELECT 1 x"),
        ("SELECT 'a'\n:a", {"a": "b"}, "SELECT 'a'\n('b')"),
        ("SELECT ? -- c\n?", ["a", "b"], "SELECT ('a') -- c\n('b')"),
        ("SELECT :größe, :_b", {"größe": 1, "_b": 2}, "SELECT 1, 2"),
        # Values are never read as SQL, nor as further placeholders.
        ("SELECT :a, :b", {"a": ":b ? '' --", "b": "$$"}, "SELECT ':b ? '''' --', '$$'"),
    ],
)  # fmt: skip
def test_placeholders_are_replaced(sql: str, parameters: Any, expected: str) -> None:
    assert bind(sql, parameters) == expected


@pytest.mark.fault("V11")
@pytest.mark.parametrize(
    ("sql", "parameters", "words"),
    [
        ("SELECT :a, :b", {"a": 1}, ":b"),
        ("SELECT :a", {"a": 1, "extra": 2}, "extra"),
        ("SELECT ':a'", {"a": 1}, "parameter a"),
        ("SELECT :A", {"a": 1}, ":A"),
        ("SELECT ?, ?", [1], "2 placeholders .* 1 value"),
        ("SELECT ?", [1, 2], "1 placeholders .* 2 value"),
        ("SELECT 1", [1], "0 placeholders"),
        ("SELECT :a", [1], "mapping"),
        ("SELECT ?", {"a": 1}, "parameter a"),
        ("SELECT ?", "x", "not str"),
        ("SELECT ?", b"x", "not bytes"),
        ("SELECT ?", {1}, "not set"),
        ("SELECT ?", 1, "not int"),
        ("SELECT ?", iter([1]), "not list_iterator"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(sql: str, parameters: Any, words: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        bind(sql, parameters)
    assert re.search(words, str(caught.value)), str(caught.value)


def test_tokens_have_their_kinds() -> None:
    sql = "SELECT a.\"b\", 1.5e-3, $1 -- c\n, E'x'\n'y' , :n, ?::int"
    assert [(token.kind, token.text) for token in tokens(sql) if token.kind != "blank"] == [
        ("word", "SELECT"),
        ("word", "a"),
        ("mark", "."),
        ("name", '"b"'),
        ("mark", ","),
        ("number", "1.5e-3"),
        ("mark", ","),
        ("number", "$1"),
        ("mark", ","),
        ("string", "E'x'\n'y'"),
        ("mark", ","),
        ("named", ":n"),
        ("mark", ","),
        ("positional", "?"),
        ("mark", "::"),
        ("word", "int"),
    ]
