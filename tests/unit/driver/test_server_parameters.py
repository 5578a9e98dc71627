"""Values that travel beside the statement. Source: wire spec, query §9.2, §10; hyper §2.4.

That the engine takes them for what they are is shown in `tests/property/test_server_parameters.py`.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from datacloud_dbapi.binding import MOST_PARAMETERS, Parameters, ServerParameter, bind, server_parameters
from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.scalars import Scalar

EVERY = frozenset(
    {"BOOLEAN", "INTEGER", "BIGINT", "NUMERIC", "DOUBLE", "VARCHAR", "DATE", "TIME", "TIMESTAMP"}
    | {"TIMESTAMP WITH TIME ZONE", "INTERVAL", "BINARY"}
)


class Size(enum.IntEnum):
    BIG = 7


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, Scalar("BOOLEAN", "true")),
        (np.bool_(False), Scalar("BOOLEAN", "false")),
        (2**31 - 1, Scalar("INTEGER", "2147483647")),
        (-(2**31), Scalar("INTEGER", "-2147483648")),
        (2**31, Scalar("BIGINT", "2147483648")),
        (-(2**63), Scalar("BIGINT", "-9223372036854775808")),
        (2**63, Scalar("NUMERIC", "9223372036854775808", 19, 0)),
        (Size.BIG, Scalar("INTEGER", "7")),
        (Decimal("1.50"), Scalar("NUMERIC", "1.50", 3, 2)),
        (Decimal("-0.05"), Scalar("NUMERIC", "-0.05", 2, 2)),
        (Decimal("1E+3"), Scalar("NUMERIC", "1000", 4, 0)),
        (Decimal("0"), Scalar("NUMERIC", "0", 1, 0)),
        (Decimal("9" * 20 + "." + "9" * 18), Scalar("NUMERIC", "9" * 20 + "." + "9" * 18, 38, 18)),
        (0.1, Scalar("DOUBLE", "0.1")),
        (float("nan"), Scalar("DOUBLE", "NaN")),
        (float("-inf"), Scalar("DOUBLE", "-Infinity")),
        ("it's :x ? 😀", Scalar("VARCHAR", "it's :x ? 😀")),
        ("", Scalar("VARCHAR", "")),
        (uuid.UUID(int=1), Scalar("VARCHAR", "00000000-0000-0000-0000-000000000001")),
        (dt.date(1, 1, 1), Scalar("DATE", "0001-01-01")),
        (dt.time(1, 2, 3, 5), Scalar("TIME", "01:02:03.000005")),
        (dt.datetime(2024, 1, 31, 1, 2, 3), Scalar("TIMESTAMP", "2024-01-31 01:02:03")),
        (
            dt.datetime(2024, 1, 31, tzinfo=dt.timezone(dt.timedelta(hours=1))),
            Scalar("TIMESTAMP WITH TIME ZONE", "2024-01-30 23:00:00+00:00"),
        ),
        (dt.timedelta(days=-1, seconds=5), Scalar("INTERVAL", "-1 days 5.000000 seconds")),
        (b"\x00\xff", Scalar("BINARY", "\\x00ff")),
    ],
)
def test_a_value_has_its_type_and_exact_text(value: object, expected: Scalar) -> None:
    for sql, parameters, name in (("SELECT :x", {"x": value}, "x"), ("SELECT ?", [value], "p1")):
        statement = server_parameters(sql, parameters, EVERY)
        assert statement == (f"SELECT :{name}", (ServerParameter(name, expected),))


def one(number: int) -> Scalar:
    return Scalar("INTEGER", str(number))


@pytest.mark.parametrize(
    ("sql", "parameters", "expected", "values"),
    [
        ("SELECT ':x', :x::int -- :x", {"x": 1}, "SELECT ':x', :x::int -- :x", {"x": one(1)}),
        ("SELECT :x, :x", {"x": 1}, "SELECT :x, :x", {"x": one(1)}),
        # The engine folds names to lower case, and reads two `?` as two expressions.
        ("SELECT :X, :x", {"X": 1, "x": 2}, "SELECT :p1, :x", {"p1": one(1), "x": one(2)}),
        ("SELECT :X, :p1", {"X": 1, "p1": 3}, "SELECT :p2, :p1", {"p2": one(1), "p1": one(3)}),
        ("SELECT :größe", {"größe": 1}, "SELECT :p1", {"p1": one(1)}),
        ("a % ? GROUP BY a % ?, ?", (7, 7, 8), "a % :p1 GROUP BY a % :p1, :p2", {"p1": one(7), "p2": one(8)}),
        ("SELECT ?, ?", (1, True), "SELECT :p1, :p2", {"p1": one(1), "p2": Scalar("BOOLEAN", "true")}),
        ("WHERE a IN :x", {"x": [1, 2]}, "WHERE a IN (:p1, :p2)", {"p1": one(1), "p2": one(2)}),
        ("WHERE a IN ?", ([1, 2, 1],), "WHERE a IN (:p1, :p2, :p1)", {"p1": one(1), "p2": one(2)}),
        ("WHERE a IN :x", {"x": (1, None)}, "WHERE a IN (:p1, NULL)", {"p1": one(1)}),
        ("SELECT :x", {"x": None}, "SELECT NULL", {}),
        ("SELECT DATE :x, TIMESTAMP\n:y", {"x": "d", "y": "t"}, "SELECT DATE 'd', TIMESTAMP\n't'", {}),
        ("LIMIT:n", {"n": 5}, "LIMIT:n", {"n": one(5)}),
        ("SELECT ?", None, "SELECT ?", {}),
    ],
)  # fmt: skip
def test_the_statement_and_its_names(
    sql: str, parameters: Parameters | None, expected: str, values: dict[str, Scalar]
) -> None:
    statement = server_parameters(sql, parameters, EVERY)
    assert statement.sql == expected
    assert dict(statement.parameters) == values


def test_what_the_service_has_no_type_for_is_a_literal() -> None:
    statement = server_parameters(
        "SELECT :x, :y IN :z", {"x": Decimal("1.5"), "y": 1, "z": [Decimal(2), 3]}, {"INTEGER"}
    )
    assert statement.sql == "SELECT 1.5, :y IN (2., :p1)"
    assert dict(statement.parameters) == {"y": one(1), "p1": one(3)}


def test_more_than_the_engine_takes_are_all_literals() -> None:
    parameters = [list(range(MOST_PARAMETERS + 1))]
    statement = server_parameters("SELECT 1 IN ?", parameters, EVERY)
    assert statement == (bind("SELECT 1 IN ?", parameters), ())


@pytest.mark.parametrize(
    ("sql", "parameters", "named"),
    [
        ("SELECT :x", {}, ":x"),
        ("SELECT 1", {"x": 1}, "x"),
        ("SELECT ?", [], "1 placeholders"),
        ("SELECT :x", {"x": object()}, ":x"),
        ("SELECT ?", [[]], "parameter 1"),
        ("SELECT ?", ["\0"], "parameter 1"),
        ("SELECT ?", ["\ud800"], "surrogate"),
        ("SELECT ?", "x", "str"),
    ],
)
def test_what_cannot_be_said_is_refused_as_it_is_in_a_literal(sql: str, parameters: Any, named: str) -> None:
    with pytest.raises(ProgrammingError, match=named) as apart:
        server_parameters(sql, parameters, EVERY)
    with pytest.raises(ProgrammingError) as inside:
        bind(sql, parameters)
    assert str(apart.value) == str(inside.value)
