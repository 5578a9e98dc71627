"""One emulator for all contract tests, reached through each door, and SQLAlchemy's engine on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import configure_mappers

import datacloud_dbapi
from datacloud_emulator import Emulator

Connect = Callable[..., datacloud_dbapi.Connection]


@pytest.fixture(scope="session")
def emulator(datacloud_emulator: Emulator) -> Emulator:
    """The sample org, which the tests of other folders have as well: to load it takes longer than most tests."""
    return datacloud_emulator


def connector(emulator: Emulator, door: str, opened: list[datacloud_dbapi.Connection]) -> Connect:
    """A `connect` for this emulator through one of its doors: `in-process` or `sockets`."""

    def connect(**params: Any) -> datacloud_dbapi.Connection:
        if door == "in-process":
            params.setdefault("http_transport", emulator.http_transport)
        opened.append(datacloud_dbapi.connect(**{**emulator.connect_params(), **params}))
        return opened[-1]

    return connect


@pytest.fixture(params=["in-process", pytest.param("sockets", marks=pytest.mark.sockets)])
def connect(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Connect]:
    """`datacloud_dbapi.connect` for the sample org, through every door; its connections are closed at the end."""
    opened: list[datacloud_dbapi.Connection] = []
    yield connector(emulator, request.param, opened)
    for connection in opened:
        connection.close()


@pytest.fixture
def connection(emulator: Emulator) -> Iterator[datacloud_dbapi.Connection]:
    """A connection to the sample org in process, for what does not depend on the door."""
    with datacloud_dbapi.connect(**emulator.connect_params(), http_transport=emulator.http_transport) as opened:
        yield opened


@pytest.fixture(scope="session")
def pages() -> Iterator[Emulator]:
    """The sample org, ten rows a page."""
    with Emulator(page_rows=10) as running:
        yield running


@pytest.fixture
def engine(emulator: Emulator) -> Iterator[sa.engine.Engine]:
    """On the sample org, in process."""
    made = sa.create_engine(emulator.url, connect_args={"http_transport": emulator.http_transport})
    yield made
    made.dispose()


@pytest.fixture
def base(engine: sa.engine.Engine) -> Any:
    """Classes for every object with a key, with relationships for its foreign keys."""
    made: Any = automap_base()
    made.prepare(autoload_with=engine)
    configure_mappers()
    return made
