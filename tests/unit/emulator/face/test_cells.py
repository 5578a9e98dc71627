"""V2's spelling of columns and cells, without an engine.

Source: wire spec, query §4.2, §5; the engine's forms: hyper §3.
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from datacloud_emulator.cells import RowSpelling, fill, metadata_map
from datacloud_emulator.engine.sql_types import ResultColumn
from datacloud_emulator.engine.wire import JsonPart
from datacloud_emulator.quirks import Quirks

DOCUMENTED, ISO = Quirks(), Quirks(timestamp_style="iso")
TEXT = ResultColumn("t", "varchar")


def respelled(cell: str, type_name: str, *, inner: str | None = None, aggregate: bool = False, quirks: Quirks) -> str:
    column = ResultColumn("v", type_name, inner=inner)
    out = RowSpelling([column], {0} if aggregate else set(), quirks).respell(f"[{cell}],[null]".encode())
    assert out.endswith(b",[null]")
    return out.decode()[1:].removesuffix("],[null]")


@pytest.mark.parametrize(
    ("engine", "documented", "iso"),
    [
        ("2026-01-04T08:30:00+00:00", "2026-01-04 08:30:00.000 UTC", "2026-01-04T08:30:00.000+00:00"),
        ("2026-01-04T08:30:00.5+00:00", "2026-01-04 08:30:00.500 UTC", "2026-01-04T08:30:00.500+00:00"),
        ("2026-01-04T08:30:00.123456+00:00", "2026-01-04 08:30:00.123456 UTC", "2026-01-04T08:30:00.123456+00:00"),
        ("0019-01-05T00:00:00+00:00", "0019-01-05 00:00:00.000 UTC", "0019-01-05T00:00:00.000+00:00"),
        ("10000-01-01T00:00:00+00:00", "10000-01-01 00:00:00.000 UTC", "10000-01-01T00:00:00.000+00:00"),
    ],
)
def test_timestamps_with_zone(engine: str, documented: str, iso: str) -> None:
    cell = json.dumps(engine)
    assert respelled(cell, "timestamptz", quirks=DOCUMENTED) == json.dumps(documented)
    assert respelled(cell, "timestamptz", quirks=ISO) == json.dumps(iso)
    boxed = respelled(f"[{cell},null]", "array", inner="timestamptz", quirks=DOCUMENTED)
    assert json.loads(boxed) == {"array": [documented, None]}


def test_a_timestamp_in_a_form_of_its_own_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="form of its own"):
        respelled('"tomorrow"', "timestamptz", quirks=DOCUMENTED)


@pytest.mark.parametrize(
    ("cell", "type_name"),
    [
        ('"2026-01-04T08:30:00"', "timestamp"),  # no zone: as the wire spec's §5 shows it
        ('"2026-01-04T08:30:00+00:00"', "varchar"),  # looks like one, is text
        ('"a\\"],[\\u00e9\\\\"', "varchar"),
        ("9223372036854775807", "bigint"),
        ("1.7976931348623157e308", "float8"),
        ('"NaN"', "float8"),
        ("true", "bool"),
        ('"4713-01-01 BC"', "date"),
        ('"AAECAw=="', "bytea"),
    ],
)
def test_other_cells_leave_byte_for_byte(cell: str, type_name: str) -> None:
    # Beside a column that is respelled, so that the row is taken apart.
    columns = [ResultColumn("v", type_name), ResultColumn("z", "timestamptz")]
    row = f'[{cell},"2026-01-04T08:30:00+00:00"]'.encode()
    out = RowSpelling(columns, set(), DOCUMENTED).respell(row)
    assert out == f'[{cell},"2026-01-04 08:30:00.000 UTC"]'.encode()


def test_an_aggregate_is_a_number_with_every_digit() -> None:
    digits = "12345678901234567890.123456789012345678"
    assert respelled(digits, "numeric", quirks=DOCUMENTED) == f'"{digits}"'
    assert respelled("null", "numeric", quirks=DOCUMENTED) == "null"
    assert respelled(digits, "numeric", aggregate=True, quirks=DOCUMENTED) == digits
    assert respelled(digits, "numeric", quirks=Quirks(decimals_as_numbers=True)) == digits
    assert json.loads(digits, parse_float=Decimal) == Decimal(digits)


@pytest.mark.parametrize(
    ("cell", "type_name", "inner", "becomes"),
    [
        ("[0.1,null]", "array", "float8", '{"array":[0.1,null]}'),
        ("[]", "array", "varchar", '{"array":[]}'),
        ('{"a": [1.50]}', "json", None, json.dumps('{"a": [1.50]}')),
        ('"text"', "json", None, json.dumps('"text"')),
    ],
)
def test_wrapped_cells(cell: str, type_name: str, inner: str | None, becomes: str) -> None:
    assert respelled(cell, type_name, inner=inner, quirks=DOCUMENTED) == becomes


@pytest.mark.parametrize(
    ("type_name", "text", "code"),
    [
        ("varchar", "VARCHAR", 12),
        ("char", "CHAR", 1),
        ("numeric", "DECIMAL", 3),
        ("bigint", "BIGINT", -5),
        ("integer", "INTEGER", 4),
        ("smallint", "SMALLINT", 5),
        ("float8", "DOUBLE", 8),
        ("float4", "REAL", 7),
        ("bool", "BOOLEAN", 16),
        ("date", "DATE", 91),
        ("time", "TIME", 92),
        ("timestamp", "TIMESTAMP", 93),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE", 2014),
        ("array", "ARRAY", 2003),
        ("bytea", "VARBINARY", -3),
        ("json", "JSON", 1111),
        ("interval", "INTERVAL", 1111),
    ],
)
def test_column_types(type_name: str, text: str, code: int) -> None:
    entries = metadata_map([ResultColumn("v", type_name)], DOCUMENTED)
    assert entries == {"v": {"type": text, "placeInOrder": 0, "typeCode": code}}


def test_metadata_by_quirk() -> None:
    columns = [ResultColumn("a", "bigint"), ResultColumn("b", "timestamptz")]
    entries = metadata_map(columns, Quirks(place_in_order_base=1, timestamptz_type_code=93))
    assert {name: (entry["placeInOrder"], entry["typeCode"]) for name, entry in entries.items()} == {
        "a": (1, -5),
        "b": (2, 93),
    }


def test_metadata_is_in_no_useful_order_and_keeps_one_entry_a_name() -> None:
    columns = [ResultColumn(name, "bigint") for name in "abcdef"]
    assert list(metadata_map(columns, DOCUMENTED)) != list("abcdef")
    twice = metadata_map([*columns, ResultColumn("a", "varchar")], DOCUMENTED)
    assert len(twice) == 6
    assert twice["a"] == {"type": "VARCHAR", "placeInOrder": 6, "typeCode": 12}


PARTS = [JsonPart(b'["aa"],["b"]', 2), JsonPart(b'["cccc"]', 1)]


@pytest.mark.parametrize(
    ("room", "text", "count"),
    [
        (1000, b'["aa"],["b"],["cccc"]', 3),
        (21, b'["aa"],["b"],["cccc"]', 3),
        (20, b'["aa"],["b"]', 2),
        (12, b'["aa"],["b"]', 2),
        (11, b'["aa"]', 1),
        (6, b'["aa"]', 1),
        (1, b'["aa"]', 1),  # a first row that is too large goes out alone
    ],
)
def test_rows_fill_the_room_and_no_more(room: int, text: bytes, count: int) -> None:
    rows = fill(iter(PARTS), RowSpelling([TEXT], set(), DOCUMENTED), room)
    assert (b"".join(rows.pieces), rows.count) == (text, count)


def test_the_room_is_measured_after_respelling() -> None:
    parts = [JsonPart(b",".join([b'["2026-01-04T08:30:00+00:00"]'] * 3), 3)]
    rows = fill(parts, RowSpelling([ResultColumn("z", "timestamptz")], set(), DOCUMENTED), 64)
    text = b"".join(rows.pieces)
    assert text == b'["2026-01-04 08:30:00.000 UTC"],["2026-01-04 08:30:00.000 UTC"]'
    assert len(text) == 63
