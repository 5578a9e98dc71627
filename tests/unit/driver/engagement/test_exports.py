"""Exports on a stage: what is asked, in which order, and what becomes of the files.

Source: wire spec, account-engagement §15.
"""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.errors import JobStateError, NotFoundError
from datacloud_dbapi.engagement.export_plan import Span, bounds, spans
from datacloud_dbapi.engagement.export_results import own_path
from datacloud_dbapi.engagement.jobs import Progress
from datacloud_dbapi.errors import (
    ConnectionLostError,
    Error,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ProtocolError,
    QueryTimeoutError,
)
from datacloud_dbapi.flow.effects import Response
from tests.unit.driver.engagement.script import csv_answer, on_stage, page, refusal, sent_json
from tests.unit.driver.scripted import Answer, json_answer

UTC = dt.timezone.utc
ORIGIN = "https://pi.pardot.com"
EAST = dt.timezone(dt.timedelta(hours=5))
JANUARY, FEBRUARY = dt.datetime(2026, 1, 1, tzinfo=UTC), dt.datetime(2026, 2, 1, tzinfo=UTC)


def day(year: int, month: int = 1, number: int = 1, second: int = 0) -> dt.datetime:
    return dt.datetime(year, month, number, tzinfo=UTC) + dt.timedelta(seconds=second)


def waiting(number: int = 7001) -> Response:
    return json_answer({"id": number, "status": "Waiting"}, 201)


def complete(*files: int, number: int = 7001, **facts: Any) -> Response:
    refs = [f"{ORIGIN}/api/v5/exports/{number}/results/{file}" for file in files]
    return json_answer({"id": number, "status": "Complete", "isExpired": False, "resultRefs": refs, **facts})


def first_record(made: str) -> Response:
    return page({"id": 1, "createdAt": made})


def test_an_export_is_made_waited_for_and_read() -> None:
    processing = json_answer({"id": 7001, "status": "Processing", "isExpired": False, "resultRefs": None})
    files = [
        csv_answer("\ufeffid,updatedAt,campaign.name,score\n1,2026-01-02T00:00:00-05:00,Spring,\n"),
        csv_answer("score,campaign.name,id,updatedAt\n7,,2,2026-01-03T00:00:00-05:00\n"),
    ]
    scene, exports = on_stage("exports", waiting(), processing, complete(88001, 88002), *files)
    told: list[Progress] = []
    names = ["id", "score", "campaign.name", "updatedAt"]
    export = exports.run("prospects", names, after=JANUARY, before=FEBRUARY, deleted="all", progress=told.append)
    assert scene.asked == ["POST /api/v5/exports", "GET /api/v5/exports/7001", "GET /api/v5/exports/7001"]
    assert sent_json(scene.requests[0]) == {
        "procedure": {
            "name": "Prospect/FilterByUpdatedAt",
            "arguments": {
                "updatedAfter": "2026-01-01T00:00:00+00:00",
                "updatedBefore": "2026-02-01T00:00:00+00:00",
                "deleted": "all",
            },
        },
        "fields": names,
        "includeByteOrderMark": False,
        "legacyDateFormat": False,
    }
    assert scene.requests[1].url.endswith("?fields=id,status,isExpired,resultRefs")
    # Every question is a call of the day: half a minute, then longer.
    assert scene.sleeps == [30.0, 45.0]
    assert [(one.status, one.waited) for one in told] == [("Waiting", 0), ("Processing", 30), ("Complete", 75)]
    assert export.ids == (7001,)
    assert list(export) == [
        {
            "id": 1,
            "score": None,
            "campaign": {"name": "Spring"},
            "updatedAt": dt.datetime(2026, 1, 2, 5, tzinfo=UTC),
        },
        {"id": 2, "score": 7, "campaign": None, "updatedAt": dt.datetime(2026, 1, 3, 5, tzinfo=UTC)},
    ]
    assert scene.asked[3:] == [f"GET /api/v5/exports/7001/results/{number}" for number in (88001, 88002)]


