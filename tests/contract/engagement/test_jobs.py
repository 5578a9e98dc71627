"""Exports, imports and bulk actions against the emulator, whose store and whose queries say what must come of them.

Source: wire spec, account-engagement §15-18.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest

from datacloud_dbapi.engagement.catalogue import ObjectType, catalogue
from datacloud_dbapi.engagement.client import Engagement
from datacloud_dbapi.engagement.errors import InvalidRequestError, JobStateError, NotFoundError
from datacloud_dbapi.engagement.jobs import Progress
from datacloud_dbapi.errors import ConnectionLostError
from datacloud_emulator import Emulator, Fault
from tests.contract.engagement.faces import FACES, Client, client

UTC = dt.timezone.utc
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=UTC)
PROCEDURES = [(one, procedure) for one in catalogue().objects.values() for procedure in one.exports]


@pytest.fixture
def settings(emulator: Emulator) -> Iterator[Any]:
    """The emulator's settings, put back afterwards."""
    settings = emulator.engagement.settings
    before = dict(vars(settings))
    yield settings
    vars(settings).update(before)


def by_id(records: Any) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: int(record["id"]))


def expected(ae: Engagement, described: ObjectType, procedure: str, names: list[str]) -> list[dict[str, Any]]:
    """The records that a procedure is about, as queries give them."""
    deleted: Any = "all" if "deleted" in described.exports[procedure] else False
    records = by_id(ae.object(described.name).query(names, deleted=deleted))
    if procedure.endswith("ByProspectUpdatedAt"):
        key = "prospectAccountId" if described.name == "ProspectAccount" else "id"
        prospects = {one[key] for one in ae.prospects.query([key], deleted="all")}
        own = "id" if described.name == "ProspectAccount" else "prospectId"
        records = [record for record in records if record[own] in prospects]
    return records


@pytest.mark.parametrize(("described", "procedure"), PROCEDURES, ids=[procedure for _, procedure in PROCEDURES])
def test_every_procedure_exports_what_queries_give(
    described: ObjectType, procedure: str, emulator: Emulator, blocking: Engagement
) -> None:
    if described.name == "BulkAction":
        blocking.bulk_actions.delete_prospects([999_999], poll=0)
    arguments: dict[str, Any] = {"prospectDeleted": "all"} if "prospectDeleted" in described.exports[procedure] else {}
    given: dict[str, Any] = {"deleted": "all"} if "deleted" in described.exports[procedure] else {}
    export = blocking.exports.run(
        described.name, by=procedure, after=LONG_AGO, split=False, arguments=arguments, poll=0, **given
    )
    records = by_id(export)
    assert records, "the sample has none, and nothing is shown"
    if "query" not in described.operations:
        # What can be exported only is compared with the store.
        stored = emulator.engagement.rows(described.name)
        assert records == [{name: row[name] for name in records[0]} for row in stored]
        return
    names = [field.name for field in described.fields.values() if field.name in records[0] and field.query]
    assert [{name: record[name] for name in names} for record in records] == expected(
        blocking, described, procedure, names
    )
    # The fields that only a read has.
    service = blocking.object(described.name)
    others = [name for name in records[0] if name not in names]
    if others and "read" in described.operations:
        one = records[0]
        given = {"deleted": True} if described.deleted_parameter else {}
        assert service.read(one["id"], others, **given) == {name: one[name] for name in others}


def test_an_export_is_made_and_read_through_each_door(ae: Client) -> None:
    names = ["id", "email", "campaign.name", "createdBy.firstName", "updatedAt"]
    export = ae.ask(lambda it: it.exports.run("prospects", names, after=LONG_AGO, split=False, poll=0))
    queried = ae.all(lambda it: it.prospects.query(names))
    assert by_id(ae.all(lambda it: export)) == queried
    assert by_id(ae.ask(lambda it: export.rows().all())) == queried
    again = ae.ask(lambda it: it.exports.attach(*export.ids, poll=0))
    table = ae.ask(lambda it: again.to_arrow())
    assert table.schema == ae.ask(lambda it: it.prospects.query(names).to_arrow()).schema
    assert table.num_rows == len(queried)


@pytest.mark.parametrize("included", [False, True], ids=["bounds left out", "bounds included"])
def test_a_long_range_in_several_exports_is_the_same_as_in_one(near: Client, settings: Any, included: bool) -> None:
    # Which of the two the service does is not said.
    settings.export_bounds_included = included

    def run(**given: Any) -> Any:
        return near.ask(lambda it: it.exports.run("prospects", ["email"], by="createdAt", poll=0, **given))

    # The first edge between two ranges is the very second in which the first prospect was made.
    moments = sorted(one["createdAt"] for one in near.all(lambda it: it.prospects.query(["createdAt"])))
    first = moments[0] - dt.timedelta(days=365)
    whole, cut = run(after=first - dt.timedelta(seconds=1), split=False), run(after=first)
    assert len(whole.ids) == 1
    assert len(cut.ids) > 1
    emails = [[record["email"] for record in near.all(lambda it, one=one: one)] for one in (whole, cut)]
    assert sorted(emails[1]) == sorted(emails[0])
    assert len(emails[0]) == len(moments)


