"""The emulator's own reading of `catalogue.json`: which objects, fields, filters, actions and error codes there are.

The driver ships the same file and reads it with code of its own, so that one misreading cannot pass on both sides.
Source: wire spec, account-engagement §1, §5, §10, §20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import msgspec


@dataclass(frozen=True)
class Field:
    """One field of an object."""

    name: str
    type: str  # Integer, String, Boolean, DateTime, Float, Enum, Array, Object
    reference: str | None = None  # the object that a foreign key or a relation leads to
    via: str | None = None  # the foreign key behind a relation
    collection: bool = False  # a JSON array of records or of plain representations
    sub_fields: tuple[str, ...] = ()  # of plain representations
    enum: tuple[str, ...] = ()
    query: bool = True
    read: bool = True
    create: bool = False
    required: bool = False  # on create
    update: bool = False

    @property
    def is_relation(self) -> bool:
        """Whether it shows another record, and holds nothing itself."""
        return self.via is not None

    @property
    def is_record_list(self) -> bool:
        """Whether it shows other records whose ids another field holds (`recipientLists` ← `recipientListIds`)."""
        return self.collection and self.reference is not None

    @property
    def is_stored(self) -> bool:
        return not (self.is_relation or self.is_record_list)

    @property
    def is_json(self) -> bool:
        """Whether its value is an array or an object, stored as JSON text."""
        return self.type in {"Array", "Object"}


@dataclass(frozen=True)
class Argument:
    """One property of an action's body."""

    type: str  # Integer, String, Boolean, Object, Array of Integer, Array of String, File
    required: bool


@dataclass(frozen=True)
class Action:
    name: str
    method: str
    path: str
    level: str  # record or collection
    body: Mapping[str, Argument]


@dataclass(frozen=True)
class Filter:
    """One query parameter that filters: a field and what is asked of it (eq, gt, ge, lt, le, is_null, is_not_null)."""

    field: Field
    operator: str


@dataclass(frozen=True, eq=False)
class EngagementObject:
    """One object: a table of the store, and what the API offers on it."""

    name: str
    path: str  # "" for one that is exported only
    create_path: str
    operations: frozenset[str]
    singleton: bool
    recycle_bin: bool
    deleted_parameter: bool
    multipart: frozenset[str]
    order_by: tuple[str, ...]
    fields: Mapping[str, Field]
    filters: Mapping[str, Filter]  # by the name of the parameter
    actions: Mapping[str, Action]  # by name
    exports: Mapping[str, Mapping[str, str]]

    @property
    def collection(self) -> str:
        """The last part of its path: `visitor-page-views`."""
        return self.path.rpartition("/")[2]

    @cached_property
    def kind(self) -> str:
        """Its name as `objectType` has it: `email-template`."""
        letters = [f"-{letter.lower()}" if letter.isupper() else letter for letter in self.name]
        return "".join(letters).lstrip("-")


@dataclass(frozen=True)
class ErrorCode:
    code: int
    status: int
    meaning: str


@dataclass(frozen=True, eq=False)
class Catalogue:
    objects: Mapping[str, EngagementObject]  # by name
    errors: Mapping[int, ErrorCode]
    activity_types: Mapping[int, str]

    @cached_property
    def by_path(self) -> Mapping[str, EngagementObject]:
        return {item.path: item for item in self.objects.values() if item.path}


@cache
def catalogue() -> Catalogue:
    """The catalogue, read once."""
    document = msgspec.json.decode(files(__package__).joinpath("catalogue.json").read_bytes())
    suffixes = document["operators"]
    return Catalogue(
        objects={entry["name"]: _object(entry, suffixes) for entry in document["objects"]},
        errors={
            entry["code"]: ErrorCode(entry["code"], entry["status"], entry["meaning"]) for entry in document["errors"]
        },
        activity_types={int(number): name for number, name in document["visitor_activity_types"].items()},
    )


def _object(entry: Mapping[str, Any], suffixes: Mapping[str, Mapping[str, str]]) -> EngagementObject:
    fields = {name: _field(name, said) for name, said in entry["fields"].items()}
    path = entry["path"] or ""
    return EngagementObject(
        name=entry["name"],
        path=path,
        create_path=entry.get("create_path") or path,
        operations=frozenset(entry["operations"]),
        singleton=entry.get("singleton", False),
        recycle_bin=entry["recycle_bin"],
        deleted_parameter=entry["deleted_parameter"],
        multipart=frozenset(entry.get("multipart", ())),
        order_by=tuple(entry["order_by"]),
        fields=fields,
        filters={
            f"{name}{_suffix(suffixes, fields[name], operator)}": Filter(fields[name], operator)
            for name, operators in entry["filters"].items()
            for operator in operators
        },
        actions={said["name"]: _action(said) for said in entry["actions"]},
        exports=entry["exports"],
    )


def _suffix(suffixes: Mapping[str, Mapping[str, str]], field: Field, operator: str) -> str:
    # Tests for null are spelled alike whatever the field's type is.
    return suffixes["Boolean" if operator.startswith("is_") else field.type][operator]


def _field(name: str, said: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        type=said["type"],
        reference=said.get("reference"),
        via=said.get("via"),
        collection=said.get("collection", False),
        sub_fields=tuple(said.get("sub_fields", ())),
        enum=tuple(said.get("enum", ())),
        query=said.get("query", True),
        read=said.get("read", True),
        create="create" in said,
        required=said.get("create") == "required",
        update=said.get("update", False),
    )


def _action(said: Mapping[str, Any]) -> Action:
    body = {name: Argument(item["type"], item.get("required", False)) for name, item in said["body"].items()}
    return Action(said["name"], said["method"], said["path"], said["level"], body)
