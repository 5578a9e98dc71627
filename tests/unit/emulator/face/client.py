"""An org of its own over shared data, and a client that speaks the wire to it without our driver."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import httpx

from datacloud_emulator.accounts import Credentials
from datacloud_emulator.api.exchange import GRANT_TYPE, SUBJECT_TOKEN_TYPE
from datacloud_emulator.app import App
from datacloud_emulator.clock import Clock
from datacloud_emulator.doors.inprocess import InProcessTransport
from datacloud_emulator.faults import Faults
from datacloud_emulator.org import Org
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.store import Store

ORIGIN = "http://127.0.0.1:7484"
START = datetime(2026, 1, 5, 9, 0, 0, 120010, tzinfo=timezone.utc)


class Face:
    """One org whose clock stands still, and the requests a client makes of it."""

    def __init__(
        self,
        store: Store,
        *,
        page_rows: int = 49_999,
        page_bytes: int = 8_000_000,
        writable: bool = False,
        default_dataspace: str = "default",
        **quirks: Any,
    ) -> None:
        self.clock = Clock(at=START)
        self.credentials = Credentials()
        self.org = Org.assemble(
            ORIGIN,
            store,
            self.credentials,
            default_dataspace=default_dataspace,
            clock=self.clock,
            quirks=Quirks(**quirks),
            writable=writable,
            page_rows=page_rows,
            page_bytes=page_bytes,
        )
        self.faults = Faults()
        self.app = App(self.org, self.faults)
        self.http = httpx.Client(transport=InProcessTransport(self.app, ORIGIN), base_url=ORIGIN)
        self._tokens: dict[str | None, str] = {}
        self._core_token = ""

    def login_form(self, **changes: str | None) -> dict[str, str]:
        """A good client-credentials form with some parameters changed, None taking one away."""
        form: dict[str, str | None] = {
            "grant_type": "client_credentials",
            "client_id": self.credentials.client_id,
            "client_secret": self.credentials.client_secret,
        }
        return {key: value for key, value in {**form, **changes}.items() if value is not None}

    def login(self, **changes: str | None) -> httpx.Response:
        return self.http.post("/services/oauth2/token", data=self.login_form(**changes))

    def org_token(self) -> str:
        return str(self.login().json()["access_token"])

    def exchange(self, org_token: str, **changes: str | None) -> httpx.Response:
        form: dict[str, str | None] = {
            "grant_type": GRANT_TYPE,
            "subject_token_type": SUBJECT_TOKEN_TYPE,
            "subject_token": org_token,
        }
        form.update(changes)
        return self.http.post("/services/a360/token", data={k: v for k, v in form.items() if v is not None})

    def token(self, dataspace: str | None = None) -> str:
        """A tenant token, bought once for each data space."""
        if dataspace not in self._tokens:
            answer = self.exchange(self.org_token(), dataspace=dataspace)
            self._tokens[dataspace] = answer.json()["access_token"]
        return self._tokens[dataspace]

    def forget(self) -> None:
        """Buy new tokens from here on, and count requests afresh; the faults are over."""
        self._tokens.clear()
        self._core_token = ""
        self.faults.clear()
        self.app.requests.clear()

    def get(self, path: str, *, dataspace: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(dataspace)}", **more.pop("headers", {})}
        return self.http.get(path, headers=headers, **more)

    def query(self, sql: object, *, dataspace: str | None = None, **headers: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(dataspace)}", **headers}
        return self.http.post("/api/v2/query", json={"sql": sql}, headers=headers)

    def batch(self, batch_id: str, *, dataspace: str | None = None) -> httpx.Response:
        return self.get(f"/api/v2/query/{batch_id}", dataspace=dataspace)

    def batches(self, sql: str) -> list[dict[str, Any]]:
        """Every answer of a query, by the loop rule: go on while `done` is false."""
        answers = [self.query(sql).raise_for_status().json()]
        while answers[-1].get("done", True) is False:
            answers.append(self.batch(answers[-1]["nextBatchId"]).raise_for_status().json())
        return answers

    def value(self, expression: str) -> object:
        """The one cell of `SELECT expression`."""
        ((cell,),) = self.query(f"SELECT {expression} AS v").raise_for_status().json()["data"]
        return cell

    def v1(self, sql: str, **parameters: object) -> httpx.Response:
        return self._v1(sql, parameters, {})

    def v1_arrow(self, sql: str, **parameters: object) -> httpx.Response:
        return self._v1(sql, parameters, {"enable-arrow-stream": "true"})

    def _v1(self, sql: str, parameters: dict[str, object], headers: dict[str, str]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token()}", **headers}
        texts = {key: str(value) for key, value in parameters.items()}
        return self.http.post("/api/v1/query", params=texts, json={"sql": sql}, headers=headers)

    def v3(
        self, method: str = "POST", path: str = "", *, accept: str = "application/json", **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token()}", "Accept": accept, **more.pop("headers", {})}
        return self.http.request(method, f"/api/v3/query{path}", headers=headers, **more)

    def connect(self, method: str = "POST", path: str = "/ssot/query-sql", **more: Any) -> httpx.Response:
        """A call to the org's own REST API. The path goes out as it is: ids come percent-encoded."""
        headers = {"Authorization": f"Bearer {self.core_token()}", **more.pop("headers", {})}
        return self.http.request(method, f"/services/data/v64.0{path}", headers=headers, **more)

    def core_token(self) -> str:
        """An org token, bought once."""
        if not self._core_token:
            self._core_token = self.org_token()
        return self._core_token
