"""The sample org's rows keep the rules its README states.

Each rule is recomputed here from other columns, never with the generator's code.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest

from .sample_org_rows import Row, by_key, grouped, rows, table, unified_of

TAKEN = datetime(2026, 1, 1, tzinfo=timezone.utc)

# ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_unified_profiles_take_each_field_from_the_newest_record_that_has_one() -> None:
    individuals = by_key("ssot__Individual__dlm", "ssot__Id__c")
    members = grouped("IndividualIdentityLink__dlm", "UnifiedRecordId__c")
    taken = [
        "ssot__FirstName__c",
        "ssot__LastName__c",
        "ssot__BirthDate__c",
        "ssot__GenderId__c",
        "ssot__PrimaryLanguageId__c",
        "ssot__ChildrenCount__c",
        "ssot__YearlyIncome__c",
        "LoyaltyTier__c",
        "MemberSince__c",
    ]
    reconciled = 0
    for unified in rows("UnifiedIndividual__dlm"):
        records = [individuals[link["SourceRecordId__c"]] for link in members[unified["ssot__Id__c"]]]
        for column in taken:
            dated = {row["ssot__LastModifiedDate__c"]: row[column] for row in records if row[column] is not None}
            assert unified[column] == (dated[max(dated)] if dated else None)
            reconciled += len(set(dated.values())) > 1
        assert unified["ssot__CreatedDate__c"] == min(row["ssot__CreatedDate__c"] for row in records)
        assert unified["ssot__LastModifiedDate__c"] == max(row["ssot__LastModifiedDate__c"] for row in records)
    assert reconciled > 500, "the sources hardly ever disagree"


def test_a_person_is_seen_by_several_sources_in_several_spellings() -> None:
    individuals = by_key("ssot__Individual__dlm", "ssot__Id__c")
    members = grouped("IndividualIdentityLink__dlm", "UnifiedRecordId__c")
    sizes = Counter(len(links) for links in members.values())
    assert set(sizes) == {1, 2, 3, 4}
    assert 1.5 < sum(size * count for size, count in sizes.items()) / len(members) < 2.5
    by_source = Counter(row["ssot__DataSourceId__c"] for row in individuals.values())
    assert set(by_source) == {"Salesforce_Home", "WebShop", "LoyaltyProgram"}
    assert min(by_source.values()) > 1_000
    several = [links for links in members.values() if len(links) > 1]
    spelled_apart = sum(
        len({individuals[link["SourceRecordId__c"]]["ssot__PersonName__c"] for link in links}) > 1 for links in several
    )
    assert 0.2 < spelled_apart / len(several) < 0.8
    twice_in_one = sum(
        max(Counter(link["ssot__DataSourceId__c"] for link in links).values()) > 1 for links in members.values()
    )
    assert twice_in_one > 50


def test_names_come_in_many_scripts() -> None:
    names = [row["ssot__PersonName__c"] for row in rows("ssot__Individual__dlm")]
    scripts = {
        "accents": "[À-ɏ]",
        "apostrophes": "'",
        "Greek": "[Α-ω]",
        "Hebrew, right to left": "[א-ת]",
        "Arabic, right to left": "[ا-ي]",
        "Japanese": "[぀-ヿ一-鿿]",
        "beyond the basic plane": "[\U00020000-\U0002ffff]",
        "emoji": "[\U0001f1e6-\U0001f9ff]",
        "joined emoji": "\u200d",
        "Vietnamese": "[ạ-ỹ]",
    }
    shares = {
        script: sum(bool(re.search(letters, name)) for name in names) / len(names)
        for script, letters in scripts.items()
    }
    assert all(share > 0 for share in shares.values()), shares
    assert sum(name.isascii() for name in names) / len(names) > 0.4


def test_everything_about_people_is_made_up() -> None:
    emails = rows("ssot__ContactPointEmail__dlm")
    for row in emails:
        box, at, domain = row["ssot__EmailAddress__c"].partition("@")
        assert box
        assert at
        assert domain.lower() == row["ssot__EmailDomain__c"]
        assert row["ssot__EmailDomain__c"] in {"example.com", "example.org", "example.net"}  # reserved by RFC 2606
    for row in rows("ssot__ContactPointPhone__dlm"):
        assert re.search(r"555\D?01\d\d$", row["ssot__TelephoneNumber__c"])
        digits = re.sub(r"\D", "", row["ssot__TelephoneNumber__c"])
        e164 = row["ssot__FormattedE164PhoneNumber__c"]
        assert e164 is None or re.fullmatch(rf"\+[1-9]\d{{0,2}}{row['ssot__AreaCode__c']}55501\d\d", e164)
        assert e164 is None or e164[-7:] == digits[-7:]


def test_a_person_has_each_address_once() -> None:
    emails = grouped("ssot__ContactPointEmail__dlm", "ssot__PartyId__c")
    expected: dict[str, set[str]] = defaultdict(set)
    for source, unified in unified_of().items():
        expected[unified] |= {row["ssot__EmailAddress__c"].lower() for row in emails.get(source, [])}
    found = grouped("UnifiedContactPointEmail__dlm", "ssot__PartyId__c")
    assert {key: sorted(values) for key, values in expected.items() if values} == {
        key: sorted(row["ssot__EmailAddress__c"] for row in listed) for key, listed in found.items()
    }


def test_raw_contacts_and_members_are_what_their_individuals_were_made_from() -> None:
    individuals = by_key("ssot__Individual__dlm", "ssot__Id__c")
    emails = by_key("ssot__ContactPointEmail__dlm", "ssot__PartyId__c")
    of_source = Counter(row["ssot__DataSourceId__c"] for row in individuals.values())
    assert len(rows("Contact_Home__dll")) == of_source["Salesforce_Home"]
    assert len(rows("Loyalty_Members__dll")) == of_source["LoyaltyProgram"]
    for raw in rows("Contact_Home__dll"):
        made = individuals[raw["Id__c"]]
        assert (raw["FirstName__c"], raw["LastName__c"]) == (made["ssot__FirstName__c"], made["ssot__LastName__c"])
        born = made["ssot__BirthDate__c"]
        assert raw["Birthdate__c"] == (born and born.date())
        assert raw["SystemModstamp__c"] == made["ssot__LastModifiedDate__c"]
        assert raw["Email__c"] == emails.get(raw["Id__c"], {}).get("ssot__EmailAddress__c")
    for raw in rows("Loyalty_Members__dll"):
        made = individuals[raw["MemberNumber__c"]]
        assert raw["FullName__c"] == f"{made['ssot__LastName__c']}, {made['ssot__FirstName__c']}"
        assert raw["JoinDate__c"] == made["MemberSince__c"] == made["ssot__CreatedDate__c"].date()


# ── Orders ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_order_totals_are_the_sums_of_their_parts() -> None:
    lines = grouped("ssot__SalesOrderProduct__dlm", "ssot__SalesOrderId__c")
    prices = by_key("ssot__GoodsProduct__dlm", "ssot__Id__c")
    cent = Decimal("0.01")
    for order in rows("ssot__SalesOrder__dlm"):
        parts = lines[order["ssot__Id__c"]]
        assert parts
        for line in parts:
            assert line["ssot__UnitPriceAmount__c"] == prices[line["ssot__ProductId__c"]]["ssot__MSRPAmount__c"]
            full = line["ssot__OrderedQuantity__c"] * line["ssot__UnitPriceAmount__c"]
            assert line["ssot__TotalLineAmount__c"] == full - line["ssot__DiscountAmount__c"]
            assert 0 <= line["ssot__DiscountAmount__c"] < full
            assert line["ssot__TotalLineAmount__c"] % cent == 0
        goods = sum(line["ssot__TotalLineAmount__c"] for line in parts)
        assert order["ssot__TotalProductAmount__c"] == goods
        delivery = order["ssot__TotalDeliveryAmount__c"]
        assert (delivery is None) == (order["ssot__SalesChannelId__c"] == "Store")
        tax = order["ssot__TotalTaxAmount__c"]
        assert tax == (goods * Decimal("0.082")).quantize(cent, rounding="ROUND_DOWN")
        assert order["ssot__GrandTotalAmount__c"] == goods + (delivery or 0) + tax


def test_orders_come_in_through_the_channel_of_the_record_they_are_sold_to() -> None:
    individuals = by_key("ssot__Individual__dlm", "ssot__Id__c")
    channels = {"Salesforce_Home": "Phone", "WebShop": "Web", "LoyaltyProgram": "Store"}
    orders = rows("ssot__SalesOrder__dlm")
    for order in orders:
        buyer = individuals[order["ssot__SoldToCustomerId__c"]]
        assert order["ssot__SalesChannelId__c"] == channels[buyer["ssot__DataSourceId__c"]]
        assert order["ssot__PurchaseOrderDate__c"] >= buyer["ssot__CreatedDate__c"]
    numbers = [order["ssot__OrderNumber__c"] for order in sorted(orders, key=lambda o: o["ssot__PurchaseOrderDate__c"])]
    assert numbers == sorted(numbers)
    assert set(Counter(order["ssot__SalesOrderStatusId__c"] for order in orders)) == {
        "Placed",
        "Shipped",
        "Delivered",
        "Returned",
        "Cancelled",
    }


def test_the_shop_s_raw_orders_are_the_web_orders() -> None:
    raw = by_key("Shop_Orders__dll", "OrderNumber__c")
    web = {row["ssot__Id__c"]: row for row in rows("ssot__SalesOrder__dlm") if row["ssot__SalesChannelId__c"] == "Web"}
    lines = grouped("ssot__SalesOrderProduct__dlm", "ssot__SalesOrderId__c")
    assert raw.keys() == web.keys()
    for key, order in web.items():
        assert raw[key]["TotalAmount__c"] == order["ssot__GrandTotalAmount__c"]
        assert raw[key]["CustomerNumber__c"] == order["ssot__SoldToCustomerId__c"]
        assert raw[key]["OrderedAt__c"] == order["ssot__PurchaseOrderDate__c"]
        assert raw[key]["ItemCount__c"] == len(lines[key])


def test_few_buy_much_and_many_nothing() -> None:
    owner, spent = unified_of(), Counter[str]()
    for order in rows("ssot__SalesOrder__dlm"):
        spent[owner[order["ssot__SoldToCustomerId__c"]]] += order["ssot__GrandTotalAmount__c"]
    people = table("UnifiedIndividual__dlm").num_rows
    assert 0.2 < 1 - len(spent) / people < 0.6
    top = sum(amount for _, amount in spent.most_common(people // 10))
    assert Decimal("0.3") < top / sum(spent.values()) < Decimal("0.8")


# ── Engagement, consent, segments ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "earlier", "later"),
    [
        ("ssot__Individual__dlm", "ssot__CreatedDate__c", "ssot__LastModifiedDate__c"),
        ("ssot__Individual__dlm", "ssot__BirthDate__c", "ssot__CreatedDate__c"),
        ("UnifiedIndividual__dlm", "ssot__CreatedDate__c", "ssot__LastModifiedDate__c"),
        ("ssot__SalesOrder__dlm", "ssot__PurchaseOrderDate__c", "ssot__PromiseDate__c"),
        ("ssot__SalesOrder__dlm", "ssot__CreatedDate__c", "ssot__LastModifiedDate__c"),
        ("ssot__WebsiteEngagement__dlm", "ssot__VisitStartTm__c", "ssot__EngagementDateTm__c"),
        ("ssot__WebsiteEngagement__dlm", "ssot__EngagementDateTm__c", "ssot__VisitEndTm__c"),
        ("ssot__EmailEngagement__dlm", "ssot__SentDateTm__c", "ssot__EngagementDateTm__c"),
        ("ssot__CommunicationSubscriptionConsent__dlm", "ssot__EffectiveFromDate__c", "ssot__EffectiveToDate__c"),
        ("ssot__ContactPointConsent__dlm", "ssot__ConsentCapturedDateTime__c", "ssot__DoubleConsentCaptureDateTime__c"),
        ("Contact_Home__dll", "CreatedDate__c", "SystemModstamp__c"),
        ("Individual_Unified_SM_1767225600000__dlm", "Timestamp__c", "Version_Stamp__c"),
    ],
)
def test_dates_are_in_order_and_none_is_in_the_future(name: str, earlier: str, later: str) -> None:
    pairs = [(row[earlier], row[later]) for row in rows(name) if row[earlier] is not None and row[later] is not None]
    assert pairs
    assert all(first <= second for first, second in pairs)
    if later != "ssot__PromiseDate__c":
        assert max(second for _, second in pairs) <= TAKEN


def test_visits_belong_to_one_visitor_and_purchases_to_their_orders() -> None:
    orders = by_key("ssot__SalesOrder__dlm", "ssot__Id__c")
    visits = grouped("ssot__WebsiteEngagement__dlm", "ssot__SessionId__c")
    purchases = 0
    for pages in visits.values():
        pages = sorted(pages, key=lambda page: page["ssot__EngagementDateTm__c"])
        for column in (
            "ssot__IndividualId__c",
            "ssot__DeviceTypeTxt__c",
            "ssot__VisitStartTm__c",
            "ssot__VisitEndTm__c",
        ):
            assert len({page[column] for page in pages}) == 1
        times = [page["ssot__EngagementDateTm__c"] for page in pages]
        assert (times[0], times[-1]) == (pages[0]["ssot__VisitStartTm__c"], pages[0]["ssot__VisitEndTm__c"])
        assert len(set(times)) == len(times)
        for before, page in pairwise(pages):
            assert page["ssot__ReferrerURL__c"] == before["ssot__PageURL__c"]
        for page in pages:
            assert (page["ssot__SalesOrderId__c"] is not None) == (
                page["ssot__EngagementChannelActionId__c"] == "Purchase"
            )
            if page["ssot__SalesOrderId__c"] is not None:
                order = orders[page["ssot__SalesOrderId__c"]]
                assert order["ssot__SoldToCustomerId__c"] == page["ssot__IndividualId__c"]
                assert order["ssot__PurchaseOrderDate__c"] == page["ssot__EngagementDateTm__c"]
                purchases += 1
    assert purchases > 1_000
    strangers = sum(pages[0]["ssot__IndividualId__c"] is None for pages in visits.values())
    assert 0.02 < strangers / len(visits) < 0.2


def test_viewed_products_exist() -> None:
    stock = {row["ssot__ProductSKU__c"] for row in rows("ssot__GoodsProduct__dlm")}
    viewed = {
        found[1]
        for row in rows("ssot__WebsiteEngagement__dlm")
        if (found := re.search(r"/p/(.*)$", row["ssot__PageURL__c"]))
    }
    assert viewed == stock


def _copies() -> Iterator[tuple[str, list[Row]]]:
    copies = defaultdict(list)
    for row in rows("ssot__EmailEngagement__dlm"):
        copies[row["ssot__ContactPointId__c"], row["ssot__EmailName__c"]].append(row)
    for (point, _), events in copies.items():
        yield point, sorted(events, key=lambda row: row["ssot__EngagementDateTm__c"])


def test_each_mail_is_sent_once_then_bounces_or_is_opened_then_clicked_or_left() -> None:
    lives = Counter[str]()
    for _, events in _copies():
        lives[" ".join(event["ssot__EngagementChannelActionId__c"] for event in events)] += 1
        assert {event["ssot__SentDateTm__c"] for event in events} == {events[0]["ssot__EngagementDateTm__c"]}
        for event in events:
            assert (event["ssot__LinkURL__c"] is not None) == (event["ssot__EngagementChannelActionId__c"] == "Click")
    assert set(lives) == {"Send", "Send Bounce", "Send Open", "Send Open Click", "Send Open Unsubscribe"}
    opened = sum(count for life, count in lives.items() if "Open" in life)
    assert 0.2 < opened / sum(lives.values()) < 0.6


def test_mail_goes_only_where_consent_is_in_force_and_an_unsubscribe_ends_it() -> None:
    newsletter = next(
        row["ssot__Id__c"]
        for row in rows("ssot__CommunicationSubscription__dlm")
        if row["ssot__Name__c"] == "Newsletter"
    )
    consents = defaultdict(list)
    for row in rows("ssot__CommunicationSubscriptionConsent__dlm"):
        if row["ssot__CommunicationSubscriptionId__c"] == newsletter:
            consents[row["ssot__ContactPointId__c"]].append(row)
    ended = 0
    for point, events in _copies():
        (allowed,) = [row for row in consents[point] if row["ssot__ConsentStatusId__c"] == "OptIn"]
        end = allowed["ssot__EffectiveToDate__c"]
        sent = events[0]["ssot__EngagementDateTm__c"]
        assert allowed["ssot__EffectiveFromDate__c"] <= sent
        assert end is None or sent < end
        last = events[-1]
        if last["ssot__EngagementChannelActionId__c"] == "Unsubscribe":
            (refused,) = [row for row in consents[point] if row["ssot__ConsentStatusId__c"] == "OptOut"]
            assert refused["ssot__EffectiveFromDate__c"] == end == last["ssot__EngagementDateTm__c"]
            ended += 1
    assert ended == sum(row["ssot__EffectiveToDate__c"] is not None for listed in consents.values() for row in listed)
    assert ended > 20


def test_segments_hold_whom_their_rules_say() -> None:
    owner = unified_of()
    spent: dict[str, Decimal] = defaultdict(Decimal)
    bought: dict[str, datetime] = {}
    for order in rows("ssot__SalesOrder__dlm"):
        key, at = owner[order["ssot__SoldToCustomerId__c"]], order["ssot__PurchaseOrderDate__c"]
        bought[key] = max(at, bought.get(key, at))
        if order["ssot__SalesOrderStatusId__c"] != "Cancelled":
            spent[key] += order["ssot__GrandTotalAmount__c"]
    expected = {
        "Big spenders": {key for key, amount in spent.items() if amount >= 2_000},
        "Sleeping customers": {key for key, at in bought.items() if TAKEN - at > timedelta(days=365)},
        "Active readers": {
            owner[row["ssot__IndividualId__c"]]
            for row in rows("ssot__EmailEngagement__dlm")
            if row["ssot__EngagementChannelActionId__c"] == "Click"
            and TAKEN - row["ssot__EngagementDateTm__c"] <= timedelta(days=180)
        },
    }
    names = {row["ssot__Id__c"]: row["ssot__Name__c"] for row in rows("ssot__MarketSegment__dlm")}
    found = defaultdict(set)
    for row in rows("Individual_Unified_SM_1767225600000__dlm"):
        found[names[row["Segment_Id__c"]]].add(row["Id__c"])
    assert found == expected


def test_values_are_missing_where_life_leaves_gaps() -> None:
    gaps = {
        ("ssot__Individual__dlm", "ssot__FirstName__c"): (0.001, 0.05),
        ("ssot__Individual__dlm", "ssot__BirthDate__c"): (0.4, 0.9),
        ("ssot__Individual__dlm", "ssot__YearlyIncome__c"): (0.7, 0.99),
        ("ssot__Individual__dlm", "ssot__HasOptedOutTracking__c"): (0.1, 0.5),
        ("UnifiedIndividual__dlm", "ssot__BirthDate__c"): (0.2, 0.7),
        ("ssot__ContactPointPhone__dlm", "ssot__FormattedE164PhoneNumber__c"): (0.02, 0.3),
        ("ssot__ContactPointAddress__dlm", "ssot__StateProvinceId__c"): (0.1, 0.6),
        ("ssot__SalesOrder__dlm", "KQ_Id__c"): (0.1, 0.6),
        ("ssot__WebsiteEngagement__dlm", "ssot__IndividualId__c"): (0.01, 0.3),
        ("ssot__ContactPointConsent__dlm", "ssot__DoubleConsentCaptureDateTime__c"): (0.3, 0.7),
    }
    for (name, column), (least, most) in gaps.items():
        share = table(name)[column].null_count / table(name).num_rows
        assert least < share < most, (name, column, share)
