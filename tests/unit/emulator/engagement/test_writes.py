"""Create, update and delete. Source: wire spec, account-engagement §4, §4.2-4.3, §7, §22 rows 3, 5, 6."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from datacloud_emulator.engagement.catalogue import catalogue

from .service import NOW, NOW_TEXT, ORIGIN, Service, refusal

Values = dict[str, Any]
# The least that a create takes (§4.3), for each object that is made of JSON alone and is no job.
LEAST: Mapping[str, Values] = {
    "CustomField": {"name": "Colour", "fieldId": "Colour", "type": "Text"},
    "CustomRedirect": {"name": "a", "destinationUrl": "https://www.example.test/", "campaignId": 1},
    "DynamicContent": {"name": "a", "basedOnProspectApiFieldId": "score"},
    "DynamicContentVariation": {"dynamicContentId": 1, "operator": "is"},
    "Email": {"name": "a", "campaignId": 1, "prospectId": 1, "emailTemplateId": 1},
    "EmailTemplate": {"name": "a", "subject": "b", "isListEmail": True},
    "Form": {"name": "a", "campaignId": 1, "layoutTemplateId": 1},
    "FormField": {"formId": 1, "prospectApiFieldId": "city", "type": "text", "dataFormat": "text"},
    "FormHandler": {"name": "a", "campaignId": 1, "folderId": 1},
    "FormHandlerField": {"name": "a", "formHandlerId": 1, "dataFormat": "text", "prospectApiFieldId": "city"},
    "LandingPage": {"name": "a", "campaignId": 1},
    "LayoutTemplate": {"name": "a", "layoutContent": "%%content%%"},
    "List": {"name": "a"},
    "ListEmail": {"name": "a", "campaignId": 1, "recipientListIds": [1], "emailTemplateId": 1},
    "ListMembership": {"listId": 5, "prospectId": 301},
    "Prospect": {"email": "pat@example.test"},
    "Tag": {"name": "a"},
}
# Beside what the table requires: an e-mail needs content, a template a use.
BESIDE = {"emailTemplateId", "isListEmail"}


def path_of(name: str) -> str:
    return catalogue().objects[name].path.removeprefix("/api/v5/")


@pytest.fixture
def ready(service: Service) -> Service:
    """The sample with a prospect that can be mailed and is in no list."""
    service.engagement.load("Prospect", [{"email": "fresh@example.test"}])
    service.patch("objects/prospects/1", {"optedOut": False, "isDoNotEmail": False})
    return service


@pytest.mark.parametrize("name", list(LEAST))
def test_create_read_and_further_operations(ready: Service, name: str) -> None:
    item, path = catalogue().objects[name], path_of(name)
    given = LEAST[name]
    before = [row["id"] for row in ready.engagement.rows(name)]
    made = ready.post(path, given)
    number = max(before) + 1  # one sequence per object
    assert (made.status_code, made.json()) == (201, {"id": number})
    assert made.headers["location"] == f"{ORIGIN}/api/v5/{path}/{number}?fields=id"
    readable = [key for key in given if item.fields[key].read]
    stamps = [key for key in ("createdAt", "updatedAt", "createdById", "updatedById") if key in item.fields]
    record = ready.value(f"{path}/{number}", ",".join(["id", *readable, *stamps]))
    expected: Values = {"createdAt": NOW_TEXT, "updatedAt": NOW_TEXT, "createdById": 1, "updatedById": 1}
    assert record == {
        "id": number,
        **{key: given[key] for key in readable},
        **{key: expected[key] for key in stamps},
    }
    patch = ready.patch(f"{path}/{number}", {"name": "b"} if "name" in item.fields else {})
    assert patch.status_code == (204 if "update" in item.operations else 405)
    delete = ready.delete(f"{path}/{number}")
    assert delete.status_code == (204 if "delete" in item.operations else 405)
    if delete.status_code == 204:
        gone = ready.get(f"{path}/{number}", fields="id")
        assert refusal(gone) == (404, 109)
        assert ("pardot-warning" in gone.headers) == item.recycle_bin
        assert [row["id"] for row in ready.engagement.rows(name)] == before + [number] * item.recycle_bin


@pytest.mark.parametrize(
    ("name", "missing"), [(name, key) for name, given in LEAST.items() for key in given if key not in BESIDE]
)
def test_required_properties(ready: Service, name: str, missing: str) -> None:
    given = LEAST[name]
    without = ready.post(path_of(name), {key: value for key, value in given.items() if key != missing})
    assert refusal(without) == (400, 153)
    assert missing in without.json()["message"]
    assert refusal(ready.post(path_of(name), {**given, missing: None})) == (400, 153)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Content-Type": "text/plain"}, b'{"name": "a"}', (400, 151)),
        ({}, b'{"name": "a"}', (400, 151)),
        ({"Content-Type": "application-json"}, b'{"name": "a"}', (400, 151)),
        ({"Content-Type": "application/json; charset=utf-8"}, b"", (400, 152)),
        ({"Content-Type": "application/json"}, b"  ", (400, 152)),
        ({"Content-Type": "application/json"}, b'{"name": ', (400, 150)),
        ({"Content-Type": "application/json"}, b'["name"]', (400, 150)),
        ({"Content-Type": "application/json"}, b'{"name": NaN}', (400, 150)),
        ({"Content-Type": "application/json"}, b'{"name": "\xff"}', (400, 150)),
        ({"Content-Type": "application/json"}, b'{"name": "\\uD83D"}', (400, 150)),  # half of a pair
    ],
)
def test_bodies(empty: Service, headers: dict[str, str], body: bytes, expected: tuple[int, int]) -> None:
    for method, path in (
        ("POST", "objects/tags"),
        ("PATCH", "objects/tags/1"),
        ("POST", "objects/tags/1/do/mergeTags"),
    ):
        assert refusal(empty.client.request(method, path, content=body, headers=headers)) == expected


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("prospects", {"email": "a@example.test", "nothing": 1}, (400, 154)),
        ("prospects", {"email": "a@example.test", "Nothing__c": 1}, (400, 154)),
        ("prospects", {"email": "a@example.test", "grade": "A"}, (400, 180)),
        ("prospects", {"email": "a@example.test", "id": 9}, (400, 180)),
        ("prospects", {"email": "a@example.test", "campaign": {"id": 1}}, (400, 180)),
        ("prospects", {"email": "a@example.test", "score": "high"}, (400, 56)),
        ("prospects", {"email": "a@example.test", "score": 1.5}, (400, 56)),
        ("prospects", {"email": "a@example.test", "score": True}, (400, 56)),
        ("prospects", {"email": "a@example.test", "isStarred": "yes"}, (400, 50)),
        ("prospects", {"email": "a@example.test", "isStarred": 1}, (400, 50)),
        ("prospects", {"email": "a@example.test", "firstName": ["Pat"]}, (400, 51)),
        ("prospects", {"email": "a@example.test", "campaignId": 99}, (400, 38)),
        ("prospects", {"email": "a@example.test", "userId": 99}, (400, 10)),
        ("prospects", {"email": "a@example.test", "prospectAccountId": 99}, (400, 61)),
        ("list-memberships", {"listId": 99, "prospectId": 1}, (400, 55)),
        ("list-memberships", {"listId": 8, "prospectId": 1}, (400, 55)),  # in the bin
        ("list-memberships", {"listId": 1, "prospectId": 999}, (400, 3)),
        ("lists", {"name": "a", "folderId": 99}, (400, 16)),
        ("custom-fields", {"name": "a", "fieldId": "a", "type": "Colour"}, (400, 52)),
        ("custom-redirects", {"name": "a", "destinationUrl": "www.example.test", "campaignId": 1}, (400, 137)),
        ("email-templates", {"name": "a", "subject": "b"}, (400, 220)),
        (
            "email-templates",
            {"name": "a", "subject": "b", "isListEmail": True, "senderOptions": [{"x": 1}]},
            (400, 154),
        ),
        ("emails", {"name": "a", "campaignId": 1, "prospectId": 1, "subject": "b"}, (400, 153)),
        ("emails", {**LEAST["Email"], "scheduledTime": "2026-05-01T00:00:00Z"}, (400, 57)),
        ("emails", {**LEAST["Email"], "scheduledTime": "0001-01-01T00:00:00+00:00"}, (400, 57)),  # no year with -05:00
        ("emails", {**LEAST["Email"], "scheduledTime": "9999-12-31T23:59:59-05:00"}, (400, 57)),  # no year in UTC
        ("list-emails", {**LEAST["ListEmail"], "recipientListIds": [1, 99]}, (400, 55)),
        ("list-emails", {**LEAST["ListEmail"], "recipientListIds": []}, (400, 153)),
        ("list-memberships", {"listId": 6, "prospectId": 1}, (400, 236)),  # its members follow from rules
        ("list-emails", {**LEAST["ListEmail"], "recipientListIds": 1}, (400, 51)),
        ("form-fields", {**LEAST["FormField"], "prospectApiFieldId": "email", "isRequired": False}, (400, 215)),
        ("tags", {"name": "vip"}, (400, 245)),
        ("dynamic-contents", {"name": "Greeting", "basedOnProspectApiFieldId": "score"}, (400, 245)),
        ("custom-fields", {"name": "Other", "fieldId": "Seats", "type": "Text"}, (400, 245)),
    ],
)
def test_values_that_are_refused(service: Service, path: str, body: Values, expected: tuple[int, int]) -> None:
    store = service.engagement.unit().store
    before = {name: store.count(name, deleted="all") for name in catalogue().objects}
    assert refusal(service.post(f"objects/{path}", body)) == expected
    assert {name: store.count(name, deleted="all") for name in before} == before


def test_both_halves_of_a_pair_are_text(empty: Service) -> None:
    body = b'{"name": "\\uD83D\\ude00"}'
    assert (
        empty.client.post("objects/tags", content=body, headers={"Content-Type": "application/json"}).status_code == 201
    )
    assert empty.value("objects/tags/1", "name") == {"name": "\N{GRINNING FACE}"}


def test_the_farthest_dates_can_be_shown_with_any_offset(ready: Service) -> None:
    for moment in ("0001-01-02T00:00:00+00:00", "9999-12-30T23:59:59+00:00"):
        number = ready.make("objects/emails", **{**LEAST["Email"], "scheduledTime": moment})
        for minutes in (-720, 0, 840):
            ready.settings.user_offset_minutes = minutes
            shown = ready.value(f"objects/emails/{number}", "sentAt")["sentAt"]
            assert datetime.fromisoformat(shown) == datetime.fromisoformat(moment)


def test_the_property_that_is_unknown_is_named(empty: Service) -> None:
    answer = empty.post("objects/tags", {"name": "a", "colour": "red"})
    assert answer.json() == {"code": 154, "message": "Invalid property in request: colour"}


def test_numbers_as_text_and_words_in_any_case_are_taken(service: Service) -> None:
    number = service.make("objects/prospects", email="a@example.test", campaignId="2", score="17", zip=1234)
    assert service.value(f"objects/prospects/{number}", "campaignId,score,zip") == {
        "campaignId": 2,
        "score": 17,
        "zip": "1234",
    }
    number = service.make("objects/custom-fields", name="a", fieldId="a", type="multi-select")
    assert service.value(f"objects/custom-fields/{number}", "type,apiFieldId") == {
        "type": "Multi-Select",
        "apiFieldId": "a__c",
    }


def test_what_a_create_answers(empty: Service) -> None:
    made = empty.post("objects/lists", {"name": "a"}, fields="name,folder.name,isDynamic")
    folder = {"name": "Uncategorized lists"}
    assert (made.status_code, made.json()) == (201, {"name": "a", "folder": folder, "isDynamic": False})
    assert made.headers["location"] == f"{ORIGIN}/api/v5/objects/lists/1?fields=name,folder.name,isDynamic"
    assert empty.client.get(made.headers["location"]).json() == made.json()
    assert refusal(empty.post("objects/lists", {"name": "b"}, fields="nothing")) == (400, 51)
    assert len(empty.ids("objects/lists")) == 1  # looked at before anything is made
    empty.settings.lacking_abilities.add(("List", "View"))
    unseen = empty.post("objects/lists", {"name": "c"}, fields="name")
    assert (unseen.status_code, unseen.content, "location" in unseen.headers) == (204, b"", False)
    assert [row["name"] for row in empty.engagement.rows("List")] == ["a", "c"]


def test_what_an_update_answers_and_changes(empty: Service) -> None:
    empty.make("objects/lists", name="a", description="b")
    empty.clock.advance(60)
    silent = empty.patch("objects/lists/1", {"description": "c"})
    assert (silent.status_code, silent.content, "content-type" in silent.headers) == (204, b"", False)
    told = empty.patch("objects/lists/1", {"title": "d"}, fields="name,description,title,createdAt,updatedAt")
    assert (told.status_code, told.json()) == (
        200,
        {
            "name": "a",
            "description": "c",
            "title": "d",
            "createdAt": NOW_TEXT,
            "updatedAt": NOW_TEXT.replace("06:07", "07:07"),
        },
    )
    empty.patch("objects/lists/1", {"description": None})
    assert empty.value("objects/lists/1", "description") == {"description": None}
    assert refusal(empty.patch("objects/lists/1", {"name": None})) == (400, 153)
    assert refusal(empty.patch("objects/lists/1", {"isDynamic": True})) == (400, 180)
    assert refusal(empty.patch("objects/lists/2", {"name": "a"})) == (404, 109)
    empty.settings.lacking_abilities.add(("List", "View"))
    assert empty.patch("objects/lists/1", {"name": "e"}, fields="name").status_code == 204
    empty.delete("objects/lists/1")
    assert refusal(empty.patch("objects/lists/1", {"name": "f"})) == (400, 219)


def test_deletion(service: Service) -> None:
    service.clock.advance(5)
    assert service.delete("objects/prospects/1").status_code == 204
    binned = service.value("objects/prospects/1", "isDeleted,updatedAt,updatedById", deleted="true")
    assert binned == {"isDeleted": True, "updatedAt": NOW_TEXT.replace(":07-", ":12-"), "updatedById": 1}
    again = service.delete("objects/prospects/1")
    assert refusal(again) == (404, 109)
    assert again.headers["pardot-warning"].startswith("201;")
    # It never cascades.
    assert service.values("objects/list-memberships", "prospect.id", prospectId=2) == [
        {"prospect": {"id": 2}}
        for row in service.engagement.rows("ListMembership", deleted="false")
        if row["prospectId"] == 2
    ]
    assert refusal(service.delete("objects/tags/99")) == (404, 109)


@pytest.mark.parametrize(
    ("path", "blocked"),
    [
        ("lists/1", True),  # of a list e-mail
        ("lists/4", True),  # of a program
        ("lists/7", True),  # kept away from both
        ("lists/5", False),
        ("layout-templates/1", True),  # of forms and pages
        ("custom-redirects/1", False),
    ],
)
def test_records_in_use_stay(service: Service, path: str, blocked: bool) -> None:
    answer = service.delete(f"objects/{path}")
    assert answer.status_code == (405 if blocked else 204)
    if blocked:
        assert refusal(answer) == (405, 108)
        service.settings.blocked_deletions.clear()
        assert service.delete(f"objects/{path}").status_code == 204


def test_quotas(empty: Service) -> None:
    empty.settings.records_most["Tag"] = 2
    empty.make("objects/tags", name="a")
    empty.make("objects/tags", name="b")
    assert refusal(empty.post("objects/tags", {"name": "c"})) == (400, 67)
    empty.delete("objects/tags/1")
    assert empty.post("objects/tags", {"name": "c"}).status_code == 201
    empty.settings.folder_most = 1
    for number, folder in ((1, 1), (2, 2)):
        assert empty.make("objects/lists", name=f"list {number}", folderId=folder) == number
    assert refusal(empty.post("objects/lists", {"name": "d", "folderId": 1})) == (400, 216)
    assert refusal(empty.patch("objects/lists/2", {"folderId": 1})) == (400, 216)
    assert empty.patch("objects/lists/1", {"folderId": 1, "title": "stays"}).status_code == 204


def test_protected_records(service: Service) -> None:
    service.settings.protected_records |= {("EmailTemplate", 1): 222, ("EmailTemplate", 2): 221, ("Tag", 1): 223}
    for path, expected in (
        ("email-templates/1", (400, 222)),
        ("email-templates/2", (400, 221)),
        ("tags/1", (405, 223)),
    ):
        assert refusal(service.patch(f"objects/{path}", {"name": "other"})) == expected
        assert refusal(service.delete(f"objects/{path}")) == expected
    assert service.patch("objects/email-templates/3", {"name": "other"}).status_code == 204


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("dynamic-contents", {"name": "a", "basedOnProspectApiFieldId": "score"}, {"basedOn": "score"}),
        ("dynamic-contents", {"name": "a", "basedOnProspectApiFieldId": "Seats__c"}, {"basedOn": "custom"}),
        ("dynamic-contents", {"name": "a", "basedOnProspectApiFieldId": "city"}, {"basedOn": "default"}),
        (
            "custom-redirects",
            {**LEAST["CustomRedirect"], "vanityUrlPath": ""},
            {"vanityUrlPath": "/", "vanityUrl": "https://go.example.test/", "trackerDomainId": 1},
        ),
        ("landing-pages", {**LEAST["LandingPage"], "vanityUrlPath": "x"}, {"vanityUrl": "https://go.example.test/x"}),
        ("landing-pages", LEAST["LandingPage"], {"vanityUrl": None, "trackerDomain": {"isPrimary": True}}),
        ("forms", {**LEAST["Form"], "redirectLocation": "https://a.test"}, {"isUseRedirectLocation": True}),
        ("forms", LEAST["Form"], {"isUseRedirectLocation": False, "fontSize": "default"}),
        ("email-templates", {**LEAST["EmailTemplate"], "htmlMessage": "a"}, {"type": "html"}),
        (
            "email-templates",
            {**LEAST["EmailTemplate"], "htmlMessage": "a", "textMessage": "b"},
            {"type": "htmlAndText"},
        ),
        ("emails", LEAST["Email"], {"sentAt": NOW_TEXT, "subject": "News on Spring launch", "listId": None}),
        ("list-emails", LEAST["ListEmail"], {"isSent": True, "sentAt": NOW_TEXT}),
        (
            "list-emails",
            {**LEAST["ListEmail"], "scheduledTime": "2026-05-01T00:00:00-04:00"},
            {"isSent": False, "sentAt": "2026-04-30T23:00:00-05:00"},
        ),
        ("form-fields", LEAST["FormField"], {"sortOrder": 5}),
        ("custom-fields", LEAST["CustomField"], {"apiFieldId": "Colour__c", "isRequired": False}),
        ("prospects", {"email": "a@example.test"}, {"campaign": {"name": "Website Tracking"}, "score": 0}),
        (
            "dynamic-content-variations",
            {"dynamicContentId": 1, "operator": "between", "value1": "1", "value2": "5"},
            {"comparison": "between 1 5"},
        ),
    ],
)
def test_defaults_and_what_follows(ready: Service, path: str, body: Values, expected: Values) -> None:
    asked = [f"{key}.{next(iter(value))}" if isinstance(value, dict) else key for key, value in expected.items()]
    made = ready.post(f"objects/{path}", body, fields=",".join(asked))
    assert (made.status_code, made.json()) == (201, expected)


@pytest.mark.parametrize("path", ["dynamic-contents", "forms", "form-handlers"])
def test_urls_and_embed_codes_are_there(service: Service, path: str) -> None:
    name = next(item.name for item in catalogue().objects.values() if item.collection == path)
    fields = "embedCode,embedUrl" if path == "dynamic-contents" else "embedCode,url"
    made = service.post(f"objects/{path}", {**LEAST[name], "name": "fresh"}, fields=fields).json()
    assert all(text and "https://go.example.test/" in text for text in made.values())


def test_vanity_paths_are_unique_on_a_tracker_domain(service: Service) -> None:
    page = {**LEAST["LandingPage"], "vanityUrlPath": "/offer"}
    assert service.post("objects/landing-pages", page).status_code == 201
    redirect = {**LEAST["CustomRedirect"], "vanityUrlPath": "offer"}
    assert refusal(service.post("objects/custom-redirects", redirect)) == (400, 245)
    assert service.post("objects/custom-redirects", {**redirect, "trackerDomainId": 2}).status_code == 201


def test_a_prospect_belongs_to_a_list_once(ready: Service) -> None:
    body = {"listId": 5, "prospectId": 301}
    number = ready.make("objects/list-memberships", **body)
    assert refusal(ready.post("objects/list-memberships", body)) == (400, 58)
    ready.delete(f"objects/list-memberships/{number}")
    assert ready.make("objects/list-memberships", **body) == number + 1


def test_folder_contents_follow_their_records(empty: Service) -> None:
    number = empty.make("objects/lists", name="a")
    folder = empty.value(f"objects/lists/{number}", "folderId")["folderId"]
    fields = "folderId,folderRef,objectType,objectId,objectName,objectRef"
    expected = {
        "folderId": folder,
        "folderRef": f"{ORIGIN}/api/v5/objects/folders/{folder}",
        "objectType": "list",
        "objectId": number,
        "objectName": "a",
        "objectRef": f"{ORIGIN}/api/v5/objects/lists/{number}",
    }
    assert empty.values("objects/folder-contents", fields) == [expected]
    empty.patch(f"objects/lists/{number}", {"name": "b", "folderId": 1})
    moved = {**expected, "folderId": 1, "folderRef": f"{ORIGIN}/api/v5/objects/folders/1", "objectName": "b"}
    assert empty.values("objects/folder-contents", fields) == [moved]
    empty.delete(f"objects/lists/{number}")
    assert empty.values("objects/folder-contents", fields) == []
    assert empty.values("objects/folder-contents", fields, deleted="true") == [moved]


def test_a_list_e_mail_is_sent_when_its_time_comes(service: Service) -> None:
    later = (NOW + timedelta(hours=1)).isoformat()
    number = service.make("objects/list-emails", **{**LEAST["ListEmail"], "scheduledTime": later})
    for seconds, sent in ((3599, False), (1, True)):
        service.clock.advance(seconds)
        assert service.value(f"objects/list-emails/{number}", "isSent,updatedAt") == {
            "isSent": sent,
            "updatedAt": NOW_TEXT,
        }


def test_mail_to_whoever_wants_none(ready: Service) -> None:
    ready.patch("objects/prospects/1", {"optedOut": True})
    assert refusal(ready.post("objects/emails", LEAST["Email"])) == (400, 98)
    assert ready.post("objects/emails", {**LEAST["Email"], "isOperational": True}).status_code == 201
