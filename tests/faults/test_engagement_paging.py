"""A query of Account Engagement never ends silently at the ceiling of 100,000 records, nor with its page tokens.

Here the ceiling is low; `tests/contract/engagement/test_a_quarter_million.py` goes through the real one.
Source: wire spec, account-engagement §6-6.1, §8; faults E6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from datacloud_dbapi.engagement import connect
from datacloud_dbapi.engagement.client import Engagement
from datacloud_dbapi.errors import OperationalError
from datacloud_emulator import Emulator
from datacloud_emulator.engagement.settings import EngagementSettings
from tests.contract.engagement.faces import FACES, Client, client, unit_params

COUNT, CEILING = 1_500, 100
SAME = "2026-03-04T05:06:07+00:00"
# Of every record, so that they leave out none.
ROUNDABOUT = {"createdAtAfter": "2020-01-01T00:00:00+00:00", "userIdIsNull": True}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Its sequences end at 100 records; 1,500 prospects, of whom 40 share each second of their last change."""
    settings = EngagementSettings(sample=False, sequence_ceiling=CEILING)
    with Emulator(sql=False, engagement=settings) as running:
        people = (
            {"email": f"p{n}@example.test", "updatedAt": 1_760_000_000 + n // 40, "isDeleted": n % 50 == 3}
            for n in range(COUNT)
        )
        running.engagement.load("Prospect", people)
        yield running


@pytest.fixture(params=FACES)
def ae(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Client]:
    with client(emulator, request.param) as made:
        yield made


@pytest.fixture
def blocking(emulator: Emulator) -> Iterator[Engagement]:
    with connect(**unit_params(emulator), http_transport=emulator.http_transport) as made:
        yield made


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


@pytest.mark.fault("E6")
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"order_by": "-id", "page_size": 30},
        {"order_by": "updatedAt", "page_size": 30},
        {"order_by": "updatedAt DESC"},
        {"deleted": "all", "filters": {"idGreaterThan": 5, "idLessThanOrEqualTo": 1_400}},
        {"deleted": True, "filters": {"updatedAtAfter": "2020-01-01T00:00:00+00:00"}},
        {"limit": 734, "page_size": 50},
    ],
    ids=["id", "id-descending", "date", "date-descending", "bounds", "bin", "limit"],
)
def test_everything_is_read_past_the_ceiling(ae: Client, emulator: Emulator, asked: dict[str, Any]) -> None:
    rows = emulator.engagement.rows("Prospect", deleted=str(asked.get("deleted", False)).lower())
    if "idGreaterThan" in asked.get("filters", {}):
        rows = [row for row in rows if 5 < row["id"] <= 1_400]
    key = "updatedAt" if "updatedAt" in asked.get("order_by", "") else "id"
    rows.sort(key=lambda row: row[key], reverse="DESC" in asked.get("order_by", "") or "-" in asked.get("order_by", ""))
    rows = rows[: asked.get("limit")]
    found = ae.all(lambda c: c.prospects.query("id,updatedAt", **asked))
    assert [record[key] for record in found] == [row[key] for row in rows]
    assert sorted(numbers(found)) == sorted(numbers(rows))


@pytest.mark.fault("E6")
@pytest.mark.parametrize(
    ("order", "filters", "why"),
    [
        ("lastActivityAt", {}, "the last of them has no lastActivityAt"),
        ("-lastActivityAt", {}, "the last of them has no lastActivityAt"),
        ("updatedAt", {"updatedAt": SAME}, "all of them have one and the same updatedAt"),
        ("updatedAt", {"updatedAtAfterOrEqualTo": SAME}, "more of them than that have one and the same updatedAt"),
        ("updatedAt", {"idGreaterThan": 0, **ROUNDABOUT}, "3 other fields are filtered already"),
    ],
)
def test_where_the_rest_is_out_of_reach_it_says_so(
    blocking: Engagement, emulator: Emulator, order: str, filters: dict[str, Any], why: str
) -> None:
    emulator.engagement.load("Prospect", ({"email": f"same{n}@example.test", "updatedAt": SAME} for n in range(150)))
    found = blocking.prospects.query("id", order_by=order, filters=filters)
    given: list[int] = []
    with pytest.raises(OperationalError, match=why) as failure:
        given.extend(record["id"] for record in found)
    assert failure.value.rows_given == len(given) == len(set(given)) == CEILING
    assert "order by id" in str(failure.value)


@pytest.mark.fault("E6")
def test_records_come_and_go_meanwhile(blocking: Engagement, emulator: Emulator) -> None:
    before = set(numbers(emulator.engagement.rows("Prospect", deleted="false")))
    store = emulator.engagement.unit().store
    found, deleted = [], set()
    records = blocking.prospects.query("id", page_size=40)
    for place, record in enumerate(records):
        found.append(record["id"])
        assert len(records._listing.ready) < 40, "one page at a time"
        if place % 25 == 0:
            # One far ahead, one that was given, one of the next page; and a new one.
            for number in (1_490 - place, record["id"], record["id"] + 60):
                if number in before:
                    store.remove("Prospect", number)
                    deleted.add(number)
            store.insert("Prospect", {"email": f"new{place}@example.test"})
    assert found == sorted(set(found))
    assert before - deleted <= set(found)
    assert max(found) > COUNT, "and those that were created at the end"


@pytest.mark.fault("E6")
@pytest.mark.parametrize("code", [5, 51, 109])
def test_a_token_that_has_run_out_is_no_end_either(blocking: Engagement, emulator: Emulator, code: int) -> None:
    emulator.engagement.settings.dead_token_code = code
    found = []
    for place, record in enumerate(blocking.prospects.query("id", deleted="all", page_size=30)):
        found.append(record["id"])
        if place % 300 == 40:
            emulator.clock.advance(4 * 3600)
    assert found == numbers(emulator.engagement.rows("Prospect"))
