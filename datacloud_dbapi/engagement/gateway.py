"""How Account Engagement is asked: one request of one business unit, and what every answer says beside its body.

Source: wire spec, account-engagement §1-4, §9-11; faults E1-E5.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlencode

from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.engagement.errors import Remark, error_of, read_remarks, warn_of
from datacloud_dbapi.engagement.resending import READ, Resendable
from datacloud_dbapi.errors import Error
from datacloud_dbapi.flow.effects import Flow, Response
from datacloud_dbapi.flow.limits import RequestBudget
from datacloud_dbapi.flow.retry import Reply, RetryPolicy
from datacloud_dbapi.transports.bodies import read_json


@dataclass(frozen=True, slots=True)
class Usage:
    """The business unit's calls of the day, shared by everything that uses the API."""

    used: int
    maximum: int

    @property
    def left(self) -> int:
        """How many calls may still be made today."""
        return max(0, self.maximum - self.used)


@dataclass(frozen=True, slots=True)
class Answer:
    """A success (2xx, or 304 of a read), and what its headers say.

    `already` is True where an earlier, unclear try had done what a repetition then found done.
    """

    request: str
    status: int
    body: bytes
    remarks: tuple[Remark, ...] = ()
    last_modified: datetime | None = None
    location: str | None = None
    already: bool = False

    def json(self) -> Any:
        """The body's value, every digit kept; None for an empty one. Raises as `read_json` does."""
        return read_json(self.body, self.request) if self.body.strip() else None


def target(path: str, query: Sequence[tuple[str, str]] = ()) -> str:
    """A path with its query; a blank is `%20` and a plus `%2B`, which the service does not take for one another."""
    return f"{path}?{urlencode(query, quote_via=quote, safe=',')}" if query else path


class Gateway:
    """Sends the requests of one business unit. Thread-safe.

    `usage` is what the service last said of the day's calls; None before it did.
    """

    def __init__(
        self,
        tokens: Tokens,
        policy: RetryPolicy,
        budget: RequestBudget,
        *,
        origin: str,
        business_unit_id: str,
        read_timeout: float,
    ) -> None:
        self._tokens = tokens
        self._policy = policy
        self._budget = budget
        self._read_timeout = read_timeout
        self._headers = {"Pardot-Business-Unit-Id": business_unit_id, "X-Return-Api-Usage": "1"}
        self.origin = origin
        self.usage: Usage | None = None

    @property
    def at_once(self) -> int:
        """How many requests of the business unit may be under way when this client sends one more."""
        return self._policy.max_in_flight

    def send(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        *,
        kind: Resendable = READ,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        shown: str | None = None,
        gone_is_done: bool = False,
        most: int | None = None,
        warned: bool = False,
    ) -> Flow[Answer]:
        """The answer to a request that succeeded; any other is raised, with `maybe_applied` where nobody can tell.

        `shown` is what errors and logs call the path. With `gone_is_done` a 404 after an unclear try is a success: the
        record is gone because of that very try. `most` requests of the business unit may be under way, where that is
        not what the client has by itself. `warned`: Python's warnings were told already of what is left out.
        """
        policy = self._policy if most is None else replace(self._policy, max_in_flight=most)
        call = Call(
            method,
            target(path, query),
            body,
            self._read_timeout,
            {**self._headers, **(headers or {})},
            shown_path=shown,
            origin=self.origin,
        )
        reply = yield from self._tokens.send(call, kind, policy, org=True, budget=self._budget)
        self._note_usage(reply.response)
        return self._answer(reply, f"{method} {shown or path}", kind, gone_is_done=gone_is_done, warned=warned)

    def _answer(self, reply: Reply, request: str, kind: Resendable, *, gone_is_done: bool, warned: bool) -> Answer:
        response = reply.response
        if gone_is_done and reply.unclear and response.status == 404:
            return Answer(request, response.status, b"", already=True)
        if not (200 <= response.status < 300 or response.status == 304):
            raise self._refusal(reply, request, kind)
        remarks = read_remarks(response.headers)
        if not warned:
            warn_of(remarks)
        return Answer(
            request,
            response.status,
            response.body,
            remarks,
            _moment(response.headers.get("last-modified")),
            response.headers.get("location"),
        )

    def _refusal(self, reply: Reply, request: str, kind: Resendable) -> Error:
        response = reply.response
        # A 503 says "not now", but says it in a way that a proxy on the way back may have said it for the service.
        unclear = reply.unclear or kind.unclear(response) or response.status >= 500
        return error_of(response, request=request, attempts=reply.attempts, maybe_applied=kind.writes and unclear)

    def _note_usage(self, response: Response) -> None:
        numbers = re.findall(r"\d{1,12}", response.headers.get("x-api-usage", ""), re.ASCII)
        if len(numbers) == 2:
            self.usage = Usage(int(numbers[0]), int(numbers[1]))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)
