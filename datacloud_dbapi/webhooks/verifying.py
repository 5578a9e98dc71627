"""`verify`: a body and its headers in, a delivery out, or the reason why it is refused. No I/O.

The order is the point: nothing of a body is read before its signature is known to be right.
Source: wire spec, webhook-data-action §2, §5; public surface §4; faults W1-W7.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.webhooks.delivery import Delivery, read_delivery
from datacloud_dbapi.webhooks.refusals import AgeError
from datacloud_dbapi.webhooks.signature import Headers, Keys, Secrets


def _now() -> datetime:
    return datetime.now(timezone.utc)


class Verifier:
    """`verify` with its options checked once, for who receives many deliveries. Safe to use from several threads.

    Raises InterfaceError for a secret or an option that cannot be meant.
    """

    def __init__(
        self,
        secrets: Secrets,
        *,
        max_age: float | None = None,
        leeway: float = 60.0,
        latin1: bool = False,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        if max_age is not None and not max_age > 0:
            raise InterfaceError("max_age must be seconds above 0, or None")
        if not (math.isfinite(leeway) and leeway >= 0):
            raise InterfaceError("leeway must be seconds, 0 or more")
        self._keys = Keys(secrets)
        self._max_age = max_age
        self._leeway = leeway
        self._latin1 = latin1
        self._now = now or _now

    def __call__(self, body: bytes, headers: Headers) -> Delivery:
        """See `verify`."""
        if not isinstance(body, (bytes, bytearray, memoryview)):
            raise InterfaceError("body must be the bytes of the request as they arrived", hint="not text, not JSON")
        body = bytes(body)
        self._keys.check(body, headers, latin1=self._latin1)
        delivery = read_delivery(body)
        if self._max_age is not None:
            self._check_age(delivery.created, self._max_age)
        return delivery

    def _check_age(self, created: datetime | None, max_age: float) -> None:
        if created is None:
            raise AgeError("the delivery does not say when it was made, and there is an age limit")
        age = (self._now() - created).total_seconds()
        if age > max_age:
            raise AgeError(f"the delivery is older than {max_age:g} seconds")
        if age < -self._leeway:
            raise AgeError(f"the delivery is from the future by more than {self._leeway:g} seconds")


def verify(
    body: bytes,
    headers: Headers,
    secrets: Secrets,
    *,
    max_age: float | None = None,
    leeway: float = 60.0,
    latin1: bool = False,
    now: Callable[[], datetime] | None = None,
) -> Delivery:
    """The delivery in `body`, when one of the secrets signed it.

    `body` is the raw bytes of the request, before anything decodes or parses them. `headers` is a mapping or pairs, of
    text or bytes, in any case. `secrets` is the text of one secret as the service showed it, or several of them: while
    a secret is rotated either is in use.

    With `max_age` (seconds) a delivery made longer ago is refused, and one made more than `leeway` seconds in the
    future. `now` gives the time instead of the machine's clock, as an aware datetime. `latin1` also accepts a
    signature over the body as latin-1, as sample code for Python makes it.

    Raises SignatureError, MalformedError or AgeError, each with the `status` to answer; InterfaceError when an argument
    cannot be meant, such as an empty secret.
    """
    return Verifier(secrets, max_age=max_age, leeway=leeway, latin1=latin1, now=now)(body, headers)
