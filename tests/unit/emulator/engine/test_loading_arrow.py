"""Parquet and Arrow files: every type stored as the table in `loading/columns.py` says, or refused by column and row.

Source: wire spec, hyper §1.7, §3.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading.columns import UnstorableValueError, exact_cast

from .conftest import Serve, rows

PLUS_TWO = timezone(timedelta(hours=2))


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue()


def arrow_file(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue()


def arrow_stream(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue()


# Arrow type, values, stored as, as the engine gives them (numbers with a point as their text).
STORED: list[tuple[Any, list[Any], str, list[Any]]] = [
    (pa.bool_(), [True, False], "BOOLEAN", [True, False]),
    (pa.int8(), [-128, 127], "SMALLINT", [-128, 127]),
    (pa.int16(), [-32768, 32767], "SMALLINT", [-32768, 32767]),
    (pa.int32(), [-(2**31), 2**31 - 1], "INTEGER", [-(2**31), 2**31 - 1]),
    (pa.int64(), [-(2**63), 2**63 - 1], "BIGINT", [-(2**63), 2**63 - 1]),
    (pa.uint8(), [255], "SMALLINT", [255]),
    (pa.uint16(), [65535], "INTEGER", [65535]),
    (pa.uint32(), [2**32 - 1], "BIGINT", [2**32 - 1]),
    (pa.uint64(), [2**64 - 1, 0], "NUMERIC(20,0)", [2**64 - 1, 0]),
    (pa.float32(), [0.5, float("nan")], "REAL", ["0.5", "NaN"]),
    (pa.float64(), [0.1, float("-inf"), float("nan")], "DOUBLE PRECISION", ["0.1", "-Infinity", "NaN"]),
    (pa.string(), ["", "é🎉", "a\0b"], "TEXT", ["", "é🎉", "a\0b"]),
    (pa.large_string(), ["x"], "TEXT", ["x"]),
    (pa.string_view(), ["x", "longer than twelve bytes"], "TEXT", ["x", "longer than twelve bytes"]),
    (pa.null(), [None, None], "TEXT", [None, None]),
    (pa.binary(), [b"\x00\xff", b""], "BYTEA", ["AP8=", ""]),
    (pa.large_binary(), [b"a" * 100], "BYTEA", ["YWFh" * 33 + "YQ=="]),
    (pa.binary(2), [b"ab"], "BYTEA", ["YWI="]),
    (pa.date32(), [date(1, 1, 1), date(9999, 12, 31)], "DATE", ["0001-01-01", "9999-12-31"]),
    (pa.date64(), [date(2020, 2, 29)], "DATE", ["2020-02-29"]),
    (pa.time32("s"), [time(23, 59, 59)], "TIME", ["23:59:59"]),
    (pa.time32("ms"), [time(1, 2, 3, 4000)], "TIME", ["01:02:03.004"]),
    (pa.time64("us"), [time(1, 2, 3, 4)], "TIME", ["01:02:03.000004"]),
    (pa.time64("ns"), [time(1, 2, 3, 4)], "TIME", ["01:02:03.000004"]),
    (pa.timestamp("s"), [datetime(2020, 1, 2, 3, 4, 5)], "TIMESTAMP", ["2020-01-02T03:04:05"]),
    (pa.timestamp("ms"), [datetime(1, 1, 1)], "TIMESTAMP", ["0001-01-01T00:00:00"]),
    (pa.timestamp("us"), [datetime(9999, 12, 31, 23, 59, 59, 999999)], "TIMESTAMP", ["9999-12-31T23:59:59.999999"]),
    (pa.timestamp("ns"), [datetime(2020, 1, 2, 3, 4, 5, 6)], "TIMESTAMP", ["2020-01-02T03:04:05.000006"]),
    (
        pa.timestamp("us", "Europe/Berlin"),
        [datetime(2020, 1, 2, 3, 0, tzinfo=PLUS_TWO)],
        "TIMESTAMP WITH TIME ZONE",
        ["2020-01-02T01:00:00+00:00"],
    ),
    (pa.duration("ms"), [timedelta(days=-1, milliseconds=1)], "BIGINT", [-86_399_999_000]),
    (pa.duration("ns"), [timedelta(microseconds=7)], "BIGINT", [7]),
    (
        pa.decimal128(38, 18),
        [Decimal("12345678901234567890.123456789012345678"), Decimal("-0.5")],
        "NUMERIC(38,18)",
        ["12345678901234567890.123456789012345678", "-0.500000000000000000"],
    ),
    (pa.decimal128(5, 5), [Decimal("0.12345")], "NUMERIC(5,5)", ["0.12345"]),
    (pa.decimal128(3, -2), [Decimal("12300")], "NUMERIC(5,0)", [12300]),
    (pa.decimal256(20, 2), [Decimal("123456789012345678.25")], "NUMERIC(20,2)", ["123456789012345678.25"]),
    (pa.decimal256(76, 2), [Decimal("1.25")], "NUMERIC(38,2)", ["1.25"]),
    (pa.dictionary(pa.int8(), pa.string()), ["a", "b", "a"], "TEXT", ["a", "b", "a"]),
    (pa.dictionary(pa.int32(), pa.large_string()), ["a"], "TEXT", ["a"]),
    (pa.list_(pa.int64()), [[1, None, 3], []], "BIGINT[]", [[1, None, 3], []]),
    (pa.large_list(pa.string()), [["a", ""]], "TEXT[]", [["a", ""]]),
    (pa.list_(pa.float32(), 2), [[0.5, 1.5]], "REAL[]", [["0.5", "1.5"]]),
    (pa.list_(pa.uint64()), [[2**64 - 1]], "NUMERIC(20,0)[]", [[2**64 - 1]]),
    (pa.list_(pa.timestamp("ns")), [[datetime(2020, 1, 2)]], "TIMESTAMP[]", [["2020-01-02T00:00:00"]]),
]

FORMS = {"parquet": parquet, "arrow": arrow_file, "feather": arrow_file, "arrows": arrow_stream}


def column(arrow_type: Any, values: list[Any]) -> pa.Table:
    with_null = pa.array([*values, None], arrow_type)
    return pa.table({"n": pa.array(range(len(with_null)), pa.int32()), "v": with_null})


@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.parametrize(("arrow_type", "values", "sql_type", "given"), STORED, ids=lambda value: str(value)[:30])
def test_every_type(
    serve: Serve, form: str, arrow_type: Any, values: list[Any], sql_type: str, given: list[Any]
) -> None:
    if form == "parquet" and (pa.types.is_decimal(arrow_type) and arrow_type.scale < 0):
        form = "arrow"  # Parquet has no such decimal
    if form == "parquet" and pa.types.is_fixed_size_list(arrow_type) and int(pa.__version__.partition(".")[0]) < 26:
        form = "arrow"  # an older pyarrow does not read a NULL among them from Parquet
    dataspace = serve({f"t.{form}": FORMS[form](column(arrow_type, values))})
    (table,) = dataspace.catalog.objects
    assert (table.columns[1].hyper_type, table.row_count) == (sql_type, len(values) + 1)
    if sql_type == "BYTEA":
        assert dataspace.submit("select v from t").columns[0].type_name == "bytea"
    assert [row[0] for row in rows(dataspace, "select v from t order by n")] == [*given, None]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_file(serve: Serve, form: str) -> None:
    dataspace = serve({f"t.{form}": FORMS[form](pa.table({"ssot__Id__c": [f"{n}" for n in range(7)]}))})
    assert rows(dataspace, "select count(*), max(SSOT__id__c) from T") == [[7, "6"]]


@pytest.mark.parametrize("write", [arrow_stream, arrow_file])
def test_an_arrow_file_is_told_by_its_bytes(serve: Serve, write: Callable[[pa.Table], bytes]) -> None:
    assert rows(serve({"t.arrow": write(pa.table({"a": [1, 2, 3]}))}), "select sum(a) from t") == [[6]]


def test_an_empty_table_keeps_its_types(serve: Serve) -> None:
    dataspace = serve({"t.parquet": parquet(pa.table({"a": pa.array([], pa.date32())}))})
    assert dataspace.submit("select a from t").columns[0].type_name == "date"
    assert rows(dataspace, "select count(*) from t") == [[0]]


def test_many_row_groups_in_order_of_size(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several batches and several staging files."""
    from datacloud_emulator.loading import arrow_file as module
    from datacloud_emulator.loading import bulk

    monkeypatch.setattr(module, "BATCH_ROWS", 1000)
    monkeypatch.setattr(bulk, "STAGED_ROWS", 2500)
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"a": range(10_000)}), sink, row_group_size=1700)
    dataspace = serve({"t.parquet": sink.getvalue()})
    assert rows(dataspace, "select count(*), sum(a), count(distinct a) from t") == [[10_000, 49_995_000, 10_000]]


