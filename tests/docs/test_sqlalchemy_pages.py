"""docs/sqlalchemy: the pages on engines and recipes run from top to bottom, and print what they show."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from datacloud_emulator import Emulator
from tests.docs.pages import DOCS, blocks, dead_links, run_python

PAGES = [DOCS / "sqlalchemy" / "engine.md", DOCS / "sqlalchemy" / "recipes.md"]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """The login to the sample org, as the pages take it from the environment."""
    with Emulator() as org:
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith("DATACLOUD_")},
            "DATACLOUD_LOGIN_URL": org.login_url,
            "DATACLOUD_CLIENT_ID": org.client_id,
            "DATACLOUD_CLIENT_SECRET": org.client_secret,
            "DATACLOUD_ALLOW_INSECURE_LOOPBACK": "true",
        }


@each_page
@pytest.mark.skipif(sa.__version__ < "2", reason="the pages are written for SQLAlchemy 2")
def test_a_page_runs_and_prints_what_it_shows(page: Path, environment: dict[str, str]) -> None:
    found = blocks(page)
    # What a reader who types it all, block after block, has in front of them.
    printed = run_python("\n".join(text for language, text in found if language == "python"), environment)
    assert printed == "".join(text for language, text in found if language == "text")


@each_page
def test_every_block_is_run_or_compared(page: Path) -> None:
    assert {language for language, _ in blocks(page)} <= {"python", "text"}
    assert not dead_links(page)


def test_the_engine_page_names_what_create_engine_takes() -> None:
    from datacloud_sqlalchemy.execution import EXECUTION_OPTIONS

    listed = set(re.findall(r"^\| `(\w+)`", PAGES[0].read_text(encoding="utf-8"), re.MULTILINE))
    assert listed >= {"metadata_ttl", *EXECUTION_OPTIONS}
