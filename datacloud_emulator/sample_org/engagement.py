"""What the sample org's people did and allowed: web visits, e-mails, consent, and the segments they fall into.

E-mails obey consent: they go to addresses whose newsletter consent is in force at that moment, and an unsubscribe
ends it then. Segments are computed from the orders and clicks made here, not drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from datacloud_emulator.sample_org.commerce import Order, Product
from datacloud_emulator.sample_org.draws import Draws, record_id
from datacloud_emulator.sample_org.people import CRM, SHOP, TODAY, Person, Record, Row, Source, records_of

MAIL = Source(None, "MarketingCloud", None, "Subscribers")
SITE = "https://shop.example.com"


# ── The web shop ─────────────────────────────────────────────────────────────────────────────────────────────────


def web_rows(people: Sequence[Person], orders: Sequence[Order], products: Sequence[Product]) -> Iterator[Row]:
    """Website engagement: visits of known customers and strangers, some of which end in a web order."""
    draws = Draws("web")
    for order in orders:
        if order.channel == "Web" and draws.chance(0.7):
            yield from _visit(draws, order.at, order.buyer, order.person.country, products, order)
    for person in people:
        for record in person.records:
            if record.source is SHOP:
                for _ in range(draws.below(1 + int(person.activity * 6))):
                    start = draws.moment(record.created, TODAY - timedelta(hours=1))
                    yield from _visit(draws, start, record, person.country, products, None)
    for _ in range(300):
        start = draws.moment(datetime(2024, 1, 1, tzinfo=timezone.utc), TODAY - timedelta(hours=1))
        yield from _visit(draws, start, None, draws.pick(people).country, products, None)


def _visit(
    draws: Draws,
    moment: datetime,
    visitor: Record | None,
    country: str,
    products: Sequence[Product],
    order: Order | None,
) -> Iterator[Row]:
    """One visit, page by page; with an order, it ends at `moment` with the purchase, else it starts there."""
    pages = [("View", draws.weighted({"/": 5, "/c/coffee": 2, "/c/tents": 1, "/stories/über-uns": 1}))]
    for _ in range(draws.below(5)):
        pages.append(("View", f"/p/{draws.pick(products).sku}"))
        if draws.chance(0.15):
            pages.append(("AddToCart", "/cart"))
    if order:
        pages += [("AddToCart", "/cart"), ("Purchase", "/checkout/thank-you")]
    offsets = [0]
    for _ in pages[1:]:
        offsets.append(offsets[-1] + draws.between(900, 180_000))
    start = moment - timedelta(milliseconds=offsets[-1]) if order else moment
    end = start + timedelta(milliseconds=offsets[-1])
    device = draws.weighted({"Mobile": 58, "Desktop": 36, "Tablet": 6})
    browser = draws.weighted({"Chrome": 60, "Safari": 25, "Firefox": 12, "Edge": 3})
    referrer = draws.weighted(
        {None: 6, "https://search.example.net/?q=coffee+%E2%98%95": 3, "https://news.example.org/": 1}
    )
    session = draws.uuid()
    for number, ((action, page), offset) in enumerate(zip(pages, offsets, strict=True)):
        bought = order.named() if order and action == "Purchase" else None
        yield {
            "ssot__Id__c": draws.uuid(),
            "KQ_Id__c": SHOP.qualifier,
            "ssot__IndividualId__c": visitor and visitor.id,
            "KQ_IndividualId__c": visitor and visitor.source.qualifier,
            "ssot__EngagementDateTm__c": start + timedelta(milliseconds=offset),
            "ssot__EngagementChannelActionId__c": action,
            "ssot__SessionId__c": session,
            "ssot__PageURL__c": SITE + page,
            "ssot__ReferrerURL__c": SITE + pages[number - 1][1] if number else referrer,
            "ssot__DeviceTypeTxt__c": device,
            "ssot__BrowserName__c": browser,
            "ssot__CountryId__c": country,
            **(bought or {"ssot__SalesOrderId__c": None, "KQ_SalesOrderId__c": None}),
            "ssot__VisitStartTm__c": start,
            "ssot__VisitEndTm__c": end,
            **SHOP.system("Events_WebShop"),
        }


# ── Consent and e-mail ───────────────────────────────────────────────────────────────────────────────────────────

_SUBSCRIPTIONS = {
    "Newsletter": "Stories and offers, once a month",
    "Product news": "New arrivals, a few times a year",
    "Order updates": None,
}
_SUBSCRIPTION_IDS = {name: record_id("0Xl", 300 + number) for number, name in enumerate(_SUBSCRIPTIONS)}


@dataclass
class Consent:
    """What one address allows for one subscription, from one moment to another (None: until now)."""

    record: Record
    subscription: str
    status: str
    source: str
    start: datetime
    end: datetime | None = None


@dataclass
class Mail:
    """The consents and the e-mail events that led to some of them."""

    consents: list[Consent] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    clicks: dict[str, datetime] = field(default_factory=dict)
    """Individual id → when she last clicked a link."""


def make_mail(people: Sequence[Person], products: Sequence[Product]) -> Mail:
    """A monthly newsletter of two years, and what became of each copy."""
    draws = Draws("mail")
    mail = Mail()
    issues = [
        (number, datetime(2024 + number // 12, 1 + number % 12, 6, 9, tzinfo=timezone.utc), draws.pick(products))
        for number in range(24)
    ]
    for record in records_of(people):
        if record.email is None:
            continue
        for subscription, share in (("Newsletter", 0.7), ("Product news", 0.2), ("Order updates", 0.15)):
            if not draws.chance(share):
                continue
            status = "OptIn" if draws.chance(0.85) else "OptOut"
            source = draws.pick(("Checkout", "Preference page", "Store form", "Café tablet ☕️"))
            start = draws.moment(record.created, TODAY - timedelta(days=20))
            consent = Consent(record, subscription, status, source, start)
            mail.consents.append(consent)
            if subscription == "Newsletter" and status == "OptIn":
                _subscribed(draws, mail, consent, issues)
    return mail


def _subscribed(draws: Draws, mail: Mail, consent: Consent, issues: Sequence[tuple[int, datetime, Product]]) -> None:
    """Send the issues this reader gets until she unsubscribes; adds events, and the consents they change."""
    keen = draws.share()
    for number, planned, product in issues:
        if planned < consent.start or not draws.chance(0.2):
            continue
        sent = planned + timedelta(milliseconds=draws.below(1_200_000))
        copy = _Copy(draws, consent.record, number, sent, product)
        mail.events.append(copy.event("Send", sent))
        if draws.chance(0.015):
            mail.events.append(copy.event("Bounce", sent + timedelta(seconds=draws.between(1, 600))))
            continue
        if not draws.chance(0.1 + 0.5 * keen):
            continue
        opened = sent + timedelta(milliseconds=draws.between(20_000, 200_000_000))
        mail.events.append(copy.event("Open", opened))
        if draws.chance(0.35 * keen):
            clicked = opened + timedelta(milliseconds=draws.between(1_500, 240_000))
            mail.events.append(copy.event("Click", clicked, f"{SITE}/p/{product.sku}?utm_source=newsletter"))
            before = mail.clicks.get(consent.record.id, clicked)
            mail.clicks[consent.record.id] = max(before, clicked)
        elif draws.chance(0.03):
            left = opened + timedelta(milliseconds=draws.between(2_000, 90_000))
            mail.events.append(copy.event("Unsubscribe", left))
            consent.end = left
            mail.consents.append(Consent(consent.record, "Newsletter", "OptOut", "Unsubscribe link", left))
            return


@dataclass(frozen=True)
class _Copy:
    """One issue sent to one address."""

    draws: Draws
    record: Record
    number: int
    sent: datetime
    product: Product

    def event(self, action: str, at: datetime, link: str | None = None) -> Row:
        """Email engagement: what happened to the copy, and when."""
        return {
            "ssot__Id__c": self.draws.uuid(),
            "KQ_Id__c": None,
            "ssot__IndividualId__c": self.record.id,
            "KQ_IndividualId__c": self.record.source.qualifier,
            "ssot__ContactPointId__c": f"{self.record.id}_email",
            "KQ_ContactPointId__c": self.record.source.qualifier,
            "ssot__EngagementDateTm__c": at,
            "ssot__SentDateTm__c": self.sent,
            "ssot__EngagementChannelActionId__c": action,
            "ssot__EmailName__c": f"Newsletter {2024 + self.number // 12}-{1 + self.number % 12:02d}",
            "ssot__SubjectLineTxt__c": f"☕ News, and 10% off our {self.product.name}",
            "ssot__LinkURL__c": link,
            "ssot__IsTestSend__c": False,
            **MAIL.system("SendLog_Marketing"),
        }


def subscription_rows() -> Iterator[Row]:
    """The subscriptions on offer."""
    for name, text in _SUBSCRIPTIONS.items():
        yield {
            "ssot__Id__c": _SUBSCRIPTION_IDS[name],
            "KQ_Id__c": None,
            "ssot__Name__c": name,
            "ssot__Description__c": text,
            "ssot__CreatedDate__c": datetime(2021, 2, 1, 8, tzinfo=timezone.utc),
            **CRM.system("CommSubscription_Home"),
        }


def consent_rows(consents: Sequence[Consent]) -> Iterator[Row]:
    """Communication subscription consent: one row for each decision, its validity ending where the next begins."""
    for number, consent in enumerate(consents, start=1):
        yield {
            "ssot__Id__c": record_id("0XB", 40_000 + number),
            "KQ_Id__c": None,
            "ssot__CommunicationSubscriptionId__c": _SUBSCRIPTION_IDS[consent.subscription],
            "KQ_CommunicationSubscriptionId__c": None,
            **consent.record.party(),
            "ssot__ContactPointId__c": f"{consent.record.id}_email",
            "KQ_ContactPointId__c": consent.record.source.qualifier,
            "ssot__ConsentStatusId__c": consent.status,
            "ssot__EngagementChannelTypeId__c": "Email",
            "ssot__ConsentCapturedSourceName__c": consent.source,
            "ssot__ConsentCapturedDateTime__c": consent.start,
            "ssot__EffectiveFromDate__c": consent.start,
            "ssot__EffectiveToDate__c": consent.end,
            **CRM.system("CommSubscriptionConsent_Home"),
        }


def contact_point_consent_rows(people: Sequence[Person]) -> Iterator[Row]:
    """Contact point consent: whether an address may be used at all, half of them confirmed a second time."""
    draws = Draws("contact point consent")
    for record in records_of(people):
        if record.email is None or not draws.chance(0.8):
            continue
        captured = draws.moment(record.created, record.created + timedelta(days=30))
        confirmed = draws.moment(captured, captured + timedelta(days=2)) if draws.chance(0.5) else None
        yield {
            "ssot__Id__c": f"{record.id}_consent",
            "KQ_Id__c": record.source.qualifier,
            "ssot__ContactPointId__c": f"{record.id}_email",
            "KQ_ContactPointId__c": record.source.qualifier,
            **record.party(),
            "ssot__ConsentStatusId__c": draws.weighted({"OptIn": 88, "OptOut": 9, "Seen": 3}),
            "ssot__DataUsePurposeId__c": draws.weighted({"Marketing": 7, "Service": 3}),
            "ssot__ConsentCapturedSourceName__c": draws.weighted({"Web form": 6, "Phone": 2, None: 2}),
            "ssot__ConsentCapturedDateTime__c": captured,
            "ssot__DoubleConsentCaptureDateTime__c": confirmed,
            **record.source.system(record.source.people),
        }


# ── Segments ─────────────────────────────────────────────────────────────────────────────────────────────────────

BIG_SPENDER_CENTS = 200_000
_SEGMENTS = {
    "Big spenders": "Spent 2,000 USD or more, cancelled orders aside",
    "Sleeping customers": "Bought once, but not within 365 days",
    "Active readers": "Clicked in a newsletter within 180 days",
}
_SEGMENT_IDS = {name: record_id("1sg", 70 + number) for number, name in enumerate(_SEGMENTS)}


def segment_rows() -> Iterator[Row]:
    """The segments, with their rules in words."""
    for number, (name, rule) in enumerate(_SEGMENTS.items()):
        yield {
            "ssot__Id__c": _SEGMENT_IDS[name],
            "KQ_Id__c": None,
            "ssot__Name__c": name,
            "ssot__Description__c": rule,
            "ssot__CreatedDate__c": datetime(2025, 2 + number, 3, 10, 15, tzinfo=timezone.utc),
            **CRM.system("MarketSegment"),
        }


def membership_rows(people: Sequence[Person], orders: Sequence[Order], mail: Mail) -> Iterator[Row]:
    """Who is in which segment, as published at the end of the sample's time."""
    spent: dict[str, int] = defaultdict(int)
    last: dict[str, datetime] = {}
    for order in orders:
        last[order.person.unified_id] = order.at
        spent[order.person.unified_id] += 0 if order.status == "Cancelled" else order.total
    for person in people:
        key = person.unified_id
        clicked = max((mail.clicks[record.id] for record in person.records if record.id in mail.clicks), default=None)
        within = {
            "Big spenders": spent[key] >= BIG_SPENDER_CENTS,
            "Sleeping customers": key in last and TODAY - last[key] > timedelta(days=365),
            "Active readers": clicked is not None and TODAY - clicked <= timedelta(days=180),
        }
        for name, member in within.items():
            if member:
                # choice: the service's words for the two types are not on record; these say a full publish.
                yield {
                    "Id__c": key,
                    "Segment_Id__c": _SEGMENT_IDS[name],
                    "Delta_Type__c": "Existing",
                    "Snapshot_Type__c": "Full",
                    "Timestamp__c": TODAY - timedelta(minutes=7),
                    "Version_Stamp__c": TODAY - timedelta(minutes=5),
                }
