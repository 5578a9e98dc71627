"""The logins beside client credentials and password. Source: wire spec, auth §2.1-2.5, §4-6; RFC 7636."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from datacloud_emulator.accounts import KeyPair

from .client import ORIGIN, START, Face

OpenFace = Callable[..., Face]

TOKEN = "/services/oauth2/token"
AUTHORIZE = "/services/oauth2/authorize"
NOW = int(START.timestamp())
HOME = "http://localhost:1717/OauthRedirect"
# RFC 7636, appendix B: a verifier and its S256 challenge.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def post(face: Face, **form: str | None) -> httpx.Response:
    return face.http.post(TOKEN, data={key: value for key, value in form.items() if value is not None})


def refused(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    return answer.status_code, body["error"], body["error_description"]


def buys_a_query(face: Face, org_token: str) -> bool:
    answer = face.exchange(org_token)
    return answer.status_code == 200 and answer.headers["content-type"] == "application/json"


# --- JWT bearer ---


def assertion(face: Face, key: Any = None, algorithm: str = "RS256", **changes: Any) -> str:
    claims = {"iss": face.credentials.client_id, "sub": face.credentials.username, "aud": ORIGIN, "exp": NOW + 120}
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, key or face.credentials.app_key.private, algorithm=algorithm)


def jwt_login(face: Face, text: str, **more: str) -> httpx.Response:
    return post(face, grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=text, **more)


def test_a_jwt_logs_in_and_gets_no_refresh_token(face: Face) -> None:
    answer = jwt_login(face, assertion(face))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "instance_url", "id", "token_type", "issued_at", "signature", "scope"}
    assert buys_a_query(face, body["access_token"])


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ORIGIN + "/"},  # as one client sends it
        {"aud": "127.0.0.1:7484"},  # no scheme
        {"aud": "https://login.salesforce.com"},
        {"aud": "login.salesforce.com"},
        {"aud": "https://test.salesforce.com"},
        {"exp": NOW + 3600},  # longer than recommended, and in use
        {"exp": NOW + 1},
        {"iat": NOW + 60, "nbf": NOW + 60, "jti": "x"},  # nobody looks
    ],
)
def test_assertions_that_official_clients_send(face: Face, changes: dict[str, Any]) -> None:
    assert jwt_login(face, assertion(face, **changes)).status_code == 200


def test_a_client_id_beside_the_assertion_is_borne_if_it_is_right(face: Face) -> None:
    assert jwt_login(face, assertion(face), client_id=face.credentials.client_id).status_code == 200
    assert refused(jwt_login(face, assertion(face), client_id="x"))[1] == "invalid_client_id"


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"iss": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"iss": None}, "invalid_client_id", "client identifier invalid"),
        ({"sub": "nobody@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"sub": None}, "invalid_grant", "user hasn't approved this consumer"),
        ({"aud": "https://evil.example.com"}, "invalid_grant", "audience is invalid"),
        ({"aud": "https://127.0.0.1:7484"}, "invalid_grant", "audience is invalid"),
        ({"aud": None}, "invalid_grant", "audience is invalid"),
        ({"exp": NOW}, "invalid_grant", "expired authorization code"),
        ({"exp": NOW - 1}, "invalid_grant", "expired authorization code"),
        ({"exp": None}, "invalid_grant", "invalid assertion"),
        ({"exp": "soon"}, "invalid_grant", "invalid assertion"),
    ],
)
def test_an_assertion_that_says_the_wrong_thing(
    face: Face, changes: dict[str, Any], error: str, description: str
) -> None:
    assert refused(jwt_login(face, assertion(face, **changes))) == (400, error, description)


def test_an_assertion_that_is_signed_the_wrong_way(face: Face) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    head, body, signature = assertion(face).split(".")
    other_body = assertion(face, exp=NOW + 999).split(".")[1]
    for text in (
        assertion(face, stranger),
        assertion(face, "a shared secret of at least 32 bytes", "HS256"),
        jwt.encode({"iss": face.credentials.client_id}, "", algorithm="none"),
        assertion(face, algorithm="RS512"),
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        "not.a.token",
        "ü",
    ):
        status, error, _ = refused(jwt_login(face, text))
        assert (status, error) in {(400, "invalid_grant"), (400, "invalid_client_id")}


def test_a_user_who_never_approved_the_app(open_face: OpenFace) -> None:
    face = open_face(jwt_unapproved=True)
    assert refused(jwt_login(face, assertion(face))) == (400, "invalid_grant", "user hasn't approved this consumer")


@pytest.mark.parametrize(("skew", "good"), [(100.0, True), (300.0, False), (-300.0, True)])
def test_the_end_of_an_assertion_is_judged_by_the_services_clock(open_face: OpenFace, skew: float, good: bool) -> None:
    face = open_face(clock_skew=skew)
    answer = jwt_login(face, assertion(face))  # two minutes, by the client's clock
    assert (answer.status_code == 200) is good
    if not good:
        assert refused(answer) == (400, "invalid_grant", "expired authorization code")


def test_the_date_of_every_answer_tells_the_services_clock(face: Face, open_face: OpenFace) -> None:
    assert face.login().headers["date"] == "Mon, 05 Jan 2026 09:00:00 GMT"
    late = open_face(clock_skew=-3600.0)
    assert late.http.get("/nowhere").headers["date"] == "Mon, 05 Jan 2026 08:00:00 GMT"
    late.clock.advance(61)
    assert late.login().headers["date"] == "Mon, 05 Jan 2026 08:01:01 GMT"


def test_the_private_key_is_pkcs8_text_and_stays_out_of_sight(face: Face) -> None:
    pem = face.credentials.app_key.pem
    assert pem.startswith("-----BEGIN PRIVATE KEY-----\n")
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
    assert jwt_login(face, assertion(face, key)).status_code == 200
    assert "PRIVATE" not in repr(face.credentials)


def test_a_key_pair_is_made_once_whoever_asks() -> None:
    pair = KeyPair()
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _: pair.pem, range(4)))) == 1


# --- refresh token ---


def refresh(face: Face, token: str, **changes: str | None) -> httpx.Response:
    return post(face, **{**face.login_form(grant_type="refresh_token"), "refresh_token": token, **changes})


def test_a_refresh_token_logs_in_again_and_again(face: Face) -> None:
    token = face.org.accounts.refresh_tokens.standing
    for _ in range(2):
        body = refresh(face, token).raise_for_status().json()
        assert "refresh_token" not in body
        assert buys_a_query(face, body["access_token"])


def test_with_rotation_a_used_refresh_token_is_refused(open_face: OpenFace) -> None:
    face = open_face(refresh_token_rotation=True)
    first = face.org.accounts.refresh_tokens.standing
    second = refresh(face, first).raise_for_status().json()["refresh_token"]
    assert second != first
    assert face.org.accounts.refresh_tokens.standing == second
    assert refused(refresh(face, first)) == (400, "invalid_grant", "expired access/refresh token")
    assert "refresh_token" in refresh(face, second).raise_for_status().json()


def test_of_two_uses_at_once_of_a_token_that_rotates_one_wins(open_face: OpenFace) -> None:
    face = open_face(refresh_token_rotation=True)
    token = face.org.accounts.refresh_tokens.standing
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: refresh(face, token).status_code, range(8)))
    assert sorted(answers) == [200] + [400] * 7


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"refresh_token": "x"}, "invalid_grant", "expired access/refresh token"),
        ({"refresh_token": None}, "invalid_request", "missing required parameter: refresh_token"),
        ({"client_id": None}, "invalid_request", "missing required parameter: client_id"),
        ({"client_id": "x"}, "invalid_client_id", "client identifier invalid"),
        ({"client_secret": "x"}, "invalid_client", "invalid client credentials"),
        ({"client_secret": None}, "invalid_request", "missing required parameter: client_secret"),
    ],
)
def test_a_refresh_that_fails_spends_nothing(
    open_face: OpenFace, changes: dict[str, str | None], error: str, description: str
) -> None:
    face = open_face(refresh_token_rotation=True)
    token = face.org.accounts.refresh_tokens.standing
    assert refused(refresh(face, token, **changes)) == (400, error, description)
    assert refresh(face, token).status_code == 200


def test_a_revoked_refresh_token_takes_its_org_tokens_along(face: Face) -> None:
    token = face.org.accounts.refresh_tokens.standing
    org_token = refresh(face, token).json()["access_token"]
    other = face.org_token()
    assert face.http.post("/services/oauth2/revoke", data={"token": token}).status_code == 200
    assert refused(refresh(face, token))[1] == "invalid_grant"
    assert not buys_a_query(face, org_token)
    assert buys_a_query(face, other)


# --- authorization code ---


def visit(face: Face, **changes: str | None) -> httpx.Response:
    """What the browser gets."""
    asked = {"response_type": "code", "client_id": face.credentials.client_id, "redirect_uri": HOME}
    params = {key: value for key, value in {**asked, **changes}.items() if value is not None}
    return face.http.get(AUTHORIZE, params=params)


def sent_back(answer: httpx.Response, home: str = HOME) -> dict[str, str]:
    assert answer.status_code == 302
    location = answer.headers["location"]
    assert location.startswith(home)
    return dict(parse_qsl(urlsplit(location).query, strict_parsing=True))


def redeem(face: Face, code: str, **changes: str | None) -> httpx.Response:
    form = {**face.login_form(grant_type="authorization_code"), "code": code, "redirect_uri": HOME, **changes}
    return post(face, **form)


def test_a_code_with_pkce_and_no_secret(face: Face) -> None:
    asked = visit(face, state="s t&1", code_challenge=CHALLENGE, code_challenge_method="S256", prompt="login")
    answer = sent_back(asked)
    assert set(answer) == {"code", "state"}
    assert answer["state"] == "s t&1"
    assert answer["code"].endswith("==")  # to be decoded once
    assert "%3D%3D" in asked.headers["location"]
    login = redeem(face, answer["code"], client_secret=None, code_verifier=VERIFIER).raise_for_status().json()
    assert buys_a_query(face, login["access_token"])
    again = refresh(face, login["refresh_token"], client_secret=None)  # it had none to begin with
    assert buys_a_query(face, again.json()["access_token"])


def test_a_code_with_a_secret_and_no_pkce(face: Face) -> None:
    answer = sent_back(visit(face))
    assert set(answer) == {"code"}
    login = redeem(face, answer["code"]).raise_for_status().json()
    assert refused(refresh(face, login["refresh_token"], client_secret=None))[1] == "invalid_request"
    assert refresh(face, login["refresh_token"]).status_code == 200


@pytest.mark.parametrize("method", ["plain", None])
def test_a_plain_challenge(face: Face, method: str | None) -> None:
    challenge = {"code_challenge": VERIFIER, "code_challenge_method": method}
    code = sent_back(visit(face, **challenge))["code"]
    assert redeem(face, code, client_secret=None, code_verifier=VERIFIER).status_code == 200
    code = sent_back(visit(face, **challenge))["code"]
    assert refused(redeem(face, code, code_verifier=CHALLENGE))[1] == "invalid_grant"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("api cdp_query_api refresh_token", "api cdp_query_api refresh_token"),
        ("api cdp_query_api", "api cdp_query_api"),
        (None, "api cdp_query_api cdp_profile_api refresh_token"),
        ("api refresh_token", "api refresh_token"),
    ],
)
def test_the_scope_asked_for_is_the_scope_given(face: Face, asked: str | None, given: str) -> None:
    login = redeem(face, sent_back(visit(face, scope=asked))["code"]).json()
    assert login["scope"] == given
    assert ("refresh_token" in login) is ("refresh_token" in given)
    answer = face.exchange(login["access_token"])
    if "cdp_query_api" in given:
        assert answer.status_code == 200
    else:
        assert refused(answer)[:2] == (400, "invalid_scope")


def test_a_code_works_once(face: Face) -> None:
    code = sent_back(visit(face))["code"]
    assert redeem(face, code).status_code == 200
    assert refused(redeem(face, code)) == (400, "invalid_grant", "expired authorization code")


@pytest.mark.parametrize(("seconds", "status"), [(899, 200), (900, 400)])
def test_a_code_works_for_a_short_time(face: Face, seconds: int, status: int) -> None:
    code = sent_back(visit(face))["code"]
    face.clock.advance(seconds)
    assert redeem(face, code).status_code == status


@pytest.mark.parametrize(
    ("changes", "error", "spent"),
    [
        ({"code": "x"}, "invalid_grant", False),
        ({"code": None}, "invalid_request", False),
        ({"redirect_uri": None}, "invalid_request", False),
        ({"client_id": "x"}, "invalid_client_id", False),
        ({"client_secret": "x"}, "invalid_client", False),
        ({"redirect_uri": HOME + "/"}, "redirect_uri_mismatch", True),
        ({"code_verifier": "x"}, "invalid_grant", True),
        ({"code_verifier": None}, "invalid_grant", True),
    ],
)
def test_a_code_that_is_redeemed_the_wrong_way(
    face: Face, changes: dict[str, str | None], error: str, spent: bool
) -> None:
    code = sent_back(visit(face, code_challenge=CHALLENGE, code_challenge_method="S256"))["code"]
    right: dict[str, str | None] = {"code": code, "code_verifier": VERIFIER}
    assert refused(redeem(face, **{**right, **changes}))[:2] == (400, error)  # type: ignore[arg-type]  # None is a case
    assert (redeem(face, **right).status_code == 400) is spent  # type: ignore[arg-type]  # as above


def test_without_pkce_the_secret_is_needed(face: Face) -> None:
    code = sent_back(visit(face))["code"]
    assert refused(redeem(face, code, client_secret=None))[1] == "invalid_request"


@pytest.mark.parametrize(
    ("quirks", "changes", "error"),
    [
        ({"authorization_denied": True}, {}, "access_denied"),
        ({"pkce_required": True}, {}, "invalid_request"),
        ({}, {"response_type": "token"}, "unsupported_response_type"),
        ({}, {"response_type": None}, "unsupported_response_type"),
        ({}, {"scope": "api full"}, "invalid_scope"),
        ({"scope": "api"}, {"scope": "api cdp_query_api"}, "invalid_scope"),
        ({}, {"code_challenge": CHALLENGE, "code_challenge_method": "S512"}, "invalid_request"),
        ({}, {"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_an_authorization_that_fails_goes_back_to_the_app(
    open_face: OpenFace, quirks: dict[str, Any], changes: dict[str, str | None], error: str
) -> None:
    answer = sent_back(visit(open_face(**quirks), state="s", **changes))
    assert set(answer) == {"error", "error_description", "state"}
    assert (answer["error"], answer["state"]) == (error, "s")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "x"}, "invalid_client_id"),
        ({"client_id": None}, "invalid_client_id"),
        ({"redirect_uri": None}, "redirect_uri_mismatch"),
        ({"redirect_uri": "https://evil.example.com/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://localhost.evil.example.com/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://localhost@evil.example.com/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://evil@localhost/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://localhost:port/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://localhost/#x"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://localhost/\r\nX-Evil: 1"}, "redirect_uri_mismatch"),
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_the_apps(
    face: Face, changes: dict[str, str | None], error: str
) -> None:
    answer = visit(face, **changes)
    assert "location" not in answer.headers
    assert refused(answer)[:2] == (400, error)


@pytest.mark.parametrize(
    "home",
    [
        "http://127.0.0.1:8765/callback",
        "http://[::1]:8765/callback",
        "http://localhost/callback?tab=1",
        f"{ORIGIN}/services/oauth2/success",
        "https://login.salesforce.com/services/oauth2/success",
    ],
)
def test_addresses_of_the_app(face: Face, home: str) -> None:
    answer = sent_back(visit(face, redirect_uri=home), home)
    assert redeem(face, answer["code"], redirect_uri=home).status_code == 200


def test_the_page_for_those_who_copy_the_address_by_hand(face: Face) -> None:
    home = f"{ORIGIN}/services/oauth2/success"
    page = face.http.get(visit(face, redirect_uri=home).headers["location"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_no_code_or_token_stands_in_the_record_of_requests(face: Face) -> None:
    code = sent_back(visit(face, redirect_uri=f"{ORIGIN}/services/oauth2/success"), ORIGIN)["code"]
    face.http.get("/services/oauth2/success", params={"code": code})
    record = repr(list(face.app.requests))
    assert AUTHORIZE in record
    assert code not in record


# --- what is common to all ---


@pytest.mark.parametrize(
    "error",
    [("inactive_user", "user is inactive"), ("invalid_grant", "request not supported on this domain")],
)
def test_a_login_refused_whatever_is_given(open_face: OpenFace, error: tuple[str, str]) -> None:
    face = open_face(login_error=error)
    assert refused(face.login()) == (400, *error)
    assert refused(jwt_login(face, assertion(face))) == (400, *error)


def test_who_is_logged_in(face: Face) -> None:
    login = face.login().json()
    bearer = {"Authorization": f"Bearer {login['access_token']}"}
    info = face.http.get("/services/oauth2/userinfo", headers=bearer)
    assert info.status_code == 200
    assert info.json()["urls"]["custom_domain"] == ORIGIN
    assert info.json()["preferred_username"] == face.credentials.username
    assert login["id"].endswith(f"/{info.json()['organization_id']}/{info.json()['user_id']}")
    assert face.http.get(login["id"], headers=bearer).json() == info.json()
    assert face.http.get(login["id"][:-1], headers=bearer).status_code == 404


@pytest.mark.parametrize("authorization", [None, "Bearer x", "Basic x", "Bearer"])
def test_nobody_is_logged_in(face: Face, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = face.http.get("/services/oauth2/userinfo", headers=headers)
    assert (answer.status_code, answer.text) == (403, "Bad_OAuth_Token")


def test_a_tenant_token_is_not_an_org_token(face: Face) -> None:
    answer = face.http.get("/services/oauth2/userinfo", headers={"Authorization": f"Bearer {face.token()}"})
    assert answer.status_code == 403


def test_an_org_token_ends(face: Face) -> None:
    bearer = {"Authorization": f"Bearer {face.org_token()}"}
    face.clock.advance(7199)
    assert face.http.get("/services/oauth2/userinfo", headers=bearer).status_code == 200
    face.clock.advance(1)
    assert face.http.get("/services/oauth2/userinfo", headers=bearer).status_code == 403
