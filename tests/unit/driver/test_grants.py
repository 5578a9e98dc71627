"""The ways in beyond a form with a secret, the org's token, and tokens handed in.

Source: wire spec, auth §2-4; faults T2-T4, T6, T7, T10, T14; public surface §1.
"""

from __future__ import annotations

import base64
import hashlib
import json
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from datacloud_dbapi.auth.authorization_code import Authorization, AuthorizationCode
from datacloud_dbapi.auth.exchange import GivenToken, token_claims
from datacloud_dbapi.auth.grants import AccessToken, ClientCredentials, Grant, RefreshToken
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.jwt_bearer import JwtBearer, read_private_key
from datacloud_dbapi.auth.sf_cli import SalesforceCli
from datacloud_dbapi.auth.tokens import Call, Tokens, shared_tokens, tokens_for
from datacloud_dbapi.errors import AuthenticationError, ConnectionLostError, InterfaceError, OperationalError
from datacloud_dbapi.flow.effects import Request, Response
from datacloud_dbapi.flow.retry import READ, SUBMIT, RetryPolicy
from datacloud_dbapi.params import ConnectParams
from tests.unit.driver.scripted import LOGIN, Answer, json_answer, stage, tenant_login

POLICY = RetryPolicy()
ORG = "https://acme.my.salesforce.com"
HTML = Response(200, {"content-type": "text/html"}, b"<html>?ec=302</html>")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(
    form: PrivateFormat = PrivateFormat.PKCS8, encryption: KeySerializationEncryption | None = None, key: Any = KEY
) -> str:
    return str(key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode())


def org_login(token: str = "00Dxx!core", **more: str) -> Response:
    return json_answer({"access_token": token, "instance_url": ORG, "issued_at": "1", **more})


def tokens(grant: Grant | None, **more: Any) -> Tokens:
    return Tokens(grant, "default", TrustedHosts(), **more)


def form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}


@dataclass
class Ticking:
    """A time of day that is a second later each time it is asked."""

    at: float = 1_767_225_600.0

    def __call__(self) -> float:
        self.at += 1
        return self.at


