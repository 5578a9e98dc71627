"""The table of what each transport can do, made from the code. Run it to rewrite the page."""

from __future__ import annotations

import dataclasses
import re

from datacloud_dbapi.transports import choose  # noqa: F401 - loads every transport
from datacloud_dbapi.transports.base import Capabilities, kinds
from tests.docs.pages import DOCS

PAGE = DOCS / "transports" / "README.md"
ORDER = ("rest-v2", "rest-v1", "query-sql", "direct-v3", "hyper")


def table() -> str:
    found = {kind.name: kind.capabilities for kind in kinds()}
    assert sorted(found) == sorted(ORDER)
    lines = [f"| | {' | '.join(f'`{name}`' for name in ORDER)} |", "|---" * (len(ORDER) + 1) + "|"]
    for field in dataclasses.fields(Capabilities):
        marks = ["yes" if getattr(found[name], field.name) else "–" for name in ORDER]
        lines.append(f"| {field.name.replace('_', ' ')} | {' | '.join(marks)} |")
    return "\n".join(lines)


def page() -> str:
    """The page with its table as the code has it."""
    text = PAGE.read_text(encoding="utf-8")
    return re.sub(
        r"<!-- capabilities -->.*<!-- /capabilities -->",
        lambda _: f"<!-- capabilities -->\n{table()}\n<!-- /capabilities -->",
        text,
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
