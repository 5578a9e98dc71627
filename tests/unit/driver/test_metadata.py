"""The Metadata API as records. Source: wire spec, metadata §2 (the sample is its §2.4)."""

from __future__ import annotations

import json
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.errors import InternalError, OperationalError
from datacloud_dbapi.flow.effects import Flow, Response
from datacloud_dbapi.flow.method import RunsFlows
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.services.metadata import Field, Index, KeyField, Metadata, Relationship, Table, read_tables
from tests.unit.driver.scripted import LOGIN, Answer, Stage, json_answer, stage, tenant_login

T = TypeVar("T")

INDIVIDUAL: dict[str, Any] = {
    "fields": [
        {
            "name": "ssot__Id__c",
            "displayName": "Individual Id",
            "type": "STRING",
            "keyQualifier": "KQ_Id__c",
            "businessType": "TEXT",
        },
        {"name": "KQ_Id__c", "displayName": "Key Qualifier Individual Id", "type": "STRING", "businessType": "TEXT"},
        {"name": "ssot__BirthDate__c", "displayName": "Birth Date", "type": "DATE_TIME", "businessType": "DATE_TIME"},
    ],
    "indexes": [{"fields": [{"name": "ssot__Id__c", "type": "STRING"}, {"name": "KQ_Id__c", "type": "STRING"}]}],
    "category": "Profile",
    "name": "ssot__Individual__dlm",
    "displayName": "Individual",
    "relationships": [
        {
            "fromEntity": "ssot__ContactPointEmail__dlm",
            "toEntity": "ssot__Individual__dlm",
            "fromEntityAttribute": "ssot__PartyId__c",
            "toEntityAttribute": "ssot__Id__c",
            "cardinality": "NTOONE",
        }
    ],
    "primaryKeys": [{"name": "ssot__Id__c", "displayName": "Individual Id", "indexOrder": "1"}],
    "referenceModelEntityDeveloperName": "Individual",
}
ORDERS: dict[str, Any] = {
    "fields": [{"name": "Id__c", "type": "STRING"}, {"name": "Amount__c", "displayName": "Amount", "type": "NUMBER"}],
    "category": "Engagement",
    "name": "Orders_Home__dll",
    "displayName": "Orders_Home",
    "primaryKeys": [
        {"name": "B__c", "displayName": "B", "indexOrder": "10"},
        {"name": "A__c", "displayName": "A", "indexOrder": "9"},
    ],
}
SPEND: dict[str, Any] = {
    "name": "Spend__cio",
    "displayName": "Spend",
    "dimensions": [{"name": "CustomerId__c", "displayName": "", "type": "STRING"}],
    "measures": [{"name": "Total__c", "displayName": "", "type": "NUMBER", "rollupable": True}],
    "relationships": [{"fromEntity": "Orders__dlm", "toEntity": "Spend__cio"}],
    "partitionBy": "CustomerId__c",
    "latestProcessTime": "1970-01-01T00:00:00.00000Z",
    "somethingNew": {"to": "ignore"},
}


def read(*entities: dict[str, Any]) -> list[Table]:
    return read_tables(json.dumps({"metadata": entities}).encode(), "GET /api/v1/metadata")


def test_a_model_object() -> None:
    assert read(INDIVIDUAL) == [
        Table(
            name="ssot__Individual__dlm",
            label="Individual",
            kind="DataModelObject",
            category="Profile",
            fields=(
                Field("ssot__Id__c", "Individual Id", "STRING", "KQ_Id__c", "TEXT"),
                Field("KQ_Id__c", "Key Qualifier Individual Id", "STRING", None, "TEXT"),
                Field("ssot__BirthDate__c", "Birth Date", "DATE_TIME", None, "DATE_TIME"),
            ),
            primary_key=(KeyField("ssot__Id__c", "Individual Id", 1),),
            relationships=(
                Relationship(
                    "ssot__ContactPointEmail__dlm",
                    "ssot__Individual__dlm",
                    "ssot__PartyId__c",
                    "ssot__Id__c",
                    "NTOONE",
                ),
            ),
            indexes=(Index(("ssot__Id__c", "KQ_Id__c")),),
            reference_model="Individual",
        )
    ]


