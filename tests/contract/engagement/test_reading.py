"""Every object queried and read over sockets with every field that the catalogue offers, every filter, every order.

What an answer must say is what the emulator's store holds. Source: wire spec, account-engagement §4-7, §20.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.engagement.catalogue import Field, Filter, ObjectType, catalogue
from datacloud_dbapi.engagement.client import Engagement
from datacloud_dbapi.engagement.errors import NotFoundError, RecycledRecordError
from datacloud_dbapi.errors import NotSupportedError
from datacloud_emulator import Emulator
from tests.contract.engagement.faces import FACES, Client, client

TABLES = catalogue().tables
OBJECTS = catalogue().objects
LISTS = ("Array", "Object")
QUERIED = [table for table, described in TABLES.items() if "query" in described.operations]
Row = dict[str, Any]


@pytest.fixture(scope="module", params=[pytest.param(face, marks=pytest.mark.sockets) for face in FACES])
def far(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Client]:
    """A client over sockets, one for all objects."""
    with client(emulator, request.param, "sockets") as made:
        yield made


class Truth:
    """The records of the store, and what an answer must say of them."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._rows: dict[str, dict[int, Row]] = {}

    def rows(self, name: str) -> dict[int, Row]:
        if name not in self._rows:
            self._rows[name] = {row["id"]: row for row in self._emulator.engagement.rows(name)}
        return self._rows[name]

    def live(self, name: str) -> list[Row]:
        return [row for row in self.rows(name).values() if not row["_deleted"]]

    def value(self, described: ObjectType, row: Row, field: Field, below: list[str]) -> Any:
        """What a field is, and of a relation the fields asked for below it."""
        if field.sub_fields:
            return [{name: option.get(name) for name in below} for option in row[field.name] or []]
        if not field.nested:
            value = row.get(field.name)
            if field.name in ("folderRef", "objectRef") and value is not None:
                return f"{self._emulator.login_url}{value}"
            return Decimal(str(value)) if field.type == "Float" and value is not None else value
        target = self.rows(field.reference or "")
        if field.collection:
            ids = row[{"recipientLists": "recipientListIds", "suppressionLists": "suppressionListIds"}[field.name]]
            return [{name: target[number][name] for name in below} for number in ids or []]
        found = target.get(row[field.via or ""])
        return None if found is None else {name: found[name] for name in below}


@pytest.fixture(scope="module")
def truth(emulator: Emulator) -> Truth:
    return Truth(emulator)


def asked(described: ObjectType, use: str) -> dict[str, list[str]]:
    """Every field that a call offers; of a relation two fields below it."""
    found: dict[str, list[str]] = {}
    for field in described.fields.values():
        if not (field.read and (use == "read" or field.query)):
            continue
        if field.sub_fields:
            found[field.name] = list(field.sub_fields)
        elif field.nested:
            known = OBJECTS[field.reference or ""].fields
            found[field.name] = [name for name in ("id", "name", "email", "createdById") if name in known][:2]
        else:
            found[field.name] = []
    return found


def names(fields: dict[str, list[str]]) -> list[str]:
    return [f"{name}.{sub}" if sub else name for name, below in fields.items() for sub in (below or [""])]


def expected(truth: Truth, described: ObjectType, row: Row, fields: dict[str, list[str]]) -> Row:
    return {name: truth.value(described, row, described.fields[name], below) for name, below in fields.items()}


@pytest.mark.parametrize("table", QUERIED)
def test_every_field_of_a_query(far: Client, truth: Truth, table: str) -> None:
    described = TABLES[table]
    fields = asked(described, "query")
    found = far.all(lambda ae: ae.object(table).query(names(fields), page_size=250))
    live = truth.live(described.name)
    assert live, "the sample has records of every object"
    assert found == [expected(truth, described, row, fields) for row in live]
    # What is asked for by itself is every scalar of these.
    scalars = [name for name, below in fields.items() if not below and described.fields[name].type not in LISTS]
    [first] = far.all(lambda ae: ae.object(table).query(limit=1))
    assert list(first) == [name for name in scalars if (table, name) != ("visitor_activities", "details")]
    assert first.items() <= found[0].items()


@pytest.mark.parametrize("table", QUERIED)
def test_every_field_of_a_read(far: Client, truth: Truth, table: str) -> None:
    described = TABLES[table]
    fields = asked(described, "read")
    live = truth.live(described.name)
    for row in (live[0], live[-1]):
        found = far.ask(lambda ae, number=row["id"]: ae.object(table).read(number, names(fields)))
        assert found == expected(truth, described, row, fields)
        assert found.last_modified == row.get("updatedAt", found.last_modified)


