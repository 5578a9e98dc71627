"""What is compared with what, and how far apart they should be.

Each line is a ratio of two entries that took turns in the same rounds.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.contestants.turns import Turn
from benchmarks.measure import Entry, Reading, Readings

V1, V2 = "official v1", "official v2 beta"


@dataclass(frozen=True)
class Comparison:
    """`faster`: the other takes at least `target` times our time. Else we take at most `target` times the other's."""

    operation: str
    against: str
    target: float
    ours: Entry
    other: Entry
    faster: bool = True
    worst: bool = False  # of the slowest in a hundred, instead of the median


@dataclass(frozen=True)
class Line:
    """A line of the printed table."""

    operation: str
    against: str
    target: str
    measured: str
    spread: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Plan:
    """How much is measured: rounds by number of rows, our own and those that the slow official ones take part in."""

    sizes: dict[int, tuple[int, int]]
    short_rounds: int
    times: int

    @property
    def longest(self) -> int:
        return max(self.sizes)

    @property
    def shortest(self) -> int:
        return min(self.sizes)


FULL = Plan({200_000: (5, 2), 1_000_000: (2, 1)}, short_rounds=5, times=50)
QUICK = Plan({10_000: (2, 1)}, short_rounds=1, times=20)


def ours(way: str, rows: int, transport: str = "rest-v2", **more: object) -> Entry:
    return Entry("ours", Turn(way, rows, transport=transport, **more))  # type: ignore[arg-type]  # fields by name


def other(who: str, way: str, rows: int, **more: object) -> Entry:
    return Entry(who, Turn(way, rows, **more))  # type: ignore[arg-type]  # as above


def long_ones(rows: int, *, all_of_official: bool) -> Iterator[Comparison]:
    """Results of so many rows; of the longest the official ones do not iterate as well, as they take minutes."""
    size = f"{rows:,} rows"
    fetchall = ours("fetchall", rows)
    yield Comparison(f"fetchall, V2 JSON, {size}", V1, 18, fetchall, other("v1", "fetchall", rows))
    yield Comparison(f"fetchall, V2 JSON, {size}", V2, 28, fetchall, other("v2", "fetchall", rows))
    floor = other("floors", "rows rest-v2", rows)
    yield Comparison(f"fetchall, V2 JSON, {size}", "download + bare typed decode", 1.25, fetchall, floor, faster=False)
    frame = ours("fetch_df", rows)
    yield Comparison(f"fetch_df, V2 Arrow, {size}", V1, 1.9, frame, other("v1", "fetch_df", rows))
    if all_of_official:
        iterate = ours("iterate", rows)
        yield Comparison(f"iterate, V2 JSON, {size}", V1, 18, iterate, other("v1", "iterate", rows))
        yield Comparison(f"iterate, V2 JSON, {size}", V2, 25, iterate, other("v2", "iterate", rows))
        yield Comparison(f"fetch_df, V2 Arrow, {size}", V2, 40, frame, other("v2", "fetch_df", rows))
    for transport in ("rest-v2", "direct-v3", "hyper"):
        table, floor = ours("fetch_arrow_table", rows, transport), other("floors", f"arrow {transport}", rows)
        operation = f"fetch_arrow_table, {transport}, {size}"
        yield Comparison(operation, "download + IPC read", 1.2, table, floor, faster=False)
    for way, options, by_hand in (
        ("read_sql", "", "fetchall + DataFrame"),
        ("read_sql, exact", ", coerce_float=False", "fetchall + exact DataFrame"),
    ):
        yield Comparison(
            f"pandas.read_sql{options}, {size}",
            "our fetchall + the same frame",
            1.3,
            ours(way, rows),
            ours(by_hand, rows),
            faster=False,
        )


def short_ones(rows: int, times: int) -> Iterator[Comparison]:
    """What is over at once; `rows` is the length of a result of which the first row is wanted."""
    few = max(2, times // 10)
    v1_first = other("v1", "first row", rows, door="slow", times=1)
    for transport, target in (("rest-v2", 11), ("query-sql", 30), ("direct-v3", 28)):
        first = ours("first row", rows, transport, door="slow", times=few)
        yield Comparison(f"first row, 50 ms latency, {transport}", V1, target, first, v1_first)
    opened = ours("connect", 1, times=few)
    yield Comparison("connect + first query", V1, 7, opened, other("v1", "connect", 1, times=few))
    for count, targets in ((1, (2.5, 11)), (100, (11, 20))):
        for name, who, least in ((V1, "v1", targets[0]), (V2, "v2", targets[1])):
            # Each against its own kind: V2 for the one, query-sql for the other.
            small = ours("small", count, "rest-v2" if who == "v1" else "query-sql", times=times)
            title = f"small query, {count} row{'s' * (count > 1)}, {small.turn.transport}"
            peer = other(who, "small", count, times=times)
            yield Comparison(f"{title}, p50", name, least, small, peer)
            # choice: no target is set for the slowest; they should not be slower than the other's.
            yield Comparison(f"{title}, p99", name, 1, small, peer, worst=True)
    together, alone = ours("at once", 1, door="slow", times=8), ours("one after another", 1, door="slow", times=8)
    yield Comparison("async, 8 queries at once, 50 ms latency", "one after another", 5, together, alone)
    unlimited = ours("at once, no limit", 1, door="slow", times=8)
    yield Comparison("the same, max_in_flight=8", "one after another", 5, unlimited, alone)


def unrivalled(rows: int) -> list[Entry]:
    """Measured for their seconds only."""
    return [
        other("floors", "download rest-v2", rows),
        other("floors", "download rest-v2 arrow", rows),
        ours("fetchmany", rows),
        ours("fetch_polars", rows),
        ours("record batches", rows),
        *(ours("fetchall", rows, transport) for transport in ("rest-v1", "query-sql", "direct-v3", "hyper")),
    ]


def judged(comparison: Comparison, readings: Readings) -> Line:
    """The median of the rounds' ratios, beside the least and the most."""
    sign = "≥" if comparison.faster else "≤"
    target = f"{sign} {comparison.target:g}×"
    top, bottom = (comparison.other, comparison.ours) if comparison.faster else (comparison.ours, comparison.other)
    if top not in readings or bottom not in readings:
        return Line(comparison.operation, comparison.against, target, "not measured")
    if comparison.worst:
        ratios = [_p99(readings[top]) / _p99(readings[bottom])]
    else:
        ratios = [a.seconds / b.seconds for a, b in zip(readings[top], readings[bottom], strict=False)]
    return line(comparison.operation, comparison.against, target, ratios, comparison.target)


def line(operation: str, against: str, target: str, ratios: list[float], limit: float) -> Line:
    measured = statistics.median(ratios)
    met = measured >= limit if target.startswith("≥") else measured <= limit
    spread = f"{_number(min(ratios))}–{_number(max(ratios))}" if len(ratios) > 1 else ""
    return Line(operation, against, target, f"{_number(measured)}×", spread, met)


def _p99(readings: list[Reading]) -> float:
    """What one in a hundred of all rounds exceeds."""
    each = sorted(seconds for reading in readings for seconds in reading.each)
    return each[int(len(each) * 0.99)]


def growth(shorter: int, longer: int, readings: Readings) -> Line:
    """What five times the rows take."""
    pairs = zip(readings[ours("fetchall", longer)], readings[ours("fetchall", shorter)], strict=False)
    ratios = [a.seconds / b.seconds for a, b in pairs]
    rows = f"{longer / shorter:g}×"
    return line(f"growth, fetchall, {shorter:,} → {longer:,} rows", f"{rows} the rows", "≤ 5.5×", ratios, 5.5)


def _number(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"
