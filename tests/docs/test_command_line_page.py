"""docs/command-line.md: its commands run and print what the page shows, and it lists every command and option."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

import pytest

from datacloud_dbapi import cli
from datacloud_emulator import Emulator
from tests.docs.command_line_page import PAGE, commands, page
from tests.docs.pages import blocks

BLOCKS = blocks(PAGE)
LINES = [line for language, text in BLOCKS if language == "console" for line in text.splitlines()]
# What a block shows is what its last command prints.
SHOWN = {
    text.splitlines()[-1]: following
    for (language, text), (next_language, following) in pairwise(BLOCKS)
    if (language, next_language) == ("console", "text")
}


@pytest.fixture(scope="module")
def org() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.mark.parametrize("line", LINES)
def test_a_command_runs_and_prints_what_the_page_shows(
    line: str, org: Emulator, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for name in ("login_url", "client_id", "client_secret"):
        monkeypatch.setenv(f"DATACLOUD_{name.upper()}", getattr(org, name))
    monkeypatch.setenv("DATACLOUD_ALLOW_INSECURE_LOOPBACK", "true")
    monkeypatch.setenv("DATACLOUD_BUSINESS_UNIT_ID", org.business_unit_id)
    monkeypatch.setenv("DATACLOUD_ENGAGEMENT_URL", org.login_url)
    name, *words = shlex.split(line)
    assert name == "datacloud"
    assert cli.main(words) == 0
    printed = capfdbinary.readouterr()
    assert printed.err == b""
    # More than a heading: the names and ids of the page are those of the sample org.
    assert printed.out.count(b"\n") > 1
    if line in SHOWN:
        assert printed.out.decode() == SHOWN[line]


def test_the_page_lists_every_command_and_option() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.command_line_page"
    assert {language for language, _ in BLOCKS} == {"console", "text"}
    assert len(SHOWN) == 4


def test_the_page_shows_every_command_that_reads() -> None:
    shown = {re.sub(r"^(datacloud (?:(?:profile|insights|graph|engagement) )?\w+).*", r"\1", line) for line in LINES}
    elsewhere = {"datacloud login", "datacloud doctor", "datacloud emulator", "datacloud profile describe"}
    assert shown == {name for name, _ in commands()} - elsewhere
