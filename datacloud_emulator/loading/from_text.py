"""Text into typed values, by grammars of our own: Arrow's parsers accept more than they should (a decimal of too many
digits wraps around, `0x10` is a number, 1e400 is infinite).

`fitting` grammars are those by which a CSV column's type is inferred: text is taken for a type only where nothing of
it is lost. `accepted` grammars are wider, for a column whose type `catalog.toml` names.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datacloud_emulator.engine.sql_types import SqlType
from datacloud_emulator.loading.columns import UnstorableTypeError, UnstorableValueError, staged_type

_YEAR = "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
_DATE = f"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_ZONE = "(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_WHOLE = "(?:0|[1-9][0-9]*)"
_ENDLESS = "[+-]?(?:inf|Inf|INF|infinity|Infinity|INFINITY)|nan|NaN|NAN"

# A minus before zero is left to floating point, where it means something.
FITTING = {
    "bigint": "0|-?[1-9][0-9]{0,18}",
    "numeric": rf"{_WHOLE}(?:\.[0-9]+)?|-{_WHOLE}(?:\.[0-9]+)?",
    "float8": rf"-?{_WHOLE}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|{_ENDLESS}",
    "bool": "true|True|TRUE|false|False|FALSE",
    "date": _DATE,
    "timestamp": f"{_DATE}[T ]{_TIME}",
    "timestamptz": f"{_DATE}[T ]{_TIME}{_ZONE}",
}

_ACCEPTED = {
    "bool": "true|True|TRUE|false|False|FALSE|0|1",
    "smallint": "-?[0-9]+",
    "integer": "-?[0-9]+",
    "bigint": "-?[0-9]+",
    "float4": rf"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|{_ENDLESS}",
    "float8": rf"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|{_ENDLESS}",
    "date": _DATE,
    "time": _TIME,
    "timestamp": f"{_DATE}(?:[T ]{_TIME})?",
    # choice: text without a zone, where the catalog says there is one, is UTC, as it is to the engine.
    "timestamptz": f"{_DATE}(?:[T ]{_TIME}(?: ?UTC|{_ZONE})?)?",
}


def matches(array: Any, grammar: str) -> Any:
    """A mask: which texts are wholly of that grammar; null where the text is."""
    return pc.match_substring_regex(array, f"^(?:{grammar})$") if len(array) else pa.array([], pa.bool_())


def convert(array: Any, stored: SqlType) -> Any:
    """Texts as values of a column of type `stored`. Raises UnstorableValueError for the first that is not one, and
    UnstorableTypeError where text has no reading as that type.
    """
    if stored == SqlType("varchar"):
        return array
    # Columns repeat themselves: each distinct text is looked at once.
    encoded = array.dictionary_encode()
    try:
        return _converted(encoded.dictionary, stored).take(encoded.indices)
    except UnstorableValueError as error:
        raise UnstorableValueError(pc.index(encoded.indices, error.index).as_py(), error.value) from None


def _converted(array: Any, stored: SqlType) -> Any:
    if stored.name in {"varchar", "char"}:
        if stored.length is not None:
            _refuse_where(array, pc.greater(pc.utf8_length(array), pa.scalar(stored.length)))
        return array
    if stored.name == "json":
        _check_json(array)
        return array
    grammar = _numeric_grammar(stored) if stored.name == "numeric" else _ACCEPTED.get(stored.name)
    if grammar is None:
        raise UnstorableTypeError(f"text cannot be read as {stored.sql}; leave it TEXT")
    _refuse_where(array, pc.invert(matches(array, grammar)))
    try:
        converted = _parsed(array, stored)
    except pa.ArrowInvalid as error:
        _refuse_first_failing(array, stored)
        raise UnstorableTypeError(f"text cannot be read as {stored.sql}: {error}") from error
    if pa.types.is_floating(converted.type):
        # Too large for the type: Arrow makes it infinite.
        endless = pc.and_(pc.is_inf(converted), pc.invert(matches(array, _ENDLESS)))
        _refuse_where(array, endless)
    return converted


def _numeric_grammar(stored: SqlType) -> str:
    """Digits that fit the type, zeros at either end aside."""
    scale = stored.scale or 0
    whole = (stored.precision or 0) - scale
    leading = f"0*[0-9]{{1,{whole}}}" if whole else "0+"
    fraction = f"[0-9]{{0,{scale}}}0*"
    only_fraction = rf"\.[0-9]{{1,{scale}}}0*" if scale else r"\.0+"
    return rf"[+-]?(?:{leading}(?:\.{fraction})?|{only_fraction})"


def _parsed(array: Any, stored: SqlType) -> Any:
    target = staged_type(stored)
    if stored.name == "time":
        # Arrow reads no time of day, but a time of a day.
        return pc.binary_join_element_wise("1970-01-01T", array, "").cast(pa.timestamp("us")).cast(target)
    if stored.name == "timestamptz":
        array = pc.replace_substring_regex(array, " ?UTC$", "Z")
        zoned = pc.match_substring_regex(array, f":.*{_ZONE}$")
        naive = pc.if_else(zoned, pa.scalar(None, pa.string()), array).cast(pa.timestamp("us")).cast(target)
        return pc.coalesce(pc.if_else(zoned, array, pa.scalar(None, pa.string())).cast(target), naive)
    if stored.name == "numeric":
        # Arrow reads neither a bare point nor more digits than the type has, zeros or not.
        array = pc.replace_substring_regex(array, r"^([+-]?)0+([0-9])", r"\1\2")
        array = pc.replace_substring_regex(array, r"(\.[0-9]*?)0*$", r"\1")
        array = pc.replace_substring_regex(array, r"\.$", "")
    if pa.types.is_floating(target):
        array = pc.replace_substring_regex(array, r"^\+", "")
    return array.cast(target)


def _refuse_where(array: Any, mask: Any) -> None:
    wrong = pc.index(mask, True).as_py()
    if wrong >= 0:
        raise UnstorableValueError(wrong, array[wrong].as_py())


def _refuse_first_failing(array: Any, stored: SqlType) -> None:
    for index in range(len(array)):
        try:
            _parsed(array.slice(index, 1), stored)
        except pa.ArrowInvalid:
            raise UnstorableValueError(index, array[index].as_py()) from None


def _check_json(array: Any) -> None:
    for index, text in enumerate(array.to_pylist()):
        if text is not None:
            try:
                json.loads(text, parse_constant=_no_constant)
            except ValueError:
                raise UnstorableValueError(index, text) from None


def _no_constant(name: str) -> None:
    raise ValueError(name)
