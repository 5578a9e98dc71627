"""Every error body of the wire spec becomes the right error.

Source: wire spec, status-codes §2-3, §5; auth §5; faults rule 5, S3-S14, P8.
"""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from datacloud_dbapi import errors
from datacloud_dbapi.error_bodies import server_text
from datacloud_dbapi.errors import Area, Error, error_from_response, sqlstate_error_class

STAMP = "2026-01-05T09:10:11.123+0000"


def respond(status: int, body: Any = b"", area: Area = "query", **headers: str) -> Error:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, named, raw, request="POST /api/v2/query", area=area, query_id="q1", attempts=2)


# The bodies are those of status-codes §3, auth §5 and the shapes E1-E9 of status-codes §2.
E1_401 = {
    "timestamp": STAMP,
    "error": "Unauthorized",
    "message": "Authorization header verification failed",
    "internalErrorCode": "COMMON_ERROR_GENERIC",
    "details": {"status": "UNAUTHENTICATED: Invalid JWT (not before or expired)", "statusCode": 401},
}
E1_500 = {
    "timestamp": STAMP,
    "error": "Internal Server Error",
    "message": "Internal Server Error",
    "internalErrorCode": "COMMON_ERROR_GENERIC",
    "details": {"status": "Internal Server Error", "statusCode": 500},
}
E4_400 = {
    "timestamp": STAMP,
    "error": "Bad Request",
    "message": 'table "nosuch__dlm" does not exist',
    "path": "/api/v3/query",
    "tenantId": "a360/prod1/0123abcd",
    "internalErrorCode": "42P01",
    "details": {"sqlState": "42P01", "errorSource": "User", "position": 15, "hint": "Did you mean other__dlm?"},
}
NOT_FOUND = f'{{"timestamp":"{STAMP}","error":"Not Found","message":"Not Found",}}'.encode()  # with the stray comma
HTML = (
    b"<html><head><script>location='/?ec=302'</script><style>b{}</style></head><body>Please <b>log in</b></body></html>"
)


@pytest.mark.fault("S9", "S10", "S11")
@pytest.mark.parametrize(
    ("status", "body", "area", "kind", "message", "code"),
    [
        (
            401,
            E1_401,
            "query",
            errors.AuthenticationError,
            "Authorization header verification failed (UNAUTHENTICATED: Invalid JWT (not before or expired))",
            "COMMON_ERROR_GENERIC",
        ),
        (500, E1_500, "query", errors.OperationalError, "Internal Server Error", "COMMON_ERROR_GENERIC"),
        (400, E4_400, "query", errors.ProgrammingError, 'table "nosuch__dlm" does not exist', "42P01"),
        (404, NOT_FOUND, "query", errors.ProgrammingError, "Not Found", None),
        (404, NOT_FOUND, "page", errors.ResultExpiredError, "Not Found", None),
        (410, b"", "page", errors.ResultExpiredError, "The service answered 410 to POST /api/v2/query", None),
        (400, b"", "page", errors.ResultExpiredError, "The service answered 400 to POST /api/v2/query", None),
        (422, {"error": "no such attribute"}, "query", errors.ProgrammingError, "no such attribute", None),
        (403, {"error": "forbidden"}, "query", errors.OperationalError, "forbidden", None),
        (408, b"", "query", errors.QueryTimeoutError, "The service answered 408 to POST /api/v2/query", None),
        (429, {"error": "Too many requests"}, "page", errors.RateLimitError, "Too many requests", None),
        # E3: the documented names; `details` as text.
        (
            400,
            {"error": "bad", "errorCode": "X1", "details": "line 3"},
            "query",
            errors.ProgrammingError,
            "bad (line 3)",
            "X1",
        ),
        # E5: a list, and a list of nothing.
        (
            401,
            [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}, {"message": "log in"}],
            "query",
            errors.AuthenticationError,
            "Session expired; log in",
            "INVALID_SESSION_ID",
        ),
        (500, [], "query", errors.OperationalError, "The service answered 500 to POST /api/v2/query", None),
        # E6: OAuth.
        (
            400,
            {"error": "invalid_grant", "error_description": "authentication failure"},
            "auth",
            errors.AuthenticationError,
            "authentication failure",
            "invalid_grant",
        ),
        # E7: a proxy's text.
        (503, b"no healthy upstream", "query", errors.OperationalError, "no healthy upstream", None),
        (
            502,
            b"<h1>Bad\nGateway</h1>",
            "query",
            errors.OperationalError,
            "a web page instead of JSON: Bad Gateway",
            None,
        ),
        # E8: a login page, by redirect and with 200.
        (302, HTML, "page", errors.AuthenticationError, "a web page instead of JSON: Please log in", None),
        (200, HTML, "auth", errors.AuthenticationError, "a web page instead of JSON", None),
        (200, HTML, "query", errors.OperationalError, "a web page instead of JSON: Please log in", None),
        # E9, and what is not JSON at all.
        (400, b"", "auth", errors.AuthenticationError, "The service answered 400 to POST /api/v2/query", None),
        (400, b"\xff\xfe{", "query", errors.ProgrammingError, "\N{REPLACEMENT CHARACTER}", None),
        (500, b"null", "query", errors.OperationalError, "null", None),
        (400, b'"just text"', "query", errors.ProgrammingError, "just text", None),
        (400, b"[" * 100_000, "query", errors.ProgrammingError, "[[[", None),
        # An object where the text should be.
        (
            400,
            {"error": {"code": "E7", "message": "nested", "details": [{"hint": "deep"}]}},
            "query",
            errors.ProgrammingError,
            "nested",
            "E7",
        ),
        # 200 with an error inside.
        (200, {"error": "it failed"}, "query", errors.DatabaseError, "it failed", None),
        (200, {"message": "x", "details": {"sqlState": "22012"}}, "query", errors.DataError, "x", None),
    ],
)
def test_an_error_body_becomes_its_error(
    status: int, body: Any, area: Area, kind: type[Error], message: str, code: str | None
) -> None:
    error = respond(status, body, area)
    assert type(error) is kind
    assert message in error.message
    assert (error.code, error.http_status, error.query_id, error.attempts) == (code, status, "q1", 2)
    assert error.request == "POST /api/v2/query"


