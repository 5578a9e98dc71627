"""The Data Graph API in scripted conversations, with both readings where sources disagree.

Source: wire spec, data-graphs (the samples are its §2 and §3).
"""

from __future__ import annotations

import html
import json
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.errors import ConnectionLostError, DataError, OperationalError, ProgrammingError, ProtocolError
from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.services.data_graphs import DataGraph, DataGraphs, GraphField, GraphObject, GraphPath
from tests.unit.driver.scripted import json_answer
from tests.unit.driver.services_script import Awaited, awaited, on_stage, rows, scripted, sent

LINK: dict[str, Any] = {
    "developerName": "UnifiedLinkDemo__dlm",
    "type": "DMO",
    "memberDmoName": "LinkDemo_FRAGMENT2__dlm",
    "fields": [
        {
            "developerName": "SourceRecordId__c",
            "dataType": "STRING",
            "keyCol": "true",
            "lookupCol": "false",
            "length": "1",
        }
    ],
    "paths": [{"fieldName": "UnifiedRecordId__c", "parentFieldName": "ssot__Id__c", "cardinality": "NTOONE"}],
}
ROOT: dict[str, Any] = {
    "developerName": "UnifiedDemoPerson__dlm",
    "type": "DMO",
    "memberDmoName": "DemoPerson_FRAGMENT1__dlm",
    "fields": [{"developerName": "ssot__Id__c", "dataType": "STRING", "keyCol": "true", "lookupCol": "false"}],
    "relatedObjects": [LINK],
}
METADATA: dict[str, Any] = {
    "developerName": "Demo_DG",
    "description": "",
    "dataspaceName": "default",
    "version": "1",
    "status": "READY",
    "primaryObjectName": "UnifiedDemoPerson__dlm",
    "primaryObjectType": "DMO",
    "valuesDmoName": "Demo_DG_VALUE__dlm",
    "idDmoName": "Demo_DG_ID__dlm",
    "object": ROOT,
    "somethingNew": 1,
}
DEFINITION = DataGraph(
    name="Demo_DG",
    dataspace="default",
    version="1",
    status="READY",
    primary_object="UnifiedDemoPerson__dlm",
    primary_object_type="DMO",
    values_table="Demo_DG_VALUE__dlm",
    id_table="Demo_DG_ID__dlm",
    root=GraphObject(
        "UnifiedDemoPerson__dlm",
        "DMO",
        "DemoPerson_FRAGMENT1__dlm",
        (GraphField("ssot__Id__c", "STRING", is_key=True),),
        children=(
            GraphObject(
                "UnifiedLinkDemo__dlm",
                "DMO",
                "LinkDemo_FRAGMENT2__dlm",
                (GraphField("SourceRecordId__c", "STRING", is_key=True, length=1),),
                (GraphPath("UnifiedRecordId__c", "ssot__Id__c", "NTOONE"),),
            ),
        ),
    ),
)

BLOB = (
    '{"ssot__Id__c":"u-1","Total__c":557.000000000000000000,"UnifiedLinkDemo__dlm":[{"SourceRecordId__c":"c-1",'
    '"ssot__Individual__dlm":[{"ssot__Id__c":"c-1","ssot__FirstName__c":"Ada & \\"<b>\\"","At__c":null}]}]}'
)
GRAPH = {
    "ssot__Id__c": "u-1",
    "Total__c": Decimal("557.000000000000000000"),
    "UnifiedLinkDemo__dlm": [
        {
            "SourceRecordId__c": "c-1",
            "ssot__Individual__dlm": [{"ssot__Id__c": "c-1", "ssot__FirstName__c": 'Ada & "<b>"', "At__c": None}],
        }
    ],
}
DIRECT = json.loads(BLOB, parse_float=float)


