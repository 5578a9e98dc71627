"""SQL text cut into tokens. Source: wire spec, hyper §4.1, and the engine asked how it cuts them."""

from __future__ import annotations

import json

import pytest

from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.sql.lexer import Kind, closing, literal, quoted, tokens

# Statement, and the tokens the engine sees in it.
CASES = [
    ("select a.b", ["select", "a", ".", "b"]),
    ("select 1 -- it's; (\n, 2", ["select", "1", ",", "2"]),
    ("select 1 -- x\r, 2", ["select", "1", ",", "2"]),
    ("select /* ' */ 1", ["select", "1"]),
    ("select /* /* */ 1", ["select", "1"]),
    ("select 'it''s'", ["select", "'it''s'"]),
    (r"select 'a\', 'b'", ["select", r"'a\'", ",", "'b'"]),
    (r"select E'a\'b', e''", ["select", r"E'a\'b'", ",", "e''"]),
    (r"select U&'\00e9', N'x'", ["select", r"U&'\00e9'", ",", "N'x'"]),
    ("select $$it's$$, $t$ $$ $t$", ["select", "$$it's$$", ",", "$t$ $$ $t$"]),
    ('select "a""b;" from t', ["select", '"a""b;"', "from", "t"]),
    ("select 1::int, 2.5e-3, .5", ["select", "1", "::", "int", ",", "2.5e-3", ",", ".5"]),
    ("select é, 名前, 🎉x", ["select", "é", ",", "名前", ",", "🎉x"]),
    ("select\u00a01", ["select\u00a01"]),  # no white space to the engine
    ("select 'open", ["select", "'open"]),
    ('select "open', ["select", '"open']),
    ("select 1 /* open", ["select", "1"]),
    ("select $a$ open", ["select", "$a$ open"]),
    ("", []),
]


@pytest.mark.parametrize(("sql", "texts"), CASES)
def test_tokens(sql: str, texts: list[str]) -> None:
    found = list(tokens(sql))
    assert [token.text for token in found] == texts
    assert all(sql[token.start : token.end] == token.text for token in found)


def test_kinds_and_names() -> None:
    found = list(tokens('SELECT "a""b", x, \'s\', 1.5, U&"\\0061" ('))
    assert [token.kind for token in found if token.text != ","] == [
        Kind.WORD,
        Kind.QUOTED,
        Kind.WORD,
        Kind.STRING,
        Kind.NUMBER,
        Kind.QUOTED,
        Kind.SIGN,
    ]
    assert [token.name for token in found if token.text != ","] == ["SELECT", 'a"b', "x", None, None, None, None]


@pytest.mark.parametrize("value", ["", "it's", "a\\b", "--x", "/*", "$$", 'q"q', "é🎉\n\t"])
def test_the_engine_reads_a_literal_as_what_it_says(engine: Engine, value: str) -> None:
    query = engine.wire.execute(f"SELECT {literal(value)} AS {quoted(value or 'x')}", None)
    query.wait_finished()
    assert query.columns[0].name == (value or "x")
    (part,) = query.rows_json(0, 1, 10_000)
    assert json.loads(part.rows) == [value]


def test_closing_bracket() -> None:
    items = list(tokens("f(a, (b), '(', [c])) d"))
    assert items[closing(items, 1)].start == 18
    assert closing(list(tokens("f(a")), 1) == 3
