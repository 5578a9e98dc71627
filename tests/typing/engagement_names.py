"""Writes `datacloud_dbapi/engagement/named.pyi`, from which editors complete the names of objects, fields and filters.

Made from the catalogue: `python -m tests.typing.engagement_names`. Custom fields and fields of related records are text
beside the names listed, so that nothing which works is refused.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import datacloud_dbapi
from datacloud_dbapi.engagement.catalogue import Field, ObjectType, catalogue

STUB = Path(datacloud_dbapi.__file__).parent / "engagement" / "named.pyi"
# Jobs have calls of their own, in classes that are written by hand.
BY_HAND = {"Export": "Exports", "Import": "Imports", "BulkAction": "BulkActions"}
PYTHON = {
    "String": "str",
    "Enum": "str",
    "Integer": "int",
    "Float": "Decimal",
    "Boolean": "bool",
    "DateTime": "datetime",
    "Array": "list[Any]",
    "Object": "dict[str, Any]",
}
OPENING = '''\
"""What editors complete: every object of Account Engagement, its fields, filters and values.

Made from the catalogue by `python -m tests.typing.engagement_names`; not to be edited by hand.
"""

# mypy: disable-error-code="override"

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, Literal, TypeAlias, TypedDict, TypeVar, overload

from datacloud_dbapi.engagement.bulk_actions import BulkActions
from datacloud_dbapi.engagement.exports import Exports
from datacloud_dbapi.engagement.imports import Imports
from datacloud_dbapi.engagement.multipart import FileInput
from datacloud_dbapi.engagement.records import Record, Records
from datacloud_dbapi.engagement.services import ObjectService
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import AwaitsFlows, R, RunsFlows, flow_method

T = TypeVar("T", bound=Record)

class Listed(Records[R], Generic[R, T]):
    def __iter__(self: Listed[RunsFlows, T]) -> Iterator[T]: ...
    def __next__(self: Listed[RunsFlows, T]) -> T: ...
    def __aiter__(self: Listed[AwaitsFlows, T]) -> AsyncIterator[T]: ...
    async def __anext__(self: Listed[AwaitsFlows, T]) -> T: ...
    @flow_method
    def first(self) -> Flow[T | None]: ...
    @flow_method
    def all(self) -> Flow[list[T]]: ...
'''


def literal(names: Iterable[str], indent: str = "") -> str:
    """A Literal of the names, on as many lines as it takes."""
    listed = ", ".join(f'"{name}"' for name in names)
    short = f"Literal[{listed}]"
    if len(short) <= 60:
        return short
    lines = textwrap.wrap(listed, 110 - len(indent), break_long_words=False)
    return "\n".join(["Literal[", *(f"{indent}    {line}" for line in lines), f"{indent}]"])


def typed(name: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"class {name}(TypedDict, total=False):"
    yield from [f"    {entry}: {kind}" for entry, kind in entries] or ["    pass"]


def asked(one: ObjectType, *, query: bool) -> list[str]:
    """The fields that can be asked for by their name alone."""
    return [
        name for name, field in one.fields.items() if field.read and not field.nested and (field.query or not query)
    ]


def record(one: ObjectType) -> Iterator[str]:
    """A record that knows the type of each field's value."""
    yield f"class {one.name}Record(Record):"
    by_type: dict[str, list[str]] = {}
    for name, field in one.fields.items():
        if field.read:
            kind = "list[Any]" if field.collection else PYTHON[field.type]
            # Whatever is not there is None; only an id always is.
            by_type.setdefault(kind if name == "id" else f"{kind} | None", []).append(name)
    for kind, names in by_type.items():
        yield f"    @overload\n    def __getitem__(self, name: {literal(names, '    ')}, /) -> {kind}: ..."
    yield "    @overload\n    def __getitem__(self, name: str, /) -> Any: ..."


def values(one: ObjectType, operation: str) -> list[tuple[str, str]]:
    def taken(field: Field) -> bool:
        return field.create is not None if operation == "create" else field.update

    return [(name, f"{PYTHON[field.type]} | None") for name, field in one.fields.items() if taken(field)]


# The calls of an object, where they name fields; each stands where the object has the operation.
CALLS = {
    "query": """\
    def query(
        self, fields: str | Iterable[NAMEQueryField | str] | None = None, *,
        filters: NAMEFilters | Mapping[str, Any] | None = None, order_by: NAMEOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, NAMERecord]: ...""",
    "create": """\
    @flow_method
    def create(
        self, values: NAMEValues | Mapping[str, Any], *,
        fields: str | Iterable[NAMEField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[NAMERecord]: ...""",
    "update": """\
    @flow_method
    def update(
        self, id: int | str, values: NAMEChanges | Mapping[str, Any], *,
        fields: str | Iterable[NAMEField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[NAMERecord]: ...""",
    "read": """\
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[NAMEField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[NAMERecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[NAMEField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[NAMERecord | None]: ...""",
}


def service(one: ObjectType) -> Iterator[str]:
    yield f"class {one.name}Service(ObjectService[R]):"
    yield from (text.replace("NAME", one.name) for call, text in CALLS.items() if call in one.operations)


def parts(one: ObjectType) -> Iterator[str]:
    yield f"{one.name}Field: TypeAlias = {literal(asked(one, query=False))}"
    if "query" in one.operations:
        yield f"{one.name}QueryField: TypeAlias = {literal(asked(one, query=True))}"
        orders = literal(order for field in one.order_by for order in (field, f"{field} DESC"))
        yield f"{one.name}Order: TypeAlias = {orders}"
        yield from typed(f"{one.name}Filters", ((name, PYTHON[filter.type]) for name, filter in one.filters.items()))
    for operation, suffix in (("create", "Values"), ("update", "Changes")):
        if operation in one.operations:
            yield from typed(f"{one.name}{suffix}", values(one, operation))
    yield ""
    yield from record(one)
    yield ""
    yield from service(one)
    yield ""


def stub() -> str:
    """The whole stub."""
    readable = [one for one in catalogue().objects.values() if one.table is not None]
    lines = [OPENING]
    for one in readable:
        if one.name not in BY_HAND:
            lines += parts(one)
    lines.append("class Named(Generic[R]):")
    for one in readable:
        lines.append("    @property")
        lines.append(f"    def {one.table}(self) -> {BY_HAND.get(one.name, one.name + 'Service')}[R]: ...")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
