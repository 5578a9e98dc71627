"""The errors of Account Engagement, below those of PEP 249, and the one function that makes one of an answer.

    OperationalError
    ├── AuthenticationError              the package's own; below it TokenExpiredError
    ├── PermissionDeniedError            an ability is lacking
    ├── ConfigurationError               business unit, host or edition
    ├── RateLimitError                   the package's own; below it DailyLimitError, ConcurrencyLimitError, QuotaError
    ├── QueryTimeoutError                the package's own
    ├── EmailSendError                   nothing was sent, or not for certain
    ├── ServerError
    └── ServerUnreachableError, ConnectionLostError, the package's own
    ProgrammingError
    ├── InvalidRequestError              below it MissingParameterError and NotWritableError
    ├── NotFoundError                    below it RecycledRecordError
    └── JobStateError                    an import, export or bulk action in another state
    IntegrityError
    └── DuplicateError, ConflictError, DependencyError
    NotSupportedError
    └── MethodNotAllowedError

The code decides, then the status; messages are for people. Source: wire spec, account-engagement §10.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from datacloud_dbapi.engagement.catalogue import ErrorCode, catalogue
from datacloud_dbapi.error_bodies import read_error_body, server_text
from datacloud_dbapi.errors import (
    AuthenticationError,
    DatabaseError,
    Error,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    QueryTimeoutError,
    RateLimitError,
    stated_wait,
)
from datacloud_dbapi.flow.effects import Response


class TokenExpiredError(AuthenticationError):
    """The access token is no longer good, and no other was to be had."""


class PermissionDeniedError(OperationalError):
    """The user's role, the account or the caller's address does not allow it."""


class ConfigurationError(OperationalError):
    """The business unit, the host or the account's edition does not fit."""


class DailyLimitError(RateLimitError):
    """The business unit's calls of the day are used up; they begin anew at the account's midnight."""


class ConcurrencyLimitError(RateLimitError):
    """More requests at once than the business unit may have, however long one waited."""


class QuotaError(RateLimitError):
    """A quota other than that of calls is used up."""


class EmailSendError(OperationalError):
    """A message could not be sent."""


class ServerError(OperationalError):
    """Trouble inside the service."""


class InvalidRequestError(ProgrammingError):
    """A parameter or a value was refused."""


class MissingParameterError(InvalidRequestError):
    """Something required is missing."""


class NotWritableError(InvalidRequestError):
    """The field or the record cannot be written here."""


class NotFoundError(ProgrammingError):
    """There is no such record, or the user may not see it."""


class RecycledRecordError(NotFoundError):
    """The record is in the recycle bin."""


class JobStateError(ProgrammingError):
    """An import, an export or a bulk action is in a state that does not allow the call."""


class DuplicateError(IntegrityError):
    """There is one already."""


class ConflictError(IntegrityError):
    """Two parts of the request point to different records."""


class DependencyError(IntegrityError):
    """The record is used elsewhere and cannot be deleted."""


class MethodNotAllowedError(NotSupportedError):
    """The path does not offer this operation."""


class EngagementWarning(UserWarning):
    """What the service remarked beside an answer that it gave."""


class RedactedResultWarning(EngagementWarning):
    """Values were left out, as the user may not see them."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One `Pardot-Warning`. Its numbers overlap with the error codes and mean something else."""

    number: int
    text: str


# Source: wire spec, account-engagement §9.
RECYCLED, REDACTED, CEILING = 201, 202, 203

