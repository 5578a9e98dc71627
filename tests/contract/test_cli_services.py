"""The APIs beside SQL on the command line, held against the same questions asked by SQL.

Source: public surface, §4-5; wire spec, profile, calculated-insights, universal-id-lookup, data-graphs.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import datacloud_dbapi
from datacloud_emulator import Emulator
from tests.contract.test_cli import org, run  # noqa: F401 - `org` is a fixture
from tests.contract.test_services import GRAPH, LINK, SALES, UNIFIED, UNIFIED_MAIL, VALUE, customer
from tests.unit.emulator.sample_org_rows import grouped, rows

Capture = pytest.CaptureFixture[bytes]
SOURCE_NAMES = "SourceRecordId__c, UnifiedRecordId__c, ssot__DataSourceId__c, ssot__DataSourceObjectId__c"


def printed(capture: Capture, *argv: str) -> str:
    status, out, err = run(capture, *argv)
    assert (status, err) == (0, "")
    return out


def read(text: str) -> Any:
    """JSON with every digit; a time of SQL has no zone where one of these APIs is in UTC."""
    return json.loads(text.replace('+00:00"', '"'), parse_float=Decimal, parse_int=Decimal)


WHO = "{who}"
# What is asked, and the same in SQL.
SAME: list[tuple[str, str]] = [
    (
        (
            f"profile find {UNIFIED} --filter LoyaltyTier__c=Gold --filter ssot__HasOptedOutTracking__c=false "
            "--field ssot__LastName__c,MemberSince__c --field ssot__ChildrenCount__c "
            "--order-by ssot__LastName__c|DESC --order-by -MemberSince__c --limit 7 --offset 3"
        ),
        (
            f"SELECT ssot__LastName__c, MemberSince__c, ssot__ChildrenCount__c FROM {UNIFIED} "
            "WHERE LoyaltyTier__c = 'Gold' AND ssot__HasOptedOutTracking__c = FALSE "
            "ORDER BY ssot__LastName__c DESC, MemberSince__c DESC, ssot__Id__c, KQ_Id__c LIMIT 7 OFFSET 3"
        ),
    ),
    (
        f"profile find {UNIFIED} --filter ssot__ChildrenCount__c=2 --filter loyaltytier__C=Silver --field ssot__Id__c",
        f"SELECT ssot__Id__c FROM {UNIFIED} WHERE ssot__ChildrenCount__c = 2 AND LoyaltyTier__c = 'Silver' ORDER BY 1",
    ),
    (f"profile get {UNIFIED} {WHO}", f"SELECT * FROM {UNIFIED} WHERE ssot__Id__c = '{WHO}'"),
    (
        (
            f"profile get {UNIFIED} Gold --search-key LoyaltyTier__c --filter ssot__GenderId__c=Female "
            "--field ssot__Id__c --order-by -ssot__LastName__c --limit 9 --offset 2 --page-size 4"
        ),
        (
            f"SELECT ssot__Id__c FROM {UNIFIED} WHERE LoyaltyTier__c = 'Gold' AND ssot__GenderId__c = 'Female' "
            "ORDER BY ssot__LastName__c DESC, ssot__Id__c LIMIT 9 OFFSET 2"
        ),
    ),
    (
        f"profile children {UNIFIED} {WHO} {UNIFIED_MAIL} --order-by ssot__Id__c|DESC",
        f"SELECT * FROM {UNIFIED_MAIL} WHERE ssot__PartyId__c = '{WHO}' ORDER BY ssot__Id__c DESC",
    ),
    (
        f"profile children {UNIFIED} {WHO} {UNIFIED_MAIL} --filter LoyaltyTier__c=none",
        f"SELECT * FROM {UNIFIED_MAIL} WHERE FALSE",
    ),
    (
        (
            f"profile insights {UNIFIED} {WHO} {VALUE} --measure TotalSpend__c,OrderCount__c --dimension "
            f"UnifiedIndividualId__c --search-key ssot__Id__c --filter ssot__Id__c={WHO}"
        ),
        (
            f"SELECT UnifiedIndividualId__c, TotalSpend__c, OrderCount__c FROM {VALUE} "
            f"WHERE UnifiedIndividualId__c = '{WHO}'"
        ),
    ),
    (f"insights query {SALES}", f"SELECT * FROM {SALES} ORDER BY ProductCategory__c, OrderMonth__c"),
    (
        (
            f"insights query {SALES} --dimension OrderMonth__c --measure Revenue__c --filter ProductCategory__c=Bags "
            "--granularity year --order-by Revenue__c|DESC --limit 2 --offset 1"
        ),
        (
            "SELECT DATE_TRUNC('year', OrderMonth__c) AS OrderMonth__c, SUM(Revenue__c) AS Revenue__c "
            f"FROM {SALES} WHERE ProductCategory__c = 'Bags' GROUP BY 1 ORDER BY 2 DESC LIMIT 2 OFFSET 1"
        ),
    ),
]


@pytest.mark.parametrize(("words", "sql"), SAME, ids=[words for words, _ in SAME])
def test_the_answer_is_that_of_sql(capfdbinary: Capture, words: str, sql: str) -> None:
    # A bar stands for a blank inside a word.
    argv = [word.replace("|", " ") for word in words.replace(WHO, customer()).split()]
    expected = read(printed(capfdbinary, "query", sql.replace(WHO, customer()), "--format", "json"))
    assert read(printed(capfdbinary, *argv, "--format", "json")) == expected
    if "none" not in words:
        assert expected
    # Columns are there with rows or without, in the order asked for; left out, in that of the description.
    asked, found = (
        printed(capfdbinary, *command, "--format", "csv").splitlines()[0].split(",")
        for command in (["query", sql.replace(WHO, customer())], argv)
    )
    assert found == (sorted(asked) if "SELECT *" in sql and "profile" in words else asked)


def test_days_and_moments_are_filters(capfdbinary: Capture) -> None:
    one = next(row for row in rows(UNIFIED) if row["MemberSince__c"] and row["ssot__BirthDate__c"])
    for name in ("MemberSince__c", "ssot__BirthDate__c"):
        argv = ["profile", "find", UNIFIED, "--filter", f"{name}={one[name].isoformat()}", "--format", "jsonl"]
        found = [json.loads(line)["ssot__Id__c"] for line in printed(capfdbinary, *argv).splitlines()]
        assert found == sorted(row["ssot__Id__c"] for row in rows(UNIFIED) if row[name] == one[name])


def test_long_lists_come_page_by_page(capfdbinary: Capture, emulator: Emulator) -> None:
    expected = sorted(row["ssot__Id__c"] for row in rows(UNIFIED) if row["LoyaltyTier__c"] == "Bronze")
    argv = ["profile", "find", UNIFIED, "--filter", "LoyaltyTier__c=Bronze", "--field", "ssot__Id__c"]
    emulator.requests.clear()
    out = printed(capfdbinary, *argv, "--page-size", "100", "--format", "csv")
    assert [row["ssot__Id__c"] for row in csv.DictReader(io.StringIO(out))] == expected
    asked = [request.path for request in emulator.requests if "/profile/" in request.path]
    # The description serves the filters, too.
    assert asked[0].endswith(f"/profile/metadata/{UNIFIED}")
    assert len(asked) == 1 + -(-len(expected) // 100)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_into_a_file(capfdbinary: Capture, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows.{suffix}"
    assert printed(capfdbinary, "insights", "query", SALES, "--format", suffix, "-o", str(path)) == ""
    if suffix == "parquet":
        table = pq.read_table(path)
        assert [str(field.type) for field in table.schema] == [
            "string",
            "timestamp[us, tz=UTC]",
            "decimal128(38, 18)",
            "decimal128(38, 18)",
        ]
        found = [row["Revenue__c"] for row in table.to_pylist()]
    else:
        found = [Decimal(row["Revenue__c"]) for row in csv.DictReader(io.StringIO(path.read_text()))]
    expected = read(printed(capfdbinary, "query", f"SELECT Revenue__c FROM {SALES}", "--format", "json"))
    assert sorted(found) == sorted(row["Revenue__c"] for row in expected)


def test_the_source_records_of_a_person(capfdbinary: Capture) -> None:
    links = grouped(LINK, "UnifiedRecordId__c")[customer()]
    link = links[0]
    argv = ["lookup", LINK, *(link[name] for name in SOURCE_NAMES.split(", ")[2:]), link["SourceRecordId__c"]]
    found = json.loads(printed(capfdbinary, *argv, "--format", "json"))
    assert sorted(map(str, found)) == sorted(
        str({name: row[name] for name in SOURCE_NAMES.split(", ")}) for row in links
    )
    argv[-1] = "nobody"
    assert printed(capfdbinary, *argv, "--format", "csv") == SOURCE_NAMES.replace(" ", "") + "\n"


class TestDescriptions:
    def test_profile_objects(self, capfdbinary: Capture, connection: datacloud_dbapi.Connection) -> None:
        listed = json.loads(printed(capfdbinary, "profile", "describe", "--format", "json"))
        profiles = connection.metadata.tables(category="Profile", kind="DataModelObject")
        assert sorted(entry["name"] for entry in listed) == sorted(table.name for table in profiles)
        assert UNIFIED in printed(capfdbinary, "profile", "describe")
        one = json.loads(printed(capfdbinary, "profile", "describe", UNIFIED.lower(), "--format", "json"))
        other = json.loads(printed(capfdbinary, "describe", UNIFIED, "--format", "json"))
        assert [(f["name"], f["type"]) for f in one["fields"]] == [(f["name"], f["type"]) for f in other["fields"]]
        assert one["primary_key"] == other["primary_key"]
        assert "primary key 1" in printed(capfdbinary, "profile", "describe", UNIFIED)

    def test_insights(self, capfdbinary: Capture) -> None:
        listed = json.loads(printed(capfdbinary, "insights", "list", "--format", "json"))
        assert {"name": SALES, "label": "Category Sales by Month"} | {
            "dimensions": ["ProductCategory__c", "OrderMonth__c"],
            "measures": ["Revenue__c", "UnitsSold__c"],
        } in listed
        assert "Revenue__c, UnitsSold__c" in printed(capfdbinary, "insights", "list")
        one = printed(capfdbinary, "insights", "describe", VALUE)
        for words in ("CalculatedInsight", "dimension", "measure, rollupable", "measure, not rollupable", f"{UNIFIED}"):
            assert words in one
        [total] = [
            field
            for field in json.loads(printed(capfdbinary, "insights", "describe", VALUE, "--format", "json"))["fields"]
            if field["name"] == "TotalSpend__c"
        ]
        assert (total["role"], total["rollupable"]) == ("measure", True)

    def test_graphs(self, capfdbinary: Capture) -> None:
        [listed] = json.loads(printed(capfdbinary, "graph", "list", "--format", "json"))
        assert (listed["name"], listed["object"], listed["status"]) == (GRAPH, UNIFIED, "READY")
        assert GRAPH in printed(capfdbinary, "graph", "list")
        one = json.loads(printed(capfdbinary, "graph", "describe", GRAPH, "--format", "json"))
        assert [child["name"] for child in one["root"]["children"]] == [LINK]
        table = printed(capfdbinary, "graph", "describe", GRAPH)
        assert table.startswith(f"{GRAPH} (READY")
        for words in (f"  {LINK}", "    ssot__Individual__dlm", "SourceRecordId__c", "NTOONE"):
            assert words in table


class TestGraph:
    def test_the_document_of_a_person(self, capfdbinary: Capture, connection: datacloud_dbapi.Connection) -> None:
        expected = connection.data_graphs.get(GRAPH, customer())
        out = printed(capfdbinary, "graph", "get", GRAPH, customer())
        assert json.loads(out, parse_float=Decimal) == expected
        assert out.count("\n") > 20
        key = f"{UNIFIED}.ssot__Id__c={customer()}"
        for live in ([], ["--live"], ["--no-live"]):
            found = printed(capfdbinary, "graph", "lookup", GRAPH, "--key", key, *live)
            assert json.loads(found, parse_float=Decimal) == [expected]
        [line] = printed(capfdbinary, "graph", "lookup", GRAPH, "--key", key, "--format", "jsonl").splitlines()
        assert json.loads(line, parse_float=Decimal) == expected

    def test_into_a_file(self, capfdbinary: Capture, tmp_path: Path) -> None:
        path = tmp_path / "graph.json"
        assert printed(capfdbinary, "graph", "get", GRAPH, customer(), "-o", str(path)) == ""
        assert json.loads(path.read_text())["ssot__Id__c"] == customer()

    def test_of_nobody(self, capfdbinary: Capture) -> None:
        status, out, err = run(capfdbinary, "graph", "get", GRAPH, "jane.doe@example.com")
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert "no document" in err
        assert "jane.doe" not in err
        assert printed(capfdbinary, "graph", "lookup", GRAPH, "--key", "ssot__Id__c=nobody") == "[]\n"


@pytest.mark.parametrize(
    ("argv", "status", "reason"),
    [
        (["profile", "find", UNIFIED], 1, "filter"),  # this org wants one
        (["profile", "find", UNIFIED, "--filter", "LoyaltyTeir__c=Gold"], 1, "did you mean 'LoyaltyTier__c'"),
        (["profile", "find", UNIFIED, "--filter", "ssot__Id__c=a,b"], 1, "cannot carry"),
        (["profile", "find", UNIFIED, "--filter", "ssot__ChildrenCount__c=two"], 2, "NUMBER, written as 9.90"),
        (["profile", "find", UNIFIED, "--filter", "MemberSince__c=31.01.2026"], 2, "written as 2026-01-31"),
        (["profile", "find", UNIFIED, "--filter", "ssot__HasOptedOutTracking__c=no"], 2, "written as true"),
        (["profile", "get", "ssot__SalesOrder__dlm", "1"], 1, "ssot__SalesOrder__dlm"),
        (["profile", "describe", "Nope__dlm"], 1, "Nope__dlm"),
        (["profile", "get", UNIFIED, "1", "--field", "Nope__c"], 1, "has no field 'Nope__c'"),
        (["insights", "query", SALES, "--dimension", "Revenue__c"], 1, "has no dimension"),
        (["insights", "query", VALUE, "--granularity", "day"], 1, ""),
        (["insights", "describe", "Nope__cio"], 1, "Nope__cio"),
        (["graph", "describe", "Nope_DG"], 1, "Nope_DG"),
    ],
    ids=lambda argv: " ".join(argv) if isinstance(argv, list) else "",
)
def test_what_is_refused_is_one_line(capfdbinary: Capture, argv: list[str], status: int, reason: str) -> None:
    found, out, err = run(capfdbinary, *argv)
    assert (found, out, err.count("\n")) == (status, "", 1)
    assert reason in err


MEASURES = [f"M{number}__c" for number in range(6)]


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An org of one person, with an id and a number that no double holds, and of an insight of many measures."""
    folder = tmp_path_factory.mktemp("exact")
    (folder / "Person__dlm.csv").write_text("Id__c,Amount__c\n00900719925474099301,12345678901234567890.12345678\n")
    measures = ", ".join(f"MAX(Person__dlm.Amount__c) AS {name}" for name in MEASURES)
    (folder / "catalog.toml").write_text(
        '[objects.Person__dlm]\ncategory = "Profile"\nprimary_key = ["Id__c"]\n[insights.Many__cio]\n'
        f'sql = "SELECT Person__dlm.Id__c AS Id__c, {measures} FROM Person__dlm GROUP BY 1"\ndimensions = ["Id__c"]\n'
    )
    with Emulator(folder) as running:
        yield running


