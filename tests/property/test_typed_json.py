"""Rows read by their columns' types are what the way through cells gives, to the type and the last digit, errors too.

Source: wire spec, query §4-5; faults V1-V8.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacloud_dbapi import typed_json
from datacloud_dbapi.errors import Error
from datacloud_dbapi.page import RowText
from datacloud_dbapi.result import Result
from datacloud_dbapi.transports import bodies
from datacloud_dbapi.transports.bodies import read_v2
from datacloud_dbapi.typed_json import DIRECT, cells_of, open_usual, read_column, read_rows, row_text

NUMBERS = (
    "0",
    "-0",
    "1",
    "-1.50",
    "12345678901234567890123456789012345678",
    "1e3",
    "1.0",
    "0.1",
    "1e400",
    "-0.0",
    "5e-324",
)
WORDS = ("", "null", "NaN", "Infinity", "true", "1_000", " 1", "1 ", "\u0661", "1.50", "+1", ".5", "1e5", "12.")
MOMENTS = (
    *("2024-02-29", "2023-02-29", "0000-01-01", "9999-12-31", "10000-01-01", "2024-06-10 00:00:00"),
    *("2024-06-10T08:00:01Z", "2024-06-10 08:00:01.123 UTC", "2024-06-10 08:00:01.123456789 UTC"),
    *("2024-06-10T08:00:01+00:00", "2024-06-10T08:00:01+05:30", "2024-06-10 08:00:01", "2024-06-10T08:00:01.9999999Z"),
    *("2024-06-10 08:00:01.5 UTC", "2024-06-10T08:00Z", "2024-06-10 23:59:60 UTC", "0001-01-01 00:00:00 UTC"),
    *("08:00:01", "08:00:01.1234567", "08:00:01Z", "24:00:00", "08:00"),
)
TEXTS = (*WORDS, *MOMENTS, "a UTC", 'b" UTC', "c Z", '","', "\\", "\n", "🙂", "[[", "],[", "]]", '"data":[[', "-0")
CELLS = [
    *("null", "true", "false", "[]", "{}", "[1]", '{"a":1.50}', "NaN", "[[1],[2] , [3]]", '{"data":[[1],[2]]}'),
    *NUMBERS,
    *map(json.dumps, TEXTS),
    '"\\ud800"',
]
USUAL = {
    "BOOLEAN": ["true", "false"],
    "INTEGER": ["0", "-7", "12345678901234567890"],
    "DECIMAL(18,2)": ['"1.50"', '"-0.00"', '"12345678901234567890.12"'],
    "DOUBLE": ["0.1", "1", "-2.5e10"],
    "VARCHAR": ['"a"', '"b UTC"', '"2024-06-10 08:00:01.123 UTC"', '"\\u00e9"'],
    "DATE": ['"2024-02-29"'],
    "TIME": ['"08:00:01"', '"08:00:01.5"'],
    "TIMESTAMP": ['"2024-06-10 08:00:01.123"', '"2024-06-10T08:00:01"'],
    "TIMESTAMP WITH TIME ZONE": [
        '"2024-06-10 08:00:01.123 UTC"',
        '"2024-06-10T08:00:01Z"',
        '"2024-06-10T08:00:01+00:00"',
    ],
}
OTHERS = ["REAL", "BINARY", "JSON", "ARRAY", "geometry"]


def body(kinds: list[str], rows: list[list[str]]) -> bytes:
    metadata = {f"c{place}": {"type": kind, "placeInOrder": place} for place, kind in enumerate(kinds)}
    data = ",".join(f"[{','.join(row)}]" for row in rows)
    return f'{{"metadata":{json.dumps(metadata)},"data":[{data}],"rowCount":{len(rows)},"done":true}}'.encode()


def told(answer: bytes) -> tuple[list[str], str]:
    """Every value down to its type and sign, and the error there was."""
    rows: list[Any] = []
    try:
        page = read_v2(200, {}, answer, "POST /x").page
        result = Result(page.columns or ())
        result.feed(page)
        while True:
            row = result.take(1)
            if not row:
                return rows, ""
            assert type(row[0]) is tuple
            rows.append([f"{type(cell).__name__} {cell!r} {getattr(cell, 'tzinfo', '')!r}" for cell in row[0]])
    except Error as error:
        return rows, f"{type(error).__name__} {error}"


def compared(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    by_type = told(answer)
    with monkeypatch.context() as patched:
        patched.setattr(bodies, "open_usual", lambda body: None)
        assert by_type == told(answer)


@st.composite
def answers(draw: Any) -> bytes:
    kinds = draw(st.lists(st.sampled_from([*USUAL, *OTHERS]), min_size=1, max_size=4))
    odd = draw(st.booleans())

    def cell(kind: str) -> Any:
        usual = ["null", *USUAL.get(kind, CELLS)]
        return st.sampled_from([*CELLS, *usual] if odd else usual)

    return body(kinds, draw(st.lists(st.tuples(*map(cell, kinds)).map(list), min_size=1, max_size=5)))


@given(answer=answers(), size=st.sampled_from([1, 30, typed_json.PART]))
def test_the_two_ways_agree(answer: bytes, size: int) -> None:
    """Wherever the rows' text is cut."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(typed_json, "PART", size)
        compared(answer, monkeypatch)