@pytest.mark.parametrize(
    ("name", "given", "error", "words"),
    [
        ("Account", {}, NotSupportedError, "cannot be exported"),
        ("tagged_objects", {}, NotSupportedError, "cannot be exported"),
        ("prospekts", {}, ProgrammingError, "prospects"),
        ("prospects", {"by": "lastActivityAt"}, NotSupportedError, "updatedAt"),
        ("tags", {"deleted": "all"}, NotSupportedError, "recycle bin"),
        ("tags", {"deleted": "some"}, ProgrammingError, "True, False"),
        ("prospects", {"fields": []}, ProgrammingError, "No field"),
        ("prospects", {"fields": ["emial"]}, ProgrammingError, "email"),
        ("prospects", {"fields": ["campaign"]}, ProgrammingError, "campaign.id"),
        ("list_emails", {"fields": ["recipientLists.id"]}, ProgrammingError, "no one value"),
        ("list_emails", {"fields": ["senderOptions.type"]}, ProgrammingError, "no one value"),
        ("list_emails", {"fields": ["recipientListIds"]}, ProgrammingError, "only be written"),
        ("prospects", {"fields": [f"F{number}__c" for number in range(151)]}, ProgrammingError, "150"),
        ("prospects", {"arguments": {"type": [1]}}, ProgrammingError, "no argument"),
        ("prospects", {"arguments": {"updatedAfter": 1}}, ProgrammingError, "after and before"),
        ("visitor_activities", {"arguments": {"type": [5]}}, ProgrammingError, "type"),
        ("visitor_activities", {"arguments": {"type": []}}, ProgrammingError, "type"),
        ("visitor_activities", {"arguments": {"prospectOnly": "yes"}}, ProgrammingError, "True or False"),
        ("prospects", {"fields": 5}, ProgrammingError, "a list of texts, not a int"),
        ("visitor_activities", {"arguments": ["type"]}, ProgrammingError, "are a mapping"),
        ("prospects", {"after": dt.datetime(2026, 1, 1)}, ProgrammingError, "no offset"),
        ("prospects", {"after": "2026-01-01"}, ProgrammingError, "with an offset"),
        ("prospects", {"after": dt.datetime.min.replace(tzinfo=EAST)}, ProgrammingError, "years 1 to 9999"),
        ("prospects", {"after": FEBRUARY, "before": JANUARY}, ProgrammingError, "earlier"),
        ("prospects", {"max_file_size": 0}, ProgrammingError, "max_file_size"),
        ("prospects", {"poll": -1}, ProgrammingError, "poll"),
        ("prospects", {"timeout": "1"}, ProgrammingError, "timeout"),
        ("LifecycleStageProspect", {}, ProgrammingError, "needs `after`"),
        ("visitors", {"by": "prospectUpdatedAt"}, ProgrammingError, "needs `after`"),
    ],
    ids=lambda case: repr(case) if isinstance(case, dict) and len(repr(case)) < 60 else None,
)
def test_what_cannot_be_exported_is_refused_before_anything_is_sent(
    name: str, given: dict[str, Any], error: type[Error], words: str
) -> None:
    scene, exports = on_stage("exports")
    with pytest.raises(error) as caught:
        exports.run(name, **given)
    assert words in str(caught.value)
    assert scene.requests == []


