"""Imports: their states, the CSV batches they are given, and the file of the rows that failed.

What a row does is in `import_rows`. Source: wire spec, account-engagement §16.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from datacloud_emulator.engagement import jobs as job
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.fields import custom_field
from datacloud_emulator.engagement.import_rows import LISTS, MATCHES, Importer
from datacloud_emulator.engagement.jobs import Jobs
from datacloud_emulator.engagement.multipart import Upload
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.store import Row

_DAY = 86_400
_VERSION = 5  # of the API that made an import; `_version` of its record says another one


@dataclass(frozen=True)
class Batch:
    """One file of an import, read: rows are as long as the header."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    day: int  # on which it was sent, of the account's


def create(jobs: Jobs, values: Mapping[str, Any], upload: Upload | None, origin: str) -> int:
    """A new import that is open, or waits when it came with its file and the status Ready; its id.

    Code 206 for another operation or object, 156 for Ready without a file, 161 for another status.
    """
    if not job.same(values["operation"], "Upsert") or not job.same(values["object"], "Prospect"):
        raise RefusedError(206, "only Upsert of Prospect")
    _check_options(values.get("fields"))
    ready = job.same(values.get("status"), "Ready")
    if not ready and values.get("status") is not None and not job.same(values["status"], "Open"):
        raise RefusedError(161)
    if ready and upload is None:
        raise RefusedError(156)
    with jobs.lock:
        batch = None if upload is None else _batch(jobs, upload, values.get("fields"), [])
        number = jobs.unit.store.insert(
            "Import",
            {
                "status": "Waiting" if ready else "Open",
                "operation": "Upsert",
                "object": "Prospect",
                "createOnNoMatch": bool(values.get("createOnNoMatch")),
                "restoreDeleted": bool(values.get("restoreDeleted")),
                "fields": values.get("fields"),
                "isExpired": False,
                "createdCount": 0,
                "updatedCount": 0,
                "errorCount": 0,
                "origin": "api",
                "createdAt": jobs.now,
                "updatedAt": jobs.now,
                "createdById": jobs.unit.user_id,
                "updatedById": jobs.unit.user_id,
                "_origin": origin,
            },
        )
        reference = f"{origin}/api/v5/imports/{number}"
        jobs.unit.store.update("Import", number, {"batchesRef": f"{reference}/batches"})
        jobs.papers.batches[number] = [] if batch is None else [batch]
        jobs.started("Import", number)
    return number


def add_batch(jobs: Jobs, number: int, upload: Upload) -> None:
    """One more file. Code 155 for an import that is not open any more; the codes of a file that does not fit."""
    with jobs.lock:
        row = _changeable(jobs, number)
        if row["status"] != "Open":
            raise RefusedError(155)
        batches = jobs.papers.batches.setdefault(number, [])
        if len(batches) >= jobs.settings.import_batches:
            raise RefusedError(160)
        batches.append(_batch(jobs, upload, row["fields"], batches))
        jobs.change("Import", number, updatedById=jobs.unit.user_id)


def update(jobs: Jobs, number: int, values: Mapping[str, Any]) -> None:
    """`status` Ready: the import waits for its turn. Code 156 without data, 161 for any other state or word."""
    with jobs.lock:
        row = _changeable(jobs, number)
        if not values:
            return
        if not job.same(values.get("status"), "Ready") or row["status"] != "Open":
            raise RefusedError(161)
        if not jobs.papers.batches.get(number):
            raise RefusedError(156)
        jobs.change("Import", number, status="Waiting", updatedById=jobs.unit.user_id)
        jobs.started("Import", number)


def cancel(jobs: Jobs, number: int) -> None:
    """`do/cancel`; code 161 for an import that has ended."""
    with jobs.lock:
        row = _changeable(jobs, number)
        if row["status"] not in {"Open", "Waiting", "Processing"}:
            raise RefusedError(161)
        jobs.change("Import", number, status="Canceling", updatedById=jobs.unit.user_id)
        jobs.started("Import", number)


