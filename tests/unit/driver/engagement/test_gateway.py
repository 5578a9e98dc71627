"""One request of a business unit: what it carries, what is sent again, and what its answer says beside the body.

Source: wire spec, account-engagement §2-4, §9-11; faults rule 2 and E1-E5.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

import pytest

from datacloud_dbapi.auth.tokens import tokens_for
from datacloud_dbapi.engagement.errors import ConcurrencyLimitError, DailyLimitError, NotFoundError, Remark
from datacloud_dbapi.engagement.gateway import Gateway, Usage
from datacloud_dbapi.engagement.resending import CHANGE, CREATE, READ, Resendable
from datacloud_dbapi.errors import (
    AuthenticationError,
    ConnectionLostError,
    Error,
    OperationalError,
    RateLimitError,
    ServerUnreachableError,
    UntrustedServerError,
)
from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.flow.limits import RequestBudget
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.params import ConnectParams
from tests.unit.driver.scripted import LOGIN, Answer, Stage, json_answer, stage

UNIT = "0Uv000000000001AAA"
PATH = "/api/v5/objects/prospects"
OK = json_answer({"id": 1})
KINDS = {"read": READ, "change": CHANGE, "create": CREATE}


def refused(code: int, status: int = 400) -> Response:
    return json_answer({"code": code, "message": "as it is"}, status)


def gateway() -> Gateway:
    given = {"login_url": "https://acme.my.salesforce.com", "client_id": "app", "client_secret": "s3cret"}
    tokens = tokens_for(ConnectParams.resolve(None, given))
    policy = RetryPolicy(3, 4)
    return Gateway(
        tokens, policy, RequestBudget(), origin="https://pi.pardot.com", business_unit_id=UNIT, read_timeout=9
    )


def played(answers: Iterable[Answer], **facts: float) -> Stage:
    return stage([LOGIN, *answers], jitter=lambda: 1.0, **facts)


def test_a_request_carries_token_and_business_unit_and_asks_for_the_usage() -> None:
    scene = played([OK])
    unit = gateway()
    query = [("fields", "id,campaign.name"), ("updatedAtAfter", "2026-01-01T00:00:00+00:00"), ("orderBy", "id ASC")]
    answer = scene.run(unit.send("GET", PATH, query))
    sent = scene.requests[1]
    assert sent.url == (
        "https://pi.pardot.com/api/v5/objects/prospects?fields=id,campaign.name"
        "&updatedAtAfter=2026-01-01T00%3A00%3A00%2B00%3A00&orderBy=id%20ASC"
    )
    assert sent.headers["Authorization"] == "Bearer 00Dxx!core"
    assert sent.headers["Pardot-Business-Unit-Id"] == UNIT
    assert sent.headers["X-Return-Api-Usage"] == "1"
    assert answer.json() == {"id": 1}
    assert answer.request == "GET /api/v5/objects/prospects"


@pytest.mark.parametrize(("method", "kind"), [("POST", CREATE), ("PATCH", CHANGE)])
def test_a_body_is_json_unless_it_says_otherwise(method: str, kind: Resendable) -> None:
    scene = played([OK, OK])
    unit = gateway()
    scene.run(unit.send(method, PATH, kind=kind, body=b"{}"))
    scene.run(
        unit.send(method, PATH, kind=kind, body=b"--x", headers={"Content-Type": "multipart/form-data; boundary=x"})
    )
    assert [request.headers["Content-Type"] for request in scene.requests[1:]] == [
        "application/json",
        "multipart/form-data; boundary=x",
    ]


def test_an_answer_says_more_than_its_body() -> None:
    headers = {
        "last-modified": "Wed, 04 Mar 2026 05:06:07 GMT",
        "location": "/api/v5/objects/prospects/1?fields=id",
        "pardot-warning": "201;In the bin",
        "x-api-usage": "25 / 50000",
    }
    unit = gateway()
    answer = played([json_answer({"id": 1}, 201, **headers)]).run(unit.send("POST", PATH, kind=CREATE))
    assert answer.last_modified == datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
    assert answer.location == "/api/v5/objects/prospects/1?fields=id"
    assert answer.remarks == (Remark(201, "In the bin"),)
    assert unit.usage == Usage(25, 50_000)
    assert unit.usage.left == 49_975


@pytest.mark.parametrize("status", [200, 201, 204, 304])
def test_an_empty_success_is_no_json(status: int) -> None:
    assert played([Response(status)]).run(gateway().send("GET", PATH)).json() is None


# What was sent, and how it ended: "ok", "error", or "maybe" for an error that says that it may have been applied.
@pytest.mark.fault("E1", "E2", "E3", "E4")
@pytest.mark.parametrize(
    ("fault", "read", "change", "create"),
    [
        (ServerUnreachableError("refused"), "ok 2", "ok 2", "ok 2"),
        (Response(429), "ok 2", "ok 2", "ok 2"),
        (refused(66, 429), "ok 2", "ok 2", "ok 2"),
        (refused(66, 400), "ok 2", "ok 2", "ok 2"),
        (Response(503), "ok 2", "ok 2", "maybe 1"),
        (Response(500), "ok 2", "ok 2", "maybe 1"),
        (Response(502), "ok 2", "ok 2", "maybe 1"),
        (Response(504), "ok 2", "ok 2", "maybe 1"),
        (ConnectionLostError("reset"), "ok 2", "ok 2", "maybe 1"),
        (refused(183, 500), "ok 2", "ok 2", "maybe 1"),
        (refused(202, 429), "ok 2", "ok 2", "maybe 1"),
        (refused(214, 504), "ok 2", "ok 2", "maybe 1"),
        (refused(214, 400), "ok 2", "ok 2", "maybe 1"),
        (refused(244, 503), "ok 2", "ok 2", "maybe 1"),
        (refused(122, 429), "error 1", "error 1", "error 1"),
        (refused(122, 400), "error 1", "error 1", "error 1"),
        (refused(164, 429), "error 1", "error 1", "error 1"),
        (refused(51), "error 1", "error 1", "error 1"),
        (refused(109, 404), "error 1", "error 1", "error 1"),
        (Response(302), "error 1", "error 1", "error 1"),
        # It came, and was not taken in: too large, or packed in a way that was not asked for.
        (OperationalError("too large"), "error 1", "maybe 1", "maybe 1"),
        (UntrustedServerError("a certificate"), "error 1", "error 1", "error 1"),
    ],
    ids=lambda value: (
        value
        if isinstance(value, str)
        else type(value).__name__
        if isinstance(value, Exception)
        else f"{value.status}-{value.body.decode()[9:12]}"
    ),
)
def test_what_is_sent_again(fault: Answer, read: str, change: str, create: str) -> None:
    for name, expected in (("read", read), ("change", change), ("create", create)):
        answers = [fault, OK] if expected == "ok 2" else [fault]
        scene = played(answers)
        try:
            scene.run(gateway().send("POST", PATH, kind=KINDS[name]))
            outcome = "ok"
        except Error as error:
            outcome = "maybe" if error.maybe_applied else "error"
        assert f"{outcome} {len(scene.requests) - 1}" == expected, name


@pytest.mark.fault("E3")
def test_too_many_at_once_waits_a_second_or_two_five_tries_in_all() -> None:
    scene = played([refused(66, 429)] * 5)
    with pytest.raises(ConcurrencyLimitError) as caught:
        scene.run(gateway().send("POST", PATH, kind=CREATE))
    assert caught.value.attempts == 5
    assert caught.value.maybe_applied is None
    assert scene.sleeps == [2.0] * 4


@pytest.mark.fault("E3")
def test_the_days_calls_used_up_fails_at_once() -> None:
    scene = played([refused(122, 429)])
    with pytest.raises(DailyLimitError) as caught:
        scene.run(gateway().send("GET", PATH))
    assert scene.sleeps == []
    assert caught.value.attempts == 1


@pytest.mark.fault("E5")
@pytest.mark.parametrize(
    ("answers", "already"),
    [
        ([ConnectionLostError("reset"), refused(109, 404)], True),
        ([Response(500), refused(109, 404)], True),
        ([Response(504), Response(429), refused(109, 404)], True),
        ([ConnectionLostError("reset"), refused(184, 401), LOGIN, refused(109, 404)], True),
        ([refused(109, 404)], None),
        ([Response(429), refused(109, 404)], None),
        ([Response(503), refused(109, 404)], None),
        ([ServerUnreachableError("refused"), refused(109, 404)], None),
    ],
    ids=["reset", "500", "504-then-429", "reset-then-401", "at-once", "after-429", "after-503", "after-refused"],
)
def test_gone_after_an_unclear_try_is_deleted(answers: list[Answer], already: bool | None) -> None:
    flow = gateway().send("DELETE", f"{PATH}/1", kind=CHANGE, gone_is_done=True)
    if already:
        assert played(answers).run(flow).already
    else:
        with pytest.raises(NotFoundError):
            played(answers).run(flow)


def test_a_change_that_was_never_answered_may_have_been_applied() -> None:
    lost = [ConnectionLostError("reset"), ServerUnreachableError("refused"), ServerUnreachableError("refused")]
    with pytest.raises(ServerUnreachableError) as caught:
        played(lost).run(gateway().send("PATCH", f"{PATH}/1", kind=CHANGE))
    assert caught.value.maybe_applied is True
    with pytest.raises(ServerUnreachableError) as caught:
        played([ServerUnreachableError("refused")] * 3).run(gateway().send("PATCH", f"{PATH}/1", kind=CHANGE))
    assert caught.value.maybe_applied is None


def test_nor_is_one_whose_repetition_had_no_turn_or_no_token() -> None:
    lost = Response(502)
    with pytest.raises(Error) as caught:
        played([lost, Response(429, {"retry-after": "3600"})]).run(gateway().send("PATCH", f"{PATH}/1", kind=CHANGE))
    assert caught.value.maybe_applied is True
    # Another request is told to wait for an hour meanwhile.
    unit, scene = gateway(), played([lost])

    def meanwhile() -> float:
        unit._budget.hold(scene.clock + 3600)
        return 1.0

    scene.jitter = meanwhile
    with pytest.raises(RateLimitError) as limited:
        scene.run(unit.send("PATCH", f"{PATH}/1", kind=CHANGE))
    assert limited.value.maybe_applied is True
    with pytest.raises(AuthenticationError) as unknown:
        played([lost, refused(184, 401), Response(400)]).run(gateway().send("PATCH", f"{PATH}/1", kind=CHANGE))
    assert unknown.value.maybe_applied is True


@pytest.mark.parametrize("code", [49, 184, 210, 211])
@pytest.mark.parametrize("kind", [READ, CHANGE, CREATE], ids=["read", "change", "create"])
def test_a_refused_token_is_renewed_once(code: int, kind: Resendable) -> None:
    other = json_answer(
        {"access_token": "00Dxx!new", "instance_url": "https://acme.my.salesforce.com", "issued_at": "2"}
    )
    scene = played([refused(code, 401), other, OK])
    scene.run(gateway().send("POST", PATH, kind=kind))
    assert scene.requests[-1].headers["Authorization"] == "Bearer 00Dxx!new"
    scene = played([refused(code, 401), other, refused(code, 401)])
    with pytest.raises(AuthenticationError):
        scene.run(gateway().send("POST", PATH, kind=kind))


def test_a_login_that_another_token_would_not_help_is_not_repeated() -> None:
    scene = played([refused(199, 401)])
    with pytest.raises(AuthenticationError):
        scene.run(gateway().send("GET", PATH))
    assert len(scene.requests) == 2
    # Without a code it is the status that speaks.
    scene = played([Response(401), LOGIN, OK])
    assert scene.run(gateway().send("GET", PATH)).status == 200


def test_errors_and_logs_call_the_path_without_its_query() -> None:
    with pytest.raises(Error) as caught:
        played([refused(51)]).run(gateway().send("GET", PATH, [("email", "pat@example.test")]))
    assert caught.value.request == f"GET {PATH}"
    assert "pat@" not in str(caught.value)
