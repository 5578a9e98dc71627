"""The docs cannot lie: the README's examples run, every parameter is documented, every choice is listed."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

import datacloud_dbapi
from datacloud_dbapi import engagement, webhooks
from datacloud_dbapi.params import ConnectParams
from datacloud_emulator import Emulator
from tests.docs.choices import PAGE, ROOT, page
from tests.docs.pages import dead_links

README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = [
    line
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("datacloud ")
]


def org_in_the_environment(emulator: Emulator) -> dict[str, str]:
    """What the README's `export` lines set, for an org that is the emulator."""
    return {
        **os.environ,
        "DATACLOUD_LOGIN_URL": emulator.login_url,
        "DATACLOUD_CLIENT_ID": emulator.client_id,
        "DATACLOUD_CLIENT_SECRET": emulator.client_secret,
        "DATACLOUD_ALLOW_INSECURE_LOOPBACK": "true",
    }


def test_the_readme_has_examples_of_every_kind() -> None:
    assert len(PYTHON) == 10
    assert [shlex.split(line)[1] for line in SHELL] == ["query", "tables", "describe", "insights", "engagement"]


@pytest.mark.parametrize("code", [code for code in PYTHON if "def test_" not in code])
def test_a_readme_example_runs(code: str, datacloud_emulator: Emulator) -> None:
    environment = org_in_the_environment(datacloud_emulator)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("code", [code for code in PYTHON if "def test_" in code])
def test_the_readmes_test_passes(code: str, tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("line", SHELL)
def test_a_readme_command_runs(line: str) -> None:
    _, *arguments = shlex.split(line)
    command = Path(sys.executable).with_name("datacloud")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_connection_parameter_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "connecting.md").read_text(encoding="utf-8"), re.M)
    assert documented == [field.name for field in dataclasses.fields(ConnectParams)]


def test_every_choice_is_listed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.choices"


MARKDOWN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", MARKDOWN, ids=[path.relative_to(ROOT).as_posix() for path in MARKDOWN])
def test_links_lead_somewhere(path: Path) -> None:
    assert dead_links(path) == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.md").touch()
    (root / "other.md").write_text("# There\n\n```\n# In code\n```\n")
    written = root / "page.md"
    written.write_text(
        "## A `b`: the c\n\n[1](other.md) [2](other.md#there) [3](#a-b-the-c) [4](https://example.com/x.md)\n\n"
        "[5](gone.md) [6](#gone) [7](other.md#in-code) [8](../outside.md)\n\n```\n[9](in-code.md)\n```\n"
    )
    assert dead_links(written, root.resolve()) == ["gone.md", "#gone", "other.md#in-code", "../outside.md"]


def test_errors_that_the_docs_name_exist() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in MARKDOWN)
    named = set(re.findall(r"`(\w+Error)`", text))
    elsewhere = {"DataLoadError", *dir(sqlalchemy.exc), *webhooks.__all__, *engagement.__all__}
    assert {name for name in named if not hasattr(datacloud_dbapi, name)} <= elsewhere
