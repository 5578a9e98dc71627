"""No secret in a traceback that shows what our frames hold. Source: wire spec, faults K1 and K3."""

from __future__ import annotations

import asyncio
import gc
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import datacloud_dbapi
from datacloud_dbapi import aio, profiles
from datacloud_dbapi.credentials import Secret
from datacloud_dbapi.dsn import parse_dsn
from datacloud_dbapi.errors import AuthenticationError, Error, InterfaceError
from datacloud_dbapi.params import ConnectParams
from tests.unit.driver.test_two_runners import Script, Scripted, login

SECRETS = ("hush-hush", "00D!x", "Bearer t", "subject_token=", "id-of-a-page")
OURS = str(Path(datacloud_dbapi.__file__).parent)
URL = "datacloud://an-app:hush-hush@a.my.salesforce.com/default"
GIVEN: dict[str, Any] = {
    "login_url": "https://a.my.salesforce.com",
    "client_id": "a",
    "client_secret": "hush-hush",
    "transport": "rest-v2",
    "max_attempts": 1,
}


def chain(error: BaseException) -> list[BaseException]:
    """The error with every cause and every context, those that are not shown by default too."""
    found: list[BaseException] = []
    links = [error]
    while links:
        link = links.pop()
        if not any(link is one for one in found):
            found.append(link)
            links += [one for one in (link.__cause__, link.__context__) if one is not None]
    return found


def shown(error: BaseException) -> str:
    """All that formatting the chain shows, with the locals of our frames and of the libraries' below them."""
    text = []
    for link in chain(error):
        summary = traceback.TracebackException(type(link), link, link.__traceback__, capture_locals=True)
        for frame in summary.stack:
            if not frame.filename.startswith(str(Path(__file__).parent)):
                text += [frame.filename, repr(frame.locals)]
        text += [*summary.format_exception_only(), repr(link), str(link), repr(vars(link))]
    return "\n".join(text)


def run_async(work: Callable[[], Any]) -> Any:
    async def main() -> Any:
        return await work()

    return asyncio.run(main())


def failing(script: Script, **given: Any) -> list[Callable[[], Any]]:
    """Connecting and querying, blocking and awaited, against a script."""

    def blocking() -> None:
        with datacloud_dbapi.connect(**{**GIVEN, "http_transport": Scripted(script), **given}) as connection:
            connection.cursor().execute("SELECT 1").fetchall()

    async def main() -> None:
        async with await aio.connect(**{**GIVEN, "http_transport": Scripted(script), **given}) as connection:
            await (await connection.cursor().execute("SELECT 1")).fetchall()

    return [blocking, lambda: run_async(main)]


def page(**more: Any) -> httpx.Response:
    metadata = {"n": {"type": "BIGINT", "placeInOrder": 0, "typeCode": -5}}
    return httpx.Response(200, json={"data": [[1]], "metadata": metadata, "done": False, **more})


def refused(_: httpx.Request | None = None) -> str:
    raise ValueError("the vault is shut")


NOT_AN_APP = {"instance_url": "https://a.my.salesforce.com", "client_id": None, "client_secret": None}
OVER_THE_WIRE: dict[str, tuple[Callable[[], Script], dict[str, Any]]] = {
    "login refused": (lambda: [httpx.Response(400, json={"error": "invalid_client", "error_description": "no"})], {}),
    "login unreachable": (lambda: [httpx.ConnectError("refused")], {}),
    "login lost": (lambda: [httpx.ReadError("reset")], {}),
    "login odd": (lambda: [httpx.Response(200, text="<html>hush-hush")], {}),
    "login redirects": (lambda: [httpx.Response(302, headers={"location": "https://evil/?x=hush-hush"})], {}),
    "untrusted tenant": (
        lambda: [login()[0], httpx.Response(200, json={"access_token": "00D!x", "instance_url": "evil.example"})],
        {},
    ),
    "exchange refused": (lambda: [login()[0], httpx.Response(400, text="<html>")], {}),
    "exchange lost": (lambda: [login()[0], httpx.ReadTimeout("late")], {}),
    "query refused": (lambda: [*login(), httpx.Response(400, json={"error": "x", "message": "no"})], {}),
    "query unreachable": (lambda: [*login(), httpx.ConnectTimeout("late")], {}),
    "query lost": (lambda: [*login(), httpx.RemoteProtocolError("cut")], {}),
    "page lost": (lambda: [*login(), page(nextBatchId="id-of-a-page"), httpx.ReadError("reset")], {}),
    "page odd": (lambda: [*login(), page(nextBatchId="id-of-a-page"), httpx.Response(200, text="{")], {"prefetch": 0}),
    "callable fails": (
        list,
        {"access_token": refused, **NOT_AN_APP},
    ),
    "callable refused": (
        lambda: [httpx.Response(400, text="no")] * 2,
        {"access_token": lambda: "00D!x" + "hush-hush", **NOT_AN_APP},
    ),
    "bad proxy": (list, {"http_transport": None, "proxy": "ftp://me:hush-hush@proxy.example"}),
    "unknown parameter": (list, {"client_secrte": "hush-hush"}),
    "secret in the wrong place": (list, {"read_timeout": "hush-hush"}),
}


