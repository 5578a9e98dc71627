"""A real hyperd with the rows in a table, for the transport `hyper`; without a login and without a data space."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

import datacloud_dbapi
from benchmarks import pages
from datacloud_emulator.engine.hyperd import Engine


@contextmanager
def hyperd(rows: int) -> Iterator[dict[str, str]]:
    """An engine that has `rows` rows of `customers`; yields what `connect` needs beside `transport`."""
    with Engine() as engine:
        said = re.search(r"gRPC listening on (\S+)", (engine.work_dir / "output").read_text("utf-8"))
        assert said is not None
        address = {"hyper_address": said[1], "hyper_database": str(engine.database_dir / "rows.hyper")}
        bare = {"transport": "hyper", "allow_insecure_loopback": True, "hyper_address": said[1]}
        file = engine.staging_dir / "rows.parquet"
        with pq.ParquetWriter(file, _for_parquet(pages.schema())) as writer:
            # In parts, as a million rows of Python's are more than a benchmark should take.
            for first in range(0, rows, 100_000):
                part = pages.table(first, min(100_000, rows - first))
                writer.write_table(part.cast(_for_parquet(part.schema)))
        with datacloud_dbapi.connect(**bare) as outside:  # type: ignore[arg-type]  # ready keywords
            outside.cursor().execute(f'CREATE DATABASE "{address["hyper_database"]}"')
        with datacloud_dbapi.connect(**bare, hyper_database=address["hyper_database"]) as inside:  # type: ignore[arg-type]  # as above
            inside.cursor().execute(f"CREATE TABLE customers AS SELECT * FROM external('{file}')")
        yield address


def _for_parquet(schema: pa.Schema) -> pa.Schema:
    """The engine reads a zone by its usual name only."""
    place = schema.get_field_index("moment")
    return schema.set(place, pa.field("moment", pa.timestamp("us", "UTC")))
