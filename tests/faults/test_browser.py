"""A browser that comes back with something else than the answer to our question: T14, and T1-T3 of the code it brings.

The redirect listener is the real one, on this machine's loopback; what stands for the browser goes where it is sent.
Source: wire spec, faults T1, T3, T14; auth §2.4.
"""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from datacloud_dbapi import OperationalError
from datacloud_dbapi.errors import AuthenticationError
from datacloud_emulator.faults import Fault
from tests.faults.world import EXPECTED, NUMBERS, World

Answer = Callable[[str], dict[str, str]]


class Browser:
    """Comes back to the redirect address with what `answer` makes of the state it was sent with; None: asks the org."""

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.visits: list[threading.Thread] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.visits.append(threading.Thread(target=self._visit, args=(url,)))
        self.visits[-1].start()
        return True

    def _visit(self, url: str) -> None:
        if self.answer is None:
            httpx.get(url, follow_redirects=True)
            return
        question = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        httpx.get(f"{question['redirect_uri']}?{urlencode(self.answer(question['state']))}")


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The browser that `webbrowser` finds on this machine."""
    # Its own register() cannot be undone; both are made anew, so that this machine's browsers come back afterwards.
    monkeypatch.setattr(webbrowser, "_browsers", {})
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    made = Browser()
    webbrowser.register("a-browser", None, made, preferred=True)  # type: ignore[arg-type]  # it needs no more than open
    yield made
    for visit in made.visits:
        visit.join()


def given(world: World) -> dict[str, Any]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    redirect = f"http://localhost:{port}/OauthRedirect"
    return {**world.emulator.connect_params("authorization-code"), "client_secret": None, "redirect_uri": redirect}


STRAY: dict[str, Answer] = {
    "wrong state": lambda state: {"code": "aPrx", "state": state[::-1]},
    "another letter case": lambda state: {"code": "aPrx", "state": state.swapcase()},
    "no state": lambda state: {"code": "aPrx"},
    "empty state": lambda state: {"code": "aPrx", "state": ""},
    "no code": lambda state: {"state": state},
    "nothing": lambda state: {},
    "refused": lambda state: {"error": "access_denied", "error_description": "end-user denied", "state": state},
    "refused, wrong state": lambda state: {"error": "access_denied", "state": "x"},
    "refused, no state": lambda state: {"error": "access_denied"},
    "refused, with a code": lambda state: {"error": "access_denied", "code": "aPrx", "state": state},
}


@pytest.mark.sockets
@pytest.mark.fault("T14", sockets=True)
@pytest.mark.parametrize("answer", STRAY.values(), ids=STRAY)
def test_no_token_is_asked_for_without_our_own_state_and_a_code(world: World, browser: Browser, answer: Answer) -> None:
    browser.answer = answer
    with pytest.raises(AuthenticationError) as caught:
        world.connect(**given(world))
    assert world.sent == {}
    known = answer("state")
    if "error" in known and known.get("state") == "state":
        assert caught.value.code == "access_denied"
    assert "aPrx" not in f"{caught.value} {caught.value!r}"


@pytest.mark.sockets
def test_the_right_answer_logs_in(world: World, browser: Browser) -> None:
    connection = world.connect(**given(world))
    assert connection.cursor().execute(NUMBERS).fetchall() == EXPECTED
    # Later logins go by the refresh token that came with the first, and ask nobody.
    world.emulator.faults.add(Fault("query", expire_token=True))
    assert connection.cursor().execute(NUMBERS).fetchall() == EXPECTED
    assert (world.sent["authorize"], world.sent["token"], len(browser.visits)) == (1, 2, 1)


@pytest.mark.sockets
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault("token", status=400, times=None), marks=pytest.mark.fault("T1")),
        pytest.param(Fault("token", delay=1000.0), marks=pytest.mark.fault("T3")),
        pytest.param(Fault("token", reset="after"), marks=pytest.mark.fault("T3")),
        pytest.param(Fault("token", status=503), marks=pytest.mark.fault("T3")),
    ],
    ids=["refused", "slow", "reset", "503"],
)
@pytest.mark.parametrize("login", ["first", "later"])
def test_a_code_or_refresh_token_is_sent_once(world: World, browser: Browser, fault: Fault, login: str) -> None:
    if login == "first":
        world.emulator.faults.add(fault)
        with pytest.raises(OperationalError):
            world.connect(**given(world))
        assert (world.sent["token"], world.sleeps, len(browser.visits)) == (1, [], 1)
        return
    connection = world.connect(**given(world))
    world.forget()
    world.emulator.faults.add(Fault("query", expire_token=True), fault)
    if fault.status == 400:
        # The refresh token is no longer good: the user is asked again, whose code is refused as well.
        with pytest.raises(AuthenticationError):
            connection.cursor().execute(NUMBERS)
        assert (world.sent["token"], len(browser.visits)) == (2, 2)
    else:
        with pytest.raises(OperationalError):
            connection.cursor().execute(NUMBERS)
        assert (world.sent["token"], len(browser.visits)) == (1, 1)
    assert (world.sent["query"], world.sleeps) == (1, [])
