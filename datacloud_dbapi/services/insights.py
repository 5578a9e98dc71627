"""The Calculated Insights API: the rows of an insight (`…__cio`), some of its columns, rolled up over time.

Source: wire spec, calculated-insights.
"""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Iterable, Mapping, Sequence

from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import R, Service, flow_method
from datacloud_dbapi.services.gateway import INSIGHT, Gateway, segment
from datacloud_dbapi.services.metadata import Field, Table
from datacloud_dbapi.services.records import LONGEST_PAGE, Listing, Part, Question, Records, column_of
from datacloud_dbapi.services.selection import chosen, filter_list, granularity, order_list

# Source: wire spec, calculated-insights §2. Newer pages know no such bound, so more is asked for, with a warning.
MOST = {"dimension": 10, "measure": 5}


class Insights(Service[R]):
    """`conn.insights`: the calculated insights of the connection's data space.

    The first query of an insight asks for its description, which the connection then keeps.
    """

    def __init__(self, runner: R, gateway: Gateway) -> None:
        Service.__init__(self, runner)
        self._gateway = gateway

    @flow_method
    def list(self) -> Flow[builtins.list[Table]]:
        """The insights that the user may see; `role` says of each field whether it is a dimension or a measure."""
        return (yield from self._gateway.every(INSIGHT))

    @flow_method
    def describe(self, name: str) -> Flow[Table]:
        """One insight, asked anew. Raises ProgrammingError when there is none of this name."""
        return (yield from self._gateway.describe(INSIGHT, name))

    @flow_method
    def query(
        self,
        name: str,
        dimensions: str | Iterable[str] | None = None,
        measures: str | Iterable[str] | None = None,
        filters: Mapping[str, object] | None = None,
        time_granularity: str | None = None,
        orderby: str | Sequence[str] | None = None,
        *,
        limit: int | None = None,
        offset: int = 0,
        page_size: int = LONGEST_PAGE,
    ) -> Flow[Records[R]]:
        """The rows of an insight, of all its dimensions and measures or of those named.

        `filters` are a mapping of dimensions or measures to the values they equal. `time_granularity` rolls up to
        HOUR, DAY, MONTH, QUARTER or YEAR. `orderby`, `limit`, `offset` and `page_size` as in `conn.profile.find`.
        Older orgs answer 10 dimensions and 5 measures at most; more are asked for with a warning.
        """
        path = f"{INSIGHT}/calculated-insights/{segment(name, 'The name of the insight')}"
        part = Part(limit, offset, page_size)
        table = yield from self._gateway.known(INSIGHT, name)
        question = insight_question(
            path,
            path,
            table,
            dimensions=dimensions,
            measures=measures,
            time_granularity=time_granularity,
            orderby=orderby,
            query=[] if filters is None else [("filters", filter_list(table, filters))],
        )
        listing = Listing(self._gateway, question, part)
        yield from listing.fill()
        return Records(self._runner, listing)


def insight_question(
    path: str,
    shown: str,
    table: Table,
    *,
    dimensions: str | Iterable[str] | None,
    measures: str | Iterable[str] | None,
    time_granularity: str | None,
    orderby: str | Sequence[str] | None,
    query: Sequence[tuple[str, str]],
    others: Iterable[Field] = (),
) -> Question:
    """What a query of an insight asks, of all profiles or of some, which the rest of the `query` picks."""
    groups = _columns(table, dimensions, "dimension")
    columns = (*groups, *_columns(table, measures, "measure"))
    sent = list(query)
    # What is left out stands for all of them, which is the only way to ask for more than there may be names.
    if dimensions is not None:
        sent.append(("dimensions", ",".join(field.name for field in groups)))
    if measures is not None:
        sent.append(("measures", ",".join(field.name for field in columns[len(groups) :])))
    if time_granularity is not None:
        sent.append(("timeGranularity", granularity(time_granularity)))
    # Each combination of all dimensions is one row. Of some of them it is so where the service adds up the others,
    # which is not documented: then the measures are in the order too.
    whole = len(groups) == sum(field.role == "dimension" for field in table.fields)
    ends = groups if whole and groups else columns
    sent.append(("orderby", order_list(table, orderby, [field.name for field in ends])))
    return Question(
        path,
        shown,
        table.name,
        tuple(sent),
        tuple(map(column_of, columns)),
        (*table.fields, *others),
        distinct=whole,
        in_order=orderby is None,
    )


def _columns(table: Table, names: str | Iterable[str] | None, role: str) -> tuple[Field, ...]:
    if names is None:
        # An insight may have none of one sort.
        return tuple(field for field in table.fields if field.role == role)
    found = chosen(table, names, role)
    if len(found) > MOST[role]:
        warnings.warn(f"{table.name}: an org may answer no more than {MOST[role]} {role}s at once", stacklevel=2)
    return found
