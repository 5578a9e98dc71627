"""Exports: procedures and their arguments, the columns that can be had, and the CSV files of a result.

Source: wire spec, account-engagement §15.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from werkzeug.wrappers import Response

from datacloud_emulator.engagement import jobs as job
from datacloud_emulator.engagement.catalogue import EngagementObject, catalogue
from datacloud_emulator.engagement.fields import Renderer, Selection, selected
from datacloud_emulator.engagement.jobs import Jobs
from datacloud_emulator.engagement.refusals import RefusedError, not_found, unknown_field
from datacloud_emulator.engagement.store import Condition, Row
from datacloud_emulator.engagement.unit import BusinessUnit
from datacloud_emulator.engagement.values import seconds

_MARK = b"\xef\xbb\xbf"
_ROWS = 10_000  # that are worked on at once
_ACTIVITY_TYPES = frozenset({*range(1, 5), *range(6, 39)})  # 5 cannot be asked for, although there are such rows


def create(jobs: Jobs, body: Mapping[str, Any], origin: str) -> int:
    """A new export that waits; its id. `body` has the properties that the catalogue allows.

    RefusedError 174-177 for the procedure, 51 for a column, 231 and 232 for the size of a file.
    """
    settings = jobs.settings
    item, arguments = _procedure(body["procedure"], jobs)
    columns = body["fields"]
    if not columns or not all(isinstance(name, str) for name in columns):
        raise RefusedError(153, "fields")
    if len(columns) > settings.export_columns:
        raise RefusedError(settings.too_many_columns_code, f"fields must be {settings.export_columns} at most")
    _columns(columns, item, jobs.unit)
    size = body.get("maxFileSizeBytes")
    if size is not None and size < settings.export_file_least:
        raise RefusedError(231)
    if size is not None and size > settings.export_file_most:
        raise RefusedError(232)
    with jobs.lock:
        number = jobs.unit.store.insert(
            "Export",
            {
                "status": "Waiting",
                "isExpired": False,
                "procedure": {"name": body["procedure"]["name"], "arguments": arguments},
                "fields": list(dict.fromkeys(columns)),
                "includeByteOrderMark": bool(body.get("includeByteOrderMark")),
                "legacyDateFormat": bool(body.get("legacyDateFormat")),
                "maxFileSizeBytes": size or settings.export_file_most,
                "createdAt": jobs.now,
                "updatedAt": jobs.now,
                "createdById": jobs.unit.user_id,
                "updatedById": jobs.unit.user_id,
                "_origin": origin,
            },
        )
        jobs.started("Export", number)
    return number


def cancel(jobs: Jobs, number: int) -> None:
    """`do/cancel`. Code 178 for one that has ended."""
    with jobs.lock:
        row = jobs.record("Export", number)
        if row["status"] not in {"Waiting", "Processing"}:
            raise RefusedError(178)
        jobs.change("Export", number, status="Canceling", updatedById=jobs.unit.user_id)
        jobs.started("Export", number)


def download(jobs: Jobs, number: int, file_id: int) -> Response:
    """One file of a result. Code 178 before it is complete and after it has expired."""
    with jobs.lock:
        jobs.refresh("Export")
        row = jobs.record("Export", number)
        if row["status"] != "Complete" or row["isExpired"]:
            raise RefusedError(178)
        data = jobs.papers.results.get(number, {}).get(file_id)
    if data is None:
        raise not_found()
    return job.csv(data, f"export-{number}-{file_id}.csv")


def work(jobs: Jobs, row: Row) -> Mapping[str, Any]:
    """Make the files of an export, and say where they are."""
    item, arguments = _procedure(row["procedure"], jobs)
    names, selection = row["fields"], _columns(row["fields"], item, jobs.unit)
    renderer = (_LegacyDates if row["legacyDateFormat"] else Renderer)(jobs.unit, jobs.settings)
    columns = [_column(item, name) for name in names]

    def records() -> Iterator[tuple[Any, ...]]:
        for rows in _rows(jobs, item, arguments, row["createdAt"], selection):
            found = renderer.records(rows, selection)
            yield from zip(*(column(found) for column in columns), strict=True)

    mark = _MARK if row["includeByteOrderMark"] else b""
    files: dict[int, bytes] = {}
    for data in _files(names, records(), mark, row["maxFileSizeBytes"]):
        files[jobs.papers.next_file] = data
        jobs.papers.next_file += 1
    jobs.papers.results[row["id"]] = files
    origin = row.get("_origin", "")
    return {"resultRefs": [f"{origin}/api/v5/exports/{row['id']}/results/{number}" for number in files]}


# -- what is asked for ---------------------------------------------------------------------------------------------


def _procedure(said: Any, jobs: Jobs) -> tuple[EngagementObject, dict[str, Any]]:
    """The object of a procedure and the arguments that were given, checked."""
    if not isinstance(said, Mapping) or not isinstance(said.get("name"), str):
        raise RefusedError(153, "procedure.name")
    if others := sorted(set(said) - {"name", "arguments"}):
        raise RefusedError(154, f"procedure.{others[0]}")
    name, arguments = said["name"], said.get("arguments") or {}
    if not isinstance(arguments, Mapping):
        raise RefusedError(177, "arguments")
    item = catalogue().objects.get(name.partition("/")[0])
    if item is None or name not in item.exports:
        raise RefusedError(174, name)
    known = item.exports[name]
    for argument, value in arguments.items():
        if argument not in known:
            raise RefusedError(175, argument)
        _check(argument, known[argument], value)
    bounds = [argument for argument, type_ in known.items() if type_ == "DateTime"]
    if jobs.settings.export_needs_bound and not any(arguments.get(bound) for bound in bounds):
        raise RefusedError(176, " or ".join(bounds))
    return item, {argument: value for argument, value in arguments.items() if value is not None}


def _check(name: str, type_: str, value: Any) -> None:
    """Code 177 for a value that is not one of the argument's type; null is as if it were left out."""
    if value is None:
        return
    if type_ == "DateTime":
        if not isinstance(value, str):
            raise RefusedError(177, name)
        seconds(value, name, 177)
    elif type_ == "Boolean":
        if not isinstance(value, bool):
            raise RefusedError(177, name)
    elif type_.startswith("Array"):
        if not isinstance(value, list) or not value or not all(_is_activity_type(number) for number in value):
            raise RefusedError(177, name)
    elif str(value).lower() not in {"true", "false", "all"}:
        raise RefusedError(177, name)


