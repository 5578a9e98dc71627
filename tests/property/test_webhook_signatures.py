"""A signed delivery with any single bit of it changed is refused.

Source: wire spec, webhook-data-action §2; faults W2.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datacloud_dbapi import Error, webhooks

# A signed body that is not JSON is refused for that, and only after its signature was found right.
bodies = st.binary().map(lambda noise: b'{"events":[],"noise":"%s"}' % noise.hex().encode())
secrets = st.binary(min_size=1).filter(lambda secret: secret.strip() != b"")


def sign(body: bytes, secret: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest())


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


@given(bodies, secrets, st.integers(0), st.booleans())
@example(b'{"events":[]}', b"k" * 64, 0, False)
def test_any_flipped_bit_is_refused(body: bytes, secret: bytes, bit: int, latin1: bool) -> None:
    signature = sign(body, secret)

    def verify(body: bytes, signature: bytes, secret: bytes) -> webhooks.Delivery:
        return webhooks.verify(body, [(b"x-signature", signature)], [b"another", secret], latin1=latin1)

    assert verify(body, signature, secret).events == ()
    with pytest.raises(webhooks.SignatureError):
        verify(flipped(body, bit), signature, secret)
    with pytest.raises(webhooks.SignatureError):
        verify(body, flipped(signature, bit), secret)
    # One that is left empty is refused for that.
    with pytest.raises(Error):
        verify(body, signature, flipped(secret, bit))


def test_every_single_bit_of_one_delivery() -> None:
    body, secret = b'{"count":0,"events":[]}', b"c3ludGhldGlj"
    signature = sign(body, secret)
    verifier = webhooks.Verifier(secret)
    for bit in range(8 * len(body)):
        with pytest.raises(webhooks.SignatureError):
            verifier(flipped(body, bit), {"x-signature": signature})
    for bit in range(8 * len(signature)):
        with pytest.raises(webhooks.SignatureError):
            verifier(body, {"x-signature": flipped(signature, bit)})
    for bit in range(8 * len(secret)):
        with pytest.raises(webhooks.SignatureError):
            webhooks.verify(body, {"x-signature": signature}, flipped(secret, bit))


@given(st.binary(), st.text(), st.one_of(st.text(), st.binary(), st.lists(st.text())))
def test_whatever_comes_is_a_delivery_or_a_refusal(body: bytes, secret: str, signature: object) -> None:
    with pytest.raises(Error):
        webhooks.verify(body, {"x-signature": signature}, secret)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)))
def test_a_signed_body_of_any_json_is_a_delivery_or_malformed(value: object) -> None:
    body = json.dumps({"events": [{"PayloadCurrentValue": value, "EventUuid": value}]}).encode()
    (event,) = webhooks.verify(body, {"x-signature": sign(body, b"k")}, "k").events
    assert isinstance(event.key, str)
    with contextlib.suppress(webhooks.MalformedError):
        assert event.row is None or isinstance(event.row, dict)