@pytest.mark.parametrize("kind", [*USUAL, *OTHERS])
def test_they_agree_on_every_cell(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_json, "PART", 1)
    for cell in CELLS:
        for rows in ([[cell]], [[cell], ["null"]], [[USUAL.get(kind, ["null"])[0]], [cell]]):
            compared(body([kind], rows), monkeypatch)


@pytest.mark.parametrize("kind", USUAL)
def test_the_usual_is_read_by_type(kind: str) -> None:
    page = read_v2(200, {}, body([kind], [[cell] for cell in [*USUAL[kind], "null"]]), "POST /x").page
    assert isinstance(page.rows, RowText)
    [column] = page.columns or ()
    [part] = page.rows.parts
    read = read_rows(part, [column])
    assert read is not None
    assert column.type.kind in DIRECT or read_column(column.type.kind, cells_of(read, 0)) is not None


ROWS = b"[[1],[2]]"


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        (b'{"data":[[1],[2]],"done":true}', {"data": ROWS, "done": True}),
        (b'{"done": true, "data" : [[1],[2]]}', {"data": ROWS, "done": True}),
        (b'{"columns":["data"],"metadata":{"data":{"type":"data"}},"data":[[1],[2]]}', ...),
        (b'{"data":[[1],[2]],"columns":[["a"]]}', None),
        (b'{"data":[[1],[2]],"data":[[1],[2]]}', None),
        (b'{"data":null,"x":{"data":[[1],[2]]}}', None),
        (b'{"data":[],"x":{"data":[[1],[2]]}}', None),
        (b'{"x":[{"data":[[1],[2]]}],"data":[[1],[2]]}', None),
        (b'[{"data":[[1],[2]]}]', None),
        (b'{"data":[[1],[2]],"done":true', None),
        (b'{"data":[[1],[2],"done":true}', None),
        (b'{"data":[[1],2]]}', None),
        (b'{"data":[[1],"\xff"]],"done":true}', None),
        (b'{"data":[[1],[2]],"done":"\xff"}', None),
    ],
)
def test_rows_are_cut_out_where_they_are_the_answer_s_own(answer: bytes, fields: Any) -> None:
    """Anything else is read like any JSON, so that every field is where the service put it, and every error says so."""
    read = open_usual(answer)
    if fields is ...:
        fields = {**json.loads(answer), "data": ROWS}
    if read is not None:
        assert isinstance(read["data"], RowText)
        read["data"] = b"[" + b",".join(read["data"].parts) + b"]"
    assert read == fields


@pytest.mark.parametrize("size", [1, 7, 40, 10_000])
def test_a_part_ends_where_a_row_does(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[number, *("],[" * (number % 3), '"],["', [[number], [1]])] for number in range(200)]
    monkeypatch.setattr(typed_json, "PART", size)
    text = row_text(json.dumps(rows).encode())
    assert text is not None
    assert text.count == 200
    assert [json.loads(b"[" + part + b"]") for part in text.parts]  # each by itself is rows
    assert [row for part in text.parts for row in json.loads(b"[" + part + b"]")] == rows
    assert (len(text.parts) > 1) == (size < 10_000)
