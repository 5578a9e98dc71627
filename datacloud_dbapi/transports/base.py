"""What every transport offers: a name, its capabilities, and two flows. Source: wire spec, query §1."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

from datacloud_dbapi.errors import NotSupportedError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.page import Page, QueryHandle


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a transport can do beyond handing out pages in order. Code asks these, never a transport's name."""

    cancel: bool = False
    attach: bool = False
    progress: bool = False

    def missing(self, capability: str, transport: str) -> NotSupportedError:
        """The error that says that this transport lacks a capability, and which it has."""
        able = [field.name for field in fields(self) if getattr(self, field.name)]
        return NotSupportedError(
            f"The transport {transport} cannot {capability}",
            hint=f"it can: {', '.join(able)}" if able else "it hands out rows in order, and nothing else",
        )


class Transport(Protocol):
    """One query API of the service."""

    name: str
    capabilities: Capabilities

    def submit(self, sql: str, timeout: float | None) -> Flow[tuple[QueryHandle, Page]]:
        """Run a statement; its first page. `timeout` bounds the wait in seconds."""
        ...

    def next_page(self, handle: QueryHandle, timeout: float | None) -> Flow[Page]:
        """The page after the ones seen so far; only `Page.done` says that the result has ended."""
        ...