REFUSED: list[tuple[Any, list[Any], str]] = [
    (pa.map_(pa.string(), pa.int64()), [[("a", 1)]], "cannot be stored"),
    (pa.struct([("a", pa.int64())]), [{"a": 1}], "cannot be stored"),
    (pa.list_(pa.struct([("a", pa.int64())])), [[{"a": 1}]], "cannot be stored"),
    (pa.list_(pa.list_(pa.int64())), [[[1]]], "one dimension"),
    (pa.month_day_nano_interval(), [(1, 2, 3)], "cannot be stored"),
]


@pytest.mark.parametrize(("arrow_type", "values", "message"), REFUSED, ids=lambda value: str(value)[:30])
def test_types_without_counterpart_name_the_column(
    serve: Serve, arrow_type: Any, values: list[Any], message: str
) -> None:
    with pytest.raises(DataLoadError, match=rf"t\.arrow, column 'v': .*{message}"):
        serve({"t.arrow": arrow_file(column(arrow_type, values))})


LOSSY: list[tuple[Any, Any, str]] = [
    (pa.timestamp("ns"), 1_577_934_245_000_000_001, "2020-01-02 03:04:05.000000001"),
    (pa.timestamp("ns", "UTC"), 1, "000000001Z"),
    (pa.timestamp("s"), 2**62, str(2**62)),
    (pa.time64("ns"), 1, "00:00:00.000000001"),
    (pa.duration("ns"), 1500, "1500"),
    (pa.decimal256(76, 0), Decimal(10**38), "1" + "0" * 38),
    (pa.list_(pa.timestamp("ns")), [0, 1], "000000001"),
]


