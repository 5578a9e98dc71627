"""The records a business unit begins with: those that no account is without, and the sample of a marketing team.

The sample is the same each time (`sample_…` draw from a seeded source) and small: some hundreds of prospects with what
a team keeps about them, a few rows of every object of the catalogue, and a few records in the bin.

Source: wire spec, account-engagement §4.3 (defaults that refer to records).
"""

from __future__ import annotations

import atexit
import random
from functools import cache

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement import derived, sample_assets, sample_people, sample_visits
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.sample_draws import BEGUN, Draws
from datacloud_emulator.engagement.store import Row, Store

_SEED = 20_240_108


@cache
def template(*, everything: bool) -> Store:
    """A store with the records of a new business unit, to make others like it; only those that no account is without
    unless `everything`.
    """
    store = Store(Clock())
    atexit.register(store.close)  # Python 3.13 warns of a database that nobody closed
    fill(store, everything=everything)
    return store


def fill(store: Store, *, everything: bool) -> None:
    """Load the records of a new business unit."""
    with store.writing():
        _needed(store)
        if not everything:
            return
        draws = Draws(random.Random(_SEED))  # noqa: S311 - sample data, no secrets
        sample_people.fill(store, draws)
        sample_assets.fill(store, draws)
        sample_visits.fill(store, draws)
        _tag(store, draws)
        _list_contents(store)


def _needed(store: Store) -> None:
    """The account, its API user, a tracker domain, the first campaign, and the folders of what is put into none."""
    stamps = {"createdAt": BEGUN, "updatedAt": BEGUN, "createdById": 1, "updatedById": 1}
    account = {"company": "Example Marketing", "level": "Advanced", "website": "https://www.example.test", "adminId": 1}
    store.insert("Account", {**account, "pluginCampaignId": 1, **stamps})
    store.insert(
        "User",
        {
            "email": "emulator@example.com",
            "username": "emulator@example.com",
            "firstName": "Ada",
            "lastName": "Adams",
            "role": "Administrator",
            "roleName": "Administrator",
            "salesforceId": "005xx0000000001AAA",
            "tagReplacementLanguage": "hml",
            **stamps,
        },
    )
    domain = {"domain": "go.example.test", "isPrimary": True, "defaultCampaignId": 1, "validatedAt": BEGUN}
    store.insert("TrackerDomain", {**domain, "validationStatus": "validated", "sslStatus": "enabled", **stamps})
    store.insert("Folder", {"name": "Uncategorized", "path": "/Uncategorized", **stamps})
    for item in catalogue().objects.values():
        if "folderId" in item.fields and item.name != "FolderContents":
            name = derived.uncategorised(item)
            path = f"/Uncategorized/{name}"
            store.insert("Folder", {"name": name, "parentFolderId": 1, "path": path, **stamps})
    store.insert("Campaign", {"name": "Website Tracking", "cost": 0.0, **stamps})


def _tag(store: Store, draws: Draws) -> None:
    """Tags on a part of what can have some, and how many each has."""
    tags = [row["id"] for row in store.select("Tag")]
    rows: list[Row] = []
    for item in catalogue().objects.values():
        if "addTag" not in item.actions:
            continue
        tagged = store.select(item.name, limit=40)
        rows += [
            {
                "tagId": draws.one(tags),
                "objectType": item.kind,
                "objectId": row["id"],
                "objectName": derived.display_name(row),
                "createdAt": draws.time(),
                "createdById": 1,
            }
            for row in tagged[:: 3 if len(tagged) > 2 else 1]
        ]
    store.load("TaggedObject", rows)
    for number in tags:
        store.update("Tag", number, {"objectCount": sum(row["tagId"] == number for row in rows)})


def _list_contents(store: Store) -> None:
    """What `folder-contents` shows: every record that is in a folder."""
    rows: list[Row] = []
    for item in catalogue().objects.values():
        if "folderId" in item.fields and item.name != "FolderContents":
            rows += [
                {
                    **derived.folder_content(item, row),
                    "createdAt": row.get("createdAt") or BEGUN,
                    "updatedAt": row.get("updatedAt") or row.get("createdAt") or BEGUN,
                    "createdById": 1,
                    "updatedById": 1,
                }
                for row in store.select(item.name, deleted="all")
                if row["folderId"] is not None
            ]
    store.load("FolderContents", rows)
