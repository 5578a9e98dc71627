"""What there is in Account Engagement v5: objects, fields, filters, operations, actions, exports and error codes.

All of it is data, in `catalogue.json` beside this file: a new object or field is a line there, and no code.
Source: wire spec, account-engagement §4-5, §10, §15, §20.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from datacloud_dbapi.errors import NotSupportedError, ProgrammingError
from datacloud_dbapi.params import nearest


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object.

    | attribute | meaning |
    |---|---|
    | `type` | String, Integer, Float, Boolean, DateTime, Enum, Array, Object |
    | `query`, `read` | whether a query, a read (and an export) can ask for it |
    | `create` | "required", "optional", or None: not to be given to create |
    | `update` | whether update takes it |
    | `reference` | the object it points to, or whose fields are nested under it |
    | `via` | the id field that carries the key of this relation |
    | `collection` | whether it is a list in the answer |
    | `sub_fields` | what can be asked for below it when that is no object |
    | `enum` | the values known |
    """

    name: str
    type: str
    query: bool = True
    read: bool = True
    create: str | None = None
    update: bool = False
    reference: str | None = None
    via: str | None = None
    collection: bool = False
    sub_fields: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    note: str | None = None

    @property
    def nested(self) -> bool:
        """Whether only fields below it can be asked for."""
        below = self.type == "Object" or self.collection
        return bool(self.sub_fields) or (self.reference is not None and below and self.read)


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that compares a field: `op` is eq, gt, ge, lt, le, is_null or is_not_null."""

    name: str
    field: str
    op: str
    type: str


@dataclass(frozen=True, slots=True)
class Argument:
    """A value that an action takes. `type` as of fields, or `Array of Integer`, `Array of String`, `File`."""

    type: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A call beside the usual operations; `path` has `{id}` where it is on a record."""

    name: str
    method: str
    path: str
    level: str
    body: Mapping[str, Argument]
    returns: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object: `name` as in `Prospect`, `table` as in `prospects`, both None-free but for what is only exported."""

    name: str
    table: str | None
    path: str | None
    operations: frozenset[str]
    fields: Mapping[str, Field]
    filters: Mapping[str, Filter]
    order_by: tuple[str, ...]
    actions: Mapping[str, Action]
    exports: Mapping[str, Mapping[str, str]]
    singleton: bool = False
    recycle_bin: bool = False
    deleted_parameter: bool = False
    create_path: str | None = None
    multipart: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def need(self, operation: str) -> None:
        """Raise NotSupportedError, before anything is sent, unless the object offers the operation."""
        if operation not in self.operations:
            offered = ", ".join(sorted(self.operations)) or "only exports"
            raise NotSupportedError(f"{self.name} has no {operation}", hint=f"version 5 offers: {offered}")

    def action(self, name: str) -> Action:
        """An action by its name. Raises NotSupportedError for one that the object has not."""
        if not isinstance(name, str):
            raise ProgrammingError(f"The name of an action is text, not {type(name).__name__}")
        if name not in self.actions:
            offered = ", ".join(self.actions)
            hint = f"it has {offered}" if offered else "it has none"
            near = nearest(name, self.actions)
            raise NotSupportedError(
                f"{self.name} has no action {name!r}", hint=f"did you mean {near}?" if near else hint
            )
        return self.actions[name]


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One of the service's codes; `error` is the name of its class in `errors`."""

    code: int
    status: int
    error: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything of `catalogue.json`, read once."""

    objects: Mapping[str, ObjectType]
    tables: Mapping[str, ObjectType]
    errors: Mapping[int, ErrorCode]
    visitor_activity_types: Mapping[int, str]

    def find(self, name: str) -> ObjectType:
        """An object by its name (`Prospect`) or its table (`prospects`), in any case.

        Raises ProgrammingError, naming the nearest, when there is none.
        """
        if not isinstance(name, str):
            raise ProgrammingError(f"The name of an object is text, not {type(name).__name__}")
        folded = name.replace("-", "_").casefold()
        for known in (self.tables, self.objects):
            for spelled, found in known.items():
                if spelled.casefold() == folded:
                    return found
        near = nearest(folded, self.tables)
        raise ProgrammingError(
            f"Account Engagement has no object {name!r}",
            hint=f"did you mean {near!r}?" if near else "the objects are " + ", ".join(self.tables),
        )


@cache
def catalogue() -> Catalogue:
    """The catalogue that is shipped with this package."""
    read = json.loads(files(__package__).joinpath("catalogue.json").read_text(encoding="utf-8"))
    objects = {one["name"]: _object(one, read["operators"]) for one in read["objects"]}
    return Catalogue(
        objects,
        {one.table: one for one in objects.values() if one.table is not None},
        {one["code"]: ErrorCode(one["code"], one["status"], one["error"], one["meaning"]) for one in read["errors"]},
        {int(number): label for number, label in read["visitor_activity_types"].items()},
    )


def _object(one: Mapping[str, Any], operators: Mapping[str, Mapping[str, str]]) -> ObjectType:
    fields = {name: _field(name, facts) for name, facts in one["fields"].items()}
    filters = {
        made.name: made for field, ops in one["filters"].items() for made in _filters(fields[field], ops, operators)
    }
    return ObjectType(
        one["name"],
        one["table"],
        one["path"],
        frozenset(one["operations"]),
        fields,
        filters,
        tuple(one["order_by"]),
        {facts["name"]: _action(facts) for facts in one["actions"]},
        one["exports"],
        one.get("singleton", False),
        one["recycle_bin"],
        one["deleted_parameter"],
        one.get("create_path"),
        frozenset(one.get("multipart", ())),
        tuple(one.get("notes", ())),
    )


def _field(name: str, facts: Mapping[str, Any]) -> Field:
    lists = {key: tuple(facts[key]) for key in ("sub_fields", "enum") if key in facts}
    return Field(name, **{**facts, **lists})


def _filters(field: Field, ops: Iterable[str], operators: Mapping[str, Mapping[str, str]]) -> Iterable[Filter]:
    for op in ops:
        # The tests for null are Boolean, whatever the field is.
        kind = "Boolean" if op in ("is_null", "is_not_null") else field.type
        yield Filter(f"{field.name}{operators[kind][op]}", field.name, op, kind)


def _action(facts: Mapping[str, Any]) -> Action:
    body = {name: Argument(**argument) for name, argument in facts["body"].items()}
    return Action(**{**facts, "body": body})
