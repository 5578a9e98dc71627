"""docs/logins: a page for each login, whose parameters are the code's and whose examples run as they stand."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from datacloud_dbapi import profiles
from datacloud_dbapi.auth.authorization_code import Authorization
from datacloud_dbapi.auth.tokens import tokens_for
from datacloud_dbapi.credentials import GRANT_NAMES, GRANTS, work_out_grant
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import FIELDS, ConnectParams
from datacloud_emulator import Emulator
from datacloud_emulator.engine.hyperd import Engine
from tests.docs.pages import (
    DOCS,
    SECTIONS,
    blocks,
    command_line,
    commands,
    pages,
    python_examples,
    run_python,
    sections,
)

INDEX = DOCS / "logins" / "README.md"
PAGES = pages("logins")
EXAMPLES = python_examples("logins")
COMMANDS = commands("logins")
# These have no name that a user could give; their pages are named for what one has.
PAGE_OF_GRANT = {**{name: name for name in GRANTS}, "sf-org": "sf-cli", "none": "bare-hyper"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Everything the examples take from the environment, of an org with one object, and of an engine without login."""
    folder = tmp_path_factory.mktemp("logins")
    (folder / "data").mkdir()
    (folder / "data" / "Thing__dlm.csv").write_text("id\n1\n")
    (folder / "key.pem").touch(0o600)
    with Emulator(data=folder / "data") as org, Engine() as engine:
        (folder / "key.pem").write_text(org.private_key)
        token, tenant = tokens_of(org)
        keep_a_login(org, str(folder / "tokens.json"))
        shown = f'{{"status": 0, "result": {{"accessToken": "{token}", "instanceUrl": "{org.login_url}"}}}}'
        write_command(folder / "sf", f"echo '{shown}'")
        write_command(
            folder / "browser",
            f"exec '{sys.executable}' -c 'import httpx, sys; httpx.get(sys.argv[1], follow_redirects=True)' \"$1\"",
        )
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith("DATACLOUD_")},
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "BROWSER": f"{folder / 'browser'} %s &",
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
            "HYPERD": engine.grpc_address,
        }


def write_command(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o700)


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


def test_every_login_has_a_page_and_every_page_a_login() -> None:
    assert set(PAGES) == {PAGE_OF_GRANT[name] for name in GRANTS}
    assert set(GRANT_NAMES) <= set(PAGES)


def test_the_index_leads_to_every_page_with_what_to_give() -> None:
    rows = re.findall(r"^\| \[[^\]]+\]\((\S+)\.md\) \| (\S+) \| (.+?) \|", INDEX.read_text(encoding="utf-8"), re.M)
    auth = {page: named.strip("`") for page, named, _ in rows}
    given = {page: set(re.findall(r"`(\w+)`", text)) for page, _, text in rows}
    for name, grant in GRANTS.items():
        page = PAGE_OF_GRANT[name]
        assert auth.pop(page) == (name if name in GRANT_NAMES else "–")
        assert given[page] - {"hyper_address"} >= {part for need in grant.needs for part in need}
    assert not auth


@pytest.mark.parametrize("name", GRANTS)
def test_a_page_lists_the_parameters_of_its_login(name: str) -> None:
    listed = re.findall(r"^\| `(\w+)` \|", sections(PAGES[PAGE_OF_GRANT[name]])["What it needs"], re.MULTILINE)
    assert set(listed) <= set(FIELDS)
    used = {part for need in GRANTS[name].needs for part in need} | set(GRANTS[name].may)
    every = {part for part in FIELDS for grant in GRANTS.values() if grant.uses(part)}
    assert set(listed) & every == used


@pytest.mark.parametrize("name", GRANTS)
def test_the_examples_of_a_page_are_of_its_login(name: str) -> None:
    for code in (text for language, text in blocks(PAGES[PAGE_OF_GRANT[name]]) if language == "python"):
        given = set(re.findall(r"\b(\w+)=", code)) & set(FIELDS)
        auth = re.search(r'auth="([^"]+)"', code)
        assert work_out_grant(auth[1] if auth else None, given, given) == name


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_every_section_and_an_example(name: str) -> None:
    assert list(sections(PAGES[name])) == SECTIONS
    assert f"{name}-1" in EXAMPLES


def test_every_block_is_run_or_read() -> None:
    found = {language for path in (INDEX, *PAGES.values()) for language, _ in blocks(path)}
    assert found == {"python", "console", "toml"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name: str, environment: dict[str, str]) -> None:
    if "sf_org" in EXAMPLES[name] and sys.platform == "win32":
        pytest.skip("the stand-in for the command is a shell script")
    assert run_python(EXAMPLES[name], environment) == "(1,)\n"


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_runs(line: str, environment: dict[str, str]) -> None:
    command = command_line(line, environment)
    app = {"DATACLOUD_CLIENT_ID": environment["CLIENT_ID"], "DATACLOUD_CLIENT_SECRET": environment["CLIENT_SECRET"]}
    if command[1] == "login":
        if sys.platform == "win32":
            pytest.skip("the stand-in for the browser is a shell script")
        app = {"DATACLOUD_REDIRECT_URI": f"http://localhost:{free_port()}/OauthRedirect"}
    with subprocess.Popen(
        command,
        env={**environment, **app},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        typed = None
        if "--paste" in command:
            assert run.stderr is not None
            url = next(said.strip() for said in run.stderr if said.startswith("http"))
            typed = httpx.get(url).headers["location"] + "\n"
        out, err = run.communicate(typed, timeout=60)
    assert run.returncode == 0, out + err
    assert (f"kept in {environment['CACHE_FILE']}" if command[1] == "login" else "SELECT 1 gives 1") in out


def test_the_profiles_shown_can_be_read() -> None:
    (text,) = (text for language, text in blocks(INDEX) if language == "toml")
    for section in ("default", "reports"):
        assert profiles.read_section(text, section, "connections.toml", needed=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
