"""An emulator whose engine cuts a chunk every four rows, so that a short result has many of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from datacloud_emulator import Emulator
from datacloud_emulator.engine.hyperd import Engine


@contextmanager
def emulator_of_small_chunks(*, single_thread: bool = False, **options: Any) -> Iterator[Emulator]:
    """`options` are the emulator's. Only this emulator's engine is another one, whatever starts beside it."""
    emulator = Emulator(**options)
    with pytest.MonkeyPatch.context() as patch:
        engine = partial(Engine, small_chunks=True, single_thread=single_thread)
        patch.setattr("datacloud_emulator.emulator.Engine", engine)
        emulator.start()
    with emulator:
        yield emulator
