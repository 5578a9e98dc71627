"""Filters, order, pages and their tokens, the ceiling, and the bin.

Expected rows are picked in Python from the store's own. Source: wire spec, account-engagement §5-9.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from datacloud_emulator.engagement.settings import BUSINESS_UNIT

from .service import NOW, ORIGIN, Service, refusal

Row = dict[str, Any]
MIDDLE = datetime(2025, 3, 1, 17, 0, tzinfo=timezone.utc)
MIDDLE_TEXT = "2025-03-01T12:00:00-05:00"


def picked(service: Service, name: str, wanted: Callable[[Row], bool], deleted: str = "false") -> list[int]:
    return [row["id"] for row in service.engagement.rows(name, deleted=deleted) if wanted(row)]


@pytest.mark.parametrize(
    ("path", "name", "filters", "wanted"),
    [
        ("prospects", "Prospect", {"id": 7}, lambda row: row["id"] == 7),
        ("prospects", "Prospect", {"idGreaterThan": 290}, lambda row: row["id"] > 290),
        ("prospects", "Prospect", {"idGreaterThanOrEqualTo": 290}, lambda row: row["id"] >= 290),
        ("prospects", "Prospect", {"idLessThan": 5}, lambda row: row["id"] < 5),
        ("prospects", "Prospect", {"idLessThanOrEqualTo": 5}, lambda row: row["id"] <= 5),
        (
            "prospects",
            "Prospect",
            {"idGreaterThan": 10, "idLessThan": 15},
            lambda row: 10 < row["id"] < 15,
        ),
        ("prospects", "Prospect", {"createdAtAfter": MIDDLE_TEXT}, lambda row: row["createdAt"] > MIDDLE),
        ("prospects", "Prospect", {"createdAtBefore": MIDDLE_TEXT}, lambda row: row["createdAt"] < MIDDLE),
        ("prospects", "Prospect", {"email": "prospect9@example.test"}, lambda row: row["id"] == 9),
        # choice: addresses are compared without case.
        ("prospects", "Prospect", {"email": "PROSPECT9@example.test"}, lambda row: row["id"] == 9),
        ("prospects", "Prospect", {"userIdIsNull": "true"}, lambda row: row["userId"] is None),
        ("prospects", "Prospect", {"userIdIsNotNull": "true"}, lambda row: row["userId"] is not None),
        (
            "prospects",
            "Prospect",
            {"userId": 2, "idLessThan": 200, "updatedAtAfter": MIDDLE_TEXT},
            lambda row: row["userId"] == 2 and row["id"] < 200 and row["updatedAt"] > MIDDLE,
        ),
        ("prospects", "Prospect", {"idList": "3,1,25,999"}, lambda row: row["id"] in {1, 3}),  # 25 is in the bin
        ("visitors", "Visitor", {"isIdentified": "true"}, lambda row: row["isIdentified"]),
        ("visitors", "Visitor", {"isIdentified": "false"}, lambda row: not row["isIdentified"]),
        ("visits", "Visit", {"prospectIdIsNull": "true"}, lambda row: row["prospectId"] is None),
        ("opportunities", "Opportunity", {"closedAtIsNotNull": "true"}, lambda row: row["closedAt"] is not None),
        ("folders", "Folder", {"parentFolderIdIsNull": "true"}, lambda row: row["parentFolderId"] is None),
        ("visitor-activities", "VisitorActivity", {"type": 6, "limit": 1000}, lambda row: row["type"] == 6),
        ("tagged-objects", "TaggedObject", {"objectId": 1}, lambda row: row["objectId"] == 1),
        ("folder-contents", "FolderContents", {"objectName": "Contact"}, lambda row: row["objectName"] == "Contact"),
        ("campaigns", "Campaign", {"name": "spring launch"}, lambda row: False),  # equality minds case elsewhere
    ],
)
def test_filters(
    service: Service, path: str, name: str, filters: dict[str, Any], wanted: Callable[[Row], bool]
) -> None:
    expected = picked(service, name, wanted)
    assert service.ids(f"objects/{path}", **{"limit": 1000, **filters}) == expected
    assert expected or filters == {"name": "spring launch"}  # else the case tells nothing


def test_the_same_moment_in_another_offset(service: Service) -> None:
    (row,) = service.engagement.rows("Prospect")[:1]
    text = row["createdAt"].astimezone(timezone(timedelta(hours=9, minutes=30))).isoformat()
    assert 1 in service.ids("objects/prospects", createdAt=text)
    assert 1 in service.ids("objects/prospects", createdAtAfterOrEqualTo=text, createdAtBeforeOrEqualTo=text)
    assert 1 not in service.ids("objects/prospects", createdAtAfter=text, createdAtBefore=text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (400, 13)),
        ("fields=", (400, 13)),
        ("fields=id&firstName=Ana", (400, 51)),
        ("fields=id&createdAtIsNull=true", (400, 51)),
        ("fields=id&emailGreaterThan=a", (400, 51)),
        ("fields=id&filter[id]=eq,1", (400, 51)),
        ("fields=id&id=1&id=2", (400, 5)),
        ("fields=id&id=one", (400, 56)),
        ("fields=id&id=99999999999999999999", (400, 56)),
        ("fields=id&userIdIsNull=false", (400, 50)),
        ("fields=id&createdAtAfter=2026-01-01", (400, 57)),
        ("fields=id&createdAtAfter=2026-01-01T00:00:00", (400, 57)),
        ("fields=id&createdAtAfter=2026-01-01T00:00:00Z", (400, 57)),
        ("fields=id&createdAtAfter=2026-01-01T00:00:00.5-05:00", (400, 57)),
        ("fields=id&createdAtAfter=2026-13-01T00:00:00-05:00", (400, 57)),
        ("fields=id&createdAtAfter=2026-01-01T00:00:00+00:00", (400, 57)),  # a plus that was not encoded
        ("fields=id&id=1&email=a&createdAt=2026-01-01T00:00:00-05:00&userId=1", (400, 209)),
        ("fields=id&idList=1,x", (400, 16)),
        ("fields=id&deleted=yes", (400, 27)),
        ("fields=id&limit=0", (400, 23)),
        ("fields=id&limit=1001", (400, 23)),
        ("fields=id&limit=ten", (400, 23)),
        ("fields=id&offset=-1", (400, 21)),
        ("fields=id&offset=2001", (400, 21)),
        ("fields=id&orderBy=email", (400, 51)),
        ("fields=id&orderBy=id,createdAt", (400, 51)),
        ("fields=id&orderBy=id%20down", (400, 20)),
        ("fields=id&nextPageToken=unknown", (400, 51)),
    ],
)
def test_refused_parameters(empty: Service, query: str, expected: tuple[int, int]) -> None:
    assert refusal(empty.client.get(f"objects/prospects?{query}")) == expected


def test_an_encoded_plus_and_several_suffixes_of_one_field_are_good(empty: Service) -> None:
    query = (
        "fields=id&createdAtAfter=2026-01-01T00:00:00%2B00:00&createdAtBefore=2027-01-01T00:00:00%2B00:00"
        "&idGreaterThan=0&idLessThan=9&email=a@example.test"
    )
    assert empty.client.get(f"objects/prospects?{query}").status_code == 200


def test_id_lists_can_be_off(empty: Service) -> None:
    empty.settings.id_list = False
    assert refusal(empty.get("objects/prospects", fields="id", idList="1")) == (400, 51)


@pytest.mark.parametrize(
    ("path", "name", "order", "key"),
    [
        ("prospects", "Prospect", "lastActivityAt", "lastActivityAt"),
        ("prospects", "Prospect", "lastActivityAt desc", "lastActivityAt"),
        ("prospects", "Prospect", "createdAt ASC", "createdAt"),
        ("prospects", "Prospect", "id DESC", "id"),
        ("visits", "Visit", "prospectId DESC", "prospectId"),
        ("visits", "Visit", "prospectId", "prospectId"),
        ("prospect-accounts", "ProspectAccount", "salesforceId DESC", "salesforceId"),
    ],
)
def test_pages_in_any_order_give_each_record_once(service: Service, path: str, name: str, order: str, key: str) -> None:
    least: Any = "" if key == "salesforceId" else 0 if key.endswith("d") else NOW - timedelta(days=9999)
    expected = sorted(
        service.engagement.rows(name, deleted="false"),
        key=lambda row: (row[key] is not None, least if row[key] is None else row[key], row["id"]),
        reverse=order.lower().endswith("desc"),
    )
    found: list[int] = []
    url: str | None = f"{ORIGIN}/api/v5/objects/{path}?fields=id&limit=37&orderBy={order}"
    while url is not None:
        body = service.client.get(url).json()
        assert (body["nextPageToken"] is None) == (len(body["values"]) < 37)
        found += [record["id"] for record in body["values"]]
        url = body["nextPageUrl"]
    assert found == [row["id"] for row in expected]


def test_the_envelope_and_the_urls_it_repeats(service: Service) -> None:
    body = service.get("objects/campaigns", fields="id,name", limit=2, orderBy="id DESC").json()
    token = body["nextPageToken"]
    assert body == {
        "nextPageToken": token,
        "nextPageUrl": f"{ORIGIN}/api/v5/objects/campaigns?fields=id,name&nextPageToken={token}",
        "values": [{"id": 7, "name": "Retargeting"}, {"id": 6, "name": "Referral"}],
    }
    full = service.get("objects/campaigns", fields="id", limit=7).json()
    assert full["nextPageToken"] is not None  # exactly full, so an empty page may follow
    last = service.get("objects/campaigns", fields="id", nextPageToken=full["nextPageToken"]).json()
    assert last == {"nextPageToken": None, "nextPageUrl": None, "values": []}
    assert len(service.ids("objects/prospects")) == 200  # the default limit


def test_a_token_is_bound_to_its_query_and_can_be_used_again(service: Service) -> None:
    first = service.get("objects/prospects", fields="id", idGreaterThan=100, limit=3, orderBy="id DESC", deleted="all")
    token = first.json()["nextPageToken"]
    pages = [service.get("objects/prospects", fields=f, nextPageToken=token).json() for f in ("id", "id", "id,email")]
    assert [page["values"] for page in pages[:2]] == [[{"id": 297}, {"id": 296}, {"id": 295}]] * 2
    assert pages[2]["values"][0] == {"id": 297, "email": "prospect297@example.test"}
    for name, value in {"limit": 3, "orderBy": "id", "offset": 0, "deleted": "all", "idGreaterThan": 100}.items():
        answer = service.get("objects/prospects", fields="id", nextPageToken=token, **{name: value})
        assert refusal(answer) == (400, 5), name
    assert refusal(service.get("objects/prospects", nextPageToken=token)) == (400, 13)
    assert refusal(service.get("objects/lists", fields="id", nextPageToken=token)) == (400, 51)
    service.clock.advance(4 * 3600 - 1)
    service.log_in()
    assert service.get("objects/prospects", fields="id", nextPageToken=token).status_code == 200
    service.clock.advance(1)
    assert refusal(service.get("objects/prospects", fields="id", nextPageToken=token)) == (400, 51)


def test_a_token_of_another_business_unit_is_unknown(service: Service) -> None:
    token = service.get("objects/prospects", fields="id", limit=1).json()["nextPageToken"]
    other = service.engagement.add_business_unit("0Uv000000000002AAA", sample=True)
    headers = {"Pardot-Business-Unit-Id": other.id}
    parameters = {"fields": "id", "nextPageToken": token}
    assert refusal(service.client.get("objects/prospects", params=parameters, headers=headers)) == (400, 51)
    assert service.client.headers["Pardot-Business-Unit-Id"] == BUSINESS_UNIT


def test_records_made_and_deleted_between_pages(service: Service) -> None:
    first = service.get("objects/tags", fields="id", limit=4).json()
    service.delete("objects/tags/2")
    service.delete("objects/tags/6")
    service.make("objects/tags", name="late")
    rest = service.get("objects/tags", fields="id", nextPageToken=first["nextPageToken"]).json()
    assert [record["id"] for record in rest["values"]] == [5, 7, 8, 9]


def test_an_offset_switches_tokens_off(service: Service) -> None:
    body = service.get("objects/prospects", fields="id", limit=2, offset=3).json()
    assert body == {"nextPageToken": None, "nextPageUrl": None, "values": [{"id": 4}, {"id": 5}]}
    assert service.get("objects/prospects", fields="id", limit=2, offset=0).json()["nextPageToken"] is None


@pytest.mark.parametrize(
    ("ceiling", "limit", "sizes", "warned"),
    [
        (10, 5, [5, 5], True),
        (10, 4, [4, 4, 2], True),
        (10, 10, [10], True),
        (10, 20, [10], True),
        (288, 100, [100, 100, 88], True),  # as many as there are; the server does not look whether more follow
        (289, 100, [100, 100, 88], False),
    ],
)
def test_a_sequence_ends_at_the_ceiling_with_a_warning_only(
    service: Service, ceiling: int, limit: int, sizes: list[int], warned: bool
) -> None:
    service.settings.sequence_ceiling = ceiling
    answer = service.get("objects/prospects", fields="id", limit=limit)
    found = [answer]
    while (token := answer.json()["nextPageToken"]) is not None:
        assert "pardot-warning" not in answer.headers
        answer = service.get("objects/prospects", fields="id", nextPageToken=token)
        found.append(answer)
    assert [len(page.json()["values"]) for page in found] == sizes
    assert answer.status_code == 200
    assert answer.headers.get("pardot-warning", "").startswith("203;") == warned


def test_of_two_warnings_the_ceiling_is_the_first(service: Service) -> None:
    service.settings.sequence_ceiling = 2
    service.settings.redacted_fields.add(("Prospect", "phone"))
    answer = service.get("objects/prospects", fields="id,phone", limit=2)
    assert [text[:4] for text in answer.headers.get_list("pardot-warning")] == ["203;", "202;"]


@pytest.mark.parametrize(
    ("path", "name"),
    [("prospects", "Prospect"), ("files", "File"), ("folders", "Folder"), ("opportunities", "Opportunity")],
)
def test_the_bin_in_queries(service: Service, path: str, name: str) -> None:
    for deleted in ("false", "true", "all"):
        expected = picked(service, name, lambda row: True, deleted)
        assert service.ids(f"objects/{path}", deleted=deleted, limit=1000) == expected
        assert expected
    assert service.ids(f"objects/{path}", limit=1000) == picked(service, name, lambda row: True)


def test_objects_without_a_bin_know_no_deleted(service: Service) -> None:
    for path in ("tags", "visits", "tagged-objects"):
        assert refusal(service.get(f"objects/{path}", fields="id", deleted="all")) == (400, 51)
    assert len(service.ids("objects/emails", deleted="all")) == 100  # offered there, though nothing is ever in it


def test_details_run_out_of_time_by_a_switch(service: Service) -> None:
    service.settings.details_timeout_limit = 50
    path = "objects/visitor-activities"
    answer = service.get(path, fields="id,details", limit=51)
    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html; charset=UTF-8")
    quick: tuple[Row, ...] = ({"fields": "id,details", "limit": 50}, {"fields": "id", "limit": 1000})
    for parameters in quick:
        assert service.get(path, **parameters).status_code == 200


def test_queries_answer_from_a_copy_that_is_behind(empty: Service) -> None:
    empty.make("objects/tags", name="early")
    empty.settings.replica_lag_seconds = 60
    late = empty.make("objects/tags", name="late")
    empty.patch("objects/tags/1", {"name": "renamed"})
    empty.clock.advance(59)
    assert empty.values("objects/tags", "id,name") == [{"id": 1, "name": "early"}]
    assert refusal(empty.get(f"objects/tags/{late}", fields="id")) == (404, 109)
    empty.clock.advance(1)
    assert empty.values("objects/tags", "id,name") == [{"id": 1, "name": "renamed"}, {"id": late, "name": "late"}]
    empty.delete(f"objects/tags/{late}")
    assert empty.ids("objects/tags") == [1, late]
    empty.settings.replica_lag_seconds = 61  # so far behind that the primary store answers
    assert empty.ids("objects/tags") == [1]