@pytest.mark.parametrize(
    "answer",
    [
        {"metadata": [METADATA]},
        {"metadata": METADATA},
        {
            "dataGraphMetadata": [
                {
                    **{
                        key: value
                        for key, value in METADATA.items()
                        if key not in ("object", "valuesDmoName", "idDmoName")
                    },
                    "dgObject": ROOT,
                    "valuesDmo": "Demo_DG_VALUE__dlm",
                    "idsDmo": "Demo_DG_ID__dlm",
                }
            ]
        },
    ],
    ids=["list", "object", "Connect"],
)
def test_the_definition(answer: dict[str, Any]) -> None:
    scene, graphs = on_stage(DataGraphs, json_answer(answer), json_answer(answer))
    assert graphs.list() == [DEFINITION]
    assert graphs.describe("demo_dg") == DEFINITION
    assert [sent(scene, number) for number in (0, 1)] == [
        ("/api/v1/dataGraph/metadata", {}),
        ("/api/v1/dataGraph/metadata", {"entityName": "demo_dg"}),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"json_blob__c": BLOB},
        {"json_blob__c": BLOB, "version__c": "3"},
        {"JSON_BLOB__C": BLOB},
        {"json_blob__c": html.escape(BLOB)},
        {"json_blob__c": BLOB.replace('"', "&quot;")},
        {"json_blob__c": f" {BLOB}\n"},
        {"json_blob__c": DIRECT},
        DIRECT,
    ],
    ids=["text", "beside another", "upper case", "escaped", "quotes escaped", "with blanks", "object", "directly"],
)
@pytest.mark.parametrize("done", [True, False, None])
def test_a_graph_in_every_form(row: dict[str, Any], done: bool | None) -> None:
    scene, graphs = on_stage(DataGraphs, rows(row, done=done))
    assert graphs.get("Demo_DG", "u-1") == GRAPH
    assert sent(scene) == ("/api/v1/dataGraph/Demo_DG/u-1", {})
    assert scene.requests[-1].label == "GET /api/v1/dataGraph/Demo_DG/…"


def test_decimals_keep_their_zeros_and_text_its_ampersands() -> None:
    blob = '{"a":557.000000000000000000,"b":"&quot; &amp;amp;","c":12345678901234567890123}'
    _, graphs = on_stage(DataGraphs, rows({"json_blob__c": blob}))
    found = graphs.get("Demo_DG", "u-1")
    assert found == {"a": Decimal("557"), "b": "&quot; &amp;amp;", "c": 12345678901234567890123}
    assert str(found["a"]) == "557.000000000000000000"


@pytest.mark.parametrize("answer", [rows(), json_answer({"message": "Not Found"}, 404)])
def test_of_an_unknown_record_there_is_none(answer: Response) -> None:
    _, graphs = on_stage(DataGraphs, answer, answer)
    assert graphs.get("Demo_DG", "nobody") is None
    assert graphs.lookup("Demo_DG", {"Id__c": "nobody"}) == []


def test_look_up_with_every_parameter() -> None:
    scene, graphs = on_stage(DataGraphs, rows({"json_blob__c": BLOB}, {"json_blob__c": '{"ssot__Id__c":"u-2"}'}))
    keys = {"UnifiedLinkDemo__dlm.SourceRecordId__c": "c-1", "Id__c": 7}
    found = graphs.lookup("Demo_DG", keys, live=True, fields="[a]", filters="[b=1]")
    assert found == [GRAPH, {"ssot__Id__c": "u-2"}]
    assert sent(scene) == (
        "/api/v1/dataGraph/Demo_DG",
        {
            "lookupKeys": "[UnifiedLinkDemo__dlm.SourceRecordId__c=c-1,Id__c=7]",
            "live": "true",
            "fields": "[a]",
            "filters": "[b=1]",
        },
    )
    assert "lookupKeys=%5BUnifiedLinkDemo__dlm.SourceRecordId__c%3Dc-1%2CId__c%3D7%5D" in scene.requests[-1].url
    assert "c-1" not in repr(scene.requests[-1])


