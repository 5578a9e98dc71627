"""Tokens that are refused, end, or come from a login that went wrong: rows T1-T13, through the public API.

Source: wire spec, faults rules 1-3 and 6, rows T1-T13; auth §2-5.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from datacloud_dbapi import OperationalError
from datacloud_dbapi.errors import AuthenticationError, ConnectionLostError
from datacloud_emulator import Emulator
from datacloud_emulator.faults import Fault
from datacloud_emulator.quirks import Quirks
from tests.faults.ways import Way, every_way
from tests.faults.world import EXPECTED, FACES, NUMBERS, World

TENANT_TOKEN_LIFE = 7193.0
PLANTED = "00Dxx0000000001!AQ8AQ_planted_in_the_answer"


def grant(org: Emulator, auth: str) -> dict[str, Any]:
    """Keywords for `World.connect` that log in by `auth`, and with nothing else."""
    return {"client_id": None, "client_secret": None, "login_url": org.login_url, **org.connect_params(auth)}


def at_once(world: World, connection: Any, works: int, way: Way) -> list[Any]:
    """What so many threads, or tasks, get that run `NUMBERS` on one connection at the same moment."""
    if world.face == "asyncio":

        async def run() -> Any:
            cursor = connection._inner.cursor()
            await cursor.execute(NUMBERS, arrow=way.arrow)
            return await cursor.fetchall()

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*(run() for _ in range(works)))

        return world._loop.run_until_complete(all_of_them())
    start, answers = threading.Barrier(works), []

    def work() -> None:
        start.wait()
        answers.append(way.execute(connection).fetchall())

    threads = [threading.Thread(target=work) for _ in range(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# --- a login that is refused, or whose answer is lost ---


@pytest.mark.fault("T1")
@pytest.mark.parametrize("auth", ["client-credentials", "jwt", "refresh-token", "password"])
def test_a_refused_login_is_not_repeated(world: World, auth: str) -> None:
    world.emulator.faults.add(Fault("token", status=400, times=None))
    with pytest.raises(AuthenticationError, match="authentication failure") as caught:
        world.connect(**grant(world.emulator, auth))
    assert (caught.value.code, caught.value.http_status) == ("invalid_grant", 400)
    assert (world.sent, world.sleeps) == ({"token": 1}, [])


@pytest.mark.fault("T1")
def test_a_refused_exchange_is_not_repeated(world: World) -> None:
    world.emulator.faults.add(Fault("exchange", status=400, times=None))
    with pytest.raises(AuthenticationError, match="authentication failure") as caught:
        world.connect()
    assert caught.value.code == "invalid_grant"
    assert (world.sent, world.sleeps) == ({"token": 1, "exchange": 1}, [])


@pytest.mark.fault("T2")
@pytest.mark.parametrize("auth", ["client-credentials", "jwt", "password", "access-token"])
def test_a_login_that_may_be_repeated_is(world: World, auth: str) -> None:
    struck = "exchange" if auth == "access-token" else "token"
    world.emulator.faults.add(Fault(struck, status=500, times=2))
    connection = world.connect(**grant(world.emulator, auth))
    assert (world.sent[struck], world.sleeps) == (3, [0.5, 1.0])
    assert connection.cursor().execute(NUMBERS).fetchall() == EXPECTED


LOST = [
    Fault("token", delay=1000.0),
    Fault("token", reset="before"),
    Fault("token", reset="after"),
    Fault("token", reset="within", keep=20),
    Fault("token", cut=True, keep=20),
    *(Fault("token", status=status) for status in (500, 502, 503, 504)),
]


@pytest.mark.fault("T3")
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: str(fault.status or fault.reset or fault.cut or "slow"))
def test_a_refresh_token_is_not_sent_again_by_itself(world: World, fault: Fault) -> None:
    world.emulator.faults.add(fault)
    with pytest.raises(OperationalError) as caught:
        world.connect(**grant(world.emulator, "refresh-token"))
    assert isinstance(caught.value, ConnectionLostError) == (fault.status is None)
    assert (world.sent, world.sleeps) == ({"token": 1}, [])


@pytest.fixture(scope="module")
def stern_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A refresh token serves once, and its answer brings the next one."""
    folder: Path = tmp_path_factory.mktemp("stern")
    (folder / "Thing__dlm.csv").write_text("id\n1\n")
    with Emulator(data=folder, quirks=Quirks(refresh_token_rotation=True)) as running:
        yield running


@pytest.fixture(params=FACES)
def stern_world(request: pytest.FixtureRequest, stern_org: Emulator) -> Iterator[World]:
    made = World(stern_org, request.param)
    made.forget()
    yield made
    made.close()


