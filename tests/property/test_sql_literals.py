"""Values of every SQLAlchemy type to the engine and back: written into the text, and bound.

What is sent comes back equal and of the same class. Source: wire spec, hyper §3, §4.1.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from datacloud_emulator import Emulator

pytestmark = pytest.mark.sockets
pytest.importorskip("tableauhyperapi", reason="the engine's wheel has no build for this platform")

UTC = dt.timezone.utc
on_engine = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=["rest-v2", "hyper"])
def connection(datacloud_emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[Any]:
    params = datacloud_emulator.connect_params(transport=request.param)
    engine = sa.create_engine(datacloud_emulator.url, connect_args=params)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


# A NUL and half a surrogate pair are refused, see the unit tests.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
decimals = st.decimals(-(10**20) + 1, 10**20 - 1, allow_nan=False, places=18)
naive = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999))
aware = st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 12, 31), timezones=st.just(UTC))
lengths = st.timedeltas(dt.timedelta(days=-99999), dt.timedelta(days=99999))
floats = st.floats(allow_nan=True, allow_infinity=True)
json_values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
uuids: Any = getattr(sa, "Uuid", postgresql.UUID)

# type → values of it
TYPES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "text": (sa.String(), texts),
    "integer": (sa.Integer(), st.integers(-(2**31), 2**31 - 1)),
    "bigint": (sa.BigInteger(), st.integers(-(2**63), 2**63 - 1)),
    "numeric": (sa.Numeric(38, 18), decimals),
    "double": (sa.Float(), floats),
    "boolean": (sa.Boolean(), st.booleans()),
    "date": (sa.Date(), st.dates()),
    "time": (sa.Time(), st.times()),
    "timestamp": (sa.DateTime(), naive),
    "timestamp with time zone": (sa.DateTime(timezone=True), aware),
    "interval": (sa.Interval(), lengths),
    "bytes": (sa.LargeBinary(), st.binary(max_size=20)),
    "uuid": (uuids(as_uuid=True), st.uuids()),
    "json": (sa.JSON(), json_values),
    "text[]": (sa.ARRAY(sa.String()), st.lists(st.none() | texts, max_size=4)),
    "bigint[]": (sa.ARRAY(sa.BigInteger()), st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=4)),
    "numeric[]": (sa.ARRAY(sa.Numeric(38, 18)), st.lists(st.none() | decimals, max_size=4)),
    "double[]": (sa.ARRAY(sa.Float()), st.lists(st.none() | floats, max_size=4)),
    "boolean[]": (sa.ARRAY(sa.Boolean()), st.lists(st.none() | st.booleans(), max_size=4)),
    "date[]": (sa.ARRAY(sa.Date()), st.lists(st.none() | st.dates(), max_size=4)),
    "timestamp[]": (sa.ARRAY(sa.DateTime()), st.lists(st.none() | naive, max_size=4)),
}


def same(got: Any, sent: Any) -> bool:
    if isinstance(sent, list) and isinstance(got, list):
        return len(got) == len(sent) and all(map(same, got, sent))
    if isinstance(sent, float) and isinstance(got, float):
        return (math.isnan(got) and math.isnan(sent)) or (got, math.copysign(1, got)) == (sent, math.copysign(1, sent))
    return type(got) is type(sent) and bool(got == sent)


def both_ways(connection: Any, value: Any, type_: Any) -> list[Any]:
    """The value as it comes back, from a bound value and from one that the compiler writes into the text.

    It is read with its type both times; CAST gives it the type that a bare literal may lack.
    """
    statement = sa.select(sa.cast(sa.literal(value, type_), type_).label("x"))
    text = str(statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    written = connection.exec_driver_sql(text).scalar()
    read = type_.dialect_impl(connection.dialect).result_processor(connection.dialect, None)
    return [connection.execute(statement).scalar(), read(written) if read else written]


@pytest.mark.parametrize("name", TYPES)
def test_a_value_comes_back(connection: Any, name: str) -> None:
    type_, values = TYPES[name]

    @on_engine
    @given(values)
    def check(value: Any) -> None:
        for got in both_ways(connection, value, type_):
            assert same(got, value), (value, got)

    check()


DOCUMENTS: list[Any] = [{"a": 'it\'s "x" \\ 🙂'}, [], "", 0, False]
ODD: list[tuple[Any, Any]] = [
    *[(sa.String(), text) for text in ("'", "''", "\\", "\\'", "é🙂", "--", "/*", ":x", "%", "%%", "", "\n", "$$")],
    *[(sa.Numeric(38, 0), Decimal(text)) for text in ("9" * 38, "-" + "9" * 38, "0")],
    *[(sa.Numeric(38, 38), Decimal(f"0.{'1' * 38}"))],
    *[(sa.Float(), number) for number in (math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308)],
    *[(sa.LargeBinary(), data) for data in (b"", b"\x00\xff'\\")],
    *[(sa.Date(), day) for day in (dt.date.min, dt.date.max)],
    *[(sa.JSON(), document) for document in DOCUMENTS],
    *[(sa.ARRAY(sa.String()), [text]) for text in ('"', "\\", "a,b", "NULL", "null", "", "[", "]", " x ", "\n\t", "'")],
    (uuids(as_uuid=True), uuid.UUID(int=2**128 - 1)),
]


@pytest.mark.parametrize(("type_", "value"), ODD, ids=repr)
def test_an_odd_value_comes_back(connection: Any, type_: Any, value: Any) -> None:
    for got in both_ways(connection, value, type_):
        assert same(got, value)


@pytest.mark.parametrize("name", TYPES)
def test_null_comes_back(connection: Any, name: str) -> None:
    type_: Any = sa.JSON(none_as_null=True) if name == "json" else TYPES[name][0]
    assert connection.execute(sa.select(sa.cast(sa.null(), type_))).scalar() is None
    assert connection.execute(sa.select(sa.literal(None, type_))).scalar() is None
