"""Logging in to the org and out again. Source: wire spec, auth §2, §4, §5, §8 rows 1, 2, 5."""

from __future__ import annotations

import hmac
from base64 import b64encode
from urllib.parse import urlencode

import httpx
import pytest

from .client import ORIGIN, Face

TOKEN = "/services/oauth2/token"


def test_a_login_answers_as_the_service_does(face: Face) -> None:
    answer = face.login()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"access_token", "instance_url", "id", "token_type", "issued_at", "signature", "scope"}
    assert body["access_token"].startswith("00D")
    assert "!" in body["access_token"]
    assert body["instance_url"] == ORIGIN
    assert body["token_type"] == "Bearer"
    assert body["issued_at"] == "1767603600120"  # 2026-01-05T09:00:00.120Z in milliseconds, as text
    assert body["id"].startswith(f"{ORIGIN}/id/00D")
    assert body["scope"].split() == ["api", "cdp_query_api", "cdp_profile_api"]
    signed = hmac.digest(face.credentials.client_secret.encode(), (body["id"] + body["issued_at"]).encode(), "sha256")
    assert body["signature"] == b64encode(signed).decode()


def test_each_login_gets_a_token_of_its_own(face: Face) -> None:
    assert face.org_token() != face.org_token()


def test_a_user_logs_in_with_a_password(face: Face) -> None:
    known = face.credentials
    answer = face.login(grant_type="password", username=known.username, password=known.password)
    assert answer.status_code == 200
    assert face.exchange(answer.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"client_secret": "no"}, "invalid_client", "invalid client credentials"),
        ({"client_secret": "é\udc80"}, "invalid_client", "invalid client credentials"),
        ({"client_id": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"grant_type": "magic"}, "unsupported_grant_type", "grant type not supported"),
        ({"grant_type": None}, "invalid_request", "missing required parameter: grant_type"),
        ({"client_id": None}, "invalid_request", "missing required parameter: client_id"),
        ({"client_secret": ""}, "invalid_request", "missing required parameter: client_secret"),
        ({"grant_type": "password"}, "invalid_request", "missing required parameter: username"),
        ({"grant_type": "password", "username": "x"}, "invalid_request", "missing required parameter: password"),
        ({"grant_type": "password", "username": "x", "password": "y"}, "invalid_grant", "authentication failure"),
    ],
)
def test_a_login_that_fails(face: Face, changes: dict[str, str | None], error: str, description: str) -> None:
    form = "&".join(
        urlencode({key: value}, errors="surrogatepass") for key, value in face.login_form(**changes).items()
    )
    answer = face.http.post(TOKEN, content=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.json()) == (400, {"error": error, "error_description": description})


def test_a_wrong_password_of_the_right_user(face: Face) -> None:
    answer = face.login(grant_type="password", username=face.credentials.username, password="no")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def _in_query(face: Face) -> httpx.Response:
    return face.http.post(TOKEN, params=face.login_form())


def _half_and_half(face: Face) -> httpx.Response:
    form = face.login_form()
    secret = form.pop("client_secret")
    return face.http.post(TOKEN, params=form, data={"client_secret": secret})


def _body_wins(face: Face) -> httpx.Response:
    return face.http.post(TOKEN, params={"client_secret": "stale"}, data=face.login_form())


def _unescaped(face: Face) -> httpx.Response:
    raw = "&".join(f"{key}={value}" for key, value in face.login_form(extra="urn:a:b!c").items())
    return face.http.post(TOKEN, content=raw, headers={"Content-Type": "text/plain"})


def _basic(face: Face) -> httpx.Response:
    known = face.credentials
    grant = {"grant_type": "client_credentials"}
    return face.http.post(TOKEN, data=grant, auth=(known.client_id, known.client_secret))


@pytest.mark.parametrize("way", [_in_query, _half_and_half, _body_wins, _unescaped, _basic])
def test_parameters_are_taken_from_wherever_clients_put_them(face: Face, way: object) -> None:
    assert callable(way)
    assert way(face).status_code == 200


def test_a_revoked_org_token_buys_nothing_but_what_it_bought_lives_on(face: Face) -> None:
    org_token = face.org_token()
    tenant = face.exchange(org_token).json()["access_token"]
    revoked = face.http.post("/services/oauth2/revoke", params={"token": org_token})
    assert (revoked.status_code, revoked.content) == (200, b"")
    assert face.exchange(org_token).headers["content-type"].startswith("text/html")
    answer = face.http.get("/api/v1/metadata", headers={"Authorization": f"Bearer {tenant}"})
    assert answer.status_code == 200


def test_revoking_an_unknown_token_is_no_error_but_revoking_nothing_is(face: Face) -> None:
    assert face.http.post("/services/oauth2/revoke", data={"token": "x"}).status_code == 200
    assert face.http.post("/services/oauth2/revoke").json()["error"] == "invalid_request"


def test_no_secret_stands_in_the_record_of_requests(face: Face) -> None:
    _in_query(face)
    record = repr(list(face.app.requests)) + repr(face.credentials) + repr(face.org)
    assert "/services/oauth2/token" in record
    assert face.credentials.client_secret not in record
    assert face.credentials.password not in record
