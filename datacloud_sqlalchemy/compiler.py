"""SQL text: PostgreSQL's compiler, corrected where Hyper differs and closed where Hyper has nothing to offer.

What Hyper cannot say is a CompileError with the reason, never a statement that means something else.
Assumes the driver binds `:name` on this side of the wire. Source: wire spec, hyper §4.2 and §4.4; query §12-13.
"""

# SQLAlchemy's PostgreSQL compiler carries no types.
# mypy: allow-untyped-calls

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from sqlalchemy import exc, sql
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql import elements, operators

from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.literals import literal
from datacloud_sqlalchemy.rows import RowComparisons

# Everything the driver's `:name` cannot hold. `_x2d_` is also what an escaped name looks like, so a name that holds
# this already is escaped in turn and no two names meet.
_NO_BIND_NAME = re.compile(r"[^A-Za-z0-9_]|^[0-9]|_x(?=[0-9a-f]+_)")
# One of more than 38 digits would be a double.
_LONG_CONSTANT = re.compile(r"[0-9]{19,38}")


class HyperCompiler(RowComparisons):
    """Statements in Hyper's SQL."""

    # --- values ---

    def bindparam_string(self, name: str, *args: Any, **kw: Any) -> str:
        if not kw.get("escaped_from") and _NO_BIND_NAME.search(name):
            kw["escaped_from"] = name
            name = _NO_BIND_NAME.sub(lambda found: f"_x{ord(found.group()[0]):x}_{found.group()[1:]}", name)
        return super().bindparam_string(name, *args, **kw)

    def render_literal_value(self, value: Any, type_: Any) -> str:
        """The literal the driver would send for a bound value: one spelling, whichever way a value takes."""
        if isinstance(type_, _JsonSteps):
            return type_.text(value)
        bind = type_._cached_bind_processor(self.dialect)
        if bind is not None and (value is not None or type_.should_evaluate_none):
            value = bind(value)
        return _literal(value)

    def escape_literal_column(self, text: str) -> str:
        # Hyper's whole constants end at 64 bits; with a point behind it a longer one is the number it is.
        text = super().escape_literal_column(text)
        return f"{text}." if _LONG_CONSTANT.fullmatch(text) and int(text) >= 2**63 else text

    # --- operators ---

    def visit_truediv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        # Hyper divides whole numbers into whole numbers. Only a whole or unknown divisor is widened: a cast would
        # round any other one to its scale. A divisor without a scale leaves most digits to the quotient.
        left, right = binary.left, binary.right
        if not any(_is_fractional(side) for side in (left, right)):
            whole = isinstance(right.type, sqltypes.Integer)
            right = sql.cast(right, sqltypes.Numeric(38, 0) if whole else sqltypes.Numeric())
        return f"{self.process(left, **kw)} / {self.process(right, **kw)}"

    def visit_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no full-text search: match() cannot be written; see regexp_match()")

    def _assert_pg_ts_ext(self, element: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError(f"Hyper has no full-text search, so no {element.name}(); see regexp_match()")

    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> Any:
        reason = _NO_OPERATOR.get(operator.opstring)
        if reason is not None:
            raise exc.CompileError(f"Hyper has no operator {operator.opstring}: {reason}")
        if operator.opstring == "->>":  # PostgreSQL's `astext`
            return self._json_text(
                lambda arrow: self._generate_generic_binary(element, arrow, **kw, eager_grouping=True)
            )
        return super().visit_custom_op_binary(element, operator, **kw)

    def _regexp_match(self, base_op: str, binary: Any, operator: Any, kw: Any) -> str:
        flags = _flags(binary)
        if flags not in ("", "i"):
            raise exc.CompileError(f"regexp_match: flags={flags!r}; Hyper has 'i' only, others stand in the pattern")
        return str(self._generate_generic_binary(binary, f" {base_op}{'*' if flags else ''} ", **kw))

    def visit_regexp_replace_op_binary(self, binary: Any, operator: Any, **kw: Any) -> Any:
        flags = _flags(binary)
        if not set(flags) <= set("gic"):
            raise exc.CompileError(f"regexp_replace: flags={flags!r}; Hyper has 'g', 'i' and 'c' only")
        return super().visit_regexp_replace_op_binary(binary, operator, **kw)

    # --- JSON and arrays ---

    def visit_json_getitem_op_binary(self, binary: Any, operator: Any, _cast_applied: bool = False, **kw: Any) -> Any:
        if not _cast_applied:
            return super().visit_json_getitem_op_binary(binary, operator, **kw)
        kw["eager_grouping"] = True
        return self._json_text(lambda arrow: self._generate_generic_binary(binary, arrow, **kw))

    def visit_json_path_getitem_op_binary(
        self, binary: Any, operator: Any, _cast_applied: bool = False, **kw: Any
    ) -> str:
        """`column[("a", 0)]`: Hyper has no paths, so one step after the other, `column -> 'a' -> 0`."""
        if not _cast_applied and not isinstance(binary.type, sqltypes.JSON):
            return str(self.process(sql.cast(binary, binary.type), _cast_applied=True, **kw))
        if not isinstance(binary.right, elements.BindParameter):
            raise exc.CompileError("Hyper has no JSON paths that are computed: write the names and numbers themselves")

        def path(last_arrow: str) -> str:
            # How many steps there are is known with the value only.
            steps = self._as_text(binary.right, _JsonSteps(last_arrow), **kw)
            return f"({self.process(binary.left, eager_grouping=True, **kw)}{steps})"

        return self._json_text(path) if _cast_applied else path(" -> ")

    def _json_text(self, part: Callable[[str], str]) -> str:
        """A part of a JSON value as text, NULL for a JSON null as PostgreSQL has it: Hyper's `->>` gives text, `null`.

        The JSON itself tells the two apart, `null` and `"null"`.
        """
        return f"CASE WHEN CAST({part(' -> ')} AS TEXT) != 'null' THEN {part(' ->> ')} END"

    def visit_slice(self, element: Any, **kw: Any) -> str:
        if any(isinstance(end, elements.Null) for end in (element.start, element.stop)):
            raise exc.CompileError("Hyper's slices name both ends: write column[1:n]")
        if not isinstance(element.step, elements.Null):
            raise exc.CompileError("Hyper's slices have no step")
        # Blanks, as two parameters would stand together as `:a::b`, which is a cast.
        return f"{self.process(element.start, **kw)} : {self.process(element.stop, **kw)}"

    def visit_array(self, element: Any, **kw: Any) -> Any:
        if any(isinstance(part.type, sqltypes.ARRAY) for part in element.clauses):
            raise exc.CompileError("Hyper's arrays have one dimension")
        if not element.clauses and not element.type.item_type._isnull:
            # As SQLAlchemy 2 has it; 1.4 leaves the type out, which is an array of text.
            return f"ARRAY[]::{element.type.compile(dialect=self.dialect)}"
        return super().visit_array(element, **kw)

    # --- functions ---

    def visit_function(self, func: Any, *args: Any, **kw: Any) -> Any:
        if any(isinstance(part, aggregate_order_by) for part in getattr(func, "clauses", ())):
            _check_ordered(func.name)
        return super().visit_function(func, *args, **kw)

    def visit_aggregateorderby(self, aggregateorderby: Any, **kw: Any) -> Any:
        # SQLAlchemy 2.1 and later.
        _check_ordered(aggregateorderby.element.name)
        return super().visit_aggregateorderby(aggregateorderby, **kw)

    def visit_funcfilter(self, funcfilter: Any, **kw: Any) -> Any:
        name = _aggregate(funcfilter).name
        if name in _NO_FILTER or isinstance(funcfilter.func, elements.WithinGroup):
            raise exc.CompileError(f"Hyper has no FILTER for {name}: put the condition in WHERE, or in a case()")
        return super().visit_funcfilter(funcfilter, **kw)

    def visit_over(self, over: Any, **kw: Any) -> Any:
        if getattr(over, "groups", None) is not None:
            raise exc.CompileError("Hyper has no GROUPS frames: use rows= or range_=")
        function = _aggregate(over.element)
        if any(getattr(part, "operator", None) is operators.distinct_op for part in function.clauses):
            raise exc.CompileError(
                f"Hyper has no {function.name}(DISTINCT …) OVER: aggregate in a subquery and join it"
            )
        if isinstance(over.element, elements.WithinGroup) or function.name in _NO_WINDOW:
            raise exc.CompileError(f"Hyper has no {function.name} OVER: aggregate in a subquery and join it")
        return super().visit_over(over, **kw)

    def visit_extract(self, extract: Any, **kw: Any) -> Any:
        # An unknown field is not only an error: `julian` ends the engine.
        if extract.field.lower() not in EXTRACT_FIELDS:
            raise exc.CompileError(f"Hyper extracts no {extract.field!r}: it has {', '.join(EXTRACT_FIELDS)}")
        return super().visit_extract(extract, **kw)

    def visit_try_cast(self, cast: Any, **kw: Any) -> str:
        return f"TRY_CAST({self.process(cast.clause, **kw)} AS {self.process(cast.typeclause, **kw)})"

    def visit_current_user_func(self, func: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError(f"Hyper tells no {func.name}: the login is the connection's")

    visit_session_user_func = visit_user_func = visit_current_user_func

    def visit_sequence(self, *args: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no sequences")

    # --- clauses ---

    def visit_select(self, select_stmt: Any, *args: Any, **kw: Any) -> Any:
        # The ORM's loaders count on columns that share a name, which V1 and V2 take for one.
        if not self.stack and select_stmt._label_style is sql.selectable.LABEL_STYLE_NONE:
            select_stmt = select_stmt.set_label_style(sql.selectable.LABEL_STYLE_DISAMBIGUATE_ONLY)
        return super().visit_select(select_stmt, *args, **kw)

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
        if getattr(cte.element, "is_dml", False):
            raise exc.CompileError("Hyper has no INSERT, UPDATE or DELETE in a CTE: run it as a statement of its own")
        return super().visit_cte(cte, *args, **kw)

    def visit_tablesample(self, tablesample: Any, asfrom: bool = False, **kw: Any) -> Any:
        if not isinstance(tablesample.element, sql.schema.Table):
            raise exc.CompileError("Hyper samples stored tables only: TABLESAMPLE stands behind a table's own name")
        method, seed = tablesample._get_method(), tablesample.seed
        text = self.visit_alias(tablesample, asfrom=True, **kw)
        text += f" TABLESAMPLE {method.name}({', '.join(self._number(part, **kw) for part in method.clauses)})"
        return text if seed is None else f"{text} REPEATABLE ({self._number(seed, **kw)})"

    def _number(self, part: Any, **kw: Any) -> Any:
        """A number where Hyper takes digits only, no parameter and no expression."""
        if not isinstance(part, elements.BindParameter):
            raise exc.CompileError("Hyper's TABLESAMPLE takes numbers, not expressions")
        return self._as_text(part, _Digits(), **kw)

    def _as_text(self, bind: Any, type_: Any, **kw: Any) -> Any:
        """A value of a type of ours, written into the text, at the latest when the statement is run.

        Under a name of its own each time, as the same value may stand elsewhere in another way.
        """
        bind = bind._clone(maintain_key=False)
        bind.type = type_
        return self.process(bind, **{**kw, "literal_execute": not kw.get("literal_binds")})

    def visit_on_conflict_do_nothing(self, on_conflict: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no ON CONFLICT, as it enforces no keys")

    visit_on_conflict_do_update = visit_on_conflict_do_nothing

    def format_from_hint_text(self, sqltext: str, table: Any, hint: str, iscrud: bool) -> NoReturn:
        raise exc.CompileError("Hyper has no table hints")

    def get_statement_hint_text(self, hint_texts: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no statement hints")


EXTRACT_FIELDS = (
    *("century", "day", "decade", "dow", "doy", "epoch", "hour", "isodow", "isoyear", "microseconds", "millennium"),
    *("milliseconds", "minute", "month", "quarter", "second", "week", "year"),
)
_NO_OPERATOR = {
    "@>": "see func.array_contains(array, element)",
    "<@": "see func.array_contains(array, element)",
    "&&": "join the elements, func.unnest(array)",
    "?": "index the JSON and ask is_not(None)",
    "?|": "index the JSON and ask is_not(None)",
    "?&": "index the JSON and ask is_not(None)",
    "#>": "index one step after the other, column['a']['b']",
    "#>>": "index one step after the other, column['a']['b'].as_string()",
    "#-": "JSON values cannot be changed",
    "@?": "it has no JSON paths",
    "@@": "it has no full-text search and no JSON paths",
    "**": "see func.power(a, b)",
    "<=>": "see is_not_distinct_from()",
    "==": "write = for comparison",
}
# Aggregates that take an ORDER BY of their own, that take no FILTER, and that are no window function.
_ORDERED = frozenset({"array_agg", "string_agg", "listagg", "aggregate_strings"})
_NO_WINDOW = frozenset({"median", "mode", "percentile_cont", "percentile_disc"})
_NO_FILTER = _NO_WINDOW | {"array_agg"}


def _check_ordered(name: str) -> None:
    if name not in _ORDERED:
        raise exc.CompileError(f"Hyper has no ORDER BY inside {name}(): order in a subquery, or use array_agg")


def _aggregate(element: Any) -> Any:
    """The function below FILTER, WITHIN GROUP and an ORDER BY of its own."""
    while not hasattr(element, "clauses"):
        element = element.func if isinstance(element, elements.FunctionFilter) else element.element
    return element


def _literal(value: object) -> str:
    try:
        return literal(value, "the value")
    except ProgrammingError as error:
        raise exc.CompileError(str(error)) from error


class _JsonSteps(sqltypes.JSON.JSONPathType):
    """The steps of a JSON path, written as a chain of arrows; the last one gives JSON or text."""

    def __init__(self, last_arrow: str) -> None:
        super().__init__()
        self.last_arrow = last_arrow

    def text(self, path: Any) -> str:
        if not path:
            raise exc.CompileError("an empty JSON path leads nowhere")
        arrows = [" -> "] * (len(path) - 1) + [self.last_arrow]
        return "".join(f"{arrow}{_literal(step)}" for arrow, step in zip(arrows, path, strict=True))


class _Digits(sqltypes.Numeric):  # type: ignore[type-arg]  # not subscriptable on SQLAlchemy 1.4
    """A number as its digits alone: the literal of a float would be a cast."""

    def bind_processor(self, dialect: Any) -> Any:
        return lambda value: Decimal(repr(value)) if isinstance(value, float) else value


def _flags(binary: Any) -> str:
    flags = binary.modifiers["flags"]
    if isinstance(flags, elements.BindParameter) and flags.unique:
        # SQLAlchemy 1.4 makes a parameter of the text, and one of its own for each statement.
        flags = flags.value
    if not isinstance(flags, (str, type(None))):
        raise exc.CompileError("the flags of a regular expression decide the SQL: give them as text")
    return flags or ""


def _is_fractional(side: Any) -> bool:
    # Float is a kind of Numeric up to SQLAlchemy 2.0 and its own kind since.
    return isinstance(side.type, (sqltypes.Numeric, sqltypes.Float))


def _check_row_count(clause: Any) -> None:
    if isinstance(clause, (elements.BinaryExpression, sql.selectable.SelectBase, sql.selectable.ScalarSelect)):
        raise exc.CompileError("Hyper's LIMIT, OFFSET and FETCH take a number, not an expression")
