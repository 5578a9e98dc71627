"""A million rows by `fetchmany`: three pages of memory at the most, and no more work as it goes on.

The service is a scripted one with twenty pages. Memory is measured in a process of its own; work is counted in pages,
not timed. What a row costs within its page is counted in `tests/unit/driver/test_result.py`.
Source: wire spec, faults L10.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

READER = """
import asyncio, gc, json, sys, tracemalloc
import httpx
import datacloud_dbapi
from datacloud_dbapi import aio

face, prefetch = json.load(sys.stdin)
PAGES, SIZE = 20, 50_000
asked = []


def answer(request):
    path = request.url.path
    if path.endswith("/oauth2/token"):
        return httpx.Response(200, json={"access_token": "a", "instance_url": "https://a.my.salesforce.com"})
    if path.endswith("/a360/token"):
        return httpx.Response(
            200, json={"access_token": "b", "instance_url": "a.c360a.salesforce.com", "expires_in": 7200}
        )
    asked.append(path)
    number = len(asked) - 1
    rows = ",".join([f"[{n}]" for n in range(number * SIZE, number * SIZE + SIZE)])
    ends = '"done":true' if number == PAGES - 1 else f'"done":false,"nextBatchId":"page{number + 1}"'
    columns = '{"n":{"type":"BIGINT","placeInOrder":0}}'
    body = f'{{"data":[{rows}],"metadata":{columns},"rowCount":{SIZE},"queryId":"q",{ends}}}'
    return httpx.Response(200, content=body.encode(), headers={"content-type": "application/json"})


given = dict(
    login_url="https://a.my.salesforce.com", client_id="c", client_secret="s", transport="rest-v2",
    http_transport=httpx.MockTransport(answer), prefetch=prefetch,
)
pages_at = []
expected = 0


def check(rows):
    global expected
    assert [row[0] for row in rows] == list(range(expected, expected + len(rows)))
    expected += len(rows)
    if expected in (250_000, 500_000, 750_000):
        pages_at.append(len(asked))


def blocking():
    with datacloud_dbapi.connect(**given) as connection:
        cursor = connection.cursor().execute("SELECT 1")
        while rows := cursor.fetchmany(1000):
            check(rows)


async def awaiting():
    async with await aio.connect(**given) as connection:
        cursor = await connection.cursor().execute("SELECT 1")
        while rows := await cursor.fetchmany(1000):
            check(rows)


def page():
    tracemalloc.start()
    answered = answer(httpx.Request("GET", "https://a/page")).content
    rows = json.loads(answered)["data"]
    asked.clear()
    return tracemalloc.get_traced_memory()[0]


one = page()
gc.collect()
tracemalloc.reset_peak()
blocking() if face == "blocking" else asyncio.run(awaiting())
peak = tracemalloc.get_traced_memory()[1]
print(json.dumps([expected, len(asked), peak / one, pages_at]))
"""


@pytest.mark.fault("L10")
@pytest.mark.parametrize(("face", "prefetch"), [("blocking", 0), ("asyncio", 1)])
def test_memory_and_work_do_not_grow_with_the_rows(face: str, prefetch: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input=json.dumps([face, prefetch]),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, pages, memory, at_quarters = json.loads(done.stdout)
    assert (rows, pages) == (1_000_000, 20)
    assert memory <= 3, "pages' worth of memory at the peak: the text, and its rows as Python has them"
    # Where a row is does not change what it costs: no page is asked for too early, and none twice.
    assert all(0 <= asked - due <= prefetch for asked, due in zip(at_quarters, (5, 10, 15), strict=True))
