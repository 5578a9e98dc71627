"""Reading 200,000 mixed rows over Query API V2, against the floor: the same answers, parsed as JSON and nothing more.

The emulator's answers are recorded once and then replayed, so that only the client is measured. The ways take turns,
medians of the rounds are compared.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import httpx
import pandas as pd
import sqlalchemy as sa

import datacloud_dbapi
from datacloud_emulator import Emulator

ROWS = 200_000
ROUNDS = 5
SQL = f"""
SELECT n AS id, n * 1.25 AS amount, CAST(n AS DOUBLE PRECISION) / 7 AS share, 'customer ' || n AS name,
       CASE WHEN n % 3 = 0 THEN NULL ELSE 'state ' || n % 50 END AS state, n % 2 = 0 AS active,
       DATE '2020-01-01' + CAST(n % 2000 AS INTEGER) AS day,
       TIMESTAMPTZ '2020-01-01 00:00:00+00' + n * INTERVAL '1 second' AS moment
FROM generate_series(1, {ROWS}) AS t(n)
"""


class Recorder(httpx.BaseTransport):
    """Passes requests on and keeps the answers; then gives the same ones again, from memory."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.answers: list[tuple[httpx.Headers, bytes]] = []
        self.replaying = False
        self.position = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if "/api/v2/query" not in request.url.path:
            return self.inner.handle_request(request)
        if not self.replaying:
            response = self.inner.handle_request(request)
            response.read()
            headers = httpx.Headers({"content-type": "application/json"})
            self.answers.append((headers, response.content))
            return httpx.Response(200, headers=headers, content=response.content)
        headers, body = self.answers[self.position]
        self.position = (self.position + 1) % len(self.answers)
        return httpx.Response(200, headers=headers, content=body)


def main() -> None:
    with Emulator() as emulator:
        recorder = Recorder(emulator.http_transport)
        connection = datacloud_dbapi.connect(**emulator.connect_params(), http_transport=recorder)
        rows = connection.cursor().execute(SQL).fetchall()
        assert len(rows) == ROWS
        recorder.replaying = True
        engine = sa.create_engine(
            "datacloud://@/",
            creator=lambda: datacloud_dbapi.connect(**emulator.connect_params(), http_transport=recorder),
        )
        ways: dict[str, Callable[[], object]] = {
            "json.loads of the answers (the floor)": lambda: [json.loads(body) for _, body in recorder.answers],
            "cursor.fetchall()": lambda: connection.cursor().execute(SQL).fetchall(),
            "for row in cursor": lambda: sum(1 for _ in connection.cursor().execute(SQL)),
            "pandas.read_sql": lambda: pd.read_sql(sa.text(SQL), engine),
        }
        for way in ways.values():
            way()
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                started = time.perf_counter()
                way()
                times[name].append(time.perf_counter() - started)
        connection.close()
        engine.dispose()
    floor = statistics.median(times["json.loads of the answers (the floor)"])
    python = sys.version.split()[0]
    print(f"{ROWS:,} rows × 8 columns in {len(recorder.answers)} answers, Python {python}, median of {ROUNDS}")
    print(f"{'':40} {'times the floor':>16} {'min–max s':>14}")
    for name, measured in times.items():
        print(f"{name:40} {statistics.median(measured) / floor:16.2f} {min(measured):6.2f}–{max(measured):.2f}")