@pytest.mark.parametrize(("arrow_type", "value", "shown"), LOSSY, ids=lambda value: str(value)[:30])
def test_a_value_that_would_be_cut_names_its_row(serve: Serve, arrow_type: Any, value: Any, shown: str) -> None:
    table = pa.table({"v": pa.array([None, [0] if isinstance(value, list) else 0, value], arrow_type)})
    with pytest.raises(DataLoadError) as caught:
        serve({"t.arrow": arrow_file(table)})
    assert "t.arrow, column 'v': row 3: " in str(caught.value)
    assert shown in str(caught.value)


NAMED: list[tuple[Any, Any, str, Any]] = [
    (pa.int64(), 5, "NUMERIC(38,18)", "5.000000000000000000"),
    (pa.string(), "2020-01-02T03:04:05Z", "TIMESTAMP WITH TIME ZONE", "2020-01-02T03:04:05+00:00"),
    (pa.string(), "007", "INTEGER", 7),
    (pa.int64(), 5, "TEXT", "5"),
    (pa.decimal128(38, 18), Decimal("1.5"), "NUMERIC(3,1)", "1.5"),
    (pa.decimal128(38, 18), Decimal(7), "BIGINT", 7),
    (pa.float64(), 2.0, "SMALLINT", 2),
    (pa.int64(), 0, "BOOLEAN", False),
    (pa.timestamp("us"), datetime(2020, 1, 2), "DATE", "2020-01-02"),
    (pa.large_string(), '{"a":1}', "JSON", {"a": 1}),
    (pa.string(), "ab", "VARCHAR(2)", "ab"),
]


@pytest.mark.parametrize(("arrow_type", "value", "sql_type", "given"), NAMED, ids=lambda value: str(value)[:30])
def test_a_named_type(serve: Serve, arrow_type: Any, value: Any, sql_type: str, given: Any) -> None:
    toml = f'[objects.t.columns.v]\ntype = "{sql_type}"\n'
    dataspace = serve({"catalog.toml": toml, "t.arrow": arrow_file(column(arrow_type, [value]))})
    assert [row[0] for row in rows(dataspace, "select v from t order by n")] == [given, None]


