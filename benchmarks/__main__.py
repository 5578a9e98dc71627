"""All benchmarks, one after the other: `make bench`, or `python -m benchmarks speed` for one of them."""

from __future__ import annotations

import sys

from benchmarks import memory, reflection, speed

ALL = {"speed": speed.main, "memory": memory.main, "reflection": reflection.main}

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        ALL[name]()
