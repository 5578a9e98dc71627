"""The emulator behind an engine: what its URL says, and when it starts and stops. Source: public surface, §3."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from datacloud_dbapi.dsn import parse_dsn
from datacloud_sqlalchemy import emulator
from datacloud_sqlalchemy.emulator import DataCloudEmulatorDialect, EmulatorHost


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("datacloud+emulator://", {"data": None}),
        ("datacloud+emulator:///?data=a%20b", {"data": "a b"}),
        ("datacloud+emulator:///?data=a&data=b", {"data": ["a", "b"]}),
        ("datacloud+emulator:///sales?page_rows=997", {"data": None, "dataspaces": ("sales",), "page_rows": 997}),
        ("datacloud+emulator:///?page_bytes=1000&writable=true", {"data": None, "page_bytes": 1000, "writable": True}),
    ],
)
def test_options(url: str, options: dict[str, object]) -> None:
    dialect = DataCloudEmulatorDialect()
    dialect.create_connect_args(make_url(url))
    assert dialect._host.options == options


def test_other_parameters_are_the_drivers() -> None:
    [dsn], keywords = DataCloudEmulatorDialect().create_connect_args(
        make_url("datacloud+emulator:///sales?page_rows=9&prefetch=0")
    )
    assert dict(parse_dsn(dsn).query) == {"prefetch": "0"}
    assert keywords == {"dataspace": "sales"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("datacloud+emulator://host/", "no host"),
        ("datacloud+emulator://user:secret@/", "no credentials"),
        ("datacloud+emulator:///?page_rows=0", "page_rows must be a whole number"),
        ("datacloud+emulator:///?page_rows=many", "page_rows must be a whole number"),
        ("datacloud+emulator:///?writable=perhaps", "writable must be true or false"),
    ],
)
def test_bad_urls(url: str, reason: str) -> None:
    with pytest.raises(sa.exc.ArgumentError, match=reason):
        sa.create_engine(url)


class Running:
    """Stands for an emulator: only that it was started and closed matters here."""

    started: list[Running]

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.open = True
        Running.started.append(self)

    def connect_params(self, transport: str | None = None) -> dict[str, object]:
        return {"client_id": "I", "dataspace": "default"}

    def close(self) -> None:
        self.open = False


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Running]:
    Running.started = []
    monkeypatch.setattr(emulator, "_start", Running)
    return Running.started


def test_it_starts_once_and_outlives_idle_times(started: list[Running]) -> None:
    host = EmulatorHost()
    first, second = host.enter(), host.enter()
    host.leave()
    host.leave()
    assert first is second is host.enter()
    assert [each.open for each in started] == [True]


def test_disposing_stops_it_with_its_last_connection(started: list[Running]) -> None:
    host = EmulatorHost()
    host.enter()
    host.stop_when_idle()
    assert [each.open for each in started] == [True]  # a connection is still checked out
    host.leave()
    assert [each.open for each in started] == [False]
    host.enter()  # the engine is used again
    assert [each.open for each in started] == [False, True]


def test_a_connection_after_disposing_keeps_it(started: list[Running]) -> None:
    host = EmulatorHost()
    host.enter()
    host.stop_when_idle()
    host.enter()
    host.leave()
    host.leave()
    assert started[0].open


def test_disposing_an_unused_engine_starts_nothing(started: list[Running]) -> None:
    EmulatorHost().stop_when_idle()
    assert started == []


def test_it_stops_when_the_engine_is_collected(started: list[Running]) -> None:
    host = EmulatorHost()
    host.enter()
    del host
    gc.collect()
    assert not started[0].open


def test_a_forked_child_leaves_the_parents_emulator_alone(
    started: list[Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = EmulatorHost()
    host.enter()
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    host.stop_when_idle()
    host.leave()
    assert started[0].open


class Opened:
    """Stands for a driver connection on such an emulator."""

    def __init__(self, *args: object, **keywords: object) -> None:
        self.keywords = keywords

    def close(self) -> None:
        pass


@pytest.mark.parametrize("way", ["closed", "dropped"])
def test_a_connection_counts_until_it_is_closed_or_dropped(
    started: list[Running], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr("datacloud_dbapi.connect", Opened)
    dialect = DataCloudEmulatorDialect(dbapi=DataCloudEmulatorDialect.import_dbapi())
    connection = dialect.connect(dataspace="sales")
    assert connection.keywords == {"auth": "client-credentials", "client_id": "I", "dataspace": "sales"}
    dialect.engine_disposed()
    assert [each.open for each in started] == [True]
    if way == "closed":
        dialect.do_close(connection)
    else:
        del connection
        gc.collect()
    assert [each.open for each in started] == [False]


def test_a_connection_that_fails_does_not_count(started: list[Running], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **keywords: object) -> None:
        raise OSError("refused")

    monkeypatch.setattr("datacloud_dbapi.connect", refuse)
    dialect = DataCloudEmulatorDialect(dbapi=DataCloudEmulatorDialect.import_dbapi())
    with pytest.raises(OSError, match="refused"):
        dialect.connect()
    dialect.engine_disposed()
    assert [each.open for each in started] == [False]


@pytest.mark.parametrize(
    "use",
    [
        "sqlalchemy.create_engine('datacloud+emulator://').connect()",
        "sys.exit(datacloud_dbapi.cli.main(['tables', '--emulator']))",
    ],
    ids=["dialect", "command"],
)
def test_a_missing_package_is_named_with_the_way_to_install_it(use: str) -> None:
    code = f"import sys; sys.modules['jwt'] = None; import sqlalchemy, datacloud_dbapi.cli; {use}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the emulator needs jwt" in done.stderr
    assert "pip install 'datacloud-dbapi[emulator]'" in done.stderr