@pytest.mark.parametrize(
    ("arrow_type", "value", "sql_type"),
    [
        (pa.float64(), 2.5, "BIGINT"),
        (pa.int64(), 40000, "SMALLINT"),
        (pa.int64(), 2**53 + 1, "DOUBLE PRECISION"),
        (pa.decimal128(38, 18), Decimal("1.25"), "NUMERIC(3,1)"),
        (pa.decimal128(38, 18), Decimal("1234.5"), "NUMERIC(3,1)"),
        (pa.decimal128(38, 0), Decimal("123456789012345678901234"), "NUMERIC(38,18)"),
        (pa.timestamp("us"), datetime(2020, 1, 2, 3), "DATE"),
        (pa.string(), "abc", "VARCHAR(2)"),
        (pa.float64(), 0.1, "REAL"),
        (pa.int64(), 2, "BOOLEAN"),
    ],
)
def test_a_named_type_that_would_lose_something(serve: Serve, arrow_type: Any, value: Any, sql_type: str) -> None:
    toml = f'[objects.t.columns.v]\ntype = "{sql_type}"\n'
    with pytest.raises(DataLoadError, match=r"t\.arrow, column 'v': row 1: "):
        serve({"catalog.toml": toml, "t.arrow": arrow_file(column(arrow_type, [value]))})


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "a"], "columns 'a' and 'a' have one name"),
        (["Id", "ID"], "columns 'Id' and 'ID' have one name"),
        (["a", ""], "column 2 has no usable name"),
        ([], "no columns"),
    ],
)
def test_unusable_names(serve: Serve, names: list[str], message: str) -> None:
    table = pa.Table.from_arrays([pa.array([1])] * len(names), names=names)
    with pytest.raises(DataLoadError, match=message):
        serve({"t.arrow": arrow_file(table)})


WHOLE = pa.table({"a": range(1000), "b": [f"text {n}" for n in range(1000)]})


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("t.parquet", b"", "Parquet"),
        ("t.parquet", b"PAR1 and nothing else PAR1", "Parquet"),
        ("t.parquet", parquet(WHOLE)[:-40], "Parquet"),
        ("t.parquet", b"a,b\n1,2\n", "Parquet"),
        ("t.arrow", b"", "Arrow"),
        ("t.arrow", b"a,b\n1,2\n", "Arrow"),
        ("t.arrow", arrow_file(WHOLE)[:-40], "Arrow"),
        ("t.arrows", arrow_stream(WHOLE)[:-200], "Arrow"),
        ("t.feather", b"FEA1 old", "Feather V1"),
    ],
)
def test_broken_files(serve: Serve, name: str, content: bytes, kind: str) -> None:
    with pytest.raises(DataLoadError) as caught:
        serve({"good.csv": "a\n1\n", name: content})
    assert name in str(caught.value)
    assert kind in str(caught.value)


def test_damage_inside_a_file_is_found(serve: Serve) -> None:
    damaged = bytearray(parquet(WHOLE))
    damaged[100:200] = bytes(100)
    with pytest.raises(DataLoadError, match=r"t\.parquet"):
        serve({"t.parquet": bytes(damaged)})


def test_text_that_is_no_utf8_is_refused(serve: Serve) -> None:
    values = pa.array([b"ok", b"\xff"], pa.binary()).view(pa.string())
    with pytest.raises(DataLoadError, match=r"t\.arrow.*UTF"):
        serve({"t.arrow": arrow_file(pa.table({"a": values}))})


def test_an_exact_cast_is_checked_by_what_comes_back() -> None:
    assert exact_cast(pa.array([1, None]), pa.float64()).to_pylist() == [1.0, None]
    assert exact_cast(pa.array([float("nan")]), pa.float32()).to_pylist()[0] != 0
    with pytest.raises(UnstorableValueError) as caught:
        exact_cast(pa.array([0.5, 0.1]), pa.float32())
    assert (caught.value.index, caught.value.value) == (1, "0.1")
