"""Hyper's functions by name, with the types they return: `from datacloud_sqlalchemy.functions import median`.

`func.anything(…)` reaches every function of Hyper; what stands here also knows the type of its result, or cannot be
written with `func` alone. Nothing is registered, so `func` stays as it is for other databases.
Source: wire spec, hyper §3 (computed types), §4.2.

| function | type of its result |
|---|---|
| `approx_count_distinct(x)` | BIGINT |
| `median(x)`, `percentile_cont(0.5).within_group(x)` | DOUBLE PRECISION |
| `percentile_disc(0.5).within_group(x)` | that of `x` |
| `any_value(x)`, `max_by(x, y)`, `min_by(x, y)` | that of `x` |
| `date_trunc("month", x)` | TIMESTAMP, with time zone where `x` has one |
| `at_time_zone(x, "Europe/Berlin")` | TIMESTAMP for an `x` with time zone, TIMESTAMP WITH TIME ZONE for one without |
| `string_to_array(text, separator)` | VARCHAR[] |
| `array_length(a)`, `array_position(a, x)`, `array_contains(a, x)` | INTEGER, BIGINT, BOOLEAN |
| `array_append(a, x)`, `array_remove(a, x)`, `array_sort(a)`, `array_distinct(a)` | that of `a` |
| `try_cast(x, type)` | `type`, NULL where the cast fails |
| `result_scan(query_id, column("a", Integer), …)` | the rows of an earlier query, as a table |
"""

# GenericFunction takes no type argument on SQLAlchemy 1.4, so each says its type where it is made.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import coercions, elements, roles
from sqlalchemy.sql.functions import GenericFunction, OrderedSetAgg

__all__ = [
    "any_value",
    "approx_count_distinct",
    "array_append",
    "array_contains",
    "array_distinct",
    "array_length",
    "array_position",
    "array_remove",
    "array_sort",
    "at_time_zone",
    "date_trunc",
    "max_by",
    "median",
    "min_by",
    "percentile_cont",
    "percentile_disc",
    "result_scan",
    "string_to_array",
    "try_cast",
]

# SQLAlchemy 1.4 has no type of this name.
_Double: Any = getattr(sa, "Double", sa.Float)


class _OfFirst(GenericFunction):
    """A function whose result is of the type of its first argument."""

    _register = False
    inherit_cache = True

    def __init__(self, *args: Any, **kw: Any) -> None:
        first, *others = args
        first = coercions.expect(roles.ExpressionElementRole, first, name=self.name)
        kw.setdefault("type_", first.type)
        super().__init__(first, *others, **kw)


class any_value(_OfFirst):  # noqa: N801 - the function's own name
    _register = False
    inherit_cache = True


class max_by(_OfFirst):  # noqa: N801 - as above
    _register = False
    inherit_cache = True


class min_by(_OfFirst):  # noqa: N801 - as above
    _register = False
    inherit_cache = True


class array_append(_OfFirst):  # noqa: N801 - as above
    _register = False
    inherit_cache = True


class array_remove(_OfFirst):  # noqa: N801 - as above
    _register = False
    inherit_cache = True


class array_sort(_OfFirst):  # noqa: N801 - as above
    _register = False
    inherit_cache = True


class array_distinct(_OfFirst):  # noqa: N801 - as above
    _register = False
    inherit_cache = True


class approx_count_distinct(GenericFunction):  # noqa: N801 - as above
    _register = False
    type = sa.BigInteger()
    inherit_cache = True


class median(GenericFunction):  # noqa: N801 - as above
    _register = False
    type = _Double()
    inherit_cache = True


class array_length(GenericFunction):  # noqa: N801 - as above
    _register = False
    type = sa.Integer()
    inherit_cache = True


class array_position(GenericFunction):  # noqa: N801 - as above
    _register = False
    type = sa.BigInteger()
    inherit_cache = True


class array_contains(GenericFunction):  # noqa: N801 - as above
    _register = False
    type = sa.Boolean()
    inherit_cache = True


class string_to_array(GenericFunction):  # noqa: N801 - as above
    _register = False
    type = sa.ARRAY(sa.String())
    inherit_cache = True


class percentile_cont(OrderedSetAgg):  # noqa: N801 - as above
    _register = False
    array_for_multi_clause = False
    inherit_cache = True

    def within_group_type(self, within_group: Any) -> Any:
        return _Double()


class percentile_disc(OrderedSetAgg):  # noqa: N801 - as above
    _register = False
    array_for_multi_clause = False
    inherit_cache = True


class date_trunc(GenericFunction):  # noqa: N801 - as above
    _register = False
    inherit_cache = True

    def __init__(self, field: Any, moment: Any, **kw: Any) -> None:
        moment = coercions.expect(roles.ExpressionElementRole, moment, name=self.name)
        kw.setdefault("type_", sa.DateTime(timezone=bool(getattr(moment.type, "timezone", False))))
        super().__init__(field, moment, **kw)


def at_time_zone(moment: Any, zone: str | Any) -> Any:
    """`moment AT TIME ZONE zone`: an aware moment as the clock in that zone shows it, or the moment when it shows it.

    `moment` is a column or expression whose type says whether it has a zone; `zone` is an IANA name.
    """
    moment = coercions.expect(roles.ExpressionElementRole, moment)
    aware = bool(getattr(moment.type, "timezone", False))
    return moment.op("AT TIME ZONE", return_type=sa.DateTime(timezone=not aware))(zone)


def result_scan(query_id: str, *columns: Any, name: str | None = None) -> Any:
    """The rows of an earlier query as a table of these `columns`, which `query_id` must have.

    The id is `cursor.query_id` of the driver. The columns are named here in their order, whatever they were called.
    """
    identifier: Any = sa.bindparam(None, query_id, sa.String(), unique=True, literal_execute=True)
    return sa.func.result_scan(identifier).table_valued(*columns, name=name).render_derived()


if hasattr(sa, "try_cast"):
    try_cast: Any = sa.try_cast
else:  # SQLAlchemy 1.4

    class TryCast(elements.Cast):
        """`TRY_CAST(x AS type)`: NULL where the cast fails."""

        __visit_name__ = "try_cast"
        inherit_cache = True

    try_cast = TryCast
