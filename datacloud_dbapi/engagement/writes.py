"""One request that changes something: made and checked here, sent by `perform`, and its answer read.

What nobody can tell of afterwards, an answer that cannot be read too, leaves as an error with `maybe_applied`, and its
hint says how to find out. Which request may be sent again is said in `resending`.
Source: wire spec, account-engagement §4, §13-14, §18; faults rule 2 and E1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from datacloud_dbapi.engagement.catalogue import Action, ObjectType, catalogue
from datacloud_dbapi.engagement.checks import check_fields, check_id, split_names
from datacloud_dbapi.engagement.errors import MissingParameterError, advise
from datacloud_dbapi.engagement.gateway import Answer, Gateway
from datacloud_dbapi.engagement.multipart import FilePart, encode
from datacloud_dbapi.engagement.records import Record, check_object
from datacloud_dbapi.engagement.resending import CHANGE, CREATE, READ, Resendable
from datacloud_dbapi.engagement.sent_bodies import (
    action_body,
    dumped,
    email_text,
    path_arguments,
    record_body,
)
from datacloud_dbapi.engagement.values import decode
from datacloud_dbapi.errors import DataError, Error, NotSupportedError, ProgrammingError, ProtocolError
from datacloud_dbapi.flow.effects import Flow

UPSERT = "upsertLatestByEmail"
_JSON = "application/json"
Fields: TypeAlias = "str | Iterable[str] | None"


@dataclass(frozen=True, slots=True)
class Write:
    """A request that changes something, whole. Its repr leaves out what it writes."""

    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    content_type: str | None = _JSON
    kind: Resendable = CREATE


def create(described: ObjectType, values: Any, fields: Fields, file: FilePart | None = None) -> Write:
    """What makes a record. Raises NotSupportedError, or ProgrammingError for what would be refused."""
    described.need("create")
    body = record_body(described, "create", values, file=file is not None)
    content, kind = _content(described, "create", body, file)
    path = described.create_path or described.path or ""
    return Write("create", "POST", path, _asked(described, fields), content, kind)


def update(described: ObjectType, number: object, values: Any, fields: Fields, file: FilePart | None = None) -> Write:
    """What changes a record. Raises as `create` does."""
    described.need("update")
    path = f"{described.path}/{check_id(number)}"
    body = record_body(described, "update", values, file=file is not None)
    content, kind = _content(described, "update", body, file)
    return Write("update", "PATCH", path, _asked(described, fields), content, kind, CHANGE)


def delete(described: ObjectType, number: object) -> Write:
    """What deletes a record."""
    described.need("delete")
    return Write("delete", "DELETE", f"{described.path}/{check_id(number)}", content_type=None, kind=CHANGE)


def upsert(described: ObjectType, email: object, values: Any, fields: Fields, restore_deleted: bool | None) -> Write:
    """What changes the prospect with an address, or makes it."""
    action = described.action(UPSERT)
    matched = email_text(email)
    if isinstance(values, Mapping):
        # choice: it is the address of a prospect that is made, unless `values` have another.
        values = {"email": matched, **values}
    body: dict[str, Any] = {"matchEmail": matched, "prospect": record_body(described, "upsert", values)}
    asked = _asked(described, fields)
    if asked:
        body["fields"] = asked[0][1].split(",")
    if restore_deleted is not None:
        if not isinstance(restore_deleted, bool):
            raise ProgrammingError(f"restore_deleted is True, False or None, not {restore_deleted!r}")
        body["secondaryDeletedSearch"] = restore_deleted
    return Write("upsert", "POST", action.path, (), dumped(body))


def act(
    described: ObjectType, name: str, number: object, values: Mapping[str, Any], file: FilePart | None = None
) -> Write:
    """What calls an action. `file` is what its argument of that type holds."""
    action = described.action(name)
    on_record = action.level == "record"
    if on_record and number is None:
        raise ProgrammingError(f"{described.name}.{name} is on a record", hint="give its id first")
    if not on_record and number is not None:
        hint = "give id=…" if "id" in action.body else "give no id"
        raise ProgrammingError(f"{described.name}.{name} is not on a record", hint=hint)
    body = action_body(described, action, values)
    places = {place: str(check_id(values[place])) for place in path_arguments(action)}
    path = action.path.format(**places, id=check_id(number) if on_record else "")
    if action.method == "GET":
        return Write(name, "GET", path, content_type=None, kind=READ)
    content, kind = (dumped(body), _JSON) if file is None else encode(dumped(body) if body else None, file)
    return Write(name, action.method, path, (), content, kind)


def restore(described: ObjectType, given: Mapping[str, Any]) -> Write:
    """What takes a record out of the recycle bin, by the one thing that is given."""
    described.action("undelete")
    if len(given) != 1:
        raise MissingParameterError("A record to restore is named by its id or its e-mail address, and by one of them")
    return act(described, "undelete", None, given)


def gives_bytes(action: Action) -> bool:
    """Whether the action answers a file."""
    return action.method == "GET" and (action.returns or "").startswith(("CSV", "File"))


def send(gateway: Gateway, write: Write, most: int | None = None) -> Flow[Answer]:
    """The answer to a write that succeeded. Raises the error of any other, with a hint where it may be applied."""
    return (
        yield from gateway.send(
            write.method,
            write.path,
            write.query,
            kind=write.kind,
            body=write.body,
            headers=None if write.content_type is None else {"Content-Type": write.content_type},
            gone_is_done=write.operation == "delete",
            most=most,
        )
    )


def perform(gateway: Gateway, described: ObjectType, write: Write, most: int | None = None) -> Flow[Record]:
    """Send a write: the fields of the record that it answers, none where it answers nothing."""
    try:
        answer = yield from send(gateway, write, most)
        return _record(described, write, answer)
    except Error as error:
        if error.maybe_applied:
            # First of all: what the service means by its code may be "try again".
            advise(error, _how_to_know(described, write), first=True)
        raise


def _content(
    described: ObjectType, operation: str, body: Mapping[str, Any], file: FilePart | None
) -> tuple[bytes, str]:
    if file is None:
        return dumped(body), _JSON
    if operation not in described.multipart:
        raise NotSupportedError(f"{described.name} takes no file on {operation}")
    return encode(dumped(body), file)


def _asked(described: ObjectType, fields: Fields) -> tuple[tuple[str, str], ...]:
    named = list(split_names(fields, "field")) if fields is not None else []
    if not named:
        return ()
    return (("fields", ",".join(asked.name for asked in check_fields(described, named, "read"))),)


def _record(described: ObjectType, write: Write, answer: Answer) -> Record:
    try:
        return Record(_values(described, write, answer), answer)
    except Error as error:
        # The service has said that it is done; what came of it cannot be read.
        error.maybe_applied = True
        error.http_status = answer.status
        raise


def _values(described: ObjectType, write: Write, answer: Answer) -> dict[str, Any]:
    if answer.status == 204 or answer.already:
        return {}
    if not 200 <= answer.status < 300:
        raise ProtocolError(f"The service answered {answer.status} to a write", request=answer.request)
    found = answer.json()
    if found is None and write.operation != "create":
        return {}
    found = check_object(found, answer.request)
    if write.operation in ("create", "update", "upsert"):
        return decode(described, found)
    # choice: what an action answers is described of addTag alone; of the others, what does not fit stays as sent.
    if write.operation == "addTag":
        return decode(catalogue().objects["TaggedObject"], found)
    try:
        return decode(described, found)
    except DataError:
        return found


def _how_to_know(described: ObjectType, write: Write) -> str:
    if write.kind is CHANGE:
        return "the same call may be made again"
    if write.operation == "upsert":
        return 'query(filters={"email": …}) shows what there is; the same upsert again writes the same values'
    if write.operation != "create":
        return "read the record before the call is made again"
    if described.name == "Prospect":
        return 'it may be made: query(filters={"email": …}) shows whether it is, before it is created again'
    by = "createdAtAfterOrEqualTo"
    found = f'query(filters={{"{by}": …}})' if by in described.filters else 'query(order_by="id DESC", limit=…)'
    return f"it may be made: {found} shows whether it is, before it is created again"
