"""What is particular to prospects, tags and the other calls under `do/`.

Source: wire spec, account-engagement §7, §13-14, §20.
"""

from __future__ import annotations

from typing import Any

import pytest

from .service import NOW_TEXT, Service, refusal

UPSERT = "objects/prospects/do/upsertLatestByEmail"
UNDELETE = "objects/prospects/do/undelete"


@pytest.mark.parametrize(
    ("email", "good"),
    [
        ("a@example.test", True),
        ("a+b.c@sub.example.test", True),
        (f"{'a' * 64}@example.test", True),
        (f"{'a' * 65}@example.test", False),
        (f"a@{'b' * 240}.test", True),
        (f"aaaaaaaaaa@{'b' * 240}.test", False),  # 256 in all
        ("a@example.t", False),
        ("a@example.abcdefghijklm", True),
        ("a@example.abcdefghijklmn", False),
        ("a@example", False),
        ("a b@example.test", False),
        ("a@exam ple.test", False),
        ("a@@example.test", False),
        ("@example.test", False),
        ("", False),
    ],
)
def test_addresses(empty: Service, email: str, good: bool) -> None:
    answer = empty.post("objects/prospects", {"email": email})
    assert answer.status_code == (201 if good else 400)
    assert good or answer.json()["code"] == 4


def test_an_address_is_one_prospects_unless_they_are_shared(empty: Service) -> None:
    body = {"email": "pat@example.test"}
    assert empty.post("objects/prospects", body).status_code == 201
    assert refusal(empty.post("objects/prospects", {"email": "Pat@Example.test"})) == (400, 9)
    other = empty.make("objects/prospects", email="other@example.test")
    assert refusal(empty.patch(f"objects/prospects/{other}", body)) == (400, 9)
    assert empty.patch("objects/prospects/1", body).status_code == 204  # its own
    empty.settings.shared_emails = True
    assert empty.post("objects/prospects", body).status_code == 201
    assert empty.patch(f"objects/prospects/{other}", body).status_code == 204
    assert empty.ids("objects/prospects", email="pat@example.test") == [1, 2, 3]


def test_an_address_in_the_bin_is_free_and_cannot_come_back(empty: Service) -> None:
    empty.make("objects/prospects", email="pat@example.test")
    empty.delete("objects/prospects/1")
    assert empty.make("objects/prospects", email="pat@example.test") == 2
    assert refusal(empty.post(UNDELETE, {"id": 1})) == (400, 9)


def several(service: Service) -> None:
    """Three prospects of one address: the second has the latest activity, the third is in the bin."""
    service.settings.shared_emails = True
    times = ("2026-01-01T00:00:00-05:00", "2026-02-01T00:00:00-05:00", "2026-03-01T00:00:00-05:00")
    rows = [{"email": "pat@example.test", "lastActivityAt": time, "createdAt": times[0]} for time in times]
    rows[2]["_deleted"] = True  # type: ignore[assignment]  # a row holds anything
    service.engagement.load("Prospect", rows)


def upserted(service: Service, **more: Any) -> tuple[int, Any]:
    body = {"matchEmail": "pat@example.test", "prospect": {"firstName": "New"}, "fields": ["id", "firstName"], **more}
    answer = service.post(UPSERT, body)
    return answer.status_code, answer.json()


def test_upsert_changes_the_one_with_the_latest_activity(empty: Service) -> None:
    several(empty)
    assert upserted(empty) == (200, {"id": 2, "firstName": "New"})
    empty.delete("objects/prospects/1")
    empty.delete("objects/prospects/2")
    assert upserted(empty, secondaryDeletedSearch=True) == (200, {"id": 3, "firstName": "New"})
    assert empty.value("objects/prospects/3", "isDeleted") == {"isDeleted": False}
    empty.delete("objects/prospects/3")
    assert upserted(empty, secondaryDeletedSearch=False) == (201, {"id": 4, "firstName": "New"})
    assert empty.value("objects/prospects/4", "email") == {"email": "pat@example.test"}


