"""`datacloud engagement`, held against the records of the emulator's store. Source: public surface, §5."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from datacloud_dbapi import cli
from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_emulator import Emulator

Capture = pytest.CaptureFixture[bytes]


@pytest.fixture(scope="module")
def unit() -> Iterator[Emulator]:
    with Emulator(sql=False) as running:
        yield running


@pytest.fixture(autouse=True)
def _environment(unit: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone who may log in to the emulator's business unit."""
    params = {
        **unit.connect_params(),
        "business_unit_id": unit.business_unit_id,
        "engagement_url": unit.login_url,
        "allow_insecure_loopback": "true",
    }
    for name, value in params.items():
        monkeypatch.setenv(f"DATACLOUD_{name.upper()}", str(value))


def run(capture: Capture, *argv: str) -> tuple[int, str, str]:
    status = cli.main(["engagement", *argv])
    printed = capture.readouterr()
    return status, printed.out.decode(), printed.err.decode()


def printed(capture: Capture, *argv: str) -> str:
    status, out, err = run(capture, *argv)
    assert (status, err) == (0, "")
    return out


def live(unit: Emulator, name: str) -> list[dict[str, Any]]:
    return unit.engagement.rows(name, deleted="false")


@pytest.mark.parametrize("name", ["prospects", "Prospect", "PROSPECTS"])
def test_query_shows_the_records_that_meet_every_filter(capfdbinary: Capture, unit: Emulator, name: str) -> None:
    words = "--field id,email --field campaign.name --filter idLessThan=40 --filter userIdIsNull=true --limit 5"
    out = printed(capfdbinary, "query", name, *words.split(), "--order-by", "id DESC", "--format", "json")
    names = {row["id"]: row["name"] for row in live(unit, "Campaign")}
    wanted = [row for row in live(unit, "Prospect") if row["id"] < 40 and row["userId"] is None]
    assert json.loads(out) == [
        {"id": row["id"], "email": row["email"], "campaign.name": names.get(row["campaignId"])}
        for row in wanted[:-6:-1]
    ]
    assert wanted


def test_query_of_the_recycle_bin(capfdbinary: Capture, unit: Emulator) -> None:
    out = printed(capfdbinary, "query", "prospects", "--field", "id", "--deleted", "true", "--format", "csv")
    assert out.split() == ["id", *(str(row["id"]) for row in unit.engagement.rows("Prospect", deleted="true"))]


def test_query_into_a_file(capfdbinary: Capture, unit: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "lists.parquet"
    printed(capfdbinary, "query", "List", "--format", "parquet", "-o", str(path))
    table = pq.read_table(path)
    assert table.column("name").to_pylist() == [row["name"] for row in live(unit, "List")]
    assert str(table.schema.field("createdAt").type) == "timestamp[us, tz=UTC]"


def test_get_shows_a_line_for_each_field(capfdbinary: Capture, unit: Emulator) -> None:
    record = live(unit, "Prospect")[0]
    fields = ("--field", "id,email,fax")
    shown = printed(capfdbinary, "get", "prospects", str(record["id"]), *fields)
    assert [line.split("│")[1:3] for line in shown.splitlines() if line.startswith("│")] == [
        [" id    ", f" {record['id']:<{len(record['email'])}} "],
        [" email ", f" {record['email']} "],
        [" fax   ", f" {'NULL':<{len(record['email'])}} "],
    ]
    out = printed(capfdbinary, "get", "prospects", str(record["id"]), *fields, "--format", "json")
    assert json.loads(out) == {"id": record["id"], "email": record["email"], "fax": None}
    out = printed(capfdbinary, "get", "account", "--field", "company", "--format", "json")
    assert json.loads(out) == {"company": live(unit, "Account")[0]["company"]}


def test_export_waits_and_shows_the_records(capfdbinary: Capture, unit: Emulator, tmp_path: Path) -> None:
    words = "--field id,updatedAt --after 2025-06-01T00:00:00Z --by updatedAt --poll 0.01"
    out = printed(capfdbinary, "export", "prospects", *words.split(), "--format", "csv")
    rows = [row for row in live(unit, "Prospect") if row["updatedAt"].isoformat() > "2025-06-01T00:00:00+00:00"]
    found = sorted(csv.DictReader(io.StringIO(out)), key=lambda row: int(row["id"]))
    assert found == [{"id": str(row["id"]), "updatedAt": row["updatedAt"].isoformat()} for row in rows]
    assert rows


def test_limits_are_those_of_the_day(capfdbinary: Capture, unit: Emulator) -> None:
    facts = json.loads(printed(capfdbinary, "limits", "--format", "json"))
    assert facts["maximum"] == unit.engagement.settings.daily_calls
    assert facts["left"] == facts["maximum"] - facts["used"]
    assert json.loads(printed(capfdbinary, "limits", "--format", "json"))["used"] == facts["used"] + 1


def test_what_there_is_is_told_without_asking(capfdbinary: Capture, unit: Emulator) -> None:
    unit.requests.clear()
    objects = json.loads(printed(capfdbinary, "objects", "--format", "json"))
    assert [one["object"] for one in objects] == list(catalogue().objects)
    fields = json.loads(printed(capfdbinary, "describe", "tags", "--format", "json"))
    assert next(one for one in fields if one["field"] == "name") == {
        "field": "name",
        "type": "String",
        "uses": ["query", "read", "update", "create (required)"],
        "filters": ["name"],
    }
    assert "createdAtAfterOrEqualTo" in printed(capfdbinary, "describe", "tags")
    assert not unit.requests


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("query prospekts", 1, "did you mean 'prospects'?"),
        ("query prospects --filter scoreAbove=secret", 1, "no filter 'scoreAbove'"),
        ("query prospects --filter idLessThan", 2, "one is NAME=VALUE"),
        ("query prospects --filter id=1 --filter id=2", 2, "id is given twice"),
        ("query account", 1, "Account has no query"),
        ("get prospects", 2, "Prospect takes an ID"),
        ("get account 1", 2, "Account takes no ID"),
        ("get prospects 999999", 1, "Record not found"),
        ("export account", 1, "Account"),
        ("export prospects --after 2025-06-01", 2, "a moment is 2026-01-31T08:30:00Z"),
        ("query prospects --emulator=.", 2, "leave the folder out"),
    ],
)
def test_what_goes_wrong_is_one_line(
    capfdbinary: Capture, words: str, status: int, said: str, monkeypatch: Any
) -> None:
    if "--emulator" in words:
        for name in ("LOGIN_URL", "CLIENT_ID", "CLIENT_SECRET"):
            monkeypatch.delenv(f"DATACLOUD_{name}")
    found, out, err = run(capfdbinary, *words.split())
    assert (found, out, err.count("\n")) == (status, "", 1)
    assert said in err
    assert "secret" not in err


def test_a_fresh_emulator_has_sample_data(
    capfdbinary: Capture, unit: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGIN_URL", "CLIENT_ID", "CLIENT_SECRET", "ENGAGEMENT_URL", "BUSINESS_UNIT_ID"):
        monkeypatch.delenv(f"DATACLOUD_{name}")
    out = printed(capfdbinary, "query", "campaigns", "--emulator", "--field", "id,name", "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert rows == [{"id": row["id"], "name": row["name"]} for row in live(unit, "Campaign")]
