"""CSV files: types told from every value, nothing lost, faults named by line. The values go through the real engine."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading import csv_file

from .conftest import Serve, rows

# Texts of a column → its type, and what the engine then gives (numbers with a point as their text).
INFERRED: list[tuple[list[str], str, list[Any]]] = [
    (["1", "-2", "0"], "BIGINT", [1, -2, 0]),
    (
        ["9223372036854775807", "-9223372036854775808"],
        "BIGINT",
        [9223372036854775807, -9223372036854775808],
    ),
    (["9223372036854775808", "1"], "NUMERIC(19,0)", [9223372036854775808, 1]),
    (["00123", "7"], "TEXT", ["00123", "7"]),
    (["+1"], "TEXT", ["+1"]),
    (["1,5"], "TEXT", ["1,5"]),
    (["1_000"], "TEXT", ["1_000"]),
    (["0x10"], "TEXT", ["0x10"]),
    ([" 1"], "TEXT", [" 1"]),
    (["1", "", "2"], "BIGINT", [1, None, 2]),
    (["1.5", "2", "-0.25"], "NUMERIC(3,2)", ["1.50", "2.00", "-0.25"]),
    (["0.5"], "NUMERIC(1,1)", ["0.5"]),
    (["1.50"], "NUMERIC(3,2)", ["1.50"]),
    (["0.00"], "NUMERIC(2,2)", ["0.00"]),
    (["-0.00"], "DOUBLE PRECISION", [0]),
    (["007.5"], "TEXT", ["007.5"]),
    ([".5"], "TEXT", [".5"]),
    (["5."], "TEXT", ["5."]),
    (
        ["12345678901234567890.123456789012345678", "-0.000000000000000001"],
        "NUMERIC(38,18)",
        ["12345678901234567890.123456789012345678", "-0.000000000000000001"],
    ),
    (["9" * 38], "NUMERIC(38,0)", [int("9" * 38)]),
    (["9" * 39], "TEXT", ["9" * 39]),
    (["9" * 30, "0.123456789"], "TEXT", ["9" * 30, "0.123456789"]),  # 39 digits together
    (["0.1", "1e5"], "DOUBLE PRECISION", ["0.1", 100000]),
    (["2.5e-7"], "DOUBLE PRECISION", ["2.5e-07"]),
    (["NaN", "1.5", "-Infinity"], "DOUBLE PRECISION", ["NaN", "1.5", "-Infinity"]),
    (["0.1234567890123456", "1e0"], "DOUBLE PRECISION", ["0.1234567890123456", 1]),
    # a double would say another number, or none at all
    (["12345678901234567890.5", "1e5"], "TEXT", ["12345678901234567890.5", "1e5"]),
    (["1e400"], "TEXT", ["1e400"]),
    (["1e-400"], "TEXT", ["1e-400"]),
    (["01e5"], "TEXT", ["01e5"]),
    (["true", "False", "TRUE", ""], "BOOLEAN", [True, False, True, None]),
    (["true", "1"], "TEXT", ["true", "1"]),
    (["yes", "no"], "TEXT", ["yes", "no"]),
    (["2020-02-29", "0001-01-01", "9999-12-31"], "DATE", ["2020-02-29", "0001-01-01", "9999-12-31"]),
    (["2021-02-29"], "TEXT", ["2021-02-29"]),
    (["0000-01-01"], "TEXT", ["0000-01-01"]),
    (["10000-01-01"], "TEXT", ["10000-01-01"]),
    (["2020-1-2"], "TEXT", ["2020-1-2"]),
    (["02/01/2020"], "TEXT", ["02/01/2020"]),
    (
        ["2020-01-02 03:04", "2020-01-02T03:04:05.123456"],
        "TIMESTAMP",
        ["2020-01-02T03:04:00", "2020-01-02T03:04:05.123456"],
    ),
    (["2020-01-02 03:04:05.1234567"], "TEXT", ["2020-01-02 03:04:05.1234567"]),
    (["2020-01-02 24:00:00"], "TEXT", ["2020-01-02 24:00:00"]),
    (["2020-01-02 23:59:60"], "TEXT", ["2020-01-02 23:59:60"]),
    (["2020-01-02", "2020-01-02 00:00:00"], "TEXT", ["2020-01-02", "2020-01-02 00:00:00"]),
    (
        ["2020-01-02T03:04:05Z", "2020-01-02 03:04:05.5+02:30", "2020-01-02 03:04-0800", "2020-01-02 00:00+01"],
        "TIMESTAMP WITH TIME ZONE",
        [
            "2020-01-02T03:04:05+00:00",
            "2020-01-02T00:34:05.5+00:00",
            "2020-01-02T11:04:00+00:00",
            "2020-01-01T23:00:00+00:00",
        ],
    ),
    (["2020-01-02T03:04:05Z", "2020-01-02T03:04:05"], "TEXT", ["2020-01-02T03:04:05Z", "2020-01-02T03:04:05"]),
    (["03:04:05"], "TEXT", ["03:04:05"]),
    (["", ""], "TEXT", [None, None]),
    (["a", "NULL", "NA", "n/a"], "TEXT", ["a", "NULL", "NA", "n/a"]),
    (["it's", 'say ""hi""', "é🎉", "a\\b", "a;b"], "TEXT", ["it's", 'say "hi"', "é🎉", "a\\b", "a;b"]),
]


@pytest.mark.parametrize(("texts", "sql_type", "values"), INFERRED)
def test_inference(serve: Serve, texts: list[str], sql_type: str, values: list[Any]) -> None:
    quoted = [f'"{text}"' if '"' in text or "," in text else text for text in texts]
    lines = "".join(f"{number},{text}\n" for number, text in enumerate(quoted))
    dataspace = serve({"t.csv": f"n,v\n{lines}"})
    (table,) = dataspace.catalog.objects
    assert table.columns[1].hyper_type == sql_type
    assert table.row_count == len(texts)
    assert [row[0] for row in rows(dataspace, "select v from t order by n")] == values


def test_a_late_value_decides_over_the_whole_file(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The type is told from the last block as well as from the first."""
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 4096)
    body = "".join(f"{n},{n}.5,{n}\n" for n in range(5000))
    dataspace = serve({"t.csv": f"n,d,s\n{body}5000,123456.123456,x\n"})
    (table,) = dataspace.catalog.objects
    assert [column.hyper_type for column in table.columns] == ["BIGINT", "NUMERIC(12,6)", "TEXT"]
    assert rows(dataspace, "select count(*), sum(n), sum(d), max(s), count(distinct s) from t") == [
        [5001, 12502500, "12623456.123456", "x", 5001]
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a,b\n1,""\n2,\n', [[1, ""], [2, None]]),
        ('a,b\r\n1,"x\r\ny"\r\n2,z', [[1, "x\r\ny"], [2, "z"]]),
        ("a,b\r1,2\r3,4", [[1, 2], [3, 4]]),
        ("\ufeffa,b\n1,2\n", [[1, 2]]),
        ("\n\na,b\n\n1,2\n\n\n", [[1, 2]]),
        ('"a",b\n1,5" pipe\n', [[1, '5" pipe']]),
        ("a,b\n1,\x00z\n", [[1, "\x00z"]]),
        ("a,b", []),
        ("a,b\n", []),
        ("a,b\n\n\n", []),
        ("a\n", []),
        ("a\n1\n\n2\n", [[1], [None], [2]]),
        ('a\nx\n""\n', [["x"], [""]]),
        ("a,b\n1,2", [[1, 2]]),
    ],
)
def test_forms_of_csv(serve: Serve, text: str, expected: list[list[Any]]) -> None:
    assert rows(serve({"t.csv": text}), "select * from t") == expected


