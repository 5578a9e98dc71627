"""Literals and placeholders against the real engine: what is bound comes back equal, and nothing else changes.

Source: wire spec, faults V9, V10, V12; query §13.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from datacloud_dbapi.binding import bind
from datacloud_dbapi.errors import ProgrammingError

hyper = pytest.importorskip("tableauhyperapi", reason="the engine's wheel has no build for this platform")

Ask = Callable[[str], list[Any]]
# One engine answers every example, so the fixture may be shared; how long it takes is its own affair.
on_engine = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Runs a statement on Hyper; the only row, as Python values."""
    parameters = {"default_database_version": "4", "log_config": ""}
    with (
        hyper.HyperProcess(hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=parameters) as process,
        hyper.Connection(process.endpoint) as connection,
    ):

        def one_row(sql: str) -> list[Any]:
            (row,) = connection.execute_list_query(sql)
            return [_python(value) for value in row]

        yield one_row


def _python(value: Any) -> Any:
    """The engine client's own classes as the standard library's."""
    if isinstance(value, hyper.Timestamp):
        return value.to_datetime()
    if isinstance(value, hyper.Date):
        return value.to_date()
    if isinstance(value, hyper.Interval):
        assert value.months == 0
        return dt.timedelta(days=value.days, microseconds=value.microseconds)
    return value


def _same(got: Any, sent: Any) -> bool:
    if isinstance(sent, float):
        both_nan = math.isnan(sent) and math.isnan(got)
        return type(got) is float and (both_nan or (got == sent and math.copysign(1, got) == math.copysign(1, sent)))
    if isinstance(sent, int) and abs(sent) >= 2**63:
        return bool(got == sent)
    if isinstance(sent, dt.datetime) and sent.tzinfo is not None:
        # Wall times that a change of clocks skips or repeats equal nothing in another zone.
        sent = sent.astimezone(dt.timezone.utc)
    return type(got) is type(sent) and bool(got == sent)


# Every character but NUL and halves of surrogate pairs.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
decimals = st.integers(-(10**38) + 1, 10**38 - 1).flatmap(
    lambda digits: st.integers(0, 38).map(lambda scale: Decimal(f"{digits}E-{scale}"))
)
values: dict[str, st.SearchStrategy[Any]] = {
    "None": st.none(),
    "bool": st.booleans(),
    "int": st.integers(-(2**63), 2**63 - 1),
    "big int": st.integers(-(10**38) + 1, 10**38 - 1),
    "Decimal": decimals,
    "float": st.floats(),
    "str": texts,
    "date": st.dates(),
    "time": st.times(),
    "datetime": st.datetimes(),
    "aware datetime": st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29), timezones=st.timezones()),
    "timedelta": st.timedeltas(),
    "bytes": st.binary(),
}


@pytest.mark.fault("V9", "V12")
@pytest.mark.parametrize("kind", values)
def test_a_bound_value_comes_back_equal(ask: Ask, kind: str) -> None:
    @on_engine
    @given(st.lists(values[kind], min_size=1, max_size=8))
    def check(sent: list[Any]) -> None:
        statement = bind(f"SELECT {', '.join('?' * len(sent))}", sent)
        got = ask(statement)
        assert [s for g, s in zip(got, sent, strict=True) if not _same(g, s)] == [], statement

    check()


EDGES: list[Any] = [
    2**63 - 1,
    -(2**63),
    2**63,
    -(2**63) - 1,
    10**38 - 1,
    Decimal("0"),
    Decimal("-0.00"),
    Decimal("0.12345678901234567890123456789012345678"),
    Decimal("1234567890123456789.0123456789012345678"),
    Decimal("1E+37"),
    Decimal("7"),
    5e-324,
    1.7976931348623157e308,
    -0.0,
    math.nan,
    math.inf,
    -math.inf,
    dt.date.min,
    dt.date.max,
    dt.datetime(1, 1, 1),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999_999),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, dt.timezone.utc),
    dt.timedelta(microseconds=-1),
    dt.timedelta.max,
    b"",
    "",
]


@pytest.mark.fault("V12")
@pytest.mark.parametrize("sent", EDGES, ids=repr)
def test_an_edge_value_comes_back_equal(ask: Ask, sent: Any) -> None:
    (got,) = ask(bind("SELECT :value", {"value": sent}))
    assert _same(got, sent), got