def test_live_by_id() -> None:
    scene, graphs = on_stage(DataGraphs, rows({"json_blob__c": BLOB}), rows({"json_blob__c": BLOB}))
    graphs.get("Demo_DG", "a/b", live=False)
    assert sent(scene) == ("/api/v1/dataGraph/Demo_DG/a%2Fb", {"live": "false"})
    graphs.get("Demo_DG", "a/b", live=True)
    assert sent(scene)[1] == {"live": "true"}


@pytest.mark.parametrize(
    "call",
    [
        lambda graphs: graphs.get("metadata", "u-1"),
        lambda graphs: graphs.lookup("metadata", {"Id__c": 1}),
        lambda graphs: graphs.get("", "u-1"),
        lambda graphs: graphs.get("Demo_DG", ""),
        lambda graphs: graphs.get("Demo_DG", "u-1", live="yes"),
        lambda graphs: graphs.lookup("Demo_DG", {}),
        lambda graphs: graphs.lookup("Demo_DG", {"a.b.c": 1}),
        lambda graphs: graphs.lookup("Demo_DG", {"Id__c": 1}, fields=["a"]),
        lambda graphs: graphs.lookup("Demo_DG", {"Id__c": 1}, filters={"a": 1}),
        lambda graphs: graphs.lookup("Demo_DG", {"Id__c": 1}, filters="[a=\ud800]"),
        lambda graphs: graphs.describe(""),
    ],
)
def test_what_is_refused_before_anything_is_sent(call: Any) -> None:
    scene, graphs = on_stage(DataGraphs)
    with pytest.raises(ProgrammingError):
        call(graphs)
    assert scene.requests == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer({"message": "no"}, 403), OperationalError),
        (json_answer({"message": "ill-formed"}, 400), ProgrammingError),
        (rows({"json_blob__c": None}), ProtocolError),
        (rows({"json_blob__c": "[1]"}), ProtocolError),
        (rows({"json_blob__c": '{"a":1,"a":2}'}), ProtocolError),
        (rows({"json_blob__c": '{"a":[{"b":{"c":1,"c":2}}]}'}), ProtocolError),
        (rows({"json_blob__c": '{"a":1'}), ConnectionLostError),
        (rows({"json_blob__c": BLOB}, {"json_blob__c": BLOB}), DataError),
    ],
)
def test_what_is_an_error(answer: Response, error: type[Exception]) -> None:
    _, graphs = on_stage(DataGraphs, answer)
    with pytest.raises(error) as caught:
        graphs.get("Demo_DG", "secret-person")
    assert "secret-person" not in str(vars(caught.value))


@pytest.mark.parametrize(
    "answer",
    [{}, [], {"metadata": None}, {"metadata": [1]}, {"metadata": [{}]}, {"metadata": [{**METADATA, "object": []}]}],
)
def test_a_definition_of_another_shape(answer: Any) -> None:
    _, graphs = on_stage(DataGraphs, json_answer(answer))
    with pytest.raises(ProtocolError):
        graphs.list()


def test_no_such_graph() -> None:
    _, graphs = on_stage(DataGraphs, json_answer({"metadata": []}))
    with pytest.raises(ProgrammingError, match="no data graph 'Demo_DG'"):
        graphs.describe("Demo_DG")


def test_the_same_awaited() -> None:
    async def main() -> None:
        scene, gateway = scripted(
            json_answer({"metadata": [METADATA]}),
            json_answer({"metadata": [METADATA]}),
            rows({"json_blob__c": BLOB}),
            rows({"json_blob__c": BLOB}),
        )
        graphs: Any = DataGraphs(Awaited(scene), gateway)
        assert await graphs.list() == [await graphs.describe("Demo_DG")]
        assert await graphs.lookup("Demo_DG", {"Id__c": "u-1"}) == [await graphs.get("Demo_DG", "u-1")]

    awaited(main())
