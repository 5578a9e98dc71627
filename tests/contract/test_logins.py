"""Every way in, against the emulator: the driver's half and the service's, each written from the wire spec.

Source: public surface §1; wire spec, auth §2-5; faults T4, T14, K4.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

import datacloud_dbapi
from datacloud_dbapi import Connection, InterfaceError
from datacloud_dbapi.auth.authorization_code import Authorization
from datacloud_dbapi.auth.browser import ask_in_browser
from datacloud_dbapi.auth.tokens import tokens_for
from datacloud_dbapi.errors import AuthenticationError
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams
from datacloud_emulator import Emulator
from datacloud_emulator.quirks import Quirks

POLICY = RetryPolicy()


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(data=small(tmp_path_factory.mktemp("org"))) as running:
        yield running


@pytest.fixture(scope="module")
def stern_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Refresh tokens serve once, and the user says no."""
    quirks = Quirks(refresh_token_rotation=True, authorization_denied=True)
    with Emulator(data=small(tmp_path_factory.mktemp("stern")), quirks=quirks) as running:
        yield running


def small(folder: Path) -> Path:
    (folder / "Thing__dlm.csv").write_text("id\n1\n")
    return folder


def base(org: Emulator) -> dict[str, Any]:
    return {"login_url": org.login_url, "allow_insecure_loopback": True}


def org_token(org: Emulator) -> str:
    given = {"grant_type": "client_credentials", "client_id": org.client_id, "client_secret": org.client_secret}
    answer = httpx.post(f"{org.login_url}/services/oauth2/token", data=given)
    return str(answer.json()["access_token"])


def tenant_token(org: Emulator) -> str:
    given = {
        "grant_type": "urn:salesforce:grant-type:external:cdp",
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": org_token(org),
    }
    return str(httpx.post(f"{org.login_url}/services/a360/token", data=given).json()["access_token"])


def encrypted(pem: str) -> str:
    key = load_pem_private_key(pem.encode(), None)
    encryption = BestAvailableEncryption(b"open sesame")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


def key_file(org: Emulator, folder: Path) -> str:
    file = folder / "key.pem"
    file.write_text(org.private_key)
    return str(file)


def signed(org: Emulator) -> dict[str, Any]:
    return {"client_id": org.client_id, "username": org.username}


def fake_sf(org: Emulator, folder: Path) -> dict[str, Any]:
    """A command `sf` on the path, which answers as the Salesforce command line does."""
    sf = folder / "sf"
    shown = f'{{"status": 0, "result": {{"accessToken": "{org_token(org)}", "instanceUrl": "{org.login_url}"}}}}'
    sf.write_text(f"#!/bin/sh\ntest \"$*\" = 'org display --json --target-org=dev' && echo '{shown}'\n")
    sf.chmod(0o700)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {"sf_org": "dev"}


