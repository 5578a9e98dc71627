"""Keywords, URL and environment. Source: public surface §1, §3; wire spec, auth §2.1, §2.6; faults rule 6, K1, K5."""

from __future__ import annotations

import dataclasses
import pathlib
import pickle
from typing import Any

import pytest

from datacloud_dbapi.dsn import normal_origin
from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.params import ConnectParams

APP: dict[str, Any] = {"client_id": "id", "client_secret": "sesame"}
URL = "datacloud://id:sesame@acme.my.salesforce.com/default"

# Name and default as the public surface's table has them, and the few of our own.
PROMISED: dict[str, Any] = {
    "login_url": "https://login.salesforce.com",
    **dict.fromkeys(["client_id", "client_secret", "username", "password", "private_key", "private_key_file"]),
    **dict.fromkeys(["private_key_passphrase", "jwt_audience", "hyper_database"]),
    "redirect_uri": "http://localhost:1717/OauthRedirect",
    **dict.fromkeys(["refresh_token", "access_token", "instance_url", "sf_org", "datacloud_token", "tenant_url"]),
    **dict.fromkeys(["hyper_address", "token_cache"]),
    "dataspace": "default",
    "transport": "auto",
    "connect_timeout": 10.0,
    "read_timeout": 120.0,
    "query_timeout": None,
    "max_attempts": 3,
    "max_in_flight": 5,
    "page_replay": False,
    "max_response_bytes": 268_435_456,
    **dict.fromkeys(["ca_bundle", "proxy"]),
    "allowed_hosts": (),
    "allow_insecure_loopback": False,
    "prefetch": 1,
    "fetch_parallelism": 4,
    **dict.fromkeys(["workload", "settings", "on_event", "profile", "config_file"]),
    **dict.fromkeys(["business_unit_id", "engagement_url"]),
    "demo": False,
    "auth": "",
    "http_transport": None,
}


def resolve(dsn: str | None = None, environ: dict[str, str] | None = None, **given: Any) -> ConnectParams:
    return ConnectParams.resolve(dsn, given, environ or {})


def test_every_promised_parameter_is_there_with_its_default() -> None:
    fields = {field.name: field for field in dataclasses.fields(ConnectParams)}
    assert {name: field.default for name, field in fields.items()} == PROMISED
    for name, field in fields.items():
        assert field.metadata["doc"], name
    secrets = {name for name, field in fields.items() if field.metadata["secret"]}
    assert secrets == {
        "private_key_passphrase",
        *("client_secret", "password", "private_key", "refresh_token", "access_token", "datacloud_token", "proxy"),
    }


