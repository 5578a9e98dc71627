"""The `fields` of a call: what they ask for, and the JSON of records that have it.

Source: wire spec, account-engagement §4.1, §9 (warning 202), §12.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from datacloud_emulator.engagement.catalogue import EngagementObject, Field, catalogue
from datacloud_emulator.engagement.refusals import RefusedError, unknown_field
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Condition, Row, Store
from datacloud_emulator.engagement.unit import BusinessUnit

_DEEPEST = 3  # object steps
_SEVERAL = {"multi-select", "checkbox"}  # types of custom fields that can hold several values


@dataclass
class Selection:
    """What is asked for of one object: each name once, with what is asked for below it."""

    object: EngagementObject
    # None: the value itself; a Selection: of the record(s) behind it; a list: keys of plain objects
    names: dict[str, Selection | list[str] | None] = field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        """The stored names that it needs."""
        return {_column(self.object, name) for name in self.names}


def selected(text: str, item: EngagementObject, store: Store, *, on_query: bool) -> Selection:
    """What a comma list asks for. Code 51 for an unknown name or a bare relation, 224 for what a query cannot give."""
    selection = Selection(item)
    for name in text.split(","):
        _add(selection, name, name.strip().split("."), store, on_query=on_query, deep=0, in_list=False)
    return selection


def _add(
    selection: Selection, asked: str, parts: Sequence[str], store: Store, *, on_query: bool, deep: int, in_list: bool
) -> None:
    item, (name, *below) = selection.object, parts
    said = item.fields.get(name)
    if said is None:
        _add_custom(selection, asked, parts, store, on_query=on_query)
        return
    if not said.read:
        raise unknown_field(asked)
    if on_query and not said.query:
        raise RefusedError(224, asked)
    if said.is_relation or said.is_record_list:
        # A collection within a collection cannot be had.
        if not below or deep == _DEEPEST or (in_list and said.is_record_list):
            raise unknown_field(asked)
        further = selection.names.get(name)
        if not isinstance(further, Selection):
            further = selection.names[name] = Selection(catalogue().objects[said.reference or ""])
        in_list = in_list or said.is_record_list
        _add(further, asked, below, store, on_query=on_query, deep=deep + 1, in_list=in_list)
    elif said.sub_fields or (below and said.type == "Object"):
        # choice: the keys of an object whose shape is not known (`procedure.name`) may be asked for one by one.
        if len(below) != 1 or (said.sub_fields and below[0] not in said.sub_fields):
            raise unknown_field(asked)
        keys = selection.names.setdefault(name, [])
        if isinstance(keys, list) and below[0] not in keys:
            keys.append(below[0])
    elif below:
        raise unknown_field(asked)
    else:
        selection.names[name] = None


def _add_custom(selection: Selection, asked: str, parts: Sequence[str], store: Store, *, on_query: bool) -> None:
    custom = custom_field(store, parts[0]) if selection.object.name == "Prospect" else None
    if custom is None or len(parts) > 1:
        raise unknown_field(asked)
    if on_query and custom.several:
        raise RefusedError(224, asked)
    selection.names[custom.name] = None


@dataclass(frozen=True)
class CustomField:
    """A custom field of prospects."""

    name: str
    several: bool  # it can hold several values: arrays, and not on query


def custom_field(store: Store, name: str) -> CustomField | None:
    """The custom field whose `apiFieldId` this is; None when there is none, or it is in the bin."""
    if not name.endswith("__c"):
        return None
    found = store.select("CustomField", [Condition("apiFieldId", "eq", name)], limit=1)
    if not found:
        return None
    several = str(found[0]["type"]).lower() in _SEVERAL or bool(found[0]["isRecordMultipleResponses"])
    return CustomField(name, several)


class Renderer:
    """Turns rows into the JSON of an answer, for one call; `redacted` says whether anything was left out."""

    def __init__(self, unit: BusinessUnit, settings: EngagementSettings, *, lagging: bool = False) -> None:
        self._unit = unit
        self._settings = settings
        self._lagging = lagging
        self._zone = timezone(timedelta(minutes=settings.user_offset_minutes))
        self.redacted = False

    def records(self, rows: Sequence[Row], selection: Selection) -> list[dict[str, Any]]:
        """The rows with what the selection asks for, in its order."""
        found: list[dict[str, Any]] = [{} for _ in rows]
        for name, below in selection.names.items():
            values = self._values(rows, selection.object, name, below)
            for record, value in zip(found, values, strict=True):
                record[name] = value
        return found

    def _values(
        self, rows: Sequence[Row], item: EngagementObject, name: str, below: Selection | list[str] | None
    ) -> Iterable[Any]:
        said = item.fields.get(name)
        if (item.name, name) in self._settings.redacted_fields:
            self.redacted = self.redacted or bool(rows)
            return [None] * len(rows)
        if said is not None and isinstance(below, Selection):
            return self._related(rows, item, said, below)
        values = [row.get(name) for row in rows]
        if isinstance(below, list):
            return [_part(value, below, in_list=said is not None and said.collection) for value in values]
        if said is not None and said.type == "DateTime":
            return [None if value is None else self.time(value) for value in values]
        if item.name == "Account" and name in {"apiCallsUsed", "maximumDailyApiCalls"}:
            counted = self._unit.meter.used if name == "apiCallsUsed" else self._settings.daily_calls
            return [counted] * len(rows)
        if item.name == "FolderContents" and name in {"folderRef", "objectRef"}:
            return [f"{self._unit.origin}{value}" for value in values]
        return values

    def _related(self, rows: Sequence[Row], item: EngagementObject, said: Field, below: Selection) -> Iterable[Any]:
        key = _column(item, said.name)
        if (below.object.name, "View") in self._settings.lacking_abilities:
            # choice: what the user may not see of other records is null.
            self.redacted = self.redacted or any(row.get(key) for row in rows)
            return [None] * len(rows)
        listed = said.is_record_list
        wanted: set[int] = set()
        for row in rows:
            value = row.get(key)
            if value is not None:
                wanted.update(value if listed else [value])
        conditions = [Condition("id", "in", sorted(wanted))]
        found = self._unit.store.select(
            below.object.name, conditions, deleted="all", columns=below.columns, lagging=self._lagging
        )
        shown = dict(zip([row["id"] for row in found], self.records(found, below), strict=True))
        if listed:
            return [[shown[number] for number in row.get(key) or () if number in shown] for row in rows]
        return [shown.get(row[key]) for row in rows]

    def time(self, seconds: int) -> str:
        """A DateTime as the API user's settings have it."""
        return datetime.fromtimestamp(seconds, self._zone).isoformat()


def _column(item: EngagementObject, name: str) -> str:
    """The stored name behind a field: its own, or that of the foreign key(s) of a relation."""
    said = item.fields.get(name)
    if said is None or said.is_stored:
        return name
    return said.via or f"{name.removesuffix('s')}Ids"


def _part(value: Any, keys: Sequence[str], *, in_list: bool) -> Any:
    if in_list:
        return [{key: entry.get(key) for key in keys} for entry in value or ()]
    return None if value is None else {key: value.get(key) for key in keys}
