"""What can go wrong below the emulator's HTTP face: the engine is missing, data does not load, a statement fails.

Error fields of a statement: wire spec, hyper §2.6. `system_detail` is the engine's own business and is never kept.
"""

from __future__ import annotations


class EngineUnavailableError(Exception):
    """The SQL engine cannot run here or has stopped; the message is one line that says what still works."""


class DataLoadError(Exception):
    """A data folder was refused; nothing of it is served. The message names the file, the place and the remedy."""


class SqlError(Exception):
    """A statement was refused or failed.

    `position` is the 1-based code point in the statement as the caller sent it, or None; `position_end` the one after
    the last. `source` is "User" or "System".
    """

    def __init__(
        self,
        message: str,
        sqlstate: str = "",
        hint: str = "",
        detail: str = "",
        position: int | None = None,
        position_end: int | None = None,
        source: str = "User",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.hint = hint
        self.detail = detail
        self.position = position
        self.position_end = position_end
        self.source = source

    def __reduce__(self) -> tuple[object, ...]:
        fields = (self.message, self.sqlstate, self.hint, self.detail, self.position, self.position_end, self.source)
        return type(self), fields

    def __repr__(self) -> str:
        return f"SqlError({self.sqlstate or '-'}: {self.message!r}, position={self.position})"
