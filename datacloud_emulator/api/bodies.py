"""Answers every API shares: JSON, and the error bodies of the tenant and of the login endpoints.

Speaks for the wire spec, status-codes §2-3 (shapes E1, E2, E4, and E5) and auth §5 (OAuth errors).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

import msgspec
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response


def json_response(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status=status, content_type="application/json")


def long_error(now: datetime, status: int, message: str, details_status: str, **extra: object) -> Response:
    """E1: the tenant's full error body. `extra` joins `details`; None values are left out."""
    details: dict[str, object] = {"status": details_status, "statusCode": status}
    details.update((key, value) for key, value in extra.items() if value not in (None, ""))
    body = {
        "timestamp": _timestamp(now),
        # Not HTTPStatus: from Python 3.13 on that has other words for 422 than the service.
        "error": HTTP_STATUS_CODES[status],
        "message": message,
        "internalErrorCode": "COMMON_ERROR_GENERIC",
        "details": details,
    }
    return json_response(body, status)


def short_error(now: datetime, status: int, text: str) -> Response:
    """E2: the tenant's short error body, `text` serving as both `error` and `message`."""
    return json_response({"timestamp": _timestamp(now), "error": text, "message": text}, status)


def guide_error(status: int, message: str) -> Response:
    """The three fields that the guide's prose names, for the services beside the query APIs (wire spec, profile §6)."""
    body = {"error": HTTP_STATUS_CODES[status], "errorCode": str(status), "details": message}
    return json_response(body, status)


def v3_error(
    now: datetime, status: int, message: str, code: str, *, path: str, tenant: str, details: Mapping[str, object]
) -> Response:
    """E4: the error body of Direct V3. Those `details` of which the value is None or empty are left out."""
    body = {
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
        "error": HTTPStatus(status).phrase,
        "message": message,
        "path": path,
        "tenantId": tenant,
        "internalErrorCode": code,
        "details": {key: value for key, value in details.items() if value not in (None, "")},
    }
    return json_response(body, status)


def connect_error(status: int, code: str, message: str, **details: object) -> Response:
    """E5: the list that Salesforce's own REST APIs answer. `details`, if any, as query-sql has them."""
    entry: dict[str, object] = {"errorCode": code, "message": message}
    found = {key: value for key, value in details.items() if value not in (None, "")}
    if found:
        entry["details"] = found
    return json_response([entry], status)


def oauth_error(error: str, description: str, status: int = 400) -> Response:
    return json_response({"error": error, "error_description": description}, status)


def _timestamp(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}+0000"
