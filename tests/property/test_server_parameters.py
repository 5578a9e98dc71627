"""Values beside the statement against the real engine: each has the type and the value that its literal has.

Over query-sql, Direct V3 and gRPC values travel as parameters, over Query V2 as literals: the answers must be equal.
Source: wire spec, query §9.2, §10; hyper §2.4; faults V9, V12.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import datacloud_dbapi
from datacloud_dbapi import Connection
from datacloud_emulator import Emulator

pytest.importorskip("tableauhyperapi", reason="the engine's wheel has no build for this platform")

# One emulator answers every example, so the fixture may be shared; how long it takes is its own affair.
on_engine = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def doors(datacloud_emulator: Emulator) -> Iterator[dict[str, Connection]]:
    """A connection to one emulator for each transport."""
    connections = {
        name: datacloud_dbapi.connect(**datacloud_emulator.connect_params(transport=name))
        for name in ("rest-v2", "query-sql", "direct-v3", "hyper")
    }
    yield connections
    for connection in connections.values():
        connection.close()


def answers(doors: dict[str, Connection], sql: str, parameters: Any) -> dict[str, tuple[list[str], list[Any]]]:
    """By transport: the kinds of the columns, and the rows with what `repr` can tell apart."""
    found = {}
    for name, connection in doors.items():
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            kinds = [column[1].partition("(")[0] for column in cursor.description or ()]
            found[name] = (kinds, cursor.fetchall())
    return found


def same(got: object, sent: object) -> bool:
    if isinstance(sent, float):
        assert isinstance(got, float)
        return (math.isnan(got) and math.isnan(sent)) or (
            got == sent and math.copysign(1, got) == math.copysign(1, sent)
        )
    if isinstance(sent, int) and not -(2**63) <= sent < 2**63:
        return got == Decimal(sent)
    return type(got) is type(sent) and got == sent


# Every character but NUL and halves of surrogate pairs.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
decimals = st.integers(-(10**38) + 1, 10**38 - 1).flatmap(
    lambda digits: st.integers(0, 38).map(lambda scale: Decimal(f"{digits}E-{scale}"))
)
values: dict[str, st.SearchStrategy[Any]] = {
    "None": st.none(),
    "bool": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1) | st.integers(-(2**63), 2**63 - 1),
    "big int": st.integers(-(10**38) + 1, 10**38 - 1),
    "Decimal": decimals,
    "float": st.floats(),
    "str": texts,
    "date": st.dates(),
    "time": st.times(),
    "datetime": st.datetimes(),
    "aware datetime": st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29), timezones=st.just(dt.timezone.utc)),
    "bytes": st.binary(),
}


@pytest.mark.fault("V9", "V12")
@pytest.mark.parametrize("kind", values)
def test_a_value_arrives_as_its_literal_does(doors: dict[str, Connection], kind: str) -> None:
    @on_engine
    @given(st.lists(values[kind], min_size=1, max_size=8))
    def check(sent: list[Any]) -> None:
        columns = ", ".join(f"? AS c{place}" for place in range(len(sent)))
        found = answers(doors, f"SELECT {columns}", sent)
        kinds, _ = found["rest-v2"]
        for name, (its_kinds, [row]) in found.items():
            assert its_kinds == kinds, name
            assert [got for got, value in zip(row, sent, strict=True) if not same(got, value)] == [], name

    check()


@pytest.mark.fault("V10")
@pytest.mark.parametrize(
    ("sql", "parameters", "rows"),
    [
        ("SELECT n FROM generate_series(1, 9) t(n) WHERE n IN :few ORDER BY 1", {"few": [2, 4, None]}, [(2,), (4,)]),
        ("SELECT n % ? AS k, sum(n) FROM (VALUES (1), (2)) t(n) GROUP BY n % ? ORDER BY 1", [2, 2], [(0, 2), (1, 1)]),
        ("SELECT n FROM generate_series(1, 9) t(n) ORDER BY 1 LIMIT :n OFFSET :m", {"n": 2, "m": 3}, [(4,), (5,)]),
        ("SELECT DATE :day + :more AS d", {"day": "2024-02-28", "more": 2}, [(dt.date(2024, 3, 1),)]),
        ("SELECT ':x' AS a, :X::int + :x AS b -- :x", {"X": 1, "x": 2}, [(":x", 3)]),
        ("SELECT :data AS a, :name AS b, :select AS c", {"data": "x", "name": 2, "select": "y"}, [("x", 2, "y")]),
        ("SELECT :d - :e AS a", {"d": Decimal("0.30"), "e": Decimal("0.1")}, [(Decimal("0.20"),)]),
        ("SELECT a -:x AS b FROM (SELECT 1 AS a) t", {"x": -1}, [(2,)]),
        ("SELECT TIMESTAMP '2024-01-01 00:00:00' + ? AS t", [dt.timedelta(days=1)], [(dt.datetime(2024, 1, 2),)]),
    ],
)  # fmt: skip
def test_placeholders_mean_the_same_everywhere(
    doors: dict[str, Connection], sql: str, parameters: Any, rows: list[Any]
) -> None:
    assert {name: found for name, (_, found) in answers(doors, sql, parameters).items()} == dict.fromkeys(doors, rows)
