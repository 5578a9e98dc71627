"""Who gets in, in which order it is looked at, and how much a business unit takes.

Source: wire spec, account-engagement §1-3, §10-11, §22 rows 1, 8, 10.
"""

from __future__ import annotations

import threading

import httpx
import pytest

from datacloud_emulator.faults import Fault

from .service import Service, refusal

FIELDS = {"fields": "id"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": ""}, (401, 49)),
        ({"Authorization": "Basic YTpi"}, (401, 49)),
        ({"Authorization": "Bearer 00Dxx!unknown"}, (401, 184)),
        ({"Pardot-Business-Unit-Id": "0Uv000000000001"}, (400, 182)),
        ({"Pardot-Business-Unit-Id": "00D000000000001AAA"}, (400, 182)),
        ({"Pardot-Business-Unit-Id": "0Uv000000000002AAA"}, (400, 201)),
        # The bearer comes first, and both before the path.
        ({"Authorization": "", "Pardot-Business-Unit-Id": ""}, (401, 49)),
    ],
)
def test_headers_are_looked_at_before_anything_else(
    empty: Service, headers: dict[str, str], expected: tuple[int, int]
) -> None:
    for path in ("objects/prospects", "objects/nothing"):
        assert refusal(empty.client.get(path, params=FIELDS, headers=headers)) == expected


def test_a_missing_business_unit_is_named(empty: Service) -> None:
    del empty.client.headers["Pardot-Business-Unit-Id"]
    answer = empty.get("objects/prospects", fields="id")
    assert refusal(answer) == (400, 181)
    assert "Pardot-Business-Unit-Id" in answer.json()["message"]


def test_an_expired_token_says_so_and_a_tenant_token_is_none(empty: Service) -> None:
    org_token = empty.org.accounts.issue_org_token()
    tenant_token = empty.org.accounts.exchange(org_token, "default")
    answer = empty.client.get("objects/lists", params=FIELDS, headers={"Authorization": f"Bearer {tenant_token}"})
    assert refusal(answer) == (401, 184)
    empty.clock.advance(7200)
    assert refusal(empty.get("objects/lists", fields="id")) == (401, 210)


def test_the_scope_is_looked_at_on_demand(empty: Service) -> None:
    empty.settings.required_scope = "pardot_api"
    assert refusal(empty.get("objects/lists", fields="id")) == (401, 49)
    token = empty.org.accounts.issue_org_token("api pardot_api")
    headers = {"Authorization": f"Bearer {token}"}
    assert empty.client.get("objects/lists", params=FIELDS, headers=headers).status_code == 200


def test_business_units_are_apart(empty: Service) -> None:
    other = empty.engagement.add_business_unit("0Uv000000000002AAA")
    empty.make("objects/tags", name="here")
    header = {"Pardot-Business-Unit-Id": other.id}
    assert empty.client.get("objects/tags", params=FIELDS, headers=header).json()["values"] == []
    assert (other.meter.used, empty.engagement.calls_used) == (1, 1)
    other.active = False
    assert refusal(empty.client.get("objects/tags", params=FIELDS, headers=header)) == (400, 201)
    empty.settings.wrong_host = True
    assert refusal(empty.get("objects/tags", fields="id")) == (400, 201)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "objects/prospect", (404, 192)),
        ("GET", "objects/prospect/1", (404, 192)),
        ("POST", "objects/profiles", (404, 192)),
        ("GET", "prospects", (404, 198)),
        ("GET", "", (404, 198)),
        ("GET", "objects/prospects/1/2/3/4", (404, 198)),
        ("GET", "objects/prospects/1/stats", (404, 198)),
        ("GET", "objects/account/1", (404, 198)),
        ("POST", "objects/account", (405, 60)),
        ("GET", "external-activities", (405, 60)),
        ("POST", "objects/external-activities", (405, 60)),
        ("PUT", "objects/prospects/1", (405, 60)),
        ("PATCH", "objects/prospects", (405, 60)),
        ("DELETE", "objects/prospects", (405, 60)),
        ("POST", "objects/opportunities", (405, 60)),
        ("PATCH", "objects/forms/1", (405, 60)),
        ("DELETE", "objects/landing-pages/1", (405, 60)),
        ("GET", "objects/prospects/1/do/addTag", (405, 60)),
        ("GET", "imports/1/batches", (405, 60)),
        ("POST", "objects/prospects/1/do/nothing", (400, 205)),
        ("POST", "objects/prospects/do/addTag", (400, 205)),
        ("POST", "objects/prospects/1/do/undelete", (400, 205)),
        ("POST", "objects/opportunities/do/undelete", (400, 205)),
        ("GET", "objects/prospects/P-1", (400, 16)),
    ],
)
def test_paths_and_verbs(empty: Service, method: str, path: str, expected: tuple[int, int]) -> None:
    answer = empty.client.request(method, path, params=FIELDS, json={} if method in {"POST", "PATCH"} else None)
    assert refusal(answer) == expected
    if expected[1] == 60:
        assert answer.json() == {"code": 60, "message": "Invalid HTTP request method"}


