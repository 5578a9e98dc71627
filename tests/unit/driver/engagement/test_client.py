"""Which host a client talks to, whom it shares its places with, and what it refuses to begin with.

Source: wire spec, account-engagement §1-2, §11.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from datacloud_dbapi import engagement
from datacloud_dbapi.engagement.client import Engagement
from datacloud_dbapi.errors import AuthenticationError, InterfaceError, NotSupportedError, ProgrammingError
from datacloud_dbapi.params import ConnectParams

UNIT = "0Uv000000000001AAA"
LOGIN = {"login_url": "https://acme.my.salesforce.com", "client_id": "app", "client_secret": "s3cret"}


def client(**given: Any) -> Engagement:
    return Engagement(ConnectParams.resolve(None, {**LOGIN, "business_unit_id": UNIT, **given}))


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ({}, "https://pi.pardot.com"),
        ({"demo": True}, "https://pi.demo.pardot.com"),
        ({"engagement_url": "https://pi.demo.pardot.com"}, "https://pi.demo.pardot.com"),
        (
            {"engagement_url": "http://127.0.0.1:8000", "allow_insecure_loopback": True},
            "http://127.0.0.1:8000",
        ),
        ({"engagement_url": "https://ae.example", "allowed_hosts": "ae.example"}, "https://ae.example"),
    ],
    ids=["production", "demo", "named", "emulator", "allowed"],
)
def test_where_it_asks(given: dict[str, Any], host: str) -> None:
    with client(**given) as ae:
        assert repr(ae) == f"<Engagement {host} {UNIT} open>"
        assert ae.business_unit_id == UNIT
        assert ae.usage is None
    assert repr(ae).endswith("closed>")


def test_a_token_goes_to_no_other_host() -> None:
    with pytest.raises(AuthenticationError, match=r"ae\.example"):
        client(engagement_url="https://ae.example")


@pytest.mark.parametrize(
    "unit", ["0Uv00000000001AAA", "001000000000001AAA", "0Uv000000000001AA!", "0Uv000000000001AAAA"]
)
def test_what_is_no_business_unit_is_refused(unit: str) -> None:
    with pytest.raises(InterfaceError, match="'business_unit_id' must be the id of a business unit"):
        client(business_unit_id=unit)


def test_a_business_unit_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATACLOUD_BUSINESS_UNIT_ID", raising=False)
    with pytest.raises(InterfaceError, match="needs business_unit_id"):
        engagement.connect(**LOGIN)


def test_clients_of_one_business_unit_share_their_places_and_others_do_not() -> None:
    other = "0Uv000000000002AAA"
    with client() as one, client() as twin, client(business_unit_id=other) as apart:
        places = [ae._gateway._budget for ae in (one, twin, apart)]
        assert places[0] is places[1]
        assert places[0] is not places[2]
        assert one._tokens is apart._tokens


@pytest.mark.parametrize(("given", "most"), [({}, 4), ({"max_in_flight": 2}, 2), ({"max_in_flight": 50}, 4)])
def test_how_many_requests_at_once(given: dict[str, Any], most: int) -> None:
    with client(**given) as ae:
        assert ae._policy.max_in_flight == most


def test_every_object_is_an_attribute() -> None:
    with client() as ae:
        for described in ae.objects:
            if described.table is not None:
                assert getattr(ae, described.table).described is described
                assert ae.object(described.name).described is described
                assert described.table in dir(ae)
        with pytest.raises(AttributeError, match="prospekts"):
            _ = ae.prospekts  # type: ignore[attr-defined]  # that is the point
        with pytest.raises(ProgrammingError, match="no object 'prospekts'") as caught:
            ae.object("prospekts")
        assert caught.value.hint == "did you mean 'prospects'?"
        with pytest.raises(NotSupportedError, match="LifecycleStageProspect can only be exported"):
            ae.object("LifecycleStageProspect")


def test_a_closed_client_and_a_copy_are_refused() -> None:
    ae = client()
    with pytest.raises(InterfaceError, match="cannot be copied"):
        copy.copy(ae)
    ae.close()
    ae.close()
    with pytest.raises(InterfaceError):
        _ = ae.prospects
