"""What may reach the engine, and what its outputs are: the reading of a statement that we do ourselves.

The engine's one gRPC role is a superuser, so read-only is ours to keep (`check`). Its statements are one per request
and its sub-statements only ever read, so the kind of a statement is decided by its first keyword, except that WITH
and EXPLAIN may stand before a writing one.

Source: wire spec, hyper §1.6; query §5 for `aggregate_outputs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from datacloud_emulator.errors import SqlError
from datacloud_emulator.sql.lexer import Kind, Token, closing, tokens

_QUERIES = frozenset({"SELECT", "VALUES", "TABLE"})
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE"})
_DEFINITIONS = frozenset({"CREATE", "ALTER", "DROP"})
# fmt: off
_OTHER_STATEMENTS = frozenset({
    "ABORT", "ANALYZE", "ATTACH", "BEGIN", "CALL", "CHECKPOINT", "CLOSE", "CLUSTER", "COMMENT", "COMMIT", "COPY",
    "DEALLOCATE", "DECLARE", "DETACH", "DISCARD", "DO", "END", "EXECUTE", "EXPORT", "FETCH", "GRANT", "IMPORT",
    "KILL", "LISTEN", "LOAD", "LOCK", "MOVE", "NOTIFY", "PREPARE", "REASSIGN", "REFRESH", "REINDEX", "RELEASE",
    "RENAME", "RESET", "REVOKE", "ROLLBACK", "SAVEPOINT", "SECURITY", "SET", "START", "UNLISTEN", "UNLOAD", "USE",
    "VACUUM",
})
_CLAUSES = frozenset({
    "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH",
    "INTO", "FOR",
})
_AGGREGATES = frozenset({
    "any_value", "approx_count_distinct", "avg", "corr", "count", "covar_pop", "covar_samp", "max", "max_by",
    "median", "min", "min_by", "mode", "percentile_cont", "percentile_disc", "stddev", "stddev_pop", "stddev_samp",
    "sum", "var_pop", "var_samp", "variance",
})
# fmt: on


# The engine trims these from a statement's ends, though inside they would count as letters.
_OUTER_SPACE = " \t\n\r\f\v\u00a0\ufeff"


def check(sql: str, *, writable: bool = False) -> None:
    """Raises SqlError unless `sql` only reads; `writable` admits changes of schemas, tables and rows as well.

    Reading or writing files and databases by SQL is never admitted, nor is EXPLAIN (ANALYZE), which executes.
    A statement that cannot begin so is refused as the engine would (42601), one of another kind as not allowed (42501).
    """
    items = list(tokens(sql.strip(_OUTER_SPACE)))
    for item, following in pairwise(items):
        if following.text == "(" and _may_be_external(item):
            raise SqlError("the file is inaccessible", sqlstate="42501", position=_position(sql, item))
    _check_statement(sql, items, 0, writable)


def _may_be_external(item: Token) -> bool:
    if item.kind is Kind.QUOTED and item.name is None:
        return True  # choice: U&"…" may spell anything, and nobody names a function so
    return (item.name or "").casefold() == "external"


def _check_statement(sql: str, items: Sequence[Token], start: int, writable: bool) -> None:
    start = _behind_brackets(items, start)
    if start >= len(items):
        return  # nothing there: the engine's own error is the best
    word = items[start].word
    if word in _QUERIES or word == "SHOW":
        return
    if word == "WITH":
        _check_with(sql, items, start, writable)
    elif word == "EXPLAIN":
        _check_explain(sql, items, start, writable)
    elif word in _CHANGES:
        _allow(writable, sql, items[start])
    elif word in _DEFINITIONS:
        of_tables = any(item.word in {"TABLE", "SCHEMA"} for item in items[start + 1 : start + 2])
        _allow(writable and of_tables, sql, items[start])
    elif word in _OTHER_STATEMENTS:
        _allow(False, sql, items[start])
    else:
        token = items[start]
        got = "<identifier>" if token.word else repr(token.text)
        message = f"syntax error: got {got}, expected one of: SELECT, WITH, VALUES, TABLE, EXPLAIN, SHOW"
        begin = _position(sql, token)
        raise SqlError(message, sqlstate="42601", position=begin, position_end=begin + len(token.text))


def _check_with(sql: str, items: Sequence[Token], start: int, writable: bool) -> None:
    main = _behind_with(items, start)
    if main is not None:
        _check_statement(sql, items, main, writable)
        return
    # Not the grammar of WITH, so the engine will say what is wrong. It cannot write without one of these words.
    for item in items[start:]:
        if item.word in _CHANGES:
            _allow(writable, sql, item)


def _check_explain(sql: str, items: Sequence[Token], start: int, writable: bool) -> None:
    target = start + 1
    if target < len(items) and items[target].text == "(" and _behind_brackets(items, target) < len(items):
        inside = items[_behind_brackets(items, target)].word
        if inside not in _QUERIES | {"WITH"}:  # options, not a bracketed query
            target = closing(items, target) + 1
    if any(item.word in {"ANALYZE", "ANALYSE"} for item in items[start : target + 1]):
        _allow(False, sql, items[start])
    _check_statement(sql, items, target, writable)


def _allow(allowed: bool, sql: str, token: Token) -> None:
    if not allowed:
        begin = _position(sql, token)
        raise SqlError(
            "the requested statement type is disabled",  # the engine's words when it is restricted
            sqlstate="42501",
            hint="Only statements that read are accepted.",
            position=begin,
            position_end=begin + len(token.text),
        )


def _position(sql: str, token: Token) -> int:
    """1-based, in the statement as it was sent."""
    return len(sql) - len(sql.lstrip(_OUTER_SPACE)) + token.start + 1


def _behind_brackets(items: Sequence[Token], start: int) -> int:
    while start < len(items) and items[start].text == "(":
        start += 1
    return start


def _behind_with(items: Sequence[Token], start: int) -> int | None:
    """The index behind `WITH name [(…)] AS (…) [, …]`, or None when the text is not that."""
    index = start + 1
    if index < len(items) and items[index].word == "RECURSIVE":
        index += 1
    while True:
        index += 1  # the name
        if index < len(items) and items[index].text == "(":
            index = closing(items, index) + 1
        if index >= len(items) or items[index].word != "AS":
            return None
        index += 1
        while index < len(items) and items[index].word in {"NOT", "MATERIALIZED"}:
            index += 1
        if index >= len(items) or items[index].text != "(":
            return None
        index = closing(items, index) + 1
        if index >= len(items) or items[index].text != ",":
            return index
        index += 1


def without_semicolon(sql: str) -> str:
    """`sql` without the semicolons that may end it, fit to stand in brackets."""
    items = list(tokens(sql))
    while items and items[-1].text == ";":
        items.pop()
    return sql[: items[-1].end] if items else ""


def aggregate_outputs(sql: str, width: int) -> frozenset[int]:
    """Which of the `width` outputs of a query are one call of an aggregate function and nothing more, 0-based.

    Looks at the outermost SELECT, of a UNION at its first branch. A call within an expression, a window function, an
    output of a sub-query do not count, nor does what cannot be told for sure.
    choice: the service's rule is documented only as "aggregates are sent as numbers".
    """
    items = list(tokens(sql.strip(_OUTER_SPACE)))
    outputs = _outputs(items)
    stars = [index for index, output in enumerate(outputs) if _is_star(output)]
    if (not stars and len(outputs) != width) or len(outputs) - len(stars) > width:
        return frozenset()
    found = set()
    for index, output in enumerate(outputs):
        if _is_aggregate_call(output):
            if not stars or index < stars[0]:
                found.add(index)
            elif index > stars[-1]:
                found.add(width - (len(outputs) - index))
    return frozenset(found)


def extremes(sql: str) -> dict[str, str]:
    """Of the outputs of a query that are one call of MIN or MAX and have a name of their own: that name → the word."""
    found = {}
    for output in _outputs(list(tokens(sql.strip(_OUTER_SPACE)))):
        word = output[0].word if output else ""
        if word in {"MIN", "MAX"} and _is_aggregate_call(output) and output[-1].name is not None:
            found[output[-1].name] = word
    return found


def first_select(items: Sequence[Token]) -> int | None:
    """The index of the word SELECT that begins the outermost query, of a set operation the first; None for others."""
    start = _behind_brackets(items, 0)
    while start < len(items) and items[start].word == "WITH":
        main = _behind_with(items, start)
        if main is None:
            return None
        start = _behind_brackets(items, main)
    return start if start < len(items) and items[start].word == "SELECT" else None


def output_end(items: Sequence[Token], select: int) -> int:
    """The character behind the outputs of the SELECT at that index."""
    last = [token for output in _split(items, select + 1) for token in output][-1:]
    return last[0].end if last else items[select].end


def _outputs(items: Sequence[Token]) -> list[Sequence[Token]]:
    """The output expressions of the outermost, first SELECT; none where there is no such thing."""
    select = first_select(items)
    if select is None:
        return []
    start = select + 1
    if start < len(items) and items[start].word in {"ALL", "DISTINCT"}:
        start += 1
        if start + 1 < len(items) and items[start].word == "ON" and items[start + 1].text == "(":
            start = closing(items, start + 1) + 1
    return list(_split(items, start))


def _split(items: Sequence[Token], start: int) -> Iterator[Sequence[Token]]:
    index = begin = start
    while index < len(items):
        item = items[index]
        # Behind AS and a dot every word is a name; WITHIN GROUP is part of a call.
        goes_on = index > start and items[index - 1].text.upper() in {"AS", ".", "WITHIN"}
        if (item.word in _CLAUSES and not goes_on) or item.text in {")", ";"}:
            break
        if item.text == ",":
            yield items[begin:index]
            begin = index + 1
        index = closing(items, index) + 1 if item.text in {"(", "["} else index + 1
    yield items[begin:index]


def _is_star(output: Sequence[Token]) -> bool:
    """`*`, `t.*`, either with EXCLUDE (…)."""
    for index, item in enumerate(output):
        if item.text == "*":
            return all(part.name is not None or part.text == "." for part in output[:index]) and (
                index == 0 or output[index - 1].text == "."
            )
    return False


def _is_aggregate_call(output: Sequence[Token]) -> bool:
    while output and output[0].text == "(" and closing(output, 0) == len(output) - 1:
        output = output[1:-1]
    if len(output) < 3 or output[1].text != "(" or (output[0].name or "").casefold() not in _AGGREGATES:
        return False
    end = closing(output, 1)
    if end == len(output):
        return False
    rest = output[end + 1 :]
    if rest and rest[0].word == "WITHIN" and len(rest) > 2 and rest[1].word == "GROUP":
        rest = rest[closing(rest, 2) + 1 :]
    if len(rest) > 1 and rest[0].word == "FILTER" and rest[1].text == "(":
        rest = rest[closing(rest, 1) + 1 :]
    if len(rest) == 2 and rest[0].word == "AS":
        rest = rest[1:]
    return not rest or (len(rest) == 1 and rest[0].name is not None)
