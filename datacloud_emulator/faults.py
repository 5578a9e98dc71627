"""Faults on purpose: what is to go wrong with which request, as a script that a test writes.

A `Fault` says what happens to a request, `Faults` which requests it happens to. Nothing here is done to a request:
`app` and `doors.grpc` ask for each one that arrives whether a fault strikes it, and do it.

Source: wire spec, faults (rules 1-2 and its table); status-codes §6; public-api §2.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Literal

import grpc as grpc_library

ANY = "*"
# Operations as `RequestRecord.operation` has them; a request for an unknown path has none, and only "*" strikes it.
REQUESTS_WITH_ID = frozenset(
    {
        *("batch", "v3-status", "v3-cancel", "v3-rows", "v3-chunk", "v3-metadata"),
        *("query-sql-status", "query-sql-cancel", "query-sql-rows"),
    }
)
REQUESTS = REQUESTS_WITH_ID | {
    *("token", "revoke", "authorize", "success", "userinfo", "identity", "exchange"),
    *("query-v1", "query", "v3-query", "query-sql", "soql", "data-spaces", "metadata"),
    *("profile-metadata", "profile", "profile-children", "profile-insight", "insight-metadata", "insight"),
    *("universal-id", "data-graph-metadata", "data-graph", "data-graph-lookup"),
    *("engagement-query", "engagement-read", "engagement-create", "engagement-update", "engagement-delete"),
    *("engagement-action", "engagement-download"),
}
CALLS = frozenset({"ExecuteQuery", "GetQueryInfo", "GetQueryResult", "CancelQuery"})

Body = str | bytes | dict[str, Any] | list[Any]


@dataclass(frozen=True, repr=False)
class Fault:
    """What happens to a request; an immutable value for `Emulator.faults`.

    `on` is the operation it waits for, as in `RequestRecord.operation`, or "*" for any. The first `after` requests of
    that operation pass (those that another fault strikes count as well), then `times` of them are struck, or all from
    then on when it is None.

    What it does is one of the following; `delay` goes with any of them, and `headers`, `drip` and one early end of the
    body with whatever gives an answer:

    | field | what happens | is the request carried out? |
    |---|---|---|
    | `status`, `body` | this answer instead of the service's; without `body` what is documented for the status | no |
    | `reset="before"` | the connection is reset | no |
    | `reset="after"` | it is reset before any byte of the answer | yes |
    | `reset="within"` | it is reset after `keep` bytes of the body | yes |
    | `cut` | the answer states no length, and ends after `keep` bytes of the body as if that were all | yes |
    | `wrong_length` | the answer states a greater length than its body has | yes |
    | `drip` | the body comes byte by byte, `drip` seconds before each | yes |
    | `headers` | they are set on the answer | yes |
    | `change` | the JSON of the answer is replaced by `change(json)`; a text or bytes go out as they are | yes |
    | `expire_token` | the token of this request is dead from now on, so it is refused | no |
    | `expire_id` | the page or query id in its path is dead from now on, so it is refused | no |
    | `grpc` | a call fails with this status, "UNAVAILABLE" for one, after `keep` messages | if `keep` > 0 |

    `keep` counts the bytes that go over the line, packed when the client takes gzip. Over gRPC `delay`, `reset` and
    `expire_token` work as well; a reset is UNAVAILABLE there, and `keep` counts messages. Numbers with a fraction reach
    `change` as `Decimal`.

    In the in-process door, delays move the emulator's clock and nobody waits; over sockets they take their time, and
    move a clock that stands. A delay longer than an in-process client's read timeout ends in that timeout.

    Raises ValueError for an operation that does not exist and for what cannot be combined.
    """

    on: str = ANY
    after: int = 0
    times: int | None = 1
    status: int | None = None
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    reset: Literal["before", "after", "within"] | None = None
    keep: int = 0
    cut: bool = False
    wrong_length: bool = False
    drip: float | None = None
    expire_token: bool = False
    expire_id: bool = False
    change: Callable[[Any], Any] | None = None
    grpc: str | None = None

    def __post_init__(self) -> None:
        known = REQUESTS | CALLS
        if self.on != ANY and self.on not in known:
            near = get_close_matches(self.on, sorted(known), n=1, cutoff=0.0)
            raise ValueError(f"there is no operation {self.on!r}; do you mean {near[0]!r}?")
        for wrong, words in self._objections():
            if wrong:
                raise ValueError(words)

    def __repr__(self) -> str:
        """What it does and no more; a body's text is left out."""
        said = [repr(self.on)]
        for part in fields(self)[1:]:
            value = getattr(self, part.name)
            if value != (part.default if part.default is not MISSING else {}):
                said.append(f"{part.name}=…" if part.name in {"body", "change"} else f"{part.name}={value!r}")
        return f"Fault({', '.join(said)})"

    def _objections(self) -> Iterable[tuple[bool, str]]:
        answers = self._answers
        refusals = (self.status, self.change, self.expire_token or None, self.expire_id or None)
        no_answer = self.reset in {"before", "after"}
        of_http = self.status is not None or self.expire_id or self.change is not None or answers
        ends_early = (self.reset == "within", self.cut, self.wrong_length)
        yield self.after < 0, "after must not be negative"
        yield self.times is not None and self.times < 1, "times must be at least 1, or None for all"
        yield self.keep < 0 or self.delay < 0 or (self.drip or 0) < 0, "keep, delay and drip must not be negative"
        yield self.reset not in {None, "before", "after", "within"}, "reset must be before, after or within"
        yield self.status is not None and not 200 <= self.status <= 599, "status must be from 200 to 599"
        yield self.body is not None and self.status is None, "body needs a status"
        yield (
            not (of_http or any(refusals) or self.reset or self.grpc or self.delay),
            "a fault must say what is to go wrong",
        )
        yield sum(value is not None for value in refusals) > 1, "status, change and expire_… exclude each other"
        yield sum(ends_early) > 1, "an answer ends early in one way only"
        yield no_answer and (of_http or self.expire_token), f"reset={self.reset!r} leaves no answer to do more to"
        yield self.keep > 0 and not (self.reset == "within" or self.cut or self.grpc), "keep what, of what is not cut?"
        yield self.grpc is not None and not _is_failure(self.grpc), f"{self.grpc!r} is no status of a failed gRPC call"
        yield (
            self.grpc is not None and (bool(of_http) or self.reset is not None or self.expire_token),
            "grpc goes with delay and keep only",
        )
        yield self.on in CALLS and bool(of_http), f"{self.on} is a gRPC call: grpc, delay, reset or expire_token"
        yield self.on in REQUESTS and self.grpc is not None, f"{self.on} is not a gRPC call"
        yield (
            self.expire_id and self.on != ANY and self.on not in REQUESTS_WITH_ID,
            f"a request for {self.on} has no id in its path",
        )

    @property
    def _answers(self) -> bool:
        """Whether it is done to an answer over HTTP, whosesoever that is."""
        return bool(self.headers) or self.cut or self.wrong_length or self.drip is not None

    def fits(self, operation: str) -> bool:
        """Whether it can strike a request for `operation` at all."""
        if self.on not in {ANY, operation}:
            return False
        if operation in CALLS:
            return not (self.status is not None or self.expire_id or self.change is not None or self._answers)
        return self.grpc is None and not (self.expire_id and operation not in REQUESTS_WITH_ID)

    @property
    def carries_out(self) -> bool:
        """Whether the service acts on the request before anything goes wrong. (One whose token or id expires is put to
        the service too, which refuses it.)"""
        return self.status is None and self.reset != "before" and (self.grpc is None or self.keep > 0)


