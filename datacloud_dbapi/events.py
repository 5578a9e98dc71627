"""What the driver tells of its work: a record for each event, one log line for each record, and the user's callable.

A record holds no secret, no row and no SQL. Made where the work is done, told here and nowhere else.
Source: public surface, §1 (`on_event`); wire spec, faults rule 6.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["request", "retry", "refresh", "page"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; what does not apply to its kind, or is not known, is None.

    | kind | when |
    |---|---|
    | `request` | an HTTP request or gRPC call has ended, well or not |
    | `retry` | a request waits `wait` seconds before it is sent, for the `attempt`-th time in vain so far |
    | `refresh` | a login has given new tokens, after `seconds` |
    | `page` | the reader takes a page of `rows` rows |

    `status` is HTTP's number or gRPC's name, `bytes` the size of the answer unpacked, `attempt` counts from 1, `error`
    is the name of an error's class. `path` has neither host nor query string, and `…` for the id of a page.
    """

    kind: Kind
    method: str | None = None
    path: str | None = None
    status: int | str | None = None
    seconds: float | None = None
    bytes: int | None = None
    attempt: int | None = None
    query_id: str | None = None
    wait: float | None = None
    rows: int | None = None
    error: str | None = None

    def __str__(self) -> str:
        """One line for a log, such as `POST /api/v2/query → 200, 12 ms, 345 bytes, try 1`."""
        subject = " ".join(part for part in (self.method, self.path) if part) or self.kind
        outcome = self.error if self.status is None else self.status
        facts = (
            None if self.seconds is None else f"{self.seconds * 1000:.0f} ms",
            None if self.bytes is None else f"{self.bytes} bytes",
            None if self.rows is None else f"{self.rows} rows",
            None if self.attempt is None else f"try {self.attempt}",
            None if self.wait is None else f"waits {self.wait:.3g} s",
            None if self.query_id is None else f"query {self.query_id}",
        )
        known = ", ".join(fact for fact in facts if fact is not None)
        return f"{subject}{'' if outcome is None else f' → {outcome}'}{f', {known}' if known else ''}"


log = logging.getLogger("datacloud.events")

Tell = Callable[[Event], None]


class Reporter:
    """Tells the log of every event, at DEBUG on `datacloud.<kind>`, and the user's callable."""

    def __init__(self, on_event: Callable[[Event], object] | None) -> None:
        self._on_event = on_event
        self._failed = False
        self._logs = {kind: logging.getLogger(f"datacloud.{kind}") for kind in get_args(Kind)}

    def hears(self, kind: Kind) -> bool:
        """Whether anybody would hear of an event: a request that nobody watches need not be described."""
        return self._on_event is not None or self._logs[kind].isEnabledFor(logging.DEBUG)

    def tell(self, event: Event) -> None:
        """Never raises what the callable raises: who watches a query does not change it."""
        self._logs[event.kind].debug("%s", event)
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception as error:  # whatever a user's callable throws
            if not self._failed:
                self._failed = True
                log.warning("on_event failed with %s; this is said once", type(error).__name__)
