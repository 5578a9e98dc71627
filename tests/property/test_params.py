"""URL ↔ parameters: every character survives, both ways and through SQLAlchemy.

Source: wire spec, faults K5; public surface §3.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from datacloud_dbapi.dsn import Dsn, parse_dsn, render_dsn
from datacloud_dbapi.params import ConnectParams

# Every character a URL can encode.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
hosts = st.sampled_from(["acme.my.salesforce.com", "127.0.0.1:7484", "[::1]:1", "localhost"])
options: dict[str, st.SearchStrategy[Any]] = {
    "username": texts,
    "workload": texts,
    "query_timeout": st.floats(0.001, 1e9),
    "max_attempts": st.integers(1, 10**9),
    "max_in_flight": st.integers(1, 10**9),
    "prefetch": st.integers(0, 10**6),
    "page_replay": st.booleans(),
    "allow_insecure_loopback": st.booleans(),
    "allowed_hosts": st.lists(st.sampled_from(["a.example", "*.b.example"]), max_size=2).map(tuple),
    "settings": st.dictionaries(texts, texts, min_size=1, max_size=3),
    "proxy": texts,
}


@given(st.builds(Dsn, texts, texts, hosts, texts, st.dictionaries(texts, texts, max_size=3)))
def test_a_url_is_taken_apart_as_it_was_put_together(dsn: Dsn) -> None:
    assert parse_dsn(render_dsn(dsn)) == dsn


# SQLAlchemy leaves the path as it stands, so that the name of the data space here is one.
@given(st.builds(Dsn, texts, texts, hosts, st.just("sales_space"), st.dictionaries(texts, texts, max_size=3)))
def test_sqlalchemy_reads_our_urls_and_we_read_its(dsn: Dsn) -> None:
    theirs = make_url(render_dsn(dsn))
    host = f"[{theirs.host}]" if ":" in (theirs.host or "") else theirs.host
    address = host if theirs.port is None else f"{host}:{theirs.port}"
    assert Dsn(theirs.username, str(theirs.password), address, theirs.database, dict(theirs.query)) == dsn  # type: ignore[arg-type]  # no name stands twice
    assert parse_dsn(theirs.render_as_string(hide_password=False)) == dsn


@given(st.fixed_dictionaries({"client_id": texts, "client_secret": texts, "password": texts}, optional=options), hosts)
def test_parameters_survive_their_url(given_params: dict[str, Any], host: str) -> None:
    given_params.setdefault("username", "u")
    plain = given_params.get("allow_insecure_loopback") and not host.startswith("acme")
    given_params["login_url"] = f"{'http' if plain else 'https'}://{host}"
    params = ConnectParams.resolve(None, given_params)
    assert ConnectParams.resolve(params.to_url(hide_secrets=False), {}) == params
    for name, value in given_params.items():
        assert getattr(params, name) == value
