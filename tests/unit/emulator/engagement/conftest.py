"""A fresh Account Engagement for each test: with the sample's records, or with the few that none is without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from datacloud_emulator.engagement.settings import EngagementSettings

from .service import Service


@pytest.fixture
def service() -> Iterator[Service]:
    """One with the sample's records."""
    service = Service(EngagementSettings())
    yield service
    service.close()


@pytest.fixture
def empty() -> Iterator[Service]:
    """One without them."""
    service = Service(EngagementSettings(sample=False))
    yield service
    service.close()
