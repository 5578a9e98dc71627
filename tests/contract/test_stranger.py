"""A stranger's client against our emulator: Salesforce's own connector, unmodified, in an environment of its own.

It logs in over TLS, reads a result of several batches, fetches a DataFrame through the Arrow mode and lists tables.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datacloud_emulator import Emulator

SCRIPT = """
import json, os, warnings
warnings.simplefilter("ignore")  # it talks to tenants without checking certificates, and says so
from salesforcecdpconnector.connection import SalesforceCDPConnection
way = json.loads(os.environ["WAY"])
connection = SalesforceCDPConnection(os.environ["LOGIN_URL"], **way)
cursor = connection.cursor()
cursor.execute("SELECT n, 'row ' || n AS s, CAST(n AS NUMERIC(38,18)) / 4 AS q, "
               "TIMESTAMP WITH TIME ZONE '2020-01-01 00:00:00+00' + n * INTERVAL '1 hour' AS z "
               "FROM generate_series(1, 25) AS t(n) ORDER BY n")
rows = cursor.fetchall()
frame = connection.get_pandas_dataframe("SELECT n, 'row ' || n AS s, CAST(n AS DOUBLE PRECISION) AS f "
                                        "FROM generate_series(1, 25) AS t(n) ORDER BY n")
tables = connection.list_tables(table_category="Profile")
print(json.dumps({
    "rows": [[n, s, float(q), z.isoformat()] for n, s, q, z in rows],
    "names": [column[0] for column in cursor.description],
    "frame": {name: frame[name].tolist() for name in frame.columns},
    "tables": sorted(table.name for table in tables),
    "key": next(t for t in tables if t.name == "ssot__Individual__dlm").primary_keys[0].name,
}))
"""


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the official connector and nothing of ours."""
    folder = tmp_path_factory.mktemp("stranger")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    # This Python's own pip installs there: to make another would take half as long as all the rest.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-compile", "salesforce-cdp-connector==1.0.20"], check=True)
    return python


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(tls=True, page_rows=10) as running:
        yield running


@pytest.mark.sockets
@pytest.mark.parametrize("login", ["password", "client credentials"])
def test_the_official_connector_works_unmodified(stranger: Path, emulator: Emulator, login: str) -> None:
    assert emulator.ca_file is not None
    way: dict[str, Any] = {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
    if login == "password":
        way |= {"username": emulator.username, "password": emulator.password}
    environment = {
        **os.environ,
        "LOGIN_URL": emulator.login_url,
        "WAY": json.dumps(way),
        "REQUESTS_CA_BUNDLE": emulator.ca_file,
        "CURL_CA_BUNDLE": emulator.ca_file,
    }
    done = subprocess.run(
        [str(stranger), "-I", "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["names"] == ["n", "s", "q", "z"]
    assert [row[:3] for row in said["rows"]] == [[n, f"row {n}", n / 4] for n in range(1, 26)]
    assert said["rows"][24][3] == "2020-01-02T01:00:00+00:00"
    assert said["frame"] == {
        "n": list(range(1, 26)),
        "s": [f"row {n}" for n in range(1, 26)],
        "f": [float(n) for n in range(1, 26)],
    }
    assert {"ssot__Individual__dlm", "UnifiedIndividual__dlm"} <= set(said["tables"])
    assert said["key"] == "ssot__Id__c"
