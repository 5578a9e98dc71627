"""docs/transports.md: its table is the code's, its examples run."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from datacloud_emulator import Emulator
from tests.docs.test_docs import org_in_the_environment
from tests.docs.transports import ORDER, PAGE, page

TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
EXAMPLES = {title: re.findall(r"```python\n(.*?)```", text, re.DOTALL) for title, text in SECTIONS.items()}


def test_the_table_is_the_codes() -> None:
    assert page() == TEXT, "run: python -m tests.docs.transports"


def test_every_transport_has_a_section_with_an_example() -> None:
    assert list(SECTIONS) == [*ORDER, "asyncio"]
    assert all(len(code) == 1 for code in EXAMPLES.values())


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_runs(title: str, datacloud_emulator: Emulator) -> None:
    environment = {
        **org_in_the_environment(datacloud_emulator),
        "DATACLOUD_HYPER_ADDRESS": datacloud_emulator.hyper_address,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", EXAMPLES[title][0]],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
