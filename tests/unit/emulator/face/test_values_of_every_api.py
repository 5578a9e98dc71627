"""One value in the spelling of every query API, as JSON and as Arrow.

Source: wire spec, query §3, §5-6, §9.3, §10, §15 row 5; hyper §3 for the engine's own forms, which V3 passes on.
"""

from __future__ import annotations

import base64
import json
import math
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from datacloud_emulator.api.query_v3 import ARROW

from .client import Face

D38 = "12345678901234567890.123456789012345678"
UTC = timezone.utc
NAN = object()


def number(text: str) -> Any:
    return Decimal(text)


# expression; V1 and V2's type and cell; query-sql's; V3's; the value in Arrow
VALUES: list[tuple[str, tuple[str, Any], tuple[str, Any], tuple[str, Any], Any]] = [
    ("true", ("BOOLEAN", True), ("Bool", True), ("bool", True), True),
    ("32767::smallint", ("SMALLINT", 32767), ("SmallInt", 32767), ("smallint", 32767), 32767),
    ("-2147483648", ("INTEGER", -(2**31)), ("Integer", -(2**31)), ("integer", -(2**31)), -(2**31)),
    ("9223372036854775807", ("BIGINT", 2**63 - 1), ("BigInt", 2**63 - 1), ("bigint", 2**63 - 1), 2**63 - 1),
    (
        f"'{D38}'::numeric(38,18)",
        ("DECIMAL", D38),
        ("Numeric", number(D38)),
        ("numeric", number(D38)),
        Decimal(D38),
    ),
    ("12.50", ("DECIMAL", "12.50"), ("Numeric", number("12.50")), ("numeric", number("12.50")), Decimal("12.50")),
    ("0.1e0", ("DOUBLE", number("0.1")), ("Double", number("0.1")), ("float8", number("0.1")), 0.1),
    ("'NaN'::double precision", ("DOUBLE", "NaN"), ("Double", "NaN"), ("float8", "NaN"), NAN),
    ("'-inf'::double precision", ("DOUBLE", "-Infinity"), ("Double", "-Infinity"), ("float8", "-Infinity"), -math.inf),
    ("'inf'::real", ("REAL", "Infinity"), ("Float", "Infinity"), ("float4", "Infinity"), math.inf),
    ("'😀 ''\"\\'", ("VARCHAR", "😀 '\"\\"), ("Varchar", "😀 '\"\\"), ("varchar", "😀 '\"\\"), "😀 '\"\\"),
    ("''", ("VARCHAR", ""), ("Varchar", ""), ("varchar", ""), ""),
    ("'a'::char(3)", ("CHAR", "a  "), ("Char", "a  "), ("char", "a  "), "a  "),
    ("'\\x00ff10'::bytea", ("VARBINARY", "AP8Q"), ("ByteA", "AP8Q"), ("bytea", "AP8Q"), b"\x00\xff\x10"),
    (
        "date '0001-01-01'",
        ("DATE", "0001-01-01"),
        ("Date", "0001-01-01"),
        ("date", "0001-01-01"),
        date(1, 1, 1),
    ),
    (
        "time '01:02:03.5'",
        ("TIME", "01:02:03.5"),
        ("Time", "01:02:03.5"),
        ("time", "01:02:03.5"),
        time(1, 2, 3, 500000),
    ),
    (
        "timestamp '9999-12-31 23:59:59.999999'",
        ("TIMESTAMP", "9999-12-31T23:59:59.999999"),
        ("Timestamp", "9999-12-31T23:59:59.999999"),
        ("timestamp", "9999-12-31T23:59:59.999999"),
        datetime(9999, 12, 31, 23, 59, 59, 999999),
    ),
    (
        "timestamptz '2024-06-10 10:00:00+02:00'",
        ("TIMESTAMP WITH TIME ZONE", "2024-06-10 08:00:00.000 UTC"),
        ("TimestampTZ", "2024-06-10T08:00:00+00:00"),
        ("timestamptz", "2024-06-10T08:00:00+00:00"),
        datetime(2024, 6, 10, 8, tzinfo=UTC),
    ),
    (
        "ARRAY[1.5e0, 2.5e0]",
        ("ARRAY", {"array": [number("1.5"), number("2.5")]}),
        ("ArrayOfDouble", [number("1.5"), number("2.5")]),
        ("array", [number("1.5"), number("2.5")]),
        [1.5, 2.5],
    ),
    (
        """'{"a": 1.50}'::json""",
        ("JSON", '{"a": 1.50}'),
        ("Json", '{"a": 1.50}'),
        ("json", {"a": number("1.50")}),
        '{"a": 1.50}',
    ),
    ("NULL::integer", ("INTEGER", None), ("Integer", None), ("integer", None), None),
]
IDS = [row[0] for row in VALUES]


