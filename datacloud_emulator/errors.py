"""What can go wrong below the emulator's face: the engine is missing, data does not load, a statement or login fails.

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

    @property
    def http_status(self) -> int:
        """What a REST API answers: 408 for a statement that ran out of its time, 500 for the engine's own failure (out
        of resources, stopped), 400 for everything else, which is the statement's.
        """
        if self.sqlstate == "53S01":
            return 408
        return 500 if self.source == "System" or self.sqlstate[:2] in {"53", "58", "XX"} else 400

    def __reduce__(self) -> tuple[object, ...]:
        fields = (self.message, self.sqlstate, self.hint, self.detail, self.position, self.position_end, self.source)
        return type(self), fields

    def __repr__(self) -> str:
        return f"SqlError({self.sqlstate or '-'}: {self.message!r}, position={self.position})"


class LoginRefusedError(Exception):
    """A login that is not granted: OAuth's `error` and `error_description`."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
