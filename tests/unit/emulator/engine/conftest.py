"""One engine for all tests of this folder; each test loads its own data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.store import Dataspace, Store

Serve = Callable[..., Dataspace]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine(single_thread=True) as engine:
        yield engine


@pytest.fixture
def serve(engine: Engine, tmp_path: Path) -> Iterator[Serve]:
    """`serve({"a.csv": "x\\n1\\n"})`: those files as a data space. Text is written as UTF-8."""
    with ExitStack() as stack:

        def load(files: dict[str, str | bytes], dataspace: str = "default") -> Dataspace:
            folder = tmp_path / "data"
            for name, content in files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
            store = stack.enter_context(Store(engine, folder, [dataspace]))
            served = store.dataspace(dataspace)
            assert served is not None
            return served

        yield load


def rows(dataspace: Dataspace, sql: str, *, writable: bool = False) -> list[list[Any]]:
    """Every row of a query, as its JSON reads; numbers as text, so that no digit is lost on the way."""
    query = dataspace.submit(sql, writable=writable)
    progress = query.wait_finished()
    if not progress.row_count or not query.columns:
        return []
    text = b",".join(part.rows for part in query.rows_json(0, progress.row_count, 8_000_000))
    found: list[list[Any]] = json.loads(b"[" + text + b"]", parse_float=str)
    assert len(found) == progress.row_count
    return found