@pytest.fixture
def exact_org(exact: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("login_url", "client_id", "client_secret"):
        monkeypatch.setenv(f"DATACLOUD_{name.upper()}", getattr(exact, name))


@pytest.mark.usefixtures("exact_org")
def test_every_digit_is_kept(capfdbinary: Capture) -> None:
    argv = ["profile", "get", "Person__dlm", "00900719925474099301", "--format"]
    row = "12345678901234567890.12345678,00900719925474099301"
    assert printed(capfdbinary, *argv, "csv") == f"Amount__c,Id__c\n{row}\n"
    sent = {"Id__c": "00900719925474099301", "Amount__c": Decimal("12345678901234567890.12345678")}
    assert read(printed(capfdbinary, *argv, "jsonl")) == sent
    by_amount = ["profile", "find", "Person__dlm", "--filter", "Amount__c=12345678901234567890.12345678", "--format"]
    assert read(printed(capfdbinary, *by_amount, "jsonl")) == sent


@pytest.mark.usefixtures("exact_org")
@pytest.mark.filterwarnings("default")
def test_a_warning_is_one_line(capfdbinary: Capture) -> None:
    status, out, err = run(capfdbinary, "insights", "query", "Many__cio", "--measure", ",".join(MEASURES))
    warning, refusal = err.splitlines()
    assert warning == "datacloud: warning: Many__cio: an org may answer no more than 5 measures at once"
    # As this one does.
    assert (status, out) == (1, "")
    assert "at most 5" in refusal
