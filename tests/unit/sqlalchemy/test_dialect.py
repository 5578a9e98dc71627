"""URLs, connections, and how little the dialect does around them.

Source: public surface, §3; wire spec, faults K1, K5.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

import datacloud_dbapi
from datacloud_dbapi.params import ConnectParams
from datacloud_sqlalchemy import DataCloudDialect
from datacloud_sqlalchemy.emulator import DataCloudEmulatorDialect
from tests.unit.sqlalchemy.fakes import FakeConnection

SECRET = "a+b%c@d:e/f?g=h&i j#k'é"


def resolved(url: Any, **connect_args: Any) -> ConnectParams:
    """The driver's parameters for a SQLAlchemy URL, with keywords as `connect_args` gives them."""
    [dsn], keywords = DataCloudDialect().create_connect_args(make_url(url))
    return ConnectParams.resolve(dsn, {**keywords, **connect_args}, {})


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("datacloud", DataCloudDialect),
        ("datacloud+rest", DataCloudDialect),
        ("datacloud+emulator", DataCloudEmulatorDialect),
    ],
)
def test_entry_points(name: str, dialect: type) -> None:
    assert make_url(f"{name}://").get_dialect() is dialect


def test_client_credentials() -> None:
    params = resolved(
        "datacloud://ID:SECRET@acme.my.salesforce.com/sales?prefetch=3&allow_insecure_loopback=true&read_timeout=7.5"
    )
    assert (params.login_url, params.dataspace) == ("https://acme.my.salesforce.com", "sales")
    assert (params.client_id, params.client_secret) == ("ID", "SECRET")
    assert (params.prefetch, params.allow_insecure_loopback, params.read_timeout) == (3, True, 7.5)


def test_any_other_grant_stands_in_the_query() -> None:
    params = resolved(
        "datacloud://@acme.my.salesforce.com/?auth=password&client_id=I&client_secret=S&username=u&password=p"
    )
    assert (params.auth, params.client_id, params.username, params.dataspace) == ("password", "I", "u", "default")


@pytest.mark.parametrize(
    ("host", "login_url"),
    [
        ("127.0.0.1:7484", "http://127.0.0.1:7484"),
        ("localhost", "http://localhost"),
        ("[::1]:7484", "http://[::1]:7484"),
        ("acme.my.salesforce.com", "https://acme.my.salesforce.com"),
    ],
)
def test_plain_http_is_for_loopback_alone(host: str, login_url: str) -> None:
    assert resolved(f"datacloud://I:S@{host}/default?allow_insecure_loopback=true").login_url == login_url


def test_a_host_is_https_unless_told_otherwise() -> None:
    assert resolved("datacloud://I:S@127.0.0.1:7484/").login_url == "https://127.0.0.1:7484"


def test_connect_args_beat_the_url() -> None:
    assert resolved("datacloud://I:S@acme.my.salesforce.com/a?prefetch=3", dataspace="b").dataspace == "b"


@pytest.mark.fault("K5")
@pytest.mark.parametrize("place", ["user info", "query"])
def test_every_character_of_a_secret_survives(place: str) -> None:
    if place == "user info":
        url = sa.engine.URL.create("datacloud", "I/D", SECRET, "acme.my.salesforce.com", database="default")
    else:
        query = {"client_id": "I/D", "client_secret": SECRET}
        url = sa.engine.URL.create("datacloud", host="acme.my.salesforce.com", database="default", query=query)
    params = resolved(url)
    assert (params.client_id, params.client_secret) == ("I/D", SECRET)


def test_nothing_in_the_url_leaves_everything_to_the_environment() -> None:
    [dsn], _ = DataCloudDialect().create_connect_args(make_url("datacloud://"))
    environment = {
        "DATACLOUD_LOGIN_URL": "https://acme.my.salesforce.com",
        "DATACLOUD_CLIENT_ID": "I",
        "DATACLOUD_CLIENT_SECRET": "S",
        "DATACLOUD_DATASPACE": "sales",
    }
    params = ConnectParams.resolve(dsn, {}, environment)
    assert (params.login_url, params.client_id, params.dataspace) == ("https://acme.my.salesforce.com", "I", "sales")


