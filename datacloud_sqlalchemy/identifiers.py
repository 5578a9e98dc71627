"""Names: which need quotes, and what a schema means here.

Assumes Hyper's rules for words and characters and one data space per connection.
Source: wire spec, hyper §4.1; query §12 (qualified names).
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import exc
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS, PGIdentifierPreparer

# Words Hyper refuses bare although SQLAlchemy's PostgreSQL list lets them pass. A word quoted without need does no
# harm, so the words that list has in excess stay in it.
_HYPER_WORDS = frozenset({"assumed", "collation", "concurrently", "lambda", "lateral", "tablesample"})


class HyperIdentifierPreparer(PGIdentifierPreparer):
    """Quotes mixed-case API names, Hyper's own words and anything outside letters, digits and underscore."""

    reserved_words = RESERVED_WORDS | _HYPER_WORDS
    # PostgreSQL lets "$" stand in a bare name, Hyper does not.
    legal_characters = re.compile(r"[A-Za-z0-9_]+\Z")

    dialect: Any

    def schema_for_object(self, obj: Any) -> str | None:  # type: ignore[override]  # 2.x declares a plain callable
        """The schema to write before a name: none for the data space itself.

        The token of a connection names its data space, so SQL cannot: a table of another one is refused here, because
        the bare name would be looked up in this one. `public` is where Hyper keeps every object.

        Raises CompileError for another data space.
        """
        schema: str | None = obj.schema
        if schema is None or schema == self.dialect.dataspace:
            return None
        if schema == "public":
            return schema
        raise exc.CompileError(
            f"schema {schema!r} is not the data space of this connection ({self.dialect.dataspace!r}); "
            "open a connection to that data space instead"
        )
