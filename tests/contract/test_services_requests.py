"""What a call of the other APIs costs, and whom it tells: requests, log lines, and none once the connection is closed.

Source: public surface §4; profile §1.1; faults K2, L3.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from datacloud_dbapi import InterfaceError
from datacloud_emulator import Emulator
from tests.contract.service_faces import FACES, WAYS, Face, facing
from tests.contract.test_services import GRAPH, LINK, UNIFIED, UNIFIED_MAIL, VALUE, customer, source_record


@pytest.fixture(scope="module", params=WAYS)
def face(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Face]:
    name, door = request.param
    with facing(emulator, name, door) as made:
        yield made


@pytest.mark.parametrize(
    ("call", "operation", "path"),
    [
        (lambda c: c.profile.get(UNIFIED, customer()), "profile", f"/api/v1/profile/{UNIFIED}/…"),
        (lambda c: c.profile.find(UNIFIED, {"ssot__Id__c": customer()}), "profile", f"/api/v1/profile/{UNIFIED}"),
        (
            lambda c: c.profile.children(UNIFIED, customer(), UNIFIED_MAIL),
            *("profile-children", f"/api/v1/profile/{UNIFIED}/…/{UNIFIED_MAIL}"),
        ),
        (
            lambda c: c.profile.insights(UNIFIED, customer(), VALUE),
            *("profile-insight", f"/api/v1/profile/{UNIFIED}/…/calculated-insights/{VALUE}"),
        ),
        (
            lambda c: c.insights.query(VALUE, filters={"UnifiedIndividualId__c": customer()}),
            *("insight", f"/api/v1/insight/calculated-insights/{VALUE}"),
        ),
    ],
)
def test_a_warm_look_up_is_one_request_that_does_not_tell_whom_it_was_for(
    face: Face, emulator: Emulator, call: Any, operation: str, path: str
) -> None:
    assert face.all(call)
    face.told.clear()
    emulator.requests.clear()
    assert face.all(call)
    assert face.told == [path]
    assert [request.operation for request in emulator.requests] == [operation]


@pytest.mark.parametrize(
    ("call", "operation", "path"),
    [
        (
            lambda c: c.universal_id.lookup(LINK, *source_record()),
            *("universal-id", f"/api/v1/universalIdLookup/{LINK}/{'/'.join(source_record()[:2])}/…"),
        ),
        (lambda c: c.data_graphs.get(GRAPH, customer()), "data-graph", f"/api/v1/dataGraph/{GRAPH}/…"),
        (
            lambda c: c.data_graphs.lookup(GRAPH, {"ssot__Id__c": customer()}),
            *("data-graph-lookup", f"/api/v1/dataGraph/{GRAPH}"),
        ),
    ],
)
def test_these_are_one_request_the_first_time(
    face: Face, emulator: Emulator, call: Any, operation: str, path: str
) -> None:
    face.told.clear()
    emulator.requests.clear()
    assert face.ask(call)
    assert face.told == [path]
    assert [request.operation for request in emulator.requests] == [operation]


def test_whom_was_asked_for_stands_in_no_log(face: Face, caplog: pytest.LogCaptureFixture) -> None:
    secret = "jane.doe+7@example.com"
    with caplog.at_level(logging.DEBUG):
        face.all(lambda c: c.profile.get(UNIFIED, secret))
        face.all(lambda c: c.profile.find(UNIFIED, {"ssot__LastName__c": secret}))
        face.all(lambda c: c.profile.children(UNIFIED, secret, UNIFIED_MAIL))
        face.all(lambda c: c.profile.insights(UNIFIED, secret, VALUE))
        face.ask(lambda c: c.universal_id.lookup(LINK, "WebShop", "x", secret))
        face.ask(lambda c: c.data_graphs.get(GRAPH, secret))
        face.ask(lambda c: c.data_graphs.lookup(GRAPH, {"ssot__Id__c": secret}))
    ours = [record.getMessage() for record in caplog.records if record.name.split(".")[0] != "datacloud_emulator"]
    assert len(ours) >= 7
    assert not any("jane.doe" in message for message in ours)


@pytest.mark.parametrize("name", FACES)
def test_a_closed_connection_has_no_services(emulator: Emulator, name: str) -> None:
    with facing(emulator, name) as face:
        records = face.ask(lambda c: c.profile.find(UNIFIED, {"LoyaltyTier__c": "Gold"}, page_size=1))
        assert face.ask(lambda c: records.first()) is not None
        face.hang_up()
        for call in (
            lambda c: c.profile.describe(),
            lambda c: c.insights.list(),
            lambda c: c.universal_id.lookup(LINK, "a", "b", "c"),
            lambda c: c.data_graphs.list(),
            lambda c: records.all(),
        ):
            with pytest.raises(InterfaceError):
                face.ask(call)
