"""Imports of Account Engagement (wire spec, account-engagement §16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.unit.emulator.engagement.jobs.client import Unit, at, code, table

NEW = {"operation": "Upsert", "object": "Prospect"}
READY = {**NEW, "status": "Ready"}
COUNTS = ("createdCount", "updatedCount", "errorCount")
DAY = 86_400


def csv(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def run(unit: Unit, *lines: str, **more: Any) -> tuple[list[int], list[list[str]]]:
    """How many rows an import made, changed and refused, and its errors file."""
    number = unit.send("imports", {**READY, **more}, csv(*lines)).raise_for_status().json()["id"]
    unit.tick(2)
    said = unit.get(f"imports/{number}?fields=status,errorsRef,{','.join(COUNTS)}").json()
    assert said["status"] == "Complete"
    return [said[name] for name in COUNTS], table(unit.get(said["errorsRef"]).raise_for_status().content)


def people(unit: Unit) -> None:
    """1 and 2 are live, 3 is in the bin."""
    unit.load(
        "Prospect",
        {"email": "a@example.test", "salesforceId": "003000000000001AAA", "firstName": "Ada", "score": 5},
        {"email": "b@example.test", "firstName": "Bo", "userId": 1, "assignedToId": 1},
        {"email": "c@example.test", "firstName": "Cy", "isDeleted": True},
    )


def test_an_import_is_opened_filled_made_ready_and_worked_on(unit: Unit) -> None:
    people(unit)
    made = unit.post("imports?fields=id,status,origin", {**NEW, "createOnNoMatch": True})
    assert (made.status_code, made.json()) == (201, {"id": 1, "status": "Open", "origin": "api"})
    assert unit.states("imports/1", 2) == ["Open", "Open"]
    for lines in (["matchEmail,lastName", "a@example.test,One"], ["matchEmail,lastName", "d@example.test,Two"]):
        assert unit.send("imports/1/batches", None, csv(*lines)).status_code < 300
    assert unit.patch("imports/1", {"status": "Ready"}).status_code == 204
    assert code(unit.get("imports/1/errors")) == 161
    assert unit.states("imports/1", 3) == ["Processing", "Complete", "Complete"]
    assert unit.get(f"imports/1?fields={','.join(COUNTS)}").json() == dict(zip(COUNTS, [1, 1, 0], strict=True))
    assert [(row["email"][0], row["lastName"]) for row in unit.rows("Prospect", "false")] == [
        ("a", "One"),
        ("b", None),
        ("d", "Two"),
    ]


def test_ready_is_reported_as_waiting(unit: Unit) -> None:
    assert unit.send("imports?fields=id,status", READY, csv("matchEmail", "a@example.test")).json() == {
        "id": 1,
        "status": "Waiting",
    }
    unit.post("imports", NEW)
    unit.send("imports/2/batches", None, csv("matchEmail", "a@example.test"))
    assert unit.patch("imports/2?fields=status", {"status": "ready"}).json() == {"status": "Waiting"}


@pytest.mark.parametrize(
    ("header", "row", "more", "counts", "refused"),
    [
        # By each match column, found and not found.
        ("matchEmail,score", "a@example.test,9", {}, [0, 1, 0], ""),
        ("matchId,score", "1,9", {}, [0, 1, 0], ""),
        ("matchSalesforceId,score", "003000000000001AAA,9", {}, [0, 1, 0], ""),
        ("matchEmail,score", "z@example.test,9", {}, [0, 0, 1], "109"),
        ("matchId,score", "99,9", {}, [0, 0, 1], "109"),
        ("matchId,score", "x,9", {}, [0, 0, 1], "16"),
        ("matchSalesforceId,score", "003000000000009AAA,9", {}, [0, 0, 1], "109"),
        ("matchEmail,score", "z@example.test,9", {"createOnNoMatch": True}, [1, 0, 0], ""),
        ("matchId,email", "99,z@example.test", {"createOnNoMatch": True}, [1, 0, 0], ""),
        ("matchId,score", "99,1", {"createOnNoMatch": True}, [0, 0, 1], "153"),
        ("matchSalesforceId,email", "003000000000009AAA,z@example.test", {"createOnNoMatch": True}, [1, 0, 0], ""),
        # All empty: a new prospect, whatever createOnNoMatch says.
        ("matchEmail,email", ",z@example.test", {}, [1, 0, 0], ""),
        ("matchEmail,email", ",a@example.test", {}, [0, 0, 1], "9"),
        ("matchEmail,email", ",no address", {}, [0, 0, 1], "4"),
        # In the bin.
        ("matchEmail,score", "c@example.test,9", {}, [0, 0, 1], "109"),
        ("matchEmail,score", "c@example.test,9", {"createOnNoMatch": True}, [0, 0, 1], "109"),
        ("matchEmail,score", "c@example.test,9", {"restoreDeleted": True}, [0, 1, 0], ""),
        ("matchId,score", "3,9", {"restoreDeleted": True}, [0, 1, 0], ""),
        # Values.
        ("matchId,score", "1,many", {}, [0, 0, 1], "56"),
        ("matchId,optedOut", "1,perhaps", {}, [0, 0, 1], "50"),
        ("matchId,campaignId", "1,77", {}, [0, 0, 1], "38"),
        ("matchId,email", "1,b@example.test", {}, [0, 0, 1], "9"),
        ("matchId,email", "1,", {}, [0, 0, 1], "153"),
        ("matchId,userId,salesforceOwnerId", "1,1,005xx0000000001AAA", {}, [0, 0, 1], "125"),
    ],
)
def test_what_a_row_does(
    unit: Unit, header: str, row: str, more: dict[str, Any], counts: list[int], refused: str
) -> None:
    people(unit)
    before = unit.rows("Prospect")
    found, errors = run(unit, header, row, **more)
    assert found == counts
    assert errors[0][:-2] == header.split(",")
    assert [line[:-1] for line in errors[1:]] == ([[*row.split(","), refused]] if refused else [])
    if refused:
        assert unit.rows("Prospect") == before
    elif "score" in header:
        assert [person["score"] for person in unit.rows("Prospect", "false") if person["score"] == 9] == [9]


def test_a_row_that_fails_does_not_stop_the_others(unit: Unit) -> None:
    people(unit)
    counts, errors = run(unit, "matchEmail,score", "a@example.test,x", "no,1", "b@example.test,2", "d@example.test,3")
    assert counts == [0, 1, 3]
    assert [line[0] for line in errors[1:]] == ["a@example.test", "no", "d@example.test"]
    assert unit.rows("Prospect")[1]["score"] == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (None, {"firstName": None, "lastName": "New", "company": None}),
        ({"firstName": {"nullOverwrite": False}}, {"firstName": "Ada", "lastName": "New", "company": None}),
        ({"lastName": {"overwrite": False}}, {"firstName": None, "lastName": "Old", "company": None}),
    ],
)
def test_blank_cells_make_null_unless_a_column_says_otherwise(
    unit: Unit, options: dict[str, Any] | None, expected: dict[str, Any]
) -> None:
    unit.load("Prospect", {"email": "a@example.test", "firstName": "Ada", "lastName": "Old", "company": "X"})
    more = {} if options is None else {"fields": options}
    assert run(unit, "matchId,firstName,lastName,company", "1,,New,", **more)[0] == [0, 1, 0]
    (row,) = unit.rows("Prospect")
    assert {name: row[name] for name in expected} == expected


def test_a_blank_cell_takes_no_assignment_away(unit: Unit) -> None:
    people(unit)
    assert run(unit, "matchId,userId,firstName", "2,,B")[0] == [0, 1, 0]
    row = unit.rows("Prospect")[1]
    assert (row["userId"], row["assignedToId"], row["firstName"]) == (1, 1, "B")


def test_values_are_read_by_their_types(unit: Unit) -> None:
    unit.load(
        "CustomField",
        {"fieldId": "Level", "apiFieldId": "Level__c", "name": "Level", "type": "Text"},
        {"fieldId": "Likes", "apiFieldId": "Likes__c", "name": "Likes", "type": "Multi-Select"},
    )
    header = "matchEmail,score,optedOut,isDoNotEmail,zip,Level__c,Likes__c,firstName"
    counts, _ = run(unit, header, 'a@example.test,07,TRUE,0,01234,Gold,tea;jam,"Ada, ""A"""', createOnNoMatch=True)
    assert counts == [1, 0, 0]
    (row,) = unit.rows("Prospect")
    expected = {"email": "a@example.test", "score": 7, "optedOut": True, "isDoNotEmail": False, "zip": "01234"}
    expected |= {"Level__c": "Gold", "Likes__c": ["tea", "jam"], "firstName": 'Ada, "A"'}
    assert {name: row[name] for name in expected} == expected


