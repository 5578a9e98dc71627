"""A V2 page that is lost on a real connection: the rows given stay, the rest is an error, and the id is used once.

Source: wire spec, faults P3.
"""

from __future__ import annotations

from typing import Any

import pytest

from datacloud_dbapi import OperationalError
from datacloud_emulator import Fault
from tests.faults.line import Line, held
from tests.faults.proxy import Way as Break
from tests.faults.reading import failed_for_good
from tests.faults.ways import Way
from tests.faults.world import EXPECTED

pytestmark = pytest.mark.sockets

FORMS = [Way("rest-v2", "query", "batch"), Way("rest-v2", "query", "batch", arrow=True)]
in_each_form = pytest.mark.parametrize("way", FORMS, ids=["rows", "arrow"])


def lost(line: Line, way: Way, **more: Any) -> None:
    cursor = way.execute(line.through(way, **more))
    assert cursor.fetchmany(20) == EXPECTED[:20]
    assert isinstance(failed_for_good(cursor, line), OperationalError)
    assert (cursor.rownumber, line.sleeps) == (20, [])
    assert line.proxy.requests == 3, "the statement and two pages, each once"


@held("P3")
@in_each_form
@pytest.mark.parametrize("how", ["reset-after-request", "no-answer", "cut", "cut with RST"])
def test_a_page_lost_below_http(line: Line, way: Way, how: Any) -> None:
    kept: dict[str, Any] = {"keep": 40, "rst": "RST" in how} if how.startswith("cut") else {}
    line.proxy.script(Break(how.partition(" ")[0], request=3, **kept))
    lost(line, way, read_timeout=0.3)


@held("P3")
@in_each_form
@pytest.mark.parametrize(
    "facts",
    [
        {"reset": "before"},
        {"reset": "within", "keep": 20},
        {"cut": True, "keep": 20},
        {"wrong_length": True},
    ],
    ids=str,
)
def test_a_page_lost_by_the_service(line: Line, way: Way, facts: dict[str, Any]) -> None:
    line.emulator.faults.add(Fault("batch", after=1, **facts))
    lost(line, way)
