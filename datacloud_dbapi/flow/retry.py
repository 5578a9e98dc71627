"""What may be sent again, when, and for how long.

`RetryPolicy` and `Deadline` answer questions, the flow `send_patiently` asks them. What the flows of one login share is
in `limits`.
Source: wire spec, faults rules 1–3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from datacloud_dbapi.errors import (
    Area,
    ConnectionLostError,
    Error,
    OperationalError,
    QueryTimeoutError,
    ServerUnreachableError,
    UntrustedServerError,
    error_from_response,
    stated_wait,
)
from datacloud_dbapi.events import Event
from datacloud_dbapi.flow.effects import Flow, Request, Response, draw, note, now, send, sleep
from datacloud_dbapi.flow.limits import RequestBudget
from datacloud_dbapi.params import ConnectParams


@dataclass(frozen=True, slots=True)
class Repeatable:
    """Which faults of one request allow sending it again. One that never left may always be repeated.

    | request                                              | 429 | 503 | unclear |
    |------------------------------------------------------|-----|-----|---------|
    | `READ`: metadata, token by credentials, exchange     | yes | yes | yes     |
    | `SUBMIT`: a statement                                | yes | yes | no      |
    | `PAGE`: a `nextBatchId`, honoured by the server once | yes | yes | no      |

    401 is no matter of repetition: `auth.tokens` re-authenticates once. `writes` says that the request changes
    something, so that an error after an unclear try is marked `maybe_applied`.
    """

    after_503: bool = True
    after_unclear: bool = True
    writes: bool = False

    def allows(self, response: Response) -> bool:
        """Whether the request may be sent again after this answer."""
        if response.status == 429:
            return True
        if response.status == 503:
            return self.after_503
        return self.after_unclear and self.unclear(response)

    def unclear(self, response: Response) -> bool:
        """Whether the service may have acted on the request although it answered this."""
        return response.status in {500, 502, 504}

    def refuses_token(self, response: Response) -> bool:
        """Whether the answer says that another token is needed."""
        return response.status == 401

    def patience(self, response: Response, usual: RetryPolicy) -> RetryPolicy:
        """How often to try, and how long to wait, after this answer."""
        return usual


READ = Repeatable()
SUBMIT = Repeatable(after_unclear=False)
PAGE = Repeatable(after_unclear=False)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full-jitter back-off, doubling from `first` to `longest` seconds, `budget` seconds of waiting in all.

    `max_in_flight` requests of its login may be under way when one more is sent.
    """

    max_attempts: int = 3
    max_in_flight: int = 5
    first: float = 0.5
    longest: float = 8.0
    budget: float = 60.0

    @classmethod
    def of(cls, params: ConnectParams) -> RetryPolicy:
        return cls(max_attempts=params.max_attempts, max_in_flight=params.max_in_flight)

    def pause(self, attempt: int, waited: float, asked: float | None) -> Flow[float | None]:
        """Seconds to wait after the `attempt`-th try (from 1), or None to give up.

        A wait the server asked for is obeyed in full or not at all.
        """
        if attempt >= self.max_attempts:
            return None
        pause = asked
        if pause is None:
            pause = min(self.longest, self.first * 2 ** (attempt - 1)) * (yield from draw())
        return pause if waited + pause <= self.budget else None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the flow's clock that waiting may not pass; `None` never comes."""

    at: float | None = None

    @classmethod
    def after(cls, start: float, seconds: float | None) -> Deadline:
        return cls(None if seconds is None else start + seconds)

    def passed(self, moment: float) -> bool:
        return self.at is not None and moment >= self.at

    def has_passed(self) -> Flow[bool]:
        return self.at is not None and (yield from now()) >= self.at


