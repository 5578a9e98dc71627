"""The two APIs that keep results, as a script spells their answers. Source: wire spec, query §9.3, §10."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.flow.effects import Request, Response
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.direct_v3 import DirectV3
from datacloud_dbapi.transports.query_sql import QuerySql
from tests.unit.driver.scripted import LOGIN, Answer, Stage, json_answer, stage, tenant_login

LOGIN_PARAMS = {"login_url": "https://a.my.salesforce.com", "client_id": "a", "client_secret": "b"}


@dataclass(frozen=True)
class Api:
    """How one of them spells things."""

    transport: type[QuerySql] | type[DirectV3]
    path: str
    query_id: str
    login: tuple[Response, ...]
    columns: list[dict[str, Any]]
    limit: str

    def status(self, state: str = "FINISHED", rows: int | str | None = None, **more: Any) -> dict[str, Any]:
        whole = {"queryId": self.query_id, "completionStatus": state, "rowCount": rows, "progress": 0.5, **more}
        return {name: value for name, value in whole.items() if value is not None}

    def rows(self, *rows: Any, **more: Any) -> dict[str, Any]:
        columns: Any = self.columns if self.transport is QuerySql else {"columns": self.columns}
        return {"metadata": columns, "data": [list(row) for row in rows], "returnedRows": len(rows), **more}

    def started(self, status: dict[str, Any], *rows: Any, **more: Any) -> Response:
        """The answer to the statement."""
        if self.transport is QuerySql:
            return json_answer({**self.rows(*rows, **more), "status": status})
        body = json.dumps(self.rows(*rows, **more)).encode()
        return Response(200, {"x-hyperdb-status": json.dumps(status)}, body)

    def play(self, answers: list[Answer], given: dict[str, Any] | None = None, **facts: Any) -> tuple[Stage, Any]:
        tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), None, TrustedHosts())
        params = ConnectParams.resolve(None, {**LOGIN_PARAMS, **(given or {})}, {})
        return stage([*self.login, *answers], **facts), self.transport(tokens, params)

    def sent(self, scene: Stage) -> list[tuple[str, dict[str, str]]]:
        """Method and path below the API's own, and the query's fields, of each request after the login."""
        return [self._sent(request) for request in scene.requests[len(self.login) :]]

    def _sent(self, request: Request) -> tuple[str, dict[str, str]]:
        url = urlsplit(request.url)
        assert url.path.startswith(self.path)
        fields = {name: value for name, [value] in parse_qs(url.query).items()}
        return f"{request.method} {url.path.removeprefix(self.path)}", fields

    def read(self, answers: list[Answer], **facts: Any) -> tuple[Stage, QueryHandle, list[Page]]:
        """All pages of a result."""
        scene, transport = self.play(answers, **facts)
        handle, page = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
        pages = [page]
        while not page.done:
            page = scene.run(transport.next_page(handle, timeout=None, arrow=False))
            pages.append(page)
        assert not scene.answers
        assert (handle.finished, handle.rows_seen) == (True, handle.total)
        return scene, handle, pages


QUERY_SQL = Api(
    QuerySql,
    "/services/data/v64.0/ssot/query-sql",
    "MTAuMC4wLjI6NzQ4NA%2F0e1f2a3b-aaaa-bbbb-cccc-ddddeeeeffff",
    (LOGIN,),
    [
        {"name": "Id__c", "type": "Varchar", "nullable": False},
        {"name": "Miles__c", "type": "Numeric", "nullable": True, "precision": 38, "scale": 18},
    ],
    "rowLimit",
)
DIRECT_V3 = Api(
    DirectV3,
    "/api/v3/query",
    "MTAuMC4wLjI6NzQ4NA==_0e1f2a3baaaabbbbccccddddeeeeffff",
    (LOGIN, tenant_login()),
    [
        {"name": "Id__c", "type": "varchar", "nullable": False},
        {"name": "Miles__c", "type": "numeric", "nullable": True, "precision": 38, "scale": 18},
    ],
    "limit",
)