@pytest.mark.parametrize(
    ("name", "given", "procedure", "arguments"),
    [
        ("Prospect", {}, "Prospect/FilterByUpdatedAt", {"deleted": "false"}),
        ("prospects", {"by": "createdAt", "deleted": True}, "Prospect/FilterByCreatedAt", {"deleted": "true"}),
        ("form_handler_fields", {}, "FormHandlerField/FilterByCreatedAt", {}),
        ("external_activities", {"by": "activityDate"}, "ExternalActivity/FilterByActivityDate", {}),
        (
            "visitors",
            {"by": "prospectUpdatedAt", "arguments": {"prospectDeleted": "all"}},
            "Visitor/FilterByProspectUpdatedAt",
            {"prospectDeleted": "all"},
        ),
        (
            "visitor_activities",
            {"by": "VisitorActivity/FilterByUpdatedAt", "arguments": {"type": [1, 38], "prospectOnly": True}},
            "VisitorActivity/FilterByUpdatedAt",
            {"type": [1, 38], "prospectOnly": True},
        ),
    ],
    ids=lambda case: case if isinstance(case, str) and "/" in case else "",
)
def test_the_procedure_follows_from_the_object(
    name: str, given: dict[str, Any], procedure: str, arguments: dict[str, Any]
) -> None:
    scene, exports = on_stage("exports", waiting(), complete())
    exports.run(name, ["id"], after=JANUARY, before=FEBRUARY, **given)
    asked = sent_json(scene.requests[0])["procedure"]
    assert asked["name"] == procedure
    bounds = {"2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"}
    assert {key: value for key, value in asked["arguments"].items() if str(value) not in bounds} == arguments
    assert len(asked["arguments"]) == len(arguments) + 2


def test_every_procedure_of_the_catalogue_can_be_asked_for() -> None:
    made = [(one.name, procedure) for one in catalogue().objects.values() for procedure in one.exports]
    assert len(made) == 65
    for name, procedure in made:
        scene, exports = on_stage("exports", waiting(), complete())
        exports.run(name, by=procedure, after=JANUARY, before=FEBRUARY)
        body = sent_json(scene.requests[0])
        assert body["procedure"]["name"] == procedure
        assert body["fields"][0] == "id"


@pytest.mark.parametrize(
    ("after", "before", "found"),
    [
        (day(2025), day(2026), [(day(2025), day(2026))]),
        (day(2025), None, [(day(2025), None)]),
        (
            day(2024),
            day(2026),
            # 2024 has 366 days.
            [
                (day(2024), day(2024, 12, 31)),
                (day(2024, 12, 31, -1), day(2025, 12, 31)),
                (day(2025, 12, 31, -1), day(2026)),
            ],
        ),
        (day(2024, 6), None, [(day(2024, 6), day(2025, 6)), (day(2025, 6, 1, -1), None)]),
        (None, day(2026), [(None, day(2026))]),
        (
            day(2025).replace(microsecond=5),
            day(2025, 2).replace(microsecond=5),
            [(day(2025), day(2025, 2, 1, 1))],
        ),
        # Nothing is changed later than now: years to come are not asked for one by one.
        (day(2025), day(9000), [(day(2025), day(9000))]),
        (day(2025), dt.datetime.max.replace(tzinfo=UTC), [(day(2025), day(9999, 12, 31, 86_399))]),
    ],
    ids=["a year", "to now", "two years", "years to now", "from nowhere", "fractions", "years to come", "all of them"],
)
def test_a_long_range_is_cut_so_that_nothing_falls_between(
    after: dt.datetime | None, before: dt.datetime | None, found: list[tuple[dt.datetime | None, dt.datetime | None]]
) -> None:
    assert spans(bounds(after, before), day(2026), split=True) == [Span(*pair) for pair in found]


