"""The people of the sample org, as three sources know them.

A person is made once and then seen by the CRM, the web shop and the loyalty program, each in its own spelling and
with its own gaps, some twice. Source of the system columns and key qualifiers: wire spec, metadata §3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from datacloud_emulator.sample_org.draws import Draws, record_id
from datacloud_emulator.sample_org.locales import WEIGHTS, Locale, mailbox, shown, unaccented

Row = dict[str, Any]

PEOPLE = 2_800
OPENED = datetime(2021, 3, 1, tzinfo=timezone.utc)
"""Nothing in the org is older."""
TODAY = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""Nothing in the org is younger: the moment the sample was taken."""


@dataclass(frozen=True)
class Source:
    """A connected system. Its qualifier fills the `KQ_…` columns of all its rows; the CRM has none configured."""

    qualifier: str | None
    name: str
    organization: str | None
    people: str
    """The source object its customers come from."""

    def system(self, source_object: str) -> Row:
        """The three system columns of a row of a data model object."""
        return {
            "ssot__DataSourceId__c": self.name,
            "ssot__DataSourceObjectId__c": source_object,
            "ssot__InternalOrganizationId__c": self.organization,
        }

    def lake_system(self, source_object: str, version: datetime) -> Row:
        """The four system columns of a row of a data lake object."""
        return {
            "DataSource__c": self.name,
            "DataSourceObject__c": source_object,
            "InternalOrganization__c": self.organization,
            "cdp_sys_SourceVersion__c": f"{version:%Y%m%d%H%M%S}",
        }


CRM = Source(None, "Salesforce_Home", record_id("00D", 7_340_021), "Contact_Home")
SHOP = Source("WebShop", "WebShop", None, "Customer_WebShop")
LOYALTY = Source("Loyalty", "LoyaltyProgram", None, "Member_Loyalty")


@dataclass(frozen=True)
class Address:
    """Where a record says its person lives."""

    line1: str
    line2: str | None
    city: str
    state: str | None
    postal: str
    country: str
    latitude: Decimal
    longitude: Decimal


@dataclass(frozen=True)
class Phone:
    """A phone number, as typed into its source and in its parts; not every source normalizes what it was given."""

    code: str
    area: str
    line: str
    country: str
    mobile: bool
    typed: str = ""
    normalized: bool = False

    @property
    def e164(self) -> str | None:
        """The number as a machine dials it, where the source worked it out."""
        return f"+{self.code}{self.area}555{self.line}" if self.normalized else None


@dataclass(frozen=True)
class Truth:
    """A person as she is, whatever the sources make of it."""

    first: str
    last: str
    language: str
    gender: str
    born: date
    occupation: str
    children: int
    income: int
    untracked: bool
    tier: str
    points: Decimal
    email: str
    phone: Phone
    address: Address
    joined: datetime


@dataclass(frozen=True)
class Record:
    """One source's record of a person, the row behind one Individual. None: the source does not know or never asks."""

    id: str
    source: Source
    first: str | None
    last: str
    email: str | None
    phone: Phone | None
    address: Address | None
    created: datetime
    modified: datetime
    language: str | None = None
    gender: str | None = None
    born: date | None = None
    occupation: str | None = None
    children: int | None = None
    income: int | None = None
    untracked: bool | None = None
    tier: str | None = None
    points: Decimal | None = None

    def party(self) -> Row:
        """The columns by which a contact point or consent names this individual."""
        return {"ssot__PartyId__c": self.id, "KQ_PartyId__c": self.source.qualifier}

    def stamps(self) -> Row:
        """When the source made and last changed the record."""
        return {"ssot__CreatedDate__c": self.created, "ssot__LastModifiedDate__c": self.modified}


@dataclass(frozen=True)
class Person:
    """A human being: the records of one, and how much of a customer she is (activity 0-1)."""

    unified_id: str
    country: str
    activity: float
    records: tuple[Record, ...]


