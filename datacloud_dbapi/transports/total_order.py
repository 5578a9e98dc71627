"""Gives a statement a total order, so that runs of it can be cut at row numbers: Query API V1 pages by running it anew.

The outermost ORDER BY stays first and every column follows it, by number; two rows that even then compare equal are
alike, so that it does not show which comes first. Without ORDER BY the columns alone are the order, which the service
is asked for by its `orderby`; but where the statement cuts off rows itself (LIMIT, OFFSET), the order must hold before
the cut, and so it stands inside.
What a statement does inside may still differ from run to run (random(), a LIMIT in a sub-query): whoever pages must
look for it. Source: wire spec, query §3; hyper §4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from datacloud_dbapi.errors import NotSupportedError
from datacloud_dbapi.lexer import Token, tokens

# Beyond this `orderby` would make the URL too long for some servers on the way.
MOST_IN_URL = 400


@dataclass(frozen=True, slots=True)
class Ordered:
    """A statement, and what is asked for as `orderby` beside it, if anything."""

    sql: str
    orderby: str | None


def in_total_order(sql: str, columns: int) -> Ordered:
    """The statement, of so many columns, in a total order that its own ORDER BY begins.

    Raises NotSupportedError for FETCH … WITH TIES, whose rows depend on what is equal in the order.
    """
    pieces = list(tokens(sql))
    start, end = _body(pieces)
    ordered, place = False, end
    outer = _outer_words(pieces, start, end)
    for number, (index, word) in enumerate(outer, start=1):
        following = outer[number][1] if number < len(outer) else ""
        if word == "ORDER" and following == "BY":
            ordered = True
        elif word == "WITH" and following == "TIES":
            raise NotSupportedError(
                "Rows cut off WITH TIES cannot be read page by page over rest-v1",
                hint="the transports rest-v2, query-sql, direct-v3 and hyper can",
            )
        elif word in ("LIMIT", "OFFSET", "FETCH"):
            place = min(place, index)
    numbers = range(1, columns + 1)
    if not ordered and place == end and columns <= MOST_IN_URL:
        return Ordered(sql, ",".join(f"{number} ASC" for number in numbers))
    while place > start and pieces[place - 1].kind == "blank":
        place -= 1
    keys = f"{',' if ordered else ' ORDER BY'} {', '.join(map(str, numbers))}"
    texts = [piece.text for piece in pieces]
    # A name or number right behind would grow together with the last key.
    rest = "".join(texts[place:end])
    gap = " " if rest and not rest[0].isspace() else ""
    return Ordered(f"{''.join(texts[start:place])}{keys}{gap}{rest}".strip(), None)


def outputs(sql: str) -> int | None:
    """How many columns the statement's select list names; None where that cannot be seen, as with `*`."""
    pieces = list(tokens(sql))
    outer = _outer_words(pieces, *_body(pieces))
    words = [word for _, word in outer]
    if not words or words[0] not in ("SELECT", "WITH") or "SELECT" not in words:
        return None
    count = 1
    start = words.index("SELECT") + 1
    for number, (index, word) in enumerate(outer[start:], start=start):
        # `IS DISTINCT FROM` compares.
        if word in _AFTER_SELECT_LIST and not (word == "FROM" and words[number - 1] == "DISTINCT"):
            return count
        text = pieces[index].text
        if text == "*" and (
            number == start or words[number - 1] in _STAR_FOLLOWS or _is(pieces, outer[number - 1], ",.")
        ):
            return None
        count += text == ","
    return count


_AFTER_SELECT_LIST = frozenset(
    {"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH"}
)
_STAR_FOLLOWS = frozenset({"DISTINCT", "ALL"})


def _is(pieces: list[Token], found: tuple[int, str], marks: str) -> bool:
    return pieces[found[0]].kind == "mark" and pieces[found[0]].text in marks


def _body(pieces: list[Token]) -> tuple[int, int]:
    """Where the query stands in its statement: without blanks, a semicolon at the end, and brackets around it all."""
    start, end = 0, len(pieces)
    while end and (pieces[end - 1].kind == "blank" or pieces[end - 1].text == ";"):
        end -= 1
    while True:
        while start < end and pieces[start].kind == "blank":
            start += 1
        if start >= end or pieces[start].text != "(" or _closing(pieces, start) != end - 1:
            return start, end
        start, end = start + 1, end - 1
        while end > start and pieces[end - 1].kind == "blank":
            end -= 1


def _closing(pieces: list[Token], index: int) -> int:
    depth = 0
    for place in range(index, len(pieces)):
        text = pieces[place].text if pieces[place].kind == "mark" else ""
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if not depth:
            return place
    return len(pieces)


def _outer_words(pieces: list[Token], start: int, end: int) -> list[tuple[int, str]]:
    """The tokens outside any bracket that are no blanks, with their index; "" for what is no keyword there."""
    found: list[tuple[int, str]] = []
    index, before = start, ""
    while index < end:
        piece = pieces[index]
        if piece.kind != "blank":
            # Behind AS and a dot every word is a name.
            keyword = piece.kind == "word" and before not in ("AS", ".")
            found.append((index, piece.text.upper() if keyword else ""))
            before = piece.text.upper()
        index = _closing(pieces, index) + 1 if piece.kind == "mark" and piece.text in ("(", "[") else index + 1
    return found