WAYS: dict[str, Callable[[Emulator, Path], dict[str, Any]]] = {
    "client credentials": lambda org, _: {"client_id": org.client_id, "client_secret": org.client_secret},
    "password": lambda org, _: {
        "client_id": org.client_id,
        "client_secret": org.client_secret,
        "username": org.username,
        "password": org.password,
    },
    "jwt": lambda org, _: {**signed(org), "private_key": org.private_key},
    "jwt, key in a file": lambda org, folder: {**signed(org), "private_key_file": key_file(org, folder)},
    "jwt, encrypted key": lambda org, _: {
        **signed(org),
        "private_key": encrypted(org.private_key),
        "private_key_passphrase": "open sesame",
    },
    "jwt, audience given": lambda org, _: {
        **signed(org),
        "private_key": org.private_key,
        "jwt_audience": "https://login.salesforce.com",
    },
    "refresh token": lambda org, _: {
        "client_id": org.client_id,
        "client_secret": org.client_secret,
        "refresh_token": org.refresh_token,
    },
    "org token": lambda org, _: {"access_token": org_token(org), "instance_url": org.login_url},
    "org token from a callable": lambda org, _: {"access_token": lambda: org_token(org), "instance_url": org.login_url},
    "tenant token": lambda org, _: {"datacloud_token": tenant_token(org), "tenant_url": org.tenant_url},
    "sf": fake_sf,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_opens_the_same_door(
    way: str, org: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "sf" and sys.platform == "win32":
        pytest.skip("the stand-in for the command is a shell script")
    monkeypatch.setenv("PATH", os.environ["PATH"])  # put back afterwards
    with datacloud_dbapi.connect(**base(org), **WAYS[way](org, tmp_path)) as connection:
        assert one(connection) == 1


def one(connection: Connection) -> object:
    with connection.cursor() as cursor:
        row = cursor.execute("SELECT 1").fetchone()
    assert row is not None
    return row[0]


def logins(org: Emulator) -> int:
    return [request.path for request in org.requests].count("/services/oauth2/token")


def test_a_signed_login_with_another_key_is_refused(org: Emulator) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(AuthenticationError) as caught:
        datacloud_dbapi.connect(**base(org), **signed(org), private_key=text)
    assert caught.value.code == "invalid_grant"


@pytest.mark.fault("T4")
def test_t4_rotated_refresh_tokens_serve_one_login_after_the_other(stern_org: Emulator, tmp_path: Path) -> None:
    before = logins(stern_org)
    way = WAYS["refresh token"](stern_org, tmp_path)
    given = {**base(stern_org), **way, "token_cache": str(tmp_path / "tokens.json")}
    for _ in range(3):
        # Each time as another process would: only the file is shared, and the token at hand is not asked for.
        params = ConnectParams.resolve(None, given)
        runner = Runner(params)
        runner.run(tokens_for(params).renew(POLICY))
        runner.close()
    assert logins(stern_org) == before + 3
    with pytest.raises(AuthenticationError):
        datacloud_dbapi.connect(**{**given, "token_cache": None})  # the first one is spent


def test_a_cache_serves_the_next_process(org: Emulator, tmp_path: Path) -> None:
    given = {**base(org), **WAYS["client credentials"](org, tmp_path), "token_cache": tmp_path / "tokens.json"}
    before = logins(org)
    for _ in range(2):
        with datacloud_dbapi.connect(**given) as connection:
            assert one(connection) == 1
        del connection
    assert logins(org) == before + 1


@pytest.mark.fault("T5")
def test_t5_processes_that_start_together_log_in_once(org: Emulator, tmp_path: Path) -> None:
    before = logins(org)
    given = {**base(org), **WAYS["client credentials"](org, tmp_path), "token_cache": str(tmp_path / "tokens.json")}
    code = (
        "import json, sys, datacloud_dbapi\n"
        "given = json.loads(sys.stdin.readline())\n"
        "with datacloud_dbapi.connect(**given) as connection:\n"
        "    print(connection.cursor().execute('SELECT 1').fetchone())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    # Each waits for its line, so that all are up before the first begins.
    for process in started:
        assert process.stdin is not None
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in started] == ["(1,)\n"] * 4
    assert logins(org) == before + 1


class TestBrowser:
    """A browser that goes where it is sent, the listener on this machine, and the code it brings back."""

    def params(self, org: Emulator, port: int, **more: Any) -> ConnectParams:
        redirect = f"http://localhost:{port}/OauthRedirect"
        given = {"client_id": org.client_id, "auth": "authorization-code", "redirect_uri": redirect}
        return ConnectParams.resolve(None, {**base(org), **given, **more})

    def log_in(self, params: ConnectParams, go: Callable[[str], None]) -> Any:
        threads: list[threading.Thread] = []

        def open_page(url: str) -> bool:
            threads.append(threading.Thread(target=go, args=(url,)))
            threads[-1].start()
            return True

        def ask(authorization: Authorization) -> str:
            return ask_in_browser(authorization, open_page=open_page, patience=20)

        runner = Runner(params)
        try:
            return runner.run(tokens_for(params, ask).log_in(POLICY))
        finally:
            runner.close()
            for thread in threads:
                thread.join()

    def test_it_ends_in_tokens_for_connections_to_come(self, org: Emulator, tmp_path: Path, free_port: int) -> None:
        params = self.params(org, free_port, token_cache=str(tmp_path / "tokens.json"))
        shown: list[str] = []

        def go(url: str) -> None:
            # A browser asks for an icon first, and what it is told there is not the answer.
            httpx.get(f"http://127.0.0.1:{free_port}/favicon.ico?code=x&state=y")
            shown.append(httpx.get(url, follow_redirects=True).text)

        assert self.log_in(params, go).refresh_token
        assert "You may close this window" in shown[0]
        with Connection(params) as connection:
            assert one(connection) == 1

    @pytest.mark.fault("T14")
    def test_t14_the_users_refusal_ends_it(self, stern_org: Emulator, free_port: int) -> None:
        before = logins(stern_org)

        def go(url: str) -> None:
            httpx.get(url, follow_redirects=True)

        with pytest.raises(AuthenticationError) as caught:
            self.log_in(self.params(stern_org, free_port), go)
        assert (caught.value.code, logins(stern_org)) == ("access_denied", before)

    def test_a_port_that_is_taken_says_so(self, org: Emulator, free_port: int) -> None:
        port = int(org.login_url.rpartition(":")[2])
        with pytest.raises(InterfaceError, match=f"Port {port} .*cannot be listened on"):
            self.log_in(self.params(org, port), lambda url: None)

    def test_a_redirect_to_elsewhere_cannot_be_awaited(self, org: Emulator) -> None:
        params = self.params(org, 1, redirect_uri="https://login.salesforce.com/services/oauth2/success")
        with pytest.raises(InterfaceError, match="datacloud login --paste"):
            self.log_in(params, lambda url: None)

    def test_a_service_without_a_browser_does_not_wait_for_one(self, free_port: int) -> None:
        question = Authorization.begin("https://acme.example", "the-app", f"http://localhost:{free_port}/x")
        with pytest.raises(AuthenticationError, match="no browser"):
            ask_in_browser(question, open_page=lambda url: False)

    def test_nobody_is_awaited_for_ever(self, free_port: int) -> None:
        question = Authorization.begin("https://acme.example", "the-app", f"http://localhost:{free_port}/x")
        with pytest.raises(AuthenticationError, match="Nobody logged in"):
            ask_in_browser(question, open_page=lambda url: True, patience=0.0)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
