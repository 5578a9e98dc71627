"""Files and programs of Account Engagement, which are made from a form (wire spec, account-engagement §3, §4.3)."""

from __future__ import annotations

import json

import pytest

from tests.unit.emulator.engagement.jobs.client import Unit, at, code

FILES, PROGRAMS = "objects/files", "objects/engagement-studio-programs"


@pytest.mark.parametrize(("given", "name"), [({}, "some.csv"), ({"name": "Prices"}, "Prices")])
def test_a_file_is_made_and_replaced(unit: Unit, given: dict[str, str], name: str) -> None:
    made = unit.send(f"{FILES}?fields=id,name,size,campaignId", given, b"\x00\x01\xff")
    expected = {"id": 1, "name": name, "size": 3, "campaignId": None}
    assert (made.status_code, made.json()) == (201, expected)
    # A new file leaves the name alone; without one JSON will do.
    assert unit.send(f"{FILES}/1", {}, b"longer", method="PATCH").status_code == 204
    assert unit.get(f"{FILES}/1?fields=name,size").json() == {"name": name, "size": 6}
    assert unit.patch(f"{FILES}/1?fields=name,size", {"name": "New"}).json() == {"name": "New", "size": 6}


@pytest.mark.parametrize("path", [FILES, PROGRAMS])
def test_what_a_form_must_have(unit: Unit, path: str) -> None:
    body = {"name": "N"}
    assert code(unit.post(path, body)) == 162
    assert code(unit.send(path, body)) == 162
    assert code(unit.send(path, body, b"1", b"2")) == 163
    assert code(unit.send(path, body, b"")) == 204
    assert code(unit.send(path, None, b"1")) == 166
    assert code(unit.send(path, "[1]", b"1")) == 166
    assert code(unit.send(path, {**body, "other": 1}, b"1")) == 154
    assert code(unit.send(path, {**body, "createdAt": "x"}, b"1")) == 180
    assert code(unit.send(path, body, b"1")) == 0


def test_a_form_is_for_objects_that_take_files(unit: Unit) -> None:
    assert code(unit.send("objects/tags", {"name": "T"}, b"1")) == 151


def test_a_file_in_the_bin_cannot_be_replaced(unit: Unit) -> None:
    unit.send(FILES, {}, b"1")
    assert unit.call("DELETE", f"{FILES}/1").status_code == 204
    assert code(unit.send(f"{FILES}/1", {}, b"2", method="PATCH")) == 219


def test_a_program_is_made_from_a_structure_that_can_be_had_again(unit: Unit) -> None:
    data = b'{"steps": ["\xc3\xbc"]}\xff'
    made = unit.send(f"{PROGRAMS}?fields=id,name,status", {"name": "Welcome"}, data)
    assert (made.status_code, made.json()) == (201, {"id": 1, "name": "Welcome", "status": "draft"})
    assert unit.get(f"{PROGRAMS}/1/download-program-structure").content == data


def test_a_structure_that_was_altered_is_refused(unit: Unit) -> None:
    unit.load("EngagementStudioProgram", {"name": "Welcome", "status": "running", "updatedAt": at(0)})
    data = unit.get(f"{PROGRAMS}/1/download-program-structure").content
    assert code(unit.send(PROGRAMS, {"name": "Copy"}, data)) == 0
    altered = json.loads(data)
    altered["steps"].append({"type": "end"})
    assert code(unit.send(PROGRAMS, {"name": "Copy"}, json.dumps(altered))) == 239
    assert code(unit.get(f"{PROGRAMS}/9/download-program-structure")) == 109
