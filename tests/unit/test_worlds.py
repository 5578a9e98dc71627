"""A world's Python is found by its version, and where there is none the run says so. No environment is made here."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from tests.worlds import __main__ as worlds
from tests.worlds.interpreters import find
from tests.worlds.table import World

THIS = "{}.{}".format(*sys.version_info[:2])


def test_this_python_is_found_by_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"python{THIS}").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(THIS) == str(tmp_path / f"python{THIS}")


@pytest.mark.skipif(sys.platform == "win32", reason="the shims are scripts of a shell")
@pytest.mark.parametrize("says", ["exit 127", "echo 3.98", "exec /nowhere/python"])
def test_a_shim_with_nothing_behind_it_is_no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    shim = tmp_path / "python3.99"
    shim.write_text(f"#!/bin/sh\n{says}\n")
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    assert find("3.99") is None


def test_a_world_without_its_python_is_skipped_loudly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worlds, "WORLDS", (World("lost", "3.99", ()),))
    monkeypatch.setattr(sys, "argv", ["worlds"])
    assert worlds.main() == 0
    first, said, last = capsys.readouterr().out.splitlines()
    assert said == "!!!! SKIPPED: the world lost. There is no Python 3.99."
    assert first == last == "!" * 100
