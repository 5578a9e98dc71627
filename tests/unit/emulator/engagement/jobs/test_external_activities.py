"""External activities of Account Engagement (wire spec, account-engagement §18)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.emulator.engagement.jobs.client import Unit, at, code, text

GIVEN = {"extension": "Webinars", "type": "Attended", "email": "a@example.test", "value": "Spring"}


@pytest.mark.parametrize(
    ("more", "date"),
    [({}, text(0, -300)), ({"activityDate": "2026-02-01T00:00:00+00:00"}, "2026-01-31T19:00:00-05:00")],
)
def test_one_belongs_to_the_prospect_of_its_address(unit: Unit, more: dict[str, str], date: str) -> None:
    unit.load("Prospect", {"id": 7, "email": "a@example.test"})
    made = unit.post("external-activities?fields=id,extension,type,value,prospectId,activityDate", {**GIVEN, **more})
    expected = {"id": 1, "extension": "Webinars", "type": "Attended", "value": "Spring", "prospectId": 7}
    assert (made.status_code, made.json()) == (201, {**expected, "activityDate": date})
    path = "objects/external-activities"
    shown = "fields=id,prospectId,activityDate"
    assert unit.get(f"{path}?{shown}").json()["values"] == [{"id": 1, "prospectId": 7, "activityDate": date}]
    assert unit.get(f"{path}/1?fields=createdAt").json() == {"createdAt": text(0, -300)}


def test_the_address_is_never_shown_nor_stored(unit: Unit) -> None:
    unit.load("Prospect", {"email": "a@example.test"})
    assert code(unit.post("external-activities?fields=email", GIVEN)) == 51
    assert unit.rows("ExternalActivity") == []
    unit.post("external-activities", GIVEN)
    assert [code(unit.get(f"objects/external-activities{path}?fields=email")) for path in ("", "/1")] == [51, 51]
    assert [row["email"] for row in unit.rows("ExternalActivity")] == [None]


def test_of_several_prospects_the_one_with_the_latest_activity_is_taken(unit: Unit) -> None:
    moments = [(1, -50), (2, -10), (3, -30)]
    unit.load("Prospect", *({"id": n, "email": "a@example.test", "lastActivityAt": at(s)} for n, s in moments))
    assert unit.post("external-activities?fields=prospectId", GIVEN).json() == {"prospectId": 2}


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"value": "x" * 100}, 0),
        ({"value": "x" * 101}, 52),
        ({"email": "nobody@example.test"}, 4),
        ({"email": "gone@example.test"}, 4),
        ({"email": "no address"}, 4),
        ({"extension": ""}, 51),
        ({"type": ""}, 51),
        ({"extension": "Other"}, 51),
        ({"type": "Other"}, 51),
        ({"value": None}, 153),
        ({"activityDate": "2026-02-01"}, 57),
        ({"prospectId": 1}, 180),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_refused(unit: Unit, changes: dict[str, Any], refused: int) -> None:
    unit.settings.activity_types.add(("Webinars", "Attended"))
    unit.load("Prospect", {"email": "a@example.test"}, {"email": "gone@example.test", "isDeleted": True})
    assert code(unit.post("external-activities", {**GIVEN, **changes})) == refused
    assert len(unit.rows("ExternalActivity")) == (0 if refused else 1)


def test_the_paths_of_writing_and_reading_differ(unit: Unit) -> None:
    unit.load("Prospect", {"email": "a@example.test"})
    assert unit.post("objects/external-activities", GIVEN).status_code == 405
    assert unit.get("external-activities?fields=id").status_code == 405
