"""The Profile API: who is this customer, by key or by equality, in one request.

Profile objects only (`Individual`, `Contact Point …`, `Unified …`); anything but equality is SQL's.
Source: wire spec, profile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import AwaitsFlows, R, RunsFlows, Service, flow_method
from datacloud_dbapi.services.gateway import INSIGHT, PROFILE, Gateway, segment
from datacloud_dbapi.services.insights import insight_question
from datacloud_dbapi.services.metadata import Field, Table
from datacloud_dbapi.services.records import LONGEST_PAGE, Listing, Part, Question, Records, column_of
from datacloud_dbapi.services.selection import MOST_FIELDS, chosen, field_of, filter_list, order_list

Names = str | Iterable[str]
Order = str | Sequence[str]


class Profile(Service[R]):
    """`conn.profile`: profile objects, their children and their insights.

    | word | in every call |
    |---|---|
    | `fields` | up to 50 names; left out, all the object has, which must not be more |
    | `filters` | a mapping of fields to the values they equal, all of them |
    | `orderby` | `"A__c"`, `"A__c DESC"` or `"-A__c"`, or several in a list; the key follows, for a total order |
    | `limit` | records in all; left out, every one |
    | `offset` | records to pass over |
    | `page_size` | records asked for at a time, up to 4,999 |
    | `search_key` | the field that the id is a value of; left out, the primary key |

    Names are found without case. Each raises ProgrammingError for an unknown name, with the nearest as hint, and
    NotSupportedError for what the API has no words for, before it sends anything.
    The first call on an object asks for its description, which the connection then keeps; every other costs one
    request a page.
    """

    def __init__(self, runner: R, gateway: Gateway) -> None:
        Service.__init__(self, runner)
        self._gateway = gateway

    @overload
    def describe(self: Profile[RunsFlows]) -> list[Table]: ...

    @overload
    def describe(self: Profile[RunsFlows], name: str) -> Table: ...

    @overload
    def describe(self: Profile[AwaitsFlows]) -> Awaitable[list[Table]]: ...

    @overload
    def describe(self: Profile[AwaitsFlows], name: str) -> Awaitable[Table]: ...

    def describe(self, name: str | None = None) -> Any:
        """The profile objects that the user may see, or the one of this name; asked anew, never from what is kept."""
        gateway = self._gateway
        if name is None:
            return self._runner.run(gateway.every(PROFILE))
        return self._runner.run(gateway.describe(PROFILE, name))

    @flow_method
    def find(
        self,
        name: str,
        filters: Mapping[str, object] | None,
        *,
        fields: Names | None = None,
        orderby: Order | None = None,
        limit: int | None = None,
        offset: int = 0,
        page_size: int = LONGEST_PAGE,
    ) -> Flow[Records[R]]:
        """The records of an object whose fields equal the filters.

        Filters must be given: None says that every record is wanted, which some orgs refuse.
        """
        _check_name(name)
        part = Part(limit, offset, page_size)
        table = yield from self._gateway.known(PROFILE, name)
        path = f"{PROFILE}/{segment(name, 'The name of the object')}"
        return (yield from self._ask(path, path, table, table, _Asked(None, filters, fields, orderby), part))

    @flow_method
    def get(
        self,
        name: str,
        id: str,
        *,
        search_key: str | None = None,
        fields: Names | None = None,
        filters: Mapping[str, object] | None = None,
        orderby: Order | None = None,
        limit: int | None = None,
        offset: int = 0,
        page_size: int = LONGEST_PAGE,
    ) -> Flow[Records[R]]:
        """The records with this primary key, or with this value of `search_key`; without any there is none.

        There may be several: a secondary key is not unique, and two sources may know the same primary key.
        """
        path, shown = _of_one(name, id)
        part = Part(limit, offset, page_size)
        table = yield from self._gateway.known(PROFILE, name)
        return (yield from self._ask(path, shown, table, table, _Asked(search_key, filters, fields, orderby), part))

    @flow_method
    def children(
        self,
        name: str,
        id: str,
        child: str,
        *,
        search_key: str | None = None,
        fields: Names | None = None,
        filters: Mapping[str, object] | None = None,
        orderby: Order | None = None,
        limit: int | None = None,
        offset: int = 0,
        page_size: int = LONGEST_PAGE,
    ) -> Flow[Records[R]]:
        """The records of the object `child` that belong to the profiles with this id.

        `fields` and `orderby` are the child's, `filters` and `search_key` the profile's.
        """
        path, shown = _of_one(name, id)
        if child == "calculated-insights":
            raise ProgrammingError("`calculated-insights` is no object", hint="insights() asks for them")
        last = segment(child, "The name of the child object")
        part = Part(limit, offset, page_size)
        table = yield from self._gateway.known(PROFILE, name)
        below = yield from self._gateway.known(PROFILE, child)
        asked = _Asked(search_key, filters, fields, orderby)
        return (yield from self._ask(f"{path}/{last}", f"{shown}/{last}", table, below, asked, part))

    @flow_method
    def insights(
        self,
        name: str,
        id: str,
        insight: str,
        *,
        dimensions: Names | None = None,
        measures: Names | None = None,
        time_granularity: str | None = None,
        search_key: str | None = None,
        filters: Mapping[str, object] | None = None,
        orderby: Order | None = None,
        limit: int | None = None,
        offset: int = 0,
        page_size: int = LONGEST_PAGE,
    ) -> Flow[Records[R]]:
        """The rows of a calculated insight that belong to the profiles with this id.

        `filters` and `search_key` are the profile's; the other words are those of `conn.insights.query`.
        """
        path, shown = _of_one(name, id)
        last = f"calculated-insights/{segment(insight, 'The name of the insight')}"
        part = Part(limit, offset, page_size)
        table = yield from self._gateway.known(PROFILE, name)
        below = yield from self._gateway.known(INSIGHT, insight)
        question = insight_question(
            f"{path}/{last}",
            f"{shown}/{last}",
            below,
            dimensions=dimensions,
            measures=measures,
            time_granularity=time_granularity,
            orderby=orderby,
            query=_of_parent(table, search_key, filters),
            others=table.fields,
        )
        return (yield from self._open(question, part))

    def _ask(self, path: str, shown: str, parent: Table, table: Table, asked: _Asked, part: Part) -> Flow[Records[R]]:
        """The records of `table`, for the profiles of `parent` that were picked."""
        form: Question = self._gateway.form(_form, (parent, table), _kept(asked.fields), _kept(asked.orderby))
        question = replace(
            form,
            path=path,
            shown=shown,
            query=(*form.query, *_of_parent(parent, asked.search_key, asked.filters)),
        )
        return (yield from self._open(question, part))

    def _open(self, question: Question, part: Part) -> Flow[Records[R]]:
        listing = Listing(self._gateway, question, part)
        yield from listing.fill()
        return Records(self._runner, listing)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a call on an object has beside its path."""

    search_key: str | None
    filters: Mapping[str, object] | None
    fields: Names | None
    orderby: Order | None


