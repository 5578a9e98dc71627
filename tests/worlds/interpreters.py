"""Finds a Python by its version: on the path, or where pyenv and uv keep theirs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

# An interpreter that cannot make an environment is of no use.
QUESTION = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"


def find(version: str) -> str | None:
    """The path of a Python `version` that works; None where there is none."""
    return next((path for path in _candidates(version) if _is(path, version)), None)


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    # HOME may be another than the user's own, as in CI.
    homes = {Path.home(), Path(os.path.expanduser(f"~{_user()}"))}
    roots = [Path(os.environ["PYENV_ROOT"])] if "PYENV_ROOT" in os.environ else []
    roots += [home / ".pyenv" for home in homes]
    for root in roots:
        yield from _pythons(root / "versions", f"{version}.*/bin/python")
    for home in homes:
        yield from _pythons(home / ".local/share/uv/python", f"cpython-{version}.*/bin/python")
    yield from (f"{folder}/python{version}" for folder in ("/usr/local/bin", "/opt/homebrew/bin"))


def _user() -> str:
    try:
        import pwd
    except ImportError:  # Windows
        return ""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def _pythons(folder: Path, pattern: str) -> list[str]:
    try:
        return [str(path) for path in sorted(folder.glob(pattern), reverse=True)]
    except OSError:
        return []


def _is(path: str, version: str) -> bool:
    """A shim of pyenv may stand there without the version behind it."""
    try:
        done = subprocess.run([path, "-c", QUESTION], capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version