def test_what_changes_between_two_ranges_is_there_once_and_as_it_is_now(
    emulator: Emulator, blocking: Engagement
) -> None:
    queried = by_id(blocking.prospects.query(["id", "updatedAt"]))
    oldest = min(queried, key=lambda record: record["updatedAt"])

    def change(progress: Progress) -> None:
        if progress.part == 2 and progress.status == "Waiting" and not changed:
            changed.append(blocking.prospects.update(oldest["id"], {"lastName": "Changed"}))
            changed.append(blocking.prospects.create({"email": "between@example.test"}))

    changed: list[Any] = []
    after = oldest["updatedAt"] - dt.timedelta(days=1)
    export = blocking.exports.run("prospects", ["id", "lastName"], after=after, poll=0, progress=change)
    assert len(export.ids) > 1
    records = {record["id"]: record["lastName"] for record in export}
    assert len(records) == sum(1 for _ in export) == len(queried) + 1
    assert records[oldest["id"]] == "Changed"
    assert changed[1]["id"] in records


def test_an_export_of_many_files_has_every_record_once(
    emulator: Emulator, near: Client, settings: Any, tmp_path: Any
) -> None:
    settings.export_file_least = 1000
    emulator.engagement.load("Tag", ({"name": f"many-{number}"} for number in range(2_500)))
    export = near.ask(
        lambda it: it.exports.run("tags", ["id", "name"], after=LONG_AGO, split=False, max_file_size=10_000, poll=0)
    )
    paths = near.ask(lambda it: export.files(tmp_path))
    assert len(paths) > 3
    stored = [{"id": row["id"], "name": row["name"]} for row in emulator.engagement.rows("Tag")]
    assert by_id(near.all(lambda it: export)) == stored
    target = tmp_path / "tags.parquet"
    assert near.ask(lambda it: export.to_parquet(target, rows_per_group=1000)) == len(stored)
    assert by_id(pq.read_table(target).to_pylist()) == stored
    assert {path.name for path in tmp_path.iterdir()} == {target.name, *(path.name for path in paths)}


def test_an_export_ends_in_other_ways(emulator: Emulator, near: Client, settings: Any) -> None:
    def run() -> Any:
        return near.ask(lambda it: it.exports.run("tags", ["id"], after=LONG_AGO, split=False, poll=0))

    export = run()
    # Files are kept for seven days.
    emulator.clock.advance(8 * 86_400)
    with pytest.raises(JobStateError):
        near.ask(lambda it: export.rows().all())
    with pytest.raises(JobStateError, match="7 days"):
        near.ask(lambda it: it.exports.attach(*export.ids, poll=0))
    with pytest.raises(JobStateError):
        near.ask(lambda it: it.exports.cancel(export.ids[0]))
    settings.failing_jobs = {"Export"}
    with pytest.raises(JobStateError, match="failed"):
        run()
    with pytest.raises(NotFoundError):
        near.ask(lambda it: it.exports.attach(999_999, poll=0))
    settings.failing_jobs = set()
    procedure = {"name": "Tag/FilterByCreatedAt", "arguments": {"createdAfter": "2020-01-01T00:00:00+00:00"}}
    made = near.ask(lambda it: it.exports.create({"procedure": procedure, "fields": ["id"]}))
    near.ask(lambda it: it.exports.cancel(made["id"]))
    with pytest.raises(JobStateError, match="cancelled"):
        near.ask(lambda it: it.exports.attach(made["id"], poll=0))


def test_an_export_with_legacy_dates_needs_a_zone(near: Client) -> None:
    values = {
        "procedure": {"name": "Tag/FilterByCreatedAt", "arguments": {"createdAfter": "2020-01-01T00:00:00+00:00"}},
        "fields": ["id", "createdAt"],
        "legacyDateFormat": True,
        "includeByteOrderMark": True,
    }
    made = near.ask(lambda it: it.exports.create(values))
    zone = dt.timezone(dt.timedelta(hours=-5))
    export = near.ask(lambda it: it.exports.attach(made["id"], poll=0, time_zone=zone))
    assert by_id(near.all(lambda it: export)) == near.all(lambda it: it.tags.query(["id", "createdAt"]))


