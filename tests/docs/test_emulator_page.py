"""docs/emulator.md: its example of faults runs, and what it lists is what there is."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

from datacloud_emulator import Fault
from datacloud_emulator.faults import CALLS, REQUESTS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "emulator.md"
FAULTS = PAGE.read_text(encoding="utf-8").partition("## Faults on purpose\n")[2].partition("\n## ")[0]


def test_the_example_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", FAULTS, re.DOTALL)
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    recovered, lost, struck = done.stdout.splitlines()
    assert recovered == "[(1,)] [503, 200]"
    assert lost.startswith("lost: ")
    assert struck == "(('query', Fault('query', status=503)), ('query', Fault('query', reset='after')))"


def test_every_row_of_the_table_is_a_fault_and_every_kind_has_one() -> None:
    named: set[str] = {"on"}
    for row in re.findall(r"^\| `([^|]+)` \|", FAULTS, re.MULTILINE):
        if row != "Fault(…)":
            fault = eval(f"Fault({row})", {"Fault": Fault})
            named |= {part.name for part in dataclasses.fields(fault) if getattr(fault, part.name) != part.default}
    assert {part.name for part in dataclasses.fields(Fault)} - named <= {"after", "times"}


def test_the_operations_it_names_exist() -> None:
    (listed,) = re.findall(r"as `emulator.requests` names it: (.*?); `", FAULTS, re.DOTALL)
    assert set(re.findall(r"`([\w-]+)`", listed)) <= REQUESTS | CALLS
