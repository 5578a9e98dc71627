"""What compiles also runs and means what it says: every case on the engine, with literals and with parameters.

Expected rows stand in the cases and follow from their data by arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

import datacloud_dbapi
from datacloud_emulator import Emulator
from datacloud_sqlalchemy.functions import result_scan
from tests.unit.sqlalchemy.cases import ROWS, SALES, Case
from tests.unit.sqlalchemy.cases.sections import CASES

pytestmark = pytest.mark.sockets

# Values become literals in the text with the first, travel beside the statement with the second.
TRANSPORTS = ["rest-v2", "hyper"]
TYPES = {
    "id": pa.int32(),
    "region": pa.string(),
    "amount": pa.decimal128(18, 2),
    "day": pa.date32(),
    "at": pa.timestamp("us", tz="UTC"),
    "tags": pa.list_(pa.string()),
    "note": pa.string(),
}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder: Path = tmp_path_factory.mktemp("sales")
    columns = dict(zip(TYPES, zip(*ROWS, strict=True), strict=True))
    table = pa.table({name: pa.array(columns[name], type_) for name, type_ in TYPES.items()})
    pq.write_table(table, folder / f"{SALES.name}.parquet")
    with Emulator(folder) as running:
        yield running


@pytest.fixture(scope="module", params=TRANSPORTS)
def engine(emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[sa.engine.Engine]:
    made = engine_of(emulator, request.param)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def bare(emulator: Emulator) -> Iterator[datacloud_dbapi.Connection]:
    """One connection for all texts: to close one over gRPC takes longer than to run a case."""
    with datacloud_dbapi.connect(**emulator.connect_params(transport="hyper")) as connection:
        yield connection


def engine_of(emulator: Emulator, transport: str) -> sa.engine.Engine:
    return sa.create_engine(emulator.url, connect_args=emulator.connect_params(transport=transport))


def rows_of(engine: sa.engine.Engine, statement: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(statement)]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_has_its_rows(engine: sa.engine.Engine, case: Case) -> None:
    found = rows_of(engine, case.statement)
    assert found == case.rows
    assert [[type(value) for value in row] for row in found] == [[type(value) for value in row] for row in case.rows]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_text_of_a_case_has_its_rows(bare: datacloud_dbapi.Connection, case: Case) -> None:
    """The SQL as it stands in the cases, without SQLAlchemy: as many rows, and the same where no type needs reading."""
    assert len(bare.cursor().execute(case.sql).fetchall()) == len(case.rows)


@pytest.mark.parametrize("transport", ["query-sql", "direct-v3"])
def test_an_earlier_result_is_a_table(emulator: Emulator, transport: str) -> None:
    made = engine_of(emulator, transport)
    with made.connect() as connection:
        result = connection.execute(sa.select(SALES.c.id, SALES.c.region).order_by(SALES.c.id))
        query_id = result.cursor.query_id
        result.all()
        earlier = result_scan(query_id, sa.column("number", sa.Integer), sa.column("Region name", sa.String))
        statement = sa.select(earlier.c["Region name"]).where(earlier.c.number == 3)
        assert connection.execute(statement).scalar_one() == "south"
    made.dispose()


def test_the_same_statement_with_other_values_is_compiled_once(engine: sa.engine.Engine) -> None:
    """Also where the number of values decides the text: lists of rows, JSON paths, arrays, samples."""
    s = SALES.c
    note: Any = sa.cast(s.note, sa.JSON)

    def statements(number: int) -> dict[str, tuple[Any, list[tuple[Any, ...]]]]:
        rows = [(place, row[1]) for place, row in enumerate(ROWS[:3], 1)][: number + 1]
        expected_path: list[tuple[Any, ...]] = [[({"b": [7, "x"]},)], [([7, "x"],)], [(7,)]][number]  # type: ignore[assignment]  # rows of three shapes
        path = ("a", "b", 0)[: number + 1]
        return {
            "rows": (
                sa.select(s.id).where(sa.tuple_(s.id, s.region).in_(rows)).order_by(s.id),
                [(place,) for place in range(1, number + 2)],
            ),
            "path": (sa.select(note[path].label("x")).where(s.id == 1), expected_path),
            "array": (
                sa.select(s.id)
                .where(s.id == sa.any_(sa.literal([1, 4][:number], sa.ARRAY(sa.Integer))))
                .order_by(s.id),
                [(1,), (4,)][:number],
            ),
            "limit": (sa.select(s.id).order_by(s.id).limit(number), [(1,), (2,), (3,)][:number]),
        }

    for name in statements(0):
        engine.clear_compiled_cache()
        for number in (2, 0, 1):
            statement, expected = statements(number)[name]
            assert rows_of(engine, statement) == expected, name
            assert len(engine._compiled_cache or ()) == 1, name


def test_flags_of_a_regular_expression_are_no_value_of_a_kept_statement(engine: sa.engine.Engine) -> None:
    for flags, expected in [("i", [1, 2]), (None, []), ("i", [1, 2]), (None, [])]:
        found: Any = SALES.c.region.regexp_match("^N", flags=flags)
        assert rows_of(engine, sa.select(SALES.c.id).where(found).order_by(SALES.c.id)) == [(id_,) for id_ in expected]


def test_a_list_parameter_takes_rows_of_any_number(engine: sa.engine.Engine) -> None:
    wanted: Any = sa.bindparam("wanted", expanding=True)
    statement = sa.select(SALES.c.id).where(sa.tuple_(SALES.c.region, SALES.c.id).in_(wanted)).order_by(SALES.c.id)
    with engine.connect() as connection:
        for rows, expected in [([("north", 1), ("south", 3)], [1, 3]), ([], []), ([(None, 4)], [])]:
            assert connection.execute(statement, {"wanted": rows}).scalars().all() == expected


def test_odd_names_everywhere(engine: sa.engine.Engine) -> None:
    names = [
        *(
            "ssot__Individual__dlm",
            "select",
            "Mixed Case",
            'a"b',
            "a'b",
            "100%",
            "a:b",
            "f(x)",
            "ü é",
            "漢字🙂",
            "x" * 200,
        ),
        *("a.b", "a;b", "--", "/*", "$1", "?", " lead", "{x}", "[y]", "\\"),
    ]
    inner: Any = sa.select(*[sa.literal(place).label(name) for place, name in enumerate(names)]).subquery('O\'ne "T"')
    where = [inner.c[name] == sa.bindparam(name, place) for place, name in enumerate(names)]
    listed: Any = inner.c[names[1]].in_(sa.bindparam("a list: (1)", [1, 2], expanding=True))
    with engine.connect() as connection:
        result = connection.execute(sa.select(*[inner.c[name] for name in names]).where(*where, listed))
        assert list(result.keys()) == names
        assert tuple(result.one()) == tuple(range(len(names)))