@pytest.mark.fault("T4")
def test_each_refresh_sends_what_the_last_one_brought(stern_world: World) -> None:
    connection = stern_world.connect(**grant(stern_world.emulator, "refresh-token"))
    for _ in range(3):
        stern_world.emulator.faults.add(Fault("query", expire_token=True))
        assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]
    assert stern_world.sent == {"token": 4, "exchange": 4, "query": 6}


class Shelf(dict[str, str]):
    """A token cache of the user's own."""

    def put(self, key: str, value: str) -> None:
        self[key] = value


@pytest.mark.fault("T4")
def test_a_new_refresh_token_is_stored_before_the_access_token_is_used(stern_world: World) -> None:
    given = {**grant(stern_world.emulator, "refresh-token"), "token_cache": Shelf()}
    stern_world.emulator.faults.add(Fault("exchange", status=400))
    with pytest.raises(AuthenticationError):
        stern_world.connect(**given)
    # What it was given is spent; what it kept is not, and neither is lost by the exchange that failed.
    stern_world.emulator.clock.advance(7201)
    connection = stern_world.connect(**given)
    assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]


# --- tokens that end ---


def over(world: World, way: Way) -> None:
    world.emulator.clock.advance(7201)


def revoked(world: World, way: Way) -> None:
    world.emulator.faults.add(Fault(way.statement, expire_token=True))


@pytest.mark.fault("T5")
@pytest.mark.parametrize("end", [over, revoked])
@every_way
def test_eight_at_once_log_in_once(world: World, way: Way, end: Callable[[World, Way], None]) -> None:
    connection = world.connect(way.transport)
    end(world, way)
    world.forget()
    assert at_once(world, connection, 8, way) == [EXPECTED] * 8
    assert {name: world.sent[name] for name in way.login} == way.login


@pytest.mark.fault("T6")
def test_a_token_without_an_end_is_used_until_it_is_refused(world: World) -> None:
    def endless(answer: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in answer.items() if name != "expires_in"}

    world.emulator.faults.add(Fault("exchange", change=endless))
    connection = world.connect()
    for seconds, expected in ((0, {"query": 1}), (7190, {"query": 1}), (10, {"query": 2, "token": 1, "exchange": 1})):
        world.emulator.clock.advance(seconds)
        world.forget()
        assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]
        assert world.sent == expected


@pytest.mark.fault("T13")
@every_way
def test_a_token_about_to_end_is_renewed_before_a_page(world: World, way: Way) -> None:
    connection = world.connect(way.transport)
    world.emulator.clock.advance(TENANT_TOKEN_LIFE - 90)
    rest = way.page_due(world, connection)
    world.emulator.clock.advance(60)
    world.forget()
    assert rest() == EXPECTED
    # The org's own token comes without an end (T6): it is used until it is refused.
    expected = {} if way.at_org else way.login
    assert {name: world.sent[name] for name in ("token", "exchange") if world.sent[name]} == expected
    assert 401 not in {record.status for record in world.emulator.requests}


# --- answers of a login that cannot be believed ---

BODIES = {
    "a page": f"<html><body>{PLANTED}</body></html>",
    "no JSON": f'{{"access_token": "{PLANTED}"',
    "a text": json.dumps(PLANTED),
    "no access_token": {"instance_url": "https://acme.my.salesforce.com", "token": PLANTED},
    "no instance_url": {"access_token": PLANTED},
    "empty instance_url": {"access_token": PLANTED, "instance_url": ""},
    "null access_token": {"access_token": None, "instance_url": PLANTED},
}


