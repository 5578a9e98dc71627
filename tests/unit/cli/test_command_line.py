"""Usage, exit status and secrets, without any connection. Source: public surface, §5; wire spec, faults K6."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from datacloud_dbapi import cli
from datacloud_dbapi.cli.connecting import _join_emulator
from datacloud_dbapi.params import FIELDS

SECRETS = sorted(name for name, field in FIELDS.items() if field.metadata["secret"])


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = cli.main(argv)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ([], "datacloud: Missing command. (see datacloud --help)"),
        (["query"], "SQL"),
        (["nonsense"], "nonsense"),
        (["query", "SELECT 1", "--format", "xml"], "xml"),
        (["query", "SELECT 1", "--prefech", "3"], "--prefech"),
        (["query", "SELECT 1", "-p", "x"], "NAME=VALUE"),
        (["query", "SELECT 1", "--emulator", "--client-id", "I"], "leave out --client-id"),
        (["query", "SELECT 1", "--emulator", "--url", "datacloud://@h/d"], "leave out --url"),
        (["query", "SELECT 1", "--prefetch", "many", "--client-id", "I"], "prefetch"),
        (["query", "SELECT 1", "--url", "http://h"], "malformed"),
        (["query", "SELECT 1"], "client_id"),
        (["describe"], "TABLE"),
        (["profile"], "Missing command"),
        (["profile", "nonsense"], "nonsense"),
        (["profile", "get", "P__dlm"], "ID"),
        (["profile", "find", "P__dlm", "--filter", "x"], "FIELD=VALUE"),
        (["profile", "find", "P__dlm", "--filter", "x>=5"], "FIELD=VALUE"),
        (["profile", "find", "P__dlm", "--filter", "x=1", "--filter", "X=2"], "X is given twice"),
        (["profile", "find", "P__dlm", "--limit", "-1"], "--limit"),
        (["profile", "find", "P__dlm", "--page-size", "5000"], "--page-size"),
        (["insights", "query", "I__cio", "--granularity", "WEEK"], "--granularity"),
        (["insights", "query", "I__cio", "--search-key", "A__c"], "--search-key"),
        (["lookup", "L__dlm", "a", "b"], "SOURCE_RECORD_ID"),
        (["lookup", "L__dlm", "a", "b", "c"], "client_id"),
        (["graph", "lookup", "G"], "--key"),
        (["graph", "lookup", "G", "--key", "a.b.c=1"], "[OBJECT.]FIELD=VALUE"),
    ],
    ids=" ".join,
)
def test_usage_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, argv: list[str], reason: str
) -> None:
    for name in FIELDS:
        monkeypatch.delenv(f"DATACLOUD_{name.upper()}", raising=False)
    status, out, err = run(capsys, *argv)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert reason in err


@pytest.mark.fault("K6")
@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("form", ["two words", "one word"])
def test_a_secret_is_no_argument(capsys: pytest.CaptureFixture[str], name: str, form: str) -> None:
    option = f"--{name.replace('_', '-')}"
    argv = [option, "hunter2"] if form == "two words" else [f"{option}=hunter2"]
    status, _, err = run(capsys, "query", "SELECT 1", *argv)
    assert status == 2
    assert f"DATACLOUD_{name.upper()}" in err
    assert "hunter2" not in err
    _, help_text, _ = run(capsys, "query", "--help")
    assert f"{option} " not in help_text


@pytest.mark.fault("K6")
@pytest.mark.parametrize(
    "url",
    ["datacloud://ID:hunter2@h/d", "datacloud://@h/d?client_id=I&client_secret=hunter2", "datacloud://:hunter2@h/"],
)
def test_a_secret_is_no_part_of_a_url(capsys: pytest.CaptureFixture[str], url: str) -> None:
    status, _, err = run(capsys, "query", "SELECT 1", "--url", url)
    assert status == 2
    assert "DATACLOUD_CLIENT_SECRET" in err
    assert "hunter2" not in err


def test_every_other_parameter_is_an_option_with_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    _, help_text, _ = run(capsys, "query", "--help")
    words = " ".join(help_text.split())
    for name in set(FIELDS) - set(SECRETS) - {"on_event", "http_transport"}:
        assert f"--{name.replace('_', '-')} " in words


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"],
        ["-h"],
        ["query", "--help"],
        ["tables", "-h"],
        ["profile", "-h"],
        ["graph", "get", "-h"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_help_and_version(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    status, out, err = run(capsys, *argv)
    assert (status, err) == (0, "")
    assert out


@pytest.mark.parametrize(
    ("words", "joined"),
    [
        (["--emulator", "SELECT 1"], ["--emulator=", "SELECT 1"]),
        (["SELECT 1", "--emulator"], ["SELECT 1", "--emulator="]),
        (["--emulator", "--format", "csv", "x"], ["--emulator=", "--format", "csv", "x"]),
        (["--emulator=dir", "x"], ["--emulator=dir", "x"]),
        (["--emulator", "./data", "x"], ["--emulator=./data", "x"]),
        (["--emulator", "SELECT 4/2"], ["--emulator=", "SELECT 4/2"]),
        (["--emulator", "ssot__*"], ["--emulator=", "ssot__*"]),
        (["--", "--emulator", "./data"], ["--", "--emulator", "./data"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_the_folder_of_the_emulator_may_be_left_out(words: list[str], joined: list[str]) -> None:
    assert _join_emulator(words) == joined


def test_an_existing_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    assert _join_emulator(["--emulator", "data", "x"]) == ["--emulator=data", "x"]
    assert _join_emulator(["--emulator", "else", "x"]) == ["--emulator=", "else", "x"]


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_click_or_rich_one_line_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert cli.main(["--help"]) == 1
    assert "pip install 'datacloud-dbapi[cli]'" in capsys.readouterr().err
