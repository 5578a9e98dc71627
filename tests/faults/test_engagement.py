"""Writes to Account Engagement when things go wrong: at most once, and an error whenever nobody can tell.

Each test runs blocking and awaited, in process on a clock that pauses move; the rows marked so over sockets as well.
The emulator says what it holds in the end. Source: wire spec, faults rules 1-3 and E1-E5; account-engagement §10.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from datacloud_dbapi import profiles
from datacloud_dbapi.engagement.aio import AsyncEngagement
from datacloud_dbapi.engagement.client import Engagement
from datacloud_dbapi.engagement.errors import ConcurrencyLimitError, DailyLimitError, NotFoundError
from datacloud_dbapi.errors import AuthenticationError, ConnectionLostError, Error, OperationalError, RateLimitError
from datacloud_dbapi.flow.aio import AsyncRunner
from datacloud_dbapi.flow.sync import Runner
from datacloud_emulator import Clock, Emulator
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.faults import Fault
from tests.faults.line import held
from tests.faults.proxy import Proxy
from tests.faults.proxy import Way as Break
from tests.faults.world import FACES, Blocking, World

CREATE, UPDATE, DELETE, ACTION = (f"engagement-{name}" for name in ("create", "update", "delete", "action"))
ADDRESS = "pat@example.test"


@pytest.fixture(scope="module")
def account() -> Iterator[Emulator]:
    """Account Engagement alone, with no prospect but the tests' own, and a clock that stands."""
    clock = Clock(dt.datetime(2026, 1, 5, 9, tzinfo=dt.timezone.utc))
    with Emulator(sql=False, clock=clock, engagement=EngagementSettings(sample=False)) as running:
        yield running


@dataclass
class Unit(World):
    """One client of the business unit, in the world's time; its records are the emulator's own word.

    `on_pause` hears of each pause.
    """

    on_pause: Callable[[], object] = lambda: None

    def client(self, **more: Any) -> Any:
        """A client; in process unless it is told a place of its own."""
        given = {
            **self.emulator.connect_params(),
            "business_unit_id": self.emulator.business_unit_id,
            "engagement_url": self.emulator.login_url,
            **more,
        }
        awaited = self.face == "asyncio"
        if "engagement_url" not in more:
            given["http_transport"] = self.emulator.async_http_transport if awaited else self.emulator.http_transport
        params = profiles.resolve(None, given, {})
        if awaited:
            runner = AsyncRunner(params, clock=self.time, pause=self._pause_awaited, jitter=self._draw)
            made: Any = Blocking(self._loop, AsyncEngagement(params, runner=runner))
        else:
            made = Engagement(params, runner=Runner(params, clock=self.time, pause=self._pause, jitter=self._draw))
        self._opened.append(made)
        made.ping()
        self.forget()
        return made

    def _pause(self, seconds: float) -> None:
        super()._pause(seconds)
        self.on_pause()

    @property
    def prospects(self) -> list[tuple[str, Any]]:
        """The address and the score of each that there is."""
        rows = self.emulator.engagement.rows("Prospect", deleted="false")
        return [(row["email"], row["score"]) for row in rows]


@pytest.fixture(params=FACES)
def unit(request: pytest.FixtureRequest, account: Emulator) -> Iterator[Unit]:
    account.faults.clear()
    # One of its own for each test, without a record.
    account.engagement.add_business_unit(account.business_unit_id)
    made = Unit(account, request.param)
    yield made
    made.close()


