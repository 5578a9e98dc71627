"""Why a delivery is refused, and the status that says so to the sender.

    Error
    └── WebhookError
        ├── SignatureError   401  not signed by any of the secrets
        ├── AgeError         401  signed, but outside the age limit
        ├── MalformedError   400  signed, but not what the service sends
        └── BusyError        503  another worker handles the same event right now

No message holds a secret, a signature, or anything of the body.
Source: wire spec, webhook-data-action §5; faults W2-W5.
"""

from __future__ import annotations

from typing import ClassVar

from datacloud_dbapi.errors import Error


class WebhookError(Error):
    """A delivery, or an event of it, that is not to be handled. `status` is what to answer, with an empty body."""

    status: ClassVar[int] = 400


class SignatureError(WebhookError):
    """The delivery is not signed by any of the secrets; nothing of it was read."""

    # choice: the service documents no status for a refusal.
    status = 401


class AgeError(WebhookError):
    """The delivery was made too long ago, or in the future, or does not say when."""

    # choice: an old delivery sent anew is answered like one with a bad signature.
    status = 401


class MalformedError(WebhookError):
    """The delivery is signed, and is not what the service documents."""

    status = 400


class BusyError(WebhookError):
    """The same event is being handled elsewhere; whether that succeeds is not known yet, so it may come again."""

    status = 503