@pytest.mark.parametrize("name", OVER_THE_WIRE)
@pytest.mark.parametrize("door", [0, 1], ids=["blocking", "awaiting"])
def test_no_frame_cause_or_context_of_a_failure_shows_a_secret(name: str, door: int) -> None:
    script, given = OVER_THE_WIRE[name]
    with pytest.raises(Error) as caught:
        failing(script(), **given)[door]()
    text = shown(caught.value)
    assert not [secret for secret in SECRETS if secret in text], text
    # No frame of the driver's inside, of the flows least of all: the traceback ends near the caller's line.
    frames = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename.startswith(OURS)]
    assert len(frames) <= 6, frames
    assert not [frame for frame in frames if "/auth/" in frame.filename or "/transports/" in frame.filename]


@pytest.mark.parametrize(
    "call",
    [
        lambda: datacloud_dbapi.connect(URL, nonsense="hush-hush"),
        lambda: datacloud_dbapi.connect(f"{URL}?nonsense=hush-hush"),
        lambda: datacloud_dbapi.connect(f"{URL}?client_secret=hush-hush"),
        lambda: datacloud_dbapi.connect("datacloud://a:hush-hush@[bad/"),
        lambda: datacloud_dbapi.connect(f"{URL}#fragment"),
        lambda: run_async(lambda: aio.connect(URL, nonsense="hush-hush")),
        lambda: parse_dsn("datacloud://a:hush-hush@host:port/x"),
        lambda: ConnectParams.resolve(URL, {"password": "hush-hush"}, {"DATACLOUD_REFRESH_TOKEN": "hush-hush"}),
        lambda: ConnectParams.resolve(None, {"login_url": "https://me:hush-hush@a.example"}, {}),
        lambda: profiles.resolve(URL, {"profile": "none"}, {"XDG_CONFIG_HOME": "/nowhere", "X": "hush-hush"}),
        lambda: datacloud_dbapi.connect(auth="jwt", client_id="a", username="b", private_key="hush-hush"),
        lambda: datacloud_dbapi.connect(URL, ca_bundle="/nowhere.pem"),
    ],
)
def test_what_is_wrong_with_a_connect_call_is_said_without_its_values(call: Callable[[], Any]) -> None:
    with pytest.raises(InterfaceError) as caught:
        call()
    text = shown(caught.value)
    assert "hush-hush" not in text, text


def test_ctrl_c_shows_no_secret_either() -> None:
    class Interrupted(Scripted):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if "query" in str(request.url):
                raise KeyboardInterrupt
            return super().handle_request(request)

    with (
        datacloud_dbapi.connect(**{**GIVEN, "http_transport": Interrupted(login())}) as connection,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        connection.cursor().execute("SELECT 1")
    text = shown(caught.value)
    assert not [secret for secret in SECRETS if secret in text], text


def test_the_failure_of_a_users_callable_is_a_login_that_failed() -> None:
    with pytest.raises(AuthenticationError, match="ValueError") as caught:
        failing([], **OVER_THE_WIRE["callable fails"][1])[0]()
    assert isinstance(caught.value.__cause__, ValueError)


def test_no_object_shows_a_secret() -> None:
    """K1: the repr of everything that lives while a connection is open."""
    with datacloud_dbapi.connect(**{**GIVEN, "http_transport": Scripted(login())}) as connection:
        ours = [one for one in gc.get_objects() if str(type(one).__module__).startswith("datacloud_dbapi")]
        assert len(ours) > 10
        # A `Secret` is the text itself to whoever asks for it, and hides from whoever looks.
        texts = [repr(one) if isinstance(one, Secret) else f"{one!r} {one!s}" for one in (*ours, connection.cursor())]
    assert not [text for text in texts if any(secret in text for secret in ("hush-hush", "00D!x"))]


@pytest.mark.parametrize("name", ["query refused", "query lost", "unknown parameter"])
@pytest.mark.parametrize("door", [0, 1], ids=["blocking", "awaiting"])
def test_what_the_caller_was_dealing_with_keeps_its_traceback(name: str, door: int) -> None:
    script, given = OVER_THE_WIRE[name]
    work = failing(script(), **given)[door]
    links: list[BaseException] = []
    try:
        refused()
    except ValueError as error:
        mine = error
        with pytest.raises(Error) as caught:
            work()
        links = chain(caught.value)
    # The awaiting door runs a loop of its own here, whose errors may have no context from outside.
    assert door or any(link is mine for link in links)
    assert len(traceback.extract_tb(mine.__traceback__)) == 2
