"""Salesforce's own connector 1.0 (PyPI: salesforce-cdp-connector): Query API V2, rows as JSON or a frame from Arrow."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

from benchmarks.contestants.turns import Found, Turn, counted, look, repeated, summed, take_turns

SERVER: dict[str, Any] = json.loads(sys.argv[1])
WHO = {name: SERVER[name] for name in ("client_id", "client_secret", "username", "password")}
connector = import_module("salesforcecdpconnector.connection")
submitter = import_module("salesforcecdpconnector.query_submitter").QuerySubmitter
_connections: dict[str, Any] = {}


def new_connection(door: str) -> Any:
    return connector.SalesforceCDPConnection(SERVER["urls"][door], **WHO)


def connection(turn: Turn) -> Any:
    if turn.door not in _connections:
        _connections[turn.door] = new_connection(turn.door)
    return _connections[turn.door]


def executed(turn: Turn, over: Any = None) -> Any:
    cursor = (over or connection(turn)).cursor()
    cursor.execute(SERVER["statements"][str(turn.rows)])
    return cursor


def iterated(turn: Turn) -> Found:
    """Its cursor is no iterator: row by row is `fetchone`, until there is none."""
    return (summed if turn.check else counted)(iter(executed(turn).fetchone, None))


def connected(turn: Turn) -> Any:
    def once() -> Found:
        return Found(len(executed(turn, new_connection(turn.door)).fetchall()))

    # It keeps sockets for the whole process, which a new one would not have.
    return repeated(turn, once, submitter.session.close)


def first_row(turn: Turn) -> Any:
    return repeated(turn, lambda: Found(1 if executed(turn).fetchone() else 0))


def small(turn: Turn) -> Any:
    return repeated(turn, lambda: Found(len(executed(turn).fetchall())))


if __name__ == "__main__":
    take_turns(
        {
            "fetchall": lambda turn: executed(turn).fetchall(),
            "iterate": iterated,
            "fetch_df": lambda turn: connection(turn).get_pandas_dataframe(SERVER["statements"][str(turn.rows)]),
            "first row": first_row,
            "connect": connected,
            "small": small,
        },
        look,
        {name: version(name) for name in ("salesforce-cdp-connector", "requests", "pandas", "pyarrow")},
    )
