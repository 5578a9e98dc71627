"""How long a runner may be used: until it is closed, and in the process that made it. Checked for every flow.

Source: wire spec, faults L3 and L9.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from datacloud_dbapi.errors import InterfaceError

# The number of this process. To ask the system for it at each row would take longer than all else that a row takes.
_process = os.getpid()


def _forked() -> None:
    global _process
    _process = os.getpid()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forked)


class Life:
    """Of one connection, as far as everything that holds a part of it is concerned."""

    def __init__(self) -> None:
        self._owner = _process
        self._ended = False

    @property
    def ended(self) -> bool:
        return self._ended

    def check(self) -> None:
        """Raise InterfaceError when it has ended, or belongs to the parent of a forked process."""
        if self._ended:
            raise InterfaceError("The connection is closed")
        if self._owner != _process:
            raise InterfaceError(
                "The connection belongs to another process", hint="after a fork, open a new connection in the child"
            )

    def end(self) -> bool:
        """End it; whether there is anything to close that is not the parent's."""
        self._ended = True
        return self._owner == _process


def seconds_until(moment: float | None, clock: Callable[[], float]) -> float | None:
    """Seconds from now to a moment on the flows' clock; None when there is no such moment."""
    return None if moment is None else max(0.0, moment - clock())
