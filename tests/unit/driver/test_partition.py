"""Every row of a result is in exactly one partition, whatever the sizes."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.partition import Partition, split


@given(total=st.integers(0, 10**12), pieces=st.none() | st.integers(1, 300))
def test_the_pieces_are_the_whole_without_gap_or_overlap(total: int, pieces: int | None) -> None:
    parts = split("hyper", "q", total, pieces)
    end = 0
    for part in parts:
        assert part.first == end
        end += part.count
    assert end == total
    assert len(parts) == min(pieces or 1, max(total, 1))
    assert max(part.count for part in parts) - min(part.count for part in parts) <= 1


def test_a_partition_travels() -> None:
    part = Partition("hyper", "q", 3, 4)
    assert pickle.loads(pickle.dumps(part)) == part


@pytest.mark.parametrize("pieces", [0, -1])
def test_a_result_is_not_split_into_nothing(pieces: int) -> None:
    with pytest.raises(ProgrammingError):
        split("hyper", "q", 10, pieces)
