"""Bulk actions: many prospects deleted by one job, of which a list of ids is sent.

No call of it is sent again after no answer: a second one would delete for good what the first put into the recycle bin.
Source: wire spec, account-engagement §17.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from datacloud_dbapi.engagement.catalogue import ObjectType
from datacloud_dbapi.engagement.checks import check_id
from datacloud_dbapi.engagement.gateway import Gateway
from datacloud_dbapi.engagement.given_rows import ids_of
from datacloud_dbapi.engagement.jobs import POLL_SECONDS, Jobs, Patience, Progress
from datacloud_dbapi.engagement.many import WritingMany
from datacloud_dbapi.engagement.multipart import FilePart
from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import R, flow_method

# Source: wire spec, account-engagement §11.
MOST_ROWS = 100_000
_ASKED = ("id", "status", "percentComplete", "processedCount", "errorCount")


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What came of a bulk action. The counts are None while it is not done; `processed` has those that failed, too.

    `errors` are the rows that failed or were skipped, as the service writes them: text by the names in the header of
    its file. Its repr leaves them out.
    """

    id: int
    status: str
    processed: int | None = None
    error_count: int | None = None
    errors: tuple[dict[str, str | None], ...] = field(default=(), repr=False)


class BulkActions(WritingMany[R]):
    """`engagement.bulk_actions`: query, read, create and update as of any object, and whole bulk actions."""

    def __init__(self, runner: R, gateway: Gateway, described: ObjectType) -> None:
        WritingMany.__init__(self, runner, gateway, described)
        self._jobs = Jobs(gateway, described)

    @flow_method
    def delete_prospects(
        self,
        ids: Any,
        *,
        wait: bool = True,
        progress: Callable[[Progress], object] | None = None,
        poll: float = POLL_SECONDS,
        timeout: float | None = None,
    ) -> Flow[BulkResult]:
        """Delete prospects: into the recycle bin, and for good those that are there already.

        `ids` are numbers, or the column `id` of rows, a DataFrame or an Arrow table; each is sent once, 100,000 at
        most. With `wait=False` the work is only begun; `attach` waits for it.

        Raises ProgrammingError before anything is sent, JobStateError when the job failed or was cancelled,
        QueryTimeoutError after `timeout` seconds, though it goes on.
        """
        patience = Patience(poll, timeout, progress)
        numbers: list[int] = list(dict.fromkeys(check_id(one) for one in ids_of(ids)))
        if not numbers:
            raise ProgrammingError("There are no prospects to delete")
        if len(numbers) > MOST_ROWS:
            raise ProgrammingError(f"A bulk action takes {MOST_ROWS} rows, not {len(numbers)}", hint="do it in parts")
        # choice: the header of the ids is not published.
        content = "".join(["id\r\n", *(f"{number}\r\n" for number in numbers)]).encode()
        begun = yield from self._jobs.create(
            {"object": "prospect", "bulkAction": "delete", "status": "ready"},
            FilePart("prospects.csv", content, "text/csv"),
        )
        if not wait:
            return BulkResult(begun["id"], str(begun.get("status", "")))
        told = yield from self._jobs.wait(begun["id"], _ASKED, patience, begun=begun)
        return (yield from self._result(told))

    @flow_method
    def attach(
        self,
        id: int | str,
        *,
        progress: Callable[[Progress], object] | None = None,
        poll: float = POLL_SECONDS,
        timeout: float | None = None,
    ) -> Flow[BulkResult]:
        """Come back to a bulk action, made here or elsewhere, and wait for it; while it is paused, too."""
        told = yield from self._jobs.wait(check_id(id), _ASKED, Patience(poll, timeout, progress))
        return (yield from self._result(told))

    @flow_method
    def pause(self, id: int | str) -> Flow[None]:
        """Let a bulk action rest until `resume`."""
        yield from self._jobs.change(check_id(id), {"status": "Paused"})

    @flow_method
    def resume(self, id: int | str) -> Flow[None]:
        """Let a bulk action that was paused go on."""
        yield from self._jobs.change(check_id(id), {"status": "Ready"})

    @flow_method
    def cancel(self, id: int | str) -> Flow[None]:
        """End a bulk action; what it has done stays."""
        yield from self._jobs.change(check_id(id), {"status": "Cancelled"})

    @flow_method
    def errors(self, id: int | str) -> Flow[list[dict[str, str | None]]]:
        """The rows of a bulk action that failed or were skipped, as `BulkResult.errors`."""
        return (yield from self._jobs.errors(check_id(id)))

    def _result(self, told: dict[str, Any]) -> Flow[BulkResult]:
        number, failed = told["id"], told["errorCount"] or 0
        rows = yield from self._jobs.failed(number, failed, "bulk action")
        return BulkResult(number, told["status"], told["processedCount"] or 0, failed, rows)
