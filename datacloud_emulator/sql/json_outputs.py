"""Results that cannot travel as the engine's JSON: their query is wrapped in one that turns the columns at fault into
text, and the columns are named as what they were.

| column                                    | leaves as                     |
|-------------------------------------------|-------------------------------|
| bytea                                     | base64, still called bytea    |
| geography, uuid, the engine's inner types | their text, called varchar    |

The wrapping query sorts as the wrapped one did (`ordering`).

Source: wire spec, hyper §3, §6, §7 row 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from datacloud_emulator.engine.sql_types import ResultColumn
from datacloud_emulator.sql.lexer import quoted
from datacloud_emulator.sql.ordering import carried

# Array types the engine does write as JSON, by their number in pg_type; to the native connection all are unsupported.
_ARRAYS_WITH_JSON = frozenset({1000, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1115, 1182, 1183, 1185, 1231})


@dataclass(frozen=True)
class Output:
    """One output of a query: how it is put into text, and the type name it has then; None: it stays as it is."""

    name: str
    expression: str | None = None
    type_name: str | None = None


def outputs(columns: Sequence[Any]) -> list[Output]:
    """The outputs of a query described by the native connection, which knows every type."""
    return [_output(column) for column in columns]


def _output(column: Any) -> Output:
    from tableauhyperapi import TypeTag

    name, tag = column.name.unescaped, column.type.tag
    if tag == TypeTag.BYTES:
        return _base64(name)
    inner_type = tag == TypeTag.UNSUPPORTED and column.type.internal_oid not in _ARRAYS_WITH_JSON
    if inner_type or tag in {TypeTag.GEOGRAPHY, TypeTag.TABGEOGRAPHY}:
        return Output(name, "CAST({} AS TEXT)", "varchar")
    return Output(name)


def arrow_outputs(schema: bytes) -> list[Output]:
    """The outputs of a query described by its Arrow schema message, which has no word for the engine's inner types."""
    import pyarrow as pa

    fields = pa.ipc.read_schema(pa.py_buffer(schema)) if schema else ()
    return [_arrow_output(item) for item in fields]


def _arrow_output(item: Any) -> Output:
    import pyarrow as pa

    if not pa.types.is_binary(item.type):
        return Output(item.name)
    if (item.metadata or {}).get(b"hyper:type") == b"Geography":
        return Output(item.name, "CAST({} AS TEXT)", "varchar")
    return _base64(item.name)


def _base64(name: str) -> Output:
    # The engine breaks base64 into lines of 76 characters.
    return Output(name, "replace(encode({}, 'base64'), E'\\n', '')", "bytea")


def base64_places(outputs: Sequence[Output]) -> frozenset[int]:
    """Which columns leave the wrapped query as base64."""
    return frozenset(place for place, output in enumerate(outputs) if output.type_name == "bytea")


def wrapped(sql: str, outputs: Sequence[Output]) -> str | None:
    """The query with its outputs put into text, row for row and in order; None when it cannot be, or need not."""
    query = carried(sql, [output.name for output in outputs])
    if query is None or all(output.expression is None for output in outputs):
        return None
    outer = [
        f"{(output.expression or '{}').format(f'q.c{number}')} AS {quoted(output.name)}"
        for number, output in enumerate(outputs)
    ]
    inner = [f"c{number}" for number in range(len(outputs) + query.extra)]
    return f"SELECT {', '.join(outer)} FROM (\n{query.sql}\n) AS q({', '.join(inner)}) {query.order_by}"


def restored(columns: Sequence[ResultColumn], outputs: Sequence[Output]) -> tuple[ResultColumn, ...]:
    """The columns of a wrapped query, called what they were."""
    return tuple(
        replace(column, type_name=output.type_name) if output.type_name is not None else column
        for column, output in zip(columns, outputs, strict=True)
    )
