"""The token exchange: `/services/a360/token` turns an org token into a tenant token for one data space.

Speaks for the wire spec, auth §3 and §5.
"""

from __future__ import annotations

import math
from urllib.parse import urlsplit

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import ScopeMissingError, TokenRefusedError
from datacloud_emulator.api.bodies import json_response, oauth_error
from datacloud_emulator.api.oauth import parameters
from datacloud_emulator.org import Org

GRANT_TYPE = "urn:salesforce:grant-type:external:cdp"
SUBJECT_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 (a name, not a secret)


def exchange(org: Org, request: Request) -> Response:
    """`POST /services/a360/token`; a data space left out or blank means the default one."""
    if org.quirks.no_data_cloud:
        raise NotFound
    given = parameters(request)
    if given.get("grant_type") != GRANT_TYPE:
        return oauth_error("unsupported_grant_type", "grant type not supported")
    if given.get("subject_token_type") != SUBJECT_TOKEN_TYPE or not given.get("subject_token"):
        return oauth_error("invalid_request", "subject_token and its subject_token_type are required")
    if "scope" in given:
        return oauth_error("invalid_scope", "scope is not supported by this grant")
    dataspace = given.get("dataspace", "").strip() or org.default_dataspace
    if org.store.dataspace(dataspace) is None:
        return oauth_error("invalid_request", f"unknown dataspace: {dataspace}")  # choice: the shape is not documented
    try:
        token = org.accounts.exchange(given["subject_token"], dataspace)
    except TokenRefusedError:
        return _dead_token(org)
    except ScopeMissingError:
        return oauth_error("invalid_scope", "the token was not given the scope cdp_query_api")
    return json_response(
        {
            "access_token": token,
            "instance_url": org.origin if org.quirks.exchange_full_url else urlsplit(org.origin).netloc,
            "token_type": "Bearer",
            "issued_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "expires_in": math.floor(org.quirks.tenant_token_life),
        }
    )


def _dead_token(org: Org) -> Response:
    """What a dead org token gets: a web page with status 200 that sends a browser to the login, by quirk a redirect
    or an error that says so."""
    if org.quirks.exchange_refusal == "error":
        return oauth_error("invalid_token", "expired access/refresh token", 401)
    target = f"{org.origin}/?ec=302&startURL=%2Fservices%2Fa360%2Ftoken"
    if org.quirks.exchange_refusal == "redirect":
        return Response(status=302, headers={"Location": target})
    page = (
        "<!DOCTYPE html>\n<html><head><title>Login</title>\n"
        f'<script>window.location.replace("{target}");</script>\n'
        f'</head><body><noscript><a href="{target}">Log in</a></noscript></body></html>\n'
    )
    return Response(page, content_type="text/html; charset=UTF-8")
