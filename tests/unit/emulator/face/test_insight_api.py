"""Calculated insights. Source: wire spec, calculated-insights §1-7; values by arithmetic on `people.ORDERS`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from .people import ADA, ORDERS, People

OpenPeople = Callable[..., People]
DAILY = "/api/v1/insight/calculated-insights/Daily__cio"


def sums(key: Callable[[tuple[str, str, str, str]], object]) -> dict[object, tuple[float, float, int]]:
    """Of the orders by key: their total, the largest, and how many they are."""
    groups: dict[object, list[Decimal]] = defaultdict(list)
    for order in ORDERS:
        groups[key(order)].append(Decimal(order[3]))
    return {name: (float(sum(amounts)), float(max(amounts)), len(amounts)) for name, amounts in groups.items()}


def measured(row: dict[str, Any]) -> tuple[float, float, int]:
    return row["Total__c"], row["Largest__c"], row["Orders__c"]


def test_metadata(people: People) -> None:
    listed = people.get("/api/v1/insight/metadata").json()["metadata"]
    assert {item["name"] for item in listed} == {"Daily__cio", "Spend__cio", "Whole__cio"}
    (daily,) = people.get("/api/v1/insight/metadata/Daily__cio").json()["metadata"]
    assert daily == {
        "name": "Daily__cio",
        "displayName": "Daily",
        "dimensions": [
            {"name": "Id__c", "displayName": "Id", "type": "STRING"},
            {"name": "Kind__c", "displayName": "Kind", "type": "STRING"},
            {"name": "Day__c", "displayName": "Day", "type": "DATE"},
        ],
        "measures": [
            {"name": "Total__c", "displayName": "Total", "type": "NUMBER", "rollupable": True},
            {"name": "Largest__c", "displayName": "Largest", "type": "NUMBER", "rollupable": True},
            {"name": "Orders__c", "displayName": "Orders", "type": "NUMBER", "rollupable": True},
            {"name": "Mean__c", "displayName": "Mean", "type": "NUMBER", "rollupable": False},
        ],
        "relationships": [
            {"fromEntity": "Person__dlm", "toEntity": "Daily__cio"},
            {"fromEntity": "Order__dlm", "toEntity": "Daily__cio"},
        ],
        "partitionBy": "Day__c",
    }
    assert people.refusal("/api/v1/insight/metadata/Nope__cio")[0] == 404
    assert people.refusal("/api/v1/insight/metadata/Person__dlm")[0] == 404


def test_all_columns_as_they_are_stored(people: People) -> None:
    found = people.get(DAILY, params={"orderby": "Day__c,Kind__c"}).json()
    assert found["done"] is True
    assert list(found["data"][0]) == ["Id__c", "Kind__c", "Day__c", "Total__c", "Largest__c", "Orders__c", "Mean__c"]
    assert [(row["Id__c"], row["Day__c"], row["Kind__c"], row["Mean__c"]) for row in found["data"]] == [
        (who, day, kind, float(amount)) for who, day, kind, amount in ORDERS
    ]


@pytest.mark.parametrize(
    ("parameters", "key"),
    [
        ({"dimensions": "Id__c"}, lambda order: (order[0],)),
        ({"dimensions": "Kind__c"}, lambda order: (order[2],)),
        ({"dimensions": "Kind__c,Id__c"}, lambda order: (order[2], order[0])),
        ({"dimensions": "Day__c", "timeGranularity": "MONTH"}, lambda order: (f"{order[1][:7]}-01",)),
        ({"dimensions": "Day__c", "timeGranularity": "YEAR"}, lambda order: (f"{order[1][:4]}-01-01",)),
        ({"dimensions": "Day__c", "timeGranularity": "DAY"}, lambda order: (order[1],)),
        ({"dimensions": "Day__c", "timeGranularity": "HOUR"}, lambda order: (order[1],)),
        (
            {"dimensions": "Day__c", "timeGranularity": "QUARTER"},
            lambda order: (f"{order[1][:4]}-{(int(order[1][5:7]) - 1) // 3 * 3 + 1:02}-01",),
        ),
        ({"timeGranularity": "YEAR"}, lambda order: (order[0], order[2], f"{order[1][:4]}-01-01")),
    ],
)
def test_measures_are_rolled_up(
    people: People, parameters: dict[str, str], key: Callable[[tuple[str, str, str, str]], object]
) -> None:
    found = people.rows(DAILY, measures="Total__c,Largest__c,Orders__c", **parameters)
    names = parameters.get("dimensions", "Id__c,Kind__c,Day__c").split(",")
    assert {tuple(row[name] for name in names): measured(row) for row in found} == sums(key)
    assert len(found) == len(sums(key))


def test_a_filter_on_what_is_not_asked_for_and_on_a_measure(people: People) -> None:
    ada = people.rows(DAILY, dimensions="Kind__c", measures="Total__c", filters=f"[Id__c={ADA}]", orderby="-Total__c")
    assert ada == [{"Kind__c": "web", "Total__c": 11.25}, {"Kind__c": "shop", "Total__c": 10.5}]
    assert [row["Day__c"] for row in people.rows(DAILY, filters="[Total__c=20]")] == ["2025-12-31"]
    assert [row["Total__c"] for row in people.rows(DAILY, filters="[Day__c=2025-02-28 00:00:00]")] == [1]
    assert people.rows(DAILY, filters="[Kind__c=WEB]") == []


def test_pages(people: People) -> None:
    pages = [
        people.get(DAILY, params={"orderby": "Total__c", "limit": 4, "offset": offset}).json() for offset in (0, 4)
    ]
    assert [page["done"] for page in pages] == [False, True]
    totals = [row["Total__c"] for page in pages for row in page["data"]]
    assert totals == sorted(float(amount) for *_, amount in ORDERS)


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"dimensions": "Nope__c"}, 422),
        ({"dimensions": "Total__c"}, 422),
        ({"measures": "Kind__c"}, 422),
        ({"filters": "[Nope__c=1]"}, 422),
        ({"orderby": "Nope__c"}, 422),
        ({"filters": "[Total__c=x]"}, 400),
        ({"filters": "Kind__c=web"}, 400),
        ({"dimensions": ",".join(f"D{n}" for n in range(11))}, 400),
        ({"measures": ",".join(f"M{n}" for n in range(6))}, 400),
        ({"dimensions": "Kind__c"}, 400),  # all measures, of which the mean does not roll up
        ({"dimensions": "Kind__c", "measures": "Mean__c"}, 400),
        ({"dimensions": "Kind__c", "measures": "Total__c", "orderby": "Day__c"}, 400),
        ({"timeGranularity": "WEEK"}, 400),
        ({"timeGranularity": "month"}, 400),
        ({"timeGranularity": "DAY", "dimensions": "Kind__c", "measures": "Total__c"}, 400),
        ({"limit": 5000}, 400),
        ({"offset": "x"}, 400),
    ],
)
def test_what_is_refused(people: People, parameters: dict[str, object], status: int) -> None:
    assert people.refusal(DAILY, **parameters)[0] == status


def test_an_insight_that_is_not_there(people: People) -> None:
    assert people.refusal("/api/v1/insight/calculated-insights/Nope__cio")[0] == 404
    assert people.refusal("/api/v1/insight/calculated-insights/Daily")[0] == 404
    assert people.refusal("/api/v1/insight/calculated-insights/Person__dlm")[0] == 404


@pytest.mark.parametrize(
    "path", ["/api/v1/insight/calculated-insight/Daily__cio", "/api/v1/insights/calculated-insights/Daily__cio"]
)
def test_misprinted_paths_answer_by_quirk_only(people: People, open_people: OpenPeople, path: str) -> None:
    assert people.get(path).status_code == 404
    assert len(open_people(insight_path_aliases=True).rows(path)) == len(ORDERS)


def test_other_readings_by_quirk(open_people: OpenPeople) -> None:
    path = "/api/v1/insight/metadata/Daily__cio"
    body = open_people(omit_rollupable=True, metadata_as_object=True).get(path).json()["metadata"]
    assert all(set(measure) == {"name", "displayName", "type"} for measure in body["measures"])
    eleven = ",".join(f"D{n}" for n in range(11))
    assert open_people(insight_caps=False).refusal(DAILY, dimensions=eleven)[0] == 422
    assert open_people(insight_limit=3).get(DAILY).json()["done"] is False
