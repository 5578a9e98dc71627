"""Installs the wheel in every world of the table, and runs the tests there against what was installed.

    python -m tests.worlds [NAME …] [--set-up]

`--set-up` only makes the environments, `.venv-NAME` each. A world whose Python is missing is skipped, and the last
lines say so. Exit status 1 when a test failed.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.worlds.interpreters import find
from tests.worlds.table import WORLDS, World

ROOT = Path(__file__).resolve().parents[2]
# The tests run beside no source of ours, else they would import that.
TESTS, SETTINGS = "tests", ("pyproject.toml", "setup.cfg")
WHAT_IS_HERE = """
import importlib.metadata, platform, sys
import datacloud_dbapi, datacloud_emulator, datacloud_sqlalchemy
for module in (datacloud_dbapi, datacloud_emulator, datacloud_sqlalchemy):
    assert module.__file__.startswith(sys.prefix), f"{module.__name__} is not the wheel's: {module.__file__}"
names = ("sqlalchemy", "pandas", "pyarrow")
print("Python", platform.python_version(), *(f"{name} {importlib.metadata.version(name)}" for name in names))
"""


def environment(world: World) -> Path:
    return ROOT / f".venv-{world.name}"


def python_of(world: World) -> str:
    return str(environment(world) / "bin" / "python")


def pip(python: str, *words: str) -> None:
    """That environment's own: the one of this Python may be too old to run in another."""
    subprocess.run([python, "-m", "pip", "--disable-pip-version-check", *words, "--quiet"], check=True)


def build(folder: Path) -> Path:
    """The wheel, built from a copy: a build leaves its traces where it is made."""
    source = folder / "source"
    shutil.copytree(
        ROOT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "dist", TESTS, "*.egg-info")
    )
    pip(sys.executable, "wheel", "--no-deps", "-w", str(folder), str(source))
    [wheel] = folder.glob("*.whl")
    return wheel


def set_up(world: World, python: str, wheel: Path) -> None:
    """The world's environment, with this wheel. Its other packages stay when they are still what the table says."""
    folder = environment(world)
    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp, wanted = folder / "installed", "\n".join([python, sys.version, project, *world.packages, ""])
    install = (python_of(world), "install", "--no-compile")
    if stamp.exists() and stamp.read_text() == wanted:
        pip(*install, "--no-deps", "--force-reinstall", str(wheel))
        return
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    if world.python is None:
        pip(*install, "--no-deps", str(wheel), *world.packages)
        borrow(folder)
    else:
        pip(*install, f"{wheel}[all]", *world.packages)
    stamp.write_text(wanted)


def borrow(folder: Path) -> None:
    """Let that environment, of this very Python, find behind its own packages those that are installed here."""
    places = {name: sysconfig.get_path(name) for name in ("purelib", "platlib")}
    itself = {"base": str(folder), "platbase": str(folder)}
    lines = "".join(f"{place}\n" for place in dict.fromkeys(places.values()))
    Path(sysconfig.get_path("purelib", vars=itself), "borrowed.pth").write_text(lines)


def tested(world: World, folder: Path) -> bool:
    """Whether the tests pass in that world."""
    command = [
        python_of(world),
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
        "-p",
        "no:cacheprovider",
        *world.tests,
    ]
    return not world.tests or subprocess.run(command, cwd=folder, check=False).returncode == 0


def suited(world: World, folder: Path) -> subprocess.CompletedProcess[str]:
    """SQLAlchemy's own suite there: what it said, and how it ended."""
    command = [python_of(world), "-m", "tests.conformance"]
    return subprocess.run(command, cwd=folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(worlds: list[World]) -> list[str]:
    """What went wrong, in a line each."""
    wrong = []
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as both:
        folder = Path(name)
        shutil.copytree(ROOT / TESTS, folder / TESTS, ignore=shutil.ignore_patterns("__pycache__"))
        for beside in SETTINGS:
            shutil.copy(ROOT / beside, folder / beside)
        for world in worlds:
            here = subprocess.run(
                [python_of(world), "-c", WHAT_IS_HERE], cwd=folder, check=True, capture_output=True, text=True
            )
            print(f"The world {world.name}: {here.stdout.strip()}", flush=True)
            if not tested(world, folder):
                wrong.append(f"tests failed in the world {world.name}")
        for world, done in zip(worlds, both.map(lambda each: suited(each, folder), worlds), strict=True):
            *said, counts = done.stdout.rstrip().splitlines() or [""]
            if done.returncode:
                print(*said, sep="\n")
                wrong.append(f"SQLAlchemy's suite failed in the world {world.name}")
            print(f"SQLAlchemy's suite in the world {world.name}: {counts}", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.worlds")
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(world.name for world in WORLDS))
    parser.add_argument("--set-up", action="store_true", help="make the environments, run nothing")
    given = parser.parse_args()
    if unknown := set(given.names) - {world.name for world in WORLDS}:
        parser.error(f"no such world: {', '.join(sorted(unknown))}")
    asked = [world for world in WORLDS if not given.names or world.name in given.names]
    pythons = {world: sys.executable if world.python is None else find(world.python) for world in asked}
    found = {world: python for world, python in pythons.items() if python is not None}
    if found:
        with tempfile.TemporaryDirectory() as name:
            wheel = build(Path(name))
            for world, python in found.items():
                set_up(world, python, wheel)
    wrong = [] if given.set_up else run(list(found))
    for line in wrong:
        print(f"FAILED: {line}")
    for world in asked:
        if world not in found:
            print(f"{'!' * 100}\n!!!! SKIPPED: the world {world.name}. There is no Python {world.python}.\n{'!' * 100}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