def test_names_are_kept_as_spelled(serve: Serve) -> None:
    dataspace = serve({"My Table-1.csv": '"two\nlines","say ""hi""",ssot__Id__c,é\n1,2,3,4\n'})
    assert [column.name for column in dataspace.catalog.objects[0].columns] == [
        "two\nlines",
        'say "hi"',
        "ssot__Id__c",
        "é",
    ]
    assert rows(dataspace, 'select "say ""hi""", ssot__ID__c, "two\nlines" from "my table-1"') == [[2, 3, 1]]


def test_null_spellings_and_delimiters(serve: Serve) -> None:
    dataspace = serve(
        {
            "catalog.toml": (
                '[csv]\nnull_values = ["", "NA"]\n'
                '[objects.semi]\ncsv = { delimiter = ";" }\n'
                '[objects.tabs]\ncsv = { delimiter = "\\t", null_values = ["-"] }\n'
            ),
            "plain.csv": 'a,b\nNA,"NA"\n,1\n',
            "semi.csv": "a;b\nNA;1,5\n",
            "tabs.csv": "a\tb\n-\tNA\n\t7\n",
        }
    )
    assert rows(dataspace, "select * from plain") == [[None, "NA"], [None, "1"]]
    assert rows(dataspace, "select * from semi") == [[None, "1,5"]]
    assert rows(dataspace, "select * from tabs") == [[None, "NA"], ["", "7"]]


