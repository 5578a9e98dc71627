"""For all tests: hypothesis judges values, not how long this machine took; the garbage collector spares what stays."""

from __future__ import annotations

import gc

from hypothesis import settings

settings.register_profile("datacloud", deadline=None)
settings.load_profile("datacloud")


def pytest_collection_finish() -> None:
    """Thousands of tests and their modules stay until the end: Python need not look through them when it cleans up."""
    gc.collect()
    gc.freeze()
