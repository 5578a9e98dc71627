"""Who answers which call: the general operations and actions, and those of objects that have ways of their own.

`OWN` is looked at first, by object and operation, or by object and action; a module that gives an object its own ways
adds them here.
"""

from __future__ import annotations

from collections.abc import Mapping

from datacloud_emulator.engagement import operations
from datacloud_emulator.engagement.actions import ACTIONS
from datacloud_emulator.engagement.calls import Handler
from datacloud_emulator.engagement.job_calls import JOB_CALLS

OWN: Mapping[tuple[str, str], Handler] = JOB_CALLS
_OPERATIONS: Mapping[str, Handler] = {
    "query": operations.query,
    "read": operations.read,
    "create": operations.create,
    "update": operations.update,
    "delete": operations.delete,
}


def handler(name: str, operation: str, action: str) -> Handler | None:
    """Who answers; `action` is "" for an operation. None when nobody does."""
    own = OWN.get((name, action or operation))
    if own is not None:
        return own
    return ACTIONS.get(action) if action else _OPERATIONS.get(operation)
