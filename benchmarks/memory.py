"""The most memory a process needs to read 5 million rows, by transport and by what it reads them as.

Each reading runs in a process of its own; the emulator is another one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import datacloud_dbapi
from datacloud_emulator import Emulator

ROWS = int(os.environ.get("BENCH_ROWS", "5000000"))
SQL = f"SELECT n AS id, n % 1000 AS bucket, 'customer ' || n AS name FROM generate_series(1, {ROWS}) AS t(n)"
READINGS = [
    ("rest-v2", "batches"),
    ("direct-v3", "batches"),
    ("hyper", "batches"),
    ("rest-v2", "rows"),
    ("query-sql", "rows"),
    ("direct-v3", "rows"),
    ("hyper", "rows"),
]


def read(reading: str, params: dict[str, object]) -> None:
    """In the child: read everything once, print what it took."""
    started = time.perf_counter()
    with datacloud_dbapi.connect(**params) as connection:  # type: ignore[arg-type]  # ready keywords from the parent
        cursor = connection.cursor().execute(SQL, arrow=reading == "batches")
        if reading == "batches":
            count = sum(batch.num_rows for batch in cursor.fetch_record_batch())
        else:
            count = sum(1 for _ in cursor)
    assert count == ROWS
    print(json.dumps({"peak_mb": peak_mb(), "seconds": time.perf_counter() - started}))


def peak_mb() -> float:
    """The most memory this process had, in MB. `ru_maxrss` will not do: a child begins with its parent's."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else float("nan")


def main() -> None:
    print(f"Reading {ROWS:,} rows")
    print(f"{'transport':12} {'as':8} {'peak MB':>8} {'seconds':>8}")
    with Emulator() as emulator:
        for transport, reading in READINGS:
            params = json.dumps(emulator.connect_params(transport=transport))
            code = (
                "import json, sys; from benchmarks.memory import read; read(sys.argv[1], json.loads(sys.stdin.read()))"
            )
            done = subprocess.run(
                [sys.executable, "-c", code, reading], input=params, capture_output=True, text=True, check=True
            )
            found = json.loads(done.stdout)
            print(f"{transport:12} {reading:8} {found['peak_mb']:8.0f} {found['seconds']:8.1f}")
