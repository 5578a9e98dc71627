"""What every transport is: a name, its capabilities, and flows. Source: wire spec, query §1."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

from datacloud_dbapi.errors import NotSupportedError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.page import Column, Page, QueryHandle

if TYPE_CHECKING:
    from typing_extensions import Self

Parameters = Mapping[str, object] | Sequence[object]
"""A statement's values: a mapping binds `:name`, a sequence binds `?`."""


# A statement runs while its request is open: it may be silent for longer than a page (300 s against 120 s by default).
SUBMIT_PATIENCE = 2.5


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a transport can do beyond handing out rows in order. Code asks these, never a transport's name.

    | capability | what it is for |
    |---|---|
    | `random_access` | `partitions()`, and fetching ranges of a result at the same time |
    | `cancel` | stopping a query at the service |
    | `server_parameters` | values that travel beside the statement instead of in it |
    | `arrow` | columns as the engine has them, without a way through text |
    | `progress` | how far a running query is |
    | `attach` | reading a result that was computed earlier |
    | `describe` | a statement's columns without running it |
    | `settings` | query settings such as the time zone |
    """

    random_access: bool = False
    cancel: bool = False
    server_parameters: bool = False
    arrow: bool = False
    progress: bool = False
    attach: bool = False
    describe: bool = False
    settings: bool = False

    def able(self) -> list[str]:
        """The names of the capabilities that are there."""
        return [field.name for field in fields(self) if getattr(self, field.name)]


class Transport(ABC):
    """One query API of the service.

    `timeout` bounds each wait in seconds. `arrow` asks for pages in Arrow; a page says itself what it is.
    """

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    # Whether requests go to the org with the org's token, rather than to the tenant with the exchanged one.
    at_org: ClassVar[bool] = False

    def tuned(self, settings: Mapping[str, str], workload: str | None) -> Self:
        """The transport for one statement: `settings` stand over the connection's, `workload` in place of its own.

        Raises NotSupportedError where settings have no place.

        choice: a workload changes no answer; where there is no place for it, it is left out, as the connection's is.
        """
        if settings and not self.capabilities.settings:
            raise self.missing("settings")
        return self

    @abstractmethod
    def submit(
        self, sql: str, parameters: Parameters | None, *, timeout: float | None, arrow: bool
    ) -> Flow[tuple[QueryHandle, Page]]:
        """Run a statement; its first page. `parameters` are given only where `server_parameters` is a capability."""

    @abstractmethod
    def next_page(self, handle: QueryHandle, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The page after the ones seen so far; only `Page.done` says that the result has ended."""

    def cancel(self, handle: QueryHandle) -> Flow[None]:
        """Stop the query at the service."""
        raise self.missing("cancel")

    def attach(self, query_id: str, *, timeout: float | None, arrow: bool) -> Flow[tuple[QueryHandle, Page]]:
        """The first page of a result that was computed earlier."""
        raise self.missing("attach")

    def describe(self, sql: str, parameters: Parameters | None, *, timeout: float | None) -> Flow[tuple[Column, ...]]:
        """The columns a statement would give, without running it."""
        raise self.missing("describe")

    def read_range(self, query_id: str, first: int, count: int, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows `first` to `first + count - 1` of a finished result, counted from 0; fewer only past its end."""
        raise self.missing("random_access")

    def read_chunk(self, query_id: str, number: int, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows of a chunk of a finished result, counted from 0. How many they are, no one says beforehand."""
        raise self.missing("random_access")

    def row_count(self, handle: QueryHandle, *, timeout: float | None) -> Flow[int]:
        """Wait until the result is complete; how many rows it has. The handle then has its number of chunks, too."""
        raise self.missing("random_access")

    def missing(self, capability: str) -> NotSupportedError:
        """The error that says that this transport lacks a capability, and which transports have it."""
        able = [kind.name for kind in kinds() if getattr(kind.capabilities, capability)]
        return NotSupportedError(
            f"The transport {self.name} cannot do this: {capability.replace('_', ' ')}",
            hint=f"transports that can: {', '.join(sorted(able))}" if able else "no transport of this release can",
        )


def for_no_rows(sql: str) -> str:
    """A statement with the columns of `sql` and none of its rows, where there is no other way to learn them."""
    bare = sql.strip().removesuffix(";")
    # The newline ends a comment on the statement's last line.
    return f"SELECT * FROM ({bare}\n) AS described LIMIT 0"


def kinds() -> Iterator[type[Transport]]:
    """Every transport with a name of its own, loaded for this where it was not yet."""
    from datacloud_dbapi.transports import direct_v3, hyper, query_sql, rest_v1, rest_v2  # noqa: F401 - known once loaded

    yield from _kinds()


def _kinds(of: type[Transport] = Transport) -> Iterator[type[Transport]]:
    for kind in of.__subclasses__():
        yield from _kinds(kind)
        if isinstance(vars(kind).get("name"), str):
            yield kind
