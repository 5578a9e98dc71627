"""Writing one record: what is sent, what is refused before, and what an answer is taken for.

Source: wire spec, account-engagement §3-4, §7, §13-19; faults rule 2.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest

from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.errors import (
    DependencyError,
    DuplicateError,
    InvalidRequestError,
    MissingParameterError,
    NotFoundError,
    NotWritableError,
    ServerError,
)
from datacloud_dbapi.engagement.multipart import FilePart
from datacloud_dbapi.errors import (
    ConnectionLostError,
    DataError,
    Error,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ProtocolError,
)
from datacloud_dbapi.flow.effects import Response
from tests.unit.driver.engagement.script import on_stage, sent
from tests.unit.driver.scripted import Answer, json_answer

OBJECTS = "/api/v5/objects"
MADE = json_answer({"id": 501}, 201, location="https://pi.pardot.com/api/v5/objects/prospects/501?fields=id")
NOTHING = Response(204)
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.timezone(dt.timedelta(hours=-5)))

Call = tuple[str, tuple[Any, ...], dict[str, Any]]

SENT: dict[str, tuple[str, Call, tuple[str, str, dict[str, str], Any]]] = {
    "create": (
        "prospects",
        ("create", ({"email": "pat@example.test", "score": "7", "Level__c": "Gold"},), {}),
        (
            "POST",
            f"{OBJECTS}/prospects",
            {"fields": "id"},
            {"email": "pat@example.test", "score": 7, "Level__c": "Gold"},
        ),
    ),
    "create, with fields of relations": (
        "lists",
        ("create", ({"name": "Spring", "isPublic": True},), {"fields": "id, campaign.name,id"}),
        ("POST", f"{OBJECTS}/lists", {"fields": "id,campaign.name"}, {"name": "Spring", "isPublic": True}),
    ),
    "create, nothing asked": (
        "tags",
        ("create", ({"name": "hot"},), {"fields": None}),
        ("POST", f"{OBJECTS}/tags", {}, {"name": "hot"}),
    ),
    "create outside of objects": (
        "external_activities",
        (
            "create",
            ({"extension": "Shop", "type": "Order", "email": "a@b.test", "value": "7", "activityDate": MOMENT},),
            {},
        ),
        (
            "POST",
            "/api/v5/external-activities",
            {"fields": "id"},
            {
                "extension": "Shop",
                "type": "Order",
                "email": "a@b.test",
                "value": "7",
                "activityDate": "2026-03-04T10:06:07+00:00",
            },
        ),
    ),
    "create with lists": (
        "list_emails",
        (
            "create",
            (
                {
                    "name": "May",
                    "campaignId": 3,
                    "recipientListIds": ["4", 5],
                    "senderOptions": [{"type": "general_user", "name": "Ann"}],
                },
            ),
            {},
        ),
        (
            "POST",
            f"{OBJECTS}/list-emails",
            {"fields": "id"},
            {
                "name": "May",
                "campaignId": 3,
                "recipientListIds": [4, 5],
                "senderOptions": [{"type": "general_user", "name": "Ann"}],
            },
        ),
    ),
    "an enum in another case": (
        "custom_fields",
        ("create", ({"name": "Level", "fieldId": "Level", "type": "multi-select"},), {}),
        (
            "POST",
            f"{OBJECTS}/custom-fields",
            {"fields": "id"},
            {"name": "Level", "fieldId": "Level", "type": "Multi-Select"},
        ),
    ),
    "update": (
        "prospects",
        ("update", ("501", {"firstName": None}), {}),
        ("PATCH", f"{OBJECTS}/prospects/501", {}, {"firstName": None}),
    ),
    "update, with fields": (
        "prospects",
        ("update", (501, {"firstName": "Pat"}), {"fields": ["id", "updatedAt"]}),
        ("PATCH", f"{OBJECTS}/prospects/501", {"fields": "id,updatedAt"}, {"firstName": "Pat"}),
    ),
    "delete": ("tags", ("delete", (9,), {}), ("DELETE", f"{OBJECTS}/tags/9", {}, None)),
    "upsert": (
        "prospects",
        ("upsert", ("pat@example.test", {"firstName": "Pat", "Level__c": "Gold"}), {}),
        (
            "POST",
            f"{OBJECTS}/prospects/do/upsertLatestByEmail",
            {},
            {
                "matchEmail": "pat@example.test",
                "prospect": {"email": "pat@example.test", "firstName": "Pat", "Level__c": "Gold"},
                "fields": ["id"],
            },
        ),
    ),
    "upsert, restoring": (
        "prospects",
        (
            "upsert",
            ("old@example.test", {"email": "new@example.test"}),
            {"fields": ("id", "email", "updatedAt"), "restore_deleted": True},
        ),
        (
            "POST",
            f"{OBJECTS}/prospects/do/upsertLatestByEmail",
            {},
            {
                "matchEmail": "old@example.test",
                "prospect": {"email": "new@example.test"},
                "fields": ["id", "email", "updatedAt"],
                "secondaryDeletedSearch": True,
            },
        ),
    ),
    "undelete": ("forms", ("undelete", (71,), {}), ("POST", f"{OBJECTS}/forms/do/undelete", {}, {"id": 71})),
    "undelete by address": (
        "prospects",
        ("undelete", (), {"email": "pat@example.test"}),
        ("POST", f"{OBJECTS}/prospects/do/undelete", {}, {"email": "pat@example.test"}),
    ),
    "a tag": ("lists", ("add_tag", (3, 9), {}), ("POST", f"{OBJECTS}/lists/3/do/addTag", {}, {"tagId": 9})),
    "no tag": ("lists", ("remove_tag", (3, "9"), {}), ("POST", f"{OBJECTS}/lists/3/do/removeTag", {}, {"tagId": 9})),
    "merging tags": (
        "tags",
        ("do", ("mergeTags", 9), {"tagIds": (11, "12")}),
        ("POST", f"{OBJECTS}/tags/9/do/mergeTags", {}, {"tagIds": [11, 12]}),
    ),
    "an action without arguments": (
        "exports",
        ("do", ("cancel", 7001), {}),
        ("POST", "/api/v5/exports/7001/do/cancel", {}, {}),
    ),
    "a download": (
        "exports",
        ("do", ("downloadResults", 7001), {"fileId": 88001}),
        ("GET", "/api/v5/exports/7001/results/88001", {}, None),
    ),
    "counters": ("list_emails", ("do", ("stats", 5), {}), ("GET", f"{OBJECTS}/list-emails/5/stats", {}, None)),
}


@pytest.mark.parametrize(("name", "call", "expected"), [pytest.param(*case, id=key) for key, case in SENT.items()])
def test_what_is_sent(name: str, call: Call, expected: tuple[str, str, dict[str, str], Any]) -> None:
    scene, service = on_stage(name, json_answer({"id": 1}))
    method, given, named = call
    getattr(service, method)(*given, **named)
    [request] = scene.requests
    assert sent(request) == expected
    assert ("Content-Type" in request.headers) is (expected[3] is not None)


REFUSED: dict[str, tuple[str, Call, type[Error], str, str]] = {
    "no such field": (
        "prospects",
        ("create", ({"email": "a@b.test", "fristName": "A"},), {}),
        InvalidRequestError,
        "no field 'fristName'",
        "firstName",
    ),
    "the other name of a custom field": (
        "prospects",
        ("update", (1, {"Partner Level": "Gold"}), {}),
        InvalidRequestError,
        "no field",
        "__c",
    ),
    "a custom field of another object": (
        "lists",
        ("create", ({"name": "a", "Level__c": "Gold"},), {}),
        InvalidRequestError,
        "no field 'Level__c'",
        "takes name",
    ),
    "for reading": ("prospects", ("update", (1, {"grade": "A"}), {}), NotWritableError, "Prospect.grade", "reading"),
    "a record as read": ("lists", ("update", (1, {"id": 1, "name": "a"}), {}), NotWritableError, "List.id", "reading"),
    "a relation": (
        "prospects",
        ("update", (1, {"campaign": {"id": 1}}), {}),
        NotWritableError,
        "Prospect.campaign",
        "give campaignId",
    ),
    "only on create": (
        "custom_fields",
        ("update", (1, {"valuesPrefill": "Countries"}), {}),
        NotWritableError,
        "valuesPrefill",
        "create takes it",
    ),
    "required": ("forms", ("create", ({"name": "a"},), {}), MissingParameterError, "campaignId, layoutTemplateId", ""),
    "required, and None": ("tags", ("create", ({"name": None},), {}), MissingParameterError, "name", ""),
    "a file": ("files", ("create", ({"name": "a"},), {}), MissingParameterError, "file", "path"),
    "nothing to update": ("tags", ("update", (1, {}), {}), MissingParameterError, "nothing", "at least one"),
    "no mapping": ("tags", ("create", (["name"],), {}), ProgrammingError, "mapping", ""),
    "no text for a name": ("tags", ("create", ({"name": "a", 1: 2},), {}), ProgrammingError, "int", ""),
    "a wrong type": ("prospects", ("update", (1, {"score": "high"}), {}), ProgrammingError, "score", ""),
    "a moment nobody knows": (
        "external_activities",
        (
            "create",
            (
                {
                    "extension": "e",
                    "type": "t",
                    "email": "a@b.test",
                    "value": "v",
                    "activityDate": dt.datetime(2026, 1, 1),
                },
            ),
            {},
        ),
        ProgrammingError,
        "no offset",
        "offset",
    ),
    "too long": (
        "external_activities",
        ("create", ({"extension": "e", "type": "t", "email": "a@b.test", "value": "v" * 101},), {}),
        InvalidRequestError,
        "100 characters",
        "",
    ),
    "an unknown value": (
        "custom_fields",
        ("create", ({"name": "a", "fieldId": "a", "type": "Checkbocks"},), {}),
        ProgrammingError,
        "type",
        "Checkbox",
    ),
    "a text for a list": (
        "list_emails",
        ("create", ({"name": "a", "campaignId": 1, "recipientListIds": "12"},), {}),
        ProgrammingError,
        "recipientListIds is a list",
        "",
    ),
    "an entry with another name": (
        "email_templates",
        ("update", (1, {"senderOptions": [{"adress": "a@b.test"}]}), {}),
        InvalidRequestError,
        "no 'adress'",
        "address",
    ),
    "fields of an answer": (
        "tags",
        ("create", ({"name": "a"},), {"fields": "naem"}),
        ProgrammingError,
        "no field 'naem'",
        "name",
    ),
    "no id": ("tags", ("delete", ("x",), {}), ProgrammingError, "whole number", ""),
    "a Salesforce id": ("prospects", ("update", ("00Q000000000001", {"score": 1}), {}), ProgrammingError, "id", ""),
    "half a character": (
        "prospects",
        ("upsert", ("\ud800@b.test", {"email": "a@b.test"}), {}),
        ProgrammingError,
        "half",
        "",
    ),
    "half a character in a name": (
        "prospects",
        ("update", (1, {"\ud800__c": 1}), {}),
        InvalidRequestError,
        "no field",
        "apiFieldId",
    ),
    "an action without a name": ("tags", ("do", (None, 1), {}), ProgrammingError, "name of an action", ""),
    "no address": ("prospects", ("upsert", ("", {}), {}), ProgrammingError, "address", ""),
    "restore_deleted": (
        "prospects",
        ("upsert", ("a@b.test", {}), {"restore_deleted": "yes"}),
        ProgrammingError,
        "restore_deleted",
        "",
    ),
    "a file for what takes none": (
        "tags",
        ("create", ({"name": "a"},), {"file": FilePart("a", b"a")}),
        NotSupportedError,
        "no file",
        "",
    ),
    "no update": ("forms", ("update", (1, {"name": "a"}), {}), NotSupportedError, "no update", "offers"),
    "no create": ("visits", ("create", ({},), {}), NotSupportedError, "no create", "query"),
    "no delete": ("campaigns", ("delete", (1,), {}), NotSupportedError, "no delete", ""),
    "no upsert": ("lists", ("upsert", ("a@b.test", {}), {}), NotSupportedError, "upsertLatestByEmail", ""),
    "no undelete": ("lists", ("undelete", (1,), {}), NotSupportedError, "undelete", ""),
    "no tags": ("visits", ("add_tag", (1, 2), {}), NotSupportedError, "addTag", ""),
    "no such action": ("tags", ("do", ("mergeTag", 1), {}), NotSupportedError, "mergeTag", "mergeTags"),
    "neither id nor address": ("prospects", ("undelete", (), {}), MissingParameterError, "one of them", ""),
    "both": ("prospects", ("undelete", (1,), {"email": "a@b.test"}), MissingParameterError, "one of them", ""),
    "undelete a form by address": (
        "forms",
        ("undelete", (), {"email": "a@b.test"}),
        InvalidRequestError,
        "no argument 'email'",
        "id",
    ),
    "an action on a record": ("tags", ("do", ("mergeTags",), {"tagIds": [1]}), ProgrammingError, "record", "id"),
    "an action on none": ("prospects", ("do", ("undelete", 1), {}), ProgrammingError, "not on a record", "id="),
    "an argument left out": ("tags", ("do", ("mergeTags", 1), {}), MissingParameterError, "tagIds", ""),
    "an argument of the path left out": (
        "exports",
        ("do", ("downloadResults", 1), {}),
        MissingParameterError,
        "fileId",
        "",
    ),
    "an argument it has not": ("tags", ("do", ("mergeTags", 1), {"tagId": 2}), InvalidRequestError, "tagId", "tagIds"),
}


@pytest.mark.parametrize(
    ("name", "call", "kind", "says", "hint"), [pytest.param(*case, id=key) for key, case in REFUSED.items()]
)
def test_what_is_refused_before_anything_is_sent(
    name: str, call: Call, kind: type[Error], says: str, hint: str
) -> None:
    scene, service = on_stage(name)
    method, given, named = call
    with pytest.raises(kind) as caught:
        getattr(service, method)(*given, **named)
    assert (says in caught.value.message, hint in (caught.value.hint or "")) == (True, True), str(caught.value)
    assert scene.requests == []


CALLS: dict[str, Call] = {
    "create": ("create", ({},), {}),
    "update": ("update", (1, {}), {}),
    "delete": ("delete", (1,), {}),
}
MANY_CALLS: dict[str, Call] = {name: (f"{name}_many", ([{"id": 1}],), {}) for name in CALLS}
EVERY_ACTION = sorted({action for one in catalogue().objects.values() for action in one.actions})


@pytest.mark.parametrize("name", [name for name, one in catalogue().objects.items() if one.path is not None])
def test_what_an_object_has_not_is_never_sent(name: str) -> None:
    """Every operation and action that there is, on every object that does not offer it."""
    scene, service = on_stage(name)
    lacking = [call for operation, call in CALLS.items() if operation not in service.described.operations]
    lacking += [call for operation, call in MANY_CALLS.items() if operation not in service.described.operations]
    lacking += [("do", (action, 1), {}) for action in EVERY_ACTION if action not in service.described.actions]
    if name != "Prospect":
        lacking.append(("upsert_many", ([],), {}))
    if name not in ("Prospect", "Import"):  # an import's upsert is one of its own
        lacking.append(("upsert", ("a@b.test", {}), {}))
    for method, given, named in lacking:
        with pytest.raises(NotSupportedError):
            getattr(service, method)(*given, **named)
    assert (lacking != [], scene.requests) == (True, [])


class TestAnswers:
    def test_a_record_that_was_made(self) -> None:
        _, prospects = on_stage("prospects", MADE)
        record = prospects.create({"email": "pat@example.test"})
        assert (record, record.location) == ({"id": 501}, MADE.headers["location"])

    def test_values_are_those_of_the_catalogue(self) -> None:
        answer = json_answer({"id": "501", "updatedAt": "2026-03-04T05:06:07-05:00", "isDeleted": False})
        _, prospects = on_stage("prospects", answer)
        record = prospects.update(501, {"score": 1}, fields=["id", "updatedAt", "isDeleted"])
        assert record == {"id": 501, "updatedAt": MOMENT, "isDeleted": False}

    def test_a_record_made_that_one_may_not_see(self) -> None:
        scene, prospects = on_stage("prospects", NOTHING)
        assert prospects.create({"email": "pat@example.test"}) == {}
        assert len(scene.requests) == 1

    @pytest.mark.parametrize("answer", [NOTHING, Response(200)])
    def test_an_update_answers_nothing(self, answer: Response) -> None:
        _, prospects = on_stage("prospects", answer)
        assert prospects.update(501, {"score": 1}) == {}

    def test_a_delete_and_a_tag_taken_off_are_none(self) -> None:
        _, lists = on_stage("lists", NOTHING, NOTHING)
        assert (lists.delete(1), lists.remove_tag(1, 2)) == (None, None)

    def test_a_tag_is_a_tagged_object(self) -> None:
        answer = json_answer({"id": 8, "objectId": "3", "objectType": "List", "tagId": 9, "createdAt": None}, 201)
        _, lists = on_stage("lists", answer)
        assert lists.add_tag(3, 9)["objectId"] == 3

    def test_what_an_action_answers_beyond_the_catalogue_stays_as_sent(self) -> None:
        _, visitors = on_stage("visitors", json_answer({"id": "none", "company": {"name": "Acme"}}))
        assert visitors.do("identifyCompany", 4) == {"id": "none", "company": {"name": "Acme"}}

    def test_a_file_is_bytes_and_counters_are_json(self) -> None:
        _, imports = on_stage("imports", Response(200, {}, b"email,error\n"))
        assert imports.do("downloadErrors", 1) == b"email,error\n"
        _, mails = on_stage("list_emails", json_answer({"sent": 12}))
        assert mails.do("stats", 1) == {"sent": 12}

    def test_an_update_of_a_record_that_is_used(self) -> None:
        _, lists = on_stage("lists", json_answer({"code": 108, "message": "in use"}, 405))
        with pytest.raises(DependencyError) as caught:
            lists.delete(1)
        assert caught.value.maybe_applied is None


class TestFiles:
    """Source: wire spec, account-engagement §3 (parts `input` and `file`), §16."""

    @staticmethod
    def parts(body: bytes, content_type: str) -> list[tuple[str, bytes]]:
        boundary = content_type.partition("boundary=")[2].encode()
        found = []
        for part in body.split(b"--" + boundary)[1:-1]:
            head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
            found.append((head.decode().partition('name="')[2].partition('"')[0], content))
        return found

    @pytest.mark.parametrize("kind", ["path", "text", "opened", "part"])
    def test_a_file_is_made(self, kind: str, tmp_path: Path) -> None:
        path = tmp_path / "logo.svg"
        path.write_bytes(b"<svg/>")
        opened = io.BytesIO(b"<svg/>")
        file: Any = {"path": path, "text": str(path), "opened": opened, "part": FilePart("logo.svg", b"<svg/>")}[kind]
        scene, files = on_stage("files", MADE)
        files.create({"campaignId": 3}, file=file)
        [request] = scene.requests
        parts = self.parts(request.body, request.headers["Content-Type"])
        assert [(name, json.loads(content) if name == "input" else content) for name, content in parts] == [
            ("input", {"campaignId": 3}),
            ("file", b"<svg/>"),
        ]

    def test_a_batch_of_an_import_is_a_file_alone(self) -> None:
        scene, imports = on_stage("imports", json_answer({"id": 1}))
        imports.do("addBatch", 3001, file=FilePart("rows.csv", b"matchEmail\r\n", "text/csv"))
        [request] = scene.requests
        assert request.url.endswith("/api/v5/imports/3001/batches")
        assert self.parts(request.body, request.headers["Content-Type"]) == [("file", b"matchEmail")]


LOST = ConnectionLostError("reset")
UNREADABLE = {
    "a web page": Response(201, {}, b"<html>"),
    "a cut body": Response(201, {}, b'{"id": 5'),
    "nothing": Response(201),
    "a list": json_answer([], 201),
    "a value of another type": json_answer({"id": "many"}, 201),
    "two values of one name": Response(201, {}, b'{"id": 1, "id": 2}'),
    "not changed": Response(304),
}
BROKEN = (OperationalError, ProtocolError, DataError)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(LOST, ConnectionLostError, id="no answer"),
        *(pytest.param(Response(status), OperationalError, id=str(status)) for status in (500, 502, 503, 504)),
        pytest.param(json_answer({"code": 183, "message": "again"}, 500), ServerError, id="183"),
        *(
            pytest.param(answer, (OperationalError, ProtocolError, DataError), id=key)
            for key, answer in UNREADABLE.items()
        ),
    ],
)
@pytest.mark.parametrize(
    ("name", "call", "how"),
    [
        ("prospects", ("create", ({"email": "pat@example.test"},), {}), '"email"'),
        ("lists", ("create", ({"name": "a"},), {}), '"createdAtAfterOrEqualTo"'),
        ("files", ("create", ({},), {"file": FilePart("a", b"a")}), '"id DESC"'),
    ],
    ids=["a prospect", "a list", "a file"],
)
@pytest.mark.fault("E1")
def test_nobody_can_tell_of_a_create(name: str, call: Call, how: str, answer: Answer, kind: Any) -> None:
    scene, service = on_stage(name, answer)
    method, given, named = call
    with pytest.raises(kind) as caught:
        getattr(service, method)(*given, **named)
    assert caught.value.maybe_applied is True
    assert how in (caught.value.hint or "")
    assert "pat@example.test" not in str(caught.value)
    assert len(scene.requests) == 1


@pytest.mark.parametrize(
    ("call", "how"),
    [
        (("upsert", ("pat@example.test", {}), {}), "same upsert"),
        (("undelete", (1,), {}), "read the record"),
        (("add_tag", (1, 2), {}), "read the record"),
        (("do", ("removeTag", 1), {"tagId": 2}), "read the record"),
    ],
    ids=["upsert", "undelete", "add_tag", "do"],
)
@pytest.mark.parametrize("answer", [LOST, Response(503), Response(504)], ids=["lost", "503", "504"])
def test_nor_of_an_action(call: Call, how: str, answer: Answer) -> None:
    scene, service = on_stage("prospects", answer)
    method, given, named = call
    with pytest.raises(OperationalError) as caught:
        getattr(service, method)(*given, **named)
    assert (caught.value.maybe_applied, how in (caught.value.hint or ""), len(scene.requests)) == (True, True, 1)


@pytest.mark.fault("E4", "E5")
@pytest.mark.parametrize("fault", [LOST, Response(500), Response(502), Response(503), Response(504)], ids=str)
def test_a_change_by_id_is_sent_again(fault: Answer) -> None:
    scene, prospects = on_stage("prospects", fault, NOTHING, fault, Response(404))
    assert prospects.update(1, {"score": 1}) == {}
    if fault is not LOST and isinstance(fault, Response) and fault.status == 503:
        # A 503 did nothing: that the record is not there is news.
        with pytest.raises(NotFoundError):
            prospects.delete(1)
    else:
        assert prospects.delete(1) is None
    assert [request.method for request in scene.requests] == ["PATCH"] * 2 + ["DELETE"] * 2


def test_a_change_that_stays_unclear_says_so() -> None:
    _, prospects = on_stage("prospects", *[LOST] * 3)
    with pytest.raises(ConnectionLostError) as caught:
        prospects.update(1, {"score": 1})
    assert (caught.value.maybe_applied, caught.value.hint) == (True, "the same call may be made again")


def test_a_refusal_is_certain() -> None:
    _, prospects = on_stage("prospects", json_answer({"code": 9, "message": "exists"}, 400))
    with pytest.raises(DuplicateError) as caught:
        prospects.create({"email": "pat@example.test"})
    assert caught.value.maybe_applied is None
