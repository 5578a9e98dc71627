"""Runs SQLAlchemy's dialect suite in this interpreter and prints what came of it.

`python -m tests.conformance` from the root of the tree; it fails when a test failed, was left out
without a reason that the page gives, or did not even begin. With `--write` it keeps docs/sqlalchemy/suite.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import sqlalchemy

from tests.conformance.needs import CHANGED, NEEDS, NEEDS_OF_1_4

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sqlalchemy" / "suite.md"
_ROW = re.compile(r"^\| (\d[\w.]*) \| (\d+) \| (\d+) \|$", re.MULTILINE)

HEAD = """# SQLAlchemy's dialect suite

SQLAlchemy has a suite of its own for dialects (`sqlalchemy.testing.suite`). It runs here on the real engine, behind a
writable emulator; none of its tests fails. `make suite` runs it, and `python -m tests.conformance --write` rewrites
this page.

| SQLAlchemy | passed | excluded |
|---|---|---|
"""

REASONS = """
## What is excluded

Each line is something the suite asks for that Hyper has not: a statement that needs it, and the SQLSTATE that Hyper
answers it with (00000: it runs, and does not do what is asked). A test runs every one of them.

| statement | SQLSTATE | why | capabilities of the suite |
|---|---|---|---|
"""

NATURE = """
No statement shows these:

| capability of the suite | why |
|---|---|
"""

CHANGES = """
## What runs in another way

A few tests need more than the capability they name, and are left out where that is lacking; those with none beside them
run, changed as little as can be.

| test, or what it calls | needs | why |
|---|---|---|
"""


def page(counts: dict[str, tuple[int, int]]) -> str:
    """The page for what passed and what was excluded, by version."""
    from datacloud_sqlalchemy.requirements import LACKING, OF_1_4, OF_ITS_NATURE

    newest_first = sorted(counts, key=lambda version: [int(part) for part in re.findall(r"\d+", version)], reverse=True)
    rows = [f"| {version} | {counts[version][0]} | {counts[version][1]} |\n" for version in newest_first]
    reasons = [
        f"| `{each.sql}` | {each.sqlstate} | {each.because} | {', '.join(sorted(each.capabilities.split()))} |\n"
        for each in LACKING
    ]
    needs = [
        f"| `{test}` | {capability} | {because} |\n"
        for test, (capability, because) in (
            *((name, ("", because)) for name, because in CHANGED.items()),
            *NEEDS.items(),
            *NEEDS_OF_1_4.items(),
        )
    ]
    nature = [f"| {name} | {because} |\n" for name, because in {**OF_ITS_NATURE, **OF_1_4}.items()]
    return "".join([HEAD, *rows, REASONS, *reasons, NATURE, *nature, CHANGES, *sorted(needs)])


def counts_on(text: str) -> dict[str, tuple[int, int]]:
    """What a page says has passed and was excluded, by version."""
    return {version: (int(passed), int(excluded)) for version, passed, excluded in _ROW.findall(text)}


def run() -> tuple[int, list[str], int, int]:
    """Runs the suite: how many tests passed, why others were excluded, how many failed, and pytest's exit status."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "sqlalchemy.testing.plugin.pytestplugin"]
        # One process for each of two halves, where that can be had; each has an emulator of its own.
        command += ["-n", "2"] if find_spec("xdist") else []
        command += ["-p", "no:cacheprovider", "-W", "default", "--tb=short", f"--junitxml={report}"]
        status = subprocess.run([*command, "tests/conformance/test_sqlalchemy_suite.py"], cwd=ROOT).returncode
        suites = list(ElementTree.parse(report).iter("testsuite")) if report.exists() else []
    tests, failed = (
        sum(int(suite.get(name, 0)) for suite in suites for name in names)
        for names in (["tests"], ["failures", "errors"])
    )
    reasons = [skipped.get("message", "") for suite in suites for skipped in suite.iter("skipped")]
    return tests - len(reasons) - failed, reasons, failed, status


def unexplained(reasons: list[str]) -> list[str]:
    """Those of pytest's reasons that are none of ours."""
    from datacloud_sqlalchemy.requirements import LACKING, OF_1_4, OF_ITS_NATURE

    ours = {*(each.because for each in LACKING), *OF_ITS_NATURE.values(), *OF_1_4.values()}
    return [reason for reason in reasons if not any(because in reason for because in ours)]


def main() -> int:
    passed, reasons, failed, status = run()
    print(f"SQLAlchemy {sqlalchemy.__version__}: {passed} passed, {len(reasons)} excluded, {failed} failed")
    print("".join(f"excluded without a reason of ours: {reason}\n" for reason in unexplained(reasons)), end="")
    if status or failed or not passed or unexplained(reasons):
        return status or 1
    if "--write" not in sys.argv[1:]:
        return 0
    counts = counts_on(PAGE.read_text("utf-8")) if PAGE.exists() else {}
    series = sqlalchemy.__version__.rsplit(".", 1)[0]
    counts = {version: kept for version, kept in counts.items() if version.rsplit(".", 1)[0] != series}
    PAGE.write_text(page({**counts, sqlalchemy.__version__: (passed, len(reasons))}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