class TestJwtBearer:
    def grant(self) -> JwtBearer:
        return JwtBearer(ORG, "the-app", "me@acme.example", KEY, ORG, Ticking())

    def test_the_assertion_is_signed_for_two_minutes(self) -> None:
        scene = stage([LOGIN, tenant_login()])
        scene.run(tokens(self.grant()).current(POLICY))
        sent = form(scene.requests[0])
        assert sent.pop("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assertion = sent.pop("assertion")
        assert sent == {"client_id": "the-app"}  # and no secret
        assert jwt.get_unverified_header(assertion)["alg"] == "RS256"
        checked = jwt.decode(assertion, KEY.public_key(), ["RS256"], audience=ORG, options={"verify_exp": False})
        assert len(checked.pop("jti")) == 32
        assert checked == {
            "iss": "the-app",
            "sub": "me@acme.example",
            "aud": ORG,
            "iat": 1_767_225_601,
            "exp": 1_767_225_721,
        }

    @pytest.mark.fault("T2")
    def test_t2_every_try_has_an_assertion_of_its_own(self) -> None:
        scene = stage([Response(500), Response(500), LOGIN, tenant_login()])
        # All within one second, as they are where chance makes the pauses short.
        grant = JwtBearer(ORG, "the-app", "me@acme.example", KEY, ORG, lambda: 1_767_225_600.0)
        scene.run(tokens(grant).current(POLICY))
        sent = [form(request)["assertion"] for request in scene.requests[:3]]
        assert len(set(sent)) == 3

    @pytest.mark.fault("T1")
    def test_a_refused_assertion_is_not_tried_again(self) -> None:
        refusal = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
        scene = stage([json_answer(refusal, 400)])
        with pytest.raises(AuthenticationError, match="approved") as caught:
            scene.run(tokens(self.grant()).current(POLICY))
        assert (caught.value.code, len(scene.requests)) == ("invalid_grant", 1)

    @pytest.mark.parametrize(
        ("text", "passphrase"),
        [
            (pem(), None),
            (pem(PrivateFormat.TraditionalOpenSSL), None),
            (pem().replace("\n", "\\n"), None),
            (f"\n  {pem()}\n", None),
            (pem(encryption=BestAvailableEncryption(b"open sesame")), "open sesame"),
        ],
    )
    def test_keys_are_read_from_text_and_file(self, text: str, passphrase: str | None, tmp_path: Path) -> None:
        file = tmp_path / "key.pem"
        file.write_text(text.replace("\\n", "\n").strip())
        for key in (read_private_key(text, None, passphrase), read_private_key(None, str(file), passphrase)):
            assert key.public_key() == KEY.public_key()

    @pytest.mark.parametrize(
        ("text", "passphrase", "words"),
        [
            ("no key at all, whatever else this text of mine may be", None, "no private key.*BEGIN PRIVATE KEY"),
            (pem()[:400], None, "no private key"),
            (pem(encryption=BestAvailableEncryption(b"right")), None, "is encrypted.*private_key_passphrase"),
            (pem(encryption=BestAvailableEncryption(b"right")), "wrong", "the passphrase is wrong"),
            (pem(), "needless", "is not encrypted.*leave out"),
            (pem(key=ec.generate_private_key(ec.SECP256R1())), None, "not an RSA key"),
        ],
    )
    def test_a_key_that_will_not_do_is_named_before_anything_is_sent(
        self, text: str, passphrase: str | None, words: str
    ) -> None:
        given = {"client_id": "i", "username": "u", "private_key": text, "private_key_passphrase": passphrase}
        with pytest.raises(InterfaceError, match=words) as caught:
            tokens_for(ConnectParams.resolve(None, given))
        assert text[28:60] not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "none.pem"
        with pytest.raises(InterfaceError, match=r"none\.pem"):
            read_private_key(None, str(path), None)

    def test_the_audience_is_the_login_host_unless_it_is_given(self) -> None:
        given = {"client_id": "i", "username": "u", "private_key": pem(), "login_url": f"{ORG}/"}
        for more, audience in (
            ({}, ORG),
            ({"jwt_audience": "https://test.salesforce.com"}, "https://test.salesforce.com"),
        ):
            scene = stage([LOGIN, tenant_login()])
            scene.run(tokens_for(ConnectParams.resolve(None, {**given, **more})).current(POLICY))
            assert token_claims(form(scene.requests[0])["assertion"])["aud"] == audience


class TestRefreshToken:
    def test_its_form(self) -> None:
        for secret, more in ((None, {}), ("s3cret", {"client_secret": "s3cret"})):
            scene = stage([LOGIN, tenant_login()])
            scene.run(tokens(RefreshToken(ORG, "the-app", "5Aep.first", secret)).current(POLICY))
            assert form(scene.requests[0]) == {
                "grant_type": "refresh_token",
                "client_id": "the-app",
                "refresh_token": "5Aep.first",
                **more,
            }

    @pytest.mark.fault("T4")
    def test_t4_the_next_login_sends_the_new_one(self) -> None:
        scene = stage([org_login(refresh_token="5Aep.second"), tenant_login(100), LOGIN, tenant_login(100)], clock=0.0)
        keeper = tokens(RefreshToken(ORG, "the-app", "5Aep.first"))
        scene.run(keeper.current(POLICY))
        scene.clock = 95.0
        scene.run(keeper.current(POLICY))
        sent = [form(request).get("refresh_token") for request in scene.requests]
        assert sent == ["5Aep.first", None, "5Aep.second", None]

    @pytest.mark.fault("T4")
    def test_t4_it_counts_even_when_the_exchange_fails(self) -> None:
        scene = stage([org_login(refresh_token="5Aep.second"), HTML, LOGIN, tenant_login()])
        keeper = tokens(RefreshToken(ORG, "the-app", "5Aep.first"))
        with pytest.raises(AuthenticationError):
            scene.run(keeper.current(POLICY))
        scene.run(keeper.current(POLICY))
        assert form(scene.requests[2])["refresh_token"] == "5Aep.second"

    @pytest.mark.fault("T3")
    @pytest.mark.parametrize(
        "fault", [Response(500), Response(502), Response(503), Response(504), ConnectionLostError("no answer in time")]
    )
    def test_t3_it_is_not_sent_twice_by_itself(self, fault: Answer) -> None:
        scene = stage([fault])
        with pytest.raises(OperationalError):
            scene.run(tokens(RefreshToken(ORG, "the-app", "5Aep.first")).current(POLICY))
        assert len(scene.requests) == 1

    def test_429_may_be_repeated(self) -> None:
        scene = stage([Response(429, {"retry-after": "2"}), LOGIN, tenant_login()])
        scene.run(tokens(RefreshToken(ORG, "the-app", "5Aep.first")).current(POLICY))
        assert scene.sleeps == [2.0]


@dataclass
class Handed:
    """A callable that hands out one token after the other."""

    left: list[str]
    asked: int = 0

    def __call__(self) -> str:
        self.asked += 1
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


class TestTokensHandedIn:
    def test_an_org_token_is_exchanged_without_a_login(self) -> None:
        scene = stage([tenant_login()])
        scene.run(tokens(AccessToken("00Dxx!mine", ORG)).current(POLICY))
        assert scene.asked == ["POST /services/a360/token"]
        assert form(scene.requests[0])["subject_token"] == "00Dxx!mine"

    def test_a_callable_is_asked_again_when_its_token_was_refused(self) -> None:
        source = Handed(["00Dxx!old", "00Dxx!new"])
        scene = stage([HTML, tenant_login()])
        scene.run(tokens(AccessToken(source, ORG)).current(POLICY))
        assert [form(request)["subject_token"] for request in scene.requests] == ["00Dxx!old", "00Dxx!new"]
        assert source.asked == 2

    def test_one_that_knows_no_other_token_is_not_tried_with_the_same(self) -> None:
        source = Handed(["00Dxx!old"])
        scene = stage([HTML])
        with pytest.raises(AuthenticationError):
            scene.run(tokens(AccessToken(source, ORG)).current(POLICY))
        assert source.asked == 2

    def test_one_that_gives_no_text_is_refused_before_anything_is_sent(self) -> None:
        broken: Callable[[], Any] = lambda: None  # noqa: E731
        with pytest.raises(AuthenticationError, match="callable"):
            stage([]).run(tokens(AccessToken(broken, ORG)).current(POLICY))

    def test_a_tenants_token_needs_no_login_at_all(self) -> None:
        scene = stage([Response(200), Response(401)])
        keeper = tokens(None, given=GivenToken("eyJ.given.token", "https://abc.c360a.salesforce.com"))
        assert scene.run(keeper.send(Call("GET", "/x"), READ, POLICY)).response.status == 200
        assert scene.requests[0].headers["Authorization"] == "Bearer eyJ.given.token"
        # Nothing renews it, so a refusal stands.
        assert scene.run(keeper.send(Call("GET", "/x"), READ, POLICY)).response.status == 401
        assert scene.asked == ["GET /x", "GET /x"]
        with pytest.raises(InterfaceError, match="no login to the org"):
            scene.run(keeper.current_org(POLICY))

    def test_a_tenants_token_says_itself_when_it_has_ended(self) -> None:
        payload = base64.urlsafe_b64encode(json.dumps({"exp": 2000}).encode()).rstrip(b"=").decode()
        keeper = tokens(
            None, given=GivenToken(f"e30.{payload}.c2ln", "https://abc.c360a.salesforce.com", Ticking(1998))
        )
        assert stage([]).run(keeper.current(POLICY)).access_token.startswith("e30.")
        with pytest.raises(AuthenticationError, match="expired"):
            stage([]).run(keeper.current(POLICY))

    @pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "e30.bm8.x", "e30.W10.x", "..", "e30.\u00e9.x"])
    def test_claims_of_what_is_no_token_are_none(self, text: str) -> None:
        assert token_claims(text) == {}