def _is_failure(name: str) -> bool:
    return name in grpc_library.StatusCode.__members__ and name != "OK"


@dataclass
class _Armed:
    """A fault in wait."""

    fault: Fault
    seen: int = 0
    struck: int = 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times


class Faults:
    """The script of an emulator; any thread may add to it while others are being struck."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self._struck: list[tuple[str, Fault]] = []
        self.add(*faults)

    def __repr__(self) -> str:
        return f"<Faults: {len(self.pending)} pending, {len(self.struck)} struck>"

    def add(self, *faults: Fault) -> None:
        """Put faults in wait, behind those that are. Of several that fit a request the first one strikes it."""
        with self._lock:
            self._armed += [_Armed(fault) for fault in faults]

    def clear(self) -> None:
        """Forget the faults in wait and those that struck."""
        with self._lock:
            self._armed.clear()
            self._struck.clear()

    @property
    def struck(self) -> tuple[tuple[str, Fault], ...]:
        """What happened, in order: operation and fault."""
        with self._lock:
            return tuple(self._struck)

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults in wait, those that go on for ever among them."""
        with self._lock:
            return tuple(armed.fault for armed in self._armed)

    def strike(self, operation: str) -> Fault | None:
        """Count a request that has arrived: the fault that is to be done to it, or None."""
        with self._lock:
            fault = None
            for armed in self._armed:
                if not armed.fault.fits(operation):
                    continue
                armed.seen += 1
                if fault is None and armed.seen > armed.fault.after:
                    fault = armed.fault
                    armed.struck += 1
                    self._struck.append((operation, fault))
            self._armed = [armed for armed in self._armed if not armed.spent]
            return fault
