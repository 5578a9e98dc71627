"""`datacloud engagement`: Account Engagement (Pardot) from the shell. `objects` and `describe` ask nobody.

Source: public surface, §4-5; wire spec, account-engagement §4-6, §11, §15, §20.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

import click

from datacloud_dbapi.cli.connecting import EmulatorAwareCommand, connect_arguments, connection_options
from datacloud_dbapi.cli.describe import format_option
from datacloud_dbapi.cli.formats import plain_text, write_facts, write_jsonl, write_texts
from datacloud_dbapi.cli.output import destination
from datacloud_dbapi.cli.parameters import read_value
from datacloud_dbapi.cli.rows import BATCH_ROWS, Tell, check_format, progress, row_options, write_rows
from datacloud_dbapi.engagement.catalogue import Field, ObjectType, catalogue
from datacloud_dbapi.engagement.checks import Deleted
from datacloud_dbapi.engagement.client import Engagement, connect
from datacloud_dbapi.engagement.jobs import POLL_SECONDS, Progress
from datacloud_dbapi.engagement.many import MOST_AT_ONCE
from datacloud_dbapi.engagement.records import json_text
from datacloud_dbapi.engagement.values import DATA_TYPES, below
from datacloud_dbapi.page import Column
from datacloud_dbapi.types import TypeCode

_DELETED: Mapping[str, Deleted] = {"false": False, "true": True, "all": "all"}
_COLUMNAR = ("parquet", "arrow")


@click.group(no_args_is_help=False)
def engagement() -> None:
    """Account Engagement (Pardot): its objects, their records and exports.

    OBJECT is a name such as Prospect or prospects, in any case. `--emulator` has sample data of its own.
    """


def _listed(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> list[str] | None:
    return [name.strip() for text in given for name in text.split(",")] or None


def _field_option(help: str) -> Callable[[Any], Any]:
    return click.option("--field", "fields", metavar="FIELD[,FIELD]", multiple=True, callback=_listed, help=help)


def _filters(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        # No message repeats a value, which may be a person's.
        if not equals or not re.fullmatch(r"\w+", name):
            raise click.BadParameter("one is NAME=VALUE, and NAME a filter of the object, as `describe` lists them")
        if name in found:
            raise click.BadParameter(f"{name} is given twice, and all of them must hold")
        found[name] = value
    return found


def _moment(context: click.Context, parameter: click.Parameter, given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        found = read_value("timestamp", given)
    except ValueError:
        found = None
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise click.BadParameter("a moment is 2026-01-31T08:30:00Z, or with an offset in place of Z")
    return found


_deleted_option = click.option(
    "--deleted",
    type=click.Choice(list(_DELETED)),
    default="false",
    show_default=True,
    help="Live records, those in the recycle bin, or all.",
)


@engagement.command(cls=EmulatorAwareCommand)
@click.argument("object", metavar="OBJECT")
@_field_option("Only these fields, dotted for related records; may be given several times. Left out, all plain ones.")
@click.option(
    "--filter",
    "filters",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_filters,
    help="Only where this filter holds, such as updatedAtAfter=2026-01-31T00:00:00Z; up to three fields.",
)
@click.option("--order-by", metavar="FIELD [DESC]", default="id", help="Order by this field. Left out, by id.")
@click.option("--limit", type=click.IntRange(min=0), help="Records in all. Left out, every one.")
@_deleted_option
@row_options
@connection_options
def query(
    object: str,
    fields: list[str] | None,
    filters: dict[str, str],
    order_by: str,
    limit: int | None,
    deleted: str,
    format_name: str,
    output: str | None,
    **options: Any,
) -> None:
    """Show the records of OBJECT that meet every filter."""
    described = catalogue().find(object)
    check_format(format_name, output)
    with progress(output) as tell, _client(options) as client:
        tell("asking")
        records = client.object(described.name).query(
            fields,
            filters=_in_types(described, filters),
            order_by=order_by,
            limit=limit,
            deleted=_DELETED[deleted],
        )
        _write(format_name, output, records.columns, records, tell)


@engagement.command(cls=EmulatorAwareCommand)
@click.argument("object", metavar="OBJECT")
@click.argument("id", required=False)
@_field_option("Only these fields, dotted for related records; may be given several times. Left out, all plain ones.")
@click.option("--deleted", is_flag=True, help="Also when it is in the recycle bin.")
@format_option
@connection_options
def get(object: str, id: str | None, fields: list[str] | None, deleted: bool, format_name: str, **options: Any) -> None:
    """Show the record of OBJECT with this ID, a line a field; the account has none."""
    described = catalogue().find(object)
    if (id is None) is not described.singleton:
        raise click.UsageError(f"{described.name} takes {'no ID' if described.singleton else 'an ID'}")
    with _client(options) as client:
        record: Mapping[str, Any] = client.object(described.name).read(id, fields, deleted=deleted) or {}
    # As asked for, `campaign.name` too.
    names = fields or list(record)
    values = [_value(record, name) for name in names]
    with destination(None) as out:
        if format_name == "json":
            write_jsonl(out, [(name, "VARCHAR") for name in names], [[tuple(values)]])
        else:
            shown = ["NULL" if value is None else plain_text(value) for value in values]
            write_texts(out, ("field", "value"), list(zip(names, shown, strict=True)))


@engagement.command(cls=EmulatorAwareCommand)
@click.argument("object", metavar="OBJECT")
@_field_option("Only these fields, dotted for related records; may be given several times. Left out, all plain ones.")
@click.option("--after", metavar="MOMENT", callback=_moment, help="Only what is later. Left out, from the beginning.")
@click.option("--before", metavar="MOMENT", callback=_moment, help="Only what is earlier. Left out, up to now.")
@click.option("--by", metavar="FIELD", help="The date that is meant, such as createdAt. Left out, updatedAt if it can.")
@_deleted_option
@click.option(
    "--poll",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=POLL_SECONDS,
    show_default=True,
    help="How long after the first look to look again; each look is a call, and later ones are rarer.",
)
@row_options
@connection_options
def export(
    object: str,
    fields: list[str] | None,
    after: datetime | None,
    before: datetime | None,
    by: str | None,
    deleted: str,
    poll: float,
    format_name: str,
    output: str | None,
    **options: Any,
) -> None:
    """Have the service export OBJECT, wait for it, and show its records.

    It costs few calls, and takes fields that a query does not. The service runs one export at a time.
    """
    check_format(format_name, output)
    described = catalogue().find(object)
    with progress(output) as tell, _client(options) as client:
        tell("asking")
        found = client.exports.run(
            described.name,
            fields,
            by=by,
            after=after,
            before=before,
            deleted=_DELETED[deleted],
            poll=poll,
            progress=lambda told: tell(_told(told)),
        )
        _write(format_name, output, found.columns, found.rows(), tell)


@engagement.command("objects")
@format_option
def list_objects(format_name: str) -> None:
    """List the objects and what can be done with each."""
    listed = [
        {
            "object": one.name,
            "table": one.table,
            "operations": [each for each in _OPERATIONS if each in one.operations],
            "actions": list(one.actions),
            "exports": [name.partition("/")[2] for name in one.exports],
        }
        for one in catalogue().objects.values()
    ]
    _show(format_name, listed)


_OPERATIONS = ("query", "read", "create", "update", "delete")


@engagement.command("describe")
@click.argument("object", metavar="OBJECT")
@format_option
def describe_object(object: str, format_name: str) -> None:
    """Show the fields of OBJECT: where each can be asked for and written, and the filters on it."""
    described = catalogue().find(object)
    listed = [
        {
            "field": one.name,
            "type": f"{one.type} of {one.reference}" if one.reference else one.type,
            "uses": _uses(one, described),
            "filters": [each.name for each in described.filters.values() if each.field == one.name],
        }
        for one in described.fields.values()
    ]
    _show(format_name, listed)


def _uses(field: Field, described: ObjectType) -> list[str]:
    offered = {"query": field.query, "read": field.read, "update": field.update}
    found = [name for name, offers in offered.items() if offers and name in described.operations]
    found += [f"create ({field.create})"] if field.create else []
    return found + (["order"] if field.name in described.order_by else [])


@engagement.command(cls=EmulatorAwareCommand)
@format_option
@connection_options
def limits(format_name: str, **options: Any) -> None:
    """Show how many calls the business unit has made today, and may make. Costs one."""
    with _client(options) as client:
        client.account.read(fields=["id"])
        usage = client.usage
    if usage is None:
        raise click.ClickException("the service does not say how many calls there were")
    facts = {"used": usage.used, "maximum": usage.maximum, "left": usage.left, "at once": MOST_AT_ONCE}
    with destination(None) as out:
        if format_name == "json":
            write_facts(out, facts)
        else:
            write_texts(out, ("calls", "number"), [(name, f"{number:,}") for name, number in facts.items()])


@contextmanager
def _client(options: dict[str, Any]) -> Iterator[Engagement]:
    """A client made from a command's options and the environment, open as long as the block."""
    with connect_arguments(options, sql=False) as (url, given), connect(url, **given) as client:
        yield client