class TestOrgToken:
    GRANT = ClientCredentials(ORG, "the-app", "s3cret")
    CALL = Call("GET", "/services/data/v64.0/x")
    EXPIRED = json_answer([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}], 401)

    def test_it_opens_the_org_without_an_exchange(self) -> None:
        scene = stage([LOGIN, Response(200)])
        scene.run(tokens(self.GRANT).send(self.CALL, READ, POLICY, org=True))
        assert scene.asked == ["POST /services/oauth2/token", "GET /services/data/v64.0/x"]
        assert scene.requests[1].url == f"{ORG}/services/data/v64.0/x"
        assert scene.requests[1].headers["Authorization"] == "Bearer 00Dxx!core"

    def test_a_refused_one_is_renewed_once(self) -> None:
        scene = stage([org_login("00Dxx!1"), self.EXPIRED, org_login("00Dxx!2"), self.EXPIRED])
        assert scene.run(tokens(self.GRANT).send(self.CALL, SUBMIT, POLICY, org=True)).response.status == 401
        sent = [r.headers.get("Authorization") for r in scene.requests]
        assert sent == [None, "Bearer 00Dxx!1", None, "Bearer 00Dxx!2"]

    def test_one_that_was_handed_in_stays_refused(self) -> None:
        scene = stage([self.EXPIRED])
        assert (
            scene.run(tokens(AccessToken("00D!x", ORG)).send(self.CALL, READ, POLICY, org=True)).response.status == 401
        )

    def test_one_login_serves_org_and_tenant(self) -> None:
        scene = stage([LOGIN, Response(200), tenant_login(), Response(200)])
        keeper = tokens(self.GRANT)
        scene.run(keeper.send(self.CALL, READ, POLICY, org=True))
        scene.run(keeper.send(Call("GET", "/x"), READ, POLICY))
        assert scene.asked.count("POST /services/oauth2/token") == 1

    def test_a_token_that_ended_before_its_exchange_is_replaced(self) -> None:
        scene = stage([org_login("00Dxx!1"), HTML, org_login("00Dxx!2"), tenant_login()])
        keeper = tokens(self.GRANT)
        scene.run(keeper.current_org(POLICY))
        scene.run(keeper.current(POLICY))
        assert form(scene.requests[3])["subject_token"] == "00Dxx!2"

    def test_each_exchange_has_a_token_of_its_own(self) -> None:
        """An org's token may be exchanged once (wire spec, auth §4)."""
        answers = [org_login("00Dxx!1"), tenant_login(100), org_login("00Dxx!2"), tenant_login(100)]
        scene = stage(answers, clock=0.0)
        keeper = tokens(self.GRANT)
        scene.run(keeper.current(POLICY))
        scene.clock = 95.0
        scene.run(keeper.current(POLICY))
        assert form(scene.requests[3])["subject_token"] == "00Dxx!2"