@pytest.mark.parametrize(("asked", "shown"), [("1", "2/100000"), ("true", "2/100000"), ("0", None), (None, None)])
def test_usage_is_shown_when_asked_for(empty: Service, asked: str | None, shown: str | None) -> None:
    empty.get("objects/tags", fields="id")
    headers = {} if asked is None else {"X-Return-Api-Usage": asked}
    answer = empty.client.get(
        "objects/account", params={"fields": "apiCallsUsed,maximumDailyApiCalls"}, headers=headers
    )
    assert answer.json() == {"apiCallsUsed": 2, "maximumDailyApiCalls": 100_000}  # which itself costs a call
    assert answer.headers.get("x-api-usage") == shown


def test_the_days_calls_end_and_begin_at_the_accounts_midnight(empty: Service) -> None:
    empty.settings.daily_calls = 2
    answers = [empty.get("objects/tags", fields="id") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert refusal(answers[2]) == (429, 122)
    assert "retry-after" not in answers[2].headers
    # 05:06:07 there, so midnight is 18:53:53 away.
    empty.clock.advance(18 * 3600 + 53 * 60 + 52)
    empty.log_in()
    assert refusal(empty.get("objects/tags", fields="id")) == (429, 122)
    empty.clock.advance(1)
    assert empty.get("objects/tags", fields="id").status_code == 200


def test_an_edition_without_the_api_refuses_the_first_call(empty: Service) -> None:
    empty.settings.daily_calls = 0
    assert refusal(empty.get("objects/nothing")) == (429, 122)


def test_the_sixth_call_at_once_is_refused(empty: Service) -> None:
    within, finish = threading.Barrier(6), threading.Event()
    meter = empty.engagement.unit().meter

    def busy() -> None:
        with meter.running():
            within.wait(10)
            finish.wait(10)

    threads = [threading.Thread(target=busy) for _ in range(5)]
    for thread in threads:
        thread.start()
    within.wait(10)
    answer = empty.get("objects/nothing")
    finish.set()
    for thread in threads:
        thread.join()
    assert refusal(answer) == (429, 66)
    assert empty.engagement.most_at_once == 6
    assert empty.engagement.calls_used == 5  # the refused one costs nothing
    assert empty.get("objects/tags", fields="id").status_code == 200


@pytest.mark.parametrize(
    ("status", "code"), [(400, 5), (401, 184), (403, 76), (404, 109), (405, 60), (429, 66), (500, 183)]
)
def test_a_scripted_status_has_the_apis_body(empty: Service, status: int, code: int) -> None:
    empty.faults.add(Fault("engagement-query", status=status))
    assert refusal(empty.get("objects/tags", fields="id")) == (status, code)
    assert empty.get("objects/tags", fields="id").status_code == 200


def test_other_scripted_faults(empty: Service) -> None:
    empty.faults.add(
        Fault("engagement-create", status=503),
        Fault("engagement-create", reset="before"),
        Fault("engagement-create", reset="after"),
        Fault("engagement-update", expire_token=True),
        Fault("engagement-query", cut=True, keep=10),
        Fault("engagement-action", body={"code": 244, "message": "later"}, status=400),
    )
    assert empty.post("objects/tags", {"name": "a"}).status_code == 503
    for _ in range(2):
        with pytest.raises(httpx.ReadError):
            empty.post("objects/tags", {"name": "b"})
    assert len(empty.get("objects/tags", fields="id,name").content) == 10
    assert empty.values("objects/tags", "id,name") == [{"id": 1, "name": "b"}]  # the second was carried out
    assert refusal(empty.patch("objects/tags/1", {"name": "c"})) == (401, 184)
    empty.log_in()
    assert refusal(empty.post("objects/tags/1/do/mergeTags", {"tagIds": [1]})) == (400, 244)
    assert [(record.operation, record.path, record.status) for record in list(empty.app.requests)[:2]] == [
        ("engagement-create", "/api/v5/objects/tags", 503),
        ("engagement-create", "/api/v5/objects/tags", 0),
    ]


def test_what_breaks_is_the_requests_own(empty: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(empty.engagement.unit().store), "select", lambda *_, **__: 1 / 0)
    assert refusal(empty.get("objects/tags", fields="id")) == (500, 183)
    monkeypatch.undo()
    assert empty.get("objects/tags", fields="id").status_code == 200


def test_calls_are_counted_by_operation_and_object(empty: Service) -> None:
    empty.make("objects/tags", name="a")
    empty.ids("objects/tags")
    empty.ids("objects/tags")
    assert empty.engagement.unit().meter.served == {("create", "Tag"): 1, ("query", "Tag"): 2}
