"""Who is logged in: `/services/oauth2/userinfo` and the identity URL of a login answer.

Speaks for the wire spec, auth §6. Both take an org token.
"""

from __future__ import annotations

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import ORG_ID, USER_ID, TokenRefusedError
from datacloud_emulator.api.bodies import json_response
from datacloud_emulator.api.oauth import identity_url
from datacloud_emulator.org import Org


def userinfo(org: Org, request: Request) -> Response:
    """`GET /services/oauth2/userinfo`: the user, and the org's own address in `urls.custom_domain`."""
    return _document(org, request)


def identity(org: Org, request: Request, org_id: str, user_id: str) -> Response:
    """`GET /id/{org}/{user}`: the same document, under the address the login answered as `id`."""
    if (org_id, user_id) != (ORG_ID, USER_ID):
        raise NotFound
    return _document(org, request)


def _document(org: Org, request: Request) -> Response:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise TokenRefusedError("no token")
        org.accounts.verify_org_token(token.strip())
    except TokenRefusedError:
        return Response("Bad_OAuth_Token", status=403, content_type="text/html; charset=UTF-8")
    username = org.accounts.credentials.username
    return json_response(
        {
            "sub": identity_url(org),
            "user_id": USER_ID,
            "organization_id": ORG_ID,
            "preferred_username": username,
            "name": "Emulator User",
            "email": username,
            "active": True,
            "urls": {"custom_domain": org.origin, "rest": f"{org.origin}/services/data/v{{version}}/"},
        }
    )