BROKEN = [
    ("a,b\n1,2\n3\n4,5\n", "line 3: 1 fields where the header names 2"),
    ('a,b\n"1\n1",2\n3,4,5\n', "line 4: 3 fields where the header names 2"),
    ("a,b\r\n1,2\r\n \r\n", "line 3: 1 fields"),
    ('a,b\n1,"open\n2,3\n', "line 2: a quote"),
    ('a,b\n1,2\n3,"x"y\n', "line 3: text follows a closing quote"),
    ('a\n"one\ntwo" x\n', "line 3: text follows a closing quote"),
    ('"a,b\n1,2\n', "line 1: a quote"),
    ("a,,c\n1,2,3\n", "line 1: column 2 has no name"),
    ("a, ,c\n1,2,3\n", "line 1: column 2 has no name"),
    ("a,b,a\n1,2,3\n", "line 1: columns 1 and 3 are both named 'a'"),
    ("Id,ID\n1,2\n", "line 1: columns 1 and 2 are both named 'ID'"),
    ("", "the file is empty"),
    ("\n\n", "column 1 has no name"),
    (b"a,b\n1,2\n3,\xff\n", "line 3: not UTF-8"),
    (b"a,\xe9\n1,2\n", "line 1: not UTF-8"),
    ("a,b\n1,2\n".encode("utf-16"), "line 1: not UTF-8"),
]


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_broken_csv_names_the_line(serve: Serve, tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DataLoadError) as caught:
        serve({"good.csv": "a\n1\n", "t.csv": content})
    assert str(caught.value).startswith(str(tmp_path / "data" / "t.csv"))
    assert message in str(caught.value)


def test_the_line_is_right_far_into_a_large_file(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 4096)
    body = '1,"x\ny"\n' * 3000
    with pytest.raises(DataLoadError, match="line 6002: 3 fields"):
        serve({"t.csv": f"a,b\n{body}1,2,3\n{body}"})


def test_a_row_larger_than_a_block_is_refused_not_cut(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 4096)
    with pytest.raises(DataLoadError, match=r"t\.csv"):
        serve({"t.csv": "a,b\n1,2\n3," + "x" * 10_000 + "\n"})


NAMED: list[tuple[str, str, Any]] = [
    ("BIGINT", "007", 7),
    ("INTEGER", "-2147483648", -2147483648),
    ("SMALLINT", "32767", 32767),
    ("NUMERIC(38,18)", "1.5", "1.500000000000000000"),
    ("numeric(5,2)", "-00123.4500", "-123.45"),
    ("NUMERIC(5,2)", "+.5", "0.50"),
    ("DECIMAL(3,3)", "0.125", "0.125"),
    ("NUMERIC(20,0)", "12345678901234567890.0", 12345678901234567890),
    ("DOUBLE PRECISION", "+0.1", "0.1"),
    ("REAL", "0.1", "0.1"),
    ("BOOLEAN", "1", True),
    ("TEXT", "1", "1"),
    ("VARCHAR(3)", "é🎉x", "é🎉x"),
    ("CHAR(3)", "ab", "ab "),
    ("DATE", "2020-01-02", "2020-01-02"),
    ("TIME", "03:04:05.5", "03:04:05.5"),
    ("TIMESTAMP", "2020-01-02", "2020-01-02T00:00:00"),
    ("TIMESTAMP WITH TIME ZONE", "2020-01-02 03:04:05", "2020-01-02T03:04:05+00:00"),
    ("TIMESTAMP WITH TIME ZONE", "2020-01-02 03:04:05.123 UTC", "2020-01-02T03:04:05.123+00:00"),
    ("timestamptz", "2020-01-02 03:04:05-08", "2020-01-02T11:04:05+00:00"),
    ("JSON", '{""a"": [1]}', {"a": [1]}),
]