@dataclass
class Browser:
    """A user: goes to the login page and comes back with what `answer` makes of the question's state."""

    answer: Callable[[str], dict[str, str]]
    visited: list[str] = field(default_factory=list)

    def __call__(self, authorization: Authorization) -> str:
        self.visited.append(authorization.url)
        return f"{authorization.redirect_uri}?{urlencode(self.answer(authorization.state))}"


class TestAuthorizationCode:
    REDIRECT = "http://localhost:1717/OauthRedirect"

    def grant(self, browser: Browser, **more: Any) -> AuthorizationCode:
        return AuthorizationCode(ORG, "the-app", self.REDIRECT, browser, **more)

    def test_the_code_is_redeemed_with_the_verifier_of_its_challenge(self) -> None:
        browser = Browser(lambda state: {"code": "aPrx==", "state": state})
        scene = stage([org_login(refresh_token="5Aep.r"), tenant_login()])
        scene.run(tokens(self.grant(browser, username="me@acme.example")).current(POLICY))
        page = urlsplit(browser.visited[0])
        assert f"{page.scheme}://{page.netloc}{page.path}" == f"{ORG}/services/oauth2/authorize"
        question = {name: values[0] for name, values in parse_qs(page.query).items()}
        sent = form(scene.requests[0])
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        assert 43 <= len(sent["code_verifier"]) <= 128
        assert question.pop("code_challenge") == base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert len(question.pop("state")) >= 32
        assert question == {
            "response_type": "code",
            "client_id": "the-app",
            "redirect_uri": self.REDIRECT,
            "scope": "api refresh_token cdp_query_api cdp_profile_api",
            "code_challenge_method": "S256",
            "login_hint": "me@acme.example",
        }
        del sent["code_verifier"]
        assert sent == {
            "grant_type": "authorization_code",
            "code": "aPrx==",
            "client_id": "the-app",
            "redirect_uri": self.REDIRECT,
        }

    def test_a_business_unit_needs_another_scope_and_so_a_login_of_its_own(self) -> None:
        login = {"login_url": ORG, "auth": "authorization-code", "client_id": "the-app"}
        plain = ConnectParams.resolve(None, login)
        unit = ConnectParams.resolve(None, {**login, "business_unit_id": "0Uv000000000001AAA"})
        browser = Browser(lambda state: {"error": "access_denied", "state": state})
        with pytest.raises(AuthenticationError):
            stage([]).run(tokens_for(unit, browser).current_org(POLICY))
        assert parse_qs(urlsplit(browser.visited[0]).query)["scope"] == ["api refresh_token pardot_api"]
        assert shared_tokens(plain) is not shared_tokens(unit)
        # Where the app alone decides what a token may do, one login is enough.
        app = {"login_url": ORG, "client_id": "the-app", "client_secret": "s"}
        of_both = [
            ConnectParams.resolve(None, {**app, **more}) for more in ({}, {"business_unit_id": unit.business_unit_id})
        ]
        first = shared_tokens(of_both[0])
        assert shared_tokens(of_both[1]) is first

    @pytest.mark.fault("T14")
    @pytest.mark.parametrize(
        "answer",
        [
            lambda state: {"code": "c", "state": state[::-1]},
            lambda state: {"code": "c", "state": ""},
            lambda state: {"code": "c", "state": "\u00e9"},
            lambda state: {"code": "c"},
            lambda state: {"state": state},
            lambda state: {"error": "access_denied", "error_description": "end-user denied", "state": state},
            lambda state: {},
        ],
    )
    def test_t14_no_token_is_asked_for_without_state_and_code(self, answer: Callable[[str], dict[str, str]]) -> None:
        scene = stage([])
        with pytest.raises(AuthenticationError):
            scene.run(tokens(self.grant(Browser(answer))).current(POLICY))
        assert scene.requests == []

    def test_the_users_refusal_keeps_its_code(self) -> None:
        refused = Browser(lambda state: {"error": "access_denied", "error_description": "no\x00", "state": state})
        with pytest.raises(AuthenticationError, match=r"no\\x00") as caught:
            stage([]).run(tokens(self.grant(refused)).current(POLICY))
        assert caught.value.code == "access_denied"

    def test_later_logins_ask_nobody_until_the_refresh_token_is_refused(self) -> None:
        browser = Browser(lambda state: {"code": "c", "state": state})
        refused = json_answer({"error": "invalid_grant", "error_description": "expired access/refresh token"}, 400)
        scene = stage([org_login(refresh_token="5Aep.r"), tenant_login(), LOGIN, refused, LOGIN])
        keeper = tokens(self.grant(browser))
        scene.run(keeper.current(POLICY))
        scene.run(keeper.renew(POLICY))
        assert len(browser.visited) == 1
        assert form(scene.requests[2])["grant_type"] == "refresh_token"
        scene.run(keeper.renew(POLICY))
        assert len(browser.visited) == 2

    @pytest.mark.fault("T3")
    def test_a_code_is_not_sent_twice(self) -> None:
        scene = stage([Response(503)])
        with pytest.raises(OperationalError):
            scene.run(tokens(self.grant(Browser(lambda state: {"code": "c", "state": state}))).current(POLICY))
        assert len(scene.requests) == 1


