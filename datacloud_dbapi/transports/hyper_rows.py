"""Reads what Hyper's result parts hold: columns from the JSON schema, rows from JSON parts.

Pure functions from bytes to values; nothing here knows of gRPC. Source: wire spec, hyper §2.1 (parts), §3 (types).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from datacloud_dbapi.errors import ProtocolError
from datacloud_dbapi.page import Column, RowText
from datacloud_dbapi.transports.bodies import read_json
from datacloud_dbapi.typed_json import join_texts, row_text
from datacloud_dbapi.types import DataType


def json_rows(parts: Sequence[bytes | memoryview], query_id: str) -> list[list[object]] | RowText:
    """The rows of JSON parts in their order: as text, when all are arrays of rows, else with all digits."""
    texts = [text for text in map(row_text, parts) if text is not None]
    if texts and len(texts) == len(parts):
        return join_texts(texts)
    rows: list[list[object]] = []
    for part in parts:
        read = read_json(bytes(part), "GetQueryResult")
        if isinstance(read, dict):
            # As the service's own comments promise it; the engine sends the bare array.
            read = read.get("data")
        if not isinstance(read, list) or not all(isinstance(row, list) for row in read):
            raise ProtocolError("A result part is no array of rows", query_id=query_id)
        rows += read
    return rows


def json_columns(schema: bytes, query_id: str) -> tuple[Column, ...]:
    """The columns of a JSON schema part, `{"columns": [{name, type, precision, scale, length, inner, nullable}]}`."""
    read = read_json(schema, "GetQueryInfo")
    columns = read.get("columns") if isinstance(read, dict) else None
    if not isinstance(columns, list):
        raise ProtocolError("The result's schema has no columns", query_id=query_id)
    return tuple(_column(facts, query_id) for facts in columns)


def needs_arrow(columns: Sequence[Column]) -> bool:
    """Whether JSON does not carry these columns, or not exactly: bytes are refused, JSON values lose their text."""
    return any(_innermost(column.type).kind in ("BINARY", "JSON") for column in columns)


def _column(facts: Any, query_id: str) -> Column:
    name = facts.get("name") if isinstance(facts, dict) else None
    if not isinstance(name, str):
        raise ProtocolError("The result's schema has a column without a name", query_id=query_id)
    nullable = facts.get("nullable")
    return Column(name, _data_type(facts), nullable if isinstance(nullable, bool) else None)


def _data_type(facts: dict[str, Any]) -> DataType:
    """The type that a schema names, its arguments beside it."""
    text = facts.get("type")
    found = DataType.from_wire(text if isinstance(text, str) else None)
    if found.kind == "ARRAY":
        inner = facts.get("inner")
        return dataclasses.replace(found, inner=_data_type(inner) if isinstance(inner, dict) else None)
    if found.kind == "NUMERIC":
        return dataclasses.replace(found, precision=_count(facts, "precision"), scale=_count(facts, "scale"))
    if found.kind in ("CHAR", "VARCHAR"):
        return dataclasses.replace(found, length=_count(facts, "length"))
    if found.kind == "UNKNOWN" and found.text is not None:
        return dataclasses.replace(found, text=found.text.upper())
    return found


def _count(facts: dict[str, Any], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _innermost(data_type: DataType) -> DataType:
    return data_type if data_type.inner is None else _innermost(data_type.inner)
