"""What the flows of one login share: requests in flight, and the moment to wait for.

Source: wire spec, limits §1 and §3; faults rule 3, S5-S8.
"""

from __future__ import annotations

import asyncio
import heapq
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens, shared_tokens
from datacloud_dbapi.errors import QueryTimeoutError, RateLimitError
from datacloud_dbapi.flow.aio import AsyncRunner
from datacloud_dbapi.flow.effects import (
    Acquire,
    Draw,
    Effect,
    Flow,
    Note,
    Now,
    Request,
    Response,
    RpcError,
    Send,
    Sleep,
    acquire,
    lock,
    sleep,
)
from datacloud_dbapi.flow.limits import RateLimit, RequestBudget
from datacloud_dbapi.flow.retry import NEVER, READ, Deadline, RetryPolicy, send_patiently
from datacloud_dbapi.flow.slots import Place, Slots
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.hyper import Hyper
from tests.unit.driver.hyper_script import HyperStage
from tests.unit.driver.scripted import LOGIN, tenant_login

REQUEST = Request("GET", "https://tenant/api")
PARAMS = {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}


class World:
    """Plays many flows at once on one clock. Each request takes `took` seconds; `serve` answers it when it arrives."""

    def __init__(self, serve: Callable[[int, float], Response], took: float = 1.0) -> None:
        self.serve = serve
        self.took = took
        self.clock = 0.0
        self.sent: list[float] = []
        self.in_flight = self.most_in_flight = 0
        self.outcomes: dict[int, Any] = {}
        self.places: dict[int, Place] = {}
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._events = 0

    def play(self, flows: Iterable[Flow[Any]]) -> list[Any]:
        flows = list(flows)
        for number, flow in enumerate(flows):
            self._at(0.0, lambda number=number, flow=flow: self._go(number, flow, lambda: next(flow)))  # type: ignore[misc]
        while self._agenda:
            self.clock, _, act = heapq.heappop(self._agenda)
            act()
        return [self.outcomes[number] for number in range(len(flows))]

    def _at(self, moment: float, act: Callable[[], None]) -> None:
        self._events += 1
        heapq.heappush(self._agenda, (moment, self._events, act))

    def _go(self, number: int, flow: Flow[Any], step: Callable[[], Effect]) -> None:
        """Continue a flow until it has to wait."""
        try:
            while True:
                effect = step()
                answer: Any = None
                if isinstance(effect, Send):
                    self._begin(number, flow)
                    return
                if isinstance(effect, Sleep):
                    self._at(self.clock + effect.seconds, lambda: self._go(number, flow, lambda: flow.send(None)))
                    return
                if isinstance(effect, Acquire):
                    place = effect.slots.join(effect.most, lambda: self._granted(number, flow))
                    self.places[number] = place
                    if not place.granted:
                        return
                    answer = place.leave
                elif isinstance(effect, Now):
                    answer = self.clock
                elif isinstance(effect, Draw):
                    answer = 1.0
                else:
                    assert isinstance(effect, Note)
                step = lambda answer=answer: flow.send(answer)  # type: ignore[misc]  # noqa: E731 - one step of many
        except StopIteration as end:
            self.outcomes[number] = end.value
        except RateLimitError as error:
            self.outcomes[number] = error

    def _granted(self, number: int, flow: Flow[Any]) -> None:
        self._at(self.clock, lambda: self._go(number, flow, lambda: flow.send(self.places[number].leave)))

    def _begin(self, number: int, flow: Flow[Any]) -> None:
        self.sent.append(self.clock)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        answer = self.serve(len(self.sent), self.clock)

        def arrive() -> None:
            self.in_flight -= 1
            self._go(number, flow, lambda: flow.send(answer))

        self._at(self.clock + self.took, arrive)


def asks(budget: RequestBudget, count: int, **policy: Any) -> list[Flow[Any]]:
    return [send_patiently(REQUEST, READ, RetryPolicy(**policy), budget=budget) for _ in range(count)]


def ok(number: int, moment: float) -> Response:
    return Response(200)


