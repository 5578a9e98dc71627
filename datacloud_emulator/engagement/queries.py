"""A query: its filters, order and window, the page it gets, and the token of the next one.

Source: wire spec, account-engagement §5-7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from datacloud_emulator.engagement.catalogue import EngagementObject, Field
from datacloud_emulator.engagement.fields import Selection
from datacloud_emulator.engagement.refusals import RefusedError, wrong_parameter
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Condition, Row
from datacloud_emulator.engagement.unit import BusinessUnit, Sequence
from datacloud_emulator.engagement.values import seconds

_RESERVED = frozenset({"fields", "nextPageToken", "orderBy", "limit", "offset", "deleted", "idList"})
_LIMIT, _LIMIT_MOST, _OFFSET_MOST = 200, 1000, 2000
_ORDER = re.compile(r"\s*(\w+)(?:\s+(\w+))?\s*", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)

Arguments = MultiDict[str, str]


@dataclass(frozen=True)
class Query:
    """What a query asks for; `offset` is None when it was not sent."""

    sequence: Sequence
    offset: int | None


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    token: str | None
    at_ceiling: bool


def asked(
    arguments: Arguments,
    item: EngagementObject,
    unit: BusinessUnit,
    settings: EngagementSettings,
    beside: Iterable[Condition] = (),
) -> Query:
    """The query that the parameters ask for, those of a token when there is one.

    `beside` are conditions that hold beside the filters of one without a token.
    """
    single = arguments.to_dict()
    token = single.get("nextPageToken")
    if token is not None:
        if others := sorted(set(single) - {"fields", "nextPageToken"}):
            raise RefusedError(settings.token_with_others_code, f"nextPageToken goes with fields only, not {others[0]}")
        return Query(unit.tokens.use(token, item.name), None)
    order, descending = _order(single.get("orderBy"), item, settings)
    sequence = Sequence(
        object=item.name,
        conditions=(*_conditions(single, item, settings), *beside),
        order=order,
        descending=descending,
        limit=_number(single, "limit", 23, _LIMIT, least=1, most=_LIMIT_MOST),
        deleted=deleted(single, item, ("false", "true", "all")),
    )
    offset = _number(single, "offset", 21, 0, least=0, most=_OFFSET_MOST) if "offset" in single else None
    return Query(sequence, offset)


def page(query: Query, selection: Selection, unit: BusinessUnit, settings: EngagementSettings) -> Page:
    """The rows of a query, and how to go on: not at all after a page that is not full, nor from an offset."""
    asked_for = query.sequence
    room = settings.sequence_ceiling - asked_for.given if query.offset is None else asked_for.limit
    limit = min(asked_for.limit, max(room, 0))
    rows = unit.store.select(
        asked_for.object,
        asked_for.conditions,
        deleted=asked_for.deleted,
        order=asked_for.order,
        descending=asked_for.descending,
        after=asked_for.after,
        limit=limit,
        offset=query.offset or 0,
        columns={*selection.columns, asked_for.order},
        lagging=True,
    )
    if query.offset is not None or len(rows) < limit:
        return Page(rows, None, at_ceiling=False)
    given = asked_for.given + len(rows)
    if given >= settings.sequence_ceiling:
        # choice: whether more records are there is not looked at; whoever comes this far is warned.
        return Page(rows, None, at_ceiling=True)
    last = (rows[-1][asked_for.order], rows[-1]["id"])
    return Page(rows, unit.tokens.issue(replace(asked_for, after=last, given=given)), at_ceiling=False)


def deleted(arguments: Mapping[str, str], item: EngagementObject, words: tuple[str, ...]) -> str:
    """The parameter `deleted`: code 51 where the object has no bin, 27 for any other word."""
    word = arguments.get("deleted")
    if word is None:
        return "false" if item.deleted_parameter else "all"
    if not item.deleted_parameter:
        raise wrong_parameter("deleted")
    if word not in words:
        raise RefusedError(27, word)
    return word


def value_of(field: Field, text: str) -> Any:
    """A filter's value as the store has it; code 56, 50 or 57 for what is no integer, boolean or DateTime."""
    if field.type == "Integer":
        if not _INTEGER.fullmatch(text):
            raise RefusedError(56, f"{field.name}. It must be an integer.")
        return int(text)
    if field.type == "Boolean":
        if text not in {"true", "false"}:
            raise RefusedError(50, f"{field.name}. It must be true or false.")
        return text == "true"
    if field.type == "DateTime":
        return seconds(text, field.name)
    return text


def _conditions(
    arguments: Mapping[str, str], item: EngagementObject, settings: EngagementSettings
) -> tuple[Condition, ...]:
    conditions = []
    filtered = set()
    for name, text in arguments.items():
        if name == "idList":
            if not settings.id_list:
                raise wrong_parameter(name, settings.unlisted_filter_code)
            conditions.append(Condition("id", "in", _ids(text, settings)))
            filtered.add("id")
            continue
        if name in _RESERVED:
            continue
        said = item.filters.get(name)
        if said is None:
            raise wrong_parameter(name, settings.unlisted_filter_code)
        filtered.add(said.field.name)
        if said.operator.startswith("is_"):
            if text != "true":
                raise RefusedError(50, f"{name}. It must be true.")
            conditions.append(Condition(said.field.name, said.operator))
        else:
            conditions.append(Condition(said.field.name, said.operator, value_of(said.field, text)))
    if len(filtered) > settings.filter_fields:
        raise RefusedError(209)
    return tuple(conditions)


def _ids(text: str, settings: EngagementSettings) -> list[int]:
    parts = text.split(",")
    if not all(_INTEGER.fullmatch(part) for part in parts):
        raise RefusedError(16, "idList")
    if len(parts) > settings.id_list_most:
        raise RefusedError(63)
    return [int(part) for part in parts]


def _order(text: str | None, item: EngagementObject, settings: EngagementSettings) -> tuple[str, bool]:
    if text is None:
        return "id", False
    match = _ORDER.fullmatch(text)
    if match is None or match[1] not in item.order_by:
        raise wrong_parameter(f"orderBy. It cannot be {text}.", settings.unlisted_order_code)
    direction = (match[2] or "ASC").upper()
    if direction not in {"ASC", "DESC"}:
        raise RefusedError(20, match[2])
    return match[1], direction == "DESC"


def _number(arguments: Mapping[str, str], name: str, code: int, default: int, *, least: int, most: int) -> int:
    text = arguments.get(name)
    if text is None:
        return default
    if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
        raise RefusedError(code, f"{name} must be from {least} to {most}")
    return int(text)
