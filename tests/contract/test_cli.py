"""The command line on the emulator: results, files, pipes, signals. Source: public surface, §5."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datacloud_dbapi import cli
from datacloud_emulator import Emulator

EXACT = Decimal("12345678901234567890.123456789012345678")
SQL = f"SELECT 1 AS n, CAST('{EXACT}' AS NUMERIC(38,18)) AS amount, '' AS empty, NULL AS missing, 'Ü,x' AS t"


@pytest.fixture(autouse=True)
def org(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of someone who may log in to the sample org."""
    monkeypatch.setenv("DATACLOUD_LOGIN_URL", emulator.login_url)
    monkeypatch.setenv("DATACLOUD_CLIENT_ID", emulator.client_id)
    monkeypatch.setenv("DATACLOUD_CLIENT_SECRET", emulator.client_secret)
    monkeypatch.setenv("DATACLOUD_ALLOW_INSECURE_LOOPBACK", "true")


def run(capfdbinary: pytest.CaptureFixture[bytes], *argv: str) -> tuple[int, str, str]:
    status = cli.main(argv)
    printed = capfdbinary.readouterr()
    return status, printed.out.decode(), printed.err.decode()


def query(capfdbinary: pytest.CaptureFixture[bytes], *argv: str) -> str:
    status, out, err = run(capfdbinary, "query", *argv)
    assert (status, err) == (0, "")
    return out