def records_of(people: Sequence[Person]) -> Iterator[Record]:
    """Every source record of every person."""
    return (record for person in people for record in person.records)


# ── Making people ────────────────────────────────────────────────────────────────────────────────────────────────


def make_people() -> list[Person]:
    """All people, in a fixed order, each with one to four records."""
    draws = Draws("people")
    counts = {CRM: 0, SHOP: 0, LOYALTY: 0}
    people = []
    for number in range(PEOPLE):
        locale = draws.weighted(WEIGHTS)
        truth = _truth(draws, locale, number)
        sources = [source for source, share in ((CRM, 0.55), (SHOP, 0.65), (LOYALTY, 0.45)) if draws.chance(share)]
        sources = sources or [draws.weighted({CRM: 2, SHOP: 3})]
        if draws.chance(0.08):
            sources.append(draws.pick(sources))  # the same person twice in one system
        records = []
        for source in sources:
            counts[source] += 1
            records.append(_WRITERS[source](draws, truth, _noted(draws, truth, source), counts[source]))
        activity = draws.share() * draws.share()
        people.append(Person(draws.hex(32), locale.country, activity, tuple(records)))
    return people


def _truth(draws: Draws, locale: Locale, number: int) -> Truth:
    gender = draws.weighted({"Female": 49, "Male": 47, "Non-binary": 4})
    first = draws.pick(locale.women if gender == "Female" or (gender != "Male" and draws.chance(0.5)) else locale.men)
    last = draws.pick(locale.families)
    domain = draws.weighted({"example.com": 6, "example.org": 3, "example.net": 2})
    return Truth(
        first=shown(first),
        last=shown(last),
        language=locale.language,
        gender=gender,
        born=date(1940, 1, 1) + timedelta(days=draws.below(66 * 365)),
        occupation=draws.pick(("Teacher", "Nurse", "Software Engineer", "Baker", "Student", "Retired", "Café owner")),
        children=draws.weighted({0: 45, 1: 22, 2: 23, 3: 8, 4: 2}),
        income=draws.between(180, 1_400) * 100,
        untracked=draws.chance(0.06),
        tier=draws.weighted({"Bronze": 60, "Silver": 25, "Gold": 12, "Platinum": 3}),
        points=Decimal(draws.below(40_000)) / 4,
        email=f"{mailbox(first)}.{mailbox(last)}{number}@{domain}",
        phone=Phone(
            locale.calling_code,
            draws.pick(locale.area_codes),
            f"01{draws.below(100):02d}",  # 555-0100 … 555-0199 ring nowhere
            locale.country,
            mobile=draws.chance(0.8),
        ),
        address=_address(draws, locale),
        joined=draws.moment(OPENED, datetime(2025, 10, 1, tzinfo=timezone.utc)),
    )


def _address(draws: Draws, locale: Locale) -> Address:
    city = draws.pick(locale.cities)
    street, house = draws.pick(locale.streets), draws.between(1, 240)
    width = 3 if city.postal.endswith("-") else 5 - len(city.postal)
    return Address(
        line1=f"{house} {street}" if locale.number_first else f"{street} {house}",
        line2=f"Apt. {draws.between(1, 40)}" if draws.chance(0.15) else None,
        city=city.name,
        state=city.state,
        postal=city.postal + "".join(str(draws.below(10)) for _ in range(width)),
        country=locale.country,
        latitude=Decimal(city.latitude) + Decimal(draws.between(-40_000, 40_000)).scaleb(-6),
        longitude=Decimal(city.longitude) + Decimal(draws.between(-40_000, 40_000)).scaleb(-6),
    )


# ── One person, as a source writes her down ──────────────────────────────────────────────────────────────────────


