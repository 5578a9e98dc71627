"""docs/profile.md and its neighbours: they run from top to bottom, print what they show, and explain every word."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from datacloud_dbapi.services import data_graphs, insights, profile, records, selection, universal_id
from datacloud_emulator import Emulator
from tests.docs.pages import DOCS, blocks, dead_links, run_python
from tests.docs.test_docs import org_in_the_environment

SERVICES: dict[str, Any] = {
    "profile": profile.Profile,
    "insights": insights.Insights,
    "universal-id": universal_id.UniversalId,
    "data-graphs": data_graphs.DataGraphs,
}
PAGES = {name: DOCS / f"{name}.md" for name in SERVICES}
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


@each_page
def test_a_page_runs_and_prints_what_it_shows(page: Path, datacloud_emulator: Emulator) -> None:
    found = blocks(page)
    # What a reader who types it all, block after block, has in front of them.
    code = "\n".join(text for language, text in found if language == "python")
    printed = run_python(code, org_in_the_environment(datacloud_emulator))
    assert printed == "".join(text for language, text in found if language == "text")


@each_page
def test_every_block_is_run_or_compared(page: Path) -> None:
    assert {language for language, _ in blocks(page)} <= {"python", "text"}
    assert not dead_links(page)


@pytest.mark.parametrize("name", SERVICES)
def test_every_call_and_every_word_that_may_be_left_out_is_named(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    calls = {method: call for method, call in vars(SERVICES[name]).items() if not method.startswith("_")}
    named = set(re.findall(r"\w+", text))
    words = {
        word.name
        for call in calls.values()
        for word in inspect.signature(getattr(call, "_flow", call)).parameters.values()
        if word.default is not word.empty
    }
    assert calls.keys() | words <= named


def test_the_limits_are_those_of_the_code() -> None:
    text = PAGES["profile"].read_text(encoding="utf-8")
    assert f"up to {records.LONGEST_PAGE:,}" in text
    assert f"{selection.MOST_FIELDS} names at most" in text
    text = PAGES["insights"].read_text(encoding="utf-8")
    assert f"{insights.MOST['dimension']} dimensions and {insights.MOST['measure']} measures" in text
    assert set(re.findall(r"`([A-Z]+)`", text)) >= set(selection.GRANULARITIES)
