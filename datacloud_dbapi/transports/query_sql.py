"""Connect REST query-sql: at the org with its own token; results are kept for 24 hours.

How it works: one POST starts the query and brings the first rows it has; a long poll waits until it is complete; the
rows after those of the POST are asked for by number. What all of this shares with Direct V3 is in `kept.py`.
Source: wire spec, query §9; faults O3-O5, S21-S22.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.binding import ServerParameter, server_parameters
from datacloud_dbapi.errors import DatabaseError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.retry import Deadline
from datacloud_dbapi.page import Column, Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports import ranges
from datacloud_dbapi.transports.base import SUBMIT_PATIENCE, Capabilities, Parameters
from datacloud_dbapi.transports.kept import KeptResults
from datacloud_dbapi.transports.kept_answers import Answer, Status, read_piece, read_status
from datacloud_dbapi.types import DataType

# 63 is the first version that has query-sql; this one is in the documentation's examples.
PATH = "/services/data/v64.0/ssot/query-sql"

# Seconds the service may wait for the first rows before it answers.
LONGEST_FIRST_WAIT = 15

# choice: no Numeric. The request has no place for its precision and scale, without which the engine would round to
# whole numbers; a literal says both. Nor are there types for bytes and intervals.
_TYPE_NAMES = {
    "BOOLEAN": "Bool",
    "INTEGER": "Integer",
    "BIGINT": "BigInt",
    "DOUBLE": "Double",
    "VARCHAR": "Varchar",
    "DATE": "Date",
    "TIME": "Time",
    "TIMESTAMP": "Timestamp",
    "TIMESTAMP WITH TIME ZONE": "TimestampTZ",
}


class QuerySql(KeptResults):
    """The Connect REST query API."""

    name = "query-sql"
    capabilities = Capabilities(
        random_access=True, cancel=True, server_parameters=True, progress=True, attach=True, settings=True
    )
    at_org = True

    def __init__(self, tokens: Tokens, params: ConnectParams) -> None:
        super().__init__(tokens, params)
        self._dataspace = params.dataspace

    def submit(
        self, sql: str, parameters: Parameters | None, *, timeout: float | None, arrow: bool
    ) -> Flow[tuple[QueryHandle, Page]]:
        """Run a statement. It is never sent again once it may have arrived."""
        statement = server_parameters(sql, parameters, _TYPE_NAMES)
        body: dict[str, object] = {"sql": statement.sql, "rowLimit": ranges.FIRST_ROWS}
        if statement.parameters:
            body["sqlParameters"] = [_parameter(each) for each in statement.parameters]
        if timeout is not None and timeout < 2 * LONGEST_FIRST_WAIT:
            # choice: the answer must come in time for its id, without which a late query could not be stopped.
            body["adaptiveTimeout"] = int(timeout / 2)
        if self._settings:
            body["querySettings"] = self._settings
        return (yield from self._start(json.dumps(body, ensure_ascii=False).encode(), timeout=timeout, arrow=False))

    def describe(self, sql: str, parameters: Parameters | None, *, timeout: float | None) -> Flow[tuple[Column, ...]]:
        """Costs a query: there is no other way than to run the statement for no rows."""
        bare = sql.strip().removesuffix(";")
        # The newline ends a comment on the statement's last line.
        flow = self.submit(f"SELECT * FROM ({bare}\n) AS described LIMIT 0", parameters, timeout=timeout, arrow=False)
        _, page = yield from flow
        return page.columns or ()

    def _call(self, method: str, path: str, query: Mapping[str, object], *, body: bytes = b"", arrow: bool) -> Call:
        own = {"dataspace": self._dataspace, **({"workloadName": self._workload} if self._workload else {})}
        fields = urlencode({**query, **own}, quote_via=quote)
        patience = SUBMIT_PATIENCE if method == "POST" else 1.0
        return Call(method, f"{PATH}{path}?{fields}", body, self._read_timeout * patience)

    def _rows_query(self, first: int, count: int) -> dict[str, object]:
        return {"offset": first, "rowLimit": count}

    def _first_status(self, answer: Answer) -> Status:
        return read_status(answer)

    def _columns(self, query_id: str, deadline: Deadline) -> Flow[tuple[Column, ...] | None]:
        """The columns stand beside rows only: of a result without any they are not told."""
        try:
            answer = yield from self._ask("GET", query_id, "/rows", self._rows_query(0, 1), deadline, False)
        except DatabaseError as error:
            if error.http_status != 400:
                raise
            return None
        return read_piece(answer, self._read_type).columns

    def _read_type(self, text: str | None) -> DataType:
        # Beside Double, Float is the engine's REAL; once the documentation spells it `Foat`.
        if text is not None and text.casefold() in ("float", "foat"):
            return DataType("REAL")
        if text is not None and text.casefold().replace("_", "") in ("arrayoffloat", "arrayoffoat"):
            return DataType("ARRAY", inner=DataType("REAL"))
        return DataType.from_wire(text)


def _parameter(parameter: ServerParameter) -> dict[str, str]:
    name, value = parameter
    return {"name": name, "type": _TYPE_NAMES[value.kind], "value": value.text}