def test_upsert_without_shared_addresses(empty: Service) -> None:
    assert upserted(empty) == (201, {"id": 1, "firstName": "New"})
    assert upserted(empty, prospect={"email": "pat@other.test"}, fields=["id", "email"]) == (
        200,
        {"id": 1, "email": "pat@other.test"},
    )
    assert upserted(empty, prospect={"lastName": "Poe"}) == (201, {"id": 2, "firstName": None})
    empty.delete("objects/prospects/2")
    assert upserted(empty) == (200, {"id": 2, "firstName": "New"})  # brought back
    empty.settings.lacking_abilities.add(("Prospect", "View"))
    assert empty.post(UPSERT, {"matchEmail": "pat@example.test", "prospect": {}}).status_code == 204


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"prospect": {}}, (400, 207)),
        ({"matchEmail": "a@example.test"}, (400, 207)),
        ({"matchEmail": "a@example.test", "prospect": []}, (400, 206)),
        ({"matchEmail": "a@example.test", "prospect": {}, "fields": "id"}, (400, 206)),
        ({"matchEmail": "a@example.test", "prospect": {}, "more": 1}, (400, 208)),
        ({"matchEmail": "nobody", "prospect": {}}, (400, 4)),
        ({"matchEmail": "a@example.test", "prospect": {"nothing": 1}}, (400, 154)),
        ({"matchEmail": "a@example.test", "prospect": {"grade": "A"}}, (400, 180)),
        ({"matchEmail": "a@example.test", "prospect": {}, "fields": ["nothing"]}, (400, 51)),
    ],
)
def test_refused_upserts(empty: Service, body: dict[str, Any], expected: tuple[int, int]) -> None:
    assert refusal(empty.post(UPSERT, body)) == expected
    assert empty.ids("objects/prospects") == []


def test_assignment(service: Service) -> None:
    users = {row["id"]: row["salesforceId"] for row in service.engagement.rows("User")}
    fields = "userId,assignedToId,salesforceOwnerId,firstAssignedAt"
    expected = {"userId": 3, "assignedToId": 3, "salesforceOwnerId": users[3], "firstAssignedAt": NOW_TEXT}
    by_user = service.make("objects/prospects", email="a@example.test", userId=3)
    by_owner = service.make("objects/prospects", email="b@example.test", salesforceOwnerId=users[3])
    for number in (by_user, by_owner):
        assert service.value(f"objects/prospects/{number}", fields) == expected
    both = {"userId": 3, "salesforceOwnerId": users[3]}
    assert refusal(service.patch(f"objects/prospects/{by_user}", both)) == (400, 125)
    assert refusal(service.patch(f"objects/prospects/{by_user}", {"salesforceOwnerId": "005nobody"})) == (400, 10)
    service.clock.advance(60)
    service.patch(f"objects/prospects/{by_user}", {"userId": 4})
    moved = {"userId": 4, "assignedToId": 4, "salesforceOwnerId": users[4], "firstAssignedAt": NOW_TEXT}
    assert service.value(f"objects/prospects/{by_user}", fields) == moved


def test_assigning_needs_an_ability_of_its_own(service: Service) -> None:
    service.settings.lacking_abilities.add(("Prospect", "Assign"))
    assert refusal(service.patch("objects/prospects/1", {"userId": 3})) == (405, 46)
    assert refusal(service.post("objects/prospects", {"email": "a@example.test", "userId": 3})) == (405, 46)
    upsert = {"matchEmail": "a@example.test", "prospect": {"salesforceOwnerId": "005xx0000000001AAA"}}
    assert refusal(service.post(UPSERT, upsert)) == (405, 46)
    assert service.patch("objects/prospects/1", {"city": "Leeds"}).status_code == 204


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("prospects", {"id": 25}, 204),
        ("prospects", {"email": "prospect25@example.test"}, 204),
        ("prospects", {"id": 25, "email": "prospect25@example.test"}, 204),
        ("prospects", {"id": 25, "email": "other@example.test"}, (400, 44)),
        ("prospects", {}, (400, 207)),
        ("prospects", {"id": "x"}, (400, 206)),
        ("prospects", {"id": 999}, (404, 109)),
        ("prospects", {"email": "nobody@example.test"}, (404, 109)),
        ("prospects", {"ids": [1]}, (400, 208)),
        ("forms", {"id": 5}, 204),
        ("forms", {}, (400, 207)),
    ],
)
def test_undelete(service: Service, path: str, body: dict[str, Any], expected: int | tuple[int, int]) -> None:
    answer = service.post(f"objects/{path}/do/undelete", body)
    if isinstance(expected, tuple):
        assert refusal(answer) == expected
        return
    number = {"prospects": 25, "forms": 5}[path]
    assert answer.status_code == expected
    assert service.value(f"objects/{path}/{number}", "isDeleted,updatedAt") == {
        "isDeleted": False,
        "updatedAt": NOW_TEXT,
    }


