"""Metadata API. Source: wire spec, metadata §2 and §8."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import httpx
import pytest

from datacloud_emulator.api.metadata import entity
from datacloud_emulator.catalog import Catalog, CatalogColumn, CatalogObject, ObjectKind
from datacloud_emulator.doors.http import HttpDoor
from datacloud_emulator.engine.sql_types import SqlType
from datacloud_emulator.store import Store

from .client import Face

OpenFace = Callable[..., Face]
ALL = {
    "ssot__Individual__dlm",
    "ssot__SalesOrder__dlm",
    "Orders_Home__dll",
    "Segment_SM_1__dlm",
    "Spend__cio",
}
ORDER_TO_PERSON = {
    "fromEntity": "ssot__SalesOrder__dlm",
    "toEntity": "ssot__Individual__dlm",
    "fromEntityAttribute": "ssot__SoldToCustomerId__c",
    "toEntityAttribute": "ssot__Id__c",
    "cardinality": "NTOONE",
}


def entities(face: Face, dataspace: str | None = None, **filters: str) -> dict[str, dict[str, Any]]:
    answer = face.get("/api/v1/metadata", params=filters, dataspace=dataspace)
    assert answer.status_code == 200
    assert set(answer.json()) == {"metadata"}
    return {item["name"]: item for item in answer.json()["metadata"]}


def test_a_data_model_object(face: Face) -> None:
    person = entities(face)["ssot__Individual__dlm"]
    assert person == {
        "fields": [
            {"name": "KQ_Id__c", "displayName": "Key Qualifier Id", "type": "STRING", "businessType": "TEXT"},
            {"name": "ssot__BirthDate__c", "displayName": "Birth Date", "type": "DATE", "businessType": "DATE"},
            {
                "name": "ssot__Id__c",
                "displayName": "Individual Id",
                "type": "STRING",
                "keyQualifier": "KQ_Id__c",
                "businessType": "TEXT",
            },
            {"name": "ssot__LastName__c", "displayName": "Last Name", "type": "STRING", "businessType": "TEXT"},
        ],
        "indexes": [{"fields": [{"name": "ssot__LastName__c", "type": "STRING"}]}],
        "category": "Profile",
        "name": "ssot__Individual__dlm",
        "displayName": "Person",
        "relationships": [ORDER_TO_PERSON],
        "primaryKeys": [{"name": "ssot__Id__c", "displayName": "Individual Id", "indexOrder": "1"}],
        "referenceModelEntityDeveloperName": "Individual",
    }


def test_the_other_side_of_a_relationship_and_a_key_of_two(face: Face) -> None:
    order = entities(face)["ssot__SalesOrder__dlm"]
    assert ORDER_TO_PERSON in order["relationships"]
    assert [(key["name"], key["indexOrder"]) for key in order["primaryKeys"]] == [
        ("ssot__Id__c", "1"),
        ("ssot__SoldToCustomerId__c", "2"),
    ]
    assert {field["name"]: field["type"] for field in order["fields"]} == {
        "ssot__Id__c": "STRING",
        "ssot__SoldToCustomerId__c": "STRING",
        "ssot__GrandTotalAmount__c": "NUMBER",
        "ssot__CreatedDate__c": "DATE_TIME",
        "Paid__c": "BOOLEAN",
    }
    assert "referenceModelEntityDeveloperName" not in order


def test_a_data_lake_object(face: Face) -> None:
    orders = entities(face)["Orders_Home__dll"]
    assert set(orders) == {"fields", "category", "name", "displayName", "primaryKeys"}
    assert (orders["primaryKeys"], orders["displayName"]) == ([], "Orders_Home")


def test_a_calculated_insight(face: Face) -> None:
    spend = entities(face)["Spend__cio"]
    assert set(spend) == {"name", "displayName", "dimensions", "measures", "relationships", "partitionBy"}
    assert [(item["name"], item["type"]) for item in spend["dimensions"]] == [("CustomerId__c", "STRING")]
    assert spend["measures"] == [
        {
            "name": "Total__c",
            "displayName": "Total spend",
            "type": "NUMBER",
            "businessType": "NUMBER",
            "rollupable": True,
        }
    ]
    assert spend["relationships"] == [{"fromEntity": "ssot__SalesOrder__dlm", "toEntity": "Spend__cio"}]
    assert spend["partitionBy"] == "CustomerId__c"


@pytest.mark.parametrize("path", ["/api/v1/metadata", "/api/v1/metadata/"])
def test_both_spellings_of_the_path(face: Face, path: str) -> None:
    answer = face.get(path)
    assert answer.status_code == 200
    assert {item["name"] for item in answer.json()["metadata"]} == ALL


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ALL),
        ({"entityType": ""}, ALL),
        ({"unknown": "x"}, ALL),
        ({"entityType": "DataLakeObject"}, {"Orders_Home__dll"}),
        ({"entityType": "CalculatedInsight"}, {"Spend__cio"}),
        (
            {"entityType": "DataModelObject"},
            {"ssot__Individual__dlm", "ssot__SalesOrder__dlm", "Segment_SM_1__dlm"},
        ),
        ({"entityCategory": "Engagement"}, {"ssot__SalesOrder__dlm", "Orders_Home__dll"}),
        ({"entityCategory": "Segment_Membership"}, {"Segment_SM_1__dlm"}),
        ({"entityName": "ssot__Individual__dlm"}, {"ssot__Individual__dlm"}),
        ({"entityType": "DataModelObject", "entityCategory": "Engagement"}, {"ssot__SalesOrder__dlm"}),
        ({"entityType": "DataLakeObject", "entityName": "ssot__Individual__dlm"}, set()),
        ({"entityCategory": "Related"}, set()),
        ({"entityType": "CalculatedInsights"}, set()),
        ({"entityType": "datamodelobject"}, set()),
        ({"entityName": "SSOT__INDIVIDUAL__DLM"}, set()),
        ({"entityName": "ssot__%"}, set()),
    ],
)
def test_filters(face: Face, filters: dict[str, str], names: set[str]) -> None:
    assert set(entities(face, **filters)) == names


def test_a_token_sees_its_own_data_space(face: Face) -> None:
    assert set(entities(face, dataspace="emea")) == {"Only_Emea__dlm"}


def test_an_old_org_by_quirk(open_face: OpenFace) -> None:
    found = entities(open_face(old_org_metadata=True))
    for name in ALL - {"Spend__cio"}:
        assert "primaryKeys" not in found[name]
        assert all(set(field) <= {"name", "type", "keyQualifier"} for field in found[name]["fields"])
    assert "displayName" in found["ssot__Individual__dlm"]


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("VARCHAR(10)", "STRING"),
        ("CHAR(3)", "STRING"),
        ("TIME", "STRING"),
        ("BYTEA", "STRING"),
        ("JSON", "STRING"),
        ("SMALLINT", "NUMBER"),
        ("NUMERIC(38,18)", "NUMBER"),
        ("DOUBLE PRECISION", "NUMBER"),
        ("DATE", "DATE"),
        ("TIMESTAMP", "DATE_TIME"),
        ("TIMESTAMP WITH TIME ZONE", "DATE_TIME"),
        ("BOOLEAN", "BOOLEAN"),
        ("REAL[]", "ARRAY"),
    ],
)
def test_field_types(sql: str, word: str) -> None:
    column = CatalogColumn("v", "V", SqlType.parse(sql))
    item = CatalogObject("X", "X", ObjectKind.DATA_LAKE_OBJECT, "Related", (column,))
    assert entity(item)["fields"] == [
        {"name": "v", "displayName": "V", "type": word, "businessType": "TEXT" if word == "STRING" else word}
    ]


class ManyObjects:
    """A store with one data space of 1,500 objects, and no engine."""

    def __init__(self) -> None:
        columns = tuple(CatalogColumn(f"Column_{n}__c", f"Column {n}", SqlType("varchar")) for n in range(20))
        self.catalog = Catalog(
            CatalogObject(f"Object_{n}__dlm", f"Object {n}", ObjectKind.DATA_MODEL_OBJECT, "Related", columns)
            for n in range(1_500)
        )

    def dataspace(self, name: str) -> ManyObjects:
        return self


@pytest.mark.sockets
def test_a_large_document_goes_out_whole_in_chunks_and_zipped() -> None:
    face = Face(cast(Store, ManyObjects()))
    door = HttpDoor(0)
    try:
        door.open(face.app)
        url = f"{door.origin}/api/v1/metadata"
        headers = {"Authorization": f"Bearer {face.token()}", "Accept-Encoding": "gzip"}
        answer = httpx.get(url, headers=headers)
    finally:
        door.close()
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert len(answer.content) > 2_000_000
    assert [item["name"] for item in answer.json()["metadata"]] == [f"Object_{n}__dlm" for n in range(1_500)]
