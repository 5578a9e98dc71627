"""Secrets and e-mail addresses are planted in calls of Account Engagement, and everything that can be read is read.

What must not show: credentials and tokens, and in logs, events, errors and reprs the addresses and values of prospects:
they are somebody's. An address stands in the query of a URL, and nowhere else.
Source: wire spec, faults rule 6, rows K1-K3; account-engagement §2, §13.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datacloud_dbapi.errors import Error
from datacloud_emulator import Emulator
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.faults import Fault
from tests.contract.engagement.faces import FACES, Client, client
from tests.faults.planted import Planted, Wiretap, looks, objects, read, shown

ADDRESS, NAME = "pat.planted+vip@example.test", "Planted-Lastname"
OPERATIONS = ("query", "read", "create", "update", "delete", "action", "download")
LOGGERS = ("", "datacloud", "httpx", "httpcore", "asyncio", "concurrent")


@pytest.fixture(scope="module")
def account() -> Iterator[Emulator]:
    with Emulator(sql=False, engagement=EngagementSettings(sample=False)) as running:
        yield running


@pytest.fixture
def planted(account: Emulator, caplog: pytest.LogCaptureFixture) -> Iterator[Planted]:
    """All loggers at DEBUG; afterwards the log, the paths and the events are searched."""
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, name)
    account.engagement.add_business_unit(account.business_unit_id)
    found = Planted()
    yield found
    account.faults.clear()
    records = caplog.get_records("call")
    assert any(record.name.startswith("datacloud") for record in records)
    found.check("the log", read(records), ADDRESS, NAME)
    found.check("an event", " ".join(f"{event!r} {event}" for event in found.events), ADDRESS, NAME)
    found.check("a URL", " ".join(found.urls))
    found.check("a path", " ".join(url.partition("?")[0] for url in found.urls), ADDRESS, NAME)


@pytest.fixture(params=FACES)
def ae(request: pytest.FixtureRequest, account: Emulator, planted: Planted) -> Iterator[Client]:
    """A client whose every secret is known to `planted`."""
    account.faults.add(Fault("token", times=None, change=planted.saw))
    params = account.connect_params("password")
    planted.given(params)
    more = {"http_transport": Wiretap(account, planted), "on_event": planted.events.append, "max_attempts": 1}
    with client(account, request.param, "sockets", **params, **more) as made:
        yield made


CALLS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "query": ("query", lambda ae: ae.prospects.query("id,email", filters={"email": ADDRESS}).all()),
    "read": ("read", lambda ae: ae.prospects.read(1, "email")),
    "create": ("create", lambda ae: ae.prospects.create({"email": ADDRESS, "lastName": NAME}, fields="email")),
    "update": ("update", lambda ae: ae.prospects.update(1, {"lastName": NAME})),
    "delete": ("delete", lambda ae: ae.prospects.delete(1)),
    "upsert": ("action", lambda ae: ae.prospects.upsert(ADDRESS, {"lastName": NAME}, fields="email")),
    "undelete": ("action", lambda ae: ae.prospects.undelete(email=ADDRESS)),
    "upsert_many": ("action", lambda ae: ae.prospects.upsert_many([{"email": ADDRESS, "lastName": NAME}] * 2)),
    "import": ("create", lambda ae: ae.imports.upsert([{"email": ADDRESS, "lastName": NAME}], poll=0)),
}


@pytest.mark.fault("K1", "K2")
@pytest.mark.parametrize("name", CALLS)
def test_a_good_run_shows_nothing(ae: Client, planted: Planted, account: Emulator, name: str) -> None:
    account.engagement.load("Prospect", [{"email": ADDRESS, "lastName": NAME, "isDeleted": name == "undelete"}])
    if name in ("create", "undelete"):
        account.engagement.settings.shared_emails = True
    try:
        found = ae.ask(CALLS[name][1]) if name != "query" else ae.all(lambda c: c.prospects.query("id,email"))
    finally:
        account.engagement.settings.shared_emails = False
    # The records themselves are what was asked for.
    whole = [] if isinstance(found, (dict, list)) else [found]
    planted.check("an object", looks(objects(ae.client, *whole)), ADDRESS, NAME)


FAULTS: dict[str, dict[str, Any]] = {
    "401": {"status": 401, "body": {"code": 184, "message": "no"}, "times": None},
    "400": {"status": 400, "body": {"code": 5, "message": "no"}, "times": None},
    "a page": {"status": 200, "body": "<html>hello</html>", "times": None},
    "500": {"status": 500, "body": "", "times": None},
    "302": {"status": 302, "headers": {"Location": "https://evil.example/"}, "body": "", "times": None},
    "reset": {"reset": "after", "times": None},
    "cut": {"reset": "within", "keep": 5, "times": None},
}


@pytest.mark.fault("K1", "K2", "K3")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["query", "create", "update", "upsert", "upsert_many", "import"])
def test_no_failure_shows_anything(ae: Client, planted: Planted, account: Emulator, name: str, fault: str) -> None:
    account.engagement.load("Prospect", [{"email": f"other-{ADDRESS}", "lastName": NAME}])
    operation, call = CALLS[name]
    account.faults.add(Fault(f"engagement-{operation}", **FAULTS[fault]))
    with pytest.raises(Error) as caught:
        ae.ask(call)
    # Frames hold what the caller gave, as the caller's own do; but no secret.
    planted.check("the error", shown(caught.value))
    error = caught.value
    planted.check("the error", f"{error} {error!r} {error.__dict__!r} {error.__cause__!r}", ADDRESS, NAME)
    assert not [url for url in planted.urls if "evil" in url]