def parsed(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal)


@pytest.mark.parametrize(("expression", "tenant", "connect", "v3", "arrow"), VALUES, ids=IDS)
def test_json(face: Face, expression: str, tenant: tuple[str, Any], connect: Any, v3: Any, arrow: Any) -> None:
    sql = f"SELECT {expression} AS v, 1 AS n"
    body = parsed(face.query(sql).content)
    assert (body["metadata"]["v"]["type"], body["data"][0][0]) == tenant
    body = parsed(face.v1(sql).content)
    assert body["metadata"]["v"]["type"] == tenant[0]
    assert body["data"] == [{"n": 1} if tenant[1] is None else {"v": tenant[1], "n": 1}]
    body = parsed(face.connect(json={"sql": sql}).content)
    assert (body["metadata"][0]["type"], body["data"][0][0]) == connect
    body = parsed(face.v3(json={"sql": sql}).content)
    assert (body["metadata"]["columns"][0]["type"], body["data"][0][0]) == v3


@pytest.mark.parametrize(("expression", "tenant", "connect", "v3", "arrow"), VALUES, ids=IDS)
def test_arrow(face: Face, expression: str, tenant: Any, connect: Any, v3: Any, arrow: Any) -> None:
    sql = f"SELECT {expression} AS v, 1 AS n"
    streams = [
        face.query(sql, **{"enable-arrow-stream": "true"}).json()["arrowStream"],
        face.v1_arrow(sql).json()["arrowStream"],
    ]
    for stream in [*map(base64.b64decode, streams), face.v3(json={"sql": sql}, accept=ARROW).content]:
        assert stream.endswith(b"\xff\xff\xff\xff\0\0\0\0")
        table = pa.ipc.open_stream(stream).read_all()
        assert table.column_names == ["v", "n"]
        # The engine's zone is called Utc, of which Python's zoneinfo knows nothing (wire spec, hyper §3).
        column = table.column("v")
        if pa.types.is_timestamp(column.type) and column.type.tz:
            column = column.cast(pa.timestamp("us", "UTC"))
        (value,) = column.to_pylist()
        if arrow is NAN:
            assert isinstance(value, float)
            assert math.isnan(value)
        else:
            assert (value, type(value)) == (arrow, type(arrow))


def test_precision_and_scale(face: Face) -> None:
    sql = "SELECT 1::numeric(38,18) AS n, ARRAY[1::numeric(9,2)] AS a, 'x'::varchar(7) AS t, 1 AS i"
    columns = face.connect(json={"sql": sql}).json()["metadata"]
    assert [{key: value for key, value in column.items() if key != "nullable"} for column in columns] == [
        {"name": "n", "type": "Numeric", "precision": 38, "scale": 18},
        {"name": "a", "type": "ArrayOfNumeric", "innerElement": {"type": "Numeric", "precision": 9, "scale": 2}},
        {"name": "t", "type": "Varchar"},
        {"name": "i", "type": "Integer"},
    ]
    columns = face.v3(json={"sql": sql}).json()["metadata"]["columns"]
    assert [{key: value for key, value in column.items() if key != "nullable"} for column in columns] == [
        {"name": "n", "type": "numeric", "precision": 38, "scale": 18},
        {"name": "a", "type": "array", "inner": {"type": "numeric", "precision": 9, "scale": 2}},
        {"name": "t", "type": "varchar", "length": 7},
        {"name": "i", "type": "integer"},
    ]


def test_bytes_among_many_rows_keep_their_order_and_their_nulls(face: Face) -> None:
    sql = (
        "SELECT n, CASE WHEN n % 3 = 0 THEN NULL ELSE decode(lpad(n::text, 4, '0'), 'hex') END AS b "
        "FROM generate_series(1, 1000) AS t(n) ORDER BY n DESC"
    )
    expected = [(n, None if n % 3 == 0 else bytes.fromhex(f"{n:04}")) for n in range(1000, 0, -1)]
    table = pa.ipc.open_stream(face.v3(json={"sql": sql}, accept=ARROW).content).read_all()
    assert list(zip(table.column("n").to_pylist(), table.column("b").to_pylist(), strict=True)) == expected
    rows = face.v3(json={"sql": sql}).json()["data"]
    assert [(n, None if b is None else base64.b64decode(b)) for n, b in rows] == expected
