"""`-p NAME[:TYPE]=VALUE`. Source: public surface, §5."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import click
import pytest

from datacloud_dbapi.cli.parameters import bind_values
from datacloud_dbapi.cli.query import query

UTC = dt.timezone.utc
CONTEXT = click.Context(query)
PARAM = query.params[0]

VALUES: list[tuple[str, object]] = [
    ("x=", ""),
    ("x=00123", "00123"),
    ("x=a=b:c", "a=b:c"),
    ("x= two\nlines ", " two\nlines "),
    ("x:text=5", "5"),
    ("x:int=-5", -5),
    ("x:int=00012345678901234567890", 12345678901234567890),
    ("x:decimal=9.90", Decimal("9.90")),
    ("x:decimal=.5", Decimal("0.5")),
    ("x:float=1e-3", 0.001),
    ("x:float=Infinity", math.inf),
    ("x:bool=TRUE", True),
    ("x:bool=false", False),
    ("x:date=2026-01-31", dt.date(2026, 1, 31)),
    ("x:time=08:30:00.5", dt.time(8, 30, 0, 500_000)),
    ("x:timestamp=2026-01-31 08:30", dt.datetime(2026, 1, 31, 8, 30)),
    ("x:timestamp=2026-01-31T08:30:00.000001", dt.datetime(2026, 1, 31, 8, 30, 0, 1)),
    ("x:timestamp=2026-01-31T08:30:00Z", dt.datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
    ("x:timestamp=2026-01-31T08:30:00.25+01:00", dt.datetime(2026, 1, 31, 7, 30, 0, 250_000, UTC)),
    ("x:null=", None),
]


@pytest.mark.parametrize(("given", "value"), VALUES, ids=[given for given, _ in VALUES])
def test_values(given: str, value: object) -> None:
    bound = bind_values(CONTEXT, PARAM, (given,))
    assert bound == {"x": value}
    assert type(bound["x"]) is type(value)
    assert str(bound["x"]) == str(value) or isinstance(value, dt.datetime)


def test_several() -> None:
    assert bind_values(CONTEXT, PARAM, ("a=1", "b_2:int=1")) == {"a": "1", "b_2": 1}
    assert bind_values(CONTEXT, PARAM, ()) == {}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("x", "NAME=VALUE"),
        ("=1", "NAME=VALUE"),
        ("1x=1", "NAME=VALUE"),
        ("x y=1", "NAME=VALUE"),
        ("x:number=1", "no type 'number'"),
        ("x:int=1.0", "is no int"),
        ("x:int=1_000", "is no int"),
        ("x:int= 1", "is no int"),
        ("x:int=١", "is no int"),
        ("x:decimal=1e3", "is no decimal"),
        ("x:decimal=NaN", "is no decimal"),
        ("x:float=one", "is no float"),
        ("x:bool=1", "is no bool"),
        ("x:date=20260131", "is no date"),
        ("x:date=2026-02-30", "is no date"),
        ("x:date=31.01.2026", "is no date"),
        ("x:time=25:00", "is no time"),
        ("x:timestamp=2026-01-31", "is no timestamp"),
        ("x:timestamp=2026-01-31T08:30:00.0000001", "is no timestamp"),
        ("x:null=0", "is no null"),
    ],
)
def test_what_is_not_plain_is_refused(given: str, reason: str) -> None:
    with pytest.raises(click.BadParameter, match=reason):
        bind_values(CONTEXT, PARAM, (given,))


def test_a_name_given_twice() -> None:
    with pytest.raises(click.BadParameter, match="x is given twice"):
        bind_values(CONTEXT, PARAM, ("x=1", "x=1"))
