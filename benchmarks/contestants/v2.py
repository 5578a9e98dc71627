"""Salesforce's own connector 2.0 beta (PyPI: salesforce-datacloud-connector): query-sql at the org, rows as JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

from benchmarks.contestants.turns import Found, Turn, counted, look, repeated, summed, take_turns

SERVER: dict[str, Any] = json.loads(sys.argv[1])
WHO = {name: SERVER[name] for name in ("client_id", "client_secret", "username", "password")}
connector = import_module("salesforce_datacloud_connector")
_connections: dict[str, Any] = {}


def new_connection(door: str) -> Any:
    return connector.connect(login_url=SERVER["urls"][door], **WHO)


def executed(turn: Turn) -> Any:
    if turn.door not in _connections:
        _connections[turn.door] = new_connection(turn.door)
    return _connections[turn.door].cursor().execute(SERVER["statements"][str(turn.rows)])


def connected(turn: Turn) -> Any:
    def once() -> Found:
        cursor = new_connection(turn.door).cursor()
        return Found(len(cursor.execute(SERVER["statements"][str(turn.rows)]).fetchall()))

    return repeated(turn, once)


if __name__ == "__main__":
    take_turns(
        {
            "fetchall": lambda turn: executed(turn).fetchall(),
            "iterate": lambda turn: (summed if turn.check else counted)(executed(turn)),
            "fetch_df": lambda turn: executed(turn).fetch_df(),
            "first row": lambda turn: repeated(turn, lambda: Found(1 if executed(turn).fetchone() else 0)),
            "connect": connected,
            "small": lambda turn: repeated(turn, lambda: Found(len(executed(turn).fetchall()))),
        },
        look,
        {name: version(name) for name in ("salesforce-datacloud-connector", "requests", "pandas")},
    )