NEVER = Deadline()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer that stands, and the number of times the request was sent to get it.

    `unclear` says that the service may have acted on an earlier try.
    """

    response: Response
    attempts: int
    unclear: bool = False

    def refusal(self, request: str, area: Area, query_id: str | None = None) -> Error:
        """The error that an answer which is no success stands for; `request` is what errors call the request."""
        status, headers, body = self.response.status, self.response.headers, self.response.body
        return error_from_response(
            status, headers, body, request=request, area=area, query_id=query_id, attempts=self.attempts
        )


def enter(
    budget: RequestBudget,
    request: str,
    policy: RetryPolicy,
    waited: float,
    deadline: Deadline,
    repeat_until: Deadline = NEVER,
) -> Flow[tuple[Callable[[], None], float]]:
    """Wait until the login may send one more request: the function to call after it, and the seconds waited in all.

    Raises RateLimitError when the service's wait does not fit, QueryTimeoutError when the deadline comes first.
    """
    ends = [one.at for one in (deadline, repeat_until) if one.at is not None]
    leave, slept = yield from budget.enter(
        request,
        most=policy.max_in_flight,
        patience=policy.budget - waited,
        deadline=deadline.at,
        latest=min(ends, default=None),
    )
    return leave, waited + slept


def send_patiently(
    request: Request,
    repeatable: Repeatable,
    policy: RetryPolicy,
    *,
    again: Callable[[], Request] | None = None,
    deadline: Deadline = NEVER,
    repeat_until: Deadline = NEVER,
    budget: RequestBudget | None = None,
    unclear: bool = False,
) -> Flow[Reply]:
    """The answer to `request`, after the repetitions its kind allows; any status may come back.

    `again` makes the request of each further try where the first may not be sent twice (a signed assertion).
    `deadline` ends everything; `repeat_until` only forbids a further try (a page id lives for three minutes). Without a
    `budget` the request is counted with no other. `unclear` says that the service may have acted on it already.
    Raises ServerUnreachableError or ConnectionLostError when no answer came, QueryTimeoutError at the deadline,
    RateLimitError when the service told another flow to wait for longer than fits.
    """
    budget = budget or RequestBudget()
    waited = 0.0
    attempt = 0
    while True:
        attempt += 1
        failure: OperationalError | None = None
        response: Response | None = None
        sent = False
        leave: Callable[[], None] = _nothing
        try:
            leave, waited = yield from enter(budget, request.label, policy, waited, deadline, repeat_until)
            if (yield from deadline.has_passed()):
                raise QueryTimeoutError("The query timeout passed before the service answered", request=request.label)
            usual, sent = attempt == 1 and deadline.at is None, True
            response = yield from send(request if usual else replace(request, deadline=deadline.at, attempt=attempt))
            yield from budget.saw(response.headers, policy.budget)
        except ServerUnreachableError as error:
            failure = error
        except ConnectionLostError as error:
            unclear = True
            error.attempts = attempt
            error.maybe_applied = repeatable.writes or None
            if not repeatable.after_unclear:
                raise
            failure = error
        except OperationalError as error:
            # An answer that cannot be taken in (too large, packed oddly) is one to a request that was acted on, maybe.
            unclear = unclear or (sent and not isinstance(error, UntrustedServerError))
            error.maybe_applied = (repeatable.writes and unclear) or None
            raise
        finally:
            leave()
        if response is not None and not repeatable.allows(response):
            return Reply(response, attempt, unclear)
        asked = stated_wait(response.status, response.headers) if response is not None else None
        patience = policy if response is None else repeatable.patience(response, policy)
        pause = yield from patience.pause(attempt, waited, asked)
        moment = yield from now()
        told = pause if asked is None else asked
        if response is not None and response.status == 429 and told is not None:
            budget.hold(moment + told)
        if pause is None or deadline.passed(moment + pause) or repeat_until.passed(moment + pause):
            if response is not None:
                return Reply(response, attempt, unclear)
            assert failure is not None  # noqa: S101 - one of the two is always there
            failure.attempts = attempt
            failure.maybe_applied = (repeatable.writes and unclear) or None
            raise failure
        unclear = unclear or (response is not None and repeatable.unclear(response))
        waited += pause
        yield from note(_retry(request, response, failure, attempt, pause))
        yield from sleep(pause)
        if again is not None:
            request = again()


def _nothing() -> None:
    """Leaves what was not entered."""


def _retry(request: Request, response: Response | None, failure: Exception | None, attempt: int, pause: float) -> Event:
    return Event(
        "retry",
        request.method,
        request.path,
        status=None if response is None else response.status,
        attempt=attempt,
        query_id=request.query_id,
        wait=pause,
        error=None if failure is None else type(failure).__name__,
    )
