"""What the emulator owes whoever runs it: nobody else reaches it, and its SQL reaches nothing: rows M1-M3.

Source: wire spec, faults M1-M3; hyper §7.
"""

from __future__ import annotations

import inspect
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import datacloud_dbapi
from datacloud_dbapi import DatabaseError
from datacloud_emulator import Emulator
from datacloud_emulator.__main__ import main

BATCHES = "SELECT n FROM generate_series(1, 25) AS t(n)"


@pytest.fixture(scope="module", params=["plain", "tls"])
def two_spaces(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder: Path = tmp_path_factory.mktemp("org")
    (folder / "Thing__dlm.csv").write_text("id\n1\n")
    with Emulator(data=folder, dataspaces=["default", "other"], page_rows=10, tls=request.param == "tls") as running:
        yield running


@pytest.mark.sockets
@pytest.mark.fault("M1", sockets=True)
def test_every_door_is_open_to_this_machine_alone(two_spaces: Emulator) -> None:
    addresses = [urlsplit(two_spaces.login_url).netloc, two_spaces.hyper_address]
    for address in addresses:
        host, _, port = address.rpartition(":")
        assert host == "127.0.0.1"
        # On Linux the whole of 127.0.0.0/8 is this machine's: whoever listens on every address listens there, too.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", int(port)), timeout=5).close()
        with socket.socket(socket.AF_INET6) as other:
            other.settimeout(5)
            with pytest.raises(OSError, match=r"refused|assign|unreachable|not supported"):
                other.connect(("::1", int(port)))


@pytest.mark.fault("M1")
@pytest.mark.parametrize("option", ["--host", "--bind", "--address", "--listen"])
def test_no_option_opens_it_to_others(capsys: pytest.CaptureFixture[str], option: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main([option, "0.0.0.0"])
    assert caught.value.code == 2
    assert f"unrecognized arguments: {option}" in capsys.readouterr().err
    assert {"host", "bind", "address"}.isdisjoint(inspect.signature(Emulator).parameters)


def http(org: Emulator) -> httpx.Client:
    return httpx.Client(transport=org.http_transport, base_url=org.login_url)


def tenant(org: Emulator, dataspace: str = "default") -> dict[str, str]:
    """The headers of a caller with a token of its own."""
    form = {
        "grant_type": "urn:salesforce:grant-type:external:cdp",
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": org.connect_params("access-token")["access_token"](),
        "dataspace": dataspace,
    }
    with http(org) as client:
        token = client.post("/services/a360/token", data=form).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.fault("M2")
@pytest.mark.parametrize("misuse", ["twice", "late", "the hour is over", "another data space", "no token", "org token"])
def test_a_page_id_serves_once_in_time_and_its_owner(two_spaces: Emulator, misuse: str) -> None:
    owner = tenant(two_spaces)
    with http(two_spaces) as client:
        page = client.post("/api/v2/query", json={"sql": BATCHES}, headers=owner).json()["nextBatchId"]
        path, caller = f"/api/v2/query/{page}", owner
        if misuse == "twice":
            assert client.get(path, headers=owner).status_code == 200
        elif misuse == "late":
            two_spaces.clock.advance(181)
        elif misuse == "the hour is over":
            two_spaces.clock.advance(3601)
        elif misuse == "another data space":
            caller = tenant(two_spaces, "other")
        elif misuse == "no token":
            caller = {}
        else:
            caller = {"Authorization": f"Bearer {two_spaces.connect_params('access-token')['access_token']()}"}
        answer = client.get(path, headers=caller)
        assert answer.status_code == {"no token": 401, "org token": 400}.get(misuse, 404)
        assert b'"data"' not in answer.content


REFUSED = [
    "COPY (SELECT 1) TO '{file}'",
    "COPY \"Any__dlm\" FROM '{file}' WITH (FORMAT csv)",
    "SELECT * FROM external('{file}', format => 'csv')",
    "SELECT * FROM external(ARRAY['{file}'], format => 'csv')",
    "SELECT (SELECT count(*) FROM external('{file}', format => 'csv'))",
    "WITH x AS (SELECT * FROM external('{file}', format => 'csv')) SELECT * FROM x",
    "SELECT * FROM /* x */ \"external\" ('{file}', format => 'csv')",
    "CREATE EXTERNAL TABLE x FOR '{file}'",
    "CREATE TEMPORARY EXTERNAL TABLE x FOR '{file}'",
    "ATTACH DATABASE '{file}' AS x",
    'DETACH DATABASE "default"',
    "CREATE DATABASE '{file}'",
    "DROP DATABASE IF EXISTS '{file}'",
    "LOAD '{file}'",
    "CREATE EXTENSION x",
    "IMPORT DATABASE '{file}'",
    "EXPORT DATABASE '{file}'",
    "SET external_stream_timeout = '1s'",
    'INSERT INTO "Any__dlm" VALUES (2)',
    'WITH x AS (SELECT 2 AS id) INSERT INTO "Any__dlm" SELECT id FROM x',
    'EXPLAIN INSERT INTO "Any__dlm" VALUES (2)',
    'EXPLAIN (ANALYZE) INSERT INTO "Any__dlm" VALUES (2)',
    'EXPLAIN ANALYZE INSERT INTO "Any__dlm" VALUES (2)',
    "EXPLAIN (VERBOSE, ANALYZE) SELECT * FROM external('{file}', format => 'csv')",
    'CREATE TABLE "New__dlm" AS SELECT 1 AS a',
]
# What the engine does not even know, and how it says so.
UNKNOWN = {
    "SELECT 1; COPY (SELECT 1) TO '{file}'": "42601",
    "INSTALL httpfs": "42601",
    "PRAGMA database_list": "42601",
    'SELECT 1 AS a INTO "New__dlm"': "0A000",
    "SELECT * FROM read_csv('{file}')": "42601",
    "SELECT * FROM pg_read_file('{file}')": "42601",
    "SELECT pg_read_file('{file}')": "42883",
    "SELECT lo_import('{file}')": "42883",
}


@pytest.mark.fault("M3")
@pytest.mark.parametrize("transport", ["rest-v2", "rest-v1", "query-sql", "direct-v3", "hyper"])
def test_sql_reaches_no_file_and_changes_nothing(org: Emulator, transport: str, tmp_path: Path) -> None:
    file = tmp_path / "outside.csv"
    file.write_text("5\n")
    given = org.connect_params(transport=transport)
    with datacloud_dbapi.connect(**given, http_transport=org.http_transport) as connection:
        before = tables(connection)
        for sql in (*REFUSED, *UNKNOWN):
            cursor = connection.cursor()
            with pytest.raises(DatabaseError) as caught:
                cursor.execute(sql.replace("{file}", str(file)))
            assert caught.value.sqlstate == UNKNOWN.get(sql, "42501")
            assert cursor.description is None, sql
            assert file.read_text() == "5\n", sql
        assert [each.name for each in tmp_path.iterdir()] == ["outside.csv"]
        assert tables(connection) == before


def tables(connection: datacloud_dbapi.Connection) -> list[str]:
    """Every object the data space says it has."""
    return sorted(one.name for one in connection.metadata.tables())