def test_of_several_prospects_the_one_with_the_latest_activity_is_meant(unit: Unit) -> None:
    unit.settings.shared_emails = True
    moments = [(1, -50), (2, -10), (3, -30)]
    unit.load("Prospect", *({"id": n, "email": "a@example.test", "lastActivityAt": at(s)} for n, s in moments))
    assert run(unit, "matchEmail,score", "a@example.test,9")[0] == [0, 1, 0]
    assert [row["score"] for row in unit.rows("Prospect")] == [None, 9, None]


def test_a_live_prospect_goes_before_one_in_the_bin(unit: Unit) -> None:
    both = [{"id": 1, "lastActivityAt": at(-50)}, {"id": 2, "lastActivityAt": at(-10), "isDeleted": True}]
    unit.load("Prospect", *({**person, "email": "a@example.test"} for person in both))
    assert run(unit, "matchEmail,score", "a@example.test,9", restoreDeleted=True)[0] == [0, 1, 0]
    assert [(row["score"], row["_deleted"]) for row in unit.rows("Prospect")] == [(9, False), (None, True)]


def test_a_row_is_put_in_as_a_whole_or_not_at_all(unit: Unit) -> None:
    people(unit)
    before = unit.rows("Prospect")
    header, rows = "matchEmail,score,addToList", ["z@example.test,9,99", "a@example.test,9,99"]
    assert run(unit, header, *rows, createOnNoMatch=True)[0] == [0, 0, 2]
    assert unit.rows("Prospect") == before