def test_sql_details_are_read() -> None:
    error = respond(400, E4_400)
    assert (error.sqlstate, error.position, error.hint) == ("42P01", 15, "Did you mean other__dlm?")
    assert str(error) == (
        'table "nosuch__dlm" does not exist '
        "(SQLSTATE 42P01; at character 15; HTTP 400; query q1; hint: Did you mean other__dlm?)"
    )


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("42P01", errors.ProgrammingError),
        ("42601", errors.ProgrammingError),
        ("22012", errors.DataError),
        ("0A000", errors.NotSupportedError),
        ("23505", errors.IntegrityError),
        ("57014", errors.OperationalError),
        ("58030", errors.OperationalError),
        ("53S01", errors.QueryTimeoutError),
        ("28000", errors.AuthenticationError),
        ("HY000", errors.InternalError),
        ("21000", errors.DatabaseError),
    ],
)
def test_a_sqlstate_has_its_class(sqlstate: str, kind: type[Error]) -> None:
    assert sqlstate_error_class(sqlstate) is kind
    by_status = respond(400, {"message": "m", "sqlState": sqlstate})
    assert type(by_status) is (errors.ProgrammingError if kind is errors.DatabaseError else kind)
    assert type(respond(500, {"message": "m", "sqlState": sqlstate})) is errors.OperationalError


def test_a_lost_page_names_both_limits() -> None:
    text = str(respond(404, NOT_FOUND, "page"))
    assert "3 minutes" in text
    assert "1 hour" in text


@pytest.mark.fault("S5", "S6")
@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {"Retry_After": "2"}, 2.0),
        (503, {"retry_after": "86400"}, 86400.0),
        (429, {"Retry_After": "0.5"}, 0.5),
        # 1 Jan 2027 00:00:00 UTC is 1798761600: five seconds after the test's clock.
        (429, {"Retry_After": "Fri, 01 Jan 2027 00:00:00 GMT"}, 5.0),
        (429, {"Retry_After": "Fri, 01 Jan 2027 00:00:00 GMT", "Date": "Thu, 31 Dec 2026 23:59:00 GMT"}, 60.0),
        (429, {"Retry_After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        (429, {"x_ratelimit_reset": "7"}, 7.0),
        (429, {"Retry_After": "soon", "x_ratelimit_reset": "7"}, 7.0),
        (500, {"x_ratelimit_reset": "7"}, None),
        (429, {"Retry_After": "-1"}, None),
        (429, {"Retry_After": "nan"}, None),
        (429, {}, None),
    ],
)
def test_the_wait_the_server_asks_for(status: int, headers: dict[str, str], expected: float | None) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = error_from_response(status, named, b"", request="GET /x", area="query", now=1_798_761_595.0)
    assert error.retry_after == expected


