"""Bodies of calls that write: read, and their properties checked and brought into the store's form.

Source: wire spec, account-engagement §4.2, §12.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from werkzeug.wrappers import Request

from datacloud_emulator.engagement.catalogue import Action, EngagementObject, Field
from datacloud_emulator.engagement.fields import custom_field
from datacloud_emulator.engagement.refusals import RefusedError, wrong_parameter
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Row, Store
from datacloud_emulator.engagement.values import integer, seconds

# What every offset can show: a day less than the years that there are.
_FIRST_MOMENT = int(datetime(1, 1, 2, tzinfo=timezone.utc).timestamp())
_LAST_MOMENT = int(datetime(9999, 12, 30, 23, 59, 59, tzinfo=timezone.utc).timestamp())
# The code for a reference to a record that is not there; for the other objects it is `wrong_id_code`.
_REFERENCE_CODES = {"Campaign": 38, "List": 55, "Prospect": 3, "ProspectAccount": 61, "User": 10}
_ARGUMENT_TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Boolean": (bool,),
    "Object": (dict,),
}
_IDS = "Array of Integer"
_ENTRIES: Mapping[str, type] = {_IDS: int, "Array of String": str}


def read(request: Request) -> Row:
    """The JSON object of a body: code 151 for another content type, 152 for none, 150 for what is no JSON object."""
    if request.mimetype != "application/json":
        raise RefusedError(151, request.mimetype or "none")
    data = request.get_data()
    if not data.strip():
        raise RefusedError(152)
    return parsed(data)


def parsed(data: bytes) -> Row:
    """The JSON object of a text; code 150 for anything else."""
    try:
        body = json.loads(data, parse_constant=_no_constant)
        if b"\\ud" in data.lower():  # half of a pair, which is no text
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RefusedError(150) from None
    if not isinstance(body, dict):
        raise RefusedError(150)
    return body


def properties(
    body: Mapping[str, Any], item: EngagementObject, store: Store, settings: EngagementSettings, *, create: bool
) -> Row:
    """The values of a body in the store's form, each checked by itself.

    Code 154 for an unknown property, 180 for one that is read only, 153 for a required one that is left out or null,
    and the code of its type for a value that does not fit.
    """
    values: Row = {}
    for name, value in body.items():
        said = item.fields.get(name)
        if said is None:
            custom = custom_field(store, name) if item.name == "Prospect" else None
            if custom is None:
                raise RefusedError(154, name)
            values[name] = _custom(name, value, several=custom.several)
            continue
        if not (said.create if create else said.update):
            raise RefusedError(180, name)
        if said.required and (value is None or value == []):
            raise RefusedError(153, name)
        values[name] = None if value is None else _value(said, value, store, settings)
    if create and (missing := [said.name for said in item.fields.values() if said.required and said.name not in body]):
        raise RefusedError(153, ", ".join(missing))
    return values


def arguments(request: Request, action: Action) -> Row:
    """The body of an action: code 208 for an unknown argument, 207 for one that is left out, 206 for a wrong type."""
    body = read(request)
    for name, value in body.items():
        said = action.body.get(name)
        if said is None:
            raise RefusedError(208, name)
        if value is not None and not _fits(said.type, value):
            raise RefusedError(206, name)
    if missing := [name for name, said in action.body.items() if said.required and body.get(name) is None]:
        raise RefusedError(207, ", ".join(missing))
    return body


def _fits(kind: str, value: Any) -> bool:
    if kind == "Integer":
        return integer(value) is not None
    if isinstance(value, list) and kind in _ENTRIES:
        return all(type(entry) is _ENTRIES[kind] and (kind != _IDS or integer(entry) is not None) for entry in value)
    return isinstance(value, _ARGUMENT_TYPES.get(kind, ()))


def _value(said: Field, value: Any, store: Store, settings: EngagementSettings) -> Any:
    if said.type == "Integer":
        return _number(said, value, store, settings)
    if said.type == "DateTime":
        return _moment(said, value, settings)
    if said.type == "Enum" and said.enum:
        return _word(said, value)
    if said.type == "Array":
        return _array(said, value, store, settings)
    return _plain(said, value, settings)


def _moment(said: Field, value: Any, settings: EngagementSettings) -> int:
    moment = seconds(str(value), said.name, settings.wrong_date_code)
    if not _FIRST_MOMENT <= moment <= _LAST_MOMENT:
        raise RefusedError(settings.wrong_date_code, said.name)
    return moment


def _plain(said: Field, value: Any, settings: EngagementSettings) -> Any:
    if said.type == "Boolean":
        if not isinstance(value, bool):
            raise RefusedError(50, said.name)
        return value
    if said.type == "Float":
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise RefusedError(56, said.name)
        return float(value)
    if isinstance(value, dict) is not (said.type == "Object") or isinstance(value, (bool, list)):
        raise wrong_parameter(said.name, settings.wrong_value_code)
    # choice: numbers are taken as the text they are written as; several String fields hold numbers.
    return value if said.type == "Object" else str(value)


def _word(said: Field, value: Any) -> str:
    """A word of an enum. Letter case varies between sources; what is kept is as the list has it."""
    for word in said.enum:
        if isinstance(value, str) and word.lower() == value.lower():
            return word
    raise RefusedError(52, said.name)


def _number(said: Field, value: Any, store: Store, settings: EngagementSettings) -> int:
    number = integer(value)
    if number is None:
        raise RefusedError(56, said.name)
    if said.reference is not None:
        _check_reference(said.reference, number, said.name, store, settings)
    return number


def _check_reference(name: str, number: int, field: str, store: Store, settings: EngagementSettings) -> None:
    row = store.get(name, number)
    if row is None or row["_deleted"]:
        raise RefusedError(_REFERENCE_CODES.get(name, settings.wrong_id_code), f"{field} {number}")


def _array(said: Field, value: Any, store: Store, settings: EngagementSettings) -> list[Any]:
    if not isinstance(value, list):
        raise wrong_parameter(said.name, settings.wrong_value_code)
    if said.reference is not None:
        return [_number(said, entry, store, settings) for entry in value]
    if said.sub_fields:
        for entry in value:
            if not isinstance(entry, dict):
                raise wrong_parameter(said.name, settings.wrong_value_code)
            if unknown := sorted(set(entry) - set(said.sub_fields)):
                raise RefusedError(154, f"{said.name}.{unknown[0]}")
    return value


def _custom(name: str, value: Any, *, several: bool) -> Any:
    """How dates and numbers are typed is not known: choice, everything is text, lists only where there are several."""
    if value is None:
        return None
    values = value if isinstance(value, list) else [value]
    if (isinstance(value, list) and not several) or any(isinstance(entry, (dict, list)) for entry in values):
        raise wrong_parameter(name)
    texts = [str(entry).lower() if isinstance(entry, bool) else str(entry) for entry in values]
    return texts if several else texts[0]


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
