"""Which conditions of a statement the service answers, and the query that is sent for their values. No I/O.

SQLite says what it would like to have filtered; a `Plan` is what of it goes to the service, and is known before the
values are. Bound to values it is an `Asked`. Whatever goes to the service selects at least what SQL does: SQLite looks
again at every condition but those on moments, whose text may be of another zone; those are looked at here.

At most three fields are sent, by rank: the id, keys, moments, others.
Source: wire spec, account-engagement §5, §7, §21.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from datacloud_dbapi.engagement.catalogue import ObjectType
from datacloud_dbapi.engagement.sql.columns import MARK, Column, moment

MOST_FIELDS = 3
PAGE = 1000
# choice: nothing is known of an account's size, so that the planner of joins is told these.
_LARGE = frozenset(
    {
        *("prospects", "visitors", "visits", "visitor_activities", "visitor_page_views"),
        *("list_memberships", "emails", "lifecycle_histories", "tagged_objects", "external_activities"),
    }
)
# Where the service puts nulls is not known, so that only columns without any can be ordered by it alone.
_NEVER_NULL = frozenset({"id", "createdAt", "updatedAt"})
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A condition that SQLite offers; `op` as in the catalogue, also limit, offset, or another word for anything else.

    `usable` is False where the value comes from a table that this plan reads later; `binary` where texts are compared
    character by character.
    """

    column: str
    op: str
    usable: bool = True
    binary: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of the service. `conditions` has column and operator of each value to come, in order.

    | attribute | meaning |
    |---|---|
    | `fields` | to be asked for |
    | `filters` | those of the conditions that are sent |
    | `here` | conditions on moments, checked here as well |
    | `left` | conditions that SQLite alone checks |
    | `order` | a field and whether it descends; the rows come so |
    | `reads` | columns for which each row is read again |
    | `changing` | whether the rows are for an UPDATE |
    """

    table: str
    fields: tuple[str, ...]
    conditions: tuple[tuple[str, str], ...] = ()
    filters: tuple[int, ...] = ()
    here: tuple[int, ...] = ()
    left: tuple[str, ...] = ()
    order: tuple[str, bool] | None = None
    reads: tuple[str, ...] = ()
    changing: bool = False

    def dump(self) -> str:
        """The plan as text, as SQLite keeps it."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, separators=(",", ":"))

    def shown(self) -> str:
        """The plan as one line, without any value."""
        limited = any(op == "limit" for _, op in self.conditions)
        parts = [
            ("fields", ",".join(self.fields)),
            ("filters", ",".join(f"{column}:{op}" for column, op in self._sent())),
            ("orderBy", f"{self.order[0]} {'DESC' if self.order[1] else 'ASC'}" if self.order else ""),
            ("limit", "pushed" if limited else ""),
            ("checked here", ",".join(":".join(self.conditions[at]) for at in self.here)),
            ("checked by SQLite", ",".join(self.left)),
            ("one read a row for", ",".join(self.reads)),
        ]
        return " ".join([f"GET {self.table}", *(f"{name}={value}" for name, value in parts if value)])

    def _sent(self) -> list[tuple[str, str]]:
        return [self.conditions[at] for at in self.filters]


