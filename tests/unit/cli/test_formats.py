"""Results as text: every digit, every NULL. Source: public surface, §1 and §5; RFC 4180; RFC 8259."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import click
import pytest

from datacloud_dbapi.cli.formats import Writer, json_document, write_csv, write_json, write_jsonl, write_table

UTC = dt.timezone.utc
# value → text in csv (and table), text in json
VALUES: list[tuple[object, str, str]] = [
    (None, "", "null"),
    ("", '""', '""'),
    ("NULL", "NULL", '"NULL"'),
    ("plain", "plain", '"plain"'),
    ('a "b", c', '"a ""b"", c"', '"a \\"b\\", c"'),
    ("two\nlines", '"two\nlines"', '"two\\nlines"'),
    ("carriage\rreturn", '"carriage\rreturn"', '"carriage\\rreturn"'),
    (" blank", '" blank"', '" blank"'),
    ("Ü 🙂", "Ü 🙂", '"Ü 🙂"'),
    (True, "true", "true"),
    (False, "false", "false"),
    (0, "0", "0"),
    (-(2**63), "-9223372036854775808", "-9223372036854775808"),
    (Decimal("12345678901234567890.123456789012345678"),) + ("12345678901234567890.123456789012345678",) * 2,
    (Decimal("1E+3"), "1000", "1000"),
    (Decimal("1E-18"), "0.000000000000000001", "0.000000000000000001"),
    (Decimal("-0.50"), "-0.50", "-0.50"),
    (0.1, "0.1", "0.1"),
    (1e300, "1e+300", "1e+300"),
    (-0.0, "-0.0", "-0.0"),
    (float("nan"), "NaN", '"NaN"'),
    (float("inf"), "Infinity", '"Infinity"'),
    (float("-inf"), "-Infinity", '"-Infinity"'),
    (dt.date(2026, 1, 31), "2026-01-31", '"2026-01-31"'),
    (dt.time(8, 30, 0, 1), "08:30:00.000001", '"08:30:00.000001"'),
    (dt.datetime(2026, 1, 31, 8, 30), "2026-01-31T08:30:00", '"2026-01-31T08:30:00"'),
    (dt.datetime(2026, 1, 31, 8, 30, tzinfo=UTC), "2026-01-31T08:30:00+00:00", '"2026-01-31T08:30:00+00:00"'),
    (b"\x00\xff", "AP8=", '"AP8="'),
    ([Decimal("1.50"), None], '"[1.50, null]"', "[1.50, null]"),
    (["a"], '"[""a""]"', '["a"]'),
    ([], "[]", "[]"),
]
TWO = [("a", "VARCHAR"), ("b", "BIGINT")]


def text(write: Writer, columns: Any, *batches: Any) -> str:
    out = io.BytesIO()
    write(out, columns, batches)
    return out.getvalue().decode()


@pytest.mark.parametrize(("value", "in_csv", "in_json"), VALUES, ids=[repr(value) for value, *_ in VALUES])
def test_values(value: object, in_csv: str, in_json: str) -> None:
    # Beside a second column, as a line that is empty would be none to some readers.
    assert text(write_csv, TWO, [(value, 1)]) == f"a,b\n{in_csv},1\n"
    assert text(write_jsonl, [("a", "")], [(value,)]) == f'{{"a": {in_json}}}\n'


def test_other_readers_read_the_same() -> None:
    rows = [(in_csv_value, 1) for in_csv_value, _, _ in VALUES if isinstance(in_csv_value, str)]
    # Python's csv reads \r as a line's end outside quotes only.
    assert list(csv.reader(io.StringIO(text(write_csv, TWO, rows), newline=""))) == [
        ["a", "b"],
        *[[value, "1"] for value, _ in rows],
    ]
    everything = [tuple(value for value, *_ in VALUES)]
    columns = [(f"c{n}", "") for n in range(len(VALUES))]
    [read] = json.loads(text(write_json, columns, everything), parse_float=Decimal)
    for (value, *_), found in zip(VALUES, read.values(), strict=True):
        if value is None or isinstance(value, (bool, int, str, Decimal)):
            assert found == value
            assert str(found) == str(value) or isinstance(value, Decimal)


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([], []),
        ([[]], []),
        ([[("x", 1)]], [{"a": "x", "b": 1}]),
        ([[("x", 1), ("y", 2)], [("z", 3)]], [{"a": "x", "b": 1}, {"a": "y", "b": 2}, {"a": "z", "b": 3}]),
    ],
)
def test_batches_are_one_result(batches: list[Any], expected: list[Any]) -> None:
    assert json.loads(text(write_json, TWO, *batches)) == expected
    assert [json.loads(line) for line in text(write_jsonl, TWO, *batches).splitlines()] == expected
    assert list(csv.DictReader(io.StringIO(text(write_csv, TWO, *batches)))) == [
        {"a": row["a"], "b": str(row["b"])} for row in expected
    ]


@pytest.mark.parametrize("write", [write_json, write_jsonl])
def test_one_object_cannot_hold_two_columns_of_one_name(write: Writer) -> None:
    with pytest.raises(click.UsageError, match="two columns are named 'a'"):
        text(write, [("a", ""), ("a", "")], [(1, 2)])
    assert text(write_csv, [("a", ""), ("a", "")], [(1, 2)]) == "a,a\n1,2\n"


@pytest.mark.parametrize("write", [write_csv, write_jsonl])
def test_rows_are_written_as_they_come(write: Writer) -> None:
    out, sizes = io.BytesIO(), []

    def batches() -> Any:
        for number in range(3):
            sizes.append(len(out.getvalue()))
            yield [("x", number)]

    write(out, TWO, batches())
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_table_is_as_wide_as_its_values_and_obeys_no_markup() -> None:
    long = "x" * 300
    shown = text(write_table, [("[bold]name", "VARCHAR"), ("n", "NUMERIC(38,18)")], [(long, Decimal("1.50"))])
    assert long in shown
    assert "[bold]name" in shown
    assert "1.50" in shown
    assert len(shown.splitlines()) == 5


def test_a_table_shows_control_characters_and_null() -> None:
    shown = text(write_table, TWO, [("\x1b[31mred\n\x9b", None)])
    assert "\\x1b[31mred\\n\\x9b" in shown
    assert "NULL" in shown
    assert "\x1b" not in shown


def test_a_table_without_rows_has_its_headings() -> None:
    shown = text(write_table, TWO)
    assert "a" in shown
    assert "b" in shown


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({}, "{}"),
        ([], "[]"),
        (Decimal("0.10"), "0.10"),
        (
            {"a": Decimal("12345678901234567890.10"), "ü": [], "b": None},
            '{\n  "a": 12345678901234567890.10,\n  "ü": [],\n  "b": null\n}',
        ),
        ([{"a": [1, True]}, "x"], '[\n  {\n    "a": [\n      1,\n      true\n    ]\n  },\n  "x"\n]'),
    ],
    ids=str,
)
def test_a_document(value: object, lines: str) -> None:
    assert json_document(value) == lines
    assert json.loads(lines, parse_float=Decimal) == value


def test_an_object_is_json() -> None:
    value = {"a": Decimal("1.50"), "b": {"c": [None]}}
    assert text(write_jsonl, [("x", "")], [(value,)]) == '{"x": {"a": 1.50, "b": {"c": [null]}}}\n'
    assert text(write_csv, TWO, [(value, 1)]) == 'a,b\n"{""a"": 1.50, ""b"": {""c"": [null]}}",1\n'
