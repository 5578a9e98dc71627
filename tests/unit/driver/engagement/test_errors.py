"""Every code of the service is an error of PEP 249 with its meaning. Source: wire spec, account-engagement §9-10."""

from __future__ import annotations

import warnings

import pytest

from datacloud_dbapi import errors as pep249
from datacloud_dbapi.engagement import errors
from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.errors import Remark, code_of, error_of, read_remarks, warn_of
from datacloud_dbapi.flow.effects import Response
from tests.unit.driver.scripted import json_answer

# The names of the wire spec's table, and what a PEP 249 program catches.
PARENTS: dict[str, type[Exception]] = {
    "AuthenticationError": pep249.AuthenticationError,
    "TokenExpiredError": pep249.AuthenticationError,
    "PermissionDeniedError": pep249.OperationalError,
    "ConfigurationError": pep249.OperationalError,
    "DailyLimitError": pep249.RateLimitError,
    "ConcurrencyLimitError": pep249.RateLimitError,
    "QuotaError": pep249.RateLimitError,
    "QueryTimeoutError": pep249.QueryTimeoutError,
    "EmailSendError": pep249.OperationalError,
    "ServerError": pep249.OperationalError,
    "InvalidRequestError": pep249.ProgrammingError,
    "MissingParameterError": errors.InvalidRequestError,
    "NotWritableError": errors.InvalidRequestError,
    "NotFoundError": pep249.ProgrammingError,
    "RecycledRecordError": errors.NotFoundError,
    "JobStateError": pep249.ProgrammingError,
    "DuplicateError": pep249.IntegrityError,
    "ConflictError": pep249.IntegrityError,
    "DependencyError": pep249.IntegrityError,
    "MethodNotAllowedError": pep249.NotSupportedError,
    "AccountEngagementError": pep249.ProgrammingError,
}
CODES = list(catalogue().errors.values())


def refused(status: int, body: object, **headers: str) -> pep249.Error:
    return error_of(json_answer(body, status, **headers), request="GET /api/v5/objects/prospects")


@pytest.mark.parametrize("known", CODES, ids=lambda known: str(known.code))
def test_a_code_decides_whatever_the_status_is(known: object) -> None:
    assert isinstance(known, type(CODES[0]))
    for status in (known.status, 400, 500):
        error = refused(status, {"code": known.code, "message": "As the service says it"})
        assert isinstance(error, PARENTS[known.error])
        assert type(error).__name__ in (known.error, "ProgrammingError")
        assert (error.code, error.http_status, error.message) == (str(known.code), status, "As the service says it")
        assert error.hint is not None
        assert error.hint.startswith(known.meaning)


@pytest.mark.parametrize(
    ("status", "parent"),
    [
        (302, pep249.AuthenticationError),
        (400, errors.InvalidRequestError),
        (401, pep249.AuthenticationError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (405, errors.MethodNotAllowedError),
        (418, errors.InvalidRequestError),
        (429, pep249.RateLimitError),
        (500, errors.ServerError),
        (502, errors.ServerError),
        (503, errors.ServerError),
        (504, pep249.QueryTimeoutError),
    ],
)
@pytest.mark.parametrize(
    "body", [{"code": 99999, "message": "new"}, {}, "<html>gateway</html>"], ids=["new", "none", "html"]
)
def test_without_a_known_code_the_status_decides(status: int, parent: type[Exception], body: object) -> None:
    raw = body.encode() if isinstance(body, str) else None
    error = (
        error_of(Response(status, {"content-type": "text/html"}, raw), request="GET /x")
        if raw
        else refused(status, body)
    )
    assert isinstance(error, parent)
    assert error.http_status == status
    if raw:
        assert "gateway" in error.message


def test_what_the_service_has_said_itself_is_no_hint() -> None:
    assert refused(400, {"code": 23, "message": "Limit not valid: limit"}).hint is None


def test_a_record_in_the_bin_has_its_own_error() -> None:
    error = refused(
        404, {"code": 109, "message": "Record not found"}, **{"pardot-warning": "201;Record In Recycle Bin"}
    )
    assert type(error) is errors.RecycledRecordError
    assert error.hint == "Record not found (or in the recycle bin); read it with deleted=True, or restore it"
    assert type(refused(404, {"code": 109, "message": "Record not found"})) is errors.NotFoundError


@pytest.mark.parametrize(
    ("header", "remarks"),
    [
        ("", ()),
        ("203;Limit", (Remark(203, "Limit"),)),
        (" 201 ; Record In Recycle Bin", (Remark(201, "Record In Recycle Bin"),)),
        ("202;Left out, as usual", (Remark(202, "Left out, as usual"),)),
        ("202;Left out, 203;Limit", (Remark(202, "Left out"), Remark(203, "Limit"))),
        ("203", (Remark(203, ""),)),
        ("no number", ()),
    ],
)
def test_what_the_service_remarks(header: str, remarks: tuple[Remark, ...]) -> None:
    assert read_remarks({"pardot-warning": header}) == remarks


def test_python_is_warned_of_values_that_were_left_out_and_of_nothing_else() -> None:
    with pytest.warns(errors.RedactedResultWarning, match="as this user may not see them"):
        warn_of((Remark(202, "redacted"),))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of((Remark(201, "bin"), Remark(203, "ceiling")))


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, b'{"code": 51, "message": "x"}', 51),
        (400, b'{"code": "51"}', 51),
        (400, b'{"code": "INVALID"}', None),
        (400, b"", None),
        (200, b'{"code": 51}', None),
    ],
)
def test_the_code_of_an_answer(status: int, body: bytes, code: int | None) -> None:
    assert code_of(Response(status, {}, body)) == code