@lru_cache(256)
def load(text: str) -> Plan:
    """The plan that `Plan.dump` gave."""
    found = json.loads(text)
    plan: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    plan["conditions"] = tuple((column, op) for column, op in plan.get("conditions", ()))
    return Plan(**plan)


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan for SQLite: for each wish the place of its value or None, and whether SQLite need not look again."""

    plan: Plan
    places: tuple[tuple[int, bool] | None, ...]
    ordered: bool
    cost: float
    rows: int


def choose(
    described: ObjectType,
    columns: Mapping[str, Column],
    wishes: Sequence[Wish],
    order: Sequence[tuple[str, bool]],
    used: Iterable[str],
) -> Choice:
    """The plan for these wishes, for rows in this order, of which these columns are used."""
    used = set(used)
    changing = MARK in used
    table = described.table or ""
    sent = _fields_sent(described, columns, wishes)
    pushed = _order(described, columns, order, [wish for wish in wishes if wish.usable])
    # How many rows are wanted says nothing while SQLite has yet to sort them, or to look at them again.
    countable = (pushed is not None or not order) and all(
        wish.op in ("limit", "offset") or (wish.column in sent and _decides(described, columns, wish))
        for wish in wishes
    )
    conditions: list[tuple[str, str]] = []
    filters, here, left = [], [], []
    places: list[tuple[int, bool] | None] = []
    for wish in wishes:
        known = columns.get(wish.column)
        mine = known is not None and known.type == "DateTime" and known.source == "query" and wish.op in _COMPARE
        push = wish.usable and wish.column in sent and _offered(described, columns, wish)
        counted = wish.op in ("limit", "offset") and countable
        if not (wish.usable and (push or mine or counted)):
            if wish.usable and wish.column:
                left.append(f"{wish.column}:{wish.op}")
            places.append(None)
            continue
        at = len(conditions)
        conditions.append((wish.column, wish.op))
        filters += [at] if push else []
        here += [at] if mine else []
        places.append((at, mine))
    held = [conditions[at] for at in filters]
    read = used & columns.keys()
    plan = Plan(
        table,
        tuple(name for name in columns if (name in read and columns[name].source == "query") or name == "id"),
        tuple(conditions),
        tuple(filters),
        tuple(here),
        tuple(left),
        pushed,
        () if changing else tuple(name for name in columns if name in read and columns[name].source == "read"),
        changing,
    )
    rows = _estimate(table, held)
    return Choice(plan, tuple(places), pushed is not None, PAGE * math.ceil(rows / PAGE) + rows, rows)


def _offered(described: ObjectType, columns: Mapping[str, Column], wish: Wish) -> bool:
    known = columns.get(wish.column)
    if known is None or (known.type in ("String", "Enum") and not wish.binary):
        return False
    if wish.column == "isDeleted" and wish.op == "eq":
        return described.deleted_parameter
    return any(name in described.filters for name in _names(described, wish.column, wish.op))


def _decides(described: ObjectType, columns: Mapping[str, Column], wish: Wish) -> bool:
    """Whether the service can select just what SQL does; for most values it then will."""
    exact = (
        wish.column == "isDeleted" or wish.op not in _COMPARE or columns[wish.column].type in ("Integer", "DateTime")
    )
    return exact and wish.usable and _offered(described, columns, wish)


def _names(described: ObjectType, column: str, op: str) -> list[str]:
    """The filters by which a condition is sent: a moment's own ones are sent as a range around its second."""
    field = described.fields.get(column)
    moments = field is not None and field.type == "DateTime"
    wanted = {"eq": {"ge", "le"}, "gt": {"ge"}, "lt": {"le"}}.get(op, {op}) if moments else {op}
    return [one.name for one in described.filters.values() if one.field == column and one.op in wanted]


def _fields_sent(described: ObjectType, columns: Mapping[str, Column], wishes: Sequence[Wish]) -> set[str]:
    offered = dict.fromkeys(wish.column for wish in wishes if wish.usable and _offered(described, columns, wish))
    ranked = sorted(offered, key=lambda name: _rank(described, columns[name]))
    free = [name for name in ranked if name == "isDeleted" and described.deleted_parameter]
    return {*free, *[name for name in ranked if name not in free][:MOST_FIELDS]}


def _rank(described: ObjectType, column: Column) -> int:
    if column.name == "id":
        return 0
    field = described.fields.get(column.name)
    if column.type == "Integer" and field is not None and (field.reference is not None or column.name.endswith("Id")):
        return 1
    return 2 if column.type == "DateTime" else 3


def _order(
    described: ObjectType,
    columns: Mapping[str, Column],
    order: Sequence[tuple[str, bool]],
    wishes: Sequence[Wish],
) -> tuple[str, bool] | None:
    """The order that the service can give; SQLite makes any other."""
    if not order or order[0][0] not in columns:
        return None
    name, _ = order[0]
    # The id decides every order that begins with it.
    alone = len(order) == 1 or name == "id"
    filled = name in _NEVER_NULL or any(one.column == name and one.op in _COMPARE for one in wishes)
    if alone and filled and name in described.order_by and columns[name].type in ("Integer", "DateTime"):
        return order[0]
    return None


