"""The Metadata API: what objects a data space has, their fields, keys and relationships.

One request answers for the whole data space. Source: wire spec, metadata §2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.errors import ProtocolError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import R, Service, flow_method
from datacloud_dbapi.flow.retry import READ, RetryPolicy
from datacloud_dbapi.transports.bodies import read_json

PATH = "/api/v1/metadata"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    """A column. `type` is the service's word: STRING, NUMBER, DATE, DATE_TIME, BOOLEAN, ARRAY, or a newer one.

    `role` is `field`, or for a calculated insight `dimension` or `measure`.
    """

    name: str
    label: str
    type: str
    key_qualifier: str | None = None
    business_type: str | None = None
    role: str = "field"
    rollupable: bool | None = None


@dataclass(frozen=True, slots=True)
class KeyField:
    """A part of the primary key; `order` counts from 1."""

    name: str
    label: str
    order: int


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link from one object to another. Calculated insights state no columns and no cardinality."""

    from_table: str
    to_table: str
    from_column: str | None = None
    to_column: str | None = None
    cardinality: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An index the service keeps, as its columns' names."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """An object of the data space: a DMO (`__dlm`), a DLO (`__dll`) or a calculated insight (`__cio`).

    `kind` is `DataModelObject`, `DataLakeObject` or `CalculatedInsight`. Times are the service's ISO text.
    """

    name: str
    label: str
    kind: str
    category: str | None = None
    fields: tuple[Field, ...] = ()
    primary_key: tuple[KeyField, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    indexes: tuple[Index, ...] = ()
    partition_by: str | None = None
    reference_model: str | None = None
    latest_process_time: str | None = None
    latest_successful_process_time: str | None = None


class Metadata(Service[R]):
    """`conn.metadata`: lists the objects of the connection's data space."""

    def __init__(self, runner: R, tokens: Tokens, policy: RetryPolicy, read_timeout: float) -> None:
        Service.__init__(self, runner)
        self._tokens = tokens
        self._policy = policy
        self._read_timeout = read_timeout

    @flow_method
    def tables(
        self, name: str | None = None, *, category: str | None = None, kind: str | None = None
    ) -> Flow[list[Table]]:
        """The objects that match every filter given, in one request; an empty list when none does.

        `name` is an exact API name; `category` is `Profile`, `Engagement`, `Related` or another the org has; `kind` is
        `DataModelObject`, `DataLakeObject` or `CalculatedInsight`.
        """
        filters = {"entityName": name, "entityCategory": category, "entityType": kind}
        query = urlencode({key: value for key, value in filters.items() if value is not None})
        call = Call("GET", f"{PATH}?{query}" if query else PATH, b"", self._read_timeout)
        reply = yield from self._tokens.send(call, READ, self._policy)
        response, label = reply.response, f"GET {PATH}"
        if response.status != 200:
            raise reply.refusal(label, "metadata")
        return read_tables(response.body, label)


def read_tables(body: bytes, label: str) -> list[Table]:
    """The objects of a metadata answer; unknown keys are left aside. Raises ProtocolError for another shape.

    How it works: a large org's answer is tens of megabytes. Its entities are read one at a time, so that no more than
    one is here both raw and read. An answer that is unusual in any way is read once more as a whole, to say exactly
    what is wrong with it.
    """
    try:
        return list(map(_Reader().table, _entities(body.decode("utf-8"))))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return _read_whole(body, label)


# An answer as the service writes it: spaces as JSON allows them, nothing beside the list.
_OPENING = re.compile(r'[ \t\n\r]*\{[ \t\n\r]*"metadata"[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*')
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_CLOSING = re.compile(r"[ \t\n\r]*\][ \t\n\r]*\}[ \t\n\r]*\Z")


def _entities(text: str) -> Iterator[Any]:
    """The entities of the list, each parsed when it is asked for. Raises ValueError for a text of another form."""
    decode = json.JSONDecoder(parse_float=Decimal).raw_decode
    found, end = _OPENING.match(text), 0
    while found:
        entity, end = decode(text, found.end())
        yield entity
        found = _COMMA.match(text, end)
    if not end or not _CLOSING.match(text, end):
        raise ValueError("not as the service writes it")