class TestQuery:
    def test_formats(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        assert query(capfdbinary, SQL, "--format", "csv") == f'n,amount,empty,missing,t\n1,{EXACT},"",,"Ü,x"\n'
        row = {"n": 1, "amount": EXACT, "empty": "", "missing": None, "t": "Ü,x"}
        assert json.loads(query(capfdbinary, SQL, "--format", "json"), parse_float=Decimal) == [row]
        assert json.loads(query(capfdbinary, SQL, "--format", "jsonl"), parse_float=Decimal) == row
        assert str(EXACT) in query(capfdbinary, SQL)

    @pytest.mark.parametrize("format_name", ["parquet", "arrow"])
    def test_columnar_files(self, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, format_name: str) -> None:
        path = tmp_path / "rows"
        query(capfdbinary, SQL, "--format", format_name, "-o", str(path))
        table: Any = pq.read_table(path) if format_name == "parquet" else pa.ipc.open_file(str(path)).read_all()
        assert table.to_pylist() == [{"n": 1, "amount": EXACT, "empty": "", "missing": None, "t": "Ü,x"}]
        assert [str(field.type) for field in table.schema] == [
            "int32",
            "decimal128(38, 18)",
            "string",
            "string",
            "string",
        ]

    @pytest.mark.parametrize("format_name", ["csv", "jsonl", "parquet"])
    def test_many_batches(self, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, format_name: str) -> None:
        path = tmp_path / "rows"
        query(capfdbinary, "SELECT n FROM generate_series(1, 2500) AS t(n)", "--format", format_name, "-o", str(path))
        if format_name == "parquet":
            found = [row["n"] for row in pq.read_table(path).to_pylist()]
        elif format_name == "csv":
            found = [int(row["n"]) for row in csv.DictReader(io.StringIO(path.read_text()))]
        else:
            found = [json.loads(line)["n"] for line in path.read_text().splitlines()]
        assert sorted(found) == list(range(1, 2501))

    def test_parameters(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        given = {"a": "O'Neil", "b:int": "-5", "c:decimal": "9.90", "d:date": "2026-01-31", "e:null": ""}
        options = [word for name, value in given.items() for word in ("-p", f"{name}={value}")]
        out = query(capfdbinary, "SELECT :a AS a, :b AS b, :c AS c, :d AS d, :e AS e", "--format", "csv", *options)
        assert out == "a,b,c,d,e\nO'Neil,-5,9.90,2026-01-31,\n"

    def test_standard_input(self) -> None:
        done = datacloud("query", "-", "--format", "csv", stdin="SELECT 'é' AS a -- comment\n")
        assert (done.returncode, done.stdout, done.stderr) == (0, "a\né\n", "")

    @pytest.mark.parametrize(
        ("argv", "reason"),
        [
            (["SELECT nothing FROM ssot__Individual__dlm"], "nothing"),
            (["SELECT 1 / 0"], "zero"),
            (["SELEC 1"], "SELEC"),
            (["SELECT :x"], ":x"),
            (["SELECT 1", "-p", "y=1"], "y"),
            (["SELECT 1 AS a", "-o", "{folder}/missing/rows"], "cannot write"),
        ],
        ids=lambda argv: " ".join(argv) if isinstance(argv, list) else argv,
    )
    def test_a_failure_is_one_line_and_status_1(
        self, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, argv: list[str], reason: str
    ) -> None:
        status, out, err = run(capfdbinary, "query", *[word.format(folder=tmp_path) for word in argv])
        assert (status, out) == (1, "")
        assert err.count("\n") == 1
        assert reason in err
        assert "Traceback" not in err

    def test_debug_shows_the_traceback(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        status, _, err = run(capfdbinary, "query", "--debug", "SELEC 1")
        assert status == 1
        assert "Traceback" in err
        assert "ProgrammingError" in err
        assert os.environ["DATACLOUD_CLIENT_SECRET"] not in err

    def test_a_failure_on_the_way_leaves_no_file(
        self, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
    ) -> None:
        # The last value has more decimals than the file's column can hold.
        sql = "SELECT CAST('0.1234567890123456789' AS NUMERIC(38,19)) AS a"
        status, _, err = run(capfdbinary, "query", sql, "--format", "parquet", "-o", str(tmp_path / "rows"))
        assert status == 1
        assert "'a'" in err
        assert list(tmp_path.iterdir()) == []

    def test_a_wrong_secret(self, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATACLOUD_CLIENT_SECRET", "hunter2")
        status, out, err = run(capfdbinary, "query", "SELECT 1")
        assert (status, out) == (1, "")
        assert err.count("\n") == 1
        assert "hunter2" not in err


class TestTables:
    def test_pattern_in_any_case(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        _, out, _ = run(capfdbinary, "tables", "SSOT__individual__*", "--format", "json")
        assert json.loads(out) == [
            {
                "name": "ssot__Individual__dlm",
                "kind": "DataModelObject",
                "category": "Profile",
                "label": "Individual",
            }
        ]

    def test_counts_are_the_engines(self, capfdbinary: pytest.CaptureFixture[bytes], emulator: Emulator) -> None:
        emulator.requests.clear()
        _, out, _ = run(capfdbinary, "tables", "--counts", "--format", "json")
        assert [str(request.operation) for request in emulator.requests if "quer" in str(request.operation)] == [
            "query"
        ]
        listed = {entry["name"]: entry["rows"] for entry in json.loads(out)}
        assert len(listed) > 20
        for name in ("ssot__Individual__dlm", "CustomerLifetimeValue__cio"):
            counted = query(capfdbinary, f"SELECT count(*) AS n FROM {name}", "--format", "csv")
            assert counted == f"n\n{listed[name]}\n"

    def test_the_table(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        status, out, err = run(capfdbinary, "tables")
        assert (status, err) == (0, "")
        for word in ("ssot__Individual__dlm", "DataModelObject", "Profile", "CalculatedInsight", "category"):
            assert word in out

    def test_nothing_found(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        status, out, err = run(capfdbinary, "tables", "nothing*")
        assert (status, out) == (1, "")
        assert "no object matches 'nothing*'" in err


class TestDescribe:
    def test_json_holds_everything(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        _, out, _ = run(capfdbinary, "describe", "SSOT__individual__DLM", "--format", "json")
        found = json.loads(out)
        assert (found["name"], found["label"]) == ("ssot__Individual__dlm", "Individual")
        assert [key["name"] for key in found["primary_key"]] == ["ssot__Id__c"]
        fields = {field["name"]: field for field in found["fields"]}
        assert fields["ssot__Id__c"]["type"] == "STRING"
        assert fields["ssot__Id__c"]["key_qualifier"] == "KQ_Id__c"

    def test_the_table(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        status, out, err = run(capfdbinary, "describe", "ssot__SalesOrder__dlm")
        assert (status, err) == (0, "")
        for words in ("ssot__SalesOrder__dlm (DataModelObject", "primary key 1", "NTOONE", "ssot__Id__c", "STRING"):
            assert words in out

    def test_an_insight_shows_its_measures(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        _, out, _ = run(capfdbinary, "describe", "CustomerLifetimeValue__cio")
        assert "dimension" in out
        assert "measure" in out

    def test_an_unknown_object_names_the_nearest(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        status, out, err = run(capfdbinary, "describe", "ssot__Individul__dlm")
        assert (status, out) == (1, "")
        assert "did you mean ssot__Individual__dlm" in err


def datacloud(*argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The command as the shell runs it."""
    return subprocess.run(command(argv), input=stdin, capture_output=True, text=True, encoding="utf-8", check=False)


def command(argv: Sequence[str]) -> list[str]:
    return [
        sys.executable,
        "-W",
        "error",
        "-c",
        # A shell that runs the tests in the background leaves them deaf to Ctrl-C.
        (
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "from datacloud_dbapi.cli import main; sys.exit(main())"
        ),
        *argv,
    ]


@pytest.mark.sockets
class TestProcess:
    def test_an_emulator_of_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "People.csv").write_text("id,name\n007,Ada\n")
        done = datacloud("query", "SELECT * FROM People", "--format", "csv", "--emulator", str(tmp_path))
        assert (done.returncode, done.stdout, done.stderr) == (0, "id,name\n007,Ada\n", "")

    def test_an_unknown_folder(self, tmp_path: Path) -> None:
        done = datacloud("tables", "--emulator", str(tmp_path / "missing"))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
        assert "missing" in done.stderr

    def test_a_reader_that_has_read_enough(self) -> None:
        sql = "SELECT n, repeat('x', 100) AS x FROM generate_series(1, 200000) AS t(n)"
        writer = subprocess.Popen(
            command(["query", sql, "--format", "csv"]), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stderr is not None
        assert writer.stdout.readline() == b"n,x\n"
        writer.stdout.close()
        assert writer.stderr.read() == b""
        writer.stderr.close()
        assert writer.wait() == 0

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
    def test_an_interrupted_query(self, tmp_path: Path) -> None:
        path = tmp_path / "rows"
        sql = "SELECT n, repeat('x', 200) AS x FROM generate_series(1, 5000000) AS t(n)"
        running = subprocess.Popen(
            command(["query", sql, "--format", "csv", "-o", str(path)]), stderr=subprocess.PIPE, text=True
        )
        while running.poll() is None and not list(tmp_path.iterdir()):
            time.sleep(0.01)  # until it writes
        running.send_signal(signal.SIGINT)
        _, err = running.communicate()
        assert running.returncode == 130
        assert "Traceback" not in err
        assert list(tmp_path.iterdir()) == []

    def test_serving_says_how_to_connect(self) -> None:
        done = datacloud("emulator", "--help")
        assert done.returncode == 0
        assert "datacloud emulator" in done.stdout
        assert datacloud("emulator", "--port", "many").returncode == 2
