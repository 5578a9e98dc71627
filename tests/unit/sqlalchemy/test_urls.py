"""`create_url`: whatever a value holds, it arrives, and no secret is shown. Source: public surface, §3; faults K5."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from datacloud_dbapi.params import ConnectParams
from datacloud_sqlalchemy import DataCloudDialect, create_url

HOST = "acme.my.salesforce.com"
# Half of a surrogate pair is no character. What text the driver itself turns down is the driver's to say.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.text("%+/:@?#&=; 2fF[]'\"\\", min_size=1)


def carried(url: sa.engine.URL) -> dict[str, str]:
    """What the dialect hands to the driver, by the driver's own reading of it."""
    from datacloud_dbapi.dsn import parse_dsn

    [text], _ = DataCloudDialect().create_connect_args(url)
    dsn = parse_dsn(text)
    named = {"client_id": dsn.client_id, "client_secret": dsn.client_secret, "dataspace": dsn.dataspace}
    return {name: value for name, value in named.items() if value is not None} | dict(dsn.query)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_every_character_survives(client_id: str, secret: str, dataspace: str, username: str) -> None:
    given_values = {"client_id": client_id, "client_secret": secret, "dataspace": dataspace, "username": username}
    url = create_url(HOST, **given_values)
    assert carried(url) == given_values
    again = make_url(url.render_as_string(hide_password=False))
    assert carried(again) == given_values
    assert again == url
    assert again.host == HOST


@pytest.mark.fault("K5")
@given(TEXTS)
def test_no_secret_is_shown(middle: str) -> None:
    secret = f"hunter2{middle}hunter2"
    url = create_url(HOST, client_id="I", client_secret=secret, password=secret)
    assert not [text for text in (repr(url), str(url), f"{url}", repr(sa.create_engine(url))) if "hunter2" in text]


def test_plain_values_stand_where_people_look_for_them() -> None:
    url = create_url(HOST, "sales", client_id="I", client_secret="S", prefetch=3, arrow=None)
    assert url.render_as_string(hide_password=False) == f"datacloud://I:S@{HOST}/sales?prefetch=3"
    assert str(url) == f"datacloud://I:***@{HOST}/sales?prefetch=3"
    assert create_url(driver="async").drivername == "datacloud+async"


@pytest.mark.parametrize(
    ("host", "name", "port", "login_url"),
    [
        ("127.0.0.1:7484", "127.0.0.1", 7484, "http://127.0.0.1:7484"),
        ("[::1]:7484", "::1", 7484, "http://[::1]:7484"),
        (HOST, HOST, None, f"https://{HOST}"),
    ],
)
def test_hosts(host: str, name: str, port: int | None, login_url: str) -> None:
    url = create_url(host, client_id="I", client_secret="S", allow_insecure_loopback=True)
    assert (url.host, url.port) == (name, port)
    [dsn], keywords = DataCloudDialect().create_connect_args(url)
    assert ConnectParams.resolve(dsn, keywords, {}).login_url == login_url


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"host": "https://acme.my.salesforce.com"}, "no scheme"),
        ({"host": "acme.my.salesforce.com/sales"}, "no path"),
        ({"client_secret": ""}, "empty"),
        ({"settings": {"a": "b"}}, "connect_args"),
    ],
)
def test_what_no_url_can_carry(params: dict[str, Any], reason: str) -> None:
    with pytest.raises(sa.exc.ArgumentError, match=reason):
        create_url(**params)
