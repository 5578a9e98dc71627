"""Arrow streams that end early, at any of their bytes: an error, never a shorter table.

Source: wire spec, faults O7.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from datacloud_dbapi import Cursor, InternalError, OperationalError
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports import hyper_service_pb2 as pb
from datacloud_emulator import Fault
from tests.faults.reading import Way, table_rows
from tests.faults.world import World
from tests.unit.driver.hyper_script import BARE, COLUMNS, executed, hyper_stage, said, status

pytestmark = pytest.mark.fault("O7")

SQL = "SELECT n FROM generate_series(1, 3) AS t(n) ORDER BY n"
ROWS = [(1,), (2,), (3,)]
# A cut at each byte is what the walk of a stream is tested with (`test_arrow_stream`), and hyper's parts below; these
# are bytes of each kind.
STEPS = {"blocking": 3, "asyncio": 29}


def never_shorter(way: Way, cursor: Any, world: World, strike: Callable[[int], None], size: int) -> int:
    """Read the result once for each cut of `size` bytes; how many were found out."""
    found_out = 0
    for length in range(0, size, STEPS[world.face]):
        world.emulator.faults.clear()
        strike(length)
        try:
            assert way.fetch(cursor.execute(SQL, arrow=True)) == ROWS, f"cut at {length}"
        except OperationalError:
            found_out += 1
        except InternalError:
            # Nothing at all stands for no rows, which the row count contradicts.
            assert length == 0
    return found_out


@pytest.mark.parametrize("kind", ["stream", "base64"])
def test_in_json(world: World, kind: str) -> None:
    """A stream that was cut and then written as Base64, and Base64 that was cut itself."""
    way = Way(arrow=True)
    cursor = way.cursor(world)
    texts: list[str] = []
    world.emulator.faults.add(
        Fault("query", change=lambda body: texts.append(body["arrowStream"]) or body)  # type: ignore[func-returns-value]  # it returns None, so the body stands
    )
    assert way.fetch(cursor.execute(SQL, arrow=True)) == ROWS
    [text] = texts
    stream = base64.b64decode(text)

    def strike(length: int) -> None:
        short = text[:length] if kind == "base64" else base64.b64encode(stream[:length]).decode()
        world.emulator.faults.add(Fault("query", change=lambda body: {**body, "arrowStream": short}))

    size = len(text) if kind == "base64" else len(stream)
    assert never_shorter(way, cursor, world, strike, size) == len(range(0, size, STEPS[world.face])) - 1


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_in_binary(world: World, encoding: str) -> None:
    """As it is and packed. What ends before its first byte is a query without rows yet, and is asked for them."""
    way = Way("direct-v3", arrow=True)
    cursor = way.cursor(world)
    headers = {"Content-Encoding": "identity"} if encoding == "identity" else {}

    def strike(length: int) -> None:
        world.emulator.faults.add(Fault("v3-query", cut=True, keep=length, headers=headers))

    size = 300 if encoding == "gzip" else 600
    assert never_shorter(way, cursor, world, strike, size) >= (30 if world.face == "blocking" else 4)


@pytest.mark.parametrize("operation", ["v3-rows", "v3-chunk"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_in_a_page(world: World, operation: str, encoding: str) -> None:
    """Of a result that is read again by its id."""
    way = Way("direct-v3", arrow=operation == "v3-chunk")
    cursor = way.execute(world, SQL)
    query_id = cursor.query_id
    headers = {"Content-Encoding": "identity"} if encoding == "identity" else {}
    found_out = 0
    for length in range(0, 600, 23):
        world.emulator.faults.clear()
        world.emulator.faults.add(Fault(operation, cut=True, keep=length, headers=headers))
        try:
            assert way.fetch(cursor.attach(query_id)) == ROWS, f"cut at {length}"
        except OperationalError:
            found_out += 1
    assert found_out or encoding == "gzip", "a packed answer that was cut is lost on its way, and asked for again"


def arrow_parts() -> tuple[bytes, list[bytes]]:
    """The parts of a result as the engine sends them: its schema, and record batches without an end."""
    types: dict[str, pa.DataType] = {"a": pa.int32(), "t": pa.string()}
    schema = pa.schema(types)
    batches = [
        pa.record_batch([pa.array(numbers, pa.int32()), pa.array([str(n) for n in numbers])], schema=schema)
        for numbers in ([1, 2, 3], [4, 5, 6])
    ]
    return schema.serialize().to_pybytes(), [batch.serialize().to_pybytes() for batch in batches]


def played(schema: bytes, parts: list[bytes]) -> list[tuple[Any, ...]]:
    """What a cursor reads whose first page has one of the parts, and whose second one has the other."""
    head = pb.QueryResult(binary_part=pb.Part(data=schema))
    answers = [(head, pb.QueryResult(binary_part=pb.Part(data=part), result_part_row_count=3)) for part in parts]
    told = pb.QueryInfo(string_schema=pb.Part(data=json.dumps(COLUMNS).encode()))
    stage, transport = hyper_stage(executed(*answers[0], status(6, chunks=2)), said(*answers[1]), said(told))
    runner = SimpleNamespace(run=lambda flow, started=None: stage.run(flow), tell=lambda event: None)
    runner.reading_when = lambda free: runner
    runner.read_ahead = lambda *pages: Runner.read_ahead(runner, *pages)  # type: ignore[arg-type]  # it only runs flows
    owner = SimpleNamespace(check_usable=lambda: None)
    params = ConnectParams.resolve(None, BARE | {"prefetch": 0}, {})
    cursor = Cursor(owner, transport, runner, params)  # type: ignore[arg-type]  # a runner that plays a script
    return table_rows(cursor.execute(SQL, arrow=True).fetch_arrow_table())


def test_in_a_part_of_hyper() -> None:
    schema, parts = arrow_parts()
    assert played(schema, parts) == [(n, str(n)) for n in range(1, 7)]
    for place, part in enumerate(parts):
        for length in range(len(part)):
            short = [part[:length] if number == place else whole for number, whole in enumerate(parts)]
            # A part that is gone altogether leaves a whole stream of too few rows: against its count, IE.
            with pytest.raises((OperationalError, InternalError) if not length else OperationalError):
                played(schema, short)
    for length in range(1, len(schema)):
        with pytest.raises(OperationalError):
            played(schema[:length], parts)
