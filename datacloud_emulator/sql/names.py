"""Object names in any case. The engine matches columns in any case but tables exactly, so a table it does not find is
looked up in the catalog, put into the statement as the catalog spells it, and the statement tried again.

The replacement is as long as what it replaces, so positions in later errors stay true.

Source: wire spec, hyper §1.5.
"""

from __future__ import annotations

from datacloud_emulator.catalog import Catalog
from datacloud_emulator.errors import SqlError
from datacloud_emulator.sql.lexer import Kind, tokens

UNKNOWN_TABLE = "42P01"


def respelled(sql: str, error: SqlError, catalog: Catalog) -> str | None:
    """`sql` with the table that `error` complains of spelled as in the catalog; None when that is no remedy."""
    if error.sqlstate != UNKNOWN_TABLE or error.position is None or error.position_end is None:
        return None
    # The span may include schema and database; the table is its last name.
    named = [
        token
        for token in tokens(sql)
        if error.position - 1 <= token.start < error.position_end - 1 and token.name is not None
    ]
    if not named:
        return None
    token = named[-1]
    known = catalog.get(token.name or "")
    if known is None:
        return None
    text = known.name if token.kind is Kind.WORD else '"' + known.name.replace('"', '""') + '"'
    if text == token.text or len(text) != len(token.text):
        return None
    return sql[: token.start] + text + sql[token.end :]