def test_undelete_takes_the_latest_of_those_in_the_bin(empty: Service) -> None:
    several(empty)
    empty.delete("objects/prospects/1")
    empty.post(UNDELETE, {"email": "pat@example.test"})
    assert empty.ids("objects/prospects") == [2, 3]


TAGGED = [
    *("campaigns", "custom-fields", "custom-redirects", "dynamic-contents", "emails", "email-templates", "files"),
    *("forms", "form-fields", "form-handlers", "landing-pages", "layout-templates", "lists", "opportunities"),
    *("prospects", "users"),
]


@pytest.mark.parametrize("path", TAGGED)
def test_tags(service: Service, path: str) -> None:
    kind = {"opportunities": "opportunity", "dynamic-contents": "dynamic-content"}.get(path, path.removesuffix("s"))
    tag = service.make("objects/tags", name="fresh")
    added = service.post(f"objects/{path}/1/do/addTag", {"tagId": tag})
    number = added.json()["id"]
    record = {"id": number, "objectId": 1, "objectType": kind, "tagId": tag, "createdAt": NOW_TEXT}
    assert (added.status_code, added.json()) == (201, record)
    assert service.post(f"objects/{path}/1/do/addTag", {"tagId": tag}).json()["id"] == number  # once only
    assert service.values("objects/tagged-objects", "objectType,objectId,tag.objectCount", tagId=tag) == [
        {"objectType": kind, "objectId": 1, "tag": {"objectCount": 1}}
    ]
    removed = service.post(f"objects/{path}/1/do/removeTag", {"tagId": tag})
    assert (removed.status_code, removed.content) == (204, b"")
    assert service.value(f"objects/tags/{tag}", "objectCount") == {"objectCount": 0}
    assert refusal(service.post(f"objects/{path}/1/do/removeTag", {"tagId": tag})) == (404, 242)
    assert refusal(service.post(f"objects/{path}/1/do/addTag", {"tagId": 999})) == (404, 242)
    assert refusal(service.post(f"objects/{path}/999/do/addTag", {"tagId": tag})) == (404, 109)


def test_an_action_on_a_record_in_the_bin(service: Service) -> None:
    answer = service.post("objects/prospects/25/do/addTag", {"tagId": 1})
    assert refusal(answer) == (404, 109)
    assert answer.headers["pardot-warning"] == "201;Record In Recycle Bin"
    for name in ("Prospect", "Tag"):
        service.settings.lacking_abilities = {(name, "Create")}
        assert refusal(service.post("objects/prospects/1/do/addTag", {"tagId": 1})) == (405, 46)


def test_tags_are_merged_and_renamed_records_are_shown_by_their_new_name(empty: Service) -> None:
    for name in "abc":
        empty.make("objects/tags", name=name)
    for number, tags in enumerate(((1, 2), (2,), (3,)), 1):
        empty.make("objects/lists", name=f"list {number}")
        for tag in tags:
            empty.post(f"objects/lists/{number}/do/addTag", {"tagId": tag})
    empty.patch("objects/lists/3", {"name": "renamed"})
    assert refusal(empty.post("objects/tags/1/do/mergeTags", {"tagIds": [2, 99]})) == (404, 242)
    assert refusal(empty.post("objects/tags/1/do/mergeTags", {"tagIds": [1]})) == (400, 206)
    assert refusal(empty.post("objects/tags/1/do/mergeTags", {"tagIds": 2})) == (400, 206)
    assert refusal(empty.post("objects/tags/1/do/mergeTags", {"tagIds": [2**63]})) == (400, 206)
    assert empty.ids("objects/tags") == [1, 2, 3]
    assert empty.post("objects/tags/1/do/mergeTags", {"tagIds": [2, 3]}).status_code == 204
    assert empty.values("objects/tags", "id,objectCount") == [{"id": 1, "objectCount": 3}]
    assert [record["objectName"] for record in empty.values("objects/tagged-objects", "objectName", tagId=1)] == [
        *("list 1", "list 2", "renamed"),
    ]
    empty.delete("objects/tags/1")
    assert empty.ids("objects/tagged-objects") == []


