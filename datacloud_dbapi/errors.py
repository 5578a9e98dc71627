"""The errors of PEP 249, ours below them, and the one function that turns an answer into one of them.

    Exception
    ├── Warning
    └── Error
        ├── InterfaceError                 a wrong connect argument, use after close
        └── DatabaseError
            ├── DataError                  a value that does not convert
            ├── OperationalError           network, login, limits, server trouble
            │   ├── AuthenticationError    check the credentials, or log in again
            │   ├── RateLimitError         wait `retry_after` seconds
            │   ├── QueryTimeoutError      ask for less, or allow more time
            │   ├── ResultExpiredError     execute again, read without long pauses
            │   ├── ServerUnreachableError check host, proxy, network: nothing was sent
            │   ├── UntrustedServerError   check the host name, or name your authority in ca_bundle
            │   └── ConnectionLostError    whether it was carried out is unknown
            ├── IntegrityError
            ├── InternalError
            │   └── ProtocolError          a readable answer that contradicts the protocol
            ├── ProgrammingError           SQL or names refused, wrong parameters, wrong order of calls
            └── NotSupportedError

Errors are made without any I/O. Source: wire spec, faults rules 5-6; status-codes §2-3, §5; auth §5.
"""

from __future__ import annotations

import email.utils
import re
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar

from datacloud_dbapi.error_bodies import read_error_body, server_text

E = TypeVar("E", bound=BaseException)
P = ParamSpec("P")
T = TypeVar("T")

Area = Literal["query", "page", "auth", "metadata"]


class Warning(Exception):  # noqa: N818 - PEP 249's name
    """An important warning. Source: PEP 249."""


class Error(Exception):
    """The base of every error this package raises. Each attribute is None where it is not known.

    | attribute | meaning |
    |---|---|
    | `message` | what went wrong, without the notes that `str()` adds |
    | `code` | the server's own error code |
    | `sqlstate` | five characters |
    | `position` | character in the statement, from 1 |
    | `hint` | the one thing to try |
    | `query_id` | the server's id of the query |
    | `http_status` | of the last answer |
    | `retry_after` | seconds the server asks to wait |
    | `attempts` | how often the request was tried |
    | `maybe_applied` | True when a write may have happened although this error was raised |
    | `trace_id` | what the service's support asks for |
    | `request` | method and path, such as `POST /api/v2/query` |
    | `rows_given` | rows already handed out, which stay valid |
    | `written` | of a call that writes many rows: what came of each until this error |
    """

    written: Any = None

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        sqlstate: str | None = None,
        position: int | None = None,
        hint: str | None = None,
        query_id: str | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
        attempts: int | None = None,
        maybe_applied: bool | None = None,
        trace_id: str | None = None,
        request: str | None = None,
        rows_given: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.sqlstate = sqlstate
        self.position = position
        self.hint = hint
        self.query_id = query_id
        self.http_status = http_status
        self.retry_after = retry_after
        self.attempts = attempts
        self.maybe_applied = maybe_applied
        self.trace_id = trace_id
        self.request = request
        self.rows_given = rows_given

    def __str__(self) -> str:
        """The message with what is known beside it, in one line."""
        notes = (
            ("SQLSTATE ", self.sqlstate),
            ("at character ", self.position),
            ("HTTP ", self.http_status),
            ("code ", None if self.code == self.sqlstate else self.code),
            ("retry after seconds: ", self.retry_after),
            ("query ", self.query_id),
            ("trace ", self.trace_id),
            ("hint: ", self.hint),
        )
        known = "; ".join(f"{label}{value}" for label, value in notes if value is not None)
        return f"{self.message} ({known})" if known else self.message


class InterfaceError(Error):
    """The driver was used wrongly: a connect argument, or a closed connection or cursor."""


class DatabaseError(Error):
    """Something is wrong on the database's side, or with what was asked of it."""


class DataError(DatabaseError):
    """A value does not fit its type."""


class OperationalError(DatabaseError):
    """Network, login, permission, limit or server trouble: nothing is wrong with the statement."""


