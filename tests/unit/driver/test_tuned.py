"""Settings and workload of one statement beside its connection's. Source: wire spec, query §9-10; hyper §2.5."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from datacloud_dbapi.errors import NotSupportedError
from datacloud_dbapi.transports import hyper_service_pb2 as pb
from tests.unit.driver.hyper_script import COLUMNS, executed, hyper_stage, json_parts, status
from tests.unit.driver.kept_apis import DIRECT_V3, QUERY_SQL
from tests.unit.driver.test_rest_v2 import play as play_rest_v2

CONNECTION = {"settings": {"time_zone": "UTC", "lc_time": "en_US"}, "workload": "daily"}
Sent = tuple[dict[str, str], str]


def query_sql(tuning: list[Sent]) -> list[Sent]:
    done = QUERY_SQL.started(QUERY_SQL.status("Finished", 1), ["A-1", 1])
    scene, transport = QUERY_SQL.play([done] * len(tuning), CONNECTION)
    for settings, workload in tuning:
        scene.run(transport.tuned(settings, workload or None).submit("SELECT 1", None, timeout=None, arrow=False))
    bodies = [json.loads(request.body) for request in scene.requests if request.body.startswith(b"{")]
    return [(b["querySettings"], f["workloadName"]) for b, (_, f) in zip(bodies, QUERY_SQL.sent(scene), strict=True)]


def direct_v3(tuning: list[Sent]) -> list[Sent]:
    done = DIRECT_V3.started(DIRECT_V3.status("FINISHED", 1), ["A-1", 1])
    scene, transport = DIRECT_V3.play([done] * len(tuning), CONNECTION)
    for settings, workload in tuning:
        scene.run(transport.tuned(settings, workload or None).submit("SELECT 1", None, timeout=None, arrow=False))
    sent = [request for request in scene.requests if request.body.startswith(b"{")]
    return [(json.loads(request.body)["settings"], request.headers["x-hyperdb-workload"]) for request in sent]


def hyper(tuning: list[Sent]) -> list[Sent]:
    answers = [executed(*json_parts(COLUMNS, [[1]]), status(1)) for _ in tuning]
    scene, transport = hyper_stage(*answers, params=CONNECTION)
    for settings, workload in tuning:
        scene.run(transport.tuned(settings, workload or None).submit("SELECT 1", None, timeout=None, arrow=False))
    return [
        (dict(pb.QueryParam.FromString(call.message).settings), dict(call.metadata)["x-hyperdb-workload"])
        for call in scene.calls
    ]


@pytest.mark.parametrize("play", [query_sql, direct_v3, hyper])
def test_a_statements_own_stand_over_its_connections(play: Callable[[list[Sent]], list[Sent]]) -> None:
    of_connection = {"time_zone": "UTC", "lc_time": "en_US"}
    assert play(
        [({}, ""), ({"time_zone": "Asia/Tokyo"}, ""), ({}, "nightly"), ({"language": "de"}, "b"), ({}, "")]
    ) == [
        (of_connection, "daily"),
        ({"time_zone": "Asia/Tokyo", "lc_time": "en_US"}, "daily"),
        (of_connection, "nightly"),
        ({**of_connection, "language": "de"}, "b"),
        # What one statement was given is not left behind for the next.
        (of_connection, "daily"),
    ]


def test_settings_need_a_transport_that_takes_them() -> None:
    _, transport = play_rest_v2([])
    with pytest.raises(NotSupportedError, match="rest-v2 cannot do this: settings") as caught:
        transport.tuned({"time_zone": "UTC"}, None)
    assert "direct-v3" in str(caught.value.hint)
    assert transport.tuned({}, "nightly") is transport
