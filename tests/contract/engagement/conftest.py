"""An emulator without its SQL engine, and clients of its first business unit. A test may change its records."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from datacloud_dbapi import engagement
from datacloud_dbapi.engagement.client import Engagement
from datacloud_emulator import Emulator
from tests.contract.engagement.faces import FACES, WAYS, Client, client, unit_params


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """The sample account; one for each module, as tests write to it."""
    with Emulator(sql=False) as running:
        yield running


@pytest.fixture(params=WAYS)
def ae(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Client]:
    """A client, blocking and awaited, through each door."""
    with client(emulator, *request.param) as made:
        yield made


@pytest.fixture(params=FACES)
def near(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Client]:
    """A client in process, blocking and awaited, for what does not depend on the door."""
    with client(emulator, request.param) as made:
        yield made


@pytest.fixture
def blocking(emulator: Emulator) -> Iterator[Engagement]:
    """A blocking client in process, for what depends on neither."""
    with engagement.connect(**unit_params(emulator), http_transport=emulator.http_transport) as made:
        yield made