@pytest.mark.parametrize(
    ("several", "row", "refused"),
    [
        (False, None, 165),
        (True, "1,", ""),
        (True, ",b@example.test", ""),
        (True, "1,a@example.test", "165"),
    ],
)
def test_several_match_columns(unit: Unit, several: bool, row: str | None, refused: Any) -> None:
    people(unit)
    unit.settings.import_several_matches = several
    if row is None:
        assert code(unit.send("imports", READY, csv("matchId,matchEmail,score", "1,,9"))) == refused
    else:
        _, errors = run(unit, "matchId,matchEmail,score", f"{row},9")
        assert [line[-2] for line in errors[1:]] == ([refused] if refused else [])


@pytest.mark.parametrize(
    ("cells", "members", "refused"),
    [
        ("5;6,", {5, 6, 7}, ""),
        ("5; 6 ,7", {5, 6}, ""),
        (",7", set(), ""),
        (",5", {7}, ""),
        ("7,", {7}, ""),
        ("8,", {7, 8}, ""),
        ("99,", {7}, "55"),
        ("x,", {7}, "55"),
        (";".join(["5"] * 20) + ",", {5, 7}, ""),
        (";".join(["5"] * 21) + ",", {7}, "63"),
    ],
)
def test_lists(unit: Unit, cells: str, members: set[int], refused: str) -> None:
    people(unit)
    unit.load("List", *({"id": number, "name": f"L{number}"} for number in (5, 6, 7, 8)))
    unit.load("ListMembership", {"listId": 7, "prospectId": 1}, {"listId": 8, "prospectId": 1, "isDeleted": True})
    before = unit.rows("Prospect")
    _, errors = run(unit, "matchEmail,addToList,removeFromList", f"a@example.test,{cells}")
    assert [line[-2] for line in errors[1:]] == ([refused] if refused else [])
    memberships = unit.rows("ListMembership", "false")
    assert sorted(row["listId"] for row in memberships) == sorted(members)
    assert unit.rows("Prospect") == before
    # A membership in the bin is restored rather than made anew.
    assert len(unit.rows("ListMembership")) == len({7, 8} | members)


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        ("matchEmail,color\na@example.test,x\n", 130),
        ("matchEmail,Color__c\na@example.test,x\n", 130),
        ("matchEmail,createdAt\na@example.test,x\n", 180),
        ("matchEmail,score,score\na@example.test,1,1\n", 165),
        ("score\n1\n", 197),
        ("", 204),
        ("matchEmail,score\na@example.test\n", 159),
        ('matchEmail,score\n"a@example.test,1\n', 159),
        (b"matchEmail,firstName\na@example.test,\xff\n", 159),
        (b"\xef\xbb\xbfmatchEmail,score\r\na@example.test,1\r\n", 0),
        ("matchEmail,score\n", 0),
    ],
)
def test_what_a_file_must_be(unit: Unit, data: bytes | str, refused: int) -> None:
    assert code(unit.send("imports", READY, data)) == refused
    assert len(unit.rows("Import")) == (0 if refused else 1)
    unit.post("imports", NEW)
    assert code(unit.send(f"imports/{2 if not refused else 1}/batches", None, data)) == refused


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"operation": "upsert", "object": "prospect"}, 0),
        ({"operation": "Delete"}, 206),
        ({"object": "Campaign"}, 206),
        ({"operation": None}, 153),
        ({"status": "Open"}, 0),
        ({"status": "Complete"}, 161),
        ({"status": "Ready"}, 156),
        ({"createOnNoMatch": "yes"}, 50),
        ({"fields": {"score": {"color": 1}}}, 165),
        ({"fields": {"score": True}}, 165),
        ({"createdCount": 1}, 180),
        ({"nothing": 1}, 154),
    ],
)
def test_what_an_import_must_be(unit: Unit, changes: dict[str, Any], refused: int) -> None:
    assert code(unit.post("imports", {**NEW, **changes})) == refused


