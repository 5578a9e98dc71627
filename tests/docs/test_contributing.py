"""CONTRIBUTING.md lists the protective lines that there are."""

from __future__ import annotations

from pathlib import Path

from tests.mutations.lines import table

PAGE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"


def test_the_protective_lines_are_listed() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
