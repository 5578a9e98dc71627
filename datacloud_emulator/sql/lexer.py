"""SQL text cut into tokens, as the engine cuts it, and names and texts spelled as tokens.

Comments and white space are left out; positions are kept.

Source: wire spec, hyper §4.1 (comments do not nest, `$` is no part of a name, backslash escapes only in E'…').
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


class Kind(enum.Enum):
    WORD = "word"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"


@dataclass(frozen=True)
class Token:
    """`text` as written; `start` and `end` are 0-based code points, end exclusive."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The word in upper case; empty for anything that is not an unquoted word."""
        return self.text.upper() if self.kind is Kind.WORD else ""

    @property
    def name(self) -> str | None:
        """The name an identifier token stands for, as spelled; None for anything else."""
        if self.kind is Kind.WORD:
            return self.text
        if self.kind is Kind.QUOTED and self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"')
        return None


# An unterminated string, name or comment runs to the end of the text; the engine reports it.
# To the engine white space is ASCII, and every character beyond ASCII may stand in a name.
_TOKEN = re.compile(
    r"""
      (?P<blank>   [ \t\n\r\f\v]+ | --[^\r\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<string>  [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)
                 | (?:[uU]&|[nN])?'(?:[^']|'')*(?:'|\Z)
                 | \$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][0-9A-Za-z_\x80-\U0010ffff]*)?)\$ .*? (?:\$(?P=tag)\$|\Z) )
    | (?P<quoted>  (?:[uU]&)?"(?:[^"]|"")*(?:"|\Z) )
    | (?P<word>    [A-Za-z_\x80-\U0010ffff][0-9A-Za-z_\x80-\U0010ffff]* )
    | (?P<number>  (?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)? )
    | (?P<sign>    :: | . )
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens(sql: str) -> Iterator[Token]:
    """The tokens of `sql` in order."""
    for match in _TOKEN.finditer(sql):
        if match.lastgroup != "blank":
            yield Token(Kind(match.lastgroup), match[0], match.start(), match.end())


def closing(items: Sequence[Token], opening: int) -> int:
    """The index of the bracket that closes the one at index `opening`; the number of tokens when none does."""
    depth = 0
    for index in range(opening, len(items)):
        if items[index].kind is Kind.SIGN:
            if items[index].text in "([":
                depth += 1
            elif items[index].text in ")]":
                depth -= 1
                if depth == 0:
                    return index
    return len(items)


def quoted(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a string literal."""
    return "'" + text.replace("'", "''") + "'"
