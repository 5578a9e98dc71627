"""The sample org over the APIs beside SQL: one customer's profile, contact points, insight, source records and graph.

Expected values are computed in Python from the Parquet files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.store import Store

from .face.client import Face
from .sample_org_rows import CATALOG, by_key, grouped, rows

UNIFIED = "/api/v1/profile/UnifiedIndividual__dlm"
GRAPH = "/api/v1/dataGraph/CustomerProfile_DG"
LINK = "IndividualIdentityLink__dlm"


@pytest.fixture(scope="module")
def face() -> Iterator[Face]:
    with Engine() as engine, Store(engine) as store:
        yield Face(store)


@pytest.fixture(scope="module")
def customer() -> str:
    """The unified individual with the most source records, the first of them by id."""
    links = grouped(LINK, "UnifiedRecordId__c")
    most: str = min(links, key=lambda unified: (-len(links[unified]), unified))
    return most


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def spelled(value: Any) -> Any:
    """A cell as these APIs write it."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
    return value if value is None or isinstance(value, (str, bool, int, Decimal)) else value.isoformat()


def shown(row: dict[str, Any], fields: Any) -> dict[str, Any]:
    return {name: spelled(row[name]) for name in fields}


def test_the_profile_by_id_and_by_secondary_key(face: Face, customer: str) -> None:
    person = by_key("UnifiedIndividual__dlm", "ssot__Id__c")[customer]
    fields = ",".join(person)
    answer = exact(face.get(f"{UNIFIED}/{customer}", params={"fields": fields}).text)
    assert answer == {"data": [shown(person, person)], "done": True}
    name = person["ssot__LastName__c"]
    namesakes = grouped("UnifiedIndividual__dlm", "ssot__LastName__c")[name]
    parameters = {"searchKey": "ssot__LastName__c", "fields": fields, "orderby": "ssot__Id__c"}
    found = exact(face.get(f"{UNIFIED}/{quote(name, safe='')}", params=parameters).text)["data"]
    assert found == [shown(row, row) for row in sorted(namesakes, key=lambda row: row["ssot__Id__c"])]


def test_its_contact_points(face: Face, customer: str) -> None:
    own = grouped("UnifiedContactPointEmail__dlm", "ssot__PartyId__c")[customer]
    found = face.get(f"{UNIFIED}/{customer}/UnifiedContactPointEmail__dlm", params={"orderby": "ssot__Id__c"}).json()
    assert [row["ssot__EmailAddress__c"] for row in found["data"]] == [
        row["ssot__EmailAddress__c"] for row in sorted(own, key=lambda row: row["ssot__Id__c"])
    ]


def test_its_insight(face: Face, customer: str) -> None:
    owner = {row["SourceRecordId__c"]: row["UnifiedRecordId__c"] for row in rows(LINK)}
    orders = [
        row
        for row in rows("ssot__SalesOrder__dlm")
        if owner[row["ssot__SoldToCustomerId__c"]] == customer and row["ssot__SalesOrderStatusId__c"] != "Cancelled"
    ]
    answer = exact(face.get(f"{UNIFIED}/{customer}/calculated-insights/CustomerLifetimeValue__cio").text)
    expected = {
        "UnifiedIndividualId__c": customer,
        "TotalSpend__c": sum(row["ssot__GrandTotalAmount__c"] for row in orders),
        "OrderCount__c": len(orders),
        "LastOrderDate__c": max((spelled(row["ssot__PurchaseOrderDate__c"]) for row in orders), default=None),
    }
    assert answer == {"data": [expected] if orders else [], "done": True}


def test_its_source_records(face: Face, customer: str) -> None:
    links = grouped(LINK, "UnifiedRecordId__c")[customer]
    assert len(links) > 1
    wanted = ("SourceRecordId__c", "UnifiedRecordId__c", "ssot__DataSourceId__c", "ssot__DataSourceObjectId__c")
    for link in links:
        keys = (link["ssot__DataSourceId__c"], link["ssot__DataSourceObjectId__c"], link["SourceRecordId__c"])
        path = "/".join(quote(key, safe="") for key in keys)
        found = face.get(f"/api/v1/universalIdLookup/{LINK}/{path}").json()["data"]
        assert found[0] == shown(link, wanted)
        assert sorted(found, key=str) == sorted((shown(row, wanted) for row in links), key=str)


def test_its_data_graph(face: Face, customer: str) -> None:
    def document(node: Any, row: dict[str, Any]) -> dict[str, Any]:
        body = shown(row, node.fields)
        for child in node.related:
            ties = {
                "IndividualIdentityLink__dlm": ("UnifiedRecordId__c", "ssot__Id__c"),
                "ssot__Individual__dlm": ("ssot__Id__c", "SourceRecordId__c"),
            }.get(child.object, ("ssot__PartyId__c", "ssot__Id__c"))
            below = grouped(child.object, ties[0])[row[ties[1]]]
            first = "SourceRecordId__c" if child.object == LINK else "ssot__Id__c"
            body[child.object] = [document(child, each) for each in sorted(below, key=lambda each: each[first])]
        return body

    root = CATALOG.data_graphs["CustomerProfile_DG"].root
    expected = document(root, by_key("UnifiedIndividual__dlm", "ssot__Id__c")[customer])
    (row,) = face.get(f"{GRAPH}/{customer}").json()["data"]
    assert exact(row["json_blob__c"]) == expected
    (link, *_) = grouped(LINK, "UnifiedRecordId__c")[customer]
    keys = f"[{LINK}.SourceRecordId__c={link['SourceRecordId__c']}]"
    assert face.get(GRAPH, params={"lookupKeys": keys}).json()["data"] == [row]
