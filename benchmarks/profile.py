"""Where the processor's time of a `fetchall` goes: functions by the time of their own; no page is fetched ahead."""

from __future__ import annotations

import cProfile
import json
import pstats
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT

SHOWN = 10


def of_fetchall(server: Mapping[str, Any], rows: int) -> list[list[str]]:
    """A table of functions and their shares; profiled in a process of its own, as a profile slows what it sees."""
    command = [sys.executable, "-m", "benchmarks.profile", json.dumps(server), str(rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=True)
    return [["function", "calls", "share of the CPU time"], *json.loads(done.stdout)]


def _named(file: str, line: int, function: str) -> str:
    if file == "~":
        # A function of C, for example `<method 'read' of '_ssl._SSLSocket' objects>`.
        return function.strip("<>").removeprefix("built-in method ").replace("method ", "").replace("'", "")
    path = Path(file)
    return f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}: {function}"


def main(server: dict[str, Any], rows: int) -> None:
    """In the child: read once to warm up, once under the profiler; print the lines."""
    import datacloud_dbapi

    who = {name: server[name] for name in ("client_id", "client_secret", "ca_file")}
    with datacloud_dbapi.connect(
        login_url=server["urls"]["fast"],
        ca_bundle=who.pop("ca_file"),
        **who,
        allowed_hosts=["127.0.0.1"],
        transport="rest-v2",
        prefetch=0,
    ) as connection:
        sql = server["statements"][str(rows)]
        connection.cursor().execute(sql).fetchall()
        # Of the processor's time: what waits for the network, or for others on this machine, is not counted.
        profiler = cProfile.Profile(time.process_time)
        profiler.enable()
        fetched = connection.cursor().execute(sql).fetchall()
        profiler.disable()
    assert len(fetched) == rows
    stats: Any = pstats.Stats(profiler)
    entries = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:SHOWN]
    shares = [[_named(*where), f"{each[1]:,}", f"{each[2] / stats.total_tt:.0%}"] for where, each in entries]
    print(json.dumps(shares))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]))
