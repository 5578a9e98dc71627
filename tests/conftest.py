"""For all tests: hypothesis judges values, not how long this machine took."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("datacloud", deadline=None)
settings.load_profile("datacloud")
