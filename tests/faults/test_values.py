"""Values out and in, at the public names: odd cells, rows that do not convert, parameters that look like SQL.

Cells are made odd in the service's own answer, byte by byte, on every transport that answers in JSON text. That every
spelling is read right is shown in `tests/unit/driver/test_decode.py`. Source: wire spec, faults V1-V13; query §5, §13.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from datacloud_dbapi import DataError, NotSupportedError, ProgrammingError
from datacloud_emulator import Emulator, Fault
from tests.faults.reading import failed_for_good
from tests.faults.ways import WAYS, Way, every_way
from tests.faults.world import EXPECTED, NUMBERS, World

UTC = dt.timezone.utc
BAD_ROW = 18
"""On the second page where there is one; of more rows than `fetchmany` is asked for where there is not."""

in_json = pytest.mark.parametrize(
    "way", [way for way in WAYS if not (way.arrow or way.over_grpc)], ids=lambda way: way.transport
)


def spoilt(number: int, **cells: str) -> Callable[[Any], Any]:
    """For `Fault(change=…)`: in the row whose first value is `number`, these columns read so, as JSON text."""

    def change(body: Any) -> Any:
        if not isinstance(body, dict) or "data" not in body:
            return body
        for row in body["data"]:
            if isinstance(row, dict):
                row.update(dict.fromkeys(cells, "@@") if row["n"] == number else ())
            elif row[0] == number:
                row[1:] = ["@@"] * len(cells)
        head, *rest = json.dumps(body, default=str).split('"@@"')
        return head + "".join(map("".join, zip(cells.values(), rest, strict=True))) if rest else head

    return change


def same(got: Any, expected: Any) -> bool:
    """Equal, of one class, with the sign of zero, every digit and the same zone."""
    if type(got) is not type(expected):
        return False
    if isinstance(expected, (float, Decimal)):
        return repr(got) == repr(expected)
    return bool(got == expected) and (not isinstance(expected, dt.datetime) or got.utcoffset() == expected.utcoffset())


DIGITS = "12345678901234567890.123456789012345678"
LONG = "1" + "0" * 4999 + "7"
NOON = dt.datetime(2024, 6, 10, 12)

DOUBLE, NUMERIC, BIGINT = "DOUBLE PRECISION", "DECIMAL(38,18)", "BIGINT"
PLAIN, ZONED = "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"
# type of the column, the cell as JSON text, the value
GOOD: list[tuple[str, str, Any]] = [
    (NUMERIC, DIGITS, Decimal(DIGITS)),
    (NUMERIC, f'"{DIGITS}"', Decimal(DIGITS)),
    (NUMERIC, "1.500000000000000000", Decimal("1.500000000000000000")),
    (BIGINT, str(2**63), 2**63),
    (BIGINT, f'"{2**63}"', 2**63),
    (BIGINT, f'"{LONG}"', 10**5000 + 7),
    (DOUBLE, "NaN", math.nan),
    (DOUBLE, '"NaN"', math.nan),
    (DOUBLE, "Infinity", math.inf),
    (DOUBLE, '"-Infinity"', -math.inf),
    (DOUBLE, "-0.0", -0.0),
    (PLAIN, '"2024-06-10T12:00:00Z"', NOON),
    (PLAIN, '"2024-06-10 12:00:00.123"', NOON.replace(microsecond=123_000)),
    (ZONED, '"2024-06-10T12:00:00+00:00"', NOON.replace(tzinfo=UTC)),
    (ZONED, '"2024-06-10T17:30:00+0530"', NOON.replace(tzinfo=UTC)),
    (ZONED, '"2024-06-10 12:00:00.123456999Z"', NOON.replace(microsecond=123_456, tzinfo=UTC)),
]
BAD: list[tuple[str, str]] = [
    (BIGINT, "1.5"),
    *((kind, raw) for kind in (NUMERIC, BIGINT) for raw in ("NaN", '"NaN"', "Infinity")),
    *((kind, raw) for kind in ("DATE", PLAIN, ZONED) for raw in ("10", '"10"', '"03/04/2024"', '"tomorrow"')),
]


@pytest.mark.fault("V1", "V2", "V3", "V4")
@in_json
def test_a_cell_is_its_value_to_the_last_digit(world: World, way: Way) -> None:
    cells = {f"c{number}": raw for number, (_, raw, _) in enumerate(GOOD)}
    world.emulator.faults.add(Fault("*", times=None, change=spoilt(1, **cells)))
    columns = ", ".join(f"CAST(NULL AS {kind}) AS c{number}" for number, (kind, _, _) in enumerate(GOOD))
    (row,) = way.execute(world.connect(way.transport), f"SELECT 1 AS n, {columns}").fetchall()
    assert [(raw, got) for (_, raw, value), got in zip(GOOD, row[1:], strict=True) if not same(got, value)] == []


@pytest.mark.fault("V2", "V3", "V5")
@in_json
def test_a_cell_that_is_no_value_of_its_type_is_an_error(world: World, way: Way) -> None:
    connection = world.connect(way.transport)
    for kind, raw in BAD:
        world.emulator.faults.clear()
        world.emulator.faults.add(Fault("*", times=None, change=spoilt(1, c=raw)))
        cursor = way.execute(connection, f"SELECT 1 AS n, CAST(NULL AS {kind}) AS c")
        with pytest.raises(DataError, match="'c', row 1"):
            pytest.fail(f"{kind} {raw} became {cursor.fetchone()}")


@pytest.mark.fault("V2")
@in_json
def test_a_number_beyond_what_python_reads_is_an_error(world: World, way: Way) -> None:
    """As text it is read digit by digit; as a number of the JSON text it would take hours, were it long enough."""
    world.emulator.faults.add(Fault("*", times=None, change=spoilt(1, c=LONG)))
    with pytest.raises(DataError, match="digits"):
        way.execute(world.connect(way.transport), f"SELECT 1 AS n, CAST(NULL AS {BIGINT}) AS c")


@pytest.fixture
def paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process in a zone whose clocks change."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.fault("V6")
@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this platform cannot change its time zone at run time")
@every_way
def test_the_local_time_zone_plays_no_part(world: World, way: Way, paris: None) -> None:
    """In Paris, 02:30 on 31 March 2024 does not exist, and 27 October has it twice."""
    moments = [dt.datetime(2024, 3, 31, 2, 30), dt.datetime(2024, 10, 27, 2, 30)]
    sql = ", ".join(f"TIMESTAMP '{moment}', TIMESTAMP WITH TIME ZONE '{moment}+00:00'" for moment in moments)
    connection = world.connect(way.transport)
    for statement, values in (
        (f"SELECT * FROM (VALUES ({sql})) AS t(a, b, c, d)", None),
        ("SELECT ? AS a, ? AS b, ? AS c, ? AS d", [each for m in moments for each in (m, m.replace(tzinfo=UTC))]),
    ):
        cursor = connection.cursor()
        (row,) = cursor.execute(statement, values, arrow=way.arrow).fetchall()
        for naive, aware, moment in zip(row[::2], row[1::2], moments, strict=True):
            assert same(naive, moment)
            assert same(aware, moment.replace(tzinfo=UTC))


@pytest.mark.fault("V7", "V8")
@in_json
@pytest.mark.parametrize("prefetch", [0, 1])
@pytest.mark.parametrize("by_one", [False, True])
def test_the_rows_before_a_bad_one_are_given_and_it_stays_in_the_way(
    world: World, way: Way, prefetch: int, by_one: bool
) -> None:
    world.emulator.faults.add(Fault("*", times=None, change=spoilt(BAD_ROW, c='"eighteen"')))
    cursor = way.execute(
        world.connect(way.transport, prefetch=prefetch), NUMBERS.replace("SELECT n", "SELECT n, n AS c")
    )
    good = [cursor.fetchone() for _ in range(BAD_ROW - 1)] if by_one else cursor.fetchmany(100)
    assert good == [(n, n) for (n,) in EXPECTED[: BAD_ROW - 1]]
    error = failed_for_good(cursor, world)
    assert isinstance(error, DataError)
    assert f"'c', row {BAD_ROW}" in str(error)
    assert (error.rows_given, cursor.rownumber) == (BAD_ROW - 1, BAD_ROW - 1)


HOSTILE = [
    *(
        "it's",
        '"',
        "\\",
        "\\'",
        "--",
        "/*",
        "*/",
        ":x",
        "?",
        "$$",
        "$t$'$t$",
        "%s",
        "{}",
        "::int",
        "\n\r\t",
        "",
        " ",
        "𝄞",
    ),
    "'; SELECT 2; --",
    "E'\\''",
    "' OR '1'='1",
    "') UNION SELECT ('x",
]


@pytest.mark.fault("V9")
@every_way
@pytest.mark.parametrize("named", [True, False])
def test_text_comes_back_equal_and_is_never_sql(world: World, way: Way, named: bool) -> None:
    connection = world.connect(way.transport)
    world.forget()
    places = [f":p{number}" if named else "?" for number in range(len(HOSTILE))]
    sql = "SELECT " + ", ".join(f"{place} AS c{number}" for number, place in enumerate(places)) + ", 'end' AS z"
    values: Any = {place[1:]: text for place, text in zip(places, HOSTILE, strict=True)} if named else HOSTILE
    cursor = connection.cursor()
    cursor.execute(sql, values, arrow=way.arrow)
    assert cursor.fetchall() == [(*HOSTILE, "end")]
    assert [column[0] for column in cursor.description] == [*(f"c{n}" for n in range(len(HOSTILE))), "z"]
    assert world.sent[way.statement] == 1


@pytest.mark.fault("V10")
@every_way
@pytest.mark.parametrize("values", [None, {}, [], {"v": "x"}], ids=repr)
def test_what_only_looks_like_a_placeholder_is_left_alone(world: World, way: Way, values: Any) -> None:
    connection = world.connect(way.transport)
    world.forget()
    last = ":v" if values else "'x'"
    sql = f"""SELECT ':a' AS a, '?' AS b, "x:y?" AS c, $$:q ?$$ AS d, E'\\':e' AS e, 1::int AS f, {last} AS g
        /* :n ? ' */ FROM (SELECT 7 AS "x:y?") t -- :z ? '"""
    cursor = connection.cursor()
    assert cursor.execute(sql, values, arrow=way.arrow).fetchall() == [(":a", "?", 7, ":q ?", "':e", 1, "x")]
    assert world.sent[way.statement] == 1