def _is_activity_type(value: Any) -> bool:
    return type(value) is int and value in _ACTIVITY_TYPES


def _columns(names: Sequence[str], item: EngagementObject, unit: BusinessUnit) -> Selection:
    """What an export's columns ask for: what a read gives, but for lists of ids, of records and of plain objects."""
    selection = selected(",".join(names), item, unit.store, on_query=False)
    for name in names:
        for step, part in enumerate(name.split(".")):
            owner = item if step == 0 else owner_of(item, name.split(".")[:step])
            field = owner.fields.get(part) if owner is not None else None
            if field is not None and (field.collection or (field.type == "Array" and field.reference)):
                raise unknown_field(name)
    return selection


def owner_of(item: EngagementObject, steps: Iterable[str]) -> EngagementObject | None:
    """The object that relations lead to; None behind a plain object."""
    for step in steps:
        field = item.fields[step]
        if field.reference is None:
            return None
        item = catalogue().objects[field.reference]
    return item


# -- the rows ------------------------------------------------------------------------------------------------------


def _rows(
    jobs: Jobs, item: EngagementObject, arguments: Mapping[str, Any], created: int, selection: Selection
) -> Iterator[list[Row]]:
    """The rows of a procedure, some thousands at a time.

    choice: `…After` and `…Before` leave their own second out, as the filters of these names do; a setting takes it in.
    Without an end the rows go up to the second in which the export was made.
    """
    store, settings = jobs.unit.store, jobs.settings
    conditions: list[Condition] = []
    of_prospect: list[Condition] = []
    for name, value in arguments.items():
        column, sign = _bound(name)
        if sign:
            operator = {"After": "gt", "Before": "lt"}[sign]
            if settings.export_bounds_included:
                operator = {"gt": "ge", "lt": "le"}[operator]
            bound = Condition(column.removeprefix("prospect:"), operator, seconds(value, name))
            (of_prospect if column.startswith("prospect:") else conditions).append(bound)
    ends = [name for name in arguments if name.endswith("Before")]
    if not ends:
        for column, among in {(condition.column, condition in of_prospect) for condition in conditions + of_prospect}:
            (of_prospect if among else conditions).append(Condition(column, "le", created))
    if "type" in arguments:
        conditions.append(Condition("type", "in", arguments["type"]))
    if arguments.get("prospectOnly"):
        conditions.append(Condition("prospectId", "is_not_null"))
    if of_prospect or "prospectDeleted" in arguments:
        conditions.append(
            _by_prospects(jobs, item, of_prospect, str(arguments.get("prospectDeleted", "false")).lower())
        )
    deleted = str(arguments.get("deleted", "false")).lower() if item.recycle_bin else "all"
    after = None
    while rows := store.select(
        item.name, conditions, deleted=deleted, after=after, limit=_ROWS, columns=selection.columns
    ):
        yield rows
        after = (rows[-1]["id"], rows[-1]["id"])