@pytest.mark.parametrize(("sql_type", "text", "value"), NAMED)
def test_named_types(serve: Serve, sql_type: str, text: str, value: Any) -> None:
    dataspace = serve(
        {"catalog.toml": f'[objects.t.columns.v]\ntype = "{sql_type}"\n', "t.csv": f'n,v\n1,"{text}"\n2,\n'}
    )
    assert [row[0] for row in rows(dataspace, "select v from t order by n")] == [value, None]


@pytest.mark.parametrize(
    ("sql_type", "text"),
    [
        ("BIGINT", "1.0"),
        ("BIGINT", "9223372036854775808"),
        ("BIGINT", ""),
        ("INTEGER", "2147483648"),
        ("SMALLINT", "40000"),
        ("NUMERIC(5,2)", "1.234"),
        ("NUMERIC(5,2)", "1234"),
        ("NUMERIC(38,18)", "12345678901234567890123"),
        ("NUMERIC(5,2)", "1e2"),
        ("NUMERIC(5,2)", "."),
        ("NUMERIC(5,2)", "NaN"),
        ("NUMERIC(2,2)", "1"),
        ("REAL", "1e39"),
        ("DOUBLE PRECISION", "1e400"),
        ("DOUBLE PRECISION", "abc"),
        ("BOOLEAN", "yes"),
        ("VARCHAR(3)", "abcd"),
        ("CHAR(1)", "ab"),
        ("DATE", "2021-02-29"),
        ("DATE", "2021-02-01 00:00"),
        ("TIME", "24:00:00"),
        ("TIME", "03:04:05.1234567"),
        ("TIMESTAMP", "2020-01-02T03:04:05Z"),
        ("TIMESTAMP", "yesterday"),
        ("TIMESTAMP WITH TIME ZONE", "2020-01-02T03:04:05.1234567Z"),
        ("JSON", "{a: 1}"),
        ("JSON", "NaN"),
    ],
)
def test_a_value_that_is_not_of_the_named_type_is_shown(serve: Serve, sql_type: str, text: str) -> None:
    good = {"BOOLEAN": "true", "DATE": "2020-01-01", "TIME": "00:00", "JSON": "1"}.get(sql_type, "1")
    good = "2020-01-01 00:00:00" if "TIMESTAMP" in sql_type else "0" if sql_type == "NUMERIC(2,2)" else good
    with pytest.raises(DataLoadError) as caught:
        serve(
            {
                "catalog.toml": f'[objects.t.columns.v]\ntype = "{sql_type}"\n',
                "t.csv": f'n,v\n"two\nlines",{good}\n\n3,\n4,"{text}"\n',
            }
        )
    message = str(caught.value)
    assert "t.csv, line 6, column 'v'" in message
    assert repr(text) in message
    assert "catalog.toml" in message


@pytest.mark.parametrize("sql_type", ["BYTEA", "INTERVAL", "BIGINT[]"])
def test_types_that_text_has_no_reading_for(serve: Serve, sql_type: str) -> None:
    with pytest.raises(DataLoadError, match=r"column 'v': text cannot be read as"):
        serve({"catalog.toml": f'[objects.t.columns.v]\ntype = "{sql_type}"\n', "t.csv": "v\n1\n"})


def test_random_text_survives(serve: Serve) -> None:
    """What Python's csv module writes and reads is what the engine gives back."""
    pieces = ["", "a", '"', '""', ",", "\n", "\r\n", ";", "é", "🎉", " ", "'", "NULL", "\\", "0", "\t"]
    values = [one + other + third for one in pieces for other in pieces for third in ("", "x", '"')]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["n", "v"])
    writer.writerows(enumerate(values))
    dataspace = serve({"t.csv": text.getvalue()})
    assert [row[0] for row in rows(dataspace, "select v from t order by n")] == values
