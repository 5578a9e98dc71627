"""Frames of pandas hold what pyarrow itself would put there: cell by cell, type by type.

Its own conversion is the other engine here; ours differs in how decimals are made.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from datacloud_dbapi.frames import pandas_frame

MONEY = pa.decimal128(38, 18)
AMOUNTS = pa.chunked_array(
    [pa.array([Decimal("1.50"), None], MONEY), pa.array([Decimal(0), Decimal(-(10**19))], MONEY)]
)
NUMBERS = pa.chunked_array([[1, None, 3, 4]])
WIDE = pa.chunked_array([pa.array([Decimal("0.1"), None, None, Decimal(10**50)], pa.decimal256(60, 1))])
NESTED = pa.chunked_array([pa.array([[Decimal("0.1"), None], None, [], []], pa.list_(pa.decimal128(5, 1)))])
TABLES = {
    "among others": pa.Table.from_arrays(
        [NUMBERS, AMOUNTS, pa.chunked_array([["a", None, "b", "c"]]), AMOUNTS.slice(0)], names=["n", "a", "s", "b"]
    ),
    "one name": pa.Table.from_arrays([AMOUNTS, NUMBERS, AMOUNTS], names=["x", "n", "x"]),
    "alone": pa.Table.from_arrays([AMOUNTS], names=["a"]),
    "a part": pa.Table.from_arrays([AMOUNTS, NUMBERS], names=["a", "n"]).slice(1, 2),
    "no row": pa.Table.from_arrays([AMOUNTS, NUMBERS], names=["a", "n"]).slice(0, 0),
    "only NULL": pa.Table.from_arrays([pa.chunked_array([pa.array([None, None], MONEY)])], names=["a"]),
    "of other kinds": pa.Table.from_arrays([WIDE, NESTED], names=["w", "l"]),
    "no column": pa.table({}),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    ("dtype_backend", "types_mapper"),
    [
        (None, None),
        ("pyarrow", pd.ArrowDtype),
        ("numpy_nullable", {pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype()}.get),
    ],
)
def test_decimals_in_a_frame(name: str, dtype_backend: str | None, types_mapper: Any) -> None:
    table = TABLES[name]
    found, expected = pandas_frame(table, dtype_backend), table.to_pandas(types_mapper=types_mapper)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert found.columns.dtype == expected.columns.dtype
    # Equal decimals may have other digits, and None equals NaN there.
    for place in range(len(expected.columns)):
        assert [repr(cell) for cell in found.iloc[:, place]] == [repr(cell) for cell in expected.iloc[:, place]]
