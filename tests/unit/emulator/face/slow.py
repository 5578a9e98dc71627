"""A statement that gives some rows at once and the rest never, for tests of what is said while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.store import Store

from .client import Face

# In chunks of four rows, two are there before the engine falls asleep.
EIGHT_ROWS_AND_NO_END = "SELECT n, pg_sleep(CASE WHEN n > 8 THEN 600 ELSE 0 END) FROM generate_series(1, 12) AS t(n)"


@contextmanager
def small_chunks(data: Path) -> Iterator[Face]:
    """An org whose engine cuts results into chunks of four rows, computed in order."""
    with Engine(single_thread=True, small_chunks=True) as engine, Store(engine, data) as store:
        face = Face(store)
        yield face
        face.org.results.close()