@dataclass
class Sf:
    """The Salesforce command line: what it writes for each command."""

    answers: dict[str, object]
    asked: list[list[str]] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str]) -> str:
        self.asked.append(list(arguments))
        answer = self.answers[" ".join(word for word in arguments if not word.startswith("-"))]
        return answer if isinstance(answer, str) else json.dumps(answer)


class TestSalesforceCli:
    SHOWN: ClassVar = {
        "status": 0,
        "result": {"accessToken": "00Dxx!cli", "instanceUrl": ORG, "username": "me@acme.example"},
    }

    def test_the_commands_token_is_exchanged(self) -> None:
        sf = Sf({"org display": f"\x1b[33mWarning: an update is there\x1b[39m\n{json.dumps(self.SHOWN)}\n"})
        scene = stage([tenant_login()])
        scene.run(tokens(SalesforceCli("dev", sf)).current(POLICY))
        assert sf.asked == [["org", "display", "--json", "--target-org=dev"]]
        assert form(scene.requests[0])["subject_token"] == "00Dxx!cli"

    def test_a_masked_token_is_asked_for_by_its_own_command(self) -> None:
        masked = {"accessToken": "[REDACTED] Use 'sf org auth show-access-token' to view", "instanceUrl": ORG}
        told = {"status": 0, "result": {"accessToken": "00Dxx!told"}}
        sf = Sf({"org display": {"status": 0, "result": masked}, "org auth show-access-token": told})
        scene = stage([])
        assert scene.run(tokens(SalesforceCli("dev", sf)).current_org(POLICY)).access_token == "00Dxx!told"

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ({"status": 1, "name": "NamedOrgNotFoundError", "message": "No authorization for dev"}, "No authorization"),
            ("", "no reason given"),
            ("{broken", "no reason given"),
            ({"status": 0, "result": {"instanceUrl": ORG}}, "no reason given"),
            ({"status": 0, "result": {"accessToken": "00D!x", "instanceUrl": "https://evil.example"}}, "evil.example"),
        ],
    )
    def test_what_it_cannot_tell_is_an_error_that_says_so(self, answer: object, words: str) -> None:
        sf = Sf({"org display": answer, "org auth show-access-token": {"status": 1}})
        scene = stage([])
        with pytest.raises(AuthenticationError, match=words):
            scene.run(tokens(SalesforceCli("dev", sf)).current(POLICY))

    def test_a_machine_without_the_command_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(InterfaceError, match="@salesforce/cli"):
            stage([]).run(tokens(SalesforceCli("dev")).current(POLICY))


