"""W1-W7 over a real socket, from the emulator's sender and by hand, served by uvicorn within a Starlette app.

Source: faults W1-W7; webhook-data-action §5, §8.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from datacloud_dbapi import InterfaceError, webhooks
from datacloud_emulator import Clock
from datacloud_emulator.webhooks import RowChange, WebhookSender, WebhookTarget
from tests.unit.webhooks.vectors import SECRET, V2, V2_SIGNATURE, envelope, event, sign

pytestmark = pytest.mark.sockets
NOW = dt.datetime(2031, 2, 3, 4, 5, 6, tzinfo=dt.timezone.utc)
CHANGES = (
    RowChange("Demo__dlm", "INSERT", row={"Id__c": "1", "Name__c": "Zoë"}),
    RowChange("Demo__dlm", "UPDATE", row={"Id__c": "1", "Total__c": Decimal("1.50")}, old={"Id__c": "1"}),
    RowChange("Demo__dlm", "DELETE", old={"Id__c": "1"}),
)


@contextmanager
def served(receiver: webhooks.Receiver) -> Iterator[str]:
    """The URL at which a server hands deliveries to the receiver, mounted among other routes."""
    app = Starlette(routes=[Route("/hooks/data-cloud", receiver)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/hooks/data-cloud"
        finally:
            server.should_exit = True
            thread.join()


class World:
    """A receiver on a socket, what it handled, and a sender to it."""

    def __init__(self, url: str, handled: list[webhooks.Event], clock: Clock) -> None:
        self.url = url
        self.handled = handled
        self.clock = clock
        self.sender = WebhookSender(clock)

    def send(self, *changes: RowChange, **options: Any) -> list[int]:
        return self.sender.send(WebhookTarget(self.url, **{"secret": SECRET, **options}), changes or CHANGES)

    def post(self, body: bytes, *headers: tuple[str, str], length: int | None = None) -> tuple[int, bytes]:
        """Status and body of the answer to exactly these bytes and headers; `length` is what is stated of the body."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        try:
            connection.putrequest("POST", parts.path)
            for name, value in (("Content-Length", str(len(body) if length is None else length)), *headers):
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """One server for all: `SECRET` is about to be followed by `next`, deliveries are good for five minutes."""
    clock, handled = Clock(at=NOW), list[webhooks.Event]()
    receiver = webhooks.Receiver([SECRET, "next"], max_age=300, now=clock.now, max_body=1_000_000)

    @receiver.on()
    def handle(event: webhooks.Event) -> None:
        handled.append(event)

    with served(receiver) as url:
        yield World(url, handled, clock)


@pytest.fixture
def world(shared: World) -> World:
    shared.handled.clear()
    return shared


def fresh(offset: str) -> bytes:
    return envelope(event(Offset=offset, EventUuid=f"by hand {offset}"))


def test_w1_a_signed_delivery_is_handled_once(world: World) -> None:
    assert world.send() == [204]
    insert, update, delete = world.handled
    assert [found.prompt for found in world.handled] == ["INSERT", "UPDATE", "DELETE"]
    assert (insert.row, insert.previous_row) == ({"Id__c": "1", "Name__c": "Zoë"}, None)
    assert (update.row, update.previous_row) == ({"Id__c": "1", "Total__c": Decimal("1.50")}, {"Id__c": "1"})
    assert str((update.row or {})["Total__c"]) == "1.50"
    assert (update.changed_columns, delete.changed_columns) == (("Total__c",), ("Id__c",))
    assert (delete.row, delete.previous_row) == (None, {"Id__c": "1"})
    assert {found.source_object for found in world.handled} == {"Demo__dlm"}
    assert {found.committed for found in world.handled} == {NOW}


def test_w1_the_specs_own_delivery(world: World) -> None:
    assert world.post(V2, ("x-signature", V2_SIGNATURE)) == (204, b"")
    assert [found.row for found in world.handled] == [{"CustomerId__c": "C-1001", "Total__c": Decimal("120.5")}]


