"""The roads of the fault tests: each transport in each form, what its requests are called, and a page that is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from datacloud_emulator.faults import Fault
from tests.faults.world import NUMBERS, World


@dataclass(frozen=True)
class Way:
    """A transport with rows or Arrow: the operations of its statement and of a page, and what a login of it sends.

    `kept`: a result can be read again by its id, which is then how a page is asked for.
    """

    transport: str
    statement: str
    page: str
    arrow: bool = False
    at_org: bool = False
    kept: bool = False

    @property
    def login(self) -> dict[str, int]:
        return {"token": 1} if self.at_org else {"token": 1, "exchange": 1}

    @property
    def over_grpc(self) -> bool:
        return self.transport == "hyper"

    def execute(self, connection: Any, sql: str = NUMBERS) -> Any:
        """A cursor that has run `sql`."""
        cursor = connection.cursor()
        cursor.execute(sql, arrow=self.arrow)
        return cursor

    def page_due(self, world: World, connection: Any) -> Callable[[], list[Any]]:
        """Run `NUMBERS` so that at least one page of it is still to be asked for: what asks, and gives all rows."""
        if self.transport == "rest-v1":
            # The service gives 49,999 rows at once; two answers that are cut short make a long result of a small one.
            world.emulator.faults.add(Fault(self.statement, times=2, change=_cut_short))
        cursor = self.execute(connection)
        if not self.kept:
            return lambda: list(cursor.fetchall())
        assert len(cursor.fetchall()) > 0
        query_id = cursor.query_id
        return lambda: list(connection.attach(query_id).fetchall())


def _cut_short(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {**answer, "data": answer["data"][:10], "rowCount": 10, "done": False}


WAYS = (
    Way("rest-v2", "query", "batch"),
    Way("rest-v2", "query", "batch", arrow=True),
    Way("rest-v1", "query-v1", "query-v1"),
    Way("query-sql", "query-sql", "query-sql-rows", at_org=True),
    Way("direct-v3", "v3-query", "v3-rows", kept=True),
    Way("direct-v3", "v3-query", "v3-rows", arrow=True, kept=True),
    Way("hyper", "ExecuteQuery", "GetQueryResult", kept=True),
    Way("hyper", "ExecuteQuery", "GetQueryResult", arrow=True, kept=True),
)
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.transport + ("-arrow" if way.arrow else ""))
