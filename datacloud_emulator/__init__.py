"""A local Data Cloud: SQL on the real Hyper engine behind the service's own HTTP face.

    with Emulator("my_folder") as emu:
        engine = sqlalchemy.create_engine(emu.url)

Importing this package loads neither the engine nor pyarrow, grpc, or a web server: the names below are looked up when
they are first used, so that the pytest plugin costs nothing to a run that never asks for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datacloud_emulator.app import RequestRecord
    from datacloud_emulator.clock import Clock
    from datacloud_emulator.emulator import Emulator
    from datacloud_emulator.quirks import Quirks

__all__ = ["Clock", "Emulator", "Quirks", "RequestRecord"]

_HOMES = {
    "Clock": "datacloud_emulator.clock",
    "Emulator": "datacloud_emulator.emulator",
    "Quirks": "datacloud_emulator.quirks",
    "RequestRecord": "datacloud_emulator.app",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
