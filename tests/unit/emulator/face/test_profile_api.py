"""Profile API. Source: wire spec, profile §1-6; expected rows are those of `people`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from datacloud_emulator.doors.http import HttpDoor

from .people import ADA, ORDERS, People

OpenPeople = Callable[..., People]
PERSON = "/api/v1/profile/Person__dlm"
ADA_PATH = f"{PERSON}/{quote(ADA, safe='')}"


def ids(rows: list[dict[str, object]]) -> list[object]:
    return [row["Id__c"] for row in rows]


def test_metadata_of_every_profile_and_of_one(people: People) -> None:
    listed = people.get("/api/v1/profile/metadata").json()["metadata"]
    assert {item["name"] for item in listed} == {"Person__dlm", "Mail__dlm"}  # no engagement, no lake object
    (person,) = people.get("/api/v1/profile/metadata/Person__dlm").json()["metadata"]
    assert person in listed
    assert set(person) == {"fields", "indexes", "category", "name", "displayName", "relationships", "primaryKeys"}
    assert person["fields"][4] == {"name": "Id__c", "displayName": "Person Id", "type": "STRING"}
    assert person["primaryKeys"] == [{"name": "Id__c", "displayName": "Person Id", "indexOrder": "1"}]
    assert person["indexes"] == [{"fields": [{"name": "Last__c", "type": "STRING"}]}]
    assert {
        "fromEntity": "Mail__dlm",
        "toEntity": "Person__dlm",
        "fromEntityAttribute": "PersonId__c",
        "toEntityAttribute": "Id__c",
        "cardinality": "NTOONE",
    } in person["relationships"]


def test_a_row_by_id_has_the_first_ten_fields_by_name(people: People) -> None:
    answer = people.get(ADA_PATH).json()
    assert answer == {
        "data": [
            {
                "Born__c": "1990-07-12",
                "First__c": "Ada",
                "Gender__c": "F",
                "Height__c": 1.70,
                "Id__c": ADA,
                "Last__c": "Fox, Jr=x",
                "Local__c": "2026-01-02T08:30:00.000Z",
                "Score__c": 1.5,
                "Seen__c": "2026-01-02T08:30:00.250Z",
                "Vip__c": True,
            }
        ],
        "done": True,
    }


def test_null_is_null(people: People) -> None:
    assert people.rows(f"{PERSON}/p-3", fields="Born__c,Vip__c,Seen__c") == [
        {"Born__c": None, "Vip__c": None, "Seen__c": None}
    ]


def test_a_secondary_key_finds_many_and_no_match_is_no_error(people: People) -> None:
    for spelling in ("searchKey", "searchkey"):
        found = people.rows(f"{PERSON}/Ada", **{spelling: "First__c", "orderby": "Id__c"})
        assert ids(found) == ["p-3", ADA]
    assert people.get(f"{PERSON}/nobody").json() == {"data": [], "done": True}
    assert ids(people.rows(f"{PERSON}/Ada", searchKey="First__c", filters="[Last__c=Reed]")) == ["p-3"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("[First__c=Ada]", {ADA, "p-3"}),
        ("[First__c=ada]", set()),
        ("[First__c=Ada,Gender__c=F]", {ADA, "p-3"}),
        ("[First__c=Ada, Last__c=Reed]", {"p-3"}),
        ("[Last__c=Fox, Jr=x]", set()),  # "Jr=x" reads as a second pair, of an unknown field: see the refusals
        ("[last__C=O'Neil]", {"p-2"}),
        ("[Last__c=O'Neil' OR '1'='1]", set()),
        (f"[Id__c={ADA}]", {ADA}),
        ("[Born__c=1990-07-12 00:00:00]", {ADA}),
        ("[Born__c=1990-07-12 00:00:01]", set()),
        ("[Seen__c=2026-01-03 00:00:00]", {"p-2"}),
        ("[Local__c=2026-01-02 08:30:00]", {ADA}),
        ("[Height__c=1.7]", {ADA}),
        ("[Visits__c=4]", {"p-2"}),
        ("[Score__c=2.5]", {"p-2"}),
        ("[Vip__c=TRUE]", {ADA}),
        ("[Vip__c=false]", {"p-2"}),
        ("[Zone__c=]", set()),
    ],
)
def test_filters(people: People, filters: str, expected: set[str]) -> None:
    if "Jr=x" in filters:
        assert people.refusal(PERSON, filters=filters) == (422, "Unknown attribute Jr")
        return
    assert set(ids(people.rows(PERSON, filters=filters))) == expected


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({}, 400, "filters is required"),
        ({"filters": ""}, 400, "filters is required"),
        ({"filter": "[First__c=Ada]"}, 400, "filters is required"),
        ({"filters": "[]"}, 400, "square brackets"),
        ({"filters": "First__c=Ada"}, 400, "square brackets"),
        ({"filters": "[First__c]"}, 400, "field=value"),
        ({"filters": "[First__c!=Ada]"}, 400, "field=value"),
        ({"filters": "[Visits__c>=3]"}, 400, "field=value"),
        ({"filters": "[Person__dlm.First__c=Ada]"}, 400, "field=value"),
        ({"filters": "[Visits__c=many]"}, 400, "Visits__c is a number"),
        ({"filters": "[Visits__c=1 OR 1]"}, 400, "Visits__c is a number"),
        ({"filters": "[Vip__c=1]"}, 400, "Vip__c is true or false"),
        ({"filters": "[Seen__c=2026-01-03T00:00:00Z]"}, 400, "YYYY-MM-DD HH:MM:SS"),
        ({"filters": "[Born__c=1990-02-30 00:00:00]"}, 400, "YYYY-MM-DD HH:MM:SS"),
        ({"filters": "[Nope__c=1]"}, 422, "Unknown attribute Nope__c"),
        ({"filters": "[First__c=Ada]", "fields": "Id__c,Nope__c"}, 422, "Unknown attribute Nope__c"),
        ({"filters": "[First__c=Ada]", "fields": "Id__c,"}, 400, "fields must be names"),
        ({"filters": "[First__c=Ada]", "fields": ",".join(f"F{n}" for n in range(51))}, 400, "at most 50"),
        ({"filters": "[First__c=Ada]", "limit": "0"}, 400, "limit must be"),
        ({"filters": "[First__c=Ada]", "limit": "50000"}, 400, "limit must be a whole number from 1 to 49999"),
        ({"filters": "[First__c=Ada]", "offset": "-1"}, 400, "offset must be"),
        ({"filters": "[First__c=Ada]", "orderby": "Nope__c"}, 422, "Unknown attribute Nope__c"),
        ({"filters": "[First__c=Ada]", "orderby": "Id__c DOWN"}, 400, "orderby must be"),
        ({"filters": "[First__c=Ada]", "orderby": "-Id__c DESC"}, 400, "orderby must be"),
        ({"filters": "[First__c=Ada]", "orderby": "1"}, 422, "Unknown attribute 1"),
    ],
)
def test_what_is_refused(people: People, parameters: dict[str, str], status: int, words: str) -> None:
    found = people.refusal(PERSON, **parameters)
    assert found[0] == status
    assert words in found[1]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/profile/Nope__dlm", 404),
        ("/api/v1/profile/Person", 404),
        ("/api/v1/profile/Order__dlm/o-1", 400),
        ("/api/v1/profile/Raw__dll/1", 400),
        ("/api/v1/profile/Daily__cio/1", 400),
        ("/api/v1/profile/metadata/Nope__dlm", 404),
        (f"{PERSON}/p-2/Nope__dlm", 404),
        (f"{PERSON}/p-2/Order__dlm", 400),
        (f"{PERSON}/p-2/Person__dlm", 404),
        (f"{PERSON}/p-2/calculated-insights/Nope__cio", 404),
        (f"{PERSON}/p-2/calculated-insights/Mail__dlm", 404),
        (f"{PERSON}/p-2/calculated-insights/Whole__cio", 404),
        (f"{PERSON}/p-2/calculated-insights", 404),
    ],
)
def test_objects_that_are_not_there_or_no_profiles(people: People, path: str, status: int) -> None:
    assert people.refusal(path, filters="[Id__c=p-2]")[0] == status


def test_a_post_is_not_allowed_and_an_empty_part_is_no_path(people: People) -> None:
    headers = {"Authorization": f"Bearer {people.token()}"}
    assert people.http.post(PERSON, headers=headers).status_code == 405
    assert people.get("/api/v1/profile//p-2").status_code == 404
    assert people.http.get(PERSON).status_code == 401


@pytest.mark.parametrize(
    ("orderby", "expected"),
    [
        ("First__c,Id__c", ["p-3", ADA, "p-2"]),
        ("First__c DESC, Id__c asc", ["p-2", "p-3", ADA]),
        ("-First__c,-Id__c", ["p-2", ADA, "p-3"]),
        ("First__c,-Id__c", [ADA, "p-3", "p-2"]),
        (" first__c  desc , id__c", ["p-2", "p-3", ADA]),
    ],
)
def test_order_in_both_spellings(open_people: OpenPeople, orderby: str, expected: list[str]) -> None:
    people = open_people(find_without_filters=True)
    assert ids(people.rows(PERSON, orderby=orderby)) == expected


@pytest.mark.parametrize(
    ("parameters", "expected", "done"),
    [
        ({"limit": 2}, [ADA, "p-3"], False),
        ({"limit": 2, "offset": 2}, ["p-2"], True),
        ({"limit": 3}, [ADA, "p-3", "p-2"], True),
        ({"offset": 3}, [], True),
        ({}, [ADA, "p-3", "p-2"], True),
    ],
)
def test_pages(open_people: OpenPeople, parameters: dict[str, int], expected: list[str], done: bool) -> None:
    people = open_people(find_without_filters=True)
    answer = people.get(PERSON, params={"orderby": "First__c,Last__c,Id__c", "fields": "Id__c", **parameters}).json()
    assert (ids(answer["data"]), answer["done"]) == (expected, done)


def test_children_of_those_picked(people: People) -> None:
    assert people.rows(f"{ADA_PATH}/Mail__dlm", orderby="-Id__c", fields="Id__c,Address__c") == [
        {"Id__c": "m-2", "Address__c": "a@y.example"},
        {"Id__c": "m-1", "Address__c": "ada@x.example"},
    ]
    assert ids(people.rows(f"{PERSON}/M/Mail__dlm", searchKey="Gender__c")) == ["m-3"]
    # The filters are the parent's.
    assert people.rows(f"{PERSON}/F/Mail__dlm", searchKey="Gender__c", filters="[Last__c=Reed]") == []
    assert people.refusal(f"{ADA_PATH}/Mail__dlm", filters="[Address__c=a@y.example]")[0] == 422
    assert people.refusal(f"{ADA_PATH}/Mail__dlm", fields="First__c")[0] == 422


def test_the_insight_of_those_picked(people: People) -> None:
    total = sum(float(amount) for who, _, _, amount in ORDERS if who == ADA)
    assert people.rows(f"{ADA_PATH}/calculated-insights/Spend__cio") == [{"Customer__c": ADA, "Total__c": total}]
    by_kind = people.rows(
        f"{ADA_PATH}/calculated-insights/Daily__cio",
        dimensions="Kind__c",
        measures="Total__c,Orders__c,Largest__c",
        orderby="Kind__c DESC",
    )
    assert by_kind == [
        {"Kind__c": "web", "Total__c": 11.25, "Orders__c": 2, "Largest__c": 7},
        {"Kind__c": "shop", "Total__c": 10.5, "Orders__c": 1, "Largest__c": 10.5},
    ]
    # The filters are the parent's, and so is the search key.
    path = f"{PERSON}/Ada/calculated-insights/Spend__cio"
    assert people.rows(path, searchKey="First__c", filters="[Last__c=Reed]") == []
    assert people.refusal(path, searchKey="First__c", filters="[Customer__c=p-2]")[0] == 422


MAILS, SPENT = f"{PERSON}/p-2/Mail__dlm", f"{PERSON}/p-2/calculated-insights/Daily__cio"


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        *((path, {"searchKey": "Nope__c"}, 422) for path in (f"{PERSON}/p-2", MAILS, SPENT)),
        *((path, {"filters": "[Nope__c=1]"}, 422) for path in (f"{PERSON}/p-2", MAILS, SPENT)),
        *((path, {"filters": "First__c=Bo"}, 400) for path in (f"{PERSON}/p-2", MAILS, SPENT)),
        *((path, {"offset": "-1"}, 400) for path in (f"{PERSON}/p-2", MAILS, SPENT)),
        *((path, {"limit": "0"}, 400) for path in (f"{PERSON}/p-2", MAILS, SPENT)),
        *((path, {"limit": "50000"}, 400) for path in (f"{PERSON}/p-2", MAILS, SPENT)),
        *((path, {"orderby": "Nope__c"}, 422) for path in (f"{PERSON}/p-2", MAILS, SPENT)),
        *((path, {"fields": "Nope__c"}, 422) for path in (f"{PERSON}/p-2", MAILS)),
        *((path, {"fields": ",".join(f"F{n}" for n in range(51))}, 400) for path in (f"{PERSON}/p-2", MAILS)),
        (MAILS, {"orderby": "First__c"}, 422),  # the profile's, not the child's
        (f"{PERSON}/many", {"searchKey": "Visits__c"}, 400),  # a number's field
        (SPENT, {"dimensions": "Total__c"}, 422),
        (SPENT, {"measures": "Kind__c"}, 422),
        (SPENT, {"dimensions": ",".join(f"D{n}" for n in range(11))}, 400),
        (SPENT, {"measures": ",".join(f"M{n}" for n in range(6))}, 400),
        (SPENT, {"timeGranularity": "WEEK", "measures": "Total__c"}, 400),
        (SPENT, {"timeGranularity": "DAY", "dimensions": "Kind__c", "measures": "Total__c"}, 400),
        (SPENT, {"timeGranularity": "DAY"}, 400),  # the mean does not roll up
    ],
)
def test_what_is_refused_below_a_profile(people: People, path: str, parameters: dict[str, str], status: int) -> None:
    assert people.refusal(path, **parameters)[0] == status


def test_an_insight_of_a_profile_over_time(people: People) -> None:
    parameters = {"dimensions": "Day__c", "measures": "Total__c", "timeGranularity": "MONTH", "orderby": "Day__c DESC"}
    assert people.rows(SPENT, **parameters, limit=2, offset=1) == [
        {"Day__c": "2025-12-01", "Total__c": 20},
        {"Day__c": "2025-02-01", "Total__c": 1},
    ]


@pytest.mark.parametrize(
    ("quirks", "path", "parameters", "expected"),
    [
        ({"fields_when_absent": "key"}, f"{PERSON}/p-2", {}, [{"Id__c": "p-2"}]),
        ({"omit_nulls": True}, f"{PERSON}/p-3", {"fields": "Id__c,Born__c"}, [{"Id__c": "p-3"}]),
        ({"lower_case_keys": True}, f"{PERSON}/p-2", {"fields": "Id__c"}, [{"id__c": "p-2"}]),
        (
            {"record_moments": "bare"},
            ADA_PATH,
            {"fields": "Seen__c,Local__c"},
            [{"Seen__c": "2026-01-02T08:30:00.250", "Local__c": "2026-01-02T08:30:00"}],
        ),
        (
            {"record_moments": "sql"},
            ADA_PATH,
            {"fields": "Seen__c,Local__c"},
            [{"Seen__c": "2026-01-02 08:30:00.250", "Local__c": "2026-01-02 08:30:00"}],
        ),
        ({"find_without_filters": True, "record_limit": 1}, PERSON, {"orderby": "-First__c", "fields": "Id__c"}, 1),
    ],
)
def test_other_readings_of_rows_by_quirk(
    open_people: OpenPeople, quirks: dict[str, Any], path: str, parameters: dict[str, str], expected: Any
) -> None:
    found = open_people(**quirks).rows(path, **parameters)
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_other_readings_of_answers_by_quirk(open_people: OpenPeople) -> None:
    assert open_people(never_done=True).get(f"{PERSON}/p-2").json()["done"] is False
    assert open_people(record_limit_most=10).refusal(f"{PERSON}/p-2", limit=11)[0] == 400
    extras = open_people(record_extras=True).get(f"{PERSON}/p-2", params={"fields": "Id__c"}).json()
    assert (extras["rowCount"], extras["done"]) == (1, True)
    assert extras["metadata"] == {"Id__c": {"type": "VARCHAR", "placeInOrder": 0, "typeCode": 12}}
    one = open_people(metadata_as_object=True, upper_case_category=True).get("/api/v1/profile/metadata/Person__dlm")
    assert (one.json()["metadata"]["name"], one.json()["metadata"]["category"]) == ("Person__dlm", "PROFILE")
    body = open_people(guide_errors=True).get("/api/v1/profile/Nope__dlm/1").json()
    assert body == {"error": "Not Found", "errorCode": "404", "details": "Unknown data model object Nope__dlm"}
    old = open_people(old_org_metadata=True).get("/api/v1/profile/metadata/Person__dlm").json()["metadata"][0]
    assert "primaryKeys" not in old


def test_an_app_without_the_scope_is_forbidden(open_people: OpenPeople) -> None:
    people = open_people(scope="api cdp_query_api")
    assert people.refusal(f"{PERSON}/p-2")[0] == 403
    assert people.query("SELECT 1").status_code == 200


@pytest.mark.parametrize(
    ("quirks", "path", "status"),
    [
        ({}, f"{PERSON}/p-2", 200),
        ({}, "/api/v1/insight/metadata", 429),
        ({"profile_capped": True}, f"{PERSON}/p-2", 429),
    ],
)
def test_calls_at_once(open_people: OpenPeople, quirks: dict[str, bool], path: str, status: int) -> None:
    """A cap of none at once refuses what counts."""
    assert open_people(concurrency=0, **quirks).get(path).status_code == status


ENCODED = {
    ADA_PATH: [("Id__c", ADA)],
    f"{ADA_PATH}/Mail__dlm": [("PersonId__c", ADA)] * 2,
    f"{ADA_PATH}/calculated-insights/Spend__cio": [("Customer__c", ADA)],
    "/api/v1/universalIdLookup/Link__dlm/Shop/Buyer/s%2F1%20%40%2B": [("UnifiedRecordId__c", ADA)] * 2,
}


@pytest.mark.parametrize("path", ENCODED)
def test_encoded_parts_of_a_path(people: People, path: str) -> None:
    found = people.rows(path)
    assert [(key, row[key]) for row, (key, _) in zip(found, ENCODED[path], strict=True)] == ENCODED[path]


@pytest.mark.sockets
def test_encoded_parts_of_a_path_over_a_socket(people: People) -> None:
    door = HttpDoor(0)
    try:
        door.open(people.app)
        with httpx.Client(base_url=door.origin, headers={"Authorization": f"Bearer {people.token()}"}) as http:
            for path in ENCODED:
                assert http.get(path).json()["data"] == people.rows(path)
            graph = f"/api/v1/dataGraph/Person_DG/{quote(ADA, safe='')}"
            assert http.get(graph).json() == people.get(graph).json()
            assert http.get("/%61pi/v1/profile/Person%5F_dlm/p%2d2").json()["data"][0]["Id__c"] == "p-2"
    finally:
        door.close()