def test_ranges_come_one_after_another_and_the_newest_record_counts() -> None:
    answers: list[Answer] = [
        first_record("2020-01-01T00:00:00+00:00"),
        waiting(7001),
        complete(1, number=7001),
        waiting(7002),
        complete(2, number=7002),
        csv_answer("email,id\nnew@example.test,1\nb@example.test,2\n"),
        csv_answer("email,id\nold@example.test,1\nc@example.test,3\n"),
    ]
    scene, exports = on_stage("exports", *answers)
    export = exports.run("prospects", ["email"], after=day(2024, 6), before=day(2026))
    # One export runs at a time: the second is asked for when the first is done, and the newest is read first.
    assert scene.asked == [
        "GET /api/v5/objects/prospects",
        "POST /api/v5/exports",
        "GET /api/v5/exports/7001",
        "POST /api/v5/exports",
        "GET /api/v5/exports/7002",
    ]
    assert [sent_json(scene.requests[place])["fields"] for place in (1, 3)] == [["email", "id"]] * 2
    assert export.ids == (7001, 7002)
    # The id is only for telling them apart; nobody has asked for it.
    assert list(export) == [{"email": "new@example.test"}, {"email": "b@example.test"}, {"email": "c@example.test"}]


def test_years_without_a_record_are_not_asked_for() -> None:
    scene, exports = on_stage("exports", first_record("2025-12-30T00:00:00-05:00"), waiting(), complete())
    exports.run("prospects", ["id"], after="1970-01-01T00:00:00Z", before=FEBRUARY)
    arguments = sent_json(scene.requests[1])["procedure"]["arguments"]
    assert (arguments["updatedAfter"], arguments["updatedBefore"]) == (
        "2025-12-30T04:59:59+00:00",
        "2026-02-01T00:00:00+00:00",
    )


def test_who_may_not_ask_for_the_first_record_exports_all_the_same() -> None:
    answers = [refusal(46, 405), waiting(1), complete(number=1), waiting(2), complete(number=2)]
    _, exports = on_stage("exports", *answers)
    assert exports.run("prospects", ["id"], after=day(2024, 6), before=day(2026)).ids == (1, 2)


def test_an_error_of_a_later_range_names_those_that_are_done() -> None:
    failed = complete(status="Failed")
    begun = [first_record("2020-01-01T00:00:00Z"), waiting(7001), complete(1), waiting(7002)]
    _, exports = on_stage("exports", *begun, failed)
    with pytest.raises(JobStateError, match="the ranges before it are exports 7001"):
        exports.run("prospects", ["id"], after=day(2024, 6), before=day(2026))


def test_an_export_that_was_just_made_may_not_be_there_yet() -> None:
    missing = refusal(109, 404)
    scene, exports = on_stage("exports", waiting(), missing, missing, complete(1))
    assert exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY, poll=5).ids == (7001,)
    assert scene.sleeps == [5.0, 7.5, 11.25]
    # For a minute: and one that was made long ago, not at all.
    _, exports = on_stage("exports", waiting(), missing, missing)
    with pytest.raises(NotFoundError):
        exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY, poll=30)
    _, exports = on_stage("exports", missing)
    with pytest.raises(NotFoundError):
        exports.attach(7001)


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ([], []),
        ([{"id": 1, "createdAt": "2025-12-30T00:00:00-05:00"}], ["2025-12-30T04:59:59+00:00"]),
    ],
    ids=["no records", "one record"],
)
def test_without_a_beginning_it_begins_with_the_first_record(values: list[Any], asked: list[str]) -> None:
    first = page(*values)
    scene, exports = on_stage("exports", first, waiting(), complete())
    export = exports.run("prospects", ["id"], before=FEBRUARY)
    assert scene.requests[0].url == (
        f"{ORIGIN}/api/v5/objects/prospects?fields=id,createdAt&orderBy=createdAt%20ASC&limit=1&deleted=all"
    )
    bodies = [sent_json(request) for request in scene.requests if request.method == "POST"]
    assert [body["procedure"]["arguments"]["updatedAfter"] for body in bodies] == asked
    assert (export.ids == ()) == (not asked)
    if not asked:
        assert list(export) == []


