"""The driver alone, in an environment of its own with nothing but its core dependencies."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from datacloud_emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
OPTIONAL = (
    "pyarrow",
    "pandas",
    "numpy",
    "grpc",
    "google.protobuf",
    "sqlalchemy",
    "click",
    "rich",
    "isal",
    "tableauhyperapi",
)


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    wheels = folder / "wheels"
    # This Python's own pip builds, and installs there: to make another would take longer than all the rest.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    # Built from a copy: a build leaves its traces in the folder it is made in.
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "tests", "*.egg-info"))
    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "-w", str(wheels), str(source)], check=True)
    (wheel,) = wheels.glob("datacloud_dbapi-*.whl")
    subprocess.run([*pip, "--python", str(python), "install", "--quiet", "--no-compile", str(wheel)], check=True)
    return python


def run(python: Path, code: str) -> subprocess.CompletedProcess[str]:
    # -I: neither this checkout nor the user's own packages are to be seen.
    return subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=False)


def test_the_core_pulls_in_nothing_heavy(bare_python: Path) -> None:
    code = f"""
import importlib.util, json, sys
import datacloud_dbapi
found = [name for name in {OPTIONAL!r} if name in sys.modules or importlib.util.find_spec(name.split('.')[0])]
print(json.dumps(found))
"""
    done = run(bare_python, code)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_the_driver_connects_as_far_as_the_network_goes(bare_python: Path) -> None:
    code = """
import datacloud_dbapi
try:
    datacloud_dbapi.connect(login_url="http://127.0.0.1:9", client_id="a", client_secret="b",
                            allow_insecure_loopback=True, max_attempts=1)
except datacloud_dbapi.OperationalError as error:
    print(type(error).__name__)
"""
    done = run(bare_python, code)
    assert (done.stdout.strip(), done.returncode) == ("ServerUnreachableError", 0), done.stderr


@pytest.mark.sockets
@pytest.mark.parametrize("transport", ["rest-v2", "rest-v1", "query-sql", "direct-v3"])
def test_rows_come_without_pyarrow_and_arrow_says_what_it_needs(
    bare_python: Path, datacloud_emulator: Emulator, transport: str
) -> None:
    code = f"""
import datacloud_dbapi
with datacloud_dbapi.connect(**{datacloud_emulator.connect_params(transport=transport)!r}) as connection:
    cursor = connection.cursor().execute("SELECT 1 AS one, CAST('0.10' AS NUMERIC(9,2)) AS tenth")
    print(cursor.fetchall())
    try:
        cursor.fetch_arrow_table()
    except datacloud_dbapi.InterfaceError as error:
        print(error)
"""
    done = run(bare_python, code)
    assert done.returncode == 0, done.stderr
    rows, complaint = done.stdout.splitlines()
    assert rows == "[(1, Decimal('0.10'))]"
    assert "datacloud-dbapi[arrow]" in complaint


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("from datacloud_emulator import Emulator; Emulator().start()", "datacloud-dbapi[emulator]"),
        (
            "import sys; sys.argv = ['datacloud', 'tables']; from datacloud_dbapi.cli import main; sys.exit(main())",
            "datacloud-dbapi[cli]",
        ),
    ],
)
def test_what_needs_an_extra_says_which(bare_python: Path, code: str, hint: str) -> None:
    done = run(bare_python, code)
    assert done.returncode != 0
    assert hint in done.stderr.strip().splitlines()[-1]
