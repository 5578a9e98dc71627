"""The sample org as its checked-in files and catalog say it is, read once for all its tests."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datacloud_emulator.loading import catalog_file
from datacloud_emulator.sample_org import generator

FOLDER = generator.FOLDER
CATALOG = catalog_file.read(FOLDER / "catalog.toml")
OBJECTS = sorted(path.stem for path in FOLDER.glob("*.parquet"))

Row = dict[str, Any]


@cache
def table(name: str) -> pa.Table:
    return pq.read_table(FOLDER / f"{name}.parquet")


@cache
def rows(name: str) -> list[Row]:
    listed: list[Row] = table(name).to_pylist()
    return listed


def by_key(name: str, key: str) -> dict[Any, Row]:
    return {row[key]: row for row in rows(name)}


def grouped(name: str, key: str) -> dict[Any, list[Row]]:
    groups = defaultdict(list)
    for row in rows(name):
        groups[row[key]].append(row)
    return groups


def unified_of() -> dict[str, str]:
    return {row["SourceRecordId__c"]: row["UnifiedRecordId__c"] for row in rows("IndividualIdentityLink__dlm")}
