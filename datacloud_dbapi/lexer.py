"""Cuts Hyper SQL into tokens, as far as finding placeholders needs it.

Nothing is checked: what is no SQL comes out as tokens too, and the service says what is wrong with it. Joining the
tokens' texts gives the statement back. The rules were found by asking the engine.
Source: wire spec, hyper §4.1 (identifiers, literals, comments), query §13; faults V10.

| kind | is |
|---|---|
| string | `'…'`, `E'…'`, `U&'…'`, `N'…'`, `$$…$$`, `$tag$…$tag$`; unclosed ones reach to the end |
| name | `"…"` and `U&"…"` |
| word | an unquoted name or a keyword |
| number | `1`, `1.5e-3`, and `$1` |
| blank | white space, `--` to the end of the line, `/* … */` without nesting |
| named, positional | the placeholders `:name` and `?` |
| mark | any other character; `::` and the `:` of a slice are marks |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Token(NamedTuple):
    """A piece of a statement."""

    kind: str
    text: str


_TOKEN = re.compile(
    r"""
      (?P<blank>      \s+ | --[^\r\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<escaped>    [eE]'(?:[^'\\]|\\.|'')*(?:'|\\?\Z) )
    | (?P<string>     (?:[nN]|[uU]&)?'(?:[^']|'')*(?:'|\Z) | \$(?P<tag>(?:[^\W\d][^$]*)?)\$.*?(?:\$(?P=tag)\$|\Z) )
    | (?P<name>       (?:[uU]&)?"(?:[^"]|"")*(?:"|\Z) )
    | (?P<word>       [^\W\d]\w* )
    | (?P<number>     \$?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? )
    | (?P<positional> \? )
    | (?P<named>      :[^\W\d]\w* )
    | (?P<mark>       :: | . )
    """,
    re.VERBOSE | re.DOTALL,
)
# A string goes on in the next one when only white space with a line break stands between them, and an E-string goes
# on with its backslashes.
_GAP = re.compile(r"(?:\s|--[^\r\n]*|/\*.*?\*/)*(?=')", re.DOTALL)
_ESCAPED_REST = re.compile(r"'(?:[^'\\]|\\.|'')*(?:'|\\?\Z)", re.DOTALL)

# After these, a `:name` inside brackets is a placeholder; after any other word it is the upper bound of a slice.
_BEFORE_OPERAND = frozenset({"and", "or", "not", "case", "when", "then", "else", "in", "like", "between", "is", "from"})


def tokens(sql: str) -> Iterator[Token]:
    """The statement's tokens in order, every character in one of them."""
    brackets: list[str] = []
    after_operand = False
    position = 0
    while position < len(sql):
        kind, end = _next(sql, position)
        text = sql[position:end]
        if kind == "named" and after_operand and brackets and brackets[-1] == "[":
            # `a[1:n]` is a slice, as the engine reads it; a placeholder there is written `a[1: :n]`.
            kind, end, text = "mark", position + 1, ":"
        yield Token(kind, text)
        position = end
        if kind == "blank":
            continue
        if text in ("(", "["):
            brackets.append(text)
        elif text in (")", "]") and brackets:
            brackets.pop()
        after_operand = text.lower() not in _BEFORE_OPERAND if kind == "word" else kind != "mark" or text in ")]"


def _next(sql: str, position: int) -> tuple[str, int]:
    match = _TOKEN.match(sql, position)
    assert match is not None and match.lastgroup is not None  # noqa: S101, PT018 - `mark` matches any character
    kind, end = match.lastgroup, match.end()
    if kind == "tag":
        kind = "string"
    if kind != "escaped":
        return kind, end
    while (gap := _GAP.match(sql, end)) and re.search(r"[\r\n]", gap[0]):
        rest = _ESCAPED_REST.match(sql, gap.end())
        assert rest is not None  # noqa: S101 - the gap ends before a quote
        end = rest.end()
    return "string", end