def test_an_unknown_parameter_names_the_nearest() -> None:
    with pytest.raises(datacloud_dbapi.InterfaceError, match="prefetch"):
        resolved("datacloud://I:S@acme.my.salesforce.com/?prefech=3")


def test_a_parameter_given_twice() -> None:
    with pytest.raises(sa.exc.ArgumentError, match="more than once"):
        resolved("datacloud://I:S@acme.my.salesforce.com/?prefetch=3&prefetch=4")


@pytest.mark.fault("K5")
@pytest.mark.parametrize(
    "url",
    [
        "datacloud://ID:hunter2@acme.my.salesforce.com/sales",
        (
            "datacloud://@acme.my.salesforce.com/sales?auth=password&client_id=ID&client_secret=hunter2&username=u"
            "&password=hunter2"
        ),
        "datacloud://@acme.my.salesforce.com/sales?client_id=ID&client_secret=hunter2&proxy=http://u:hunter2@p",
    ],
)
def test_an_engine_shows_no_secret_and_keeps_it(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    engine = sa.create_engine(url)
    shown = [repr(engine), str(engine), repr(engine.url), f"{engine.url!s}", engine.url.render_as_string(), caplog.text]
    assert not [text for text in shown if "hunter2" in text]
    assert "acme.my.salesforce.com/sales" in repr(engine)
    again = make_url(engine.url.render_as_string(hide_password=False))
    assert again == make_url(url)
    assert engine.url == make_url(url)
    # A URL made from this one is masked in turn.
    assert "hunter2" not in repr(engine.url.set(database="other"))


def test_ping_asks_the_driver_and_tells_a_dead_connection_from_a_bad_day() -> None:
    dialect, connection = DataCloudDialect(), FakeConnection()
    assert dialect.do_ping(connection) is True
    connection.failure = datacloud_dbapi.OperationalError("no route")
    with pytest.raises(datacloud_dbapi.OperationalError):
        dialect.do_ping(connection)
    connection.usable = False
    assert dialect.do_ping(connection) is False


@pytest.mark.parametrize(
    ("error", "usable", "dead"),
    [
        (datacloud_dbapi.InterfaceError("closed"), False, True),
        (datacloud_dbapi.InterfaceError("wrong argument"), True, False),
        (datacloud_dbapi.ConnectionLostError("reset"), True, False),
        (datacloud_dbapi.AuthenticationError("token"), True, False),
        (datacloud_dbapi.ProgrammingError("syntax"), False, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_is_disconnect(error: Exception, usable: bool, dead: bool) -> None:
    connection = FakeConnection()
    connection.usable = usable
    assert DataCloudDialect().is_disconnect(error, connection, None) is dead
    assert DataCloudDialect().is_disconnect(error, None, None) is False


def test_autocommit_is_the_one_isolation_level() -> None:
    dialect, connection = DataCloudDialect(), FakeConnection()
    assert dialect.get_isolation_level_values(connection) == ["AUTOCOMMIT"]
    assert dialect.get_isolation_level(connection) == "AUTOCOMMIT"
    dialect.set_isolation_level(connection, "AUTOCOMMIT")
    with pytest.raises(sa.exc.ArgumentError, match="AUTOCOMMIT"):
        dialect.set_isolation_level(connection, "SERIALIZABLE")
    with pytest.raises(sa.exc.ArgumentError, match="AUTOCOMMIT"):
        sa.create_engine("datacloud://", creator=lambda: connection, isolation_level="SERIALIZABLE").connect()


@pytest.mark.parametrize("dialect", [DataCloudDialect, DataCloudEmulatorDialect])
def test_each_class_says_itself_that_statements_can_be_cached(dialect: type) -> None:
    assert vars(dialect)["supports_statement_cache"] is True
