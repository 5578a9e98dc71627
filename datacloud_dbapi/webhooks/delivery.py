"""What a delivery holds: the envelope, and its events, typed. Reads JSON that is known to be signed; no I/O.

The service states little about types, so what may come in two spellings is read in both, and what cannot be read is
None, or is told when it is asked for: one odd event does not cost the others. `raw` has everything as it came.
Source: wire spec, webhook-data-action §3-5.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from datacloud_dbapi.exact_json import read_exactly
from datacloud_dbapi.timestamps import read_timestamp_with_zone
from datacloud_dbapi.webhooks.refusals import MalformedError

log = logging.getLogger("datacloud.webhooks")


@dataclass(frozen=True)
class Schema:
    """The schema of an action's payload, as text."""

    schema_id: str
    schema: str


@dataclass(frozen=True)
class Event:
    """A change of one row. Times are aware and in UTC; numbers with a point are Decimal.

    | attribute | of the service's | holds |
    |---|---|---|
    | `action` | `ActionDeveloperName` | the data action's API name |
    | `prompt` | `EventPrompt` | `INSERT`, `UPDATE`, `DELETE`, or a newer word |
    | `event_type` | `EventType` | `CDCEvent` |
    | `source_object` | `SourceObjectDeveloperName` | `…__dlm` or `…__cio` |
    | `created`, `published` | `EventCreationDateTime`, `EventPublishDateTime` | None where unreadable |
    | `schema_version`, `offset`, `uuid`, `replay_id` | their names | text, also where a number came |
    | `raw` | | the whole event as it came |
    | `current`, `previous`, `metadata` | `PayloadCurrentValue` and its like | read when first asked for |

    A payload that is not a JSON object raises MalformedError when it is asked for; one that is missing is None.
    """

    action: str | None
    prompt: str | None
    event_type: str | None
    source_object: str | None
    created: datetime | None
    published: datetime | None
    schema_version: str | None
    offset: str | None
    uuid: str | None
    replay_id: str | None
    # Rows of customers: not for log lines.
    raw: Mapping[str, Any] = field(repr=False, hash=False)

    @cached_property
    def current(self) -> dict[str, Any] | None:
        """The row after the change, by the names on the wire."""
        return self._inner("PayloadCurrentValue")

    @cached_property
    def previous(self) -> dict[str, Any] | None:
        """The row before the change, by the names on the wire; not every source object has it."""
        return self._inner("PayloadPrevValue")

    @cached_property
    def metadata(self) -> dict[str, Any] | None:
        """What is told of the change itself."""
        return self._inner("PayloadMetadata")

    @property
    def row(self) -> dict[str, Any] | None:
        """The row after the change, by column names of the table `source_object`."""
        return self._by_column(self.current)

    @property
    def previous_row(self) -> dict[str, Any] | None:
        """The row before the change, by column names of the table `source_object`."""
        return self._by_column(self.previous)

    @property
    def changed_columns(self) -> tuple[str, ...]:
        """The names of the columns that changed, as far as the event says."""
        names = self._change_header().get("changedFields")
        return tuple(self._column(str(name)) for name in names) if isinstance(names, list) else ()

    @property
    def committed(self) -> datetime | None:
        """When the change was committed, in UTC."""
        return _moment(self._change_header().get("commitTimestamp"))

    @cached_property
    def key(self) -> str:
        """What is equal when the same event comes again.

        choice: `EventUuid`; else action, source object and offset; else the SHA-256 of the event.
        """
        if self.uuid:
            return f"uuid:{self.uuid}"
        parts = (self.action, self.source_object, self.offset)
        if all(parts):
            return "offset:" + json.dumps(parts, separators=(",", ":"))
        # The order of an object's keys is not promised.
        text = json.dumps(self.raw, sort_keys=True, default=_number)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def _change_header(self) -> Mapping[str, Any]:
        header = (self.metadata or {}).get("ChangeEventHeader")
        return header if isinstance(header, Mapping) else {}

    def _inner(self, name: str) -> dict[str, Any] | None:
        """JSON inside a string, or an object: sources disagree."""
        value = self.raw.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                value = read_exactly(value)
            except (ValueError, ArithmeticError, RecursionError):
                # What failed would quote the payload.
                raise MalformedError(f"{name} of an event is no JSON") from None
        if value is None or isinstance(value, dict):
            return value
        raise MalformedError(f"{name} of an event is no JSON object")

    def _column(self, name: str) -> str:
        # Not every source object puts its name before its fields'.
        return name.removeprefix(f"{self.source_object}_") if self.source_object else name

    def _by_column(self, payload: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if payload is None:
            return None
        stripped = {name: self._column(name) for name in payload}
        if len(set(stripped.values())) < len(stripped):
            # Both spellings of one name: neither may cover the other.
            return dict(payload)
        return {stripped[name]: value for name, value in payload.items()}


@dataclass(frozen=True)
class Delivery:
    """One signed request: when it was made (aware, in UTC; None where unreadable), and its events in order."""

    created: datetime | None
    events: tuple[Event, ...]
    schemas: tuple[Schema, ...] = ()


def read_delivery(body: bytes) -> Delivery:
    """The delivery in a body whose signature was checked. Raises MalformedError for what has no events to read."""
    try:
        envelope = read_exactly(body.decode("utf-8"))
    except (ValueError, ArithmeticError, RecursionError):
        # What failed would quote the body.
        raise MalformedError("the body of a delivery is no JSON in UTF-8") from None
    if not isinstance(envelope, dict):
        raise MalformedError("the body of a delivery is no JSON object")
    listed = envelope.get("events")
    if not isinstance(listed, list) or not all(isinstance(event, dict) for event in listed):
        raise MalformedError("a delivery has no list of events")
    if envelope.get("count") != len(listed):
        # choice: the list is what was sent; the count is only told about it.
        log.warning("a delivery of %d events states another count", len(listed))
    return Delivery(
        created=_moment(envelope.get("creationDateTime")),
        events=tuple(_event(event) for event in listed),
        schemas=_schemas(envelope.get("schemas")),
    )


def _event(raw: Mapping[str, Any]) -> Event:
    return Event(
        action=_text(raw.get("ActionDeveloperName")),
        prompt=_text(raw.get("EventPrompt")),
        event_type=_text(raw.get("EventType")),
        source_object=_text(raw.get("SourceObjectDeveloperName")),
        created=_moment(raw.get("EventCreationDateTime")),
        published=_moment(raw.get("EventPublishDateTime")),
        schema_version=_text(raw.get("EventSchemaVersion")),
        offset=_text(raw.get("Offset")),
        uuid=_text(raw.get("EventUuid")),
        replay_id=_text(raw.get("ReplayId")),
        raw=raw,
    )


def _schemas(listed: object) -> tuple[Schema, ...]:
    """Sometimes missing, and sometimes no list: nothing hangs on it."""
    if not isinstance(listed, list):
        return ()
    objects = [entry for entry in listed if isinstance(entry, dict)]
    return tuple(Schema(_text(entry.get("schemaId")) or "", _text(entry.get("schema")) or "") for entry in objects)


def _text(value: object) -> str | None:
    """A field of text; a number where one was sent. What is neither says nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    """Any spelling of a time; without a zone it is UTC, as everywhere in Data Cloud."""
    if not isinstance(value, str):
        return None
    try:
        moment = read_timestamp_with_zone(value)
    except ValueError:
        return None
    return moment if isinstance(moment, datetime) else None


def _number(value: object) -> object:
    return {"number": str(value)}