class AuthenticationError(OperationalError):
    """The login was refused, or a token is no longer accepted."""


class RateLimitError(OperationalError):
    """Too many requests; `retry_after` says how many seconds to wait, where the server does."""


class QueryTimeoutError(OperationalError):
    """The query took longer than the service or `query_timeout` allows."""


class ResultExpiredError(OperationalError):
    """The server no longer has the rest of the result; rows already given stay valid."""


class ServerUnreachableError(OperationalError):
    """No connection could be made, so nothing was sent."""


class UntrustedServerError(OperationalError):
    """The server's certificate does not prove that it is the one asked for; nothing was sent."""


class ConnectionLostError(OperationalError):
    """The request left, no whole answer came: whether the server acted on it is unknown."""


class IntegrityError(DatabaseError):
    """A constraint was violated."""


class InternalError(DatabaseError):
    """The service or the driver is in a state that should not occur."""


class ProtocolError(InternalError):
    """A readable answer contradicts the protocol, so its rows cannot be trusted."""


class ProgrammingError(DatabaseError):
    """SQL or a name was refused, parameters do not fit, or calls come in the wrong order."""


class NotSupportedError(DatabaseError):
    """The service, the transport or this release cannot do it."""


def handled() -> BaseException | None:
    """The exception that the caller is dealing with just now: an error that comes of it has it as its context."""
    return sys.exc_info()[1]


def without_frames(error: E, outside: BaseException | None) -> E:
    """The same error without the frames it came through, nor those of its causes and contexts.

    What a frame holds is shown by many a tool that formats a traceback, and ours hold tokens and secrets. The traceback
    so ends where an error leaves the driver, near the caller's line. `outside` is what was being handled before the
    driver was called: that one, and what led to it, is the caller's and stays as it is. Source: wire spec, faults K3.
    """
    links: list[BaseException] = [error]
    seen = {id(outside)}
    while links:
        link = links.pop()
        if id(link) not in seen:
            seen.add(id(link))
            link.with_traceback(None)
            links += [one for one in (link.__cause__, link.__context__) if one is not None]
    return error


def sealed(call: Callable[P, T]) -> Callable[P, T]:
    """Decorates what is called with secrets: its errors leave without the frames inside, and without the arguments."""

    @wraps(call)
    def outer(*args: P.args, **kwargs: P.kwargs) -> T:
        outside = handled()
        try:
            return call(*args, **kwargs)
        except Error as error:
            raise without_frames(error, outside)  # noqa: B904 - it is the same error
        finally:
            del args, kwargs

    return outer


_CLASS_OF_SQLSTATE: dict[str, type[DatabaseError]] = {
    "08": OperationalError,
    "0A": NotSupportedError,
    "22": DataError,
    "23": IntegrityError,
    "26": ProgrammingError,
    "28": AuthenticationError,
    "3D": ProgrammingError,
    "3F": ProgrammingError,
    "42": ProgrammingError,
    "53": OperationalError,
    "53S01": QueryTimeoutError,
    "57": OperationalError,
    "58": OperationalError,
    "HY": InternalError,
    "XX": InternalError,
}


def sqlstate_error_class(sqlstate: str) -> type[DatabaseError]:
    """The error class of a SQLSTATE; `DatabaseError` itself where the table has no better answer.

    Source: wire spec, status-codes §5; hyper §2.6 for 53S01.
    """
    return _CLASS_OF_SQLSTATE.get(sqlstate) or _CLASS_OF_SQLSTATE.get(sqlstate[:2], DatabaseError)


# Source: wire spec, faults S3-S11, T12, T14, P8. A status that is missing here is judged by `_class_of`.
_CLASS_OF_STATUS: dict[int, type[DatabaseError]] = {
    401: AuthenticationError,
    403: OperationalError,
    408: QueryTimeoutError,
    429: RateLimitError,
}

