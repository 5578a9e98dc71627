"""The memory that one reading needs, in a process made for it: prints bytes above what the process had before.

Before, everything is imported and connected, and the same reading was done once for a thousand rows.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

from benchmarks.contestants.ours import WAYS
from benchmarks.contestants.turns import Found, Turn, Way
from benchmarks.peak import forget_peak, peak_bytes


def bytes_of(result: Any) -> int:
    """What the result itself takes: of rows the list, the tuples, and each value once however often it stands there."""
    if isinstance(result, Found):
        return 0
    if hasattr(result, "nbytes"):
        return int(result.nbytes)
    size = sys.getsizeof(result) + sum(map(sys.getsizeof, result))
    for place in range(len(result[0])):
        # By column, as a set of all values' ids would be larger than the rows.
        seen: set[int] = set()
        for row in result:
            if id(row[place]) not in seen:
                seen.add(id(row[place]))
                size += sys.getsizeof(row[place])
    return size


if __name__ == "__main__":
    asked = Turn(**json.loads(sys.argv[2]))
    way: Way = WAYS[asked.way]
    way(Turn(asked.way, 1_000, asked.door, asked.transport))
    gc.collect()
    forget_peak()
    before = peak_bytes()
    result = way(asked)
    print(json.dumps({"more": peak_bytes() - before, "size": bytes_of(result)}))