def test_the_trace_id_is_kept() -> None:
    assert respond(500, E1_500, X_Trace_Id="0af7651916cd43dd8448eb211c80319c").trace_id == (
        "0af7651916cd43dd8448eb211c80319c"
    )


SECRETS = [
    "eyJhbGciOiJSUzI1NiJ9.eyJhdWRpZW5jZSI6Ingif.c2lnbmF0dXJl",
    "00Dxx0000000001!AQ8AQFAKE.CORE_TOKEN",
    "00Dxx0000000001%21AQ8AQFAKE",
    "5Aep861KIwKdekr90I4iHdZDgWwRkG7O",
    "5Aep861KIwKdekr90I4-HdZDgWw_RkG7O==",
    "aPrxsmIEeqM9PiQroGEWx1UiMQd95_5JUZ-VEhsOFhS8EVvbfYBBJli2W5fn3zbo==",
]


@pytest.mark.fault("K1")
@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "words", ["token {} refused", '{{"message":"bad {}"}}', "<p>{}</p>", '[{{"message":"{}"}}]', "{{'x': '{}'"]
)
def test_tokens_in_server_text_are_masked(secret: str, words: str) -> None:
    body = words.format(secret).encode()
    areas: tuple[Area, ...] = ("query", "auth")
    for area in areas:
        for shown in (str(respond(401, body, area)), repr(respond(401, body, area))):
            assert secret[-8:] not in shown
            assert secret[:12] not in shown


@pytest.mark.fault("K1")
@pytest.mark.parametrize(
    "text", ["access_token=hunter22", '"client_secret": "hunter22"', "password: hunter22", "Bearer hunter22"]
)
def test_named_secrets_are_masked(text: str) -> None:
    assert "hunter22" not in server_text(f"bad request: {text} was refused")
    assert "was refused" in server_text(f"bad request: {text} was refused")


@pytest.mark.fault("T7")
def test_a_login_answer_that_should_have_been_a_token_is_not_repeated() -> None:
    assert "opaque-secret" not in str(respond(200, b"token opaque-secret", "auth"))


def test_ordinary_words_are_not_taken_for_secrets() -> None:
    text = "column abcd1234efgh5678.c360a.salesforce.com of the table password_resets__dlm has no access_token_count"
    assert server_text(text) == text


def test_server_text_is_short_and_printable() -> None:
    assert server_text("a\x1b[31m\r\nb\x00\u2028\u202e") == "a\\x1b[31m\\r\\nb\\x00\\u2028\\u202e"
    assert server_text("x" * 5000) == "x" * 1023 + "…"
    assert len(respond(400, {"message": "ü" * 100_000}).message) == 1024


@pytest.mark.fault("S10")
@pytest.mark.parametrize(
    "body", [b"<" * 10_000_000, b"eyJ" * 3_000_000, b'{"a":' * 1_000_000, b"[" + b"1," * 3_000_000]
)
def test_a_hostile_body_is_read_in_bounds(body: bytes) -> None:
    """What is unbounded or quadratic here runs into the test's own time limit."""
    assert len(str(respond(502, body))) < 700


def test_errors_survive_pickling() -> None:
    error = respond(429, E4_400, Retry_After="3")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is errors.RateLimitError
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_the_tree_is_pep_249s() -> None:
    """PEP 249's layout; our classes hang below it and say so in their names."""
    below = {
        errors.InterfaceError: errors.Error,
        errors.DatabaseError: errors.Error,
        errors.DataError: errors.DatabaseError,
        errors.OperationalError: errors.DatabaseError,
        errors.IntegrityError: errors.DatabaseError,
        errors.InternalError: errors.DatabaseError,
        errors.ProgrammingError: errors.DatabaseError,
        errors.NotSupportedError: errors.DatabaseError,
    }
    assert {kind: kind.__base__ for kind in below} == below
    assert errors.Error.__base__ is Exception
    assert errors.Warning.__base__ is Exception
    ours = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Error)]
    drawn = (errors.__doc__ or "").split()
    for kind in ours:
        assert kind.__name__.endswith("Error")
        assert kind.__name__ in drawn
