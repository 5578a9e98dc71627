"""The tests that hold each promise of docs/faults.md, found by their `fault` marks. Run it to rewrite the page.

A test says which rows it holds with `@pytest.mark.fault("P3", "P4")`, over real sockets with `sockets=True` as well.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "faults.md"
_ROW = re.compile(r"^\| ([A-Z]\d+)(°?) \|(.*)\|[^|]*\|$", re.MULTILINE)
_OUTPUT = "DATACLOUD_FAULT_MARKS"


def rows() -> dict[str, bool]:
    """The ids of the page's rows; whether each wants real sockets."""
    return {name: bool(mark) for name, mark, _ in _ROW.findall(PAGE.read_text(encoding="utf-8"))}


def marks_of(items: list[pytest.Item]) -> dict[str, dict[str, bool]]:
    """Row → those of the tests that hold it, each with whether real sockets are used."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for item in items:
        test = item.nodeid.partition("[")[0]
        for mark in item.iter_markers("fault"):
            for name in mark.args:
                found[name][test] = found[name].get(test, False) or bool(mark.kwargs.get("sockets"))
    return dict(found)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """As a plugin of the collecting pytest: write down which tests hold which rows."""
    Path(os.environ[_OUTPUT]).write_text(json.dumps(marks_of(items)), encoding="utf-8")


def marks() -> dict[str, dict[str, bool]]:
    """Row → the tests that hold it, of all tests there are: a process of its own collects them."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "marks.json"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", __spec__.name, "tests"]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, _OUTPUT: str(output)}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
        found: dict[str, dict[str, bool]] = json.loads(output.read_text(encoding="utf-8"))
    return found


def page(found: dict[str, dict[str, bool]]) -> str:
    """The page with its last column as the tests have it."""

    def row(match: re.Match[str]) -> str:
        name, mark, promise = match.groups()
        tests = sorted(found.get(name, {}))
        names = ", ".join(f"`{test.removeprefix('tests/')}`" for test in tests)
        return f"| {name}{mark} |{promise}| {names} |"

    return _ROW.sub(row, PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(marks()), encoding="utf-8")
