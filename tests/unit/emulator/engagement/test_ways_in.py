"""How one comes to the local Account Engagement: keywords, a URL, the command line, a pytest fixture.

Source: wire spec, account-engagement §2.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from datacloud_dbapi import engagement
from datacloud_emulator import Emulator, EngagementSettings
from datacloud_emulator.__main__ import main

PAGE = Path(__file__).resolve().parents[4] / "docs" / "emulator.md"
OTHER = "0Uv000000000002AAA"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(sql=False, engagement=EngagementSettings(sample=False)) as running:
        running.engagement.load("Tag", [{"name": "first"}])
        running.engagement.add_business_unit(OTHER)
        running.engagement.load("Tag", [{"name": "second"}], business_unit=OTHER)
        yield running


@pytest.mark.parametrize(
    "auth", [None, "client-credentials", "password", "jwt", "refresh-token", "access-token"], ids=str
)
@pytest.mark.parametrize(("unit", "name"), [(None, "first"), (OTHER, "second")])
def test_keywords_of_every_grant_and_business_unit(
    emulator: Emulator, auth: str | None, unit: str | None, name: str
) -> None:
    params = emulator.engagement_params(auth, unit)
    assert params.get("auth") == auth
    with engagement.connect(**params, http_transport=emulator.http_transport) as client:
        assert [dict(tag) for tag in client.tags.query(["name"])] == [{"name": name}]


@pytest.mark.parametrize("auth", ["datacloud-token", "nothing"])
def test_a_grant_that_leads_nowhere(emulator: Emulator, auth: str) -> None:
    with pytest.raises(ValueError, match="auth"):
        emulator.engagement_params(auth)


def test_no_data_goes_with_an_emulator_that_loads_none() -> None:
    with pytest.raises(ValueError, match="data"):
        Emulator("folder", sql=False)


def test_one_url_says_it_all(emulator: Emulator) -> None:
    with engagement.connect(emulator.engagement_dsn, http_transport=emulator.http_transport) as client:
        assert [tag["name"] for tag in client.tags.query(["name"])] == ["first"]


@pytest.mark.sockets
def test_the_command_prints_that_url() -> None:
    command = [sys.executable, "-m", "datacloud_emulator", "--no-sql", "--port", "0", "--tls"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            with engagement.connect(process.stdout.readline().strip()) as client:
                account = client.account.read(fields=["company"])
        finally:
            process.send_signal(signal.SIGTERM)
            out, told = process.communicate(timeout=60)
    assert account is not None
    assert account["company"] == "Example Marketing"
    assert (process.returncode, out) == (0, "")
    assert "0Uv000000000001AAA" in told


@pytest.mark.parametrize("option", [["--data", "."], ["--writable"]])
def test_the_command_takes_no_data_without_the_engine(capfd: pytest.CaptureFixture[str], option: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--no-sql", *option])
    assert left.value.code == 2
    assert "--no-sql" in capfd.readouterr().err.splitlines()[-1]


TESTS = """
from datacloud_dbapi import engagement

def one(emulator, name):
    with engagement.connect(**emulator.engagement_params(), http_transport=emulator.http_transport) as client:
        client.tags.create({"name": name})
        assert len(list(client.prospects.query(["id"], deleted="all"))) == 300
        return [tag["name"] for tag in client.tags.query(["name"], filters={"idGreaterThan": 10})]

def test_one(datacloud_engagement):
    assert one(datacloud_engagement, "test one") == ["test one"]

def test_two(datacloud_engagement):
    assert one(datacloud_engagement, "test two") == ["test two"]
"""


def test_the_fixture_is_each_tests_own(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS, "utf-8")
    example = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "test_page.py").write_text(next(code for code in example if "datacloud_engagement" in code), "utf-8")
    plugin = ["-p", "datacloud_emulator.pytest_plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, "-q", str(tmp_path)],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
