"""Type names in SQL and types from the Metadata API. Source: wire spec, hyper §4.4; metadata §2.2."""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from datacloud_dbapi.types import TypeCode
from datacloud_sqlalchemy import DataCloudDialect
from datacloud_sqlalchemy.types import reflected_type

DIALECT = DataCloudDialect()

NAMES: list[tuple[Any, str]] = [
    (sa.Numeric(), "NUMERIC(38, 18)"),
    (sa.Numeric(scale=2), "NUMERIC(38, 2)"),
    (sa.Numeric(10), "NUMERIC(10, 0)"),
    (sa.DECIMAL(18, 2), "NUMERIC(18, 2)"),
    (sa.Float(), "DOUBLE PRECISION"),
    (sa.Float(24), "REAL"),
    (sa.Float(53), "DOUBLE PRECISION"),
    (sa.REAL(), "REAL"),
    (sa.SmallInteger(), "SMALLINT"),
    (sa.Integer(), "INTEGER"),
    (sa.BigInteger(), "BIGINT"),
    (sa.Boolean(), "BOOLEAN"),
    (sa.String(), "VARCHAR"),
    (sa.String(20), "VARCHAR(20)"),
    (sa.Unicode(20), "VARCHAR(20)"),
    (sa.NVARCHAR(20), "VARCHAR(20)"),
    (sa.CHAR(3), "CHAR(3)"),
    (sa.Text(), "TEXT"),
    (sa.CLOB(), "TEXT"),
    (sa.Enum("a", "bcd"), "VARCHAR(3)"),
    (sa.LargeBinary(), "BYTEA"),
    (sa.VARBINARY(10), "BYTEA"),
    (sa.Date(), "DATE"),
    (sa.Time(), "TIME"),
    (sa.DateTime(), "TIMESTAMP"),
    (sa.DateTime(timezone=True), "TIMESTAMP WITH TIME ZONE"),
    (sa.Interval(), "INTERVAL"),
    (sa.JSON(), "JSON"),
    (sa.ARRAY(sa.Integer()), "INTEGER[]"),
    (postgresql.UUID(), "VARCHAR(36)"),
]
if hasattr(sa, "Uuid"):  # SQLAlchemy 2
    NAMES += [(sa.Uuid(), "VARCHAR(36)"), (sa.Double(), "DOUBLE PRECISION")]


@pytest.mark.parametrize(("type_", "name"), NAMES, ids=[f"{type_!r}" for type_, _ in NAMES])
def test_names(type_: Any, name: str) -> None:
    assert type_.compile(dialect=DIALECT) == name


@pytest.mark.parametrize(
    ("api_type", "name"),
    [
        ("STRING", "VARCHAR"),
        ("NUMBER", "NUMERIC(38, 18)"),
        ("DATE", "DATE"),
        ("DATE_TIME", "TIMESTAMP WITH TIME ZONE"),
        ("BOOLEAN", "BOOLEAN"),
        ("EMBEDDING", "VARCHAR"),  # unknown ⇒ text
    ],
)
def test_reflected_types(api_type: str, name: str) -> None:
    assert reflected_type(api_type).compile(dialect=DIALECT) == name


def test_a_reflected_array_has_elements_of_no_known_type() -> None:
    array = reflected_type("ARRAY")
    assert isinstance(array, sa.ARRAY)
    assert isinstance(array.item_type, sa.types.NullType)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (sa.Numeric(38, 18), Decimal("12345678901234567890.123456789012345678")),
        (sa.Boolean(), True),
        (sa.DateTime(timezone=True), dt.datetime(2026, 1, 31, tzinfo=dt.timezone.utc)),
        (sa.Date(), dt.date(2026, 1, 31)),
        (sa.Float(), 0.1),
        (sa.LargeBinary(), b"\x00"),
        (sa.ARRAY(sa.Integer()), [1, None]),
    ],
    ids=repr,
)
def test_values_of_the_driver_pass_as_they_are(type_: Any, value: object) -> None:
    convert = type_.dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert (convert(value) if convert else value) == value
    assert type(convert(value) if convert else value) is type(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1DT4S", dt.timedelta(days=1, seconds=4)),
        ("PT4H5M6.789000S", dt.timedelta(hours=4, minutes=5, seconds=6, microseconds=789000)),
        ("P-1DT-2H", dt.timedelta(days=-1, hours=-2)),
        ("PT-0.500000S", dt.timedelta(microseconds=-500000)),
        ("PT0S", dt.timedelta()),
        (None, None),
    ],
)
def test_an_interval_becomes_a_timedelta(text: str | None, expected: dt.timedelta | None) -> None:
    convert: Any = sa.Interval().dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert convert(text) == expected


@pytest.mark.parametrize("text", ["P1M", "P1Y2M3D", "1 day"])
def test_an_interval_of_months_is_no_timedelta(text: str) -> None:
    convert: Any = sa.Interval().dialect_impl(DIALECT).result_processor(DIALECT, None)
    with pytest.raises(ValueError, match="read it as text"):
        convert(text)


@pytest.mark.parametrize("value", [dt.date(2026, 1, 31), dt.datetime(2026, 1, 31, 23, 59), None])
def test_a_datetime_bound_as_a_date_is_its_date(value: dt.date | None) -> None:
    bind: Any = sa.Date().dialect_impl(DIALECT).bind_processor(DIALECT)
    assert type(bind(value)) in (dt.date, type(None))
    literal = sa.select(sa.literal(value, sa.Date)).compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
    assert ("2026-01-31'" in str(literal)) == (value is not None)


