"""What is written, checked against the catalogue before anything is sent, as the JSON that goes out.

What is refused here is a ProgrammingError; where the service has an error of its own for it, it is that one:
InvalidRequestError, MissingParameterError or NotWritableError.
Source: wire spec, account-engagement §4.2-4.3, §12-14, §18.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from datacloud_dbapi.engagement.catalogue import Action, Argument, Field, ObjectType
from datacloud_dbapi.engagement.checks import is_custom
from datacloud_dbapi.engagement.errors import InvalidRequestError, MissingParameterError, NotWritableError
from datacloud_dbapi.engagement.sent_values import body_value
from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.params import nearest

Operation = Literal["create", "update", "upsert"]

# Source: wire spec, account-engagement §11.
_LONGEST = {("ExternalActivity", "value"): 100}
# What no record can be made without. Source: wire spec, account-engagement §16 and the notes on File.
_NEEDS_FILE = frozenset({"File"})
_NUMBER, _ADDRESS = Field("id", "Integer"), Field("email", "String")


def record_body(described: ObjectType, operation: Operation, values: object, *, file: bool = False) -> dict[str, Any]:
    """The properties to send; `file` says that a file goes with them. Raises what the module's docstring names."""
    if not isinstance(values, Mapping):
        raise ProgrammingError(f"What to {operation} is a mapping of field names to values, not {_kind(values)}")
    if operation == "create":
        _nothing_missing(described, values, file=file)
    elif operation == "update" and not values and not file:
        raise MissingParameterError(f"{described.name}: there is nothing to update", hint="give at least one field")
    return {name: _property(described, operation, name, value) for name, value in values.items()}


def action_body(described: ObjectType, action: Action, values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an action to send; a file and what stands in the path are not among them."""
    known = {**action.body, **{name: Argument("Integer", required=True) for name in path_arguments(action)}}
    for name in values:
        if name not in known:
            near = nearest(name, known)
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            hint = f"did you mean {near}?" if near else takes
            raise InvalidRequestError(f"{described.name}.{action.name} has no argument {name!r}", hint=hint)
    missing = [name for name, argument in known.items() if argument.required and values.get(name) is None]
    if missing:
        raise MissingParameterError(f"{described.name}.{action.name} needs {', '.join(missing)}")
    return {
        name: _argument(described, name, argument, values[name])
        for name, argument in action.body.items()
        if name in values and argument.type != "File"
    }


def file_argument(action: Action) -> str | None:
    """The argument of an action that is a file."""
    return next((name for name, argument in action.body.items() if argument.type == "File"), None)


def path_arguments(action: Action) -> list[str]:
    """What stands in an action's path beside the record's id."""
    return [name for name in re.findall(r"{(\w+)}", action.path) if name != "id"]


def email_text(value: object) -> str:
    """An e-mail address to look for."""
    if not isinstance(value, str) or not value.strip():
        raise ProgrammingError("An e-mail address to match is text that is not empty")
    return str(body_value(_ADDRESS, value))


def dumped(body: Mapping[str, Any]) -> bytes:
    """A body as JSON."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _nothing_missing(described: ObjectType, values: Mapping[str, Any], *, file: bool) -> None:
    missing = [
        name for name, field in described.fields.items() if field.create == "required" and values.get(name) is None
    ]
    if missing:
        raise MissingParameterError(f"{described.name} needs {', '.join(missing)} to be created")
    if described.name in _NEEDS_FILE and not file:
        raise MissingParameterError(
            f"{described.name} needs a file to be created", hint="file= takes a path, an open binary file or a FilePart"
        )


def _property(described: ObjectType, operation: Operation, name: object, value: object) -> Any:
    if not isinstance(name, str):
        raise ProgrammingError(f"The name of a field is text, not {_kind(name)}")
    field = described.fields.get(name)
    if field is None and is_custom(described, name):
        return body_value(None, value, name)
    if field is None or not _takes(field, operation):
        raise _not_writable(described, operation, name, field)
    if value is None:
        return None
    if (most := _LONGEST.get((described.name, name))) and isinstance(value, str) and len(value) > most:
        raise InvalidRequestError(f"{described.name}.{name} has {most} characters at most, not {len(value)}")
    return _list(field, value) if field.type == "Array" else body_value(field, value)


def _takes(field: Field, operation: Operation) -> bool:
    if operation == "create":
        return field.create is not None
    return field.update or (operation == "upsert" and field.create is not None)


def _not_writable(described: ObjectType, operation: Operation, name: str, field: Field | None) -> ProgrammingError:
    if field is not None:
        others = [other for other in ("create", "update") if other != operation and _takes(field, other)]
        hint = f"{others[0]} takes it" if others else "it is for reading"
        if field.via is not None:
            hint = f"give {field.via}"
        return NotWritableError(f"{operation} does not take {described.name}.{name}", hint=hint)
    writable = [known for known, one in described.fields.items() if _takes(one, operation)]
    near = nearest(name, writable)
    if near is None and described.name == "Prospect":
        hint = "a custom field is named by its apiFieldId, which ends in __c"
    else:
        hint = f"did you mean {near}?" if near else f"{operation} takes {', '.join(writable)}"
    return InvalidRequestError(f"{described.name} has no field {name!r}", hint=hint)


def _list(field: Field, value: object) -> Any:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise ProgrammingError(f"{field.name} is a list, not {_kind(value)}")
    if field.reference is not None:
        return [body_value(_NUMBER, one, f"An entry of {field.name}") for one in value]
    entries = list(value)
    if field.sub_fields:
        for one in entries:
            _check_names(field, one)
    return body_value(field, entries)


def _check_names(field: Field, one: object) -> None:
    if not isinstance(one, Mapping):
        raise ProgrammingError(f"{field.name} is a list of mappings, not of {_kind(one)}")
    for name in one:
        if name not in field.sub_fields:
            near = nearest(str(name), field.sub_fields)
            hint = f"did you mean {near}?" if near else f"it has {', '.join(field.sub_fields)}"
            raise InvalidRequestError(f"An entry of {field.name} has no {name!r}", hint=hint)


def _argument(described: ObjectType, name: str, argument: Argument, value: object) -> Any:
    if value is None:
        return None
    if argument.type == "Object":
        return record_body(described, "upsert", value)
    if argument.type == "Array of Integer":
        return _list(Field(name, "Array", reference=described.name), value)
    return body_value(Field(name, argument.type.partition(" ")[0]), value)


def _kind(value: object) -> str:
    return type(value).__name__
