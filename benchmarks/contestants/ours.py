"""This project's own connector, over each of its transports."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from importlib.metadata import version
from typing import Any

import datacloud_dbapi
from benchmarks import pages
from benchmarks.contestants.turns import Found, Times, Turn, counted, look, repeated, summed, take_turns
from datacloud_dbapi import aio

SERVER: dict[str, Any] = json.loads(sys.argv[1])
_connections: dict[tuple[str, str], datacloud_dbapi.Connection] = {}
_engines: dict[str, Any] = {}


def params(turn: Turn, **more: Any) -> dict[str, Any]:
    if turn.transport == "hyper":
        return {"transport": "hyper", "allow_insecure_loopback": True, **SERVER["hyper"], **more}
    return {
        "login_url": SERVER["urls"][turn.door],
        "ca_bundle": SERVER["ca_file"],
        "client_id": SERVER["client_id"],
        "client_secret": SERVER["client_secret"],
        "allowed_hosts": ["127.0.0.1"],
        "transport": turn.transport,
        **more,
    }


def executed(turn: Turn, *, arrow: bool = False) -> datacloud_dbapi.Cursor:
    key = turn.door, turn.transport
    if key not in _connections:
        _connections[key] = datacloud_dbapi.connect(**params(turn))
    return _connections[key].cursor().execute(SERVER["statements"][str(turn.rows)], arrow=arrow)


def fetched_in_parts(turn: Turn) -> Found:
    cursor = executed(turn)
    parts = iter(lambda: cursor.fetchmany(1000), [])
    if turn.check:
        return summed(row for part in parts for row in part)
    return Found(sum(map(len, parts)))


def batches(turn: Turn) -> Found:
    read = executed(turn, arrow=True).fetch_record_batch()
    if turn.check:
        return look(read.read_all())
    return Found(sum(batch.num_rows for batch in read))


def read_sql(turn: Turn, **options: Any) -> Any:
    import pandas as pd
    import sqlalchemy as sa

    if turn.door not in _engines:
        _engines[turn.door] = sa.create_engine("datacloud://", creator=lambda: datacloud_dbapi.connect(**params(turn)))
    return pd.read_sql(sa.text(SERVER["statements"][str(turn.rows)]), _engines[turn.door], **options)


def read_sql_exactly(turn: Turn) -> Any:
    """With decimals as they are, and not as floats."""
    return read_sql(turn, coerce_float=False)


def frame_of_rows(turn: Turn, **options: Any) -> Any:
    """What `read_sql` cannot go below: our rows, made into its frame by pandas."""
    import pandas as pd

    rows = executed(turn).fetchall()
    return pd.DataFrame.from_records(rows, columns=pages.NAMES, **options)


def frame_of_floats(turn: Turn) -> Any:
    return frame_of_rows(turn, coerce_float=True)


def first_row(turn: Turn) -> Times:
    opened: list[datacloud_dbapi.Cursor] = []

    def once() -> Found:
        opened.append(executed(turn))
        return Found(1 if opened[-1].fetchone() else 0)

    # Closed, a result is no longer fetched ahead, which would disturb the next one.
    return repeated(turn, once, lambda: _close(opened))


def connected(turn: Turn) -> Times:
    opened: list[datacloud_dbapi.Connection] = []

    def once() -> Found:
        opened.append(datacloud_dbapi.connect(**params(turn)))
        return Found(len(opened[-1].cursor().execute(SERVER["statements"][str(turn.rows)]).fetchall()))

    return repeated(turn, once, lambda: _close(opened))


def _close(opened: list[Any]) -> None:
    while opened:
        opened.pop().close()


def several(turn: Turn, at_once: bool, **more: Any) -> Times:
    """So many queries on one asynchronous connection; the seconds are those of all of them."""

    async def all_of_them() -> Times:
        async with await aio.connect(**params(turn, **more)) as connection:

            async def one() -> int:
                cursor = await connection.cursor().execute(SERVER["statements"][str(turn.rows)])
                return len(await cursor.fetchall())

            # So that there is a socket for each, as in a service that has run for a while.
            await asyncio.gather(*(one() for _ in range(turn.times)))
            started = time.perf_counter()
            if at_once:
                counts = await asyncio.gather(*(one() for _ in range(turn.times)))
            else:
                counts = [await one() for _ in range(turn.times)]
            return Times(Found(min(counts)), [time.perf_counter() - started])

    return asyncio.run(all_of_them())


def look_closely(result: Any) -> Found:
    """Look at every row, and at each cell of the last one."""
    if isinstance(result, list):
        expected = pages.row(result[-1][0] - pages.FIRST_ID)
        assert result[-1] == expected, f"{result[-1]} is not {expected}"
    return look(result)


WAYS = {
    "fetchall": lambda turn: executed(turn).fetchall(),
    "iterate": lambda turn: (summed if turn.check else counted)(executed(turn)),
    "fetchmany": fetched_in_parts,
    "fetch_arrow_table": lambda turn: executed(turn, arrow=True).fetch_arrow_table(),
    "fetch_df": lambda turn: executed(turn, arrow=True).fetch_df(),
    "fetch_polars": lambda turn: executed(turn, arrow=True).fetch_polars(),
    "record batches": batches,
    "read_sql": read_sql,
    "fetchall + DataFrame": frame_of_floats,
    "read_sql, exact": read_sql_exactly,
    "fetchall + exact DataFrame": frame_of_rows,
    "first row": first_row,
    "connect": connected,
    "small": lambda turn: repeated(turn, lambda: Found(len(executed(turn).fetchall()))),
    "at once": lambda turn: several(turn, True),
    "at once, no limit": lambda turn: several(turn, True, max_in_flight=turn.times),
    "one after another": lambda turn: several(turn, False),
}
LIBRARIES = ("datacloud-dbapi", "httpx", "msgspec", "pyarrow", "pandas", "polars", "sqlalchemy", "grpcio")

if __name__ == "__main__":
    take_turns(WAYS, look_closely, {name: version(name) for name in LIBRARIES})
