"""The exchanges that the wire spec shows, byte by byte, over a socket by the standard library's own client.

Neither our driver nor the HTTP library it uses takes part, so that no misreading is shared. Source: wire spec,
account-engagement §4.2, §6, §10, §13-17, whose ids and values these are.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import pytest

from datacloud_emulator import Clock, Emulator, EngagementSettings

pytestmark = pytest.mark.sockets

NOW = datetime(2026, 3, 4, 10, 6, 7, tzinfo=timezone.utc)
NOW_TEXT = "2026-03-04T05:06:07-05:00"
JSON = {"Content-Type": "application/json"}
PARTS = {"Content-Type": "multipart/form-data; boundary=cut"}

Answer = tuple[int, bytes, Message]
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One whose next ids are those of the spec's examples."""
    settings = EngagementSettings(sample=False, job_polls=None)
    with Emulator(sql=False, clock=Clock(at=NOW), engagement=settings) as running:
        service = running.engagement
        done = {"createdById": 1, "isExpired": False, "status": "Complete"}
        names = {101: "Spring launch", 102: "Autumn event", 103: "Winter"}
        service.load("Campaign", ({"id": number, "name": name} for number, name in names.items()))
        level = {"name": "Partner Level", "fieldId": "Partner_Level", "apiFieldId": "Partner_Level__c", "type": "Text"}
        service.load("CustomField", [level])
        service.load("Export", [{"id": 7000, **done}])
        service.load("Import", [{"id": 3000, **done}])
        service.load("Tag", [{"id": 9, "name": "nine"}])
        changed = "2026-01-15T12:00:00-05:00"
        person = {"campaignId": 101, "createdAt": changed, "updatedAt": changed}
        service.load("Prospect", [{"id": 501, "email": "a@example.test", **person}])
        service.load("Prospect", [{"id": 502, "email": "b@example.test", "isDeleted": True, **person}])
        yield running


@pytest.fixture
def ask(emulator: Emulator) -> Iterator[Ask]:
    """Sends a request; its status, body, and headers."""
    token = emulator.connect_params("access-token")["access_token"]()
    login = {"Authorization": f"Bearer {token}", "Pardot-Business-Unit-Id": "0Uv000000000001AAA"}
    line = http.client.HTTPConnection(urlsplit(emulator.login_url).netloc)

    def asked(method: str, path: str, body: str | None = None, headers: Mapping[str, str] = JSON) -> Answer:
        line.request(method, path, body, {**login, **headers} if body is not None else login)
        answer = line.getresponse()
        return answer.status, answer.read(), answer.headers

    yield asked
    line.close()


def compact(value: Any) -> bytes:
    """JSON with its members in the order they are written in here, without blanks."""
    return json.dumps(value, separators=(",", ":")).encode()


def form(data: str, fields: str | None = None) -> str:
    """The parts `input`, when there are fields, and `file`."""
    said = "" if fields is None else f'--cut\r\nContent-Disposition: form-data; name="input"\r\n\r\n{fields}\r\n'
    name = 'form-data; name="file"; filename="rows.csv"'
    return f"{said}--cut\r\nContent-Disposition: {name}\r\nContent-Type: text/csv\r\n\r\n{data}\r\n--cut--\r\n"


