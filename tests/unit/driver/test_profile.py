"""The Profile API in scripted conversations: what is sent, what is refused, and both readings where sources disagree.

Source: wire spec, profile.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.errors import (
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ProtocolError,
)
from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.services.profile import Profile
from datacloud_dbapi.services.records import Records
from tests.unit.driver.scripted import json_answer
from tests.unit.driver.services_script import (
    ADA,
    ADA_SENT,
    ALL,
    MAIL,
    PERSON,
    SPEND,
    Awaited,
    awaited,
    described,
    on_stage,
    rows,
    scripted,
    sent,
)


def test_a_warm_look_up_costs_one_request_and_gives_typed_values() -> None:
    scene, profile = on_stage(Profile, described(PERSON), Response(200, {}, ADA_SENT), Response(200, {}, ADA_SENT))
    assert profile.get("Demo_Person__dlm", "p-1").all() == [ADA]
    assert len(scene.requests) == 2
    record = profile.get("Demo_Person__dlm", "p-1").first()
    assert record == ADA
    assert isinstance(record["Age__c"], Decimal)
    assert len(scene.requests) == 3
    assert sent(scene) == (
        "/api/v1/profile/Demo_Person__dlm/p-1",
        {"fields": ALL, "limit": "4999", "orderby": "Id__c ASC,KQ_Id__c ASC"},
    )


def test_find_sends_every_parameter() -> None:
    scene, profile = on_stage(Profile, described(PERSON), rows({"Id__c": "p-1", "Surname__c": "Ada"}))
    found = profile.find(
        "Demo_Person__dlm",
        {"surname__C": "Ada", "Born__c": dt.date(1990, 7, 12)},
        fields=["id__c", "Surname__c", "Id__c"],
        orderby=["-Surname__c", "Age__c"],
        limit=10,
        offset=5,
    )
    assert found.all() == [{"Id__c": "p-1", "Surname__c": "Ada"}]
    assert sent(scene) == (
        "/api/v1/profile/Demo_Person__dlm",
        {
            "fields": "Id__c,Surname__c",
            "filters": "[Surname__c=Ada,Born__c=1990-07-12 00:00:00]",
            "orderby": "Surname__c DESC,Age__c ASC,Id__c ASC,KQ_Id__c ASC",
            "limit": "10",
            "offset": "5",
        },
    )
    assert "filters=%5BSurname__c%3DAda%2CBorn__c%3D1990-07-12%2000%3A00%3A00%5D" in scene.requests[-1].url


def test_every_record_when_no_filter_is_asked_for() -> None:
    scene, profile = on_stage(Profile, described(PERSON), rows())
    assert profile.find("Demo_Person__dlm", None).all() == []
    assert "filters" not in sent(scene)[1]


def test_get_by_a_secondary_key() -> None:
    scene, profile = on_stage(Profile, described(PERSON), rows({"Id__c": "p-1"}, {"Id__c": "p-2"}))
    found = profile.get("Demo_Person__dlm", "Ada", search_key="surname__c", fields="Id__c", filters={"Active__c": True})
    assert found.all() == [{"Id__c": "p-1"}, {"Id__c": "p-2"}]
    assert sent(scene)[1] == {
        "fields": "Id__c",
        "searchKey": "Surname__c",
        "filters": "[Active__c=true]",
        "orderby": "Id__c ASC,KQ_Id__c ASC",
        "limit": "4999",
    }


def test_children_have_their_own_fields_and_the_profile_its_own_filters() -> None:
    scene, profile = on_stage(
        Profile, described(PERSON), described(MAIL), rows({"MailId__c": "m-1", "PersonId__c": "p-1", "Score__c": 7})
    )
    found = profile.children(
        "Demo_Person__dlm", "p-1", "Demo_Mail__dlm", filters={"Age__c": 36}, orderby="score__c desc"
    )
    assert found.all() == [{"MailId__c": "m-1", "PersonId__c": "p-1", "Score__c": Decimal(7)}]
    assert sent(scene) == (
        "/api/v1/profile/Demo_Person__dlm/p-1/Demo_Mail__dlm",
        {
            "fields": "MailId__c,PersonId__c,Score__c",
            "filters": "[Age__c=36]",
            "orderby": "Score__c DESC,MailId__c ASC",
            "limit": "4999",
        },
    )


def test_children_whose_rows_look_like_the_profiles_are_kept_with_its_types() -> None:
    # §2.6: the samples print the parent's fields, the words promise the child's.
    _, profile = on_stage(
        Profile, described(PERSON), described(MAIL), rows({"MailId__c": "m-1", "Age__c": 36, "New__c": 1.5})
    )
    (record,) = profile.children("Demo_Person__dlm", "p-1", "Demo_Mail__dlm", fields=["MailId__c"])
    assert record == {"MailId__c": "m-1", "Age__c": Decimal(36), "New__c": Decimal("1.5")}
    assert isinstance(record["Age__c"], Decimal)


def test_insights_of_a_profile() -> None:
    scene, profile = on_stage(
        Profile,
        described(PERSON),
        described(SPEND),
        rows({"CustomerId__c": "p-1", "OrderDay__c": "2031-01-02T00:00:00", "Total__c": 120.5}),
    )
    found = profile.insights(
        "Demo_Person__dlm",
        "p-1",
        "Demo_Spend__cio",
        dimensions=["CustomerId__c", "OrderDay__c"],
        measures=["Total__c"],
        time_granularity="month",
        search_key="Id__c",
        filters={"Surname__c": "Ada"},
    )
    utc = dt.timezone.utc
    day = dt.datetime(2031, 1, 2, tzinfo=utc)
    assert found.all() == [{"CustomerId__c": "p-1", "OrderDay__c": day, "Total__c": Decimal("120.5")}]
    assert [request.path for request in scene.requests] == [
        "/api/v1/profile/metadata/Demo_Person__dlm",
        "/api/v1/insight/metadata/Demo_Spend__cio",
        "/api/v1/profile/Demo_Person__dlm/…/calculated-insights/Demo_Spend__cio",
    ]
    assert sent(scene) == (
        "/api/v1/profile/Demo_Person__dlm/p-1/calculated-insights/Demo_Spend__cio",
        {
            "searchKey": "Id__c",
            "filters": "[Surname__c=Ada]",
            "dimensions": "CustomerId__c,OrderDay__c",
            "measures": "Total__c",
            "timeGranularity": "MONTH",
            "orderby": "CustomerId__c ASC,OrderDay__c ASC",
            "limit": "4999",
        },
    )


# §2.3: ids may hold anything.
@pytest.mark.parametrize(
    ("id", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("a b+c", "a%20b%2Bc"),
        ("me@example.com", "me%40example.com"),
        ("metadata", "metadata"),
        ("50%", "50%25"),
        ("Ünï", "%C3%9Cn%C3%AF"),
        ("?x#y", "%3Fx%23y"),
        ("...", "..."),
    ],
)
def test_an_id_is_one_segment_and_stands_in_no_error(id: str, segment: str) -> None:
    scene, profile = on_stage(Profile, described(PERSON), json_answer({"message": "no permission"}, 403))
    with pytest.raises(OperationalError, match="no permission") as caught:
        profile.get("Demo_Person__dlm", id)
    assert scene.requests[-1].url.split("?")[0].endswith(f"/api/v1/profile/Demo_Person__dlm/{segment}")
    assert caught.value.request == "GET /api/v1/profile/Demo_Person__dlm/…"
    assert scene.requests[-1].label == caught.value.request
    assert id not in repr(scene.requests[-1])


@pytest.mark.parametrize(
    "call",
    [
        lambda profile: profile.get("Demo_Person__dlm", ""),
        lambda profile: profile.get("Demo_Person__dlm", ".."),
        lambda profile: profile.get("Demo_Person__dlm", "."),
        lambda profile: profile.get("Demo_Person__dlm", "\ud800"),
        lambda profile: profile.get("Demo_Person__dlm", 7),
        lambda profile: profile.get("metadata", "x"),
        lambda profile: profile.find("metadata", None),
        lambda profile: profile.find("", None),
        lambda profile: profile.describe(""),
        lambda profile: profile.children("Demo_Person__dlm", "p-1", ""),
        lambda profile: profile.children("Demo_Person__dlm", "p-1", "calculated-insights"),
        lambda profile: profile.insights("Demo_Person__dlm", "p-1", ""),
        lambda profile: profile.find("Demo_Person__dlm", None, limit=-1),
        lambda profile: profile.find("Demo_Person__dlm", None, limit=True),
        lambda profile: profile.find("Demo_Person__dlm", None, offset=-1),
        lambda profile: profile.find("Demo_Person__dlm", None, page_size=0),
        lambda profile: profile.find("Demo_Person__dlm", None, page_size=5000),
    ],
)
def test_what_is_refused_before_anything_is_sent(call: Any) -> None:
    scene, profile = on_stage(Profile)
    with pytest.raises(ProgrammingError):
        call(profile)
    assert scene.requests == []


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda profile: profile.find("Demo_Person__dlm", {"Surnme__c": "x"}), "did you mean 'Surname__c'?"),
        (lambda profile: profile.find("Demo_Person__dlm", {}), "None stands for no filter at all"),
        (lambda profile: profile.find("Demo_Person__dlm", None, fields=["Zzz"]), None),
        (lambda profile: profile.find("Demo_Person__dlm", None, fields=[]), "leave it out for all of them"),
        (lambda profile: profile.find("Demo_Person__dlm", None, orderby="Ag__c"), "did you mean 'Age__c'?"),
        (lambda profile: profile.get("Demo_Person__dlm", "x", search_key="Surname"), "did you mean 'Surname__c'?"),
    ],
)
def test_names_are_held_against_the_description(call: Any, hint: str | None) -> None:
    scene, profile = on_stage(Profile, described(PERSON))
    with pytest.raises(ProgrammingError) as caught:
        call(profile)
    assert caught.value.hint == hint
    assert len(scene.requests) == 1


def test_find_without_filters_is_no_call() -> None:
    _, profile = on_stage(Profile)
    with pytest.raises(TypeError, match="filters"):
        profile.find("Demo_Person__dlm")


# §2.2 of the page: 50 names at most.
def test_more_fields_than_one_answer_has() -> None:
    wide = {**PERSON, "fields": [{"name": f"F{n}__c", "type": "STRING"} for n in range(51)], "primaryKeys": []}
    scene, profile = on_stage(Profile, described(wide), rows())
    with pytest.raises(ProgrammingError, match="51 fields, and one answer has 50 at most"):
        profile.find("Demo_Person__dlm", None)
    assert len(scene.requests) == 1
    assert profile.find("Demo_Person__dlm", None, fields=[f"F{n}__c" for n in range(50)]).all() == []


class TestDescribe:
    """§4.1: the description of an object."""

    @pytest.mark.parametrize("answer", [{"metadata": [PERSON]}, {"metadata": PERSON}, PERSON])
    def test_in_a_list_or_alone(self, answer: dict[str, Any]) -> None:
        scene, profile = on_stage(Profile, json_answer(answer))
        table = profile.describe("demo_person__dlm")
        assert (table.name, table.category, table.primary_key[0].order) == ("Demo_Person__dlm", "Profile", 1)
        assert sent(scene) == ("/api/v1/profile/metadata/demo_person__dlm", {})

    def test_of_all(self) -> None:
        scene, profile = on_stage(Profile, described(PERSON, MAIL))
        assert [table.name for table in profile.describe()] == ["Demo_Person__dlm", "Demo_Mail__dlm"]
        assert sent(scene) == ("/api/v1/profile/metadata", {})

    def test_it_is_kept_until_it_is_asked_for_anew(self) -> None:
        newer = {**PERSON, "fields": [*PERSON["fields"], {"name": "New__c", "type": "NUMBER"}]}
        scene, profile = on_stage(Profile, described(PERSON), rows(), described(newer), rows())
        profile.find("Demo_Person__dlm", None)
        with pytest.raises(ProgrammingError):
            profile.find("DEMO_PERSON__dlm", None, fields="New__c")
        profile.describe("Demo_Person__dlm")
        profile.find("Demo_Person__dlm", None, fields="New__c")
        assert len(scene.requests) == 4

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (described(), ProgrammingError),
            (described(MAIL), ProtocolError),
            (json_answer({"metadata": {}}), ProtocolError),
            (json_answer({"error": "Not Found", "message": "unknown"}, 404), ProgrammingError),
        ],
    )
    def test_of_none(self, answer: Response, error: type[Exception]) -> None:
        _, profile = on_stage(Profile, answer)
        with pytest.raises(error):
            profile.get("Demo_Person__dlm", "1")


# §6: three shapes of body, and none.
@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (422, b'{"timestamp":"x","error":"e","message":"Unknown attribute Foo__c"}', ProgrammingError, "Unknown attr"),
        (400, b'{"error":"bad","errorCode":"X","details":"limit"}', ProgrammingError, "bad"),
        (400, b'[{"errorCode":"ITEM_NOT_FOUND","message":"gone"}]', ProgrammingError, "gone"),
        (400, b"", ProgrammingError, "nothing that explains it"),
        (404, b'{"message":"no such object"}', ProgrammingError, "no such object"),
        (403, b'{"message":"no scope"}', OperationalError, "no scope"),
    ],
)
def test_what_the_service_refuses(status: int, body: bytes, error: type[Exception], says: str) -> None:
    _, profile = on_stage(Profile, described(PERSON), Response(status, {}, body))
    with pytest.raises(error, match=says):
        profile.get("Demo_Person__dlm", "1")


def test_the_same_awaited() -> None:
    async def main() -> None:
        scene, gateway = scripted(
            described(PERSON),
            *[rows({"Id__c": "1"}, done=False), rows({"Id__c": "2"})],
            *[rows({"Id__c": "1"}, done=False), rows({"Id__c": "2"})],
            rows({"Id__c": "1"}),
            rows({"Id__c": "1"}, done=False),
            described(PERSON),
            described(PERSON),
        )
        profile: Any = Profile(Awaited(scene), gateway)
        found: Any = await profile.find("Demo_Person__dlm", None, fields="Id__c")
        assert isinstance(found, Records)
        assert [record async for record in found] == [{"Id__c": "1"}, {"Id__c": "2"}]
        found = await profile.find("Demo_Person__dlm", None, fields="Id__c")
        assert (await found.first(), await found.all(), await found.first()) == ({"Id__c": "1"}, [{"Id__c": "2"}], None)
        table = await (await profile.get("Demo_Person__dlm", "1", fields="Id__c")).to_arrow()
        assert table.to_pylist() == [{"Id__c": "1"}]
        found = await profile.get("Demo_Person__dlm", "1", fields="Id__c")
        assert next(found) == {"Id__c": "1"}
        with pytest.raises(TypeError, match="async for"):
            next(found)
        assert (await profile.describe("Demo_Person__dlm")).name == "Demo_Person__dlm"
        assert [table.name for table in await profile.describe()] == ["Demo_Person__dlm"]

    awaited(main())


def test_what_only_sql_can_say() -> None:
    scene, profile = on_stage(Profile, described(PERSON))
    for filters in ({"Age__c >": 3}, {"Age__c": None}, {"Surname__c": "a,b"}, {"Surname__c": ["a"]}):
        with pytest.raises(NotSupportedError) as caught:
            profile.find("Demo_Person__dlm", filters)
        assert "SQL" in (caught.value.hint or "")
    assert len(scene.requests) == 1


# The same as above, of the pages of this API, which do not tell the key's qualifier.
def test_the_key_qualifier_is_found_by_its_name() -> None:
    fields = [{"name": "ssot__Id__c", "type": "STRING"}, {"name": "KQ_Id__c", "type": "STRING"}]
    person = {**PERSON, "fields": fields, "primaryKeys": [{"name": "ssot__Id__c", "indexOrder": "1"}]}
    twice = [rows({"ssot__Id__c": "1"}, done=False), rows({"ssot__Id__c": "1", "KQ_Id__c": "Shop"})]
    scene, profile = on_stage(Profile, described(person), *twice)
    # Two sources that know the same id are two records, also on pages of one.
    found = profile.find("Demo_Person__dlm", None, fields="ssot__Id__c", page_size=1)
    assert found.all() == [{"ssot__Id__c": "1"}] * 2
    assert {sent(scene, number)[1]["orderby"] for number in (1, 2)} == {"ssot__Id__c ASC,KQ_Id__c ASC"}
    assert sent(scene)[1]["fields"] == "ssot__Id__c,KQ_Id__c"


def test_what_is_kept_for_a_question_is_that_of_its_description() -> None:
    other = {**PERSON, "fields": PERSON["fields"][:3]}
    answers = [described(PERSON), rows(), rows(), rows(), described(other), rows()]
    scene, profile = on_stage(Profile, *answers)
    profile.get("Demo_Person__dlm", "p-1", filters={"Surname__c": "Ada"})
    profile.get("Demo_Person__dlm", "p-2", fields=iter(["Surname__c", "Id__c"]), orderby=["-Surname__c"])
    profile.get("Demo_Person__dlm", "p-3", search_key="Surname__c")
    profile.describe("Demo_Person__dlm")
    profile.get("Demo_Person__dlm", "p-4")
    by_id = {"orderby": "Id__c ASC,KQ_Id__c ASC", "limit": "4999"}
    assert [sent(scene, number) for number in (1, 2, 3, 5)] == [
        ("/api/v1/profile/Demo_Person__dlm/p-1", {**by_id, "fields": ALL, "filters": "[Surname__c=Ada]"}),
        (
            "/api/v1/profile/Demo_Person__dlm/p-2",
            {**by_id, "fields": "Surname__c,Id__c", "orderby": "Surname__c DESC,Id__c ASC,KQ_Id__c ASC"},
        ),
        ("/api/v1/profile/Demo_Person__dlm/p-3", {**by_id, "fields": ALL, "searchKey": "Surname__c"}),
        ("/api/v1/profile/Demo_Person__dlm/p-4", {**by_id, "fields": "Id__c,KQ_Id__c,Surname__c"}),
    ]


@pytest.mark.parametrize("names", [[["Id__c"]], [7], [None], [{}]])
def test_names_that_are_no_text(names: Any) -> None:
    _, profile = on_stage(Profile, described(PERSON))
    with pytest.raises(ProgrammingError, match="is text, not"):
        profile.get("Demo_Person__dlm", "p-1", fields=names)
