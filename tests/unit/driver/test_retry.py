"""What is sent again: every cell of the wire spec's table, faults rule 2, and the budget of rule 3."""

from __future__ import annotations

import pytest

from datacloud_dbapi.errors import ConnectionLostError, QueryTimeoutError, ServerUnreachableError
from datacloud_dbapi.flow.effects import Request, Response
from datacloud_dbapi.flow.retry import PAGE, READ, SUBMIT, Deadline, Repeatable, RetryPolicy, send_patiently
from tests.unit.driver.scripted import Answer, Stage

POLICY = RetryPolicy()
REQUEST = Request("GET", "https://tenant/api")
OK = Response(200)


def stage(answers: list[Answer], *, clock: float = 1000.0) -> Stage:
    """Where every wait is as long as it may be."""
    return Stage(answers, clock, jitter=lambda: 1.0)


def refused() -> Exception:
    return ServerUnreachableError("refused")


def lost() -> Exception:
    return ConnectionLostError("reset")


@pytest.mark.fault("S3", "S4", "S5")
@pytest.mark.parametrize(
    ("kind", "fault", "sent_again"),
    [
        (READ, refused(), True),
        (READ, Response(429), True),
        (READ, Response(503), True),
        (READ, lost(), True),
        (READ, Response(500), True),
        (READ, Response(502), True),
        (READ, Response(504), True),
        (SUBMIT, refused(), True),
        (SUBMIT, Response(429), True),
        (SUBMIT, Response(503), True),
        (SUBMIT, lost(), False),
        (SUBMIT, Response(500), False),
        (SUBMIT, Response(502), False),
        (SUBMIT, Response(504), False),
        (PAGE, refused(), True),
        (PAGE, Response(429), True),
        (PAGE, Response(503), True),
        (PAGE, lost(), False),
        (PAGE, Response(500), False),
        (PAGE, Response(502), False),
        (PAGE, Response(504), False),
        (READ, Response(400), False),
        (READ, Response(401), False),
        (READ, Response(403), False),
        (READ, Response(404), False),
        (READ, Response(408), False),
        (READ, Response(302), False),
    ],
)
def test_who_may_be_sent_again(kind: Repeatable, fault: Answer, sent_again: bool) -> None:
    scene = stage([fault, OK])
    flow = send_patiently(REQUEST, kind, POLICY)
    if sent_again:
        assert scene.run(flow).response is OK
        assert len(scene.requests) == 2
    elif isinstance(fault, Response):
        assert scene.run(flow).response is fault
        assert len(scene.requests) == 1
    else:
        with pytest.raises(type(fault)):
            scene.run(flow)
        assert len(scene.requests) == 1


@pytest.mark.fault("S8")
def test_three_tries_with_growing_waits_then_the_last_answer_stands() -> None:
    scene = stage([Response(429), Response(429), Response(429)])
    reply = scene.run(send_patiently(REQUEST, SUBMIT, POLICY))
    assert (reply.response.status, reply.attempts) == (429, 3)
    assert scene.sleeps == [0.5, 1.0]


@pytest.mark.fault("S8")
def test_waits_are_jittered_between_nothing_and_the_whole_pause() -> None:
    draws = iter([0.0, 0.5])
    scene = Stage([refused(), refused(), OK], jitter=lambda: next(draws))
    scene.run(send_patiently(REQUEST, READ, POLICY))
    assert scene.sleeps == [0.0, 0.5]


def test_the_last_failure_carries_the_number_of_tries() -> None:
    scene = stage([refused(), refused(), refused()])
    with pytest.raises(ServerUnreachableError) as caught:
        scene.run(send_patiently(REQUEST, READ, POLICY))
    assert caught.value.attempts == 3


@pytest.mark.fault("S5", "S6")
@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"retry-after": "2"}, [2.0]),
        ({"x-ratelimit-reset": "7"}, [7.0]),
        ({"retry-after": "Mon, 05 Jan 2026 10:00:09 GMT", "date": "Mon, 05 Jan 2026 10:00:00 GMT"}, [9.0]),
    ],
)
def test_a_wait_that_the_server_asks_for_is_obeyed(headers: dict[str, str], waits: list[float]) -> None:
    scene = stage([Response(429, headers), OK])
    scene.run(send_patiently(REQUEST, SUBMIT, POLICY))
    assert scene.sleeps == waits


@pytest.mark.fault("S7")
def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    scene = stage([Response(429, {"retry-after": "86400"})])
    assert scene.run(send_patiently(REQUEST, SUBMIT, POLICY)).response.status == 429
    assert scene.sleeps == []


def test_no_waiting_past_the_deadline() -> None:
    scene = stage([Response(503), OK], clock=10.0)
    reply = scene.run(send_patiently(REQUEST, READ, POLICY, deadline=Deadline(10.4)))
    assert (reply.response.status, scene.sleeps) == (503, [])


def test_a_page_window_forbids_the_next_try_but_not_the_first() -> None:
    scene = stage([Response(503)], clock=200.0)
    reply = scene.run(send_patiently(REQUEST, PAGE, POLICY, repeat_until=Deadline(170.0)))
    assert (reply.response.status, len(scene.requests)) == (503, 1)


def test_nothing_is_sent_once_the_deadline_has_passed() -> None:
    scene = stage([], clock=50.0)
    with pytest.raises(QueryTimeoutError):
        scene.run(send_patiently(REQUEST, READ, POLICY, deadline=Deadline(50.0)))


def test_every_request_carries_its_deadline() -> None:
    scene = stage([OK], clock=1.0)
    scene.run(send_patiently(REQUEST, READ, POLICY, deadline=Deadline(5.0)))
    assert scene.requests[0].deadline == 5.0
