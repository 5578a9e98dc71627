"""`python -m benchmarks`: the whole table, which is written into the docs as well; that is `make bench`.

| word after it | what runs |
|---|---|
| `quick` | the same for few rows, in less than a minute; prints only |
| `reflection` | reflecting an org of 10,000 objects |
| `serve` | the canned server alone, until it is killed; prints what a client needs |
"""

from __future__ import annotations

import sys
from importlib import import_module

COMMANDS = {
    "full": ("speed", "full"),
    "quick": ("speed", "quick"),
    "reflection": ("reflection", "main"),
    "serve": ("canned", "serve"),
}

if __name__ == "__main__":
    for word in sys.argv[1:] or ["full"]:
        # Loaded when asked for: who wants the server does not wait for pandas.
        module, function = COMMANDS[word]
        getattr(import_module(f"benchmarks.{module}"), function)()
