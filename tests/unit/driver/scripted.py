"""Plays a flow against a script: each request gets the next answer, the clock moves only by what the flow sleeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from datacloud_dbapi.flow.effects import (
    Acquire,
    Draw,
    Effect,
    Flow,
    Note,
    Now,
    Perform,
    Request,
    Response,
    Send,
    Sleep,
    Started,
    Together,
)
from datacloud_dbapi.page import Page, RowText
from datacloud_dbapi.typed_json import read_plain

T = TypeVar("T")
Answer = Response | Exception


def json_answer(value: object, status: int = 200, **headers: str) -> Response:
    return Response(status, headers, json.dumps(value).encode())


def cells(page: Page) -> list[list[object]]:
    """A page's rows as JSON cells, also where they are text still."""
    return read_plain(page.rows.parts) if isinstance(page.rows, RowText) else page.rows


def plain(page: Page) -> Page:
    """The page with its rows as JSON cells."""
    return replace(page, rows=cells(page))


LOGIN = json_answer({"access_token": "00Dxx!core", "instance_url": "https://acme.my.salesforce.com", "issued_at": "1"})


def tenant_login(life: int | None = 7200) -> Response:
    answer: dict[str, Any] = {"access_token": "eyJ.tenant.token", "instance_url": "abc.c360a.salesforce.com"}
    if life is not None:
        answer["expires_in"] = life
    return json_answer(answer)


@dataclass
class Stage:
    """Answers what a flow asks for and keeps what was asked. `took` seconds pass with every request.

    `jitter` is what chance brings, from 0 to 1.
    """

    answers: list[Answer]
    clock: float = 1000.0
    took: float = 0.0
    jitter: Callable[[], float] = lambda: 0.0
    requests: list[Request] = field(default_factory=list)
    sleeps: list[float] = field(default_factory=list)
    locks_held: int = 0

    def run(self, flow: Flow[T]) -> T:
        try:
            effect = next(flow)
            while True:
                answer = self._answer(effect)
                effect = flow.throw(answer) if isinstance(answer, BaseException) else flow.send(answer)
        except StopIteration as end:
            value: T = end.value
            return value

    def _answer(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            self.requests.append(effect.request)
            assert self.answers, f"nothing scripted for {effect.request.label}"
            self.clock += self.took
            return self.answers.pop(0)
        if isinstance(effect, Sleep):
            self.sleeps.append(effect.seconds)
            self.clock += effect.seconds
            return None
        if isinstance(effect, Acquire):
            self.locks_held += 1
            return self._release
        if isinstance(effect, Draw):
            return self.jitter()
        if isinstance(effect, Perform):
            return effect.work()
        if isinstance(effect, Together):
            return self._one_after_another(effect)
        if isinstance(effect, (Started, Note)):
            return None
        assert isinstance(effect, Now)
        return self.clock

    def _one_after_another(self, wanted: Together) -> BaseException | None:
        try:
            for flow in wanted.flows:
                self.run(flow)
                wanted.ended()
        except BaseException as error:  # it belongs to the flow that asked
            return error
        return None

    def _release(self) -> None:
        self.locks_held -= 1

    @property
    def asked(self) -> list[str]:
        """What was sent, as the server sees it."""
        return [f"{request.method} {urlsplit(request.url).path or '/'}" for request in self.requests]


def stage(answers: Iterable[Answer], **facts: Any) -> Stage:
    return Stage(list(answers), **facts)
