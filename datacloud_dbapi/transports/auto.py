"""`transport="auto"`: Query API V2, or V1 for an org without V2. Source: public surface, §1; wire spec, query §1."""

from __future__ import annotations

import logging

from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.errors import Error
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.page import Column, Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.base import Capabilities, Parameters, Transport
from datacloud_dbapi.transports.rest_v1 import RestV1, V1Handle
from datacloud_dbapi.transports.rest_v2 import RestV2

log = logging.getLogger("datacloud.transport")


class Auto(Transport):
    """Asks V2 until the org answers that there is no V2, then V1, and stays there. The choice is logged once."""

    def __init__(self, tokens: Tokens, params: ConnectParams) -> None:
        self._v2 = RestV2(tokens, params)
        self._v1 = RestV1(tokens, params)
        self._chosen: Transport = self._v2
        self._certain = False

    @property
    def name(self) -> str:  # type: ignore[override]  # the others know theirs from the start
        return self._chosen.name

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]  # as the name is
        return self._chosen.capabilities

    def submit(
        self, sql: str, parameters: Parameters | None, *, timeout: float | None, arrow: bool
    ) -> Flow[tuple[QueryHandle, Page]]:
        """Run a statement. A 404 comes before it is run, so V1 may be given the same one."""
        if self._certain:
            return (yield from self._chosen.submit(sql, parameters, timeout=timeout, arrow=arrow))
        try:
            started = yield from self._v2.submit(sql, parameters, timeout=timeout, arrow=arrow)
        except Error as error:
            if error.http_status != 404:
                raise
            started = yield from self._v1.submit(sql, parameters, timeout=timeout, arrow=arrow)
            self._chosen = self._v1
        if not self._certain:
            self._certain = True
            log.info("transport auto: this org is asked by %s", self._chosen.name)
        return started

    def next_page(self, handle: QueryHandle, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The next page, from whichever API the result came."""
        source = self._v1 if isinstance(handle, V1Handle) else self._v2
        return source.next_page(handle, timeout=timeout, arrow=arrow)

    def describe(self, sql: str, parameters: Parameters | None, *, timeout: float | None) -> Flow[tuple[Column, ...]]:
        """As the API that answers does."""
        return self._chosen.describe(sql, parameters, timeout=timeout)