def test_tokens_are_shared_by_what_is_logged_in_with() -> None:
    def of(**given: Any) -> Tokens:
        return shared_tokens(ConnectParams.resolve(None, given))

    given = {"instance_url": ORG}
    source = Handed(["00D!x"])
    kept = [of(access_token="00D!a", **given), of(access_token="00D!b", **given), of(access_token=source, **given)]
    assert len({id(one) for one in kept}) == 3
    assert of(access_token="00D!a", **given) is kept[0]
    assert of(access_token=source, **given) is kept[2]
    assert not of(hyper_address="127.0.0.1:1", transport="hyper", allow_insecure_loopback=True).logs_in


@pytest.mark.fault("K1")
def test_no_grant_shows_a_secret() -> None:
    authorization = Authorization.begin(ORG, "the-app", "http://localhost:1/")
    shown = repr(
        [
            RefreshToken(ORG, "the-app", "5Aep.secret", "s3cret"),
            AccessToken("00Dxx!core", ORG),
            JwtBearer(ORG, "the-app", "me", KEY, ORG),
            GivenToken("eyJ.given.token", ORG),
            authorization,
            stage([org_login(refresh_token="5Aep.secret")]).run(
                RefreshToken(ORG, "a", "b").login(POLICY, TrustedHosts())
            ),
        ]
    )
    for secret in ("5Aep", "s3cret", "00Dxx", "eyJ", authorization.state, authorization.verifier, "RSAPrivateKey"):
        assert secret not in shown


SECRETS = {
    "client_secret": "s3cret-of-the-app",
    "password": "s3cret-of-the-user",
    "refresh_token": "s3cret-to-refresh",
    "access_token": "s3cret-of-the-org",
    "private_key_passphrase": "s3cret-of-the-key",
}


@pytest.mark.fault("K3")
@pytest.mark.parametrize(
    "given",
    [
        {"client_id": "i", "client_secret": SECRETS["client_secret"]},
        {"client_id": "i", "username": "u", **{name: SECRETS[name] for name in ("client_secret", "password")}},
        {"client_id": "i", **{name: SECRETS[name] for name in ("client_secret", "refresh_token")}},
        {"instance_url": ORG, "access_token": SECRETS["access_token"]},
        {
            "client_id": "i",
            "username": "u",
            "private_key": pem(encryption=BestAvailableEncryption(SECRETS["private_key_passphrase"].encode())),
            "private_key_passphrase": SECRETS["private_key_passphrase"],
        },
    ],
)
@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        json_answer({"error": "invalid_grant", "error_description": "no"}, 400),
        json_answer({"access_token": "s3cret-from-the-server"}),
        json_answer({"access_token": "s3cret-from-the-server", "instance_url": "https://evil.example"}),
        ConnectionLostError("gone"),
    ],
)
def test_k3_the_locals_of_a_failed_login_show_no_secret(given: dict[str, Any], answer: Answer) -> None:
    params = ConnectParams.resolve(None, {**given, "login_url": ORG})
    flow = tokens_for(params).current(POLICY)
    with pytest.raises(OperationalError) as caught:
        stage([answer] * 3).run(flow)
    whole = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in whole.stack if "/datacloud_dbapi/" in frame.filename]
    assert len(ours) >= 3
    shown = " ".join(f"{frame.locals}" for frame in ours) + str(caught.value)
    assert "s3cret" not in shown
    assert "PRIVATE KEY" not in shown


@pytest.mark.fault("K3")
def test_k3_a_key_that_cannot_be_read_is_not_among_the_locals() -> None:
    given = {"client_id": "i", "username": "u", "private_key": pem()[:-80], "private_key_passphrase": "s3cret"}
    params = ConnectParams.resolve(None, given)
    with pytest.raises(InterfaceError) as caught:
        tokens_for(params)
    whole = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = " ".join(f"{frame.locals}" for frame in whole.stack if "/datacloud_dbapi/" in frame.filename)
    assert "s3cret" not in shown
    assert pem()[40:80] not in shown
