"""The ASGI app by itself, message by message: limits, handlers, claims.

Source: webhook-data-action §5; faults W1-W4.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import pytest

from datacloud_dbapi import InterfaceError, webhooks
from tests.unit.webhooks.vectors import SECRET, envelope, event, sign

Receiver = webhooks.Receiver
Message = dict[str, Any]


def parts(body: bytes, size: int | None = None) -> list[Message]:
    step = size or max(len(body), 1)
    cut = [body[start : start + step] for start in range(0, len(body), step)]
    return [*({"type": "http.request", "body": part, "more_body": True} for part in cut), {"type": "http.request"}]


async def call(
    app: webhooks.Receiver, messages: Iterable[Message], headers: dict[str, str], method: str = "POST"
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer; status 0 for none. After its last message the client only waits."""
    waiting = list(messages)
    sent: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "http", "method": method, "path": "/", "headers": raw, "http_version": "1.1"}, receive, send)
    if not sent:
        return 0, {}, b""
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], names, b"".join(message.get("body", b"") for message in sent[1:])


def post(app: webhooks.Receiver, body: bytes) -> int:
    status, _, answered = asyncio.run(call(app, parts(body), sign(body)))
    assert answered == b""
    return status


def recording(**options: Any) -> tuple[webhooks.Receiver, list[str | None]]:
    """A receiver, and the offsets of the events it handled. An event of the action `Fail` fails once."""
    app, handled, failed = Receiver(SECRET, **options), list[str | None](), set[str | None]()

    @app.on()
    def handle(event: webhooks.Event) -> None:
        if event.action == "Fail" and event.offset not in failed:
            failed.add(event.offset)
            raise ValueError("this handler fails once")
        handled.append(event.offset)

    return app, handled


def test_a_body_comes_in_any_parts() -> None:
    app, handled = recording()
    body = envelope(event(Offset="1"), event(Offset="2"))
    assert asyncio.run(call(app, parts(body, 7), sign(body)))[0] == 204
    assert handled == ["1", "2"]


def test_w4_an_event_is_handled_once_however_it_comes() -> None:
    app, handled = recording()
    assert post(app, envelope(event(Offset="1"), event(Offset="1"))) == 204
    assert post(app, envelope(event(Offset="1"), event(Offset="2"))) == 204
    assert handled == ["1", "2"]


def test_w4_an_event_whose_handler_failed_may_come_again(caplog: pytest.LogCaptureFixture) -> None:
    app, handled = recording()
    body = envelope(event(Offset="1"), event("Fail", Offset="2"), event(Offset="3"))
    assert [post(app, body), handled] == [500, ["1", "3"]]
    assert "the handler of the action Fail failed" in caplog.text
    assert [post(app, body), handled] == [204, ["1", "3", "2"]]
    assert [post(app, body), handled] == [204, ["1", "3", "2"]]


def test_an_unreadable_payload_is_a_failure_of_its_handler_only() -> None:
    app, rows = Receiver(SECRET), []

    @app.on("A")
    def handle(event: webhooks.Event) -> None:
        rows.append(event.row)

    assert post(app, envelope(event(PayloadCurrentValue="{", Offset="1"), event(PayloadCurrentValue="{}"))) == 500
    assert rows == [{}]


class Object:
    def __init__(self, calls: list[str]) -> None:
        self.calls = calls

    async def __call__(self, event: webhooks.Event) -> None:
        await asyncio.sleep(0)
        self.calls.append("object")


def test_handlers_of_every_kind_get_the_events_of_their_actions() -> None:
    app, calls = Receiver(SECRET), list[str]()

    @app.on("Plain", "Other")
    def plain(event: webhooks.Event) -> None:
        calls.append(f"plain {event.action}")

    @app.on("Coroutine")
    async def coroutine(event: webhooks.Event) -> None:
        await asyncio.sleep(0)
        calls.append("coroutine")

    app.on("Object")(Object(calls))
    app.on("Lambda")(lambda event: coroutine(event))
    names = ["Plain", "Coroutine", "Object", "Lambda", "Other", "Unknown"]
    assert post(app, envelope(*map(event, names))) == 204
    assert calls == ["plain Plain", "coroutine", "object", "coroutine", "plain Other"]
    with pytest.raises(InterfaceError):
        app.on("New", "Plain")(plain)


