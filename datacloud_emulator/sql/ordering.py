"""The order of a query carried through a wrapping: its ORDER BY said again by the query around it.

A sub-query has no order, even with a LIMIT (the engine drops the sort), so the wrapping query must sort, by columns it
can see. Keys that are outputs of the query are there; any other is put out by the query as well, behind its outputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datacloud_emulator.sql.guard import first_select, output_end, without_semicolon
from datacloud_emulator.sql.lexer import Kind, Token, closing, tokens


@dataclass(frozen=True)
class Carried:
    """The query with `extra` more outputs than it had, and the ORDER BY for outputs called q.c0, q.c1 …"""

    sql: str
    extra: int = 0
    order_by: str = ""


def carried(sql: str, names: Sequence[str]) -> Carried | None:
    """The query and its order, given the names it puts out; None where a key of its order cannot be put out."""
    body = without_semicolon(sql)
    items = list(tokens(body))
    while items and items[0].text == "(" and closing(items, 0) == len(items) - 1:
        items = items[1:-1]
    if not items:
        return None
    keys = list(_keys(items))
    select = first_select(items)
    # Of a set operation or a DISTINCT every key is an output.
    may_add = select is not None and not any(
        word in {"UNION", "INTERSECT", "EXCEPT", "DISTINCT"} for word in _outer_words(items)
    )
    places = {name.casefold(): place for place, name in enumerate(names)}
    order: list[str] = []
    added: list[str] = []
    for key in keys:
        key, direction = _split_direction(key)
        text = body[key[0].start : key[-1].end]
        place = places.get((key[0].name or "").casefold()) if len(key) == 1 else None
        if len(key) == 1 and key[0].kind is Kind.NUMBER:
            place = int(text) - 1
        if place is None:
            if not may_add:
                return None
            place = len(names) + len(added)
            added.append(f", {text} AS k{place}")
        order.append(f"q.c{place} {direction}".strip())
    start, end = items[0].start, items[-1].end
    insert = output_end(items, select) if select is not None else end
    query = body[start:insert] + "".join(added) + body[insert:end]
    return Carried(query, len(added), f"ORDER BY {', '.join(order)}" if order else "")


def _outer(items: Sequence[Token]) -> Iterator[int]:
    """The indexes of the tokens outside any bracket."""
    index = 0
    while index < len(items):
        yield index
        index = closing(items, index) + 1 if items[index].text in {"(", "["} else index + 1


def _outer_words(items: Sequence[Token]) -> Iterator[str]:
    for index in _outer(items):
        # Behind AS and a dot every word is a name.
        if index == 0 or items[index - 1].text.upper() not in {"AS", "."}:
            yield items[index].word
        else:
            yield ""


def _keys(items: Sequence[Token]) -> Iterator[list[Token]]:
    """The sort keys of the outermost ORDER BY."""
    outer = list(zip(_outer(items), _outer_words(items), strict=True))
    begin = next((index for index, word in outer if word == "ORDER" and items[index + 1].word == "BY"), None)
    if begin is None:
        return
    start = begin + 2
    for index, word in outer:
        if index < start:
            continue
        if word in {"LIMIT", "OFFSET", "FETCH"}:
            yield list(items[start:index])
            return
        if items[index].text == ",":
            yield list(items[start:index])
            start = index + 1
    yield list(items[start:])


def _split_direction(key: list[Token]) -> tuple[list[Token], str]:
    """`a DESC NULLS LAST` → `a` and `DESC NULLS LAST`."""
    direction: list[str] = []
    if len(key) > 2 and key[-2].word == "NULLS":
        direction = [key[-2].word, key[-1].word]
        key = key[:-2]
    if len(key) > 1 and key[-1].word in {"ASC", "DESC"}:
        direction = [key[-1].word, *direction]
        key = key[:-1]
    return key, " ".join(direction)
