"""One body of tests for every way to the data: transports × answers in JSON or Arrow × blocking or asyncio.

The same query gives the same rows, the same description and the same Arrow table whichever way it took.
Source: public surface, §1; the values are those of the type matrix, written there as literals.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_emulator import Emulator
from tests.contract.test_type_matrix import CASES, NULLS, same

NUMBERS = "SELECT n FROM generate_series(1, 25) AS t(n) ORDER BY n"


@dataclass(frozen=True)
class Door:
    """A way to the data, used by one set of words."""

    transport: str
    arrow: bool
    awaited: bool

    def __str__(self) -> str:
        return f"{self.transport}{' in Arrow' if self.arrow else ''}{', asyncio' if self.awaited else ''}"


@dataclass
class Answer:
    rows: list[Any]
    names: list[str]
    codes: list[str]
    table: pa.Table | None = None


class Visitor:
    """Goes through a door: connects once, asks, closes."""

    def __init__(self, emulator: Emulator, door: Door) -> None:
        self.door = door
        params = emulator.connect_params(transport=door.transport)
        self._loop = asyncio.new_event_loop()
        if door.awaited:
            self._awaited = self._loop.run_until_complete(aio.connect(**params))
        else:
            self._blocking = datacloud_dbapi.connect(**params)

    def ask(self, sql: str, parameters: Any = None, *, table: bool = False) -> Answer:
        if self.door.awaited:
            return self._loop.run_until_complete(self._ask_awaiting(sql, parameters, table))
        cursor = self._blocking.cursor().execute(sql, parameters, arrow=self.door.arrow)
        made = cursor.fetch_arrow_table() if table else None
        rows = [] if table else cursor.fetchall()
        return Answer(rows, *_described(cursor.description), made)

    async def _ask_awaiting(self, sql: str, parameters: Any, table: bool) -> Answer:
        cursor = await self._awaited.cursor().execute(sql, parameters, arrow=self.door.arrow)
        made = await cursor.fetch_arrow_table() if table else None
        rows = [] if table else await cursor.fetchall()
        return Answer(rows, *_described(cursor.description), made)

    def close(self) -> None:
        if self.door.awaited:
            self._loop.run_until_complete(self._awaited.close())
        else:
            self._blocking.close()
        self._loop.close()


def _described(description: list[Any] | None) -> tuple[list[str], list[str]]:
    assert description is not None
    return [column[0] for column in description], [str(column[1]).partition("(")[0] for column in description]


DOORS = [
    Door(transport, arrow, awaited)
    for transport, forms in (
        ("rest-v1", (False,)),
        ("rest-v2", (False, True)),
        ("query-sql", (False,)),
        ("direct-v3", (False, True)),
        ("hyper", (False, True)),
    )
    for arrow in forms
    for awaited in (False, True)
]


@pytest.fixture(scope="module", params=DOORS, ids=str)
def visitor(request: pytest.FixtureRequest, pages: Emulator) -> Iterator[Visitor]:
    """Answers hold at most ten rows where the API lets the server decide."""
    made = Visitor(pages, request.param)
    yield made
    made.close()


def test_rows_come_whole_and_in_order(visitor: Visitor) -> None:
    answer = visitor.ask(NUMBERS)
    assert answer.rows == [(n,) for n in range(1, 26)]
    assert (answer.names, answer.codes) == (["n"], ["INTEGER"])


def test_every_type_with_its_edges(visitor: Visitor) -> None:
    json_only_by_arrow = visitor.door.transport == "hyper" and not visitor.door.arrow
    cases = [case for case in CASES if not (json_only_by_arrow and case[1] == "VARBINARY")]
    select = ", ".join(f"{expression} AS c{number}" for number, (expression, _, _) in enumerate(cases))
    answer = visitor.ask(f"SELECT {select}")
    (row,) = answer.rows
    for value, code, (expression, kind, expected) in zip(row, answer.codes, cases, strict=True):
        assert same(value, expected), f"{expression}: {value!r} is not {expected!r}"
        assert code == {"VARBINARY": "BINARY"}.get(kind, kind), expression


def test_null_in_every_type(visitor: Visitor) -> None:
    kinds = [kind for kind in NULLS if kind != "BYTEA" or visitor.door.transport != "hyper" or visitor.door.arrow]
    answer = visitor.ask("SELECT " + ", ".join(f"CAST(NULL AS {kind}) AS c{n}" for n, kind in enumerate(kinds)))
    assert answer.rows == [(None,) * len(kinds)]


def test_what_python_has_no_date_for_is_text_and_its_neighbours_are_not(visitor: Visitor) -> None:
    sql = (
        "SELECT DATE '10000-01-01' AS a, TIMESTAMP '10000-01-01 00:00:00' AS b, DATE '4713-01-01 BC' AS c, "
        "DATE '2020-01-02' AS d"
    )
    ((late, later, early, known),) = visitor.ask(sql).rows
    for value, year in ((late, "10000"), (later, "10000"), (early, "471")):
        assert isinstance(value, str)
        assert year in value
    assert known == dt.date(2020, 1, 2)


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 20, 21])
def test_every_cut(visitor: Visitor, rows: int) -> None:
    answer = visitor.ask(f"SELECT n FROM generate_series(1, 25) AS t(n) WHERE n <= {rows} ORDER BY n")
    assert answer.rows == [(n,) for n in range(1, rows + 1)]


def test_the_arrow_table_is_the_same_everywhere(visitor: Visitor) -> None:
    sql = (
        "SELECT n, CAST(n AS BIGINT) AS b, CAST(n AS DOUBLE PRECISION) / 4 AS f, 'x' || n AS s, "
        "DATE '2020-01-01' AS d, TIMESTAMP '2020-01-01 00:00:00.000001' AS t, "
        "TIMESTAMP WITH TIME ZONE '2020-01-01 00:00:00.000001+00' AS z, n > 3 AS q, "
        "CAST(n AS NUMERIC(38,18)) AS m FROM generate_series(1, 12) AS g(n) ORDER BY n"
    )
    table = visitor.ask(sql, table=True).table
    assert table is not None
    assert [field.type for field in table.schema] == [
        pa.int32(),
        pa.int64(),
        pa.float64(),
        pa.string(),
        pa.date32(),
        pa.timestamp("us"),
        pa.timestamp("us", tz="UTC"),
        pa.bool_(),
        pa.decimal128(38, 18),
    ]
    assert table.column("n").to_pylist() == list(range(1, 13))
    assert [tuple(row.values()) for row in table.to_pylist()] == visitor.ask(sql).rows


def test_an_empty_result_keeps_its_columns(visitor: Visitor) -> None:
    answer = visitor.ask("SELECT 1 AS a, 'x' AS b WHERE 1 = 0", table=True)
    assert answer.names == ["a", "b"]
    assert answer.table is not None
    assert answer.table.num_rows == 0
    assert answer.table.schema.names == ["a", "b"]


@pytest.mark.fault("V9")
@pytest.mark.parametrize("value", [0, -5, 2**62, True, None, "it's", "👩‍👩‍👧", "", "a\\b", "--x", ":n", "?"], ids=repr)
def test_parameters_survive_in_both_styles(visitor: Visitor, value: Any) -> None:
    for sql, parameters in (("SELECT :v AS v", {"v": value}), ("SELECT ? AS v", [value])):
        assert visitor.ask(sql, parameters).rows == [(value,)]


@pytest.mark.parametrize(
    ("sql", "error", "sqlstate"),
    [
        ("SELECT * FROM nosuch__dlm", datacloud_dbapi.ProgrammingError, "42P01"),
        ("SELEC 1", datacloud_dbapi.ProgrammingError, "42601"),
        ("SELECT 1 / 0", datacloud_dbapi.DataError, "22012"),
    ],
)
def test_errors_are_the_same(visitor: Visitor, sql: str, error: type[Exception], sqlstate: str) -> None:
    with pytest.raises(error) as caught:
        visitor.ask(sql)
    assert getattr(caught.value, "sqlstate", None) == sqlstate
