"""`datacloud doctor` tells one fault from another, and `datacloud login` keeps what it was given.

Source: public surface §5; wire spec, auth §2.4-2.5, §5; faults K4, K6.
"""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from datacloud_dbapi.cli import main
from datacloud_emulator import Emulator
from datacloud_emulator.quirks import Quirks

TRANSPORTS = ["rest-v2", "rest-v1", "query-sql", "direct-v3", "hyper"]
STEPS = ["host", "clock", "login", "scope", "data space", *TRANSPORTS]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("org")
    (folder / "Thing__dlm.csv").write_text("id\n1\n")
    return folder


@pytest.fixture(scope="module")
def org(data: Path) -> Iterator[Emulator]:
    with Emulator(data=data) as running:
        yield running


class Doctor:
    """Runs the command for an emulator; secrets stand in the environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._environment = monkeypatch
        self._capsys = capsys

    def __call__(
        self, org: Emulator, *options: str, secret: str | None = None
    ) -> tuple[int, dict[str, dict[str, Any]]]:
        self._environment.setenv("DATACLOUD_CLIENT_SECRET", secret or org.client_secret)
        self._environment.setenv("DATACLOUD_HYPER_ADDRESS", org.hyper_address)
        given = ["--login-url", org.login_url, "--client-id", org.client_id, "--allow-insecure-loopback", "true"]
        status = main(["doctor", "--format", "json", *given, *options])
        out = self._capsys.readouterr()
        assert org.client_secret not in out.out + out.err
        return status, {check["step"]: check for check in json.loads(out.out)}


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(monkeypatch, capsys)


def test_a_healthy_org_works_at_every_step(org: Emulator, doctor: Doctor) -> None:
    status, checks = doctor(org)
    assert {name: check["state"] for name, check in checks.items()} == dict.fromkeys(STEPS, "works")
    assert status == 0


@pytest.mark.parametrize(
    ("options", "secret", "step", "words"),
    [
        (["--login-url", "https://no-such-host.invalid"], None, "host", "no-such-host.invalid is not reachable"),
        (["--login-url", "https://127.0.0.1:1"], None, "host", "127.0.0.1:1 is not reachable"),
        ([], "wrong", "login", "invalid_client"),
        (["--client-id", "nobody"], None, "login", "invalid_client_id"),
        (["--dataspace", "nowhere"], None, "data space", "nowhere"),
    ],
)
def test_the_step_that_fails_is_the_last_and_says_what_to_change(
    options: list[str], secret: str | None, step: str, words: str, org: Emulator, doctor: Doctor
) -> None:
    status, checks = doctor(org, *options, secret=secret)
    assert status == 1
    assert list(checks)[-1] == step
    assert [name for name, check in checks.items() if check["state"] == "fails"] == [step]
    assert words in checks[step]["said"]
    assert checks[step]["change"]


@pytest.mark.parametrize(
    ("quirks", "options", "states", "status"),
    [
        (Quirks(scope="api"), [], {"scope": "fails"}, 1),
        (Quirks(no_data_cloud=True), [], {"data space": "fails"}, 1),
        (Quirks(clock_skew=600.0), [], {"clock": "fails", "rest-v2": "works"}, 1),
        (Quirks(clock_skew=-600.0), [], {"clock": "fails", "rest-v2": "works"}, 1),
        (Quirks(no_v2=True), [], {"rest-v2": "missing", "rest-v1": "works"}, 0),
        (Quirks(no_v2=True), ["--transport", "rest-v2"], {"rest-v2": "fails", "rest-v1": "works"}, 1),
        (Quirks(no_v1=True, no_v2=True), [], {"rest-v2": "fails", "rest-v1": "fails", "direct-v3": "works"}, 1),
        (Quirks(no_grpc=True), [], {"hyper": "missing", "rest-v2": "works"}, 0),
        (Quirks(no_v3=True, no_query_sql=True), [], {"direct-v3": "missing", "query-sql": "missing"}, 0),
    ],
)
def test_what_an_org_lacks_is_told_apart(
    quirks: Quirks, options: list[str], states: dict[str, str], status: int, data: Path, doctor: Doctor
) -> None:
    with Emulator(data=data, quirks=quirks) as org:
        found, checks = doctor(org, *options)
    assert {name: checks[name]["state"] for name in states} == states
    others = {check["state"] for name, check in checks.items() if name not in states}
    assert others <= {"works"}
    assert found == status


def test_it_says_so_in_lines_too(org: Emulator, doctor: Doctor, capsys: pytest.CaptureFixture[str]) -> None:
    doctor(org)
    status = main(["doctor", "--login-url", "https://no-such-host.invalid", "--client-id", "x"])
    lines = capsys.readouterr().out.splitlines()
    assert status == 1
    assert re.match(r"FAILS +host +no-such-host\.invalid is not reachable", lines[0])
    assert lines[1].strip().startswith("→ check the host name")


def test_login_by_pasting_keeps_a_refresh_token_for_its_owner_alone(org: Emulator, tmp_path: Path) -> None:
    cache = tmp_path / "tokens.json"
    arguments = [
        *("--login-url", org.login_url, "--client-id", org.client_id, "--allow-insecure-loopback", "true"),
        *("--token-cache", str(cache)),
    ]
    code = "import sys; from datacloud_dbapi.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        [*command, "login", "--paste", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as login:
        assert login.stderr is not None
        url = next(line.strip() for line in login.stderr if line.startswith("http"))
        out, err = login.communicate(httpx.get(url).headers["location"] + "\n", timeout=60)
    assert login.returncode == 0, err
    assert f"Logged in to {org.login_url}; kept in {cache}." in out
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    held = json.loads(next(iter(json.loads(cache.read_text()).values())))
    assert held["refresh_token"] not in out + err

    query = [*command, "query", "--auth", "authorization-code", *arguments, "--format", "csv", "SELECT 1 AS one"]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["one", "1"]), done.stderr


def test_login_on_a_build_machine_must_be_told_where_to_keep_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    assert main(["login", "--client-id", "x"]) == 1
    assert "--token-cache" in capsys.readouterr().err


def test_a_passphrase_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    """K6."""
    assert main(["doctor", "--private-key-passphrase", "sesame"]) == 2
    said = capsys.readouterr().err
    assert "DATACLOUD_PRIVATE_KEY_PASSPHRASE" in said
    assert "sesame" not in said
