"""Exports: ask for one, wait for it, and have its records; one range of time after another where it is long.

The service runs one export at a time for an account, so ranges are asked for one after another. What is asked, and why
in this order, is in `export_plan`; what becomes of the files in `export_results`.
Source: wire spec, account-engagement §15.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from datacloud_dbapi.engagement.catalogue import ObjectType, catalogue
from datacloud_dbapi.engagement.checks import Deleted, check_id
from datacloud_dbapi.engagement.errors import JobStateError, advise
from datacloud_dbapi.engagement.export_plan import Plan, Span, bounds, columns, plan, spans
from datacloud_dbapi.engagement.export_results import Contents, Export, Finished, own_path
from datacloud_dbapi.engagement.gateway import Gateway
from datacloud_dbapi.engagement.jobs import POLL_SECONDS, Jobs, Patience, Progress
from datacloud_dbapi.engagement.many import WritingMany
from datacloud_dbapi.engagement.values import read_moment
from datacloud_dbapi.errors import Error, ProgrammingError, ProtocolError
from datacloud_dbapi.flow.effects import Flow, perform
from datacloud_dbapi.flow.method import R, flow_method

_ASKED = ("id", "status", "isExpired", "resultRefs")
_SAID = (*_ASKED, "procedure", "fields")


class Exports(WritingMany[R]):
    """`engagement.exports`: query, read and create as of any object, and whole exports."""

    def __init__(self, runner: R, gateway: Gateway, described: ObjectType) -> None:
        WritingMany.__init__(self, runner, gateway, described)
        self._jobs = Jobs(gateway, described)

    @flow_method
    def run(
        self,
        object_name: str,
        fields: str | Iterable[str] | None = None,
        *,
        by: str | None = None,
        after: datetime | str | None = None,
        before: datetime | str | None = None,
        deleted: Deleted = False,
        arguments: Mapping[str, Any] | None = None,
        max_file_size: int | None = None,
        split: bool = True,
        progress: Callable[[Progress], object] | None = None,
        poll: float = POLL_SECONDS,
        timeout: float | None = None,
    ) -> Flow[Export[R]]:
        """Export an object's records and wait for it; None for `fields` is every field of its own.

        `by` is the date that `after` and `before` (aware, or texts with an offset; neither itself included) are about,
        such as "createdAt"; None is "updatedAt" where the object has an export by it. Without `after` it begins with
        the object's first record, which costs a call; without `before` it goes up to now. A range of more than a year
        is cut unless `split` is False, and begins with that record, too. `deleted` is as in queries; `arguments` are
        the procedure's others, such as `type`. `poll` and `timeout` are seconds, the latter for each range.

        Raises NotSupportedError for what cannot be exported and ProgrammingError for a wrong argument, both before
        anything is sent; JobStateError when the export fails; QueryTimeoutError after `timeout`, and then
        `attach(id)` waits on.
        """
        patience = Patience(poll, timeout, progress)
        wish: Plan = plan(object_name, fields, by=by, deleted=deleted, arguments=arguments, max_file_size=max_file_size)
        ranges = yield from self._ranges(wish, bounds(after, before), split=split)
        hidden_id = len(ranges) > 1 and "id" not in wish.types
        if hidden_id:
            columns(wish.described, [*wish.types, "id"])
        finished: list[Finished] = []
        for part, span in enumerate(ranges, 1):
            try:
                begun = yield from self._jobs.create(wish.body(span, hidden_id=hidden_id))
                told = yield from self._jobs.wait(begun["id"], _ASKED, patience, begun=begun, part=(part, len(ranges)))
                finished.append(self._finished(told))
            except Error as error:
                if finished:
                    advise(error, f"the ranges before it are exports {', '.join(str(one.id) for one in finished)}")
                raise
        return self._result(wish, tuple(finished))

    @flow_method
    def attach(
        self,
        *ids: int | str,
        time_zone: tzinfo | None = None,
        progress: Callable[[Progress], object] | None = None,
        poll: float = POLL_SECONDS,
        timeout: float | None = None,
    ) -> Flow[Export[R]]:
        """Come back to exports, made here or elsewhere, and wait for those that are not done.

        Several are taken for ranges of one, the oldest first: of records that are in two, the one of the later export
        counts. `time_zone` is that of the user who made an export with the legacy date format.

        Raises NotFoundError for an unknown one, JobStateError for one that failed or whose files have expired.
        """
        patience = Patience(poll, timeout, progress)
        numbers = [check_id(one) for one in ids]
        if not numbers:
            raise ProgrammingError("attach takes the id of an export")
        finished: list[Finished] = []
        name, types = "", dict[str, str]()
        for part, number in enumerate(numbers, 1):
            told = yield from self._jobs.wait(number, _SAID, patience, part=(part, len(numbers)))
            found = _described(told, f"GET {self._object.path}/{number}")
            if finished and found != (name, types):
                raise ProgrammingError(f"Export {number} has another object or other columns than the one before")
            name, types = found
            finished.append(self._finished(told))
        if len(finished) > 1 and "id" not in types:
            raise ProgrammingError("Several exports can be put together by their column id only, and they have none")
        contents = Contents(name, types, tuple(reversed(finished)), len(finished) > 1, time_zone)
        return Export(self._runner, self._gateway, contents)

    @flow_method
    def cancel(self, id: int | str) -> Flow[None]:
        """Cancel an export that is not done. Raises JobStateError for one that is."""
        yield from self._jobs.act(check_id(id), "cancel")

    def _result(self, wish: Plan, finished: tuple[Finished, ...]) -> Export[R]:
        contents = Contents(wish.described.name, wish.types, finished[::-1], len(finished) > 1)
        return Export(self._runner, self._gateway, contents)

    def _finished(self, told: Mapping[str, Any]) -> Finished:
        number, refs = told["id"], told["resultRefs"]
        request = f"GET {self._object.path}/{number}"
        if told["isExpired"] is True or refs is None:
            raise JobStateError(
                f"The files of export {number} are gone", hint="they are kept for 7 days: export again", request=request
            )
        if not isinstance(refs, list):
            raise ProtocolError("The export's resultRefs is no list", request=request)
        return Finished(number, tuple(own_path(ref, self._gateway.origin, request) for ref in refs))

    def _ranges(self, wish: Plan, whole: Span, *, split: bool) -> Flow[list[Span]]:
        """The ranges to ask for, one after another; none where there is no record."""
        today = yield from perform(lambda: datetime.now(timezone.utc))
        ranges = spans(whole, today, split=split)
        if whole.after is not None and (len(ranges) == 1 or not _tells_first(wish)):
            return ranges
        # Years in which there was no record yet would be asked for one by one.
        try:
            first = yield from self._first_moment(wish)
        except Error:
            # It would only have saved some: who may not query, or not in time, may export all the same.
            if whole.after is None:
                raise
            return ranges
        if first is None or (whole.before is not None and first >= whole.before):
            return []
        return spans(Span(max(first, whole.after or first), whole.before), today, split=split)

    def _first_moment(self, wish: Plan) -> Flow[datetime | None]:
        """A moment before any that the export is about: a second before the first record was made. None: no records."""
        described = wish.described
        if not _tells_first(wish) or described.path is None:
            raise ProgrammingError(
                f"{wish.procedure} needs `after`", hint="here the service does not tell when the first record was made"
            )
        # Where it cannot be asked in this order, ids grow with time.
        order = "createdAt" if "createdAt" in described.order_by else "id"
        query = [("fields", "id,createdAt"), ("orderBy", f"{order} ASC"), ("limit", "1")]
        if described.deleted_parameter:
            query.append(("deleted", "all"))
        answer = yield from self._gateway.send("GET", described.path, query)
        read = answer.json()
        values = read.get("values") if isinstance(read, dict) else None
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            raise ProtocolError("The answer has no list of records", request=answer.request)
        if not values:
            return None
        try:
            first = read_moment(values[0].get("createdAt"))
        except ValueError:
            first = ""
        if isinstance(first, str):
            raise ProtocolError("The first record does not say when it was made", request=answer.request)
        return first - timedelta(seconds=1)


def _tells_first(wish: Plan) -> bool:
    """Whether a query can tell a moment before which no record of an export is."""
    made = wish.described.fields.get("createdAt")
    by_record = wish.start in ("createdAfter", "updatedAfter") and made is not None and made.query
    return by_record and "query" in wish.described.operations


def _described(told: Mapping[str, Any], request: str) -> tuple[str, dict[str, str]]:
    """The object of an export and its columns, as the export itself says."""
    procedure, fields = told["procedure"], told["fields"]
    name = procedure.get("name") if isinstance(procedure, Mapping) else None
    if not isinstance(name, str) or not isinstance(fields, list):
        raise ProtocolError("The export does not say what it is of", request=request)
    described = catalogue().find(name.partition("/")[0])
    return described.name, columns(described, fields)
