"""Exports of Account Engagement (wire spec, account-engagement §15)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from datacloud_emulator.engagement.catalogue import catalogue
from tests.unit.emulator.engagement.jobs.client import Unit, at, code, table, text

UPDATED = "Prospect/FilterByUpdatedAt"
CREATED = "Prospect/FilterByCreatedAt"
HOUR, DAY = 3600, 86_400


def body(name: str = UPDATED, fields: Any = ("id",), arguments: Any = None, **more: Any) -> dict[str, Any]:
    given = {"updatedAfter": text(-DAY)} if arguments is None else arguments
    return {"procedure": {"name": name, "arguments": given}, "fields": list(fields), **more}


def export(unit: Unit, **more: Any) -> list[list[list[str]]]:
    """The files of an export, each with its header."""
    number = unit.post("exports", body(**more)).raise_for_status().json()["id"]
    unit.tick(2)
    said = unit.get(f"exports/{number}?fields=status,resultRefs").json()
    assert said["status"] == "Complete"
    return [table(unit.get(reference).raise_for_status().content) for reference in said["resultRefs"]]


def ids(unit: Unit, **more: Any) -> list[int]:
    return sorted(int(row[0]) for file in export(unit, **more) for row in file[1:])


def test_an_export_waits_runs_and_completes_as_it_is_polled(unit: Unit) -> None:
    unit.load("Prospect", {"email": "a@example.test", "firstName": 'A "x", y', "updatedAt": at(-HOUR)})
    made = unit.post("exports?fields=id,status,procedure", body(fields=["id", "email", "firstName"]))
    assert made.status_code == 201
    assert made.json() == {
        "id": 1,
        "status": "Waiting",
        "procedure": {"name": UPDATED, "arguments": {"updatedAfter": text(-DAY)}},
    }
    assert made.headers["Location"].endswith("/api/v5/exports/1?fields=id,status,procedure")
    assert unit.states("exports/1", 3) == ["Processing", "Complete", "Complete"]
    said = unit.get("exports/1?fields=isExpired,resultRefs").json()
    assert said["isExpired"] is False
    result = unit.get(said["resultRefs"][0])
    assert result.headers["Content-Type"].startswith("text/csv")
    assert table(result.content) == [["id", "email", "firstName"], ["1", "a@example.test", 'A "x", y']]


@pytest.mark.parametrize(
    ("settings", "seconds", "ticks", "polls", "states"),
    [
        ({"job_polls": 2}, 0, 0, 5, ["Waiting", "Processing", "Processing", "Complete", "Complete"]),
        ({"job_polls": 0}, 0, 0, 1, ["Complete"]),
        ({"job_polls": None}, 900, 0, 2, ["Waiting", "Waiting"]),
        ({"job_polls": None}, 0, 1, 1, ["Processing"]),
        ({"job_polls": None}, 0, 2, 1, ["Complete"]),
        ({"job_polls": None, "job_seconds": 30.0}, 29, 0, 1, ["Waiting"]),
        ({"job_polls": None, "job_seconds": 30.0}, 30, 0, 1, ["Processing"]),
        ({"job_polls": None, "job_seconds": 30.0}, 60, 0, 1, ["Complete"]),
        ({"failing_jobs": {"Export"}}, 0, 0, 2, ["Processing", "Failed"]),
    ],
)
def test_states_move_by_polls_ticks_or_time(
    unit: Unit, settings: dict[str, Any], seconds: float, ticks: int, polls: int, states: list[str]
) -> None:
    for name, value in settings.items():
        setattr(unit.settings, name, value)
    unit.post("exports", body())
    unit.clock.advance(seconds)
    unit.tick(ticks)
    assert unit.states("exports/1", polls) == states


def test_a_refused_read_and_a_query_are_no_polls(unit: Unit) -> None:
    unit.post("exports", body())
    assert code(unit.get("exports/1")) == 13
    assert [row["status"] for row in unit.get("exports?fields=id,status").json()["values"]] == ["Waiting"]
    assert unit.states("exports/1", 1) == ["Processing"]


def test_one_export_runs_at_a_time(unit: Unit) -> None:
    for _ in range(3):
        unit.post("exports", body())
    seen = []
    for _ in range(6):
        seen.append(tuple(row["status"][0] for row in unit.rows("Export")))
        unit.tick()
    expected = ["WWW", "PWW", "CWW", "CPW", "CCW", "CCP"]
    assert ["".join(states) for states in seen] == expected


def test_a_poll_of_a_waiting_export_moves_the_one_that_runs(unit: Unit) -> None:
    for _ in range(2):
        unit.post("exports", body())
    assert unit.states("exports/2", 4) == ["Waiting", "Waiting", "Processing", "Complete"]
    assert unit.states("exports/1", 1) == ["Complete"]


def test_the_time_of_an_export_begins_when_it_is_made(unit: Unit) -> None:
    unit.settings.job_polls, unit.settings.job_seconds = None, 30.0
    unit.post("exports", body())
    unit.clock.advance(100)  # the first has been complete for 40 seconds, though nobody has looked
    unit.post("exports", body())
    assert [*unit.states("exports/1", 1), *unit.states("exports/2", 1)] == ["Complete", "Waiting"]
    unit.clock.advance(30)
    assert unit.states("exports/2", 1) == ["Processing"]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"name": "Prospect/FilterByName"}, 174),
        ({"name": "Nothing/FilterByCreatedAt"}, 174),
        ({"name": "Prospect"}, 174),
        ({"name": "Account/FilterByCreatedAt"}, 174),
        ({"arguments": {"updatedAfter": text(0), "createdAfter": text(0)}}, 175),
        ({"arguments": {"updatedAfter": text(0), "type": [1]}}, 175),
        ({"arguments": {}}, 176),
        ({"arguments": {"deleted": "all"}}, 176),
        ({"arguments": {"updatedAfter": "2026-01-01T00:00:00Z"}}, 177),
        ({"arguments": {"updatedAfter": "2026-01-01T00:00:00"}}, 177),
        ({"arguments": {"updatedAfter": 5}}, 177),
        ({"arguments": {"updatedAfter": text(0), "deleted": "some"}}, 177),
        ({"fields": []}, 153),
        ({"fields": ["nothing"]}, 51),
        ({"fields": ["campaign"]}, 51),
        ({"fields": ["campaign.nothing"]}, 51),
        ({"fields": ["id"] * 151}, 52),
        ({"maxFileSizeBytes": 9_999_999}, 231),
        ({"maxFileSizeBytes": 200_000_001}, 232),
        ({"maxFileSizeBytes": 10_000_000}, 0),
        ({"arguments": {"updatedAfter": text(0), "deleted": None}}, 0),
        ({"other": 1}, 154),
        ({"status": "Complete"}, 180),
        *(
            ({"name": f"VisitorActivity/{way}", "arguments": {f"{stem}After": text(0), **argument}}, refused)
            for way, stem in (("FilterByCreatedAt", "created"), ("FilterByUpdatedAt", "updated"))
            for argument, refused in (
                ({"type": [1, 4, 6, 38], "prospectOnly": True}, 0),
                ({"type": [5]}, 177),
                ({"type": [39]}, 177),
                ({"type": 1}, 177),
                ({"prospectOnly": "yes"}, 177),
            )
        ),
        ({"name": "EngagementStudioProgram/FilterByUpdatedAt", "fields": ["recipientListIds"]}, 51),
        ({"name": "ListEmail/FilterByUpdatedAt", "fields": ["senderOptions.type"]}, 51),
        ({"name": "ListEmail/FilterByUpdatedAt", "fields": ["recipientLists.id"]}, 51),
        ({"name": "ListEmail/FilterByUpdatedAt", "fields": ["htmlMessage", "textMessage"]}, 0),
    ],
)
def test_what_is_refused(unit: Unit, changes: dict[str, Any], refused: int) -> None:
    assert code(unit.post("exports", body(**changes))) == refused
    assert len(unit.rows("Export")) == (0 if refused else 1)


@pytest.mark.parametrize(
    ("procedure", "left_out"),
    [({"arguments": {}}, 153), ({"name": UPDATED, "arguments": [], "more": 1}, 154), ("text", 51)],
)
def test_a_procedure_is_an_object_with_a_name(unit: Unit, procedure: Any, left_out: int) -> None:
    assert code(unit.post("exports", {"procedure": procedure, "fields": ["id"]})) == left_out


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        (UPDATED, {"updatedAfter": text(-30)}, [4, 5]),
        (UPDATED, {"updatedBefore": text(-30)}, [1]),
        (UPDATED, {"updatedAfter": text(-40), "updatedBefore": text(-20)}, [3]),
        # The offset counts, not the wall time.
        (UPDATED, {"updatedAfter": text(-30, -300)}, [4, 5]),
        (UPDATED, {"updatedAfter": text(-90), "deleted": "false"}, [1, 3, 4, 5]),
        (UPDATED, {"updatedAfter": text(-90), "deleted": "true"}, [2]),
        (UPDATED, {"updatedAfter": text(-90), "deleted": "all"}, [1, 2, 3, 4, 5]),
        # Without an end, up to the time the export was made: 6 is later.
        (CREATED, {"createdAfter": text(-900)}, [1, 3, 4, 5]),
        (CREATED, {"createdAfter": text(-900), "createdBefore": text(900)}, [1, 3, 4, 5, 6]),
    ],
)
def test_the_rows_of_a_procedure(unit: Unit, name: str, arguments: dict[str, str], expected: list[int]) -> None:
    moments = [-40, -35, -30, -20, 0]
    rows = [{"email": f"{n}@example.test", "createdAt": at(-100), "updatedAt": at(n)} for n in moments]
    rows[1]["isDeleted"] = True
    unit.load("Prospect", *rows, {"email": "z@example.test", "createdAt": at(500), "updatedAt": at(500)})
    assert ids(unit, name=name, arguments=arguments) == expected


def test_a_setting_takes_the_bounds_in(unit: Unit) -> None:
    unit.load("Prospect", *({"email": f"{n}@example.test", "updatedAt": at(n)} for n in (-30, -20)))
    window = {"updatedAfter": text(-30), "updatedBefore": text(-20)}
    assert ids(unit, arguments=window) == []
    unit.settings.export_bounds_included = True
    assert ids(unit, arguments=window) == [1, 2]


def test_filters_by_prospect_and_by_type(unit: Unit) -> None:
    prospects = [(1, -10, False, 7), (2, -10, True, 8), (3, -1000, False, 9)]
    unit.load(
        "Prospect",
        *(
            {"id": n, "email": f"{n}@example.test", "updatedAt": at(s), "isDeleted": d, "prospectAccountId": a}
            for n, s, d, a in prospects
        ),
    )
    unit.load("Visitor", *({"id": 10 + n, "prospectId": n, "updatedAt": at(-9999)} for n in (1, 2, 3)))
    unit.load("ProspectAccount", *({"id": n, "updatedAt": at(-9999)} for n in (7, 8, 9)))
    given = [(1, 1, 1), (2, 6, None), (3, 6, 1), (4, 38, 2)]
    unit.load("VisitorActivity", *({"id": n, "type": t, "prospectId": p, "updatedAt": at(-5)} for n, t, p in given))
    recent = {"prospectUpdatedAfter": text(-100)}
    for name, arguments, expected in [
        ("Visitor/FilterByProspectUpdatedAt", recent, [11]),
        ("Visitor/FilterByProspectUpdatedAt", {**recent, "prospectDeleted": "all"}, [11, 12]),
        ("Visitor/FilterByProspectUpdatedAt", {"prospectUpdatedBefore": text(-100)}, [13]),
        ("ProspectAccount/FilterByProspectUpdatedAt", recent, [7]),
        ("ProspectAccount/FilterByProspectUpdatedAt", {**recent, "prospectDeleted": "true"}, [8]),
        ("VisitorActivity/FilterByUpdatedAt", {"updatedAfter": text(-9), "type": [6, 38]}, [2, 3, 4]),
        ("VisitorActivity/FilterByUpdatedAt", {"updatedAfter": text(-9), "prospectOnly": True}, [1, 3, 4]),
        ("VisitorActivity/FilterByUpdatedAt", {"updatedAfter": text(-9), "type": [6], "prospectOnly": True}, [3]),
    ]:
        assert ids(unit, name=name, arguments=arguments) == expected, name


def test_cells(unit: Unit) -> None:
    unit.load("CustomField", {"fieldId": "Likes", "apiFieldId": "Likes__c", "name": "Likes", "type": "Multi-Select"})
    unit.load("Campaign", {"id": 50, "name": "Ünïcode, \n two \r lines", "createdById": 1})
    unit.load(
        "Prospect",
        {"email": "a@example.test", "score": 0, "optedOut": True, "campaignId": 50, "updatedAt": at(0)}
        | {"Likes__c": ["tea", "jam"], "firstName": "", "createdAt": at(-1)},
        {"email": "b@example.test", "optedOut": False, "updatedAt": at(0), "createdAt": at(-1)},
    )
    columns = ["score", "optedOut", "campaign.name", "campaign.createdBy.email", "Likes__c", "firstName", "createdAt"]
    (file,) = export(unit, fields=columns)
    assert file == [
        columns,
        ["0", "true", "Ünïcode, \n two \r lines", "emulator@example.com", "tea;jam", "", text(-1, -300)],
        ["", "false", "", "", "", "", text(-1, -300)],
    ]


@pytest.mark.parametrize(
    ("offset", "legacy", "written"),
    [
        (-300, False, "2026-03-01T07:00:00-05:00"),
        (330, False, "2026-03-01T17:30:00+05:30"),
        (0, False, "2026-03-01T12:00:00+00:00"),
        (-300, True, "2026-03-01 07:00:00"),
    ],
)
def test_dates_are_in_the_users_zone(unit: Unit, offset: int, legacy: bool, written: str) -> None:
    unit.settings.user_offset_minutes = offset
    unit.load("Prospect", {"email": "a@example.test", "updatedAt": at(0)})
    (file,) = export(unit, fields=["updatedAt"], legacyDateFormat=legacy)
    assert file == [["updatedAt"], [written]]


def test_fields_that_a_query_refuses_can_be_exported(unit: Unit) -> None:
    unit.load("EmailTemplate", {"name": "T", "htmlMessage": "<p>hi</p>", "updatedAt": at(0)})
    assert code(unit.get("objects/email-templates?fields=htmlMessage")) == 224
    (file,) = export(unit, name="EmailTemplate/FilterByUpdatedAt", fields=["htmlMessage"])
    assert file[1:] == [["<p>hi</p>"]]


def test_an_object_without_a_path_of_its_own_can_be_exported(unit: Unit) -> None:
    row = {"lifecycleStageName": "Won", "lifecycleStageId": 4, "prospectId": 9, "updatedAt": at(0)}
    unit.load("LifecycleStageProspect", row)
    name, columns = "LifecycleStageProspect/FilterByUpdatedAt", ["lifecycleStageName", "prospectId"]
    (file,) = export(unit, name=name, fields=columns)
    assert file == [columns, ["Won", "9"]]


def test_every_procedure_of_the_catalogue_runs(unit: Unit) -> None:
    unit.settings.sees_others_jobs = True
    made = {}
    for item in catalogue().objects.values():
        for name, arguments in item.exports.items():
            first = next(argument for argument, kind in arguments.items() if kind == "DateTime")
            answer = unit.post("exports", body(name=name, arguments={first: text(-9)})).raise_for_status()
            made[name] = answer.json()["id"]
    assert len(made) == 65  # of the spec's table
    unit.tick(2 * 65)
    assert {row["status"] for row in unit.rows("Export")} == {"Complete"}


@pytest.mark.parametrize("mark", [False, True])
def test_files_are_split_by_their_size_and_each_has_the_header(unit: Unit, mark: bool) -> None:
    unit.settings.export_file_least = 40
    unit.load("Prospect", *({"id": n, "email": f"ü{n}@x.test", "updatedAt": at(0)} for n in range(100, 107)))
    number = unit.post("exports", body(fields=["id", "email"], maxFileSizeBytes=49, includeByteOrderMark=mark)).json()[
        "id"
    ]
    unit.tick(2)
    files = [unit.get(url).content for url in unit.get(f"exports/{number}?fields=resultRefs").json()["resultRefs"]]
    # Header 10 bytes, 3 more for the mark; a row 18, as `ü` has two: two rows in 46 or 49.
    assert [len(data) for data in files] == [46 + 3 * mark] * 3 + [28 + 3 * mark]
    assert all(data.startswith(b"\xef\xbb\xbfid,email\r\n" if mark else b"id,email\r\n") for data in files)
    assert [row[0] for data in files for row in table(data)[1:]] == [str(n) for n in range(100, 107)]


def test_an_empty_result_is_a_file_with_the_header_alone(unit: Unit) -> None:
    assert export(unit, fields=["id", "email"]) == [[["id", "email"]]]


def test_a_result_cannot_be_had_too_early_or_too_late(unit: Unit) -> None:
    unit.post("exports", body())
    assert code(unit.get("exports/1/results/88001")) == 178
    unit.tick(2)
    assert [code(unit.get(f"exports/1/results/{n}")) for n in (88001, 88002)] == [0, 109]
    unit.wait(7 * DAY - 1)
    assert code(unit.get("exports/1/results/88001")) == 0
    unit.wait(1)
    assert code(unit.get("exports/1/results/88001")) == 178
    said = unit.get("exports/1?fields=status,isExpired,resultRefs").json()
    assert said == {"status": "Complete", "isExpired": True, "resultRefs": None}
    unit.post("exports", body())
    for word, expected in (("true", [1]), ("false", [2])):
        found = unit.get(f"exports?fields=id&isExpired={word}").json()["values"]
        assert [row["id"] for row in found] == expected


@pytest.mark.parametrize(("ticks", "refused"), [(0, 0), (1, 0), (2, 178)])
def test_cancel(unit: Unit, ticks: int, refused: int) -> None:
    unit.post("exports", body())
    unit.tick(ticks)
    assert code(unit.post("exports/1/do/cancel", {})) == refused
    if not refused:
        assert [row["status"] for row in unit.rows("Export")] == ["Canceling"]
        assert unit.states("exports/1", 2) == ["Canceled", "Canceled"]
        assert code(unit.get("exports/1/results/88001")) == 178
        assert code(unit.post("exports/1/do/cancel", {})) == 178


def test_only_the_creator_may_read_unless_the_user_may_view_all(unit: Unit) -> None:
    unit.post("exports", body())
    unit.tick(2)
    unit.unit.user_id = 2
    paths = ["exports/1?fields=id", "exports/1/results/88001"]
    assert [code(unit.get(path)) for path in paths] == [46, 46]
    assert unit.get("exports?fields=id").json()["values"] == []
    unit.settings.sees_others_jobs = True
    assert [code(unit.get(path)) for path in paths] == [0, 0]
    assert unit.get("exports?fields=id").json()["values"] == [{"id": 1}]


def test_columns_and_results_are_not_on_query(unit: Unit) -> None:
    unit.post("exports", body())
    assert [code(unit.get(f"exports?fields={name}")) for name in ("fields", "resultRefs")] == [224, 224]
    assert unit.get("exports/1?fields=fields").json() == {"fields": ["id"]}


def test_polls_at_once_do_the_work_once(unit: Unit) -> None:
    unit.settings.job_polls, unit.settings.calls_at_once = 0, 8
    unit.load("Prospect", *({"email": f"{n}@example.test", "updatedAt": at(0)} for n in range(2000)))
    unit.post("exports", body())
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: unit.get("exports/1?fields=status,resultRefs").json(), range(8)))
    assert answers == [answers[0]] * 8
    assert (answers[0]["status"], len(answers[0]["resultRefs"])) == ("Complete", 1)
