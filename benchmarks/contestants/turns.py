"""The loop of every contestant: told a way of doing something, it does so and says what it took, in lines of JSON.

Only the standard library is used, as this runs in the environments of others as well.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Turn:
    """What a contestant is asked to do."""

    way: str
    rows: int
    door: str = "fast"
    transport: str = ""
    times: int = 1  # how often a way that is over at once is repeated
    check: bool = False  # look at every row, for which nobody takes the time


@dataclass(frozen=True)
class Found:
    """Rows, their ids' sum, their quantities' sum. Where nothing is to be checked only the rows count."""

    rows: int
    ids: int = 0
    quantities: int = 0


@dataclass
class Times:
    """The seconds of each of many short things; what was found is that of one of them."""

    found: Found
    each: list[float] = field(default_factory=list)


Way = Callable[[Turn], Any]


def summed(rows: Iterable[Any]) -> Found:
    """Look at every row."""
    count = ids = quantities = 0
    for row in rows:
        count += 1
        ids += row[0]
        quantities += row[9]
    return Found(count, ids, quantities)


def counted(rows: Iterable[Any]) -> Found:
    """Take every row, and do nothing with it."""
    count = 0
    for _ in rows:
        count += 1
    return Found(count)


def look(result: Any) -> Found:
    """Look at every row of a list, an Arrow table or a frame."""
    if isinstance(result, list):
        return summed(result)
    if hasattr(result, "num_rows"):
        return Found(result.num_rows, sum(result["id"].to_pylist()), sum(result["quantity"].to_pylist()))
    return Found(len(result), int(result["id"].sum()), int(result["quantity"].sum()))


def repeated(turn: Turn, once: Callable[[], Found], prepare: Callable[[], object] = lambda: None) -> Times:
    """A short thing many times; `prepare` comes before each and after the last, and is not measured."""
    measured = Times(Found(0))
    for _ in range(turn.times):
        prepare()
        started = time.perf_counter()
        measured.found = once()
        measured.each.append(time.perf_counter() - started)
    prepare()
    return measured


def take_turns(ways: Mapping[str, Way], look: Callable[[Any], Found], versions: Mapping[str, str]) -> None:
    """Answer each line of standard input, until it ends. `look` sums up what a way returned, outside its time."""
    print(json.dumps({"versions": dict(versions), "ways": sorted(ways)}), flush=True)
    for line in sys.stdin:
        turn = Turn(**json.loads(line))
        gc.collect()
        started, busy = time.perf_counter(), time.process_time()
        result = ways[turn.way](turn)
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        said: dict[str, Any] = {"seconds": seconds, "cpu": busy}
        if isinstance(result, Times):
            said["each"] = result.each
            result = result.found
        found = result if isinstance(result, Found) else look(result) if turn.check else Found(len(result))
        said["found"] = [found.rows, found.ids, found.quantities]
        del result
        print(json.dumps(said), flush=True)
