"""A client of the emulator's Account Engagement in process, without an engine and without a socket."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import httpx

from datacloud_emulator.accounts import Credentials
from datacloud_emulator.app import App
from datacloud_emulator.clock import Clock
from datacloud_emulator.doors.inprocess import InProcessTransport
from datacloud_emulator.engagement.business_units import Engagement
from datacloud_emulator.engagement.settings import BUSINESS_UNIT, EngagementSettings
from datacloud_emulator.faults import Faults
from datacloud_emulator.org import Org
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.store import NoStore

ORIGIN = "http://127.0.0.1:1"
NOW = datetime(2026, 3, 4, 10, 6, 7, tzinfo=timezone.utc)
NOW_TEXT = "2026-03-04T05:06:07-05:00"  # as the API user's settings have it

Answer = tuple[int, Any]


class Service:
    """One Account Engagement whose clock stands still, and somebody who is logged in."""

    def __init__(self, settings: EngagementSettings, at: datetime = NOW) -> None:
        self.clock = Clock(at=at)
        self.settings = settings
        self.engagement = Engagement(self.clock, settings)
        self.engagement.origin = ORIGIN
        self.faults = Faults()
        self.org = Org.assemble(
            ORIGIN, NoStore(), Credentials(), clock=self.clock, quirks=Quirks(), engagement=self.engagement
        )
        self.app = App(self.org, self.faults)
        self.client = httpx.Client(transport=InProcessTransport(self.app, ORIGIN), base_url=f"{ORIGIN}/api/v5/")
        self.client.headers["Pardot-Business-Unit-Id"] = BUSINESS_UNIT
        self.client.headers["Accept-Encoding"] = "identity"
        self.log_in()

    def log_in(self) -> None:
        self.client.headers["Authorization"] = f"Bearer {self.org.accounts.issue_org_token()}"

    def close(self) -> None:
        self.client.close()
        self.engagement.close()

    def get(self, path: str, /, **parameters: Any) -> httpx.Response:
        """A path below `/api/v5/`, or a whole URL; parameters may stand in it as well."""
        return self.client.get(path, params=parameters or None)

    def post(self, path: str, body: Any, /, **parameters: Any) -> httpx.Response:
        return self.client.post(path, json=body, params=parameters or None)

    def patch(self, path: str, body: Any, /, **parameters: Any) -> httpx.Response:
        return self.client.patch(path, json=body, params=parameters or None)

    def delete(self, path: str, /) -> httpx.Response:
        return self.client.delete(path)

    def make(self, path: str, /, **values: Any) -> int:
        """A new record's id."""
        made = self.post(path, values)
        assert made.status_code == 201, made.text
        return int(made.json()["id"])

    def value(self, path: str, fields: str, /, **parameters: Any) -> dict[str, Any]:
        """A record as read."""
        found = self.get(path, fields=fields, **parameters)
        assert found.status_code == 200, found.text
        return dict(found.json())

    def values(self, path: str, fields: str = "id", /, **parameters: Any) -> list[dict[str, Any]]:
        """The records of a query's first page."""
        found = self.get(path, fields=fields, **parameters)
        assert found.status_code == 200, found.text
        return list(found.json()["values"])

    def ids(self, path: str, /, **parameters: Any) -> list[int]:
        return [record["id"] for record in self.values(path, "id", **parameters)]


def refusal(answer: httpx.Response) -> tuple[int, int]:
    """Status and code of a refusal."""
    body = answer.json()
    assert set(body) == {"code", "message"}, body
    return answer.status_code, body["code"]
