"""Data Graph API. Source: wire spec, data-graphs §1-4; expected documents are those of `people`."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from .people import ADA, People

OpenPeople = Callable[..., People]
GRAPH = "/api/v1/dataGraph/Person_DG"
WIDGET = [{"Name__c": "Widget"}]
ADAS_DOCUMENT = {
    "Id__c": ADA,
    "First__c": "Ada",
    "Height__c": 1.7,
    "Seen__c": "2026-01-02T08:30:00.250Z",
    "Mail__dlm": [{"Address__c": "ada@x.example"}, {"Address__c": "a@y.example"}],
    "Order__dlm": [
        {"Id__c": "o-1", "Day__c": "2025-01-15", "Product__dlm": WIDGET},
        {"Id__c": "o-2", "Day__c": "2025-01-15", "Product__dlm": WIDGET},
        {"Id__c": "o-3", "Day__c": "2025-02-03", "Product__dlm": WIDGET},
    ],
    "Link__dlm": [{"SourceRecordId__c": "s/1 @+"}, {"SourceRecordId__c": "w-1"}],
}


def documents(people: People, path: str, **parameters: object) -> list[dict[str, Any]]:
    answer = people.get(path, params=parameters).raise_for_status().json()
    assert answer["done"] is True
    assert all(set(row) == {"json_blob__c"} for row in answer["data"])
    return [json.loads(row["json_blob__c"]) for row in answer["data"]]


def found(people: People, keys: str) -> list[str]:
    return [document["Id__c"] for document in documents(people, GRAPH, lookupKeys=keys)]


def test_metadata(people: People) -> None:
    answer = people.get("/api/v1/dataGraph/metadata").json()
    assert people.get("/api/v1/dataGraph/metadata", params={"entityName": "Person_DG"}).json() == answer
    (graph,) = answer["metadata"]
    root = graph.pop("object")
    assert graph == {
        "developerName": "Person_DG",
        "description": "People",
        "dataspaceName": "default",
        "version": "7",
        "status": "READY",
        "primaryObjectName": "Person__dlm",
        "primaryObjectType": "DMO",
        "valuesDmoName": "Person_DG_VALUE__dlm",
        "idDmoName": "Person_DG_ID__dlm",
    }
    assert (root["developerName"], root["memberDmoName"]) == ("Person__dlm", "Person_FRAGMENT1__dlm")
    assert "paths" not in root
    key = {"developerName": "Id__c", "dataType": "STRING", "keyCol": "true", "lookupCol": "false", "length": "1"}
    assert root["fields"][0] == key
    mail, order, link = root["relatedObjects"]
    to_person = {"fieldName": "PersonId__c", "parentFieldName": "Id__c", "cardinality": "NTOONE"}
    assert (mail["paths"], "relatedObjects" in mail) == ([to_person], False)
    assert link["paths"] == [{"fieldName": "UnifiedRecordId__c", "parentFieldName": "Id__c", "cardinality": "NTOONE"}]
    (product,) = order["relatedObjects"]
    # The whole way from the root, the edge to the parent last.
    assert product["paths"] == [
        to_person,
        {"fieldName": "Id__c", "parentFieldName": "ProductId__c", "cardinality": "ONETOONE"},
    ]


def test_a_document_by_id(people: People) -> None:
    path = f"{GRAPH}/{quote(ADA, safe='')}"
    assert documents(people, path) == [ADAS_DOCUMENT]
    assert documents(people, path, live="true") == [ADAS_DOCUMENT]
    blob = people.rows(path)[0]["json_blob__c"]
    assert '"Height__c":1.700000000000000000,' in str(blob)


def test_a_document_of_which_little_is_known(people: People) -> None:
    (lone,) = documents(people, f"{GRAPH}/p-3")
    assert lone == {
        "Id__c": "p-3",
        "First__c": "Ada",
        "Height__c": None,
        "Seen__c": None,
        "Mail__dlm": [],
        "Order__dlm": [],
        "Link__dlm": [],
    }
    assert documents(people, f"{GRAPH}/nobody") == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (f"[Id__c={ADA}]", [ADA]),
        ("[Person__dlm.Id__c=p-2]", ["p-2"]),
        ("[First__c=Ada]", ["p-3", ADA]),
        ("[First__c=Ada,Person__dlm.Last__c=Reed]", ["p-3"]),
        ("[Mail__dlm.Address__c=bo@x.example]", ["p-2"]),
        ("[mail__dlm.address__c=a@y.example, First__c=Ada]", [ADA]),
        ("[Mail__dlm.Address__c=a@y.example,First__c=Bo]", []),
        ("[Order__dlm.Kind__c=web]", ["p-2", ADA]),
        # Two pairs of one object are two facts of one row: Bo bought on that day in the shop, not on the web.
        ("[Order__dlm.Kind__c=web,Order__dlm.Day__c=2025-02-28 00:00:00]", []),
        ("[Order__dlm.Kind__c=shop,Order__dlm.Day__c=2025-02-28 00:00:00]", ["p-2"]),
        ("[Product__dlm.Name__c=Widget,First__c=Bo]", ["p-2"]),
        ("[Link__dlm.SourceRecordId__c=w-1]", ["p-2", ADA]),
        ("[Link__dlm.SourceRecordId__c=s/1 @+]", [ADA]),
        ("[Id__c=nobody]", []),
    ],
)
def test_look_up_by_keys(people: People, keys: str, expected: list[str]) -> None:
    assert found(people, keys) == expected


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        (GRAPH, {}, 400),
        (GRAPH, {"lookupKeys": ""}, 400),
        (GRAPH, {"lookupKeys": "Id__c=p-2"}, 400),
        (GRAPH, {"lookupKeys": "[Id__c>p-2]"}, 400),
        (GRAPH, {"lookupKeys": "[Mail__dlm.Address__c=a,Mail__dlm.Address__c=b]"}, 400),
        (GRAPH, {"lookupKeys": "[Nope__c=1]"}, 422),
        (GRAPH, {"lookupKeys": "[Nope__dlm.Id__c=1]"}, 422),
        (GRAPH, {"lookupKeys": "[Id__c=1]", "live": "yes"}, 400),
        ("/api/v1/dataGraph/Nope", {"lookupKeys": "[Id__c=1]"}, 404),
        ("/api/v1/dataGraph/Nope/1", {}, 404),
        ("/api/v1/dataGraph/metadata", {"entityName": "Nope"}, 404),
    ],
)
def test_what_is_refused(people: People, path: str, parameters: dict[str, str], status: int) -> None:
    assert people.refusal(path, **parameters)[0] == status


def test_the_casing_of_the_path_matters(people: People) -> None:
    assert people.get("/api/v1/datagraph/metadata").status_code == 404
    assert people.get("/api/v1/dataGraphs/metadata").status_code == 404


def test_other_readings_by_quirk(open_people: OpenPeople) -> None:
    path = f"{GRAPH}/{quote(ADA, safe='')}"
    (escaped,) = open_people(graph_blob="escaped", graph_version=True).rows(path)
    assert (set(escaped), escaped["version__c"]) == ({"json_blob__c", "version__c"}, "7")
    blob = str(escaped["json_blob__c"])
    assert blob.startswith("{&quot;")
    assert json.loads(html.unescape(blob)) == ADAS_DOCUMENT
    assert open_people(graph_blob="object").rows(path) == [ADAS_DOCUMENT]
    assert open_people(nothing_found_404=True).refusal(f"{GRAPH}/nobody")[0] == 404
