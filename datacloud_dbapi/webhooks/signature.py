"""Whether a body is signed by one of the secrets. Pure: bytes and headers in, nothing out, or SignatureError.

The key is the text of a secret: it looks like Base64 and is not decoded. The message is the raw body, as it arrived.
Source: wire spec, webhook-data-action §1-2, §6-7; faults W2, W3, W6, W7.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.webhooks.refusals import SignatureError

HEADER = "x-signature"
# 32 bytes in Base64, with padding.
_LENGTH = 44


@runtime_checkable
class _HasItems(Protocol):
    def items(self) -> Iterable[tuple[Any, Any]]: ...


# What frameworks hand out: a mapping, whatever has `items()`, or pairs; text or bytes; a value may be a list of values.
Headers: TypeAlias = Mapping[Any, Any] | _HasItems | Iterable[tuple[Any, Any]]
Secrets: TypeAlias = str | bytes | Iterable[str | bytes]


class Keys:
    """The secrets that may have signed a delivery: one, or several while they are rotated.

    Raises InterfaceError for none at all, and for an empty one, as anybody could sign with that.
    """

    def __init__(self, secrets: Secrets) -> None:
        listed = [secrets] if isinstance(secrets, (str, bytes)) else list(secrets)
        if not listed:
            raise InterfaceError("there is no webhook secret to check signatures with")
        self._keys = tuple(_key(secret) for secret in listed)

    def __repr__(self) -> str:
        return f"<Keys {len(self._keys)}>"

    def check(self, body: bytes, headers: Headers, *, latin1: bool = False) -> None:
        """Returns when the body is signed by one of the keys, else raises SignatureError.

        With `latin1` a body that is text beyond ASCII may also be signed as the bytes it has in that encoding.
        """
        given = _signature(headers)
        matched = self._signed(body, given)
        # Official sample code for Python encodes the payload so; for ASCII both are the same bytes.
        if latin1 and not body.isascii():
            try:
                other = body.decode("utf-8").encode("latin-1")
            except UnicodeError:
                pass
            else:
                matched |= self._signed(other, given)
        if not matched:
            raise SignatureError("the signature is not that of this body by any of the secrets")

    def _signed(self, message: bytes, given: bytes) -> bool:
        """Every key is tried, whichever fits, so that the time tells nothing about which one did."""
        matched = False
        for key in self._keys:
            # Compared as text: several texts decode to the same 32 bytes, and only one of them is sent.
            matched |= hmac.compare_digest(b64encode(hmac.digest(key, message, hashlib.sha256)), given)
        return matched


def _key(secret: str | bytes) -> bytes:
    if isinstance(secret, str):
        try:
            secret = secret.encode("utf-8")
        except UnicodeEncodeError:
            # The error would hold the secret.
            raise InterfaceError("a webhook secret is not text that UTF-8 can hold") from None
    if not isinstance(secret, bytes):
        raise InterfaceError("a webhook secret must be text")
    if not secret.strip():
        raise InterfaceError("a webhook secret is empty: anybody could sign with it")
    return secret


def _signature(headers: Headers) -> bytes:
    """The one signature that came, or SignatureError. Blanks around it are the transport's, and do not count."""
    found: list[object] = []
    for name, value in headers.items() if isinstance(headers, _HasItems) else headers:
        if _text(name).lower() == HEADER:
            found += value if isinstance(value, (list, tuple)) else [value]
    if len(found) != 1:
        raise SignatureError(f"{HEADER} came {len(found)} times, and must come once")
    given = _text(found[0]).strip(" \t")
    if len(given) != _LENGTH or not given.isascii():
        raise SignatureError(f"{HEADER} is not the Base64 of 32 bytes")
    return given.encode("ascii")


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
