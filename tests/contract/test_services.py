"""The other APIs beside SQL: every endpoint and parameter through both faces and both doors, held against SQL.

The same questions asked of the same org by SQL have the same answers; what SQL cannot say here is read from the sample
org's files. Source: wire spec, profile, calculated-insights, universal-id-lookup, data-graphs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from datacloud_dbapi import NotSupportedError, ProgrammingError
from datacloud_emulator import Emulator
from tests.contract.service_faces import FACES, Face, facing
from tests.unit.emulator.sample_org_rows import grouped, rows

UNIFIED, LINK, INDIVIDUAL = "UnifiedIndividual__dlm", "IndividualIdentityLink__dlm", "ssot__Individual__dlm"
MAIL, UNIFIED_MAIL = "ssot__ContactPointEmail__dlm", "UnifiedContactPointEmail__dlm"
VALUE, SALES = "CustomerLifetimeValue__cio", "CategorySalesByMonth__cio"
GRAPH = "CustomerProfile_DG"
DOORS = ["in-process", pytest.param("sockets", marks=pytest.mark.sockets)]


@pytest.fixture(scope="module", params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=FACES)
def face(request: pytest.FixtureRequest, emulator: Emulator, door: str) -> Iterator[Face]:
    with facing(emulator, request.param, door) as made:
        yield made


@cache
def customer() -> str:
    """A person whom three sources know, with orders and several e-mail addresses."""
    people = grouped(LINK, "UnifiedRecordId__c")
    mails = grouped(UNIFIED_MAIL, "ssot__PartyId__c")
    orders = grouped("ssot__SalesOrder__dlm", "ssot__SoldToCustomerId__c")
    return min(
        str(person)
        for person, links in people.items()
        if len(links) == 3
        and len(mails[person]) > 1
        and any(
            order["ssot__SalesOrderStatusId__c"] != "Cancelled"
            for link in links
            for order in orders.get(link["SourceRecordId__c"], ())
        )
    )


def source_record() -> list[str]:
    """The rest of a universal id's path, for one of the customer's records."""
    (link, *_) = grouped(LINK, "UnifiedRecordId__c")[customer()]
    return [link[name] for name in ("ssot__DataSourceId__c", "ssot__DataSourceObjectId__c", "SourceRecordId__c")]


def utc(row: dict[str, Any]) -> dict[str, Any]:
    """A row of SQL as the other APIs have it, whose moments are all in UTC and whose numbers are all decimals."""
    return {
        name: value.replace(tzinfo=dt.timezone.utc)
        if isinstance(value, dt.datetime) and value.tzinfo is None
        else Decimal(value)
        if isinstance(value, int) and not isinstance(value, bool)
        else value
        for name, value in row.items()
    }


def by_sql(face: Face, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
    return [utc(row) for row in face.sql(statement, parameters)]


class TestProfile:
    def test_the_objects_are_those_of_the_metadata(self, face: Face) -> None:
        listed = face.ask(lambda c: c.profile.describe())
        every = face.ask(lambda c: c.metadata.tables(category="Profile", kind="DataModelObject"))
        assert {table.name: [f.name for f in table.fields] for table in listed} == {
            table.name: [f.name for f in table.fields] for table in every
        }
        one = face.ask(lambda c: c.profile.describe(UNIFIED))
        assert one in listed
        assert [key.name for key in one.primary_key] == ["ssot__Id__c"]

    def test_by_id_and_by_a_secondary_key(self, face: Face) -> None:
        who = customer()
        expected = by_sql(face, f"SELECT * FROM {UNIFIED} WHERE ssot__Id__c = ?", [who])
        assert face.all(lambda c: c.profile.get(UNIFIED, who)) == expected
        name = expected[0]["ssot__LastName__c"]
        namesakes = by_sql(
            face,
            f"SELECT ssot__Id__c, LoyaltyTier__c FROM {UNIFIED} WHERE ssot__LastName__c = ? ORDER BY ssot__Id__c",
            [name],
        )
        found = face.all(
            lambda c: c.profile.get(
                UNIFIED, name, search_key="ssot__LastName__c", fields=["ssot__Id__c", "LoyaltyTier__c"]
            )
        )
        assert found == namesakes
        assert len(found) > 1

    def test_an_unknown_id_has_no_records(self, face: Face) -> None:
        for who in ("nobody", "a/b", "a b+c", "me@example.com", "100%", "Ünï/…"):
            assert face.all(lambda c, who: c.profile.get(UNIFIED, who), who) == []

    def test_find_with_everything(self, face: Face) -> None:
        expected = by_sql(
            face,
            f"SELECT ssot__LastName__c, ssot__CreatedDate__c, MemberSince__c FROM {UNIFIED} "
            "WHERE LoyaltyTier__c = 'Gold' AND ssot__HasOptedOutTracking__c = FALSE "
            "ORDER BY ssot__LastName__c DESC, MemberSince__c, ssot__Id__c, KQ_Id__c LIMIT 7 OFFSET 3",
        )
        found = face.all(
            lambda c: c.profile.find(
                UNIFIED,
                {"LoyaltyTier__c": "Gold", "ssot__HasOptedOutTracking__c": False},
                fields="ssot__LastName__c,ssot__CreatedDate__c,MemberSince__c",
                orderby=["ssot__LastName__c DESC", "MemberSince__c"],
                limit=7,
                offset=3,
            )
        )
        assert found == expected
        assert len(found) == 7

    def test_get_with_everything(self, face: Face) -> None:
        expected = by_sql(
            face,
            f"SELECT ssot__Id__c, ssot__ChildrenCount__c FROM {UNIFIED} WHERE LoyaltyTier__c = 'Gold' "
            "AND ssot__GenderId__c = 'Female' ORDER BY ssot__LastName__c DESC, ssot__Id__c LIMIT 9 OFFSET 2",
        )
        found = face.all(
            lambda c: c.profile.get(
                UNIFIED,
                "Gold",
                search_key="loyaltytier__c",
                fields=["ssot__Id__c", "ssot__ChildrenCount__c"],
                filters={"ssot__GenderId__c": "Female"},
                orderby="-ssot__LastName__c",
                limit=9,
                offset=2,
                page_size=4,
            )
        )
        assert found == expected
        assert len(found) == 9

    def test_find_by_a_day_and_by_a_moment(self, face: Face) -> None:
        (one,) = by_sql(face, f"SELECT * FROM {UNIFIED} WHERE MemberSince__c IS NOT NULL ORDER BY ssot__Id__c LIMIT 1")
        for name in ("MemberSince__c", "ssot__BirthDate__c"):
            found = face.all(lambda c, name: c.profile.find(UNIFIED, {name: one[name]}), name)
            assert one in found
            assert {record[name] for record in found} == {one[name]}

    def test_long_lists_page_by_themselves(self, face: Face) -> None:
        face.all(lambda c: c.profile.get(UNIFIED, "nobody"))
        face.told.clear()
        found = face.all(
            lambda c: c.profile.find(UNIFIED, {"LoyaltyTier__c": "Bronze"}, fields="ssot__Id__c", page_size=100)
        )
        expected = sorted(row["ssot__Id__c"] for row in rows(UNIFIED) if row["LoyaltyTier__c"] == "Bronze")
        assert [record["ssot__Id__c"] for record in found] == expected
        assert len(face.told) == -(-len(expected) // 100) > 2

    def test_contact_points_as_children(self, face: Face) -> None:
        who = customer()
        expected = by_sql(face, f"SELECT * FROM {UNIFIED_MAIL} WHERE ssot__PartyId__c = ? ORDER BY ssot__Id__c", [who])
        assert len(expected) > 1
        assert face.all(lambda c: c.profile.children(UNIFIED, who, UNIFIED_MAIL)) == expected
        some = face.all(
            lambda c: c.profile.children(
                UNIFIED,
                who,
                UNIFIED_MAIL,
                search_key="ssot__Id__c",
                fields=["ssot__EmailAddress__c"],
                orderby="ssot__Id__c DESC",
                limit=1,
                offset=1,
            )
        )
        assert some == [{"ssot__EmailAddress__c": expected[-2]["ssot__EmailAddress__c"]}]
        # The filters are the profile's.
        nobody = {"LoyaltyTier__c": "no such tier"}
        assert face.all(lambda c: c.profile.children(UNIFIED, who, UNIFIED_MAIL, filters=nobody)) == []

    def test_the_insight_of_a_profile(self, face: Face) -> None:
        who = customer()
        expected = by_sql(face, f"SELECT * FROM {VALUE} WHERE UnifiedIndividualId__c = ?", [who])
        assert len(expected) == 1
        assert face.all(lambda c: c.profile.insights(UNIFIED, who, VALUE)) == expected
        some = face.all(
            lambda c: c.profile.insights(
                UNIFIED,
                who,
                VALUE,
                dimensions="UnifiedIndividualId__c",
                measures=["TotalSpend__c"],
                search_key="ssot__Id__c",
                filters={"ssot__Id__c": who},
                orderby="TotalSpend__c DESC",
                limit=5,
            )
        )
        assert some == [{name: expected[0][name] for name in ("UnifiedIndividualId__c", "TotalSpend__c")}]

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            (lambda c: c.profile.find("Nope__dlm", None), ProgrammingError),
            (lambda c: c.profile.describe("Nope__dlm"), ProgrammingError),
            (lambda c: c.profile.get("ssot__SalesOrder__dlm", "1"), ProgrammingError),  # no profile
            (lambda c: c.profile.children(UNIFIED, "1", MAIL), ProgrammingError),  # not related
            (lambda c: c.profile.insights(UNIFIED, "1", "Nope__cio"), ProgrammingError),
            # It has no dimension that is a time.
            (lambda c: c.profile.insights(UNIFIED, "1", VALUE, time_granularity="DAY"), ProgrammingError),
            (lambda c: c.profile.find(UNIFIED, None), ProgrammingError),  # this org refuses it
            (lambda c: c.profile.find(UNIFIED, {"ssot__Id__c": "a,b"}), NotSupportedError),
            (lambda c: c.profile.find(UNIFIED, {"LoyaltyTeir__c": "Gold"}), ProgrammingError),
        ],
    )
    def test_what_is_refused(self, face: Face, call: Any, error: type[Exception]) -> None:
        with pytest.raises(error):
            face.ask(call)


class TestInsights:
    def test_the_descriptions(self, face: Face) -> None:
        listed = face.ask(lambda c: c.insights.list())
        every = face.ask(lambda c: c.metadata.tables(kind="CalculatedInsight"))
        assert {t.name: [(f.name, f.role) for f in t.fields] for t in listed} == {
            t.name: [(f.name, f.role) for f in t.fields] for t in every
        }
        assert face.ask(lambda c: c.insights.describe(SALES)) in listed

    def test_the_whole_insight_in_pages(self, face: Face) -> None:
        expected = by_sql(face, f"SELECT * FROM {SALES} ORDER BY ProductCategory__c, OrderMonth__c")
        face.ask(lambda c: c.insights.query(SALES, limit=1))
        face.told.clear()
        assert face.all(lambda c: c.insights.query(SALES, page_size=100)) == expected
        assert face.told == [f"/api/v1/insight/calculated-insights/{SALES}"] * -(-len(expected) // 100)
        assert face.all(lambda c: c.insights.query(SALES)) == expected

    def test_every_parameter(self, face: Face) -> None:
        expected = by_sql(
            face,
            "SELECT DATE_TRUNC('year', OrderMonth__c) AS OrderMonth__c, SUM(Revenue__c) AS Revenue__c "
            f"FROM {SALES} WHERE ProductCategory__c = 'Bags' GROUP BY 1 ORDER BY 2 DESC LIMIT 2 OFFSET 1",
        )
        found = face.all(
            lambda c: c.insights.query(
                SALES,
                ["OrderMonth__c"],
                ["Revenue__c"],
                {"ProductCategory__c": "Bags"},
                "year",
                "Revenue__c DESC",
                limit=2,
                offset=1,
            )
        )
        assert found == expected
        assert len(found) == 2

    @pytest.mark.parametrize("granularity", ["HOUR", "DAY", "MONTH", "QUARTER", "YEAR"])
    def test_time_granularities(self, face: Face, granularity: str) -> None:
        expected = by_sql(
            face,
            f"SELECT DATE_TRUNC('{granularity}', OrderMonth__c) AS OrderMonth__c, SUM(UnitsSold__c) AS UnitsSold__c "
            f"FROM {SALES} GROUP BY 1 ORDER BY 1",
        )
        found = face.all(
            lambda c: c.insights.query(SALES, "OrderMonth__c", "UnitsSold__c", time_granularity=granularity)
        )
        assert found == expected

    @pytest.mark.parametrize(
        "call",
        [
            lambda c: c.insights.query("Nope__cio"),
            lambda c: c.insights.describe("Nope__cio"),
            lambda c: c.insights.query(SALES, "Revenue__c"),
            lambda c: c.insights.query(SALES, time_granularity="WEEK"),
        ],
    )
    def test_what_is_refused(self, face: Face, call: Any) -> None:
        with pytest.raises(ProgrammingError):
            face.ask(call)


class TestUniversalId:
    def test_the_source_records_of_a_person(self, face: Face) -> None:
        who = customer()
        names = ("SourceRecordId__c", "UnifiedRecordId__c", "ssot__DataSourceId__c", "ssot__DataSourceObjectId__c")
        expected = face.sql(f"SELECT {', '.join(names)} FROM {LINK} WHERE UnifiedRecordId__c = ?", [who])
        face.told.clear()
        for record in expected:
            found = face.ask(
                lambda c, *parts: c.universal_id.lookup(LINK, *parts),
                record["ssot__DataSourceId__c"],
                record["ssot__DataSourceObjectId__c"],
                record["SourceRecordId__c"],
            )
            assert sorted(map(str, found)) == sorted(map(str, expected))
            assert found.unified_id == who
            assert found.to_arrow().num_rows == len(expected)
        assert len(face.told) == len(expected) == 3
        assert all(path.endswith("/…") for path in face.told)

    def test_of_nobody(self, face: Face) -> None:
        for record in ("nobody", "a/b+c d@e"):
            assert face.ask(lambda c, record: c.universal_id.lookup(LINK, "WebShop", "x", record), record) == []
        assert face.ask(lambda c: c.universal_id.lookup("Nope__dlm", "WebShop", "x", "y")) == []


class TestDataGraphs:
    def test_the_definition(self, face: Face) -> None:
        (graph,) = face.ask(lambda c: c.data_graphs.list())
        assert (graph.name, graph.primary_object, graph.status) == (GRAPH, UNIFIED, "READY")
        (link,) = graph.root.children
        (individual,) = link.children
        assert (link.name, individual.name) == (LINK, INDIVIDUAL)
        assert individual.paths[-1].parent_field == "SourceRecordId__c"
        assert face.ask(lambda c: c.data_graphs.describe(GRAPH)) == graph
        with pytest.raises(ProgrammingError):
            face.ask(lambda c: c.data_graphs.describe("Nope_DG"))

    def test_the_graph_of_a_person(self, face: Face) -> None:
        who = customer()
        graph = face.ask(lambda c: c.data_graphs.get(GRAPH, who))
        assert graph["ssot__Id__c"] == who
        links = [row for row in rows(LINK) if row["UnifiedRecordId__c"] == who]
        assert sorted(link["SourceRecordId__c"] for link in graph[LINK]) == sorted(
            link["SourceRecordId__c"] for link in links
        )
        mails = grouped(MAIL, "ssot__PartyId__c")
        for link in graph[LINK]:
            (individual,) = link[INDIVIDUAL]
            assert individual["ssot__Id__c"] == link["SourceRecordId__c"]
            assert sorted(mail["ssot__EmailAddress__c"] for mail in individual[MAIL]) == sorted(
                mail["ssot__EmailAddress__c"] for mail in mails[link["SourceRecordId__c"]]
            )
        assert face.ask(lambda c: c.data_graphs.get(GRAPH, who, live=True)) == graph
        for keys in (
            {"ssot__Id__c": who},
            {f"{UNIFIED}.ssot__Id__c": who},
            {f"{LINK}.SourceRecordId__c": links[0]["SourceRecordId__c"]},
        ):
            assert face.ask(lambda c, keys: c.data_graphs.lookup(GRAPH, keys, live=False), keys) == [graph]

    def test_of_nobody(self, face: Face) -> None:
        assert face.ask(lambda c: c.data_graphs.get(GRAPH, "no/body")) is None
        assert face.ask(lambda c: c.data_graphs.get("Nope_DG", "nobody")) is None
        assert face.ask(lambda c: c.data_graphs.lookup(GRAPH, {"ssot__Id__c": "nobody"})) == []
