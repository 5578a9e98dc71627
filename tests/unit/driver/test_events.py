"""What the driver tells of its work. Source: public surface, §1 (`on_event`); wire spec, faults K2."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import threading
from typing import Any

import httpx
import pytest

import datacloud_dbapi
from datacloud_dbapi import Event, aio
from datacloud_dbapi.connection import Connection
from datacloud_dbapi.events import Reporter
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams
from tests.unit.driver.test_two_runners import Script, Scripted, answer, login

SECRETS = ("hush-hush", "00D!x", "Bearer", "id-of-a-page", "424242", "SELECT")
GIVEN: dict[str, Any] = {
    "login_url": "https://a.my.salesforce.com",
    "client_id": "a",
    "client_secret": "hush-hush",
    "transport": "rest-v2",
}


def script() -> Script:
    return [
        *login(),
        httpx.Response(503, headers={"retry-after": "0"}),
        answer([[424242]], done=False, nextBatchId="id-of-a-page", queryId="q-7"),
        answer([[424242], [424242]]),
    ]


def blocking(**given: Any) -> list[Any]:
    with datacloud_dbapi.connect(**GIVEN, http_transport=Scripted(script()), **given) as connection:
        return connection.cursor().execute("SELECT 1").fetchall()


def awaiting(**given: Any) -> list[Any]:
    async def main() -> list[Any]:
        async with await aio.connect(**GIVEN, http_transport=Scripted(script()), **given) as connection:
            return await (await connection.cursor().execute("SELECT 1")).fetchall()

    return asyncio.run(main())


EXPECTED = [
    ("request", "POST /services/oauth2/token", 200, 1, None, None),
    ("refresh", None, None, None, None, None),
    ("request", "POST /services/a360/token", 200, 1, None, None),
    ("request", "POST /api/v2/query", 503, 1, None, None),
    ("retry", "POST /api/v2/query", 503, 1, None, None),
    ("request", "POST /api/v2/query", 200, 2, None, None),
    ("page", None, None, None, "q-7", 1),
    ("request", "GET /api/v2/query/…", 200, 1, "q-7", None),
    ("page", None, None, None, "q-7", 2),
]


def facts(event: Event) -> tuple[Any, ...]:
    target = None if event.path is None else f"{event.method} {event.path}"
    return (event.kind, target, event.status, event.attempt, event.query_id, event.rows)


@pytest.mark.parametrize("run", [blocking, awaiting])
def test_every_request_retry_refresh_and_page_is_told(run: Any) -> None:
    seen: list[Event] = []
    assert run(on_event=seen.append, prefetch=0) == [(424242,)] * 3
    assert [facts(event) for event in seen] == EXPECTED
    assert seen[4].wait == 0.0
    for event in seen:
        assert (event.bytes is not None, event.seconds is not None) == (
            event.kind == "request",
            event.kind in ("request", "refresh"),
        )


@pytest.mark.parametrize("run", [blocking, awaiting])
def test_no_event_and_no_log_line_of_ours_holds_a_secret(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="datacloud")
    seen: list[Event] = []
    run(on_event=seen.append)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("datacloud")]
    assert sorted(lines) == sorted(map(str, seen))
    shown = "\n".join(lines) + "\n".join(map(repr, seen))
    assert not [secret for secret in SECRETS if secret in shown]


def test_a_log_that_is_switched_on_later_hears_of_what_comes_then(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("datacloud.request")
    transport = Scripted([*login(), answer([[1]]), answer([[1]]), answer([[1]])])
    with datacloud_dbapi.connect(**GIVEN, http_transport=transport) as connection:
        told = []
        for level in (logging.WARNING, logging.DEBUG, logging.INFO):
            with caplog.at_level(level, logger=log.name):
                connection.cursor().execute("SELECT 1")
            told.append(sum(record.name == log.name for record in caplog.records))
    assert told == [0, 1, 1]


@pytest.mark.parametrize("run", [blocking, awaiting])
def test_a_callable_that_fails_is_said_once_and_changes_nothing(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    def failing(event: Event) -> None:
        raise ZeroDivisionError("424242")

    assert run(on_event=failing) == [(424242,)] * 3
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said == ["on_event failed with ZeroDivisionError; this is said once"]


def test_ctrl_c_in_a_callable_is_ctrl_c() -> None:
    def interrupted(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        blocking(on_event=interrupted)


@pytest.mark.parametrize("failure", [httpx.ReadError("reset"), httpx.ConnectError("refused")])
def test_a_request_that_fails_is_told_by_the_class_of_its_error(failure: Exception) -> None:
    seen: list[Event] = []
    transport = Scripted([*login(), failure])
    params = ConnectParams.resolve(
        None, {**GIVEN, "http_transport": transport, "on_event": seen.append, "max_attempts": 1}, {}
    )
    with Connection(params, runner=Runner(params, clock=lambda: 5.0)) as connection:
        with pytest.raises(datacloud_dbapi.OperationalError) as caught:
            connection.cursor().execute("SELECT 1")
        last = seen[-1]
        assert (last.kind, last.status, last.error) == ("request", None, type(caught.value).__name__)
        assert (last.seconds, str(last)) == (0.0, f"POST /api/v2/query → {last.error}, 0 ms, try 1")


def test_a_page_fetched_ahead_is_told_on_the_thread_that_fetches_it() -> None:
    """The documented threads: a request on the thread that sends it, a page on the reader's."""
    threads: dict[str, set[str]] = {}

    def note(event: Event) -> None:
        threads.setdefault(f"{event.kind} {event.path}", set()).add(threading.current_thread().name)

    blocking(on_event=note)
    assert threads["request /api/v2/query"] == {threading.current_thread().name}
    assert threads["request /api/v2/query/…"] == {"datacloud-prefetch"}
    assert threads["page None"] == {threading.current_thread().name}


def test_a_record_cannot_be_changed_and_says_itself_in_one_line() -> None:
    event = Event("retry", "GET", "/a", 429, attempt=2, query_id="q", wait=1.25)
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.status = 200  # type: ignore[misc]  # that is the point
    assert str(event) == "GET /a → 429, try 2, waits 1.25 s, query q"
    assert str(Event("page", rows=3)) == "page, 3 rows"
    Reporter(None).tell(event)


@pytest.mark.parametrize("run", [blocking, awaiting])
def test_the_status_of_a_cursor_shows_the_limit(run: Any) -> None:
    headers = {"x-ratelimit-limit": "500, 500;w=1", "x-ratelimit-remaining": "499", "x-ratelimit-reset": "1"}
    page = answer([[1]])
    page.headers.update(headers)
    expected = datacloud_dbapi.RateLimit(500, 499, 1.0)
    if run is blocking:
        with datacloud_dbapi.connect(**GIVEN, http_transport=Scripted([*login(), page])) as connection:
            cursor = connection.cursor()
            before = cursor.status
            assert (before.rate_limit, cursor.execute("SELECT 1").status.rate_limit) == (None, expected)
            assert connection.rate_limit == expected
        return

    async def main() -> None:
        async with await aio.connect(**GIVEN, http_transport=Scripted([*login(), page])) as connection:
            cursor = connection.cursor()
            before = cursor.status
            assert (before.rate_limit, (await cursor.execute("SELECT 1")).status.rate_limit) == (None, expected)

    asyncio.run(main())