_EXPIRED_HINT = (
    "a result must be read with less than 3 minutes between two pages and within 1 hour of the query, "
    "and each page can be had once: execute again"
)
_HINT_OF_STATUS: dict[int, str] = {
    401: "the token is not accepted: check the credentials, or log in again",
    403: "the user or the connected app lacks a permission, an OAuth scope or access to the data space",
    408: "the service gave up on the query: ask for less",
}
# The meaning of the OAuth error codes; the texts that come with them vary. Source: wire spec, auth §5.
_HINT_OF_OAUTH_CODE: dict[str, str] = {
    "invalid_client": "check client_id and client_secret, and that the app allows this kind of login",
    "invalid_client_id": "check client_id",
    "invalid_grant": (
        "check user name, password (with the security token appended when your address is not trusted) and login_url; "
        "client credentials need the org's My Domain as login_url"
    ),
    "invalid_scope": "the app needs the scopes api, cdp_query_api and cdp_profile_api",
    "unsupported_grant_type": "the org does not allow this kind of login: choose another `auth`",
}


def error_from_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    request: str,
    area: Area,
    query_id: str | None = None,
    attempts: int | None = None,
    now: float | None = None,
) -> Error:
    """The error that an unwelcome answer stands for.

    `request` is method and path without query string; `now` is the time in seconds since the epoch, asked only when
    `Retry-After` is a date and the answer carries no `Date` of its own. Never raises, whatever the body is, and a
    200 is taken for an error too: the caller has found it unusable.
    Source: wire spec, status-codes §2-3 (bodies), faults rule 5 and S9-S14 (classes).
    """
    fields = {name.lower(): value for name, value in headers.items()}
    found = read_error_body(body, fields.get("content-type", ""), trusted=area != "auth" or status >= 400)
    sqlstate = found.sqlstate if area in ("query", "page", "metadata") else None
    error_class = _class_of(status, area, sqlstate, is_json=found.is_json)
    hint = found.hint or _HINT_OF_OAUTH_CODE.get(found.code or "") or _HINT_OF_STATUS.get(status)
    if error_class is ResultExpiredError:
        hint = _EXPIRED_HINT
    return error_class(
        found.message or f"The service answered {status} to {request} with nothing that explains it",
        code=found.code,
        sqlstate=sqlstate,
        position=found.position,
        hint=hint,
        query_id=query_id or found.query_id,
        http_status=status,
        retry_after=stated_wait(status, fields, now),
        attempts=attempts,
        trace_id=server_text(fields["x-trace-id"]) if "x-trace-id" in fields else None,
        request=request,
    )


def _class_of(status: int, area: Area, sqlstate: str | None, *, is_json: bool) -> type[DatabaseError]:
    if status in _CLASS_OF_STATUS:
        return _CLASS_OF_STATUS[status]
    if 300 <= status < 400 or (area == "auth" and status < 500):
        # Redirects lead to a login page, and are never followed.
        return AuthenticationError
    if status >= 500:
        return OperationalError
    if area == "page" and status in (400, 404, 410):
        return ResultExpiredError
    if status < 400 and not is_json:
        return OperationalError
    by_sqlstate = sqlstate_error_class(sqlstate) if sqlstate else DatabaseError
    return ProgrammingError if by_sqlstate is DatabaseError and status >= 400 else by_sqlstate


def stated_wait(status: int, fields: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait, from `Retry-After` (seconds or a date), else for a 429 from `x-ratelimit-reset`.

    `fields` are an answer's headers, names in lower case.
    """
    asked = fields.get("retry-after", "").strip()
    if asked and (seconds := _seconds(asked)) is not None:
        return seconds
    if asked and (date := _epoch(asked)) is not None:
        # The server's own clock wrote the date, so its own `Date` is the fairer start.
        start = _epoch(fields.get("date", ""))
        start = now if start is None else start
        if start is not None:
            return max(0.0, date - start)
    # One number, or a list of them with the window in force first.
    reset = re.split("[,;]", fields.get("x-ratelimit-reset", ""))[0]
    return _seconds(reset) if status == 429 else None


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text.strip(), re.ASCII) else None


def _epoch(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
