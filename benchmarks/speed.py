"""Everything about speed and memory in one run: the contestants, the server, the engine, and the table of ratios."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks import imports, lookups, memory, pages, profile, report
from benchmarks.canned import CREDENTIALS, CannedServer
from benchmarks.comparisons import (
    FULL,
    QUICK,
    Comparison,
    Line,
    Plan,
    growth,
    judged,
    long_ones,
    other,
    short_ones,
    unrivalled,
)
from benchmarks.engine import hyperd
from benchmarks.measure import OFFICIAL, Entry, Field, Readings, started


@contextmanager
def served(plan: Plan) -> Iterator[dict[str, Any]]:
    """What contestants need to know: where everything is, and the statement for each number of rows."""
    sizes = (1, 100, 1_000, *plan.sizes)
    with CannedServer() as server, hyperd(plan.longest) as engine:
        yield {
            "urls": server.urls,
            "ca_file": server.ca_file,
            "hyper": engine,
            "statements": {str(rows): pages.statement(rows) for rows in sizes},
            **CREDENTIALS,
        }


def measured(plan: Plan, server: Mapping[str, Any]) -> tuple[list[Line], Readings, dict[str, dict[str, str]]]:
    """The lines that come of turns, every reading, and what the contestants run with."""
    readings: Readings = {}
    long = {rows: [*long_ones(rows, all_of_official=rows == plan.shortest)] for rows in plan.sizes}
    short = [*short_ones(plan.shortest, plan.times)]
    with started(server, ["v1", "v2", "floors", "ours"]) as running:
        field = Field(running)
        for rows, (rounds, official) in plan.sizes.items():
            # First the download that makes the pieces ready for who is slow.
            entries = [other("floors", "download query-sql", rows), *entries_of(long[rows])]
            if rows == plan.shortest:
                entries += unrivalled(rows)
            note(f"{rows:,} rows")
            field.rounds({entry: official if entry.who in OFFICIAL else rounds for entry in entries}, readings)
        note("short ones")
        field.rounds(dict.fromkeys(entries_of(short), plan.short_rounds), readings)
        versions = {name: contestant.versions for name, contestant in running.items()}
    lines = [judged(one, readings) for rows in plan.sizes for one in long[rows]]
    lines += [judged(one, readings) for one in short]
    if plan.longest > plan.shortest:
        lines.append(growth(plan.shortest, plan.longest, readings))
    return lines, readings, versions


def entries_of(comparisons: list[Comparison]) -> list[Entry]:
    """Each once, who is compared with something beside it."""
    return [*dict.fromkeys(entry for one in comparisons for entry in (one.other, one.ours))]


def note(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


def full() -> None:
    """Print the tables and write them into the page about speed."""
    with served(FULL) as server:
        lines, readings, versions = measured(FULL, server)
        note("memory")
        lines += memory.lines(server, FULL.longest)
        shares = profile.of_fetchall(server, FULL.shortest)
    note("look-ups")
    lines += lookups.lines(FULL.short_rounds, FULL.times)
    note("imports")
    lines.append(imports.compared(15))
    _show(lines, readings, versions)
    about = [f"{report.machine()}; gzip on.", *report.libraries(versions)]
    report.write(
        [
            "  \n".join(about),
            report.as_markdown(report.targets(lines)),
            "What each took, in seconds:",
            report.as_markdown(report.seconds(readings)),
            f"Where the processor's time of `fetchall` goes ({FULL.shortest:,} rows, V2 JSON, `prefetch=0`):",
            report.as_markdown(shares),
        ]
    )
    print(report.as_text(shares))


def quick() -> None:
    """The same for few rows and without memory, in less than a minute; prints only."""
    with served(QUICK) as server:
        lines, readings, versions = measured(QUICK, server)
    lines += lookups.lines(QUICK.short_rounds, QUICK.times)
    lines.append(imports.compared(3))
    _show(lines, readings, versions)


def _show(lines: list[Line], readings: Readings, versions: dict[str, dict[str, str]]) -> None:
    parts = [report.machine(), *report.libraries(versions), "", report.as_text(report.targets(lines)), ""]
    print("\n".join([*parts, report.as_text(report.seconds(readings))]))
