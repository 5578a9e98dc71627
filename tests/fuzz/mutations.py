"""Real answers with something wrong in them: JSON whose structure was changed, and bytes that were."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 7, 10**30, -(2**63) - 1, 0.5, 1e308, -0.0, [], {}, [[]], [None], {"": None}),
    *("", " ", "x", "0", "-1", "NaN", "1e999", "null", "ü\u2028\x00", "\ud800", ".", "..", "a/b?c#d%2e", "9" * 5000),
    *("Decimal(38,18)", "ARRAY<ARRAY<", "TIMESTAMP", "2026-02-30", "x" * 5000, [[[[[1]]]]], {"a": {"a": {"a": []}}}),
)
# Copies: what is put into a body may be changed there.
odd_values = st.sampled_from(ODD).map(copy.deepcopy) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += _places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value[:12]):
            found += _places(inner, (*path, number))
    return found


@st.composite
def changed_json(draw: st.DrawFn, body: bytes) -> bytes:
    """The JSON of `body` with one to three changes: a value replaced, dropped, doubled or renamed."""
    value = json.loads(body)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(_places(value)))
        if not place:
            value = draw(odd_values)
            continue
        inside, last = value, place[-1]
        for name in place[:-1]:
            inside = inside[name]
        how = draw(st.sampled_from(("replace", "replace", "drop", "double", "rename")))
        if how == "replace":
            inside[last] = draw(odd_values)
        elif how == "drop":
            del inside[last]
        elif isinstance(inside, list):
            inside.insert(last, inside[last])
        elif how == "rename":
            inside[draw(st.sampled_from([*inside, "data", "status", "x"]))] = inside.pop(last)
        else:
            # Twice under one name, which a JSON object may say and a dict may not.
            mark = "\uffff"
            inside[mark] = inside[last]
            text = json.dumps(value)
            if draw(st.booleans()):
                return text.replace(json.dumps(mark), json.dumps(last)).encode()
            del inside[mark]
    return json.dumps(value).encode()


@st.composite
def changed_bytes(draw: st.DrawFn, body: bytes) -> bytes:
    """`body` with one to three changes: cut, a byte set, a piece left out, doubled, or put in."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(1, 16)))
        how = draw(st.sampled_from(("cut", "set", "set", "set", "drop", "double", "insert")))
        if how == "cut":
            body = body[:start]
        elif how == "set" and start < len(body):
            values = (0, 1, 4, 0x7F, 0x80, 0xFF, ord('"'), ord("0"), ord("-"))
            byte = draw(st.sampled_from(values) | st.integers(0, 255))
            body = body[:start] + bytes([byte]) + body[start + 1 :]
        elif how == "drop":
            body = body[:start] + body[end:]
        elif how == "double":
            body = body[:end] + body[start:]
        else:
            body = body[:start] + draw(st.binary(max_size=8)) + body[start:]
    return body


def changed(body: bytes) -> st.SearchStrategy[bytes]:
    """`body` changed in one of the two ways, or something else altogether."""
    anything = st.binary(max_size=40) | odd_values.map(lambda value: json.dumps(value).encode())
    try:
        json.loads(body)
    except ValueError:
        return changed_bytes(body) | anything
    return changed_json(body) | changed_json(body) | changed_bytes(body) | anything
