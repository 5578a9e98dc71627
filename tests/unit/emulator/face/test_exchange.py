"""The exchange, and what a tenant token opens. Source: wire spec, auth §3-5, §8 rows 3, 4, 6; status-codes §3, §6."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from .client import ORIGIN, START, Face

OpenFace = Callable[..., Face]


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _metadata(face: Face, authorization: str | None) -> Any:
    headers = {} if authorization is None else {"Authorization": authorization}
    return face.http.get("/api/v1/metadata", headers=headers)


def test_an_exchange_answers_as_the_service_does(face: Face) -> None:
    answer = face.exchange(face.org_token())
    assert answer.status_code == 200
    body = answer.json()
    token = body.pop("access_token")
    assert body == {
        "instance_url": "127.0.0.1:7484",
        "token_type": "Bearer",
        "issued_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "expires_in": 7193,
    }
    assert jwt.get_unverified_header(token)["alg"] == "RS256"
    claims = _claims(token)
    assert claims["exp"] == int(START.timestamp()) + 7193 + 1  # a moment past the full second, rounded up
    environment, tenant = claims["audienceTenantId"].removeprefix("a360/").split("/")
    assert environment
    assert int(tenant, 16) >= 0


def test_the_full_url_by_quirk(open_face: OpenFace) -> None:
    face = open_face(exchange_full_url=True)
    assert face.exchange(face.org_token()).json()["instance_url"] == ORIGIN


@pytest.mark.parametrize("given", [None, "", "  ", "default"])
def test_no_data_space_means_the_default_one(face: Face, given: str | None) -> None:
    token = face.exchange(face.org_token(), dataspace=given).json()["access_token"]
    names = [item["name"] for item in _metadata(face, f"Bearer {token}").json()["metadata"]]
    assert "ssot__Individual__dlm" in names


def test_parameters_in_the_query_string_and_a_bearer_header_do_no_harm(face: Face) -> None:
    org_token = face.org_token()
    parameters = {
        "grant_type": "urn:salesforce:grant-type:external:cdp",
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": org_token,
    }
    answer = face.http.post("/services/a360/token", params=parameters, headers={"Authorization": f"Bearer {org_token}"})
    assert answer.status_code == 200
    assert answer.json()["access_token"].count(".") == 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"dataspace": "nowhere"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"subject_token_type": "jwt"}, "invalid_request"),
        ({"subject_token": None}, "invalid_request"),
        ({"scope": "api"}, "invalid_scope"),
    ],
)
def test_a_refused_exchange(face: Face, changes: dict[str, str | None], error: str) -> None:
    answer = face.exchange(face.org_token(), **changes)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == error


def _unknown(face: Face) -> str:
    return "00Dxx0000000001!nobody"


def _expired(face: Face) -> str:
    token = face.org_token()
    face.clock.advance(7200)
    return token


def _revoked(face: Face) -> str:
    token = face.org_token()
    face.http.post("/services/oauth2/revoke", data={"token": token})
    return token


@pytest.mark.parametrize("dead", [_unknown, _expired, _revoked])
def test_a_dead_org_token_gets_a_web_page(face: Face, dead: Callable[[Face], str]) -> None:
    answer = face.exchange(dead(face))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "?ec=302&startURL=%2Fservices%2Fa360%2Ftoken" in answer.text


def test_one_exchange_an_org_token_by_quirk(open_face: OpenFace) -> None:
    face = open_face(core_token_once=True)
    org_token = face.org_token()
    assert face.exchange(org_token, dataspace="nowhere").status_code == 400  # did not spend it
    assert face.exchange(org_token).headers["content-type"] == "application/json"
    assert face.exchange(org_token).headers["content-type"].startswith("text/html")


def test_by_default_an_org_token_is_exchanged_as_often_as_wanted(face: Face) -> None:
    org_token = face.org_token()
    assert [face.exchange(org_token).headers["content-type"] for _ in range(2)] == ["application/json"] * 2


def test_a_tenant_token_lives_to_its_end_and_no_longer(face: Face) -> None:
    authorization = f"Bearer {face.token()}"
    face.clock.advance(7193)
    assert _metadata(face, authorization).status_code == 200
    face.clock.advance(1)  # `exp` is a whole second
    answer = _metadata(face, authorization)
    assert answer.status_code == 401
    assert answer.json() == {
        "timestamp": "2026-01-05T10:59:54.120+0000",
        "error": "Unauthorized",
        "message": "Authorization header verification failed",
        "internalErrorCode": "COMMON_ERROR_GENERIC",
        "details": {"status": "UNAUTHENTICATED: Invalid JWT (not before or expired)", "statusCode": 401},
    }


def test_its_life_is_a_knob(open_face: OpenFace) -> None:
    face = open_face(tenant_token_life=5.0)
    assert face.exchange(face.org_token()).json()["expires_in"] == 5
    authorization = f"Bearer {face.token()}"
    face.clock.advance(6)
    assert _metadata(face, authorization).status_code == 401


def _encoded(part: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _other_space(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{_encoded({**_claims(token), 'dataspace': 'emea'})}.{signature}"


def _unsigned(token: str) -> str:
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{token.split('.')[1]}."


def _signed_by_secret(token: str) -> str:
    return jwt.encode(_claims(token), "a key of one's own, long enough for the algorithm", algorithm="HS256")


@pytest.mark.parametrize(
    "authorization",
    [
        lambda token: None,
        lambda token: "",
        lambda token: "Bearer",
        lambda token: "Bearer  ",
        lambda token: token,
        lambda token: f"Basic {token}",
        lambda token: "Bearer not.a.token",
        lambda token: f"Bearer {token[:-4]}AAAA",
        lambda token: f"Bearer {_other_space(token)}",
        lambda token: f"Bearer {_unsigned(token)}",
        lambda token: f"Bearer {_signed_by_secret(token)}",
    ],
)
def test_without_a_good_token_the_tenant_says_401(face: Face, authorization: Callable[[str], str | None]) -> None:
    answer = _metadata(face, authorization(face.token()))
    assert answer.status_code == 401
    body = answer.json()
    assert set(body) == {"timestamp", "error", "message", "internalErrorCode", "details"}
    assert body["details"]["status"].startswith("UNAUTHENTICATED")
    assert body["details"]["statusCode"] == 401


def test_another_emulators_token_is_a_stranger(face: Face, open_face: OpenFace) -> None:
    assert _metadata(face, f"Bearer {open_face().token()}").status_code == 401


def test_the_scheme_is_read_in_any_case(face: Face) -> None:
    assert _metadata(face, f"bearer {face.token()}").status_code == 200


def test_a_revoked_tenant_token(face: Face) -> None:
    token = face.token()
    face.http.post("/services/oauth2/revoke", data={"token": token})
    assert _metadata(face, f"Bearer {token}").status_code == 401


def test_an_org_token_on_the_tenant(face: Face, open_face: OpenFace) -> None:
    answer = _metadata(face, f"Bearer {face.org_token()}")
    assert (answer.status_code, answer.content) == (400, b"")
    strict = open_face(core_token_on_tenant_401=True)
    assert _metadata(strict, f"Bearer {strict.org_token()}").status_code == 401


@pytest.mark.parametrize("scope", ["api", "api cdp_profile_api", ""])
def test_an_app_without_the_query_scope_gets_no_tenant_token(open_face: OpenFace, scope: str) -> None:
    face = open_face(scope=scope, core_token_once=True)
    login = face.login().json()
    assert login["scope"] == scope
    for _ in range(2):  # and the org token is not used up by it
        answer = face.exchange(login["access_token"])
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_the_older_spelling_of_the_scope(open_face: OpenFace) -> None:
    face = open_face(scope="refresh_token cdpquery api cdpprofile")
    assert face.exchange(face.org_token()).status_code == 200


def test_an_org_without_data_cloud(open_face: OpenFace) -> None:
    face = open_face(no_data_cloud=True)
    assert face.exchange(face.org_token()).status_code == 404


def test_a_dead_org_token_by_quirk(open_face: OpenFace) -> None:
    told = open_face(exchange_refusal="error").exchange("00D!x")
    assert (told.status_code, told.json()["error"]) == (401, "invalid_token")
    sent = open_face(exchange_refusal="redirect").exchange("00D!x")
    assert sent.status_code == 302
    assert sent.headers["location"] == f"{ORIGIN}/?ec=302&startURL=%2Fservices%2Fa360%2Ftoken"