@pytest.mark.parametrize("most", [1, 3, 5])
def test_no_more_than_so_many_are_in_flight_and_each_has_its_turn(most: int) -> None:
    world, budget = World(ok), RequestBudget()
    replies = world.play(asks(budget, 12, max_in_flight=most))
    assert [reply.response.status for reply in replies] == [200] * 12
    assert world.most_in_flight == most
    assert world.sent == [float(number // most) for number in range(12)]
    assert budget._slots.taken == 0


def test_one_429_makes_every_flow_wait_and_they_do_not_come_back_all_at_once() -> None:
    """Of 20 flows the first is told to wait: the four in flight beside it are told the same, 15 never ask."""

    def serve(number: int, moment: float) -> Response:
        return Response(429, {"retry-after": "10"}) if moment < 10 else Response(200)

    world = World(serve)
    replies = world.play(asks(RequestBudget(), 20))
    assert [reply.response.status for reply in replies] == [200] * 20
    # All five answers came at 1 s and asked for 10 s.
    assert [moment for moment in world.sent if moment < 11] == [0.0] * 5
    assert world.sent[5:] == [11.0 + number // 5 for number in range(20)]
    assert world.most_in_flight == 5


def test_a_place_is_not_held_while_its_flow_waits_to_try_again() -> None:
    def serve(number: int, moment: float) -> Response:
        return Response(503, {"retry-after": "30"}) if number == 1 else Response(200)

    world = World(serve)
    world.play(asks(RequestBudget(), 3, max_in_flight=1))
    assert world.sent == [0.0, 1.0, 2.0, 31.0]


def test_who_waits_for_a_place_hears_that_meanwhile_the_service_asked_to_wait() -> None:
    def serve(number: int, moment: float) -> Response:
        return Response(429, {"retry-after": "7"}) if number == 1 else Response(200)

    world = World(serve)
    world.play(asks(RequestBudget(), 3, max_in_flight=1))
    assert world.sent == [0.0, 8.0, 9.0, 10.0]


def test_a_wait_that_does_not_fit_is_an_error_at_once_for_everyone() -> None:
    world, budget = World(lambda number, moment: Response(429, {"retry-after": "3600"})), RequestBudget()
    outcomes = world.play(asks(budget, 7))
    assert world.sent == [0.0] * 5
    assert [reply.response.status for reply in outcomes[:5]] == [429] * 5
    for error in outcomes[5:]:
        assert isinstance(error, RateLimitError)
        assert (error.retry_after, error.request) == (3600.0, "GET /api")


@pytest.mark.parametrize(
    ("headers", "sent_at"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4"}, 5.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "40000"}, 1.0),  # not now; the service will say so itself
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "4"}, 1.0),
        ({"x-ratelimit-remaining": "0"}, 1.0),
    ],
)
def test_when_nothing_remains_the_next_window_is_waited_for(headers: dict[str, str], sent_at: float) -> None:
    world = World(lambda number, moment: Response(200, headers if number == 1 else {}))
    world.play(asks(RequestBudget(), 2, max_in_flight=1))
    assert world.sent == [0.0, sent_at]


@pytest.mark.parametrize(
    ("deadline", "repeat_until"), [(Deadline(9.0), NEVER), (NEVER, Deadline(10.0)), (Deadline(9.0), Deadline(99.0))]
)
def test_nobody_waits_past_a_deadline_or_a_page_window(deadline: Deadline, repeat_until: Deadline) -> None:
    budget = RequestBudget()
    budget.hold(10.0)
    flow = send_patiently(REQUEST, READ, RetryPolicy(), deadline=deadline, repeat_until=repeat_until, budget=budget)
    world = World(ok)
    (error,) = world.play([flow])
    assert (type(error), error.retry_after, world.sent) == (RateLimitError, 10.0, [])


def test_waits_for_others_count_against_the_budget_of_waiting() -> None:
    """40 s are waited because another flow was told so; of the 60 s too few are left for 30 s of one's own."""
    budget = RequestBudget()
    budget.hold(40.0)
    world = World(lambda number, moment: Response(503, {"retry-after": "30"}))
    (reply,) = world.play(asks(budget, 1))
    assert (reply.response.status, world.sent) == (503, [40.0])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {
                "x-ratelimit-limit": "500, 500;w=1, 1000;w=86400",
                "x-ratelimit-remaining": "499",
                "x-ratelimit-reset": "1",
            },
            RateLimit(500, 499, 1.0),
        ),
        ({"x-ratelimit-limit": "1000;w=86400"}, RateLimit(1000, None, None)),
        ({"x-ratelimit-remaining": " 7 , 8", "x-ratelimit-reset": "0.5"}, RateLimit(None, 7, 0.5)),
        ({"x-ratelimit-remaining": "-1", "x-ratelimit-limit": "many", "x-ratelimit-reset": "9" * 40}, None),
        ({"content-type": "text/html"}, None),
    ],
)
def test_the_headers_are_read_leniently(headers: dict[str, str], expected: RateLimit | None) -> None:
    assert RateLimit.read(headers) == expected


def test_a_list_of_windows_does_not_hide_the_wait_of_a_429() -> None:
    world = World(lambda number, moment: Response(429 if number == 1 else 200, {"x-ratelimit-reset": "3, 3;w=1"}))
    world.play(asks(RequestBudget(), 1))
    assert world.sent == [0.0, 4.0]


def test_data_spaces_of_one_login_share_the_budget_and_another_login_does_not() -> None:
    def tokens(**given: Any) -> Tokens:
        return shared_tokens(ConnectParams.resolve(None, {**PARAMS, **given}))

    kept = [tokens(), tokens(dataspace="other"), tokens(client_id="c"), tokens(max_in_flight=2)]
    first, sibling, stranger, modest = kept
    assert sibling.budget is first.budget
    assert stranger.budget is not first.budget
    assert modest is first


