"""Makes the bundled sample org: `python -m datacloud_emulator.sample_org.generator [DIR]` rewrites its Parquet files.

Needs pyarrow only. The same rows come out on every Python and machine (see draws.py); the files' bytes may differ
with pyarrow's version. Keys, labels, relationships and insights stand in the hand-written `catalog.toml` beside.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from datacloud_emulator.sample_org import commerce, engagement, people, profiles
from datacloud_emulator.sample_org.objects import SCHEMAS

FOLDER = Path(__file__).parent


def tables() -> dict[str, pa.Table]:
    """Every object of the sample org, by name."""
    persons = people.make_people()
    records = list(people.records_of(persons))
    products = commerce.make_products()
    orders = commerce.make_orders(persons, products)
    mail = engagement.make_mail(persons, products)
    rows: dict[str, Iterable[people.Row]] = {
        "ssot__Individual__dlm": map(profiles.individual, records),
        "UnifiedIndividual__dlm": map(profiles.unified, persons),
        "IndividualIdentityLink__dlm": (row for person in persons for row in profiles.links(person)),
        "ssot__ContactPointEmail__dlm": (profiles.email(record, record.email) for record in records if record.email),
        "ssot__ContactPointPhone__dlm": (profiles.phone(record, record.phone) for record in records if record.phone),
        "ssot__ContactPointAddress__dlm": (
            profiles.address(record, record.address) for record in records if record.address
        ),
        "UnifiedContactPointEmail__dlm": (row for person in persons for row in profiles.unified_emails(person)),
        "ssot__GoodsProduct__dlm": commerce.product_rows(products),
        "ssot__SalesOrder__dlm": commerce.order_rows(orders),
        "ssot__SalesOrderProduct__dlm": commerce.line_rows(orders),
        "ssot__WebsiteEngagement__dlm": engagement.web_rows(persons, orders, products),
        "ssot__EmailEngagement__dlm": mail.events,
        "ssot__CommunicationSubscription__dlm": engagement.subscription_rows(),
        "ssot__CommunicationSubscriptionConsent__dlm": engagement.consent_rows(mail.consents),
        "ssot__ContactPointConsent__dlm": engagement.contact_point_consent_rows(persons),
        "ssot__MarketSegment__dlm": engagement.segment_rows(),
        "Individual_Unified_SM_1767225600000__dlm": engagement.membership_rows(persons, orders, mail),
        "Contact_Home__dll": (profiles.contact(record) for record in records if record.source is people.CRM),
        "Loyalty_Members__dll": (profiles.member(record) for record in records if record.source is people.LOYALTY),
        "Shop_Orders__dll": commerce.shop_order_rows(orders),
    }
    return {name: _table(name, rows[name]) for name in SCHEMAS}


def _table(name: str, rows: Iterable[people.Row]) -> pa.Table:
    schema = SCHEMAS[name]
    listed = list(rows)
    for row in listed:
        # pyarrow would fill a forgotten column with NULL and drop a misspelled one.
        if row.keys() != set(schema.names):
            raise ValueError(f"{name}: columns {sorted(row.keys() ^ set(schema.names))} are on one side only")
    return pa.Table.from_pylist(listed, schema=schema)


def write(folder: Path) -> None:
    """Write every object's Parquet file into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables().items():
        # Almost every value is its own: dictionaries would cost more than zstd saves by them.
        path = folder / f"{name}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=9, use_dictionary=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite the files in the named folder, by default the bundled ones."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    folder = Path(given[0]) if given else FOLDER
    write(folder)
    sys.stdout.write(f"wrote {len(SCHEMAS)} objects to {folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
