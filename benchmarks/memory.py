"""The most memory a reading needs beyond the process it runs in, against what it has to hold."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks import pages
from benchmarks.comparisons import Line, line
from benchmarks.contestants.turns import Turn
from benchmarks.measure import ROOT
from benchmarks.peak import MB

# Beside three pages: what Python, the sockets and the decoders may take.
ALLOWANCE = 40 * MB
PAGES = {"rest-v2": pages.V2_BYTES, "query-sql": pages.QUERY_SQL_BYTES, "direct-v3": pages.V3_BYTES, "hyper": 2 * 2**20}


def footprint(server: Mapping[str, Any], turn: Turn) -> tuple[int, int]:
    """Bytes that the process came to need, and bytes of the result."""
    command = [sys.executable, "-m", "benchmarks.contestants.footprint", json.dumps(server), json.dumps(asdict(turn))]
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=True)
    said = json.loads(done.stdout)
    return said["more"], said["size"]


def lines(server: Mapping[str, Any], rows: int) -> Iterator[Line]:
    for transport, page in PAGES.items():
        more, _ = footprint(server, Turn("iterate", rows, transport=transport))
        allowed = 3 * page + ALLOWANCE
        operation = f"peak memory, iterate {rows:,} rows, {transport}"
        against = f"3 pages + {ALLOWANCE // MB} MB"
        yield Line(operation, against, f"≤ {allowed // MB} MB", f"{more / MB:.0f} MB", met=more <= allowed)
    for way, transport in (
        *(("fetchall", transport) for transport in ("rest-v2", "query-sql", "direct-v3", "hyper")),
        *(("fetch_arrow_table", transport) for transport in ("rest-v2", "direct-v3", "hyper")),
    ):
        more, size = footprint(server, Turn(way, rows, transport=transport))
        against = f"bytes of the {'rows' if way == 'fetchall' else 'table'} ({size / MB:.0f} MB)"
        yield line(f"peak memory, {way}, {rows:,} rows, {transport}", against, "≤ 1.3×", [more / size], 1.3)