class TestGrpc:
    """A gRPC call is a request like any other, but the one that stops a query."""

    @staticmethod
    def hyper() -> tuple[Tokens, Hyper]:
        tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), None, TrustedHosts())
        return tokens, Hyper(tokens, ConnectParams.resolve(None, {**PARAMS, "transport": "hyper"}, {}))

    def test_it_waits_for_the_moment_and_for_its_turn(self) -> None:
        tokens, transport = self.hyper()
        tokens.budget.hold(1010.0)
        scene = HyperStage([LOGIN, tenant_login()], said=[RpcError("INVALID_ARGUMENT", "no")])
        with pytest.raises(Exception, match="no"):
            scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
        assert (scene.sleeps, scene.locks_held) == ([10.0], 0)

    def test_stopping_a_query_waits_for_nobody(self) -> None:
        tokens, transport = self.hyper()
        tokens.budget.hold(1e9)
        scene = HyperStage([LOGIN, tenant_login()], said=[()])
        scene.run(transport._calls.cancel("q-1"))
        assert (scene.methods, scene.sleeps) == (["CancelQuery"], [])


class TestPlaces:
    """The places themselves, with threads and tasks: each waits its turn, none is lost."""

    @staticmethod
    def params() -> ConnectParams:
        return ConnectParams.resolve(None, PARAMS, {})

    def test_a_thread_that_gives_up_at_its_deadline_leaves_no_trace(self) -> None:
        slots, runner = Slots(), Runner(self.params())
        release = runner.run(lock(slots))
        assert runner.run(acquire(slots, 1, 0.0)) is None
        release()
        again = runner.run(acquire(slots, 1, None))
        assert again is not None
        again()
        release()  # a second time does nothing
        assert slots.taken == 0
        runner.close()

    def test_what_is_free_is_taken_at_once_but_not_past_those_who_wait(self) -> None:
        slots = Slots()
        first = slots.take(2)
        modest = slots.join(1, lambda: None)
        assert first is not None
        assert (slots.take(2), modest.granted, slots.taken) == (None, False, 1)
        first.leave()
        assert (modest.granted, slots.taken) == (True, 1)
        last = slots.take(2)
        assert last is not None
        assert (slots.take(2), slots.taken) == (None, 2)

    def test_a_request_that_has_no_turn_before_its_deadline_is_a_timeout(self) -> None:
        budget, runner = RequestBudget(), Runner(self.params(), clock=lambda: 5.0)
        release = runner.run(lock(budget._slots))
        policy = RetryPolicy(max_in_flight=1)
        with pytest.raises(QueryTimeoutError, match="turn"):
            runner.run(send_patiently(REQUEST, READ, policy, deadline=Deadline(5.01), budget=budget))
        release()
        assert budget._slots.taken == 0
        runner.close()

    def test_threads_and_tasks_wait_for_each_other(self) -> None:
        """Four threads and eight tasks share two places; nobody waits for ever, and all are given back."""
        slots = Slots()
        most: list[int] = []

        def flow() -> Flow[None]:
            for _ in range(20):
                release = yield from acquire(slots, 2, None)
                assert release is not None
                most.append(slots.taken)
                yield from sleep(0)
                release()

        runner = Runner(self.params())
        threads = [threading.Thread(target=runner.run, args=(flow(),)) for _ in range(4)]

        async def main() -> None:
            running = AsyncRunner(self.params())
            await asyncio.wait_for(asyncio.gather(*(running.run(flow()) for _ in range(8))), 30)
            await running.close()

        for thread in threads:
            thread.start()
        asyncio.run(main())
        for thread in threads:
            thread.join(30)
        assert (len(most), max(most) <= 2, slots.taken) == (240, True, 0)
        runner.close()

    def test_a_cancelled_task_neither_keeps_nor_loses_a_place(self) -> None:
        slots = Slots()

        async def main() -> list[int]:
            runner = AsyncRunner(self.params())
            release = await runner.run(lock(slots))
            waiting = [asyncio.ensure_future(runner.run(lock(slots))) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()  # while it waits
            await asyncio.sleep(0)
            release()
            waiting[1].cancel()  # just when its turn has come
            last = await asyncio.wait_for(waiting[2], 10)
            held = slots.taken
            last()
            await runner.close()
            return [held, slots.taken]

        assert asyncio.run(main()) == [1, 0]

    def test_a_loop_that_is_gone_does_not_keep_the_others_waiting(self) -> None:
        slots, runner = Slots(), Runner(self.params())
        release = runner.run(lock(slots))
        closed = asyncio.new_event_loop()
        closed.close()
        gone = slots.join(1, lambda: closed.call_soon_threadsafe(print))
        granted = threading.Event()
        slots.join(1, granted.set)
        release()
        assert granted.is_set()
        assert not gone.granted
        runner.close()
