"""Direct Query API V3 at the tenant: rows as JSON or as binary Arrow. Source: wire spec, query §10; faults O7.

How it works: one POST starts the query (its answer brings the rows that are there in time), the status stands in a
header; a long poll waits until it is complete; further rows are asked for by number, and Arrow by chunk, which the
service has for bulk. What all of this shares with query-sql is in `kept.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.binding import server_parameters
from datacloud_dbapi.flow.effects import Flow, now
from datacloud_dbapi.flow.retry import Deadline
from datacloud_dbapi.page import Column, Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports import kept, ranges
from datacloud_dbapi.transports.base import SUBMIT_PATIENCE, Capabilities, Parameters
from datacloud_dbapi.transports.hyper_parameters import TYPE_NAMES, typed
from datacloud_dbapi.transports.kept import KeptResults, checked_id
from datacloud_dbapi.transports.kept_answers import Answer, Status, read_columns, read_status_header
from datacloud_dbapi.types import DataType

PATH = "/api/v3/query"

# The engine's own names, but for one.
_TYPE_NAMES = {**TYPE_NAMES, "BOOLEAN": "boolean"}


class DirectV3(KeptResults):
    """Query API V3 over HTTP."""

    name = "direct-v3"
    capabilities = Capabilities(
        random_access=True,
        cancel=True,
        server_parameters=True,
        arrow=True,
        progress=True,
        attach=True,
        describe=True,
        settings=True,
    )

    def __init__(self, tokens: Tokens, params: ConnectParams) -> None:
        super().__init__(tokens, params)
        self._dataspace = params.dataspace

    def submit(
        self, sql: str, parameters: Parameters | None, *, timeout: float | None, arrow: bool
    ) -> Flow[tuple[QueryHandle, Page]]:
        """Run a statement. It is never sent again once it may have arrived."""
        # choice: with a timeout the answer must not wait for rows, as without its id a late query could not be stopped.
        first: dict[str, object] = {"transferMode": "ADAPTIVE" if timeout is None else "ASYNC"}
        if timeout is None:
            # Who asks for Arrow wants the bulk, not the first row.
            first["resultRange"] = {"rowLimit": kept.PAGE_ROWS if arrow else ranges.FIRST_ROWS}
        body = self._body(sql, parameters, **first)
        return (yield from self._start(body, timeout=timeout, arrow=arrow))

    def describe(self, sql: str, parameters: Parameters | None, *, timeout: float | None) -> Flow[tuple[Column, ...]]:
        """The columns a statement would give; it is planned, and run for no rows."""
        _, page = yield from self._start(self._body(sql, parameters, queryRowLimit=0), timeout=timeout, arrow=False)
        return page.columns or ()

    def read_chunk(self, query_id: str, number: int, *, timeout: float | None, arrow: bool) -> Flow[Page]:
        """The rows of a chunk of a finished result, counted from 0."""
        deadline = Deadline.after((yield from now()), timeout)
        piece = yield from self._chunk(checked_id(query_id), number, None, deadline, arrow)
        stated = None if piece.arrow is None else piece.count
        return Page(piece.columns, piece.rows, done=False, arrow=piece.arrow, stated_rows=stated)

    def _body(self, sql: str, parameters: Parameters | None, **more: object) -> bytes:
        # choice: always by name, as two `?` of one value are different expressions to the engine.
        statement = server_parameters(sql, parameters, _TYPE_NAMES)
        body: dict[str, object] = {"sql": statement.sql, **more}
        if statement.parameters:
            body["paramStyle"] = "NAMED"
            body["parameters"] = [typed(each, _TYPE_NAMES) for each in statement.parameters]
        if self._settings:
            body["settings"] = self._settings
        return json.dumps(body, ensure_ascii=False).encode()

    def _call(self, method: str, path: str, query: Mapping[str, object], *, body: bytes = b"", arrow: bool) -> Call:
        fields = f"?{urlencode(query, quote_via=quote)}" if query else ""
        accepted = "application/vnd.apache.arrow.stream" if arrow else "application/json"
        patience = SUBMIT_PATIENCE if method == "POST" else 1.0
        headers = {"ctx-dataspace-ds_name": self._dataspace, "Accept": accepted}
        if self._workload:
            headers["x-hyperdb-workload"] = self._workload
        return Call(method, f"{PATH}{path}{fields}", body, self._read_timeout * patience, headers)

    def _rows_query(self, first: int, count: int) -> dict[str, object]:
        return {"offset": first, "limit": count}

    def _first_status(self, answer: Answer) -> Status:
        return read_status_header(answer, "x-hyperdb-status", "status")

    def _columns(self, query_id: str, deadline: Deadline) -> Flow[tuple[Column, ...] | None]:
        answer = yield from self._ask("GET", query_id, "/metadata", {}, deadline, False)
        fields = answer.fields()
        return read_columns(answer, fields.get("metadata", fields), self._read_type)

    def _read_type(self, text: str | None) -> DataType:
        return DataType.from_wire(text)
