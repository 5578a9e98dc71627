"""Collects every `choice:` comment of the code into docs/choices.md. Run it to rewrite the page."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "choices.md"
PACKAGES = ("datacloud_dbapi", "datacloud_sqlalchemy", "datacloud_emulator")
HEAD = """# Our choices

Where the public record is silent, the code decides, and says so in a comment `choice:`. This page is made from those
comments (`python -m tests.docs.choices`).
"""


def choices(path: Path) -> list[str]:
    """The text of each `choice:` comment, its lines joined."""
    found: list[str] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        match = re.search(r"#\s*choice:\s*(.*)", line)
        if match is None:
            continue
        text = [match[1].strip()]
        for following in lines[number + 1 :]:
            more = re.fullmatch(r"\s*#\s?(.*)", following)
            if more is None or more[1].startswith("choice:"):
                break
            text.append(more[1].strip())
        found.append(" ".join(text))
    return found


def page() -> str:
    parts = [HEAD]
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            listed = choices(path)
            if listed:
                name = path.relative_to(ROOT).as_posix()
                parts.append(f"## `{name}`\n\n" + "".join(f"- {text[:1].upper()}{text[1:]}\n" for text in listed))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
