"""The Universal ID Lookup API in scripted conversations. Source: wire spec, universal-id-lookup."""

from __future__ import annotations

from typing import Any

import pytest

from datacloud_dbapi.errors import DatabaseError, DataError, OperationalError, ProgrammingError, ProtocolError
from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.services.universal_id import NAMES, UniversalId
from tests.unit.driver.scripted import json_answer
from tests.unit.driver.services_script import Awaited, awaited, on_stage, rows, scripted, sent

LINK = "IndividualIdentityLink__dlm"
FIRST = {
    "SourceRecordId__c": "c-0001",
    "UnifiedRecordId__c": "0f0e-demo-unified-1",
    "ssot__DataSourceId__c": "CRM_Demo",
    "ssot__DataSourceObjectId__c": "Contact_Demo",
}
SECOND = {
    "SourceRecordId__c": "778899",
    "UnifiedRecordId__c": "0f0e-demo-unified-1",
    "ssot__DataSourceId__c": "Loyalty_Demo",
    "ssot__DataSourceObjectId__c": "Member_Demo",
}


@pytest.mark.parametrize("done", [None, True, False])
def test_every_source_record_in_one_request(done: bool | None) -> None:
    scene, universal_id = on_stage(UniversalId, rows(FIRST, {**SECOND, "Extra__c": 1}, done=done))
    found = universal_id.lookup(LINK, "CRM_Demo", "Contact_Demo", "c-0001")
    assert found == [FIRST, SECOND]
    assert found.unified_id == "0f0e-demo-unified-1"
    assert [request.label for request in scene.requests] == [
        f"GET /api/v1/universalIdLookup/{LINK}/CRM_Demo/Contact_Demo/…"
    ]
    assert sent(scene) == (f"/api/v1/universalIdLookup/{LINK}/CRM_Demo/Contact_Demo/c-0001", {})


@pytest.mark.parametrize("spelling", [lambda name: name.removeprefix("ssot__"), lambda name: name.lower(), str])
def test_older_links_lack_the_prefix(spelling: Any) -> None:
    row = {spelling(name): value for name, value in FIRST.items()}
    _, universal_id = on_stage(UniversalId, rows(row))
    assert universal_id.lookup(LINK, "CRM_Demo", "Contact_Demo", "c-0001") == [FIRST]


@pytest.mark.parametrize("answer", [rows(), rows(done=None), json_answer({"message": "Not Found"}, 404)])
def test_of_an_unknown_record_there_are_none(answer: Response) -> None:
    _, universal_id = on_stage(UniversalId, answer)
    found = universal_id.lookup(LINK, "CRM_Demo", "Contact_Demo", "nobody")
    assert found == []
    assert found.unified_id is None
    assert found.to_arrow().schema.names == list(NAMES)


def test_each_part_of_the_path_is_one_segment() -> None:
    scene, universal_id = on_stage(UniversalId, rows())
    universal_id.lookup("A__dlm", "CRM/1", "Con tact", "a/b+c@d e")
    assert sent(scene)[0] == "/api/v1/universalIdLookup/A__dlm/CRM%2F1/Con%20tact/a%2Fb%2Bc%40d%20e"


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("value", ["", "..", None])
def test_an_empty_part_is_refused(place: int, value: Any) -> None:
    parts: list[Any] = [LINK, "CRM_Demo", "Contact_Demo", "c-0001"]
    parts[place] = value
    scene, universal_id = on_stage(UniversalId)
    with pytest.raises(ProgrammingError):
        universal_id.lookup(*parts)
    assert scene.requests == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer({"message": "no"}, 403), OperationalError),
        (json_answer({"message": "no"}, 422), ProgrammingError),
        (json_answer({"error": "Oops"}), DatabaseError),
        (json_answer({}), ProtocolError),
        (rows({"UnifiedRecordId__c": "u"}), ProtocolError),
        (rows({**FIRST, "DataSourceId__c": "another"}), ProtocolError),
        (rows({**FIRST, "SourceRecordId__c": 7}), DataError),
    ],
)
def test_what_is_an_error(answer: Response, error: type[Exception]) -> None:
    _, universal_id = on_stage(UniversalId, answer)
    with pytest.raises(error) as caught:
        universal_id.lookup(LINK, "CRM_Demo", "Contact_Demo", "secret-person")
    assert "secret-person" not in str(vars(caught.value))


def test_several_unified_records_are_none() -> None:
    _, universal_id = on_stage(UniversalId, rows(FIRST, {**SECOND, "UnifiedRecordId__c": "other"}))
    found = universal_id.lookup(LINK, "CRM_Demo", "Contact_Demo", "c-0001")
    with pytest.raises(DataError):
        _ = found.unified_id


def test_arrow_and_frames() -> None:
    pytest.importorskip("pandas", reason="an extra")
    _, universal_id = on_stage(UniversalId, rows(FIRST, SECOND))
    found = universal_id.lookup(LINK, "CRM_Demo", "Contact_Demo", "c-0001")
    assert found.to_arrow().to_pylist() == [FIRST, SECOND]
    assert list(found.to_df()["SourceRecordId__c"]) == ["c-0001", "778899"]


def test_the_same_awaited() -> None:
    scene, gateway = scripted(rows(FIRST, SECOND))
    universal_id: Any = UniversalId(Awaited(scene), gateway)

    async def main() -> Any:
        return await universal_id.lookup(LINK, "CRM_Demo", "Contact_Demo", "c-0001")

    assert awaited(main()) == [FIRST, SECOND]
