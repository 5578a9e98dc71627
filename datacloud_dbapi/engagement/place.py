"""How far a list has come, and the query that goes on after it: the recipe by which a list begins anew.

A restart has one filter more. It takes the place of the caller's own bound on that side, which it is beyond.

| order | filter | what it may bring again |
|---|---|---|
| `id` | `idGreaterThan` the last, `idLessThan` descending | nothing |
| another field | from the last value on, that one included | records with that value; those given are left out |

It would lose records where the field has no such filter or the caller filters three other fields, where records without
a value may come last, where the service did not keep the order, and where more records have one and the same value than
it gives in one go. Source: wire spec, account-engagement §6-6.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from datacloud_dbapi.engagement.catalogue import Filter, ObjectType
from datacloud_dbapi.engagement.checks import MOST_FILTERED, Asked, Asking, Order
from datacloud_dbapi.engagement.errors import CEILING
from datacloud_dbapi.engagement.gateway import Answer
from datacloud_dbapi.engagement.records import Record
from datacloud_dbapi.engagement.sent_values import filter_text
from datacloud_dbapi.errors import ProtocolError

# Source: wire spec, account-engagement §6.1.
MOST_IN_SEQUENCE = 100_000
# choice: what goes on without a record for so many pages has no end that one would wait for.
_MOST_EMPTY = 100


@dataclass(frozen=True, slots=True)
class Question:
    """What a listing asks of an object; all of it is checked already."""

    described: ObjectType
    fields: tuple[Asked, ...]
    filters: tuple[Asking, ...]
    order: Order
    deleted: str
    limit: int | None
    page_size: int
    ceiling: int = MOST_IN_SEQUENCE

    @property
    def keys(self) -> tuple[str, ...]:
        """What a record must have so that the list can go on after it, and nobody may have asked for."""
        return tuple(dict.fromkeys(("id", self.order.field)))


class Place:
    """How far a list has come, by the values that it is ordered by.

    `filters` are those of the sequence that runs; `moved` says whether it brought a record that is new, `repeated` how
    many that are given it may bring again.
    """

    def __init__(self, question: Question) -> None:
        self._question = question
        self._field = question.order.field
        self._descending = question.order.descending
        self.filters = question.filters
        self.moved = False
        self._count = 0
        self._full = False
        self._empty = 0
        self._tokens: set[int] = set()
        self._page: list[int] = []
        # What the whole list has come to; of the records with the last value, which are given.
        self._some = False
        self._last: Any = None
        self._given: set[int] = set()
        self._bound: Any = None
        self._nulls_first = False
        self._in_order = True

    @property
    def repeated(self) -> int:
        return 0 if self._field == "id" else len(self._given)

    def advance(self, records: list[Record], token: str | None, request: str) -> list[Record]:
        """The records of a page that are new. Raises ProtocolError for a page that leads nowhere."""
        ids = self._ids(records, request)
        if records and ids == self._page:
            raise ProtocolError("A further page is the same as the one before", request=request)
        empty = 0 if records else self._empty + 1
        if token is not None and (hash(token) in self._tokens or empty > _MOST_EMPTY):
            raise ProtocolError("The pages lead to one another, without an end", request=request)
        fresh = self._after_last(records, ids, request) if self._field == "id" else self._not_given(records)
        if token is not None:
            self._tokens.add(hash(token))
        self._page, self._empty = ids, empty
        self._count += len(records)
        self._full = len(records) >= self._question.page_size
        self.moved = self.moved or bool(fresh)
        return fresh

    def _ids(self, records: list[Record], request: str) -> list[int]:
        ids = [record.get("id") for record in records]
        if None in ids or not all(self._field in record for record in records):
            raise ProtocolError("A record lacks what was asked for: its id, or what it is sorted by", request=request)
        return ids  # type: ignore[return-value]  # none of them is None

    def _after_last(self, records: list[Record], ids: list[int], request: str) -> list[Record]:
        whole = [self._last, *ids] if self._some else ids
        if not all(one > other if self._descending else one < other for one, other in pairwise(whole)):
            # Whoever went on after the last of them would pass over some.
            raise ProtocolError("The records are not in the order of their ids", request=request)
        if ids:
            self._some, self._last = True, ids[-1]
        return records

    def _not_given(self, records: list[Record]) -> list[Record]:
        fresh = []
        for record in records:
            value, number = record[self._field], record["id"]
            if not self._some:
                self._some, self._last, self._nulls_first = True, value, value is None
            elif value != self._last:
                self._in_order = self._in_order and self._follows(value)
                self._last = value
                self._given.clear()
            if number not in self._given:
                self._given.add(number)
                fresh.append(record)
        return fresh

    def _follows(self, value: Any) -> bool:
        """Whether another value may come after the last one."""
        if value is None:
            return not self._nulls_first
        if self._last is None:
            return self._nulls_first
        if type(value) is not type(self._last):
            return False
        return bool(value < self._last if self._descending else value > self._last)

    def cut(self, answer: Answer) -> bool:
        """Whether a page without a token is the last of the sequence and not of the list."""
        if any(remark.number == CEILING for remark in answer.remarks):
            return True
        # The last page before the ceiling is full, or ends at it.
        near = self._count + self._question.page_size > self._question.ceiling
        return self._count >= self._question.ceiling or (near and self._full)

    def restart(self, *, ended: bool) -> str | None:
        """Go on after the last record in a new sequence; why that cannot be, where it would lose records.

        `ended` says that the service gave all that it gives in one sequence.
        """
        if self._some:
            bound = self._after(ended)
            if isinstance(bound, str):
                return bound
            side = _BEFORE if self._descending else _AFTER
            kept = (
                asking
                for asking in self._question.filters
                if not (asking.filter.field == self._field and asking.filter.op in side)
            )
            self.filters = (*kept, bound)
            self._bound = self._last
        elif ended:
            return "it gave none at all"
        self.moved = False
        self._count = self._empty = 0
        self._tokens.clear()
        self._page = []
        return None

    def _after(self, ended: bool) -> Asking | str:
        """The filter for what comes after the last record, or why there is none."""
        field = self._field
        if ended and field == "id" and not self.moved:
            return "it gave none after the last"
        if ended and field != "id" and self._bound is not None and self._bound == self._last:
            return f"more of them than that have one and the same {field}"
        ops = ("gt", "lt") if field == "id" else ("ge", "le")
        filter_ = _filter_of(self._question.described, field, ops[self._descending])
        if filter_ is None:
            return f"there is no filter for what comes after a {field}"
        problem = self._problem() if field != "id" else None
        if problem is not None:
            return problem
        filtered = {asking.filter.field for asking in self._question.filters} | {field}
        if len(filtered) > MOST_FILTERED:
            return f"that takes a filter by {field}, and {MOST_FILTERED} other fields are filtered already"
        return Asking(filter_, filter_text(filter_, self._last))

    def _problem(self) -> str | None:
        """Why going on after the last value of a field that is not the id would lose records."""
        field = self._field
        of_field = {asking.filter.op for asking in self._question.filters if asking.filter.field == field}
        if self._last is None:
            return f"the last of them has no {field}"
        if not self._in_order or isinstance(self._last, str):
            return f"they are not in the order of their {field}"
        if "eq" in of_field:
            return f"all of them have one and the same {field}"
        # choice: where records without a value stand is not published. When none came first, some may come last.
        if not (self._nulls_first or of_field - {"is_null"} or _always_there(self._question.described, field)):
            return f"records without {field} may come last, and such a filter leaves them out"
        return None


_AFTER, _BEFORE = frozenset({"gt", "ge"}), frozenset({"lt", "le"})


def _filter_of(described: ObjectType, field: str, op: str) -> Filter | None:
    return next((one for one in described.filters.values() if one.field == field and one.op == op), None)


def _always_there(described: ObjectType, field: str) -> bool:
    return field in ("id", "createdAt", "updatedAt") or described.fields[field].create == "required"