def test_a_decimal_becomes_a_float_only_when_asked() -> None:
    convert = sa.Numeric(asdecimal=False).dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert convert is not None
    assert convert(Decimal("0.5")) == 0.5
    assert isinstance(convert(Decimal("0.5")), float)


@pytest.mark.parametrize(
    ("type_", "sent", "code", "expected"),
    [
        (sa.Float(), 0.1, "DOUBLE", None),
        (sa.REAL(), 0.5, "REAL", None),
        (getattr(sa, "Double", sa.FLOAT)(), 0.1, "DOUBLE", None),
        (sa.Float(), Decimal("0.5"), "NUMERIC(38,18)", 0.5),
        (sa.Float(), 1, "BIGINT", 1.0),
        (sa.Float(), Decimal("0.5"), None, 0.5),
        (sa.Float(asdecimal=True), 0.5, "DOUBLE", Decimal("0.5")),
    ],
    ids=repr,
)
def test_only_a_column_of_other_numbers_is_made_floats(
    type_: Any, sent: object, code: str | None, expected: object
) -> None:
    """`expected` is None where no processor may run at all."""
    coltype = None if code is None else TypeCode(code)
    convert = type_.dialect_impl(DIALECT).result_processor(DIALECT, coltype)
    if expected is None:
        assert convert is None
    else:
        assert convert(sent) == expected
        assert type(convert(sent)) is type(expected)


@pytest.mark.parametrize("as_uuid", [True, False])
def test_a_uuid_is_text_with_dashes(as_uuid: bool) -> None:
    # SQLAlchemy 1.4 has PostgreSQL's type only.
    make: Any = getattr(sa, "Uuid", postgresql.UUID)
    value = uuid.UUID(int=1)
    given = value if as_uuid else str(value)
    impl = make(as_uuid=as_uuid).dialect_impl(DIALECT)
    bind, read = impl.bind_processor(DIALECT), impl.result_processor(DIALECT, None)
    assert (bind(given) if bind else given) == "00000000-0000-0000-0000-000000000001"
    assert (read(str(value)) if read else str(value)) == given


@pytest.mark.parametrize(
    ("item", "value", "text"),
    [
        (sa.Integer(), [1, None, -2], "[1,NULL,-2]"),
        (sa.String(), ["a", '"', "\\", "x,y", ""], '["a","\\"","\\\\","x,y",""]'),
        (sa.Boolean(), [True, False], "[true,false]"),
        (sa.Date(), [dt.date(2026, 1, 31)], '["2026-01-31"]'),
        (sa.Numeric(38, 18), [Decimal("1E+3"), Decimal("0.1")], "[1000,0.1]"),
        (sa.Float(), [0.1, float("inf")], "[0.1,Infinity]"),
        (sa.Integer(), (), "[]"),
    ],
)
def test_a_list_is_bound_as_the_text_of_an_array(item: Any, value: Any, text: str) -> None:
    bind: Any = sa.ARRAY(item).dialect_impl(DIALECT).bind_processor(DIALECT)
    assert bind(value) == text
    assert bind(None) is None


@pytest.mark.parametrize(
    ("item", "sent", "read"),
    [
        (sa.Date(), ["2026-01-31", None], [dt.date(2026, 1, 31), None]),
        (sa.Date(), [dt.date(2026, 1, 31)], [dt.date(2026, 1, 31)]),
        (
            sa.DateTime(timezone=True),
            ["2026-01-31 00:00:00.000 UTC"],
            [dt.datetime(2026, 1, 31, tzinfo=dt.timezone.utc)],
        ),
        (sa.Numeric(3, 1), [1.5, 2.0], [Decimal("1.5"), Decimal("2.0")]),
        (sa.Float(), [1, "NaN"], [1.0, float("nan")]),
        (sa.Interval(), ["P1DT2S"], [dt.timedelta(days=1, seconds=2)]),
        (sa.JSON(), [{"a": 1}, '{"b": 2}'], [{"a": 1}, {"b": 2}]),
        (sa.types.NullType(), ["2026-01-31"], ["2026-01-31"]),
    ],
)
def test_elements_are_read_as_their_type_says(item: Any, sent: list[Any], read: list[Any]) -> None:
    convert: Any = sa.ARRAY(item).dialect_impl(DIALECT).result_processor(DIALECT, None)
    assert repr(convert(sent)) == repr(read)
    assert convert(None) is None


def test_business_types_are_plain_unless_asked_for() -> None:
    utils = pytest.importorskip("sqlalchemy_utils", reason="business types are those of sqlalchemy_utils")
    pytest.importorskip("phonenumbers", reason="PhoneNumberType needs it")
    assert DIALECT.business_types is False
    assert isinstance(reflected_type("STRING", "EMAIL"), utils.EmailType)
    assert isinstance(reflected_type("STRING", "URL"), utils.URLType)
    assert isinstance(reflected_type("STRING", "PHONE"), utils.PhoneNumberType)
    assert isinstance(reflected_type("STRING", "TEXT"), sa.VARCHAR)
    assert isinstance(reflected_type("NUMBER", "EMAIL"), sa.NUMERIC)
    assert DataCloudDialect(business_types=True).business_types is True


def test_business_types_without_their_package_are_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy_utils", None)
    with pytest.raises(sa.exc.ArgumentError, match="pip install sqlalchemy-utils"):
        DataCloudDialect(business_types=True)