def test_a_lake_object_of_an_old_org() -> None:
    (table,) = read(ORDERS)
    assert (table.kind, table.category) == ("DataLakeObject", "Engagement")
    assert [field.label for field in table.fields] == ["Id__c", "Amount"]  # no displayName: the name
    assert [key.name for key in table.primary_key] == ["A__c", "B__c"]  # order 9 before 10, though text


def test_a_calculated_insight() -> None:
    (table,) = read(SPEND)
    assert table.kind == "CalculatedInsight"
    assert table.fields == (
        Field("CustomerId__c", "CustomerId__c", "STRING", role="dimension"),
        Field("Total__c", "Total__c", "NUMBER", role="measure", rollupable=True),
    )
    assert table.relationships == (Relationship("Orders__dlm", "Spend__cio"),)
    assert (table.partition_by, table.latest_process_time) == ("CustomerId__c", "1970-01-01T00:00:00.00000Z")


@pytest.mark.parametrize(
    "form",
    [
        '{"metadata":[%s,%s]}',
        ' {\n"metadata" : [ %s\t,\r\n%s ] }\n',
        '{"more": [1], "metadata": [%s, %s]}',
        '{"metadata": [%s, %s], "more": {}}',
        '{"metadata": [0], "metadata": [%s, %s]}',
    ],
)
def test_the_same_whatever_stands_around_the_list(form: str) -> None:
    text = form % (json.dumps(INDIVIDUAL), json.dumps(SPEND, ensure_ascii=False))
    assert read_tables(text.encode(), "GET /api/v1/metadata") == read(INDIVIDUAL, SPEND)


def test_an_org_without_objects() -> None:
    assert read() == []


@pytest.mark.parametrize("body", [b'{"metadata": [', b'{"metadata": [{"name": "A__dlm"}', b"]}", b"<html>", b"\xff"])
def test_an_answer_that_ends_early_is_an_error(body: bytes) -> None:
    with pytest.raises(OperationalError):
        read_tables(body, "GET /api/v1/metadata")


@pytest.mark.parametrize("body", [b'{"metadata": [{"name": "A__dlm"}]} {}', b'{"metadata": [{"name": "A__dlm"},]}'])
def test_an_answer_with_more_than_belongs_there_is_an_error(body: bytes) -> None:
    with pytest.raises(OperationalError):
        read_tables(body, "GET /api/v1/metadata")


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b'{"metadata": {}}', b'{"metadata": [1]}', b'{"metadata":[{}]}']
)
def test_another_shape_is_an_error(body: bytes) -> None:
    with pytest.raises(InternalError):
        read_tables(body, "GET /api/v1/metadata")


class OnStage:
    def __init__(self, scene: Stage) -> None:
        self.scene = scene

    def run(self, flow: Flow[T]) -> T:
        return self.scene.run(flow)


def service(*answers: Answer) -> tuple[Stage, Metadata[RunsFlows]]:
    scene = stage([LOGIN, tenant_login(), *answers])
    tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), None, TrustedHosts())
    return scene, Metadata[RunsFlows](OnStage(scene), tokens, RetryPolicy(), 60.0)


def test_one_request_with_the_filters_that_were_given() -> None:
    scene, metadata = service(json_answer({"metadata": []}))
    assert metadata.tables("A&B__dlm", category="Profile", kind="DataModelObject") == []
    url = urlsplit(scene.requests[-1].url)
    assert (scene.requests[-1].method, url.path) == ("GET", "/api/v1/metadata")
    assert parse_qs(url.query) == {
        "entityName": ["A&B__dlm"],
        "entityCategory": ["Profile"],
        "entityType": ["DataModelObject"],
    }


def test_a_read_is_repeated_and_an_error_is_the_servers() -> None:
    scene, metadata = service(Response(502), json_answer({"metadata": [SPEND]}))
    assert [table.name for table in metadata.tables()] == ["Spend__cio"]
    assert len(scene.requests) == 4
    _, metadata = service(json_answer({"message": "no permission"}, 403))
    with pytest.raises(OperationalError, match="no permission"):
        metadata.tables()
