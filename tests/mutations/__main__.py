"""Takes the protective lines away, one at a time, in copies of the tree, and shows that the tests miss each of them.

    python -m tests.mutations

The tests named must pass on the copy as it is, and each must fail without its line. Exit status 1 names the lines that
nobody would miss.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutations.lines import LINES, Line

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("datacloud_dbapi", "datacloud_sqlalchemy", "datacloud_emulator", "tests", "docs", "examples")
FILES = ("pyproject.toml", "setup.cfg", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
AT_ONCE = 2
FAILED = 1
"""What pytest ends with when tests ran and some failed."""


def copy_to(folder: Path) -> None:
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)


def run(folder: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
    # The folder of `-m` comes first on the path, so the copy is imported and not what is installed.
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def is_missed(folder: Path, line: Line) -> bool:
    """Whether its test fails without the line."""
    path = folder / line.path
    whole = path.read_text(encoding="utf-8")
    if whole.count(line.text) != 1:
        raise SystemExit(f"{line.path} does not hold exactly once: {line.text!r}")
    path.write_text(whole.replace(line.text, line.instead), encoding="utf-8")
    try:
        return run(folder, [line.test]).returncode == FAILED
    finally:
        path.write_text(whole, encoding="utf-8")


def main() -> int:
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(AT_ONCE) as workers:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(AT_ONCE):
            copy_to(Path(name, str(number)))
            copies.put(Path(name, str(number)))
        before = run(Path(name, "0"), sorted({line.test for line in LINES}))
        if before.returncode:
            print(before.stdout[-4000:])
            print("The tests fail before any line is taken away.")
            return 1

        def tried(line: Line) -> bool:
            folder = copies.get()
            try:
                return is_missed(folder, line)
            finally:
                copies.put(folder)

        survivors = []
        for line, missed in zip(LINES, workers.map(tried, LINES), strict=True):
            print(f"{'missed' if missed else 'NOT MISSED'}: {line.name}", flush=True)
            if not missed:
                survivors.append(line.name)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
