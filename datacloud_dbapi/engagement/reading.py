"""Query and read of one object. Everything is checked against the catalogue before a request is made of it.

Source: wire spec, account-engagement §3-4, §6-8.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import cast

from datacloud_dbapi.engagement.catalogue import ObjectType
from datacloud_dbapi.engagement.checks import (
    LONGEST_PAGE,
    Asked,
    Deleted,
    check_deleted,
    check_fields,
    check_filters,
    check_id,
    check_number,
    check_order,
)
from datacloud_dbapi.engagement.errors import NotFoundError, RecycledRecordError
from datacloud_dbapi.engagement.gateway import Answer, Gateway
from datacloud_dbapi.engagement.paging import Listing
from datacloud_dbapi.engagement.place import Question
from datacloud_dbapi.engagement.records import Record, Records, check_object
from datacloud_dbapi.engagement.sent_values import sent_moment
from datacloud_dbapi.engagement.values import decode
from datacloud_dbapi.errors import DataError, ProgrammingError
from datacloud_dbapi.flow.effects import Flow, now, sleep
from datacloud_dbapi.flow.method import R, Service, flow_method

# choice: how often a record that was just created is asked for, from the first pause to the longest.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0
_LONGEST_WAIT = 1e9
# An object that does not exist, a path that does not. Source: wire spec, account-engagement §10.
_NO_PATH = frozenset({"192", "198"})


class Reading(Service[R]):
    """What every object offers that can be read."""

    def __init__(self, runner: R, gateway: Gateway, described: ObjectType) -> None:
        Service.__init__(self, runner)
        self._gateway = gateway
        self._object = described

    @property
    def described(self) -> ObjectType:
        """The object's fields, filters, operations and actions."""
        return self._object

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._object.name}>"

    def query(
        self,
        fields: str | Iterable[str] | None = None,
        *,
        filters: Mapping[str, object] | None = None,
        order_by: str = "id",
        limit: int | None = None,
        page_size: int = LONGEST_PAGE,
        deleted: Deleted = False,
    ) -> Records[R]:
        """The records that meet every filter, page by page as they are used; this call itself asks for nothing.

        `fields` are names, dotted ones for related records (`campaign.name`); left out, every scalar field that a query
        offers. `filters` are a mapping such as `{"updatedAtAfter": since}` of three fields at most. `order_by` is one
        field, descending with ` DESC` or a leading `-`; only by id a list can always go on past 100,000 records.
        `deleted` is False for live records, True for those in the recycle bin, "all" for both. `limit` is the most
        records in all, `page_size` the most of one request, from 1 to 1000.

        Raises ProgrammingError, with what to do instead, for what the catalogue has not; NotSupportedError for an
        object without query.
        """
        described = self._object
        described.need("query")
        question = Question(
            described,
            check_fields(described, fields, "query"),
            check_filters(described, filters),
            check_order(described, order_by),
            check_deleted(described, deleted),
            None if limit is None else check_number("limit", limit, 0),
            check_number("page_size", page_size, 1, LONGEST_PAGE),
        )
        return Records(self._runner, Listing(self._gateway, question))

    @flow_method
    def read(
        self,
        id: int | str | None = None,
        fields: str | Iterable[str] | None = None,
        *,
        deleted: bool = False,
        if_modified_since: datetime | str | None = None,
        wait_for: float | timedelta = 0.0,
    ) -> Flow[Record | None]:
        """One record by its id; `account` takes none. None where it was not changed since `if_modified_since`.

        `fields` as in `query`, left out every scalar field that a read offers, which are more. With `deleted` the
        record is found in the recycle bin, too. `wait_for` seconds is how long a record may be missing that was just
        created, as reads may be a minute behind; it is asked for again until then.

        Raises NotFoundError for an unknown id, RecycledRecordError for a record in the bin.
        """
        path, asked, query, headers = self._to_read(id, fields, deleted, if_modified_since)
        patience = _seconds(wait_for)
        until = (yield from now()) + patience if patience else 0.0
        pause = _FIRST_PAUSE
        while True:
            try:
                answer = yield from self._gateway.send("GET", path, query, headers=headers)
            except NotFoundError as error:
                if not _is_missing(error) or not patience or (yield from now()) + pause > until:
                    raise
            else:
                return None if headers and answer.status == 304 else record_of(self._object, asked, answer)
            yield from sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    @flow_method
    def get_or_none(
        self,
        id: int | str | None = None,
        fields: str | Iterable[str] | None = None,
        *,
        deleted: bool = False,
    ) -> Flow[Record | None]:
        """One record by its id, as `read` gives it; None when there is none, or it is in the recycle bin."""
        path, asked, query, _ = self._to_read(id, fields, deleted, None)
        try:
            answer = yield from self._gateway.send("GET", path, query)
        except NotFoundError as error:
            if _is_missing(error) or isinstance(error, RecycledRecordError):
                return None
            raise
        return record_of(self._object, asked, answer)

    def _to_read(
        self,
        number: int | str | None,
        fields: str | Iterable[str] | None,
        deleted: bool,
        since: datetime | str | None,
    ) -> tuple[str, tuple[Asked, ...], list[tuple[str, str]], dict[str, str]]:
        """Path, fields, query and headers of a read."""
        described = self._object
        described.need("read")
        if not isinstance(deleted, bool):
            raise ProgrammingError("deleted is False or True", hint="a read with True finds live records, too")
        asked = check_fields(described, fields, "read")
        query = [("fields", ",".join(field.name for field in asked))]
        if check_deleted(described, deleted) != "false":
            query.append(("deleted", "true"))
        headers = {} if since is None else {"If-Modified-Since": _http_date(since)}
        if described.singleton:
            if number is not None:
                raise ProgrammingError(f"There is one {described.name}, which is read without an id")
            return described.path or "", asked, query, headers
        if number is None:
            raise ProgrammingError(f"Which {described.name}? A read takes an id", hint="or query")
        return f"{described.path}/{check_id(number)}", asked, query, headers


def _is_missing(error: NotFoundError) -> bool:
    """Whether the service says that there is no such record: not that the path is none, nor whatever a proxy says."""
    return error.code is not None and error.code not in _NO_PATH and not isinstance(error, RecycledRecordError)


def record_of(described: ObjectType, asked: Iterable[Asked], answer: Answer) -> Record:
    """The record of an answer, with None for what was asked for and is not there.

    Raises DataError for a value that is none of its type, ProtocolError for another shape.
    """
    found = check_object(answer.json(), answer.request)
    try:
        decoded = decode(described, found)
    except DataError as error:
        error.request = answer.request
        raise
    return Record({**dict.fromkeys(field.path[0] for field in asked), **decoded}, answer)


def _seconds(wait_for: object) -> float:
    seconds = wait_for.total_seconds() if isinstance(wait_for, timedelta) else wait_for
    number = isinstance(seconds, (float, numbers.Integral)) and not isinstance(seconds, bool)
    if not number or not 0 <= cast(float, seconds) < _LONGEST_WAIT:
        raise ProgrammingError("wait_for is a number of seconds from 0")
    return float(cast(float, seconds))


def _http_date(since: datetime | str) -> str:
    return format_datetime(sent_moment(since, "if_modified_since").replace(microsecond=0), usegmt=True)
