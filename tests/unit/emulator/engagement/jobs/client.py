"""A business unit with no sample records, asked by hand; its clock stands still."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from datacloud_emulator.accounts import Credentials
from datacloud_emulator.app import App
from datacloud_emulator.clock import Clock
from datacloud_emulator.doors.inprocess import InProcessTransport
from datacloud_emulator.engagement.business_units import Engagement
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.org import Org
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.store import NoStore

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)
ORIGIN = "http://127.0.0.1:7484"


def at(seconds: float) -> datetime:
    """A moment, so many seconds before (negative) or after the clock's start."""
    return START + timedelta(seconds=seconds)


def text(seconds: float, minutes: int = 0) -> str:
    """The same as the API writes it, in a zone that is so many minutes ahead of UTC."""
    return at(seconds).astimezone(timezone(timedelta(minutes=minutes))).isoformat()


class Unit:
    """The business unit of a new emulator, without a server, and the requests a client makes of it."""

    def __init__(self) -> None:
        self.clock = Clock(at=START)
        self.engagement = Engagement(self.clock, EngagementSettings(sample=False))
        self.engagement.origin = ORIGIN
        self.unit = self.engagement.unit()
        self._credentials = Credentials()
        org = Org.assemble(
            ORIGIN, NoStore(), self._credentials, clock=self.clock, quirks=Quirks(), engagement=self.engagement
        )
        self._http = httpx.Client(transport=InProcessTransport(App(org), ORIGIN), base_url=ORIGIN)
        self._headers = {"Pardot-Business-Unit-Id": self.unit.id}
        self.log_in()

    def log_in(self) -> None:
        """Get a token, which lives two hours."""
        form = {"grant_type": "client_credentials", "client_id": self._credentials.client_id}
        form["client_secret"] = self._credentials.client_secret
        answer = self._http.post("/services/oauth2/token", data=form).raise_for_status()
        self._headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def close(self) -> None:
        self._http.close()
        self.engagement.close()

    def wait(self, seconds: float) -> None:
        """Move the clock on, and log in again."""
        self.clock.advance(seconds)
        self.log_in()

    @property
    def settings(self) -> EngagementSettings:
        return self.engagement.settings

    def load(self, name: str, *rows: Mapping[str, Any]) -> None:
        self.engagement.load(name, rows)

    def rows(self, name: str, deleted: str = "all") -> list[dict[str, Any]]:
        return self.engagement.rows(name, deleted=deleted)

    def tick(self, times: int = 1) -> None:
        self.engagement.tick(times)

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A path below `/api/v5/`, or a whole URL."""
        where = path if path.startswith("http") else f"/api/v5/{path}"
        return self._http.request(method, where, headers=self._headers, **more)

    def get(self, path: str) -> httpx.Response:
        return self.call("GET", path)

    def post(self, path: str, body: object) -> httpx.Response:
        return self.call("POST", path, json=body)

    def patch(self, path: str, body: object) -> httpx.Response:
        return self.call("PATCH", path, json=body)

    def send(self, path: str, body: object | None, *files: bytes | str, method: str = "POST") -> httpx.Response:
        """A form with an `input` part unless the body is None, and a `file` part for each file."""
        parts: list[tuple[str, Any]] = []
        if body is not None:
            parts.append(("input", (None, body if isinstance(body, str) else json.dumps(body), "application/json")))
        parts += [("file", ("some.csv", data, "text/csv")) for data in files]
        return self.call(method, path, files=parts)

    def states(self, path: str, polls: int) -> list[str]:
        """What a job says of itself at each of some polls."""
        return [self.get(f"{path}?fields=status").raise_for_status().json()["status"] for _ in range(polls)]


def code(answer: httpx.Response) -> int:
    """The error code of a refusal; 0 for an answer that is none."""
    return 0 if answer.status_code < 400 else int(answer.json()["code"])


def table(data: bytes) -> list[list[str]]:
    """The rows of a CSV file, its header first."""
    return list(csv.reader(io.StringIO(data.decode(), newline="")))
