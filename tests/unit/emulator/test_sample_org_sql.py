"""The sample org's SQL on the real engine: its insights, the README's query and the look-up of source records.

Expected values are computed in Python from the Parquet files.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from .sample_org_rows import CATALOG, FOLDER, OBJECTS, by_key, rows, unified_of

hyper = pytest.importorskip("tableauhyperapi", reason="the engine's wheel has no build for this platform")


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The engine with the org's files loaded; names as in the service: unquoted, in any case."""
    folder = tmp_path_factory.mktemp("hyper")
    settings = {"default_database_version": "4", "log_dir": str(folder)}
    telemetry = hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    with (
        hyper.HyperProcess(telemetry, parameters=settings) as engine,
        hyper.Connection(engine.endpoint, folder / "sample.hyper", hyper.CreateMode.CREATE) as connection,
    ):
        for name in OBJECTS:
            file = hyper.escape_string_literal(str(FOLDER / f"{name}.parquet"))
            connection.execute_command(f'CREATE TABLE "{name}" AS SELECT * FROM external({file})')
        connection.execute_command("SET identifier_resolution = case_insensitive")
        connection.execute_command("SET identifier_normalization = verbatim")
        yield connection


def sold() -> list[dict[str, Any]]:
    return [row for row in rows("ssot__SalesOrder__dlm") if row["ssot__SalesOrderStatusId__c"] != "Cancelled"]


def lifetime_values() -> dict[str, tuple[Decimal, int, datetime]]:
    owner, values = unified_of(), dict[str, tuple[Decimal, int, datetime]]()
    for order in sold():
        key, at = owner[order["ssot__SoldToCustomerId__c"]], order["ssot__PurchaseOrderDate__c"]
        spent, count, last = values.get(key, (Decimal(0), 0, at))
        values[key] = (spent + order["ssot__GrandTotalAmount__c"], count + 1, max(last, at))
    return values


def numbers(row: Any) -> list[Any]:
    """The engine's dates and decimals as Python's own, to compare with."""
    return [value.to_datetime() if isinstance(value, hyper.Timestamp) else value for value in row]


def test_customer_lifetime_value(connection: Any) -> None:
    found = [numbers(row) for row in connection.execute_list_query(CATALOG.insights["CustomerLifetimeValue__cio"].sql)]
    assert {key: (spent, count, last) for key, spent, count, last in found} == lifetime_values()
    assert len(found) == len(lifetime_values())


def test_category_sales_by_month(connection: Any) -> None:
    orders = {row["ssot__Id__c"]: row["ssot__PurchaseOrderDate__c"] for row in sold()}
    category = {row["ssot__Id__c"]: row["ssot__PrimaryProductCategory__c"] for row in rows("ssot__GoodsProduct__dlm")}
    expected: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in rows("ssot__SalesOrderProduct__dlm"):
        if line["ssot__SalesOrderId__c"] in orders:
            month = orders[line["ssot__SalesOrderId__c"]].replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            sums = expected[category[line["ssot__ProductId__c"]], month]
            sums[0] += line["ssot__TotalLineAmount__c"]
            sums[1] += line["ssot__OrderedQuantity__c"]
    found = [numbers(row) for row in connection.execute_list_query(CATALOG.insights["CategorySalesByMonth__cio"].sql)]
    assert {(name, month): [revenue, units] for name, month, revenue, units in found} == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("name", sorted(CATALOG.insights))
def test_every_dimension_and_measure_is_an_output_column(connection: Any, name: str) -> None:
    insight = CATALOG.insights[name]
    with connection.execute_query(insight.sql) as result:
        columns = [column.name.unescaped for column in result.schema.columns]
    assert columns == [*insight.dimensions, *insight.measures]
    assert set(insight.column_labels) <= set(columns)
    assert insight.partition_by in insight.dimensions


def test_the_readme_s_query(connection: Any) -> None:
    (sql,) = re.findall(r"```sql\n(.*?)```", (FOLDER / "README.md").read_text("utf-8"), re.S)
    owner, names = unified_of(), by_key("UnifiedIndividual__dlm", "ssot__Id__c")
    interest: dict[str, Counter[str]] = defaultdict(Counter)
    for source in ("ssot__EmailEngagement__dlm", "ssot__WebsiteEngagement__dlm"):
        for event in rows(source):
            if event["ssot__IndividualId__c"] is not None:
                person = owner[event["ssot__IndividualId__c"]]
                interest[person][event["ssot__EngagementChannelActionId__c"]] += 1
    best = sorted(
        ((spent, key, count) for key, (spent, count, _) in lifetime_values().items() if key in interest),
        key=lambda each: (-each[0], each[1]),
    )
    assert connection.execute_list_query(sql) == [
        [names[key]["ssot__PersonName__c"], count, spent, interest[key]["Open"], interest[key]["View"]]
        for spent, key, count in best[:10]
    ]


def test_one_source_record_leads_to_all_records_of_its_person(connection: Any) -> None:
    """The look-up's own SQL. Source: wire spec, universal-id-lookup §4."""
    owner = unified_of()
    sizes = Counter(owner.values())
    person = max(sizes, key=lambda key: (sizes[key], key))
    one = next(row for row in rows("IndividualIdentityLink__dlm") if row["UnifiedRecordId__c"] == person)
    link = '"IndividualIdentityLink__dlm"'
    found = connection.execute_list_query(
        f"""
        SELECT b."SourceRecordId__c", b."UnifiedRecordId__c"
        FROM {link} a JOIN {link} b ON b."UnifiedRecordId__c" = a."UnifiedRecordId__c"
        WHERE a."SourceRecordId__c" = {hyper.escape_string_literal(one["SourceRecordId__c"])}
          AND a."ssot__DataSourceId__c" = {hyper.escape_string_literal(one["ssot__DataSourceId__c"])}
          AND a."ssot__DataSourceObjectId__c" = {hyper.escape_string_literal(one["ssot__DataSourceObjectId__c"])}
        """
    )
    assert sorted(found) == sorted([source, unified] for source, unified in owner.items() if unified == person)
    assert len(found) == 4