def _kept(names: Names | None) -> str | tuple[str, ...] | None:
    return names if names is None or isinstance(names, str) else tuple(names)


def _form(parent: Table, table: Table, names: Names | None, orderby: Order | None) -> Question:
    """What every call for these fields in this order asks, whoever it is about."""
    fields = chosen(table, names)
    key = _key(table)
    named = {field.name for field in fields}
    missing = tuple(name for name in key if name not in named)
    return Question(
        "",
        "",
        table.name,
        (
            ("fields", ",".join(field.name for field in fields)),
            # Records that are alike in every field may change places: where there is no key, all fields will do.
            ("orderby", order_list(table, orderby, key or [field.name for field in fields])),
        ),
        tuple(map(column_of, fields)),
        (*table.fields, *parent.fields),
        distinct=bool(key) and not missing,
        in_order=not key and orderby is None,
        key=missing if len(fields) + len(missing) <= MOST_FIELDS else (),
    )


def _of_parent(table: Table, search_key: str | None, filters: Mapping[str, object] | None) -> list[tuple[str, str]]:
    query = []
    if search_key is not None:
        query.append(("searchKey", field_of(table, search_key).name))
    if filters is not None:
        query.append(("filters", filter_list(table, filters)))
    return query


def _key(table: Table) -> list[str]:
    """The fields by which no two records are alike: the primary key and, as sources share ids, its qualifiers."""
    fields: dict[str, Field] = {field.name: field for field in table.fields}
    names = []
    for part in table.primary_key:
        names.append(part.name)
        told = fields[part.name].key_qualifier if part.name in fields else None
        # The pages of this API do not tell it; its name follows from the key's. Source: wire spec, metadata §3.
        qualifier = told or f"KQ_{part.name.removeprefix('ssot__')}"
        if qualifier in fields:
            names.append(qualifier)
    return names


def _check_name(name: str) -> None:
    if name == "metadata":
        raise ProgrammingError("`metadata` is no object", hint="describe() asks for it")


def _of_one(name: str, id: str) -> tuple[str, str]:
    """The path of the profiles with an id, and what errors and logs call it."""
    _check_name(name)
    path = f"{PROFILE}/{segment(name, 'The name of the object')}"
    return f"{path}/{segment(id, 'The id')}", f"{path}/…"
