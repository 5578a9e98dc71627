"""What is signed and what is not: the vectors, every way headers come, rotation, age.

Source: webhook-data-action §1-2, §7; faults W2, W3, W5-W7.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest

from datacloud_dbapi import Error, InterfaceError, webhooks
from tests.unit.webhooks.vectors import (
    SECRET,
    V1,
    V1_SIGNATURE,
    V2,
    V2_SIGNATURE,
    V3,
    V3_LATIN1_SIGNATURE,
    V3_SIGNATURE,
    V4,
    V4_SIGNATURE,
    envelope,
    sign,
)

MADE = dt.datetime(2031, 2, 3, 4, 5, 6, 789_000, tzinfo=dt.timezone.utc)


def test_the_vectors_are_those_of_the_spec() -> None:
    assert [len(body) for body in (V1, V2, V3, V4)] == [82, 776, 166, 167]


@pytest.mark.parametrize("latin1", [False, True])
@pytest.mark.parametrize(
    ("body", "signature"), [(V1, V1_SIGNATURE), (V2, V2_SIGNATURE), (V3, V3_SIGNATURE), (V4, V4_SIGNATURE)]
)
def test_a_vector_verifies(body: bytes, signature: str, latin1: bool) -> None:
    assert webhooks.verify(body, {"x-signature": signature}, SECRET, latin1=latin1).created == MADE


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        pytest.param(V1, "SqLlsW+mGwfJ+AJc494HiE+CKPkO7Hf0p0TIlQFg/zE=", id="V1-b decoded key"),
        pytest.param(V1, "rSKAYqjn4sI4CF+4f2yCvmnWVztHmRIlMVjT8W8cQCg=", id="V1-c newline signed"),
        pytest.param(V1 + b"\n", V1_SIGNATURE, id="V1-c newline sent"),
        pytest.param(V1, "0g3ufvmcKMCnIKk489rZLl8eDQ5sPDimspjGxQDfPvI=", id="V1-d dumped anew, signed"),
        pytest.param(json.dumps(json.loads(V1)).encode(), V1_SIGNATURE, id="V1-d dumped anew, sent"),
        pytest.param(V1, "xfwXYQQOTwRRli0S/uMvTaeftf4LFPVHOq2lnVOG9z0=", id="V1-e escaped"),
        pytest.param(V1, "aba655e6ea4926bd4539064ce09c5f753a7d19e51cc0d66aa672f05400106426", id="V1-hex"),
        pytest.param(V3, V3_LATIN1_SIGNATURE, id="V3-l latin-1"),
        pytest.param(V3, "DF1uavf1es6MqSJ2lC9VcPOxyE5B+BXSy2NKPFzVsaY=", id="V3-a escapes signed"),
        pytest.param(V4, V3_SIGNATURE, id="V4 for V3"),
        pytest.param(b"not JSON", V1_SIGNATURE, id="not parsed"),
    ],
)
def test_another_reading_of_the_algorithm_is_refused(body: bytes, signature: str) -> None:
    with pytest.raises(webhooks.SignatureError):
        webhooks.verify(body, {"x-signature": signature}, SECRET)


def test_the_latin1_mode_takes_one_signature_more_and_refuses_the_rest() -> None:
    delivery = webhooks.verify(V3, {"x-signature": V3_LATIN1_SIGNATURE}, SECRET, latin1=True)
    assert delivery.events[0].current == {"Demo__dlm_Name__c": "Zoë"}
    for body in (V4, V1, b"\xff"):
        with pytest.raises(webhooks.SignatureError):
            webhooks.verify(body, {"x-signature": V3_LATIN1_SIGNATURE}, SECRET, latin1=True)


class OnlyItems:
    def items(self) -> list[tuple[str, str]]:
        return [("Host", "x"), ("X-Signature", V1_SIGNATURE)]


@pytest.mark.parametrize(
    "headers",
    [
        {"x-signature": V1_SIGNATURE},
        {"X-SIGNATURE": V1_SIGNATURE, "Host": "x"},
        {b"X-Signature": V1_SIGNATURE.encode()},
        {"x-signature": [V1_SIGNATURE]},
        [("X-Signature", V1_SIGNATURE), ("a", "1"), ("a", "2")],
        [(b"x-signature", V1_SIGNATURE.encode())],
        iter([("x-signature", f" \t{V1_SIGNATURE} ")]),
        OnlyItems(),
    ],
)
def test_headers_come_in_every_shape(headers: Any) -> None:
    assert webhooks.verify(V1, headers, SECRET).events == ()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-signature": ""},
        {"x-signature": None},
        {"x-signature": [V1_SIGNATURE, V1_SIGNATURE]},
        [("x-signature", V1_SIGNATURE), ("X-Signature", V1_SIGNATURE)],
        {"x-signature": f"{V1_SIGNATURE}, {V1_SIGNATURE}"},
        {"x-signature": "A" * 1_000_000},
        {"x-signature": "*" * 44},
        {"x-signature": "é" * 44},
        {b"x-signature": b"\xff" * 44},
        {"x-signature": V1_SIGNATURE[:-1]},
        {"x-signature": "sha256=" + V1_SIGNATURE},
        {"x-signature": V1_SIGNATURE.replace("=", "\n")},
        {"x-sfdc-signature": V1_SIGNATURE},
    ],
)
def test_w3_a_header_that_is_no_signature_is_refused(headers: Any) -> None:
    with pytest.raises(webhooks.SignatureError) as caught:
        webhooks.verify(V1, headers, SECRET)
    assert V1_SIGNATURE[:8] not in str(caught.value)


def test_another_spelling_of_the_same_32_bytes_is_refused() -> None:
    other = V1_SIGNATURE.replace("Y=", "Z=")
    assert base64.b64decode(other) == base64.b64decode(V1_SIGNATURE)
    with pytest.raises(webhooks.SignatureError):
        webhooks.verify(V1, {"x-signature": other}, SECRET)


@pytest.mark.parametrize("secrets", [["new", SECRET], (SECRET, "new"), iter([SECRET]), SECRET.encode(), [b"x", SECRET]])
def test_w6_any_of_several_secrets_verifies(secrets: Any) -> None:
    webhooks.verify(V1, {"x-signature": V1_SIGNATURE}, secrets)


def test_a_secret_may_be_any_text() -> None:
    webhooks.verify(V1, sign(V1, "clé €"), "clé €")


@pytest.mark.parametrize("secrets", ["", " ", "\n", b"", [], [SECRET, ""], [None], "\ud800"])
def test_w7_an_empty_secret_is_refused_when_it_is_configured(secrets: Any) -> None:
    for configured in (webhooks.Verifier, webhooks.Receiver):
        with pytest.raises(InterfaceError) as caught:
            configured(secrets)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("age", "refused"), [(-60.1, True), (-60, False), (0, False), (300, False), (300.1, True), (1e9, True)]
)
def test_w5_the_age_limit(age: float, refused: bool) -> None:
    def now() -> dt.datetime:
        return MADE + dt.timedelta(seconds=age)

    headers = {"x-signature": V1_SIGNATURE}
    webhooks.verify(V1, headers, SECRET, now=now)  # no limit, whatever the time
    if refused:
        with pytest.raises(webhooks.AgeError):
            webhooks.verify(V1, headers, SECRET, max_age=300, now=now)
    else:
        webhooks.verify(V1, headers, SECRET, max_age=300, now=now)


@pytest.mark.parametrize("created", [None, "", "soon", 1_900_000_000, "99999-01-01T00:00:00Z"])
def test_w5_a_delivery_that_does_not_say_when_is_refused_under_a_limit(created: object) -> None:
    body = envelope(creationDateTime=created)
    assert webhooks.verify(body, sign(body), SECRET).created is None
    with pytest.raises(webhooks.AgeError):
        webhooks.verify(body, sign(body), SECRET, max_age=300)


@pytest.mark.parametrize(
    "options", [{"max_age": 0}, {"max_age": float("nan")}, {"leeway": -1}, {"leeway": float("inf")}]
)
def test_an_option_that_cannot_be_meant_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InterfaceError):
        webhooks.Verifier(SECRET, **options)


def test_a_body_that_is_text_is_refused() -> None:
    with pytest.raises(InterfaceError):
        webhooks.verify(V1.decode(), {"x-signature": V1_SIGNATURE}, SECRET)  # type: ignore[arg-type] # the mistake tested


@pytest.mark.parametrize("body", [bytearray(V1), memoryview(V1)])
def test_a_body_may_be_any_bytes(body: Any) -> None:
    assert webhooks.verify(body, {"x-signature": V1_SIGNATURE}, SECRET).events == ()


def test_every_refusal_is_an_error_of_the_package_with_a_status() -> None:
    errors = (webhooks.SignatureError, webhooks.AgeError, webhooks.MalformedError, webhooks.BusyError)
    assert [kind.status for kind in errors] == [401, 401, 400, 503]
    assert all(issubclass(kind, webhooks.WebhookError) and issubclass(kind, Error) for kind in errors)


def test_nothing_shows_a_secret() -> None:
    verifier = webhooks.Verifier(SECRET)
    assert SECRET not in repr(verifier) + repr(vars(verifier)) + repr(webhooks.Receiver(SECRET))