@pytest.mark.fault("T7")
@pytest.mark.parametrize("struck", ["token", "exchange"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_answer_without_a_token_is_an_error_that_shows_none(world: World, struck: str, body: Any) -> None:
    world.emulator.faults.add(Fault(struck, status=200, body=body, times=None))
    with pytest.raises(OperationalError) as caught:
        world.connect()
    assert PLANTED not in f"{caught.value} {caught.value!r} {caught.value.__dict__}"
    assert (world.sent[struck], world.sleeps) == (1, [])


ORG = "acme.my.salesforce.com"
ELSEWHERE = [
    f"http://{ORG}",
    "http://localhost",
    "http://127.0.0.1:8080",
    "http://[::1]",
    "localhost",
    "https://localhost:8443",
    "https://127.0.0.1",
    "https://[::1]",
    "https://10.0.0.1",
    "https://2130706433",
    "https://0x7f000001",
    f"https://user@{ORG}",
    f"https://user:secret@{ORG}",
    f"https://{ORG}@evil.example",
    f"https://{ORG}.evil.example",
    "https://evilsalesforce.com",
    "https://salesforce.com.evil.example",
    "https://evil.example/salesforce.com",
    f"https://{ORG}\\@evil.example",
    f"https://{ORG}#@evil.example",
    f"https://{ORG}/path",
    "//evil.example",
    "evil.example",
    f"ftp://{ORG}",
    "javascript:alert(1)",
]


class Recording(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Carries what goes to `ORG` to the emulator, and writes down every host that is asked."""

    def __init__(self, emulator: Emulator) -> None:
        self.hosts: list[str] = []
        self._origin = httpx.URL(emulator.login_url)
        self._door, self._async_door = emulator.http_transport, emulator.async_http_transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._door.handle_request(self._redirected(request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._async_door.handle_async_request(self._redirected(request))

    def _redirected(self, request: httpx.Request) -> httpx.Request:
        self.hosts.append(request.url.netloc.decode())
        assert request.url.host == ORG
        origin = self._origin
        request.url = request.url.copy_with(scheme=origin.scheme, host=origin.host, port=origin.port)
        return request


def answering(address: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda answer: {**answer, "instance_url": address}


@pytest.mark.fault("T8")
@pytest.mark.parametrize("struck", ["token", "exchange"])
@pytest.mark.parametrize("address", ELSEWHERE)
def test_no_request_goes_where_no_token_may(world: World, struck: str, address: str) -> None:
    good = Fault("token", change=answering(f"https://{ORG}"))
    world.emulator.faults.add(*([good] if struck == "exchange" else []), Fault(struck, change=answering(address)))
    recording = Recording(world.emulator)
    with pytest.raises(AuthenticationError, match="not to be trusted") as caught:
        world.connect(login_url=f"https://{ORG}", allow_insecure_loopback=False, http_transport=recording)
    assert recording.hosts == [ORG] * (1 if struck == "token" else 2)
    assert "secret" not in str(caught.value)


# --- requests that are refused for their token, or for their sender ---


def refusal(operation: str, way: Way, status: int, times: int | None) -> Fault:
    if not way.over_grpc:
        return Fault(operation, status=status, times=times)
    return Fault(operation, grpc={401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}[status], times=times)


@pytest.mark.fault("T9")
@every_way
def test_a_statement_is_sent_once_more_with_a_new_token(world: World, way: Way) -> None:
    connection = world.connect(way.transport)
    world.forget()
    world.emulator.faults.add(Fault(way.statement, expire_token=True))
    assert way.execute(connection).fetchall() == EXPECTED
    sent = {name: world.sent[name] for name in (way.statement, "token", "exchange") if world.sent[name]}
    assert sent == {way.statement: 2, **way.login}
    assert world.sleeps == []


@pytest.mark.fault("T10")
@every_way
def test_a_second_refusal_stands(world: World, way: Way) -> None:
    connection = world.connect(way.transport)
    world.forget()
    world.emulator.faults.add(refusal(way.statement, way, 401, None))
    with pytest.raises(AuthenticationError) as caught:
        way.execute(connection)
    assert world.sent == {way.statement: 2, **way.login}
    assert (world.sleeps, caught.value.http_status) == ([], None if way.over_grpc else 401)


@pytest.mark.fault("T11")
@every_way
def test_a_page_is_asked_for_once_more_with_a_new_token(world: World, way: Way) -> None:
    connection = world.connect(way.transport)
    rest = way.page_due(world, connection)
    asked = world.sent[way.page]
    rest()
    pages = world.sent[way.page] - asked  # without any fault
    rest = way.page_due(world, connection)
    world.forget()
    world.emulator.faults.add(Fault(way.page, expire_token=True))
    assert rest() == EXPECTED
    sent = {name: world.sent[name] for name in (way.page, "token", "exchange") if world.sent[name]}
    assert sent == {way.page: pages + 1, **way.login}
    paths = [record.path for record in world.emulator.requests if record.operation == way.page]
    assert paths[0] == paths[1]


@pytest.mark.fault("T12")
@every_way
def test_a_missing_permission_is_no_matter_of_tokens(world: World, way: Way) -> None:
    connection = world.connect(way.transport)
    world.forget()
    world.emulator.faults.add(refusal(way.statement, way, 403, None))
    with pytest.raises(OperationalError) as caught:
        way.execute(connection)
    assert not isinstance(caught.value, AuthenticationError)
    assert (world.sent, world.sleeps) == ({way.statement: 1}, [])
