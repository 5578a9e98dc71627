"""Logins, the exchange, token reuse, and where a token may go. Source: wire spec, auth §2–5; faults T1–T13."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from datacloud_dbapi.auth.exchange import DataCloudToken
from datacloud_dbapi.auth.grants import ClientCredentials, Grant, Password
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Call, Tokens, shared_tokens
from datacloud_dbapi.errors import AuthenticationError, OperationalError
from datacloud_dbapi.flow.effects import Request, Response
from datacloud_dbapi.flow.retry import PAGE, SUBMIT, RetryPolicy
from datacloud_dbapi.params import ConnectParams
from tests.unit.driver.scripted import LOGIN, Answer, Stage, json_answer, stage, tenant_login

POLICY = RetryPolicy()
CREDENTIALS = ClientCredentials("https://acme.my.salesforce.com", "the-app", "s3cret")
HTML = Response(200, {"content-type": "text/html"}, b"<html><script>location='/?ec=302'</script>eyJhbGciOiJ.x.y</html>")


def tokens(grant: Grant = CREDENTIALS, dataspace: str | None = "default") -> Tokens:
    return Tokens(grant, dataspace, TrustedHosts())


def form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (CREDENTIALS, {"grant_type": "client_credentials", "client_id": "the-app", "client_secret": "s3cret"}),
        (
            Password("https://test.salesforce.com", "the-app", "s3cret", "a@b.example", "p&ss=1+ü"),
            {
                "grant_type": "password",
                "client_id": "the-app",
                "client_secret": "s3cret",
                "username": "a@b.example",
                "password": "p&ss=1+ü",
            },
        ),
    ],
)
def test_a_login_is_two_posts_with_every_secret_in_the_body(grant: Any, expected: dict[str, str]) -> None:
    scene = stage([LOGIN, tenant_login()])
    token = scene.run(tokens(grant).current(POLICY))
    assert [request.url for request in scene.requests] == [
        f"{grant.login_url}/services/oauth2/token",
        "https://acme.my.salesforce.com/services/a360/token",
    ]
    assert form(scene.requests[0]) == expected
    assert form(scene.requests[1]) == {
        "grant_type": "urn:salesforce:grant-type:external:cdp",
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": "00Dxx!core",
        "dataspace": "default",
    }
    assert all(r.headers["Content-Type"] == "application/x-www-form-urlencoded" for r in scene.requests)
    assert token.tenant_url == "https://abc.c360a.salesforce.com"
    assert scene.locks_held == 0


@pytest.mark.fault("T6", "T13")
@pytest.mark.parametrize(
    ("life", "asked_at", "logins"),
    [
        (7200, 7139.0, 1),  # a minute is left
        (7200, 7141.0, 2),
        (100, 89.0, 1),  # a tenth of a short life
        (100, 91.0, 2),
        (None, 10**7, 1),  # T6: no invented lifetime
    ],
)
def test_a_token_is_used_until_shortly_before_its_end(life: int | None, asked_at: float, logins: int) -> None:
    scene = stage([LOGIN, tenant_login(life), LOGIN, tenant_login(life)], clock=0.0)
    keeper = tokens()
    scene.run(keeper.current(POLICY))
    scene.clock = asked_at
    scene.run(keeper.current(POLICY))
    assert scene.asked.count("POST /services/oauth2/token") == logins


def test_a_tokens_age_is_counted_from_before_the_exchange() -> None:
    scene = stage([LOGIN, tenant_login(100)], clock=0.0, took=30.0)
    assert scene.run(tokens().current(POLICY)).renew_at == 30.0 + 90.0


@pytest.mark.fault("T7")
@pytest.mark.parametrize(
    "answers",
    [
        [json_answer({"error": "invalid_grant", "error_description": "authentication failure"}, 400)],
        [HTML],
        [Response(200, {}, b"[]")],
        [Response(200, {}, b"not json")],
        [json_answer({"instance_url": "https://acme.my.salesforce.com"})],
        [json_answer({"access_token": "00D!x"})],
        [json_answer({"error": "invalid_client", "error_description": "invalid client credentials"})],
        [Response(302, {"location": "https://elsewhere.example"})],
        [LOGIN, HTML],
        [LOGIN, Response(302, {"location": "/?ec=302"})],
        [LOGIN, json_answer({"error": "invalid_scope"}, 400)],
        [LOGIN, json_answer({"error": "invalid_token", "error_description": "expired"})],
    ],
)
def test_a_login_that_gives_no_token_is_an_authentication_error_and_not_repeated(answers: list[Answer]) -> None:
    expected = len(answers)
    scene = stage(answers)
    with pytest.raises(AuthenticationError) as caught:
        scene.run(tokens().current(POLICY))
    assert len(scene.requests) == expected
    assert "eyJ" not in str(caught.value)
    assert scene.locks_held == 0


def test_the_servers_words_and_code_are_kept() -> None:
    refusal = json_answer({"error": "invalid_client", "error_description": "invalid client credentials"}, 401)
    with pytest.raises(AuthenticationError, match="invalid client credentials") as caught:
        stage([refusal]).run(tokens().current(POLICY))
    assert (caught.value.code, caught.value.http_status) == ("invalid_client", 401)
    assert caught.value.hint is not None


def test_a_login_by_credentials_is_repeated_after_500() -> None:
    scene = stage([Response(500), Response(500), LOGIN, tenant_login()])
    scene.run(tokens().current(POLICY))
    assert scene.asked.count("POST /services/oauth2/token") == 3


class TestHosts:
    @pytest.mark.parametrize(
        ("address", "hosts", "origin"),
        [
            ("abc.c360a.salesforce.com", TrustedHosts(), "https://abc.c360a.salesforce.com"),
            (" https://abc.c360a.salesforce.com/ ", TrustedHosts(), "https://abc.c360a.salesforce.com"),
            ("cdp.corp.example:8443", TrustedHosts(("corp.example",)), "https://cdp.corp.example:8443"),
            ("127.0.0.1:7484", TrustedHosts((), True), "http://127.0.0.1:7484"),
            ("https://127.0.0.1:7484", TrustedHosts(("127.0.0.1",)), "https://127.0.0.1:7484"),
        ],
    )
    def test_where_a_token_may_go(self, address: str, hosts: TrustedHosts, origin: str) -> None:
        assert hosts.origin(address, insecure_default=True) == origin

    @pytest.mark.fault("T8")
    @pytest.mark.parametrize(
        "address",
        [
            "http://abc.c360a.salesforce.com",
            "https://10.0.0.7",
            "https://localhost",
            "127.0.0.1:7484",
            "https://user:pw@abc.c360a.salesforce.com",
            "https://evil.example",
            "https://salesforce.com.evil.example",
            "https://evilsalesforce.com",
            "ftp://abc.salesforce.com",
            "https://abc.salesforce.com/path",
            "https://abc.salesforce.com?x=1",
            "https://abc.salesforce.com:bad",
            "",
        ],
    )
    def test_where_it_may_not(self, address: str) -> None:
        scene = stage([json_answer({"access_token": "00D!x", "instance_url": address or " "})])
        with pytest.raises(AuthenticationError):
            scene.run(tokens().current(POLICY))
        assert len(scene.requests) == 1


class TestRefusedTokens:
    def logged_in(self, answers: list[Answer]) -> tuple[Stage, Tokens]:
        return stage([LOGIN, tenant_login(), *answers]), tokens()

    def test_401_re_authenticates_and_sends_once_more(self) -> None:
        scene, keeper = self.logged_in([Response(401), LOGIN, tenant_login(), Response(200)])
        reply = scene.run(keeper.send(Call("POST", "/api/v2/query"), SUBMIT, POLICY))
        assert reply.response.status == 200
        assert scene.asked.count("POST /api/v2/query") == 2
        assert scene.requests[-1].headers["Authorization"] == "Bearer eyJ.tenant.token"

    def test_a_second_401_stands(self) -> None:
        scene, keeper = self.logged_in([Response(401), LOGIN, tenant_login(), Response(401)])
        assert scene.run(keeper.send(Call("GET", "/x"), PAGE, POLICY)).response.status == 401
        assert scene.asked.count("GET /x") == 2

    def test_403_does_not_log_in_again(self) -> None:
        scene, keeper = self.logged_in([Response(403)])
        assert scene.run(keeper.send(Call("GET", "/x"), PAGE, POLICY)).response.status == 403
        assert scene.asked.count("POST /services/oauth2/token") == 1

    def test_a_token_renewed_meanwhile_is_not_dropped(self) -> None:
        keeper = tokens()
        newer = DataCloudToken("newer", "https://abc.c360a.salesforce.com")
        flow = keeper.send(Call("GET", "/x"), PAGE, POLICY)

        class Meanwhile(Stage):
            def _answer(self, effect: Any) -> object:
                answer = super()._answer(effect)
                if isinstance(answer, Response) and answer.status == 401:
                    keeper._token = newer  # another flow was faster
                return answer

        scene = Meanwhile([LOGIN, tenant_login(), Response(401), Response(200)])
        scene.run(flow)
        assert scene.requests[-1].headers["Authorization"] == "Bearer newer"


def test_equal_credentials_share_their_token_and_others_do_not() -> None:
    def params(**more: Any) -> ConnectParams:
        given = {"login_url": "https://acme.my.salesforce.com", "client_id": "a", "client_secret": "b"}
        return ConnectParams.resolve(None, {**given, **more}, {})

    first = shared_tokens(params())
    assert shared_tokens(params(read_timeout=3.0)) is first
    for other in ({"client_secret": "c"}, {"dataspace": "emea"}, {"login_url": "https://b.my.salesforce.com"}):
        assert shared_tokens(params(**other)) is not first


@pytest.mark.fault("K1")
def test_no_secret_in_any_repr() -> None:
    scene = stage([LOGIN, tenant_login()])
    token = scene.run(tokens().current(POLICY))
    shown = " ".join(map(repr, [CREDENTIALS, Password("u", "i", "s3cret", "me", "pw0rd"), token, *scene.requests]))
    for secret in ("s3cret", "pw0rd", "eyJ", "00Dxx"):
        assert secret not in shown


def test_a_failed_login_releases_the_lock_for_the_next_try() -> None:
    keeper = tokens()
    with pytest.raises(OperationalError):
        stage([json_answer({}, 400)]).run(keeper.current(POLICY))
    assert stage([LOGIN, tenant_login()]).run(keeper.current(POLICY)).access_token == "eyJ.tenant.token"
