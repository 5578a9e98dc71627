"""How far a kept statement is, as query-sql and V3 tell it.

Speaks for the wire spec, query §9.3 and §10; hyper §2.1 (QueryStatus).
"""

from __future__ import annotations

from collections.abc import Mapping

from datacloud_emulator.engine.wire import EngineQuery, QueryProgress
from datacloud_emulator.quirks import Quirks

# The engine's words for a statement that runs, one whose rows are all readable, and one whose rows are stored as well.
CONNECT_STATES = {"running": "Running", "produced": "ResultsProduced", "stored": "Finished"}
V3_STATES = {"running": "RUNNING", "produced": "RESULTS_PRODUCED", "stored": "FINISHED"}

_GRACE_SECONDS = 0.05  # choice


def snapshot(engine: EngineQuery, rows: int, wait: float, quirks: Quirks) -> QueryProgress:
    """The progress a POST answers with: once `rows` rows can be read and it is known whether more follow, the statement
    is finished, or `wait` seconds are over. At 0 seconds nothing is looked at: there is an id, and no data.
    """
    if not wait or quirks.running_first:
        return QueryProgress(0, finished=False)
    progress = engine.wait(rows + 1, wait)
    # Rows are there a moment before the word that they are all: worth waiting for, as it saves the client a call.
    return progress if progress.finished else engine.look(min(wait, _GRACE_SECONDS))


def status_fields(query_id: str, progress: QueryProgress, states: Mapping[str, str]) -> dict[str, object]:
    """The status without its `expirationTime`, which every API spells in its own way."""
    state = "stored" if progress.stored else "produced" if progress.finished else "running"
    return {
        "queryId": query_id,
        "completionStatus": states[state],
        "chunkCount": progress.chunk_count,
        "rowCount": progress.row_count,
        "progress": progress.progress,
    }
