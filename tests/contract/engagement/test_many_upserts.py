"""Many prospects by one call, on the emulator: who is written, how many requests at once, and what the day's calls say.

Source: wire spec, account-engagement §11, §13. Promised are 25,000 upserts of a DataFrame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from datacloud_dbapi import engagement
from datacloud_dbapi.engagement.errors import DailyLimitError
from datacloud_dbapi.engagement.gateway import Usage
from datacloud_emulator import Emulator
from datacloud_emulator.engagement.settings import EngagementSettings
from tests.contract.engagement.faces import WAYS, client, unit_params

MANY = 25_000
KNOWN = 5_000


@pytest.fixture(scope="module")
def account() -> Iterator[Emulator]:
    with Emulator(sql=False, engagement=EngagementSettings(sample=False)) as running:
        yield running


@pytest.fixture
def empty(account: Emulator) -> Emulator:
    """A business unit of its own for each test, without a prospect, and settings as they are by themselves."""
    account.engagement.settings = EngagementSettings(sample=False)
    account.engagement.add_business_unit(account.business_unit_id)
    return account


def people(count: int) -> pd.DataFrame:
    """Every third has no name, as a frame has it."""
    made: pd.DataFrame = pd.DataFrame(
        {
            "email": [f"p{number}@example.test" for number in range(count)],
            "score": range(count),
            "firstName": [None if number % 3 == 0 else f"N{number}" for number in range(count)],
        }
    )
    return made


def stored(emulator: Emulator) -> list[tuple[Any, Any, Any]]:
    rows = emulator.engagement.rows("Prospect")
    return sorted((row["score"], row["email"], row["firstName"]) for row in rows)


def expected(count: int) -> list[tuple[Any, Any, Any]]:
    return [(n, f"p{n}@example.test", None if n % 3 == 0 else f"N{n}") for n in range(count)]


def test_twenty_five_thousand_of_a_frame(empty: Emulator) -> None:
    known = [{"email": f"p{number}@example.test", "score": -1} for number in range(KNOWN)]
    empty.engagement.load("Prospect", known)
    told: list[tuple[int, int]] = []
    with engagement.connect(**unit_params(empty), http_transport=empty.http_transport) as ae:
        written = ae.prospects.upsert_many(
            people(MANY), fields=("id", "score"), at_once=5, progress=lambda *at: told.append(at)
        )
    assert (written.total, written.count, written.failures) == (MANY, MANY, ())
    assert [record and record["score"] for record in written.records] == list(range(MANY))
    assert stored(empty) == expected(MANY)
    assert told == sorted(set(told))
    assert told[-1] == (MANY, MANY)
    assert 1 < empty.engagement.most_at_once <= 5
    # The question for the day's calls is one itself.
    assert written.usage_before == Usage(1, 100_000)
    # The last answers are read in any order.
    assert written.usage_after is not None
    assert written.usage_after.used in range(MANY - 3, MANY + 2)
    assert empty.engagement.calls_used == MANY + 1


@pytest.mark.parametrize("way", WAYS)
def test_never_more_at_once_than_said(empty: Emulator, way: tuple[str, str]) -> None:
    empty.engagement.settings.calls_at_once = 3
    with client(empty, *way) as ae:
        written = ae.ask(lambda ae: ae.prospects.upsert_many(people(60), at_once=3))
    assert (written.count, stored(empty)) == (60, expected(60))
    assert empty.engagement.most_at_once <= 3


@pytest.mark.parametrize("way", WAYS)
def test_whoever_has_too_few_calls_left_begins_nothing(empty: Emulator, way: tuple[str, str]) -> None:
    empty.engagement.settings.daily_calls = 40
    with client(empty, *way) as ae:
        with pytest.raises(DailyLimitError, match="50 rows are 50 calls, and the business unit has 39 of 40 left"):
            ae.ask(lambda ae: ae.prospects.upsert_many(people(50)))
        assert (empty.engagement.calls_used, stored(empty)) == (1, [])
        # Or begins nevertheless, and is told how far it came.
        with pytest.raises(DailyLimitError) as caught:
            ae.ask(lambda ae: ae.prospects.upsert_many(people(50), check_budget=False, on_error="keep"))
    written = caught.value.written
    assert (written.count, written.unknown, len(stored(empty))) == (39, (), 39)
    assert "39 of 50 rows are written" in (caught.value.hint or "")
    done = {row for row in range(50) if written.records[row] is not None}
    assert {score for score, _, _ in stored(empty)} == done
    assert {*done, *written.not_sent, *(failure.row for failure in written.failures)} == set(range(50))
