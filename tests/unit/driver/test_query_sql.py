"""Connect query-sql as the driver speaks it; what it shares with V3 is in `test_kept_results.py`.

Source: wire spec, query §9.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.transports.query_sql import QuerySql
from tests.unit.driver.kept_apis import QUERY_SQL as API
from tests.unit.driver.scripted import LOGIN, cells, json_answer

DONE = API.started(API.status("Finished", 1), ["A-1", 1])


def sent_body(sql: str, parameters: Any, **given: Any) -> dict[str, Any]:
    scene, transport = API.play([DONE], given)
    scene.run(transport.submit(sql, parameters, timeout=None, arrow=False))
    body: dict[str, Any] = json.loads(scene.requests[-1].body)
    return body


def test_it_asks_the_org_with_the_orgs_token_and_never_the_tenant() -> None:
    scene, _, _ = API.read([API.started(API.status("Finished", 2), ["A-1", 1]), json_answer(API.rows(["B-2", 2]))])
    requests = scene.requests[1:]
    assert {request.url.partition("/services")[0] for request in requests} == {"https://acme.my.salesforce.com"}
    assert {request.headers["Authorization"] for request in requests} == {"Bearer 00Dxx!core"}


def test_data_space_and_workload_stand_in_every_url() -> None:
    scene, transport = API.play(
        [API.started(API.status("Running", 1), ["A-1", 1]), json_answer(API.status("Finished", 1)), Response(204)],
        {"dataspace": "my space", "workload": "nightly&co"},
    )
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    scene.run(transport.next_page(handle, timeout=None, arrow=False))
    scene.run(transport.cancel(handle))
    sent = API.sent(scene)
    assert len(sent) == 3
    for _, fields in sent:
        assert (fields["dataspace"], fields["workloadName"]) == ("my space", "nightly&co")


def test_a_statement_without_parameters_goes_as_it_is() -> None:
    assert sent_body("SELECT ':x', 'é'", None) == {"sql": "SELECT ':x', 'é'", "rowLimit": 2_000}


def test_parameters_are_named_and_their_values_text() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    given: dict[str, Any] = {
        "bool_1": True,
        "int_1": 5,
        "big_1": 2**40,
        "double_1": 0.5,
        "text_1": "it's",
        "day_1": dt.date(2026, 1, 31),
        "time_1": dt.time(1, 2),
        "stamp_1": dt.datetime(2026, 1, 31, 1, 2),
        "moment_1": dt.datetime(2026, 1, 31, 1, 2, tzinfo=zone),
    }
    sql = f"SELECT {', '.join(f':{name}' for name in given)}"
    assert sent_body(sql, given) == {
        "sql": sql,
        "rowLimit": 2_000,
        "sqlParameters": [
            {"name": "bool_1", "type": "Bool", "value": "true"},
            {"name": "int_1", "type": "Integer", "value": "5"},
            {"name": "big_1", "type": "BigInt", "value": "1099511627776"},
            {"name": "double_1", "type": "Double", "value": "0.5"},
            {"name": "text_1", "type": "Varchar", "value": "it's"},
            {"name": "day_1", "type": "Date", "value": "2026-01-31"},
            {"name": "time_1", "type": "Time", "value": "01:02:00"},
            {"name": "stamp_1", "type": "Timestamp", "value": "2026-01-31 01:02:00"},
            {"name": "moment_1", "type": "TimestampTZ", "value": "2026-01-30 23:02:00+00:00"},
        ],
    }


def test_what_the_request_cannot_say_exactly_is_a_literal() -> None:
    body = sent_body("SELECT ?, ?, ?, ?", [Decimal("1.50"), None, b"\x01", "x"])
    assert body == {
        "sql": "SELECT 1.50, NULL, CAST('\\x01' AS BYTEA), :p1",
        "rowLimit": 2_000,
        "sqlParameters": [{"name": "p1", "type": "Varchar", "value": "x"}],
    }


def test_settings() -> None:
    assert sent_body("SELECT 1", None, settings={"lc_time": "en_US"})["querySettings"] == {"lc_time": "en_US"}


@pytest.mark.parametrize(("timeout", "wait"), [(None, None), (60.0, None), (5.0, 2), (1.0, 0)])
def test_with_a_short_timeout_the_id_must_come_in_time(timeout: float | None, wait: int | None) -> None:
    scene, transport = API.play([DONE])
    scene.run(transport.submit("SELECT 1", None, timeout=timeout, arrow=False))
    assert json.loads(scene.requests[-1].body).get("adaptiveTimeout") == wait


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"type": "BigInt"}, "BIGINT"),
        ({"type": "Bool"}, "BOOLEAN"),
        ({"type": "Boolean"}, "BOOLEAN"),
        ({"type": "Char", "length": 3}, "CHAR(3)"),
        ({"type": "Date"}, "DATE"),
        ({"type": "Double"}, "DOUBLE"),
        ({"type": "Float"}, "REAL"),
        ({"type": "Foat"}, "REAL"),
        ({"type": "Integer"}, "INTEGER"),
        ({"type": "Numeric"}, "NUMERIC"),
        ({"type": "Numeric", "precision": 38, "scale": 18}, "NUMERIC(38,18)"),
        ({"type": "Numeric", "precision": 5}, "NUMERIC(5,0)"),
        ({"type": "Oid"}, "BIGINT"),
        ({"type": "SmallInt"}, "SMALLINT"),
        ({"type": "Text"}, "TEXT"),
        ({"type": "Time"}, "TIME"),
        ({"type": "Timestamp"}, "TIMESTAMP"),
        ({"type": "TimestampTZ"}, "TIMESTAMP WITH TIME ZONE"),
        ({"type": "TIMESTAMPTZ"}, "TIMESTAMP WITH TIME ZONE"),
        ({"type": "Unspecified"}, "Unspecified"),
        ({"type": "Varchar"}, "VARCHAR"),
        ({"type": "ArrayOfBigInt"}, "ARRAY(BIGINT)"),
        ({"type": "ArrayOfFloat"}, "ARRAY(REAL)"),
        ({"type": "ArrayOfNumeric", "innerElement": {"type": "Numeric", "precision": 9}}, "ARRAY(NUMERIC(9,0))"),
        ({"type": "Array", "innerElement": "Varchar"}, "ARRAY(VARCHAR)"),
        ({}, "UNKNOWN"),
    ],
)  # fmt: skip
def test_every_spelling_of_a_type_is_understood(facts: dict[str, Any], expected: str) -> None:
    answer = API.started(API.status("Finished", 0), metadata=[{"name": "x", **facts}])
    _, _, [page] = API.read([answer])
    assert page.columns is not None
    assert str(page.columns[0].type) == expected


def test_numbers_keep_every_digit() -> None:
    raw = json.dumps({**API.rows(["A-1", 0]), "status": API.status("Finished", 1)})
    raw = raw.replace('["A-1", 0]', '["A-1", 12345678901234567890.123456789012345678]')
    [page] = API.read([Response(200, {}, raw.encode())])[2]
    assert cells(page) == [["A-1", Decimal("12345678901234567890.123456789012345678")]]


def test_a_refused_token_is_renewed_once() -> None:
    expired = json_answer([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}], 401)
    scene, transport = API.play([expired, LOGIN, DONE])
    assert scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))[1].done


def test_describe_runs_the_statement_for_no_rows() -> None:
    scene, transport = API.play([API.started(API.status("Finished", 0))])
    columns = scene.run(transport.describe("SELECT :x;", {"x": 1}, timeout=None))
    assert [column.name for column in columns] == ["Id__c", "Miles__c"]
    body = json.loads(scene.requests[-1].body)
    assert body["sql"] == "SELECT * FROM (SELECT :x\n) AS described LIMIT 0"
    assert [each["name"] for each in body["sqlParameters"]] == ["x"]


def test_capabilities() -> None:
    able = {"random_access", "cancel", "server_parameters", "progress", "attach", "settings"}
    assert set(QuerySql.capabilities.able()) == able


def test_an_empty_result_that_is_attached_has_no_columns_to_tell() -> None:
    refusal = json_answer([{"errorCode": "BAD_REQUEST", "message": "offset is out of range"}], 400)
    scene, transport = API.play([json_answer(API.status("Finished", 0)), refusal])
    _, page = scene.run(transport.attach(API.query_id, timeout=None, arrow=False))
    assert (page.columns, page.rows, page.done) == (None, [], True)
