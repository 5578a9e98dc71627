"""Contestants take turns, round after round: what disturbs the machine for a while disturbs all of them.

Every way is first done once with a look at each row, which is not timed; who does not have all rows, or has other
values, ends the run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from benchmarks import pages
from benchmarks.contestants.turns import Turn

ROOT = Path(__file__).resolve().parent.parent
# The official connectors have environments of their own; a variable may name another interpreter.
OFFICIAL = {"v1": "BENCH_OFFICIAL_V1", "v2": "BENCH_OFFICIAL_V2"}


def interpreter(name: str) -> str | None:
    """The Python that a contestant runs in; None if its environment is not there."""
    if name not in OFFICIAL:
        return sys.executable
    path = Path(os.environ.get(OFFICIAL[name], ROOT / f".venv-official-{name}" / "bin" / "python"))
    return str(path) if path.exists() else None


@dataclass(frozen=True)
class Entry:
    """A contestant and what it is asked to do."""

    who: str
    turn: Turn


@dataclass(frozen=True)
class Reading:
    """What one turn took. Of many short things `seconds` is the median and `each` has all of them."""

    seconds: float
    cpu: float
    each: tuple[float, ...] = ()


Readings = dict[Entry, list[Reading]]


class Contestant:
    """The process of a contestant, for as long as the `with` lasts."""

    def __init__(self, name: str, server: Mapping[str, Any]) -> None:
        python = interpreter(name)
        assert python is not None
        trusted = {"REQUESTS_CA_BUNDLE": server["ca_file"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        self._process = subprocess.Popen(
            [python, "-m", f"benchmarks.contestants.{name}", json.dumps(server)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **trusted},
        )
        self.versions: dict[str, str] = self._said()["versions"]

    def __enter__(self) -> Contestant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Popen's own exit closes the pipes, which ends the contestant, and waits for it.
        self._process.__exit__(kind, error, trace)

    def take(self, turn: Turn) -> dict[str, Any]:
        """What the contestant says of a turn. Raises RuntimeError when it has died of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(turn)) + "\n")
        self._process.stdin.flush()
        return self._said()

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("A contestant died; what it said is above")
        said: dict[str, Any] = json.loads(line)
        return said


class Takes(Protocol):
    """Whoever takes turns."""

    def take(self, turn: Turn) -> dict[str, Any]: ...


@contextmanager
def started(server: Mapping[str, Any], names: Iterable[str]) -> Iterator[dict[str, Contestant]]:
    """Those of the contestants that are installed, by name, until the `with` ends."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Contestant(name, server)) for name in names if interpreter(name)}


class Field:
    """Contestants that are measured together."""

    def __init__(self, running: Mapping[str, Takes]) -> None:
        self._running = running

    def rounds(self, entries: Mapping[Entry, int], readings: Readings) -> None:
        """Let the entries take turns, each for its number of rounds, and add to the readings what it took."""
        present = {entry: number for entry, number in entries.items() if entry.who in self._running}
        for entry in present:
            # The official ones take minutes for what the others do in seconds: they warm up with little.
            rows = min(1_000, entry.turn.rows) if entry.who in OFFICIAL else entry.turn.rows
            self._checked(entry.who, replace(entry.turn, rows=rows, times=1))
        for number in range(max(present.values(), default=0)):
            # Each round begins with another one, so that nobody is always the one after the slowest.
            turned = [*present][number % len(present) :] + [*present][: number % len(present)]
            for entry in turned:
                if number < present[entry]:
                    readings.setdefault(entry, []).append(self._read(entry))

    def _checked(self, who: str, turn: Turn) -> dict[str, Any]:
        """Take a turn in which every row is looked at."""
        said = self._running[who].take(replace(turn, check=True))
        rows, ids, quantities = said["found"]
        expected = pages.checksum(turn.rows)
        # Of short things only the rows are counted, and who wants the first row has one.
        sums_known = (ids, quantities) != (0, 0)
        if (rows, ids, quantities) != expected and (sums_known or rows not in (expected[0], 1)):
            raise RuntimeError(f"{who} did not read what there is: {turn}, {said['found']}")
        return said

    def _read(self, entry: Entry) -> Reading:
        # Their warming up has seen little, so that they are looked at each time; it is nothing to what they need.
        official = entry.who in OFFICIAL
        said = self._checked(entry.who, entry.turn) if official else self._running[entry.who].take(entry.turn)
        each = tuple(said.get("each", ()))
        return Reading(statistics.median(each) if each else said["seconds"], said["cpu"] / max(1, len(each)), each)