def test_the_envelope_of_a_query(ask: Ask, emulator: Emulator) -> None:
    path = "/api/v5/objects/campaigns"
    status, body, _ = ask("GET", f"{path}?fields=id,name&idGreaterThan=100&limit=2")
    (token,) = re.findall(rb'"nextPageToken":"([\w-]+)"', body)
    url = f"{emulator.login_url}{path}?fields=id,name&nextPageToken={token.decode()}"
    values = [{"id": 101, "name": "Spring launch"}, {"id": 102, "name": "Autumn event"}]
    assert (status, body) == (
        200,
        compact({"nextPageToken": token.decode(), "nextPageUrl": url, "values": values}),
    )
    _, last, _ = ask("GET", url.removeprefix(emulator.login_url))
    assert last == compact({"nextPageToken": None, "nextPageUrl": None, "values": [{"id": 103, "name": "Winter"}]})


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "objects/prospects/999?fields=id", None, (404, 109, "Record not found")),
        ("GET", "objects/prospects/502?fields=id", None, (404, 109, "Record not found")),
        ("PUT", "objects/prospects/501", "{}", (405, 60, "Invalid HTTP request method")),
        ("POST", "objects/tags", '{"colour":1}', (400, 154, "Invalid property in request: colour")),
        (
            *("GET", "objects/prospects/501?fields=id,colour", None),
            (400, 51, "Invalid parameter: fields. It contains an invalid or unknown field: colour."),
        ),
    ],
)
def test_bodies_of_errors(ask: Ask, method: str, path: str, body: str | None, expected: tuple[int, int, str]) -> None:
    status, said, headers = ask(method, f"/api/v5/{path}", body)
    assert (status, said) == (expected[0], compact({"code": expected[1], "message": expected[2]}))
    assert headers["Content-Type"] == "application/json"
    assert headers["Pardot-Warning"] == ("201;Record In Recycle Bin" if "502" in path else None)


def test_an_upsert(ask: Ask) -> None:
    body = {
        "matchEmail": "pat@example.test",
        "prospect": {"email": "pat@example.test", "firstName": "Pat", "Partner_Level__c": "Gold"},
        "fields": ["id", "email", "updatedAt"],
        "secondaryDeletedSearch": True,
    }
    shown = compact({"id": 503, "email": "pat@example.test", "updatedAt": NOW_TEXT})
    for expected in (201, 200):
        status, said, _ = ask("POST", "/api/v5/objects/prospects/do/upsertLatestByEmail", json.dumps(body))
        assert (status, said) == (expected, shown)
    _, said, headers = ask("GET", "/api/v5/objects/prospects/503?fields=Partner_Level__c,firstName")
    assert said == compact({"Partner_Level__c": "Gold", "firstName": "Pat"})
    assert headers["Last-Modified"] == "Wed, 04 Mar 2026 10:06:07 GMT"


def test_tags(ask: Ask) -> None:
    status, said, _ = ask("POST", "/api/v5/objects/prospects/501/do/addTag", '{"tagId": 9}')
    tagged = {"id": 1, "objectId": 501, "objectType": "prospect", "tagId": 9, "createdAt": NOW_TEXT}
    assert (status, said) == (201, compact(tagged))
    assert ask("POST", "/api/v5/objects/prospects/501/do/removeTag", '{"tagId": 9}')[:2] == (204, b"")


def test_the_flow_of_an_export(ask: Ask, emulator: Emulator) -> None:
    body = {
        "procedure": {
            "name": "Prospect/FilterByUpdatedAt",
            "arguments": {
                "updatedAfter": "2026-01-01T00:00:00+00:00",
                "updatedBefore": "2026-02-01T00:00:00+00:00",
                "deleted": "all",
            },
        },
        "fields": ["id", "email", "campaign.name", "updatedAt"],
        "includeByteOrderMark": False,
        "legacyDateFormat": False,
        "maxFileSizeBytes": 10000000,
    }
    status, said, headers = ask("POST", "/api/v5/exports?fields=id,status", json.dumps(body))
    assert (status, said) == (201, compact({"id": 7001, "status": "Waiting"}))
    assert headers["Location"] == f"{emulator.login_url}/api/v5/exports/7001?fields=id,status"
    emulator.engagement.tick(2)
    reference = f"{emulator.login_url}/api/v5/exports/7001/results/88001"
    status, said, _ = ask("GET", "/api/v5/exports/7001?fields=id,status,isExpired,resultRefs")
    complete = {"id": 7001, "status": "Complete", "isExpired": False, "resultRefs": [reference]}
    assert (status, said) == (200, compact(complete))
    status, said, headers = ask("GET", urlsplit(reference).path)
    assert (status, headers.get_content_type()) == (200, "text/csv")
    assert said.decode().splitlines() == [
        "id,email,campaign.name,updatedAt",
        "501,a@example.test,Spring launch,2026-01-15T12:00:00-05:00",
        "502,b@example.test,Spring launch,2026-01-15T12:00:00-05:00",
    ]
    assert ask("POST", "/api/v5/exports/7001/do/cancel", "{}")[0] == 400  # it has ended