@pytest.mark.parametrize(
    ("sql", "parameters", "expected"),
    [
        ("SELECT 5 -:x", {"x": -3}, [8]),
        ("SELECT 5 -:x", {"x": Decimal("-0.5")}, [Decimal("5.5")]),
        ("SELECT 7 / :x", {"x": Decimal(2)}, [Decimal("3.5")]),
        ("SELECT 7 / :x", {"x": 2}, [3]),
        ("SELECT :x::text", {"x": -5}, ["-5"]),
        ("SELECT 1 LIMIT:n", {"n": 1}, [1]),
        ("SELECT'a'||?||'b'", ["c"], ["acb"]),
        ("SELECT 2 IN :two, 3 IN :two", {"two": [1, 2]}, [True, False]),
        ("SELECT DATE :d, INTERVAL :i", {"d": "2024-02-29", "i": "1 day"}, [dt.date(2024, 2, 29), dt.timedelta(1)]),
        ("SELECT array_to_string((array[4,5,6])[1:n], ',') FROM (SELECT 2 AS n) t", {}, ["4,5"]),
        ("SELECT array_to_string((array[4,5,6])[2: :n], ',')", {"n": 3}, ["5,6"]),
        ("SELECT (array[4,5,6])[:n]", {"n": 3}, [6]),
        ("SELECT :u", {"u": uuid.UUID(int=7)}, ["00000000-0000-0000-0000-000000000007"]),
    ],
)
def test_a_placeholder_stands_wherever_a_value_may(ask: Ask, sql: str, parameters: Any, expected: list[Any]) -> None:
    assert ask(bind(sql, parameters)) == expected


# Text that would break out of a literal, or pose as a placeholder, if anything went wrong.
hostile = st.lists(
    st.sampled_from(["'", "''", "\\", '"', "--", "/*", "*/", ":x", "?", "$$", "$t$", "::", "\n", "\r", "E'", "a", " "])
).map("".join)


def _escaped(text: str) -> str:
    for plain, escape in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n")):
        text = text.replace(plain, escape)
    return text


quotings: list[Callable[[str], str]] = [
    lambda text: "'" + text.replace("'", "''") + "'",
    lambda text: "N'" + text.replace("'", "''") + "'",
    lambda text: "u&'" + text.replace("\\", "\\\\").replace("'", "''") + "'",
    lambda text: "E'" + _escaped(text) + "'",
    # An E-string that goes on after a comment and a line break, still with its backslashes.
    lambda text: "e'" + _escaped(text) + "' /* ' */ -- '\n  '" + _escaped(text) + "'",
    lambda text: "$q$" + text + "$q$",
    lambda text: "$$" + text.replace("$", "") + "$$",
]
comments = st.one_of(
    st.just(""),
    hostile.map(lambda text: f"-- {text.replace(chr(10), '').replace(chr(13), '')}\n"),
    hostile.map(lambda text: f"/* {text.replace('*/', '')} */"),
)


@pytest.mark.fault("V9", "V10")
@on_engine
@given(st.lists(st.tuples(comments, st.integers(0, len(quotings)), hostile), min_size=1, max_size=8), st.booleans())
@example([("", 0, "' ; -- :x"), ("-- ' :x\n", 7, "'"), ("/* ' ? */", 3, "\\")], True)
def test_only_placeholders_are_replaced(ask: Ask, items: list[tuple[str, int, str]], named: bool) -> None:
    """A statement of hostile literals and comments, some items bound: the engine reads every item as it was meant."""
    parts: list[str] = []
    bound: dict[str, str] = {}
    expected: list[str] = []
    for number, (comment, quoting, text) in enumerate(items):
        if quoting == len(quotings):
            bound[f"p{number}"] = text
            parts.append(f"{comment}:p{number}" if named else f"{comment}?")
            expected.append(text)
        else:
            parts.append(comment + quotings[quoting](text))
            expected.append({4: text * 2, 6: text.replace("$", "")}.get(quoting, text))
    statement = bind(f"SELECT {', '.join(parts)}", bound if named else list(bound.values()))
    assert ask(statement) == expected, statement


@pytest.mark.fault("V10")
@on_engine
@given(hostile.filter(lambda name: name != ""), hostile)
def test_a_quoted_name_is_left_alone(ask: Ask, name: str, text: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    assert ask(bind(f"SELECT {quoted} || :x FROM (SELECT 'a' AS {quoted}) t", {"x": text})) == ["a" + text]


@pytest.mark.fault("V12")
@pytest.mark.parametrize(
    "bad",
    [10**38, -(10**38), Decimal("1E+38"), Decimal("1E-39"), Decimal("NaN"), Decimal("-Infinity"), "a\0b", []],
    ids=repr,
)
def test_what_the_engine_would_change_is_refused(bad: Any) -> None:
    with pytest.raises(ProgrammingError, match=":x "):
        bind("SELECT :x", {"x": bad})
