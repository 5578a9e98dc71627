"""Imports: many prospects changed or made by one job, from rows, a DataFrame, an Arrow table or a CSV file.

How it works: an import is made and is open, takes its batches, and begins when it is told that it is ready. Until then
it changes nothing. No call of it is sent again after no answer: a batch that came twice would be applied twice.
A row that fails never stops the others.
Source: wire spec, account-engagement §16.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from datacloud_dbapi.engagement.catalogue import ObjectType
from datacloud_dbapi.engagement.checks import check_id
from datacloud_dbapi.engagement.errors import advise
from datacloud_dbapi.engagement.gateway import Gateway
from datacloud_dbapi.engagement.import_rows import BATCH_BYTES, MOST_BATCHES, Batch, read_batches
from datacloud_dbapi.engagement.jobs import POLL_SECONDS, Jobs, Patience, Progress
from datacloud_dbapi.engagement.many import WritingMany
from datacloud_dbapi.engagement.multipart import FilePart
from datacloud_dbapi.errors import Error, ProgrammingError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import R, flow_method

_ASKED = ("id", "status", "createdCount", "updatedCount", "errorCount")


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import. The counts are None while it is not done.

    `errors` are the rows that failed, as the service writes them: text by the names in the header of its file, which
    are those of the rows and more that say why. Its repr leaves them out.
    """

    id: int
    status: str
    created: int | None = None
    updated: int | None = None
    error_count: int | None = None
    errors: tuple[dict[str, str | None], ...] = field(default=(), repr=False)


class Imports(WritingMany[R]):
    """`engagement.imports`: query, read, create and update as of any object, and whole imports."""

    def __init__(self, runner: R, gateway: Gateway, described: ObjectType) -> None:
        WritingMany.__init__(self, runner, gateway, described)
        self._jobs = Jobs(gateway, described)

    @flow_method
    def upsert(  # type: ignore[override]  # of prospects it is about one; imports have no such action, and import many
        self,
        rows: Any,
        *,
        match: str = "matchEmail",
        create_on_no_match: bool = True,
        restore_deleted: bool = False,
        wait: bool = True,
        progress: Callable[[Progress], object] | None = None,
        poll: float = POLL_SECONDS,
        timeout: float | None = None,
        batch_bytes: int = BATCH_BYTES,
        most_batches: int = MOST_BATCHES,
    ) -> Flow[Imported]:
        """Change the prospects that the rows are about, and make those that there are not.

        `rows` are mappings with the same keys, a DataFrame of pandas or polars, an Arrow table, or the path of a CSV
        file. They are matched by `match`, whose values stand in a column of that name or in `email`, `id` or
        `salesforceId`. None, and what is missing in a frame, empties the field. `restore_deleted` restores those in the
        recycle bin, which else are left alone. With `wait=False` the import is only begun; `attach` waits for it.

        Raises ProgrammingError for rows that cannot be imported, before anything is sent; JobStateError when the import
        failed; QueryTimeoutError after `timeout` seconds, though it goes on. An error with `maybe_applied` before the
        import was ready has changed no prospect.
        """
        patience = Patience(poll, timeout, progress)
        options = {"createOnNoMatch": create_on_no_match, "restoreDeleted": restore_deleted}
        for name, value in options.items():
            if not isinstance(value, bool):
                raise ProgrammingError(f"{name} is True or False, not {value!r}")
        batches = yield from read_batches(rows, match, batch_bytes, most_batches)
        begun = yield from self._jobs.create({"operation": "Upsert", "object": "Prospect", **options})
        number = begun["id"]
        yield from self._fill(number, batches)
        try:
            yield from self._jobs.change(number, {"status": "Ready"})
        except Error as error:
            advise(error, f"read import {number}: when its status is Open it has not begun", first=True)
            raise
        if not wait:
            return Imported(number, "Ready")
        told = yield from self._jobs.wait(number, _ASKED, patience, begun={"id": number, "status": "Ready"})
        return (yield from self._result(told))

    @flow_method
    def attach(
        self,
        id: int | str,
        *,
        progress: Callable[[Progress], object] | None = None,
        poll: float = POLL_SECONDS,
        timeout: float | None = None,
    ) -> Flow[Imported]:
        """Come back to an import, made here or elsewhere, and wait for it."""
        told = yield from self._jobs.wait(check_id(id), _ASKED, Patience(poll, timeout, progress))
        return (yield from self._result(told))

    @flow_method
    def cancel(self, id: int | str) -> Flow[None]:
        """Cancel an import that is not done; what it has changed stays. Raises JobStateError for one that is done."""
        yield from self._jobs.act(check_id(id), "cancel")

    @flow_method
    def errors(self, id: int | str) -> Flow[list[dict[str, str | None]]]:
        """The rows of an import that failed, as `Imported.errors`."""
        return (yield from self._jobs.errors(check_id(id)))

    def _fill(self, number: int, batches: list[Batch]) -> Flow[None]:
        for place, batch in enumerate(batches, 1):
            try:
                yield from self._jobs.add_file(
                    number, "batches", FilePart(f"batch-{place}.csv", batch.content, "text/csv")
                )
            except Error as error:
                advice = f"import {number} stays open and has changed nothing: cancel({number}), and begin again"
                advise(error, advice, first=True)
                raise

    def _result(self, told: dict[str, Any]) -> Flow[Imported]:
        number, failed = told["id"], told["errorCount"] or 0
        rows = yield from self._jobs.failed(number, failed, "import")
        return Imported(number, told["status"], told["createdCount"] or 0, told["updatedCount"] or 0, failed, rows)
