"""Rows and lists in comparisons: Hyper has no rows as values, so they are compared part by part.

`(a, b) = (1, 2)` is `a = 1 AND b = 2`, and `(a, b) IN (…)` a chain of such. A list that is expanded when the statement
runs is written out then. Source: wire spec, hyper §4.2.

| Core | SQL |
|---|---|
| `tuple_(a, b) < tuple_(1, 2)` | `a < 1 OR a = 1 AND b < 2` |
| `tuple_(a, b).in_([(1, 2), (3, 4)])` | `a = 1 AND b = 2 OR a = 3 AND b = 4` |
| `column("a").in_([…])`, without a type | `a = … OR a = …` |
| any list of none | a subquery without rows, or `1 != 1` |
"""

# SQLAlchemy's PostgreSQL compiler carries no types.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import exc, sql
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.sql import elements, operators


class RowComparisons(PGCompiler):
    """The part of the compiler that knows rows."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        # By the key of a list parameter whose comparison is written out at execution: what each row is compared with.
        self._compared: dict[str, tuple[str, ...]] = {}
        # Only VALUES and GROUPING SETS know rows.
        self._rows_may_stand = False
        super().__init__(*args, **kw)

    def visit_tuple(self, clauselist: Any, **kw: Any) -> Any:
        if not self._rows_may_stand:
            raise exc.CompileError("Hyper has no rows as values: write the parts one by one instead of tuple_(a, b)")
        return super().visit_tuple(clauselist, **kw)

    def visit_values(self, element: Any, *args: Any, **kw: Any) -> Any:
        with self._rows_stand():
            return super().visit_values(element, *args, **kw)

    def visit_scalar_values(self, element: Any, **kw: Any) -> Any:
        with self._rows_stand():
            return super().visit_scalar_values(element, **kw)

    def visit_grouping_sets_func(self, func: Any, **kw: Any) -> str:
        words = {"grouping_sets": "GROUPING SETS", "rollup": "ROLLUP", "cube": "CUBE"}
        with self._rows_stand():
            return f"{words[func.name]}{self.function_argspec(func, **kw)}"

    visit_rollup_func = visit_cube_func = visit_grouping_sets_func

    @contextmanager
    def _rows_stand(self) -> Iterator[None]:
        before, self._rows_may_stand = self._rows_may_stand, True
        try:
            yield
        finally:
            self._rows_may_stand = before

    def visit_binary(self, binary: Any, *args: Any, **kw: Any) -> Any:
        left, right = _row(binary.left), _row(binary.right)
        if left is None or right is None or binary.operator not in _ROW_COMPARISONS:
            return super().visit_binary(binary, *args, **kw)
        return f"({self.process(_compare_rows(binary.operator, left, right), **kw)})"

    def visit_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        text = self._written_out_in(binary, **kw)
        return text or str(self._generate_generic_binary(binary, " IN ", **kw))

    def visit_not_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        text = self._written_out_in(binary, **kw)
        return f"(NOT {text})" if text else f"({self._generate_generic_binary(binary, ' NOT IN ', **kw)})"

    def _written_out_in(self, binary: Any, **kw: Any) -> str | None:
        """`a IN …` as comparisons where Hyper has no IN for it, else None.

        That is a row, and what has no type, whose empty list could have none.
        """
        row, choices = _row(binary.left), binary.right
        expanding = isinstance(choices, elements.BindParameter) and choices.expanding
        if row is None and not (expanding and choices.type._isnull):
            return None
        if not expanding:
            parts = list(getattr(choices, "element", choices).clauses) if _is_list(choices) else []
            rows = [_row(part) for part in parts]
            if row is None or not rows or any(each is None for each in rows):
                raise exc.CompileError(
                    "Hyper has no row IN (SELECT …): write exists() with one condition for each part of the row"
                )
            return f"({self.process(sql.or_(*[_compare_rows(operators.eq, row, each) for each in rows]), **kw)})"
        sides = [binary.left] if row is None else row.clauses
        texts = tuple(self.process(side.self_group(against=operators.eq), **kw) for side in sides)
        if any("[POSTCOMPILE_" in text for text in texts):
            raise exc.CompileError("what is compared with a list of rows can hold no list of its own")
        if self._compared.setdefault(choices.key, texts) != texts:
            raise exc.CompileError(f"give each IN a list parameter of its own: {choices.key!r} stands in two")
        return str(self.process(choices, **kw))

    def _literal_execute_expanding_parameter(self, name: str, parameter: Any, values: Any, **kw: Any) -> Any:
        update, text = super()._literal_execute_expanding_parameter(name, parameter, values, **kw)
        if parameter.key in self._compared and not parameter.literal_execute:
            text = self._one_of(parameter, [self.bindtemplate % {"name": key} for key, _ in update])
        return update, text

    def _literal_execute_expanding_parameter_literal_binds(
        self, parameter: Any, values: Any, *args: Any, **kw: Any
    ) -> Any:
        if parameter.key not in self._compared:
            return super()._literal_execute_expanding_parameter_literal_binds(parameter, values, *args, **kw)
        types = parameter.type.types if parameter.type._is_tuple_type else None
        rows = [zip(row, types, strict=True) if types else [(row, parameter.type)] for row in values]
        return (), self._one_of(parameter, [self.render_literal_value(*value) for row in rows for value in row])

    def _one_of(self, parameter: Any, values: Sequence[str]) -> str:
        texts = self._compared[parameter.key]
        width = len(texts)
        if not values:
            return "1 != 1"
        if len(values) % width:
            raise exc.CompileError(f"each row of {parameter.key!r} must have {width} values")
        rows = [values[start : start + width] for start in range(0, len(values), width)]
        return " OR ".join(
            " AND ".join(f"{text} = {value}" for text, value in zip(texts, row, strict=True)) for row in rows
        )

    def visit_empty_set_op_expr(self, type_: Any, expand_op: Any, **kw: Any) -> Any:
        # `IN (NULL)`, the usual text for an empty list, has no type for Hyper; a typed empty subquery has.
        return self.visit_empty_set_expr(type_, **kw)


def _row(side: Any) -> Any:
    """The row behind any brackets; None for anything else."""
    while isinstance(side, elements.Grouping):
        side = side.element
    return side if isinstance(side, elements.Tuple) else None


def _is_list(side: Any) -> bool:
    return isinstance(getattr(side, "element", side), elements.ClauseList)


def _compare_rows(operator: Any, left: Any, right: Any) -> Any:
    """Two rows compared part by part: equal to what SQL says of rows, also where a part is NULL."""
    pairs = list(zip(left.clauses, right.clauses, strict=False))
    if not len(pairs) == len(left.clauses) == len(right.clauses):
        raise exc.CompileError("rows that are compared must have the same number of parts")
    if operator in (operators.eq, operators.is_not_distinct_from):
        return sql.and_(*[operator(a, b) for a, b in pairs])
    if operator in (operators.ne, operators.is_distinct_from):
        return sql.or_(*[operator(a, b) for a, b in pairs])
    # Ordered: the first parts that differ decide, and the last ones also where they are equal.
    strictly, last = _STRICTLY[operator], len(pairs) - 1
    choices = [
        sql.and_(*[a == b for a, b in pairs[:place]], (operator if place == last else strictly)(first, second))
        for place, (first, second) in enumerate(pairs)
    ]
    return sql.or_(*choices)


_STRICTLY = {
    operators.lt: operators.lt,
    operators.le: operators.lt,
    operators.gt: operators.gt,
    operators.ge: operators.gt,
}
_ROW_COMPARISONS = {
    *(operators.eq, operators.ne, operators.is_distinct_from, operators.is_not_distinct_from),
    *_STRICTLY,
}
