"""docs/emulator.md on Account Engagement: its examples run, and it lists every setting with what it is at first.

The one for pytest is run in `test_ways_in`.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import subprocess
import sys
from pathlib import Path

from datacloud_emulator import EngagementSettings
from datacloud_emulator.faults import REQUESTS

PAGE = Path(__file__).resolve().parents[4] / "docs" / "emulator.md"
SECTION = PAGE.read_text(encoding="utf-8").partition("## Account Engagement\n")[2].partition("\n## ")[0]


def test_the_example_runs() -> None:
    _, code = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page, counts = done.stdout.splitlines()
    records = "[{'id': 1, 'email': 'p0@example.test'}, {'id': 2, 'email': 'p1@example.test'}]"
    assert page == f"{records} {{'code': 122, 'message': 'Daily API rate limit met'}}"
    assert counts == "500 1 1"


def test_every_setting_is_listed_with_its_value() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (.+?) \| .{10,} \|$", SECTION, re.MULTILINE)
    settings = EngagementSettings()
    assert [name for name, _ in listed] == [part.name for part in dataclasses.fields(settings)]
    for name, value in listed:
        if name != "blocked_deletions":  # too long for a table
            text = value.strip("`")
            assert (set() if text == "set()" else ast.literal_eval(text)) == getattr(settings, name), name


def test_the_operations_it_names_are_those_there_are() -> None:
    named = set(re.findall(r"`(engagement-\w+)`", SECTION))
    assert named == {name for name in REQUESTS if name.startswith("engagement-")}
