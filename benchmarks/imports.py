"""The time of `import datacloud_dbapi` against that of `import httpx`, which it needs; in fresh interpreters."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.comparisons import Line, line
from benchmarks.measure import ROOT

_CODE = "import time; started = time.perf_counter(); import {}; print(time.perf_counter() - started)"


def seconds(module: str) -> float:
    # Compiled modules are kept, as an installed package's are, whatever this shell says.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = [sys.executable, "-c", _CODE.format(module)]
    done = subprocess.run(code, stdout=subprocess.PIPE, cwd=ROOT, env=env, check=True)
    return float(done.stdout)


def compared(rounds: int) -> Line:
    """Both once per round, after one that warms the disk's cache."""
    ratios = [seconds("datacloud_dbapi") / seconds("httpx") for _ in range(rounds + 1)][1:]
    return line("import datacloud_dbapi", "import httpx", "≤ 1.3×", ratios, 1.3)
