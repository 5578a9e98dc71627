"""docs/command-line.md: its last section lists every command and option. Run it to rewrite that section."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from datacloud_dbapi.cli.app import datacloud
from datacloud_dbapi.params import FIELDS
from tests.docs.pages import DOCS

PAGE = DOCS / "command-line.md"
HEADING = "## Every command\n"
# What every command that connects has, and the page tells once.
_CONNECTING = {*FIELDS, "url", "emulator"}


def commands(group: click.Group = datacloud, above: str = "datacloud") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its whole name."""
    for name, command in group.commands.items():
        whole = f"{above} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, whole)
        else:
            yield whole, command


def own_options(command: click.Command) -> list[click.Option]:
    return [
        each
        for each in command.params
        if isinstance(each, click.Option) and each.name not in _CONNECTING and each.expose_value and not each.hidden
    ]


def page() -> str:
    """The page with its last section made anew; the text before it stays as it is."""
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(HEADING)
    parts = [f"{before}{HEADING}\nMade by `python -m tests.docs.command_line_page`.\n"]
    for name, command in commands():
        parts.append(f"### {name}\n\n`{' '.join([name, *_arguments(command)])}`\n")
        parts.append(inspect.cleandoc(command.help or "") + "\n")
        options = own_options(command)
        if options:
            rows = "".join(f"| `{_spelled(option)}` | {_meaning(option)} |\n" for option in options)
            parts.append(f"| option | meaning |\n|---|---|\n{rows}")
    return "\n".join(parts)


def _arguments(command: click.Command) -> list[str]:
    given = [each for each in command.params if isinstance(each, click.Argument)]
    names = [(each.name or "").upper() for each in given]
    return [name if each.required else f"[{name}]" for name, each in zip(names, given, strict=True)]


def _spelled(option: click.Option) -> str:
    name = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return name
    # A bar would end the cell of the table.
    return f"{name} {option.metavar or ('NAME' if isinstance(option.type, click.Choice) else 'NUMBER')}"


def _meaning(option: click.Option) -> str:
    words = [option.help or ""]
    if isinstance(option.type, click.Choice):
        words.append(f"One of {', '.join(f'`{choice}`' for choice in option.type.choices)}.")
    # In newer versions of click an option without a default has a value of its own for that.
    if option.show_default and isinstance(option.default, (str, int)):
        words.append(f"By default `{option.default}`.")
    return " ".join(filter(None, words))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
