"""Secrets are planted, everything that can be read is read: rows K1-K3, good runs and every kind of failure.

What must not show: the credentials, every token and refresh token that was handed out, signed assertions, page ids, and
in logs the SQL and its values too. Not as they are, nor as URLs, base64 or `repr` would spell them, nor a good part.
Source: wire spec, faults rule 6, rows K1-K3.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_dbapi.auth.exchange import DataCloudToken, GivenToken
from datacloud_dbapi.auth.grants import AccessToken, ClientCredentials, OAuthToken, Password, RefreshToken
from datacloud_dbapi.auth.memory import Remembered, Tenant
from datacloud_dbapi.auth.tokens import Call
from datacloud_dbapi.flow.effects import Request, Response, RpcRequest
from datacloud_emulator.faults import Fault
from tests.faults.planted import Planted, Wiretap, looks, objects, read, shown
from tests.faults.ways import WAYS, Way, every_way
from tests.faults.world import FACES, ROWS, World

VALUE = "Vq7-a-value-of-the-users"
COMMENT = "Sx9-a-word-of-the-statement"
SQL = f"SELECT n, :planted AS v FROM generate_series(1, {ROWS}) AS t(n) /* {COMMENT} */ ORDER BY n"
GRANTS = ("client-credentials", "password", "jwt", "refresh-token", "access-token")
LOGGERS = ("", "datacloud", "httpx", "httpcore", "grpc", "asyncio", "concurrent")


@pytest.fixture
def planted(world: World, caplog: pytest.LogCaptureFixture) -> Iterator[Planted]:
    """Secrets, all loggers at DEBUG; afterwards the log, the URLs and the events are searched."""
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, name)
    found = Planted()
    yield found
    records = caplog.get_records("call")
    found.check("the log", read(records), VALUE, COMMENT)
    assert any(record.name.startswith("datacloud") for record in records)
    found.check("an event", " ".join(f"{event!r} {event}" for event in found.events), VALUE, COMMENT)
    # A page id stands in its own URL, and nowhere else; a token in none.
    urls = " ".join(url.partition("/api/v2/query/")[0] for url in found.urls)
    found.check("a URL", urls, VALUE, COMMENT)


def connect(world: World, planted: Planted, auth: str, transport: str = "rest-v2", **more: Any) -> Any:
    """A connection whose every secret is known to `planted`; a fault that is already in wait goes first."""
    emulator = world.emulator
    spied = ("token", "exchange", "query", "batch")
    emulator.faults.add(*(Fault(operation, times=None, change=planted.saw) for operation in spied))
    params = {"client_id": None, "client_secret": None, "login_url": emulator.login_url}
    params |= emulator.connect_params(auth)
    planted.given(params)
    given = {"http_transport": Wiretap(emulator, planted), "on_event": planted.events.append, **params, **more}
    return world.connect(transport, **given)


def inner(one: Any) -> Any:
    """The asyncio object behind the blocking words of the tests."""
    return one.__dict__.get("_inner", one) if type(one).__name__ == "Blocking" else one


# --- good runs ---


@pytest.mark.fault("K1", "K2")
@every_way
def test_a_good_run_shows_nothing(world: World, planted: Planted, way: Way) -> None:
    connection = connect(world, planted, "password", way.transport)
    cursor = connection.cursor()
    planted.check("an object", looks(objects(inner(connection), inner(cursor))))
    world.emulator.faults.add(Fault(way.statement, expire_token=True))
    rows = cursor.execute(SQL, {"planted": VALUE}, arrow=way.arrow).fetchmany(5)
    assert [tuple(row) for row in rows] == [(n, VALUE) for n in range(1, 6)]
    found = list(objects(inner(connection), inner(cursor)))
    kinds = {type(one).__name__.removeprefix("Async") for one in found}
    assert kinds >= {"Connection", "Cursor", "ConnectParams", "Runner", "Tokens", "Password", "Result", "OAuthToken"}
    planted.check("an object", looks(found))
    assert len(cursor.fetchall()) == ROWS - 5


@pytest.mark.fault("K1", "K2")
@pytest.mark.parametrize("auth", GRANTS)
def test_no_way_to_log_in_shows_anything(world: World, planted: Planted, auth: str) -> None:
    connection = connect(world, planted, auth)
    planted.check("an object", looks(objects(inner(connection), inner(connection.cursor()))))
    assert len(connection.cursor().execute(SQL, {"planted": VALUE}).fetchall()) == ROWS


@pytest.mark.sockets
@pytest.mark.fault("K2", sockets=True)
@pytest.mark.parametrize("way", [WAYS[0], WAYS[3], WAYS[4], WAYS[6]], ids=lambda way: way.transport)
def test_no_library_logs_anything_over_sockets(world: World, planted: Planted, way: Way) -> None:
    connection = connect(world, planted, "password", way.transport, http_transport=None)
    assert len(connection.cursor().execute(SQL, {"planted": VALUE}).fetchall()) == ROWS


# --- failures ---

ECHO = {"error": "invalid_grant", "error_description": "refused"}
LOGIN_FAILURES: dict[str, Callable[[Planted], Fault]] = {
    "refused": lambda _: Fault("token", status=400, times=None),
    "a page": lambda _: Fault("token", status=200, body="<html>login</html>", times=None),
    "500": lambda _: Fault("token", status=500, times=None),
    "429": lambda _: Fault("token", status=429, headers={"Retry-After": "86400"}, times=None),
    "no answer": lambda _: Fault("token", delay=1000.0, times=None),
    "reset": lambda _: Fault("token", reset="before", times=None),
    "cut": lambda _: Fault("token", reset="within", keep=20, times=None),
    "no address": lambda p: Fault("token", change=lambda a: {**p.saw(a), "instance_url": ""}, times=None),
    "foreign": lambda p: Fault("token", change=lambda a: {**p.saw(a), "instance_url": "https://evil.example"}),
    "token in the address": lambda p: Fault(
        "token", change=lambda a: {**p.saw(a), "instance_url": f"https://{a['access_token']}@x.example"}
    ),
    "no JSON": lambda p: Fault("token", change=lambda a: json.dumps(p.saw(a))[:-1], times=None),
    "token beside an error": lambda p: Fault("token", change=lambda a: {**p.saw(a), **ECHO, "access_token": ""}),
    "exchange refused": lambda _: Fault("exchange", status=400, times=None),
    "exchange: a page": lambda _: Fault("exchange", status=200, body="<html>login</html>", times=None),
    "exchange: redirect": lambda _: Fault("exchange", status=302, headers={"Location": "https://evil.example"}),
    "exchange: reset": lambda _: Fault("exchange", reset="after", times=None),
    "exchange: foreign": lambda p: Fault("exchange", change=lambda a: {**p.saw(a), "instance_url": "evil.example"}),
    "exchange: no JSON": lambda p: Fault("exchange", change=lambda a: json.dumps(p.saw(a))[:-1], times=None),
}


@pytest.mark.fault("K1", "K2", "K3")
@pytest.mark.parametrize(
    ("name", "auth"),
    [
        *((name, "password") for name in LOGIN_FAILURES),
        *((name, auth) for name in ("refused", "cut", "foreign") for auth in GRANTS if auth != "access-token"),
    ],
)
def test_a_failed_login_shows_nothing(world: World, planted: Planted, name: str, auth: str) -> None:
    world.emulator.faults.add(LOGIN_FAILURES[name](planted))
    with pytest.raises(datacloud_dbapi.Error) as caught:
        connect(world, planted, auth)
    planted.check("the error", shown(caught.value))


FAILURES: dict[str, Callable[[str], Fault]] = {
    "401": lambda on: Fault(on, status=401, times=None),
    "403": lambda on: Fault(on, status=403, times=None),
    "404": lambda on: Fault(on, status=404, times=None),
    "429": lambda on: Fault(on, status=429, headers={"Retry-After": "86400"}, times=None),
    "500": lambda on: Fault(on, status=500, times=None),
    "503": lambda on: Fault(on, status=503, times=None),
    "302": lambda on: Fault(on, status=302, headers={"Location": "https://evil.example/x"}, times=None),
    "no answer": lambda on: Fault(on, delay=1000.0, times=None),
    "reset before": lambda on: Fault(on, reset="before", times=None),
    "reset after": lambda on: Fault(on, reset="after", times=None),
    "reset within": lambda on: Fault(on, reset="within", keep=20, times=None),
    "cut": lambda on: Fault(on, cut=True, keep=30, times=None),
    "a page": lambda on: Fault(on, status=200, body="<html>", times=None),
    "null": lambda on: Fault(on, status=200, body="null", times=None),
    "empty": lambda on: Fault(on, status=200, body="", times=None),
    "list": lambda on: Fault(on, status=200, body=[], times=None),
    "no rows": lambda on: Fault(on, change=lambda a: {"metadata": {}}, times=None),
}
GRPC_FAILURES: dict[str, Callable[[str], Fault]] = {
    **{
        code: lambda on, code=code: Fault(on, grpc=code, times=None)  # type: ignore[misc]
        for code in ("UNAUTHENTICATED", "PERMISSION_DENIED", "UNAVAILABLE", "INTERNAL", "RESOURCE_EXHAUSTED")
    },
    "reset": lambda on: Fault(on, reset="after", times=None),
}
FEW = ("401", "500", "a page")
STRUCK = [
    *((WAYS[0], part, name) for part in ("statement", "page") for name in FAILURES),
    *((way, part, name) for way in (WAYS[3], WAYS[4]) for part in ("statement", "page") for name in FEW),
    *((way, "statement", name) for way in (WAYS[1], WAYS[2], WAYS[5]) for name in FEW),
    *((WAYS[6], part, name) for part in ("statement", "page") for name in GRPC_FAILURES),
]


@pytest.mark.fault("K1", "K2", "K3")
@pytest.mark.parametrize(
    ("way", "part", "name"), STRUCK, ids=[f"{w.transport}{'-arrow' * w.arrow} {p} {n}" for w, p, n in STRUCK]
)
def test_a_failed_query_shows_nothing(world: World, planted: Planted, way: Way, part: str, name: str) -> None:
    failure = (GRPC_FAILURES if way.over_grpc else FAILURES)[name]
    connection = connect(world, planted, "password", way.transport)
    spies = world.emulator.faults.pending
    rest = None if part == "statement" else way.page_due(world, connection)
    world.emulator.faults.clear()
    world.emulator.faults.add(failure(getattr(way, part)), *spies)
    with pytest.raises(datacloud_dbapi.Error) as caught:
        rest() if rest is not None else connection.cursor().execute(SQL, {"planted": VALUE}, arrow=way.arrow)
    planted.check("the error", shown(caught.value))
    planted.check("an object", looks(objects(inner(connection))))


@pytest.mark.fault("K1", "K2", "K3")
@pytest.mark.parametrize("struck", ["token", "exchange", "query", "batch"])
def test_a_service_that_repeats_a_secret_is_not_quoted(world: World, planted: Planted, struck: str) -> None:
    """Error texts are the service's own words, but for what opens a door."""
    org = world.emulator
    token = org.connect_params("access-token")["access_token"]()
    words = f"client_secret={org.client_secret} and Bearer {token} and {org.refresh_token} are not accepted"
    body = {"error": "invalid_grant", "error_description": words, "message": words}
    planted.secrets = {org.client_secret, token, org.refresh_token}
    org.faults.add(Fault(struck, status=400, body=body, times=None))

    def run() -> None:
        WAYS[0].page_due(world, connect(world, planted, "client-credentials"))()

    with pytest.raises(datacloud_dbapi.Error, match="are not accepted") as caught:
        run()
    planted.check("the error", shown(caught.value))


