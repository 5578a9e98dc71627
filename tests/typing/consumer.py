"""Code as a user writes it, type-checked with the rest by `make check`; nothing here is run."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from typing_extensions import assert_type

import datacloud_dbapi
from datacloud_dbapi import aio, engagement
from datacloud_dbapi.engagement import aio as engagement_aio
from datacloud_dbapi.flow.method import AwaitsFlows, RunsFlows
from datacloud_dbapi.services.metadata import Table
from datacloud_dbapi.services.records import Records
from datacloud_emulator import Emulator

SINCE = datetime(2026, 1, 1, tzinfo=timezone.utc)


def read(connection: datacloud_dbapi.Connection) -> list[Any]:
    with connection, connection.cursor() as cursor:
        assert_type(cursor, datacloud_dbapi.Cursor)
        chained = cursor.execute("SELECT :a", {"a": 1}).execute("SELECT ?", [1], timeout=2.5)
        assert_type(chained, datacloud_dbapi.Cursor)
        assert_type(cursor.rowcount, int)
        assert_type(cursor.query_id, str | None)
        cursor.row_factory = datacloud_dbapi.dict_row
        return cursor.fetchall()


def names(connection: datacloud_dbapi.Connection) -> list[str]:
    tables = connection.metadata.tables(category="Profile")
    assert_type(tables, list[Table])
    connection.metadata.tables(colour="red")  # type: ignore[call-arg]  # there is no such filter
    return [table.name for table in tables]


def who_is(connection: datacloud_dbapi.Connection) -> list[Any]:
    assert_type(connection.profile.describe(), list[Table])
    assert_type(connection.profile.describe("Unified__dlm"), Table)
    records = connection.profile.find("Unified__dlm", {"Name__c": "Ito"}, fields=["Id__c"], limit=10)
    assert_type(records, Records[RunsFlows])
    assert_type(records.all(), list[dict[str, Any]])
    assert_type(records.first(), dict[str, Any] | None)
    connection.profile.find("Unified__dlm")  # type: ignore[call-arg]  # to want every record is to say so
    assert_type(connection.universal_id.lookup("Link__dlm", "a", "b", "c").unified_id, str | None)
    assert_type(connection.data_graphs.get("Graph", "1"), dict[str, Any] | None)
    return [record["Id__c"] for record in connection.insights.query("Spend__cio")]


async def who_is_awaited(connection: aio.AsyncConnection) -> list[Any]:
    assert_type(await connection.profile.describe("Unified__dlm"), Table)
    records = await connection.profile.get("Unified__dlm", "1", search_key="Name__c")
    assert_type(records, Records[AwaitsFlows])
    for _ in records:  # type: ignore[misc]  # they are awaited
        pass
    assert_type(await records.all(), list[dict[str, Any]])
    return [record["Id__c"] async for record in await connection.insights.query("Spend__cio")]


def marketing(ae: engagement.Engagement) -> list[str | None]:
    assert_type(ae.prospects.described.name, str)
    listed = ae.prospects.query(
        ["id", "email", "Partner_Level__c"], filters={"updatedAtAfter": SINCE}, order_by="id DESC"
    )
    for prospect in listed:
        assert_type(prospect["id"], int)
        assert_type(prospect["score"], int | None)
        assert_type(prospect["campaign"], dict[str, Any] | None)
        assert_type(prospect["Partner_Level__c"], Any)
    assert_type(ae.opportunities.query().all()[0]["value"], Decimal | None)
    made = ae.prospects.create({"email": "pat@example.test"}, fields=["id", "createdAt"])
    assert_type(made["createdAt"], datetime | None)
    assert_type(made.location, str | None)
    ae.prospekts.query()  # type: ignore[attr-defined]  # there is no such object
    assert_type(ae.prospects.delete(made["id"]), None)
    return [campaign["name"] for campaign in ae.campaigns.query(["name"])]


async def marketing_awaited(ae: engagement_aio.AsyncEngagement) -> list[str | None]:
    assert_type(await ae.prospects.get_or_none(5) is None, bool)
    for _ in ae.campaigns.query():  # type: ignore[misc]  # they are awaited
        pass
    async for prospect in ae.prospects.query():
        assert_type(prospect["email"], str | None)
    return [campaign["name"] for campaign in await ae.campaigns.query(["name"]).all()]


def connect(emulator: Emulator) -> datacloud_dbapi.Connection:
    return datacloud_dbapi.connect(**emulator.connect_params(), http_transport=emulator.http_transport)


def fails(connection: datacloud_dbapi.Connection) -> int | None:
    try:
        connection.ping()
    except connection.ProgrammingError as error:
        assert_type(error, datacloud_dbapi.ProgrammingError)
        return error.position
    return None
