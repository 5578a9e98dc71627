"""A file appears complete or not at all. Source: public surface, §5."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from datacloud_dbapi.cli.output import destination


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with destination(str(path)) as out:
        out.write(b"a\n")
        assert not path.exists()
    assert path.read_bytes() == b"a\n"
    assert names(tmp_path) == ["rows.csv"]


@pytest.mark.parametrize("before", [None, b"old"])
@pytest.mark.parametrize("failure", [ValueError("row 2"), KeyboardInterrupt()], ids=["error", "Ctrl-C"])
def test_a_failure_leaves_what_was_there(tmp_path: Path, before: bytes | None, failure: BaseException) -> None:
    path = tmp_path / "rows.csv"
    if before is not None:
        path.write_bytes(before)

    def write_half() -> None:
        with destination(str(path)) as out:
            out.write(b"half a r")
            raise failure

    with pytest.raises(type(failure)):
        write_half()
    assert names(tmp_path) == ([] if before is None else ["rows.csv"])
    assert before is None or path.read_bytes() == before


def test_an_interrupt_at_the_moment_the_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = os.open

    def made_and_interrupted(path: str, flags: int, mode: int = 0o777) -> int:
        os.close(make(path, flags, mode))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", made_and_interrupted)
    with pytest.raises(KeyboardInterrupt), destination(str(tmp_path / "rows.csv")):
        pass
    monkeypatch.undo()
    assert names(tmp_path) == []


def test_permissions_are_those_of_any_new_file_or_of_the_old_one(tmp_path: Path) -> None:
    plain, path, old = tmp_path / "plain", tmp_path / "new", tmp_path / "old"
    plain.write_bytes(b"")
    old.write_bytes(b"")
    old.chmod(0o640)
    for target in (path, old):
        with destination(str(target)) as out:
            out.write(b"a")
    assert path.stat().st_mode == plain.stat().st_mode
    assert old.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "target"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with destination(str(link)) as out:
        out.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    with destination(os.devnull) as out:
        out.write(b"a")
    assert not Path(os.devnull).is_file()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="cannot write"), destination(str(tmp_path / "no" / "rows")):
        pytest.fail("there is nowhere to write")