@pytest.mark.fault("K1")
def test_values_that_hold_secrets_do_not_show_them() -> None:
    planted = Planted()
    secret = "a-planted-secret"
    planted.secrets = {secret}
    url, bearer = f"https://acme.my.salesforce.com/api/v2/query/{secret}", {"Authorization": f"Bearer {secret}"}
    values = [
        Request("GET", url, bearer, secret.encode(), shown_path="/api/v2/query/…"),
        Response(200, {"set-cookie": secret}, secret.encode()),
        RpcRequest("host:443", "/S/M", secret.encode(), (("authorization", f"Bearer {secret}"),)),
        Call("GET", f"/api/v2/query/{secret}", secret.encode()),
        OAuthToken(secret, "https://acme.my.salesforce.com", secret),
        DataCloudToken(secret, "https://abc.c360a.salesforce.com"),
        GivenToken(secret, "https://abc.c360a.salesforce.com"),
        Tenant(secret, "https://abc.c360a.salesforce.com", None),
        Remembered(secret, OAuthToken(secret, "https://acme.my.salesforce.com"), {}),
        ClientCredentials("https://acme.my.salesforce.com", "ID", secret),
        Password("https://acme.my.salesforce.com", "ID", secret, "me", secret),
        RefreshToken("https://acme.my.salesforce.com", "ID", secret, secret),
        AccessToken(secret, "https://acme.my.salesforce.com"),
    ]
    planted.check("a value", looks(values))


