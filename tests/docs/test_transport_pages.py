"""docs/transports: a page for each transport, a table that is the code's, examples that run as they stand."""

from __future__ import annotations

import re

import pytest

from datacloud_dbapi.params import FIELDS
from datacloud_dbapi.transports.base import kinds
from datacloud_emulator import Emulator
from tests.docs.pages import SECTIONS, blocks, pages, python_examples, run_python, sections
from tests.docs.test_docs import org_in_the_environment
from tests.docs.transports import ORDER, PAGE, page

PAGES = pages("transports")
EXAMPLES = python_examples("transports")


def test_the_table_is_the_codes() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "run: python -m tests.docs.transports"


def test_every_transport_has_a_page_and_every_page_a_transport() -> None:
    assert set(PAGES) == {kind.name for kind in kinds()}


def test_the_index_explains_every_capability_and_leads_to_every_page() -> None:
    index = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"<!-- capabilities -->(.*)<!-- /capabilities -->(.*)## Which to take", index, re.DOTALL)
    assert shown is not None
    in_table, explained = (re.findall(r"^\| ([a-z]+(?: [a-z]+)?) \|", text, re.MULTILINE) for text in shown.groups())
    assert explained == ["capability", *in_table]
    assert re.findall(r"^\| \[`(\S+)`\]\(\1\.md\) \|", index, re.MULTILINE) == list(ORDER)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_every_section_and_an_example(name: str) -> None:
    assert list(sections(PAGES[name])) == SECTIONS
    assert f"{name}-1" in EXAMPLES
    assert f'transport="{name}"' in EXAMPLES[f"{name}-1"]


def test_every_block_is_run() -> None:
    assert {language for path in (PAGE, *PAGES.values()) for language, _ in blocks(path)} == {"python"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name: str, datacloud_emulator: Emulator) -> None:
    address = {"DATACLOUD_HYPER_ADDRESS": datacloud_emulator.hyper_address}
    assert run_python(EXAMPLES[name], {**org_in_the_environment(datacloud_emulator), **address}).strip()


def test_parameters_that_are_named_exist() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES.values())
    assert set(re.findall(r"`([a-z]+(?:_[a-z]+)+)[`=]", text)) - {"query_id", "cdp_query_api"} <= set(FIELDS)