def _bound(argument: str) -> tuple[str, str]:
    """The column that an argument bounds, and from which side; ("", "") for one that is no bound."""
    for sign in ("After", "Before"):
        if argument.endswith(sign):
            stem = argument.removesuffix(sign)
            column = {"created": "createdAt", "updated": "updatedAt", "activity": "activityDate"}.get(stem)
            return column or "prospect:updatedAt", sign
    return "", ""


def _by_prospects(jobs: Jobs, item: EngagementObject, conditions: list[Condition], deleted: str) -> Condition:
    """The records that belong to the prospects that meet these conditions."""
    key = "prospectAccountId" if item.name == "ProspectAccount" else "id"
    prospects = jobs.unit.store.select("Prospect", conditions, deleted=deleted, columns=["id", key])
    numbers = sorted({row[key] for row in prospects if row[key] is not None})
    return Condition("id" if item.name == "ProspectAccount" else "prospectId", "in", numbers)


# -- the files -----------------------------------------------------------------------------------------------------


class _LegacyDates(Renderer):
    """Dates without the offset, in the same zone."""

    def time(self, seconds: int) -> str:
        return datetime.fromtimestamp(seconds, self._zone).strftime("%Y-%m-%d %H:%M:%S")


def _column(owner: EngagementObject, name: str) -> Callable[[Sequence[Mapping[str, Any]]], Iterable[Any]]:
    """What takes a column's cells from records: null is an empty cell, a boolean `true` or `false`.

    choice: the values of a custom field that has several are joined by `;`, and an object is its JSON text.
    """
    first, *steps = name.split(".")
    field = owner.fields.get(first)
    plain = field is not None and not steps and field.type in {"Integer", "String", "Enum", "DateTime"}

    def cells(records: Sequence[Mapping[str, Any]]) -> Iterable[Any]:
        values: Iterable[Any] = [record[first] for record in records]
        for step in steps:
            values = [None if value is None else value.get(step) for value in values]
        return values if plain else [_cell(value) for value in values]

    return cells


def _cell(value: Any) -> Any:
    if type(value) is bool:
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(str(part) for part in value)
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


class _Line:
    """What a CSV writer writes to when the line itself is wanted: its `writerow` returns what `write` does."""

    @staticmethod
    def write(text: str) -> str:
        return text


def _files(names: Sequence[str], rows: Iterable[Sequence[Any]], mark: bytes, most: int) -> Iterator[bytes]:
    """The files: each with the header, none longer than `most` bytes unless a single row is. One at least."""
    # Lines end in CR LF, the writer's own way: with another one Python before 3.13 leaves a CR within a cell unquoted.
    write: Callable[[Sequence[Any]], Any] = csv.writer(_Line()).writerow
    header = mark + write(names).encode()
    lines, size = [header], len(header)
    for row in rows:
        line = write(row).encode()
        if size + len(line) > most and len(lines) > 1:
            yield b"".join(lines)
            lines, size = [header], len(header)
        lines.append(line)
        size += len(line)
    yield b"".join(lines)