@pytest.mark.parametrize(
    ("files", "body", "refused"),
    [
        ((), None, 162),
        (("matchId\n1\n", "matchId\n1\n"), None, 163),
        (("matchId\n1\n",), None, 0),
    ],
)
def test_the_file_part(unit: Unit, files: tuple[str, ...], body: None, refused: int) -> None:
    unit.post("imports", NEW)
    # A form must have a part: httpx sends none without.
    answer = unit.send("imports/1/batches", {} if not files else body, *files)
    assert code(answer) == refused


def test_the_input_part_is_json(unit: Unit) -> None:
    assert [code(unit.send("imports", text, "matchId\n1\n")) for text in ("{", "[]", None)] == [166, 166, 166]
    assert code(unit.call("POST", "imports/1/batches", content=b"matchId\n1\n")) == 151


def test_a_file_may_be_so_long(unit: Unit) -> None:
    assert unit.settings.file_most == 50 * 1024 * 1024
    unit.settings.file_most = 10
    assert [code(unit.send("imports", READY, data)) for data in ("matchId\n1\n", "matchId\n12\n")] == [0, 204]


def test_batches_have_the_same_columns(unit: Unit) -> None:
    unit.post("imports", {**NEW, "fields": {"score": {"overwrite": False}}})
    for header, refused in [
        ("matchEmail,firstName", 227),
        ("matchEmail,score", 0),
        ("score,matchEmail", 226),
        ("matchEmail,score,firstName", 226),
        ("matchEmail,score", 0),
    ]:
        assert code(unit.send("imports/1/batches", None, csv(header))) == refused, header