@pytest.mark.fault("V11")
@every_way
def test_parameters_that_do_not_fit_are_not_sent(world: World, way: Way) -> None:
    cursor = world.connect(way.transport).cursor()
    world.forget()
    for sql, values in (
        ("SELECT :a", {}),
        ("SELECT :a, :b", {"a": 1}),
        ("SELECT :a", {"a": 1, "b": 2}),
        ("SELECT ?", []),
        ("SELECT ?", [1, 2]),
        ("SELECT :a", [1]),
        ("SELECT ?", {"a": 1}),
        ("SELECT ?", "x"),
        ("SELECT ?", {1}),
        ("SELECT ?", 1),
    ):
        with pytest.raises(ProgrammingError):
            pytest.fail(f"{sql} with {values} was run: {cursor.execute(sql, values, arrow=way.arrow)}")
    assert not world.sent


EXACT: list[tuple[Any, Any]] = [
    (Decimal("12345678901234567890.123456789012345678"), Decimal("12345678901234567890.123456789012345678")),
    (Decimal("-0.10"), Decimal("-0.10")),
    (dt.date(2024, 2, 29), dt.date(2024, 2, 29)),
    (dt.datetime(2024, 2, 29, 1, 2, 3, 4), dt.datetime(2024, 2, 29, 1, 2, 3, 4)),
    (
        dt.datetime(2024, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
        dt.datetime(2023, 12, 31, 19, 30, tzinfo=UTC),
    ),
    (True, True),
    (None, None),
    (0.1, 0.1),
    (math.nan, math.nan),
    (-0.0, -0.0),
    (-(2**63), -(2**63)),
]
REFUSED: list[Any] = [Decimal("NaN"), Decimal("Infinity"), 10**38, Decimal("1E-39"), "a\0b", object(), {1}, 1j, []]


@pytest.mark.fault("V12")
@every_way
def test_a_value_is_encoded_exactly_or_not_sent(world: World, way: Way) -> None:
    cursor = world.connect(way.transport).cursor()
    world.forget()
    sql = "SELECT " + ", ".join(f"? AS c{number}" for number in range(len(EXACT)))
    (row,) = cursor.execute(sql, [sent for sent, _ in EXACT], arrow=way.arrow).fetchall()
    assert [(got, value) for got, (_, value) in zip(row, EXACT, strict=True) if not same(got, value)] == []
    assert world.sent[way.statement] == 1
    # Bytes travel back in Arrow only over gRPC, whose service says so before it runs the statement.
    assert cursor.execute("SELECT :b AS b", {"b": b"\0\xff'"}, arrow=way.arrow).fetchall() == [(b"\0\xff'",)]
    world.forget()
    for bad in REFUSED:
        with pytest.raises((ProgrammingError, NotSupportedError), match=":who "):
            pytest.fail(f"{bad!r} was sent: {cursor.execute('SELECT :who', {'who': bad}, arrow=way.arrow)}")
    assert not world.sent


@pytest.mark.fault("V13")
def test_a_reflected_name_is_no_pattern_and_no_sql(org: Emulator) -> None:
    org.faults.clear()
    engine = sa.create_engine(org.url, connect_args={"http_transport": org.http_transport})
    org.requests.clear()
    inspector = sa.inspect(engine)
    assert inspector.has_table("ssot__Individual__dlm")
    for name in (
        "ssot__Individual__dl_",
        "ssot__Individual%",
        "ssot__Individual__dlm'--",
        "x' OR '1'='1",
        '"',
        "%",
        "_",
    ):
        assert not inspector.has_table(name)
        with pytest.raises(sa.exc.NoSuchTableError):
            inspector.get_columns(name)
    assert {record.operation for record in org.requests} <= {"token", "exchange", "metadata"}
    engine.dispose()
