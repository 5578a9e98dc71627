"""What all flows of one login share of the service's limits: so many requests in flight, and one moment to wait for.

How it works: a flow enters before each try of a request and leaves after it. It waits its turn for a place, and when
the service has told one of them to wait, all of them wait until then; nobody sends a request only to be told the same.
When that moment comes, the places keep those who waited from rushing in at once.
choice: a place is held while a request is under way and never while a flow waits to repeat one; the service counts
requests, and a flow that sleeps for half a minute would keep the others from using what is theirs.
Source: wire spec, limits §1 and §3; faults rule 3, S5-S8.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from datacloud_dbapi.errors import QueryTimeoutError, RateLimitError
from datacloud_dbapi.events import Event
from datacloud_dbapi.flow.effects import Flow, acquire, note, now, sleep
from datacloud_dbapi.flow.slots import Slots


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What the service last said of its own limit, as far as it said it.

    `limit` requests are allowed in the window in force, `remaining` of them are left, and `reset_after` seconds from
    that answer on, the next window begins.
    """

    limit: int | None
    remaining: int | None
    reset_after: float | None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> RateLimit | None:
        """From an answer's headers, names in lower case; None when they say nothing of it.

        The first number of each counts: in `500, 500;w=1, 1000;w=86400` the rest lists every window there is.
        """
        texts = [headers.get(name) for name in _NAMES]
        if not any(texts):
            return None
        limit, remaining, reset = (_first_number(text or "") for text in texts)
        if limit is None and remaining is None and reset is None:
            return None
        return cls(None if limit is None else int(limit), None if remaining is None else int(remaining), reset)


_NAMES = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def _first_number(text: str) -> float | None:
    found = re.match(r"\s*(\d{1,12}(?:\.\d{1,9})?)\s*(?:[,;]|$)", text, re.ASCII)
    return None if found is None else float(found[1])


class RequestBudget:
    """The share that one login has of the service. Moments are on the flows' clock."""

    def __init__(self) -> None:
        self.rate_limit: RateLimit | None = None
        self._slots = Slots()
        self._not_before = -math.inf

    def enter(
        self, request: str, *, most: int, patience: float, deadline: float | None, latest: float | None
    ) -> Flow[tuple[Callable[[], None], float]]:
        """Wait until a request may be sent: the function to call when it is over, and the seconds slept.

        At most `most` are in flight. Raises RateLimitError at once when the service's wait is longer than `patience`
        seconds or goes beyond the moment `latest`, QueryTimeoutError when no place is free before `deadline`.
        """
        slept = 0.0
        while True:
            pause = yield from self._pause()
            if pause > 0:
                self._check_worth_it(request, pause, patience - slept, (yield from now()), latest)
                method, _, path = request.rpartition(" ")
                yield from note(Event("retry", method or None, path, wait=pause))
                yield from sleep(pause)
                slept += pause
                continue
            leave = yield from acquire(self._slots, most, deadline)
            if leave is None:
                raise QueryTimeoutError("The query timeout passed before the request had its turn", request=request)
            try:
                if (yield from self._pause()) <= 0:
                    return leave, slept
            except BaseException:
                leave()
                raise
            # While this one waited for its place, another was told to wait.
            leave()

    def hold(self, until: float) -> None:
        """The service asked for no request before this moment."""
        self._not_before = max(self._not_before, until)

    def _pause(self) -> Flow[float]:
        """Seconds until a request may be sent, not above 0 when it may be now. The clock is asked only if need be."""
        return self._not_before if self._not_before == -math.inf else self._not_before - (yield from now())

    def saw(self, headers: Mapping[str, str], patience: float) -> Flow[None]:
        """Keep what an answer says; when nothing remains, the next window is waited for if that fits `patience`."""
        found = RateLimit.read(headers)
        if found is None:
            return
        self.rate_limit = found
        if found.remaining == 0 and found.reset_after is not None and found.reset_after <= patience:
            self.hold((yield from now()) + found.reset_after)

    @staticmethod
    def _check_worth_it(request: str, pause: float, patience: float, moment: float, latest: float | None) -> None:
        if pause <= patience and (latest is None or moment + pause < latest):
            return
        raise RateLimitError(
            "The service has asked to wait for longer than this request may",
            retry_after=pause,
            request=request,
            hint="it said so to a request of the same login: wait, or send fewer requests",
        )
