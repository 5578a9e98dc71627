"""How a query is read page by page to its real end, past the service's ceiling and past the life of its page tokens.

| state | what the service says | what follows |
|---|---|---|
| START | | GET with fields, filters, orderBy, deleted and limit |
| PAGE | a token | GET with fields and the token alone; a page that is short or empty makes no difference |
| PAGE | no token, the warning 203 | RESTART |
| PAGE | no token, and as many records as the ceiling has | RESTART: one more query costs little, a silent end much |
| PAGE | no token | the end |
| NEXT | the token is four hours old by the flow's clock, or is refused | RESTART |
| RESTART | | START, with one filter more: what comes after the last record |

What comes after the last record, and where nobody can say, is in `place.py`. Where a restart would lose records, the
list ends in an error that says what to do. The records given stay good. By id, every record that is there throughout is
given exactly once, whatever is created and deleted meanwhile. By another field, a record whose value changes meanwhile
may be given twice, or, when it moves to where the list has been, not.
Source: wire spec, account-engagement §6-7, §9, §23.3-4; faults E6.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from datacloud_dbapi.engagement.checks import Asked
from datacloud_dbapi.engagement.errors import REDACTED, Remark
from datacloud_dbapi.engagement.gateway import Answer, Gateway
from datacloud_dbapi.engagement.place import Place, Question
from datacloud_dbapi.engagement.records import Record, check_object
from datacloud_dbapi.engagement.values import decode
from datacloud_dbapi.errors import DataError, Error, OperationalError, ProgrammingError, ProtocolError
from datacloud_dbapi.exact_json import RepeatedKeys
from datacloud_dbapi.flow.effects import Flow, now
from datacloud_dbapi.page import Column

# Source: wire spec, account-engagement §6.1.
TOKEN_LIFE = 4 * 3600.0
# A token is not used in the last minute of its life: it may be asked for again until then.
_MARGIN = 60.0
_INSTEAD = "order by id, which has no such bound, or export"


class Listing:
    """Where one list stands. A bad value waits behind the good records; a request that failed may be tried again."""

    def __init__(self, gateway: Gateway, question: Question) -> None:
        self._gateway = gateway
        self._question = question
        asked = [asked.name for asked in question.fields]
        self._hidden = tuple(key for key in question.keys if key not in asked)
        self._fields = ",".join((*asked, *self._hidden))
        self._columns = {asked.name: asked.column for asked in question.fields}
        self._template: dict[str, Any] = dict.fromkeys(asked.path[0] for asked in question.fields)
        self._place = Place(question)
        self._token: str | None = None
        self._token_at = 0.0
        self._refused = False
        self._failure: Error | None = None
        self._made = 0
        self._done = question.limit == 0
        self.remarks: tuple[Remark, ...] = ()
        self.ready: deque[Record] = deque()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all records so far."""
        return tuple(self._columns.values())

    def fill(self, *, whole: bool = False) -> Flow[None]:
        """See to it that a record is ready, or with `whole` all that are left, unless there is none.

        Raises DataError for a value that is none of its type, once the records before it are given out.
        """
        try:
            while not self._done and self._failure is None and (whole or not self.ready):
                yield from self._page()
        except Error as error:
            error.rows_given = self._made - len(self.ready)
            raise
        if self._failure is not None and (whole or not self.ready):
            self._failure.rows_given = self._made - len(self.ready)
            raise self._failure.with_traceback(None)

    def _page(self) -> Flow[None]:
        answer = yield from (self._next() if self._token is not None else self._start())
        if answer is None:
            return
        moment = yield from now()
        sent, token = read_page(answer)
        records, failure = self._decoded(sent, answer.request)
        fresh = self._place.advance(records, token, answer.request)
        self.remarks = tuple(dict.fromkeys((*self.remarks, *answer.remarks)))
        self._token, self._token_at = token, moment
        self._take_in(fresh)
        self._failure = failure
        if self._made == self._question.limit:
            self._done, self._failure = True, None
        elif token is None and failure is None:
            if self._place.cut(answer):
                self._again("the service gives no more than 100,000 records in one go", ended=True)
            else:
                self._done = True

    def _start(self) -> Flow[Answer]:
        question = self._question
        query = [("fields", self._fields)]
        query += [(asking.filter.name, asking.text) for asking in self._place.filters]
        query.append(("orderBy", str(question.order)))
        if question.deleted != "false":
            query.append(("deleted", question.deleted))
        query.append(("limit", str(self._page_size())))
        return (yield from self._ask(query))

    def _page_size(self) -> int:
        question = self._question
        if question.limit is None:
            return question.page_size
        return min(question.page_size, question.limit - self._made + self._place.repeated)

    def _next(self) -> Flow[Answer | None]:
        """The page of the token; None where it is no longer good, and the list begins anew after its last record."""
        if (yield from now()) - self._token_at >= TOKEN_LIFE - _MARGIN:
            self._token = None
            self._again("its page tokens live for four hours")
            return None
        try:
            return (yield from self._ask([("fields", self._fields), ("nextPageToken", self._token or "")]))
        except ProgrammingError as error:
            # The code of a token that has run out is not published (§25.1). Refused twice, and nothing new in between,
            # it is refused for another reason.
            if self._refused or error.http_status is None:
                raise
            self._refused = True
            self._token = None
            self._again("its page token was refused", because=error)
            return None

    def _ask(self, query: Sequence[tuple[str, str]]) -> Flow[Answer]:
        warned = any(remark.number == REDACTED for remark in self.remarks)
        return (yield from self._gateway.send("GET", self._question.described.path or "", query, warned=warned))

    def _again(self, why: str, *, ended: bool = False, because: Error | None = None) -> None:
        """Begin anew after the last record. Where that would lose some, the list fails for good."""
        problem = self._place.restart(ended=ended)
        if problem is not None:
            self._failure = OperationalError(
                f"{self._question.described.name}: {why}, and the list cannot go on after them: {problem}",
                hint=_INSTEAD,
                request=f"GET {self._question.described.path}",
            )
            self._failure.__cause__ = because

    def _decoded(self, sent: list[dict[str, Any]], request: str) -> tuple[list[Record], DataError | None]:
        """The records before the first that cannot be read, and the error of that one."""
        records = []
        for one in sent:
            try:
                records.append(Record({**self._template, **decode(self._question.described, one)}))
            except DataError as error:
                error.request = request
                return records, error
        return records, None

    def _take_in(self, records: list[Record]) -> None:
        if self._question.limit is not None:
            records = records[: self._question.limit - self._made]
        width = len(self._template) + len(self._hidden)
        for record in records:
            if len(record) > width:
                self._came_along(record)
            for name in self._hidden:
                del record[name]
        self._refused = self._refused and not records
        self.ready.extend(records)
        self._made += len(records)

    def _came_along(self, record: Record) -> None:
        for name in record:
            if name not in self._template and name not in self._hidden:
                field = self._question.described.fields.get(name)
                self._columns.setdefault(name, Asked(name, (name,), field).column)


def read_page(answer: Answer) -> tuple[list[dict[str, Any]], str | None]:
    """The records of a page as sent, and the token of the next. Raises ProtocolError for another shape."""
    page = check_object(answer.json(), answer.request)
    found, token = page.get("values"), page.get("nextPageToken")
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise ProtocolError("The answer has no list of records", request=answer.request)
    if any(isinstance(record, RepeatedKeys) for record in found):
        raise ProtocolError("A record has two values of one name", request=answer.request)
    if token is None and page.get("nextPageUrl") is not None:
        raise ProtocolError("The answer names a next page and has no token of it", request=answer.request)
    if not (token is None or (isinstance(token, str) and token)):
        raise ProtocolError("The answer has an odd nextPageToken", request=answer.request)
    return found, token