def _in_types(described: ObjectType, filters: Mapping[str, str]) -> dict[str, object]:
    """The filters with truth values where these are meant; the client reads the other types from their text."""
    truths = {"true": True, "false": False}
    return {
        name: truths.get(text.lower(), text)
        if (known := described.filters.get(name)) is not None and known.type == "Boolean"
        else text
        for name, text in filters.items()
    }


def _write(
    format_name: str, output: str | None, columns: Iterable[Column], records: Iterable[Mapping[str, Any]], tell: Tell
) -> None:
    """Write records page by page; lists and objects as their JSON where the format has a type for a column."""
    columns = tuple(columns)
    texts = {one.name for one in columns if format_name in _COLUMNAR and one.type.kind in ("JSON", "UNKNOWN")}
    typed = [(one.name, TypeCode(DATA_TYPES["String"] if one.name in texts else one.type)) for one in columns]
    names = [(one.name, one.name in texts) for one in columns]

    def batches() -> Iterator[Sequence[tuple[Any, ...]]]:
        left = iter(records)
        while some := list(islice(left, BATCH_ROWS)):
            yield [tuple(_cell(record, name, text) for name, text in names) for record in some]

    write_rows(format_name, output, typed, batches(), tell)


def _cell(record: Mapping[str, Any], name: str, text: bool) -> Any:
    value = _value(record, name)
    return json_text(value) if text and value is not None else value


def _value(record: Mapping[str, Any], name: str) -> Any:
    return record[name] if name in record else below(record, name.split("."))


def _told(told: Progress) -> str:
    part = f" {told.part} of {told.parts}" if told.parts > 1 else ""
    return f"export {told.id}{part}: {told.status}, {told.waited:.0f} s"


def _show(format_name: str, listed: Sequence[Mapping[str, Any]]) -> None:
    with destination(None) as out:
        if format_name == "json":
            write_facts(out, listed)
            return
        rows = [
            tuple(", ".join(value) if isinstance(value, list) else value or "" for value in one.values())
            for one in listed
        ]
        write_texts(out, list(listed[0]), rows)
