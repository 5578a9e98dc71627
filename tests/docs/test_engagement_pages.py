"""docs/engagement: its pages run from top to bottom and print what they show, and name every call and parameter."""

from __future__ import annotations

import inspect
import re
from contextlib import ExitStack
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


# What a reader who types a page, block after block, has in front of them; each begins anew, though in one process.
ONE_AFTER_ANOTHER = """
import os, traceback
for name, folder, environment, code in PAGES:
    os.chdir(folder)
    os.environ.update(environment)
    print("=====", name)
    try:
        exec(compile(code, name, "exec"), {"__name__": "__main__"})
    except Exception:
        print(traceback.format_exc())
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each page prints, on an account and in a folder of its own. One process: what pages import takes longest."""
    with ExitStack() as open_:
        given = []
        for name, page in RUN.items():
            emulator = open_.enter_context(Emulator(sql=False))
            environment = {
                **org_in_the_environment(emulator),
                "DATACLOUD_ENGAGEMENT_URL": emulator.login_url,
                "DATACLOUD_BUSINESS_UNIT_ID": emulator.business_unit_id,
            }
            code = "\n".join(text for language, text in blocks(page) if language == "python")
            given.append((name, str(tmp_path_factory.mktemp(name)), environment, code))
        found = run_python(f"PAGES = {given!r}{ONE_AFTER_ANOTHER}", {})
    sections = re.split(r"^===== (\w+)\n", found, flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2], strict=True))


@pytest.mark.parametrize("name", RUN)
def test_a_page_runs_and_prints_what_it_shows(name: str, printed: dict[str, str]) -> None:
    found = blocks(RUN[name])
    assert {language for language, _ in found} <= {"python", "text", "console"}
    assert printed[name] == "".join(text for language, text in found if language == "text")


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
