"""What is done when a job leaves Waiting, and when it leaves Processing.

Source: wire spec, account-engagement §15-17.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datacloud_emulator.engagement import bulk_actions, exports, imports
from datacloud_emulator.engagement.jobs import Jobs, Worker
from datacloud_emulator.engagement.store import Row


def _nothing(jobs: Jobs, row: Row) -> Mapping[str, Any]:
    return {}


WORKERS: Mapping[str, tuple[Worker, Worker]] = {
    "Export": (_nothing, exports.work),
    "Import": (_nothing, imports.work),
    "BulkAction": (bulk_actions.begin, bulk_actions.finish),
}