def test_the_account(far: Client, emulator: Emulator, truth: Truth) -> None:
    described = TABLES["account"]
    fields = asked(described, "read")
    row = {**truth.rows("Account")[1], "maximumDailyApiCalls": 100_000}
    used = emulator.engagement.calls_used + 1
    found = far.ask(lambda ae: ae.account.read(fields=names(fields)))
    assert found == {**expected(truth, described, row, fields), "apiCallsUsed": used}
    assert (far.client.usage.used, far.client.usage.maximum) == (used, 100_000)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def meets(row: Row, filter_: Filter, value: Any) -> bool:
    held = row[filter_.field]
    if filter_.op in ("is_null", "is_not_null"):
        return (held is None) == (filter_.op == "is_null")
    return held is not None and COMPARISONS[filter_.op](held, value)


@pytest.mark.parametrize("table", QUERIED)
def test_every_filter(blocking: Engagement, truth: Truth, table: str) -> None:
    described = TABLES[table]
    live = truth.live(described.name)
    for filter_ in described.filters.values():
        values = sorted({row[filter_.field] for row in live if row[filter_.field] is not None})
        value: Any = True if filter_.op.endswith("null") else values[len(values) // 2] if values else None
        if value is None:
            # None of the records has one: what no record equals, is after or before.
            value = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc) if filter_.type == "DateTime" else 1
            value = "x" if filter_.type == "String" else value
        found = blocking.object(table).query("id", filters={filter_.name: value}).all()
        assert [record["id"] for record in found] == [row["id"] for row in live if meets(row, filter_, value)], filter_


@pytest.mark.parametrize("table", QUERIED)
def test_every_order(blocking: Engagement, truth: Truth, table: str) -> None:
    described = TABLES[table]
    live = {row["id"]: row for row in truth.live(described.name)}
    for field in described.order_by:
        for descending in (False, True):
            order = f"{field} DESC" if descending else field
            found = blocking.object(table).query("id", order_by=order, page_size=100).all()
            numbers = [record["id"] for record in found]
            assert sorted(numbers) == sorted(live), order
            values = [live[number][field] for number in numbers if live[number][field] is not None]
            assert values == sorted(values, reverse=descending), order


def test_the_recycle_bin(near: Client, truth: Truth) -> None:
    rows = truth.rows("Prospect").values()
    binned = [row["id"] for row in rows if row["_deleted"]]
    assert binned, "the sample has some in the bin"
    for deleted, numbers in (
        (False, [row["id"] for row in rows if not row["_deleted"]]),
        (True, binned),
        ("all", [row["id"] for row in rows]),
    ):
        found = near.all(lambda ae, deleted=deleted: ae.prospects.query("id,isDeleted", deleted=deleted))
        assert [record["id"] for record in found] == numbers
        assert {record["id"] for record in found if record["isDeleted"]} <= set(binned)
    with pytest.raises(RecycledRecordError):
        near.ask(lambda ae: ae.prospects.read(binned[0], "id"))
    assert near.ask(lambda ae: ae.prospects.read(binned[0], "id", deleted=True)) == {"id": binned[0]}
    assert near.ask(lambda ae: ae.prospects.get_or_none(binned[0], "id")) is None


def test_a_records_own_fields(near: Client, truth: Truth) -> None:
    rows = truth.rows("Prospect")
    custom = [row for row in truth.live("CustomField") if row["apiFieldId"]]
    several = [row["apiFieldId"] for row in custom if row["type"] in ("Multi-Select", "Checkbox")]
    single = [
        row["apiFieldId"] for row in custom if row["apiFieldId"] not in several and not row["isRecordMultipleResponses"]
    ]
    assert single, "the sample has fields of the account's own"
    found = near.all(lambda ae: ae.prospects.query(["id", *single]))
    assert found == [{"id": row["id"], **{name: row.get(name) for name in single}} for row in truth.live("Prospect")]
    assert any(record[name] is not None for record in found for name in single)
    some = next(row for row in rows.values() if not row["_deleted"] and any(row.get(name) for name in several))
    one = near.ask(lambda ae: ae.prospects.read(some["id"], several))
    assert one == {name: some.get(name) for name in several}
    assert any(isinstance(value, list) for value in one.values())


def test_what_was_not_changed_since(near: Client, truth: Truth) -> None:
    row = truth.live("Prospect")[0]
    since = row["updatedAt"]
    assert near.ask(lambda ae: ae.prospects.read(row["id"], "id", if_modified_since=since)) is None
    earlier = since - dt.timedelta(seconds=1)
    assert near.ask(lambda ae: ae.prospects.read(row["id"], "id", if_modified_since=earlier)) == {"id": row["id"]}


def test_what_the_catalogue_has_not_is_refused_before_a_request(near: Client, emulator: Emulator) -> None:
    used = emulator.engagement.calls_used
    with pytest.raises(NotSupportedError, match="Account has no query"):
        near.all(lambda ae: ae.account.query())
    with pytest.raises(NotSupportedError, match="can only be exported"):
        near.client.object("LifecycleStageProspect")
    assert emulator.engagement.calls_used == used
    with pytest.raises(NotFoundError, match="Record not found"):
        near.ask(lambda ae: ae.prospects.read(10**6, "id"))