def test_the_flow_of_an_import(ask: Ask, emulator: Emulator) -> None:
    new = {"operation": "Upsert", "object": "Prospect", "createOnNoMatch": True, "restoreDeleted": False}
    status, said, _ = ask("POST", "/api/v5/imports?fields=id,status", json.dumps(new))
    assert (status, said) == (201, compact({"id": 3001, "status": "Open"}))
    rows = "matchEmail,firstName\r\na@example.test,Ana\r\nfresh@example.test,Fay\r\nb@example.test,Bo"
    assert ask("POST", "/api/v5/imports/3001/batches", form(rows), PARTS)[:2] == (204, b"")
    assert ask("PATCH", "/api/v5/imports/3001", '{"status": "Ready"}')[:2] == (204, b"")
    emulator.engagement.tick(2)
    _, said, _ = ask("GET", "/api/v5/imports/3001?fields=id,status,createdCount,updatedCount,errorCount,errorsRef")
    counts = {"createdCount": 1, "updatedCount": 1, "errorCount": 1}
    errors = f"{emulator.login_url}/api/v5/imports/3001/errors"
    assert said == compact({"id": 3001, "status": "Complete", **counts, "errorsRef": errors})
    _, said, headers = ask("GET", urlsplit(errors).path)
    assert headers.get_content_type() == "text/csv"
    assert said.decode().splitlines()[1].startswith("b@example.test,Bo,109,")  # in the bin
    at_once = form("matchId,firstName\r\n501,Ann", json.dumps({**new, "status": "Ready"}))
    status, said, _ = ask("POST", "/api/v5/imports?fields=id,status", at_once, PARTS)
    assert (status, said) == (201, compact({"id": 3002, "status": "Waiting"}))
    assert ask("POST", "/api/v5/imports/3002/do/cancel", "{}")[0] == 204


def test_the_flow_of_a_bulk_action(ask: Ask, emulator: Emulator) -> None:
    emulator.engagement.load("Prospect", [{"id": number, "email": f"p{number}@example.test"} for number in (601, 602)])
    new = '{"object": "prospect", "bulkAction": "delete", "status": "ready", "sendSystemEmail": false}'
    status, said, _ = ask("POST", "/api/v5/bulk-actions?fields=id,status", form("id\r\n601\r\n602\r\n603", new), PARTS)
    assert (status, said) == (201, compact({"id": 1, "status": "Waiting"}))
    for word, shown in (("Paused", "Paused"), ("Ready", "Waiting")):
        _, said, _ = ask("PATCH", "/api/v5/bulk-actions/1?fields=status", json.dumps({"status": word}))
        assert said == compact({"status": shown})
    emulator.engagement.tick(2)
    fields = "id,status,percentComplete,processedCount,errorCount,errorsRef"
    _, said, _ = ask("GET", f"/api/v5/bulk-actions/1?fields={fields}")
    errors = f"{emulator.login_url}/api/v5/bulk-actions/1/errors"
    ended = {"id": 1, "status": "Complete", "percentComplete": 100, "processedCount": 3, "errorCount": 1}
    assert said == compact({**ended, "errorsRef": errors})
    assert ask("GET", urlsplit(errors).path)[1].decode().splitlines()[1].startswith("603,109,")
    assert ask("PATCH", "/api/v5/bulk-actions/1", '{"status": "Cancelled"}')[0] == 400  # it has ended