BODY = fresh("w2")
SIGNATURE = sign(BODY)["x-signature"]


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (BODY[:-1] + b" ", SIGNATURE),
        (BODY + b"\n", SIGNATURE),
        (json.dumps(json.loads(BODY), indent=1).encode(), SIGNATURE),
        (BODY, SIGNATURE.swapcase()),
        (BODY, sign(BODY, SECRET[:-1])["x-signature"]),
        (b"\xff not JSON", SIGNATURE),
    ],
)
def test_w2_one_byte_less_is_refused(world: World, body: bytes, signature: str) -> None:
    assert world.post(body, ("X-Signature", signature)) == (401, b"")
    assert world.handled == []


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-signature", "")],
        [("x-signature", SIGNATURE)] * 2,
        [("x-signature", "A" * 1_000_000)],
        [("x-signature", "*" * 44)],
        [("x-signature", "é" * 44)],
        [("x-signature", "a.b")],
    ],
    ids=["missing", "empty", "twice", "1 MB", "not Base64", "not ASCII", "short"],
)
def test_w3_a_header_that_is_no_signature_is_refused(world: World, headers: list[tuple[str, str]]) -> None:
    try:
        status, _ = world.post(BODY, *headers)
    except (BrokenPipeError, ConnectionResetError):
        # The server need not read a megabyte of header to its end.
        assert len(str(headers)) > 1_000_000
    else:
        assert status in {400, 401, 431}
    assert world.handled == []


def test_w4_the_same_delivery_again_is_taken_and_not_handled(world: World) -> None:
    assert world.send(duplicate=True) == [204, 204]
    assert len(world.handled) == 3


@pytest.mark.parametrize(("age", "status"), [(299, 204), (301, 401), (-59, 204), (-61, 401)])
def test_w5_too_old_or_from_the_future(world: World, age: int, status: int) -> None:
    made = (NOW - dt.timedelta(seconds=age)).isoformat()
    body = envelope(event(EventUuid=f"w5 {age}"), creationDateTime=made)
    assert world.post(body, *sign(body).items()) == (status, b"")
    assert len(world.handled) == (status == 204)


def test_w6_either_secret_verifies(world: World) -> None:
    assert [*world.send(secret="next"), *world.send(), *world.send(secret="last")] == [204, 204, 401]


@pytest.mark.parametrize("secrets", ["", [], [SECRET, ""]])
def test_w7_an_empty_secret_does_not_start(secrets: Any) -> None:
    with pytest.raises(InterfaceError):
        webhooks.Receiver(secrets)


def test_a_signed_body_that_is_no_delivery(world: World) -> None:
    assert world.post(b"{}", *sign(b"{}").items()) == (400, b"")


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(world: World) -> None:
    assert world.post(b"", ("x-signature", SIGNATURE), length=1_000_001) == (413, b"")


@pytest.mark.parametrize(
    ("options", "statuses", "handled"),
    [
        ({"wrong_key": True}, [401], 0),
        ({"sign_latin1": True}, [401], 0),
        ({"object_payloads": True}, [204], 3),
        ({"no_schemas": True}, [204], 3),
        ({"bare_names": True}, [204], 3),
        ({"event_uuids": True, "duplicate": True}, [204, 204], 3),
        ({"batch_size": 2}, [204, 204], 3),
        ({"batch_size": 1, "duplicate": True}, [204] * 6, 3),
    ],
    ids=str,
)
def test_every_switch_of_the_sender(world: World, options: dict[str, Any], statuses: list[int], handled: int) -> None:
    assert world.send(action="Switched", **options) == statuses
    assert len(world.handled) == handled
    if handled:
        assert world.handled[0].row == {"Id__c": "1", "Name__c": "Zoë"}


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_nothing_is_sent(world: World, secret: str | None, caplog: pytest.LogCaptureFixture) -> None:
    assert (world.send(secret=secret), world.handled) == ([], [])
    assert "Signing Key Not Found" in caplog.text


def test_a_latin1_signature_is_taken_in_the_mode_for_it() -> None:
    receiver = webhooks.Receiver(SECRET, latin1=True)
    with served(receiver) as url:
        sender = WebhookSender(Clock())
        assert sender.send(WebhookTarget(url, SECRET, sign_latin1=True), CHANGES) == [204]


@pytest.mark.parametrize(
    "make",
    [
        lambda: WebhookTarget("http://127.0.0.1:1", batch_size=0),
        lambda: RowChange("Demo__dll", "INSERT", row={}),
        lambda: RowChange("Demo__dlm", "INSERT"),
        lambda: RowChange("Demo__dlm", "INSERT", row={}, old={}),
        lambda: RowChange("Demo__dlm", "UPDATE", row={}),
        lambda: RowChange("Demo__dlm", "DELETE", row={}),
        lambda: RowChange("Demo__dlm", "UPSERT", row={}, old={}),  # type: ignore[arg-type] # the mistake tested
    ],
)
def test_what_cannot_be_sent_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()


def test_a_target_does_not_show_its_secret() -> None:
    assert SECRET not in repr(WebhookTarget("http://127.0.0.1:1", SECRET))