# --- connect calls that come to nothing ---

SECRET = "hunter2+@%/planted"
SPELT = quote(SECRET, safe="")
APP = {"client_id": "ID", "client_secret": SECRET}
NOWHERE = {"login_url": "https://127.0.0.1:1", "max_attempts": 1}
CALLS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "unknown in the URL": (f"datacloud://ID:{SPELT}@acme.my.salesforce.com/x?unknown=1", {}),
    "malformed URL": (f"datacloud://ID:{SECRET}@acme.my.salesforce.com:port/x", {}),
    "another scheme": (f"postgresql://ID:{SPELT}@acme.my.salesforce.com/x", {}),
    "no URL": (SECRET, {}),
    "twice": (f"datacloud://ID:{SPELT}@acme.my.salesforce.com/x?client_secret={SPELT}", {}),
    "nobody there, URL": (f"datacloud://ID:{SPELT}@127.0.0.1:1/x?max_attempts=1", {}),
    "nobody there": (None, {**APP, **NOWHERE}),
    "misspelt": (None, {"client_id": "ID", "client_secrt": SECRET}),
    "no text": (None, {"client_id": "ID", "client_secret": SECRET.encode()}),
    "two ways in": (None, {**APP, "username": "u", "password": SECRET, "refresh_token": SECRET}),
    "in the wrong place": (None, {**APP, "prefetch": SECRET, "transport": SECRET, "auth": SECRET}),
    "as an address": (None, {**APP, "login_url": f"https://u:{SECRET}@acme.my.salesforce.com"}),
    "no key": (None, {"client_id": "ID", "username": "u", "private_key": SECRET}),
    "no key, passphrase": (
        None,
        {"client_id": "ID", "username": "u", "private_key": "x", "private_key_passphrase": SECRET},
    ),
    "bad proxy": (None, {**APP, **NOWHERE, "proxy": f"http://u:{SECRET}@[::"}),
    "proxy without anybody": (None, {**APP, **NOWHERE, "proxy": f"http://u:{SPELT}@127.0.0.1:1"}),
    "no transport": (None, {**APP, "http_transport": object()}),
    "bad authority": (None, {**APP, "ca_bundle": "/nowhere/there.pem"}),
    "bad cache": (None, {**APP, "token_cache": "/nowhere/there/tokens.json"}),
    "no such profile": (None, {**APP, "profile": "there-is-none"}),
}


@pytest.mark.fault("K1", "K2", "K3")
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_connect_call_that_fails_shows_nothing(
    call: tuple[str | None, dict[str, Any]], face: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    dsn, params = call

    def connect() -> None:
        if face == "blocking":
            datacloud_dbapi.connect(dsn, **params)
        else:
            asyncio.run(aio.connect(dsn, **params))

    with pytest.raises(datacloud_dbapi.Error) as caught:
        connect()
    planted = Planted()
    planted.secrets = {SECRET, "hunter2"}
    planted.check("the error", shown(caught.value))
    planted.check("the log", read(caplog.records))


@pytest.mark.fault("K3")
@pytest.mark.parametrize("rest", ["'\nunknown = 1\n", "\n"], ids=["unknown parameter", "no TOML"])
def test_a_bad_connections_file_shows_nothing(rest: str, tmp_path: Path) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(f"[default]\nclient_secret = '{SECRET}{rest}")
    file.chmod(0o600)
    with pytest.raises(datacloud_dbapi.Error) as caught:
        datacloud_dbapi.connect(config_file=str(file))
    planted = Planted()
    planted.secrets = {SECRET, "hunter2"}
    planted.check("the error", shown(caught.value))