def _estimate(table: str, held: Sequence[tuple[str, str]]) -> int:
    rows = 100_000.0 if table in _LARGE else 1_000.0
    for column, op in held:
        if op == "eq":
            rows = 1 if column == "id" else rows if column == "isDeleted" else rows / 1000
        else:
            rows /= 4
    return max(1, round(rows))


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan with its values: what `query` is called with, and the checks that are made here.

    `limit` only where the service alone decides which rows there are.
    """

    filters: Mapping[str, Any]
    deleted: bool | str
    limit: int | None
    checks: tuple[tuple[str, Callable[[Any, Any], bool], Any], ...]


def ask(
    plan: Plan,
    described: ObjectType,
    columns: Mapping[str, Column],
    values: Sequence[Any],
    *,
    include_deleted: bool = False,
    without: int | None = None,
) -> Asked | None:
    """The query for a plan's values; `without` one of its conditions, when all its values are wanted at once.

    None when no row can fulfil the conditions. Raises DataError for a moment that is none.
    """
    filters: dict[str, Any] = {}
    checks = []
    deleted: bool | str = "all" if include_deleted else False
    exact = not plan.left
    limit = offset = None
    for at, ((column, op), value) in enumerate(zip(plan.conditions, values, strict=True)):
        if op in ("limit", "offset"):
            limit, offset = (value, offset) if op == "limit" else (limit, value)
            continue
        if at == without:
            exact = False
            continue
        if op in _COMPARE and value is None:
            # Nothing is equal to null, nor more or less.
            return None
        if at in plan.here:
            value = moment(value)
            checks.append((column, _COMPARE[op], value))
            exact = exact and value.microsecond == 0 and at in plan.filters
        if at not in plan.filters:
            continue
        if column == "isDeleted":
            deleted, exact = (bool(value), exact) if value in (0, 1) else (deleted, False)
        else:
            exact = _send(filters, described, columns[column], op, value) and exact
    if limit is None or not exact or limit < 0:
        return Asked(filters, deleted, None, tuple(checks))
    return Asked(filters, deleted, limit + max(0, offset or 0), tuple(checks))


def _send(filters: dict[str, Any], described: ObjectType, column: Column, op: str, value: Any) -> bool:
    """Put a condition among the filters; whether it selects just what SQL does."""
    names = {one.op: one.name for one in described.filters.values() if one.field == column.name}
    if column.type == "DateTime" and op in _COMPARE:
        return _send_moment(filters, names, op, value)
    if op in ("is_null", "is_not_null"):
        filters[names[op]] = True
        return True
    if column.type == "Integer":
        return _send_number(filters, names, op, value)
    if column.type == "Boolean":
        usual = value in (0, 1)
        if usual and names["eq"] not in filters:
            filters[names["eq"]] = bool(value)
        return False
    # An empty value may be no filter at all, and how the service compares texts is not known to the last.
    if isinstance(value, str) and value.strip() and names["eq"] not in filters:
        filters[names["eq"]] = value
    return False


def _send_moment(filters: dict[str, Any], names: Mapping[str, str], op: str, value: dt.datetime) -> bool:
    """Moments have whole seconds in the service: the range is widened to those around the value."""
    second = value.replace(microsecond=0)
    whole = second == value
    after = second if whole else second + dt.timedelta(seconds=1) if second.year < 9999 else second
    exact = whole
    if op in ("eq", "gt", "ge"):
        sent = op if op == "gt" and whole and "gt" in names else "ge"
        exact = exact and (sent == op or op == "eq")
        exact = _tighten(filters, names, sent, second, max) and exact
    if op in ("eq", "lt", "le"):
        sent = op if op == "lt" and whole and "lt" in names else "le"
        exact = exact and (sent == op or op == "eq")
        exact = _tighten(filters, names, sent, after, min) and exact
    return exact


def _send_number(filters: dict[str, Any], names: Mapping[str, str], op: str, value: Any) -> bool:
    if isinstance(value, float) and math.isfinite(value):
        if value.is_integer():
            value = int(value)
        elif op == "eq":
            return False
        else:
            op, value = ("ge", math.ceil(value)) if op in ("gt", "ge") else ("le", math.floor(value))
    if not isinstance(value, int) or abs(value) >= 2**63:
        return False
    if op == "eq":
        # A second one is left to SQLite.
        return bool(filters.setdefault(names["eq"], value) == value)
    return _tighten(filters, names, op, value, max if op in ("gt", "ge") else min)


def _tighten(
    filters: dict[str, Any], names: Mapping[str, str], op: str, value: Any, tighter: Callable[[Any, Any], Any]
) -> bool:
    if op not in names:
        return False
    name = names[op]
    filters[name] = tighter(filters[name], value) if name in filters else value
    return True


def fits(asked: Asked, record: Mapping[str, Any]) -> bool:
    """Whether a record passes the checks that are made here."""
    for column, compare, value in asked.checks:
        found = record.get(column)
        if found is None or not compare(found, value):
            return False
    return True
