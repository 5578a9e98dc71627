"""Result parts read. Source: wire spec, hyper §2.1 (parts), §3 (types)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.errors import OperationalError, ProtocolError
from datacloud_dbapi.page import Column, RowText
from datacloud_dbapi.transports.hyper_rows import json_columns, json_rows, needs_arrow
from datacloud_dbapi.typed_json import read_plain
from datacloud_dbapi.types import DataType


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"type": "bool"}, DataType("BOOLEAN")),
        ({"type": "smallint"}, DataType("SMALLINT")),
        ({"type": "oid"}, DataType("BIGINT")),
        ({"type": "numeric", "precision": 38, "scale": 0}, DataType("NUMERIC", 38, 0)),
        ({"type": "float4"}, DataType("REAL")),
        ({"type": "float8"}, DataType("DOUBLE")),
        ({"type": "varchar"}, DataType("VARCHAR")),
        ({"type": "varchar", "length": 3}, DataType("VARCHAR", length=3)),
        ({"type": "char", "length": 1}, DataType("CHAR", length=1)),
        ({"type": "timestamptz"}, DataType("TIMESTAMP WITH TIME ZONE")),
        ({"type": "bytea"}, DataType("BINARY")),
        ({"type": "interval"}, DataType("UNKNOWN", text="INTERVAL")),
        (
            {"type": "array", "inner": {"type": "numeric", "precision": 4, "scale": 2, "nullable": False}},
            DataType("ARRAY", inner=DataType("NUMERIC", 4, 2)),
        ),
        ({"type": "array"}, DataType("ARRAY")),
        ({"type": "something_new"}, DataType("UNKNOWN", text="SOMETHING_NEW")),
    ],
    ids=lambda value: str(value) if isinstance(value, DataType) else None,
)
def test_columns_of_the_schema_part(facts: dict[str, Any], expected: DataType) -> None:
    schema = json.dumps({"columns": [{"name": "c", "nullable": False, **facts}, {"name": "c", **facts}]}).encode()
    assert json_columns(schema, "q") == (Column("c", expected, False), Column("c", expected, None))


@pytest.mark.parametrize("schema", [b"[]", b"{}", b'{"columns": {}}', b'{"columns": [{"type": "bool"}]}'])
def test_a_schema_without_columns_is_refused(schema: bytes) -> None:
    with pytest.raises(ProtocolError):
        json_columns(schema, "q")


def test_rows_keep_every_digit() -> None:
    parts = [b"[[1.50,12345678901234567890],[null,-0]]", b'{"data": [["x"]]}', b"[]"]
    rows = json_rows(parts, "q")
    assert rows == [[Decimal("1.50"), 12345678901234567890], [None, Decimal("-0")], ["x"]]
    assert str(rows[0][0]) == "1.50"
    assert str(rows[1][1]) == "-0"


def test_usual_parts_are_left_as_text() -> None:
    text = json_rows([b"[[1.50,12345678901234567890]]", b"[]", b"[[null,2]]"], "q")
    assert isinstance(text, RowText)
    assert len(text) == 2
    assert read_plain(text.parts) == [[Decimal("1.50"), 12345678901234567890], [None, 2]]


@pytest.mark.parametrize("part", [b"1", b"[1]", b"{}", b"null"])
def test_what_is_no_array_of_rows_is_refused(part: bytes) -> None:
    with pytest.raises(ProtocolError):
        json_rows([part], "q")


def test_a_cut_part_is_no_answer() -> None:
    with pytest.raises(OperationalError):
        json_rows([b"[[1],[2"], "q")


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        (DataType("BINARY"), True),
        (DataType("JSON"), True),
        (DataType("ARRAY", inner=DataType("JSON")), True),
        (DataType("ARRAY"), False),
        (DataType("UNKNOWN", text="INTERVAL"), False),
        (DataType("DOUBLE"), False),
    ],
    ids=str,
)
def test_which_columns_json_does_not_carry_exactly(data_type: DataType, expected: bool) -> None:
    assert needs_arrow([Column("a", DataType("INTEGER")), Column("b", data_type)]) is expected
