"""Bulk actions of Account Engagement (wire spec, account-engagement §17)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.emulator.engagement.jobs.client import Unit, code, table

DELETE = {"object": "prospect", "bulkAction": "delete", "status": "ready"}
PROGRESS = ("status", "count", "processedCount", "percentComplete", "errorCount")


def people(unit: Unit, number: int = 4, binned: tuple[int, ...] = ()) -> None:
    wanted = range(1, number + 1)
    unit.load("Prospect", *({"id": n, "email": f"{n}@example.test", "isDeleted": n in binned} for n in wanted))


def start(unit: Unit, *ids: object) -> int:
    lines = "".join(f"{number}\n" for number in ("id", *ids))
    return int(unit.send("bulk-actions", DELETE, lines).raise_for_status().json()["id"])


def left(unit: Unit) -> dict[int, bool]:
    """The prospects that there are, and whether each is in the bin."""
    return {row["id"]: row["_deleted"] for row in unit.rows("Prospect")}


def test_prospects_go_into_the_bin_and_those_in_it_for_good(unit: Unit) -> None:
    people(unit, binned=(2,))
    made = unit.send("bulk-actions?fields=id,status,object,bulkAction,fileName,origin", DELETE, "id\n1\n2\n4\n")
    assert (made.status_code, made.json()) == (
        201,
        {"id": 1, "status": "Waiting", "object": "prospect", "bulkAction": "delete"}
        | {"fileName": "some.csv", "origin": "api"},
    )
    polls = [unit.get(f"bulk-actions/1?fields={','.join(PROGRESS)}").json() for _ in range(3)]
    seen = [[said[name] for name in PROGRESS] for said in polls]
    assert seen == [["Processing", 3, 2, 66, 0], ["Complete", 3, 3, 100, 0], ["Complete", 3, 3, 100, 0]]
    assert left(unit) == {1: True, 3: False, 4: True}


def test_rows_that_fail_are_counted_and_listed(unit: Unit) -> None:
    people(unit)
    number = start(unit, 1, 99, "x", 2, 1)
    unit.tick(2)
    said = unit.get(f"bulk-actions/{number}?fields=errorCount,processedCount,errorsRef").json()
    assert (said["errorCount"], said["processedCount"]) == (3, 5)
    assert [row[:2] for row in table(unit.get(said["errorsRef"]).content)] == [
        ["id", "errorCode"],
        ["99", "109"],
        ["x", "109"],
        ["1", "109"],  # the second time: it would be gone for good
    ]
    assert left(unit) == {1: True, 2: True, 3: False, 4: False}


@pytest.mark.parametrize(
    ("ticks", "word", "becomes", "deleted"),
    [
        (0, "Paused", "Paused", []),
        (1, "paused", "Paused", [1, 2]),
        (0, "Cancelled", "Cancelled", []),
        (1, "Canceled", "Cancelled", [1, 2]),
    ],
)
def test_one_that_is_stopped_leaves_the_rest_alone(
    unit: Unit, ticks: int, word: str, becomes: str, deleted: list[int]
) -> None:
    people(unit)
    start(unit, 1, 2, 3, 4)
    unit.tick(ticks)
    assert unit.patch("bulk-actions/1?fields=status", {"status": word}).json() == {"status": becomes}
    unit.tick(3)
    assert unit.states("bulk-actions/1", 2) == [becomes, becomes]
    assert [number for number, binned in left(unit).items() if binned] == deleted
    assert code(unit.patch("bulk-actions/1", {"status": "Ready"})) == (0 if becomes == "Paused" else 161)


@pytest.mark.parametrize("ticks", [0, 1])
def test_one_that_was_paused_goes_on(unit: Unit, ticks: int) -> None:
    people(unit)
    start(unit, 1, 2, 3, 4)
    unit.tick(ticks)
    unit.patch("bulk-actions/1", {"status": "Paused"})
    assert unit.patch("bulk-actions/1?fields=status", {"status": "Ready"}).json() == {"status": "Waiting"}
    unit.tick(2)
    said = unit.get("bulk-actions/1?fields=status,processedCount,errorCount").json()
    assert said == {"status": "Complete", "processedCount": 4, "errorCount": 0}
    assert all(left(unit).values())


def test_states_that_do_not_allow_a_call(unit: Unit) -> None:
    people(unit)
    start(unit, 1)
    words = ("Ready", "Complete", "Paused")
    assert [code(unit.patch("bulk-actions/1", {"status": word})) for word in words[:2]] == [161, 161]
    assert code(unit.get("bulk-actions/1/errors")) == 161
    unit.tick(2)
    assert [code(unit.patch("bulk-actions/1", {"status": word})) for word in (*words, "Cancelled")] == [161] * 4
    assert code(unit.get("bulk-actions/1/errors")) == 0


@pytest.mark.parametrize(
    ("changes", "data", "refused"),
    [
        ({}, "id\n1\n", 0),
        ({"object": "Prospect", "bulkAction": "Delete", "status": "Ready"}, "ID\n1\n", 0),
        ({"object": "visitor"}, "id\n1\n", 51),
        ({"bulkAction": "merge"}, "id\n1\n", 205),
        ({"status": "Paused"}, "id\n1\n", 161),
        ({"status": None}, "id\n1\n", 153),
        ({"count": 1}, "id\n1\n", 180),
        ({}, "email\na@example.test\n", 130),
        ({}, "1\n2\n", 130),
        ({}, b"id\n\xff\n", 159),
        ({}, "", 204),
        ({}, "id\n" + "1\n" * 100_000, 0),
        ({}, "id\n" + "1\n" * 100_001, 63),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_one_must_be(unit: Unit, changes: dict[str, Any], data: str | bytes, refused: int) -> None:
    assert code(unit.send("bulk-actions", {**DELETE, **changes}, data)) == refused


def test_without_a_file_there_is_nothing_to_do(unit: Unit) -> None:
    people(unit)
    unit.post("bulk-actions", DELETE)
    unit.tick(2)
    said = unit.get("bulk-actions/1?fields=status,count,percentComplete").json()
    assert said == {"status": "Complete", "count": 0, "percentComplete": 100}
    assert not any(left(unit).values())


def test_progress_and_errors_are_not_on_query(unit: Unit) -> None:
    assert [code(unit.get(f"bulk-actions?fields={name}")) for name in ("percentComplete", "errorsRef")] == [224, 224]


def test_the_user_must_be_able_to_delete_prospects(unit: Unit) -> None:
    unit.settings.lacking_abilities.add(("Prospect", "Delete"))
    assert code(unit.send("bulk-actions", DELETE, "id\n1\n")) == 46
