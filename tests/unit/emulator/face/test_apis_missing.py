"""Orgs that lack a query API, and the list of data spaces.

Source: wire spec, query §1; metadata §7; status-codes §2.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from .client import Face

OpenFace = Callable[..., Face]

CALLS: dict[str, Callable[[Face], httpx.Response]] = {
    "no_v1": lambda face: face.v1("SELECT 1"),
    "no_v2": lambda face: face.query("SELECT 1"),
    "no_v3": lambda face: face.v3(json={"sql": "SELECT 1"}),
    "no_query_sql": lambda face: face.connect(json={"sql": "SELECT 1"}),
}


@pytest.mark.parametrize("missing", CALLS)
def test_an_api_that_is_missing(open_face: OpenFace, missing: str) -> None:
    face = open_face(**{missing: True})
    statuses = {name: call(face).status_code for name, call in CALLS.items()}
    assert statuses == {name: 404 if name == missing else 200 for name in CALLS}
    body = CALLS[missing](face).json()
    if missing == "no_query_sql":
        assert body == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    else:
        assert body["error"] == "Not Found"


@pytest.mark.parametrize("query", ["SELECT name from Dataspace", "select Name  from DataSpace order by name"])
@pytest.mark.parametrize("path", ["/query/", "/query"])
def test_data_spaces_by_soql(face: Face, query: str, path: str) -> None:
    body = face.connect("GET", path, params={"q": query}).json()
    assert (body["totalSize"], body["done"]) == (2, True)
    assert [record["Name"] for record in body["records"]] == ["default", "emea"]
    attributes = body["records"][0]["attributes"]
    assert attributes["type"] == "DataSpace"
    assert attributes["url"].startswith("/services/data/v64.0/sobjects/DataSpace/0vh")


def test_other_soql_is_refused(face: Face) -> None:
    answer = face.connect("GET", "/query", params={"q": "SELECT Id FROM Account"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


def test_data_spaces_page_by_page(face: Face) -> None:
    path = "/ssot/data-spaces"
    first = face.connect("GET", path, params={"limit": 1}).json()
    assert (first["totalSize"], [space["name"] for space in first["dataSpaces"]]) == (2, ["default"])
    assert "prefix" not in first["dataSpaces"][0]
    assert first["dataSpaces"][0]["status"] == "Active"
    second = face.connect("GET", first["nextPageUrl"].removeprefix("/services/data/v64.0")).json()
    assert [(space["name"], "prefix" in space) for space in second["dataSpaces"]] == [("emea", True)]
    assert "nextPageUrl" not in second
    assert face.connect("GET", path, params={"limit": 0}).json()[0]["errorCode"] == "INVALID_INPUT"


def test_refusals_below_the_orgs_apis_are_lists(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    assert face.connect("GET", "/nosuch").json()[0]["errorCode"] == "NOT_FOUND"
    answer = face.connect("PUT", "/ssot/query-sql")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")

    def broken(name: str) -> None:
        raise RuntimeError(name)

    monkeypatch.setattr(face.org.store, "dataspace", broken)
    answer = face.connect(json={"sql": "SELECT 1"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (500, "UNKNOWN_EXCEPTION")
