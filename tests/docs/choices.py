"""Collects every `choice:` of the code into docs/choices.md. Run it to rewrite the page."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "choices.md"
PACKAGES = ("datacloud_dbapi", "datacloud_sqlalchemy", "datacloud_emulator")
HEAD = """# Our choices

Where the public record is silent, the code decides, and says `choice:` where it does. This page is made from those
places (`python -m tests.docs.choices`).
"""


def choices(path: Path) -> list[str]:
    """The text of each `choice:` in a comment or a docstring, its lines joined."""
    found: list[str] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        before, mark, text = line.partition("choice:")
        if not mark:
            continue
        comment = "#" in before
        parts = [text]
        for following in lines[number + 1 :]:
            inside = following.strip().startswith("#") if comment else following.strip()
            if (
                not inside
                or "choice:" in following
                or parts[-1].endswith('"""')
                or following.strip().startswith("Source:")
            ):
                break
            parts.append(following.strip().removeprefix("#") if comment else following)
        found.append(" ".join(part.strip() for part in parts).removesuffix('"""').strip())
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