@pytest.mark.parametrize(
    ("told", "error", "words"),
    [
        ({"status": "Failed"}, JobStateError, "failed"),
        ({"status": "Cancelled"}, JobStateError, "cancelled"),
        ({"status": "canceled"}, JobStateError, "cancelled"),
        ({"isExpired": True, "resultRefs": None}, JobStateError, "7 days"),
        ({"resultRefs": None}, JobStateError, "gone"),
        ({"resultRefs": "x"}, ProtocolError, "no list"),
        ({"resultRefs": ["https://evil.example/api/v5/exports/7001/results/1"]}, ProtocolError, "own address"),
    ],
    ids=["failed", "cancelled", "canceled", "expired", "no files", "odd files", "another host"],
)
def test_an_export_that_has_no_result_raises(told: dict[str, Any], error: type[Error], words: str) -> None:
    scene, exports = on_stage("exports", waiting(), complete(1, **told))
    with pytest.raises(error) as caught:
        exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY)
    assert words in str(caught.value)
    # The token goes to the service alone.
    assert {request.url.partition("/api/")[0] for request in scene.requests} == {ORIGIN}


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        ("https://pi.pardot.com/api/v5/exports/1/results/2", "/api/v5/exports/1/results/2"),
        ("https://PI.pardot.com:443/api/v5/exports/1/results/2?x=1", "/api/v5/exports/1/results/2?x=1"),
        ("/api/v5/exports/1/results/2", "/api/v5/exports/1/results/2"),
        ("http://pi.pardot.com/api/v5/exports/1/results/2", None),
        ("https://pi.pardot.com:8443/api/v5/exports/1/results/2", None),
        ("https://pi.pardot.com.evil.example/api/v5/x", None),
        ("https://user@pi.pardot.com/api/v5/x", None),
        ("https://pi.pardot.com@evil.example/api/v5/x", None),
        ("//evil.example/api/v5/x", None),
        ("https:/api/v5/x", None),
        ("https://pi.pardot.com/login", None),
        ("https://pi.pardot.com:x/api/v5/x", None),
        ("https://pi.pardot.com/api/\r\nX: 1", None),
        (None, None),
    ],
)
def test_a_file_is_only_fetched_from_the_service(ref: object, path: str | None) -> None:
    if path is not None:
        assert own_path(ref, ORIGIN, "") == path
        return
    with pytest.raises(ProtocolError):
        own_path(ref, ORIGIN, "")


def test_files_that_are_gone_may_not_even_be_named() -> None:
    gone = json_answer({"id": 7001, "status": "Complete", "isExpired": True})
    _, exports = on_stage("exports", waiting(), gone)
    with pytest.raises(JobStateError, match="gone"):
        exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY)


@pytest.mark.parametrize("told", [{"id": 7001}, {"id": 7001, "status": None}, {"id": 7001, "status": 5}])
def test_a_job_that_does_not_say_how_far_it_is_is_not_waited_for(told: dict[str, Any]) -> None:
    _, exports = on_stage("exports", waiting(), json_answer(told))
    with pytest.raises(ProtocolError, match="how far"):
        exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY)


def test_a_job_that_cannot_be_asked_is_not_lost() -> None:
    _, exports = on_stage("exports", waiting(), *[ConnectionLostError("reset")] * 3)
    with pytest.raises(ConnectionLostError, match=r"attach\(7001\) waits for it again"):
        exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY)


def test_a_wait_that_ends_early_is_taken_up_again() -> None:
    scene, exports = on_stage("exports", waiting(), waiting(), waiting())
    with pytest.raises(QueryTimeoutError) as caught:
        exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY, poll=10, timeout=20)
    assert "attach(7001)" in str(caught.value)
    assert scene.sleeps == [10.0, 10.0]
    said: dict[str, Any] = {
        "procedure": {"name": "Campaign/FilterByCreatedAt", "arguments": {}},
        "fields": ["id", "cost", "createdAt"],
    }
    scene.answers[:] = [
        complete(1, **said),
        csv_answer("id,cost,createdAt\n3,12.50,2026-03-04 05:06:07\n"),
    ]
    export = exports.attach(7001, time_zone=dt.timezone(dt.timedelta(hours=1)))
    assert export.rows().all() == [
        {"id": 3, "cost": Decimal("12.50"), "createdAt": dt.datetime(2026, 3, 4, 4, 6, 7, tzinfo=UTC)}
    ]


