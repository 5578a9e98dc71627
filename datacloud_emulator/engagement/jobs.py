"""The jobs of a business unit: exports, imports and bulk actions, from Waiting to their end.

How it works: a job is a record of its object (`Export`, `Import`, `BulkAction`), whose status moves on by ticks. A tick
is a read of the job (a poll), a call of `tick`, or a span of the emulator's clock; the settings say how many it takes.

| from | to | and |
|---|---|---|
| Waiting | Processing | a bulk action deals with the first half of its rows; of exports, only the oldest |
| Processing | Complete, or Failed | the work is done |
| Canceling | Canceled | |

Open, Paused and every state at the end stay until someone changes them. What a job was given and what it gave is kept
here, in memory.

Source: wire spec, account-engagement §15-17, §22 row 7.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement.refusals import RefusedError, not_found
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Condition, Row
from datacloud_emulator.engagement.unit import BusinessUnit

log = logging.getLogger(__name__)

JOBS = ("Export", "Import", "BulkAction")

_NEXT = {"Waiting": "Processing", "Processing": "Complete", "Canceling": "Canceled"}
_DAY = 86_400

# Does what a job does when it leaves a state; the values to set.
Worker = Callable[["Jobs", Row], Mapping[str, Any]]


@dataclass
class _Progress:
    """How far a job is in the state it has."""

    since: float  # by the emulator's clock
    ticks: int = 0


@dataclass
class Papers:
    """What jobs were given and gave, by their ids."""

    results: dict[int, dict[int, bytes]] = field(default_factory=dict)  # of exports, by the file's id
    next_file: int = 88_001
    batches: dict[int, list[Any]] = field(default_factory=dict)  # of imports
    rows: dict[int, list[str]] = field(default_factory=dict)  # of bulk actions
    errors: dict[tuple[str, int], bytes] = field(default_factory=dict)  # by object name and id


class Jobs:
    """The jobs of one business unit."""

    def __init__(
        self,
        unit: BusinessUnit,
        clock: Clock,
        settings: EngagementSettings,
        workers: Mapping[str, tuple[Worker, Worker]],
    ) -> None:
        self._workers = workers
        self.unit = unit
        self.clock = clock
        self.settings = settings
        self.papers = Papers()
        self.lock = threading.RLock()  # taken before the store's, never after it
        self._progress: dict[tuple[str, int], _Progress] = {}

    @property
    def now(self) -> int:
        return int(self.clock.time())

    def started(self, name: str, number: int) -> None:
        """A job has been made, or has been made to wait: its time in this state begins."""
        self._progress[name, number] = _Progress(self.clock.time())

    def poll(self, name: str, number: int) -> None:
        """Someone is about to read a job."""
        with self.lock:
            self.refresh(name)
            polls = self.settings.job_polls
            if polls is None:
                return
            if polls == 0:
                while (head := self._head(name, number)) is not None:
                    self._advance(name, head)
            elif (head := self._head(name, number)) is not None:
                progress = self._progress_of(name, head)
                progress.ticks += 1
                if progress.ticks >= polls:
                    self._advance(name, head)

    def tick(self, times: int = 1) -> None:
        """Move every job that moves one state on, `times` times; of exports the oldest alone."""
        for _ in range(times):
            with self.lock:
                for name in JOBS:
                    for row in self._moving(name):
                        self._advance(name, row)
                        if name == "Export" and row["status"] != "Canceling":
                            break  # one runs at a time; the others wait

    def refresh(self, name: str) -> None:
        """Bring the records of an object to the emulator's time: states that time moves on, and results expired."""
        with self.lock:
            seconds = self.settings.job_seconds
            while seconds is not None and (row := self._due(name, seconds)) is not None:
                # The next state began when this one was over, not when someone looked.
                self._advance(name, row, self._progress_of(name, row).since + seconds)
            if name != "BulkAction":
                self._expire(name)

    def record(self, name: str, number: int) -> Row:
        """A job that the caller may see; RefusedError for any other."""
        row = self.unit.store.get(name, number)
        if row is None:
            raise not_found()
        if not self.settings.sees_others_jobs and row["createdById"] not in (None, self.unit.user_id):
            raise RefusedError(46)
        return row

    def own_only(self) -> tuple[Condition, ...]:
        """What a query of jobs asks for beside its filters: without the ability one sees only one's own."""
        if self.settings.sees_others_jobs:
            return ()
        return (Condition("createdById", "eq", self.unit.user_id),)

    def change(self, name: str, number: int, **values: Any) -> None:
        """Set values of a job, and that it was changed now."""
        self.unit.store.update(name, number, {**values, "updatedAt": self.now})

    # -- moving ----------------------------------------------------------------------------------------------------

    def _moving(self, name: str) -> list[Row]:
        return self.unit.store.select(name, [Condition("status", "in", list(_NEXT))], deleted="all")

    def _head(self, name: str, number: int) -> Row | None:
        """The job that a poll of this one moves: itself; of exports the oldest. None when this one does not move."""
        moving = self._moving(name)
        mine = next((row for row in moving if row["id"] == number), None)
        if mine is None or name != "Export" or mine["status"] == "Canceling":
            return mine
        return next(row for row in moving if row["status"] != "Canceling")

    def _due(self, name: str, seconds: float) -> Row | None:
        moving = self._moving(name)
        if name == "Export":
            moving = [row for row in moving if row["status"] == "Canceling"] + [
                row for row in moving if row["status"] != "Canceling"
            ][:1]
        now = self.clock.time()
        return next((row for row in moving if self._progress_of(name, row).since + seconds <= now), None)

    def _progress_of(self, name: str, row: Row) -> _Progress:
        return self._progress.setdefault((name, row["id"]), _Progress(self.clock.time()))

    def _advance(self, name: str, row: Row, at: float | None = None) -> None:
        """Give a job its next state, at a moment of the emulator's clock that is not now when time alone did it."""
        moment = self.clock.time() if at is None else at
        number, status = row["id"], _NEXT[row["status"]]
        values: Mapping[str, Any] = {}
        if status != "Canceled":
            starting, ending = self._workers[name]
            if status == "Complete" and name in self.settings.failing_jobs:
                status = "Failed"
            else:
                try:
                    values = (ending if status == "Complete" else starting)(self, row)
                except Exception:  # a job that cannot be done has failed; whoever polls it must get an answer
                    log.exception("%s %s failed", name, number)
                    status = "Failed"
        self.change(name, number, status=status, **values)
        self._progress[name, number] = _Progress(moment)
        if name == "Export" and status != "Processing":
            # The next export's turn comes now, or when it was made if that was later.
            for waiting in self._moving(name):
                self._progress[name, waiting["id"]] = _Progress(max(moment, float(waiting["createdAt"])))

    def _expire(self, name: str) -> None:
        days = self.settings.export_days_kept if name == "Export" else self.settings.import_days_kept
        ended = [
            Condition("isExpired", "eq", 0),
            Condition("status", "in", ["Complete", "Failed", "Canceled"]),
            Condition("updatedAt", "le", int(self.clock.time() - days * _DAY)),
        ]
        for row in self.unit.store.select(name, ended, deleted="all"):
            gone = {"resultRefs": None} if name == "Export" else {"errorsRef": None}
            # `updatedAt` stays: nobody has changed the job.
            self.unit.store.update(name, row["id"], {"isExpired": True, **gone})
            self.papers.results.pop(row["id"], None) if name == "Export" else self._forget(row["id"])

    def _forget(self, number: int) -> None:
        self.papers.batches.pop(number, None)
        self.papers.errors.pop(("Import", number), None)


def same(word: Any, other: str) -> bool:
    """Whether two words of a job are one: sources differ in letter case."""
    return isinstance(word, str) and word.lower() == other.lower()


def csv(data: bytes, file_name: str) -> Response:
    return Response(
        data,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