def test_an_event_without_a_handler_is_not_remembered() -> None:
    app, calls = Receiver(SECRET), list[str]()
    assert post(app, envelope(event("Late"))) == 204
    app.on("Late")(lambda event: calls.append("late"))
    assert post(app, envelope(event("Late"))) == 204
    assert calls == ["late"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_only_post_is_answered(method: str) -> None:
    app, handled = recording()
    body = envelope(event())
    status, headers, answered = asyncio.run(call(app, parts(body), sign(body), method))
    assert (status, headers["allow"], answered, handled) == (405, "POST", b"", [])


@pytest.mark.parametrize("stated", [{}, {"Content-Length": "101"}, {"Content-Length": "x"}])
def test_a_body_that_is_too_large_is_refused(stated: dict[str, str]) -> None:
    app, handled = recording(max_body=100)
    body = envelope(event()).ljust(101)
    # The rest never comes: nobody waits for it.
    status, _, answered = asyncio.run(call(app, parts(body, 10)[:-1], {**sign(body), **stated}))
    assert (status, answered, handled) == (400 if stated == {"Content-Length": "x"} else 413, b"", [])
    fits = envelope().ljust(100)
    assert post(app, fits) == 204


def test_a_body_that_is_too_slow_is_refused() -> None:
    app, handled = recording(read_timeout=0.01)
    body = envelope(event())
    status, headers, _ = asyncio.run(call(app, parts(body, 10)[:3], sign(body)))
    assert (status, headers["connection"], handled) == (408, "close", [])


def test_a_client_that_goes_away_gets_no_answer() -> None:
    app, handled = recording()
    body = envelope(event())
    assert asyncio.run(call(app, [*parts(body, 10)[:3], {"type": "http.disconnect"}], sign(body)))[0] == 0
    assert handled == []


def test_handlers_that_take_too_long_are_stopped_and_their_event_may_come_again() -> None:
    app, calls = Receiver(SECRET, handle_timeout=0.01), list[str]()

    @app.on()
    async def slow(event: webhooks.Event) -> None:
        calls.append("begun")
        if len(calls) == 1:
            await asyncio.Event().wait()

    assert [post(app, envelope(event())), calls] == [503, ["begun"]]
    assert [post(app, envelope(event())), calls] == [204, ["begun"] * 2]


def test_a_plain_function_past_the_limit_is_waited_for_and_counts() -> None:
    """It cannot be stopped; the next event is not begun."""
    app, handled = Receiver(SECRET, handle_timeout=0.02), list[str | None]()

    @app.on()
    def slow(event: webhooks.Event) -> None:
        import time

        time.sleep(0.05)  # the limit is the event loop's, so only time passes it
        handled.append(event.offset)

    body = envelope(event(Offset="1"), event(Offset="2"))
    assert [post(app, body), handled] == [503, ["1"]]
    app._handle_timeout = None
    assert [post(app, body), handled] == [204, ["1", "2"]]


def test_w4_an_event_that_is_being_handled_is_not_begun_again() -> None:
    app, calls = Receiver(SECRET), list[str]()
    body = envelope(event())

    async def both() -> tuple[int, int, dict[str, str]]:
        go_on = asyncio.Event()

        @app.on()
        async def handle(event: webhooks.Event) -> None:
            calls.append("begun")
            await go_on.wait()

        first = asyncio.create_task(call(app, parts(body), sign(body)))
        while not calls:
            await asyncio.sleep(0)
        second = await call(app, parts(body), sign(body))
        go_on.set()
        return (await first)[0], second[0], second[1]

    first, second, headers = asyncio.run(both())
    assert (first, second, headers["retry-after"], calls) == (204, 503, "1", ["begun"])


class Shared:
    """A memory whose methods are coroutines, as one in another process has them; `broken` fails."""

    def __init__(self, *, broken: str = "") -> None:
        self.inner = webhooks.SeenInMemory()
        self.broken = broken

    async def _do(self, name: str, key: str) -> Any:
        await asyncio.sleep(0)
        if name == self.broken:
            raise ConnectionError("the memory is away")
        return getattr(self.inner, name)(key)

    async def claim(self, key: str) -> Any:
        return await self._do("claim", key)

    async def done(self, key: str) -> None:
        await self._do("done", key)

    async def release(self, key: str) -> None:
        await self._do("release", key)


def test_a_memory_of_coroutines() -> None:
    app, handled = recording(seen=Shared())
    body = envelope(event("Fail"))
    assert [post(app, body) for _ in range(3)] == [500, 204, 204]
    assert handled == ["1"]


def test_a_claim_is_released_when_time_is_up_also_in_a_memory_of_coroutines() -> None:
    app = Receiver(SECRET, seen=Shared(), handle_timeout=0.01)

    @app.on()
    async def slow(event: webhooks.Event) -> None:
        await asyncio.Event().wait()

    assert [post(app, envelope(event())) for _ in range(2)] == [503, 503]
    app._handle_timeout = None
    app._handlers[None] = lambda event: None
    assert post(app, envelope(event())) == 204


@pytest.mark.parametrize(("broken", "handled"), [("claim", []), ("done", ["1"])])
def test_a_memory_that_fails_is_a_failure(broken: str, handled: list[str]) -> None:
    app, seen = recording(seen=Shared(broken=broken))
    assert [post(app, envelope(event())), seen] == [500, handled]


@pytest.mark.parametrize("options", [{"max_body": 0}, {"read_timeout": 0}, {"handle_timeout": -1}])
def test_a_limit_that_cannot_be_meant_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InterfaceError):
        Receiver(SECRET, **options)


def test_a_refusal_is_logged_without_secret_body_or_signature(caplog: pytest.LogCaptureFixture) -> None:
    app, _ = recording()
    body = envelope(event(PayloadCurrentValue="Zoe"))
    with caplog.at_level(logging.DEBUG):
        status, _, answered = asyncio.run(call(app, parts(body), sign(body, "wrong")))
    assert (status, answered, len(caplog.records)) == (401, b"", 1 + sum(r.name == "asyncio" for r in caplog.records))
    for private in (SECRET, "Zoe", sign(body)["x-signature"], sign(body, "wrong")["x-signature"]):
        assert private not in caplog.text


def test_as_a_whole_app_it_starts_and_stops() -> None:
    sent: list[Any] = []
    asked = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Message:
        return {"type": next(asked)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def websocket() -> Message:
        return {"type": "websocket.connect"}

    app = Receiver(SECRET)
    asyncio.run(app({"type": "lifespan"}, receive, send))
    asyncio.run(app({"type": "websocket"}, websocket, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]


WITHOUT = """
import sys
sys.modules["starlette"] = None
from datacloud_dbapi import webhooks
assert not {"anyio", "starlette"} & {name for name in sys.modules if sys.modules[name]}, "loaded too early"
assert "Receiver" in dir(webhooks)
try:
    webhooks.Receiver
except ModuleNotFoundError as error:
    print(error)
"""


def test_only_the_receiver_needs_the_extra() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The receiver needs starlette; pip install 'datacloud-dbapi[webhooks]'\n"


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError):
        webhooks.nothing  # noqa: B018 - the mistake tested
    assert isinstance(Receiver, type)