def errors(jobs: Jobs, number: int) -> Response:
    """The rows that failed, as CSV. Code 161 while it has not ended, and after it has expired."""
    with jobs.lock:
        jobs.refresh("Import")
        row = jobs.record("Import", number)
        if row["status"] not in {"Complete", "Failed"} or row["isExpired"]:
            raise RefusedError(161)
        data = jobs.papers.errors.get(("Import", number), b"")
    return job.csv(data, f"import-{number}-errors.csv")


def work(jobs: Jobs, row: Row) -> Mapping[str, Any]:
    """Put every row in, and say how many were made, changed and refused."""
    number, origin = row["id"], row.get("_origin", "")
    batches: list[Batch] = jobs.papers.batches.get(number, [])
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    counts = {"created": 0, "updated": 0, "error": 0}
    if batches:
        columns = batches[0].columns
        # choice: what the errors file has beside the row is not published.
        writer.writerow([*columns, "errorCode", "errorMessage"])
        importer = Importer(jobs, row, columns)
        for batch in batches:
            for cells in batch.rows:
                try:
                    counts[importer.put(cells)] += 1
                except RefusedError as refused:
                    counts["error"] += 1
                    writer.writerow([*cells, refused.code, refused.message])
    jobs.papers.errors["Import", number] = text.getvalue().encode()
    done = {f"{word}Count": count for word, count in counts.items()}
    return {**done, "errorsRef": f"{origin}/api/v5/imports/{number}/errors"}


def _changeable(jobs: Jobs, number: int) -> Row:
    """An import that the caller may change; code 228 for one of another version of the API."""
    jobs.refresh("Import")
    row = jobs.record("Import", number)
    if row.get("_version", _VERSION) != _VERSION:
        raise RefusedError(228)
    return row


def _check_options(options: Any) -> None:
    """choice: `fields` has by a column's name an object with `overwrite` and `nullOverwrite`, both true by default."""
    for option in (options or {}).values():
        if not isinstance(option, dict) or not set(option) <= {"overwrite", "nullOverwrite"}:
            raise RefusedError(165)


# -- files ---------------------------------------------------------------------------------------------------------


def _batch(jobs: Jobs, upload: Upload, options: Mapping[str, Any] | None, before: Sequence[Batch]) -> Batch:
    """A file, read and checked as far as its header tells.

    Code 159 for what is no CSV, 130 for an unknown column, 180 for one that cannot be written, 165 for one that stands
    there twice, 197 without one to match by, 226 for other columns than the batch before, 227 for options of a column
    that is not there, 164 for more batches than a day may have.
    """
    settings = jobs.settings
    day = int(jobs.clock.time() + settings.account_offset_minutes * 60) // _DAY
    today = sum(batch.day == day for batches in jobs.papers.batches.values() for batch in batches)
    if today >= settings.import_batches_per_day:
        raise RefusedError(164)
    columns, rows = _read(upload.data)
    for column in columns:
        _check_column(jobs, column)
    matches = [column for column in columns if column in MATCHES]
    if len(set(columns)) != len(columns) or (len(matches) > 1 and not settings.import_several_matches):
        raise RefusedError(165)
    if not matches:
        raise RefusedError(197, ", ".join(MATCHES))
    if LISTS & set(columns) and ("List", "View") in settings.lacking_abilities:
        raise RefusedError(46, "List > View")
    if before and before[0].columns != columns:
        raise RefusedError(226)
    if missing := sorted(set(options or ()) - set(columns)):
        raise RefusedError(227, missing[0])
    return Batch(columns, rows, day)


def _read(data: bytes) -> tuple[tuple[str, ...], list[list[str]]]:
    try:
        text = data.decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error):
        raise RefusedError(159) from None
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise RefusedError(159)
    return tuple(rows[0]), rows[1:]


def _check_column(jobs: Jobs, column: str) -> None:
    if column in MATCHES or column in LISTS or custom_field(jobs.unit.store, column) is not None:
        return
    field = catalogue().objects["Prospect"].fields.get(column)
    if field is None:
        raise RefusedError(130, column)
    if not (field.create or field.update):
        raise RefusedError(180, column)