def test_precedence_is_keyword_url_environment_default() -> None:
    environ = {
        "DATACLOUD_DATASPACE": "env",
        "DATACLOUD_PREFETCH": "2",
        "DATACLOUD_WORKLOAD": "env",
        "DATACLOUD_CLIENT_ID": "env",
        "DATACLOUD_PROXY": "",
        "DATACLOUD_NO_SUCH_THING": "x",
    }
    params = resolve("datacloud://id:sesame@h.example/url?workload=url", environ, dataspace="kw", max_attempts=None)
    assert (params.dataspace, params.workload, params.prefetch, params.client_id) == ("kw", "url", 2, "id")
    assert (params.max_attempts, params.proxy, params.login_url) == (3, None, "https://h.example")


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("connect_timeout", "2.5", 2.5),
        ("query_timeout", 3, 3.0),
        ("max_attempts", "1", 1),
        ("prefetch", 0, 0),
        ("page_replay", "Yes", True),
        ("page_replay", "0", False),
        ("allowed_hosts", "A.example, b.example", ("a.example", "b.example")),
        ("allowed_hosts", ["a.example"], ("a.example",)),
        ("settings", '{"time_zone": "UTC"}', {"time_zone": "UTC"}),
        ("ca_bundle", pathlib.PurePosixPath("a/b"), "a/b"),
        ("on_event", print, print),
        ("transport", "rest-v2", "rest-v2"),
    ],
)
def test_values_are_read(name: str, given: Any, expected: Any) -> None:
    got = getattr(resolve(URL, **{name: given}), name)
    assert (got, type(got)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("connect_timeout", "soon"),
        ("connect_timeout", 0),
        ("connect_timeout", -1),
        ("connect_timeout", "nan"),
        ("read_timeout", "inf"),
        ("read_timeout", True),
        ("max_attempts", 0),
        ("max_attempts", "1.5"),
        ("max_attempts", 2.0),
        ("prefetch", -1),
        ("prefetch", "²"),
        ("page_replay", "maybe"),
        ("page_replay", 1),
        ("transport", "rest"),
        ("auth", "oauth"),
        ("client_id", ""),
        ("client_id", 5),
        ("dataspace", b"x"),
        ("allowed_hosts", 5),
        ("settings", "time_zone=UTC"),
        ("settings", {"a": 1}),
        ("on_event", "print"),
        ("http_transport", "mock"),
        ("token_cache", 5),
        ("login_url", "ftp://acme.example"),
        ("login_url", "http://acme.example"),
        ("login_url", "https://user:pw@acme.example"),
        ("login_url", "https://acme.example/path"),
        ("login_url", "https://acme.example?x=1"),
        ("login_url", "https://acme.example:port"),
        ("login_url", "https://acme.example:99999"),
        ("login_url", "https://"),
        ("login_url", "https://exa mple"),
        ("login_url", "https://a\\@b.example"),
        ("login_url", "http://127.0.0.1:7484"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_not_repeated(name: str, bad: Any) -> None:
    given: dict[str, Any] = {**APP, name: bad}
    with pytest.raises(InterfaceError, match=f"{name!r}") as caught:
        resolve(**given)
    if isinstance(bad, str) and len(bad) > 12:
        assert bad not in str(caught.value)


@pytest.mark.parametrize(
    ("unknown", "suggested"),
    [
        ("client_secert", "client_secret"),
        ("Dataspace", "dataspace"),
        ("loginurl", "login_url"),
        ("time_out", "timeout"),
    ],
)
def test_an_unknown_parameter_suggests_the_nearest(unknown: str, suggested: str) -> None:
    with pytest.raises(InterfaceError, match=f"{unknown}.*did you mean .*{suggested}"):
        ConnectParams.resolve(None, {**APP, unknown: "x"})
    with pytest.raises(InterfaceError, match=f"{unknown}.*did you mean .*{suggested}"):
        resolve(f"{URL}?{unknown}=x")


def test_an_unknown_parameter_like_no_other_lists_them_all() -> None:
    with pytest.raises(InterfaceError, match="login_url, auth, client_id"):
        resolve(**APP, zzzzzz=1)


@pytest.mark.parametrize(
    ("given", "environ", "auth"),
    [
        (APP, {}, "client-credentials"),
        ({**APP, "auth": "client-credentials"}, {}, "client-credentials"),
        ({**APP, "username": "u", "password": "p"}, {}, "password"),
        (APP, {"DATACLOUD_USERNAME": "u", "DATACLOUD_PASSWORD": "p"}, "password"),
        # A grant that is named leaves other credentials of the environment alone.
        ({**APP, "auth": "client-credentials"}, {"DATACLOUD_PASSWORD": "p"}, "client-credentials"),
        ({}, {"DATACLOUD_CLIENT_ID": "id", "DATACLOUD_CLIENT_SECRET": "s"}, "client-credentials"),
    ],
)
def test_the_grant_is_worked_out(given: dict[str, Any], environ: dict[str, str], auth: str) -> None:
    params = resolve(None, environ, **given)
    assert params.auth == auth
    assert (params.password is not None) == (auth == "password")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ["client_id", "client_secret", "DATACLOUD_CLIENT_ID"]),
        ({"client_id": "id"}, ["needs client_secret"]),
        ({"client_id": "id", "password": "p"}, ["password", "client_secret", "username"]),
        ({**APP, "username": "u"}, ["username", "client-credentials"]),
        ({**APP, "password": "p", "refresh_token": "r"}, ["password and refresh_token"]),
        ({**APP, "private_key": "k", "datacloud_token": "t"}, ["private_key and datacloud_token"]),
        ({**APP, "auth": "client-credentials", "password": "p"}, ["password", "client-credentials"]),
        ({**APP, "auth": "password", "username": "u", "password": "p", "instance_url": "https://x"}, ["instance_url"]),
    ],
)
def test_credentials_that_do_not_add_up_are_named(given: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InterfaceError) as caught:
        resolve(**given)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("given", "auth"),
    [
        ({"client_id": "i", "username": "u", "private_key": "k"}, "jwt"),
        ({"client_id": "i", "username": "u", "private_key_file": "k.pem", "private_key_passphrase": "p"}, "jwt"),
        ({"client_id": "i", "refresh_token": "r"}, "refresh-token"),
        ({**APP, "refresh_token": "r"}, "refresh-token"),
        ({"client_id": "i", "auth": "authorization-code"}, "authorization-code"),
        ({**APP, "auth": "authorization-code", "redirect_uri": "http://localhost:9/x"}, "authorization-code"),
        ({"access_token": "t", "instance_url": "https://x.my.salesforce.com"}, "access-token"),
        ({"access_token": lambda: "t", "instance_url": "https://x.my.salesforce.com"}, "access-token"),
        ({"datacloud_token": "t", "tenant_url": "https://x"}, "datacloud-token"),
        ({"sf_org": "dev"}, "sf-org"),
        ({"hyper_address": "127.0.0.1:7483", "transport": "hyper", "allow_insecure_loopback": True}, "none"),
        ({**APP, "hyper_address": "h.example:443", "transport": "hyper"}, "client-credentials"),
    ],
)
def test_every_way_in_is_told_by_what_is_given(given: dict[str, Any], auth: str) -> None:
    assert resolve(**given).auth == auth


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"client_id": "i", "private_key": "k"}, "needs username"),
        ({"access_token": "t"}, "needs instance_url"),
        ({"datacloud_token": "t"}, "needs tenant_url"),
        ({"client_id": "i", "username": "u", "private_key": "k", "client_secret": "s"}, "client_secret"),
        ({**APP, "private_key_passphrase": "p"}, "private_key_passphrase"),
        ({**APP, "jwt_audience": "a"}, "jwt_audience"),
        ({"sf_org": "dev", "client_id": "i"}, "client_id"),
        ({"hyper_address": "127.0.0.1:7483"}, "transport='hyper'"),
        ({"hyper_address": "127.0.0.1:7483", "transport": "hyper"}, "allow_insecure_loopback"),
        ({"hyper_address": "h.example:1", "transport": "hyper", "allow_insecure_loopback": True}, "on this machine"),
    ],
)
def test_a_way_in_that_lacks_something_or_has_too_much_says_so(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InterfaceError, match=words):
        resolve(**given)


