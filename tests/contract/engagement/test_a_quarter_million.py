"""250,000 prospects, every one once. In a file of its own: it is the longest of the tests of Account Engagement.

Source: wire spec, account-engagement §15.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from datacloud_dbapi import engagement
from datacloud_emulator import Emulator, EngagementSettings
from tests.contract.engagement.faces import unit_params

MADE = 250_000


@pytest.fixture(scope="module")
def crowded() -> Iterator[Emulator]:
    """An account of so many prospects, and files of an export that are small."""
    settings = EngagementSettings(sample=False, export_file_least=1_000_000)
    with Emulator(sql=False, engagement=settings) as emulator:
        emulator.engagement.load("Prospect", ({"email": f"p{number}@example.test"} for number in range(MADE)))
        yield emulator


def test_by_export_in_several_files(crowded: Emulator, tmp_path: Path) -> None:
    target = tmp_path / "all.parquet"
    with engagement.connect(**unit_params(crowded), http_transport=crowded.http_transport) as ae:
        export = ae.exports.run("prospects", ["id", "email"], max_file_size=2_000_000, poll=0)
        assert export.to_parquet(target) == MADE
    files = [record for record in crowded.requests if record.operation == "engagement-download"]
    assert len({record.path for record in files}) == len(files) > 2
    file = pq.ParquetFile(target)
    # A hundred thousand rows a group.
    assert file.num_row_groups == 3
    table = file.read()
    assert pc.count_distinct(table["id"]).as_py() == MADE
    assert set(table["email"].to_pylist()) == {f"p{number}@example.test" for number in range(MADE)}
