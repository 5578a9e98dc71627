"""A thousand random schedules; that a seed decides everything; and that drivers which lie are caught.

`python -m tests.simulation --schedules 100000` plays more of them, `--seed N` one again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datacloud_dbapi.errors import Error
from datacloud_dbapi.flow.limits import RequestBudget
from datacloud_dbapi.flow.retry import READ, RetryPolicy
from datacloud_dbapi.page import Page
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.result import Result
from datacloud_dbapi.transports import bodies, kept, rest_v1, rest_v2
from datacloud_dbapi.transports.bodies import V2Answer
from tests.simulation.door import ViolationError
from tests.simulation.play import play
from tests.simulation.stage import Stage

SCHEDULES = 1000


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


@pytest.mark.parametrize("first", range(0, SCHEDULES, 100))
def test_rows_are_exact_or_there_is_an_error(stage: Stage, first: int) -> None:
    for seed in range(first, first + 100):
        play(seed, stage)


@pytest.mark.parametrize("seed", range(0, SCHEDULES, 50))
def test_a_seed_gives_the_same_play_every_time(stage: Stage, seed: int) -> None:
    assert play(seed, stage) == play(seed, stage)


# Drivers that lie. Each breaks one rule where the driver keeps it.


def _an_empty_page_is_the_end(patch: pytest.MonkeyPatch) -> None:
    feed = Result.feed

    def fed(self: Result, page: Page) -> None:
        feed(self, page)
        self._done = page.done or not page.rows

    patch.setattr(Result, "feed", fed)


def _rows_are_not_counted(patch: pytest.MonkeyPatch) -> None:
    read = bodies.read_v2

    def uncounted(*args: Any, **asked: Any) -> V2Answer:
        answer = read(*args, **asked)
        return V2Answer(answer.page, answer.query_id, None)

    patch.setattr(rest_v2, "read_v2", uncounted)


def _a_statement_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    for module in (rest_v1, rest_v2, kept):
        patch.setattr(module, "SUBMIT", READ)


def _a_page_is_asked_for_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rest_v2, "PAGE", READ)


def _tries(patch: pytest.MonkeyPatch, number: Callable[[int], int]) -> None:
    def of(cls: type[RetryPolicy], params: ConnectParams) -> RetryPolicy:
        return cls(max_attempts=number(params.max_attempts))

    patch.setattr(RetryPolicy, "of", classmethod(of))


def _it_tries_once_too_often(patch: pytest.MonkeyPatch) -> None:
    _tries(patch, lambda most: most + 1)


def _it_gives_up_at_once(patch: pytest.MonkeyPatch) -> None:
    _tries(patch, lambda most: 1)


def _an_error_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    due = Result._due

    def once(self: Result, size: int | None) -> Error | None:
        failure = due(self, size)
        if failure is not None:
            self._failure, self._done = None, True
        return failure

    patch.setattr(Result, "_due", once)


def _a_lost_page_is_the_end(patch: pytest.MonkeyPatch) -> None:
    def ended(self: Result, error: Error) -> None:
        self._done = True

    patch.setattr(Result, "fail", ended)


def _everybody_sends_at_once(patch: pytest.MonkeyPatch) -> None:
    enter = RequestBudget.enter

    def crowded(self: RequestBudget, request: str, **limits: Any) -> Any:
        return enter(self, request, **{**limits, "most": 100})

    patch.setattr(RequestBudget, "enter", crowded)


def _a_used_id_is_used_again(patch: pytest.MonkeyPatch) -> None:
    feed = Result.feed

    def twice(self: Result, page: Page) -> None:
        feed(self, page)
        if page.rows and self._received == 2 * len(page.rows):
            feed(self, page)

    patch.setattr(Result, "feed", twice)


def _rows_are_asked_for_from_one_too_far(patch: pytest.MonkeyPatch) -> None:
    note = kept._note

    def noted(handle: Any, status: Any) -> None:
        note(handle, status)
        handle.total = handle.total and handle.total - (handle.total > 5)

    patch.setattr(kept, "_note", noted)


LIARS: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    _an_empty_page_is_the_end,
    _rows_are_not_counted,
    _a_statement_is_sent_again,
    _a_page_is_asked_for_again,
    _it_tries_once_too_often,
    _it_gives_up_at_once,
    _an_error_is_forgotten,
    _a_lost_page_is_the_end,
    _everybody_sends_at_once,
    _a_used_id_is_used_again,
    _rows_are_asked_for_from_one_too_far,
)


def _all(stage: Stage) -> None:
    for seed in range(SCHEDULES):
        play(seed, stage)


@pytest.mark.parametrize("lie", LIARS, ids=lambda lie: lie.__name__.strip("_"))
def test_a_driver_that_lies_is_caught(stage: Stage, monkeypatch: pytest.MonkeyPatch, lie: Any) -> None:
    lie(monkeypatch)
    with pytest.raises(ViolationError, match=r"python -m tests\.simulation --seed \d+"):
        _all(stage)
