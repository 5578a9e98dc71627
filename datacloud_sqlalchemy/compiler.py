"""SQL text: PostgreSQL's compiler, corrected where Hyper differs and closed where Hyper has nothing to offer.

What Hyper cannot say is a CompileError with the reason, never a statement that means something else.
Assumes the driver binds `:name` on this side of the wire. Source: wire spec, hyper §4.2 and §4.4; query §12-13.
"""

# SQLAlchemy's PostgreSQL compiler carries no types.
# mypy: allow-untyped-calls

from __future__ import annotations

import re
from typing import Any, NoReturn

from sqlalchemy import exc, sql
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.sql import elements

from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.literals import literal

# Everything the driver's `:name` cannot hold. `_x2d_` is also what an escaped name looks like, so a name that holds
# this already is escaped in turn and no two names meet.
_NO_BIND_NAME = re.compile(r"[^A-Za-z0-9_]|^[0-9]|_x(?=[0-9a-f]+_)")


class HyperCompiler(PGCompiler):
    """Statements in Hyper's SQL."""

    # --- values ---

    def bindparam_string(self, name: str, *args: Any, **kw: Any) -> str:
        if not kw.get("escaped_from") and _NO_BIND_NAME.search(name):
            kw["escaped_from"] = name
            name = _NO_BIND_NAME.sub(lambda found: f"_x{ord(found.group()[0]):x}_{found.group()[1:]}", name)
        return super().bindparam_string(name, *args, **kw)

    def render_literal_value(self, value: Any, type_: Any) -> str:
        """The literal the driver would send for a bound value: one spelling, whichever way a value takes."""
        bind = type_._cached_bind_processor(self.dialect)
        if bind is not None and (value is not None or type_.should_evaluate_none):
            value = bind(value)
        try:
            return literal(value, "the value")
        except ProgrammingError as error:
            raise exc.CompileError(str(error)) from error

    # --- operators ---

    def visit_truediv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        # Hyper divides whole numbers into whole numbers. Only a whole or unknown divisor is widened: a cast would
        # round any other one to its scale.
        left, right = binary.left, binary.right
        if not any(_is_fractional(side) for side in (left, right)):
            right = sql.cast(right, sqltypes.Numeric())
        return f"{self.process(left, **kw)} / {self.process(right, **kw)}"

    def visit_empty_set_op_expr(self, type_: Any, expand_op: Any, **kw: Any) -> Any:
        # `IN (NULL)`, the usual text for an empty list, has no type for Hyper; a typed empty subquery has.
        return self.visit_empty_set_expr(type_, **kw)

    def visit_tuple(self, clauselist: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError(
            "Hyper compares no rows: write or_(and_(a == 1, b == 2), …) in place of tuple_(a, b).in_([(1, 2), …])"
        )

    def visit_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no full-text search: match() cannot be written; see regexp_match()")

    def visit_json_path_getitem_op_binary(self, binary: Any, operator: Any, *args: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no JSON paths: write one index after the other, as in column['a']['b']")

    def visit_sequence(self, *args: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no sequences")

    # --- clauses ---

    def limit_clause(self, select: Any, **kw: Any) -> Any:
        for clause in (select._limit_clause, select._offset_clause):
            _check_row_count(clause)
        return super().limit_clause(select, **kw)

    def fetch_clause(self, select: Any, *args: Any, **kw: Any) -> Any:
        if (select._fetch_clause_options or {}).get("percent"):
            raise exc.CompileError("Hyper has no FETCH … PERCENT")
        for clause in (select._fetch_clause, select._offset_clause):
            _check_row_count(clause)
        return super().fetch_clause(select, *args, **kw)

    def for_update_clause(self, select: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Data Cloud is queried read-only: there is no FOR UPDATE")

    def visit_cte(self, cte: Any, *args: Any, **kw: Any) -> str | None:
        if cte._prefixes or cte._suffixes:
            raise exc.CompileError("Hyper has no [NOT] MATERIALIZED and no other words around a CTE")
        return super().visit_cte(cte, *args, **kw)

    def visit_over(self, over: Any, **kw: Any) -> Any:
        if getattr(over, "groups", None) is not None:
            raise exc.CompileError("Hyper has no GROUPS frames: use rows= or range_=")
        return super().visit_over(over, **kw)

    def format_from_hint_text(self, sqltext: str, table: Any, hint: str, iscrud: bool) -> NoReturn:
        raise exc.CompileError("Hyper has no table hints")

    def get_statement_hint_text(self, hint_texts: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no statement hints")


def _is_fractional(side: Any) -> bool:
    # Float is a kind of Numeric up to SQLAlchemy 2.0 and its own kind since.
    return isinstance(side.type, (sqltypes.Numeric, sqltypes.Float))


def _check_row_count(clause: Any) -> None:
    if isinstance(clause, (elements.BinaryExpression, sql.selectable.SelectBase, sql.selectable.ScalarSelect)):
        raise exc.CompileError("Hyper's LIMIT, OFFSET and FETCH take a number, not an expression")
