"""Routes, refusals, headers, quotas, records: what every endpoint shares.

Source: wire spec, query §2; status-codes §3, §6; limits §1, §3.
"""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable

import httpx
import pytest

from datacloud_emulator.errors import EngineUnavailableError
from datacloud_emulator.store import Dataspace

from .client import Face

OpenFace = Callable[..., Face]


@pytest.mark.parametrize(
    "path",
    ["/", "/api", "/api/v1/query-config", "/api/v2/queries", "/api/v1/metadata/x", "/services", "/é"],
)
def test_unknown_paths(face: Face, path: str) -> None:
    answer = face.http.get(httpx.URL(f"{face.org.origin}{path}"))
    assert answer.status_code == 404
    assert answer.json() == {"timestamp": "2026-01-05T09:00:00.120+0000", "error": "Not Found", "message": "Not Found"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/services/oauth2/token", "POST"),
        ("GET", "/services/a360/token", "POST"),
        ("PUT", "/api/v2/query", "POST"),
        ("DELETE", "/api/v2/query/x", "GET, HEAD"),
        ("POST", "/api/v1/metadata", "GET, HEAD"),
    ],
)
def test_wrong_methods(face: Face, method: str, path: str, allowed: str) -> None:
    answer = face.http.request(method, path)
    assert (answer.status_code, answer.json()["error"]) == (405, "Method Not Allowed")
    assert set(answer.headers["allow"].split(", ")) <= set(allowed.split(", "))


def test_head_has_no_body(face: Face) -> None:
    answer = face.http.head("/api/v1/metadata", headers={"Authorization": f"Bearer {face.token()}"})
    assert (answer.status_code, answer.content) == (200, b"")


def test_headers_of_an_answer(face: Face) -> None:
    answer = face.get("/api/v1/metadata")
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-trace-id"])
    assert answer.headers["x-trace-id"] != face.get("/api/v1/metadata").headers["x-trace-id"]
    assert int(answer.headers["x-envoy-upstream-service-time"]) >= 0
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "content-length" not in answer.headers  # it goes out in chunks


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.1", True),
        ("*", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_gzip_when_asked(face: Face, accepted: str, zipped: bool, status: int) -> None:
    sql = "SELECT repeat('ab', 5000) AS v" if status == 200 else "SELEC"
    headers = {"Authorization": f"Bearer {face.token()}", "Accept-Encoding": accepted}
    with face.http.stream("POST", "/api/v2/query", json={"sql": sql}, headers=headers) as answer:
        assert answer.status_code == status
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == ("gzip" if zipped else None)
    assert raw.startswith(b"\x1f\x8b") is zipped
    body = gzip.decompress(raw) if zipped else raw
    assert body.startswith(b'{"data":[["abab' if status == 200 else b'{"timestamp":')
    if zipped and status == 200:
        assert len(raw) < len(body) / 10


def test_remaining_requests_count_down_within_a_second(face: Face) -> None:
    face.token()
    seen = [face.get("/api/v1/metadata").headers for _ in range(3)]
    assert [headers["x-ratelimit-remaining"] for headers in seen] == ["499", "498", "497"]
    assert {headers["x-ratelimit-limit"] for headers in seen} == {"500, 500;w=1, 1000;w=86400"}
    assert {headers["x-ratelimit-reset"] for headers in seen} == {"1"}
    face.clock.advance(1)
    assert face.get("/api/v1/metadata").headers["x-ratelimit-remaining"] == "499"


def test_quotas_are_enforced_by_quirk(open_face: OpenFace) -> None:
    face = open_face(requests_per_second=2, requests_per_day=3, enforce_rate=True)
    face.token()
    assert [face.get("/api/v1/metadata").status_code for _ in range(3)] == [200, 200, 429]
    face.clock.advance(1)
    answer = face.get("/api/v1/metadata")
    assert answer.status_code == 429  # the refused one counted: the day is over
    assert answer.headers["x-ratelimit-limit"] == "3, 2;w=1, 3;w=86400"
    assert (answer.headers["x-ratelimit-remaining"], answer.headers["x-ratelimit-reset"]) == ("0", "86399")
    face.clock.advance(86_400)
    face.token(None)
    answer = face.exchange(face.org_token())  # logging in is not metered
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert face.http.get("/api/v1/metadata", headers=headers).status_code == 200


def test_a_request_too_many_at_once(open_face: OpenFace, monkeypatch: pytest.MonkeyPatch) -> None:
    face = open_face(concurrency=2)
    face.token()
    inside, go_on = threading.Barrier(3), threading.Event()
    submit = Dataspace.submit

    def slow(self: Dataspace, sql: str, *, writable: bool = False) -> object:
        inside.wait()
        go_on.wait()
        return submit(self, sql, writable=writable)

    monkeypatch.setattr(Dataspace, "submit", slow)
    answers: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(face.query("SELECT 1 AS v"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait()
    refused = face.query("SELECT 1 AS v")
    go_on.set()
    for thread in threads:
        thread.join()
    assert refused.status_code == 429
    assert refused.json()["message"] == "Too many requests"
    assert "x-ratelimit-remaining" in refused.headers
    assert [answer.status_code for answer in answers] == [200, 200]
    monkeypatch.undo()
    assert face.query("SELECT 1 AS v").status_code == 200  # the places are free again


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (EngineUnavailableError("gone"), 503, "no healthy upstream"),
        (RuntimeError("a secret detail"), 500, '"Internal Server Error"'),
    ],
)
def test_what_goes_wrong_inside_stays_inside(
    face: Face, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, text: str
) -> None:
    def broken(self: Dataspace, sql: str, *, writable: bool = False) -> object:
        raise error

    monkeypatch.setattr(Dataspace, "submit", broken)
    answer = face.query("SELECT 1")
    assert answer.status_code == status
    assert text in answer.text
    assert str(error) not in answer.text
    monkeypatch.undo()
    assert face.query("SELECT 1 AS v").status_code == 200


def test_requests_are_recorded(face: Face) -> None:
    face.query("SELECT 1 AS v", dataspace="emea")
    face.http.get("/nowhere?client_secret=x")
    seen = [(r.method, r.path, r.operation, r.dataspace, r.status) for r in face.app.requests]
    assert seen == [
        ("POST", "/services/oauth2/token", "token", None, 200),
        ("POST", "/services/a360/token", "exchange", None, 200),
        ("POST", "/api/v2/query", "query", "emea", 200),
        ("GET", "/nowhere", "", None, 404),
    ]
    assert all(record.time == face.clock.now() for record in face.app.requests)
