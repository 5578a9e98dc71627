"""The records it begins with, loading and reading them past the API, and the doors that lead to it."""

from __future__ import annotations

import ssl
from contextlib import closing
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from datacloud_emulator import Emulator, EngagementSettings
from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement import sample
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.store import Store

from .service import Service

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Row]]:
    store = sample.template(everything=True)
    return {name: store.select(name, deleted="all") for name in catalogue().objects}


def test_every_object_has_some_and_the_bin_is_not_empty(rows: dict[str, list[Row]]) -> None:
    assert [name for name, found in rows.items() if len(found) < 2] == ["Account"]
    binned = {name for name, found in rows.items() if any(row["_deleted"] for row in found)}
    assert binned == {item.name for item in catalogue().objects.values() if item.recycle_bin}


def test_every_reference_leads_to_a_record(rows: dict[str, list[Row]]) -> None:
    ids = {name: {row["id"] for row in found} for name, found in rows.items()}
    for item in catalogue().objects.values():
        for field in item.fields.values():
            if field.reference is None or not field.is_stored:
                continue
            for row in rows[item.name]:
                value = row[field.name] or []
                assert set(value if isinstance(value, list) else [value]) <= ids[field.reference], (item.name, field)


def test_its_words_are_those_of_the_catalogue(rows: dict[str, list[Row]]) -> None:
    for item in catalogue().objects.values():
        for field in item.fields.values():
            # An opportunity can have tags, but is missing from the published list.
            if (
                field.enum
                and field.name in rows[item.name][0]
                and (item.name, field.name) != ("TaggedObject", "objectType")
            ):
                assert {row[field.name] for row in rows[item.name]} <= {*field.enum, None}, (item.name, field.name)


def test_it_is_the_same_each_time(rows: dict[str, list[Row]]) -> None:
    with closing(Store(Clock())) as again:
        sample.fill(again, everything=True)
        assert {name: again.select(name, deleted="all") for name in rows} == rows


def test_rows_loaded_and_read_back(empty: Service) -> None:
    now = datetime(2026, 3, 4, 10, 6, 7, tzinfo=timezone.utc)
    given: list[Row] = [
        {"email": "a@example.test", "createdAt": "2026-01-01T00:00:00-05:00", "Seats__c": "3", "isStarred": True},
        {"email": "b@example.test", "id": 10, "isDeleted": True, "updatedAt": 1_700_000_000},
        {"email": "c@example.test", "lastActivityAt": now},
    ]
    assert empty.engagement.load("Prospect", given) == 3
    columns = ["email", "createdAt", "updatedAt", "isStarred", "Seats__c", "lastActivityAt"]
    found = empty.engagement.rows("Prospect", columns=columns)
    assert [(row["id"], row["email"], row["_deleted"], row["isStarred"]) for row in found] == [
        (1, "a@example.test", False, True),
        (10, "b@example.test", True, False),
        (11, "c@example.test", False, False),
    ]
    assert found[0]["createdAt"] == datetime(2026, 1, 1, 5, tzinfo=timezone.utc)
    assert found[1]["updatedAt"] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)
    assert (found[2]["createdAt"], found[2]["lastActivityAt"]) == (now, now)
    assert (found[0]["Seats__c"], "Seats__c" in found[1]) == ("3", False)
    assert empty.make("objects/prospects", email="d@example.test") == 12
    assert [row["id"] for row in empty.engagement.rows("Prospect", deleted="true")] == [10]
    for wrong in ({"nothing": 1}, {"createdAt": datetime(2026, 1, 1)}):
        with pytest.raises(ValueError, match=r"nothing|offset"):
            empty.engagement.load("Prospect", [{"email": "e@example.test", **wrong}])


def test_so_many_rows_that_the_indexes_are_made_anew(empty: Service) -> None:
    loaded = empty.engagement.load("Tag", ({"name": f"tag {number}"} for number in range(25_000)))
    assert loaded == 25_000
    assert empty.ids("objects/tags", name="tag 24000") == [24_001]
    plan = empty.engagement.unit().store._primary.execute('EXPLAIN QUERY PLAN SELECT * FROM "Tag" WHERE name = 1')
    assert "Tag name" in plan.fetchone()[3]


@pytest.mark.sockets
@pytest.mark.parametrize("tls", [False, True])
def test_over_a_socket_without_the_sql_engine(tls: bool) -> None:
    with Emulator(sql=False, tls=tls, engagement=EngagementSettings(user_offset_minutes=0)) as emulator:
        login = {
            "grant_type": "client_credentials",
            "client_id": emulator.client_id,
            "client_secret": emulator.client_secret,
        }
        trust = ssl.create_default_context(cafile=emulator.ca_file) if tls else True
        with httpx.Client(base_url=emulator.login_url, verify=trust) as client:
            token = client.post("/services/oauth2/token", data=login).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}", "Pardot-Business-Unit-Id": emulator.business_unit_id}
            parameters = {"fields": "id,createdAt", "limit": "2"}
            answer = client.get("/api/v5/objects/prospects", params=parameters, headers=headers)
            further = client.get(answer.json()["nextPageUrl"], headers=headers)
            query = client.post("/services/a360/token", data={"grant_type": "x"})
        assert [record["id"] for record in answer.json()["values"] + further.json()["values"]] == [1, 2, 3, 4]
        assert answer.json()["values"][0]["createdAt"].endswith("+00:00")
        assert query.status_code == 400  # of a login, which is there
        assert [record.operation for record in emulator.requests][1:3] == ["engagement-query"] * 2
        assert emulator.engagement.most_at_once == 1


def test_what_needs_the_sql_engine_is_unavailable_without_it() -> None:
    with Emulator(sql=False) as emulator, httpx.Client(transport=emulator.http_transport) as client:
        login = {
            "grant_type": "client_credentials",
            "client_id": emulator.client_id,
            "client_secret": emulator.client_secret,
        }
        token = client.post(f"{emulator.login_url}/services/oauth2/token", data=login).json()["access_token"]
        exchange = {
            "grant_type": "urn:salesforce:grant-type:external:cdp",
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "subject_token": token,
        }
        answer = client.post(f"{emulator.login_url}/services/a360/token", data=exchange)
        assert (answer.status_code, answer.text) == (503, "no healthy upstream")
