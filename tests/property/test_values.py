"""Decoding undoes every spelling the wire spec knows, for values of every type.

Source: wire spec, query §5; faults V1-V6.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import struct
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacloud_dbapi.decode import decode_rows
from datacloud_dbapi.page import Column
from datacloud_dbapi.types import DataType

UTC = dt.timezone.utc
texts = st.text(st.characters(exclude_categories=["Cs"]))


def spelled_clock(draw: st.DrawFn, moment: dt.datetime | dt.time) -> str:
    """Hours to seconds and 0 to 9 digits of fraction, never fewer than the value has."""
    micros = f"{moment.microsecond:06d}"
    shortest = micros.rstrip("0")
    digits = draw(st.sampled_from([shortest, micros, f"{micros}999"]))
    if shortest == micros[:3].rstrip("0"):
        digits = draw(st.sampled_from([digits, micros[:3]]))
    return f"{moment:%H:%M:%S}" + (f".{digits}" if digits else "")


def spelled_date(moment: dt.date) -> str:
    # strftime does not pad the year on every platform.
    return f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"


@st.composite
def dates(draw: st.DrawFn) -> tuple[Any, Any]:
    value = draw(st.dates())
    return draw(st.sampled_from(["{}", "{} 00:00:00.000 UTC", "{}T00:00:00Z"])).format(spelled_date(value)), value


@st.composite
def clock_times(draw: st.DrawFn) -> tuple[Any, Any]:
    value = draw(st.times())
    return spelled_clock(draw, value), value


@st.composite
def timestamps(draw: st.DrawFn) -> tuple[Any, Any]:
    value = draw(st.datetimes())
    separator, zone = draw(st.sampled_from(["T", " "])), draw(st.sampled_from(["", "Z", " UTC", "+00:00", "+0000"]))
    return f"{spelled_date(value)}{separator}{spelled_clock(draw, value)}{zone}", value


@st.composite
def zoned_timestamps(draw: st.DrawFn) -> tuple[Any, Any]:
    offset = draw(st.integers(-18 * 60, 18 * 60))
    local = draw(st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)))
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
    zone = f"{sign}{hours:02d}{draw(st.sampled_from(['', ':']))}{minutes:02d}"
    zone = draw(st.sampled_from(["", "Z", " UTC", "+00:00"])) if offset == 0 else zone
    separator = draw(st.sampled_from(["T", " "]))
    value = (local - dt.timedelta(minutes=offset)).replace(tzinfo=UTC)
    return f"{spelled_date(local)}{separator}{spelled_clock(draw, local)}{zone}", value


@st.composite
def decimals(draw: st.DrawFn) -> tuple[Any, Any]:
    digits, scale = draw(st.integers(-(10**38) + 1, 10**38 - 1)), draw(st.integers(0, 38))
    value = Decimal(f"{digits}E-{scale}")
    text = format(value, "f")
    return draw(st.sampled_from([text, Decimal(text)])), value


@st.composite
def doubles(draw: st.DrawFn) -> tuple[Any, Any]:
    value = draw(st.floats())
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN"), value
    return draw(st.sampled_from([repr(value), Decimal(repr(value)), Decimal(value)])), value


@st.composite
def reals(draw: st.DrawFn) -> tuple[Any, Any]:
    """Nine significant digits name every 32-bit float."""
    value = draw(st.floats(width=32, allow_nan=False, allow_infinity=False))
    return draw(st.sampled_from([f"{value:.9g}", Decimal(f"{value:.9g}")])), value


@st.composite
def integers(draw: st.DrawFn) -> tuple[Any, Any]:
    value = draw(st.integers())
    return draw(st.sampled_from([value, str(value), Decimal(value)])), value


@st.composite
def vectors(draw: st.DrawFn) -> tuple[Any, Any]:
    """Floats as a service writes them, in an array that does not say what it holds; one of them shows it."""
    values = [draw(st.floats(0.001, 0.9)), *draw(st.lists(st.floats() | st.none()))]
    words = {math.inf: "Infinity", -math.inf: "-Infinity"}
    cells = [
        value if value is None else Decimal(repr(value)) if math.isfinite(value) else words.get(value, "NaN")
        for value in values
    ]
    return {"array": cells}, values


def as_is(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any]]:
    return strategy.map(lambda value: (value, value))


documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda part: st.lists(part) | st.dictionaries(texts, part)
)

# Type → pairs of a wire cell and the value it stands for.
WIRE: dict[str, st.SearchStrategy[tuple[Any, Any]]] = {
    "BOOLEAN": as_is(st.booleans()) | st.booleans().map(lambda value: (str(value).lower(), value)),
    "BIGINT": integers(),
    "DECIMAL": decimals(),
    "DOUBLE": doubles(),
    "REAL": reals(),
    "VARCHAR": as_is(texts),
    "DATE": dates(),
    "TIME": clock_times(),
    "TIMESTAMP": timestamps(),
    "TIMESTAMP WITH TIME ZONE": zoned_timestamps(),
    "BINARY": st.binary().map(lambda value: (base64.b64encode(value).decode(), value)),
    "ARRAY": as_is(st.lists(texts | st.none()))
    | st.lists(st.integers()).map(lambda value: ({"array": value}, value))
    | vectors(),
}


def same(got: Any, expected: Any) -> bool:
    if isinstance(expected, float):
        both_nan = math.isnan(expected) and type(got) is float and math.isnan(got)
        return both_nan or (type(got) is float and struct.pack("d", got) == struct.pack("d", expected))
    if isinstance(expected, Decimal):
        return type(got) is Decimal and bool(got.as_tuple() == expected.as_tuple())
    if isinstance(expected, list):
        return type(got) is list and len(got) == len(expected) and all(map(same, got, expected))
    return type(got) is type(expected) and bool(got == expected)


@pytest.mark.fault("V1", "V2", "V3", "V4")
@pytest.mark.parametrize("type_text", WIRE)
def test_decoding_undoes_the_wire(type_text: str) -> None:
    @given(st.lists(WIRE[type_text] | st.just((None, None)), min_size=1))
    def check(pairs: list[tuple[Any, Any]]) -> None:
        column = Column("c", DataType.from_wire(type_text))
        rows, error = decode_rows([column], [[cell] for cell, _ in pairs])
        assert error is None
        assert [pair for (got,), pair in zip(rows, pairs, strict=True) if not same(got, pair[1])] == []

    check()


@given(documents.filter(lambda document: document is not None and not isinstance(document, str)))
def test_a_json_column_keeps_the_document(document: Any) -> None:
    ((got,),), error = decode_rows([Column("c", DataType("JSON"))], [[document]])
    assert error is None
    assert isinstance(got, str)
    assert json.loads(got) == document


@pytest.mark.fault("V2", "V5")
@given(
    st.sampled_from(sorted(WIRE)), st.one_of(texts, st.integers(), st.booleans(), st.lists(st.integers()), st.floats())
)
def test_no_cell_raises(type_text: str, cell: Any) -> None:
    """Whatever stands in a cell, it is a value of the type, text out of Python's years, NULL, or a DataError."""
    expected: dict[str, tuple[type, ...]] = {
        "BOOLEAN": (bool,),
        "BIGINT": (int,),
        "DECIMAL": (Decimal,),
        "DOUBLE": (float,),
        "REAL": (float,),
        "VARCHAR": (str,),
        "DATE": (dt.date, str),
        "TIME": (dt.time,),
        "TIMESTAMP": (dt.datetime, str),
        "TIMESTAMP WITH TIME ZONE": (dt.datetime, str),
        "BINARY": (bytes,),
        "ARRAY": (list,),
    }
    rows, error = decode_rows([Column("c", DataType.from_wire(type_text))], [[cell]])
    if error is None:
        ((value,),) = rows
        assert value is None or isinstance(value, expected[type_text])
    else:
        assert rows == []
        assert len(str(error)) < 200