def test_campaigns_are_connected(service: Service) -> None:
    path = "objects/campaigns/1/do/connectSalesforceCampaign"
    assert service.post(path, {"salesforceCampaignId": "701xx00000abcde"}).status_code == 204
    assert service.value("objects/campaigns/1", "salesforceId") == {"salesforceId": "701xx00000abcde"}
    assert refusal(service.post(path, {})) == (400, 207)
    service.settings.connected_campaigns = False
    assert refusal(service.post(path, {"salesforceCampaignId": "701xx00000abcde"})) == (400, 218)


def test_form_fields(service: Service) -> None:
    order = [4, 1, 3, 2]
    assert service.post("objects/forms/1/do/reorderFormFields", {"formFieldIds": order}).status_code == 204
    assert [service.value(f"objects/form-fields/{n}", "sortOrder")["sortOrder"] for n in order] == [1, 2, 3, 4]
    for wrong in ([1, 2, 3], [1, 2, 3, 5], [1, 1, 2, 3], "1"):
        body = {"formFieldIds": wrong}
        assert refusal(service.post("objects/forms/1/do/reorderFormFields", body)) == (400, 206)
    path = "objects/form-fields/1"
    flags = "hasDependents,hasProgressives,hasValues"
    assert service.value(path, flags) == dict.fromkeys(flags.split(","), False)
    added = [
        service.post(f"{path}/do/addDependent", {"formFieldId": 2, "value": "a"}),
        service.post(f"{path}/do/addProgressive", {"prospectApiFieldId": "city"}),
        service.post(f"{path}/do/addValue", {"value": "a", "label": "A"}),
        service.post(f"{path}/do/addValue", {"value": "b"}),
    ]
    assert [(answer.status_code, answer.json()) for answer in added] == [(201, {"id": n}) for n in (1, 1, 1, 2)]
    assert service.value(path, flags) == dict.fromkeys(flags.split(","), True)
    reorder = f"{path}/do/reorderFormFieldValues"
    assert service.post(reorder, {"formFieldValueIds": [2, 1]}).status_code == 204
    (row,) = (row for row in service.engagement.rows("FormField") if row["id"] == 1)
    assert [value["value"] for value in row["_values"]] == ["b", "a"]
    assert refusal(service.post(reorder, {"formFieldValueIds": [2, 3]})) == (400, 206)
    for action in ("addDependent", "addProgressive", "addValue"):
        assert refusal(service.post(f"{path}/do/{action}", {})) == (400, 207)


def test_visitors(service: Service) -> None:
    visitors = service.engagement.rows("Visitor", deleted="false")
    unknown = next(row["id"] for row in visitors if row["prospectId"] is None and row["ipAddress"])
    path = f"objects/visitors/{unknown}/do"
    assert service.post(f"{path}/identifyCompany", {}).status_code == 204
    assert refusal(service.post("objects/visitors/10/do/identifyCompany", {})) == (400, 217)  # without an address
    assert refusal(service.post(f"{path}/assignToProspect", {"prospectId": 25})) == (404, 109)
    assert refusal(service.post(f"{path}/assignToProspect", {})) == (400, 207)
    body = {"prospectId": 25, "assignDeletedProspect": True}
    assert service.post(f"{path}/assignToProspect", body).status_code == 204
    fields = "prospectId,isIdentified"
    assert service.value(f"objects/visitors/{unknown}", fields) == {"prospectId": 25, "isIdentified": True}
    visits = service.values("objects/visits", "prospectId", visitorId=unknown)
    assert visits == [{"prospectId": 25}] * len(visits)


def test_the_counters_of_a_list_e_mail(service: Service) -> None:
    rows = [row for row in service.engagement.rows("VisitorActivity") if row["listEmailId"] == 1]
    counters = service.get("objects/list-emails/1/stats").json()
    assert counters["sent"] == sum(row["type"] == 6 for row in rows) > 0
    assert counters["clicks"] == sum(row["type"] == 1 for row in rows)
    assert refusal(service.get("objects/list-emails/99/stats")) == (404, 109)
