"""Each of these tests has a business unit of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.emulator.engagement.jobs.client import Unit


@pytest.fixture
def unit() -> Iterator[Unit]:
    unit = Unit()
    yield unit
    unit.close()