def test_an_import_changes_and_makes_prospects_in_batches(emulator: Emulator, near: Client) -> None:
    before = {row["id"]: row for row in emulator.engagement.rows("Prospect", deleted="false")}
    known = list(before.values())[:50]
    face = "awaited" if near.awaited else "blocking"
    rows: list[dict[str, Any]] = [
        *({"email": row["email"], "score": 77, "city": None, "isStarred": True} for row in known),
        *({"email": f"{face}{n}@example.test", "score": n, "city": "Ulm", "isStarred": False} for n in range(450)),
        {"email": "no address", "score": 1, "city": None, "isStarred": None},
    ]
    told: list[Progress] = []
    done = near.ask(lambda it: it.imports.upsert(rows, poll=0, batch_bytes=10_000, progress=told.append))
    assert (done.created, done.updated, done.error_count) == (450, 50, 1)
    assert [row["matchEmail"] for row in done.errors] == ["no address"]
    assert told[-1].status == "Complete"
    batches = emulator.engagement.jobs().papers.batches[done.id]
    assert sum(len(batch.rows) for batch in batches) == len(rows)
    assert len(batches) > 1
    after = {row["email"]: row for row in emulator.engagement.rows("Prospect", deleted="false")}
    assert len(after) == len(before) + 450
    for row in rows[:-1]:
        assert {name: after[row["email"]][name] for name in row} == row
    read = near.ask(lambda it: it.imports.read(done.id, ["createdCount", "updatedCount", "errorCount"]))
    assert read == {"createdCount": 450, "updatedCount": 50, "errorCount": 1}


def test_imports_go_by_id_make_nothing_and_restore_as_they_are_told(emulator: Emulator, near: Client) -> None:
    first, second = (row["id"] for row in emulator.engagement.rows("Prospect", deleted="false")[:2])
    near.ask(lambda it: it.prospects.delete(first))
    rows = [{"id": number, "lastName": "By id"} for number in (first, second, 999_999)]
    done = near.ask(lambda it: it.imports.upsert(rows, match="matchId", create_on_no_match=False, poll=0))
    assert (done.created, done.updated) == (0, 1)
    done = near.ask(
        lambda it: it.imports.upsert(
            rows, match="matchId", create_on_no_match=False, restore_deleted=True, wait=False, poll=0
        )
    )
    done = near.ask(lambda it: it.imports.attach(done.id, poll=0))
    assert (done.created, done.updated, done.error_count) == (0, 2, 1)
    restored = near.ask(lambda it: it.prospects.read(first, ["lastName", "isDeleted"]))
    assert restored == {"lastName": "By id", "isDeleted": False}


def test_an_import_that_the_service_refuses_says_what_it_is_about(near: Client) -> None:
    rows = [{"email": "a@example.test", "Not_there__c": "x"}]
    with pytest.raises(InvalidRequestError) as caught:
        near.ask(lambda it: it.imports.upsert(rows, poll=0))
    assert caught.value.code == "130"
    assert "has changed nothing" in str(caught.value)


def test_bulk_actions_delete_and_tell_what_they_did_not(emulator: Emulator, near: Client) -> None:
    emails = [f"gone{number}@example.test" for number in range(20)]
    emulator.engagement.load("Prospect", ({"email": email} for email in emails))
    ids = [row["id"] for row in emulator.engagement.rows("Prospect", deleted="false") if row["email"] in emails]
    done = near.ask(lambda it: it.bulk_actions.delete_prospects([*ids[:10], 999_999], poll=0))
    assert (done.processed, done.error_count) == (11, 1)
    assert [row["id"] for row in done.errors] == ["999999"]
    left = {row["id"]: row["_deleted"] for row in emulator.engagement.rows("Prospect")}
    assert [left[number] for number in ids] == [True] * 10 + [False] * 10
    begun = near.ask(lambda it: it.bulk_actions.delete_prospects(ids, wait=False))
    near.ask(lambda it: it.bulk_actions.pause(begun.id))
    near.ask(lambda it: it.bulk_actions.resume(begun.id))
    assert near.ask(lambda it: it.bulk_actions.attach(begun.id, poll=0)).error_count == 0
    left = {row["id"]: row["_deleted"] for row in emulator.engagement.rows("Prospect")}
    # Those that were in the bin are gone for good.
    assert [left.get(number) for number in ids] == [None] * 10 + [True] * 10
    begun = near.ask(lambda it: it.bulk_actions.delete_prospects(ids[10:], wait=False))
    near.ask(lambda it: it.bulk_actions.cancel(begun.id))
    with pytest.raises(JobStateError, match="cancelled"):
        near.ask(lambda it: it.bulk_actions.attach(begun.id, poll=0))


@pytest.mark.sockets
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("reset", ["before", "after"])
@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("engagement-create", ""),
        ("engagement-action", "has changed nothing"),
        ("engagement-update", "status is Open"),
    ],
    ids=["create", "batch", "ready"],
)
def test_a_call_of_an_import_that_gets_no_answer_is_sent_once(
    emulator: Emulator, face: str, reset: Any, operation: str, words: str
) -> None:
    stored = emulator.engagement.rows("Prospect")
    with client(emulator, face, "sockets") as near:
        emulator.requests.clear()
        emulator.faults.add(Fault(operation, reset=reset))
        with pytest.raises(ConnectionLostError) as caught:
            near.ask(lambda ae: ae.imports.upsert([{"email": "lost@example.test"}], poll=0))
        assert caught.value.maybe_applied is True
        assert words in str(caught.value)
        # One that is struck ends what comes after it: each of the calls was sent once at the most.
        sent = [record.operation for record in emulator.requests if record.method != "GET"]
        assert sent.count(operation) == 1
        assert sent[-1] == operation
    assert emulator.engagement.rows("Prospect") == stored
