"""A business unit with no sample records, its jobs and the files that go to and fro; its clock stands still."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from datacloud_emulator.engagement.settings import EngagementSettings
from tests.unit.emulator.engagement.service import Service

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    """A moment, so many seconds before (negative) or after the clock's start."""
    return START + timedelta(seconds=seconds)


def text(seconds: float, minutes: int = 0) -> str:
    """The same as the API writes it, in a zone that is so many minutes ahead of UTC."""
    return at(seconds).astimezone(timezone(timedelta(minutes=minutes))).isoformat()


class Unit(Service):
    """A business unit with no sample records, and what the tests of jobs do with it beside calls."""

    def __init__(self) -> None:
        super().__init__(EngagementSettings(sample=False), at=START)
        self.unit = self.engagement.unit()

    def wait(self, seconds: float) -> None:
        """Move the clock on, and log in again: a token lives two hours."""
        self.clock.advance(seconds)
        self.log_in()

    def load(self, name: str, *rows: Mapping[str, Any]) -> None:
        self.engagement.load(name, rows)

    def rows(self, name: str, deleted: str = "all") -> list[dict[str, Any]]:
        return self.engagement.rows(name, deleted=deleted)

    def tick(self, times: int = 1) -> None:
        self.engagement.tick(times)

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A path below `/api/v5/`, or a whole URL."""
        return self.client.request(method, path, **more)

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
