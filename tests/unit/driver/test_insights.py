"""The Calculated Insights API in scripted conversations. Source: wire spec, calculated-insights."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.errors import ProgrammingError, ProtocolError
from datacloud_dbapi.services.insights import Insights
from tests.unit.driver.services_script import SPEND, Awaited, awaited, described, on_stage, rows, scripted, sent

PATH = "/api/v1/insight/calculated-insights/Demo_Spend__cio"
DAY = dt.datetime(2031, 1, 2, tzinfo=dt.timezone.utc)


def test_the_descriptions() -> None:
    scene, insights = on_stage(Insights, described(SPEND), described(SPEND))
    (listed,) = insights.list()
    assert insights.describe("Demo_Spend__cio") == listed
    assert [(field.name, field.role, field.rollupable) for field in listed.fields] == [
        ("CustomerId__c", "dimension", None),
        ("OrderDay__c", "dimension", None),
        ("Total__c", "measure", True),
        ("Orders__c", "measure", None),  # it may be missing
    ]
    assert [sent(scene, number)[0] for number in (0, 1)] == [
        "/api/v1/insight/metadata",
        "/api/v1/insight/metadata/Demo_Spend__cio",
    ]


def test_the_whole_insight_is_asked_for_without_its_columns_names() -> None:
    scene, insights = on_stage(
        Insights,
        described(SPEND),
        rows({"CustomerId__c": "c-01", "OrderDay__c": "2031-01-02T00:00:00.000Z", "Total__c": 120.5, "Orders__c": 2}),
    )
    assert insights.query("Demo_Spend__cio").all() == [
        {"CustomerId__c": "c-01", "OrderDay__c": DAY, "Total__c": Decimal("120.5"), "Orders__c": Decimal(2)}
    ]
    assert sent(scene) == (PATH, {"orderby": "CustomerId__c ASC,OrderDay__c ASC", "limit": "4999"})


def test_every_parameter() -> None:
    scene, insights = on_stage(Insights, described(SPEND), rows(done=False))
    found = insights.query(
        "Demo_Spend__cio",
        ["orderday__c"],
        "Total__c",
        {"CustomerId__c": "c-01"},
        "quarter",
        "Total__c DESC",
        limit=3,
        offset=1,
        page_size=2,
    )
    assert found.all() == []
    assert sent(scene) == (
        PATH,
        {
            "dimensions": "OrderDay__c",
            "measures": "Total__c",
            "filters": "[CustomerId__c=c-01]",
            "timeGranularity": "QUARTER",
            # Whether the dimension left out is added up is not documented: with the measures the order is total anyway.
            "orderby": "Total__c DESC,OrderDay__c ASC",
            "limit": "2",
            "offset": "1",
        },
    )


def test_dimensions_alone_come_with_every_measure() -> None:
    _, insights = on_stage(Insights, described(SPEND), rows({"CustomerId__c": "c-01", "Total__c": 1}))
    assert insights.query("Demo_Spend__cio", ["CustomerId__c"]).all() == [
        {"CustomerId__c": "c-01", "Total__c": Decimal(1), "Orders__c": None}
    ]


def test_a_part_of_the_dimensions_may_not_tell_rows_apart() -> None:
    # Whether a dimension that is left out is added up is not documented: a service may give a row for each of its
    # values, and pages that are the same.
    page = rows({"CustomerId__c": "c-0", "Total__c": 1}, {"CustomerId__c": "c-0", "Total__c": 1}, done=False)
    scene, insights = on_stage(Insights, described(SPEND), page, page, rows())
    assert len(insights.query("Demo_Spend__cio", "CustomerId__c", "Total__c", page_size=2).all()) == 4
    assert sent(scene)[1]["orderby"] == "CustomerId__c ASC,Total__c ASC"


@pytest.mark.parametrize("dimensions", ["CustomerId__c", None])
def test_a_service_that_does_not_hear_the_offset_is_no_endless_loop(dimensions: str | None) -> None:
    page = rows({"CustomerId__c": "c-0", "Total__c": 1}, {"CustomerId__c": "c-0", "Total__c": 2}, done=False)
    _, insights = on_stage(Insights, described(SPEND), page, page)
    with pytest.raises(ProtocolError, match="same as the one before"):
        insights.query("Demo_Spend__cio", dimensions, "Total__c", page_size=2).all()


@pytest.mark.parametrize("done", [False, None])
def test_pages(done: bool | None) -> None:
    page = [{"CustomerId__c": f"c-{n}"} for n in range(3)]
    scene, insights = on_stage(Insights, described(SPEND), rows(*page[:2], done=done), rows(page[2], done=done), rows())
    found = insights.query("Demo_Spend__cio", "CustomerId__c", "Total__c", page_size=2)
    assert [record["CustomerId__c"] for record in found] == ["c-0", "c-1", "c-2"]
    assert [sent(scene, number)[1].get("offset") for number in (1, 2, 3)] == [None, "2", "3"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"dimensions": ["Total__c"]}, None),  # a measure is no dimension
        ({"dimensions": ["CustomerID"]}, "did you mean 'CustomerId__c'?"),
        ({"measures": []}, "leave it out for all of them"),
        ({"filters": {"Custmer__c": 1}}, "did you mean 'CustomerId__c'?"),
        ({"time_granularity": "WEEK"}, "one of HOUR, DAY, MONTH, QUARTER, YEAR"),
    ],
)
def test_what_is_refused(words: dict[str, Any], hint: str | None) -> None:
    scene, insights = on_stage(Insights, described(SPEND))
    with pytest.raises(ProgrammingError) as caught:
        insights.query("Demo_Spend__cio", **words)
    if hint is not None:
        assert caught.value.hint == hint
    assert len(scene.requests) == 1


def test_more_columns_than_older_pages_allow_are_asked_for_with_a_warning() -> None:
    names = [f"D{n}__c" for n in range(11)]
    wide = {**SPEND, "dimensions": [{"name": name, "type": "STRING"} for name in names]}
    scene, insights = on_stage(Insights, described(wide), rows(), rows())
    with pytest.warns(UserWarning, match="no more than 10 dimensions"):
        insights.query("Demo_Spend__cio", names)
    assert sent(scene)[1]["dimensions"] == ",".join(names)
    insights.query("Demo_Spend__cio")  # all of them, by naming none
    assert "dimensions" not in sent(scene)[1]


def test_the_same_awaited() -> None:
    async def main() -> None:
        scene, gateway = scripted(described(SPEND), described(SPEND), rows({"CustomerId__c": "c-01"}))
        insights: Any = Insights(Awaited(scene), gateway)
        assert await insights.list() == [await insights.describe("Demo_Spend__cio")]
        found = await insights.query("Demo_Spend__cio", "CustomerId__c", "Total__c")
        assert [record async for record in found] == [{"CustomerId__c": "c-01", "Total__c": None}]

    awaited(main())
