"""docs/engagement: its pages run from top to bottom and print what they show, and name every call and parameter."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from datacloud_dbapi.engagement.bulk_actions import BulkActions
from datacloud_dbapi.engagement.client import MOST_AT_ONCE
from datacloud_dbapi.engagement.exports import Exports
from datacloud_dbapi.engagement.imports import Imports
from datacloud_dbapi.engagement.records import Records
from datacloud_dbapi.engagement.services import ObjectService
from datacloud_emulator import Emulator
from tests.docs import engagement_objects
from tests.docs.pages import blocks, pages, run_python
from tests.docs.test_docs import org_in_the_environment

README = engagement_objects.PAGE.with_name("README.md")
PAGES = {"README": README, **pages("engagement")}
RUN = {name: path for name, path in PAGES.items() if name != "objects"}


@pytest.mark.parametrize("page", RUN.values(), ids=RUN)
def test_a_page_runs_and_prints_what_it_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # some write files
    found = blocks(page)
    assert {language for language, _ in found} <= {"python", "text", "console"}
    # What a reader who types it all, block after block, has in front of them.
    code = "\n".join(text for language, text in found if language == "python")
    with Emulator(sql=False) as emulator:
        environment = {
            **org_in_the_environment(emulator),
            "DATACLOUD_ENGAGEMENT_URL": emulator.login_url,
            "DATACLOUD_BUSINESS_UNIT_ID": emulator.business_unit_id,
        }
        assert run_python(code, environment) == "".join(text for language, text in found if language == "text")


def test_the_page_of_every_object_is_the_catalogues() -> None:
    written = engagement_objects.PAGE.read_text(encoding="utf-8")
    assert written == engagement_objects.page(), "run: python -m tests.docs.engagement_objects"


@pytest.mark.parametrize("service", [ObjectService, Exports, Imports, BulkActions, Records])
def test_every_call_and_every_word_that_may_be_left_out_is_named(service: Any) -> None:
    named = set(re.findall(r"\w+", "".join(page.read_text(encoding="utf-8") for page in RUN.values())))
    calls = {name: call for name, call in inspect.getmembers(service) if not name.startswith("_")}
    words = {
        word.name
        for call in calls.values()
        if not isinstance(call, property)
        for word in inspect.signature(getattr(call, "_flow", call)).parameters.values()
        if word.default is not word.empty
    }
    assert calls.keys() | words <= named


def test_the_limits_are_those_of_the_code() -> None:
    text = PAGES["limits"].read_text(encoding="utf-8")
    assert f"| {MOST_AT_ONCE} by all clients" in text