_CLASSES: dict[str, type[DatabaseError]] = {
    one.__name__: one
    for one in (
        *(AuthenticationError, TokenExpiredError, PermissionDeniedError, ConfigurationError, DailyLimitError),
        *(ConcurrencyLimitError, QuotaError, QueryTimeoutError, EmailSendError, ServerError, InvalidRequestError),
        *(MissingParameterError, NotWritableError, NotFoundError, RecycledRecordError, JobStateError, DuplicateError),
        *(ConflictError, DependencyError, MethodNotAllowedError),
    )
} | {"AccountEngagementError": ProgrammingError}
_OF_STATUS: dict[int, type[DatabaseError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    408: QueryTimeoutError,
    429: RateLimitError,
    504: QueryTimeoutError,
}
# What to do about the codes that users meet first; elsewhere the documented meaning is the hint.
_ADVICE: dict[int, str] = {
    46: "an administrator gives the ability in the user's role",
    49: "the connected app needs the scope pardot_api, and the user a linked Account Engagement user",
    108: "take it out of what uses it first",
    122: "wait for the account's midnight; an edition without the API fails so at its first call",
    181: "give business_unit_id",
    182: "business_unit_id is 0Uv and 15 more letters and digits",
    201: "check business_unit_id; a sandbox or a developer org needs demo=True, any other must be without it",
    219: "restore the record first",
    224: "read the record for this field, or export it",
}


def advise(error: Error, advice: str, *, first: bool = False) -> None:
    """Tell one thing more to do about an error; `first` before what is told already."""
    known = [error.hint] if error.hint else []
    error.hint = "; ".join([advice, *known] if first else [*known, advice])


def code_of(response: Response) -> int | None:
    """The service's own number in an answer that is no success; None where it has none."""
    if response.status < 400:
        return None
    code = read_error_body(response.body, "", trusted=True).code
    return int(code) if code is not None and code.isascii() and code.isdigit() and len(code) < 6 else None


def read_remarks(headers: Mapping[str, str]) -> tuple[Remark, ...]:
    """What the service remarked; header names are in lower case. A list of them is divided by commas before numbers."""
    found = []
    for part in headers.get("pardot-warning", "").split(","):
        number, _, text = part.strip().partition(";")
        if number.strip().isascii() and number.strip().isdigit():
            found.append(Remark(int(number), server_text(text.strip())))
        elif found:
            found[-1] = Remark(found[-1].number, f"{found[-1].text}, {server_text(part.strip())}")
    return tuple(found)


def warn_of(remarks: tuple[Remark, ...]) -> None:
    """Tell Python's warnings what changes the meaning of an answer; the rest stands on the answer alone."""
    for remark in remarks:
        if remark.number == REDACTED:
            warnings.warn(
                f"Values were left out, as this user may not see them ({remark.text})", RedactedResultWarning, 2
            )


def error_of(response: Response, *, request: str, attempts: int | None = None, maybe_applied: bool = False) -> Error:
    """The error that an answer stands for. `request` is method and path without query string. Never raises."""
    found = read_error_body(response.body, response.headers.get("content-type", ""), trusted=True)
    code = code_of(response)
    known = catalogue().errors.get(code) if code is not None else None
    remarks = read_remarks(response.headers)
    error_class = _class_of(response.status, known)
    if error_class is NotFoundError and any(remark.number == RECYCLED for remark in remarks):
        error_class = RecycledRecordError
    return error_class(
        found.message or f"The service answered {response.status} to {request} with nothing that explains it",
        code=found.code,
        hint=_hint(code, known, error_class, found.message or ""),
        http_status=response.status,
        retry_after=stated_wait(response.status, response.headers),
        attempts=attempts,
        maybe_applied=maybe_applied or None,
        request=request,
    )


def _class_of(status: int, known: ErrorCode | None) -> type[DatabaseError]:
    if known is not None:
        return _CLASSES[known.error]
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    if 300 <= status < 400:
        # Redirects lead to a login page, and are never followed.
        return AuthenticationError
    return ServerError if status >= 500 else InvalidRequestError


def _hint(code: int | None, known: ErrorCode | None, error_class: type[DatabaseError], said: str) -> str | None:
    advice = _ADVICE.get(code or 0)
    if error_class is RecycledRecordError and advice is None:
        advice = "read it with deleted=True, or restore it"
    # What the service has said in these very words need not be said again.
    meaning = None if known is None or known.meaning.casefold() in said.casefold() else known.meaning
    return "; ".join(part for part in (meaning, advice) if part) or None