def _noted(draws: Draws, truth: Truth, source: Source) -> Record:
    """What every source notes of a person, with the slips and gaps all of them have."""
    created = draws.moment(truth.joined, truth.joined + timedelta(days=60))
    phone = replace(truth.phone, typed=_typed(draws, truth.phone), normalized=draws.chance(0.9))
    return Record(
        id="",
        source=source,
        first=_misspelled(draws, truth.first),
        last=_misspelled(draws, truth.last),
        email=draws.maybe(_mistyped(draws, truth.email), 0.92),
        phone=draws.maybe(phone, 0.62),
        address=draws.maybe(truth.address, 0.62),
        created=created,
        modified=created if draws.chance(0.3) else draws.moment(created, TODAY),
    )


def _by_crm(draws: Draws, truth: Truth, noted: Record, count: int) -> Record:
    """Contacts are kept by people who ask much and write carefully, a stray blank aside."""
    return replace(
        noted,
        id=record_id("003", 4_100_000 + 61 * count),
        last=noted.last + " " if draws.chance(0.01) else noted.last,
        born=draws.maybe(truth.born, 0.4),
        gender=draws.maybe(truth.gender, 0.6),
        occupation=draws.maybe(truth.occupation, 0.5),
        income=draws.maybe(truth.income, 0.3),
        language=draws.maybe(truth.language, 0.7),
        untracked=truth.untracked,
    )


def _by_shop(draws: Draws, truth: Truth, noted: Record, count: int) -> Record:
    """Customers type their own names, some in small letters, some without the first."""
    lower = draws.chance(0.12)
    first = noted.first and (noted.first.lower() if lower else noted.first)
    return replace(
        noted,
        id=f"C{100_000 + count}",
        first=draws.maybe(first, 0.98),
        last=noted.last.lower() if lower else noted.last,
        language=truth.language,
        untracked=truth.untracked,
    )


def _by_loyalty(draws: Draws, truth: Truth, noted: Record, count: int) -> Record:
    """Members fill in a card; the store types it, often in capitals."""
    first = f"{noted.first} {draws.pick(('🌻', '☕️', '👩🏽‍🌾', '🇪🇺'))}" if draws.chance(0.02) else noted.first
    upper = draws.chance(0.35)
    return replace(
        noted,
        id=f"70{8_000_000 + 11 * count}",
        first=first.upper() if upper and first else first,
        last=noted.last.upper() if upper else noted.last,
        born=draws.maybe(truth.born, 0.7),
        gender=draws.maybe(truth.gender, 0.8),
        children=draws.maybe(truth.children, 0.35),
        tier=truth.tier,
        points=truth.points,
    )


_WRITERS = {CRM: _by_crm, SHOP: _by_shop, LOYALTY: _by_loyalty}


def _typed(draws: Draws, phone: Phone) -> str:
    """One of the ways to write the number."""
    code, area, line = phone.code, phone.area, phone.line
    if phone.country == "US":
        return draws.pick((f"({area}) 555-{line}", f"{area}.555.{line}", f"{area}-555-{line}", f"+1 {area} 555 {line}"))
    return draws.pick((f"+{code} {area} 555 {line}", f"0{area} 555{line}", f"00{code}-{area}-555{line}"))


def _misspelled(draws: Draws, name: str) -> str:
    """The name, one time in six with one of the slips that make identity resolution hard."""
    slip = draws.weighted({"none": 84, "accents": 8, "swap": 4, "drop": 2, "double": 2})
    at = draws.below(max(1, len(name) - 2)) + 1
    if slip == "accents":
        return unaccented(name)
    if slip == "none" or not name.isascii() or len(name) < 4:
        return name
    if slip == "swap":
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + name[at + 1 :] if slip == "drop" else name[:at] + name[at] + name[at:]


def _mistyped(draws: Draws, email: str) -> str:
    """The address as typed: capitals now and then, an older address now and then."""
    form = draws.weighted({"same": 86, "capitals": 9, "older": 5})
    if form == "older":
        box, _, domain = email.partition("@")
        return f"{box}.old@{domain}"
    return email.title() if form == "capitals" else email
