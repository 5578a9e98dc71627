"""250,000 prospects, every one once: by a query through the service's own ceiling, and by an export.

In a file of its own, whose account is filled once: that is half of the work.
Source: wire spec, account-engagement §6-6.1, §15; faults E6.
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
    """An account of so many prospects, and files of an export that are small. The tests may change a few of them."""
    settings = EngagementSettings(sample=False, export_file_least=1_000_000)
    with Emulator(sql=False, engagement=settings) as emulator:
        emulator.engagement.load("Prospect", ({"email": f"p{number}@example.test"} for number in range(MADE)))
        yield emulator


@pytest.mark.fault("E6")
def test_by_query_while_records_come_and_go(crowded: Emulator) -> None:
    store = crowded.engagement.unit().store
    top = MADE
    gone: set[int] = set()
    last = count = 0
    with engagement.connect(**unit_params(crowded), http_transport=crowded.http_transport) as ae:
        used = crowded.engagement.calls_used
        for record in ae.prospects.query("id,email"):
            number = record["id"]
            assert number > last, "once, and in order"
            assert number == last + 1 or set(range(last + 1, number)) <= gone, "and none left out"
            last, count = number, count + 1
            if count % 10_000 == 0:
                # In the next sequences and behind, with a new one at the end.
                for victim in (number - 5_000, number + 1_500, MADE - count // 100):
                    if victim > 0 and victim not in gone:
                        store.remove("Prospect", victim)
                        gone.add(victim)
                top += crowded.engagement.load("Prospect", [{"email": f"new{count}@example.test"}])
        used = crowded.engagement.calls_used - used
    assert last == top > MADE
    assert len(gone) > 50
    assert MADE - len(gone) <= count <= top
    # A thousand a page; three sequences, each with a query of its own.
    assert 250 <= used <= 256


def test_by_export_in_several_files(crowded: Emulator, tmp_path: Path) -> None:
    there = {row["id"]: row["email"] for row in crowded.engagement.unit().store.select("Prospect", columns=["email"])}
    target = tmp_path / "all.parquet"
    with engagement.connect(**unit_params(crowded), http_transport=crowded.http_transport) as ae:
        export = ae.exports.run("prospects", ["id", "email"], max_file_size=2_000_000, poll=0)
        assert export.to_parquet(target) == len(there) > MADE - 100
    files = [record for record in crowded.requests if record.operation == "engagement-download"]
    assert len({record.path for record in files}) == len(files) > 2
    file = pq.ParquetFile(target)
    # A hundred thousand rows a group.
    assert file.num_row_groups == 3
    table = file.read()
    assert pc.count_distinct(table["id"]).as_py() == len(there)
    assert dict(zip(table["id"].to_pylist(), table["email"].to_pylist(), strict=True)) == there
