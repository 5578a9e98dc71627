"""Query API V1 page by page against the service: every row once, the statement's order kept, changes noticed.

Source: wire spec, query §3.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import datacloud_dbapi
from datacloud_emulator import Emulator

# Three answers of at most 49,999 rows.
ROWS = 120_000


@pytest.fixture
def cursor(emulator: Emulator) -> Iterator[datacloud_dbapi.Cursor]:
    params = {**emulator.connect_params(), "transport": "rest-v1", "http_transport": emulator.http_transport}
    with datacloud_dbapi.connect(**params) as connection, connection.cursor() as opened:
        yield opened


@pytest.mark.parametrize("order", ["", "ORDER BY m DESC", f"ORDER BY n % 11 LIMIT {ROWS}"])
def test_every_row_comes_once_in_the_order_asked_for(cursor: datacloud_dbapi.Cursor, order: str) -> None:
    sql = f"SELECT n % 7 AS m, CASE WHEN n % 2 = 0 THEN n END AS even, n FROM generate_series(1, {ROWS}) t(n) {order}"
    rows = cursor.execute(sql).fetchall()
    assert sorted(n for _, _, n in rows) == list(range(1, ROWS + 1))
    assert all(m == n % 7 and even == (None if n % 2 else n) for m, even, n in rows)
    keys = [-m if "DESC" in order else n % 11 for m, _, n in rows]
    assert not order or keys == sorted(keys)


def test_a_result_that_differs_from_run_to_run_is_an_error(cursor: datacloud_dbapi.Cursor) -> None:
    cursor.execute(f"SELECT random() AS r FROM generate_series(1, {ROWS})")
    with pytest.raises(datacloud_dbapi.OperationalError, match="changed while it was read"):
        cursor.fetchall()


def test_columns_of_one_name_are_refused_rather_than_lost(cursor: datacloud_dbapi.Cursor) -> None:
    with pytest.raises(datacloud_dbapi.NotSupportedError, match="one name"):
        cursor.execute("SELECT 1 AS a, 2 AS a")
