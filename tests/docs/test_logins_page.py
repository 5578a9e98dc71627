"""The examples of docs/logins.md run, each as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from datacloud_dbapi.auth.authorization_code import Authorization
from datacloud_dbapi.auth.tokens import tokens_for
from datacloud_dbapi.credentials import GRANT_NAMES
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams
from datacloud_emulator import Emulator

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "logins.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
EXAMPLES = {title: code for title, text in SECTIONS.items() for code in re.findall(r"```python\n(.*?)```", text, re.S)}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Everything the page's examples take from the environment, of an org with one object."""
    folder = tmp_path_factory.mktemp("logins")
    (folder / "data").mkdir()
    (folder / "data" / "Thing__dlm.csv").write_text("id\n1\n")
    (folder / "key.pem").touch(0o600)
    with Emulator(data=folder / "data") as org:
        (folder / "key.pem").write_text(org.private_key)
        token, tenant = tokens_of(org)
        keep_a_login(org, str(folder / "tokens.json"))
        sf = folder / "sf"
        shown = f'{{"status": 0, "result": {{"accessToken": "{token}", "instanceUrl": "{org.login_url}"}}}}'
        sf.write_text(f"#!/bin/sh\necho '{shown}'\n")
        sf.chmod(0o700)
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith("DATACLOUD_")},
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "DATACLOUD_LOGIN_URL": org.login_url,
            "DATACLOUD_ALLOW_INSECURE_LOOPBACK": "true",
            "CLIENT_ID": org.client_id,
            "CLIENT_SECRET": org.client_secret,
            "USERNAME": org.username,
            "PASSWORD": org.password,
            "KEY_FILE": str(folder / "key.pem"),
            "CACHE_FILE": str(folder / "tokens.json"),
            "REFRESH_TOKEN": org.refresh_token,
            "ORG_TOKEN": token,
            "TENANT_TOKEN": tenant,
            "TENANT_URL": org.tenant_url,
        }


def tokens_of(org: Emulator) -> tuple[str, str]:
    params = ConnectParams.resolve(None, {**org.connect_params()})
    runner, keeper = Runner(params), tokens_for(params)
    try:
        org_token = runner.run(keeper.current_org(RetryPolicy()))
        return org_token.access_token, runner.run(keeper.current(RetryPolicy())).access_token
    finally:
        runner.close()


def keep_a_login(org: Emulator, path: str) -> None:
    """What `datacloud login` leaves behind."""
    given = {"auth": "authorization-code", "client_id": org.client_id, "token_cache": path}
    params = ConnectParams.resolve(None, {**given, "login_url": org.login_url, "allow_insecure_loopback": True})

    def ask(authorization: Authorization) -> str:
        return httpx.get(authorization.url).headers["location"]

    runner = Runner(params)
    try:
        runner.run(tokens_for(params, ask).log_in(RetryPolicy()))
    finally:
        runner.close()


def test_every_way_in_has_an_example() -> None:
    assert len(EXAMPLES) == 8
    for name in (*GRANT_NAMES, "sf_org", "datacloud_token"):
        assert f"`{name}`" in PAGE or f"`{name}`," in PAGE or f"[`{name}" in PAGE


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_runs(title: str, environment: dict[str, str]) -> None:
    if "sf_org" in EXAMPLES[title] and sys.platform == "win32":
        pytest.skip("the stand-in for the command is a shell script")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", EXAMPLES[title]],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "(1,)\n"), done.stderr