def read_one(body: bytes, name: str, label: str) -> Table | None:
    """The one object that was asked for by name; None when the answer has no object at all.

    It stands in a list, as all samples have it, or alone, as the documentation's words have it. Names are compared
    without case. Raises ProtocolError for an answer that has other objects only. Source: wire spec, profile §4.1.
    """
    answer = read_json(body, label)
    if isinstance(answer, dict):
        entities = answer if "metadata" not in answer and "name" in answer else answer.get("metadata")
        if isinstance(entities, dict) and entities:
            answer = {"metadata": [entities]}
    tables = _tables_in(answer, label)
    found = [table for table in tables if table.name.casefold() == name.casefold()]
    if tables and not found:
        raise ProtocolError("The answer describes another object than the one asked for", request=label)
    return found[0] if found else None


def _read_whole(body: bytes, label: str) -> list[Table]:
    return _tables_in(read_json(body, label), label)


def _tables_in(answer: Any, label: str) -> list[Table]:
    entities = answer.get("metadata") if isinstance(answer, dict) else None
    if not isinstance(entities, list) or not all(isinstance(entity, dict) for entity in entities):
        raise ProtocolError("The answer has no list of metadata", request=label)
    try:
        return list(map(_Reader().table, entities))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProtocolError(f"The metadata has an odd shape: {error!r}", request=label) from None


class _Reader:
    """Reads the entities of one answer. What an org says many times over is kept once: types, names, relationships."""

    def __init__(self) -> None:
        self._kept: dict[Any, Any] = {}

    def _once(self, value: T) -> T:
        """The first of all values that are equal to this one."""
        kept: T = self._kept.setdefault(value, value)
        return kept

    def table(self, entity: dict[str, Any]) -> Table:
        name = self._once(entity["name"])
        keys = [_key(position, key) for position, key in enumerate(entity.get("primaryKeys") or (), start=1)]
        fields = [
            self._field(raw, role)
            for group, role in (("fields", "field"), ("dimensions", "dimension"), ("measures", "measure"))
            for raw in entity.get(group) or ()
        ]
        return Table(
            name=name,
            label=entity.get("displayName") or name,
            kind=_kind(entity),
            category=self._once(entity.get("category")),
            fields=tuple(fields),
            primary_key=tuple(sorted(keys, key=lambda key: key.order)),
            relationships=tuple(map(self._relationship, entity.get("relationships") or ())),
            indexes=tuple(
                Index(tuple(part["name"] for part in raw.get("fields") or ())) for raw in entity.get("indexes") or ()
            ),
            partition_by=entity.get("partitionBy"),
            reference_model=entity.get("referenceModelEntityDeveloperName"),
            latest_process_time=entity.get("latestProcessTime"),
            latest_successful_process_time=entity.get("latestSuccessfulProcessTime"),
        )

    def _field(self, raw: dict[str, Any], role: str) -> Field:
        # Most of an answer is fields: hence `_once` without its call.
        get, once = raw.get, self._kept.setdefault
        name, kind = raw["name"], get("type") or "STRING"
        key_qualifier, business_type = get("keyQualifier") or None, get("businessType") or None
        return Field(
            once(name, name),
            get("displayName") or name,
            once(kind, kind),
            once(key_qualifier, key_qualifier),
            once(business_type, business_type),
            role,
            get("rollupable"),
        )

    def _relationship(self, raw: dict[str, Any]) -> Relationship:
        # Listed at both of its ends, as a rule.
        return self._once(
            Relationship(
                from_table=self._once(raw["fromEntity"]),
                to_table=self._once(raw["toEntity"]),
                from_column=self._once(raw.get("fromEntityAttribute") or None),
                to_column=self._once(raw.get("toEntityAttribute") or None),
                cardinality=self._once(raw.get("cardinality") or None),
            )
        )


def _kind(entity: dict[str, Any]) -> str:
    # choice: the answer names no kind, so it is derived: insights alone have dimensions and measures, lake objects
    # end in __dll, everything else is a model object.
    if "dimensions" in entity or "measures" in entity:
        return "CalculatedInsight"
    return "DataLakeObject" if str(entity["name"]).lower().endswith("__dll") else "DataModelObject"


def _key(position: int, raw: dict[str, Any]) -> KeyField:
    # indexOrder is text on the wire, and absent in old orgs.
    return KeyField(raw["name"], raw.get("displayName") or raw["name"], int(raw.get("indexOrder") or position))
