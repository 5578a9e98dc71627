"""Plays schedules until one fails: `python -m tests.simulation --schedules 100000`, or one again: `--seed N`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.door import ViolationError
from tests.simulation.play import play
from tests.simulation.schedule import schedule
from tests.simulation.stage import Stage

EVERY = 1000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=1000, help="how many to play (default 1000)")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first of them (default 0)")
    parser.add_argument("--seed", type=int, help="play this one alone, and tell what happens")
    chosen = parser.parse_args()
    with Stage() as stage:
        try:
            if chosen.seed is None:
                _soak(stage, range(chosen.first, chosen.first + chosen.schedules))
            else:
                print(f"seed {chosen.seed}: {schedule(chosen.seed)}", flush=True)
                print("\n".join(play(chosen.seed, stage)))
        except ViolationError as violation:
            print(violation, file=sys.stderr)
            return 1
    return 0


def _soak(stage: Stage, seeds: range) -> None:
    began = time.perf_counter()
    for played, seed in enumerate(seeds, start=1):
        play(seed, stage)
        if played % EVERY == 0 or played == len(seeds):
            rate = played / (time.perf_counter() - began)
            print(f"{played} of {len(seeds)} schedules, {rate:.0f} a second", flush=True)


if __name__ == "__main__":
    sys.exit(main())