def test_how_many_batches(unit: Unit) -> None:
    unit.settings.import_batches, unit.settings.import_batches_per_day = 2, 3
    for _ in range(2):
        unit.post("imports", NEW)
    sent = [code(unit.send(f"imports/{number}/batches", None, "matchId\n1\n")) for number in (1, 1, 1, 2, 2)]
    assert sent == [0, 0, 160, 0, 164]
    unit.wait(DAY)
    assert code(unit.send("imports/2/batches", None, "matchId\n1\n")) == 0


def test_states_that_do_not_allow_a_call(unit: Unit) -> None:
    calls: dict[str, Callable[[], httpx.Response]] = {
        "batch": lambda: unit.send("imports/1/batches", None, "matchId\n1\n"),
        "ready": lambda: unit.patch("imports/1", {"status": "Ready"}),
        "other": lambda: unit.patch("imports/1", {"status": "Complete"}),
        "errors": lambda: unit.get("imports/1/errors"),
    }
    unit.post("imports", NEW)
    seen = [{name: code(calls[name]()) for name in ("other", "errors", "ready")}]  # ready: without data
    assert code(calls["batch"]()) == code(calls["ready"]()) == 0
    for _ in range(3):
        seen.append({name: code(call()) for name, call in calls.items()})
        unit.tick()
    assert seen == [
        {"other": 161, "errors": 161, "ready": 156},
        {"batch": 155, "ready": 161, "other": 161, "errors": 161},
        {"batch": 155, "ready": 161, "other": 161, "errors": 161},
        {"batch": 155, "ready": 161, "other": 161, "errors": 0},
    ]


@pytest.mark.parametrize(("ticks", "refused"), [(0, 0), (1, 0), (2, 161)])
def test_cancel(unit: Unit, ticks: int, refused: int) -> None:
    unit.send("imports", {**READY, "createOnNoMatch": True}, csv("matchEmail", "a@example.test"))
    unit.tick(ticks)
    assert code(unit.post("imports/1/do/cancel", {})) == refused
    if not refused:
        assert unit.states("imports/1", 2) == ["Canceled", "Canceled"]
        assert unit.rows("Prospect") == []


def test_an_open_import_can_be_cancelled(unit: Unit) -> None:
    unit.post("imports", NEW)
    assert code(unit.post("imports/1/do/cancel", {})) == 0
    assert [row["status"] for row in unit.rows("Import")] == ["Canceling"]


def test_an_import_of_another_version_cannot_be_touched(unit: Unit) -> None:
    unit.load("Import", {"status": "Open", "createdById": 1, "_version": 4})
    assert code(unit.send("imports/1/batches", None, "matchId\n1\n")) == 228
    assert code(unit.patch("imports/1", {"status": "Ready"})) == 228
    assert code(unit.post("imports/1/do/cancel", {})) == 228
    assert code(unit.get("imports/1?fields=status")) == 0


def test_errors_expire(unit: Unit) -> None:
    run(unit, "matchId", "9")
    unit.wait(7 * DAY)
    assert code(unit.get("imports/1/errors")) == 161
    assert unit.get("imports/1?fields=isExpired,errorsRef").json() == {"isExpired": True, "errorsRef": None}


def test_others_imports_are_not_seen(unit: Unit) -> None:
    unit.post("imports", NEW)
    unit.unit.user_id = 2
    assert unit.get("imports?fields=id").json()["values"] == []
    assert code(unit.get("imports/1?fields=id")) == 46
    unit.settings.sees_others_jobs = True
    assert unit.get("imports?fields=id").json()["values"] == [{"id": 1}]


def test_abilities(unit: Unit) -> None:
    unit.load("List", {"name": "L"})
    unit.settings.lacking_abilities.add(("List", "View"))
    assert code(unit.send("imports", READY, csv("matchId,addToList", "1,1"))) == 46
    assert code(unit.send("imports", READY, csv("matchId,score", "1,1"))) == 0
    unit.settings.lacking_abilities.add(("Import", "Create"))
    assert code(unit.send("imports", READY, csv("matchId,score", "1,1"))) == 46