def failed(call: Callable[[], Any], kind: type[Error] = Error) -> Error:
    """The error that a call ends in."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value


UNCLEAR = {
    "no answer": Fault(CREATE, reset="after"),
    "a reset before it is read": Fault(CREATE, reset="before"),
    "a reset within the answer": Fault(CREATE, reset="within", keep=3),
    "a cut answer": Fault(CREATE, cut=True, keep=3),
    **{str(status): Fault(CREATE, status=status) for status in (500, 502, 503, 504)},
    # Whatever has carried it out, a proxy on the way may say otherwise.
    "183": Fault(CREATE, status=500, body={"code": 183, "message": "try again"}),
    "202": Fault(CREATE, status=429, body={"code": 202, "message": "ran too long"}),
}


@pytest.mark.fault("E1")
@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
def test_a_create_that_nobody_can_tell_of_is_sent_once(unit: Unit, fault: Fault) -> None:
    client = unit.client()
    unit.emulator.faults.add(fault)
    error = failed(lambda: client.prospects.create({"email": ADDRESS}), OperationalError)
    assert (error.maybe_applied, error.attempts in (None, 1), unit.sleeps) == (True, True, [])
    assert unit.sent == {CREATE: 1}
    assert "query" in (error.hint or "")
    assert ADDRESS not in str(error)


@pytest.mark.fault("E1")
@pytest.mark.parametrize("call", ["upsert", "undelete", "add_tag", "do"])
def test_nor_is_an_action(unit: Unit, call: str) -> None:
    client = unit.client()
    number = client.prospects.create({"email": ADDRESS})["id"]
    tag = client.tags.create({"name": "hot"})["id"]
    unit.forget()
    unit.emulator.faults.add(Fault(ACTION, reset="after"))
    calls: dict[str, Callable[[], Any]] = {
        "upsert": lambda: client.prospects.upsert(ADDRESS, {"score": 5}),
        "undelete": lambda: client.prospects.undelete(number),
        "add_tag": lambda: client.prospects.add_tag(number, tag),
        "do": lambda: client.tags.do("mergeTags", tag, tagIds=[tag]),
    }
    error = failed(calls[call], ConnectionLostError)
    assert (error.maybe_applied, unit.sleeps, unit.sent) == (True, [], {ACTION: 1})


BROKEN = {
    "no answer": Break("no-answer"),
    "reset": Break("reset-after-request"),
    "cut": Break("cut", keep=20),
    "cut in the body": Break("cut", keep=200),
    "cut, reset": Break("cut", keep=200, rst=True),
}


def through(unit: Unit, proxy: Proxy, **more: Any) -> Any:
    """A client of the business unit that speaks to the proxy, and has logged in past it."""
    return unit.client(engagement_url=proxy.origin, read_timeout=0.3, **more)


@held("E1")
@pytest.mark.sockets
@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_the_same_over_sockets(unit: Unit, fault: Break) -> None:
    with Proxy(unit.emulator.login_url) as proxy:
        client = through(unit, proxy)
        proxy.script(fault)
        error = failed(lambda: client.prospects.create({"email": ADDRESS}), ConnectionLostError)
        assert (error.maybe_applied, error.attempts, unit.sleeps) == (True, 1, [])
        assert (proxy.requests, proxy.connections) == (1, 1)
        # It was made, and is found as the hint says.
        assert unit.sent == {CREATE: 1}
        assert unit.prospects == [(ADDRESS, 0)]
        assert client.prospects.query(["email"], filters={"email": ADDRESS}).all() == [{"email": ADDRESS}]


@held("E1")
@pytest.mark.sockets
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_inside_over_sockets(unit: Unit, status: int) -> None:
    unit.emulator.faults.add(Fault(CREATE, status=status))
    with Proxy(unit.emulator.login_url) as proxy:
        error = failed(lambda: through(unit, proxy).prospects.create({"email": ADDRESS}), OperationalError)
        assert (error.maybe_applied, error.http_status, proxy.requests) == (True, status, 1)


@held("E2")
@pytest.mark.sockets
def test_a_create_that_never_left_is_sent_again(unit: Unit) -> None:
    with Proxy(unit.emulator.login_url) as proxy:
        client = through(unit, proxy)
        proxy.refuse()
        unit.on_pause = proxy.listen  # up again by then
        assert client.prospects.create({"email": ADDRESS})["id"] > 0
    assert (unit.sent, unit.prospects, len(unit.sleeps)) == ({CREATE: 1}, [(ADDRESS, 0)], 1)


@pytest.mark.fault("E2")
def test_a_create_that_was_turned_away_is_sent_again(unit: Unit) -> None:
    client = unit.client()
    unit.emulator.faults.add(Fault(CREATE, status=429, body=""))
    assert client.prospects.create({"email": ADDRESS})["id"] > 0
    assert (unit.sent, unit.prospects, unit.sleeps) == ({CREATE: 2}, [(ADDRESS, 0)], [0.5])


@pytest.mark.fault("E2")
def test_a_create_that_is_always_turned_away_is_certainly_not_made(unit: Unit) -> None:
    client = unit.client()
    unit.emulator.faults.add(Fault(CREATE, status=429, body="", times=None))
    error = failed(lambda: client.prospects.create({"email": ADDRESS}), RateLimitError)
    assert (error.maybe_applied, error.attempts, unit.sent, unit.prospects) == (None, 3, {CREATE: 3}, [])


STATUSES = (400, 429, 503)


@pytest.mark.fault("E3")
@pytest.mark.parametrize("status", STATUSES)
def test_too_many_at_once_waits_for_its_turn(unit: Unit, status: int) -> None:
    client = unit.client()
    unit.emulator.faults.add(Fault(CREATE, status=status, body={"code": 66, "message": "five at once"}))
    assert client.prospects.create({"email": ADDRESS})["id"] > 0
    # A second, and by chance another one at most.
    assert (unit.sent, unit.prospects, unit.sleeps) == ({CREATE: 2}, [(ADDRESS, 0)], [2.0])


@pytest.mark.fault("E3")
def test_but_not_for_ever(unit: Unit) -> None:
    client = unit.client()
    unit.emulator.faults.add(Fault(CREATE, status=429, body={"code": 66, "message": "five at once"}, times=None))
    error = failed(lambda: client.prospects.create({"email": ADDRESS}), ConcurrencyLimitError)
    assert (error.maybe_applied, error.attempts, unit.sent, unit.sleeps) == (None, 5, {CREATE: 5}, [2.0] * 4)


@pytest.mark.fault("E3")
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("operation", [CREATE, UPDATE, "engagement-query"])
def test_the_days_calls_used_up_fails_at_once(unit: Unit, status: int, operation: str) -> None:
    client = unit.client()
    number = client.prospects.create({"email": ADDRESS})["id"]
    unit.forget()
    unit.emulator.faults.add(Fault(operation, status=status, body={"code": 122, "message": "used up"}))
    calls: dict[str, Callable[[], Any]] = {
        CREATE: lambda: client.prospects.create({"email": "other@example.test"}),
        UPDATE: lambda: client.prospects.update(number, {"score": 5}),
        "engagement-query": lambda: client.prospects.query(["id"]).all(),
    }
    error = failed(calls[operation], DailyLimitError)
    assert (error.attempts, unit.sent, unit.sleeps) == (1, {operation: 1}, [])
    assert "midnight" in (error.hint or "")


LOST = {
    "no answer": {"reset": "after"},
    "before": {"reset": "before"},
    **{str(status): {"status": status, "body": ""} for status in (429, 500, 502, 503, 504)},
    "66": {"status": 429, "body": {"code": 66, "message": "five at once"}},
}


@pytest.mark.fault("E4")
@pytest.mark.parametrize("facts", LOST.values(), ids=LOST)
def test_an_update_is_sent_again(unit: Unit, facts: dict[str, Any]) -> None:
    client = unit.client()
    number = client.prospects.create({"email": ADDRESS})["id"]
    unit.forget()
    unit.emulator.faults.add(Fault(UPDATE, **facts))
    assert client.prospects.update(number, {"score": 5}) == {}
    assert (unit.sent, unit.prospects, len(unit.sleeps)) == ({UPDATE: 2}, [(ADDRESS, 5)], 1)


@pytest.mark.fault("E4")
def test_an_update_that_stays_unclear_says_so(unit: Unit) -> None:
    client = unit.client()
    number = client.prospects.create({"email": ADDRESS})["id"]
    unit.forget()
    unit.emulator.faults.add(Fault(UPDATE, reset="after", times=None))
    error = failed(lambda: client.prospects.update(number, {"score": 5}), ConnectionLostError)
    assert (error.maybe_applied, error.attempts, unit.sent) == (True, 3, {UPDATE: 3})


@pytest.mark.fault("E5")
def test_a_delete_whose_answer_was_lost_is_done(unit: Unit) -> None:
    client = unit.client()
    number = client.prospects.create({"email": ADDRESS})["id"]
    unit.forget()
    unit.emulator.faults.add(Fault(DELETE, reset="after"))
    assert client.prospects.delete(number) is None
    assert (unit.sent, unit.prospects) == ({DELETE: 2}, [])


@pytest.mark.fault("E5")
def test_a_delete_of_what_is_not_there_is_no_success(unit: Unit) -> None:
    """A 429 did nothing, so a record that is not there after it was not there before."""
    client = unit.client()
    unit.emulator.faults.add(Fault(DELETE, status=429))
    error = failed(lambda: client.prospects.delete(12345), NotFoundError)
    assert (error.maybe_applied, unit.sent) == (None, {DELETE: 2})


def test_a_dead_token_is_renewed_once_and_the_write_made_once(unit: Unit) -> None:
    client = unit.client()
    unit.emulator.faults.add(Fault(CREATE, expire_token=True))
    assert client.prospects.create({"email": ADDRESS})["id"] > 0
    assert (unit.sent, unit.prospects) == ({CREATE: 2, "token": 1}, [(ADDRESS, 0)])
    unit.forget()
    unit.emulator.faults.add(Fault(CREATE, expire_token=True, times=2))
    error = failed(lambda: client.prospects.create({"email": "other@example.test"}), AuthenticationError)
    assert (error.maybe_applied, unit.sent) == (None, {CREATE: 2, "token": 1})


@pytest.mark.fault("E1", "E2", "E3")
def test_of_many_rows_each_is_made_at_most_once(unit: Unit) -> None:
    """A fault of each kind among forty rows: those that are certain are made once, those that are not say so."""
    client = unit.client()
    crowded = {"code": 66, "message": "five at once"}
    for after, facts in enumerate(
        ({"reset": "after"}, {"status": 502}, {"status": 429}, {"status": 429, "body": crowded}, {"reset": "before"})
    ):
        unit.emulator.faults.add(Fault(CREATE, after=5 * after + 2, **facts))  # type: ignore[arg-type]  # as Fault has them
    rows = [{"email": f"p{number}@example.test", "score": number} for number in range(40)]
    written = client.prospects.create_many(rows, on_error="keep", check_budget=False)
    assert (written.count, len(written.failures), len(written.unknown)) == (37, 3, 3)
    made = unit.prospects
    assert len(made) == len(set(made)) == 38  # of the three, the one whose answer alone was lost
    certain = {(row["email"], row["score"]) for row, record in zip(rows, written.records, strict=True) if record}
    assert certain <= set(made)
    unknown = {(rows[row]["email"], rows[row]["score"]) for row in written.unknown}
    assert set(made) - certain <= unknown
