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
    from datacloud_emulator.engagement.settings import EngagementSettings
    from datacloud_emulator.errors import DataLoadError, EngineUnavailableError
    from datacloud_emulator.faults import Fault, Faults
    from datacloud_emulator.quirks import Quirks

__all__ = [
    "Clock",
    "DataLoadError",
    "Emulator",
    "EngagementSettings",
    "EngineUnavailableError",
    "Fault",
    "Faults",
    "Quirks",
    "RequestRecord",
]

_HOMES = {
    "Clock": "datacloud_emulator.clock",
    "DataLoadError": "datacloud_emulator.errors",
    "Emulator": "datacloud_emulator.emulator",
    "EngagementSettings": "datacloud_emulator.engagement.settings",
    "EngineUnavailableError": "datacloud_emulator.errors",
    "Fault": "datacloud_emulator.faults",
    "Faults": "datacloud_emulator.faults",
    "Quirks": "datacloud_emulator.quirks",
    "RequestRecord": "datacloud_emulator.app",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"The emulator needs {error.name}; pip install 'datacloud-dbapi[emulator]'", name=error.name
        ) from error


def __dir__() -> list[str]:
    return sorted(__all__)
