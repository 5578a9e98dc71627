"""Sends events as the service does: signed deliveries, POSTed to a data action target of webhook type.

What changed is told by who calls: nothing watches the tables. A target without a secret gets nothing, as in the
service. Offsets and commit versions count up for each action, for as long as the sender lives.
Source: wire spec, webhook-data-action §1-4, §8.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import logging
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import httpx
import msgspec

from datacloud_emulator.clock import Clock

log = logging.getLogger(__name__)

# Every digit of a Decimal, no blanks, no escapes for what UTF-8 can hold.
_compact = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class WebhookTarget:
    """Where events go, how they are signed, and what goes wrong with them.

    | switch | what is sent |
    |---|---|
    | `wrong_key` | the signature is by another secret |
    | `sign_latin1` | the signature is over the body as latin-1; ValueError for what that cannot hold |
    | `duplicate` | every delivery twice |
    | `object_payloads` | payloads are objects, not JSON in a string |
    | `no_schemas` | the envelope has no `schemas` |
    | `bare_names` | the table's name is not put before those of its columns |
    | `event_uuids` | events have an `EventUuid`, which not every source lists |
    """

    url: str
    secret: str | None = field(default=None, repr=False)
    action: str = "Row_Change_Action"
    batch_size: int = 50
    timeout: float = 30.0
    wrong_key: bool = False
    sign_latin1: bool = False
    duplicate: bool = False
    object_payloads: bool = False
    no_schemas: bool = False
    bare_names: bool = False
    event_uuids: bool = False

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError("batch_size must be at least 1")


@dataclass(frozen=True)
class RowChange:
    """A row of `table` (`…__dlm` or `…__cio`) before and after a statement, by column names.

    INSERT has only `row`, DELETE only `old`, UPDATE both; else ValueError.
    """

    table: str
    prompt: Literal["INSERT", "UPDATE", "DELETE"]
    row: Mapping[str, Any] | None = field(default=None, repr=False)
    old: Mapping[str, Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.table.endswith(("__dlm", "__cio")):
            raise ValueError(f"events come from a data model object or an insight, which {self.table} is not")
        expected = {"INSERT": (True, False), "UPDATE": (True, True), "DELETE": (False, True)}.get(self.prompt)
        if (self.row is not None, self.old is not None) != expected:
            raise ValueError("INSERT has a row, DELETE an old one, UPDATE both")


class WebhookSender:
    """Posts deliveries one after another. Safe to use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._offsets: dict[str, Iterator[int]] = {}

    def send(self, target: WebhookTarget, changes: Sequence[RowChange]) -> list[int]:
        """The HTTP status of each delivery, in order; none without a secret.

        Nothing is sent again, whatever is answered. Raises httpx.TransportError when the target cannot be reached.
        """
        if not target.secret:
            log.warning("Signing Key Not Found: nothing is sent for %s", target.action)
            return []
        statuses: list[int] = []
        with httpx.Client(timeout=target.timeout, trust_env=False) as client:
            for start in range(0, len(changes), target.batch_size):
                body = self._body(target, changes[start : start + target.batch_size])
                headers = {"Content-Type": "application/json", "x-signature": _signature(target, target.secret, body)}
                times = 2 if target.duplicate else 1
                statuses += [client.post(target.url, content=body, headers=headers).status_code for _ in range(times)]
        return statuses

    def _body(self, target: WebhookTarget, changes: Sequence[RowChange]) -> bytes:
        events = [self._event(target, change) for change in changes]
        envelope: dict[str, object] = {"creationDateTime": _zulu(self._clock.now()), "count": len(events)}
        if not target.no_schemas:
            envelope["schemas"] = [{"schemaId": target.action, "schema": "{}"}]
        return _compact({**envelope, "events": events})

    def _event(self, target: WebhookTarget, change: RowChange) -> dict[str, object]:
        offset = self._next_offset(target.action)
        now = self._clock.now()
        before, after = (_payload(target, change.table, row) for row in (change.old, change.row))
        header = {
            "changedFields": _changed(before or {}, after or {}),
            "commitTimestamp": _zulu(now).replace("T", " ").removesuffix("Z"),
            "commitVersion": str(offset),
        }

        def inner(value: object) -> object:
            return value if value is None or target.object_payloads else _compact(value).decode()

        event: dict[str, object] = {
            "ActionDeveloperName": target.action,
            "EventType": "CDCEvent",
            "EventPrompt": change.prompt,
            "SourceObjectDeveloperName": change.table,
            "EventCreationDateTime": _zulu(now),
            "EventPublishDateTime": _zulu(now),
            "EventSchemaVersion": "1",
            "Offset": str(offset),
            "PayloadCurrentValue": inner(after),
            "PayloadPrevValue": inner(before),
            "PayloadMetadata": inner({"ChangeEventHeader": header}),
        }
        if target.event_uuids:
            event["EventUuid"] = str(uuid.uuid4())
        return event

    def _next_offset(self, action: str) -> int:
        with self._lock:
            return next(self._offsets.setdefault(action, itertools.count(1)))


def _signature(target: WebhookTarget, secret: str, body: bytes) -> str:
    key = ("not " * target.wrong_key + secret).encode()
    message = body.decode().encode("latin-1") if target.sign_latin1 else body
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def _payload(target: WebhookTarget, table: str, row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    prefix = "" if target.bare_names else f"{table}_"
    return None if row is None else {f"{prefix}{name}": value for name, value in row.items()}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    missing = object()
    return [name for name in {**before, **after} if before.get(name, missing) != after.get(name, missing)]


def _zulu(moment: datetime) -> str:
    """In UTC, with milliseconds."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
