"""However a list is cut into pages and sequences, and whatever is created and deleted meanwhile, nothing is lost.

The service is a small model of its own. By id, every record that was there throughout is given exactly once, in order,
and none that was never there. By a field that many share, nothing that was there throughout is lost or given twice, or
the list ends in an error. Source: wire spec, account-engagement §6-6.1; faults E6.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.errors import InvalidRequestError
from datacloud_dbapi.engagement.services import service_of
from datacloud_dbapi.errors import OperationalError
from datacloud_dbapi.flow.effects import Request, Response, Send
from tests.unit.driver.engagement.script import logged_in
from tests.unit.driver.scripted import Stage
from tests.unit.driver.services_script import Blocking

SIDES: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": lambda value, bound: value > bound,
    "LessThan": lambda value, bound: value < bound,
    "AfterOrEqualTo": lambda value, bound: value >= bound,
    "BeforeOrEqualTo": lambda value, bound: value <= bound,
}


def moment(second: int) -> str:
    return f"2026-03-04T05:06:{second:02}+00:00"


@dataclass
class Service(Stage):
    """Prospects by id, each with the second of its last change.

    Before each page: a record is created, or the one with a drawn rank deleted, or a token found too old.
    """

    people: dict[int, int] = field(default_factory=dict)
    ceiling: int = 5
    short: int = 1000
    changes: list[tuple[str, int]] = field(default_factory=list)
    sequences: list[dict[str, Any]] = field(default_factory=list)
    created: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)

    def _answer(self, effect: Any) -> object:
        if isinstance(effect, Send) and "/objects/prospects" in effect.request.url:
            return self._page(effect.request)
        return super()._answer(effect)

    def _page(self, request: Request) -> Response:
        query = dict(parse_qsl(urlsplit(request.url).query))
        change, rank = self.changes.pop() if self.changes else ("", 0)
        if change == "create":
            new = max([*self.people, *self.deleted, 0]) + 1
            self.people[new] = rank % 6
            self.created.add(new)
        elif change == "delete" and self.people:
            gone = sorted(self.people)[rank % len(self.people)]
            del self.people[gone]
            self.deleted.add(gone)
        if "nextPageToken" in query:
            assert set(query) == {"fields", "nextPageToken"}
            if change == "refuse":
                return Response(400, {}, b'{"code": 51, "message": "Invalid parameter: nextPageToken"}')
            sequence = dict(self.sequences[int(query["nextPageToken"])])
        else:
            sequence = {**query, "given": 0, "after": None}
        return self._records(sequence, query["fields"].split(","))

    def _records(self, sequence: dict[str, Any], fields: list[str]) -> Response:
        name, direction = sequence["orderBy"].split(" ")
        sign = 1 if direction == "ASC" else -1
        rows = [{"id": number, "updatedAt": moment(second)} for number, second in self.people.items()]
        for side, meets in SIDES.items():
            for key, kind in (("id", int), ("updatedAt", str)):
                if f"{key}{side}" in sequence:
                    bound = kind(sequence[f"{key}{side}"])
                    rows = [row for row in rows if meets(row[key], bound)]
        rows.sort(key=lambda row: (row[name], row["id"]), reverse=sign < 0)
        after = sequence["after"]
        if after is not None:
            rows = [
                row
                for row in rows
                if ((row[name], row["id"]) > after) == (sign > 0) and (row[name], row["id"]) != after
            ]
        most = min(int(sequence["limit"]), self.short)
        room = self.ceiling - sequence["given"]
        found, more = rows[: min(most, room)], len(rows) > most
        headers, token = {}, None
        if room <= most and len(rows) >= room:
            headers = {"pardot-warning": "203;Record limit reached"}
        elif more or len(found) == most:
            last = (found[-1][name], found[-1]["id"]) if found else after
            self.sequences.append({**sequence, "given": sequence["given"] + len(found), "after": last})
            token = str(len(self.sequences) - 1)
        values = [{key: row[key] for key in fields} for row in found]
        return Response(200, headers, json.dumps({"nextPageToken": token, "values": values}).encode())


def service(people: dict[int, int], ceiling: int, short: int, changes: list[tuple[str, int]]) -> tuple[Service, Any]:
    scene = Service([], people=dict(people), ceiling=ceiling, short=short, changes=list(changes))
    _, gateway = logged_in(scene=scene)
    return scene, service_of(catalogue().find("prospects"), Blocking(scene), gateway)


PEOPLE = st.dictionaries(st.integers(1, 40), st.integers(0, 5), max_size=20)
CHANGES = st.lists(st.tuples(st.sampled_from(["", "create", "delete", "refuse"]), st.integers(0, 30)), max_size=25)
SIZES = st.integers(1, 6)


@given(PEOPLE, SIZES, SIZES, SIZES, CHANGES, st.booleans(), st.none() | st.integers(0, 25))
def test_by_id(
    people: dict[int, int],
    ceiling: int,
    short: int,
    page_size: int,
    changes: list[tuple[str, int]],
    backwards: bool,
    limit: int | None,
) -> None:
    scene, prospects = service(people, ceiling, short, changes)
    found = prospects.query("id", order_by="-id" if backwards else "id", page_size=page_size, limit=limit)
    numbers = [record["id"] for record in found]
    assert numbers == sorted(set(numbers), reverse=backwards)
    throughout = sorted(set(people) - scene.deleted, reverse=backwards)
    if limit is None:
        assert [number for number in numbers if number in set(throughout)] == throughout
    else:
        assert len(numbers) <= limit
        assert len(numbers) == limit or set(throughout) <= set(numbers)
    assert set(numbers) <= set(people) | scene.created


@given(PEOPLE, SIZES, SIZES, SIZES, CHANGES, st.booleans())
def test_by_a_date_that_many_share(
    people: dict[int, int], ceiling: int, short: int, page_size: int, changes: list[tuple[str, int]], backwards: bool
) -> None:
    scene, prospects = service(people, ceiling, short, changes)
    found = prospects.query("id", order_by="updatedAt DESC" if backwards else "updatedAt", page_size=page_size)
    numbers: list[int] = []
    failure = None
    try:
        numbers.extend(record["id"] for record in found)
    except (OperationalError, InvalidRequestError) as error:
        failure = error
    assert len(numbers) == len(set(numbers))
    if failure is None:
        assert set(people) - scene.deleted <= set(numbers)
        return
    assert failure.rows_given == len(numbers)
    if isinstance(failure, OperationalError):
        # Only more records of one second than a sequence has are out of reach.
        most = max((list(people.values()).count(second) for second in people.values()), default=0)
        assert most + len(scene.created) >= ceiling
    else:
        assert [change for change, _ in changes].count("refuse") > 1
