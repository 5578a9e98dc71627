"""Reads and the fields they ask for. Source: wire spec, account-engagement §3-4, §7-9, §12."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from werkzeug.http import http_date

from datacloud_emulator.engagement.catalogue import catalogue

from .service import NOW_TEXT, Service, refusal

NOT_ON_QUERY = {  # the table of §4.1
    "bulk-actions": ["percentComplete", "errorsRef"],
    "objects/dynamic-contents": ["baseContent"],
    "objects/emails": ["htmlMessage", "textMessage"],
    "objects/email-templates": ["htmlMessage", "textMessage"],
    "exports": ["fields", "resultRefs"],
    "objects/form-fields": ["description"],
    "objects/landing-pages": [
        *("scriptFragment", "layoutCss", "layoutCssGenerated", "content", "openingGeneralContent", "regionContent"),
    ],
    "objects/list-emails": ["htmlMessage", "textMessage", "recipientLists.id", "suppressionLists.name"],
    "objects/prospects": ["Interests__c", "Newsletter_Topics__c", "Past_Events__c"],
}


@pytest.mark.parametrize(
    ("path", "field"), [(path, field) for path, fields in NOT_ON_QUERY.items() for field in fields]
)
def test_fields_that_are_read_but_not_queried(service: Service, path: str, field: str) -> None:
    assert refusal(service.get(path, fields=f"id,{field}")) == (400, 224)
    assert field.partition(".")[0] in service.value(f"{path}/1", f"id,{field}")


@pytest.mark.parametrize("name", [item.name for item in catalogue().objects.values() if item.operations])
def test_every_readable_field_of_every_object(service: Service, name: str) -> None:
    item = catalogue().objects[name]
    path = item.path.removeprefix("/api/v5/")
    asked: dict[bool, list[str]] = {True: [], False: []}
    for field in item.fields.values():
        below = field.sub_fields[0] if field.sub_fields else "id" if field.is_relation or field.is_record_list else ""
        for on_query in (True, False):
            if field.read and (field.query or not on_query):
                asked[on_query].append(f"{field.name}.{below}" if below else field.name)
    record = service.value(path if item.singleton else f"{path}/1", ",".join(asked[False]))
    assert list(record) == [field.partition(".")[0] for field in asked[False]]
    if "query" in item.operations:
        (queried,) = service.values(path, ",".join(asked[True]), limit=1)
        assert queried == {name: record[name] for name in queried}
        assert list(queried) == [field.partition(".")[0] for field in asked[True]]
    for field in item.fields.values():
        if not field.read:
            target = path if item.singleton else f"{path}/1"
            assert refusal(service.get(target, fields=field.name)) == (400, 51)


@pytest.mark.parametrize(
    "field",
    [
        "nothing",
        "Id",
        "*",
        "",
        "campaign",
        "campaign.nothing",
        "campaign.name.length",
        "email.id",
        "Partner_Level",
        "Fax_Choice__c",  # its definition is in the bin
        "Partner_Level__c.id",
        "campaign.createdBy.createdBy.createdBy.id",  # four steps
    ],
)
def test_fields_that_are_not_there(service: Service, field: str) -> None:
    for path in ("objects/prospects", "objects/prospects/1"):
        answer = service.get(path, fields=f"id,{field}")
        assert refusal(answer) == (400, 51)
        words = f"Invalid parameter: fields. It contains an invalid or unknown field: {field}."
        assert answer.json()["message"] == words


@pytest.mark.parametrize(
    ("path", "field", "expected"),
    [
        ("email-templates/1", "senderOptions", (400, 51)),
        ("email-templates/1", "senderOptions.nothing", (400, 51)),
        ("list-emails/1", "recipientLists", (400, 51)),
        ("list-emails/1", "recipientLists.nothing", (400, 51)),
        ("emails/1", "listEmail.recipientLists.createdBy.createdBy.id", (400, 51)),
        ("list-emails/1", "recipientListIds", (400, 51)),  # written only
    ],
)
def test_collections_need_a_field_that_they_have(
    service: Service, path: str, field: str, expected: tuple[int, int]
) -> None:
    assert refusal(service.get(f"objects/{path}", fields=field)) == expected


def test_related_records_and_collections(service: Service) -> None:
    rows = {name: service.engagement.rows(name) for name in ("Prospect", "Campaign", "User", "List", "ProspectAccount")}
    prospect = next(row for row in rows["Prospect"] if row["prospectAccountId"] and not row["_deleted"])
    without = next(row for row in rows["Prospect"] if not row["prospectAccountId"] and not row["_deleted"])
    campaign = rows["Campaign"][prospect["campaignId"] - 1]
    fields = "id,campaign.name,campaign.createdBy.createdBy.email,campaign.id,prospectAccount.name"
    assert service.value(f"objects/prospects/{prospect['id']}", fields) == {
        "id": prospect["id"],
        "campaign": {
            "name": campaign["name"],
            "createdBy": {"createdBy": {"email": "emulator@example.com"}},
            "id": campaign["id"],
        },
        "prospectAccount": {"name": rows["ProspectAccount"][prospect["prospectAccountId"] - 1]["name"]},
    }
    assert service.value(f"objects/prospects/{without['id']}", "prospectAccount.name") == {"prospectAccount": None}
    assert service.value("objects/list-emails/1", "recipientLists.id,recipientLists.name,senderOptions.type") == {
        "recipientLists": [{"id": 1, "name": "Newsletter"}, {"id": 2, "name": "Customers"}],
        "senderOptions": [{"type": "general_user"}],
    }
    assert service.values("objects/emails", "replyToOptions.address", limit=1) == [{"replyToOptions": []}]


def test_custom_fields(service: Service) -> None:
    rows = {row["id"]: row for row in service.engagement.rows("Prospect")}
    number = next(n for n, row in rows.items() if len(row.get("Interests__c", ())) > 1 and not row["_deleted"])
    fields = "Partner_Level__c,Interests__c,Past_Events__c,Seats__c"
    expected = {name: rows[number].get(name) for name in fields.split(",")}
    assert service.value(f"objects/prospects/{number}", fields) == expected
    (queried,) = service.values("objects/prospects", "Partner_Level__c,Seats__c", id=number)
    assert queried == {name: expected[name] for name in queried}


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(-300, NOW_TEXT), (0, "2026-03-04T10:06:07+00:00"), (330, "2026-03-04T15:36:07+05:30")],
)
def test_timestamps_have_the_users_offset(empty: Service, minutes: int, text: str) -> None:
    empty.settings.user_offset_minutes = minutes
    made = empty.post("objects/tags", {"name": "a"}, fields="id,createdAt,updatedAt,createdById").json()
    assert made == {"id": 1, "createdAt": text, "updatedAt": text, "createdById": 1}


def test_last_modified_and_not_modified(service: Service) -> None:
    changed = service.engagement.rows("Prospect")[0]["updatedAt"]
    path = "objects/prospects/1"
    assert service.get(path, fields="id").headers["last-modified"] == http_date(changed)
    for moment, status in ((changed, 304), (changed + timedelta(hours=1), 304), (changed - timedelta(seconds=1), 200)):
        headers = {"If-Modified-Since": http_date(moment)}
        answer = service.client.get(path, params={"fields": "id"}, headers=headers)
        assert (answer.status_code, answer.content == b"") == (status, status == 304)
        assert ("content-type" in answer.headers) == (status == 200)
    queried = service.client.get(
        "objects/prospects",
        params={"fields": "id"},
        headers={"If-Modified-Since": http_date(datetime.now(timezone.utc))},
    )
    assert queried.status_code == 200


def test_what_can_be_changed_and_does_not_say_when_is_never_unmodified(service: Service) -> None:
    path = "objects/form-handler-fields/1"
    headers = {"If-Modified-Since": http_date(datetime.now(timezone.utc))}
    service.patch(path, {"name": "other"})
    answer = service.client.get(path, params={"fields": "name"}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"name": "other"})
    assert "last-modified" not in answer.headers
    # What cannot be changed is as it was made.
    made = service.engagement.rows("ExternalActivity")[0]["createdAt"]
    assert service.get("objects/external-activities/1", fields="id").headers["last-modified"] == http_date(made)


def test_keys_of_plain_objects_come_as_they_were_asked_for(service: Service) -> None:
    fields = "senderOptions.type,id,senderOptions.name,senderOptions.address"
    (sender,) = service.value("objects/email-templates/1", fields)["senderOptions"]
    assert list(sender) == ["type", "name", "address"]


def test_a_parameter_may_be_sent_once(service: Service) -> None:
    for method, path in (("GET", "prospects/1"), ("GET", "prospects"), ("POST", "tags"), ("PATCH", "tags/1")):
        answer = service.client.request(method, f"objects/{path}?fields=id&fields=name", json={"name": "a"})
        assert refusal(answer) == (400, 5)
        assert "fields" in answer.json()["message"]


def test_the_bin_in_reads(service: Service) -> None:
    path = "objects/prospects/25"
    for parameters in ({}, {"deleted": "false"}):
        answer = service.get(path, fields="id", **parameters)
        assert refusal(answer) == (404, 109)
        assert answer.headers["pardot-warning"] == "201;Record In Recycle Bin"
    assert service.value(path, "id,isDeleted", deleted="true") == {"id": 25, "isDeleted": True}
    assert service.value("objects/prospects/1", "id,isDeleted", deleted="true") == {"id": 1, "isDeleted": False}
    unknown = service.get("objects/prospects/999", fields="id", deleted="true")
    assert unknown.json() == {"code": 109, "message": "Record not found"}
    assert unknown.status_code == 404
    assert "pardot-warning" not in unknown.headers
    assert refusal(service.get(path, fields="id", deleted="all")) == (400, 27)
    assert refusal(service.get("objects/tags/1", fields="id", deleted="true")) == (400, 51)
    assert refusal(service.get("objects/tags/1", fields="id", limit=1)) == (400, 51)
    assert refusal(service.get("objects/tags/1")) == (400, 13)


def test_what_the_user_may_not_see(service: Service) -> None:
    service.settings.lacking_abilities.add(("Campaign", "View"))
    service.settings.redacted_fields.add(("Prospect", "phone"))
    for path in ("objects/campaigns", "objects/campaigns/1"):
        assert refusal(service.get(path, fields="id")) == (405, 46)
    for fields, expected in (("campaign.name", {"campaign": None}), ("phone", {"phone": None})):
        read = service.get("objects/prospects/1", fields=f"id,{fields}")
        assert read.json() == {"id": 1, **expected}
        queried = service.get("objects/prospects", fields=f"id,{fields}", id=1)
        assert queried.json()["values"] == [{"id": 1, **expected}]
        assert [answer.headers["pardot-warning"][:4] for answer in (read, queried)] == ["202;", "202;"]
    assert "pardot-warning" not in service.get("objects/prospects/1", fields="id,email").headers


def test_parameters_come_before_abilities_and_these_before_the_record(empty: Service) -> None:
    empty.settings.lacking_abilities.update({("List", "View"), ("List", "Create"), ("List", "Delete")})
    cases: list[tuple[str, str, Any, tuple[int, int]]] = [
        ("GET", "objects/lists/99?fields=nothing", None, (400, 51)),
        ("GET", "objects/lists/99?fields=id", None, (405, 46)),
        ("PATCH", "objects/lists/99", {"nothing": 1}, (400, 154)),
        ("PATCH", "objects/lists/99", {"name": "a"}, (405, 46)),
        ("POST", "objects/lists", {"name": "a"}, (405, 46)),
        ("DELETE", "objects/lists/99", None, (405, 46)),
    ]
    for method, path, body, expected in cases:
        assert refusal(empty.client.request(method, path, json=body)) == expected, (method, path)