@pytest.mark.parametrize(
    ("url", "login_url"),
    [
        ("datacloud://id:s@acme.my.salesforce.com/x", "https://acme.my.salesforce.com"),
        ("datacloud://id:s@ACME.example:8443/x", "https://acme.example:8443"),
        ("datacloud://id:s@acme.example:443/x", "https://acme.example"),
        ("datacloud://id:s@127.0.0.1:7484/x?allow_insecure_loopback=true", "http://127.0.0.1:7484"),
        ("datacloud://id:s@[::1]:7484/x?allow_insecure_loopback=1", "http://[::1]:7484"),
        ("datacloud://id:s@localhost/x?allow_insecure_loopback=yes", "http://localhost"),
        ("datacloud://id:s@acme.example/x?allow_insecure_loopback=true", "https://acme.example"),
        ("datacloud://id:s@127.0.0.1:7484/x", "https://127.0.0.1:7484"),
        ("datacloud://id:s@/x?login_url=https://127.0.0.1:7&allow_insecure_loopback=true", "https://127.0.0.1:7"),
        ("datacloud://id:s@/x", "https://login.salesforce.com"),
    ],
)
def test_the_host_of_a_url_is_the_login_url(url: str, login_url: str) -> None:
    params = resolve(url)
    assert (params.login_url, params.client_id, params.client_secret, params.dataspace) == (login_url, "id", "s", "x")


def test_the_keyword_decides_over_plain_http_too() -> None:
    url = "datacloud://id:s@127.0.0.1:7484/x?allow_insecure_loopback=true"
    assert resolve(url, allow_insecure_loopback=False).login_url == "https://127.0.0.1:7484"
    assert resolve("datacloud://id:s@localhost/", allow_insecure_loopback=True).login_url == "http://localhost"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://id:sesame@h/x",
        "datacloud:id:sesame@h",
        "datacloud+emulator:///?data=sesame",
        "datacloud://id:ses/ame@h/x",
        "datacloud://id:ses#ame@h/x",
        "datacloud://id:ses\tame@h/x",
        "datacloud://id:sesame\n@h/x",
        "datacloud://id:ses%ffame@h/x",
        "datacloud://id:sesame@h:port/x",
        "datacloud://id:sesame@h/x/y",
        "datacloud://id:sesame@h/x?sesame",
        "datacloud://id:sesame@h/x?prefetch=1&prefetch=2",
        "datacloud://id:sesame@h/x?client_secret=other",
        "datacloud://id:sesame@h/x?dataspace=other",
        "datacloud://id:[sesame@h/x",
        "datacloud://id:sesame℀@h/x",
        "",
    ],
)
def test_a_malformed_url_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(InterfaceError) as caught:
        resolve(url)
    error: BaseException | None = caught.value
    while error is not None:
        assert "sesame" not in f"{error} {error!r}"
        error = error.__context__


def test_nothing_shows_a_secret() -> None:
    """K1: a proxy's URL may hold a password too."""
    params = resolve(URL, username="u", password="pass-word", proxy="http://me:proxy-word@h:1", workload="w")
    for shown in (repr(params), str(params), f"{params}", params.to_url()):
        for secret in ("sesame", "pass-word", "proxy-word"):
            assert secret not in shown
        assert "***" in shown
    assert "workload='w'" in repr(params)
    again = pickle.loads(pickle.dumps(params))
    assert again == params


def test_a_parameter_that_is_an_object_cannot_stand_in_a_url() -> None:
    with pytest.raises(InterfaceError, match="on_event"):
        resolve(URL, on_event=print).to_url()


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://Acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        (" https://acme.example:8443 ", "https://acme.example:8443"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_is_normalised(url: str, origin: str) -> None:
    assert normal_origin(url) == origin
