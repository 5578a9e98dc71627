"""Where the sources disagree: orgs that differ from the sample org in every way they may give the same answers.

Each question is asked of the sample org and of two others, which between them have the other reading of every row.
Source: wire spec, profile §2 and §4-6; calculated-insights §2, §5; universal-id-lookup §1-3; data-graphs §3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datacloud_dbapi import ProgrammingError
from datacloud_emulator import Emulator
from datacloud_emulator.quirks import Quirks
from tests.contract.service_faces import FACES, Face, facing
from tests.contract.test_services import GRAPH, LINK, SALES, UNIFIED, UNIFIED_MAIL, VALUE, customer
from tests.unit.emulator.sample_org_rows import grouped

OTHERS = {
    "older": Quirks(
        record_limit=100,
        record_limit_most=4_999,
        find_without_filters=True,
        fields_when_absent="key",
        never_done=True,
        omit_nulls=True,
        lower_case_keys=True,
        record_moments="bare",
        metadata_as_object=True,
        omit_rollupable=True,
        old_org_metadata=True,
        universal_id_bare_names=True,
        nothing_found_404=True,
        graph_blob="escaped",
        graph_version=True,
    ),
    "newer": Quirks(
        record_moments="sql",
        record_extras=True,
        guide_errors=True,
        upper_case_category=True,
        insight_caps=False,
        graph_blob="object",
    ),
}


@pytest.fixture(scope="module")
def others() -> Iterator[dict[str, Emulator]]:
    with Emulator(quirks=OTHERS["older"]) as older, Emulator(quirks=OTHERS["newer"]) as newer:
        yield {"older": older, "newer": newer}


@pytest.fixture(scope="module", params=[(other, face) for other in OTHERS for face in FACES], ids=" ".join)
def faces(
    request: pytest.FixtureRequest, emulator: Emulator, others: dict[str, Emulator]
) -> Iterator[tuple[Face, Face]]:
    """The sample org and one of the others, through one face."""
    other, face = request.param
    with facing(emulator, face) as usual, facing(others[other], face) as unusual:
        yield usual, unusual


FIELDS = ["ssot__Id__c", "KQ_Id__c", "LoyaltyTier__c", "ssot__BirthDate__c", "MemberSince__c", "ssot__YearlyIncome__c"]
RECORDS: dict[str, Callable[[Any], Any]] = {
    "by id": lambda c: c.profile.get(UNIFIED, customer(), fields=FIELDS),
    "of nobody": lambda c: c.profile.get(UNIFIED, "nobody", fields=FIELDS),
    "found, in pages": lambda c: c.profile.find(UNIFIED, {"LoyaltyTier__c": "Gold"}, fields=FIELDS, page_size=70),
    "ordered": lambda c: c.profile.find(
        UNIFIED, {"LoyaltyTier__c": "Gold"}, fields=FIELDS, orderby="MemberSince__c DESC", limit=50, page_size=20
    ),
    "without the key": lambda c: c.profile.find(
        UNIFIED, {"LoyaltyTier__c": "Gold"}, fields="LoyaltyTier__c", page_size=100
    ),
    "children": lambda c: c.profile.children(UNIFIED, customer(), UNIFIED_MAIL, fields="ssot__Id__c,ssot__PartyId__c"),
    "insight of one": lambda c: c.profile.insights(UNIFIED, customer(), VALUE, measures="TotalSpend__c,OrderCount__c"),
    "insight": lambda c: c.insights.query(SALES, page_size=150),
    "rolled up": lambda c: c.insights.query(SALES, "OrderMonth__c", "Revenue__c", time_granularity="QUARTER"),
}


@pytest.mark.parametrize("question", RECORDS.values(), ids=RECORDS.keys())
def test_the_same_records(faces: tuple[Face, Face], question: Callable[[Any], Any]) -> None:
    usual, unusual = faces
    assert unusual.all(question) == usual.all(question)


def test_the_same_descriptions(faces: tuple[Face, Face]) -> None:
    def columns(table: Any) -> Any:
        return (
            table.name,
            table.category and table.category.casefold(),
            [(f.name, f.type, f.role) for f in table.fields],
        )

    usual, unusual = faces
    for every in (lambda c: c.profile.describe(), lambda c: c.insights.list()):
        assert list(map(columns, unusual.ask(every))) == list(map(columns, usual.ask(every)))
    for one in (lambda c: c.profile.describe(UNIFIED), lambda c: c.insights.describe(SALES)):
        assert columns(unusual.ask(one)) == columns(usual.ask(one))
    assert unusual.ask(lambda c: c.data_graphs.list()) == usual.ask(lambda c: c.data_graphs.list())


def test_the_same_source_records(faces: tuple[Face, Face]) -> None:
    usual, unusual = faces
    (link, *_) = grouped(LINK, "UnifiedRecordId__c")[customer()]
    parts = [link[name] for name in ("ssot__DataSourceId__c", "ssot__DataSourceObjectId__c", "SourceRecordId__c")]
    found = unusual.ask(lambda c: c.universal_id.lookup(LINK, *parts))
    assert found.unified_id == customer()
    assert found == usual.ask(lambda c: c.universal_id.lookup(LINK, *parts))
    assert unusual.ask(lambda c: c.universal_id.lookup(LINK, *parts[:2], "nobody")) == []


def test_the_same_graph(faces: tuple[Face, Face]) -> None:
    usual, unusual = faces
    graph = unusual.ask(lambda c: c.data_graphs.get(GRAPH, customer()))
    assert graph == usual.ask(lambda c: c.data_graphs.get(GRAPH, customer()))
    assert unusual.ask(lambda c: c.data_graphs.lookup(GRAPH, {"ssot__Id__c": customer()})) == [graph]
    assert unusual.ask(lambda c: c.data_graphs.get(GRAPH, "nobody")) is None
    assert unusual.ask(lambda c: c.data_graphs.lookup(GRAPH, {"ssot__Id__c": "nobody"})) == []


def test_errors_in_either_form_say_what_they_say(faces: tuple[Face, Face]) -> None:
    said = []
    for face in faces:
        with pytest.raises(ProgrammingError) as caught:
            face.ask(lambda c: c.profile.get("Nope__dlm", "1"))
        assert caught.value.http_status == 404
        said.append("Nope__dlm" in caught.value.message)
    assert said == [True, True]


def test_every_record_where_an_org_gives_them(others: dict[str, Emulator]) -> None:
    with facing(others["older"], "blocking") as face:
        found = face.all(lambda c: c.profile.find(UNIFIED, None, fields="ssot__Id__c", page_size=999))
        assert len({record["ssot__Id__c"] for record in found}) == len(found) == 2_800
