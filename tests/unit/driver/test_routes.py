"""Which transport a request goes by: the user's own, one by a proxy, or straight to the host."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.flow.routes import Routes
from datacloud_dbapi.params import ConnectParams

GIVEN = {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}
PROXY = "http://proxy.example:3128"


class Made(httpx.BaseTransport):
    """Notes what it was made with."""

    def __init__(self, *, proxy: httpx.Proxy | None, **rest: Any) -> None:
        self.proxy = None if proxy is None else str(proxy.url)


def routes(**given: Any) -> Routes[httpx.BaseTransport]:
    return Routes[httpx.BaseTransport](ConnectParams.resolve(None, {**GIVEN, **given}, {}), httpx.BaseTransport, Made)


def proxy_to(found: Routes[httpx.BaseTransport], url: str) -> str | None:
    made = found.to(httpx.URL(url))
    assert isinstance(made, Made)
    return made.proxy


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "given", "url", "proxy"),
    [
        ({}, {}, "https://a.example/", None),
        ({}, {"proxy": PROXY}, "https://a.example/", PROXY),
        ({"https_proxy": PROXY}, {}, "https://a.example/", PROXY),
        ({"https_proxy": "proxy.example:3128"}, {}, "https://a.example/", PROXY),
        ({"https_proxy": PROXY}, {}, "http://a.example/", None),
        ({"all_proxy": PROXY}, {}, "http://a.example/", PROXY),
        ({"https_proxy": PROXY, "no_proxy": "other.example, a.example"}, {}, "https://a.example/", None),
        ({"https_proxy": PROXY, "no_proxy": "example"}, {}, "https://b.a.example/", None),
        ({"https_proxy": PROXY, "no_proxy": "xample"}, {}, "https://a.example/", PROXY),
        ({"https_proxy": PROXY, "no_proxy": "*"}, {}, "https://a.example/", None),
        # What is given to the connection stands over the environment.
        ({"https_proxy": "http://other:1", "no_proxy": "*"}, {"proxy": PROXY}, "https://a.example/", PROXY),
    ],
)
def test_the_proxy_of_a_host(
    environment: dict[str, str], given: dict[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_to(routes(**given), url) == proxy


def test_hosts_share_a_transport_and_so_do_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", PROXY)
    monkeypatch.setenv("no_proxy", "straight.example")
    found = routes()
    urls = ["https://a.example/x", "https://b.example/", "https://straight.example/", "https://a.example/y"]
    by = [found.to(httpx.URL(url)) for url in urls]
    assert by[0] is by[1] is by[3] is not by[2]
    assert found.end() == [by[0], by[2]]


def test_a_transport_of_the_users_own_carries_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", PROXY)
    own = httpx.MockTransport(lambda request: httpx.Response(200))
    found = routes(http_transport=own)
    assert found.to(httpx.URL("https://a.example/")) is own
    assert found.end() == [own]


def test_a_proxy_of_the_environment_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "ftp://me:hush@proxy.example")
    with pytest.raises(InterfaceError, match="environment") as caught:
        routes().to(httpx.URL("https://a.example/"))
    assert "hush" not in str(caught.value)
    assert caught.value.__context__ is None
