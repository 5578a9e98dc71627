"""The APIs beside SQL when things go wrong: every call, every status of their pages, both faces, in virtual time.

All of them read, and a read may be sent again. Source: faults rules 2-5, C8, T9-T12, S4-S16; profile §6;
universal-id-lookup §3; data-graphs §4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from datacloud_dbapi import (
    AuthenticationError,
    DatabaseError,
    OperationalError,
    ProgrammingError,
    RateLimitError,
)
from datacloud_emulator import Fault
from tests.contract.test_services import GRAPH, LINK, SALES, UNIFIED, UNIFIED_MAIL, VALUE, customer, source_record
from tests.faults.world import World

# By the operation that the emulator takes each of them for.
CALLS: dict[str, Callable[[Any], Any]] = {
    "profile-metadata": lambda c: c.profile.describe(UNIFIED),
    "profile": lambda c: c.profile.get(UNIFIED, customer(), fields="ssot__Id__c").all(),
    "profile-children": lambda c: c.profile.children(UNIFIED, customer(), UNIFIED_MAIL).all(),
    "profile-insight": lambda c: c.profile.insights(UNIFIED, customer(), VALUE).all(),
    "insight-metadata": lambda c: c.insights.describe(SALES),
    "insight": lambda c: c.insights.query(SALES, limit=2).all(),
    "universal-id": lambda c: c.universal_id.lookup(LINK, *source_record()),
    "data-graph-metadata": lambda c: c.data_graphs.describe(GRAPH),
    "data-graph": lambda c: c.data_graphs.get(GRAPH, customer()),
    "data-graph-lookup": lambda c: c.data_graphs.lookup(GRAPH, {"ssot__Id__c": customer()}),
}


ANSWERS: dict[str, Any] = {}
"""What each of them answers when nothing goes wrong, told by the connection that asked first."""


def answer(connection: Any, operation: str) -> Any:
    if operation not in ANSWERS:
        ANSWERS[operation] = CALLS[operation](connection)
    return ANSWERS[operation]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "headers": {"Retry-After": "2"}},
        {"status": 500},
        {"status": 503, "body": "no healthy upstream"},
        {"reset": "before"},
        {"reset": "after"},
        {"reset": "within", "keep": 5},
        {"expire_token": True},
    ],
    ids=str,
)
def test_what_passes_is_not_noticed(world: World, fault: dict[str, Any]) -> None:
    connection = world.connect()
    for operation, call in CALLS.items():
        expected = answer(connection, operation)
        assert expected, operation
        world.forget()
        world.emulator.faults.add(Fault(operation, **fault))
        assert call(connection) == expected
        assert (operation, world.sent[operation]) == (operation, 2)
        assert (world.sleeps == [2.0]) is (fault.get("status") == 429)


@pytest.mark.parametrize(
    ("fault", "error", "sent"),
    [
        ({"status": 400, "body": b""}, ProgrammingError, 1),  # what a token that was not exchanged gets
        ({"status": 403}, OperationalError, 1),
        ({"status": 422, "body": [{"errorCode": "INVALID_FIELD", "message": "no such field"}]}, ProgrammingError, 1),
        ({"status": 401}, AuthenticationError, 2),
        ({"status": 302, "headers": {"Location": "https://login.example.com"}, "body": b""}, AuthenticationError, 1),
        ({"status": 429}, RateLimitError, 3),
        ({"status": 500}, OperationalError, 3),
        ({"status": 200, "body": "<html>log in</html>"}, OperationalError, 1),
        ({"status": 200, "body": {"error": "Bad", "message": "no such field"}}, DatabaseError, 1),
        ({"status": 200, "body": b""}, OperationalError, 1),
        ({"status": 200, "body": []}, DatabaseError, 1),
        ({"reset": "after"}, OperationalError, 3),
    ],
    ids=str,
)
def test_what_stays_is_an_error(world: World, fault: dict[str, Any], error: type[DatabaseError], sent: int) -> None:
    connection = world.connect()
    for operation, call in CALLS.items():
        world.forget()
        world.emulator.faults.add(Fault(operation, **fault, times=None))
        with pytest.raises(error) as caught:
            call(connection)
        assert (operation, world.sent[operation]) == (operation, sent)
        assert customer() not in f"{caught.value} {vars(caught.value)}"
        if fault.get("status", 200) != 200:
            assert (operation, caught.value.http_status) == (operation, fault["status"])
        world.emulator.faults.clear()


def test_not_found(world: World) -> None:
    """The service has a 404 for an unknown object as well as for an unknown record, where it has records by id."""
    connection = world.connect()
    nothing: dict[str, Any] = {"universal-id": [], "data-graph": None, "data-graph-lookup": []}
    for operation, call in CALLS.items():
        world.emulator.faults.add(Fault(operation, status=404))
        if operation in nothing:
            assert (operation, call(connection)) == (operation, nothing[operation])
        else:
            with pytest.raises(ProgrammingError) as caught:
                call(connection)
            assert caught.value.http_status == 404
