"""The tables: as text, and between two markers of the page about speed."""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.comparisons import Line
from benchmarks.measure import ROOT, Readings

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
NAMES = {"v1": "official v1", "v2": "official v2 beta", "floors": "floor", "ours": "ours"}


def machine() -> str:
    return (
        f"{dt.date.today():%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, "  # noqa: DTZ011 - the reader's day
        f"{platform.system()} {platform.machine()}"
    )


def libraries(versions: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"{NAMES[who]}: " + ", ".join(f"{name} {found}" for name, found in of.items()) for who, of in versions.items()
    ]


def targets(lines: Sequence[Line]) -> list[list[str]]:
    head = ["operation", "against", "target", "measured", "min–max", ""]
    met = {True: "✓", False: "✗", None: ""}
    return [head, *([one.operation, one.against, one.target, one.measured, one.spread, met[one.met]] for one in lines)]


def seconds(readings: Readings) -> list[list[str]]:
    """What each way took: seconds with the least and the most, and of the processor."""
    table = [["who", "way", "rows", "seconds", "min–max", "CPU s"]]
    for entry, each in readings.items():
        taken = [one.seconds for one in each]
        turn = entry.turn
        way = turn.way + (f", {turn.transport}" if turn.transport else "") + (", 50 ms" if turn.door == "slow" else "")
        spread = f"{min(taken):.4g}–{max(taken):.4g}" if len(taken) > 1 else ""
        busy = statistics.median(one.cpu for one in each)
        median = f"{statistics.median(taken):.4g}"
        table.append([NAMES[entry.who], way, f"{turn.rows:,}", median, spread, f"{busy:.3g}"])
    return table


def as_text(table: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    )


def as_markdown(table: Sequence[Sequence[str]]) -> str:
    head, *rows = table
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))


def write(parts: Sequence[str], page: Path = PAGE) -> None:
    """Put the parts between the page's markers. Raises ValueError when it has none."""
    text = page.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page.name} has no place for the table")
    page.write_text(before + begin + "\n\n" + "\n\n".join(parts) + "\n\n" + end + after, "utf-8")
