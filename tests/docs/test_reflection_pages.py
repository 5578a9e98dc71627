"""docs/sqlalchemy/reflection.md and sample-org.md: the diagram is the org's, and every fact named is one reflected."""

from __future__ import annotations

import re

from datacloud_emulator import Emulator
from tests.docs.pages import DOCS, dead_links
from tests.docs.sample_org_page import PAGE, page

REFLECTION = DOCS / "sqlalchemy" / "reflection.md"


def test_the_diagram_is_drawn_from_the_sample_org() -> None:
    with Emulator() as org:
        assert PAGE.read_text(encoding="utf-8") == page(org)
    assert not dead_links(PAGE)


def test_every_fact_in_info_is_on_the_page() -> None:
    source = (DOCS.parent / "datacloud_sqlalchemy" / "reflection.py").read_text(encoding="utf-8")
    facts = set(re.findall(r'info\["(\w+)"\]', source)) | set(re.findall(r"^            (\w+)=table\.", source, re.M))
    assert len(facts) == 12
    text = REFLECTION.read_text(encoding="utf-8")
    assert {fact for fact in facts if f"`{fact}`" not in text} == set()
    assert not dead_links(REFLECTION)
