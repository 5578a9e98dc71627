"""What is refused before anything is sent, and what is suggested instead.

Source: wire spec, account-engagement §4.1, §5-7.
"""

from __future__ import annotations

from typing import Any

import pytest

from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.checks import check_fields, default_fields
from datacloud_dbapi.errors import NotSupportedError, ProgrammingError
from tests.unit.driver.engagement.script import on_stage

OBJECTS = catalogue().objects
Q, R = "query", "read"


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("prospects", "emial", "Prospect has no field 'emial'.*did you mean 'email'"),
        ("prospects", "EMAIL", "Prospect has no field 'EMAIL'.*did you mean 'email'"),
        ("prospects", "zzzzz", "Prospect has no field 'zzzzz'.*apiFieldId, which ends in __c"),
        ("lists", "Level__c", "List has no field 'Level__c'"),
        ("lists", "campaign.Level__c", "Campaign has no field 'Level__c'"),
        ("prospects", "campaign", r"Prospect.campaign is a relation.*such as campaign\.id, campaign\.name"),
        ("prospects", "campaign.folder", r"Campaign.folder is a relation.*such as campaign\.folder\.id"),
        ("prospects", "email.name", "Prospect.email is no relation, so there is no 'email.name'"),
        ("prospects", "campaign.nam", "Campaign has no field 'nam'.*did you mean 'name'"),
        ("prospects", "campaign.createdBy.createdBy.createdBy.id", "goes through 4 relations, and 3 is the most"),
        ("list_emails", "senderOptions", r"ListEmail.senderOptions is a relation.*senderOptions\.type"),
        ("list_emails", "senderOptions.adress", "has no field 'adress'.*did you mean 'address'"),
        ("list_emails", "senderOptions.type.name", "has no field 'type.name'"),
        ("emails", "htmlMessage", "Email.htmlMessage is not available on query.*read the record for it"),
        ("email_templates", "htmlMessage", "is not available on query.*read the record for it, or export it"),
        ("list_emails", "recipientLists.id", "ListEmail.recipientLists is not available on query"),
        ("list_emails", "recipientListIds", "ListEmail.recipientListIds can only be written"),
        ("prospects", "", "Prospect has no field ''"),
        ("prospects", [], "No field is named"),
        ("prospects", [5], "The name of a field is text, not a int"),
        ("prospects", 5, "The names of fields are a list of texts, not a int"),
    ],
)
def test_fields(name: str, fields: Any, message: str) -> None:
    scene, service = on_stage(name)
    with pytest.raises(ProgrammingError, match=message):
        service.query(fields)
    assert scene.requests == []


@pytest.mark.parametrize(
    ("name", "use", "fields", "names"),
    [
        ("Prospect", Q, "id, email,id", ["id", "email"]),
        ("Prospect", Q, ["Level__c", "campaign.createdBy.id"], ["Level__c", "campaign.createdBy.id"]),
        ("Visit", Q, "prospect.Level__c", ["prospect.Level__c"]),
        ("ListEmail", Q, "senderOptions.type", ["senderOptions.type"]),
        ("ListEmail", R, "recipientLists.campaign.name,htmlMessage", ["recipientLists.campaign.name", "htmlMessage"]),
        ("EngagementStudioProgram", Q, "recipientListIds,schedule", ["recipientListIds", "schedule"]),
        ("ListEmail", Q, "campaign.folder.createdBy.id", ["campaign.folder.createdBy.id"]),
        ("Export", R, "resultRefs,procedure", ["resultRefs", "procedure"]),
    ],
)
def test_fields_that_there_are(name: str, use: Any, fields: Any, names: list[str]) -> None:
    assert [asked.name for asked in check_fields(OBJECTS[name], fields, use)] == names


def test_what_is_asked_for_by_itself() -> None:
    assert [field.name for field in default_fields(OBJECTS["TaggedObject"], "query")] == [
        *("id", "tagId", "objectType", "objectId", "objectName", "createdAt", "createdById"),
    ]
    # §4.1, and of §23.15 what makes queries fail.
    assert "htmlMessage" not in {field.name for field in default_fields(OBJECTS["EmailTemplate"], "query")}
    assert "htmlMessage" in {field.name for field in default_fields(OBJECTS["EmailTemplate"], "read")}
    assert "details" not in {field.name for field in default_fields(OBJECTS["VisitorActivity"], "query")}
    assert "details" in {field.name for field in default_fields(OBJECTS["VisitorActivity"], "read")}


@pytest.mark.parametrize(
    ("name", "asked", "message"),
    [
        ("prospects", {"filters": {"emial": "x"}}, "Prospect has no filter 'emial'.*did you mean 'email'"),
        ("prospects", {"filters": {"updatedAtSince": "x"}}, "no filter 'updatedAtSince'.*did you mean 'updatedAt"),
        ("prospects", {"filters": {"firstName": "x"}}, "Prospect cannot be filtered by firstName.*when the records"),
        ("prospects", {"filters": {"Level__c": "x"}}, "Prospect cannot be filtered by Level__c"),
        ("visits", {"filters": {"isFilteredLike": 1}}, "Visit has no filter 'isFilteredLike'"),
        ("prospects", {"filters": {"id": "x"}}, "The filter id is a whole number"),
        ("prospects", {"filters": {5: "x"}}, "The name of a filter is text"),
        ("prospects", {"filters": [("id", 5)]}, "Filters are a mapping of names to values, not a list"),
        (
            "prospects",
            {"filters": {"id": 1, "email": "x", "userId": 2, "createdAt": "2026-01-01T00:00:00Z"}},
            "4 fields are filtered, and 3 is the most.*filter by the others",
        ),
        ("prospects", {"order_by": "updatedAd"}, "Prospect is not sorted by 'updatedAd'.*did you mean 'updatedAt'"),
        ("prospects", {"order_by": "email"}, "not sorted by 'email'.*id, createdAt, lastActivityAt, updatedAt"),
        ("prospects", {"order_by": "id, createdAt"}, "That is no order.*`updatedAt DESC`"),
        ("prospects", {"order_by": "-id ASC"}, "That is no order"),
        ("prospects", {"order_by": 5}, "That is no order"),
        ("prospects", {"deleted": "true"}, 'deleted is False, True or "all"'),
        ("prospects", {"limit": -1}, "limit is a whole number from 0, not -1"),
        ("prospects", {"limit": True}, "limit is a whole number"),
        ("prospects", {"page_size": 0}, "page_size is a whole number from 1 to 1000"),
        ("prospects", {"page_size": 1001}, "page_size is a whole number from 1 to 1000"),
    ],
)
def test_the_rest_of_a_query(name: str, asked: dict[str, Any], message: str) -> None:
    scene, service = on_stage(name)
    with pytest.raises(ProgrammingError, match=message):
        service.query("id", **asked)
    assert scene.requests == []


@pytest.mark.parametrize(
    ("name", "call", "message"),
    [
        ("account", lambda service: service.query(), "Account has no query.*read"),
        ("tags", lambda service: service.query(deleted=True), "Tag has no recycle bin"),
        ("tags", lambda service: service.read(1, deleted=True), "Tag has no recycle bin"),
    ],
)
def test_what_the_object_does_not_offer(name: str, call: Any, message: str) -> None:
    scene, service = on_stage(name)
    with pytest.raises(NotSupportedError, match=message):
        call(service)
    assert scene.requests == []
