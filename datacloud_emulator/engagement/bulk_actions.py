"""Bulk actions: prospects deleted by a list of their ids; those in the bin already for good.

Source: wire spec, account-engagement §17.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.wrappers import Response

from datacloud_emulator.engagement import jobs as job
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.jobs import Jobs
from datacloud_emulator.engagement.multipart import Upload
from datacloud_emulator.engagement.records import Records
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.store import Row
from datacloud_emulator.engagement.values import integer

_MOVING = {"Waiting", "Processing"}


def create(jobs: Jobs, values: Mapping[str, Any], upload: Upload | None, origin: str) -> int:
    """A new bulk action; its id. choice: `ready` is shown as Waiting, and without a file there is nothing to do."""
    if not job.same(values["object"], "prospect"):
        raise RefusedError(51, "object")
    if not job.same(values["bulkAction"], "delete"):
        raise RefusedError(205, "bulkAction")
    if not job.same(values["status"], "ready"):
        raise RefusedError(161, "status")
    numbers = [] if upload is None else _numbers(upload.data)
    if len(numbers) > jobs.settings.bulk_action_rows:
        raise RefusedError(63)
    with jobs.lock:
        number = jobs.unit.store.insert(
            "BulkAction",
            {
                "object": "prospect",
                "bulkAction": "delete",
                "status": "Waiting",
                "sendSystemEmail": bool(values.get("sendSystemEmail")),
                "origin": "api",
                "count": len(numbers),
                "percentComplete": 0,
                "processedCount": 0,
                "errorCount": 0,
                "fileName": upload.name if upload else None,
                "createdAt": jobs.now,
                "updatedAt": jobs.now,
                "createdById": jobs.unit.user_id,
                "updatedById": jobs.unit.user_id,
                "_origin": origin,
            },
        )
        jobs.papers.rows[number] = numbers
        jobs.started("BulkAction", number)
    return number


def update(jobs: Jobs, number: int, values: Mapping[str, Any]) -> None:
    """`status` Paused, Ready (go on) or Cancelled; code 161 when its state does not allow that."""
    with jobs.lock:
        jobs.refresh("BulkAction")
        row = jobs.record("BulkAction", number)
        for word, allowed, becomes in (
            ("Paused", _MOVING, "Paused"),
            ("Ready", {"Paused"}, "Waiting"),
            ("Cancelled", {*_MOVING, "Paused"}, "Cancelled"),
            ("Canceled", {*_MOVING, "Paused"}, "Cancelled"),
        ):
            if job.same(values.get("status"), word) and row["status"] in allowed:
                jobs.change("BulkAction", number, status=becomes, updatedById=jobs.unit.user_id)
                jobs.started("BulkAction", number)
                return
        if values:
            raise RefusedError(161)


def errors(jobs: Jobs, number: int) -> Response:
    """The rows that were skipped, as CSV. Code 161 while it has not ended."""
    with jobs.lock:
        row = jobs.record("BulkAction", number)
        if row["status"] in _MOVING:
            raise RefusedError(161)
        data = jobs.papers.errors.get(("BulkAction", number), _errors([]))
    return job.csv(data, f"bulk-action-{number}-errors.csv")


def begin(jobs: Jobs, row: Row) -> Mapping[str, Any]:
    """The first half of the rows, so that one that is cancelled or paused leaves something undone."""
    return _deal(jobs, row, (row["count"] + 1) // 2)


def finish(jobs: Jobs, row: Row) -> Mapping[str, Any]:
    """The rest of the rows."""
    done = _deal(jobs, row, row["count"])
    return {**done, "percentComplete": 100}


def _deal(jobs: Jobs, row: Row, until: int) -> Mapping[str, Any]:
    """Delete the prospects of the rows up to `until` that have not had their turn."""
    prospect = catalogue().objects["Prospect"]
    records = Records(jobs.unit, jobs.settings, jobs.clock)
    numbers = jobs.papers.rows.get(row["id"], [])
    before = set(numbers[: row["processedCount"]])
    wrong: list[tuple[str, int, str]] = []
    for text in numbers[row["processedCount"] : until]:
        number = integer(text)
        found = None if number is None or text in before else records.store.get("Prospect", number)
        before.add(text)
        if found is None:
            # choice: an id that stands in the file again is skipped, or it would be gone for good.
            refused = RefusedError(109)
            wrong.append((text, refused.code, refused.message))
        elif found["_deleted"]:
            records.store.remove("Prospect", found["id"])
        else:
            records.delete(prospect, found)
    key = ("BulkAction", row["id"])
    if wrong:
        jobs.papers.errors[key] = jobs.papers.errors.get(key, _errors([])) + _errors(wrong, header=False)
    count = row["count"]
    return {
        "processedCount": until,
        "percentComplete": until * 100 // count if count else 0,
        "errorCount": row["errorCount"] + len(wrong),
        "errorsRef": f"{row.get('_origin', '')}/api/v5/bulk-actions/{row['id']}/errors",
    }


def _numbers(data: bytes) -> list[str]:
    """The ids of a file. choice: its column is `id`; code 130 for any other header, 159 for what is no CSV."""
    try:
        rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error):
        raise RefusedError(159) from None
    if not rows or [name.strip().lower() for name in rows[0]] != ["id"]:
        raise RefusedError(130, "the header must be id")
    return [row[0].strip() for row in rows[1:]]


def _errors(rows: Iterable[tuple[str, int, str]], *, header: bool = True) -> bytes:
    """choice: the columns of the errors file are not published."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if header:
        writer.writerow(["id", "errorCode", "errorMessage"])
    writer.writerows(rows)
    return text.getvalue().encode()
