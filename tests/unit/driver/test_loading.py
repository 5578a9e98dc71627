"""What loads with the package, with a connection, and only when it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

CONNECT = """
org, tenant = "https://a.my.salesforce.com", "https://a.c360a.salesforce.com"
datacloud_dbapi.connect(login_url=org, tenant_url=tenant, datacloud_token="x", transport=TRANSPORT)
"""


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("", set()),
        (CONNECT.replace("TRANSPORT", "'rest-v2'"), {"httpx", "ssl"}),
        (CONNECT.replace("TRANSPORT", "'direct-v3'"), {"httpx", "ssl"}),
    ],
    ids=["import", "rest-v2", "direct-v3"],
)
def test_what_is_loaded(code: str, loaded: set[str]) -> None:
    watched = {
        "httpx",
        "h11",
        "ssl",
        "asyncio",
        "grpc",
        "pyarrow",
        "pandas",
        "polars",
        "jwt",
        "cryptography",
        "difflib",
    }
    program = f"import sys, datacloud_dbapi\n{code}\nprint(*({watched!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == loaded