@pytest.mark.parametrize(
    "answer",
    [ConnectionLostError("cut"), Response(502), Response(503), json_answer({"code": 183, "message": "x"}, 500)],
    ids=["no answer", "502", "503", "183"],
)
@pytest.mark.parametrize("call", ["run", "cancel"])
def test_no_call_that_changes_something_is_sent_twice(answer: Answer, call: str) -> None:
    scene, exports = on_stage("exports", copy.copy(answer))
    with pytest.raises(OperationalError) as caught:
        exports.cancel(7001) if call == "cancel" else exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY)
    assert caught.value.maybe_applied is True
    assert len(scene.requests) == 1


@pytest.mark.parametrize("answer", [Response(201, {}, b'{"id": 70'), json_answer([], 201), json_answer({}, 201)])
def test_an_export_whose_id_cannot_be_read_is_made_all_the_same(answer: Response) -> None:
    _, exports = on_stage("exports", answer)
    with pytest.raises(Error) as caught:
        exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY)
    assert caught.value.maybe_applied is True


def test_an_export_that_one_may_not_see_is_made_all_the_same() -> None:
    _, exports = on_stage("exports", Response(204))
    with pytest.raises(OperationalError) as caught:
        exports.run("prospects", ["id"], after=JANUARY, before=FEBRUARY)
    assert caught.value.maybe_applied is True


def exported(*bodies: str) -> Any:
    """An export of two columns; each of the bodies is a file."""
    files = [csv_answer(body) for body in bodies]
    _, exports = on_stage("exports", waiting(), complete(*range(1, len(bodies) + 1)), *files)
    return exports.run("prospects", ["id", "campaign.name"], after=JANUARY, before=FEBRUARY)


FILES = ("id,campaign.name\n1,Spring\n2,\n", "id,campaign.name\n3,Autumn\n")
COLUMNS = {"id": [1, 2, 3], "campaign.name": ["Spring", None, "Autumn"]}


@pytest.mark.parametrize("rows_per_group", [2, 100])
def test_a_parquet_file_is_written_in_groups(tmp_path: Path, rows_per_group: int) -> None:
    path = tmp_path / "x.parquet"
    assert exported(*FILES).to_parquet(path, rows_per_group=rows_per_group) == 3
    file = pq.ParquetFile(path)
    assert file.read().to_pydict() == COLUMNS
    assert [str(one) for one in file.schema_arrow.types] == ["int64", "string"]
    assert file.num_row_groups == (2 if rows_per_group == 2 else 1)


def test_a_parquet_file_that_fails_leaves_nothing_and_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"before")
    with pytest.raises(Error):
        exported(FILES[0], "id,campaign.name\nx,\n").to_parquet(path)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("x.parquet", b"before")]


def test_a_file_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match="cannot be written"):
        exported(*FILES).to_parquet(tmp_path / "missing" / "x.parquet")
    (tmp_path / "file").touch()
    with pytest.raises(OperationalError, match="cannot be written"):
        exported(*FILES).files(tmp_path / "file")


def test_the_result_is_a_table_a_frame_or_files(tmp_path: Path) -> None:
    assert exported(*FILES).to_arrow().to_pydict() == COLUMNS
    assert exported(*FILES).to_df("pyarrow").to_dict("list")["id"] == [1, 2, 3]
    assert exported().to_arrow().schema.names == ["id", "campaign.name"]
    paths = exported(*FILES).files(tmp_path / "new")
    assert [path.name for path in paths] == ["export-7001-1.csv", "export-7001-2.csv"]
    assert [path.read_text() for path in paths] == list(FILES)
