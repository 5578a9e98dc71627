"""The pages below docs/logins and docs/transports: their sections and examples, and how an example is run."""

from __future__ import annotations

import re
import shlex
import string
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# What a reader looks for, in this order. An index has sections of its own.
SECTIONS = ["What it needs", "Example", "What goes wrong", "Limits"]


def pages(folder: str) -> dict[str, Path]:
    """The pages of a folder by their name; without its index."""
    return {path.stem: path for path in sorted((DOCS / folder).glob("*.md")) if path.stem != "README"}


def blocks(path: Path) -> list[tuple[str, str]]:
    """Every fenced block of a page: its language and its text."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def sections(path: Path) -> dict[str, str]:
    """The text below each second heading, without fenced blocks."""
    return dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", prose(path), re.MULTILINE | re.DOTALL))


def python_examples(folder: str) -> dict[str, str]:
    """Every Python block of a folder, its index included, by page and number."""
    found: dict[str, str] = {}
    for path in sorted((DOCS / folder).glob("*.md")):
        codes = [text for language, text in blocks(path) if language == "python"]
        found |= {f"{path.stem}-{number}": code for number, code in enumerate(codes, start=1)}
    return found


def commands(folder: str) -> list[str]:
    """Every line of a folder's console blocks."""
    texts = [text for path in sorted((DOCS / folder).glob("*.md")) for tag, text in blocks(path) if tag == "console"]
    return [line for text in texts for line in text.splitlines()]


def run_python(code: str, environment: Mapping[str, str]) -> str:
    """What an example prints, run as it stands, with warnings as errors."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def command_line(line: str, environment: Mapping[str, str]) -> list[str]:
    """The words of a `datacloud` command as a shell would pass them, with this Python's own `datacloud`."""
    name, *words = shlex.split(line)
    assert name == "datacloud", line
    return [
        str(Path(sys.executable).with_name(name)),
        *(string.Template(word).substitute(environment) for word in words),
    ]


def anchors(path: Path) -> set[str]:
    """What a link to a heading of the page may name, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(path: Path, root: Path = ROOT) -> list[str]:
    """The relative links of a page that lead to no file, out of `root`, or to no heading."""
    dead = []
    for link in re.findall(r"\]\((?!\w+:)([^)\s]+)\)", prose(path)):
        name, _, heading = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or not target.is_relative_to(root) or (heading and heading not in anchors(target)):
            dead.append(link)
    return dead
