"""CSV files as typed rows, and rows as batches. Source: wire spec, account-engagement §12, §15-16."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.engagement.csv_rows import CsvRows, batches, text_rows
from datacloud_dbapi.errors import DataError, Error, ProtocolError

UTC = timezone.utc
NEW_YORK = timezone(timedelta(hours=-5))


def read(text: str, zone: timezone | None = None, **types: str) -> list[tuple[Any, ...]]:
    rows = CsvRows(text.encode(), types, label="GET /file", zone=zone)
    found: list[tuple[Any, ...]] = []
    # Pieces that do not divide the whole.
    while some := rows.take(2):
        found += some
    return found


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("Integer", "12", 12),
        ("Integer", "-3", -3),
        ("Float", "12.50", Decimal("12.50")),
        ("Float", "0.1000000000000000055", Decimal("0.1000000000000000055")),
        ("Boolean", "true", True),
        ("Boolean", "False", False),
        ("Boolean", "1", True),
        ("Boolean", "0", False),
        ("String", "00123", "00123"),
        ("String", " a ", " a "),
        ("String", '"a ""b"", c\nd"', 'a "b", c\nd'),
        ("Enum", "Html", "Html"),
        ("DateTime", "2026-03-04T05:06:07-05:00", datetime(2026, 3, 4, 10, 6, 7, tzinfo=UTC)),
        ("DateTime", "2026-03-04T05:06:07+05:30", datetime(2026, 3, 3, 23, 36, 7, tzinfo=UTC)),
        ("DateTime", "2026-03-04T05:06:07Z", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("Integer", "", None),
        ("String", "", None),
        ("DateTime", '""', None),
    ],
)
def test_a_cell_has_the_type_of_its_column(kind: str, cell: str, value: object) -> None:
    assert read(f"id,cell\n1,{cell}\n", cell=kind) == [(value,)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("\ufeffid,name\r\n1,a\r\n", [(1, "a")]),
        ("name,other,id\na,x,1\nb,y,2\nc,z,3", [(1, "a"), (2, "b"), (3, "c")]),
        ("ID,Name\n1,a\n\n2,b\n", [(1, "a"), (2, "b")]),
        ("id,name\n", []),
        (f"id,name\n1,{'x' * 200_000}\n", [(1, "x" * 200_000)]),
    ],
    ids=["byte order mark", "other order", "case and a blank line", "no rows", "a long cell"],
)
def test_a_file_may_look_otherwise(text: str, rows: list[tuple[Any, ...]]) -> None:
    before = csv.field_size_limit()
    assert read(text, id="Integer", name="String") == rows
    assert csv.field_size_limit() == before


def test_where_there_is_one_column_a_blank_line_is_an_empty_cell() -> None:
    assert read("name\na\n\nb\n", name="String") == [("a",), (None,), ("b",)]


def test_legacy_dates_are_read_in_the_zone_that_is_given() -> None:
    file = "at\n2026-03-04 05:06:07\n2026-03-04T05:06:07+00:00\n"
    moments = [datetime(2026, 3, 4, 10, 6, 7, tzinfo=UTC), datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)]
    assert read(file, NEW_YORK, at="DateTime") == [(moment,) for moment in moments]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("id,at\n1,2026-03-04 05:06:07\n", DataError, "time_zone"),
        ("id,at\n1,soon-and-a-bit-later-than\n", DataError, "'at', row 1"),
        ("id,at\nx,\n", DataError, "'x' is no Integer"),
        ("id,at\n1_0,\n", DataError, "no Integer"),
        ("id\n1\n", ProtocolError, "no column at"),
        ("", ProtocolError, "no column id, at"),
        ("id,at,ID\n1,,2\n", ProtocolError, "two columns"),
        ("id,at\n1\n", ProtocolError, "1 cells where there are 2"),
        ('id,at\n1,"2026\n', ProtocolError, "no CSV"),
        ("id,at\n1,\udc80\n", ProtocolError, "no CSV"),
    ],
    ids=lambda case: None if isinstance(case, str) else case.__name__,
)
def test_what_cannot_be_read_is_no_row(text: str, error: type[Error], words: str) -> None:
    content = text.encode("utf-8", "surrogateescape")
    with pytest.raises(error) as caught:
        CsvRows(content, {"id": "Integer", "at": "DateTime"}, label="GET /file").take(10)
    assert words in str(caught.value)
    assert caught.value.request == "GET /file"


@pytest.mark.parametrize(
    ("text", "good", "words"),
    [
        ("id,at\n1,\n2,\nx,\n4,\n", [(1, None), (2, None)], "row 3"),
        ("id,at\n1,\n2,soon-and-a-bit-later-than\nx,\n", [(1, None)], "row 2"),
        ("id,at\n1,\n2\n3,\n", [], "1 cells"),
        ('id,at\n1,\n2,"3,\n', [], "no CSV"),
    ],
    ids=["a value", "two values", "a short row", "a cut row"],
)
def test_the_rows_before_a_bad_value_are_given_out_and_a_failure_stays(
    text: str, good: list[tuple[Any, ...]], words: str
) -> None:
    rows = CsvRows(text.encode(), {"id": "Integer", "at": "DateTime"}, label="GET /file")
    if good:
        assert rows.take(10) == good
    for _ in range(2):
        with pytest.raises(Error) as caught:
            rows.take(10)
        assert words in str(caught.value)


def test_a_file_of_unknown_columns_is_text() -> None:
    assert text_rows(b"id,why\n1,\n2,no\n", label="") == [{"id": "1", "why": None}, {"id": "2", "why": "no"}]
    assert text_rows(b"", label="") == []


@pytest.mark.parametrize("most", [40, 64, 10_000])
def test_batches_have_every_row_once_and_the_header_each(most: int) -> None:
    rows = [[f"{number}", 'x"\n,' * (number % 3), "ü"] for number in range(30)]
    found = list(batches(["a", "b", "c"], rows, most))
    assert all(len(content) <= most for content, _ in found)
    read_back: list[list[str]] = []
    for content, count in found:
        header, *cells = csv.reader(io.StringIO(content.decode(), newline=""))
        assert header == ["a", "b", "c"]
        assert len(cells) == count
        read_back += cells
    assert read_back == rows
    assert (len(found) == 1) == (most == 10_000)


@pytest.mark.parametrize("make", [lambda: list(batches(["a"], [["x" * 50]], 40))])
def test_a_row_that_fits_no_batch_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(DataError, match="Row 1"):
        make()
