"""Results as Arrow streams, pandas and polars. Source: public surface, §1."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import datacloud_dbapi
from datacloud_emulator import Emulator

SQL = """
SELECT n, CAST(n AS NUMERIC(10,2)) / 4 AS q, CASE WHEN n = 2 THEN NULL ELSE 'row ' || n END AS s,
       TIMESTAMP WITH TIME ZONE '2020-01-01 00:00:00.000001+00' AS z, DATE '2020-01-02' AS d
FROM generate_series(1, 25) AS t(n) ORDER BY n
"""


@pytest.fixture
def emulator(pages: Emulator) -> Emulator:
    return pages


@pytest.fixture(params=["rest-v2", "direct-v3"])
def cursor(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[datacloud_dbapi.Cursor]:
    params = emulator.connect_params(transport=request.param)
    with datacloud_dbapi.connect(**params, http_transport=emulator.http_transport) as connection:
        yield connection.cursor()


def test_a_record_batch_reader_streams_page_by_page(cursor: datacloud_dbapi.Cursor) -> None:
    reader = cursor.execute(SQL, arrow=True).fetch_record_batch()
    first = reader.read_next_batch()
    # Query API V2 has pages of ten here; V3 gives what fits into an answer.
    assert first.num_rows == 10 or cursor.connection.transport == "direct-v3"  # type: ignore[attr-defined]  # a Connection
    rest = reader.read_all()
    assert first.column("n").to_pylist() + rest.column("n").to_pylist() == list(range(1, 26))
    assert first.schema == rest.schema


def test_any_library_that_speaks_arrow_can_read_a_cursor(cursor: datacloud_dbapi.Cursor) -> None:
    table = pa.table(cursor.execute(SQL, arrow=True))
    assert table.column("n").to_pylist() == list(range(1, 26))


def test_rows_and_arrow_share_one_result(cursor: datacloud_dbapi.Cursor) -> None:
    cursor.execute(SQL)
    assert [row[0] for row in cursor.fetchmany(13)] == list(range(1, 14))
    assert cursor.fetch_arrow_table().column("n").to_pylist() == list(range(14, 26))
    assert (cursor.fetchall(), cursor.rowcount) == ([], 25)


def test_once_fetched_as_arrow_the_next_result_is_asked_for_as_arrow(emulator: Emulator) -> None:
    """On V2 the form is chosen by the request: seen by the exact type of a quotient, which JSON does not tell."""
    with datacloud_dbapi.connect(**emulator.connect_params(), http_transport=emulator.http_transport) as connection:
        cursor = connection.cursor()
        kinds = [
            cursor.execute("SELECT CAST(1 AS NUMERIC(5,2)) AS v").fetch_arrow_table().schema.field(0).type for _ in "12"
        ]
    assert kinds == [pa.decimal128(38, 18), pa.decimal128(5, 2)]


@pytest.mark.parametrize("dtype_backend", [None, "pyarrow", "numpy_nullable"])
def test_pandas(cursor: datacloud_dbapi.Cursor, dtype_backend: str | None) -> None:
    frame = cursor.execute(SQL, arrow=True).fetch_df(dtype_backend)
    assert frame["n"].tolist() == list(range(1, 26))
    assert [Decimal(str(value)) for value in frame["q"]] == [Decimal(n) / 4 for n in range(1, 26)]
    assert frame["s"].isna().tolist() == [n == 2 for n in range(1, 26)]
    assert frame["z"].iloc[0] == pd.Timestamp("2020-01-01 00:00:00.000001", tz="UTC")
    if dtype_backend == "pyarrow":
        assert all(isinstance(kind, pd.ArrowDtype) for kind in frame.dtypes)


def test_pandas_has_no_other_backend(cursor: datacloud_dbapi.Cursor) -> None:
    with pytest.raises(datacloud_dbapi.InterfaceError, match="numpy_nullable"):
        cursor.execute("SELECT 1").fetch_df("polars")


def test_polars(cursor: datacloud_dbapi.Cursor) -> None:
    frame = cursor.execute(SQL, arrow=True).fetch_polars()
    assert frame.schema["q"].is_decimal()
    assert frame.schema["z"] == pl.Datetime("us", "UTC")
    assert frame["n"].to_list() == list(range(1, 26))
    assert frame.row(1)[2] is None
    assert frame["d"].to_list() == [dt.date(2020, 1, 2)] * 25


@pytest.mark.parametrize(
    ("module", "call"),
    [("pyarrow", "fetch_arrow_table"), ("pandas", "fetch_df"), ("polars", "fetch_polars")],
)
def test_what_is_not_installed_is_named_and_the_rows_stay(
    cursor: datacloud_dbapi.Cursor, monkeypatch: pytest.MonkeyPatch, module: str, call: str
) -> None:
    cursor.execute("SELECT 1 AS one")
    with monkeypatch.context() as without:
        without.setitem(sys.modules, module, None)  # what Python itself does for a module that must not be found
        with pytest.raises(datacloud_dbapi.InterfaceError, match=rf"{module}.*pip install"):
            getattr(cursor, call)()
    if module == "pyarrow":
        assert cursor.fetchall() == [(1,)]


def test_arrow_asked_for_without_pyarrow_is_refused_before_anything_is_sent(
    cursor: datacloud_dbapi.Cursor, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(emulator.requests)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(datacloud_dbapi.InterfaceError, match="pyarrow"):
        cursor.execute("SELECT 1", arrow=True)
    assert len(emulator.requests) == before
