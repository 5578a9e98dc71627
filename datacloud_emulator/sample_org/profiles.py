"""Rows about the sample org's people: source profiles, unified profiles, contact points, raw data.

The unified profile takes each field from the source record changed last that has one, and the link object says which
source record belongs to whom. Source: wire spec, metadata §2-3, universal-id-lookup §4.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timezone
from decimal import Decimal

from datacloud_emulator.sample_org.people import CRM, LOYALTY, SHOP, Address, Person, Phone, Record, Row


def _midnight(day: date | None) -> datetime | None:
    # Trap: connectors bring birth dates as points in time. Source: wire spec, metadata §2.2.
    return None if day is None else datetime.combine(day, time(), timezone.utc)


def _number(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _full_name(first: str | None, last: str) -> str:
    return f"{first} {last}" if first else last


def individual(record: Record) -> Row:
    """The Individual a source record becomes."""
    return {
        "ssot__Id__c": record.id,
        "KQ_Id__c": record.source.qualifier,
        "ssot__FirstName__c": record.first,
        "ssot__LastName__c": record.last,
        "ssot__PersonName__c": _full_name(record.first, record.last),
        "ssot__BirthDate__c": _midnight(record.born),
        "ssot__GenderId__c": record.gender,
        "ssot__PrimaryLanguageId__c": record.language,
        "ssot__Occupation__c": record.occupation,
        "ssot__ChildrenCount__c": _number(record.children),
        "ssot__YearlyIncome__c": _number(record.income),
        "ssot__HasOptedOutTracking__c": record.untracked,
        "LoyaltyTier__c": record.tier,
        "MemberSince__c": record.created.date() if record.source is LOYALTY else None,
        "ssot__ExternalRecordId__c": None if record.source is CRM else record.id,
        **record.stamps(),
        **record.source.system(record.source.people),
    }


def unified(person: Person) -> Row:
    """The profile identity resolution makes: each field from the record changed last that has one."""
    newest_first = [individual(r) for r in sorted(person.records, key=lambda r: (r.modified, r.id), reverse=True)]
    own = {"ssot__Id__c", "KQ_Id__c", "ssot__PersonName__c", "ssot__CreatedDate__c", "ssot__LastModifiedDate__c"}
    gone = {"ssot__ExternalRecordId__c", *CRM.system("")}
    row: Row = {
        name: next((each[name] for each in newest_first if each[name] is not None), None)
        for name in newest_first[0].keys() - own - gone
    }
    return row | {
        "ssot__Id__c": person.unified_id,
        "KQ_Id__c": None,
        "ssot__PersonName__c": _full_name(row["ssot__FirstName__c"], row["ssot__LastName__c"]),
        "ssot__CreatedDate__c": min(record.created for record in person.records),
        "ssot__LastModifiedDate__c": max(record.modified for record in person.records),
    }


def links(person: Person) -> Iterator[Row]:
    """Which source records make up the profile."""
    for record in person.records:
        yield {
            "SourceRecordId__c": record.id,
            "KQ_SourceRecordId__c": record.source.qualifier,
            "UnifiedRecordId__c": person.unified_id,
            **record.source.system(record.source.people),
        }


def _contact_point(record: Record, kind: str) -> Row:
    return {
        "ssot__Id__c": f"{record.id}_{kind}",
        "KQ_Id__c": record.source.qualifier,
        **record.party(),
        **record.stamps(),
        **record.source.system(record.source.people),
    }


def email(record: Record, address: str) -> Row:
    """The record's e-mail address as a contact point."""
    return _contact_point(record, "email") | {
        "ssot__EmailAddress__c": address,
        "ssot__EmailDomain__c": address.rpartition("@")[2].lower(),
        "ssot__ContactPointTypeId__c": "Personal",
        "ssot__PrimaryFlag__c": True,
    }


def phone(record: Record, number: Phone) -> Row:
    """The record's phone number as a contact point."""
    return _contact_point(record, "phone") | {
        "ssot__TelephoneNumber__c": number.typed,
        "ssot__FormattedE164PhoneNumber__c": number.e164,
        "ssot__AreaCode__c": number.area,
        "ssot__CountryId__c": number.country,
        "ssot__IsSMSCapable__c": number.mobile,
    }


def address(record: Record, where: Address) -> Row:
    """The record's postal address as a contact point."""
    return _contact_point(record, "address") | {
        "ssot__AddressLine1__c": where.line1,
        "ssot__AddressLine2__c": where.line2,
        "ssot__CityId__c": where.city,
        "ssot__StateProvinceId__c": where.state,
        "ssot__PostalCodeId__c": where.postal,
        "ssot__CountryId__c": where.country,
        "ssot__GeoLatitude__c": where.latitude,
        "ssot__GeoLongitude__c": where.longitude,
        "ssot__IsUsedForShipping__c": record.source is SHOP,
    }


def unified_emails(person: Person) -> Iterator[Row]:
    """The person's addresses, each once however it is capitalized."""
    found: dict[str, list[Record]] = {}
    for record in person.records:
        if record.email:
            found.setdefault(record.email.lower(), []).append(record)
    for number, (text, records) in enumerate(found.items()):
        # The unified id with its last two digits counting the addresses: an id of the same look, and unlike the others.
        yield {
            "ssot__Id__c": f"{person.unified_id[:30]}{number:02x}",
            "KQ_Id__c": None,
            "ssot__PartyId__c": person.unified_id,
            "KQ_PartyId__c": None,
            "ssot__EmailAddress__c": text,
            "ssot__EmailDomain__c": text.rpartition("@")[2],
            "ssot__CreatedDate__c": min(record.created for record in records),
            "ssot__LastModifiedDate__c": max(record.modified for record in records),
        }


def contact(record: Record) -> Row:
    """The raw CRM contact behind an Individual, as its data lake object keeps it."""
    where, number = record.address, record.phone
    return {
        "Id__c": record.id,
        "KQ_Id__c": None,
        "FirstName__c": record.first,
        "LastName__c": record.last,
        "Email__c": record.email,
        "MobilePhone__c": number and number.typed,
        "MailingStreet__c": where and "\n".join(line for line in (where.line1, where.line2) if line),
        "MailingCity__c": where and where.city,
        "MailingState__c": where and where.state,
        "MailingPostalCode__c": where and where.postal,
        "MailingCountry__c": where and where.country,
        "Birthdate__c": record.born,
        "IsDeleted__c": False,
        "CreatedDate__c": record.created,
        "SystemModstamp__c": record.modified,
        **CRM.lake_system("Contact", record.modified),
    }


def member(record: Record) -> Row:
    """The raw loyalty member behind an Individual: one name field, family name first."""
    return {
        "MemberNumber__c": record.id,
        "KQ_MemberNumber__c": LOYALTY.qualifier,
        "FullName__c": f"{record.last}, {record.first}",
        "Email__c": record.email,
        "Phone__c": record.phone and record.phone.typed,
        "Tier__c": record.tier,
        "PointsBalance__c": record.points,
        "JoinDate__c": record.created.date(),
        "OptIn__c": record.email is not None,
        "LastChanged__c": record.modified,
        **LOYALTY.lake_system("members.csv", record.modified),
    }
