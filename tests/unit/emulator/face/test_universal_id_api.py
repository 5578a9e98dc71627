"""Universal ID Lookup. Source: wire spec, universal-id-lookup §1-3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .people import ADA, People

OpenPeople = Callable[..., People]
LINK = "/universalIdLookup/Link__dlm"
OWN = {
    "SourceRecordId__c": "w-1",
    "UnifiedRecordId__c": ADA,
    "ssot__DataSourceId__c": "Web",
    "ssot__DataSourceObjectId__c": "Visitor",
}
OTHER = {
    "SourceRecordId__c": "s/1 @+",
    "UnifiedRecordId__c": ADA,
    "ssot__DataSourceId__c": "Shop",
    "ssot__DataSourceObjectId__c": "Buyer",
}


def test_every_linked_record_the_one_asked_for_first(people: People) -> None:
    assert people.get(f"/api/v1{LINK}/Web/Visitor/w-1").json() == {"data": [OWN, OTHER]}
    assert people.get(f"/api/v1{LINK}/Shop/Buyer/s%2F1%20%40%2B").json() == {"data": [OTHER, OWN]}
    # The same record id of another source is another record.
    (lone,) = people.rows(f"/api/v1{LINK}/Shop/Visitor/w-1")
    assert lone["UnifiedRecordId__c"] == "p-2"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/v1{LINK}/Web/Visitor/nobody", 200),
        (f"/api/v1{LINK}/Visitor/Web/w-1", 200),
        ("/api/v1/universalIdLookup/Nope__dlm/Web/Visitor/w-1", 404),
        ("/api/v1/universalIdLookup/Person__dlm/Web/Visitor/w-1", 404),
        (f"/api/v1{LINK}/Web//w-1", 404),
        (f"/api/v1{LINK}/Web/Visitor", 404),
        (f"{LINK}/Web/Visitor/w-1", 404),
    ],
)
def test_nothing_found(people: People, path: str, status: int) -> None:
    answer = people.get(path)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"data": []}


def test_other_readings_by_quirk(open_people: OpenPeople) -> None:
    found = open_people(universal_id_without_prefix=True, universal_id_bare_names=True).rows(f"{LINK}/Web/Visitor/w-1")
    assert [set(row) for row in found] == [
        {"SourceRecordId__c", "UnifiedRecordId__c", "DataSourceId__c", "DataSourceObjectId__c"}
    ] * 2
    assert open_people(nothing_found_404=True).refusal(f"/api/v1{LINK}/Web/Visitor/nobody")[0] == 404
