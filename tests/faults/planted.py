"""Secrets that are planted for a test, and everything that could show them: logs, errors, objects, URLs.

A secret must not show as it is, nor as URLs, base64 or `repr` would spell it, nor a good part of it.
Source: wire spec, faults K1-K3.
"""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus

import httpx

import datacloud_dbapi
from datacloud_dbapi.credentials import Secret
from datacloud_emulator import Emulator

OURS = str(Path(datacloud_dbapi.__file__).parent)
_FORM_SECRETS = ("client_secret", "password", "assertion", "refresh_token", "subject_token", "code", "code_verifier")
_ANSWER_SECRETS = ("access_token", "refresh_token", "signature")


class Planted:
    """The secrets of one run: those that were given, and those that came into being on the way."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.urls: list[str] = []
        self.events: list[object] = []

    def given(self, params: Mapping[str, Any]) -> None:
        for name in ("client_secret", "password", "refresh_token", "datacloud_token"):
            if params.get(name):
                self.secrets.add(params[name])
        self.secrets.update(line for line in params.get("private_key", "").splitlines() if len(line) > 40)
        token = params.get("access_token")
        if callable(token):
            params["access_token"] = lambda: self._kept(token())  # type: ignore[index]

    def _kept(self, secret: str) -> str:
        self.secrets.add(secret)
        return secret

    def saw(self, answer: Any) -> Any:
        """For `Fault(change=…)`: an answer as it is."""
        self.secrets.update(answer[name] for name in _ANSWER_SECRETS if answer.get(name))
        return answer

    def asked(self, request: httpx.Request) -> None:
        self.urls.append(str(request.url))
        form = parse_qs(request.content.decode("utf-8", "replace"))
        self.secrets.update(value for name in _FORM_SECRETS for value in form.get(name, ()))
        bearer = request.headers.get("Authorization", "").partition(" ")[2]
        if bearer:
            self.secrets.add(bearer)

    def check(self, where: str, text: str, *more: str) -> None:
        """Fail when `text` shows a secret, or any of `more`."""
        assert self.secrets
        for secret in {*self.secrets, *more}:
            for form in spellings(secret):
                at = text.find(form)
                assert at < 0, f"{where} shows {form!r}: …{text[max(0, at - 200) : at + 200]}…"


def spellings(secret: str) -> set[str]:
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
    found.add(json.dumps(secret)[1:-1])
    if len(secret) >= 48:
        found |= {secret[16:40], secret[-24:]}
    for shift in range(3):
        # As base64 spells it wherever in a longer text it begins; the first and last signs depend on its neighbours.
        found.add(base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")[2 * shift : -2])
    return {form for form in found if len(form) >= 8}


class Wiretap(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Tells of every request before it passes on to the emulator."""

    def __init__(self, emulator: Emulator, planted: Planted) -> None:
        self._planted = planted
        self._door, self._async_door = emulator.http_transport, emulator.async_http_transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._planted.asked(request)
        return self._door.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self._planted.asked(request)
        return await self._async_door.handle_async_request(request)


def read(records: list[logging.LogRecord]) -> str:
    """Everything a handler could make of log records, whatever its format."""
    lines = []
    for record in records:
        trace = "" if record.exc_info is None else "".join(traceback.format_exception(*record.exc_info))
        rest = {name: value for name, value in record.__dict__.items() if name != "exc_info"}
        lines.append(f"{record.getMessage()} {rest!r} {trace}")
    return "\n".join(lines)


def shown(error: BaseException) -> str:
    """What tools make of an error: its texts and attributes, the whole chain, and what our frames hold.

    pytest's and other people's frames are not ours to empty.
    """
    parts: list[str] = []
    link: BaseException | None
    links = [error]
    while links:
        link = links.pop()
        parts += [str(link), repr(link), repr(link.__dict__), repr(link.args), *getattr(link, "__notes__", ())]
        whole = traceback.TracebackException.from_exception(link, capture_locals=True)
        parts += whole.format_exception_only()
        for frame in whole.stack:
            parts.append(f"{frame.filename} {frame.name}")
            if frame.filename.startswith(OURS):
                parts.append(repr(frame.locals))
        links += [one for one in (link.__cause__, link.__context__) if one is not None]
    return "\n".join(parts)


def objects(*roots: object) -> Iterator[object]:
    """`roots` and everything of the driver's that can be reached from them."""
    waiting, seen = list(roots), set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, (list, tuple, set, frozenset)):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
        elif type(one).__module__.startswith("datacloud_dbapi"):
            yield one
            waiting += getattr(one, "__dict__", {}).values()
            for kind in type(one).__mro__:
                names = getattr(kind, "__slots__", ())
                names = (names,) if isinstance(names, str) else names
                waiting += [getattr(one, name) for name in names if not name.startswith("__") and hasattr(one, name)]
        elif callable(one) and hasattr(one, "__self__"):
            waiting.append(one.__self__)


def looks(found: Iterable[object]) -> str:
    """How objects show themselves; a `Secret` is a text, which only its `repr` hides."""
    return " ".join(repr(one) if isinstance(one, Secret) else f"{one!r} {one} {one:}" for one in found)
