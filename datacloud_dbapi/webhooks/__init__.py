"""Receiving Data Cloud's events: a signed delivery in, typed events out.

    delivery = webhooks.verify(body, headers, secrets)        # in any framework
    receiver = webhooks.Receiver(secrets)                     # or a whole ASGI app; extra `webhooks`

| room | what it holds |
|---|---|
| `refusals` | the errors, each with the status to answer |
| `signature` | the secrets, and whether a body is signed by one of them |
| `delivery` | `Delivery` and its `Event`s |
| `verifying` | `verify`: signature, contents, age, in this order |
| `seen` | which events were handled before |
| `receiver` | the ASGI app; the only room that knows starlette, loaded when it is first asked for |

Source: wire spec, webhook-data-action; faults W1-W7.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from datacloud_dbapi.webhooks.delivery import Delivery, Event, Schema
from datacloud_dbapi.webhooks.refusals import AgeError, BusyError, MalformedError, SignatureError, WebhookError
from datacloud_dbapi.webhooks.seen import Seen, SeenInMemory
from datacloud_dbapi.webhooks.verifying import Verifier, verify

if TYPE_CHECKING:
    from datacloud_dbapi.webhooks.receiver import Receiver

__all__ = [
    "AgeError",
    "BusyError",
    "Delivery",
    "Event",
    "MalformedError",
    "Receiver",
    "Schema",
    "Seen",
    "SeenInMemory",
    "SignatureError",
    "Verifier",
    "WebhookError",
    "verify",
]


def __getattr__(name: str) -> object:
    if name != "Receiver":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return import_module("datacloud_dbapi.webhooks.receiver").Receiver
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        raise ModuleNotFoundError(
            f"The receiver needs {missing}; pip install 'datacloud-dbapi[webhooks]'", name=missing
        ) from error


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
